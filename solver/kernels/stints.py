"""The best stints of one piece of duty, by dynamic programming over slots."""

from __future__ import annotations

import numpy as np

from solver.kernels.common import Array, kernel, unit_value

__all__ = ["best_stints", "stint_prices", "stint_values"]


@kernel
def stint_values(
    start: int,
    allowed: Array,
    need: Array,
    prices: Array,
    met: Array,
    mu: Array,
    blend: float,
    out: Array,
) -> None:
    """Fill ``out[slot - start, queue]`` with what one more agent on the queue is worth (cents).

    True worth, given the agents in `met`, blended with the price `mu` by the share `blend`; a
    little on top where the queue has any need, so that spare agents sit where work is.
    """
    for at in range(allowed.shape[0]):
        slot = start + at
        for queue in range(allowed.shape[1]):
            if allowed[at, queue]:
                true = unit_value(met[slot, queue] + 1, need[queue, slot], prices[queue])
                worth = (1.0 - blend) * true + blend * mu[queue, slot]
                out[at, queue] = worth + (0.001 if need[queue, slot] > 0 else 0.0)


@kernel
def stint_prices(start: int, queue_of: Array, mu: Array, rate: Array, alpha: float) -> None:
    """Lower the price wherever a piece serves, by ``alpha`` cents over need."""
    for at in range(queue_of.shape[0]):
        queue = queue_of[at]
        if queue >= 0:
            price = mu[queue, start + at] - alpha * rate[queue, start + at]
            mu[queue, start + at] = max(price, 0.0)


@kernel
def best_stints(
    allowed: Array, values: Array, min_stint: int, switch_cost: float, queue_of: Array
) -> None:
    """Split one agent's unbroken time on duty over queues at the largest worth.

    Parameters
    ----------
    allowed : (slots, queues) bool array
        Whether the agent may serve the queue in the slot.
    values : (slots, queues) array
        Worth (cents) of serving the queue in the slot.
    min_stint : int
        Shortest stint in slots; a stint is shorter only where the whole piece is, or where the
        agent may serve the queue no longer.
    switch_cost : float
        Cost of each change of queue.
    queue_of : (slots,) array
        Result: queue per slot, -1 where none may be served.
    """
    length, queues = allowed.shape
    none = queues  # the state of serving nothing
    value = np.full((length, queues + 1, min_stint), -1e18)
    from_queue = np.full((length, queues + 1, min_stint), -1, np.int64)
    from_age = np.full((length, queues + 1, min_stint), -1, np.int64)
    for at in range(length):
        any_allowed = False
        for queue in range(queues):
            if allowed[at, queue]:
                any_allowed = True
        for queue in range(queues + 1):
            if queue == none:
                if any_allowed:
                    continue
                gain = 0.0
            else:
                if not allowed[at, queue]:
                    continue
                gain = values[at, queue]
            if at == 0:
                value[at, queue, 0] = gain
                continue
            for other in range(queues + 1):
                for age in range(min_stint):
                    before = value[at - 1, other, age]
                    if before <= -1e17:
                        continue
                    if other == queue:
                        new_age, cost = min(age + 1, min_stint - 1), 0.0
                    else:
                        forced = other == none or not allowed[at, other]
                        if age < min_stint - 1 and not forced:
                            continue
                        new_age, cost = 0, switch_cost
                    if before + gain - cost > value[at, queue, new_age]:
                        value[at, queue, new_age] = before + gain - cost
                        from_queue[at, queue, new_age] = other
                        from_age[at, queue, new_age] = age
    best, queue, age = -1e18, -1, -1
    for q in range(queues + 1):
        for a in range(min_stint):
            # a last stint too short is taken only when nothing else is possible
            whole = a == min_stint - 1 or length < min_stint
            if value[length - 1, q, a] - (0.0 if whole else 1e12) > best:
                best = value[length - 1, q, a] - (0.0 if whole else 1e12)
                queue, age = q, a
    for at in range(length - 1, -1, -1):
        queue_of[at] = queue if queue != none else -1
        queue, age = from_queue[at, queue, age], from_age[at, queue, age]
