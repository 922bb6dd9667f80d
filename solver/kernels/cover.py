"""Cover kept at its best split by augmenting paths, one agent at a time.

``flow[slot, queue, group]`` counts agents of a group on a queue, ``met[slot, queue]`` its sum over
groups, ``free[slot, group]`` agents of the group on duty without a queue.
"""

from __future__ import annotations

import numpy as np

from solver.kernels.common import Array, kernel, unit_value

__all__ = ["add_shift", "agent_gains", "remove_shift", "worth_of"]


@kernel
def _add_head(
    slot: int,
    group: int,
    need: Array,
    prices: Array,
    serves: Array,
    flow: Array,
    met: Array,
    free: Array,
) -> int:
    """Put one more agent of `group` to best use in `slot`; return the value gained (0 if idle)."""
    queues, groups = need.shape[0], serves.shape[0]
    parent_queue = np.full(queues, -2, np.int64)
    parent_group = np.full(queues, -1, np.int64)
    pending = np.empty(queues, np.int64)
    count = 0
    for queue in range(queues):
        if serves[group, queue]:
            parent_queue[queue] = -1
            pending[count] = queue
            count += 1
    best, best_value = -1, 0
    head = 0
    while head < count:
        queue = pending[head]
        head += 1
        value = unit_value(met[slot, queue] + 1, need[queue, slot], prices[queue])
        if value > best_value:
            best, best_value = queue, value
        for other in range(groups):
            if flow[slot, queue, other] > 0:
                for target in range(queues):
                    if serves[other, target] and parent_queue[target] == -2:
                        parent_queue[target] = queue
                        parent_group[target] = other
                        pending[count] = target
                        count += 1
    if best < 0:
        free[slot, group] += 1
        return 0
    met[slot, best] += 1
    queue = best
    while parent_queue[queue] >= 0:
        source, mover = parent_queue[queue], parent_group[queue]
        flow[slot, queue, mover] += 1
        flow[slot, source, mover] -= 1
        queue = source
    flow[slot, queue, group] += 1
    return best_value


@kernel
def _remove_head(
    slot: int,
    group: int,
    need: Array,
    prices: Array,
    serves: Array,
    flow: Array,
    met: Array,
    free: Array,
) -> int:
    """Take one agent of `group` out of `slot` at the least loss; return the value lost."""
    if free[slot, group] > 0:
        free[slot, group] -= 1
        return 0
    queues, groups = need.shape[0], serves.shape[0]
    parent_queue = np.full(queues, -2, np.int64)
    parent_group = np.full(queues, -1, np.int64)
    pending = np.empty(queues, np.int64)
    count = 0
    for queue in range(queues):
        if flow[slot, queue, group] > 0:
            parent_queue[queue] = -1
            pending[count] = queue
            count += 1
    best, best_value, helper = -1, -1, -1
    head = 0
    while head < count:
        queue = pending[head]
        head += 1
        for other in range(groups):
            if serves[other, queue] and free[slot, other] > 0:
                best, best_value, helper = queue, 0, other
                break
        if helper >= 0:
            break
        value = unit_value(met[slot, queue], need[queue, slot], prices[queue])
        if best < 0 or value < best_value:
            best, best_value = queue, value
        for other in range(groups):
            if serves[other, queue]:
                for source in range(queues):
                    if flow[slot, source, other] > 0 and parent_queue[source] == -2:
                        parent_queue[source] = queue
                        parent_group[source] = other
                        pending[count] = source
                        count += 1
    # `best` is where the hole ends up; walk back moving agents into the hole before it.
    if helper >= 0:
        free[slot, helper] -= 1
        flow[slot, best, helper] += 1
    else:
        met[slot, best] -= 1
    queue = best
    while parent_queue[queue] >= 0:
        target, mover = parent_queue[queue], parent_group[queue]
        flow[slot, queue, mover] -= 1
        flow[slot, target, mover] += 1
        queue = target
    flow[slot, queue, group] -= 1
    return best_value


@kernel
def add_shift(
    start: int,
    end: int,
    break_start: int,
    break_end: int,
    groups: Array,
    need: Array,
    prices: Array,
    serves: Array,
    flow: Array,
    met: Array,
    free: Array,
    dirty: Array,
) -> int:
    """Add one agent to every slot of a shift but the break; return the value gained (cents).

    `groups` is the agent's skill group per slot; touched slots are marked in `dirty`.
    """
    gained = 0
    for slot in range(start, min(end, need.shape[1])):
        if break_start <= slot < break_end:
            continue
        gained += _add_head(slot, groups[slot], need, prices, serves, flow, met, free)
        dirty[slot] = 1
    return gained


@kernel
def remove_shift(
    start: int,
    end: int,
    break_start: int,
    break_end: int,
    groups: Array,
    need: Array,
    prices: Array,
    serves: Array,
    flow: Array,
    met: Array,
    free: Array,
    dirty: Array,
) -> int:
    """Take one agent out of every slot of a shift but the break; return the value lost (cents)."""
    lost = 0
    for slot in range(start, min(end, need.shape[1])):
        if break_start <= slot < break_end:
            continue
        lost += _remove_head(slot, groups[slot], need, prices, serves, flow, met, free)
        dirty[slot] = 1
    return lost


@kernel
def _refresh(
    slot: int, need: Array, prices: Array, serves: Array, flow: Array, met: Array, cache: Array
) -> None:
    """Compute what one more agent of each group would gain in `slot`."""
    queues, groups = need.shape[0], serves.shape[0]
    reach = np.zeros(queues, np.int64)
    for queue in range(queues):
        reach[queue] = unit_value(met[slot, queue] + 1, need[queue, slot], prices[queue])
    changed = True
    while changed:
        changed = False
        for group in range(groups):
            best = 0
            for queue in range(queues):
                if serves[group, queue] and reach[queue] > best:
                    best = reach[queue]
            for queue in range(queues):
                if reach[queue] < best and flow[slot, queue, group] > 0:
                    reach[queue] = best
                    changed = True
    for group in range(groups):
        best = 0
        for queue in range(queues):
            if serves[group, queue] and reach[queue] > best:
                best = reach[queue]
        cache[slot, group] = best


@kernel
def agent_gains(
    groups: Array,
    need: Array,
    prices: Array,
    serves: Array,
    flow: Array,
    met: Array,
    dirty: Array,
    cache: Array,
    idle_cents: int,
    out: Array,
) -> None:
    """Fill `out` with what this agent's presence is worth in each slot, given everybody else.

    A slot where nothing is gained costs `idle_cents`.
    """
    for slot in range(need.shape[1]):
        if dirty[slot]:
            _refresh(slot, need, prices, serves, flow, met, cache)
            dirty[slot] = 0
        value = cache[slot, groups[slot]]
        out[slot] = value if value > 0 else -idle_cents


@kernel
def worth_of(need: Array, prices: Array, met: Array) -> int:
    """Return the worth (cents) of the need met by ``met[slot, queue]`` agents on each queue."""
    total = 0
    for queue in range(need.shape[0]):
        for slot in range(need.shape[1]):
            for unit in range(1, min(met[slot, queue], need[queue, slot]) + 1):
                total += unit_value(unit, need[queue, slot], prices[queue])
    return total
