"""When agents can, cannot, or would rather work; always on the clock of their place of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scheduler.domain.walltime import MINUTES_PER_DAY, WallTime

__all__ = ["Availability", "TimeOff", "Wish"]


@dataclass(frozen=True, slots=True)
class Availability:
    """A row of availability: limits a day to these hours, or takes them out.

    Exactly one of `weekday` (ISO, 1 = Monday) and `day` is given. Several ``available`` rows that
    match the same day add up.

    Parameters
    ----------
    from_minute, until_minute : int
        Minutes since local midnight, half-open, ``0 <= from < until <= 1440``.
    available : bool
        True: the day is limited to the (union of) times given. False: the times are taken out.
    """

    agent_id: str
    from_minute: int
    until_minute: int
    available: bool
    weekday: int | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if (self.weekday is None) == (self.day is None):
            raise ValueError("give a weekday or a date, not both")
        if not 0 <= self.from_minute < self.until_minute <= MINUTES_PER_DAY:
            raise ValueError("times must satisfy 00:00 <= from < until <= 24:00")


@dataclass(frozen=True, slots=True)
class TimeOff:
    """A span in which the agent does not work, on the clock of the place of work.

    Parameters
    ----------
    start, end : WallTime
        Half-open; whole dates are written as 00:00 of the first and 00:00 of the day after.
    kind : str
        Free word such as ``leave`` or ``training``.
    paid : bool
        Whether it is paid (information; it never counts as worked).
    """

    agent_id: str
    start: WallTime
    end: WallTime
    kind: str
    paid: bool = True

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("time off must end after it starts")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent would like on a weekday or date.

    ``avoid``: every shift that touches the times on that local day costs. ``want``: it costs when
    no shift starts on that local day inside the horizon or, where times are given, when that shift
    does not lie wholly inside them.

    Parameters
    ----------
    from_minute, until_minute : int
        Minutes since local midnight; 0 and 1440 when the wish names no times.
    strength : int
        1 to 5; the cost is strength times `Weights.wish_cents`.
    """

    agent_id: str
    want: bool
    strength: int
    from_minute: int = 0
    until_minute: int = MINUTES_PER_DAY
    weekday: int | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if (self.weekday is None) == (self.day is None):
            raise ValueError("give a weekday or a date, not both")
        if not 1 <= self.strength <= 5:
            raise ValueError("strength must be 1 to 5")
        if not 0 <= self.from_minute < self.until_minute <= MINUTES_PER_DAY:
            raise ValueError("times must satisfy 00:00 <= from < until <= 24:00")
