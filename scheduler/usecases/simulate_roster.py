"""Replay a roster contact by contact, and say in which hours customers suffer, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.domain import Planning, Queue, Roster
from scheduler.errors import Fault, InputError
from scheduler.usecases.simulate_roster_view import (
    BadHour,
    Presence,
    ServiceRow,
    SimulationView,
    reason_for,
)

if TYPE_CHECKING:
    from scheduler.staffing.channels import Service
    from scheduler.staffing.simulate import HourOutcome

__all__ = ["simulate_roster"]

_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_LEAST_MISSED = 0.05  # contacts an hour: below this an hour is not worth a line


def simulate_roster(
    planning: Planning,
    roster: Roster,
    *,
    replications: int = 20,
    seed: int = 1,
    routing: str = "skills",
    worst: int = 5,
    on_progress: Callable[[int, int], None] | None = None,
) -> SimulationView:
    """Return what customers get to feel of a roster, by channel and queue, and the worst hours.

    Parameters
    ----------
    planning : Planning
        Whose demand the roster meets.
    roster : Roster
        Of the planning's agents.
    replications, seed, routing, on_progress
        As in `scheduler.staffing.simulate.simulate`.
    worst : int
        How many hours to name at most, 0 or more.

    Raises
    ------
    InputError
        If the planning has no contacts, or the roster does not fit it.
    """
    from scheduler.staffing.channels import service_of
    from scheduler.staffing.simulate import simulate

    try:
        found = simulate(
            planning,
            roster,
            replications=replications,
            seed=seed,
            routing=routing,
            on_progress=on_progress,
        )
    except ValueError as error:
        fault = Fault("no_simulation", "roster.json", "a roster that fits a planning with contacts")
        raise InputError((_with_hint(fault, str(error)),)) from error
    services = {queue.queue_id: service_of(queue, planning.staffing) for queue in planning.queues}
    there = _there(planning, roster)
    offered = {queue.queue_id: 0.0 for queue in planning.queues}
    for row in planning.demand:
        offered[row.queue_id] += float(row.offered)
    queues = tuple(
        _row(row.queue_id, (row.queue_id,), row.outcome, services, offered, there.formula)
        for row in found.queues
        if offered[row.queue_id]
    )
    channels = tuple(
        _row(row.channel, _members(planning, row.channel), row.outcome, services, offered, None)
        for row in found.channels
        if any(offered[queue_id] for queue_id in _members(planning, row.channel))
    )
    return SimulationView(
        name=planning.name,
        replications=found.replications,
        seed=seed,
        routing=routing,
        contacts=found.contacts,
        channels=channels,
        queues=queues,
        without_contacts=tuple(queue_id for queue_id, number in offered.items() if not number),
        worst=_worst(planning, found.hours, services, there, worst),
    )


def _with_hint(fault: Fault, words: str) -> Fault:
    return replace(fault, hint=f"{words[0].upper()}{words[1:]}.")


def _members(planning: Planning, channel: str) -> tuple[str, ...]:
    return tuple(queue.queue_id for queue in planning.queues if queue.channel == channel)


def _row(
    name: str,
    members: Sequence[str],
    outcome: object,
    services: Mapping[str, Service],
    offered: Mapping[str, float],
    formula: Mapping[str, float] | None,
) -> ServiceRow:
    from scheduler.staffing.simulate_report import Outcome
    from scheduler.usecases.plan_staffing_view import target_text

    assert isinstance(outcome, Outcome)
    levels = {
        queue_id: services[queue_id].level
        for queue_id in members
        if services[queue_id].deadline_hours is None and offered[queue_id]
    }
    weight = sum(offered[queue_id] for queue_id in levels)
    target = None
    if weight:
        met = sum(level * offered[queue_id] for queue_id, level in levels.items())
        target = round(met / weight, 9)
    promises = list(dict.fromkeys(target_text(services[queue_id]) for queue_id in members))
    return ServiceRow(
        name=name,
        promise=promises[0] if len(promises) == 1 else "by queue",
        target=target,
        formula=None if formula is None or not weight else formula.get(name),
        outcome=outcome,
    )


@dataclass(frozen=True, slots=True)
class _There:
    """Who was on which queue in each quarter of an hour, what was needed, and what that gives.

    Parameters
    ----------
    presence : mapping of (str, datetime) to Presence
        By queue and start of the quarter.
    level_at : mapping of (str, datetime) to float
        Service level by Erlang of these agents alone, by queue and start of the interval.
    formula : mapping of str to float
        The same over the horizon, weighted by contacts.
    """

    presence: Mapping[tuple[str, datetime], Presence]
    level_at: Mapping[tuple[str, datetime], float]
    formula: Mapping[str, float]

    def between(self, queue_id: str, start: datetime, end: datetime) -> list[Presence]:
        """Return the quarters of a queue that lie in the horizon and between two instants."""
        keys = ((queue_id, quarter) for quarter in _quarters(start, end))
        return [self.presence[key] for key in keys if key in self.presence]


def _there(planning: Planning, roster: Roster) -> _There:
    from scheduler.staffing.requirements import required_agents
    from scheduler.timegrid.windows import horizon_bounds

    on: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    away: dict[datetime, list[str]] = defaultdict(list)
    names = {agent.agent_id: agent.name for agent in planning.agents}
    for shift in roster.shifts:
        name = names.get(shift.agent_id, shift.agent_id)
        for activity in shift.activities:
            for quarter in _quarters(activity.start, activity.end):
                on[activity.queue_id, quarter].append(name)
        for pause in shift.breaks:
            for quarter in _quarters(pause.start, pause.end):
                away[quarter].append(name)
    start, end = horizon_bounds(planning.horizon)
    length = timedelta(minutes=planning.interval_minutes)
    needed = required_agents(planning)
    presence = {
        (queue_id, quarter): Presence(
            quarter,
            needed=agents[(quarter - start) // length],
            on=tuple(on.get((queue_id, quarter), ())),
            on_break=tuple(away.get(quarter, ())),
        )
        for queue_id, agents in needed.items()
        for quarter in _quarters(start, end)
    }
    level_at, formula = _formula(planning, presence)
    return _There(presence, level_at, formula)


def _quarters(start: datetime, end: datetime) -> list[datetime]:
    return [start + idx * _QUARTER for idx in range(max(0, -((start - end) // _QUARTER)))]


@dataclass(frozen=True, slots=True)
class _Offered:
    """A row of demand with the agents that are there for it."""

    contacts: float
    start: datetime
    load: float
    aht_s: float
    agents: int


def _formula(
    planning: Planning, presence: Mapping[tuple[str, datetime], Presence]
) -> tuple[dict[tuple[str, datetime], float], dict[str, float]]:
    """Return what Erlang makes of the agents on each queue, as if nobody helped anybody out.

    Callers with a patience are taken to hang up, as they do in the simulation. Agents are the mean
    over the quarters of an interval, rounded down.
    """
    from scheduler.staffing.channels import service_of
    from scheduler.staffing.erlang import erlang_a, erlang_c

    length = timedelta(minutes=planning.interval_minutes)
    queues = {queue.queue_id: queue for queue in planning.queues}
    level_at: dict[tuple[str, datetime], float] = {}
    by_queue: dict[str, list[_Offered]] = defaultdict(list)
    for row in planning.demand:
        if not row.offered:
            continue
        quarters = _quarters(row.start, row.start + length)
        agents = sum(len(presence[row.queue_id, quarter].on) for quarter in quarters)
        load = float(row.offered * row.aht_s) / length.total_seconds()
        by_queue[row.queue_id].append(
            _Offered(float(row.offered), row.start, load, float(row.aht_s), agents // len(quarters))
        )
    formula = {}
    for queue_id, rows in by_queue.items():
        queue = queues[queue_id]
        service = service_of(queue, planning.staffing)
        if service.deadline_hours is not None:
            continue
        loads = [row.load for row in rows]
        aht_s = [row.aht_s for row in rows]
        slots = [row.agents * service.at_once for row in rows]
        target_s = service.target_seconds
        if _hangs_up(queue):
            made = erlang_a(loads, aht_s, slots, target_s, patience_s=float(queue.patience_s or 1))
        else:
            made = erlang_c(loads, aht_s, slots, target_s)
        levels = [float(level) for level in made.service_level]
        level_at.update(
            ((queue_id, row.start), level) for row, level in zip(rows, levels, strict=True)
        )
        total = sum(row.contacts * level for row, level in zip(rows, levels, strict=True))
        formula[queue_id] = total / sum(row.contacts for row in rows)
    return level_at, formula


def _hangs_up(queue: Queue) -> bool:
    return queue.patience_s is not None


def _worst(
    planning: Planning,
    hours: Sequence[HourOutcome],
    services: Mapping[str, Service],
    there: _There,
    most: int,
) -> tuple[BadHour, ...]:
    """Return the hours in which most contacts missed what their queue's target grants."""
    from scheduler.timegrid.zones import local_of

    zones = {queue.queue_id: queue.zone for queue in planning.queues}
    ranked: list[tuple[float, HourOutcome]] = []
    for row in hours:
        service, level = services[row.queue_id], row.outcome.service_level
        offered = row.outcome.offered.mean or 0.0
        if service.deadline_hours is not None:
            missed = offered * (row.outcome.late_share.mean or 0.0)
        elif level.mean is None or (level.high is not None and level.high >= service.level):
            continue  # chance alone may have made it look bad
        else:
            missed = offered * (service.level - level.mean)
        if missed >= _LEAST_MISSED:
            ranked.append((missed, row))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].start, pair[1].queue_id))
    found = []
    for missed, row in ranked[:most]:
        service = services[row.queue_id]
        quarters = there.between(row.queue_id, row.start, row.start + _HOUR)
        before = timedelta(hours=float(service.deadline_hours or 0))
        could = there.between(row.queue_id, row.start - before, row.start + _HOUR)
        formula = [
            level
            for (queue_id, start), level in there.level_at.items()
            if queue_id == row.queue_id and row.start <= start < row.start + _HOUR
        ]
        expected = min(formula, default=None)
        found.append(
            BadHour(
                queue_id=row.queue_id,
                start=row.start,
                wall=local_of(row.start, zones[row.queue_id]).wall,
                zone=zones[row.queue_id],
                contacts=row.outcome.offered.mean or 0.0,
                missed=missed,
                target=None if service.deadline_hours is not None else service.level,
                outcome=row.outcome,
                formula=expected,
                agents=tuple(dict.fromkeys(name for part in quarters for name in part.on)),
                reason=reason_for(could, expected, service.level, service.deadline_hours),
            )
        )
    return tuple(found)
