"""Whether a changed roster of one agent is lawful, or at least no worse than it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from solver.check import broken_rules
from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import Rule
from solver.worked import Violation

__all__ = ["Judge"]


class Judge:
    """Judges one agent at a time by `solver.check`, and excuses what was broken before.

    A sick call may leave a single working day where two in a row are asked for; a published roster
    may hold breaches of its own. A breach counts as excused while the agent's reference roster has
    the same one, at the same place and at least as far from the limit.

    Parameters
    ----------
    problem : PlanningProblem
        Rules and options.
    reference : callable
        Gives an agent's reference roster.
    """

    def __init__(
        self, problem: PlanningProblem, reference: Callable[[int], Sequence[Choice]]
    ) -> None:
        self._problem, self._reference = problem, reference
        self.rules: dict[int, list[Rule]] = defaultdict(list)
        for rule in problem.rules:
            self.rules[rule.agent_idx].append(rule)
        self._excused: dict[int, list[tuple[Rule, Violation]]] = {}

    def broken(self, agent_idx: int, choices: Sequence[Choice]) -> tuple[Rule, Violation] | None:
        """Return the first breach that is not excused, None when there is none."""
        for rule, violation in broken_rules(
            self._problem, agent_idx, self.rules[agent_idx], choices
        ):
            if not violation.forgiven and not self._is_excused(agent_idx, rule, violation):
                return rule, violation
        return None

    def _is_excused(self, agent_idx: int, rule: Rule, violation: Violation) -> bool:
        if agent_idx not in self._excused:
            rules, reference = self.rules[agent_idx], self._reference(agent_idx)
            self._excused[agent_idx] = list(
                broken_rules(self._problem, agent_idx, rules, reference)
            )
        return any(
            known == rule and before.at == violation.at and _excess(before) >= _excess(violation)
            for known, before in self._excused[agent_idx]
        )


def _excess(violation: Violation) -> int:
    return abs(violation.amount - violation.limit)
