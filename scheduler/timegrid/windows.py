"""Local days, weeks and nights, in minutes and as windows of slots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.domain import Horizon
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.zones import clock_instant, day_bounds, local_of, start_of_day

__all__ = [
    "DayWindow",
    "day_windows",
    "horizon_bounds",
    "local_date",
    "local_dates",
    "minutes_in_clock_window",
    "night_windows",
    "rolling_windows",
    "week_start",
    "week_windows",
]

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DayWindow:
    """A local day, night or week as slots of a grid.

    Parameters
    ----------
    day : datetime.date
        The local date; of a night the date on which it begins, of a week its Monday.
    start_slot, end_slot : int
        Half-open and clipped to the grid; never empty.
    """

    day: date
    start_slot: int
    end_slot: int


def horizon_bounds(horizon: Horizon) -> tuple[datetime, datetime]:
    """Return the instants between which a horizon lies: local midnights of its zone."""
    return start_of_day(horizon.start, horizon.zone), start_of_day(horizon.end, horizon.zone)


def local_date(instant: datetime, zone: str) -> date:
    """Return the local date that an instant belongs to; `day_bounds` of it hold the instant.

    It is the date the clock shows, with one exception: where the clock was once put back from just
    after midnight to the evening before, the new date has begun and goes on.
    """
    local = local_of(instant, zone)
    day = local.wall.day
    return day + _DAY if local.fold and start_of_day(day + _DAY, zone) <= instant else day


def week_start(day: date) -> date:
    """Return the Monday of the ISO week of a date."""
    return day - timedelta(days=day.weekday())


def local_dates(start: datetime, end: datetime, zone: str) -> tuple[date, ...]:
    """Return all local dates that share time with ``[start, end)``, in order.

    A date that the zone skipped does not occur.
    """
    return tuple(day for day, _, _ in _days(start, end, zone))


def _days(start: datetime, end: datetime, zone: str) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield each local date of ``[start, end)`` with its own, unclipped bounds."""
    if start >= end:
        return
    day = local_date(start, zone)
    first, after = day_bounds(day, zone)
    while first < end:
        if first < after:
            yield day, first, after
        day += _DAY
        first, after = day_bounds(day, zone)


def _clock_window(
    day: date, zone: str, from_minute: int, until_minute: int
) -> tuple[datetime, datetime]:
    last_day = day if from_minute < until_minute else day + _DAY
    return clock_instant(day, from_minute, zone), clock_instant(last_day, until_minute, zone)


def minutes_in_clock_window(
    start: datetime, end: datetime, zone: str, from_minute: int, until_minute: int
) -> int:
    """Return how much of ``[start, end)`` falls within a daily clock window.

    The window's edges are turned into instants date by date (`clock_instant`) and elapsed time is
    counted between them: a night from 00:00 to 06:00 has five hours in spring and seven in autumn.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware instants.
    zone : str
        IANA zone of the clock.
    from_minute, until_minute : int
        Minutes since local midnight, 0 to 1440, half-open. When `until_minute` is not later than
        `from_minute` the window runs on into the next date; when equal it is the whole day.

    Returns
    -------
    int
        Elapsed minutes, rounded down.
    """
    total = timedelta(0)
    if start >= end:
        return 0
    day = local_date(start, zone) - _DAY
    opens, closes = _clock_window(day, zone, from_minute, until_minute)
    while opens < end:
        total += max(timedelta(0), min(end, closes) - max(start, opens))
        day += _DAY
        opens, closes = _clock_window(day, zone, from_minute, until_minute)
    return total // _MINUTE


def day_windows(grid: SlotGrid, zone: str) -> tuple[DayWindow, ...]:
    """Return the local days of a zone as slots; together they tile the grid.

    A slot belongs to the date in which it starts (dates start on the grid wherever offsets are
    quarters of an hour, as all are today).
    """
    spans = _days(grid.start, grid.end, zone)
    return _clipped(grid, spans)


def night_windows(
    grid: SlotGrid, zone: str, from_minute: int, until_minute: int
) -> tuple[DayWindow, ...]:
    """Return a daily clock window, such as the night, of each local date as slots.

    The night that begins on the date before the grid is there when it reaches into the grid.

    Parameters
    ----------
    from_minute, until_minute : int
        As in `minutes_in_clock_window`.
    """
    spans = (
        (day, *_clock_window(day, zone, from_minute, until_minute))
        for day in local_dates(grid.start - _DAY, grid.end, zone)
    )
    return _clipped(grid, spans)


def week_windows(grid: SlotGrid, zone: str) -> tuple[DayWindow, ...]:
    """Return the ISO weeks of a zone as slots, the cut ones at either end too; they tile the grid.

    `DayWindow.day` is the week's Monday, which may lie before the grid.
    """
    mondays = dict.fromkeys(week_start(day) for day in local_dates(grid.start, grid.end, zone))
    spans = (
        (monday, start_of_day(monday, zone), start_of_day(monday + 7 * _DAY, zone))
        for monday in mondays
    )
    return _clipped(grid, spans)


def _clipped(
    grid: SlotGrid, spans: Iterator[tuple[date, datetime, datetime]]
) -> tuple[DayWindow, ...]:
    windows = (
        DayWindow(day, max(0, grid.ceil(start)), min(grid.slots, grid.ceil(end)))
        for day, start, end in spans
    )
    return tuple(window for window in windows if window.start_slot < window.end_slot)


def rolling_windows(slots: int, length: int, step: int) -> tuple[tuple[int, int], ...]:
    """Return the windows of `length` slots that start at every `step`-th slot and end in time.

    Parameters
    ----------
    slots : int
        Slots of the grid. When they are fewer than `length` the only window is the whole grid.
    length, step : int
        In slots, positive.

    Returns
    -------
    tuple of (int, int)
        Half-open slot ranges within ``0 .. slots``.

    Raises
    ------
    ValueError
        If a number is not positive.
    """
    if min(slots, length, step) < 1:
        raise ValueError("slots, length and step must be positive")
    if slots < length:
        return ((0, slots),)
    return tuple((start, start + length) for start in range(0, slots - length + 1, step))
