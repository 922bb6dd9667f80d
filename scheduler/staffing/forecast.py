"""From interval history to the contacts of a horizon, with how wrong they may be: the one entry.

Per queue: what is missing and what is unlike its weekday is set aside and listed; a model gives the
contacts of each day ahead (`forecast_level`), shapes by kind of day spread them over the customers'
clock (`forecast_shape`). Bounds are quantiles of a negative binomial distribution whose variance
holds the chance of arrivals, the scatter of intervals and the doubt about the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from scheduler.domain import DemandInterval, Horizon, Queue
from scheduler.domain.contacts import ContactHistory
from scheduler.domain.demand import StaffingPolicy
from scheduler.staffing.forecast_history import (
    HOLIDAY,
    Bools,
    LocalClock,
    LocalDays,
    day_kinds,
    local_days,
    open_slots,
)
from scheduler.staffing.forecast_level import Levels, daily_levels, unusual_days
from scheduler.staffing.forecast_shape import (
    DayShapes,
    Scatter,
    day_shapes,
    handling_times,
    scatter,
    totals_of,
)
from scheduler.staffing.rows import Floats
from scheduler.timegrid.windows import horizon_bounds

__all__ = ["Forecast", "ForecastDay", "ForecastRow", "LeftOut", "QueueNote", "forecast"]

_FARTHEST_DAYS = 2 * 366
_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """Contacts expected in one interval.

    Parameters
    ----------
    start : datetime.datetime
        Aware UTC.
    offered : float
        Expected contacts.
    bounds : tuple of (float, float)
        Lowest and highest contacts to be expected, by level of the forecast.
    aht_s : float or None
        Average handling time in seconds; None where nothing is known of it.
    """

    queue_id: str
    start: datetime
    offered: float
    bounds: tuple[tuple[float, float], ...]
    aht_s: float | None


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """Contacts expected on one date of the customers' clock, as far as it lies in the horizon.

    Parameters
    ----------
    offered : float
        Expected contacts: the sum of the date's intervals.
    bounds : tuple of (float, float)
        Lowest and highest contacts to be expected, by level. Narrower than the sums of the
        intervals' bounds, since chance evens out over a day.
    """

    queue_id: str
    day: date
    offered: float
    bounds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A date that was not learnt from.

    Parameters
    ----------
    reason : str
        ``gap`` (less than half of it is known) or ``unusual``.
    offered, expected : float or None
        Contacts of the date, and what its weekday had in the weeks around it.
    """

    queue_id: str
    day: date
    reason: str
    offered: float | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class QueueNote:
    """What the history of a queue was like.

    Parameters
    ----------
    days : int
        Dates from the first to the last.
    missing_intervals : int
        Intervals that are not known although the queue was open.
    """

    queue_id: str
    days: int
    missing_intervals: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Contacts of all queues over a horizon.

    Parameters
    ----------
    interval_minutes : int
        Length of the intervals.
    levels : tuple of int
        Percent of cases that the bounds of the rows should hold.
    rows : tuple of ForecastRow
        By queue, then by start; every interval of the horizon.
    left_out : tuple of LeftOut
        Dates of the history that were not learnt from.
    notes : tuple of QueueNote
        One per queue.
    days : tuple of ForecastDay
        By queue, then by date.
    """

    interval_minutes: int
    levels: tuple[int, ...]
    rows: tuple[ForecastRow, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[QueueNote, ...]
    days: tuple[ForecastDay, ...] = ()

    def demand(self) -> tuple[DemandInterval, ...]:
        """Return rows of demand: contacts to 2 decimals, seconds to 1; none without contacts.

        Raises
        ------
        ValueError
            If contacts are expected on a queue of which no handling time is known.
        """
        found = []
        for row in self.rows:
            offered = Decimal(row.offered).quantize(_CENT)
            if not offered:
                continue
            if row.aht_s is None:
                raise ValueError(f"{row.queue_id}: no handling time is known; state one")
            aht_s = Decimal(row.aht_s).quantize(_TENTH)
            found.append(DemandInterval(row.queue_id, row.start, offered, aht_s))
        return tuple(found)


def forecast(
    history: Iterable[ContactHistory],
    queues: Mapping[str, Queue],
    horizon: Horizon,
    *,
    interval_minutes: int = 30,
    levels: Sequence[int] = (80, 95),
    staffing: StaffingPolicy | None = None,
    missing_is_zero: bool = False,
    aht_s: float | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Forecast:
    """Return the contacts to expect in every interval of a horizon.

    Nothing of the history from the horizon's start on is used.

    Parameters
    ----------
    history : iterable of ContactHistory
        One per queue, at least 28 days before the horizon.
    queues : mapping of str to Queue
        By `queue_id`: zone of the customers' clock, opening, country and subdivision.
    horizon : Horizon
        What to forecast; it ends at most two years after the history.
    interval_minutes : int
        Length of the planning's intervals: that of the history or a multiple.
    levels : sequence of int
        Percent of cases that the bounds should hold, each from 1 to 99.
    staffing : StaffingPolicy, optional
        Says with the queue whether contacts come in while it is closed (e-mail).
    missing_is_zero : bool
        Whether the source leaves out intervals without contacts on days that have others.
    aht_s : float, optional
        Handling time of queues whose history has none.
    on_progress : callable, optional
        Called with the queue that is done, the number done and the number of all.

    Returns
    -------
    Forecast
        The same for the same input.

    Raises
    ------
    ValueError
        If a queue is unknown or stands there twice, if a history is too short, too old, coarser
        than the planning or off its grid, or if a level or interval cannot be used.
    """
    series = tuple(history)
    if any(not 1 <= level <= 99 for level in levels):
        raise ValueError(f"levels must be percents from 1 to 99, not {tuple(levels)}")
    if interval_minutes < 1 or 1440 % interval_minutes:
        raise ValueError(f"interval_minutes must divide a day, not {interval_minutes}")
    if len({one.queue_id for one in series}) < len(series):
        raise ValueError("each queue must have one history")
    if unknown := [one.queue_id for one in series if one.queue_id not in queues]:
        raise ValueError(f"there is no queue {unknown[0]}")
    start, end = horizon_bounds(horizon)
    policy = staffing or StaffingPolicy()
    rows: list[ForecastRow] = []
    by_day: list[ForecastDay] = []
    left_out: list[LeftOut] = []
    notes: list[QueueNote] = []
    for done, one in enumerate(series, start=1):
        queue = queues[one.queue_id]
        closes = not policy.defers(queue)
        days = local_days(
            one,
            queue,
            start=start,
            interval_minutes=interval_minutes,
            closes=closes,
            missing_is_zero=missing_is_zero,
        )
        learnt = _learn(days, queue)
        window = _Window(start, (end - start) // timedelta(minutes=interval_minutes))
        own, dates = _ahead(days, learnt, queue, window, tuple(levels), closes=closes, aht_s=aht_s)
        rows += own
        by_day += dates
        left_out += learnt.left_out
        notes.append(QueueNote(queue.queue_id, days.kinds.size, days.missing))
        if on_progress is not None:
            on_progress(queue.queue_id, done, len(series))
    return Forecast(
        interval_minutes,
        tuple(levels),
        tuple(rows),
        tuple(left_out),
        tuple(notes),
        tuple(by_day),
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """The intervals of the horizon."""

    start: datetime
    count: int


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What was learnt of a queue; `learn` says from which dates."""

    shapes: DayShapes
    scatter: Scatter
    aht_s: Floats | None
    learn: Bools
    left_out: tuple[LeftOut, ...]


def _learn(days: LocalDays, queue: Queue) -> _Learnt:
    first = day_shapes(days, np.ones(days.kinds.size, dtype=bool))
    strange = unusual_days(first.totals, days.kinds)
    learn = ~strange & ~np.isnan(first.totals)
    shapes = day_shapes(days, learn)
    totals = totals_of(days, shapes.shares)
    known = ~np.isnan(totals)
    weekdays = int(days.heard[:HOLIDAY].any(axis=1).sum())
    if int((learn & known & (days.kinds != HOLIDAY)).sum()) < 2 * weekdays:
        raise ValueError(
            f"{queue.queue_id}: too little of the history is known: a date counts where half of "
            f"its contacts are, and each weekday must count twice; does the source leave out "
            f"intervals without contacts?"
        )
    left_out = []
    for row, day in enumerate(days.dates):
        if not known[row] and days.heard[day.weekday()].any():
            left_out.append(LeftOut(queue.queue_id, day, "gap"))
        elif strange[row]:
            near = [row + 7 * week for week in range(-4, 5) if week]
            like = [
                totals[place]
                for place in near
                if 0 <= place < totals.size and learn[place] and known[place]
            ]
            usual = float(np.median(like)) if like else None
            left_out.append(LeftOut(queue.queue_id, day, "unusual", float(totals[row]), usual))
    return _Learnt(
        shapes,
        scatter(days, shapes, learn),
        handling_times(days, learn),
        learn & known,
        tuple(left_out),
    )


def _ahead(
    days: LocalDays,
    learnt: _Learnt,
    queue: Queue,
    window: _Window,
    levels: tuple[int, ...],
    *,
    closes: bool,
    aht_s: float | None,
) -> tuple[list[ForecastRow], list[ForecastDay]]:
    """Return the rows and the dates of one queue."""
    slots = days.offered.shape[1]
    minutes = 1440 // slots
    clock = LocalClock.over(window.start, window.count, minutes, queue.zone)
    count = int(clock.days.max()) + 1
    ahead = [clock.first + timedelta(days=row) for row in range(count)]
    if (ahead[-1] - days.dates[-1]).days > _FARTHEST_DAYS:
        raise ValueError(f"{queue.queue_id}: the history ends on {days.dates[-1]}, too long ago")
    ahead_levels = daily_levels(
        learnt.shapes.totals, days.kinds, learnt.learn, days.first, ahead, queue
    )
    kinds = day_kinds(clock.first, count, queue)
    shares = learnt.shapes.shares[kinds]
    if closes:
        shares = shares * np.stack([open_slots(queue, day, minutes) for day in ahead])
    share = shares[clock.days, clock.slots]
    means = ahead_levels.means[clock.days] * share
    bounds = _bounds(means, clock, ahead_levels, learnt.scatter, levels)
    known_aht = learnt.aht_s
    if known_aht is None:
        seconds: list[float | None] = [aht_s] * window.count
    else:
        seconds = known_aht[kinds[clock.days], clock.slots].tolist()
    length = timedelta(minutes=minutes)
    rows = [
        ForecastRow(
            queue.queue_id,
            window.start + idx * length,
            mean,
            tuple((low[idx], high[idx]) for low, high in bounds),
            seconds[idx],
        )
        for idx, mean in enumerate(means.tolist())
    ]
    totals, day_bounds = _day_bounds(means, clock, ahead_levels, learnt.scatter, levels)
    dates = [
        ForecastDay(
            queue.queue_id, day, total, tuple((low[row], high[row]) for low, high in day_bounds)
        )
        for row, (day, total) in enumerate(zip(ahead, totals.tolist(), strict=True))
    ]
    return rows, dates


def _bounds(
    means: Floats, clock: LocalClock, ahead: Levels, noise: Scatter, levels: tuple[int, ...]
) -> list[tuple[list[float], list[float]]]:
    """Return lowest and highest contacts by level, each a list by interval."""
    doubt = _doubt(ahead, noise)[clock.days]
    variance = noise.of_mean * means + (noise.of_square + doubt) * means**2
    return _quantiles(means, variance, levels)


def _day_bounds(
    means: Floats, clock: LocalClock, ahead: Levels, noise: Scatter, levels: tuple[int, ...]
) -> tuple[Floats, list[tuple[list[float], list[float]]]]:
    """Return the sums of dates, and lowest and highest contacts by level, each a list by date.

    The doubt about a date is common to its intervals; their scatter is their own.
    """
    count = ahead.means.size
    totals: Floats = np.bincount(clock.days, weights=means, minlength=count).astype(np.float64)
    squares = np.bincount(clock.days, weights=means**2, minlength=count)
    variance = noise.of_mean * totals + noise.of_square * squares
    variance += _doubt(ahead, noise) * totals**2
    return totals, _quantiles(totals, variance, levels)


def _doubt(ahead: Levels, noise: Scatter) -> Floats:
    """Return by date the square of its level's relative error.

    The spread about the date holds the chance of its arrivals, which the intervals have of their
    own.
    """
    chance = noise.of_mean / np.maximum(ahead.means, 1.0)
    return np.asarray(np.maximum(ahead.spreads**2 - chance, 0.0))


def _quantiles(
    means: Floats, variance: Floats, levels: tuple[int, ...]
) -> list[tuple[list[float], list[float]]]:
    """Return both ends by level: quantiles of negative binomial (or Poisson) distributions."""
    from scipy.stats import nbinom, poisson  # type: ignore[import-untyped]

    busy = means > 0
    wide = busy & (variance > means * 1.0001)
    narrow = busy & ~wide
    found = []
    for level in levels:
        sides = []
        for quantile in ((100 - level) / 200, (100 + level) / 200):
            side = np.zeros(means.size)
            mean, spread = means[wide], variance[wide]
            side[wide] = nbinom.ppf(quantile, mean**2 / (spread - mean), mean / spread)
            side[narrow] = poisson.ppf(quantile, means[narrow])
            sides.append(side.tolist())
        found.append((sides[0], sides[1]))
    return found
