"""The CP-SAT model that anybody would write: what the solver is compared with.

A literal per option (and break start), at most one a day, a clause per pair of shifts too close to
each other, sums for hours and counts, linear slacks for cover. CP-SAT's own settings but for
workers, seed and time.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ortools.sat.python import cp_model
from ortools.sat.python.cp_model_helper import Literal

from solver.params import SolveParams
from solver.problem import PlanningProblem, unit_values
from solver.roster import Choice, SlotRoster
from solver.rules import (
    ALWAYS_END,
    ALWAYS_FROM,
    CountCost,
    CountLimit,
    HoursLimit,
    HoursMinimum,
    HoursTarget,
    MaxConsecutiveDays,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Rule,
    WindowsLimit,
)

__all__ = ["NotTriedError", "PlainAnswer", "solve_plain"]

_MOST_LITERALS = 200_000
_POLL_SECONDS = 0.2
_COLUMNS = (
    "agent",
    "day",
    "start",
    "end",
    "paid_minutes",
    "break_slots",
    "break_from",
    "break_until",
    "flags",
    "weekend",
    "evening",
)


class NotTriedError(Exception):
    """The model would not fit, or a rule is not part of it."""


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What CP-SAT found: a roster or none, a bound, its status in small letters."""

    roster: SlotRoster | None
    bound_cents: int
    status: str


@dataclass(frozen=True, slots=True)
class _Shift:
    """An option with a break start, and its literal."""

    row: int
    day: int
    start: int
    end: int
    minutes: int
    flags: int
    weekend: int
    evening: int
    cents: int
    break_start: int
    break_slots: int
    literal: cp_model.IntVar


def solve_plain(
    problem: PlanningProblem, params: SolveParams, should_stop: Callable[[], bool]
) -> PlainAnswer:
    """Build the model and run CP-SAT on it.

    Raises
    ------
    NotTriedError
        If there are too many literals for memory, or rules the model does not know.
    """
    table = problem.options
    literals = int((table.break_until - table.break_from + 1).sum())
    if literals > _MOST_LITERALS:
        raise NotTriedError(f"not tried: {literals / 1e6:.1f} million literals")
    if any(agent.carry for agent in problem.agents) or table.pinned.any():
        raise NotTriedError("not tried: history and pins are not part of the plain model")
    model = _Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = params.time_limit_seconds
    solver.parameters.num_workers = params.workers
    solver.parameters.random_seed = params.seed
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_SECONDS):
            if should_stop():
                solver.stop_search()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    status = solver.solve(model.model)
    ended.set()
    watcher.join()
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    bound = max(0, round(solver.best_objective_bound))
    roster = model.roster(solver) if found else None
    return PlainAnswer(roster, bound, solver.status_name(status).lower())


class _Model:
    """The model under construction."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.cost: list[cp_model.LinearExprT] = []
        self.days: list[list[list[_Shift]]] = [
            [[] for _ in range(agent.days)] for agent in problem.agents
        ]
        self.works: list[list[cp_model.IntVar]] = []
        self._shifts()
        for rule in problem.rules:
            self._rule(rule)
        self._cover()
        self.model.minimize(cp_model.LinearExpr.sum(self.cost))

    def roster(self, solver: cp_model.CpSolver) -> SlotRoster:
        """Return the roster CP-SAT stands at."""
        return SlotRoster(
            tuple(
                Choice(agent, shift.day, shift.row, shift.break_start)
                for agent, days in enumerate(self.days)
                for shifts in days
                for shift in shifts
                if solver.boolean_value(shift.literal)
            )
        )

    def _shifts(self) -> None:
        table = self.problem.options
        cents = table.wages_cents.astype(int) + table.premium_cents + table.own_night_cents
        cents += table.wish_cents
        columns = [getattr(table, name).tolist() for name in _COLUMNS]
        for row, (values, price) in enumerate(zip(zip(*columns, strict=True), cents, strict=True)):
            agent, day, start, end, minutes, pause, first, last, flags, weekend, evening = values
            for at in range(first, last + 1):
                literal = self.model.new_bool_var("")
                shift = _Shift(
                    row,
                    day,
                    start,
                    end,
                    minutes,
                    flags,
                    weekend,
                    evening,
                    int(price),
                    at,
                    pause,
                    literal,
                )
                self.days[agent][day].append(shift)
                self.cost.append(shift.cents * literal)
        for agent, days in zip(self.problem.agents, self.days, strict=True):
            works = []
            for shifts, off_cents in zip(days, agent.off_cents, strict=True):
                work = self.model.new_bool_var("")
                self.model.add(sum(shift.literal for shift in shifts) == work)
                self.cost.append(off_cents * (1 - work))
                works.append(work)
            self.works.append(works)

    def _rule(self, rule: Rule) -> None:
        days, works = self.days[rule.agent_idx], self.works[rule.agent_idx]
        everyone = [shift for shifts in days for shift in shifts]
        match rule:
            case MinRest(from_slot=first, end_slot=end) if (first, end) == (
                ALWAYS_FROM,
                ALWAYS_END,
            ):
                self._rest(days, rule.rest_slots, rule.flag)
            case MaxConsecutiveDays(days=most):
                for day in range(len(works) - most):
                    self.model.add(sum(works[day : day + most + 1]) <= most)
            case MinConsecutiveDays(days=least):
                self._min_run(works, least)
            case MinDaysOff(days=least):
                self._min_run([work.negated() for work in works], least)
                self._rest_over_days_off(days, works, rule.rest_slots)
            case HoursLimit(first_day=first, end_day=end):
                minutes = self._minutes(everyone, first, end)
                self.model.add(minutes <= rule.max_minutes - rule.carry_minutes)
            case HoursMinimum(first_day=first, end_day=end):
                minutes = self._minutes(everyone, first, end)
                self.model.add(minutes >= rule.min_minutes - rule.carry_minutes)
            case HoursTarget(first_day=first, end_day=end):
                self._hours_target(rule, self._minutes(everyone, first, end))
            case CountLimit(first_day=first, end_day=end, flag=flag):
                counted = [s.literal for s in everyone if s.flags & flag and first <= s.day < end]
                self.model.add(sum(counted) <= rule.max_count - rule.carry_count)
            case WindowsLimit(windows=windows):
                self._windows_limit(rule, windows, everyone)
            case CountCost():
                self._count_cost(rule, [s for s in everyone if getattr(s, rule.flag)])
            case _:
                kind = type(rule).__name__
                raise NotTriedError(f"not tried: {kind} is not part of the plain model")

    def _rest(self, days: Sequence[Sequence[_Shift]], rest_slots: int, flag: int) -> None:
        """Forbid each pair of shifts too close to each other."""
        reach = [shift for shifts in days for shift in shifts]
        for index, before in enumerate(reach):
            if flag and not before.flags & flag:
                continue
            for after in reach[index + 1 :]:
                if after.day - before.day > 1 and after.start - before.end >= rest_slots:
                    break
                if after.day > before.day and after.start - before.end < rest_slots:
                    self.model.add_at_most_one(before.literal, after.literal)

    def _rest_over_days_off(
        self, days: Sequence[Sequence[_Shift]], works: Sequence[cp_model.IntVar], rest_slots: int
    ) -> None:
        """Forbid each pair of shifts around days off that are too close to each other."""
        for day, shifts in enumerate(days):
            for later in range(day + 2, len(days)):
                close = [
                    (before, after)
                    for before in shifts
                    for after in days[later]
                    if after.start - before.end < rest_slots
                ]
                between = list(works[day + 1 : later])
                for before, after in close:
                    pair = [before.literal.negated(), after.literal.negated()]
                    self.model.add_bool_or(*pair, *between)
                if not close and days[later] and shifts:
                    break

    def _min_run(self, on: Sequence[Literal], least: int) -> None:
        """Forbid runs shorter than `least` that lie inside the horizon."""
        for length in range(1, least):
            for day in range(len(on) - length - 1):
                inside = [each.negated() for each in on[day + 1 : day + 1 + length]]
                self.model.add_bool_or(on[day], *inside, on[day + 1 + length])

    @staticmethod
    def _minutes(shifts: Sequence[_Shift], first: int, end: int) -> cp_model.LinearExprT:
        inside = [shift for shift in shifts if first <= shift.day < end]
        return cp_model.LinearExpr.weighted_sum(
            [shift.literal for shift in inside], [shift.minutes for shift in inside]
        )

    def _hours_target(self, rule: HoursTarget, minutes: cp_model.LinearExprT) -> None:
        for target, cents_hour in (
            (rule.target_minutes, rule.under_target_cents_hour),
            (rule.min_minutes, rule.under_min_cents_hour),
        ):
            most = target - rule.carry_minutes
            if most <= 0 or not cents_hour:
                continue
            short = self.model.new_int_var(0, most, "")
            self.model.add(short >= most - minutes)
            cents = self.model.new_int_var(0, most * cents_hour // 60, "")
            # Whole cents, rounded down.
            self.model.add(60 * cents >= cents_hour * short - 59)
            self.cost.append(cents)

    def _windows_limit(
        self, rule: WindowsLimit, windows: Sequence[tuple[int, int]], shifts: Sequence[_Shift]
    ) -> None:
        touched = []
        for first, end in windows:
            touch = self.model.new_bool_var("")
            for shift in shifts:
                if shift.start < end and first < shift.end:
                    self.model.add_implication(shift.literal, touch)
            touched.append(touch)
        self.model.add(sum(touched) <= rule.max_touched - rule.carry_touched)

    def _count_cost(self, rule: CountCost, shifts: Sequence[_Shift]) -> None:
        most = len({shift.day for shift in shifts})
        count = sum(shift.literal for shift in shifts)
        steps = [self.model.new_bool_var("") for _ in range(most)]
        self.model.add(sum(steps) >= count)
        prices = [rule.cents(each + 1) - rule.cents(each) for each in range(most)]
        self.cost.extend(price * step for price, step in zip(prices, steps, strict=True))

    def _cover(self) -> None:
        """Split heads over queues slot by slot; missing units cost by tier, idle heads alike."""
        problem = self.problem
        heads: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for agent, days in zip(problem.agents, self.days, strict=True):
            group_at = agent.group_per_slot(problem.slots).tolist()
            for shift in (shift for shifts in days for shift in shifts):
                pause = range(shift.break_start, shift.break_start + shift.break_slots)
                for slot in range(shift.start, min(shift.end, problem.slots)):
                    if slot not in pause:
                        heads[slot, group_at[slot]].append(shift.literal)
        served: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for (slot, group), literals in sorted(heads.items(), key=lambda item: item[0]):
            on_queue = []
            for queue in problem.groups[group]:
                need = problem.queues[queue].need[slot]
                if need:
                    amount = self.model.new_int_var(0, need, "")
                    on_queue.append(amount)
                    served[slot, queue].append(amount)
            idle = self.model.new_int_var(0, len(literals), "")
            self.model.add(sum(literals) == idle + sum(on_queue))
            self.cost.append(problem.idle_cents * idle)
        for idx, queue_need in enumerate(problem.queues):
            for slot, need in enumerate(queue_need.need):
                if need:
                    self._slacks(served[slot, idx], unit_values(need, queue_need.short_cents))

    def _slacks(self, served: Sequence[cp_model.IntVar], values: Sequence[int]) -> None:
        missing = []
        edges = [0, *(i for i, (a, b) in enumerate(pairwise(values), 1) if a != b), len(values)]
        for first, end in pairwise(edges):
            slack = self.model.new_int_var(0, end - first, "")
            missing.append(slack)
            self.cost.append(values[first] * slack)
        self.model.add(sum(served) + sum(missing) == len(values))
