"""The shape of a day: how contacts and handling times spread over the clock, by kind of day.

Shares come from sums, so that busy days count for more, and recent days count for more than old
ones. Where contacts are few a kind of day leans on its like (Monday to Friday on each other, so
Saturday and Sunday, a holiday on the Sunday), and that on the times of day around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.staffing.forecast_history import HOLIDAY, Bools, LocalDays
from scheduler.staffing.rows import Floats

__all__ = ["DayShapes", "Scatter", "day_shapes", "handling_times", "scatter", "totals_of"]

_HALF_LIFE_DAYS = 56.0
_LIKE_CONTACTS = 100.0
"""Contacts in a cell from which a kind of day trusts itself as much as its like."""
_AROUND_CONTACTS = 20.0
"""Contacts in a cell from which a time of day is trusted as much as those around it."""
_HANDLED_CONTACTS = 60.0
_LIKES = ((0, 1, 2, 3, 4), (5, 6))
_SUNDAY = 6
_ROUNDS = 3
_KERNEL = (0.25, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class DayShapes:
    """Shares of a day's contacts by kind of day and time of day.

    Parameters
    ----------
    shares : array of float, shape (8, slots)
        Each row adds up to 1, or to 0 for a kind of day without contacts.
    totals : array of float, shape (days,)
        Contacts of each date of the history, what is missing of it filled in; NaN where less than
        half of it is known.
    """

    shares: Floats
    totals: Floats


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far contacts of an interval lie from their share: ``variance = a mean + b mean^2``."""

    of_mean: float
    of_square: float


def day_shapes(days: LocalDays, learn: Bools) -> DayShapes:
    """Return the shapes of days, learnt from some dates.

    Parameters
    ----------
    days : LocalDays
        The history.
    learn : array of bool, shape (days,)
        Dates to learn from.
    """
    known = ~np.isnan(days.offered)
    filled = np.where(known, days.offered, 0.0)
    weights = _weights(days, learn)
    slots = days.offered.shape[1]
    shares = np.zeros((HOLIDAY + 1, slots))
    for kind in range(HOLIDAY + 1):
        rows = days.kinds == kind
        seen = weights[rows] @ known[rows]
        sums = weights[rows] @ filled[rows]
        shares[kind] = _normal(np.divide(sums, seen, out=np.zeros(slots), where=seen > 0))
    for _ in range(_ROUNDS):
        totals = totals_of(days, shares)
        shares = _leant(days, _learnt(days, totals, weights), shares)
    return DayShapes(shares, totals_of(days, shares))


def totals_of(days: LocalDays, shares: Floats) -> Floats:
    """Return the contacts of each date, scaled up by the share of the day that is not known."""
    known = ~np.isnan(days.offered)
    seen = (shares[days.kinds] * known).sum(axis=1)
    sums = np.where(known, days.offered, 0.0).sum(axis=1)
    empty = shares[days.kinds].sum(axis=1) == 0
    # Of a kind of day never seen with contacts, a date known throughout has what it has.
    seen = np.where(empty, known.mean(axis=1), seen)
    totals: Floats = np.divide(sums, seen, out=np.full(seen.shape, np.nan), where=seen >= 0.5)
    return totals


def scatter(days: LocalDays, shapes: DayShapes, learn: Bools) -> Scatter:
    """Return how contacts of intervals scatter around their share of the day's contacts."""
    rows = learn & ~np.isnan(shapes.totals)
    expected = shapes.totals[rows, None] * shapes.shares[days.kinds[rows]]
    offered = days.offered[rows]
    use = ~np.isnan(offered) & (expected > 0.02)
    if use.sum() < 100:
        return Scatter(1.0, 0.0)
    mean = expected[use]
    squares = (offered[use] - mean) ** 2
    # Least squares of squares/mean = a + b mean, weighted calmed in quiet nights.
    weight = mean / (1.0 + mean)
    design = np.column_stack([np.ones(mean.size), mean]) * weight[:, None]
    a, b = np.linalg.lstsq(design, squares / mean * weight, rcond=None)[0]
    if a < 1.0 or b < 0.0:
        b = max(0.0, float(((squares / mean - 1.0) * mean * weight**2).sum()))
        b /= float((mean**2 * weight**2).sum())
        a = 1.0
    return Scatter(float(a), float(b))


def handling_times(days: LocalDays, learn: Bools) -> Floats | None:
    """Return average handling times in seconds by kind of day and time of day; None if unknown.

    Weighted by contacts; times with few contacts lean on the same time of other days, and on the
    times around.
    """
    weights = _weights(days, learn)
    work, count = np.nan_to_num(days.work_s), np.nan_to_num(days.weighed)
    if (weights @ count).sum() <= 0:
        weights = np.ones(weights.size)
    total = float((weights @ count).sum())
    if total <= 0:
        return None
    mean = float((weights @ work).sum()) / total
    lean = _HANDLED_CONTACTS
    of_slot = (_smooth(weights @ work) + lean * mean) / (_smooth(weights @ count) + lean)
    found = np.empty((HOLIDAY + 1, work.shape[1]))
    for kind in range(HOLIDAY + 1):
        rows = days.kinds == kind
        seconds = _smooth(weights[rows] @ work[rows])
        contacts = _smooth(weights[rows] @ count[rows])
        found[kind] = (seconds + lean * of_slot) / (contacts + lean)
    return found


def _weights(days: LocalDays, learn: Bools) -> Floats:
    ages = days.kinds.size - 1 - np.arange(days.kinds.size)
    return np.where(learn, 0.5 ** (ages / _HALF_LIFE_DAYS), 0.0)


def _learnt(days: LocalDays, totals: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return weighted contacts by kind and slot, and the totals of the days that they are of."""
    known = ~np.isnan(days.offered)
    whole = np.nan_to_num(totals)
    contacts = np.zeros((HOLIDAY + 1, days.offered.shape[1]))
    of_total = np.zeros_like(contacts)
    for kind in range(HOLIDAY + 1):
        rows = (days.kinds == kind) & ~np.isnan(totals)
        contacts[kind] = weights[rows] @ np.where(known[rows], days.offered[rows], 0.0)
        of_total[kind] = (weights[rows] * whole[rows]) @ known[rows]
    return contacts, of_total


def _leant(days: LocalDays, learnt: tuple[Floats, Floats], before: Floats) -> Floats:
    """Return shares by kind of day that lean on their like where contacts are few."""
    contacts, of_total = learnt
    shares = np.zeros_like(before)
    for like in _LIKES:
        kinds = list(like)
        pooled = _ratio(contacts[kinds].sum(axis=0), of_total[kinds].sum(axis=0))
        sums, heard = contacts[kinds].sum(axis=0), days.heard[kinds].max(axis=0)
        around = _ratio(_smooth(pooled), _smooth(heard)) * heard
        pooled = (sums * pooled + _AROUND_CONTACTS * around) / (sums + _AROUND_CONTACTS)
        for kind in like:
            shares[kind] = _lean(
                contacts[kind], of_total[kind], pooled * _ratio(days.heard[kind], heard)
            )
    sunday = shares[_SUNDAY] if shares[_SUNDAY].any() else contacts[:_SUNDAY].sum(axis=0)
    # Holidays on weekdays may have hours that Sundays do not.
    only = (days.heard[HOLIDAY] > 0) & (days.heard[_SUNDAY] == 0)
    like = np.where(only, shares[:5].mean(axis=0), sunday)
    shares[HOLIDAY] = _lean(contacts[HOLIDAY], of_total[HOLIDAY], like)
    return shares


def _lean(contacts: Floats, of_total: Floats, like: Floats) -> Floats:
    own, like = _ratio(contacts, of_total), _normal(like)
    if not contacts.any():
        return like
    # Trust grows with the contacts that are expected, not with those that came: else an empty cell
    # would be taken for its like and a full one for itself.
    trust = like * of_total
    return _normal((trust * own + _LIKE_CONTACTS * like) / (trust + _LIKE_CONTACTS))


def _ratio(over: Floats, under: Floats) -> Floats:
    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)


def _normal(values: Floats) -> Floats:
    total = float(values.sum())
    return values / total if total > 0 else np.zeros_like(values)


def _smooth(values: Floats) -> Floats:
    """Return values mixed with those around them, twice; the day is a circle."""
    for _ in range(2):
        before, after = np.roll(values, 1), np.roll(values, -1)
        values = _KERNEL[0] * before + _KERNEL[1] * values + _KERNEL[2] * after
    return values
