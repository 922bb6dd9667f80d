"""Shifts before the horizon: what they mean for rest, runs of days and the hours of a cut week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.domain import PastShift, Planning
from scheduler.planning.breaks import paid_minutes
from scheduler.planning.people import AgentDays
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.timeline import day_of
from solver import CarryShift

__all__ = ["HISTORY_DAYS", "Carry", "carry_of"]

HISTORY_DAYS = 14
"""Shifts that ended longer before the horizon than this bear on no rule."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Carry:
    """One past shift of an agent.

    Parameters
    ----------
    past : PastShift
        As it came with the input.
    shift : CarryShift
        On the slot grid, rounded outward; its day may lie before the agent's first.
    paid_minutes : int
        By the break rules, from the exact length.
    """

    past: PastShift
    shift: CarryShift
    paid_minutes: int


def carry_of(
    planning: Planning, people: Sequence[AgentDays], grid: SlotGrid
) -> tuple[tuple[Carry, ...], ...]:
    """Return each agent's past shifts, in time order.

    Its day is the local date at its start where the agent worked then. A date on which no shift
    of the horizon may start can still be a day of the horizon, where the zone's midnight and the
    horizon's do not coincide.
    """
    index = {person.agent.agent_id: idx for idx, person in enumerate(people)}
    oldest = grid.start - timedelta(days=HISTORY_DAYS)
    found: list[list[Carry]] = [[] for _ in people]
    for past in planning.history:
        if past.end <= oldest:
            continue
        person = people[index[past.agent_id]]
        day = person.idx_of(day_of(person.timeline, past.start))
        shift = CarryShift(grid.floor(past.start), grid.ceil(past.end), day)
        minutes = paid_minutes(planning.break_rules, (past.end - past.start) // _MINUTE)
        found[index[past.agent_id]].append(Carry(past, shift, minutes))
    return tuple(
        tuple(sorted(own, key=lambda carry: (carry.shift.start, carry.shift.end))) for own in found
    )
