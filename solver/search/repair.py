"""What an agent may give up so that a broken rule is kept: options to do without, cheapest first.

The dynamic programme leaves some rules out. Where its roster breaks one, some options are taken
away and it is asked again. Each way out clears a stretch of time of work, or takes away the options
of a day that count too much; its price is what the roster's shifts it touches are worth more than
what is left on their days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.pricing.forms import Shifts
from solver.rules import (
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    MaxSeries,
    MinRest,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    WeeklyRest,
    WindowsLimit,
)
from solver.worked import Violation, Worked

__all__ = ["relief"]

Mask = NDArray[np.bool_]
Worth = NDArray[np.float64]
Loss = Callable[[Mask], float]


def relief(
    rule: Rule,
    violation: Violation,
    worked: Sequence[Worked],
    shifts: Shifts,
    low: int,
    worth: Worth,
    slot_minutes: int,
) -> Mask:
    """Return the options to do without, so that `violation` is likely to go.

    Parameters
    ----------
    worked : sequence of Worked
        The agent's shifts, carry included, in order of time.
    shifts : Shifts
        Columns of the agent's options; the first one is row `low`.
    worth : (options,) array
        What each option is worth, in cents.
    slot_minutes : int
        Length of a slot.

    Returns
    -------
    (options,) array of bool
        Holds at least one of the rows that could give way; there must be one.
    """
    mine = [shift for shift in worked if shift.row in violation.rows]
    surplus = violation.amount - violation.limit

    def loss(mask: Mask) -> float:
        """Return what the roster's shifts in the mask are worth more than what is left that day."""
        total = 0.0
        for shift in worked:
            if not shift.carried and mask[shift.row - low]:
                if shift.fixed:
                    return np.inf
                here = worth[(shifts.day == shift.day) & ~mask]
                total += max(0.0, float(worth[shift.row - low]) - max(0.0, *here.tolist(), 0.0))
        return total

    if isinstance(rule, CountLimit | DaysLimit):
        flag = rule.flag if isinstance(rule, CountLimit) else 0
        return _fewest(rule, mine, shifts, flag, surplus, loss)
    if isinstance(rule, HoursLimit):
        return _fewer_hours(mine, shifts, surplus, loss)
    if isinstance(rule, HoursIfCount):
        ways = [_fewer_hours(mine, shifts, surplus, loss)]
        flagged = [s for s in mine if s.flags & rule.flag]
        inside = [s for s in worked if not s.carried and rule.first_day <= s.day < rule.end_day]
        count = rule.carry_count + sum(bool(shift.flags & rule.flag) for shift in inside)
        if len(flagged) > count - rule.from_count:
            surplus = count - rule.from_count + 1
            ways.append(_fewest(rule, flagged, shifts, rule.flag, surplus, loss))
        return min(ways, key=loss)
    if isinstance(rule, WindowsLimit):
        return _fewer_windows(rule, mine, shifts, surplus, loss)
    touching = [
        mask
        for mask in _ways(rule, violation, worked, mine, shifts, slot_minutes)
        if any(mask[shift.row - low] for shift in mine)
    ]
    return min(touching, key=loss)


def _fewest(
    rule: CountLimit | DaysLimit | HoursIfCount,
    mine: Sequence[Worked],
    shifts: Shifts,
    flag: int,
    surplus: int,
    loss: Loss,
) -> Mask:
    """Leave flagged options only to the days where they are worth most, and to none besides."""
    flagged = _flagged(shifts, flag)
    order = sorted(mine, key=lambda shift: loss((shifts.day == shift.day) & flagged))
    kept = {shift.day for shift in order[surplus:]}
    inside = (rule.first_day <= shifts.day) & (shifts.day < rule.end_day)
    return flagged & inside & ~np.isin(shifts.day, list(kept))


def _fewer_windows(
    rule: WindowsLimit, mine: Sequence[Worked], shifts: Shifts, surplus: int, loss: Loss
) -> Mask:
    """Leave only the stretches of time that cost most to clear, as many as may be touched."""
    touched, without = [], np.zeros(len(shifts.day), dtype=np.bool_)
    for start, end in rule.windows:
        mask = _clear(shifts, start, end)
        if any(shift.start < end and shift.end > start for shift in mine):
            touched.append(mask)
        else:
            without |= mask
    for mask in sorted(touched, key=loss)[:surplus]:
        without |= mask
    return without


def _fewer_hours(mine: Sequence[Worked], shifts: Shifts, surplus: int, loss: Loss) -> Mask:
    """Shorten the shifts whose hours cost least until the surplus is gone."""
    without = np.zeros(len(shifts.day), dtype=np.bool_)
    left = list(mine)
    while surplus > 0 and left:
        masks = [
            (shifts.day == shift.day) & (shifts.paid > shift.paid_minutes - surplus)
            for shift in left
        ]
        costs = [
            loss(mask) / max(1, min(surplus, shift.paid_minutes))
            for mask, shift in zip(masks, left, strict=True)
        ]
        cheapest = int(np.argmin(costs))
        without |= masks[cheapest]
        surplus -= left.pop(cheapest).paid_minutes
    return without


def _ways(
    rule: Rule,
    violation: Violation,
    worked: Sequence[Worked],
    mine: Sequence[Worked],
    shifts: Shifts,
    slot_minutes: int,
) -> Iterable[Mask]:
    """Yield the ways out of a violation that no sum decides."""
    at = violation.at
    if isinstance(rule, MinRest | SeriesRest):
        yield _clear(shifts, at, at + violation.limit)
        for shift in mine:
            if shift.end == at:
                too_late = shifts.end > at - (violation.limit - violation.amount)
                if isinstance(rule, SeriesRest):
                    too_late = _flagged(shifts, rule.flag)
                yield (shifts.day == shift.day) & too_late
    elif isinstance(rule, ShortRests):
        for before, after in pairwise(worked):
            usual = max(
                (r for flag, r in rule.demands if not flag or before.flags & flag), default=0
            )
            if after.row in violation.rows and after.start < before.end + usual:
                yield _clear(shifts, before.end, before.end + usual)
    elif isinstance(rule, RollingHours):
        until = at + rule.window_slots
        inside = np.clip((until - shifts.start) * slot_minutes, 0, shifts.paid)
        work = np.where(shifts.end <= until, shifts.paid, inside)
        for shift in mine:
            here = min(shift.paid_minutes, (until - shift.start) * slot_minutes)
            most = here - (violation.amount - violation.limit)
            yield (shifts.day == shift.day) & (work > most)
    elif isinstance(rule, WeeklyRest):
        until = at + rule.window_slots - rule.rest_slots
        for shift in worked:
            if at <= shift.start and shift.end <= until:
                yield _clear(shifts, shift.end, shift.end + rule.rest_slots)
    elif isinstance(rule, MaxSeries):
        series = [shift for shift in worked if at <= shift.start <= mine[-1].start]
        for shift in series[: rule.max_shifts]:
            yield _clear(shifts, shift.end, shift.end + rule.gap_slots)
    for shift in mine:
        yield shifts.day == shift.day


def _clear(shifts: Shifts, start: int, end: int) -> Mask:
    """Return the options with work in a stretch of time."""
    touched: Mask = (shifts.start < end) & (shifts.end > start)
    return touched


def _flagged(shifts: Shifts, flag: int) -> Mask:
    if not flag:
        return np.ones(len(shifts.flags), dtype=np.bool_)
    flagged: Mask = np.not_equal(shifts.flags & flag, 0)
    return flagged
