"""Cover as rows of a linear programme: per slot, what heads are worth and how they split."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem, unit_values

__all__ = ["CoverRows", "Extra", "cover_rows"]


@dataclass(frozen=True, slots=True)
class Extra:
    """A variable of the cover: units missing at one worth, heads idle, or heads moved.

    Parameters
    ----------
    cents : int
        Cost of one unit.
    most : int
        Largest value, -1 for no limit.
    terms : tuple of (row, coefficient)
    """

    cents: int
    most: int
    terms: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class CoverRows:
    """Equality rows of the cover.

    Each head on duty counts 1 in the row of its slot and skill group. Where the groups on duty in a
    slot share no queue, that row is the whole story: heads, and units of need that are missed, less
    idle heads make up the need. Elsewhere heads flow from the row of their group to the rows of
    queues.

    Parameters
    ----------
    right : (rows,) array
        Right sides.
    row_of : (groups, slots) array
        Row of a head; -1 for groups never on duty.
    queue_row : (queues, slots) array
        Row whose dual value is the price of the queue; -1 where nobody may serve it.
    extras : tuple of Extra
        The variables besides the rosters.
    constant : int
        Cost of need that nobody may serve.
    serves : tuple of tuple of int
        Queues of each group.
    idle_cents : int
    """

    right: NDArray[np.int64]
    row_of: NDArray[np.int32]
    queue_row: NDArray[np.int32]
    extras: tuple[Extra, ...]
    constant: int
    serves: tuple[tuple[int, ...], ...]
    idle_cents: int

    def row_prices(self, mu: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the prices of queues pay a head, row by row; queue rows of a flow aside."""
        prices = np.full(len(self.right), -float(self.idle_cents))
        for group, queues in enumerate(self.serves):
            slots = np.flatnonzero(self.row_of[group] >= 0)
            best = np.full(len(slots), -float(self.idle_cents))
            for queue in queues:
                best = np.maximum(best, mu[queue, slots])
            prices[self.row_of[group, slots]] = best
        return prices


def cover_rows(problem: PlanningProblem) -> CoverRows:
    """Return the rows for all slots of a problem."""
    queues, groups = len(problem.queues), len(problem.groups)
    present = np.zeros((groups, problem.slots), dtype=np.bool_)
    for agent in problem.agents:
        ends = [from_slot for from_slot, _ in agent.groups[1:]] + [problem.slots]
        for (from_slot, group), end in zip(agent.groups, ends, strict=True):
            present[group, from_slot:end] = True
    row_of = np.full((groups, problem.slots), -1, dtype=np.int32)
    queue_row = np.full((queues, problem.slots), -1, dtype=np.int32)
    right: list[int] = []
    extras: list[Extra] = []
    constant = 0
    parts_of: dict[bytes, list[tuple[list[int], list[int]]]] = {}
    for slot in range(problem.slots):
        key = present[:, slot].tobytes()
        if key not in parts_of:
            parts_of[key] = _parts(problem, np.flatnonzero(present[:, slot]).tolist())
        for members, served in parts_of[key]:
            needs = [(queue, problem.queues[queue].need[slot]) for queue in served]
            if not members:
                constant += sum(
                    sum(unit_values(need, problem.queues[queue].short_cents))
                    for queue, need in needs
                )
            elif len(members) == 1:
                row = len(right)
                row_of[members[0], slot] = row
                queue_row[served, slot] = row
                right.append(sum(need for _, need in needs))
                extras.extend(_missed(problem, needs, row))
                extras.append(Extra(problem.idle_cents, -1, ((row, -1),)))
            else:
                for queue, need in needs:
                    queue_row[queue, slot] = len(right)
                    extras.extend(_missed(problem, [(queue, need)], len(right)))
                    right.append(need)
                for group in members:
                    row = len(right)
                    row_of[group, slot] = row
                    right.append(0)
                    extras.append(Extra(problem.idle_cents, -1, ((row, -1),)))
                    extras.extend(
                        Extra(0, -1, ((row, -1), (int(queue_row[queue, slot]), 1)))
                        for queue in problem.groups[group]
                    )
    return CoverRows(
        np.array(right, dtype=np.int64), row_of, queue_row, tuple(extras), constant,
        problem.groups, problem.idle_cents,
    )  # fmt: skip


def _parts(problem: PlanningProblem, present: list[int]) -> list[tuple[list[int], list[int]]]:
    """Return groups on duty and queues that hang together; queues served by nobody last."""
    parts: list[tuple[list[int], list[int]]] = []
    for group in present:
        members, served = [group], set(problem.groups[group])
        apart = []
        for other_members, other_served in parts:
            if served & set(other_served):
                members = other_members + members
                served |= set(other_served)
            else:
                apart.append((other_members, other_served))
        parts = [*apart, (members, sorted(served))]
    known = {queue for _, served in parts for queue in served}
    rest = [queue for queue in range(len(problem.queues)) if queue not in known]
    return [*parts, ([], rest)] if rest else parts


def _missed(problem: PlanningProblem, needs: list[tuple[int, int]], row: int) -> list[Extra]:
    """Return one variable per worth of a unit missed in one row."""
    count: dict[int, int] = defaultdict(int)
    for queue, need in needs:
        for value in unit_values(need, problem.queues[queue].short_cents):
            count[value] += 1
    return [Extra(value, most, ((row, 1),)) for value, most in sorted(count.items())]
