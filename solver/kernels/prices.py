"""Prices of slots: what they offer an agent, how they move, what they prove."""

from __future__ import annotations

from solver.kernels.common import Array, kernel, unit_value

__all__ = ["bound_of_cover", "price_gains", "price_step", "wanted"]


@kernel
def price_gains(groups: Array, serves: Array, mu: Array, idle_cents: int, out: Array) -> None:
    """Fill `out` with the best price among the queues this agent may serve, slot by slot."""
    queues, slots = mu.shape
    for slot in range(slots):
        best = -idle_cents
        group = groups[slot]
        for queue in range(queues):
            if serves[group, queue] and mu[queue, slot] > best:
                best = mu[queue, slot]
        out[slot] = best


@kernel
def price_step(
    shift_start: Array,
    shift_end: Array,
    break_start: Array,
    break_end: Array,
    groups: Array,
    serves: Array,
    mu: Array,
    wanted_rate: Array,
    rate: Array,
    alpha: float,
    idle_cents: int,
) -> None:
    """Move the prices after one agent's choice: down where the agent works, up where wanted.

    Parameters
    ----------
    shift_start, shift_end, break_start, break_end : arrays
        The agent's shifts under the present prices.
    wanted_rate, rate : (queues, slots) arrays
        Wanted agents and one agent, each over need (and over the number of agents for wanted).
    alpha : float
        Step in cents.
    """
    queues, slots = mu.shape
    for index in range(shift_start.shape[0]):
        for slot in range(shift_start[index], min(shift_end[index], slots)):
            if break_start[index] <= slot < break_end[index]:
                continue
            group = groups[slot]
            best, at = -idle_cents, -1
            for queue in range(queues):
                if serves[group, queue] and mu[queue, slot] > best:
                    best, at = mu[queue, slot], queue
            if at >= 0:
                mu[at, slot] = max(mu[at, slot] - alpha * rate[at, slot], -idle_cents)
    for queue in range(queues):
        for slot in range(slots):
            mu[queue, slot] += alpha * wanted_rate[queue, slot]


@kernel
def bound_of_cover(need: Array, prices: Array, mu: Array) -> float:
    """Return the least cost of shortage plus price of the agents taken, over all queues and slots.

    ``sum over units of min(worth of the unit, price)``: each unit of need is either missed or
    bought. Prices above minus the idle cost only, which `price_step` keeps.
    """
    total = 0.0
    for queue in range(need.shape[0]):
        for slot in range(need.shape[1]):
            price = mu[queue, slot]
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
