"""What one agent more, or less, is worth in a slot: the best split of a roster's heads, as asked.

Each slot is one small flow of least cost from skill groups to units of need; what is left over in
it says what one more head of a group would bring and what one less would cost. Slots are worked out
when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem, unit_values
from solver.roster import Choice, SlotRoster

__all__ = ["Cover", "SlotSplit"]

IntArray = NDArray[np.int64]
_NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, eq=False)
class SlotSplit:
    """The best split of one slot.

    Parameters
    ----------
    cost_cents : int
        Shortage and idle agents together.
    flow : (groups, queues) int array
        Agents of each group on each queue.
    gain_cents : (groups,) int array
        What the cost falls by with one more agent of a group; negative where that one is idle.
    loss_cents : (groups,) int array
        What the cost rises by with one less; of no meaning for groups without heads.
    """

    cost_cents: int
    flow: IntArray
    gain_cents: IntArray
    loss_cents: IntArray


class Cover:
    """Heads on duty of a roster and the best split of each slot, worked out as asked.

    Parameters
    ----------
    problem : PlanningProblem
        Need, prices and groups.
    roster : SlotRoster
        Who works when.

    Attributes
    ----------
    need : (queues, slots) int array
    serves : (groups, queues) bool array
    heads : (groups, slots) int array
        Agents on duty and not on break.
    """

    def __init__(self, problem: PlanningProblem, roster: SlotRoster) -> None:
        self._problem = problem
        self.need = np.array([queue.need for queue in problem.queues], dtype=np.int64).reshape(
            len(problem.queues), problem.slots
        )
        self.serves = np.zeros((len(problem.groups), len(problem.queues)), dtype=np.bool_)
        for group, queues in enumerate(problem.groups):
            self.serves[group, list(queues)] = True
        self.heads = _heads(problem, roster.choices)
        self._splits: dict[int, SlotSplit] = {}
        self._without: dict[tuple[int, int], SlotSplit] = {}

    def with_groups(self, problem: PlanningProblem) -> Cover:
        """Return the same cover where `problem` has further groups, without heads; else itself."""
        more = len(problem.groups) - len(self.serves)
        if not more:
            return self
        wider = Cover(problem, SlotRoster())
        wider.heads[: len(self.serves)] = self.heads
        return wider

    def split(self, slot: int) -> SlotSplit:
        """Return the best split of a slot."""
        if slot not in self._splits:
            self._splits[slot] = self.split_of(slot, self.heads[:, slot])
        return self._splits[slot]

    def without(self, slot: int, group: int) -> SlotSplit:
        """Return the best split of a slot with one agent of a group less."""
        if (slot, group) not in self._without:
            heads = self.heads[:, slot].copy()
            heads[group] -= 1
            self._without[slot, group] = self.split_of(slot, heads)
        return self._without[slot, group]

    def split_of(self, slot: int, heads: IntArray) -> SlotSplit:
        """Return the best split of other heads over the need of a slot.

        Parameters
        ----------
        heads : (groups,) int array
            Agents on duty by skill group.
        """
        flow, met, left, empty = self._solve(slot, heads)
        idle_cents = self._problem.idle_cents
        cost = empty + int(heads.sum() - met.sum()) * idle_cents
        queues = len(met)
        first, last = np.full(queues, -_NEVER), np.full(queues, _NEVER)
        for queue, values in left.items():
            cost -= sum(values[: met[queue]])
            if met[queue] < len(values):
                first[queue] = values[met[queue]]
            if met[queue]:
                last[queue] = values[met[queue] - 1]
        reach = _reach(flow, self.serves)
        # One more head on a queue may push others along to a unit that nobody meets yet.
        worth = np.where(reach, first[None, :], -_NEVER).max(axis=1, initial=-_NEVER)
        best = np.where(self.serves, worth[None, :], -_NEVER).max(axis=1, initial=-_NEVER)
        gain = np.where(best >= 0, best, -idle_cents)
        # One head less may be made good by others, down to an idle one or the unit worth least.
        idle = heads - flow.sum(axis=1)
        spare = self.serves[idle > 0].any(axis=0)
        last = np.where(spare, -idle_cents, last)
        ends = np.where(reach.T, last[None, :], _NEVER).min(axis=1, initial=_NEVER)
        loss = np.where(flow > 0, ends[None, :], _NEVER).min(axis=1, initial=_NEVER)
        loss = np.where(idle > 0, -idle_cents, loss)
        return SlotSplit(cost, flow, gain, loss)

    def _solve(
        self, slot: int, heads: IntArray
    ) -> tuple[IntArray, IntArray, dict[int, tuple[int, ...]], int]:
        """Return flow, met units per queue, values of all units by queue, and their sum."""
        from ortools.graph.python import min_cost_flow

        problem = self._problem
        values = {
            queue: unit_values(need, problem.queues[queue].short_cents)
            for queue, need in enumerate(self.need[:, slot].tolist())
            if need
        }
        empty = sum(map(sum, values.values()))
        flow = np.zeros(self.serves.shape, dtype=np.int64)
        wanted = np.zeros(len(problem.queues), dtype=np.bool_)
        wanted[list(values)] = True
        able = self.serves & wanted & (heads > 0)[:, None]
        groups, queues = np.nonzero(able)
        if not len(groups):
            return flow, flow.sum(axis=0), values, empty
        source, sink, first_queue = 0, 1, 2 + len(heads)
        used = np.unique(groups)
        tiers = [
            (queue, cents, units)
            for queue, own in values.items()
            for cents, units in Counter(own).items()
        ]
        count = len(used)
        tails = [
            np.full(count, source),
            2 + groups,
            2 + used,
            first_queue + np.array([queue for queue, _, _ in tiers]),
        ]
        tips = [
            2 + used,
            first_queue + queues,
            np.full(count, sink),
            np.full(len(tiers), sink),
        ]
        caps = [heads[used], heads[groups], heads[used], np.array([u for _, _, u in tiers])]
        # A unit of no value is still met before an agent is idle.
        costs = [
            np.zeros(count),
            np.zeros(len(groups)),
            np.zeros(count),
            np.array([-2 * cents - 1 for _, cents, _ in tiers]),
        ]
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(
            np.concatenate(tails).astype(np.int32),
            np.concatenate(tips).astype(np.int32),
            np.concatenate(caps).astype(np.int64),
            np.concatenate(costs).astype(np.int64),
        )
        total = int(heads[used].sum())
        solver.set_nodes_supplies(np.array([source, sink]), np.array([total, -total]))
        status = solver.solve()
        assert status == solver.OPTIMAL, status
        arcs = np.arange(count, count + len(groups))
        flow[groups, queues] = solver.flows(arcs)
        return flow, flow.sum(axis=0), values, empty


def _heads(problem: PlanningProblem, choices: Iterable[Choice]) -> IntArray:
    """Count agents on duty and not on break, shape (groups, slots)."""
    slots = problem.slots
    steps = np.zeros((len(problem.groups), slots + 1), dtype=np.int64)
    table = problem.options
    for choice in choices:
        row = choice.option_idx
        stretches = [(int(table.start[row]), int(table.end[row]), 1)]
        if choice.break_start >= 0:
            until = choice.break_start + int(table.break_slots[row])
            stretches.append((choice.break_start, until, -1))
        segments = problem.agents[choice.agent_idx].groups
        for index, (since, group) in enumerate(segments):
            after = segments[index + 1][0] if index + 1 < len(segments) else slots
            for start, end, sign in stretches:
                low, high = max(start, since), min(end, after, slots)
                if low < high:
                    steps[group, low] += sign
                    steps[group, high] -= sign
    return np.cumsum(steps, axis=1)[:, :slots]


def _reach(flow: IntArray, serves: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return from which queue heads can be pushed along to which, each to itself included."""
    queues = flow.shape[1]
    step = np.eye(queues, dtype=np.bool_)
    step |= ((flow > 0).T.astype(np.float32) @ serves.astype(np.float32)) > 0
    while True:
        further = (step.astype(np.float32) @ step.astype(np.float32)) > 0
        if np.array_equal(further, step):
            return step
        step = further
