"""A repair is checked and scored again before it is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solver.cover import heads_per_slot, split_cents
from solver.problem import OptionTable, PlanningProblem, QueueNeed
from solver.replan.apply import Applied
from solver.replan.lawful import Judge
from solver.replan.present import Present
from solver.replan.records import RepairResult
from solver.replan.terms import own_terms
from solver.replan.worth import presence
from solver.roster import Choice, SlotRoster

__all__ = ["verify"]


def verify(
    present: Present,
    judge: Judge,
    applied: Applied,
    result: RepairResult,
    agents: Sequence[int],
) -> None:
    """Compare what a repair claims with the check and the score.

    Only what changed is looked at: the agents who differ from the published roster, and the slots
    in which they come or go.

    Raises
    ------
    AssertionError
        If an agent's roster is worse than before, or a cost does not come out.
    """
    for agent_idx in agents:
        broken = judge.broken(agent_idx, present.choices(agent_idx, {}))
        if broken is not None:
            raise AssertionError(f"the repair breaks {broken[0]}: {broken[1]}")
    table, slots = present.problem.options, present.problem.slots
    moved = np.zeros(slots, dtype=np.bool_)
    after = result.roster.choices
    reference = {agent_idx: applied.choices(agent_idx) for agent_idx in agents}
    changed = {agent_idx: present.choices(agent_idx, {}) for agent_idx in agents}
    for agent_idx in agents:
        for choice in set(reference[agent_idx]) ^ set(changed[agent_idx]):
            moved[presence(table, choice.option_idx, choice.break_start, slots)] = True
    own = sum(
        sum(own_terms(present.problem, agent_idx, judge.rules[agent_idx], choices).values()) * sign
        for rosters, sign in ((changed, 1), (reference, -1))
        for agent_idx, choices in rosters.items()
    )
    before = [choice for choice in after if choice.agent_idx not in reference]
    before += [choice for choices in reference.values() for choice in choices]
    where = np.flatnonzero(moved)
    cover = _cover_cents(present.problem, after, where)
    cover -= _cover_cents(present.problem, before, where)
    if result.cost_cents - result.unrepaired_cents != own + cover:
        raise AssertionError(
            f"the repair claims {result.cost_cents - result.unrepaired_cents} cents, "
            f"the score says {own + cover}"
        )
    if result.cost_cents + result.change_cents > result.unrepaired_cents:
        raise AssertionError("the repair is worse than doing nothing")


def _cover_cents(
    problem: PlanningProblem, choices: Sequence[Choice], slots: NDArray[np.int64]
) -> int:
    """Return the cost of cover in some slots, from nothing but the shifts."""
    if not len(slots):
        return 0
    table = problem.options
    rows = np.array([choice.option_idx for choice in choices], dtype=np.int64)
    ahead = np.searchsorted(slots, table.start[rows])
    near = np.flatnonzero(ahead < np.searchsorted(slots, table.end[rows]))
    heads = heads_per_slot(problem, SlotRoster(tuple(choices[idx] for idx in near.tolist())))
    there = slots.tolist()
    part = replace(
        problem,
        slots=len(there),
        queues=tuple(
            QueueNeed(queue.queue_id, tuple(queue.need[slot] for slot in there), queue.short_cents)
            for queue in problem.queues
        ),
        agents=(),
        options=OptionTable(),
        rules=(),
    )
    return sum(split_cents(part, [heads[slot] for slot in there]))
