"""Shifts as they look on one clock, whoever works them: times, break, night, evening, weekend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from scheduler.domain import Planning
from scheduler.planning.breaks import BreakWindows, break_windows
from scheduler.planning.clocks import ZoneClock, dates_around
from scheduler.planning.spans import IntArray, MinuteArray
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid

__all__ = ["Almanac", "Pattern", "pattern_of"]

_EVENING_FROM, _EVENING_UNTIL = 20 * 60, 24 * 60


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Shifts that start on one local date of one zone, in order of start and end.

    Parameters
    ----------
    start, end : array
        Minutes since the horizon's start, half-open.
    start_slot, end_slot : array
        The same in slots, rounded outward.
    breaks : BreakWindows
        Breaks and paid minutes.
    night_minutes : array
        Minutes outside the waking hours of the zone, breaks included.
    own_night_cents : array
        Their price, half up per shift.
    evening : array
        1 where the shift touches 20:00 to 24:00 of the date, else 0.
    weekend : int
        1 when the date is a Saturday or Sunday, else 0.
    """

    start: MinuteArray
    end: MinuteArray
    start_slot: IntArray
    end_slot: IntArray
    breaks: BreakWindows
    night_minutes: MinuteArray
    own_night_cents: IntArray
    evening: IntArray
    weekend: int

    def __len__(self) -> int:
        return len(self.start)


def pattern_of(
    planning: Planning, clock: ZoneClock, day: date, shifts: Sequence[tuple[int, int]]
) -> Pattern:
    """Return what is the same for all agents about shifts on a local date.

    Parameters
    ----------
    shifts : sequence of (int, int)
        Start and end in minutes since the horizon's start; starts lie on `day`.
    """
    start, end = np.array(shifts, dtype=np.int64).reshape(-1, 2).T
    evening_from, evening_until = clock.window(day, _EVENING_FROM, _EVENING_UNTIL)
    night_minutes = clock.asleep.minutes_in(start, end)
    hourly_cents = planning.weights.own_night_cents_hour
    return Pattern(
        start,
        end,
        (start // SLOT_MINUTES).astype(np.int32),
        (-(-end // SLOT_MINUTES)).astype(np.int32),
        break_windows(planning.break_rules, start, end),
        night_minutes,
        ((2 * night_minutes * hourly_cents + 60) // 120).astype(np.int32),
        ((start < evening_until) & (evening_from < end)).astype(np.int32),
        int(day.isoweekday() >= 6),
    )


class Almanac:
    """Clocks and patterns of all zones over the horizon, each made once.

    Parameters
    ----------
    planning : Planning
        The input.
    grid : SlotGrid
        Slots of the horizon.
    """

    def __init__(self, planning: Planning, grid: SlotGrid) -> None:
        self.planning = planning
        self.grid = grid
        latest = max((pin.end for pin in planning.pins), default=grid.end)
        self._dates = dates_around(grid.start, max(latest, grid.end))
        self._clocks: dict[str, ZoneClock] = {}
        self._patterns: dict[tuple[str, date, tuple[int, ...]], Pattern] = {}

    def clock(self, zone: str) -> ZoneClock:
        """Return the clock of a zone."""
        if zone not in self._clocks:
            self._clocks[zone] = ZoneClock.over(
                zone, grid=self.grid, dates=self._dates, waking=self.planning.waking_hours
            )
        return self._clocks[zone]

    def pattern(self, zone: str, day: date, lengths: tuple[int, ...]) -> Pattern:
        """Return every shift of those lengths that may start on a local date of a zone."""
        key = (zone, day, lengths)
        if key not in self._patterns:
            clock = self.clock(zone)
            shifts = clock.shifts(day, lengths, self.planning.shifts)
            self._patterns[key] = pattern_of(self.planning, clock, day, shifts)
        return self._patterns[key]
