"""What one agent's shifts cost by term, cover apart, in the score's own words."""

from __future__ import annotations

from collections.abc import Sequence

from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import CountCost, HoursTarget, Rule
from solver.score import score_count_cost, score_hours_target

__all__ = ["own_terms"]

_COLUMNS = {
    "wages": "wages_cents",
    "premiums": "premium_cents",
    "own_night": "own_night_cents",
    "wishes": "wish_cents",
}


def own_terms(
    problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule], choices: Sequence[Choice]
) -> dict[str, int]:
    """Return the cost of one agent's shifts by term of `score`, without ``short`` and ``idle``.

    Parameters
    ----------
    rules : sequence of Rule
        The agent's rules.
    choices : sequence of Choice
        The agent's shifts.
    """
    table, agent = problem.options, problem.agents[agent_idx]
    terms = {
        term: sum(int(getattr(table, column)[choice.option_idx]) for choice in choices)
        for term, column in _COLUMNS.items()
    }
    worked = {choice.day_idx for choice in choices}
    terms["wishes"] += sum(off for day, off in enumerate(agent.off_cents) if day not in worked)
    terms |= {"contract_hours": 0, "fair_weekends": 0, "fair_evenings": 0}
    for rule in rules:
        if isinstance(rule, HoursTarget):
            terms["contract_hours"] += score_hours_target(problem, rule, list(choices))
        elif isinstance(rule, CountCost):
            terms[rule.term] += score_count_cost(problem, rule, list(choices))
    return terms
