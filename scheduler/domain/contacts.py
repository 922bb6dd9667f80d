"""What customers did: contacts of a queue in the past, interval by interval."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.domain.walltime import MINUTES_PER_DAY

__all__ = ["FEWEST_DAYS", "ContactHistory"]

FEWEST_DAYS = 28
"""Days of history from which weekdays can be told apart."""

_DAY = timedelta(days=1)
_CLOCK_CHANGE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """Contacts offered to one queue in intervals of one length.

    Intervals that are not named are not known; they are not intervals without contacts.

    Parameters
    ----------
    queue_id : str
        The queue.
    interval_minutes : int
        Length of every interval; a day is a whole number of them.
    starts : tuple of datetime.datetime
        Aware UTC, ascending, none twice.
    offered : tuple of float
        Contacts that came in, answered or not; not negative.
    aht_s : tuple of (float or None)
        Average handling time in seconds where it is known.
    """

    queue_id: str
    interval_minutes: int
    starts: tuple[datetime, ...]
    offered: tuple[float, ...]
    aht_s: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if self.interval_minutes < 1 or MINUTES_PER_DAY % self.interval_minutes:
            raise ValueError(f"interval_minutes must divide a day, not {self.interval_minutes}")
        if not len(self.starts) == len(self.offered) == len(self.aht_s):
            raise ValueError(f"{self.queue_id}: starts, offered and aht_s differ in length")
        if any(start.utcoffset() != timedelta(0) for start in self.starts):
            raise ValueError(f"{self.queue_id}: starts must be aware UTC")
        if any(left >= right for left, right in zip(self.starts, self.starts[1:], strict=False)):
            raise ValueError(f"{self.queue_id}: starts must ascend, each once")
        if not all(0 <= contacts < float("inf") for contacts in self.offered):
            raise ValueError(f"{self.queue_id}: offered must be 0 or more")
        if not all(seconds is None or 0 <= seconds < float("inf") for seconds in self.aht_s):
            raise ValueError(f"{self.queue_id}: aht_s must be 0 or more")

    @property
    def days(self) -> int:
        """Days from the first to the last interval, begun ones counted as whole.

        Weekdays without any interval count once at the end: four weeks of Monday to Friday are 28
        days, although they are over on a Friday.
        """
        if not self.starts:
            return 0
        first = self.starts[0]
        span = self.starts[-1] + timedelta(minutes=self.interval_minutes) - first
        # Weekdays are counted from just before the first interval, so that no zone is needed.
        weekdays = {(start - first + _CLOCK_CHANGE) // _DAY % 7 for start in self.starts}
        return -(-span // _DAY) + 7 - len(weekdays)

    def before(self, instant: datetime) -> ContactHistory:
        """Return the history as it was known at an instant: intervals that start before it."""
        count = bisect_left(self.starts, instant)
        return replace(
            self,
            starts=self.starts[:count],
            offered=self.offered[:count],
            aht_s=self.aht_s[:count],
        )
