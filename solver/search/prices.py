"""Prices of slots learnt by an incremental subgradient, and the lower bound they prove.

Each agent in turn takes the best roster for the present prices; the prices fall where the agent
works and all drift up where agents are still wanted [1]_. Any prices give a valid bound: what the
agents would pay at best plus what the cover would cost at best. Fairness that the dynamic programme
does not count itself, convex in a number of shifts, gets a slope per agent in the same manner.

References
----------
.. [1] A. Nedić, D. Bertsekas, "Incremental subgradient methods for nondifferentiable
   optimization", SIAM Journal on Optimization 12 (2001).
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.kernels import prices as kernels
from solver.pricing.pricer import AgentRoster, agent_cost, agents_at_once, check_path, workspace
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
from solver.rules import CountCost
from solver.search.budget import Budget

if TYPE_CHECKING:
    from solver.parts.team import Team

__all__ = ["PriceSearch", "Prices", "market_of"]

_WINDOW = 48
_PIECES = 8
_COLUMNS = {"weekend": 0, "evening": 1}

Prices = NDArray[np.float32]


def market_of(problem: PlanningProblem) -> kernels.Market:
    """Return need and skill groups as the price kernels read them."""
    groups = [np.array(group, dtype=np.int32) for group in problem.groups]
    segments = [segment for agent in problem.agents for segment in agent.groups]
    columns = np.array(segments, dtype=np.int32).reshape(-1, 2)
    need = np.array([queue.need for queue in problem.queues], dtype=np.int32)
    prices = np.array([queue.short_cents for queue in problem.queues], dtype=np.int64)
    return kernels.Market(
        need=need.reshape(len(problem.queues), problem.slots),
        prices=prices.reshape(-1, 3),
        idle_cents=problem.idle_cents,
        serve_lo=_offsets([len(group) for group in groups]),
        serve_queue=np.concatenate([*groups, np.zeros(0, dtype=np.int32)]),
        seg_lo=_offsets([len(agent.groups) for agent in problem.agents]),
        seg_from=np.ascontiguousarray(columns[:, 0]),
        seg_group=np.ascontiguousarray(columns[:, 1]),
    )


def _offsets(counts: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


class PriceSearch:
    """Prices under way.

    Parameters
    ----------
    problem, tables, market
        The problem and its arrays.
    workers : int
        Threads; they share one price array without locks.
    seed : int
        Order of agents in each pass.
    team : Team, optional
        Other processes: they take the turns and value the rosters as long as they answer.

    Attributes
    ----------
    mu : (queues, slots) float32 array
        Price (cents) of one agent on a queue in a slot.
    usual_cents : float
        What a slot of work costs on average: where prices start, and the measure of steps.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Tables,
        market: kernels.Market,
        *,
        workers: int,
        seed: int,
        team: Team | None = None,
    ) -> None:
        self._problem, self._tables, self._market = problem, tables, market
        self._team = team
        self._agents = len(tables)
        self._random = random.Random(seed)
        self._workers = max(1, min(workers, self._agents))
        self._spaces = [workspace(tables.exact, problem.slots) for _ in range(self._workers)]
        self._gains = [np.zeros(problem.slots, dtype=np.float32) for _ in range(self._workers)]
        need = market.need
        self.usual_cents = _usual_cents(problem)
        start = np.minimum(self.usual_cents, market.prices[:, 2:3])
        self.mu = np.where(need > 0, start, -float(market.idle_cents)).astype(np.float32)
        self.slopes = np.zeros((self._agents, 2))
        self._most_slope = np.zeros((self._agents, 2))
        for agent_idx, table in enumerate(tables):
            for rule in table.counts:
                column = _COLUMNS[rule.flag]
                self._most_slope[agent_idx, column] += rule.step_cents[-1]
        days = max((table.days for table in tables), default=0)
        self._rows = np.full((self._agents, days), -2, dtype=np.int32)
        self._breaks = np.full((self._agents, days), -1, dtype=np.int32)
        self._rate = (1.0 / np.maximum(need, 1)).astype(np.float32)
        self._wanted = np.zeros_like(self.mu)
        self._recent: deque[tuple[Prices, NDArray[np.float64]]] = deque(maxlen=_WINDOW)
        self._given: dict[int, AgentRoster] = {}
        self._pool = ThreadPoolExecutor(self._workers)
        self._at_once = agents_at_once(tables.exact)

    @property
    def shared(self) -> bool:
        """Whether other processes take the turns at present."""
        return self._team is not None and self._team.present

    @property
    def rosters(self) -> list[AgentRoster | None]:
        """Each agent's best roster at its latest turn."""
        found: list[AgentRoster | None] = []
        for rows, breaks in zip(self._rows, self._breaks, strict=True):
            worked = rows >= 0
            unknown = len(rows) > 0 and rows[0] == -2
            pairs = np.stack([rows[worked], breaks[worked]], axis=1).astype(np.int64)
            found.append(None if unknown else pairs)
        return found

    def one_pass(self, alpha: float, budget: Budget) -> bool:
        """Give every agent one turn at step `alpha` (cents); return False when stopped early."""
        order = list(range(self._agents))
        self._random.shuffle(order)
        turns = np.array(order, dtype=np.int64)
        pieces = max(1, min(_PIECES, self._agents // (4 * self._workers)))
        pieces = max(pieces, self._agents // (self._at_once * self._workers))
        team = self._team if self.shared else None
        if team is not None:
            pieces = team.exchanges(self._agents)
        for block in np.array_split(turns, pieces):
            if budget.over():
                return False
            if team is None:
                self._turns_here(block, alpha)
            elif not self._turns_elsewhere(team, block, alpha, budget):
                return False
            budget.spend(len(block))
            self._move_slopes(block)
            self._recent.append((self.mu.copy(), self.slopes.copy()))
        return True

    def _turns_here(self, block: NDArray[np.int64], alpha: float) -> None:
        market = self._market
        kernels.wanted(market.need, market.prices, self.mu, self._agents, self._wanted)
        if self._workers == 1:
            self._turns(0, block, alpha)
            return
        shares = [
            np.ascontiguousarray(block[worker :: self._workers]) for worker in range(self._workers)
        ]
        list(self._pool.map(self._turns, range(self._workers), shares, [alpha] * self._workers))

    def _turns_elsewhere(
        self, team: Team, block: NDArray[np.int64], alpha: float, budget: Budget
    ) -> bool:
        """Add up the moves that others make from the same prices; False when stopped early."""
        moves = team.turns(block, self.mu, self.slopes, alpha, budget)
        if moves is None:
            return False
        for agents, move in moves:
            self.mu += move.change
            known = (move.rows != -2).any(axis=1)
            self._rows[agents[known]] = move.rows[known]
            self._breaks[agents[known]] = move.breaks[known]
        np.maximum(self.mu, -float(self._market.idle_cents), out=self.mu)
        return True

    def _turns(self, worker: int, agents: NDArray[np.int64], alpha: float) -> None:
        lost = kernels.take_turns(
            self._market,
            self._tables.exact,
            self._spaces[worker],
            agents,
            self._gains[worker],
            self.slopes,
            self.mu,
            self._wanted,
            self._rate,
            alpha,
            self._rows,
            self._breaks,
        )
        check_path(-FAR if lost else 0.0)

    def _move_slopes(self, agents: NDArray[np.int64]) -> None:
        """Move the slope of each counted cost towards what its next or last unit costs."""
        table = self._problem.options
        for agent_idx in agents.tolist():
            for rule in self._tables[agent_idx].counts:
                column = _COLUMNS[rule.flag]
                rows = self._rows[agent_idx]
                count = int(getattr(table, rule.flag)[rows[rows >= 0]].sum())
                last = len(rule.step_cents) - 1
                low = rule.step_cents[min(count - 1, last)] if count else 0
                high = rule.step_cents[min(count, last)]
                slope = self.slopes[agent_idx, column]
                self.slopes[agent_idx, column] += 0.3 * (min(max(slope, low), high) - slope)

    def recent_prices(self) -> tuple[Prices, NDArray[np.float64]]:
        """Return prices and slopes averaged over the latest passes, in whole cents."""
        if not self._recent:
            return np.rint(self.mu), np.rint(self.slopes)
        mu = np.mean([pair[0] for pair in self._recent], axis=0, dtype=np.float64)
        slopes = np.mean([pair[1] for pair in self._recent], axis=0)
        floor = -float(self._market.idle_cents)
        return np.maximum(np.rint(mu), floor).astype(np.float32), np.rint(slopes)

    def without_roster(self, agents: Iterable[int], rosters: Sequence[AgentRoster]) -> None:
        """Take the rosters of some agents as given: there is no lawful one to choose."""
        self._given = {agent_idx: rosters[agent_idx] for agent_idx in agents}

    def bound(
        self, mu: Prices, slopes: NDArray[np.float64], budget: Budget | None = None
    ) -> int | None:
        """Return the lower bound (cents) that whole-cent prices and slopes prove.

        None when stopped early.
        """
        # No price above the dearest unit and no slope above the last step helps; both stay exact.
        mu = np.minimum(mu, self._market.prices[:, :1]).astype(np.float32)
        slopes = np.minimum(slopes, self._most_slope)
        if self._team is not None and self.shared:
            values = self._team.values(mu, slopes, budget)
            if values is not None and budget is not None:
                budget.spend(self._agents)
        else:
            values = self._values(mu, slopes, budget)
        if values is None:
            return None
        for agent_idx, roster in self._given.items():
            values[agent_idx] = self._value_of(agent_idx, roster, mu, slopes)
        total = float(values.sum()) + sum(table.off_cents for table in self._tables)
        for agent_idx, tables in enumerate(self._tables):
            for flag, column in _COLUMNS.items():
                rules = [rule for rule in tables.counts if rule.flag == flag]
                slope = float(slopes[agent_idx, column])
                if rules or slope:
                    total += _least_above_line(rules, slope, tables.days)
        market = self._market
        total += kernels.bound_of_cover(market.need, market.prices, mu)
        return int(np.floor(total + 1e-6))

    def _values(
        self, mu: Prices, slopes: NDArray[np.float64], budget: Budget | None
    ) -> NDArray[np.float64] | None:
        """Return the value of every agent's best roster; None when stopped early."""
        values = np.zeros(self._agents)
        pieces = max(1, self._agents // min(256, self._at_once * self._workers))
        for block in np.array_split(np.arange(self._agents), pieces):
            if budget is not None and budget.over():
                return None
            shares = [block[worker :: self._workers].copy() for worker in range(self._workers)]
            list(
                self._pool.map(
                    self._pay, range(self._workers), shares, [mu] * self._workers,
                    [slopes] * self._workers, [values] * self._workers,
                )
            )  # fmt: skip
            if budget is not None:
                budget.spend(len(block))
        return values

    def _value_of(
        self, agent_idx: int, roster: AgentRoster, mu: Prices, slopes: NDArray[np.float64]
    ) -> float:
        """Return what `price_agents` would say of an agent who has but one roster."""
        table, tables = self._problem.options, self._tables[agent_idx]
        gains = np.zeros(self._problem.slots, dtype=np.float32)
        kernels.price_gains(self._market, agent_idx, mu, gains)
        value = float(agent_cost(self._problem, tables, roster)) - tables.off_cents
        for rule in tables.counts:
            count = int(getattr(table, rule.flag)[roster[:, 0]].sum())
            column = _COLUMNS[rule.flag]
            value += slopes[agent_idx, column] * count - rule.cents(count)
        for row, at in roster.tolist():
            worked = gains[table.start[row] : table.end[row]].sum(dtype=np.float64)
            if at >= 0:
                worked -= gains[at : at + table.break_slots[row]].sum(dtype=np.float64)
            value -= float(worked)
        return value

    def _pay(
        self,
        worker: int,
        agents: NDArray[np.int64],
        mu: Prices,
        slopes: NDArray[np.float64],
        values: NDArray[np.float64],
    ) -> None:
        kernels.price_agents(
            self._market,
            self._tables.exact,
            self._spaces[worker],
            agents,
            self._gains[worker],
            slopes,
            mu,
            values,
            np.empty_like(self._rows),
            np.empty_like(self._breaks),
        )
        check_path(float(values[agents].min(initial=0.0)))
        values[agents[values[agents] >= FAR / 2]] = -FAR


def _least_above_line(rules: Sequence[CountCost], slope: float, most: int) -> float:
    """Return the least of true cost less slope over all counts that can occur."""
    return min(
        sum(rule.cents(count) for rule in rules) - slope * count for count in range(most + 1)
    )


def _usual_cents(problem: PlanningProblem) -> float:
    """Return the mean wage of a slot on duty, or a tenth of a low price where wages are none."""
    table = problem.options
    low = np.mean([queue.short_cents[2] for queue in problem.queues] or [0])
    duty = np.maximum(table.end - table.start - table.break_slots, 1)
    wage = float(np.mean(table.wages_cents / duty)) if len(table) else 0.0
    return max(wage, 0.1 * float(low))
