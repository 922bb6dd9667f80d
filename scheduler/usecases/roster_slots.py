"""A finished roster in the slots and option rows of a compiled planning."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.domain import Break, Pin, Roster, Shift
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.zones import local_of

if TYPE_CHECKING:
    from scheduler.planning import Compiled
    from solver import SlotRoster, Stint

__all__ = ["RosterSlots", "as_pin", "roster_slots", "shift_of_option"]


@dataclass(frozen=True, slots=True)
class RosterSlots:
    """A roster in slots.

    Parameters
    ----------
    roster : SlotRoster
        The shifts that are options of the problem.
    stints : tuple of Stint
        Their activities, as far as the planning knows the queues.
    shift_of : dict of int to Shift
        The shift of each option row taken.
    unknown : tuple of Shift
        Shifts that are no option: made by hand, or barred by the planning.
    """

    roster: SlotRoster
    stints: tuple[Stint, ...]
    shift_of: dict[int, Shift]
    unknown: tuple[Shift, ...]


def roster_slots(compiled: Compiled, roster: Roster) -> RosterSlots:
    """Return `roster` in the slots of a compiled planning, whoever made it.

    A break that lies outside its option's window is moved to the nearest end of it.
    """
    from solver import Choice, SlotRoster, Stint

    problem, grid = compiled.problem, compiled.grid
    table = problem.options
    index_of = {agent.agent_id: idx for idx, agent in enumerate(problem.agents)}
    queue_of = {queue.queue_id: idx for idx, queue in enumerate(problem.queues)}
    pinned = {(pin.agent_id, pin.start, pin.end): row for row, pin in compiled.pins}
    rows: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    choices, stints, unknown = [], [], []
    shift_of: dict[int, Shift] = {}
    taken: set[tuple[int, int]] = set()
    for shift in roster.shifts:
        agent_idx = index_of.get(shift.agent_id, -1)
        if agent_idx >= 0 and agent_idx not in rows:
            low, high = problem.option_range(agent_idx)
            spans = zip(table.start[low:high].tolist(), table.end[low:high].tolist(), strict=True)
            rows[agent_idx] = {span: low + idx for idx, span in enumerate(spans)}
        span = grid.floor(shift.start), grid.ceil(shift.end)
        row = pinned.get((shift.agent_id, shift.start, shift.end))
        if row is None and grid.ceil(shift.start) == span[0] and grid.floor(shift.end) == span[1]:
            row = rows[agent_idx].get(span) if agent_idx >= 0 else None
        day = -1 if row is None else int(table.day[row])
        if row is None or (agent_idx, day) in taken:
            unknown.append(shift)
            continue
        taken.add((agent_idx, day))
        at = -1
        if table.break_slots[row]:
            wanted = grid.floor(shift.breaks[0].start) if shift.breaks else 0
            at = min(max(wanted, int(table.break_from[row])), int(table.break_until[row]))
        choices.append(Choice(agent_idx, day, row, at))
        shift_of[row] = shift
        stints += [
            Stint(agent_idx, grid.floor(part.start), grid.ceil(part.end), queue_of[part.queue_id])
            for part in shift.activities
            if part.queue_id in queue_of
        ]
    return RosterSlots(
        SlotRoster(tuple(sorted(choices))), tuple(sorted(stints)), shift_of, tuple(unknown)
    )


def as_pin(shift: Shift) -> Pin:
    """Return a shift as a pin, so that it is an option whatever the rules say."""
    return Pin(shift.agent_id, shift.start, shift.end, shift.start_local, shift.zone, shift.fold)


def shift_of_option(compiled: Compiled, row: int, break_start: int) -> Shift:
    """Return an option as a shift, without activities yet."""
    table, grid = compiled.problem.options, compiled.grid
    person = compiled.people[int(table.agent[row])]
    start, end = grid.instant_of(int(table.start[row])), grid.instant_of(int(table.end[row]))
    zone = place_at(person.timeline, start).zone
    local = local_of(start, zone)
    breaks: tuple[Break, ...] = ()
    if table.break_slots[row]:
        pause = grid.instant_of(break_start)
        over = grid.instant_of(break_start + int(table.break_slots[row]))
        breaks = (Break(pause, over, paid=False),)
    return Shift(
        person.agent.agent_id,
        start,
        end,
        local.wall,
        zone,
        local.fold,
        int(table.paid_minutes[row]),
        breaks,
    )
