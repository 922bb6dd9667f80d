"""Columns: lawful rosters of single agents that have been met, with what they cost and cover."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.pricing.pricer import AgentRoster
from solver.problem import PlanningProblem
from solver.rules import CountLimit

__all__ = ["Limit", "Pool", "left_of", "use_of"]

Limit = CountLimit
"""Limits that columns may break one by one, to be kept by their mixture."""

_FIRST_ROOM = 1024


def use_of(problem: PlanningProblem, rule: Limit, rows: NDArray[np.int64]) -> int:
    """Return how much of a limit some shifts use up."""
    table = problem.options
    days = table.day[rows]
    inside = (rule.first_day <= days) & (days < rule.end_day)
    return int(np.count_nonzero(inside & ((table.flags[rows] & rule.flag) != 0)))


def left_of(rule: Limit) -> int:
    """Return how much of a limit the history has left."""
    return max(0, rule.max_count - rule.carry_count)


class Pool:
    """All columns met, numbered from 0.

    Attributes
    ----------
    agent : (columns,) int array
    cost : (columns,) int array
        Cents without cover.
    rows, breaks : (columns, days) int32 arrays
        Option and break start per day, -1 for none.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._days = max((agent.days for agent in problem.agents), default=0)
        self._seen: dict[bytes, int] = {}
        self._count = 0
        self._agent = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self._cost = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self._rows = np.full((_FIRST_ROOM, self._days), -1, dtype=np.int32)
        self._breaks = np.full((_FIRST_ROOM, self._days), -1, dtype=np.int32)
        self.heads: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return self._count

    @property
    def agent(self) -> NDArray[np.int32]:
        """Agent of each column."""
        return self._agent[: self._count]

    @property
    def cost(self) -> NDArray[np.int64]:
        """Cost of each column without cover."""
        return self._cost[: self._count]

    @property
    def rows(self) -> NDArray[np.int32]:
        """Options of each column, day by day."""
        return self._rows[: self._count]

    def known(self, agent_idx: int, rows: NDArray[np.int32], breaks: NDArray[np.int32]) -> int:
        """Return the number of a column, -1 if it was not met."""
        return self._seen.get(_key(agent_idx, rows, breaks), -1)

    def add(
        self,
        agent_idx: int,
        rows: NDArray[np.int32],
        breaks: NDArray[np.int32],
        cost: int,
        heads: NDArray[np.int64],
    ) -> int:
        """Add a column and return its number.

        Parameters
        ----------
        rows, breaks : (days,) arrays
            Option and break start per day, -1 for none.
        heads : array
            Rows of the cover in which the agent is on duty.
        """
        key = _key(agent_idx, rows, breaks)
        if key in self._seen:
            return self._seen[key]
        index = self._count
        if index == len(self._agent):
            self._grow()
        self._agent[index], self._cost[index] = agent_idx, cost
        self._rows[index, : len(rows)] = rows
        self._breaks[index, : len(breaks)] = breaks
        self.heads.append(heads)
        self._seen[key] = index
        self._count += 1
        return index

    def roster(self, index: int) -> AgentRoster:
        """Return a column as an agent's roster."""
        rows, breaks = self._rows[index], self._breaks[index]
        worked = rows >= 0
        return np.stack([rows[worked], breaks[worked]], axis=1).astype(np.int64)

    def _grow(self) -> None:
        room = 2 * len(self._agent)
        self._agent = np.resize(self._agent, room)
        self._cost = np.resize(self._cost, room)
        self._rows = np.concatenate([self._rows, np.full_like(self._rows, -1)])
        self._breaks = np.concatenate([self._breaks, np.full_like(self._breaks, -1)])


def _key(agent_idx: int, rows: NDArray[np.int32], breaks: NDArray[np.int32]) -> bytes:
    head = np.array([agent_idx, len(rows)], dtype=np.int32)
    return head.tobytes() + rows.astype(np.int32).tobytes() + breaks.astype(np.int32).tobytes()
