"""Column generation: master and pricing in turn until the mixture cannot be made cheaper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.columns.cover import CoverRows, cover_rows
from solver.columns.master import Answer, Master
from solver.columns.pool import Limit, Pool, left_of, use_of
from solver.columns.pricing import Domain, Found, Prices, Pricing
from solver.kernels.prices import Market
from solver.pricing.pricer import AgentRoster, own_cost
from solver.pricing.tables import Tables, agent_tables
from solver.problem import PlanningProblem
from solver.rules import CountLimit, Pin, Rule
from solver.search.budget import Budget
from solver.search.remake import Remaker, count_slopes

__all__ = ["Converged", "Generation"]

_EASE = 1e-6
_TURNS_PER_SOLVE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Converged:
    """Where column generation ended.

    Parameters
    ----------
    answer : Answer
        The master's last optimum.
    bound : float
        Best bound (cents) found for the domain; infinite where it holds no roster.
    prices : Prices or None
        Prices that gave it.
    done : bool
        False when it was stopped early.
    """

    answer: Answer | None
    bound: float
    prices: Prices | None
    done: bool


class Generation:
    """Everything that column generation shares: problem, tables, columns met.

    Parameters
    ----------
    counted : dict of int to list of Rule
        Limits of flagged shifts that the programme counts, per agent; the others are kept by the
        master.
    given : dict of int to AgentRoster
        Agents with but one roster to take.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        market: Market,
        counted: dict[int, list[Rule]],
        given: dict[int, AgentRoster],
        budget: Budget,
        *,
        pool: Pool | None = None,
        cover: CoverRows | None = None,
    ) -> None:
        self.problem, self._market = problem, market
        self.tables: Tables = agent_tables(problem, counted)
        self.cover = cover_rows(problem) if cover is None else cover
        self.pool = Pool(problem) if pool is None else pool
        self.given = given
        self.limits: tuple[Limit, ...] = tuple(
            rule for table in self.tables for rule in table.left_out if isinstance(rule, CountLimit)
        )
        self.right = np.array([self._left(rule) for rule in self.limits], dtype=np.int64)
        self._limits_of: dict[int, list[int]] = {}
        for index, rule in enumerate(self.limits):
            self._limits_of.setdefault(rule.agent_idx, []).append(index)
        self.odd = [
            any(not isinstance(rule, CountLimit) for rule in table.left_out) or table.loose
            for table in self.tables
        ]
        workers = budget.workers
        self.pricing = Pricing(
            problem, self.tables, market, self.cover, self.limits, self.right, given, workers
        )
        self._remaker = Remaker(problem, self.tables, budget.params.seed)
        self._groups = [agent.group_per_slot(problem.slots) for agent in problem.agents]
        self.dear = self._dear()

    def _left(self, rule: Limit) -> int:
        """Return what a limit leaves; pins that go beyond are forgiven."""
        pins = [
            r.option_idx
            for r in self.problem.rules
            if isinstance(r, Pin) and r.agent_idx == rule.agent_idx
        ]
        return max(left_of(rule), use_of(self.problem, rule, np.array(pins, dtype=np.int64)))

    def _dear(self) -> float:
        """Return a cost that no roster is worth."""
        table = self.problem.options
        own = np.abs(table.wages_cents.astype(np.int64) + table.premium_cents)
        own += np.abs(table.own_night_cents.astype(np.int64)) + np.abs(table.wish_cents)
        longest = int((table.end - table.start).max(initial=1))
        each = float(own.max(initial=0)) + longest * float(self._market.prices.max(initial=0))
        return 4.0 * each + 10.0

    def limits_of(self, agent_idx: int) -> list[int]:
        """Return the numbers of the limits that an agent's columns may break one by one."""
        return self._limits_of.get(agent_idx, [])

    def everything(self) -> Domain:
        """Return the domain in which nothing is decided."""
        return Domain(
            np.zeros(len(self.problem.options), dtype=np.bool_),
            np.zeros(len(self.tables.exact.may_rest), dtype=np.bool_),
        )

    def master(self) -> Master:
        """Return an empty master."""
        return Master(self.problem, self.cover, self.pool, self.limits, self.right, self.dear)

    def heads(
        self, agent_idx: int, rows: NDArray[np.int32], breaks: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return the rows of the cover in which a roster is on duty."""
        table, slots = self.problem.options, self.problem.slots
        worked = rows >= 0
        rows, breaks = rows[worked], breaks[worked]
        start, end = table.start[rows].astype(np.int64), table.end[rows].astype(np.int64)
        if np.all(end - start == 1):
            on_duty = start
        else:
            spans = []
            for first, last, at, length in zip(
                start.tolist(), end.tolist(), breaks.tolist(), table.break_slots[rows].tolist(),
                strict=True,
            ):  # fmt: skip
                span = np.arange(first, min(last, slots))
                spans.append(span if at < 0 else span[(span < at) | (span >= at + length)])
            on_duty = np.concatenate([np.zeros(0, dtype=np.int64), *spans])
        return self.cover.row_of[self._groups[agent_idx][on_duty], on_duty].astype(np.int64)

    def add_roster(self, agent_idx: int, roster: AgentRoster) -> int:
        """Add an agent's roster to the pool; return its number."""
        days = self.tables[agent_idx].days
        rows = np.full(days, -1, dtype=np.int32)
        breaks = np.full(days, -1, dtype=np.int32)
        at = self.problem.options.day[roster[:, 0]]
        rows[at], breaks[at] = roster[:, 0], roster[:, 1]
        return self._add(agent_idx, rows, breaks, roster)

    def add_rows(self, agent_idx: int, rows: NDArray[np.int32]) -> int:
        """Add a roster whose breaks have but one place each; return its number."""
        worked = rows[rows >= 0]
        at = self.problem.options.break_from[worked]
        return self.add_roster(agent_idx, np.stack([worked, at], axis=1).astype(np.int64))

    def _add(
        self,
        agent_idx: int,
        rows: NDArray[np.int32],
        breaks: NDArray[np.int32],
        roster: AgentRoster,
    ) -> int:
        known = self.pool.known(agent_idx, rows, breaks)
        if known >= 0:
            return known
        return self.pool.add(
            agent_idx, rows, breaks, own_cost(self.tables, agent_idx, roster),
            self.heads(agent_idx, rows, breaks),
        )  # fmt: skip

    def reduced(self, column: int, answer: Answer) -> float:
        """Return a column's reduced cost."""
        pool = self.pool
        agent_idx = int(pool.agent[column])
        cost = float(pool.cost[column]) - float(answer.row_prices[pool.heads[column]].sum())
        cost -= float(answer.agent_prices[agent_idx])
        for index in self._limits_of.get(agent_idx, ()):
            price = float(answer.limit_prices[index])
            if price:
                worked = pool.rows[column]
                cost += price * use_of(self.problem, self.limits[index], worked[worked >= 0])
        return cost

    def reduced_at(self, found: Found, columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much dearer than the agent's best each column is, for the prices of `found`.

        No roster cheaper than some cost has a column for which this is as much as that cost is
        above the bound.
        """
        row_prices = self.cover.row_prices(found.prices.mu)
        out = np.empty(len(columns))
        for at, column in enumerate(columns.tolist()):
            agent_idx = int(self.pool.agent[column])
            cost = float(self.pool.cost[column]) - float(row_prices[self.pool.heads[column]].sum())
            worked = self.pool.rows[column]
            worked = worked[worked >= 0]
            for index in self._limits_of.get(agent_idx, ()):
                price = float(found.prices.limits[index])
                if price:
                    cost += price * use_of(self.problem, self.limits[index], worked)
            out[at] = cost - found.values[agent_idx]
        return out

    def _lawful_rows(
        self, agent_idx: int, found: Found, domain: Domain
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
        """Return a lawful roster near the programme's, for agents whose rules it leaves out."""
        days = self.tables[agent_idx].days
        rows, breaks = found.rows[agent_idx, :days], found.breaks[agent_idx, :days]
        if not self.odd[agent_idx]:
            return rows, breaks
        worked = rows >= 0
        roster = np.stack([rows[worked], breaks[worked]], axis=1).astype(np.int64)
        if not self._remaker.lawful(agent_idx, roster):
            gains = self.pricing.gains(agent_idx, found.prices)
            slopes = (
                float(found.prices.slopes[agent_idx, 0]),
                float(found.prices.slopes[agent_idx, 1]),
            )
            made = self._remaker.remake(agent_idx, gains, slopes, seconds_left=0.0)
            if made is None:
                return None
            rows, breaks = np.full(days, -1, dtype=np.int32), np.full(days, -1, dtype=np.int32)
            at = self.problem.options.day[made[:, 0]]
            rows[at], breaks[at] = made[:, 0], made[:, 1]
            if not self.allowed(agent_idx, rows, domain):
                return None
        return rows, breaks

    def allowed(self, agent_idx: int, rows: NDArray[np.int32], domain: Domain) -> bool:
        """Whether a roster lies within a domain."""
        worked = rows >= 0
        first = self.tables.exact.day_lo[agent_idx]
        forced = domain.forced[first : first + len(rows)]
        return not (domain.forbidden[rows[worked]].any() or forced[~worked].any())

    def outside(self, columns: NDArray[np.int64], domain: Domain) -> NDArray[np.int64]:
        """Return those of some columns that lie outside a domain."""
        rows = self.pool.rows[columns]
        agents = self.pool.agent[columns]
        bad = (np.append(domain.forbidden, False)[rows] & (rows >= 0)).any(axis=1)
        first = self.tables.exact.day_lo[agents]
        days = np.diff(self.tables.exact.day_lo)[agents]
        at = np.arange(rows.shape[1])
        inside = at[None, :] < days[:, None]
        index = np.minimum(first[:, None] + at[None, :], len(domain.forced) - 1)
        bad |= (domain.forced[index] & inside & (rows < 0)).any(axis=1)
        return columns[bad]

    def some_columns(
        self, found: Found, domain: Domain, kept: Sequence[int], each: int
    ) -> list[int]:
        """Return the columns within a domain that are nearest to each agent's best.

        Parameters
        ----------
        kept : sequence of int
            Columns to return besides.
        each : int
            Most columns of one agent.
        """
        everything = np.arange(len(self.pool))
        inside = np.setdiff1d(everything, self.outside(everything, domain))
        dear = self.reduced_at(found, inside)
        order = np.lexsort((dear, self.pool.agent[inside]))
        sorted_agents = self.pool.agent[inside][order]
        rank = np.arange(len(order)) - np.searchsorted(sorted_agents, sorted_agents)
        return sorted({*inside[order[rank < each]].tolist(), *kept})

    def new_columns(
        self, found: Found, answer: Answer | None, domain: Domain, master: Master
    ) -> list[int]:
        """Add what pricing found to the pool; return the columns that make the mixture cheaper."""
        new = []
        for agent_idx in range(len(self.tables)):
            if agent_idx in self.given:
                continue
            lawful = self._lawful_rows(agent_idx, found, domain)
            if lawful is None:
                continue
            rows, breaks = lawful
            worked = rows >= 0
            roster = np.stack([rows[worked], breaks[worked]], axis=1).astype(np.int64)
            column = self._add(agent_idx, rows, breaks, roster)
            if column in master:
                continue
            if answer is None or self.reduced(column, answer) < -_EASE:
                new.append(column)
        return new

    def slopes(self, answer: Answer) -> NDArray[np.float64]:
        """Return slopes of the fairness that the programme does not count."""
        slopes = np.zeros((len(self.tables), 2))
        priced = [idx for idx, table in enumerate(self.tables) if table.counts]
        if priced:
            heaviest: dict[int, tuple[float, int]] = {}
            for column, value in zip(answer.columns.tolist(), answer.values.tolist(), strict=True):
                agent_idx = int(self.pool.agent[column])
                heaviest[agent_idx] = max(heaviest.get(agent_idx, (0.0, -1)), (value, column))
            for agent_idx in priced:
                if agent_idx in heaviest:
                    roster = self.pool.roster(heaviest[agent_idx][1])
                    slopes[agent_idx] = count_slopes(self.problem, self.tables[agent_idx], roster)
        return slopes

    def converge(
        self,
        master: Master,
        domain: Domain,
        budget: Budget,
        *,
        smooth: float,
        rounds: int = 10**6,
        ease: float = 0.0,
        give_up_at: float = np.inf,
        center: Prices | None = None,
        whole: bool = True,
        on_bound: Callable[[float], None] = lambda _bound: None,
    ) -> Converged:
        """Solve the master and price in turn.

        Parameters
        ----------
        smooth : float
            Share of the best prices known in those that are tried.
        rounds : int
            Most masters to solve.
        ease : float
            Stop when the bound is as near to the master's cost (cents).
        give_up_at : float
            Stop when the bound reaches this.
        center : Prices, optional
            Good prices to start from.
        whole : bool
            Stop when no whole number lies between bound and master.
        on_bound : callable
            Told each better bound.
        """
        best, answer = -np.inf, None
        if center is not None:
            found = self.find(center, domain, budget)
            best, center = found.bound, found.prices
            if np.isinf(best):
                return Converged(None, np.inf, None, True)
            master.add(self.new_columns(found, None, domain, master))
        for _ in range(rounds):
            if budget.over():
                return Converged(answer, best, center, False)
            answer = master.solve()
            budget.spend(_TURNS_PER_SOLVE)
            target = self.pricing.prices_of(
                answer.row_prices, answer.limit_prices, self.slopes(answer)
            )
            share = smooth
            while True:
                at = target if center is None or share < 0.05 else target.towards(center, share)
                found = self.find(at, domain, budget)
                if np.isinf(found.bound) and found.bound > 0:
                    return Converged(answer, np.inf, center, True)
                if found.bound > best:
                    best, center = found.bound, found.prices
                    on_bound(best)
                new = self.new_columns(found, answer, domain, master)
                if new or at is target or budget.over():
                    break
                share = share - 0.2 if share > 0.25 else 0.0
            if best >= give_up_at - _EASE:
                return Converged(answer, best, center, True)
            if not new:
                return Converged(answer, best, center, True)
            if answer.missing < _EASE and best >= answer.cents - ease - _EASE:
                return Converged(answer, best, center, True)
            closed = np.ceil(best - _EASE) >= np.ceil(answer.cents - 1e-4)
            if whole and answer.missing < _EASE and closed:
                return Converged(answer, best, center, True)
            master.add(new)
        return Converged(answer, best, center, True)

    def find(self, prices: Prices, domain: Domain, budget: Budget) -> Found:
        """Ask the programme of every agent; see `Pricing.find`."""
        budget.spend(len(self.tables))
        return self.pricing.find(prices, domain, budget.over)

    def rosters(self, columns: Sequence[int]) -> list[AgentRoster] | None:
        """Return one roster per agent from one column each, None if that is unlawful."""
        found: list[AgentRoster | None] = [None] * len(self.tables)
        for column in columns:
            found[int(self.pool.agent[column])] = self.pool.roster(column)
        for index, rule in enumerate(self.limits):
            roster = found[rule.agent_idx]
            if roster is not None and use_of(self.problem, rule, roster[:, 0]) > self.right[index]:
                return None
        whole = [roster for roster in found if roster is not None]
        return whole if len(whole) == len(found) else None
