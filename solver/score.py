"""What a roster costs, term by term, in plain Python: the specification of the objective."""

from __future__ import annotations

from collections import defaultdict

from solver.cover import heads_per_slot, split_cents
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import CountCost, HoursTarget

__all__ = ["TERMS", "score"]

TERMS = (
    "short",
    "idle",
    "wages",
    "premiums",
    "own_night",
    "wishes",
    "contract_hours",
    "fair_weekends",
    "fair_evenings",
)


def score(
    problem: PlanningProblem, roster: SlotRoster, *, split: tuple[int, int] | None = None
) -> dict[str, int]:
    """Return the cost of `roster` by named term, in cents.

    Parameters
    ----------
    problem : PlanningProblem
        The problem the roster belongs to.
    roster : SlotRoster
        Any roster, lawful or not.
    split : (int, int), optional
        Cost of shortage and of idle agents under the best split, where it is known.

    Returns
    -------
    dict of str to int
        Every name of `TERMS`; cover (`short`, `idle`) under the best split of agents on duty.
    """
    terms = dict.fromkeys(TERMS, 0)
    terms["short"], terms["idle"] = split or split_cents(problem, heads_per_slot(problem, roster))
    table = problem.options
    by_agent: dict[int, list[Choice]] = defaultdict(list)
    for choice in roster.choices:
        by_agent[choice.agent_idx].append(choice)
        terms["wages"] += int(table.wages_cents[choice.option_idx])
        terms["premiums"] += int(table.premium_cents[choice.option_idx])
        terms["own_night"] += int(table.own_night_cents[choice.option_idx])
        terms["wishes"] += int(table.wish_cents[choice.option_idx])
    for agent_idx, agent in enumerate(problem.agents):
        worked = {choice.day_idx for choice in by_agent[agent_idx]}
        terms["wishes"] += sum(
            cents for day, cents in enumerate(agent.off_cents) if day not in worked
        )
    for rule in problem.rules:
        choices = by_agent[rule.agent_idx]
        if isinstance(rule, HoursTarget):
            terms["contract_hours"] += score_hours_target(problem, rule, choices)
        elif isinstance(rule, CountCost):
            terms[rule.term] += score_count_cost(problem, rule, choices)
    return terms


def score_hours_target(problem: PlanningProblem, rule: HoursTarget, choices: list[Choice]) -> int:
    """Return the cost of paid minutes short of target and minimum in the rule's period."""
    minutes = sum(
        int(problem.options.paid_minutes[choice.option_idx])
        for choice in choices
        if rule.first_day <= choice.day_idx < rule.end_day
    )
    return rule.cents(minutes)


def score_count_cost(problem: PlanningProblem, rule: CountCost, choices: list[Choice]) -> int:
    """Return the growing cost of the agent's flagged shifts."""
    column = getattr(problem.options, rule.flag)
    return rule.cents(sum(int(column[choice.option_idx]) for choice in choices))
