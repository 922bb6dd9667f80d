"""From a planning to the solver's problem: clocks and law become slots, options and rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.domain import Pin, Planning, Queue
from scheduler.errors import Fault
from scheduler.labour.policy import DEFAULT_POLICY, LabourPolicy
from scheduler.planning.desk import COLUMNS, AgentDesk
from scheduler.planning.history import Carry, carry_of
from scheduler.planning.notices import (
    no_shift_notice,
    nobody_serves_notice,
    pin_left_out_notice,
    pin_notice,
)
from scheduler.planning.options import AgentOptions, options_of, reasons_against
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays, agent_days
from scheduler.planning.rules import agent_rules
from scheduler.planning.skills import Servable, lacking, servable
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.windows import horizon_bounds
from solver import AgentInput, OptionTable, PlanningProblem, QueueNeed, Rule
from solver import Pin as PinRule

__all__ = ["Compiled", "compile_problem"]

_HALF_HOUR_PERCENT = 200  # prices are per half hour and weights in percent


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The problem and what it takes to read a solution back.

    Parameters
    ----------
    problem : PlanningProblem
        For the solver.
    notices : tuple of Fault
        What the planner should know: pins that break rules, agents without a possible shift,
        queues that nobody can serve.
    grid : SlotGrid
        Slots of the horizon.
    people : tuple of AgentDays
        Agents in the problem's order, with places and local days.
    pins : tuple of (int, Pin)
        Option rows that are pins.
    """

    problem: PlanningProblem
    notices: tuple[Fault, ...]
    grid: SlotGrid
    people: tuple[AgentDays, ...]
    pins: tuple[tuple[int, Pin], ...]


def compile_problem(planning: Planning, policy: LabourPolicy = DEFAULT_POLICY) -> Compiled:
    """Return the solver's problem for a planning.

    Parameters
    ----------
    planning : Planning
        References between its rows have been checked.
    policy : LabourPolicy
        Rest and day limits.

    Returns
    -------
    Compiled
        Always: what cannot be met shows as missing options and notices, never as an error.
    """
    grid = SlotGrid.over(*horizon_bounds(planning.horizon))
    people = agent_days(planning, grid)
    skills = servable(planning, people, grid)
    carry = carry_of(planning, people, grid)
    almanac = Almanac(planning, grid)
    pins: dict[str, list[Pin]] = {}
    for pin in planning.pins:
        pins.setdefault(pin.agent_id, []).append(pin)

    agents: list[AgentInput] = []
    options: list[AgentOptions] = []
    rules: list[Rule] = []
    pin_rows: list[tuple[int, Pin]] = []
    notices: list[Fault] = []
    rows = 0
    for idx, person in enumerate(people):
        desk = AgentDesk(almanac, person, idx, skills)
        own = options_of(
            almanac,
            desk,
            person,
            carry=carry[idx],
            pins=pins.get(person.agent.agent_id, ()),
        )
        agents.append(
            AgentInput(
                person.agent.agent_id,
                person.days,
                desk.off_cents(),
                skills.segments[idx],
                tuple(past.shift for past in carry[idx]),
            )
        )
        rules += agent_rules(
            planning, policy, person=person, agent_idx=idx, carry=carry[idx], grid=grid
        )
        rules += [PinRule(idx, rows + pinned.row) for pinned in own.pinned]
        pin_rows += [(rows + pinned.row, pinned.pin) for pinned in own.pinned]
        notices += _agent_notices(desk, person, own, carry[idx])
        options.append(own)
        rows += len(own)
    queues = _queue_needs(planning, grid)
    notices += _queue_notices(planning, queues, skills)
    problem = PlanningProblem(
        slots=grid.slots,
        queues=queues,
        groups=skills.groups,
        agents=tuple(agents),
        options=_join(options),
        rules=tuple(rules),
        idle_cents=planning.weights.idle_cents // 2,
        min_stint_slots=planning.min_stint_minutes // SLOT_MINUTES,
    )
    return Compiled(problem, tuple(notices), grid, people, tuple(pin_rows))


def _join(options: Sequence[AgentOptions]) -> OptionTable:
    if not options:
        return OptionTable()
    return OptionTable(
        **{name: np.concatenate([own.columns[name] for own in options]) for name in COLUMNS}
    )


def _queue_needs(planning: Planning, grid: SlotGrid) -> tuple[QueueNeed, ...]:
    """Return needs per slot: each planning interval's figure for all of its slots."""
    per_interval = planning.interval_minutes // SLOT_MINUTES
    required = required_agents(planning)
    return tuple(
        QueueNeed(
            queue.queue_id,
            tuple(required[queue.queue_id][slot // per_interval] for slot in range(grid.slots)),
            _short_cents(planning, queue),
        )
        for queue in planning.queues
    )


def _short_cents(planning: Planning, queue: Queue) -> tuple[int, int, int]:
    weights = planning.weights
    percent = weights.priority_percent[min(queue.priority, len(weights.priority_percent)) - 1]
    return (
        weights.short_high_cents * percent // _HALF_HOUR_PERCENT,
        weights.short_middle_cents * percent // _HALF_HOUR_PERCENT,
        weights.short_low_cents * percent // _HALF_HOUR_PERCENT,
    )


def _agent_notices(
    desk: AgentDesk, person: AgentDays, own: AgentOptions, carry: Sequence[Carry]
) -> list[Fault]:
    notices = [pin_notice(pinned.pin, pinned.broken) for pinned in own.pinned if pinned.broken]
    notices += [pin_left_out_notice(pin) for pin in own.left_out]
    if not len(own):
        notices.append(no_shift_notice(person.agent, *reasons_against(desk, person, carry)))
    return notices


def _queue_notices(
    planning: Planning, queues: Sequence[QueueNeed], skills: Servable
) -> list[Fault]:
    served = {queue for idx in range(len(skills.segments)) for queue in skills.queues_of(idx)}
    notices = []
    for queue_idx, (queue, need) in enumerate(zip(planning.queues, queues, strict=True)):
        if queue_idx not in served and any(need.need):
            lacked = Counter(
                kind
                for agent in planning.agents
                for kind in lacking(
                    [skill for skill in planning.skills if skill.agent_id == agent.agent_id], queue
                )
            )
            notices.append(nobody_serves_notice(queue, lacked, len(planning.agents)))
    return notices
