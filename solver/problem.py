"""The planning problem in integers: agents, shift options, needs and rules on a slot grid.

Nothing here knows a clock, a country or a currency name: slots are counted from the horizon's start
(earlier ones are negative), money is cents, days are per agent and consecutive.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from solver.rules import Rule

__all__ = [
    "SLOT_MINUTES",
    "AgentInput",
    "CarryShift",
    "OptionTable",
    "PlanningProblem",
    "QueueNeed",
    "unit_values",
]

SLOT_MINUTES = 15
"""Length of a slot unless a problem says otherwise."""

IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class QueueNeed:
    """Agents needed on one queue, slot by slot, and what a missing one costs.

    Parameters
    ----------
    need : tuple of int
        Agents needed per slot, length ``PlanningProblem.slots``.
    short_cents : (int, int, int)
        Cost per slot of a missing unit in the high, middle and low tier; not rising.
    """

    queue_id: str
    need: tuple[int, ...]
    short_cents: tuple[int, int, int]

    def __post_init__(self) -> None:
        high, middle, low = self.short_cents
        if not high >= middle >= low >= 0:
            raise ValueError("short_cents must not rise and not be negative")
        if any(need < 0 for need in self.need):
            raise ValueError("need must not be negative")


def unit_values(need: int, short_cents: tuple[int, int, int]) -> tuple[int, ...]:
    """Return what each of `need` units is worth, most valuable first (cents per slot).

    Unit ``u`` (from 1) is in the high tier if ``u = 1`` or ``3u <= need``, in the middle tier if
    ``3u <= 2 need``, else in the low tier.
    """
    high, middle, low = short_cents
    return tuple(
        high if unit == 1 or 3 * unit <= need else middle if 3 * unit <= 2 * need else low
        for unit in range(1, need + 1)
    )


@dataclass(frozen=True, slots=True)
class CarryShift:
    """A shift before the horizon, known only for rest, runs and hours.

    Parameters
    ----------
    start, end : int
        Slots; `start` is negative, `end` may reach into the horizon.
    day : int
        Day index of the agent; negative, or 0 where the horizon cuts that day.
    paid_minutes : int
        Elapsed minutes less an unpaid break.
    flags : int
        Bits with the meaning of the option table's `flags` for this agent.
    """

    start: int
    end: int
    day: int
    paid_minutes: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class AgentInput:
    """One agent: days, skill groups over time, history.

    Parameters
    ----------
    days : int
        Number of the agent's local days; day indices run from 0 without holes.
    off_cents : tuple of int
        Cost of working no shift on that day, length `days`.
    groups : tuple of (int, int)
        ``(from_slot, group_idx)`` in order, the first from slot 0; index into
        ``PlanningProblem.groups``.
    carry : tuple of CarryShift
        Shifts before the horizon, in time order.
    """

    agent_id: str
    days: int
    off_cents: tuple[int, ...]
    groups: tuple[tuple[int, int], ...]
    carry: tuple[CarryShift, ...] = ()

    def __post_init__(self) -> None:
        if len(self.off_cents) != self.days:
            raise ValueError("off_cents needs one entry a day")
        if not self.groups or self.groups[0][0] != 0:
            raise ValueError("groups must start at slot 0")

    def group_per_slot(self, slots: int) -> NDArray[np.int64]:
        """Return the skill group in each of the horizon's `slots` slots."""
        groups = np.zeros(slots, dtype=np.int64)
        for from_slot, group in self.groups:
            groups[from_slot:] = group
        return groups


def _column() -> IntArray:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class OptionTable:
    """All shifts that may be worked, one row each, sorted by agent, day, start, end.

    Every column is a read-only int32 array of the same length.

    Parameters
    ----------
    agent, day : array
        Agent index and the agent's day index.
    start, end : array
        Slots, half-open; ``0 <= start < PlanningProblem.slots``, `end` may lie beyond.
    paid_minutes : array
        Elapsed minutes less an unpaid break.
    break_slots : array
        Length of the break, 0 for none; always inside the shift.
    break_from, break_until : array
        Earliest and latest slot at which the break may start, both inclusive; -1 without break.
    wages_cents, premium_cents, own_night_cents, wish_cents : array
        Cost terms of working this option.
    weekend, evening : array
        1 where the option counts as a weekend or evening shift, else 0.
    flags : array
        Bits that rules refer to (a night by some law, a night that ends late); they mean
        something per agent only.
    pinned : array
        1 where the option is a pin: it exists whatever the rules say.
    """

    agent: IntArray = field(default_factory=_column)
    day: IntArray = field(default_factory=_column)
    start: IntArray = field(default_factory=_column)
    end: IntArray = field(default_factory=_column)
    paid_minutes: IntArray = field(default_factory=_column)
    break_slots: IntArray = field(default_factory=_column)
    break_from: IntArray = field(default_factory=_column)
    break_until: IntArray = field(default_factory=_column)
    wages_cents: IntArray = field(default_factory=_column)
    premium_cents: IntArray = field(default_factory=_column)
    own_night_cents: IntArray = field(default_factory=_column)
    wish_cents: IntArray = field(default_factory=_column)
    weekend: IntArray = field(default_factory=_column)
    evening: IntArray = field(default_factory=_column)
    flags: IntArray = field(default_factory=_column)
    pinned: IntArray = field(default_factory=_column)

    def __post_init__(self) -> None:
        lengths = set()
        for column in fields(self):
            array = np.ascontiguousarray(getattr(self, column.name), dtype=np.int32)
            array.flags.writeable = False
            object.__setattr__(self, column.name, array)
            lengths.add(len(array))
        if len(lengths) != 1:
            raise ValueError("all option columns must have the same length")
        if len(self) and np.any(
            np.diff(self.agent.astype(np.int64) * 100_000 + self.day) < 0,
        ):
            raise ValueError("options must be sorted by agent and day")

    def __len__(self) -> int:
        return len(self.agent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OptionTable) and all(
            np.array_equal(getattr(self, column.name), getattr(other, column.name))
            for column in fields(self)
        )

    def __hash__(self) -> int:
        return hash((len(self), self.start.tobytes()))


@dataclass(frozen=True, slots=True)
class PlanningProblem:
    """Everything the solver needs to know.

    Parameters
    ----------
    slots : int
        Length of the horizon in slots.
    queues : tuple of QueueNeed
        Needs; queue indices are positions here.
    groups : tuple of tuple of int
        Skill groups: the sorted queue indices its members may serve; may be empty.
    agents : tuple of AgentInput
        Agent indices are positions here.
    options : OptionTable
        Shift options of all agents.
    rules : tuple of Rule
        Hard limits and soft costs per agent, in declared order.
    idle_cents : int
        Cost per slot of an agent on duty beyond need.
    min_stint_slots : int
        Shortest time on one queue when activities are placed.
    slot_minutes : int
        Length of a slot.
    """

    slots: int
    queues: tuple[QueueNeed, ...]
    groups: tuple[tuple[int, ...], ...]
    agents: tuple[AgentInput, ...]
    options: OptionTable
    rules: tuple[Rule, ...]
    idle_cents: int
    min_stint_slots: int = 4
    slot_minutes: int = SLOT_MINUTES

    def __post_init__(self) -> None:
        for queue in self.queues:
            if len(queue.need) != self.slots:
                raise ValueError(f"queue {queue.queue_id!r} needs one entry per slot")
        for agent in self.agents:
            if any(not 0 <= group < len(self.groups) for _, group in agent.groups):
                raise ValueError(f"agent {agent.agent_id!r} refers to an unknown group")
        table = self.options
        if len(table):
            days = np.array([agent.days for agent in self.agents], dtype=np.int32)
            if table.agent.min() < 0 or table.agent.max() >= len(self.agents):
                raise ValueError("an option refers to an unknown agent")
            if table.day.min() < 0 or np.any(table.day >= days[table.agent]):
                raise ValueError("an option lies on a day its agent does not have")
            if table.start.min() < 0 or table.start.max() >= self.slots:
                raise ValueError("an option starts outside the horizon")
            if np.any(table.end <= table.start):
                raise ValueError("an option must end after it starts")

    def option_range(self, agent_idx: int) -> tuple[int, int]:
        """Return the half-open range of option rows of an agent."""
        edges = np.array([agent_idx, agent_idx + 1], dtype=np.int32)  # of the column's own type
        low, high = np.searchsorted(self.options.agent, edges)
        return int(low), int(high)
