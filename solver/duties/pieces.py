"""Pieces of duty: the unbroken runs of a shift before and after its break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
from solver.roster import SlotRoster

__all__ = ["Piece", "pieces_of"]


@dataclass(slots=True, eq=False)
class Piece:
    """One agent's time on duty without a break, inside the horizon.

    Parameters
    ----------
    start, end : int
        Slots, half-open.
    allowed : (end - start, queues) array
        Which queues the agent may serve in each slot.
    queue_of : (end - start,) array
        Queue per slot, -1 for none; changed in place while stints are placed.
    """

    agent_idx: int
    start: int
    end: int
    allowed: NDArray[np.bool_]
    queue_of: NDArray[np.int64]

    @property
    def key(self) -> tuple[int, int]:
        """Order that does not depend on how pieces were made."""
        return self.start, self.agent_idx

    def join(self, met: NDArray[np.int32]) -> None:
        """Count this piece's agent on its queues; `met` is (slots, queues)."""
        self._add(met, 1)

    def leave(self, met: NDArray[np.int32]) -> None:
        """Take this piece's agent off its queues."""
        self._add(met, -1)

    def _add(self, met: NDArray[np.int32], amount: int) -> None:
        on_queue = np.flatnonzero(self.queue_of >= 0)
        met[self.start + on_queue, self.queue_of[on_queue]] += amount


def pieces_of(
    problem: PlanningProblem, roster: SlotRoster, serves: NDArray[np.bool_]
) -> list[Piece]:
    """Return all pieces of duty of a roster that lie inside the horizon, in order.

    `serves` says which (group, queue) go together.
    """
    table = problem.options
    pieces = []
    for choice in sorted(roster.choices):
        row = choice.option_idx
        start, end = int(table.start[row]), min(int(table.end[row]), problem.slots)
        cuts = [(start, end)]
        if choice.break_start >= 0:
            back = choice.break_start + int(table.break_slots[row])
            cuts = [(start, min(choice.break_start, end)), (back, end)]
        for low, high in cuts:
            if low < high:
                agent = problem.agents[choice.agent_idx]
                groups = agent.group_per_slot(high)[low:]
                empty = np.full(high - low, -1, dtype=np.int64)
                pieces.append(Piece(choice.agent_idx, low, high, serves[groups], empty))
    return pieces
