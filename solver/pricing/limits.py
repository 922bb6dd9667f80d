"""Hours and days per period for the dynamic programme: in units, with caps and costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.rules import DaysLimit, HoursIfCount, HoursLimit, HoursMinimum, HoursTarget, Rule

__all__ = ["Limits", "limits_of", "shared_caps"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What one agent may and should work in each period.

    Parameters
    ----------
    unit : int
        Paid minutes of one unit, the greatest common divisor of the options' minutes.
    units : (options,) array
        Paid units of each option.
    periods : tuple of (int, int)
        Half-open day ranges, one after the other.
    period : (days,) array
        Period of each day.
    caps, day_caps : (periods,) arrays
        Most paid units and working days; ``day_caps`` of -1 for no limit.
    penalty : tuple of array
        Per period, cost of ending with 0, 1, ... units, up to its cap; `FAR` where hours are
        missing that must be worked.
    """

    unit: int
    units: Ints
    periods: tuple[tuple[int, int], ...]
    period: Ints
    caps: Ints
    day_caps: Ints
    penalty: tuple[Floats, ...]


def limits_of(
    days: int, rules: Sequence[Rule], paid: NDArray[np.int32], broken: frozenset[str]
) -> Limits:
    """Return the limits and costs of hours and days that the programme carries.

    Parameters
    ----------
    paid : (options,) array
        Paid minutes.
    broken : frozenset of str
        Kinds of rules that pins break on their own: those limits are left out.
    """
    periods = _periods(days, rules)
    unit = gcd(*np.unique(paid).tolist())
    unit = max(unit, 1)
    units = paid.astype(np.int64) // unit
    most = int(units.max()) if len(units) else 0
    period = np.zeros(max(days, 1), dtype=np.int64)
    caps, day_caps = [], []
    for index, (first, end) in enumerate(periods):
        period[first:end] = index
        cap = most * (end - first)
        day_cap = -1
        for rule in _of_period(rules, first, end):
            if type(rule).__name__ in broken:
                continue
            if isinstance(rule, HoursLimit):
                cap = min(cap, max(0, (rule.max_minutes - rule.carry_minutes) // unit))
            elif isinstance(rule, DaysLimit) and rule.max_days - rule.carry_days < end - first:
                left = max(0, rule.max_days - rule.carry_days)
                day_cap = left if day_cap < 0 else min(left, day_cap)
        caps.append(cap)
        day_caps.append(day_cap)
    penalty = []
    for cap, (first, end) in zip(caps, periods, strict=True):
        minutes = np.arange(cap + 1, dtype=np.int64) * unit
        cost = np.zeros(cap + 1)
        for rule in _of_period(rules, first, end):
            if isinstance(rule, HoursTarget):
                cost += _missed(rule, minutes)
            elif isinstance(rule, HoursMinimum):
                cost[minutes + rule.carry_minutes < rule.min_minutes] = FAR
        penalty.append(cost)
    return Limits(unit, units, periods, period, np.array(caps), np.array(day_caps), tuple(penalty))


def _missed(rule: HoursTarget, minutes: Ints) -> Ints:
    """Return `HoursTarget.cents` for many totals at once."""
    worked = minutes + rule.carry_minutes
    under_target = np.maximum(0, rule.target_minutes - worked) * rule.under_target_cents_hour // 60
    under_min = np.maximum(0, rule.min_minutes - worked) * rule.under_min_cents_hour // 60
    cents: Ints = under_target + under_min
    return cents


_PERIODIC = HoursTarget | HoursLimit | HoursMinimum | DaysLimit


def _of_period(
    rules: Sequence[Rule], first: int, end: int
) -> list[HoursTarget | HoursLimit | HoursMinimum | DaysLimit]:
    return [
        rule
        for rule in rules
        if isinstance(rule, _PERIODIC) and (rule.first_day, rule.end_day) == (first, end)
    ]


def _periods(days: int, rules: Sequence[Rule]) -> tuple[tuple[int, int], ...]:
    """Choose the day ranges the programme keeps count of; rules with other ranges are left out."""
    wanted: dict[tuple[int, int], int] = defaultdict(int)
    for rule in rules:
        if isinstance(rule, _PERIODIC):
            wanted[rule.first_day, rule.end_day] += 1
    chosen: list[tuple[int, int]] = []
    for first, end in sorted(wanted, key=lambda key: (-wanted[key], key)):
        if all(end <= other[0] or first >= other[1] for other in chosen) and first < end:
            chosen.append((first, end))
    chosen.sort()
    filled: list[tuple[int, int]] = []
    at = 0
    for first, end in chosen:
        if first > at:
            filled.append((at, first))
        filled.append((first, end))
        at = end
    if at < days or not filled:
        filled.append((at, max(days, at)))
    return tuple(filled)


def shared_caps(limits: Limits, rules: Sequence[Rule]) -> Ints:
    """Return caps so low that hours over several periods keep their limit, too.

    What a limit over whole periods allows is shared among them by their days: stricter than the
    rule, so for rosters only. Limits that cut through a period are not looked at.
    """
    caps = limits.caps.copy()
    for rule in rules:
        if not isinstance(rule, HoursLimit | HoursIfCount):
            continue
        if isinstance(rule, HoursIfCount) and rule.carry_count < rule.from_count:
            continue  # there is another way out
        inside = [
            index
            for index, (first, end) in enumerate(limits.periods)
            if rule.first_day <= first and end <= rule.end_day
        ]
        spans = [limits.periods[index][1] - limits.periods[index][0] for index in inside]
        cut = any(
            first < edge < end
            for first, end in limits.periods
            for edge in (rule.first_day, rule.end_day)
        )
        left = max(0, rule.max_minutes - rule.carry_minutes) // limits.unit
        if inside and not cut:
            for index, span in zip(inside, spans, strict=True):
                caps[index] = min(caps[index], left * span // sum(spans))
    return caps
