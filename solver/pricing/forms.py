"""What the dynamic programme knows of rest and runs: exactly, or in a stricter form.

Of rest it knows from which slot on the next shift may start after each option. That is exact where
the answer does not depend on the next shift, and looser than the rules elsewhere. The strict form
asks for more than the rules do, in a simple way, and serves for rosters only, never for bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
from solver.rules import (
    MaxConsecutiveDays,
    MaxSeries,
    MinDaysOff,
    MinRest,
    RollingHours,
    Rule,
    ShortRests,
    WeeklyRest,
)

__all__ = ["Shifts", "covers", "exact_until", "off_rest", "strict_gap", "strict_runs"]

Ints = NDArray[np.int64]
_TWO_DAYS_MINUTES = 2880


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Columns of some shifts of one agent, all of the same length."""

    day: Ints
    start: Ints
    end: Ints
    paid: Ints
    flags: Ints


def covers(rule: MinRest | MaxConsecutiveDays, slots: int) -> bool:
    """Whether every shift of the horizon starts within the rule's scope."""
    return rule.from_slot <= 0 and rule.end_slot >= slots


def exact_until(
    rules: Sequence[Rule],
    problem: PlanningProblem,
    shifts: Shifts,
    least_minutes: int,
    *,
    strict: bool = False,
) -> Ints:
    """Return from which slot on the next shift may start after each of `shifts`.

    Parameters
    ----------
    rules : sequence of Rule
        The agent's rules.
    least_minutes : int
        Fewest paid minutes of a shift that may follow.
    strict : bool
        Look at no scope, allow no short rest, and count what follows as work throughout.

    Returns
    -------
    array
        Never later than the rules demand, unless `strict`.
    """
    until = shifts.end.copy()
    for rule in rules:
        if isinstance(rule, MinRest):
            asks = _carries(shifts, rule.flag)
            if not strict and not covers(rule, problem.slots):
                asks &= (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
            until = np.where(asks, np.maximum(until, shifts.end + rule.rest_slots), until)
        elif isinstance(rule, ShortRests) and strict:
            for flag, rest in rule.demands:
                asks = _carries(shifts, flag)
                until = np.where(asks, np.maximum(until, shifts.end + rest), until)
        elif isinstance(rule, RollingHours):
            # Where any shift that ends inside is too much, the next must run out of the window.
            left = rule.max_minutes - shifts.paid
            if strict and rule.window_slots * problem.slot_minutes <= _TWO_DAYS_MINUTES:
                asks = np.ones(len(left), dtype=np.bool_)
                left = np.maximum(left, 0)
            else:
                asks = (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
                asks &= (left >= 0) & (left < least_minutes)
            next_start = shifts.start + rule.window_slots - left // problem.slot_minutes
            until = np.where(asks, np.maximum(until, next_start), until)
    return until


def _carries(shifts: Shifts, flag: int) -> NDArray[np.bool_]:
    if not flag:
        return np.ones(len(shifts.flags), dtype=np.bool_)
    carried: NDArray[np.bool_] = np.not_equal(shifts.flags & flag, 0)
    return carried


def off_rest(rules: Sequence[Rule]) -> int:
    """Return the slots between shifts that days off between them ask for."""
    return max([0, *(rule.rest_slots for rule in rules if isinstance(rule, MinDaysOff))])


def strict_gap(rules: Sequence[Rule]) -> int:
    """Return a rest so long that each gap with a day off is a weekly rest and ends every series."""
    rests = [rule.rest_slots for rule in rules if isinstance(rule, WeeklyRest)]
    gaps = [rule.gap_slots for rule in rules if isinstance(rule, MaxSeries)]
    return max([0, *rests, *gaps])


def strict_runs(rules: Sequence[Rule], runs: int, days: int, shifts: Shifts) -> int:
    """Return the longest run of days that can break neither weekly rest, series nor days in a row.

    Parameters
    ----------
    runs : int
        Most days in a row as the exact form has it; 0 for no limit.
    """
    most = [runs] if runs else []
    most += [rule.days for rule in rules if isinstance(rule, MaxConsecutiveDays)]
    most += [rule.max_shifts for rule in rules if isinstance(rule, MaxSeries)]
    runs = min(most, default=0)
    spans = [r.window_slots - r.rest_slots for r in rules if isinstance(r, WeeklyRest)]
    if not spans or not len(shifts.day):
        return runs
    earliest = np.full(days, np.iinfo(np.int64).max, dtype=np.int64)
    latest = np.full(days, -1, dtype=np.int64)
    np.minimum.at(earliest, shifts.day, shifts.start)
    np.maximum.at(latest, shifts.day, shifts.end)
    length = 1
    while length < (runs or days):
        found = [
            latest[d + length] - earliest[d]
            for d in range(days - length)
            if latest[d + length] >= 0 and latest[d] >= 0
        ]
        if found and max(found) > min(spans):
            break
        length += 1
    return length
