"""Contacts per day, weeks ahead: level, weekday, damped trend and the calendar.

Two models of statsmodels on the logarithm of the days' contacts, averaged: a structural one (random
level, fixed weekdays, days that resemble the day before), which bears with gaps, and exponential
smoothing with a damped trend. Effects of the calendar (the turn of the month, the first working day
after a holiday) are taken out before and put in again after, shrunk towards none.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scheduler.domain import Queue
from scheduler.staffing.forecast_history import HOLIDAY, Bools, Ints, day_kinds
from scheduler.staffing.rows import Floats

__all__ = ["Levels", "daily_levels", "unusual_days"]

_LONGEST_DAYS = 371
_NEIGHBOURS = 4
_STRANGE_SCORE, _STRANGE_STEP = 4.0, 0.25
_NEW_LEVEL_DAYS = 7
_SHRINK = 2.0
_HALF = 0.5
_STEADY = 1e-6
_SUNDAY = 6
_HOLIDAY_SPREAD = 0.2


@dataclass(frozen=True, slots=True)
class Levels:
    """Contacts of the days ahead.

    Parameters
    ----------
    means : array of float, shape (days,)
        Expected contacts of a whole day of the date's kind.
    spreads : array of float, shape (days,)
        Standard deviation of the mean's logarithm, chance within the day left out.
    """

    means: Floats
    spreads: Floats


def unusual_days(totals: Floats, kinds: Ints, *, enough: float = _STRANGE_SCORE) -> Bools:
    """Return which dates are unlike the same weekday in the weeks around: strikes, outages, spikes.

    A date's logarithm is compared with the median of the same weekday in the four weeks before and
    after; the score is the difference by the usual (median absolute) difference. A full week of
    such days at the end of the history is taken for a new level, not for a string of accidents.

    Parameters
    ----------
    totals : array of float, shape (days,)
        Contacts; NaN where not known.
    kinds : array of int, shape (days,)
        As `LocalDays.kinds`; holidays are neither judged nor compared with.
    enough : float
        Score from which a day is unusual.
    """
    logs = np.log(np.where(kinds == HOLIDAY, np.nan, totals) + _HALF)
    steps = _steps(logs)
    if np.isnan(steps).all():
        return np.zeros(kinds.size, dtype=bool)
    usual = 1.4826 * float(np.nanmedian(np.abs(steps)))
    # What chance alone does to so few contacts is not strange.
    chance = np.exp(-(logs - steps) / 2)
    strange = np.nan_to_num(np.abs(steps)) > np.maximum(
        enough * np.maximum(usual, np.nan_to_num(chance)), _STRANGE_STEP
    )
    judged = np.flatnonzero(~np.isnan(steps))
    tail = judged[-_NEW_LEVEL_DAYS:]
    if tail.size == _NEW_LEVEL_DAYS and strange[tail].all():
        first = judged.size
        while first and strange[judged[first - 1]]:
            first -= 1
        strange[judged[first:]] = False
    return np.asarray(strange)


def daily_levels(
    totals: Floats, kinds: Ints, learn: Bools, first: date, ahead: Sequence[date], queue: Queue
) -> Levels:
    """Return expected contacts of each date ahead.

    Parameters
    ----------
    totals : array of float, shape (days,)
        Contacts by date, from `first` on; NaN where not known.
    kinds : array of int, shape (days,)
        As `LocalDays.kinds`.
    learn : array of bool, shape (days,)
        Dates to learn from.
    first : datetime.date
        Date of row 0.
    ahead : sequence of datetime.date
        Consecutive dates, none before the last of the history.
    queue : Queue
        Whose customers' holidays count.
    """
    weekdays = (first.weekday() + np.arange(kinds.size)) % 7
    steps_ahead = (ahead[-1] - first).days + 1 - kinds.size
    # A week more: a holiday near the end is compared with the Sunday after it.
    last = kinds.size + max(steps_ahead, 0) + 7
    offset = (ahead[0] - first).days
    usable = learn & ~np.isnan(totals)
    active = [
        day for day in range(7) if np.nan_to_num(totals)[usable & (weekdays == day)].sum() > 0
    ]
    means, spreads = np.zeros(last), np.zeros(last)
    if active:
        every_weekday = (first.weekday() + np.arange(last)) % 7
        is_active = np.isin(every_weekday, active)
        logs = np.full(last, np.nan)
        plain = usable & (kinds != HOLIDAY)
        logs[: kinds.size][plain] = np.log(totals[plain] + _HALF)
        begin = max(int(np.argmax(plain)), kinds.size - _LONGEST_DAYS)
        places = np.flatnonzero(is_active & (np.arange(last) >= begin))
        all_kinds = day_kinds(first, last, queue)
        effects = _calendar(first, last, all_kinds, logs)
        known = int((places < kinds.size).sum())
        series = (logs - effects)[places[:known]]
        mean, spread = _modelled(series, len(active), places.size - known)
        means[places], spreads[places] = np.exp(mean + effects[places]), spread
        past = places[:known][-8 * len(active) :]
        past = past[~np.isnan(logs[past])]
        if past.size:
            scale = totals[past].sum() / means[past].sum()
            means *= min(max(float(scale), 0.5), 2.0)
        _fill_holidays(means, spreads, totals, usable, all_kinds, every_weekday)
    window = slice(offset, offset + len(ahead))
    return Levels(means[window], spreads[window])


def _steps(logs: Floats) -> Floats:
    """Return each date's difference from the median of its weekday in the weeks around it."""
    count, reach = logs.size, 7 * _NEIGHBOURS
    padded = np.pad(logs, reach, constant_values=np.nan)
    shifts = [reach + 7 * week for week in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if week]
    around = np.stack([padded[shift : shift + count] for shift in shifts])
    some = ~np.isnan(around).all(axis=0)
    medians = np.full(count, np.nan)
    medians[some] = np.nanmedian(around[:, some], axis=0)
    steps: Floats = logs - medians
    return steps


def _calendar(first: date, count: int, kinds: Ints, logs: Floats) -> Floats:
    """Return what the calendar adds to the logarithm of each date, learnt with shrinkage."""
    columns = np.zeros((count, 4))
    after_holiday = False
    for row in range(count):
        day = first + timedelta(days=row)
        columns[row, 0] = day.day <= 3
        columns[row, 1] = 4 <= day.day <= 5
        columns[row, 2] = (day + timedelta(days=2)).month != day.month
        if kinds[row] == HOLIDAY:
            after_holiday = day.weekday() < 5
        elif day.weekday() < 5:
            columns[row, 3] = after_holiday
            after_holiday = False
    steps = _steps(logs)
    use = ~np.isnan(steps)
    design = columns[use]
    weight = design.T @ design + _SHRINK * np.eye(columns.shape[1])
    effects: Floats = columns @ np.linalg.solve(weight, design.T @ steps[use])
    return effects


def _modelled(series: Floats, season: int, ahead: int) -> tuple[Floats, Floats]:
    """Return fitted and forecast logarithms, and the forecast's standard deviations (0 before)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # type: ignore[import-untyped]
    from statsmodels.tsa.statespace.structural import (  # type: ignore[import-untyped]
        UnobservedComponents,
    )

    plain = _by_weekday(series, season, series.size + ahead)
    level = plain[: series.size]
    if float(np.nanstd(series - level)) < _STEADY:  # nothing is left to model
        return plain, np.zeros(plain.size)
    seasonal = season if season > 1 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structural = UnobservedComponents(
            series, level="llevel", seasonal=seasonal, stochastic_seasonal=False, autoregressive=1
        ).fit(disp=False, maxiter=60)
        forecast = structural.get_forecast(ahead)
        smoothing = ETSModel(
            _filled(series, season),
            trend="add",
            damped_trend=True,
            seasonal="add" if seasonal else None,
            seasonal_periods=seasonal,
        ).fit(disp=False, maxiter=100)
        smoothed = smoothing.forecast(ahead)
    fitted = np.where(np.isnan(series), structural.fittedvalues, smoothing.fittedvalues)
    fitted = (fitted + structural.fittedvalues) / 2
    fitted[: 2 * season] = series[: 2 * season]
    means = np.concatenate([fitted, (forecast.predicted_mean + smoothed) / 2])
    spreads = np.concatenate([np.zeros(series.size), forecast.se_mean])
    # A model that came to nothing leaves the mean of the weekday.
    usual = float(np.nanstd(series - level))
    return (
        np.where(np.isfinite(means), means, plain),
        np.where(np.isfinite(spreads), spreads, usual),
    )


def _by_weekday(series: Floats, season: int, count: int) -> Floats:
    """Return the mean of each weekday, repeated; of all where nothing is known of one."""
    every = float(np.nanmean(series))
    found = np.full(count, every)
    for place in range(season):
        known = series[place::season]
        known = known[~np.isnan(known)]
        if known.size:
            found[place::season] = known.mean()
    return found


def _filled(series: Floats, season: int) -> Floats:
    """Return the series with gaps filled from the same weekday in the weeks around."""
    filled = series.copy()
    usual = float(np.nanmean(series))
    for place in np.flatnonzero(np.isnan(series)):
        near = [
            series[place + side * season * week]
            for week in range(1, _NEIGHBOURS)
            for side in (-1, 1)
            if 0 <= place + side * season * week < series.size
        ]
        known = [value for value in near if not np.isnan(value)]
        filled[place] = np.mean(known) if known else usual
    return filled


def _fill_holidays(
    means: Floats, spreads: Floats, totals: Floats, usable: Bools, kinds: Ints, weekdays: Ints
) -> None:
    """Put holidays in place of the weekdays on which they fall: as Sundays, times a factor.

    Where the queue has no Sundays they are as their weekdays, times a factor. The factor is learnt
    from two holidays or more.
    """
    sundays = np.flatnonzero((weekdays == _SUNDAY) & (means > 0) & (kinds != HOLIDAY))
    as_sunday = sundays.size > 0
    factors = []

    def base_of(row: int) -> int:
        return int(sundays[np.argmin(np.abs(sundays - row))]) if as_sunday else row

    for row in np.flatnonzero(usable & (kinds[: usable.size] == HOLIDAY)).tolist():
        base = base_of(row)
        if means[base] > 0:
            factors.append(np.log((totals[row] + _HALF) / (means[base] + _HALF)))
    factor, spread = 1.0, _HOLIDAY_SPREAD
    if len(factors) >= 2:
        factor = float(np.exp(np.median(factors)))
        spread = max(spread / 2, float(np.std(factors)))
    plain_means, plain_spreads = means.copy(), spreads.copy()
    for row in np.flatnonzero(kinds == HOLIDAY).tolist():
        base = base_of(row)
        means[row] = plain_means[base] * factor
        spreads[row] = float(np.hypot(plain_spreads[max(base, row)], spread))
