"""From a planning to the solver's problem: clocks and law become slots, options and rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from scheduler.domain import PastShift, Pin, Planning, Queue
from scheduler.errors import Fault
from scheduler.labour import RuleBook, rule_book
from scheduler.planning.desk import COLUMNS, AgentDesk
from scheduler.planning.dominance import binding
from scheduler.planning.history import Carry, carry_of, listed
from scheduler.planning.law import HeldLimit, Laws
from scheduler.planning.lawful import LawBars
from scheduler.planning.limits import Bound, law_rules
from scheduler.planning.notices import (
    history_short_notice,
    no_history_notice,
    no_shift_notice,
    nobody_serves_notice,
    pin_left_out_notice,
    pin_notice,
)
from scheduler.planning.options import AgentOptions, options_of, reasons_against
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays, agent_days
from scheduler.planning.periods import history_start
from scheduler.planning.possible import Possible
from scheduler.planning.rules import agent_costs, contract_limits
from scheduler.planning.skills import Servable, lacking, servable
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.windows import horizon_bounds
from solver import (
    AgentInput,
    CarryShift,
    OptionTable,
    PlanningProblem,
    QueueNeed,
    Rule,
    ShortRests,
)
from solver import Pin as PinRule

__all__ = ["Compiled", "compile_problem"]

_HALF_HOUR_PERCENT = 200  # prices are per half hour and weights in percent


class _OfAgent(Protocol):
    @property
    def agent_id(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfAgent)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The problem and what it takes to read a solution back.

    Parameters
    ----------
    problem : PlanningProblem
        For the solver.
    notices : tuple of Fault
        What the planner should know: pins that break rules, agents without a possible shift,
        queues that nobody can serve, limits that reach beyond the history.
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


def compile_problem(planning: Planning, book: RuleBook | None = None) -> Compiled:
    """Return the solver's problem for a planning.

    Parameters
    ----------
    planning : Planning
        References between its rows have been checked.
    book : RuleBook, optional
        Packs and permits; by default those shipped and the planning's own.

    Returns
    -------
    Compiled
        Always: what cannot be met shows as missing options and notices, never as an error.

    Raises
    ------
    InputError
        If the planning's own rule packs are wrong.
    """
    grid = SlotGrid.over(*horizon_bounds(planning.horizon))
    people = agent_days(planning, grid)
    skills = servable(planning, people, grid)
    almanac = Almanac(planning, grid)
    laws = Laws(planning, rule_book(planning) if book is None else book, grid)
    law_bars = LawBars(almanac)
    history_from = history_start(planning, planning.horizon.start)
    pins, history = _by_agent(planning.pins), _by_agent(planning.history)

    agents: list[AgentInput] = []
    options: list[AgentOptions] = []
    rules: list[Rule] = []
    pin_rows: list[tuple[int, Pin]] = []
    notices: list[Fault] = []
    unknown: dict[tuple[str, str], tuple[HeldLimit, int]] = {}
    rows = 0
    for idx, person in enumerate(people):
        key = person.agent.agent_id
        law = laws.of(person)
        carry = carry_of(almanac, person, law, history.get(key, ()))
        desk = AgentDesk(almanac, person, idx, skills=skills, law=law, law_bars=law_bars)
        own = options_of(almanac, desk, person, carry=carry, pins=pins.get(key, ()))
        bound = Bound(
            person, idx, law, carry, history_from, grid, _off_grid(grid, carry, pins.get(key, ()))
        )
        past = listed(carry, law, almanac)
        limits, flags = _limits(bound, own, past, unknown)
        own.columns["flags"][:] &= flags
        agents.append(
            AgentInput(
                key,
                person.days,
                desk.off_cents(),
                skills.segments[idx],
                tuple(replace(shift, flags=shift.flags & flags) for shift in past),
            )
        )
        rules += limits
        rules += agent_costs(planning, person=person, agent_idx=idx, carry=carry, grid=grid)
        rules += [PinRule(idx, rows + pinned.row) for pinned in own.pinned]
        pin_rows += [(rows + pinned.row, pinned.pin) for pinned in own.pinned]
        notices += _agent_notices(desk, person, own, carry)
        options.append(own)
        rows += len(own)
    queues = _queue_needs(planning, grid)
    notices += _queue_notices(planning, queues, skills)
    if not planning.history and unknown:
        notices.append(no_history_notice())
    notices += [
        history_short_notice(held.applied.pack, held.limit, weeks)
        for held, weeks in unknown.values()
    ]
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


def _by_agent(rows: Sequence[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.agent_id, []).append(row)
    return found


def _off_grid(grid: SlotGrid, carry: Sequence[Carry], pins: Sequence[Pin]) -> bool:
    shifts: list[PastShift | Pin] = [*(own.past for own in carry), *pins]
    return any(
        grid.floor(instant) != grid.ceil(instant)
        for shift in shifts
        for instant in (shift.start, shift.end)
    )


def _limits(
    bound: Bound,
    own: AgentOptions,
    past: Sequence[CarryShift],
    unknown: dict[tuple[str, str], tuple[HeldLimit, int]],
) -> tuple[list[Rule], int]:
    """Return the limits that can bind an agent, and the flags that they refer to.

    Limits that reach over weeks which are not known are gathered in `unknown`, with the most such
    weeks of any agent.
    """
    contract = contract_limits(bound.person, bound.agent_idx, bound.carry)
    law = law_rules(bound)
    possible = Possible.of(bound.person.days, own.columns, past)
    kept, binds = binding(contract, [each.rule for each in law], possible)
    flags = 0
    for idx, rule in binds.items():
        held, weeks = law[idx].held, law[idx].unknown_weeks
        for flag in (
            (flag for flag, _ in rule.demands)
            if isinstance(rule, ShortRests)
            else (getattr(rule, "flag", 0),)
        ):
            flags |= flag
        if weeks:
            key = held.applied.pack.pack_id, held.limit.name
            most = unknown.get(key, (held, 0))[1]
            unknown[key] = held, max(weeks, most)
    return [*kept, *binds.values()], flags


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
        notices.append(no_shift_notice(person.agent, reasons_against(desk, person, carry)))
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
