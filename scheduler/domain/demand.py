"""What customers need: queues, contacts and required agents per interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from scheduler.domain.walltime import MINUTES_PER_DAY

__all__ = ["CHANNELS", "DemandInterval", "OpeningRange", "Queue", "RequirementInterval"]

CHANNELS = ("phone", "email", "chat", "whatsapp", "social")


@dataclass(frozen=True, slots=True)
class OpeningRange:
    """Weekdays and clock range in which a queue is open, on the queue's own clock.

    Parameters
    ----------
    weekdays : tuple of int
        ISO weekdays, 1 = Monday to 7 = Sunday.
    from_minute, until_minute : int
        Minutes since midnight, half-open, ``0 <= from < until <= 1440``.
    """

    weekdays: tuple[int, ...]
    from_minute: int
    until_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_minute < self.until_minute <= MINUTES_PER_DAY:
            raise ValueError("opening hours must satisfy 00:00 <= from < until <= 24:00")


@dataclass(frozen=True, slots=True)
class Queue:
    """A stream of contacts that asks for the same skills.

    Parameters
    ----------
    channel : str
        One of `CHANNELS`.
    language : str
        Language tag asked for; an agent's tag matches by prefix (``nl`` covers ``nl-SR``).
    min_level : str, optional
        Lowest sufficient language level.
    certificate : str, optional
        Certificate asked for, valid through the whole interval.
    priority : int
        1 is the most important.
    opening : tuple of OpeningRange
        Empty means always open.
    zone : str
        IANA zone of the opening hours.
    country, subdivision : str, optional
        Where the customers are (ISO 3166-1 and 3166-2): whose public holidays the queue keeps.
    holiday_opening : tuple of (int, int), optional
        Clock ranges in minutes in which the queue is open on the customers' public holidays, in
        place of the weekday's; empty means closed, None that holidays are days like others.
    target_percent, target_seconds : optional
        Service level: share of contacts answered within so many seconds.
    concurrency : int
        Contacts handled side by side (chat).
    patience_s, deadline_hours, shrinkage : optional
        Mean patience; hours within which deferrable work must be done; share of rostered time lost.
    """

    queue_id: str
    client: str
    channel: str
    language: str
    priority: int
    zone: str
    min_level: str | None = None
    certificate: str | None = None
    opening: tuple[OpeningRange, ...] = ()
    target_percent: Decimal | None = None
    target_seconds: int | None = None
    concurrency: int = 1
    patience_s: int | None = None
    deadline_hours: Decimal | None = None
    shrinkage: Decimal = Decimal(0)
    country: str | None = None
    subdivision: str | None = None
    holiday_opening: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class DemandInterval:
    """Contacts expected in one interval.

    Parameters
    ----------
    start : datetime.datetime
        Aware UTC instant on the planning's interval grid.
    offered : decimal.Decimal
        Expected contacts, not negative, fractions allowed.
    aht_s : decimal.Decimal
        Average handling time in seconds.
    """

    queue_id: str
    start: datetime
    offered: Decimal
    aht_s: Decimal


@dataclass(frozen=True, slots=True)
class RequirementInterval:
    """Agents needed on a queue through one interval; stands instead of, or over, demand."""

    queue_id: str
    start: datetime
    agents: int
