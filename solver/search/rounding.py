"""From prices to a roster: agents re-made one at a time against true cover blended with prices."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.kernels.prices import price_gains
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, agent_cost
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem
from solver.rules import Pin
from solver.search.budget import Budget
from solver.search.remake import Remaker, count_slopes
from solver.search.state import CoverArrays, RosterState

__all__ = ["Rounding"]

BLENDS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0)
SHORT_BLENDS = (0.8, 0.5, 0.2, 0.0)
_RUIN_SIZES = (2, 3, 4)


class Rounding:
    """Holds the best lawful roster found and improves it.

    Parameters
    ----------
    problem, tables, cover
        The problem and its arrays.
    seed : int
        Seed of all random choices.

    Attributes
    ----------
    best_cents : int
        Cost of the best lawful roster so far.
    best : list of AgentRoster
        That roster.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Sequence[AgentTables],
        cover: CoverArrays,
        *,
        seed: int,
    ) -> None:
        self._problem, self._tables, self._cover = problem, tables, cover
        self._remaker = Remaker(problem, tables, seed)
        self._random = random.Random(seed)
        self._state = RosterState(problem, tables, cover)
        self._gains = np.zeros(problem.slots)
        self._priced = np.zeros(problem.slots)
        self._pinned = _pinned_rosters(problem, len(tables))
        self._state.restore(self._pinned)
        self.best = self._state.snapshot()
        self.best_cents = self._state.cost_cents

    def greedy(self, budget: Budget) -> None:
        """Build a first roster: agents with the fewest queues first, each at its best."""
        budget.found(self.best_cents)
        reach = [
            int(self._cover.serves[np.unique(table.groups)].any(axis=0).sum())
            for table in self._tables
        ]
        order = sorted(range(len(self._tables)), key=lambda a: (reach[a], self._random.random()))
        self._sweep(order, 0.0, None, budget)
        self._keep(budget)
        self._polish(budget, sweeps=1)

    def from_prices(
        self,
        rosters: Sequence[AgentRoster | None],
        mu: NDArray[np.float64],
        budget: Budget,
        blends: Sequence[float] = BLENDS,
    ) -> None:
        """Round the rosters of a price pass into one lawful roster; keep it if it is the best."""
        for agent_idx, roster in enumerate(rosters):
            self._state.put(agent_idx, self._pinned[agent_idx] if roster is None else roster)
        for blend in blends:
            if not self._sweep(self._shuffled(), blend, mu, budget):
                return
        self._keep(budget)
        self._polish(budget, sweeps=4)

    def ruin_and_recreate(self, budget: Budget, rounds: int) -> int:
        """Take a few agents out of the best roster and re-make them; return the cents gained."""
        self._state.restore(self.best)
        before = self.best_cents
        cost = self._state.cost_cents
        for _ in range(rounds):
            if budget.over():
                break
            agents = self._neighbours(self._random.choice(_RUIN_SIZES))
            old = [self._state.rosters[agent_idx] for agent_idx in agents]
            for agent_idx in agents:
                self._state.put(agent_idx, self._pinned[agent_idx])
            for agent_idx in agents:
                self._remake(agent_idx, 0.0, None, budget)
            now = self._state.cost_cents
            if now > cost:
                for agent_idx, roster in zip(agents, old, strict=True):
                    self._state.put(agent_idx, roster)
            else:
                cost = now
        self._keep(budget)
        return before - self.best_cents

    def accept(self, rosters: Sequence[AgentRoster], budget: Budget) -> None:
        """Take over a lawful roster found elsewhere if it is the best."""
        self._state.restore(rosters)
        self._keep(budget)

    def _polish(self, budget: Budget, *, sweeps: int) -> None:
        for _ in range(sweeps):
            before = self._state.cost_cents
            finished = self._sweep(self._shuffled(), 0.0, None, budget)
            self._keep(budget)
            if not finished or self._state.cost_cents >= before:
                return

    def _keep(self, budget: Budget) -> None:
        cost = self._state.cost_cents
        if cost < self.best_cents:
            self.best_cents, self.best = cost, self._state.snapshot()
            budget.found(cost)

    def _shuffled(self) -> list[int]:
        order = list(range(len(self._tables)))
        self._random.shuffle(order)
        return order

    def _neighbours(self, count: int) -> list[int]:
        """Choose agents that share a queue with a random first one."""
        agents = self._shuffled()
        first = agents[0]
        serves = self._cover.serves
        mine = serves[self._tables[first].groups[0]]
        alike = [a for a in agents[1:] if (serves[self._tables[a].groups[0]] & mine).any()]
        return [first, *alike[: count - 1]]

    def _sweep(
        self,
        order: Sequence[int],
        blend: float,
        mu: NDArray[np.float64] | None,
        budget: Budget,
    ) -> bool:
        """Re-make every agent once; return False when stopped early."""
        for agent_idx in order:
            if budget.over():
                return False
            self._remake(agent_idx, blend, mu, budget)
        return True

    def _remake(
        self, agent_idx: int, blend: float, mu: NDArray[np.float64] | None, budget: Budget
    ) -> None:
        state, tables = self._state, self._tables[agent_idx]
        old = state.rosters[agent_idx]
        state.put(agent_idx, NO_SHIFTS)
        gains = self._gains
        state.gains(agent_idx, gains)
        values = gains
        if mu is not None and blend > 0.0:
            price_gains(tables.groups, self._cover.serves, mu, self._cover.idle_cents, self._priced)
            values = (1.0 - blend) * gains + blend * self._priced
        slopes = count_slopes(self._problem, tables, old)
        new = self._remaker.remake(agent_idx, values, slopes, seconds_left=budget.left)
        keep_old = self._remaker.lawful(agent_idx, old)
        if blend == 0.0 and keep_old and self._net(tables, old) < self._net(tables, new):
            new = old
        state.put(agent_idx, new)

    def _net(self, tables: AgentTables, roster: AgentRoster) -> float:
        """Return an agent's own cost less what the shifts are worth to cover."""
        table = self._problem.options
        prefix = np.concatenate(([0.0], np.cumsum(self._gains)))
        top = len(prefix) - 1
        rows, at = roster[:, 0], roster[:, 1]
        worth = prefix[np.minimum(table.end[rows], top)] - prefix[table.start[rows]]
        has_break = at >= 0
        from_slot = np.minimum(at[has_break], top)
        to_slot = np.minimum(at[has_break] + table.break_slots[rows][has_break], top)
        lost = prefix[to_slot] - prefix[from_slot]
        return agent_cost(self._problem, tables, roster) - float(worth.sum() - lost.sum())


def _pinned_rosters(problem: PlanningProblem, agents: int) -> list[AgentRoster]:
    """Return the rosters that hold the pins and nothing else."""
    rows: list[list[tuple[int, int]]] = [[] for _ in range(agents)]
    for rule in problem.rules:
        if isinstance(rule, Pin):
            row = rule.option_idx
            rows[rule.agent_idx].append((row, int(problem.options.break_from[row])))
    return [
        np.array(sorted(pins), dtype=np.int64).reshape(-1, 2) if pins else NO_SHIFTS
        for pins in rows
    ]
