"""What the cover kernels work on: need, skills, and the split of heads over queues, as arrays.

Heads (agents on duty and not on break) are counted per *arc*, a skill group with one of its queues,
so that memory grows with the skills there are and not with queues times groups. Arcs are numbered
queue by queue. Sets of queues are bits in 64-bit words, as many words as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solver.kernels.common import Array

__all__ = ["CoverState", "cover_state", "skill_lists"]


class CoverState(NamedTuple):
    """Heads on duty and how they are split, as arrays that the kernels change in place.

    Not for two threads at a time. Make it with `cover_state`.

    Parameters
    ----------
    need : (slots, queues) int32 array
        Agents needed.
    prices : (queues, 3) int64 array
        Cents per slot of a missing agent in the high, middle and low tier.
    idle_cents : int
        Cost per slot of a free head.
    group_from, group_queues : (groups + 1,), (arcs,) int32 arrays
        Queues that a group serves: ``group_queues[group_from[group] : group_from[group + 1]]``.
    group_arcs : (arcs,) int32 array
        Arc of each entry of `group_queues`.
    queue_from, arc_group : (queues + 1,), (arcs,) int32 arrays
        Arcs of a queue are ``queue_from[queue]`` up to ``queue_from[queue + 1]``; their groups.
    serves : (groups, words) uint64 array
        Queues that a group serves, as bits.
    flow : (slots, arcs) int16 or int32 array
        Heads of the arc's group on its queue.
    free : (slots, groups) array of the same type
        Heads without a queue.
    spare : (slots, queues) array of the same type
        Free heads that may serve the queue.
    heads : (slots,) int32 array
        All heads.
    idle : (1,) int64 array
        Free heads in all slots.
    met : (slots, queues) int32 array
        Heads on the queue.
    next_cents, last_cents : (slots, queues) int64 arrays
        Worth of one more head on the queue (-1 beyond need), and of the last one there.
    sources : (slots, queues, words) uint64 array
        Queues with a head that may move to this queue, as bits.
    reach : (slots, queues) int64 array
        Worth of a head brought to the queue after the best chain; -1 if there is none.
    hop : (slots, queues) int32 array
        Where that chain goes next; the queue itself at its end.
    dirty : (slots,) uint8 array
        1 where `reach` and `hop` are out of date.
    pending, came_from, seen : (2 * queues,), (queues,) int64, (words,) uint64 arrays
        Room for the kernels to work in.
    """

    need: Array
    prices: Array
    idle_cents: int
    group_from: Array
    group_queues: Array
    group_arcs: Array
    queue_from: Array
    arc_group: Array
    serves: Array
    flow: Array
    free: Array
    spare: Array
    heads: Array
    idle: Array
    met: Array
    next_cents: Array
    last_cents: Array
    sources: Array
    reach: Array
    hop: Array
    dirty: Array
    pending: Array
    came_from: Array
    seen: Array


def skill_lists(groups: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """Return the queues of all groups one after the other, and where each group's begin.

    Returns
    -------
    group_from : (groups + 1,) int32 array
    group_queues : (arcs,) int32 array
    """
    group_from = np.zeros(len(groups) + 1, dtype=np.int32)
    group_from[1:] = np.cumsum([len(queues) for queues in groups])
    return group_from, np.array([q for queues in groups for q in queues], dtype=np.int32)


def cover_state(
    need: Array, prices: Array, groups: Sequence[Sequence[int]], idle_cents: int, *, most_heads: int
) -> CoverState:
    """Return the cover of nobody on duty.

    Parameters
    ----------
    need : (queues, slots) int array
    prices : (queues, 3) int array
    groups : sequence
        Queue indices each group may serve, each once.
    idle_cents : int
    most_heads : int
        Most agents that can be on duty in one slot; decides how wide the counters are.
    """
    queues, slots = need.shape
    words = max(1, -(-queues // 64))
    count = np.int16 if most_heads <= np.iinfo(np.int16).max else np.int32
    group_from, group_queues = skill_lists(groups)
    group_of = np.repeat(np.arange(len(groups), dtype=np.int32), np.diff(group_from))
    order = np.argsort(group_queues, kind="stable")
    group_arcs = np.empty(len(order), dtype=np.int32)
    group_arcs[order] = np.arange(len(order), dtype=np.int32)
    serves = np.zeros((len(groups), words), dtype=np.uint64)
    bits = np.uint64(1) << (group_queues % 64).astype(np.uint64)
    np.bitwise_or.at(serves, (group_of, group_queues // 64), bits)
    need = np.ascontiguousarray(need.T, dtype=np.int32)
    return CoverState(
        need=need,
        prices=np.ascontiguousarray(prices, dtype=np.int64),
        idle_cents=int(idle_cents),
        group_from=group_from,
        group_queues=group_queues,
        group_arcs=group_arcs,
        queue_from=np.searchsorted(group_queues[order], np.arange(queues + 1)).astype(np.int32),
        arc_group=group_of[order],
        serves=serves,
        flow=np.zeros((slots, len(order)), dtype=count),
        free=np.zeros((slots, len(groups)), dtype=count),
        spare=np.zeros((slots, queues), dtype=count),
        heads=np.zeros(slots, dtype=np.int32),
        idle=np.zeros(1, dtype=np.int64),
        met=np.zeros((slots, queues), dtype=np.int32),
        next_cents=np.where(need > 0, prices[:, 0], -1).astype(np.int64),
        last_cents=np.zeros((slots, queues), dtype=np.int64),
        sources=np.zeros((slots, queues, words), dtype=np.uint64),
        reach=np.zeros((slots, queues), dtype=np.int64),
        hop=np.zeros((slots, queues), dtype=np.int32),
        dirty=np.ones(slots, dtype=np.uint8),
        pending=np.empty(2 * queues, dtype=np.int64),
        came_from=np.empty(queues, dtype=np.int64),
        seen=np.empty(words, dtype=np.uint64),
    )
