"""The smallest set of pins and rules of an agent that cannot all be kept, proven by solving again.

Here pins are demands like any other: that a pin breaks a rule is not forgiven, as it is when a
roster is made. What the history before the horizon breaks on its own still is. Shifts never overlap
and a day has one at most, whatever is dropped.

Sets are narrowed down by divide and conquer [1]_, every subset judged anew: by its pins alone where
they decide, else by a search. What is left is then proven: a search finds that no roster keeps all
of it, and one that `solver.check` finds lawful keeps all but any one member.

References
----------
.. [1] U. Junker, "QuickXplain: preferred explanations and relaxations for over-constrained
   problems", AAAI 2004.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solver.check import broken_rules
from solver.errors import SolverError
from solver.explain.single import alone
from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import (
    CountCost,
    HoursMinimum,
    HoursTarget,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Pin,
    Rule,
    SeriesRest,
)

__all__ = ["Conflict", "conflicting"]

_MOST_PER_AGENT = 5
_SEED, _SECOND_SEED = 1, 2
_HELPED = (HoursMinimum, MinConsecutiveDays, MinDaysOff, SeriesRest)
"""Kinds that a further shift may help to keep; all others it only makes harder."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Pins and rules of one agent that cannot all be kept.

    Parameters
    ----------
    members : tuple of Rule
        As they stand in the problem: limits, then minimum hours, then pins.
    proven : bool
        True when it is shown that no roster keeps them all and that one keeps all but any one of
        them; False when time ran out on the way: they conflict, but fewer of them may do so.
    """

    agent_idx: int
    members: tuple[Rule, ...]
    proven: bool


def conflicting(
    problem: PlanningProblem,
    agents: Iterable[int] | None = None,
    *,
    time_limit_seconds: float = 10.0,
    most_per_agent: int = _MOST_PER_AGENT,
) -> tuple[Conflict, ...]:
    """Return sets of pins and rules that contradict each other, agent by agent.

    Parameters
    ----------
    agents : iterable of int, optional
        Whom to look at; by default everybody.
    time_limit_seconds : float
        Wall time. Agents not reached in time are not reported.
    most_per_agent : int
        A further set is looked for where the last member of the one before is done without, a pin
        if it has one: without the last members of all sets found, everything else can be kept
        (unless there are more sets than this).

    Returns
    -------
    tuple of Conflict
        Empty when every agent looked at in time can keep all pins and rules at once.
    """
    deadline = time.monotonic() + time_limit_seconds
    asked = None if agents is None else set(agents)
    rules: dict[int, list[Rule]] = {}
    for rule in problem.rules:
        if asked is None or rule.agent_idx in asked:
            rules.setdefault(rule.agent_idx, []).append(rule)
    found = []
    for agent_idx in sorted(rules):
        # Without pins and minimum hours the empty roster keeps all rules.
        if not any(isinstance(rule, Pin | HoursMinimum) for rule in rules[agent_idx]):
            continue
        search = _Search(problem, agent_idx, rules[agent_idx], deadline)
        left = search.members
        for _ in range(most_per_agent):
            if search.feasible(left) is not False:
                break
            core, proven = search.smallest(left)
            members = tuple(search.original[idx] for idx in core)
            found.append(Conflict(agent_idx, members, proven))
            left = tuple(idx for idx in left if idx != core[-1])
    return tuple(found)


class _Search:
    """One agent's pins and hard rules, and which sets of them a roster can keep.

    Sets are tuples of positions in `original`, rising.
    """

    def __init__(
        self, problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule], deadline: float
    ) -> None:
        hard = [rule for rule in rules if not isinstance(rule, HoursTarget | CountCost)]
        # What asks for work comes last: it is what gives way when further sets are looked for.
        hard.sort(key=lambda rule: isinstance(rule, Pin) * 2 + isinstance(rule, HoursMinimum))
        self.original = tuple(dict.fromkeys(hard))
        own = alone(problem, agent_idx, self.original)
        self._rules = own.rules
        self.members = tuple(range(len(self._rules)))
        self._deadline = deadline
        table = own.options
        zeros = np.zeros(len(table), dtype=np.int32)
        nowhere = np.full(len(table), -1, dtype=np.int32)
        # Breaks have no part in this; pins are demands here, so no option is marked as one.
        table = replace(
            table, break_slots=zeros, break_from=nowhere, break_until=nowhere, pinned=zeros
        )
        self._own = replace(own, options=table, rules=())
        self._known: dict[tuple[int, ...], bool] = {}
        self._rosters: list[tuple[Choice, ...]] = []

    def feasible(self, members: tuple[int, ...]) -> bool | None:
        """Whether some roster keeps a set; None when time ran out before that was known."""
        if members not in self._known:
            answer = self._by_pins(members)
            if answer is None:
                answer = self._solve(members, _SEED)
            if answer is None:
                return None
            self._known[members] = answer
        return self._known[members]

    def _by_pins(self, members: tuple[int, ...]) -> bool | None:
        """Answer where the set's pins alone decide; None where only a search can tell.

        Limits that more work never helps to keep are broken for good when the pins break them.
        """
        pins = self._pins(members)
        if any(self._keeps(roster, members) for roster in (pins, *self._rosters)):
            return True
        lasting = tuple(idx for idx in members if not isinstance(self._rules[idx], _HELPED))
        return None if self._keeps(pins, lasting) else False

    def smallest(self, members: tuple[int, ...]) -> tuple[tuple[int, ...], bool]:
        """Return a smallest part of an infeasible set that is infeasible, and if that is proven."""
        core = tuple(sorted(self._narrow((), False, members)))
        proven = self._solve(core, _SECOND_SEED) is False and all(
            self.feasible(tuple(idx for idx in core if idx != left_out)) for left_out in core
        )
        return core, proven

    def _narrow(
        self, kept: tuple[int, ...], changed: bool, members: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return what of `members` it takes, beside `kept`, to be infeasible."""
        if changed and self.feasible(tuple(sorted(kept))) is False:
            return ()
        if len(members) == 1:
            return members
        half = len(members) // 2
        first, second = members[:half], members[half:]
        of_second = self._narrow((*kept, *first), True, second)
        of_first = self._narrow((*kept, *of_second), bool(of_second), first)
        return (*of_first, *of_second)

    def _keeps(self, roster: tuple[Choice, ...], members: tuple[int, ...]) -> bool:
        """Whether a roster keeps a set of pins and rules, by the plain check."""
        if len({choice.day_idx for choice in roster}) < len(roster):
            return False
        rules = [self._rules[idx] for idx in members]
        found = broken_rules(self._own, 0, rules, roster)
        return all(violation.forgiven for _, violation in found)

    def _solve(self, members: tuple[int, ...], seed: int) -> bool | None:
        """Look for a roster that keeps a set; one found is judged, and kept for later questions."""
        from ortools.sat.python import cp_model

        from solver.constraints import constraint_for, min_rest
        from solver.model.variables import Context, declare_agents

        if time.monotonic() >= self._deadline:
            return None
        ctx = Context(self._own, cp_model.CpModel())
        declare_agents(ctx, [0])
        takes = {option.row: option.take for option in ctx.agents[0].options}
        min_rest.add(ctx, MinRest(0, 0))
        for idx in members:
            rule = self._rules[idx]
            if not isinstance(rule, Pin):
                constraint_for(rule)(ctx, rule)
            elif rule.option_idx in takes:
                ctx.model.add_bool_and([takes[rule.option_idx]])
            else:
                ctx.model.add_bool_or([])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.max_time_in_seconds = max(0.0, self._deadline - time.monotonic())
        solver.parameters.catch_sigint_signal = False
        status = solver.solve(ctx.model)
        if status == cp_model.INFEASIBLE:
            return False
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        roster = self._choices(row for row, take in takes.items() if solver.boolean_value(take))
        if not self._keeps(roster, members):
            raise SolverError("a roster that keeps all rules in the model breaks one in the check")
        self._rosters.append(roster)
        return True

    def _pins(self, members: tuple[int, ...]) -> tuple[Choice, ...]:
        """Return the roster of a set's pins alone."""
        rows = range(len(self._own.options))
        return self._choices(
            rule.option_idx
            for rule in (self._rules[idx] for idx in members)
            if isinstance(rule, Pin) and rule.option_idx in rows
        )

    def _choices(self, rows: Iterable[int]) -> tuple[Choice, ...]:
        days = self._own.options.day
        return tuple(sorted(Choice(0, int(days[row]), row) for row in rows))
