"""What the dynamic programme reads of all agents, made once per solve from the problem.

The programme carries: one shift a day, rest between a shift and the next (over one day off at most;
by flag, and in a part of the time where the earlier shift says so), rows of working days and of
days off, hours and days per period, hours short of target and minimum, a counter, pins, history.
What it leaves out is listed; `strict` forms replace much of it by something stronger and simple,
for rosters, never for bounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.check import check
from solver.kernels import FAR
from solver.kernels.programme import Programme
from solver.pricing.counter import Counter, counter_of
from solver.pricing.forms import Shifts, covers, exact_until, off_rest, strict_gap, strict_runs
from solver.pricing.limits import Limits, limits_of, shared_caps
from solver.pricing.programme import Book, Form
from solver.problem import CarryShift, PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import (
    CountCost,
    DaysLimit,
    HoursLimit,
    HoursMinimum,
    HoursTarget,
    MaxConsecutiveDays,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Pin,
    RollingHours,
    Rule,
    WindowsLimit,
)

__all__ = ["AgentTables", "Tables", "agent_tables", "shifts_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_POLL_EVERY = 100
_CARRIED = frozenset(
    kind.__name__
    for kind in (
        MinRest,
        MaxConsecutiveDays,
        MinConsecutiveDays,
        MinDaysOff,
        RollingHours,
        HoursLimit,
        DaysLimit,
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class AgentTables:
    """One agent's part of the tables.

    Parameters
    ----------
    low, high : int
        The agent's rows of the option table.
    off_cents : int
        Cost of working on no day at all (ungranted wishes).
    rules : tuple of Rule
        The agent's rules.
    left_out : tuple of Rule
        Limits that the exact form does not carry, or not to the full.
    counts : tuple of CountCost
        Fairness rules that the programme does not count; priced by a slope per agent.
    unpriced : tuple of HoursTarget
        Costs of hours that the programme leaves out, since their periods overlap others.
    loose : bool
        True where pins break rules on their own that the programme carries: it then ignores them.
    first_day : int
        First day to decide.
    limits : Limits
        Hours and days per period.
    counter : Counter
        What the programme counts.

    """

    low: int
    high: int
    days: int
    off_cents: int
    rules: tuple[Rule, ...]
    left_out: tuple[Rule, ...]
    counts: tuple[CountCost, ...]
    unpriced: tuple[HoursTarget, ...]
    loose: bool
    first_day: int
    limits: Limits
    counter: Counter

    @property
    def exact(self) -> bool:
        """Whether the programme's best roster is the best of all lawful ones."""
        return not (self.left_out or self.counts or self.unpriced)


@dataclass(frozen=True, slots=True, eq=False)
class Tables(Sequence[AgentTables]):
    """The tables of all agents, by index, and the programme's arrays.

    Parameters
    ----------
    exact, strict : Programme
        Limits never stricter than the rules, and stricter.
    """

    problem: PlanningProblem
    agents: tuple[AgentTables, ...]
    exact: Programme
    strict: Programme

    def __len__(self) -> int:
        return len(self.agents)

    def __getitem__(self, index: int) -> AgentTables:  # type: ignore[override]
        return self.agents[index]

    def __iter__(self) -> Iterator[AgentTables]:
        return iter(self.agents)


def agent_tables(
    problem: PlanningProblem,
    counted: Mapping[int, Sequence[Rule]] | None = None,
    *,
    poll: Callable[[], object] | None = None,
) -> Tables:
    """Return the tables of every agent of the problem, in order.

    Parameters
    ----------
    counted : mapping of int to sequence of Rule, optional
        Per agent, limits of windows and of flagged shifts that the programme is to count besides
        what it counts anyway: exact, at the price of time.
    poll : callable, optional
        Called every now and then.
    """
    counted = counted or {}
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in problem.rules:
        rules[rule.agent_idx].append(rule)
    broken = _broken_by_pins(problem)
    exact, strict = Book(problem), Book(problem)
    agents = []
    for agent_idx in range(len(problem.agents)):
        if poll is not None and agent_idx % _POLL_EVERY == 0:
            poll()
        mine, off = tuple(rules[agent_idx]), broken[agent_idx]
        more = counted.get(agent_idx, ())
        agents.append(_tables(problem, agent_idx, mine, off, more, exact, strict))
    one = exact.finish()
    alike = all(not agent.left_out for agent in agents)
    return Tables(problem, tuple(agents), one, one if alike else strict.finish(one))


def shifts_of(problem: PlanningProblem, low: int, high: int) -> Shifts:
    """Return the columns of the options ``low .. high - 1``."""
    table = problem.options
    return Shifts(
        *(
            column[low:high].astype(np.int64)
            for column in (table.day, table.start, table.end, table.paid_minutes, table.flags)
        )
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
        if violation.rule == "HoursMinimum":
            continue  # what is missing can still be worked
        kinds[violation.agent_idx] |= (
            _CARRIED if violation.rule == "structure" else {violation.rule}
        )
    return defaultdict(frozenset, {agent: frozenset(names) for agent, names in kinds.items()})


def _tables(
    problem: PlanningProblem,
    agent_idx: int,
    rules: tuple[Rule, ...],
    broken: frozenset[str],
    counted: Sequence[Rule],
    exact: Book,
    strict: Book,
) -> AgentTables:
    agent, table, slots = problem.agents[agent_idx], problem.options, problem.slots
    low, high = problem.option_range(agent_idx)
    shifts = shifts_of(problem, low, high)
    base = (
        table.wages_cents[low:high].astype(np.float64)
        + table.premium_cents[low:high]
        + table.own_night_cents[low:high]
        + table.wish_cents[low:high]
        - np.array(agent.off_cents, dtype=np.float64)[shifts.day]
    )
    may_rest = np.ones(agent.days, dtype=np.int64)
    for rule in rules:
        if isinstance(rule, Pin):
            pinned_day = int(table.day[rule.option_idx])
            may_rest[pinned_day] = 0
            others = shifts.day == pinned_day
            others[rule.option_idx - low] = False
            base[others] = 2 * FAR
    start = _before(agent.days, agent.carry, shifts.day)
    limits = limits_of(agent.days, rules, table.paid_minutes[low:high], broken)
    kept = tuple(
        rule
        for rule in rules
        if type(rule).__name__ not in broken and not _hangs_on_carry(rule, agent.carry, start[3])
    )
    runs = min(
        (r.days for r in kept if isinstance(r, MaxConsecutiveDays) and covers(r, slots)), default=0
    )
    apart = MinRest(agent_idx, 0)  # one agent's shifts never overlap, whether or not a rule says so
    counter = counter_of(kept, table, low, high, shifts, counted)
    interlocked = _interlocked(shifts)
    rests = kept if "MinRest" not in broken and not interlocked else None
    form, until = _form(problem, agent.days, shifts, limits, rests, start, runs, kept)
    left_out = tuple(
        rule
        for rule in rules
        if rule not in counter.rules
        and not isinstance(rule, HoursTarget | CountCost | Pin)
        and (
            rule not in kept
            or not _is_carried(
                rule, problem, shifts, limits, None if rests is None else until, form
            )
            or not _knows_carry(rule, problem, agent.carry, start, shifts)
        )
    )
    if interlocked or (
        agent.carry and not _knows_carry(apart, problem, agent.carry, start, shifts)
    ):
        left_out = (*left_out, apart)
    counts = tuple(r for r in rules if isinstance(r, CountCost) and r not in counter.rules)
    slope = sum(rule.step_cents[-1] for rule in counts)
    exact.add(agent.days, shifts, base, may_rest, start[:3], limits, counter, form, slope)
    if left_out:
        form, _ = _form(
            problem,
            agent.days,
            shifts,
            limits,
            rests,
            start,
            runs,
            kept,
            strictly=True,
        )
        strict.add(agent.days, shifts, base, may_rest, start[:3], limits, counter, form, slope)
    else:
        strict.add_same(exact)
    return AgentTables(
        low=low,
        high=high,
        days=agent.days,
        off_cents=sum(agent.off_cents),
        rules=rules,
        left_out=left_out,
        counts=counts,
        unpriced=tuple(
            r
            for r in rules
            if isinstance(r, HoursTarget) and (r.first_day, r.end_day) not in limits.periods
        ),
        loose=bool(broken & _CARRIED),
        first_day=start[0],
        limits=limits,
        counter=counter,
    )


def _form(
    problem: PlanningProblem,
    days: int,
    shifts: Shifts,
    limits: Limits,
    rests: Sequence[Rule] | None,
    start: tuple[int, int, int, CarryShift | None],
    runs: int,
    kept: Sequence[Rule],
    *,
    strictly: bool = False,
) -> tuple[Form, Ints]:
    """Return the exact or the strict form, and the starts it allows.

    Parameters
    ----------
    rests : sequence of Rule or None
        The rules to read the rest from; None leaves rest out.
    kept : sequence of Rule
        The rules that pins do not break on their own.
    """
    caps, gap = limits.caps, 0
    if strictly:
        gap = strict_gap(kept)
        runs = strict_runs(kept, runs, days, shifts)
        caps = shared_caps(limits, kept)
    min_run = max((r.days for r in kept if isinstance(r, MinConsecutiveDays)), default=0)
    min_off = max((r.days for r in kept if isinstance(r, MinDaysOff)), default=0)
    if rests is None:
        far = np.full(len(shifts.day), np.iinfo(np.int64).min, dtype=np.int64)
        return Form(far, far, -3, 0, 0, runs, min_run, min_off, caps), shifts.end
    off = off_rest(kept)
    least = int(shifts.paid.min()) if len(shifts.paid) else 0
    until = exact_until(rests, problem, shifts, least, strict=strictly)
    first_day, kind, _, last = start
    last_day, soon, later = -3, 0, 0
    if last is not None:
        last_day = first_day - 1 - (kind == 1)
        columns = (last.day, last.start, last.end, last.paid_minutes, last.flags)
        one = Shifts(*(np.array([value], dtype=np.int64) for value in columns))
        soon = int(exact_until(rests, problem, one, least, strict=strictly)[0])
        later = max(soon, last.end + gap, last.end + off)
    after = np.maximum(until, shifts.end + max(gap, off))
    return Form(until, after, last_day, soon, later, runs, min_run, min_off, caps), until


def _is_carried(
    rule: Rule,
    problem: PlanningProblem,
    shifts: Shifts,
    limits: Limits,
    until: Ints | None,
    form: Form,
) -> bool:
    """Whether the exact form carries a limit to the full.

    Parameters
    ----------
    until : (options,) array or None
        The starts that the exact form allows; None where it leaves rest out.
    """
    if isinstance(rule, HoursLimit | HoursMinimum | DaysLimit):
        return (rule.first_day, rule.end_day) in limits.periods
    if isinstance(rule, MaxConsecutiveDays):
        return covers(rule, problem.slots)
    if isinstance(rule, MinConsecutiveDays):
        return rule.days <= form.min_run
    if isinstance(rule, MinDaysOff) and not rule.rest_slots:
        return rule.days <= form.min_off
    if until is None or not isinstance(rule, MinRest | MinDaysOff | RollingHours):
        return False
    days = int(shifts.day.max()) + 1 if len(shifts.day) else 0
    far = np.full(days + 3, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(far, shifts.day, shifts.start)
    far = np.minimum.accumulate(far[::-1])[::-1]
    in_sight = far[shifts.day + 3]  # starts after two days off are not compared
    if isinstance(rule, MinDaysOff | MinRest):
        held = bool(np.all(shifts.end + rule.rest_slots <= in_sight))
        return held and (isinstance(rule, MinDaysOff) or covers(rule, problem.slots))
    left = rule.max_minutes - shifts.paid
    end = shifts.start + rule.window_slots
    least = int(shifts.paid.min()) if len(left) else 0
    binds = (rule.from_slot <= shifts.start) & (shifts.start < rule.end_slot)
    known = ((left >= 0) & (left < least) & (end <= in_sight)) | (end <= until)
    return bool(np.all(known | ~binds))


def _knows_carry(
    rule: Rule,
    problem: PlanningProblem,
    carry: tuple[CarryShift, ...],
    start: tuple[int, int, int, CarryShift | None],
    shifts: Shifts,
) -> bool:
    """Whether the state before the first day says all that a limit needs to know of the carry."""
    if not carry or not isinstance(
        rule, MinRest | MinDaysOff | RollingHours | MaxConsecutiveDays | MinConsecutiveDays
    ):
        return True
    last = start[3]
    if last is None and max(shift.day for shift in carry) >= -2:
        return False
    first = int(shifts.start.min(initial=problem.slots))
    if isinstance(rule, MinRest | MinDaysOff):
        return all(
            shift is last or shift.end + rule.rest_slots <= first
            for shift in carry
            if isinstance(rule, MinDaysOff) or not rule.flag or shift.flags & rule.flag
        )
    if isinstance(rule, RollingHours):
        return all(shift.start + rule.window_slots <= first for shift in carry)
    return True


def _hangs_on_carry(rule: Rule, carry: tuple[CarryShift, ...], last: CarryShift | None) -> bool:
    """Whether a limit asks about carry shifts that the programme would not look at.

    Enforced without them it would forbid what is lawful (a first row of days that is long enough
    with them, a stretch of time that they have touched anyway) or allow what is not.

    Parameters
    ----------
    last : CarryShift or None
        The shift that the state before the first day tells of.
    """
    if not carry:
        return False
    if isinstance(rule, WindowsLimit):
        return any(s.start < end and start < s.end for s in carry for start, end in rule.windows)
    if last is not None:
        return False
    latest = max(shift.day for shift in carry)
    if isinstance(rule, MinConsecutiveDays):
        return latest >= -2
    return isinstance(rule, MinDaysOff) and latest + rule.days >= 0


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
