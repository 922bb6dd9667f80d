"""One agent alone: what other shifts would cost exactly, while everybody else stays put.

Cover is separable by slot and one agent changes no slot by more than one head, so the worth of the
agent's presence, slot by slot, prices every other roster of that agent to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.check import broken_rules
from solver.explain.cover import Cover
from solver.problem import AgentInput, OptionTable, PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import CountCost, HoursTarget, Pin, Rule
from solver.worked import Violation

__all__ = ["Change", "Roster", "Single", "alone", "join", "own_cents"]

IntArray = NDArray[np.int64]
_COLUMNS = tuple(OptionTable.__dataclass_fields__)


class Roster:
    """A roster one asks questions about: shifts and rules by agent, and its cover.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    roster : SlotRoster
        Structurally sound; need not be lawful.

    Attributes
    ----------
    cover : Cover
        The best split, slot by slot.
    """

    def __init__(self, problem: PlanningProblem, roster: SlotRoster) -> None:
        self.problem, self.roster = problem, roster
        self._rules: dict[int, list[Rule]] = defaultdict(list)
        for rule in problem.rules:
            self._rules[rule.agent_idx].append(rule)
        self._choices: dict[int, list[Choice]] = defaultdict(list)
        for choice in sorted(roster.choices):
            self._choices[choice.agent_idx].append(choice)
        self.cover = Cover(problem, roster)

    def choices(self, agent_idx: int) -> Sequence[Choice]:
        """Return an agent's shifts in order of day."""
        return self._choices.get(agent_idx, ())

    def rules(self, agent_idx: int) -> Sequence[Rule]:
        """Return an agent's rules."""
        return self._rules.get(agent_idx, ())

    def single(self, agent_idx: int) -> Single:
        """Return an agent alone, with the shifts worked now."""
        problem = alone(self.problem, agent_idx, self.rules(agent_idx))
        low, _ = self.problem.option_range(agent_idx)
        present = tuple(
            replace(choice, agent_idx=0, option_idx=choice.option_idx - low)
            for choice in self.choices(agent_idx)
        )
        return Single(problem, present, agent_idx)


@dataclass(frozen=True, slots=True)
class Single:
    """One agent as a problem of its own, with the shifts worked now.

    Parameters
    ----------
    problem : PlanningProblem
        The agent's options and rules alone, under agent index 0; need and groups of all.
    present : tuple of Choice
        Shifts worked now, rows of that problem.
    agent_idx : int
        The agent in the whole problem.
    """

    problem: PlanningProblem
    present: tuple[Choice, ...]
    agent_idx: int

    def lawful(self, choices: Sequence[Choice]) -> bool:
        """Whether shifts break no rule but as those worked now do."""
        return next(self.broken(choices), None) is None

    def broken(self, choices: Sequence[Choice]) -> Iterator[tuple[Rule, Violation]]:
        """Yield the breaches by shifts that those worked now do not have in the same way."""
        already: set[tuple[Rule, int, int]] | None = None
        rules = self.problem.rules
        for rule, violation in broken_rules(self.problem, 0, rules, choices):
            if violation.forgiven:
                continue
            if already is None:
                now = broken_rules(self.problem, 0, rules, self.present)
                already = {(old, row.at, row.amount) for old, row in now if not row.forgiven}
            if (rule, violation.at, violation.amount) not in already:
                yield rule, violation


@dataclass(frozen=True, slots=True)
class Change:
    """Other shifts for one agent.

    Parameters
    ----------
    delta_cents : int
        Change of the roster's whole cost.
    after : tuple of Choice
        All shifts of the agent then, rows of the agent's own problem.
    taken : Choice
        The shift put in.
    replaced, given_up : Choice or None
        The shift of the same day that it stands in for, and one of another day that goes.
    """

    delta_cents: int
    after: tuple[Choice, ...]
    taken: Choice
    replaced: Choice | None = None
    given_up: Choice | None = None


def alone(problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule]) -> PlanningProblem:
    """Return the problem of one agent alone, under agent index 0.

    Parameters
    ----------
    rules : sequence of Rule
        The agent's.
    """
    low, high = problem.option_range(agent_idx)
    columns = {name: getattr(problem.options, name)[low:high] for name in _COLUMNS}
    columns["agent"] = np.zeros(high - low, dtype=np.int32)
    return replace(
        problem,
        agents=(problem.agents[agent_idx],),
        options=OptionTable(**columns),
        rules=tuple(_moved(rule, 0, -low) for rule in rules),
    )


def join(
    problem: PlanningProblem,
    roster: SlotRoster,
    own: PlanningProblem,
    choices: Sequence[Choice],
    agent_idx: int,
) -> tuple[PlanningProblem, SlotRoster]:
    """Put an agent's own problem and shifts in the place of those in the whole.

    Parameters
    ----------
    own : PlanningProblem
        The agent alone; its groups are those of `problem`, more may follow.
    choices : sequence of Choice
        Rows of `own`.
    agent_idx : int
        Whom to replace; the number of agents adds one.

    Returns
    -------
    (PlanningProblem, SlotRoster)
        The whole with the agent's options, rules and shifts in it.
    """
    low, high = problem.option_range(agent_idx)
    shift = len(own.options) - (high - low)
    columns = {}
    for name in _COLUMNS:
        whole, part = getattr(problem.options, name), getattr(own.options, name)
        if name == "agent":
            part = np.full(len(part), agent_idx, dtype=np.int32)
        columns[name] = np.concatenate([whole[:low], part, whole[high:]])
    agents: list[AgentInput] = list(problem.agents)
    agents[agent_idx : agent_idx + 1] = own.agents
    rules = [
        _moved(rule, rule.agent_idx, shift if rule.agent_idx > agent_idx else 0)
        for rule in problem.rules
        if rule.agent_idx != agent_idx
    ]
    rules += [_moved(rule, agent_idx, low) for rule in own.rules]
    joined = replace(
        problem,
        groups=own.groups,
        agents=tuple(agents),
        options=OptionTable(**columns),
        rules=tuple(rules),
    )
    others = [
        choice if choice.agent_idx < agent_idx else _shifted(choice, shift)
        for choice in roster.choices
        if choice.agent_idx != agent_idx
    ]
    mine = [
        replace(choice, agent_idx=agent_idx, option_idx=choice.option_idx + low)
        for choice in choices
    ]
    return joined, SlotRoster(tuple(sorted([*others, *mine])))


def _shifted(choice: Choice, by: int) -> Choice:
    return replace(choice, option_idx=choice.option_idx + by)


def _moved(rule: Rule, agent_idx: int, by: int) -> Rule:
    if isinstance(rule, Pin):
        return Pin(agent_idx, rule.option_idx + by)
    return rule if rule.agent_idx == agent_idx else replace(rule, agent_idx=agent_idx)


def own_cents(problem: PlanningProblem, choices: Sequence[Choice]) -> int:
    """Return what an agent's shifts cost but for cover.

    Parameters
    ----------
    problem : PlanningProblem
        The agent alone.
    """
    rows = np.array([choice.option_idx for choice in choices], dtype=np.int64)
    worked = {choice.day_idx for choice in choices}
    days = np.array([choice.day_idx for choice in choices], dtype=np.int64)
    off = problem.agents[0].off_cents
    cost = int(static_cents(problem.options)[rows].sum())
    cost += sum(cents for day, cents in enumerate(off) if day not in worked)
    for rule in problem.rules:
        if isinstance(rule, HoursTarget):
            inside = (rule.first_day <= days) & (days < rule.end_day)
            cost += rule.cents(int(problem.options.paid_minutes[rows][inside].sum()))
        elif isinstance(rule, CountCost):
            cost += rule.cents(int(getattr(problem.options, rule.flag)[rows].sum()))
    return cost


def static_cents(table: OptionTable) -> IntArray:
    """Return what each option costs by itself."""
    cents: IntArray = (
        table.wages_cents.astype(np.int64)
        + table.premium_cents
        + table.own_night_cents
        + table.wish_cents
    )
    return cents
