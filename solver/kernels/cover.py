"""Cover kept at its best split by augmenting paths, one agent at a time.

Per slot the agents on duty ("heads") stand on queues or are free. One more head starts a chain: it
takes a place on a queue, and a head from there may move on to another queue that it serves. Walked
backwards from the queues with unmet need, the bits of `CoverState.sources` give for every queue at
once what a head brought there is worth, and which way the chain goes on. That is kept per slot
until the slot changes. Single changes along best chains keep the split optimal [1]_.

References
----------
.. [1] R. Ahuja, T. Magnanti, J. Orlin, "Network flows", Prentice Hall (1993), chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from solver.kernels.common import Array, kernel, unit_value
from solver.kernels.cover_state import CoverState

__all__ = [
    "add_shift",
    "add_shifts",
    "agent_gains",
    "remove_shift",
    "remove_shifts",
    "worth_of",
]

_Function = TypeVar("_Function")


def _bare(function: _Function) -> _Function:
    """Compile without reference counts on arrays: passing the state's arrays on then costs nothing.

    Such a kernel may not create arrays; its callers hold all that it works on.
    """
    options: Any = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    return cast(_Function, njit(**options)(function))


def _bit_scan(_context: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], cgutils.true_bit)

    return types.int64(types.uint64), generate


_lowest_bit: Callable[[Any], int] = cast(Any, intrinsic(_bit_scan))
"""Position of the lowest bit set in a word that is not 0."""


@_bare
def _count_head(cover: CoverState, slot: int, queue: int, step: int) -> None:
    """Count one head more (1) or fewer (-1) on a queue."""
    met, need = cover.met[slot, queue] + step, cover.need[slot, queue]
    cover.met[slot, queue] = met
    cover.last_cents[slot, queue] = unit_value(met, need, cover.prices[queue])
    worth = unit_value(met + 1, need, cover.prices[queue]) if met < need else -1
    cover.next_cents[slot, queue] = worth


@_bare
def _count_free(cover: CoverState, slot: int, group: int, step: int) -> None:
    """Count one free head of a group more (1) or fewer (-1)."""
    cover.free[slot, group] += step
    cover.idle[0] += step
    for at in range(cover.group_from[group], cover.group_from[group + 1]):
        cover.spare[slot, cover.group_queues[at]] += step


@_bare
def _arc_of(cover: CoverState, group: int, queue: int) -> int:
    """Return the arc of a group with a queue that it serves."""
    at = cover.group_from[group]
    while cover.group_queues[at] != queue:
        at += 1
    return int(cover.group_arcs[at])


@_bare
def _arc_to(cover: CoverState, slot: int, queue: int, target: int) -> int:
    """Return an arc of `queue` with a head that may move to `target`; there is one."""
    word, bit = target >> 6, np.uint64(target & 63)
    arc = cover.queue_from[queue]
    while (
        cover.flow[slot, arc] <= 0
        or (cover.serves[cover.arc_group[arc], word] >> bit) & np.uint64(1) == 0
    ):
        arc += 1
    return int(arc)


@_bare
def _enter(cover: CoverState, slot: int, queue: int, arc: int) -> None:
    """Put a head of the arc's group on the arc's queue."""
    cover.flow[slot, arc] += 1
    if cover.flow[slot, arc] > 1:
        return
    group = cover.arc_group[arc]
    word, bit = queue >> 6, np.uint64(1) << np.uint64(queue & 63)
    for at in range(cover.group_from[group], cover.group_from[group + 1]):
        cover.sources[slot, cover.group_queues[at], word] |= bit


@_bare
def _leave(cover: CoverState, slot: int, queue: int, arc: int) -> None:
    """Take a head of the arc's group off the arc's queue."""
    cover.flow[slot, arc] -= 1
    if cover.flow[slot, arc] > 0:
        return
    group = cover.arc_group[arc]
    here, bit = queue >> 6, np.uint64(1) << np.uint64(queue & 63)
    for word in range(cover.serves.shape[1]):
        lost = cover.serves[group, word]
        for other in range(cover.queue_from[queue], cover.queue_from[queue + 1]):
            if lost == 0:
                break
            if cover.flow[slot, other] > 0:
                lost &= ~cover.serves[cover.arc_group[other], word]
        while lost != 0:
            target = (word << 6) + _lowest_bit(lost)
            lost &= lost - np.uint64(1)
            cover.sources[slot, target, here] &= ~bit


@_bare
def _refresh(cover: CoverState, slot: int) -> None:
    """Bring `reach` and `hop` of a slot up to date: backwards from unmet need, dearest first."""
    queues, words = cover.sources.shape[1], cover.sources.shape[2]
    worth, reach, hop = cover.next_cents[slot], cover.reach[slot], cover.hop[slot]
    sources, pending, seen = cover.sources[slot], cover.pending, cover.seen
    left = 0
    for queue in range(queues):
        reach[queue] = -1
        if worth[queue] >= 0:
            pending[left] = queue
            left += 1
    seen[:] = 0
    cover.dirty[slot] = 0
    # `pending` holds queues with unmet need in front and the ones being walked in its second half.
    while left > 0:
        best, first, kept = -1, -1, 0
        for index in range(left):
            queue = pending[index]
            if reach[queue] < 0:
                pending[kept] = queue
                kept += 1
                if worth[queue] > best:
                    best, first = worth[queue], queue
        left = kept
        if first < 0:
            return
        reach[first] = best
        hop[first] = first
        seen[first >> 6] |= np.uint64(1) << np.uint64(first & 63)
        head, tail = queues, queues + 1
        pending[head] = first
        while head < tail:
            target = pending[head]
            head += 1
            for word in range(words):
                new = sources[target, word] & ~seen[word]
                seen[word] |= new
                while new != 0:
                    queue = (word << 6) + _lowest_bit(new)
                    new &= new - np.uint64(1)
                    reach[queue] = best
                    hop[queue] = target
                    pending[tail] = queue
                    tail += 1


@_bare
def _add_head(cover: CoverState, slot: int, group: int) -> int:
    """Put one more agent of `group` to best use in `slot`; return the value gained (0 if idle)."""
    if cover.dirty[slot]:
        _refresh(cover, slot)
    cover.heads[slot] += 1
    best, at_best = -1, -1
    for at in range(cover.group_from[group], cover.group_from[group + 1]):
        value = cover.reach[slot, cover.group_queues[at]]
        if value > best:
            best, at_best = value, at
    if at_best < 0:
        _count_free(cover, slot, group, 1)
        return 0
    cover.dirty[slot] = 1
    queue, arc = cover.group_queues[at_best], cover.group_arcs[at_best]
    while cover.hop[slot, queue] != queue:
        target = cover.hop[slot, queue]
        mover = _arc_to(cover, slot, queue, target)
        _enter(cover, slot, queue, arc)
        _leave(cover, slot, queue, mover)
        arc = _arc_of(cover, cover.arc_group[mover], target)
        queue = target
    _enter(cover, slot, queue, arc)
    _count_head(cover, slot, queue, 1)
    return best


@_bare
def _remove_head(cover: CoverState, slot: int, group: int) -> int:
    """Take one agent of `group` out of `slot` at the least loss; return the value lost."""
    if cover.free[slot, group] > 0:
        cover.heads[slot] -= 1
        _count_free(cover, slot, group, -1)
        return 0
    pending, came_from, seen = cover.pending, cover.came_from, cover.seen
    seen[:] = 0
    tail = 0
    for at in range(cover.group_from[group], cover.group_from[group + 1]):
        if cover.flow[slot, cover.group_arcs[at]] > 0:
            queue = cover.group_queues[at]
            came_from[queue] = -1
            seen[queue >> 6] |= np.uint64(1) << np.uint64(queue & 63)
            pending[tail] = queue
            tail += 1
    if tail == 0:
        raise ValueError("no agent of this skill group is on duty in the slot")
    cover.heads[slot] -= 1
    cover.dirty[slot] = 1
    hole, least, helped = -1, 0, False
    head = 0
    while head < tail:
        target = pending[head]
        head += 1
        if cover.spare[slot, target] > 0:
            hole, least, helped = target, 0, True
            break
        value = cover.last_cents[slot, target]
        if hole < 0 or value < least:
            hole, least = target, value
        for word in range(seen.shape[0]):
            new = cover.sources[slot, target, word] & ~seen[word]
            seen[word] |= new
            while new != 0:
                queue = (word << 6) + _lowest_bit(new)
                new &= new - np.uint64(1)
                came_from[queue] = target
                pending[tail] = queue
                tail += 1
    # Heads move into the hole one after the other, the last one from `hole`.
    queue, entering = hole, -1
    if helped:
        entering = cover.queue_from[hole]
        while cover.free[slot, cover.arc_group[entering]] <= 0:
            entering += 1
        _count_free(cover, slot, cover.arc_group[entering], -1)
    else:
        _count_head(cover, slot, hole, -1)
    while came_from[queue] >= 0:
        target = came_from[queue]
        mover = _arc_to(cover, slot, queue, target)
        if entering >= 0:
            _enter(cover, slot, queue, entering)
        _leave(cover, slot, queue, mover)
        entering = _arc_of(cover, cover.arc_group[mover], target)
        queue = target
    if entering >= 0:
        _enter(cover, slot, queue, entering)
    _leave(cover, slot, queue, _arc_of(cover, group, queue))
    return least


@_bare
def add_shift(
    cover: CoverState,
    start: int,
    end: int,
    break_start: int,
    break_end: int,
    seg_from: Array,
    seg_group: Array,
) -> int:
    """Add one agent to every slot of a shift but the break; return the value gained (cents).

    Parameters
    ----------
    start, end, break_start, break_end : int
        Slots; `end` may lie beyond the horizon, an empty break means none.
    seg_from, seg_group : (segments,) int arrays
        The agent's skill group from each of these slots on; in order, the first from slot 0.

    Raises
    ------
    OverflowError
        More agents in a slot than the counters hold; nothing is changed then.
    """
    end = min(end, cover.heads.shape[0])
    most = np.iinfo(cover.flow.dtype).max
    for slot in range(start, end):
        if cover.heads[slot] >= most:
            raise OverflowError("more agents on duty in a slot than the counters hold")
    gained, segment = 0, 0
    for slot in range(start, end):
        while segment + 1 < seg_from.shape[0] and seg_from[segment + 1] <= slot:
            segment += 1
        if not break_start <= slot < break_end:
            gained += _add_head(cover, slot, seg_group[segment])
    return gained


@_bare
def remove_shift(
    cover: CoverState,
    start: int,
    end: int,
    break_start: int,
    break_end: int,
    seg_from: Array,
    seg_group: Array,
) -> int:
    """Take one agent out of every slot of a shift but the break; return the value lost (cents).

    Parameters as in `add_shift`.

    Raises
    ------
    ValueError
        Nobody of the agent's group is on duty in a slot; the slots before it are changed.
    """
    lost, segment = 0, 0
    for slot in range(start, min(end, cover.heads.shape[0])):
        while segment + 1 < seg_from.shape[0] and seg_from[segment + 1] <= slot:
            segment += 1
        if not break_start <= slot < break_end:
            lost += _remove_head(cover, slot, seg_group[segment])
    return lost


@_bare
def add_shifts(
    cover: CoverState,
    start: Array,
    end: Array,
    break_start: Array,
    break_end: Array,
    seg_from: Array,
    seg_group: Array,
) -> int:
    """Add all shifts of one agent, one entry of the arrays each; see `add_shift`."""
    gained = 0
    for index in range(start.shape[0]):
        gained += add_shift(
            cover,
            int(start[index]),
            int(end[index]),
            int(break_start[index]),
            int(break_end[index]),
            seg_from,
            seg_group,
        )
    return gained


@_bare
def remove_shifts(
    cover: CoverState,
    start: Array,
    end: Array,
    break_start: Array,
    break_end: Array,
    seg_from: Array,
    seg_group: Array,
) -> int:
    """Take all shifts of one agent out, one entry of the arrays each; see `remove_shift`."""
    lost = 0
    for index in range(start.shape[0]):
        lost += remove_shift(
            cover,
            int(start[index]),
            int(end[index]),
            int(break_start[index]),
            int(break_end[index]),
            seg_from,
            seg_group,
        )
    return lost


@_bare
def agent_gains(cover: CoverState, seg_from: Array, seg_group: Array, out: Array) -> None:
    """Fill `out` with what this agent's presence is worth in each slot, given everybody else.

    A slot where the agent would be left without a queue costs the idle cents. `out` is a float32 or
    float64 array of one entry per slot; segments as in `add_shift`.
    """
    slots = cover.heads.shape[0]
    for slot in range(slots):
        if cover.dirty[slot]:
            _refresh(cover, slot)
    for segment in range(seg_from.shape[0]):
        until = seg_from[segment + 1] if segment + 1 < seg_from.shape[0] else slots
        group = seg_group[segment]
        served = cover.group_queues[cover.group_from[group] : cover.group_from[group + 1]]
        for slot in range(seg_from[segment], min(until, slots)):
            best = -1
            for queue in served:
                best = max(best, cover.reach[slot, queue])
            out[slot] = best if best >= 0 else -cover.idle_cents


@kernel
def worth_of(need: Array, prices: Array, met: Array) -> int:
    """Return the worth (cents) of the need met by ``met[slot, queue]`` agents on each queue."""
    total = 0
    for queue in range(need.shape[0]):
        for slot in range(need.shape[1]):
            for unit in range(1, min(met[slot, queue], need[queue, slot]) + 1):
                total += unit_value(unit, need[queue, slot], prices[queue])
    return total
