"""The clock of one zone over the horizon, in minutes since the horizon's start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduler.domain import ClockChange, ShiftPolicy, WakingHours, WallTime
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.planning.spans import Spans
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.zones import (
    Repeated,
    Skipped,
    WallStatus,
    clock_instant,
    utc_of,
    wall_status,
)

__all__ = ["ZoneClock", "dates_around", "minute_of"]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def minute_of(grid: SlotGrid, instant: datetime) -> int:
    """Return an instant as minutes since the grid's start, rounded down."""
    return (instant - grid.start) // _MINUTE


def dates_around(start: datetime, end: datetime) -> tuple[date, ...]:
    """Return all dates that any zone may show within ``[start, end)``, and a few more."""
    first = start.date() - 3 * _DAY
    return tuple(first + count * _DAY for count in range((end.date() - first).days + 4))


@dataclass(frozen=True, slots=True, eq=False)
class ZoneClock:
    """What one zone's clock shows over the horizon.

    Parameters
    ----------
    grid : SlotGrid
        Slots of the horizon; minutes are counted from its start.
    dates : sequence of datetime.date
        Dates that shifts may touch, without holes.
    asleep : Spans
        Minutes outside the waking hours of the zone.
    """

    zone: str
    grid: SlotGrid
    dates: Sequence[date]
    asleep: Spans

    @classmethod
    def over(
        cls, zone: str, *, grid: SlotGrid, dates: Sequence[date], waking: WakingHours
    ) -> ZoneClock:
        """Return the clock of `zone`; time before the first and after the last date is awake."""
        awake = [
            (
                minute_of(grid, clock_instant(day, waking.from_minute, zone)),
                minute_of(grid, clock_instant(day, waking.until_minute, zone)),
            )
            for day in dates
        ]
        asleep = Spans.of((evening[1], morning[0]) for evening, morning in pairwise(awake))
        return cls(zone, grid, dates, asleep)

    def edge(self, day: date, minute: int) -> int:
        """Return the edge of a daily window (`clock_instant`) in minutes."""
        return minute_of(self.grid, clock_instant(day, minute, self.zone))

    def window(self, day: date, from_minute: int, until_minute: int) -> tuple[int, int]:
        """Return a clock range of a date as a half-open stretch of minutes."""
        return self.edge(day, from_minute), self.edge(day, until_minute)

    def time_off(self, start: WallTime, end: WallTime) -> tuple[int, int]:
        """Return time off as minutes: generous where the clock shows a time twice or never."""
        first = utc_of(start, self.zone, skipped=Skipped.FORWARD, repeated=Repeated.FIRST)
        after = utc_of(end, self.zone, skipped=Skipped.FORWARD, repeated=Repeated.SECOND)
        return minute_of(self.grid, first), minute_of(self.grid, after)

    def shifts(
        self, day: date, lengths: Sequence[int], policy: ShiftPolicy
    ) -> tuple[tuple[int, int], ...]:
        """Return every shift that the policy offers on a local date, as minutes, in order.

        A local start that is skipped gives none, a repeated one gives two. Shifts off the slot
        grid are dropped.

        Parameters
        ----------
        lengths : sequence of int
            Lengths in minutes; elapsed, or on the clock under `ClockChange.KEEP_LOCAL_END`.
        """
        found: set[tuple[int, int]] = set()
        for minute in range(0, MINUTES_PER_DAY, policy.start_step_minutes):
            wall = WallTime(day, minute)
            for start in self._passes(wall):
                for length in lengths:
                    if policy.clock_change is ClockChange.KEEP_LOCAL_END:
                        end = self._local_end(wall, length)
                    else:
                        end = start + length
                    if start < end and not start % SLOT_MINUTES and not end % SLOT_MINUTES:
                        found.add((start, end))
        return tuple(sorted(found))

    def _passes(self, wall: WallTime) -> tuple[int, ...]:
        status = wall_status(wall, self.zone)
        if status is WallStatus.GAP:
            return ()
        reads = (Repeated.FIRST, Repeated.SECOND)[: 2 if status is WallStatus.AMBIGUOUS else 1]
        return tuple(
            minute_of(self.grid, utc_of(wall, self.zone, skipped=Skipped.REJECT, repeated=read))
            for read in reads
        )

    def _local_end(self, wall: WallTime, length: int) -> int:
        days, minute = divmod(wall.minute + length, MINUTES_PER_DAY)
        return self.edge(wall.day + days * _DAY, minute)
