"""The linear master: rosters mixed so that cover costs least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp  # type: ignore[attr-defined]

from solver.columns.cover import CoverRows
from solver.columns.pool import Limit, Pool, use_of
from solver.problem import PlanningProblem

__all__ = ["Answer", "Master"]

_PARAMETERS = (
    "use_preprocessing:false use_scaling:false allow_simplex_algorithm_change:true "
    "change_status_to_imprecise:false"
)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """An optimum of the master.

    Parameters
    ----------
    cents : float
        Cost, that of need which nobody may serve included.
    missing : float
        Agents without a roster, all together; above 0 where the columns do not suffice.
    columns : (used,) int array
        Columns at a value above zero, by number in the pool.
    values : (used,) array
    row_prices : (cover rows,) array
    agent_prices : (agents,) array
    limit_prices : (limits,) array
        What one more unit of each limit would save, not below 0.
    """

    cents: float
    missing: float
    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    row_prices: NDArray[np.float64]
    agent_prices: NDArray[np.float64]
    limit_prices: NDArray[np.float64]


class Master:
    """The programme under way; columns come and go.

    Parameters
    ----------
    limits : sequence of Limit
        Limits to be kept by the mixture of each agent's columns.
    right : (limits,) array
        What each of them leaves.
    dear : float
        Cost of an agent without roster, and of a unit above a limit.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        cover: CoverRows,
        pool: Pool,
        limits: Sequence[Limit],
        right: NDArray[np.int64],
        dear: float,
    ) -> None:
        self._problem, self._cover, self._pool = problem, cover, pool
        lp = pywraplp.Solver.CreateSolver("GLOP")
        lp.SetSolverSpecificParametersAsString(_PARAMETERS)
        self._lp = lp
        far = lp.infinity()
        self._rows = [lp.Constraint(float(b), float(b)) for b in cover.right]
        self._one = [lp.Constraint(1.0, 1.0) for _ in problem.agents]
        self._limit_rows = [lp.Constraint(-far, float(left)) for left in right]
        self._limits: Mapping[int, list[tuple[int, Limit]]] = {}
        by_agent: dict[int, list[tuple[int, Limit]]] = {}
        for index, rule in enumerate(limits):
            by_agent.setdefault(rule.agent_idx, []).append((index, rule))
        self._limits = by_agent
        self._goal = lp.Objective()
        self._goal.SetMinimization()
        self._goal.SetOffset(float(cover.constant))
        for extra in cover.extras:
            most = far if extra.most < 0 else float(extra.most)
            variable = lp.NumVar(0.0, most, "")
            self._goal.SetCoefficient(variable, float(extra.cents))
            for row, coefficient in extra.terms:
                self._rows[row].SetCoefficient(variable, float(coefficient))
        self._dear = dear
        self._absent = []
        for row in self._one:
            variable = lp.NumVar(0.0, far, "")
            self._goal.SetCoefficient(variable, dear)
            row.SetCoefficient(variable, 1.0)
            self._absent.append(variable)
        for row in self._limit_rows:
            variable = lp.NumVar(0.0, far, "")
            self._goal.SetCoefficient(variable, dear)
            row.SetCoefficient(variable, -1.0)
            self._absent.append(variable)
        self._variables: dict[int, pywraplp.Variable] = {}
        self._closed: set[int] = set()

    def __contains__(self, column: int) -> bool:
        return column in self._variables and column not in self._closed

    @property
    def open_columns(self) -> NDArray[np.int64]:
        """Columns that may be used."""
        return np.array([c for c in self._variables if c not in self._closed], dtype=np.int64)

    @property
    def closed(self) -> list[int]:
        """Columns kept out."""
        return sorted(self._closed)

    def add(self, columns: Iterable[int]) -> int:
        """Let columns take part; return how many did not before."""
        more = 0
        pool = self._pool
        for column in columns:
            if column in self._variables:
                if column in self._closed:
                    self._closed.discard(column)
                    self._variables[column].SetUb(self._lp.infinity())
                    more += 1
                continue
            more += 1
            agent_idx = int(pool.agent[column])
            variable = self._lp.NumVar(0.0, self._lp.infinity(), "")
            self._goal.SetCoefficient(variable, float(pool.cost[column]))
            self._one[agent_idx].SetCoefficient(variable, 1.0)
            for row in pool.heads[column].tolist():
                self._rows[row].SetCoefficient(variable, 1.0)
            if agent_idx in self._limits:
                worked = pool.rows[column]
                worked = worked[worked >= 0]
                for index, rule in self._limits[agent_idx]:
                    used = use_of(self._problem, rule, worked)
                    if used:
                        self._limit_rows[index].SetCoefficient(variable, float(used))
            self._variables[column] = variable
        return more

    def close(self, columns: Iterable[int]) -> None:
        """Keep columns out."""
        for column in columns:
            if column in self._variables and column not in self._closed:
                self._closed.add(column)
                self._variables[column].SetUb(0.0)

    def solve(self) -> Answer:
        """Return the optimum."""
        status = self._lp.Solve()
        if status != pywraplp.Solver.OPTIMAL:
            raise AssertionError(f"the master ended with status {status}")
        columns, values = [], []
        for column, variable in self._variables.items():
            value = variable.solution_value()
            if value > 1e-7:
                columns.append(column)
                values.append(value)
        return Answer(
            self._goal.Value(),
            sum(variable.solution_value() for variable in self._absent),
            np.array(columns, dtype=np.int64),
            np.array(values),
            np.array([row.dual_value() for row in self._rows]),
            np.array([row.dual_value() for row in self._one]),
            np.maximum(0.0, -np.array([row.dual_value() for row in self._limit_rows])),
        )
