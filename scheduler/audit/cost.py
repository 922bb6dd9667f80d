"""What a roster costs, recomputed from instants: every term of ``docs/costs.md``, to the cent."""

from __future__ import annotations

from fractions import Fraction

from scheduler.audit.coverage import Coverage
from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.finding import Finding
from scheduler.audit.pay import half_up, premium_cents, wages_cents
from scheduler.audit.tally import (
    dates_that_count,
    is_evening,
    is_weekend,
    own_night_minutes,
    week_balances,
    wish_outcomes,
)
from scheduler.domain import Queue, Weights

__all__ = ["TERMS", "cost_findings", "cost_terms", "own_night_weight_cents", "unit_cents"]

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
_FULL_TIME_MINUTES = 2400
_FORTNIGHT_DAYS = 14


def cost_terms(facts: Facts, coverage: Coverage) -> dict[str, int]:
    """Return the cost of the roster by term, in cents of the base currency.

    Cover costs (`short`, `idle`) follow from who is on which queue, so they are those of the
    roster's activities, not of the best split.

    Returns
    -------
    dict of str to int
        Every name of `TERMS`, in that order.
    """
    terms = dict.fromkeys(TERMS, 0)
    weights = facts.planning.weights
    covered = [0] * facts.quarters
    for cover in coverage.queues:
        queue = facts.queues[cover.queue_id]
        for quarter, (need, there) in enumerate(zip(cover.needed, cover.on_queue, strict=True)):
            covered[quarter] += min(need, there)
            if there < need:
                terms["short"] += sum(
                    unit_cents(weights, queue, need, unit) for unit in range(there + 1, need + 1)
                )
    beyond = (
        max(0, there - useful) for there, useful in zip(coverage.at_work, covered, strict=True)
    )
    terms["idle"] = weights.idle_cents // 2 * sum(beyond)
    for agent in facts.agents.values():
        for term, cents in _agent_terms(facts, agent).items():
            terms[term] += cents
    return terms


def unit_cents(weights: Weights, queue: Queue, need: int, unit: int) -> int:
    """Return what the `unit`-th of `need` agents is worth on a queue, in cents a quarter."""
    if unit == 1 or 3 * unit <= need:
        tier = weights.short_high_cents
    elif 3 * unit <= 2 * need:
        tier = weights.short_middle_cents
    else:
        tier = weights.short_low_cents
    percents = weights.priority_percent
    percent = percents[min(queue.priority, len(percents)) - 1]
    return tier * percent // 200


def own_night_weight_cents(facts: Facts, duty: Duty) -> int:
    """Return the price of a shift's minutes in own night: what avoiding them is worth, not pay."""
    hourly_cents = facts.planning.weights.own_night_cents_hour
    return half_up(Fraction(own_night_minutes(facts, duty) * hourly_cents, 60))


def _agent_terms(facts: Facts, agent: AgentFacts) -> dict[str, int]:
    weights = facts.planning.weights
    counting = agent.counting
    dates = dates_that_count(facts, agent)
    balances = week_balances(agent, dates)
    return {
        "wages": sum(wages_cents(facts, agent, duty) for duty in counting),
        "premiums": sum(premium_cents(facts, agent, duty) for duty in counting),
        "own_night": sum(own_night_weight_cents(facts, duty) for duty in counting),
        "wishes": sum(
            outcome.times_missed * outcome.wish.strength * weights.wish_cents
            for outcome in wish_outcomes(agent, dates)
        ),
        "contract_hours": sum(
            week.under_target_minutes * weights.under_target_cents_hour // 60
            + week.under_min_minutes * weights.under_min_cents_hour // 60
            for week in balances
        ),
        "fair_weekends": _fair_cents(
            facts, agent, weights.weekend_cents, map(is_weekend, counting)
        ),
        "fair_evenings": _fair_cents(
            facts, agent, weights.evening_cents, map(is_evening, counting)
        ),
    }


def _fair_cents(facts: Facts, agent: AgentFacts, step_cents: int, flags: map[bool]) -> int:
    """Return the growing cost of each further shift that is flagged."""
    target = agent.contract.target_minutes_week or _FULL_TIME_MINUTES
    share = target * facts.planning.horizon.days
    return sum(
        step_cents * before * _FULL_TIME_MINUTES * _FORTNIGHT_DAYS // share
        for before in range(sum(flags))
    )


def cost_findings(facts: Facts, terms: dict[str, int]) -> list[Finding]:
    """Compare what the roster says it costs with the recomputed terms."""
    roster = facts.roster
    stated = dict(roster.terms)
    total = sum(terms.values())
    pairs = [
        (f"term {term}", stated.get(term, 0), terms.get(term, 0))
        for term in dict.fromkeys((*terms, *stated))
    ]
    pairs.append(("total cost", roster.cost_cents, total))
    found = [
        Finding(
            "cost_mismatch",
            "hard",
            _money(said, roster.currency),
            _money(found, roster.currency),
            params=(("term", term),),
        )
        for term, said, found in pairs
        if said != found
    ]
    if roster.bound_cents > roster.cost_cents:
        found.append(
            Finding(
                "bound_above_cost",
                "hard",
                _money(roster.bound_cents, roster.currency),
                _money(roster.cost_cents, roster.currency),
            )
        )
    return found


def _money(cents: int, currency: str) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d} {currency}"
