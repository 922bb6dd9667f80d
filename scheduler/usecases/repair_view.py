"""What a repair shows: who changes when, what it costs, and who else could take a shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.domain import Planning, Shift, WallTime
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.zones import local_of
from scheduler.usecases.roster_slots import RosterSlots
from scheduler.usecases.solve_planning import Solved

if TYPE_CHECKING:
    from scheduler.planning import Compiled
    from solver.replan import Alternative, Change, RepairResult, Replanner

__all__ = [
    "OpenedShift",
    "Repaired",
    "ShiftChange",
    "ShiftSpan",
    "Taker",
    "opened_shifts",
    "shown_changes",
]


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """A shift's times, aware UTC and on the clock of its place of work."""

    start_utc: datetime
    end_utc: datetime
    start_local: WallTime
    end_local: WallTime
    zone: str


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """One shift that differs from the published roster.

    Parameters
    ----------
    why : str
        ``out`` (the agent is away), ``called_in``, ``moved`` or ``freed``.
    before, after : ShiftSpan, optional
        None stands for a day off.
    own_cents, cover_cents : int
        What it changes in the agent's own cost and in that of cover.
    """

    agent_id: str
    name: str
    why: str
    before: ShiftSpan | None
    after: ShiftSpan | None
    own_cents: int
    cover_cents: int


@dataclass(frozen=True, slots=True)
class Taker:
    """A colleague who could take an open shift; costs by term, rest and hours left in minutes."""

    agent_id: str
    name: str
    before: ShiftSpan | None
    after: ShiftSpan
    cents: int
    terms: tuple[tuple[str, int], ...]
    hours_left_minutes: int | None
    rest_before_minutes: int | None
    rest_after_minutes: int | None


@dataclass(frozen=True, slots=True)
class OpenedShift:
    """A shift that fell away, who could take it, and why the other agents could not.

    Parameters
    ----------
    excluded : tuple of (str, int)
        Agents by reason; with the takers they add up to all agents.
    """

    queue_id: str
    span: ShiftSpan
    takers: tuple[Taker, ...]
    excluded: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired roster with the judgement on it.

    Parameters
    ----------
    planning : Planning
        The input of the repaired roster: time off for the absence, pins for shifts made by hand.
    solved : Solved
        The roster, its audit, its shortfalls.
    changes : tuple of ShiftChange
        What differs from the published roster: the shifts that fell away first.
    published_cents : int
        Cost of the published roster as it was published, with what its stints lose.
    published_split_cents, unrepaired_cents, repaired_cents : int
        Cost at the best split of agents over queues: as published, with nothing done about the
        absence, repaired. What stints lose comes on top in ``solved.roster``.
    change_cents : int
        Price of the changes that the repair asks of colleagues, not part of any cost.
    opened : tuple of OpenedShift
        Where asked for: who could take each shift that fell away.
    repair_seconds : float
        Wall time of the repair itself, on a roster in memory.
    """

    planning: Planning
    solved: Solved
    changes: tuple[ShiftChange, ...]
    published_cents: int
    published_split_cents: int
    unrepaired_cents: int
    repaired_cents: int
    change_cents: int
    opened: tuple[OpenedShift, ...]
    repair_seconds: float


def shown_changes(
    compiled: Compiled,
    published: RosterSlots,
    result: RepairResult,
    cut: tuple[int, Shift] | None,
) -> tuple[ShiftChange, ...]:
    """Return what differs from the published roster, as people read it.

    Parameters
    ----------
    cut : (int, Shift), optional
        Option row of a shift that was cut short, and what is left of it.
    """
    found = []
    for change in result.changed:
        person = compiled.people[change.agent_idx].agent
        after = None if change.after is None else _span_of(compiled, change.after)
        if cut is not None and change.before == cut[0]:
            after = _span(cut[1])
        found.append(
            ShiftChange(
                agent_id=person.agent_id,
                name=person.name,
                why="out" if change.why in ("out", "removed") else change.why.value,
                before=None if change.before is None else _span(published.shift_of[change.before]),
                after=after,
                own_cents=change.own_cents,
                cover_cents=change.cover_cents,
            )
        )
    return tuple(found)


def opened_shifts(
    compiled: Compiled,
    published: RosterSlots,
    replanner: Replanner,
    changes: Sequence[Change],
    result: RepairResult,
    *,
    from_slot: int,
    change_cents: int,
    most: int,
) -> tuple[OpenedShift, ...]:
    """Return for each shift that fell away who could take it, at most `most` colleagues.

    The queue asked for is the one the shift was longest on; shifts without activities, and what of
    a shift is past, are left out.
    """
    from solver.replan import OpenShift

    problem, grid = compiled.problem, compiled.grid
    queues = {queue.queue_id: idx for idx, queue in enumerate(problem.queues)}
    found = []
    for change in result.changed:
        if change.why not in ("out", "removed") or change.before is None:
            continue
        shift = published.shift_of[change.before]
        minutes: Counter[str] = Counter()
        for part in shift.activities:
            if part.queue_id in queues:
                minutes[part.queue_id] += (part.end - part.start).seconds // 60
        start = max(grid.floor(shift.start), from_slot)
        end = min(grid.ceil(shift.end), problem.slots)
        if not minutes or start >= end:
            continue
        queue_id = max(minutes, key=lambda key: (minutes[key], key))
        answer = replanner.alternatives(
            OpenShift(queues[queue_id], start, end),
            most,
            changes=changes,
            from_slot=from_slot,
            change_cents=change_cents,
        )
        takers = tuple(_taker(compiled, published, taker) for taker in answer.ranked)
        found.append(OpenedShift(queue_id, _span(shift), takers, answer.excluded))
    return tuple(found)


def _taker(compiled: Compiled, published: RosterSlots, taker: Alternative) -> Taker:
    person = compiled.people[taker.agent_idx].agent
    minutes = compiled.problem.slot_minutes

    def rest(slots: int | None) -> int | None:
        return None if slots is None else slots * minutes

    return Taker(
        agent_id=person.agent_id,
        name=person.name,
        before=None if taker.before is None else _span(published.shift_of[taker.before]),
        after=_span_of(compiled, taker.option_idx),
        cents=taker.cents,
        terms=taker.terms,
        hours_left_minutes=taker.hours_left_minutes,
        rest_before_minutes=rest(taker.rest_before_slots),
        rest_after_minutes=rest(taker.rest_after_slots),
    )


def _span_of(compiled: Compiled, row: int) -> ShiftSpan:
    """Return the times of an option."""
    table, grid = compiled.problem.options, compiled.grid
    start, end = grid.instant_of(int(table.start[row])), grid.instant_of(int(table.end[row]))
    timeline = compiled.people[int(table.agent[row])].timeline
    return _on_clock(start, end, place_at(timeline, start).zone)


def _span(shift: Shift) -> ShiftSpan:
    return _on_clock(shift.start, shift.end, shift.zone)


def _on_clock(start: datetime, end: datetime, zone: str) -> ShiftSpan:
    return ShiftSpan(start, end, local_of(start, zone).wall, local_of(end, zone).wall, zone)
