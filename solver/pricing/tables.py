"""Per-agent tables for the dynamic programme, made once per solve from the problem.

The programme carries: one shift a day, rest between a shift and the next (over one day off at most;
by flag, and in a part of the time where the earlier shift says so), days in a row, hours and days
per period, hours short of target and minimum, pins, history. What it leaves out is listed; `strict`
forms replace much of it by something stronger and simple, for rosters, never for bounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.check import check
from solver.kernels import FAR
from solver.pricing.forms import (
    Form,
    Shifts,
    covers,
    exact_until,
    make_form,
    strict_gap,
    strict_runs,
)
from solver.pricing.limits import Limits, limits_of, shared_caps
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
    RollingHours,
    Rule,
)

__all__ = ["AgentTables", "agent_tables"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_CARRIED = frozenset(
    kind.__name__ for kind in (MinRest, MaxConsecutiveDays, RollingHours, HoursLimit, DaysLimit)
)


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
    shifts : Shifts
        The options' columns.
    exact, strict : Form
        Rest, runs and caps: never stricter than the rules, and stricter.
    limits : Limits
        Hours and days per period.
    rules : tuple of Rule
        The agent's rules.
    left_out : tuple of Rule
        Limits that the exact form does not carry, or not to the full.
    counts : tuple of CountCost
        Fairness rules; priced by a slope per agent outside of the programme.
    loose : bool
        True where pins break rules on their own that the programme carries: it then ignores them.
    """

    low: int
    high: int
    days: int
    groups: Ints
    base: Floats
    off_cents: int
    shifts: Shifts
    exact: Form
    strict: Form
    limits: Limits
    may_rest: Ints
    first_day: int
    init_kind: int
    init_run: int
    rules: tuple[Rule, ...]
    left_out: tuple[Rule, ...]
    counts: tuple[CountCost, ...]
    loose: bool


def agent_tables(problem: PlanningProblem) -> tuple[AgentTables, ...]:
    """Return the tables of every agent of the problem, in order."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in problem.rules:
        rules[rule.agent_idx].append(rule)
    broken = _broken_by_pins(problem)
    return tuple(
        _tables(problem, agent_idx, tuple(rules[agent_idx]), broken[agent_idx])
        for agent_idx in range(len(problem.agents))
    )


def _broken_by_pins(problem: PlanningProblem) -> dict[int, frozenset[str]]:
    """Return the kinds of rules that each agent's pins and carry break on their own."""
    table = problem.options
    pinned = SlotRoster(
        tuple(
            Choice(
                rule.agent_idx,
                int(table.day[rule.option_idx]),
                rule.option_idx,
                int(table.break_from[rule.option_idx]),
            )
            for rule in problem.rules
            if isinstance(rule, Pin)
        )
    )
    kinds: dict[int, set[str]] = defaultdict(set)
    for violation in check(problem, pinned) if pinned.choices else ():
        kinds[violation.agent_idx] |= (
            _CARRIED if violation.rule == "structure" else {violation.rule}
        )
    return defaultdict(frozenset, {agent: frozenset(names) for agent, names in kinds.items()})


def _tables(
    problem: PlanningProblem, agent_idx: int, rules: tuple[Rule, ...], broken: frozenset[str]
) -> AgentTables:
    agent, table, slots = problem.agents[agent_idx], problem.options, problem.slots
    low, high = problem.option_range(agent_idx)
    shifts = Shifts(
        *(
            column[low:high].astype(np.int64)
            for column in (table.day, table.start, table.end, table.paid_minutes, table.flags)
        )
    )
    off = np.array(agent.off_cents, dtype=np.float64)
    base = (
        table.wages_cents[low:high].astype(np.float64)
        + table.premium_cents[low:high]
        + table.own_night_cents[low:high]
        + table.wish_cents[low:high]
        - off[shifts.day]
    )
    may_rest = np.ones(agent.days, dtype=np.int64)
    for rule in rules:
        if isinstance(rule, Pin):
            pinned_day = int(table.day[rule.option_idx])
            may_rest[pinned_day] = 0
            others = shifts.day == pinned_day
            others[rule.option_idx - low] = False
            base[others] = 2 * FAR
    first_day, init_kind, init_run, last = _before(agent.days, agent.carry, shifts.day)
    limits = limits_of(agent.days, rules, table.paid_minutes[low:high], broken)
    kept = tuple(rule for rule in rules if type(rule).__name__ not in broken)
    runs = min(
        (r.days for r in kept if isinstance(r, MaxConsecutiveDays) and covers(r, slots)), default=0
    )
    rests = kept if "MinRest" not in broken and not _interlocked(shifts) else None
    last_day = first_day - 1 - (init_kind == 1)
    exact, until = _form(agent.days, slots, shifts, limits, rests, last, last_day, runs)
    left_out = tuple(
        rule
        for rule in rules
        if type(rule).__name__ in broken
        or not _is_carried(rule, slots, shifts, limits, None if rests is None else until)
    )
    left_out = tuple(r for r in left_out if not isinstance(r, HoursTarget | CountCost | Pin))
    strict = exact
    if left_out:
        strict, _ = _form(
            agent.days, slots, shifts, limits, rests, last, last_day, runs, strictly=kept
        )
    return AgentTables(
        low=low,
        high=high,
        days=agent.days,
        groups=agent.group_per_slot(slots),
        base=base,
        off_cents=sum(agent.off_cents),
        shifts=shifts,
        exact=exact,
        strict=strict,
        limits=limits,
        may_rest=may_rest,
        first_day=first_day,
        init_kind=init_kind,
        init_run=init_run,
        rules=rules,
        left_out=left_out,
        counts=tuple(rule for rule in rules if isinstance(rule, CountCost)),
        loose=bool(broken & _CARRIED),
    )


def _form(
    days: int,
    slots: int,
    shifts: Shifts,
    limits: Limits,
    rests: Sequence[Rule] | None,
    last: CarryShift | None,
    last_day: int,
    runs: int,
    *,
    strictly: Sequence[Rule] | None = None,
) -> tuple[Form, Ints]:
    """Return the exact form, or the strict one of the rules `strictly`, and the starts it allows.

    Parameters
    ----------
    rests : sequence of Rule or None
        The rules to read the rest from; None leaves rest out.
    """
    caps = limits.caps
    strict = strictly is not None
    gap = 0
    if strictly is not None:
        gap = strict_gap(strictly)
        runs = strict_runs(strictly, runs, days, shifts)
        caps = shared_caps(limits, strictly)
    if rests is None:
        return make_form(days, shifts, limits.units, None, None, {}, runs, caps), shifts.end
    least = int(shifts.paid.min()) if len(shifts.paid) else 0
    until = exact_until(rests, slots, shifts, least, strict=strict)
    before: dict[int, tuple[int, int]] = {}
    if last is not None:
        columns = (last.day, last.start, last.end, last.paid_minutes, last.flags)
        one = Shifts(*(np.array([value], dtype=np.int64) for value in columns))
        slot = int(exact_until(rests, slots, one, least, strict=strict)[0])
        before[last_day] = (slot, max(slot, last.end + gap))
    later = np.maximum(until, shifts.end + gap)
    return make_form(days, shifts, limits.units, until, later, before, runs, caps), until


def _is_carried(rule: Rule, slots: int, shifts: Shifts, limits: Limits, until: Ints | None) -> bool:
    """Whether the exact form carries a limit to the full.

    Parameters
    ----------
    until : (options,) array or None
        The starts that the exact form allows; None where it leaves rest out.
    """
    if isinstance(rule, HoursLimit | DaysLimit):
        return (rule.first_day, rule.end_day) in limits.periods
    if isinstance(rule, MaxConsecutiveDays):
        return covers(rule, slots)
    if until is None or not isinstance(rule, MinRest | RollingHours):
        return False
    days = int(shifts.day.max()) + 1 if len(shifts.day) else 0
    far = np.full(days + 3, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(far, shifts.day, shifts.start)
    in_sight = far[shifts.day + 3]  # starts after two days off are not compared
    if isinstance(rule, MinRest):
        return covers(rule, slots) and bool(np.all(shifts.end + rule.rest_slots <= in_sight))
    left = rule.max_minutes - shifts.paid
    end = shifts.start + rule.window_slots
    least = int(shifts.paid.min()) if len(left) else 0
    binds = (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
    known = ((left >= 0) & (left < least) & (end <= in_sight)) | (end <= until)
    return bool(np.all(known | ~binds))


def _interlocked(shifts: Shifts) -> bool:
    """Whether some day starts before the one before it: a date lived twice over the date line.

    Days are then not in the order of time, and the programme leaves the rest between shifts out.
    """
    order = np.argsort(shifts.start, kind="stable")
    return bool(np.any(np.diff(shifts.day[order]) < 0))


def _before(
    days: int, carry: tuple[CarryShift, ...], day: Ints
) -> tuple[int, int, int, CarryShift | None]:
    """Return first day to decide, state before it, days in a row before it, the last shift."""
    shifts = {shift.day: shift for shift in carry}
    last = max(shifts, default=-3)
    if last < -2 or (last >= 0 and np.any(day <= last)):
        return 0, 0, 0, None
    first_day = min(last + 1, days) if last >= 0 else 0
    run = 0
    while last - run in shifts:
        run += 1
    if last == first_day - 1:
        return first_day, 2, run, shifts[last]
    if last == first_day - 2:
        return first_day, 1, 0, shifts[last]
    return first_day, 0, 0, None
