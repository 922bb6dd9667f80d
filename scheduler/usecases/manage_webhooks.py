"""Addresses that are told of events: add one, see how its messages stand, try it, take it away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.domain.webhook import SentMessage, Webhook
from scheduler.errors import Fault, InputError
from scheduler.publish.target import TargetError, allowed_target, lookup
from scheduler.publish.webhook import new_secret
from scheduler.service import Service, require
from scheduler.usecases.send_webhooks import target_rules

if TYPE_CHECKING:
    from scheduler.publish.target import Lookup

__all__ = [
    "PING",
    "Event",
    "add_webhook",
    "delete_webhook",
    "get_webhook",
    "list_webhooks",
    "messages_of",
    "send_ping",
]

PING = "ping"
"""Event that is sent on demand, to try an address."""

_MOST = 100
_EXPECTED = {
    "url": "an address as https://host/path",
    "scheme": "an address that begins with https",
    "user": "an address without name and password",
    "host": "a host that settings allow",
    "unknown": "a host whose address can be found",
    "address": "a host that lies outside this machine and its networks",
}


class Event(StrEnum):
    """What addresses may be told of."""

    ROSTER_PUBLISHED = "roster.published"
    SOLVE_ENDED = "solve.ended"


def add_webhook(
    service: Service,
    caller: Principal,
    url: str,
    events: Sequence[Event] = (),
    *,
    lookup: Lookup = lookup,
) -> Webhook:
    """Add an address; its secret, which messages are signed with, is told this once.

    Parameters
    ----------
    events : sequence of Event
        What it is told of; empty is all.
    lookup : callable
        Finds the addresses of a host.

    Raises
    ------
    InputError
        If the address may not be sent to, or there are 100 already.
    DeniedError
        If the caller may not.
    """
    require(caller, Operation.WEBHOOKS_WRITE)
    try:
        allowed_target(url, target_rules(service.settings), lookup=lookup)
    except TargetError as error:
        # the address is not repeated: it may hold a password
        expected = _EXPECTED[error.reason]
        fault = Fault(f"webhook_{error.reason}", "body", expected, column="/url")
        raise InputError((fault,)) from None
    webhook = Webhook(
        uuid.uuid4().hex,
        url,
        new_secret(),
        tuple(sorted({event.value for event in events})),
    )
    with service.store.writing(by=caller.principal_id) as unit:
        if len(unit.webhooks.list(limit=_MOST)) >= _MOST:
            fault = Fault("too_many", "body", f"at most {_MOST} webhooks; take one away first")
            raise InputError((fault,))
        return unit.webhooks.add(webhook)


def list_webhooks(
    service: Service, caller: Principal, *, after: str | None = None, limit: int = 100
) -> tuple[Webhook, ...]:
    """Return addresses by id; `after` is the last one of the page before."""
    require(caller, Operation.WEBHOOKS_READ)
    with service.store.reading() as unit:
        return unit.webhooks.list(after=after, limit=limit)


def get_webhook(service: Service, caller: Principal, webhook_id: str) -> Webhook:
    """Return an address.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or the caller may not.
    """
    require(caller, Operation.WEBHOOKS_READ)
    with service.store.reading() as unit:
        return unit.webhooks.get(webhook_id)


def delete_webhook(service: Service, caller: Principal, webhook_id: str) -> None:
    """Take an address away, with what was still to be sent to it; errors as of `get_webhook`."""
    require(caller, Operation.WEBHOOKS_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        unit.webhooks.delete(webhook_id)


def send_ping(service: Service, caller: Principal, webhook_id: str) -> SentMessage:
    """Send an event without news, to try an address; errors as of `get_webhook`."""
    require(caller, Operation.WEBHOOKS_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        return unit.webhooks.post_to(webhook_id, PING, "{}")


def messages_of(
    service: Service,
    caller: Principal,
    webhook_id: str,
    *,
    before: int | None = None,
    limit: int = 100,
) -> tuple[SentMessage, ...]:
    """Return messages to an address and how they stand, the latest first.

    Parameters
    ----------
    before : int, optional
        Only messages older than this one: the last of the page before.

    Raises
    ------
    NotFoundError, DeniedError
        As of `get_webhook`.
    """
    require(caller, Operation.WEBHOOKS_READ)
    with service.store.reading() as unit:
        unit.webhooks.get(webhook_id)
        return unit.webhooks.messages(webhook_id, before=before, limit=limit)
