"""All agents' best rosters for the prices of the master, and the bound that they prove."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.columns.cover import CoverRows
from solver.columns.pool import Limit
from solver.kernels import FAR
from solver.kernels.near import near_rosters
from solver.kernels.prices import Market, bound_of_cover, price_agents, price_gains
from solver.kernels.programme import Programme
from solver.pricing.pricer import AgentRoster, agent_cost, agents_at_once, check_path, workspace
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
from solver.rules import CountCost
from solver.search.budget import OutOfTimeError

__all__ = ["Domain", "Found", "Prices", "Pricing"]

_EXACT = {np.dtype(np.float32): 2.0**24, np.dtype(np.float64): 2.0**53}
_FINEST = 10
_MOST_BITS = 60
_STEPS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices of heads per queue and slot, of limits, and slopes of fairness.

    Parameters
    ----------
    mu : (queues, slots) float64 array
    limits : (limits,) float64 array
    slopes : (agents, 2) float64 array
    """

    mu: NDArray[np.float64]
    limits: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def towards(self, other: Prices, share: float) -> Prices:
        """Return a point on the way to `other`."""
        keep = 1.0 - share
        return Prices(
            keep * self.mu + share * other.mu,
            keep * self.limits + share * other.limits,
            keep * self.slopes + share * other.slopes,
        )


@dataclass(slots=True, eq=False)
class Domain:
    """What is decided: options that may not be taken, days that must be worked.

    Parameters
    ----------
    forbidden : (options,) bool array
    forced : (all days,) bool array
    """

    forbidden: NDArray[np.bool_]
    forced: NDArray[np.bool_]

    def copy(self) -> Domain:
        """Return a copy to change."""
        return Domain(self.forbidden.copy(), self.forced.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Best rosters of all agents for some prices.

    Parameters
    ----------
    bound : float
        Lower bound (cents) on the cost of every roster within the domain; infinite where some agent
        has none.
    values : (agents,) array
        Each agent's least cost less pay.
    rows, breaks : (agents, days) int32 arrays
    prices : Prices
        The prices asked for, as they were rounded.
    """

    bound: float
    values: NDArray[np.float64]
    rows: NDArray[np.int32]
    breaks: NDArray[np.int32]
    prices: Prices


class Pricing:
    """Asks the programme of every agent for the prices given.

    Parameters
    ----------
    limits : sequence of Limit
        Limits that the programme leaves to prices.
    right : (limits,) array
        What each of them leaves.
    given : mapping of int to AgentRoster
        Agents with but one roster.

    Attributes
    ----------
    flagged : list of array
        Options that each limit counts.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Tables,
        market: Market,
        cover: CoverRows,
        limits: Sequence[Limit],
        right: NDArray[np.int64],
        given: Mapping[int, AgentRoster],
        workers: int,
    ) -> None:
        self._given = given
        self._problem, self.tables, self._market, self._cover = problem, tables, market, cover
        self.limits, self.right = tuple(limits), right
        self._workers = max(1, min(workers, len(tables)))
        self._spaces = [workspace(tables.exact, problem.slots) for _ in range(self._workers)]
        self._gains = [np.zeros(problem.slots, dtype=np.float32) for _ in range(self._workers)]
        self._pool = ThreadPoolExecutor(self._workers) if self._workers > 1 else None
        self._at_once = agents_at_once(tables.exact)
        self._days = max((table.days for table in tables), default=0)
        self._off = np.array([table.off_cents for table in tables], dtype=np.float64)
        self._base = tables.exact.base
        self._longest = int((problem.options.end - problem.options.start).max(initial=1))
        self.flagged = [self._options_of(rule) for rule in self.limits]
        self._least = float(-market.idle_cents)
        self._most = float(market.prices.max(initial=0))

    def _options_of(self, rule: Limit) -> NDArray[np.int64]:
        mine = self.tables[rule.agent_idx]
        table = self._problem.options
        days = table.day[mine.low : mine.high]
        inside = (rule.first_day <= days) & (days < rule.end_day)
        inside &= (table.flags[mine.low : mine.high] & rule.flag) != 0
        return mine.low + np.flatnonzero(inside)

    def prices_of(
        self,
        row_prices: NDArray[np.float64],
        limit_prices: NDArray[np.float64],
        slopes: NDArray[np.float64],
    ) -> Prices:
        """Return the prices that dual values of the master stand for."""
        of = self._cover.queue_row
        padded = np.append(row_prices, self._least)
        mu = np.where(of >= 0, padded[of], self._least)
        return Prices(np.clip(mu, self._least, self._most), limit_prices, slopes)

    def _rounded(self, prices: Prices) -> Prices:
        """Round to such a fraction of a cent that sums stay exact."""
        real = np.abs(self._base[self._base < FAR / 2])
        each = float(real.max(initial=0.0)) + self._longest * max(self._most, -self._least)
        each += float(np.abs(self.tables.exact.move_costs).max(initial=0.0))
        each += float(np.abs(prices.slopes).max(initial=0.0)) * 2
        penalty = self.tables.exact.penalty
        whole = self._days * each + float(penalty[penalty < FAR / 2].max(initial=0.0))
        room = _EXACT[self._base.dtype]
        cap = max(0.0, (room / 2 - whole) / max(1, self._days))
        limits = np.minimum(prices.limits, min(cap, 4.0 * each))
        whole += self._days * float(limits.max(initial=0.0))
        fine = int(np.clip(np.floor(np.log2(room / (2 * max(whole, 1.0)))), 0, _FINEST))
        unit = 2.0**fine
        return Prices(
            np.maximum(np.rint(prices.mu * unit) / unit, self._least),
            np.rint(limits * unit) / unit,
            np.rint(prices.slopes),
        )

    def programme_of(self, domain: Domain, limit_prices: NDArray[np.float64]) -> Programme:
        """Return the programme with the prices of limits in it and without what is forbidden."""
        base = self._base.copy()
        for rows, price in zip(self.flagged, limit_prices.tolist(), strict=True):
            if price:
                base[rows] += price
        base[domain.forbidden] = 2 * FAR
        exact = self.tables.exact
        return exact._replace(base=base, may_rest=np.where(domain.forced, 0, exact.may_rest))

    def find(
        self, prices: Prices, domain: Domain, over: Callable[[], bool] = lambda: False
    ) -> Found:
        """Return the best rosters of all agents, and the bound.

        Raises
        ------
        OutOfTimeError
            When `over` says so before all agents are done.
        """
        prices = self._rounded(prices)
        programme = self.programme_of(domain, prices.limits)
        count = len(self.tables)
        mu = prices.mu.astype(np.float32)
        values = np.zeros(count)
        rows = np.full((count, self._days), -1, dtype=np.int32)
        breaks = np.full((count, self._days), -1, dtype=np.int32)
        size = self._at_once * self._workers
        for first in range(0, count, size):
            if over():
                raise OutOfTimeError
            asked = np.arange(first, min(first + size, count))

            def share(worker: int, asked: NDArray[np.int64] = asked) -> None:
                price_agents(
                    self._market, programme, self._spaces[worker],
                    asked[worker :: self._workers].copy(),
                    self._gains[worker], prices.slopes, mu, values, rows, breaks,
                )  # fmt: skip

            if self._pool is None:
                share(0)
            else:
                list(self._pool.map(share, range(self._workers)))
        check_path(float(values.min(initial=0.0)))
        values += self._off
        for agent_idx, roster in self._given.items():
            values[agent_idx] = self._value_of(agent_idx, roster, prices)
        if np.any(values >= FAR / 2):
            return Found(np.inf, values, rows, breaks, prices)
        bound = float(values.sum()) - float(prices.limits @ self.right)
        bound += sum(
            _least_above_line(table.counts, prices.slopes[agent_idx], table.days)
            for agent_idx, table in enumerate(self.tables)
            if table.counts
        )
        bound += bound_of_cover(self._market.need, self._market.prices, mu)
        return Found(bound, values, rows, breaks, prices)

    def near(
        self,
        prices: Prices,
        domain: Domain,
        agent_idx: int,
        least: float,
        gap: float,
        most: int,
        over: Callable[[], bool],
    ) -> NDArray[np.int32] | None:
        """Return every roster of an agent less than `gap` cents above the best for some prices.

        Returns
        -------
        (rosters, days) array or None
            Option per day, -1 for none; None where there are more than `most`, or where options
            of a day are too many or leave the break open.
        """
        prices = self._rounded(prices)
        tables, table = self.tables[agent_idx], self._problem.options
        low, high = tables.low, tables.high
        first = (low + np.searchsorted(table.day[low:high], np.arange(tables.days + 1))).astype(
            np.int64
        )
        apart = np.any(table.break_until[low:high] > table.break_from[low:high])
        if apart or np.diff(first).max(initial=0) > _MOST_BITS or tables.days <= tables.first_day:
            return None
        programme = self.programme_of(domain, prices.limits)
        rows = np.full((most, tables.days), -1, dtype=np.int32)
        gains, progress = self.gains(agent_idx, prices), np.zeros(2, dtype=np.int64)
        saved, values = np.empty(high - low, dtype=programme.base.dtype), np.empty(most)
        parts, barred = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
        while not over():
            near_rosters(
                programme, self._spaces[0], agent_idx, gains, float(prices.slopes[agent_idx, 0]),
                float(prices.slopes[agent_idx, 1]), least, gap, first, saved, rows, values, parts,
                barred, progress, _STEPS,
            )  # fmt: skip
            if progress[0] < 0:
                return None
            if progress[0] == progress[1]:
                return rows[: progress[0]]
        return None

    def gains(self, agent_idx: int, prices: Prices) -> NDArray[np.float32]:
        """Return what the prices pay an agent, slot by slot."""
        gains = np.zeros(self._problem.slots, dtype=np.float32)
        price_gains(self._market, agent_idx, prices.mu.astype(np.float32), gains)
        return gains

    def _value_of(self, agent_idx: int, roster: AgentRoster, prices: Prices) -> float:
        """Return cost less pay of an agent who has but one roster."""
        table, tables = self._problem.options, self.tables[agent_idx]
        gains = self.gains(agent_idx, prices)
        value = float(agent_cost(self._problem, tables, roster))
        for rule in tables.counts:
            count = int(getattr(table, rule.flag)[roster[:, 0]].sum())
            slope = float(prices.slopes[agent_idx, 0 if rule.flag == "weekend" else 1])
            value += slope * count - rule.cents(count)
        for index, limit in enumerate(self.limits):
            if limit.agent_idx == agent_idx:
                mine = np.isin(roster[:, 0], self.flagged[index])
                value += float(prices.limits[index]) * int(mine.sum())
        for row, at in roster.tolist():
            worked = gains[table.start[row] : table.end[row]].sum(dtype=np.float64)
            if at >= 0:
                worked -= gains[at : at + table.break_slots[row]].sum(dtype=np.float64)
            value -= float(worked)
        return value


def _least_above_line(rules: Sequence[CountCost], slopes: NDArray[np.float64], days: int) -> float:
    """Return the least of true cost less slope over all counts that can occur."""
    least = 0.0
    for column, flag in enumerate(("weekend", "evening")):
        mine = [rule for rule in rules if rule.flag == flag]
        slope = float(slopes[column])
        if mine or slope:
            least += min(
                sum(rule.cents(count) for rule in mine) - slope * count for count in range(days + 1)
            )
    return least
