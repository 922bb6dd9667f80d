"""Prices of slots learnt by an incremental subgradient, and the lower bound they prove.

Each agent in turn takes the best roster for the present prices; the prices fall where the agent
works and all drift up where agents are still wanted [1]_. Any prices give a valid bound: what the
agents would pay at best plus what the cover would cost at best. Fairness rules, convex in a count,
get a slope per agent in the same manner.

References
----------
.. [1] A. Nedić, D. Bertsekas, "Incremental subgradient methods for nondifferentiable
   optimization", SIAM Journal on Optimization 12 (2001).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.kernels import prices as kernels
from solver.pricing.pricer import AgentRoster, Pricer
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem
from solver.rules import CountCost
from solver.search.budget import Budget
from solver.search.state import CoverArrays

__all__ = ["PriceSearch"]

_WINDOW = 6


class PriceSearch:
    """Prices under way.

    Parameters
    ----------
    problem, tables, cover
        The problem and its arrays.
    workers : int
        Threads; they share one price array without locks.
    seed : int
        Order of agents in each pass.

    Attributes
    ----------
    mu : (queues, slots) array
        Price (cents) of one agent on a queue in a slot.
    rosters : list of AgentRoster or None
        Each agent's best roster at its latest turn.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Sequence[AgentTables],
        cover: CoverArrays,
        *,
        workers: int,
        seed: int,
    ) -> None:
        self._problem, self._tables, self._cover = problem, tables, cover
        self._agents = len(tables)
        self._random = random.Random(seed)
        self._workers = max(1, min(workers, self._agents))
        self._pricers = [Pricer(problem, tables) for _ in range(self._workers)]
        self._gains = [np.zeros(problem.slots) for _ in range(self._workers)]
        need = cover.need
        self.mu = np.where(need > 0, 0.5 * cover.prices[:, 2:3], -float(cover.idle_cents))
        self.slopes = np.zeros((self._agents, 2))
        self.rosters: list[AgentRoster | None] = [None] * self._agents
        self._rate = 1.0 / np.maximum(need, 1)
        self._wanted = np.zeros_like(self.mu)
        self._recent: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def one_pass(self, alpha: float, budget: Budget) -> bool:
        """Give every agent one turn at step `alpha` (cents); return False when stopped early."""
        order = list(range(self._agents))
        self._random.shuffle(order)
        total_mu, total_slopes = np.zeros_like(self.mu), np.zeros_like(self.slopes)
        pieces = max(1, min(8, self._agents // (4 * self._workers)))
        size = -(-self._agents // pieces)
        with ThreadPoolExecutor(self._workers) as pool:
            for piece in range(pieces):
                if budget.over():
                    return False
                kernels.wanted(
                    self._cover.need, self._cover.prices, self.mu, self._agents, self._wanted
                )
                block = order[piece * size : (piece + 1) * size]
                shares = [block[worker :: self._workers] for worker in range(self._workers)]
                list(pool.map(self._turns, range(self._workers), shares, [alpha] * self._workers))
                total_mu += self.mu
                total_slopes += self.slopes
        self._recent.append((total_mu / pieces, total_slopes / pieces))
        del self._recent[:-_WINDOW]
        return True

    def _turns(self, worker: int, agents: Sequence[int], alpha: float) -> None:
        gains, pricer = self._gains[worker], self._pricers[worker]
        cover, table = self._cover, self._problem.options
        for agent_idx in agents:
            tables = self._tables[agent_idx]
            kernels.price_gains(tables.groups, cover.serves, self.mu, cover.idle_cents, gains)
            slopes = (float(self.slopes[agent_idx, 0]), float(self.slopes[agent_idx, 1]))
            answer = pricer.best(agent_idx, gains, slopes=slopes)
            if answer is None:
                continue
            roster = answer[1]
            self.rosters[agent_idx] = roster
            rows, at = roster[:, 0], roster[:, 1]
            kernels.price_step(
                table.start[rows],
                table.end[rows],
                at,
                at + table.break_slots[rows],
                tables.groups,
                cover.serves,
                self.mu,
                self._wanted,
                self._rate,
                alpha,
                cover.idle_cents,
            )
            for rule in tables.counts:
                column = 0 if rule.flag == "weekend" else 1
                count = int(getattr(table, rule.flag)[rows].sum())
                last = len(rule.step_cents) - 1
                low = rule.step_cents[min(count - 1, last)] if count else 0
                high = rule.step_cents[min(count, last)]
                slope = self.slopes[agent_idx, column]
                self.slopes[agent_idx, column] += 0.3 * (min(max(slope, low), high) - slope)

    def recent_prices(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return prices and slopes averaged over the latest passes, in whole cents."""
        if not self._recent:
            return np.rint(self.mu), np.rint(self.slopes)
        mu = np.mean([pair[0] for pair in self._recent], axis=0)
        slopes = np.mean([pair[1] for pair in self._recent], axis=0)
        return np.maximum(np.rint(mu), -float(self._cover.idle_cents)), np.rint(slopes)

    def bound(self, mu: NDArray[np.float64], slopes: NDArray[np.float64]) -> int:
        """Return the lower bound (cents) that whole-cent prices and slopes prove."""
        cover = self._cover
        with ThreadPoolExecutor(self._workers) as pool:
            shares = [range(w, self._agents, self._workers) for w in range(self._workers)]
            parts = list(
                pool.map(
                    self._pay,
                    range(self._workers),
                    shares,
                    [mu] * self._workers,
                    [slopes] * self._workers,
                )
            )
        total = sum(parts) + kernels.bound_of_cover(cover.need, cover.prices, mu)
        return int(np.floor(total + 1e-6))

    def _pay(
        self,
        worker: int,
        agents: Sequence[int],
        mu: NDArray[np.float64],
        slopes: NDArray[np.float64],
    ) -> float:
        gains, pricer, cover = self._gains[worker], self._pricers[worker], self._cover
        total = 0.0
        for agent_idx in agents:
            tables = self._tables[agent_idx]
            kernels.price_gains(tables.groups, cover.serves, mu, cover.idle_cents, gains)
            pair = (float(slopes[agent_idx, 0]), float(slopes[agent_idx, 1]))
            answer = pricer.best(agent_idx, gains, slopes=pair)
            # No roster at all: claim nothing rather than too much.
            total += -FAR if answer is None else answer[0]
            for flag, slope in zip(("weekend", "evening"), pair, strict=True):
                rules = [rule for rule in tables.counts if rule.flag == flag]
                total += _least_above_line(rules, slope, tables.days)
        return total


def _least_above_line(rules: Sequence[CountCost], slope: float, most: int) -> float:
    """Return the least of true cost less slope over all counts that can occur."""
    return min(
        sum(rule.cents(count) for rule in rules) - slope * count for count in range(most + 1)
    )
