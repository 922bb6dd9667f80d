"""From the solver's duty plan back to a roster of instants and wall-clock times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from scheduler.domain import Activity, Break, Pin, Planning, Roster, Shift, SolverNote
from scheduler.planning.compile import Compiled
from scheduler.timegrid.grid import SLOT_MINUTES
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.zones import local_of, tz_version
from solver import Choice, DutyPlan, Stint, score

__all__ = ["decode"]

_MINUTE = timedelta(minutes=1)


def decode(
    compiled: Compiled,
    planning: Planning,
    plan: DutyPlan,
    *,
    bound_cents: int,
    solver_note: SolverNote,
) -> Roster:
    """Return the roster that a duty plan describes, with its cost.

    The cover terms are those of the plan's stints; all others follow from the shifts taken.

    Parameters
    ----------
    compiled : Compiled
        The problem that `plan` solves, from the same planning.
    bound_cents : int
        Proven lower bound on the cost of any roster.
    solver_note : SolverNote
        How the plan came about.
    """
    pins = dict(compiled.pins)
    stints: dict[int, list[Stint]] = defaultdict(list)
    for stint in sorted(plan.stints):
        stints[stint.agent_idx].append(stint)
    shifts = [
        _shift(compiled, planning, choice, pins.get(choice.option_idx), stints[choice.agent_idx])
        for choice in plan.roster.choices
    ]
    terms = score(compiled.problem, plan.roster)
    terms |= {"short": plan.short_cents, "idle": plan.idle_cents}
    return Roster(
        horizon=planning.horizon,
        currency=planning.currency,
        shifts=tuple(sorted(shifts, key=lambda shift: (shift.start, shift.agent_id))),
        cost_cents=sum(terms.values()),
        bound_cents=bound_cents,
        terms=tuple(terms.items()),
        solver=solver_note,
        input_sha256=planning.input_sha256,
        tz_version=tz_version(),
    )


def _shift(
    compiled: Compiled,
    planning: Planning,
    choice: Choice,
    pin: Pin | None,
    stints: Sequence[Stint],
) -> Shift:
    table, grid = compiled.problem.options, compiled.grid
    person = compiled.people[choice.agent_idx]
    row = choice.option_idx
    first, after = int(table.start[row]), int(table.end[row])
    start = grid.instant_of(first) if pin is None else pin.start
    end = grid.instant_of(after) if pin is None else pin.end
    zone = place_at(person.timeline, start).zone
    local = local_of(start, zone)
    breaks: tuple[Break, ...] = ()
    if table.break_slots[row]:
        pause = grid.instant_of(choice.break_start)
        length = int(table.break_slots[row]) * SLOT_MINUTES * _MINUTE
        paid = int(table.paid_minutes[row]) * _MINUTE == end - start
        breaks = (Break(pause, pause + length, paid),)
    activities = tuple(
        Activity(
            planning.queues[stint.queue_idx].queue_id,
            max(start, grid.instant_of(stint.start)),
            min(end, grid.instant_of(stint.end)),
        )
        for stint in _merged([own for own in stints if first <= own.start < after])
    )
    return Shift(
        agent_id=person.agent.agent_id,
        start=start,
        end=end,
        start_local=local.wall,
        zone=zone,
        fold=local.fold,
        paid_minutes=int(table.paid_minutes[row]),
        breaks=breaks,
        activities=activities,
        pinned=bool(table.pinned[row]),
    )


def _merged(stints: Sequence[Stint]) -> list[Stint]:
    """Join stints on the same queue that follow each other without a pause."""
    merged: list[Stint] = []
    for stint in stints:
        last = merged[-1] if merged else None
        if last and last.end == stint.start and last.queue_idx == stint.queue_idx:
            merged[-1] = Stint(last.agent_idx, last.start, stint.end, last.queue_idx)
        else:
            merged.append(stint)
    return merged
