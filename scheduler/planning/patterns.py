"""Shifts as they look on one clock, whoever works them: times, break, night, evening, weekend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from scheduler.domain import Planning, WakingHours
from scheduler.planning.breaks import BreakDemand, BreakWindows, break_windows
from scheduler.planning.clocks import ZoneClock, dates_around
from scheduler.planning.nights import NightHours, Nights
from scheduler.planning.spans import IntArray, MinuteArray
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid

__all__ = ["Almanac", "Pattern", "pattern_of"]

_EVENING_FROM, _EVENING_UNTIL = 20 * 60, 24 * 60


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Shifts that start on one local date of one zone, in order of start and end.

    Parameters
    ----------
    day : datetime.date
        The local date.
    start, end : array
        Minutes since the horizon's start, half-open.
    start_slot, end_slot : array
        The same in slots, rounded outward.
    breaks : BreakWindows
        Breaks and paid minutes.
    night_minutes : array
        Minutes outside the waking hours on the zone's clock, breaks included.
    own_night_cents : array
        Their price, half up per shift.
    evening : array
        1 where the shift touches 20:00 to 24:00 of the date, else 0.
    weekend : int
        1 when the date is a Saturday or Sunday, else 0.
    """

    day: date
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
    planning: Planning,
    clock: ZoneClock,
    day: date,
    shifts: Sequence[tuple[int, int]],
    *,
    demands: Sequence[BreakDemand] = (),
) -> Pattern:
    """Return what is the same for all agents about shifts on a local date.

    Parameters
    ----------
    clock : ZoneClock
        Of the place, with the waking hours that count.
    shifts : sequence of (int, int)
        Start and end in minutes since the horizon's start; starts lie on `day`.
    demands : sequence of BreakDemand
        Breaks by law.
    """
    start, end = np.array(shifts, dtype=np.int64).reshape(-1, 2).T
    evening_from, evening_until = clock.window(day, _EVENING_FROM, _EVENING_UNTIL)
    night_minutes = clock.asleep.minutes_in(start, end)
    hourly_cents = planning.weights.own_night_cents_hour
    return Pattern(
        day,
        start,
        end,
        (start // SLOT_MINUTES).astype(np.int32),
        (-(-end // SLOT_MINUTES)).astype(np.int32),
        break_windows(planning.break_rules, demands, start, end),
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
        earliest = min((past.start for past in planning.history), default=grid.start)
        self._dates = dates_around(grid.start, max(latest, grid.end))
        self._all_dates = dates_around(min(earliest, grid.start), max(latest, grid.end))
        self._clocks: dict[tuple[str, WakingHours], ZoneClock] = {}
        self._shifts: dict[tuple[str, date, tuple[int, ...]], tuple[tuple[int, int], ...]] = {}
        self._patterns: dict[
            tuple[str, date, tuple[int, ...], WakingHours, tuple[BreakDemand, ...]], Pattern
        ] = {}
        self._nights: dict[tuple[str, NightHours], Nights] = {}

    def clock(self, zone: str, waking: WakingHours | None = None) -> ZoneClock:
        """Return the clock of a zone.

        Parameters
        ----------
        waking : WakingHours, optional
            Those of an agent; by default the planning's.
        """
        key = zone, waking or self.planning.waking_hours
        if key not in self._clocks:
            self._clocks[key] = ZoneClock.over(
                zone, grid=self.grid, dates=self._dates, waking=key[1]
            )
        return self._clocks[key]

    def nights(self, zone: str, hours: NightHours) -> Nights:
        """Return the nights of a zone, those of the history included."""
        key = zone, hours
        if key not in self._nights:
            self._nights[key] = Nights(zone, hours, grid=self.grid, dates=self._all_dates)
        return self._nights[key]

    def pattern(
        self,
        zone: str,
        day: date,
        lengths: tuple[int, ...],
        *,
        waking: WakingHours | None = None,
        demands: tuple[BreakDemand, ...] = (),
    ) -> Pattern:
        """Return every shift of those lengths that may start on a local date of a zone.

        Parameters
        ----------
        waking : WakingHours, optional
            Those of an agent; by default the planning's.
        demands : tuple of BreakDemand
            Breaks by law.
        """
        key = zone, day, lengths, waking or self.planning.waking_hours, demands
        if key not in self._patterns:
            clock = self.clock(zone, waking)
            offered = key[:3]
            if offered not in self._shifts:
                self._shifts[offered] = clock.shifts(day, lengths, self.planning.shifts)
            self._patterns[key] = pattern_of(
                self.planning, clock, day, self._shifts[offered], demands=demands
            )
        return self._patterns[key]
