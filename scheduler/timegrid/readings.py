"""How wall clocks are read: policies for skipped and repeated times, and what a reading says.

`scheduler.timegrid.zones` does the reading and offers these names again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from scheduler.domain import WallTime

__all__ = [
    "Local",
    "Repeated",
    "RepeatedTimeError",
    "Skipped",
    "SkippedTimeError",
    "Transition",
    "WallStatus",
]


class Skipped(Enum):
    """What to do with a wall time that the clock jumps over."""

    REJECT = "reject"
    """Raise `SkippedTimeError`."""
    FORWARD = "forward"
    """Take the first instant after the gap."""
    SHIFT = "shift"
    """Move later by the length of the gap (02:30 becomes 03:30)."""


class Repeated(Enum):
    """What to do with a wall time that the clock shows twice."""

    REJECT = "reject"
    """Raise `RepeatedTimeError`."""
    FIRST = "first"
    """Take the first pass (fold 0)."""
    SECOND = "second"
    """Take the second pass (fold 1)."""

    @classmethod
    def of_fold(cls, fold: int) -> Repeated:
        """Return the policy that reads a stored wall time with its `fold` (0 or 1)."""
        return cls.SECOND if fold else cls.FIRST


class WallStatus(Enum):
    """Whether a clock shows a wall time once, never or twice."""

    OK = "ok"
    GAP = "gap"
    AMBIGUOUS = "ambiguous"


class SkippedTimeError(ValueError):
    """The clock never shows this wall time: it jumps over it."""


class RepeatedTimeError(ValueError):
    """The clock shows this wall time twice and nobody said which pass is meant."""


@dataclass(frozen=True, slots=True)
class Local:
    """What the clock on the wall shows at an instant.

    Parameters
    ----------
    wall : WallTime
        Date and minute; seconds are dropped.
    fold : int
        1 in the second pass through a repeated time, else 0.
    offset_minutes : int
        Minutes the clock is ahead of UTC.
    """

    wall: WallTime
    fold: int
    offset_minutes: int


@dataclass(frozen=True, slots=True)
class Transition:
    """A clock change.

    Parameters
    ----------
    instant : datetime.datetime
        The first instant of the new offset, aware UTC.
    before_minutes, after_minutes : int
        Minutes the clock is ahead of UTC before and from `instant`; never equal.
    """

    instant: datetime
    before_minutes: int
    after_minutes: int
