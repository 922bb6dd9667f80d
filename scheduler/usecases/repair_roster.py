"""Repair a published roster after a sick call, changing as little as possible."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.domain import Activity, Pin, Planning, Roster, Shift, SolverNote, TimeOff
from scheduler.errors import InternalError
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of
from scheduler.usecases.absence import Absence, checked_absence, refuse_strangers
from scheduler.usecases.repair_view import (
    OpenedShift,
    Repaired,
    opened_shifts,
    shown_changes,
)
from scheduler.usecases.roster_slots import RosterSlots, as_pin, roster_slots, shift_of_option
from scheduler.usecases.solve_planning import Solved

if TYPE_CHECKING:
    from scheduler.planning import Compiled
    from solver import PlanningProblem, SlotRoster
    from solver.replan import Change, RepairResult

    ShouldStop = Callable[[], bool]

__all__ = ["Repaired", "repair_roster"]

_ACTIVITY_SECONDS = 2.0


def repair_roster(
    planning: Planning,
    roster: Roster,
    absence: Absence,
    *,
    change_cents: int = 3000,
    alternatives: int = 0,
    time_limit_seconds: float = 10.0,
    workers: int = 2,
    should_stop: ShouldStop | None = None,
) -> Repaired:
    """Return the roster after an absence, repaired, planned for activities and audited.

    Parameters
    ----------
    planning, roster
        The published roster and the planning it was made from.
    absence : Absence
        Who is away, from when to when; `agent_id` may be a name.
    change_cents : int
        What a changed shift must save at least.
    alternatives : int
        For each shift that fell away, name so many colleagues who could take it.
    time_limit_seconds : float
        Wall time of the search; activities get the same, at most two seconds.
    workers : int
        Threads for the activities.
    should_stop : callable, optional
        Asked whether to end with what there is.

    Raises
    ------
    InputError
        If the roster was made from another planning, the agent is unknown, or times make no sense.
    InternalError
        If solver, checker and score disagree: a defect of ours.
    """
    from scheduler.planning import compile_problem
    from solver.replan import Replanner

    absence = checked_absence(planning, roster, absence)
    compiled = compile_problem(planning)
    published = roster_slots(compiled, roster)
    if published.unknown:
        refuse_strangers(planning, published.unknown)
        by_hand = tuple(as_pin(shift) for shift in published.unknown)
        planning = replace(planning, pins=(*planning.pins, *by_hand))
        compiled = compile_problem(planning)
        published = roster_slots(compiled, roster)
    changes, cut = _changes_of(compiled, published, absence)
    replanner = Replanner(compiled.problem, published.roster)
    from_slot = compiled.grid.ceil(absence.now)
    result = replanner.repair(
        changes,
        from_slot=from_slot,
        change_cents=change_cents,
        time_limit_seconds=time_limit_seconds,
        should_stop=should_stop,
    )
    opened: tuple[OpenedShift, ...] = ()
    if alternatives:
        opened = opened_shifts(
            compiled,
            published,
            replanner,
            changes,
            result,
            from_slot=from_slot,
            change_cents=change_cents,
            most=alternatives,
        )
    after = _planning_after(planning, absence, cut)
    return _finished(
        after,
        roster,
        compiled,
        published,
        result,
        cut,
        opened=opened,
        from_slot=from_slot,
        time_limit_seconds=time_limit_seconds,
        workers=workers,
        should_stop=should_stop,
    )


def _changes_of(
    compiled: Compiled, published: RosterSlots, absence: Absence
) -> tuple[tuple[Change, ...], tuple[int, Shift] | None]:
    """Return the absence as changes in slots, and the shift that it cuts short with its row.

    A shift that had begun both by now and by the absence ends where the absence begins.
    """
    from solver.replan import Out, Removed

    grid = compiled.grid
    agents = [agent.agent_id for agent in compiled.problem.agents]
    agent_idx = agents.index(absence.agent_id)
    out = Out(agent_idx, grid.floor(absence.start), grid.ceil(absence.end))
    for row, shift in published.shift_of.items():
        begun = shift.start < min(absence.start, absence.now) and absence.start < shift.end
        if shift.agent_id == absence.agent_id and begun:
            short = replace(
                shift,
                end=absence.start,
                breaks=(),
                activities=_before(shift, absence.start),
            )
            return (Removed(agent_idx, int(compiled.problem.options.day[row])), out), (row, short)
    return (out,), None


def _planning_after(
    planning: Planning, absence: Absence, cut: tuple[int, Shift] | None
) -> Planning:
    """Return the planning with time off for the absence; pins that fall into it go."""
    from scheduler.planning.people import agent_days
    from scheduler.timegrid.grid import SlotGrid
    from scheduler.timegrid.timeline import place_at

    grid = SlotGrid.over(*horizon_bounds(planning.horizon))
    person = next(
        person for person in agent_days(planning, grid) if person.agent.agent_id == absence.agent_id
    )
    zone = place_at(person.timeline, absence.start).zone
    off = TimeOff(
        absence.agent_id,
        local_of(absence.start, zone).wall,
        local_of(absence.end, zone).wall,
        "sick",
    )
    pins = [
        pin
        for pin in planning.pins
        if pin.agent_id != absence.agent_id or pin.end <= absence.start or pin.start >= absence.end
    ]
    if cut is not None:
        pins.append(as_pin(cut[1]))
    return _with_pins(replace(planning, time_off=(*planning.time_off, off)), tuple(pins))


def _with_pins(planning: Planning, pins: tuple[Pin, ...]) -> Planning:
    from scheduler.intake.document import input_digest

    changed = replace(planning, pins=pins)
    return replace(changed, input_sha256=input_digest(changed))


def _finished(
    planning: Planning,
    roster: Roster,
    compiled: Compiled,
    published: RosterSlots,
    result: RepairResult,
    cut: tuple[int, Shift] | None,
    *,
    opened: tuple[OpenedShift, ...],
    from_slot: int,
    time_limit_seconds: float,
    workers: int,
    should_stop: ShouldStop | None,
) -> Repaired:
    """Compile the planning with the absence, place activities, decode and audit."""
    from scheduler.app import version
    from scheduler.audit import audit_roster, shortfalls
    from scheduler.planning import compile_problem, decode
    from solver import score
    from solver.replan import replan_duties

    left, repaired, lost = _shifts_after(compiled, published, result, cut)
    compiled_after = compile_problem(planning)
    now = roster_slots(compiled_after, replace(roster, shifts=repaired))
    if now.unknown:  # the time off, on its clock, may reach a little further than the absence
        pins = (*planning.pins, *(as_pin(shift) for shift in now.unknown))
        planning = _with_pins(planning, pins)
        compiled_after = compile_problem(planning)
        now = roster_slots(compiled_after, replace(roster, shifts=repaired))
    then = roster_slots(compiled_after, replace(roster, shifts=left))
    problem = compiled_after.problem
    placing = time.monotonic()
    plan = replan_duties(
        problem,
        now.roster,
        published=then.roster,
        stints=then.stints,
        touched=lost,
        from_slot=from_slot,
        time_limit_seconds=min(time_limit_seconds, _ACTIVITY_SECONDS),
        workers=workers,
        should_stop=should_stop,
    )
    activity_seconds = time.monotonic() - placing
    _verify_lawful(problem, then.roster, plan.roster)
    bound = _bound(compiled.problem, problem, roster.bound_cents)
    note = SolverNote(
        version=version(),
        method="repair",
        status="converged" if result.finished else "time_limit",
        seed=roster.solver.seed,
        workers=workers,
        seconds=round(result.seconds, 3),
    )
    final = decode(compiled_after, planning, plan, bound_cents=0, solver_note=note)
    final = replace(final, bound_cents=min(bound, final.cost_cents))
    solved = Solved(
        roster=final,
        report=audit_roster(planning, final),
        notices=compiled_after.notices,
        shortfalls=shortfalls(planning, final),
        lost_minutes=plan.lost_slots * 15,
        activity_seconds=activity_seconds,
    )
    return Repaired(
        planning=planning,
        solved=solved,
        changes=shown_changes(compiled, published, result, cut),
        published_cents=roster.cost_cents,
        published_split_cents=result.before_cents,
        unrepaired_cents=sum(score(problem, then.roster).values()),
        repaired_cents=sum(score(problem, now.roster).values()),
        change_cents=result.change_cents,
        opened=opened,
        repair_seconds=result.seconds,
    )


def _shifts_after(
    compiled: Compiled,
    published: RosterSlots,
    result: RepairResult,
    cut: tuple[int, Shift] | None,
) -> tuple[tuple[Shift, ...], tuple[Shift, ...], list[tuple[int, int]]]:
    """Return the shifts that the absence leaves, those after the repair, and the slots lost."""
    from solver.replan import Why

    table = compiled.problem.options
    forced = (Why.OUT, Why.REMOVED)
    lost = {change.before for change in result.changed if change.why in forced}
    taken = {change.after for change in result.changed if change.why not in forced}
    left = [shift for row, shift in published.shift_of.items() if row not in lost]
    paused = {choice.option_idx: choice.break_start for choice in published.roster.choices}
    repaired = []
    for choice in result.roster.choices:
        row, at = choice.option_idx, choice.break_start
        as_it_was = row not in taken and paused.get(row) == at
        repaired.append(
            published.shift_of[row] if as_it_was else shift_of_option(compiled, row, at)
        )
    if cut is not None:
        left.append(cut[1])
        repaired.append(cut[1])
    spans = [(int(table.start[row]), int(table.end[row])) for row in lost if row is not None]
    return tuple(left), tuple(repaired), spans


def _before(shift: Shift, end: datetime) -> tuple[Activity, ...]:
    """Return a shift's activities up to a moment."""
    return tuple(
        replace(part, end=min(part.end, end)) for part in shift.activities if part.start < end
    )


def _verify_lawful(problem: PlanningProblem, before: SlotRoster, after: SlotRoster) -> None:
    """Compare the breaches of two rosters: a repair may leave some, never add one.

    Raises
    ------
    InternalError
        If it did.
    """
    from solver import check

    def broken(roster: SlotRoster) -> Counter[tuple[str, int]]:
        return Counter(
            (violation.rule, violation.agent_idx)
            for violation in check(problem, roster)
            if not violation.forgiven
        )

    added = broken(after) - broken(before)
    if added:
        raise InternalError(f"the repair breaks {added.total()} rules, first {next(iter(added))}")


def _bound(before: PlanningProblem, after: PlanningProblem, bound_cents: int) -> int:
    """Return a lower bound on the cost of any roster of `after`, from one of `before`.

    With time off an agent has fewer options, and less is asked: contract hours and wishes of whole
    days off fall away. Every roster of `after` is one of `before` that costs more by these at most.
    Where pins differ that is not so, and nothing is proven.
    """
    from solver import HoursTarget
    from solver import Pin as PinRule

    pins = [sum(isinstance(rule, PinRule) for rule in p.rules) for p in (before, after)]
    if pins[0] != pins[1]:
        return 0
    saved = 0
    for old, new in zip(before.agents, after.agents, strict=True):
        if old.off_cents != new.off_cents:
            pairs = zip(old.off_cents, new.off_cents, strict=True)
            saved += sum(max(0, was - now) for was, now in pairs)
    now_of = {
        (rule.agent_idx, rule.first_day, rule.end_day): rule
        for rule in after.rules
        if isinstance(rule, HoursTarget)
    }
    for rule in before.rules:
        if isinstance(rule, HoursTarget):
            now = now_of.get((rule.agent_idx, rule.first_day, rule.end_day))
            if now != rule:
                least = -rule.carry_minutes
                less = 0 if now is None else now.cents(least)
                saved += max(0, rule.cents(least) - less) + 2  # each of two roundings
    return max(0, bound_cents - saved)
