"""How wrong forecasts would have been: from several past days on, against what then came.

At each origin the forecast is made from what was known at that local midnight, and compared with
the days after it, strikes and all. Beside it stands the seasonal naive forecast: the same time of
the same weekday in the last week that was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from scheduler.domain import Horizon, Queue
from scheduler.domain.contacts import FEWEST_DAYS, ContactHistory
from scheduler.domain.demand import StaffingPolicy
from scheduler.staffing.forecast import forecast
from scheduler.staffing.forecast_history import Ints, LocalClock, local_days
from scheduler.staffing.rows import Floats
from scheduler.timegrid.windows import horizon_bounds, local_date

__all__ = ["Accuracy", "Backtest", "accuracy", "backtest"]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far a forecast was from what came.

    Parameters
    ----------
    wape : float
        Sum of absolute errors by sum of contacts.
    bias : float
        Sum of errors (forecast less contacts) by sum of contacts.
    """

    wape: float
    bias: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """Accuracy over all origins, by interval and by local date.

    Parameters
    ----------
    origins : tuple of datetime.date
        First date of each forecast.
    intervals, contacts : int, float
        Intervals compared, and what came in them.
    interval, day, naive_interval, naive_day : Accuracy
        Of the forecast and of the seasonal naive one.
    coverage : tuple of (int, float)
        Level in percent, and the share of intervals with contacts within the bounds.
    """

    queue_id: str
    origins: tuple[date, ...]
    intervals: int
    contacts: float
    interval: Accuracy
    day: Accuracy
    naive_interval: Accuracy
    naive_day: Accuracy
    coverage: tuple[tuple[int, float], ...]

    @property
    def ratio(self) -> float:
        """WAPE per interval by that of the seasonal naive forecast; below 1 is better."""
        naive = self.naive_interval.wape
        return self.interval.wape / naive if naive else float("inf")


def accuracy(expected: Floats, came: Floats) -> Accuracy:
    """Return WAPE and bias; both infinite where nothing came but something was expected.

    Parameters
    ----------
    expected, came : array of float, same shape
        Forecast and contacts, all known.
    """
    errors, total = expected - came, float(came.sum())
    sums = float(np.abs(errors).sum()), float(errors.sum())
    if total <= 0:
        return Accuracy(*(0.0 if value == 0 else float("inf") for value in sums))
    return Accuracy(sums[0] / total, sums[1] / total)


def backtest(
    history: ContactHistory,
    queue: Queue,
    *,
    origins: int = 4,
    horizon_days: int = 14,
    step_days: int = 14,
    interval_minutes: int = 30,
    levels: Sequence[int] = (80, 95),
    staffing: StaffingPolicy | None = None,
    missing_is_zero: bool = False,
) -> Backtest:
    """Return how accurate forecasts from past origins were.

    Parameters
    ----------
    history : ContactHistory
        At least 28 days before the first origin.
    queue : Queue
        As for `forecast`.
    origins : int
        How many; the last one's horizon ends with the history.
    horizon_days, step_days : int
        Days that each forecast looks ahead, and between origins.
    interval_minutes, levels, staffing, missing_is_zero
        As for `forecast`.

    Raises
    ------
    ValueError
        As `forecast`; or if the history is too short for so many origins.
    """
    if min(origins, horizon_days, step_days) < 1:
        raise ValueError("origins, horizon_days and step_days must be 1 or more")
    if not history.starts:
        raise ValueError(f"{history.queue_id}: the history is empty")
    first = local_date(history.starts[0], queue.zone)
    after = local_date(history.starts[-1], queue.zone) + timedelta(days=1)
    days = [
        after - timedelta(days=horizon_days + step_days * back) for back in reversed(range(origins))
    ]
    if (days[0] - first).days < FEWEST_DAYS:
        need = FEWEST_DAYS + horizon_days + step_days * (origins - 1)
        raise ValueError(
            f"{history.queue_id}: {origins} origins need {need} days of history, "
            f"not {(after - first).days}"
        )
    parts = [
        _one_origin(
            history,
            queue,
            Horizon(day, day + timedelta(days=horizon_days), queue.zone),
            interval_minutes=interval_minutes,
            levels=tuple(levels),
            staffing=staffing or StaffingPolicy(),
            missing_is_zero=missing_is_zero,
        )
        for day in days
    ]
    came, expected, naive, within = (
        np.concatenate([part[column] for part in parts], axis=-1) for column in range(4)
    )
    by_day = np.concatenate([part[4] for part in parts], axis=-1)
    return Backtest(
        history.queue_id,
        tuple(days),
        came.size,
        float(came.sum()),
        accuracy(expected, came),
        accuracy(by_day[1], by_day[0]),
        accuracy(naive, came),
        accuracy(by_day[2], by_day[0]),
        tuple((level, float(row.mean())) for level, row in zip(levels, within, strict=True)),
    )


def _one_origin(
    history: ContactHistory,
    queue: Queue,
    horizon: Horizon,
    *,
    interval_minutes: int,
    levels: tuple[int, ...],
    staffing: StaffingPolicy,
    missing_is_zero: bool,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return contacts, forecast, naive forecast, whether within bounds, and all by date."""
    start, end = horizon_bounds(horizon)
    known = history.before(start)
    made = forecast(
        [known],
        {queue.queue_id: queue},
        horizon,
        interval_minutes=interval_minutes,
        levels=levels,
        staffing=staffing,
        missing_is_zero=missing_is_zero,
    )
    clock = LocalClock.over(start, len(made.rows), interval_minutes, queue.zone)
    past = local_days(
        known,
        queue,
        start=start,
        interval_minutes=interval_minutes,
        closes=not staffing.defers(queue),
        missing_is_zero=missing_is_zero,
    )
    naive = _last_week(past.offered, (clock.first - past.first).days + clock.days, clock.slots)
    came = _came(history, start, end, len(made.rows))
    expected = np.array([row.offered for row in made.rows])
    bounds = np.array([row.bounds for row in made.rows]).reshape(-1, len(levels), 2)
    judged = ~np.isnan(came) & ~np.isnan(naive)
    within = ((bounds[:, :, 0] <= came[:, None]) & (came[:, None] <= bounds[:, :, 1])).T
    three = np.stack([came, expected, naive])[:, judged]
    by_day = np.zeros((3, int(clock.days.max()) + 1))
    np.add.at(by_day.T, clock.days[judged], three.T)
    return three[0], three[1], three[2], within[:, judged].astype(float), by_day


def _last_week(offered: Floats, days: Ints, slots: Ints) -> Floats:
    """Return what came at the same time of the same weekday in the last week that is known."""
    found = np.full(days.shape, np.nan)
    for weeks in range(1, offered.shape[0] // 7 + 2):
        rows = days - 7 * weeks
        open_ = np.isnan(found) & (rows >= 0) & (rows < offered.shape[0])
        found[open_] = offered[rows[open_], slots[open_]]
    return found


def _came(history: ContactHistory, start: datetime, end: datetime, count: int) -> Floats:
    """Return what came in each interval of the horizon; NaN where nothing is known of it."""
    length = (end - start) / count
    came = np.full(count, np.nan)
    for instant, offered in zip(history.starts, history.offered, strict=True):
        if start <= instant < end:
            place = (instant - start) // length
            came[place] = offered + (0.0 if np.isnan(came[place]) else came[place])
    return came
