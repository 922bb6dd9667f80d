"""A roster under way: every agent's shifts, and cover kept at its best split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.kernels import cover as kernels
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, agent_cost, to_choices
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem, unit_values
from solver.roster import SlotRoster

__all__ = ["CoverArrays", "RosterState", "from_slot_roster", "to_slot_roster"]


class CoverArrays:
    """Need, prices and skill groups as arrays.

    Attributes
    ----------
    need : (queues, slots) int array
    prices : (queues, 3) int array
        Cost per slot of a missing unit in the high, middle and low tier.
    serves : (groups, queues) bool array
    """

    def __init__(self, problem: PlanningProblem) -> None:
        queues = len(problem.queues)
        self.need = np.zeros((queues, problem.slots), dtype=np.int64)
        self.prices = np.zeros((queues, 3), dtype=np.int64)
        for index, queue in enumerate(problem.queues):
            self.need[index] = queue.need
            self.prices[index] = queue.short_cents
        self.serves = np.zeros((len(problem.groups), queues), dtype=np.bool_)
        for index, group in enumerate(problem.groups):
            self.serves[index, list(group)] = True
        self.idle_cents = problem.idle_cents
        self.empty_cents = sum(
            sum(unit_values(need, queue.short_cents))
            for queue in problem.queues
            for need in queue.need
        )


class RosterState:
    """Shifts of all agents and the cover they give, changed one agent at a time.

    Parameters
    ----------
    problem, tables, cover
        The problem, its per-agent tables and its cover arrays.

    Attributes
    ----------
    rosters : list of AgentRoster
        Present shifts per agent.
    cost_cents : int
        Cost of the present roster, all terms.
    """

    def __init__(
        self, problem: PlanningProblem, tables: Sequence[AgentTables], cover: CoverArrays
    ) -> None:
        self.problem, self.tables, self.cover = problem, tables, cover
        queues, slots = cover.need.shape
        groups = len(problem.groups)
        self._flow = np.zeros((slots, queues, groups), dtype=np.int32)
        self._met = np.zeros((slots, queues), dtype=np.int32)
        self._free = np.zeros((slots, groups), dtype=np.int32)
        self._dirty = np.ones(slots, dtype=np.uint8)
        self._cache = np.zeros((slots, groups), dtype=np.int64)
        self.rosters: list[AgentRoster] = [NO_SHIFTS] * len(tables)
        self._agent_cents = [agent_cost(problem, table, NO_SHIFTS) for table in tables]
        self._short = cover.empty_cents

    @property
    def cost_cents(self) -> int:
        """Cost of the present roster, all terms, cover at the best split."""
        idle = int(self._free.sum()) * self.cover.idle_cents
        return self._short + idle + sum(self._agent_cents)

    def put(self, agent_idx: int, roster: AgentRoster) -> None:
        """Replace an agent's shifts."""
        self._move(agent_idx, self.rosters[agent_idx], kernels.remove_shift, 1)
        self._move(agent_idx, roster, kernels.add_shift, -1)
        self.rosters[agent_idx] = roster
        self._agent_cents[agent_idx] = agent_cost(self.problem, self.tables[agent_idx], roster)

    def _move(self, agent_idx: int, roster: AgentRoster, kernel: object, sign: int) -> None:
        table, cover = self.problem.options, self.cover
        groups = self.tables[agent_idx].groups
        for row, at in roster:
            value = kernel(  # type: ignore[operator]
                table.start[row],
                table.end[row],
                at,
                at + table.break_slots[row],
                groups,
                cover.need,
                cover.prices,
                cover.serves,
                self._flow,
                self._met,
                self._free,
                self._dirty,
            )
            self._short += sign * int(value)

    def gains(self, agent_idx: int, out: NDArray[np.float64]) -> None:
        """Fill `out` with the worth (cents) of one more presence of this agent, slot by slot."""
        cover = self.cover
        kernels.agent_gains(
            self.tables[agent_idx].groups,
            cover.need,
            cover.prices,
            cover.serves,
            self._flow,
            self._met,
            self._dirty,
            self._cache,
            cover.idle_cents,
            out,
        )

    def snapshot(self) -> list[AgentRoster]:
        """Return the present shifts; rosters are never changed in place."""
        return list(self.rosters)

    def restore(self, rosters: Sequence[AgentRoster]) -> None:
        """Go back to a snapshot."""
        for agent_idx, roster in enumerate(rosters):
            if roster is not self.rosters[agent_idx]:
                self.put(agent_idx, roster)


def to_slot_roster(problem: PlanningProblem, rosters: Sequence[AgentRoster]) -> SlotRoster:
    """Return the shifts of all agents as records."""
    return SlotRoster(
        tuple(
            choice
            for agent_idx, roster in enumerate(rosters)
            for choice in to_choices(problem, agent_idx, roster)
        )
    )


def from_slot_roster(roster: SlotRoster, agents: int) -> list[AgentRoster]:
    """Return the records as one array per agent."""
    rows: list[list[tuple[int, int]]] = [[] for _ in range(agents)]
    for choice in sorted(roster.choices):
        rows[choice.agent_idx].append((choice.option_idx, choice.break_start))
    return [np.array(pairs, dtype=np.int64).reshape(-1, 2) for pairs in rows]
