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

from solver.problem import SLOT_MINUTES
from solver.rules import (
    MaxConsecutiveDays,
    MaxSeries,
    MinRest,
    RollingHours,
    Rule,
    ShortRests,
    WeeklyRest,
)

__all__ = ["Form", "Shifts", "covers", "exact_until", "make_form", "strict_gap", "strict_runs"]

Ints = NDArray[np.int64]
_TWO_DAYS = 192


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Columns of some shifts of one agent, all of the same length."""

    day: Ints
    start: Ints
    end: Ints
    paid: Ints
    flags: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Rest, runs and caps as the programme reads them.

    Parameters
    ----------
    sig, sig_lo : arrays
        Signature of each option; first signature per day. The other ``sig_`` arrays are per
        signature, see `solver.kernels.roster.best_roster`.
    classes : (days,) array
        Number of classes of ends per day.
    runs : int
        Most days in a row; 0 for no limit.
    caps : (periods,) array
        Most paid units per period.
    """

    sig: Ints
    sig_lo: Ints
    sig_cls: Ints
    sig_units: Ints
    sig_prev: Ints
    sig_prev2: Ints
    classes: Ints
    runs: int
    caps: Ints


def covers(rule: MinRest | MaxConsecutiveDays, slots: int) -> bool:
    """Whether every shift of the horizon starts within the rule's scope."""
    return rule.from_slot <= 0 and rule.end_slot >= slots


def exact_until(
    rules: Sequence[Rule], slots: int, shifts: Shifts, least_minutes: int, *, strict: bool = False
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
            if not strict and not covers(rule, slots):
                asks &= (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
            until = np.where(asks, np.maximum(until, shifts.end + rule.rest_slots), until)
        elif isinstance(rule, ShortRests) and strict:
            for flag, rest in rule.demands:
                asks = _carries(shifts, flag)
                until = np.where(asks, np.maximum(until, shifts.end + rest), until)
        elif isinstance(rule, RollingHours):
            # Where any shift that ends inside is too much, the next must run out of the window.
            left = rule.max_minutes - shifts.paid
            if strict and rule.window_slots <= _TWO_DAYS:
                asks = np.ones(len(left), dtype=np.bool_)
                left = np.maximum(left, 0)
            else:
                asks = (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
                asks &= (left >= 0) & (left < least_minutes)
            next_start = shifts.start + rule.window_slots - left // SLOT_MINUTES
            until = np.where(asks, np.maximum(until, next_start), until)
    return until


def _carries(shifts: Shifts, flag: int) -> NDArray[np.bool_]:
    if not flag:
        return np.ones(len(shifts.flags), dtype=np.bool_)
    carried: NDArray[np.bool_] = np.not_equal(shifts.flags & flag, 0)
    return carried


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


def make_form(
    days: int,
    shifts: Shifts,
    units: Ints,
    until: Ints | None,
    later_until: Ints | None,
    last: dict[int, tuple[int, int]],
    runs: int,
    caps: Ints,
) -> Form:
    """Sort the ends of each day into classes that block the same starts of the two days after.

    Parameters
    ----------
    until, later_until : (options,) arrays
        From which slot on a shift may start the day after, and after a day off. None leaves the
        rest between shifts out.
    last : dict of int to (int, int)
        The same two slots for the last shift of the carry, by its day.
    """
    cls, prev, prev2 = (np.zeros(len(shifts.day), dtype=np.int64) for _ in range(3))
    classes = np.ones(max(days, 1), dtype=np.int64)
    if until is not None and later_until is not None:
        _classify(days, shifts, until, later_until, last, cls, prev, prev2, classes)
    sig, sig_lo, rows = _signatures(days, shifts.day, cls, units, prev, prev2)
    return Form(sig, sig_lo, cls[rows], units[rows], prev[rows], prev2[rows], classes, runs, caps)


def _classify(
    days: int,
    shifts: Shifts,
    until: Ints,
    later_until: Ints,
    last: dict[int, tuple[int, int]],
    cls: Ints,
    prev: Ints,
    prev2: Ints,
    classes: Ints,
) -> None:
    """Fill in the class of each option's end, and the last classes that leave its start free.

    The last class of yesterday's ends, and of those of the day before yesterday, that leaves rest
    enough; -1 for none. Classes block ever more starts of both days.
    """
    none = np.zeros(0, dtype=np.int64)
    starts = [np.unique(shifts.start[shifts.day == d]) for d in range(days)]
    blocked: dict[int, tuple[Ints, Ints]] = {}
    for d in range(-2, days):
        here = shifts.day == d
        soon, later = until[here], later_until[here]
        if d in last:
            soon, later = (np.array([slot], dtype=np.int64) for slot in last[d])
        if not len(soon):
            blocked[d] = (np.zeros(1, np.int64),) * 2
            continue
        tomorrow = starts[d + 1] if 0 <= d + 1 < days else none
        after = starts[d + 2] if 0 <= d + 2 < days else none
        keys = np.stack([np.searchsorted(tomorrow, soon), np.searchsorted(after, later)], axis=1)
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        blocked[d] = (distinct[:, 0], np.maximum.accumulate(distinct[:, 1]))
        if d >= 0 and d not in last:
            classes[d] = len(distinct)
            cls[here] = inverse.reshape(-1)
    for d in range(days):
        here = shifts.day == d
        position = np.searchsorted(starts[d], shifts.start[here])
        prev[here] = np.searchsorted(blocked[d - 1][0], position, side="right") - 1
        prev2[here] = np.searchsorted(blocked[d - 2][1], position, side="right") - 1


def _signatures(days: int, day: Ints, *columns: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the number of each option's (day, columns) row, each day's first, and a sample row."""
    if not len(day):
        return np.zeros(0, np.int64), np.zeros(days + 1, np.int64), np.zeros(0, np.int64)
    keys = np.stack([day, *columns], axis=1)
    distinct, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    sig_lo = np.searchsorted(distinct[:, 0], np.arange(days + 1))
    return inverse.reshape(-1).astype(np.int64), sig_lo.astype(np.int64), first.astype(np.int64)
