"""A roster under way: every agent's shifts, and cover kept at its best split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.kernels.common import Array
from solver.kernels.cover import add_shifts, agent_gains, remove_shifts, worth_of
from solver.kernels.cover_state import CoverState, cover_state
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, own_cost, to_choices
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
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
    empty_cents : int
        Cost of shortage with nobody on duty.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        queues = len(problem.queues)
        self.groups = problem.groups
        self.need = np.zeros((queues, problem.slots), dtype=np.int64)
        self.prices = np.zeros((queues, 3), dtype=np.int64)
        for index, queue in enumerate(problem.queues):
            self.need[index] = queue.need
            self.prices[index] = queue.short_cents
        self.serves = np.zeros((len(problem.groups), queues), dtype=np.bool_)
        for index, group in enumerate(problem.groups):
            self.serves[index, list(group)] = True
        self.idle_cents = problem.idle_cents
        self.empty_cents = int(worth_of(self.need, self.prices, self.need.T))

    def nobody(self, most_heads: int) -> CoverState:
        """Return the cover of nobody on duty, for up to `most_heads` agents in a slot."""
        return cover_state(
            self.need, self.prices, self.groups, self.idle_cents, most_heads=most_heads
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

    Notes
    -----
    Not for two threads at a time: `gains`, too, works in the state.
    """

    def __init__(self, problem: PlanningProblem, tables: Tables, cover: CoverArrays) -> None:
        self.problem, self.tables, self.cover = problem, tables, cover
        # Shifts of one agent may overlap where two of the agent's days do (over the date line).
        self._state = cover.nobody(2 * len(tables))
        self._segments = [
            np.array(agent.groups, dtype=np.int32).T.copy() for agent in problem.agents
        ]
        self.rosters: list[AgentRoster] = [NO_SHIFTS] * len(tables)
        self._agent_cents = [
            own_cost(tables, agent_idx, NO_SHIFTS) for agent_idx in range(len(tables))
        ]
        self._agents_cents = sum(self._agent_cents)
        self._short_cents = cover.empty_cents

    @property
    def cost_cents(self) -> int:
        """Cost of the present roster, all terms, cover at the best split."""
        return sum(self.split_cents) + self._agents_cents

    @property
    def split_cents(self) -> tuple[int, int]:
        """Cost of shortage and of idle agents under the best split."""
        return self._short_cents, int(self._state.idle[0]) * self.cover.idle_cents

    def put(self, agent_idx: int, roster: AgentRoster) -> None:
        """Replace an agent's shifts."""
        self._short_cents += int(remove_shifts(*self._shifts(agent_idx, self.rosters[agent_idx])))
        self._short_cents -= int(add_shifts(*self._shifts(agent_idx, roster)))
        self.rosters[agent_idx] = roster
        cents = own_cost(self.tables, agent_idx, roster)
        self._agents_cents += cents - self._agent_cents[agent_idx]
        self._agent_cents[agent_idx] = cents

    def _shifts(
        self, agent_idx: int, roster: AgentRoster
    ) -> tuple[CoverState, Array, Array, Array, Array, Array, Array]:
        """Return what the cover kernels ask for, to add or remove all shifts of a roster."""
        table, rows, at = self.problem.options, roster[:, 0], roster[:, 1].copy()
        seg_from, seg_group = self._segments[agent_idx]
        until = at + table.break_slots[rows]
        return self._state, table.start[rows], table.end[rows], at, until, seg_from, seg_group

    def gains_without(self, agent_idx: int, out: NDArray[np.float32] | NDArray[np.float64]) -> None:
        """Fill `out` as `gains` would if the agent had no shifts."""
        shifts = self._shifts(agent_idx, self.rosters[agent_idx])
        remove_shifts(*shifts)
        self.gains(agent_idx, out)
        add_shifts(*shifts)

    def gains(self, agent_idx: int, out: NDArray[np.float32] | NDArray[np.float64]) -> None:
        """Fill `out` with the worth (cents) of one more presence of this agent, slot by slot."""
        seg_from, seg_group = self._segments[agent_idx]
        agent_gains(self._state, seg_from, seg_group, out)

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
