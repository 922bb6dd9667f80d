"""What customers need: queues, contacts and required agents per interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from scheduler.domain.walltime import MINUTES_PER_DAY

__all__ = [
    "CHANNELS",
    "PHONE_MODELS",
    "ChannelTarget",
    "DemandInterval",
    "OpeningRange",
    "Pool",
    "Queue",
    "RequirementInterval",
    "StaffingPolicy",
]

CHANNELS = ("phone", "email", "chat", "whatsapp", "social")
PHONE_MODELS = ("erlang_c", "erlang_a")


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
    concurrency : int, optional
        Contacts handled side by side (chat); None is the channel's.
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
    concurrency: int | None = None
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


@dataclass(frozen=True, slots=True)
class ChannelTarget:
    """What holds for the queues of a channel that do not say otherwise; None is the default.

    Parameters
    ----------
    target_percent : decimal.Decimal, optional
        Share of contacts to answer in time, above 0 to 100.
    target_seconds : int, optional
        Longest wait that still counts as in time.
    deadline_hours : decimal.Decimal, optional
        Hours within which work must be done; makes the channel's queues deferrable.
    max_occupancy : decimal.Decimal, optional
        Largest share of time that agents handle contacts, above 0 to 1.
    concurrency : int, optional
        Contacts handled side by side.
    """

    target_percent: Decimal | None = None
    target_seconds: int | None = None
    deadline_hours: Decimal | None = None
    max_occupancy: Decimal | None = None
    concurrency: int | None = None

    def __post_init__(self) -> None:
        if self.target_percent is not None and not 0 < self.target_percent <= 100:
            raise ValueError("target_percent must be above 0 to 100")
        if self.max_occupancy is not None and not 0 < self.max_occupancy <= 1:
            raise ValueError("max_occupancy must be above 0 to 1")
        if self.deadline_hours is not None and self.deadline_hours <= 0:
            raise ValueError("deadline_hours must be above 0")
        if self.concurrency is not None and self.concurrency < 1:
            raise ValueError("concurrency must be 1 or more")


@dataclass(frozen=True, slots=True)
class Pool:
    """Queues whose agents are cross-trained: what they need, they need together.

    Parameters
    ----------
    queue_ids : tuple of str
        Queues that are answered at once, all on the phone or all with the same concurrency; no
        queue is in two pools.
    """

    name: str
    queue_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffingPolicy:
    """How contacts become required agents.

    Parameters
    ----------
    phone_model : str
        One of `PHONE_MODELS`: whether callers of queues with `patience_s` are taken to hang up.
    channels : tuple of (str, ChannelTarget)
        By channel, in place of the defaults; channels that are not there keep them.
    ramp_up : tuple of int
        Productivity of newcomers in percent, one figure per four weeks in the job, 100 from there
        on; needs count newcomers by it. Empty: every agent counts in full.
    """

    phone_model: str = "erlang_c"
    channels: tuple[tuple[str, ChannelTarget], ...] = ()
    ramp_up: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.phone_model not in PHONE_MODELS:
            raise ValueError(f"phone_model must be one of {', '.join(PHONE_MODELS)}")
        if any(not 1 <= percent <= 100 for percent in self.ramp_up):
            raise ValueError("ramp_up must hold percents from 1 to 100")

    def channel(self, channel: str) -> ChannelTarget:
        """Return what was set for a channel, all blank if nothing was."""
        return dict(self.channels).get(channel, ChannelTarget())

    def defers(self, queue: Queue) -> bool:
        """Return whether a queue's contacts may wait until a deadline.

        E-mail always may; else a deadline of the queue, or of the channel where the queue has no
        target of its own, says so.
        """
        if queue.channel == "email" or queue.deadline_hours is not None:
            return True
        return self.channel(queue.channel).deadline_hours is not None and (
            queue.target_seconds is None
        )

    def at_once(self, queue: Queue) -> int:
        """Return how many contacts an agent of a queue has side by side; one on the phone."""
        if queue.channel == "phone":
            return 1
        return queue.concurrency or self.channel(queue.channel).concurrency or 1
