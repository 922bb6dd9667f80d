"""From prices to a roster: agents re-made one at a time against true cover blended with prices."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from solver.kernels.prices import Market, price_gains
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, agents_at_once, own_cost
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
from solver.rules import Pin
from solver.search.budget import Budget
from solver.search.remake import Remaker, count_slopes
from solver.search.state import CoverArrays, RosterState

__all__ = ["SHARED_FROM", "Rounding"]

_CHUNK = 64
SHARED_FROM = 200
"""From so many agents on, threads share one roster under way."""

Values = NDArray[np.float32]


class Rounding:
    """Holds the best lawful roster found and improves it.

    Threads re-make different agents at the same time. While one looks for an agent's best roster,
    the old one stays in the cover: nobody else may take the place of somebody who may well keep it.

    Parameters
    ----------
    problem, tables, cover, market
        The problem and its arrays.
    seed : int
        Seed of all random choices.
    workers : int
        Threads.
    by_work : bool
        Count turns instead of time: for repeatable runs.

    Attributes
    ----------
    best_cents : int
        Cost of the best roster so far.
    best : list of AgentRoster
        That roster.
    without_roster : set of int
        Agents for whom no lawful roster was found at their latest turn; they have their pins.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Tables,
        cover: CoverArrays,
        market: Market,
        *,
        seed: int,
        workers: int = 1,
        by_work: bool = False,
    ) -> None:
        self._problem, self._tables, self._cover, self._market = problem, tables, cover, market
        self._workers = max(1, min(workers, len(tables)))
        self._remaker = Remaker(problem, tables, seed, workers=self._workers, by_work=by_work)
        self._random = random.Random(seed)
        self._at_once = min(_CHUNK, agents_at_once(tables.exact))
        self._state = RosterState(problem, tables, cover)
        self._gains = [np.zeros(problem.slots, dtype=np.float32) for _ in range(self._workers)]
        self._priced = [np.zeros(problem.slots, dtype=np.float32) for _ in range(self._workers)]
        self._pool = ThreadPoolExecutor(self._workers)
        self._lock = Lock()
        self.pinned = _pinned_rosters(problem, len(tables))
        self._state.restore(self.pinned)
        self._lawful = [False] * len(tables)
        self.without_roster: set[int] = set()
        self.best = self._state.snapshot()
        self.best_cents = self._state.cost_cents

    def greedy(self, budget: Budget) -> None:
        """Build a first roster: agents with the fewest queues first, each at its best."""
        budget.found(self.best_cents)
        groups = [
            sum(len(self._problem.groups[g]) for _, g in a.groups) for a in self._problem.agents
        ]
        order = sorted(range(len(self._tables)), key=lambda a: (groups[a], self._random.random()))
        self._sweep(order, 0.0, None, budget)
        self._keep(budget)

    def from_prices(
        self,
        rosters: Sequence[AgentRoster | None],
        mu: NDArray[np.float32],
        budget: Budget,
        blends: Iterable[float],
        *,
        sweeps: int = 4,
    ) -> None:
        """Round the rosters of a price pass into one lawful roster; keep it if it is the best."""
        for agent_idx, roster in enumerate(rosters):
            self._state.put(agent_idx, self.pinned[agent_idx] if roster is None else roster)
            self._lawful[agent_idx] = False
        for blend in blends:
            if not self._sweep(self._shuffled(), blend, mu, budget):
                return
            self._keep(budget)  # whoever was re-made is lawful
        self.polish(budget, sweeps=sweeps)

    def polish(self, budget: Budget, *, sweeps: int) -> None:
        """Re-make everybody at the true cover until nothing improves."""
        for _ in range(sweeps):
            before = self._state.cost_cents
            finished = self._sweep(self._shuffled(), 0.0, None, budget)
            self._keep(budget)
            if not finished or self._state.cost_cents >= before:
                return

    def accept(self, rosters: Sequence[AgentRoster], budget: Budget) -> None:
        """Take over a lawful roster found elsewhere if it is the best."""
        self._state.restore(rosters)
        self._keep(budget)

    def best_split_cents(self) -> tuple[int, int]:
        """Return the cost of shortage and of idle agents in the best roster."""
        self._state.restore(self.best)
        return self._state.split_cents

    def take_over(self, other: Rounding) -> None:
        """Take over the best roster of another search of the same problem if it is better."""
        if other.best_cents < self.best_cents:
            self.best_cents, self.best = other.best_cents, other.best
            self.without_roster = set(other.without_roster)

    def _keep(self, budget: Budget) -> None:
        cost = self._state.cost_cents
        if cost < self.best_cents:
            self.best_cents, self.best = cost, self._state.snapshot()
            budget.found(cost)

    def _shuffled(self) -> list[int]:
        order = list(range(len(self._tables)))
        self._random.shuffle(order)
        return order

    def _sweep(
        self,
        order: Sequence[int],
        blend: float,
        mu: NDArray[np.float32] | None,
        budget: Budget,
    ) -> bool:
        """Re-make every agent once; return False when stopped early."""

        def turns(worker: int, share: Sequence[int]) -> None:
            for agent_idx in share:
                self._remake(agent_idx, blend, mu, budget, worker)

        workers = self._workers if len(order) >= SHARED_FROM else 1
        size = self._at_once * workers
        for at in range(0, len(order), size):
            if budget.over():
                return False
            block = order[at : at + size]
            if workers == 1:
                turns(0, block)
            else:
                shares = [block[worker::workers] for worker in range(workers)]
                list(self._pool.map(turns, range(workers), shares))
        return True

    def _remake(
        self,
        agent_idx: int,
        blend: float,
        mu: NDArray[np.float32] | None,
        budget: Budget,
        worker: int = 0,
    ) -> None:
        state, tables = self._state, self._tables[agent_idx]
        gains = self._gains[worker]
        old = state.rosters[agent_idx]
        with self._lock:
            state.gains_without(agent_idx, gains)
        values = gains
        if mu is not None and blend > 0.0:
            values = self._priced[worker]
            price_gains(self._market, agent_idx, mu, values)
            values *= np.float32(blend)
            values += np.float32(1.0 - blend) * gains
        slopes = count_slopes(self._problem, tables, old)
        new = self._remaker.remake(
            agent_idx, values, slopes, seconds_left=budget.left, worker=worker
        )
        budget.spend(1)
        if new is None:
            self.without_roster.add(agent_idx)
            new = self.pinned[agent_idx]
        else:
            self.without_roster.discard(agent_idx)
        if (
            blend == 0.0
            and not tables.exact
            and self._lawful[agent_idx]
            and self._net(agent_idx, old, gains) < self._net(agent_idx, new, gains)
        ):
            new = old
        self._lawful[agent_idx] = True
        with self._lock:
            state.put(agent_idx, new)

    def _net(self, agent_idx: int, roster: AgentRoster, gains: Values) -> float:
        """Return an agent's own cost less what the shifts are worth to cover."""
        table = self._problem.options
        prefix = np.concatenate(([0.0], np.cumsum(gains, dtype=np.float64)))
        top = len(prefix) - 1
        rows, at = roster[:, 0], roster[:, 1]
        worth = prefix[np.minimum(table.end[rows], top)] - prefix[table.start[rows]]
        has_break = at >= 0
        from_slot = np.minimum(at[has_break], top)
        to_slot = np.minimum(at[has_break] + table.break_slots[rows][has_break], top)
        lost = prefix[to_slot] - prefix[from_slot]
        return own_cost(self._tables, agent_idx, roster) - float(worth.sum() - lost.sum())


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
