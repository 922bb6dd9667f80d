"""A finished roster back on the slot grid, and single agents compiled anew, to ask questions of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.domain import Agent, Pin, Planning, Roster, Shift
from scheduler.planning.compile import Compiled, compile_problem
from scheduler.timegrid.timeline import day_of
from solver import Choice, PlanningProblem, SlotRoster, Stint

__all__ = ["OnGrid", "agent_alone", "on_grid", "only_agents"]


@dataclass(frozen=True, slots=True, eq=False)
class OnGrid:
    """A roster in the solver's terms.

    Parameters
    ----------
    planning : Planning
        With the shifts that it does not offer as pins.
    compiled : Compiled
        Its problem.
    roster : SlotRoster
        Every shift of the roster.
    stints : tuple of Stint
        Who serves which queue when.
    odd : tuple of Shift
        Shifts that the planning does not offer: kept as they are, like pins.
    lost : tuple of Shift
        Shifts that could not be kept at all, such as those of unknown agents or a second one on a
        day.
    """

    planning: Planning
    compiled: Compiled
    roster: SlotRoster
    stints: tuple[Stint, ...]
    odd: tuple[Shift, ...]
    lost: tuple[Shift, ...]


def on_grid(planning: Planning, roster: Roster) -> OnGrid:
    """Compile a planning and find each shift of a roster among its options.

    Parameters
    ----------
    roster : Roster
        Need not be of this planning, lawful or made by the solver.
    """
    compiled = compile_problem(planning)
    choices, odd = _choices(compiled, roster.shifts)
    lost: list[Shift] = []
    if odd:
        known = {agent.agent_id for agent in planning.agents}
        pins = tuple(_pin(shift) for shift in odd if shift.agent_id in known)
        planning = replace(planning, pins=(*planning.pins, *pins))
        compiled = compile_problem(planning)
        choices, lost = _choices(compiled, roster.shifts)
    index = {person.agent.agent_id: idx for idx, person in enumerate(compiled.people)}
    queues = {queue.queue_id: idx for idx, queue in enumerate(planning.queues)}
    grid = compiled.grid
    stints = [
        Stint(index[shift.agent_id], grid.floor(part.start), grid.ceil(part.end), queue_idx)
        for shift in roster.shifts
        if shift.agent_id in index
        for part in shift.activities
        if (queue_idx := queues.get(part.queue_id)) is not None
    ]
    return OnGrid(
        planning,
        compiled,
        SlotRoster(tuple(sorted(choices))),
        tuple(sorted(stints)),
        tuple(shift for shift in odd if shift not in lost),
        tuple(lost),
    )


def _choices(compiled: Compiled, shifts: Sequence[Shift]) -> tuple[list[Choice], list[Shift]]:
    """Return the options that are the shifts, and the shifts that are none."""
    problem, grid = compiled.problem, compiled.grid
    table = problem.options
    people = {person.agent.agent_id: idx for idx, person in enumerate(compiled.people)}
    pins = dict(compiled.pins)
    found: dict[tuple[int, int], Choice] = {}
    missing = []
    for shift in shifts:
        agent_idx = people.get(shift.agent_id)
        row = -1
        if agent_idx is not None:
            person = compiled.people[agent_idx]
            day_idx = person.idx_of(day_of(person.timeline, shift.start))
            start, end = grid.floor(shift.start), grid.ceil(shift.end)
            low, high = problem.option_range(agent_idx)
            near = slice(low, high)
            same = (table.day[near] == day_idx) & (table.start[near] == start)
            rows = (same & (table.end[near] == end)).nonzero()[0]
            row = low + int(rows[0]) if len(rows) else -1
            pin = pins.get(row)
            exact = grid.instant_of(start), grid.instant_of(end)
            if (shift.start, shift.end) != (exact if pin is None else (pin.start, pin.end)):
                row = -1
        if row < 0 or agent_idx is None or (agent_idx, day_idx) in found:
            missing.append(shift)
            continue
        at = -1
        if table.break_slots[row]:
            at = grid.floor(shift.breaks[0].start) if shift.breaks else 0
            at = min(max(at, int(table.break_from[row])), int(table.break_until[row]))
        found[agent_idx, day_idx] = Choice(agent_idx, day_idx, row, at)
    return list(found.values()), missing


def _pin(shift: Shift) -> Pin:
    return Pin(shift.agent_id, shift.start, shift.end, shift.start_local, shift.zone, shift.fold)


def only_agents(planning: Planning, agents: Sequence[Agent]) -> Planning:
    """Return a planning of some of its agents, as they are given here, and no needs."""
    return replace(planning, agents=tuple(agents), demand=(), requirements=())


def agent_alone(planning: Planning, agent: Agent, own: PlanningProblem) -> PlanningProblem:
    """Compile one agent anew, in the terms of a problem of that agent alone.

    Parameters
    ----------
    agent : Agent
        Of the planning, with what is to be different.
    own : PlanningProblem
        The agent alone, as before; its need and skill groups are kept.
    """
    anew = compile_problem(only_agents(planning, [agent])).problem
    (before,), (after,) = own.agents, anew.agents
    return replace(
        own,
        agents=(replace(after, groups=before.groups),),
        options=anew.options,
        rules=anew.rules,
    )
