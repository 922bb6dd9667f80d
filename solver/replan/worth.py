"""What options are worth to cover: whole columns of them at once, by prefix sums over slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.problem import OptionTable, PlanningProblem
from solver.replan.present import Present

__all__ = ["SlotWorth", "added_up", "best_breaks", "classes_of", "presence"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def classes_of(problem: PlanningProblem) -> tuple[Ints, Ints]:
    """Return the class of each agent, and one agent of each class.

    Agents of one class are in the same skill groups at all times, so their presence is worth the
    same to cover.
    """
    seen: dict[Sequence[tuple[int, int]], int] = {}
    members: list[int] = []
    of_agent = np.zeros(len(problem.agents), dtype=np.int64)
    for agent_idx, agent in enumerate(problem.agents):
        if agent.groups not in seen:
            seen[agent.groups] = len(members)
            members.append(agent_idx)
        of_agent[agent_idx] = seen[agent.groups]
    return of_agent, np.array(members, dtype=np.int64)


class SlotWorth:
    """What one more agent of each class is worth in each slot, and what one less would lose.

    The gains are read from the cover in memory; a loss becomes known when an agent of the class is
    taken out of a slot to see. A loss is never less than the gain, for of agents who are alike each
    further one is worth no more than the one before: so a gain stands in for a loss not known.

    Parameters
    ----------
    present : Present
        The roster.
    classes : (array, array)
        Class of each agent, and one agent of each class.

    Attributes
    ----------
    gains, losses : (classes, slots) array
    gained, lost, between : (classes, slots + 1) array
        Sums of gains, of losses, and of their difference before each slot.
    """

    def __init__(self, present: Present, classes: tuple[Ints, Ints]) -> None:
        self._present = present
        self.class_of, self._members = classes
        shape = len(self._members), present.problem.slots
        self._known = np.zeros(shape, dtype=np.bool_)
        self.losses = np.zeros(shape)
        self._stale = True
        self.refresh()

    def forget(self, slots: Ints) -> None:
        """Note that the cover in some slots is another now."""
        self._known[:, slots] = False
        self._stale = True

    def learn(self, line: int, slots: Ints, losses: Floats) -> None:
        """Note what an agent of a class loses the cover in some slots."""
        self.losses[line, slots] = losses
        self._known[line, slots] = True

    def knows(self, line: int, slots: Ints) -> bool:
        """Say whether the losses of a class are known in some slots."""
        return bool(self._known[line, slots].all())

    @property
    def stale(self) -> bool:
        """Whether the cover has changed since the last `refresh`."""
        return self._stale

    def refresh(self) -> None:
        """Bring gains and sums up to date."""
        if self._stale:
            read = self._present.gains
            self.gains = np.stack([read(int(agent_idx)) for agent_idx in self._members])
            self.gained = added_up(self.gains)
            self._stale = False
        self.losses = np.where(self._known, self.losses, self.gains)
        self.lost = added_up(self.losses)
        self.between = self.lost - self.gained


def added_up(gains: Floats) -> Floats:
    """Return the sums before each slot along the last axis, one longer than `gains`."""
    sums = np.zeros((*gains.shape[:-1], gains.shape[-1] + 1))
    np.cumsum(gains, axis=-1, out=sums[..., 1:])
    return sums


def best_breaks(table: OptionTable, rows: Ints, until: Floats, lines: Ints) -> tuple[Floats, Ints]:
    """Return what options are worth to cover with the break where it costs least, and its start.

    Parameters
    ----------
    rows : (n,) array
        Option rows; -1, a day off, is worth 0.
    until : (lines, slots + 1) array
        Sums of gains.
    lines : (n,) array
        Line of `until` to read for each option.
    """
    top = until.shape[1] - 1
    worth = np.zeros(len(rows))
    breaks = np.full(len(rows), -1, dtype=np.int64)
    real = np.flatnonzero(rows >= 0)
    if not len(real):
        return worth, breaks
    own, line = rows[real], lines[real]
    end = np.minimum(table.end[own], top)
    worth[real] = until[line, end] - until[line, table.start[own]]
    paused = np.flatnonzero(table.break_slots[own] > 0)
    own, line = own[paused], line[paused]
    first, length = table.break_from[own].astype(np.int64), table.break_slots[own]
    spare = table.break_until[own] - first
    least, best = np.full(len(own), np.inf), first.copy()
    for step in range(int(spare.max(initial=-1)) + 1):
        at = first + step
        lost = until[line, np.minimum(at + length, top)] - until[line, np.minimum(at, top)]
        better = (step <= spare) & (lost < least)
        least[better], best[better] = lost[better], at[better]
    worth[real[paused]] -= least
    breaks[real[paused]] = best
    return worth, breaks


def presence(table: OptionTable, row: int, break_start: int, slots: int) -> Ints:
    """Return the slots of the horizon in which a shift is on duty; none for row -1."""
    if row < 0:
        return np.zeros(0, dtype=np.int64)
    span = np.arange(int(table.start[row]), min(int(table.end[row]), slots))
    pause = int(table.break_slots[row])
    return span[(span < break_start) | (span >= break_start + pause)] if pause else span
