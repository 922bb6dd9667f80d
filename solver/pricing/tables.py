"""Per-agent tables for the dynamic programme, made once per solve from the problem.

The programme carries: one shift a day, minimum rest (over one day off at most), days in a row,
hours and days per period, hours short of target and minimum, pins, history. It leaves out the
weekly rest; `strict` tables replace it by something stronger and simple (every gap of a day off is
a whole weekly rest, runs so short that their span fits), for rosters, never for bounds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from solver.check import check
from solver.kernels import FAR
from solver.problem import CarryShift, PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import (
    CountCost,
    DaysLimit,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Pin,
    Rule,
    WeeklyRest,
)

__all__ = ["AgentTables", "agent_tables"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AgentTables:
    """One agent's options and limits as the dynamic programme reads them.

    Parameters
    ----------
    low, high : int
        The agent's rows of the option table.
    groups : (slots,) array
        Skill group per slot.
    base : (high - low,) array
        Cost of each option without cover and fairness, less the cost of the day off it replaces.
    off_cents : int
        Cost of working on no day at all (ungranted wishes).
    sig, sig_lo : arrays
        Signature of each option (offset by `low`); first signature per day.
    periods : tuple of (int, int)
        Half-open day ranges with their own hours and days.
    counts : tuple of CountCost
        Fairness rules; priced by a slope per agent outside of the programme.
    loose : bool
        True where pins break rules on their own: the programme then ignores the limits.
    """

    low: int
    high: int
    days: int
    groups: Ints
    base: Floats
    off_cents: int
    sig: Ints
    sig_lo: Ints
    sig_cls: Ints
    sig_units: Ints
    sig_prev: Ints
    sig_prev2: Ints
    sig_prev2_strict: Ints
    classes: Ints
    may_rest: Ints
    period: Ints
    caps: Ints
    day_caps: Ints
    penalty: Floats
    first_day: int
    init_kind: int
    init_run: int
    runs: int
    runs_strict: int
    rules: tuple[Rule, ...]
    counts: tuple[CountCost, ...]
    loose: bool


def agent_tables(problem: PlanningProblem) -> tuple[AgentTables, ...]:
    """Return the tables of every agent of the problem, in order."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in problem.rules:
        rules[rule.agent_idx].append(rule)
    pinned = SlotRoster(
        tuple(
            Choice(
                rule.agent_idx,
                int(problem.options.day[rule.option_idx]),
                rule.option_idx,
                int(problem.options.break_from[rule.option_idx]),
            )
            for rule in problem.rules
            if isinstance(rule, Pin)
        )
    )
    loose = (
        {violation.agent_idx for violation in check(problem, pinned)} if pinned.choices else set()
    )
    return tuple(
        _tables(problem, agent_idx, tuple(rules[agent_idx]), loose=agent_idx in loose)
        for agent_idx in range(len(problem.agents))
    )


def _tables(
    problem: PlanningProblem, agent_idx: int, rules: tuple[Rule, ...], *, loose: bool
) -> AgentTables:
    agent = problem.agents[agent_idx]
    table = problem.options
    low, high = problem.option_range(agent_idx)
    day = table.day[low:high].astype(np.int64)
    start, end = table.start[low:high].astype(np.int64), table.end[low:high].astype(np.int64)
    off = np.array(agent.off_cents, dtype=np.float64)
    base = (
        table.wages_cents[low:high].astype(np.float64)
        + table.own_night_cents[low:high]
        + table.wish_cents[low:high]
        - off[day]
    )
    rest = max((r.rest_slots for r in rules if isinstance(r, MinRest)), default=0)
    weekly = None if loose else next((r for r in rules if isinstance(r, WeeklyRest)), None)
    gap_strict = rest if weekly is None else max(rest, weekly.rest_slots)
    first_day, init_kind, init_run, init_end = _before(agent.days, agent.carry, day)
    periods = _periods(agent.days, rules)
    units, caps, day_caps, penalty, period = _limits(
        agent.days, rules, periods, table.paid_minutes[low:high], loose=loose
    )
    last_end = {} if init_end is None else {first_day - 1 - (init_kind == 1): init_end}
    if loose or _interlocked(day, start):
        cls = prev = prev2 = prev2_strict = np.zeros(high - low, dtype=np.int64)
        classes = np.ones(max(agent.days, 1), dtype=np.int64)
    else:
        cls, prev, prev2, prev2_strict, classes = _classes(
            agent.days, day, start, end, rest, gap_strict, last_end
        )
    sig, sig_lo, sig_rows = _signatures(agent.days, day, cls, units, prev, prev2, prev2_strict)
    may_rest = np.ones(agent.days, dtype=np.int64)
    for rule in rules:
        if isinstance(rule, Pin):
            pinned_day = int(table.day[rule.option_idx])
            may_rest[pinned_day] = 0
            others = day == pinned_day
            others[rule.option_idx - low] = False
            base[others] = 2 * FAR
    runs = 0
    if not loose:
        runs = min((r.days for r in rules if isinstance(r, MaxConsecutiveDays)), default=0)
    return AgentTables(
        low=low,
        high=high,
        days=agent.days,
        groups=agent.group_per_slot(problem.slots),
        base=base,
        off_cents=sum(agent.off_cents),
        sig=sig,
        sig_lo=sig_lo,
        sig_cls=cls[sig_rows],
        sig_units=units[sig_rows],
        sig_prev=prev[sig_rows],
        sig_prev2=prev2[sig_rows],
        sig_prev2_strict=prev2_strict[sig_rows],
        classes=classes,
        may_rest=may_rest,
        period=period,
        caps=caps,
        day_caps=day_caps,
        penalty=penalty,
        first_day=first_day,
        init_kind=init_kind,
        init_run=init_run,
        runs=runs,
        runs_strict=_strict_runs(runs, weekly, agent.days, day, start, end),
        rules=rules,
        counts=tuple(rule for rule in rules if isinstance(rule, CountCost)),
        loose=loose,
    )


def _interlocked(day: Ints, start: Ints) -> bool:
    """Whether some day starts before the one before it: a date lived twice over the date line.

    Days are then not in the order of time, and the programme leaves the rest between shifts out.
    """
    order = np.argsort(start, kind="stable")
    return bool(np.any(np.diff(day[order]) < 0))


def _before(
    days: int, carry: tuple[CarryShift, ...], day: Ints
) -> tuple[int, int, int, int | None]:
    """Return first day to decide, state before it, days in a row before it, last shift's end."""
    ends = {shift.day: shift.end for shift in carry}
    last = max(ends, default=-3)
    if last < -2 or (last >= 0 and np.any(day <= last)):
        return 0, 0, 0, None
    first_day = min(last + 1, days) if last >= 0 else 0
    run = 0
    while last - run in ends:
        run += 1
    if last == first_day - 1:
        return first_day, 2, run, ends[last]
    if last == first_day - 2:
        return first_day, 1, 0, ends[last]
    return first_day, 0, 0, None


def _periods(days: int, rules: tuple[Rule, ...]) -> tuple[tuple[int, int], ...]:
    """Choose the day ranges the programme keeps count of; rules with other ranges are left out."""
    wanted: dict[tuple[int, int], int] = defaultdict(int)
    for rule in rules:
        if isinstance(rule, HoursTarget | HoursLimit | DaysLimit):
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


def _limits(
    days: int,
    rules: tuple[Rule, ...],
    periods: tuple[tuple[int, int], ...],
    paid: NDArray[np.int32],
    *,
    loose: bool,
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Express hours in units of their greatest common divisor, with a cap and a cost per period."""
    unit = gcd(*(int(minutes) for minutes in np.unique(paid))) if len(paid) else 0
    unit = max(unit, 1)
    units = paid.astype(np.int64) // unit
    most = int(units.max()) if len(units) else 0
    period = np.zeros(max(days, 1), dtype=np.int64)
    caps, day_caps = [], []
    for index, (first, end) in enumerate(periods):
        period[first:end] = index
        here = [
            rule
            for rule in rules
            if isinstance(rule, HoursTarget | HoursLimit | DaysLimit)
            and (rule.first_day, rule.end_day) == (first, end)
        ]
        cap = most * (end - first)
        day_cap = -1
        if not loose:
            for rule in here:
                if isinstance(rule, HoursLimit):
                    cap = min(cap, max(0, (rule.max_minutes - rule.carry_minutes) // unit))
                elif isinstance(rule, DaysLimit) and rule.max_days - rule.carry_days < end - first:
                    left = max(0, rule.max_days - rule.carry_days)
                    day_cap = left if day_cap < 0 else min(left, day_cap)
        caps.append(cap)
        day_caps.append(day_cap)
    penalty = np.zeros((len(periods), max(caps, default=0) + 1))
    for index, (first, end) in enumerate(periods):
        for target in rules:
            if isinstance(target, HoursTarget) and (target.first_day, target.end_day) == (
                first,
                end,
            ):
                for count in range(caps[index] + 1):
                    penalty[index, count] += target.cents(count * unit)
    return units, np.array(caps), np.array(day_caps), penalty, period


def _classes(
    days: int,
    day: Ints,
    start: Ints,
    end: Ints,
    rest: int,
    gap_strict: int,
    last_end: dict[int, int],
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Sort the ends of each day into classes that block the same starts of the two days after.

    Returns
    -------
    cls, prev, prev2, prev2_strict : (options,) arrays
        Class of each option's end; last class of yesterday's ends, and of the day before
        yesterday's, that leaves rest enough before the option's start (-1 for none).
    classes : (days,) array
        Number of classes per day, at least 1.
    """
    starts = [np.unique(start[day == d]) for d in range(days)]
    none = np.zeros(0, dtype=np.int64)
    cls = np.zeros(len(day), dtype=np.int64)
    classes = np.ones(max(days, 1), dtype=np.int64)
    blocked: dict[int, tuple[Ints, Ints, Ints]] = {}
    for d in range(-2, days):
        ends = np.unique(end[day == d]) if d >= 0 else none
        if d in last_end:
            ends = np.array([last_end[d]], dtype=np.int64)
        if not len(ends):
            blocked[d] = (np.zeros(1, np.int64),) * 3
            continue
        after = starts[d + 1] if 0 <= d + 1 < days else none
        later = starts[d + 2] if 0 <= d + 2 < days else none
        keys = np.stack(
            [
                np.searchsorted(after, ends + rest),
                np.searchsorted(later, ends + rest),
                np.searchsorted(later, ends + gap_strict),
            ],
            axis=1,
        )
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        blocked[d] = (distinct[:, 0], distinct[:, 1], distinct[:, 2])
        if d >= 0 and d not in last_end:
            classes[d] = len(distinct)
            here = day == d
            cls[here] = inverse.reshape(-1)[np.searchsorted(ends, end[here])]
    prev, prev2, strict = (np.zeros(len(day), dtype=np.int64) for _ in range(3))
    for d in range(days):
        here = day == d
        if not here.any():
            continue
        position = np.searchsorted(starts[d], start[here])
        prev[here] = np.searchsorted(blocked[d - 1][0], position, side="right") - 1
        prev2[here] = np.searchsorted(blocked[d - 2][1], position, side="right") - 1
        strict[here] = np.searchsorted(blocked[d - 2][2], position, side="right") - 1
    return cls, prev, prev2, strict, classes


def _signatures(days: int, day: Ints, *columns: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the number of each option's (day, columns) row, each day's first, and a sample row."""
    if not len(day):
        return np.zeros(0, np.int64), np.zeros(days + 1, np.int64), np.zeros(0, np.int64)
    keys = np.stack([day, *columns], axis=1)
    distinct, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    sig_lo = np.searchsorted(distinct[:, 0], np.arange(days + 1))
    return inverse.reshape(-1).astype(np.int64), sig_lo.astype(np.int64), first.astype(np.int64)


def _strict_runs(
    runs: int, weekly: WeeklyRest | None, days: int, day: Ints, start: Ints, end: Ints
) -> int:
    """Return the longest run of days whose span can never leave too little for the weekly rest."""
    if weekly is None or not len(day):
        return runs
    earliest = np.full(days, np.iinfo(np.int64).max, dtype=np.int64)
    latest = np.full(days, -1, dtype=np.int64)
    np.minimum.at(earliest, day, start)
    np.maximum.at(latest, day, end)
    most = weekly.window_slots - weekly.rest_slots
    length = 1
    while length < (runs or days):
        spans = [
            latest[d + length] - earliest[d]
            for d in range(days - length)
            if latest[d + length] >= 0 and latest[d] >= 0
        ]
        if spans and max(spans) > most:
            break
        length += 1
    return length
