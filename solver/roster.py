"""A roster in integers: which option each agent works on which day, and when the break starts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Choice", "DutyPlan", "SlotRoster", "Stint"]


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """One shift taken.

    Parameters
    ----------
    agent_idx, day_idx : int
        Agent and that agent's day.
    option_idx : int
        Row of the option table.
    break_start : int
        Slot at which the break starts; -1 when the option has none.
    """

    agent_idx: int
    day_idx: int
    option_idx: int
    break_start: int = -1


@dataclass(frozen=True, slots=True)
class SlotRoster:
    """All shifts taken, in order of agent and day."""

    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Stint:
    """An agent's time on one queue, slots half-open."""

    agent_idx: int
    start: int
    end: int
    queue_idx: int


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """A roster with each agent's time split over queues.

    Parameters
    ----------
    roster : SlotRoster
        The shifts, breaks moved to where cover suffers least.
    stints : tuple of Stint
        In order of agent and start; never over a break.
    short_cents, idle_cents : int
        Cover cost of the stints.
    flow_short_cents, flow_idle_cents : int
        Cover cost of the best possible split of the agents on duty.
    lost_slots : int
        Agent-slots of need that the best split would cover and the stints do not.
    """

    roster: SlotRoster
    stints: tuple[Stint, ...]
    short_cents: int
    idle_cents: int
    flow_short_cents: int
    flow_idle_cents: int
    lost_slots: int
