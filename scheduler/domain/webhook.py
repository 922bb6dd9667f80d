"""Addresses that are told of events, and the messages to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Delivery", "SentMessage", "Webhook"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events.

    Parameters
    ----------
    secret : str
        What messages are signed with; kept as it is, since both sides need it.
    events : tuple of str
        Names of events; empty is all.
    """

    webhook_id: str
    url: str
    secret: str = field(repr=False)
    events: tuple[str, ...]
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address.

    Parameters
    ----------
    attempts : int
        Made so far, this one included where it was claimed.
    """

    delivery_id: int
    webhook: Webhook
    event: str
    body: str
    created_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class SentMessage:
    """How a message to an address stands.

    Parameters
    ----------
    attempts : int
        Tries so far, one that goes on included.
    due_at : datetime.datetime
        When it is tried next, where it has not ended.
    last_status : int, optional
        HTTP status of the last answer, None without one.
    last_error : str, optional
        Why the last try failed, None where it did not.
    done_at : datetime.datetime, optional
        When it arrived, or without success was given up.
    """

    delivery_id: int
    event: str
    created_at: datetime
    attempts: int
    due_at: datetime
    last_status: int | None
    last_error: str | None
    done_at: datetime | None
