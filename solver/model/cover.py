"""Cover in the model: the best split of agents on duty over the queues, slot by slot.

Per slot, agents who may serve the same needed queues are counted together; a flow sends the counted
heads to queues; what is missing is paid tier by tier (dearest units are met first because they save
most) and who serves nobody is idle.
"""

from __future__ import annotations

from collections import Counter

from ortools.sat.python import cp_model

from solver.model.variables import Context, Term, duty_terms, weighted_sum
from solver.problem import unit_values

__all__ = ["add_cover", "add_slot_prices"]

_Heads = dict[tuple[int, ...], list[Term]]


def add_cover(ctx: Context) -> None:
    """Add flow, shortage and idle cost of every slot.

    Slots with the same need whose heads are made of the same literals are one slot of more weight.
    """
    problem = ctx.problem
    heads = _heads_by_served(ctx)
    weights: Counter[tuple[object, ...]] = Counter()
    first_slot: dict[tuple[object, ...], int] = {}
    for slot, here in enumerate(heads):
        need = tuple(queue.need[slot] for queue in problem.queues)
        alike = tuple(
            (served, tuple(sorted((literal.index, sign) for literal, sign in terms)))
            for served, terms in sorted(here.items())
        )
        weights[need, alike] += 1
        first_slot.setdefault((need, alike), slot)
    for key, slot in first_slot.items():
        _add_slot(ctx, slot, heads[slot], weights[key])


def _heads_by_served(ctx: Context) -> list[_Heads]:
    """Collect per slot the duty terms of agents, keyed by the needed queues they may serve."""
    problem = ctx.problem
    heads: list[_Heads] = [{} for _ in range(problem.slots)]
    for agent_idx in ctx.agents:
        turns = problem.agents[agent_idx].groups
        group = turns[0][1]
        changes = dict(turns)
        for slot, terms in enumerate(duty_terms(ctx, agent_idx)):
            group = changes.get(slot, group)
            if terms:
                served = tuple(q for q in problem.groups[group] if problem.queues[q].need[slot])
                heads[slot].setdefault(served, []).extend(terms)
    return heads


def _add_slot(ctx: Context, slot: int, heads: _Heads, weight: int) -> None:
    problem, model = ctx.problem, ctx.model
    into: dict[int, list[cp_model.IntVar]] = {}
    for served, terms in sorted(heads.items()):
        for literal, sign in terms:
            ctx.add_cost(literal, sign * weight * problem.idle_cents)
        flows = []
        for queue_idx in served:
            need = problem.queues[queue_idx].need[slot]
            flow = model.new_int_var(0, need, f"flow_{slot}_{served}_{queue_idx}")
            ctx.add_cost(flow, -weight * problem.idle_cents)
            flows.append(flow)
            into.setdefault(queue_idx, []).append(flow)
        if flows:
            model.add(cp_model.LinearExpr.sum(flows) <= weighted_sum(terms))
    for queue_idx, queue in enumerate(problem.queues):
        values = unit_values(queue.need[slot], queue.short_cents)
        if queue_idx not in into:
            ctx.constant_cents += weight * sum(values)
            continue
        missing = []
        for cents, units in Counter(values).items():
            short = model.new_int_var(0, units, f"short_{slot}_{queue_idx}_{cents}")
            ctx.add_cost(short, weight * cents)
            missing.append(short)
        model.add(cp_model.LinearExpr.sum([*into[queue_idx], *missing]) == len(values))


def add_slot_prices(ctx: Context, agent_idx: int, slot_cents: list[int]) -> None:
    """Charge `slot_cents` for every slot the agent is on duty and not on break.

    Parameters
    ----------
    slot_cents : list of int
        Change of cost per slot of the horizon, length ``PlanningProblem.slots``.
    """
    until = [0]
    for cents in slot_cents:
        until.append(until[-1] + cents)
    slots = ctx.problem.slots
    agent = ctx.agents[agent_idx]
    for option in agent.options:
        ctx.add_cost(option.take, until[min(option.end, slots)] - until[option.start])
    for (_, length), starts in agent.breaks.items():
        for first, literal in starts.items():
            ctx.add_cost(literal, until[min(first, slots)] - until[min(first + length, slots)])
