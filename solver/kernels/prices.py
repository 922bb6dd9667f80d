"""Prices of slots: what they offer an agent, how they move, what they prove."""

from __future__ import annotations

from typing import NamedTuple

from solver.kernels.common import FAR, Array, inline, kernel, unit_value
from solver.kernels.programme import Programme, Workspace
from solver.kernels.roster import best_roster, option_costs

__all__ = ["Market", "bound_of_cover", "price_agents", "price_gains", "take_turns", "wanted"]

_DRIFT_EVERY = 8


class Market(NamedTuple):
    """Need, and who may serve it.

    Attributes
    ----------
    need : (queues, slots) int32 array
    prices : (queues, 3) int64 array
        Cost per slot of a missing unit in the high, middle and low tier.
    idle_cents : int
    serve_lo : (groups + 1,) array
    serve_queue : array
        Queues of group g: ``serve_queue[serve_lo[g] : serve_lo[g + 1]]``.
    seg_lo : (agents + 1,) array
    seg_from, seg_group : arrays
        Agent a belongs to group ``seg_group[i]`` from slot ``seg_from[i]`` on, for i in
        ``seg_lo[a] .. seg_lo[a + 1] - 1``, until the next.
    """

    need: Array
    prices: Array
    idle_cents: int
    serve_lo: Array
    serve_queue: Array
    seg_lo: Array
    seg_from: Array
    seg_group: Array


@inline
def _raise(target: Array, source: Array) -> None:
    """Raise each cell of `target` to the one of `source`."""
    for i in range(source.shape[0]):
        target[i] = max(source[i], target[i])


@kernel
def price_gains(market: Market, agent: int, mu: Array, out: Array) -> None:
    """Fill `out` with the best price among the queues this agent may serve, slot by slot."""
    slots = mu.shape[1]
    out[:slots] = -market.idle_cents
    for index in range(market.seg_lo[agent], market.seg_lo[agent + 1]):
        low = market.seg_from[index]
        high = slots
        if index + 1 < market.seg_lo[agent + 1]:
            high = min(slots, market.seg_from[index + 1])
        group = market.seg_group[index]
        for at in range(market.serve_lo[group], market.serve_lo[group + 1]):
            _raise(out[low:high], mu[market.serve_queue[at], low:high])


@kernel
def _step(
    market: Market, p: Programme, agent: int, rows: Array, breaks: Array, days: int, mu: Array,
    rate: Array, alpha: float,
) -> None:  # fmt: skip
    """Lower the prices where the agent works: on the queue that pays best, slot by slot."""
    slots = mu.shape[1]
    first, last = market.seg_lo[agent], market.seg_lo[agent + 1]
    for day in range(days):
        row = rows[day]
        if row < 0:
            continue
        segment = first
        for slot in range(p.start[row], min(p.end[row], slots)):
            if breaks[day] <= slot < breaks[day] + p.break_slots[row]:
                continue
            while segment + 1 < last and market.seg_from[segment + 1] <= slot:
                segment += 1
            group = market.seg_group[segment]
            best, at = float(-market.idle_cents), -1
            for index in range(market.serve_lo[group], market.serve_lo[group + 1]):
                queue = market.serve_queue[index]
                if mu[queue, slot] > best:
                    best, at = mu[queue, slot], queue
            if at >= 0:
                mu[at, slot] = max(best - alpha * rate[at, slot], float(-market.idle_cents))


@kernel
def take_turns(
    market: Market,
    p: Programme,
    ws: Workspace,
    agents: Array,
    gains: Array,
    slopes: Array,
    mu: Array,
    wanted_rate: Array,
    rate: Array,
    alpha: float,
    rows: Array,
    breaks: Array,
) -> int:
    """Let agents take their best roster in turn, each moving the prices.

    Parameters
    ----------
    gains : (slots,) float32 array
        Workspace.
    slopes : (agents, 2) array
        Cost of each weekend and each evening shift, per agent.
    mu : (queues, slots) float32 array
        Prices, changed in place.
    wanted_rate, rate : (queues, slots) float32 arrays
        Wanted agents and one agent, each over need (and over the number of agents for wanted).
    alpha : float
        Step in cents.
    rows, breaks : (agents, days) int32 arrays
        Result: option and break start per agent and day, -1 for none; left alone for agents that
        have no roster at all.

    Returns
    -------
    int
        Agents for whom the programme lost its own path: a defect.
    """
    none = rows[0, :0] == 0
    queues, slots = mu.shape
    lost = 0
    for turn in range(agents.shape[0]):
        agent = agents[turn]
        days = p.day_lo[agent + 1] - p.day_lo[agent]
        if days > p.first_day[agent]:
            price_gains(market, agent, mu, gains)
            option_costs(p, ws, agent, gains, slopes[agent, 0], slopes[agent, 1], none)
            value = best_roster(p, ws, agent)
            if value <= -FAR / 2:
                lost += 1
            elif value < FAR / 2:
                for day in range(days):
                    rows[agent, day] = ws.rows[day]
                    breaks[agent, day] = ws.breaks[day]
                _step(market, p, agent, ws.rows, ws.breaks, days, mu, rate, alpha)
        if turn % _DRIFT_EVERY == _DRIFT_EVERY - 1 or turn == agents.shape[0] - 1:
            step = alpha * (turn % _DRIFT_EVERY + 1)
            for queue in range(queues):
                target, up = mu[queue], wanted_rate[queue]
                for slot in range(slots):
                    target[slot] += step * up[slot]
    return lost


@kernel
def price_agents(
    market: Market,
    p: Programme,
    ws: Workspace,
    agents: Array,
    gains: Array,
    slopes: Array,
    mu: Array,
    values: Array,
    rows: Array,
    breaks: Array,
) -> None:
    """Find the best roster of each of `agents` for prices `mu`, and what it costs less its pay.

    Parameters
    ----------
    gains : (slots,) float32 array
        Workspace.
    slopes : (agents, 2) array
        Cost of each weekend and each evening shift, per agent.
    mu : (queues, slots) float32 array
        Prices.
    values : (agents,) float64 array
        Result: cost less pay, days off costing nothing; at least ``FAR / 2`` without any roster,
        at most ``-FAR / 2`` should the programme lose its own path.
    rows, breaks : (agents, days) int32 arrays
        Result: option and break start per day, -1 for none.
    """
    none = agents[:0] == 0
    for turn in range(agents.shape[0]):
        agent = agents[turn]
        rows[agent, :] = -1
        breaks[agent, :] = -1
        values[agent] = 0.0
        days = p.day_lo[agent + 1] - p.day_lo[agent]
        if days <= p.first_day[agent]:
            continue
        price_gains(market, agent, mu, gains)
        option_costs(p, ws, agent, gains, slopes[agent, 0], slopes[agent, 1], none)
        value = best_roster(p, ws, agent)
        values[agent] = value
        if abs(value) < FAR / 2:
            for day in range(days):
                rows[agent, day] = ws.rows[day]
                breaks[agent, day] = ws.breaks[day]


@kernel
def bound_of_cover(need: Array, prices: Array, mu: Array) -> float:
    """Return the least cost of shortage plus price of the agents taken, over all queues and slots.

    ``sum over units of min(worth of the unit, price)``: each unit of need is either missed or
    bought. Prices above minus the idle cost only, which `take_turns` keeps.
    """
    total = 0.0
    for queue in range(need.shape[0]):
        for slot in range(need.shape[1]):
            price = float(mu[queue, slot])
            for unit in range(1, need[queue, slot] + 1):
                value = unit_value(unit, need[queue, slot], prices[queue])
                total += min(float(value), price)
    return total


@kernel
def wanted(need: Array, prices: Array, mu: Array, agents: int, out: Array) -> None:
    """Fill `out` with the share per agent of the need worth more than its price."""
    for queue in range(need.shape[0]):
        for slot in range(need.shape[1]):
            count = 0
            for unit in range(1, need[queue, slot] + 1):
                if unit_value(unit, need[queue, slot], prices[queue]) > mu[queue, slot]:
                    count += 1
            out[queue, slot] = count / (max(need[queue, slot], 1) * agents)
