"""The best split of agents on duty over the queues, slot by slot, in plain Python.

Agents of one skill group are alike. Need on a queue is worth less the more of it is met, so the
units of need that a set of agents can meet form a transversal matroid: taking units in order of
falling value, each if an augmenting path still fits it in, is optimal [1]_.

References
----------
.. [1] J. Edmonds, "Matroids and the greedy algorithm", Mathematical Programming 1 (1971).
"""

from __future__ import annotations

from collections.abc import Sequence

from solver.problem import PlanningProblem, unit_values
from solver.roster import SlotRoster

__all__ = ["best_split", "heads_per_slot", "split_cents"]


def heads_per_slot(problem: PlanningProblem, roster: SlotRoster) -> list[dict[int, int]]:
    """Count agents on duty and not on break, per slot and skill group.

    Returns
    -------
    list of dict
        One dict per slot of the horizon: group index to heads (groups without heads left out).
    """
    heads: list[dict[int, int]] = [{} for _ in range(problem.slots)]
    table = problem.options
    for choice in roster.choices:
        agent = problem.agents[choice.agent_idx]
        on_break = range(
            choice.break_start,
            choice.break_start + int(table.break_slots[choice.option_idx]),
        )
        start, end = int(table.start[choice.option_idx]), int(table.end[choice.option_idx])
        for slot in range(start, min(end, problem.slots)):
            if choice.break_start >= 0 and slot in on_break:
                continue
            group = _group_at(agent.groups, slot)
            heads[slot][group] = heads[slot].get(group, 0) + 1
    return heads


def _group_at(groups: Sequence[tuple[int, int]], slot: int) -> int:
    return next(group for from_slot, group in reversed(groups) if from_slot <= slot)


def best_split(
    heads: dict[int, int],
    groups: Sequence[Sequence[int]],
    need: Sequence[int],
    values: Sequence[Sequence[int]],
) -> dict[tuple[int, int], int]:
    """Spread the heads of one slot over the queues so that the value of the need met is largest.

    Parameters
    ----------
    heads : dict
        Group index to number of agents.
    groups : sequence
        Queue indices each group may serve.
    need : sequence of int
        Agents needed per queue.
    values : sequence of sequence of int
        Worth of each unit of need per queue, most valuable first.

    Returns
    -------
    dict
        ``(group, queue)`` to number of agents, positive entries only.
    """
    free = dict(heads)
    flow: dict[tuple[int, int], int] = {}
    met = [0] * len(need)
    units = sorted(
        (
            (-values[queue][unit], unit, queue)
            for queue in range(len(need))
            for unit in range(need[queue])
        ),
    )
    for _, _, queue in units:
        if _augment(queue, free, flow, groups):
            met[queue] += 1
    return {key: amount for key, amount in flow.items() if amount}


def _augment(
    queue: int,
    free: dict[int, int],
    flow: dict[tuple[int, int], int],
    groups: Sequence[Sequence[int]],
) -> bool:
    """Bring one more agent to `queue`, moving others along a path if need be."""
    came_from: dict[int, tuple[int, int] | None] = {queue: None}
    pending = [queue]
    for wanted in pending:
        for group in sorted(free):
            if wanted not in groups[group]:
                continue
            if free[group] > 0:
                free[group] -= 1
                step: tuple[int, int] | None = (group, wanted)
                while step is not None:
                    mover, target = step
                    flow[mover, target] = flow.get((mover, target), 0) + 1
                    step = came_from[target]
                    if step is not None:
                        flow[step[0], target] -= 1
                return True
            for served in groups[group]:
                if served not in came_from and flow.get((group, served), 0) > 0:
                    came_from[served] = (group, wanted)
                    pending.append(served)
    return False


def split_cents(problem: PlanningProblem, heads: list[dict[int, int]]) -> tuple[int, int]:
    """Return the cost (cents) of shortage and of idle agents under the best split of every slot."""
    short = idle = 0
    known: dict[tuple[object, ...], tuple[int, int]] = {}
    for slot, here in enumerate(heads):
        need = tuple(queue.need[slot] for queue in problem.queues)
        key = (need, tuple(sorted(here.items())))
        if key not in known:
            values = [
                unit_values(n, q.short_cents) for n, q in zip(need, problem.queues, strict=True)
            ]
            flow = best_split(here, problem.groups, need, values)
            met = [0] * len(need)
            for (_, queue), amount in flow.items():
                met[queue] += amount
            missing = sum(sum(values[queue][met[queue] :]) for queue in range(len(need)))
            known[key] = missing, (sum(here.values()) - sum(met)) * problem.idle_cents
        missing, spare = known[key]
        short += missing
        idle += spare
    return short, idle
