"""What the dynamic programme counts over the whole horizon: a small automaton per agent.

It starts at level 0; each shift may move it, to another level, at a cost or not at all. Several
counts make one automaton whose levels are the combinations of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.pricing.forms import Shifts
from solver.problem import OptionTable
from solver.rules import CountCost, CountLimit, Rule, WindowsLimit

__all__ = ["Counter", "counter_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_LEVELS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """Levels, moves between them, and which shift makes which move.

    Parameters
    ----------
    moves : (kinds, levels) array
        Level that each kind of move leads to, -1 where it is forbidden; kind 0 stays.
    costs : (kinds, levels) array
        What the move costs.
    inc_off, inc_work : (options,) arrays
        Kind of move of an option after a day off and after a working day.
    rules : tuple of Rule
        The rules that are carried in full.
    """

    moves: Ints
    costs: Floats
    inc_off: Ints
    inc_work: Ints
    rules: tuple[Rule, ...] = ()

    @property
    def levels(self) -> int:
        """Number of levels."""
        return int(self.moves.shape[1])


def counter_of(
    rules: Sequence[Rule],
    table: OptionTable,
    low: int,
    high: int,
    shifts: Shifts,
    counted: Sequence[Rule] = (),
) -> Counter:
    """Choose what to count: weekends that cost, stretches of time, flagged shifts, evenings.

    Parameters
    ----------
    rules : sequence of Rule
        The agent's rules that may be carried.
    low, high : int
        The agent's rows of the option table.
    counted : sequence of Rule
        Limits of windows and of flagged shifts to count besides, as far as there is room.
    """
    found = _costs(rules, "weekend", table.weekend[low:high], shifts)
    for rule in rules:
        if found is None and isinstance(rule, WindowsLimit):
            found = _windows(rule, shifts)
    for rule in rules:
        if found is None and isinstance(rule, CountLimit) and not counted:
            found = _flagged(rule, shifts)
    found = found or _costs(rules, "evening", table.evening[low:high], shifts)
    nothing = np.zeros(high - low, dtype=np.int64)
    found = found or Counter(np.zeros((1, 1), np.int64), np.zeros((1, 1)), nothing, nothing)
    for rule in counted:
        more = None
        if rule in rules and rule not in found.rules:
            if isinstance(rule, WindowsLimit):
                more = _windows(rule, shifts)
            elif isinstance(rule, CountLimit):
                more = _flagged(rule, shifts)
        if more is not None and more.levels * found.levels <= _MOST_LEVELS:
            found = _product(found, more)
    return found


def _line(costs: Sequence[float], *, limit: bool) -> tuple[Ints, Floats]:
    """Return moves and costs of a count: one level up, stopping at the last one or forbidden there.

    Parameters
    ----------
    costs : sequence of float
        Cost of the next unit at each level.
    """
    levels = np.arange(len(costs))
    up = np.minimum(levels + 1, len(costs) - 1)
    if limit:
        up[-1] = -1
    zero = np.zeros(len(costs))
    return np.stack([levels, up]), np.stack([zero, np.array(costs, dtype=np.float64)])


def _product(one: Counter, other: Counter) -> Counter:
    """Count both: level ``a * other.levels + b``, kind likewise."""
    kinds, levels = other.moves.shape
    left, right = one.moves[:, None, :, None], other.moves[None, :, None, :]
    moves = np.where((left < 0) | (right < 0), -1, left * levels + right)
    costs = one.costs[:, None, :, None] + other.costs[None, :, None, :]
    size = (len(one.moves) * kinds, one.levels * levels)
    return Counter(
        moves.reshape(size),
        costs.reshape(size),
        one.inc_off * kinds + other.inc_off,
        one.inc_work * kinds + other.inc_work,
        (*one.rules, *other.rules),
    )


def _costs(
    rules: Sequence[Rule], flag: str, column: NDArray[np.int32], shifts: Shifts
) -> Counter | None:
    """Count the shifts that fairness of one kind counts."""
    mine = tuple(rule for rule in rules if isinstance(rule, CountCost) and rule.flag == flag)
    if not mine:
        return None
    most = len(np.unique(shifts.day[column != 0]))
    last = max(len(rule.step_cents) for rule in mine) - 1
    steps = [
        float(sum(rule.step_cents[min(level, len(rule.step_cents) - 1)] for rule in mine))
        for level in range(min(most, last) + 1)
    ]
    inc = (column != 0).astype(np.int64)
    if np.any(column > 1):
        return None
    return Counter(*_line(steps, limit=False), inc, inc, mine)


def _windows(rule: WindowsLimit, shifts: Shifts) -> Counter | None:
    """Count the stretches of time that hold work, if a day off tells which was touched before."""
    if rule.carry_touched or not rule.windows:
        return None
    touched = np.full(len(shifts.day), -1, dtype=np.int64)
    for index, (start, end) in enumerate(rule.windows):
        inside = (shifts.start < end) & (shifts.end > start)
        if start < 0 or np.any(touched[inside] >= 0):
            return None
        touched[inside] = index
    inc_work = (touched >= 0).astype(np.int64)
    for index in range(len(rule.windows)):
        days = np.unique(shifts.day[touched == index])
        if len(days) > 2 or (len(days) == 2 and days[1] - days[0] != 1):
            return None
        if len(days) == 2:
            first = shifts.day == days[0]
            if not np.all(touched[first] == index):
                return None
            inc_work[(touched == index) & ~first] = 0
    line = _line((0.0,) * (rule.max_touched + 1), limit=True)
    return Counter(*line, (touched >= 0).astype(np.int64), inc_work, (rule,))


def _flagged(rule: CountLimit, shifts: Shifts) -> Counter | None:
    """Count the flagged shifts of a period."""
    inside = (rule.first_day <= shifts.day) & (shifts.day < rule.end_day)
    inc = (inside & ((shifts.flags & rule.flag) != 0)).astype(np.int64)
    left = max(0, rule.max_count - rule.carry_count)
    if len(np.unique(shifts.day[inc != 0])) <= left:
        return None
    return Counter(*_line((0.0,) * (left + 1), limit=True), inc, inc, (rule,))
