"""The roster in memory: which option on which agent-day, with cover and costs kept up to date."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.kernels.cover import add_shifts, agent_gains, remove_shifts
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import CountCost, HoursTarget
from solver.search.state import CoverArrays

__all__ = ["FLAGS", "OwnCosts", "Present"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_Array = NDArray[Any]
_Shift = tuple[_Array, _Array, _Array, _Array, _Array, _Array]
FLAGS = ("weekend", "evening")


class OwnCosts:
    """Costs of agents apart from cover, laid out for whole columns of options at once.

    Attributes
    ----------
    first_day : (agents + 1,) array
        Index of each agent's day 0 among all agent-days.
    off_cents : (agent-days,) array
    targets_of : (agent-days, n) array
        Rules for contract hours that hold on the day, -1 where there are fewer.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        days = [agent.days for agent in problem.agents]
        self.first_day = np.concatenate(([0], np.cumsum(days, dtype=np.int64)))
        self.off_cents = np.array(
            [cents for agent in problem.agents for cents in agent.off_cents], dtype=np.int64
        )
        targets = [rule for rule in problem.rules if isinstance(rule, HoursTarget)]
        self.counts = [rule for rule in problem.rules if isinstance(rule, CountCost)]
        self.targets = targets
        holds: dict[int, list[int]] = defaultdict(list)
        for idx, rule in enumerate(targets):
            first = self.first_day[rule.agent_idx]
            last = min(rule.end_day, problem.agents[rule.agent_idx].days)
            for day in range(max(rule.first_day, 0), last):
                holds[int(first) + day].append(idx)
        most = max((len(own) for own in holds.values()), default=0)
        self.targets_of = np.full((len(self.off_cents), most), -1, dtype=np.int64)
        for agent_day, own in holds.items():
            self.targets_of[agent_day, : len(own)] = own
        columns = [
            (r.target_minutes, r.under_target_cents_hour, r.min_minutes, r.under_min_cents_hour)
            for r in targets
        ]
        self._targets = np.array(columns, dtype=np.int64).reshape(-1, 4)
        self.carry = np.array([rule.carry_minutes for rule in targets], dtype=np.int64)

    def target_cents(self, rules: Ints, minutes: Ints) -> Ints:
        """Return the cost of `minutes` (carry included) under each of some rules."""
        target, rate, least, least_rate = self._targets[rules].T
        cents: Ints = (
            np.maximum(0, target - minutes) * rate // 60
            + np.maximum(0, least - minutes) * least_rate // 60
        )
        return cents


class Present:
    """A roster under way, changed one agent-day at a time.

    Parameters
    ----------
    problem, own
        The problem, and the costs of its agents.
    roster : SlotRoster
        The roster to begin with.

    Attributes
    ----------
    rows, breaks : (agent-days,) array
        Option row (-1 for a day off) and break start of every agent-day.
    minutes : (targets,) array
        Paid minutes, carry included, in the period of each rule for contract hours.
    steps : dict of str to (agents, 2) array
        Per flag what one shift less (negative) and one more would change in fairness.
    """

    def __init__(self, problem: PlanningProblem, own: OwnCosts, roster: SlotRoster) -> None:
        self.problem, self.own = problem, own
        cover = CoverArrays(problem)
        # While a change is tried, an agent's shifts may overlap: each counts as a head.
        self._cover = cover.nobody(2 * len(problem.agents))
        self._short_cents = cover.empty_cents
        self._segments = [
            np.array(agent.groups, dtype=np.int32).T.copy() for agent in problem.agents
        ]
        self.rows = np.full(len(own.off_cents), -1, dtype=np.int64)
        self.breaks = np.full(len(own.off_cents), -1, dtype=np.int64)
        for choice in roster.choices:
            at = own.first_day[choice.agent_idx] + choice.day_idx
            self.rows[at], self.breaks[at] = choice.option_idx, choice.break_start
            self._count_in(choice.agent_idx, choice.option_idx, choice.break_start)
        self.minutes = own.carry.copy()
        self._own_targets: dict[int, list[int]] = defaultdict(list)
        for idx, rule in enumerate(own.targets):
            self._own_targets[rule.agent_idx].append(idx)
        self._own_counts: dict[int, list[CountCost]] = defaultdict(list)
        for count in own.counts:
            self._own_counts[count.agent_idx].append(count)
        agents = len(problem.agents)
        self.steps = {flag: np.zeros((agents, 2), dtype=np.int64) for flag in FLAGS}
        for agent_idx in range(agents):
            self._recount(agent_idx)
        self._own_cents = self._all_own_cents()

    def _all_own_cents(self) -> int:
        worked = self.rows >= 0
        cents = int(self._option_cents(self.rows).sum()) + int(self.own.off_cents[~worked].sum())
        rules = np.arange(len(self.minutes))
        cents += int(self.own.target_cents(rules, self.minutes).sum())
        for fair in self.own.counts:
            rows = self.rows[self.days(fair.agent_idx)]
            cents += fair.cents(int(_of(getattr(self.problem.options, fair.flag), rows).sum()))
        return cents

    @property
    def cost_cents(self) -> int:
        """Cost of the roster, all terms, cover at the best split."""
        idle = int(self._cover.idle[0]) * self.problem.idle_cents
        return self._short_cents + idle + self._own_cents

    def days(self, agent_idx: int) -> slice:
        """Return the agent-days of an agent."""
        return slice(int(self.own.first_day[agent_idx]), int(self.own.first_day[agent_idx + 1]))

    def put(self, agent_idx: int, day_idx: int, row: int, break_start: int) -> None:
        """Give an agent an option on a day; -1 for a day off."""
        at = int(self.own.first_day[agent_idx]) + day_idx
        one = np.array([agent_idx]), np.array([at]), np.array([row])
        self._own_cents += int(self.own_delta(*one)[0])
        self._count_out(agent_idx, int(self.rows[at]), int(self.breaks[at]))
        self._count_in(agent_idx, row, break_start)
        self.rows[at], self.breaks[at] = row, break_start
        self._recount(agent_idx)

    def losses(self, agent_idx: int, row: int, break_start: int, slots: Ints) -> Floats:
        """Return what the cover loses in some slots without a shift that is worked now."""
        self._count_out(agent_idx, row, break_start)
        found = self.gains(agent_idx)[slots]
        self._count_in(agent_idx, row, break_start)
        return found

    def _count_in(self, agent_idx: int, row: int, break_start: int) -> None:
        if row >= 0:
            self._short_cents -= int(
                add_shifts(self._cover, *self._shift(agent_idx, row, break_start))
            )

    def _count_out(self, agent_idx: int, row: int, break_start: int) -> None:
        if row >= 0:
            shift = self._shift(agent_idx, row, break_start)
            self._short_cents += int(remove_shifts(self._cover, *shift))

    def _shift(self, agent_idx: int, row: int, break_start: int) -> _Shift:
        """Return one shift as the cover kernels ask for it."""
        table, rows, at = self.problem.options, np.array([row]), np.array([break_start])
        until = at + table.break_slots[rows]
        seg_from, seg_group = self._segments[agent_idx]
        return table.start[rows], table.end[rows], at, until, seg_from, seg_group

    def _recount(self, agent_idx: int) -> None:
        rows = self.rows[self.days(agent_idx)]
        worked = rows >= 0
        table = self.problem.options
        for idx in self._own_targets[agent_idx]:
            rule = self.own.targets[idx]
            inside = rows[max(rule.first_day, 0) : max(rule.end_day, 0)]
            paid = table.paid_minutes[inside[inside >= 0]]
            self.minutes[idx] = self.own.carry[idx] + int(paid.sum())
        for flag in FLAGS:
            self.steps[flag][agent_idx] = 0
        for fair in self._own_counts[agent_idx]:
            count = int(getattr(table, fair.flag)[rows[worked]].sum())
            less = fair.cents(count - 1) - fair.cents(count) if count else 0
            more = fair.cents(count + 1) - fair.cents(count)
            self.steps[fair.flag][agent_idx] += (less, more)

    def choices(self, agent_idx: int, instead: dict[int, tuple[int, int]]) -> list[Choice]:
        """Return an agent's shifts, with other options and break starts (-1: off) on some days."""
        span = self.days(agent_idx)
        found = []
        for day, (row, at) in enumerate(
            zip(self.rows[span].tolist(), self.breaks[span].tolist(), strict=True)
        ):
            row, at = instead.get(day, (row, at))
            if row >= 0:
                found.append(Choice(agent_idx, day, row, at))
        return found

    def roster(self) -> SlotRoster:
        """Return the roster as records."""
        return SlotRoster(
            tuple(
                choice
                for agent_idx in range(len(self.problem.agents))
                for choice in self.choices(agent_idx, {})
            )
        )

    def gains(self, agent_idx: int) -> Floats:
        """Return what one more presence of this agent is worth in each slot."""
        found = np.zeros(self.problem.slots)
        seg_from, seg_group = self._segments[agent_idx]
        agent_gains(self._cover, seg_from, seg_group, found)
        return found

    def own_delta(self, agents: Ints, agent_days: Ints, rows: Ints) -> Ints:
        """Return the change of the agents' own cost when each works `rows` on its day instead.

        Parameters
        ----------
        agents, agent_days, rows : (n,) array
            Each entry is one change by itself; rows of -1 stand for a day off.
        """
        table, own = self.problem.options, self.own
        old = self.rows[agent_days]
        new_paid, old_paid = _of(table.paid_minutes, rows), _of(table.paid_minutes, old)
        delta = self._option_cents(rows) - self._option_cents(old)
        delta += own.off_cents[agent_days] * ((rows < 0).astype(np.int64) - (old < 0))
        for column in own.targets_of[agent_days].T:
            held = np.flatnonzero(column >= 0)
            rules = column[held]
            minutes = self.minutes[rules]
            after = minutes - old_paid[held] + new_paid[held]
            delta[held] += own.target_cents(rules, after) - own.target_cents(rules, minutes)
        for flag in FLAGS:
            marks = getattr(table, flag)
            step = _of(marks, rows) - _of(marks, old)
            less, more = self.steps[flag][agents].T
            delta += np.where(step > 0, more, np.where(step < 0, less, 0))
        return delta

    def _option_cents(self, rows: Ints) -> Ints:
        table = self.problem.options
        cents: Ints = (
            _of(table.wages_cents, rows)
            + _of(table.premium_cents, rows)
            + _of(table.own_night_cents, rows)
            + _of(table.wish_cents, rows)
        )
        return cents


def _of(column: NDArray[np.int32], rows: Ints) -> Ints:
    """Return a column's values for some rows, 0 for row -1."""
    if not len(column):
        return np.zeros(len(rows), dtype=np.int64)
    return np.where(rows >= 0, column[rows], 0).astype(np.int64)
