"""History on the customers' clock: local days by time of day, gaps told apart from quiet.

Customers follow their own clock, so a day is a row and a time of day a column; a clock change moves
instants, not habits. The hour that a clock shows twice is the mean of its passes, the hour that it
skips is not known. What is not known is NaN and is never learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from scheduler.domain import Queue
from scheduler.domain.contacts import FEWEST_DAYS, ContactHistory
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.staffing.rows import Floats
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.opening import opening_on
from scheduler.timegrid.zones import offset_minutes, transitions

__all__ = ["HOLIDAY", "Ints", "LocalClock", "LocalDays", "day_kinds", "local_days", "open_slots"]

HOLIDAY = 7
"""Kind of day of a public holiday; 0 to 6 are Monday to Sunday."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = timedelta(minutes=1)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LocalClock:
    """Where intervals stand on a queue's own clock.

    Parameters
    ----------
    first : datetime.date
        Date of row 0.
    days : array of int
        Rows: dates counted from `first`.
    slots : array of int
        Columns: times of day in interval lengths since 00:00.
    """

    first: date
    days: Ints
    slots: Ints

    @classmethod
    def over(cls, start: datetime, count: int, minutes: int, zone: str) -> LocalClock:
        """Return the places of `count` intervals of so many minutes from an instant on."""
        instants = _minute_of(start) + minutes * np.arange(count, dtype=np.int64)
        shown = instants + _offsets(instants, start, zone)
        days, rest = np.divmod(shown, MINUTES_PER_DAY)
        first = int(days.min())
        return cls(date.fromordinal(_EPOCH_ORDINAL + first), days - first, rest // minutes)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A queue's history, one row per local date and one column per time of day.

    Parameters
    ----------
    first : datetime.date
        Date of row 0; the dates run on without hole.
    offered : array of float, shape (days, slots)
        Contacts; NaN where not known.
    work_s, weighed : array of float, shape (days, slots)
        Seconds of handling, and the contacts whose handling time is known.
    kinds : array of int, shape (days,)
        0 to 6 for Monday to Sunday, `HOLIDAY` for a public holiday of the customers.
    heard : array of float, shape (8, slots)
        By kind of day: share of each time of day of which anything is ever known, 0 to 1.
    missing : int
        Intervals between the first and the last that are not known although the queue was open.
    """

    first: date
    offered: Floats
    work_s: Floats
    weighed: Floats
    kinds: Ints
    heard: Floats
    missing: int

    @property
    def dates(self) -> tuple[date, ...]:
        """The local dates, one per row."""
        return tuple(self.first + timedelta(days=day) for day in range(len(self.kinds)))


def local_days(
    history: ContactHistory,
    queue: Queue,
    *,
    start: datetime,
    interval_minutes: int,
    closes: bool,
    missing_is_zero: bool = False,
) -> LocalDays:
    """Return a history on the queue's clock, summed to the planning's intervals.

    An interval that is missing had no contacts where the queue was closed, at times of the week of
    which the history never says anything, and, if asked for, on dates that have other rows.

    Parameters
    ----------
    history : ContactHistory
        Rows from `start` on are left out: nobody knew them then.
    queue : Queue
        Zone, opening hours, and where the customers are.
    start : datetime.datetime
        Start of the horizon, aware UTC; planning intervals are counted from it.
    interval_minutes : int
        Of the planning.
    closes : bool
        Whether nothing comes in outside opening hours.
    missing_is_zero : bool
        Whether the source leaves out intervals without contacts.

    Raises
    ------
    ValueError
        If the history is coarser than the planning or off its grid, has too few days, or
        the zone or subdivision is not known.
    """
    minutes = history.interval_minutes
    if interval_minutes % minutes:
        raise ValueError(
            f"{history.queue_id}: a history of {minutes} minutes cannot be summed to the "
            f"planning's intervals of {interval_minutes} minutes"
        )
    anchor = _minute_of(start)
    history = history.before(start)
    if history.days < FEWEST_DAYS:
        raise ValueError(
            f"{history.queue_id}: a forecast needs {FEWEST_DAYS} days of history before the "
            f"horizon, not {history.days}"
        )
    begins = np.array([_minute_of(instant) for instant in history.starts], dtype=np.int64)
    if np.any((begins - anchor) % minutes):
        raise ValueError(
            f"{history.queue_id}: intervals of {minutes} minutes must start on the planning's "
            f"grid, which has one at {start:%Y-%m-%dT%H:%MZ}"
        )
    per = interval_minutes // minutes
    low = (int(begins[0]) - anchor) // interval_minutes * interval_minutes + anchor
    count = ((int(begins[-1]) - low) // interval_minutes + 1) * per
    # Contacts, seconds of handling, and contacts of known handling time, by interval of history.
    table = np.full((3, count), np.nan)
    table[1:] = 0.0
    places = (begins - low) // minutes
    offered = np.array(history.offered)
    aht = np.array([np.nan if s is None else s for s in history.aht_s])
    timed = ~np.isnan(aht)
    table[0, places] = offered
    table[1, places[timed]] = (offered * aht)[timed]
    table[2, places[timed]] = offered[timed]

    clock = LocalClock.over(_EPOCH + low * _MINUTE, count, minutes, queue.zone)
    named = np.unique(clock.days[places])
    if named.size < 2 * np.unique(named % 7).size:
        raise ValueError(
            f"{history.queue_id}: a forecast needs each weekday at least twice, and the history "
            f"has {named.size} dates"
        )
    kinds = day_kinds(clock.first, int(clock.days.max()) + 1, queue)
    quiet, unheard = _quiet(table[0], clock, minutes, queue if closes else None)
    if missing_is_zero:
        quiet |= np.isin(clock.days, named)
        quiet[: int(places[0])] = quiet[int(places[-1]) + 1 :] = False
    inside = slice(int(places[0]), int(places[-1]) + 1)
    missing = int((np.isnan(table[0]) & ~quiet)[inside].sum())
    table[0, np.isnan(table[0]) & quiet] = 0.0
    summed = table.reshape(3, count // per, per).sum(axis=2)
    share = 1.0 - unheard.reshape(-1, per).mean(axis=1)
    shape = (kinds.size, MINUTES_PER_DAY // interval_minutes)
    clock = LocalClock(
        clock.first, clock.days[::per], clock.slots[::per] * minutes // interval_minutes
    )
    by_clock = [_placed(column, clock, shape) for column in summed]
    heard = np.zeros((HOLIDAY + 1, shape[1]))
    said = ~np.isnan(summed[0])
    np.maximum.at(heard, (kinds[clock.days[said]], clock.slots[said]), share[said])
    return LocalDays(clock.first, by_clock[0], by_clock[1], by_clock[2], kinds, heard, missing)


def day_kinds(first: date, count: int, queue: Queue) -> Ints:
    """Return the kinds of `count` dates: 0 to 6 for Monday to Sunday, or `HOLIDAY`.

    Raises
    ------
    UnknownSubdivisionError
        As `scheduler.timegrid.holidays.is_public_holiday`.
    """
    kinds = (first.weekday() + np.arange(count, dtype=np.int64)) % 7
    if queue.country is not None:
        for row in range(count):
            if is_public_holiday(first + timedelta(days=row), queue.country, queue.subdivision):
                kinds[row] = HOLIDAY
    return kinds


def open_slots(queue: Queue, day: date, minutes: int) -> Bools:
    """Return for each time of day whether a queue is open in any part of the interval."""
    opened = np.zeros(MINUTES_PER_DAY, dtype=bool)
    for from_minute, until_minute in opening_on(queue, day):
        opened[from_minute:until_minute] = True
    return np.asarray(opened.reshape(-1, minutes).any(axis=1))


def _quiet(
    offered: Floats, clock: LocalClock, minutes: int, queue: Queue | None
) -> tuple[Bools, Bools]:
    """Return where a missing interval means no contacts, and where nothing was ever heard."""
    named = ~np.isnan(offered)
    weekdays = (clock.first.weekday() + clock.days) % 7
    ever = np.zeros((7, MINUTES_PER_DAY // minutes), dtype=bool)
    ever[weekdays[named], clock.slots[named]] = True
    unheard = ~ever[weekdays, clock.slots]
    quiet = unheard.copy()
    if queue is not None:
        table = np.stack(
            [
                open_slots(queue, clock.first + timedelta(days=row), minutes)
                for row in range(int(clock.days.max()) + 1)
            ]
        )
        quiet |= ~table[clock.days, clock.slots]
    return quiet, unheard


def _placed(values: Floats, clock: LocalClock, shape: tuple[int, int]) -> Floats:
    """Return values by date and time of day: means where a time occurs twice, NaN where never."""
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (clock.days, clock.slots), values)
    np.add.at(count, (clock.days, clock.slots), 1.0)
    means: Floats = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
    return means


def _minute_of(instant: datetime) -> int:
    return (instant - _EPOCH) // _MINUTE


def _offsets(instants: Ints, start: datetime, zone: str) -> Ints:
    """Return by how many minutes the clock is ahead of UTC at each instant, in order."""
    offsets = [offset_minutes(start, zone)]
    end = _EPOCH + (int(instants[-1]) + 1) * _MINUTE
    found = transitions(zone, start, end)
    changes = [_minute_of(change.instant) for change in found]
    offsets += [change.after_minutes for change in found]
    return np.array(offsets, dtype=np.int64)[np.searchsorted(changes, instants, side="right")]
