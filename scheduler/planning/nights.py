"""Night shifts by the law: how much of a shift lies in the night, and when its night ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scheduler.labour.pack import Night
from scheduler.planning.clocks import minute_of
from scheduler.planning.spans import BoolArray, IntArray, MinuteArray, Spans
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.zones import clock_instant

__all__ = ["Mark", "NightHours", "Nights", "night_hours"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NightHours:
    """What makes a night shift, without where that is written.

    Parameters
    ----------
    from_minute, until_minute, over_minutes, over_half
        As in `scheduler.labour.pack.Night`.
    """

    from_minute: int
    until_minute: int
    over_minutes: int
    over_half: bool


def night_hours(night: Night) -> NightHours:
    """Return what makes a night shift by a pack."""
    return NightHours(night.from_minute, night.until_minute, night.over_minutes, night.over_half)


@dataclass(frozen=True, slots=True)
class Mark:
    """What one bit of the options' flags says of a shift; all that is given must hold.

    Parameters
    ----------
    night : NightHours, optional
        It is a night shift.
    ending_after_minute : int, optional
        Its night ends later than this clock time.
    over_paid_minutes : int, optional
        It has more paid time than this.
    """

    night: NightHours | None = None
    ending_after_minute: int | None = None
    over_paid_minutes: int | None = None


class Nights:
    """The nights of one zone.

    Parameters
    ----------
    zone : str
        IANA zone of the clock.
    hours : NightHours
        What makes a night shift.
    grid : SlotGrid
        Minutes are counted from its start.
    dates : sequence of datetime.date
        Dates on which nights end, in order: all that shifts may touch.
    """

    def __init__(
        self, zone: str, hours: NightHours, *, grid: SlotGrid, dates: Sequence[date]
    ) -> None:
        self._zone = zone
        self._hours = hours
        self._grid = grid
        over_midnight = hours.until_minute <= hours.from_minute
        found = []
        for day in dates:
            opens = self._edge(day - _DAY if over_midnight else day, hours.from_minute)
            closes = self._edge(day, hours.until_minute)
            if opens < closes:
                found.append((day, opens, closes))
        self._dates = [day for day, _, _ in found]
        self._opens = np.array([opens for _, opens, _ in found], dtype=np.int64)
        self._closes = np.array([closes for _, _, closes in found], dtype=np.int64)
        self._spans = Spans.of((opens, closes) for _, opens, closes in found)
        self._edges: dict[int, MinuteArray] = {}

    def _edge(self, day: date, minute: int) -> int:
        return minute_of(self._grid, clock_instant(day, minute, self._zone))

    def is_night(self, start: MinuteArray, end: MinuteArray) -> BoolArray:
        """Say of each shift whether it is a night shift.

        Parameters
        ----------
        start, end : array
            Minutes since the horizon's start, half-open.
        """
        inside = self._spans.minutes_in(start, end)
        if self._hours.over_half:
            return np.asarray(2 * inside > end - start, dtype=np.bool_)
        return np.asarray(inside > self._hours.over_minutes, dtype=np.bool_)

    def ends_after(self, start: MinuteArray, end: MinuteArray, minute: int) -> BoolArray:
        """Say of each shift whether it is a night shift that ends later than a clock time.

        The clock time is that of the date on which the last night it touches ends.
        """
        if minute not in self._edges:
            edges = [self._edge(day, minute) for day in self._dates]
            self._edges[minute] = np.array(edges, dtype=np.int64)
        night = self.is_night(start, end)
        if not night.any():
            return night
        last = np.maximum(np.searchsorted(self._opens, end, side="left") - 1, 0)
        return np.asarray(night & (end > self._edges[minute][last]), dtype=np.bool_)

    def marked(
        self, mark: Mark, start: MinuteArray, end: MinuteArray, paid_minutes: IntArray
    ) -> BoolArray:
        """Say of each shift whether a mark for nights of these hours holds."""
        if mark.ending_after_minute is None:
            held = self.is_night(start, end)
        else:
            held = self.ends_after(start, end, mark.ending_after_minute)
        if mark.over_paid_minutes is not None:
            held &= paid_minutes > mark.over_paid_minutes
        return held
