"""Changes of single agent-days: one as a record, many in columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from solver.replan.worth import best_breaks

if TYPE_CHECKING:
    from solver.replan.search import Search

__all__ = ["Candidates", "Limits", "Move"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the search may do.

    Parameters
    ----------
    from_slot : int
        Nothing that starts before it changes.
    change_cents : int
        Price of a shift that differs from the reference.
    stop : callable
        Whether to end with what there is.
    enough_cents : int, optional
        Cost at which nothing is left to repair.
    """

    from_slot: int
    change_cents: int
    stop: Callable[[], bool]
    enough_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One change of one agent-day and what it does to the cost.

    Parameters
    ----------
    row, break_start : int
        The option from now on, -1 for a day off.
    own_cents, cover_cents, change_cents : int
        Differences: the agent's own cost, cover, price of changing.
    """

    agent_idx: int
    day_idx: int
    row: int
    break_start: int
    own_cents: int
    cover_cents: int
    change_cents: int

    @property
    def gain_cents(self) -> int:
        """What the move saves, all in all."""
        return -(self.own_cents + self.cover_cents + self.change_cents)


class Candidates:
    """Changes of single agent-days, laid out in columns.

    Attributes
    ----------
    agents, agent_days, rows : (n,) array
        Who, which day, which option (-1: day off).
    own, change : (n,) array
        Differences in own cost and in the price of changing.
    worth, breaks : (n,) array
        Worth of the option to cover, and its best break.
    lost : (n,) array
        Worth of what the agent does now on that day.
    exact : (n,) array
        Whether worth and loss are exact: the agent is off that day. Else `gain` is what the change
        saves at most.
    """

    def __init__(self, search: Search, agents: Ints, agent_days: Ints, rows: Ints) -> None:
        present, table = search.present, search.present.problem.options
        self.agents, self.agent_days, self.rows = agents, agent_days, rows
        self.own = present.own_delta(agents, agent_days, rows)
        reference, now = search.applied.rows[agent_days], present.rows[agent_days]
        differs = (rows != reference).astype(np.int64) - (now != reference)
        self.change = search.limits.change_cents * differs
        worth, lines = search.worth, search.worth.class_of[agents]
        self.worth, self.breaks = best_breaks(table, rows, worth.gained, lines)
        both = np.flatnonzero((now >= 0) & (rows >= 0))
        first = np.maximum(table.start[rows[both]], table.start[now[both]])
        after = np.minimum(table.end[rows[both]], table.end[now[both]])
        after = np.clip(after, first, present.problem.slots)
        kept = worth.between[lines[both], after] - worth.between[lines[both], first]
        self.worth[both] += kept
        self.lost = search.worth_of_now(agent_days, worth.lost, lines)
        self.exact = now < 0

    @property
    def gain(self) -> Floats:
        """What each change saves: exactly, or at most."""
        return self.gain_of(np.arange(len(self.rows)))

    def gain_of(self, which: Ints) -> Floats:
        """Return what some of the changes save."""
        gain: Floats = self.worth[which] - self.lost[which] - self.own[which] - self.change[which]
        return gain
