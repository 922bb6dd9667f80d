"""How large the whole model would be, without building it."""

from __future__ import annotations

import numpy as np

from solver.problem import PlanningProblem

__all__ = ["model_size"]


def model_size(problem: PlanningProblem) -> int:
    """Estimate the variables of the whole model, for the choice of method.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.

    Returns
    -------
    int
        Options, break starts (per agent, day and break length: the span of the windows) and flows
        (per slot: each group with each queue in need that it may serve). Mostly a little too high,
        because slots alike are modelled once.
    """
    table = problem.options
    with_break = table.break_slots > 0
    keys = np.stack([table.agent, table.day, table.break_slots])[:, with_break]
    spans = 0
    if keys.size:
        _, group = np.unique(keys, axis=1, return_inverse=True)
        group = group.ravel()
        first = np.full(group.max() + 1, np.iinfo(np.int32).max, dtype=np.int64)
        last = np.full(group.max() + 1, -1, dtype=np.int64)
        np.minimum.at(first, group, table.break_from[with_break])
        np.maximum.at(last, group, table.break_until[with_break])
        spans = int((last - first + 1).sum())
    slots_in_need = [sum(need > 0 for need in queue.need) for queue in problem.queues]
    flows = sum(slots_in_need[queue_idx] for group in problem.groups for queue_idx in group)
    return len(table) + spans + flows
