"""One column per agent at the least cost: a mixed-integer programme over columns met."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder_helper as helpers

from solver.columns.generation import Generation
from solver.columns.pool import use_of
from solver.search.budget import Budget

__all__ = ["Partition", "best_partition"]

_POLL_SECONDS = 0.1
_NODES = 100


@dataclass(frozen=True, slots=True)
class Partition:
    """What the programme came to.

    Parameters
    ----------
    columns : list of int or None
        One per agent; None when nothing better was found.
    complete : bool
        Whether no better choice of these columns exists.
    """

    columns: list[int] | None
    complete: bool


def best_partition(
    generation: Generation,
    columns: NDArray[np.int64],
    budget: Budget,
    *,
    incumbent: float,
    seconds: float,
    engine: str = "highs",
) -> Partition:
    """Choose one of `columns` for every agent so that the roster costs least.

    Parameters
    ----------
    incumbent : float
        Only rosters of less cost (cents) are looked for.
    seconds : float
        Time to spend at most; under a work limit a number of nodes stands for it.
    """
    pool, cover = generation.pool, generation.cover
    model = helpers.ModelBuilderHelper()
    far = math.inf
    owner = pool.agent[columns]
    for column in columns.tolist():
        model.set_var_objective_coefficient(model.add_var(), float(pool.cost[column]))
    count = len(columns)
    for index in range(count):
        model.set_var_lower_bound(index, 0.0)
        model.set_var_upper_bound(index, 1.0)
        model.set_var_integrality(index, True)
    terms: list[tuple[list[int], list[float]]] = [([], []) for _ in cover.right]
    for index, column in enumerate(columns.tolist()):
        for row in pool.heads[column].tolist():
            terms[row][0].append(index)
            terms[row][1].append(1.0)
    for extra in cover.extras:
        index = model.add_var()
        model.set_var_lower_bound(index, 0.0)
        model.set_var_upper_bound(index, far if extra.most < 0 else float(extra.most))
        model.set_var_objective_coefficient(index, float(extra.cents))
        for row, coefficient in extra.terms:
            terms[row][0].append(index)
            terms[row][1].append(float(coefficient))
    for right, (indices, factors) in zip(cover.right.tolist(), terms, strict=True):
        _row(model, float(right), float(right), indices, factors)
    for agent_idx in range(len(generation.tables)):
        mine = np.flatnonzero(owner == agent_idx).tolist()
        if not mine:
            return Partition(None, False)
        _row(model, 1.0, 1.0, mine, [1.0] * len(mine))
    for limit, rule in enumerate(generation.limits):
        indices, factors = [], []
        for index in np.flatnonzero(owner == rule.agent_idx).tolist():
            rows = pool.rows[columns[index]]
            used = use_of(generation.problem, rule, rows[rows >= 0])
            if used:
                indices.append(index)
                factors.append(float(used))
        if sum(factors) > generation.right[limit]:
            _row(model, -far, float(generation.right[limit]), indices, factors)
    if incumbent < 1e12:
        everything = model.num_variables()
        factors = [model.var_objective_coefficient(i) for i in range(everything)]
        chosen = [i for i, f in enumerate(factors) if f]
        top = incumbent - 1.0 - cover.constant + 1e-6
        _row(model, -far, top, chosen, [factors[i] for i in chosen])
    return _run(model, columns, owner, len(generation.tables), budget, seconds, engine)


def _row(
    model: helpers.ModelBuilderHelper,
    low: float,
    high: float,
    indices: Sequence[int],
    factors: Sequence[float],
) -> None:
    row = model.add_linear_constraint()
    model.set_constraint_lower_bound(row, low)
    model.set_constraint_upper_bound(row, high)
    for index, factor in zip(indices, factors, strict=True):
        model.add_term_to_constraint(row, index, factor)


def _run(
    model: helpers.ModelBuilderHelper,
    columns: NDArray[np.int64],
    owner: NDArray[np.int32],
    agents: int,
    budget: Budget,
    seconds: float,
    engine: str,
) -> Partition:
    solver = helpers.ModelSolverHelper(engine)
    solver.enable_output(False)
    parameters = ["output_flag=false"] if engine == "highs" else []
    if budget.params.work_limit:
        # nodes in place of time: the same run twice
        name = "mip_max_nodes" if engine == "highs" else "limits/nodes"
        parameters.append(f"{name} = {_NODES}")
        budget.spend(len(columns))
    else:
        solver.set_time_limit_in_seconds(seconds)
    solver.set_solver_specific_parameters("\n".join(parameters))
    thread = threading.Thread(target=solver.solve, args=(model,))
    thread.start()
    while thread.is_alive():
        thread.join(_POLL_SECONDS)
        if budget.over():
            solver.interrupt_solve()
    if not solver.has_solution():
        return Partition(None, solver.status() == helpers.SolveStatus.INFEASIBLE)
    values = np.array(solver.variable_values())[: len(columns)]
    chosen = [int(np.flatnonzero(owner == a)[np.argmax(values[owner == a])]) for a in range(agents)]
    complete = solver.status() == helpers.SolveStatus.OPTIMAL
    return Partition([int(columns[index]) for index in chosen], complete)
