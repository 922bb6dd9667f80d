"""What a simulation runs on: queues as streams of contacts, duties as desks, routes between them.

Built once from a planning and a roster; every replication plays on the same `World`. Times are
seconds since the horizon's start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scheduler.domain import DemandInterval, Planning, Queue, Roster
from scheduler.staffing.channels import service_of
from scheduler.staffing.ramp_up import DEFAULT_RAMP_UP, productivity
from scheduler.staffing.rows import Floats
from scheduler.staffing.simulate_duty import Duty, Span, duties_of
from scheduler.timegrid.opening import opening_on
from scheduler.timegrid.timeline import Place, day_of, place_timeline
from scheduler.timegrid.windows import horizon_bounds, local_dates
from scheduler.timegrid.zones import clock_instant

__all__ = ["ROUTINGS", "Desks", "Ints", "Route", "Stream", "World", "world_of"]

Ints = NDArray[np.int64]
ROUTINGS = ("skills", "assigned")
_LIVE = ("phone", "chat")


@dataclass(frozen=True, slots=True)
class Stream:
    """A queue as customers meet it.

    Parameters
    ----------
    kind : {"phone", "written", "deferred"}
        What an agent can mix: calls, written contacts answered at once, work with a deadline.
    target_s, patience_s, deadline_s : float
        Seconds; infinite where there is no patience or no deadline.
    share : int
        Part of an agent that a contact takes, in units of `World.capacity`.
    shrinkage : float
        Share of their time that rostered agents are not there, 0 to below 1.
    open_s : tuple of (float, float), optional
        Hours of the queue, in order; None is always open.
    turns_away : bool
        Whether contacts are lost outside these hours; else they wait for the next.
    start_s, offered, aht_s : array of float
        One entry per row of demand: start, expected contacts, mean handling time.
    """

    queue_id: str
    channel: str
    kind: str
    priority: int
    target_s: float
    patience_s: float
    deadline_s: float
    share: int
    shrinkage: float
    open_s: tuple[Span, ...] | None
    turns_away: bool
    start_s: Floats
    offered: Floats
    aht_s: Floats


@dataclass(frozen=True, slots=True)
class Route:
    """What agents with one activity and one set of skills serve.

    Parameters
    ----------
    assigned : int
        Stream of the activity, -1 without one.
    tiers : tuple of tuple of int
        Streams, best first; within a tier the contact that has waited longest is taken.
    absent : float
        Probability of not being there for half an hour.
    """

    assigned: int
    tiers: tuple[tuple[int, ...], ...]
    absent: float

    @property
    def breadth(self) -> int:
        """Number of streams served."""
        return sum(map(len, self.tiers))


@dataclass(frozen=True, slots=True)
class Desks:
    """Stretches of duty as columns, by agent and start.

    Parameters
    ----------
    agent, route : array of int
        Indices of agents and routes.
    start_s, end_s : array of float
        Half-open, never empty; those of one agent do not overlap.
    slowness : array of float
        Factor on handling times, 1 for seasoned agents.
    """

    agent: Ints
    route: Ints
    start_s: Floats
    end_s: Floats
    slowness: Floats


@dataclass(frozen=True, slots=True)
class World:
    """Everything that replications have in common.

    Parameters
    ----------
    start : datetime.datetime
        Aware UTC instant of second 0.
    seconds : float
        Length of the horizon.
    interval_s : float
        Length of a row of demand.
    capacity : int
        Units of one agent: divisible by the contacts side by side of every queue.
    """

    start: datetime
    seconds: float
    interval_s: float
    streams: tuple[Stream, ...]
    routes: tuple[Route, ...]
    desks: Desks
    capacity: int

    @property
    def hours(self) -> int:
        """Hours of the horizon, the last one perhaps a part."""
        return math.ceil(self.seconds / 3600)


def world_of(
    planning: Planning, roster: Roster, *, routing: str, blend: bool, ramp_up: bool
) -> World:
    """Return what a roster meets.

    Parameters
    ----------
    routing : {"skills", "assigned"}
        Whether agents also take contacts of queues they are not assigned to.
    blend : bool
        Whether agents without a contact take up deferrable work that they are skilled for.
    ramp_up : bool
        Whether newcomers take longer, by the table of the settings.

    Raises
    ------
    ValueError
        If `routing` is unknown, a row of demand cannot be used, or the roster does not fit the
        planning.
    """
    if routing not in ROUTINGS:
        raise ValueError(f"routing must be one of {', '.join(ROUTINGS)}, not {routing}")
    start, end = horizon_bounds(planning.horizon)
    at_once = {queue.queue_id: planning.staffing.at_once(queue) for queue in planning.queues}
    capacity = math.lcm(*at_once.values())
    rows: dict[str, list[DemandInterval]] = {queue.queue_id: [] for queue in planning.queues}
    for row in planning.demand:
        if row.queue_id not in rows:
            raise ValueError(f"demand names queue {row.queue_id} of no planning")
        rows[row.queue_id].append(row)
    streams = tuple(
        _stream(planning, queue, rows[queue.queue_id], capacity // at_once[queue.queue_id])
        for queue in planning.queues
    )
    routes: dict[Route, int] = {}
    duties = duties_of(planning, roster)

    @cache
    def route_idx(assigned: int, skilled: tuple[int, ...]) -> int:
        made = _route(streams, assigned, skilled, by_skills=routing == "skills", blend=blend)
        return routes.setdefault(made, len(routes))

    route = [route_idx(duty.queue_idx, duty.skilled) for duty in duties]
    slow = _slowness(planning, start) if ramp_up else None
    factors = [1.0 if slow is None else slow(duty) for duty in duties]
    return World(
        start=start,
        seconds=(end - start).total_seconds(),
        interval_s=planning.interval_minutes * 60.0,
        streams=streams,
        routes=tuple(routes),
        desks=Desks(
            agent=np.array([duty.agent_idx for duty in duties], dtype=np.int64),
            route=np.array(route, dtype=np.int64),
            start_s=np.array([duty.start_s for duty in duties], dtype=np.float64),
            end_s=np.array([duty.end_s for duty in duties], dtype=np.float64),
            slowness=np.array(factors, dtype=np.float64),
        ),
        capacity=capacity,
    )


def _stream(planning: Planning, queue: Queue, rows: Sequence[DemandInterval], share: int) -> Stream:
    start, end = horizon_bounds(planning.horizon)
    service = service_of(queue, planning.staffing)
    for row in rows:
        if not row.offered >= 0 or not row.aht_s >= 0 or (row.offered and not row.aht_s):
            raise ValueError(
                f"{row.queue_id} at {row.start}: contacts must be 0 or more, with a handling time "
                f"above 0, not {row.offered} of {row.aht_s} s"
            )
        if not start <= row.start < end:
            raise ValueError(f"{row.queue_id}: demand at {row.start} lies outside the horizon")
    kind = "phone" if queue.channel == "phone" else "written"
    deadline_s = math.inf
    if service.deadline_hours is not None:
        kind, deadline_s = "deferred", float(service.deadline_hours) * 3600
    patient = queue.patience_s is None or kind == "deferred"
    return Stream(
        queue_id=queue.queue_id,
        channel=queue.channel,
        kind=kind,
        priority=queue.priority,
        target_s=float(service.target_seconds),
        patience_s=math.inf if patient else float(queue.patience_s or 0),
        deadline_s=deadline_s,
        share=share,
        shrinkage=float(queue.shrinkage),
        open_s=_opening(queue, start, end),
        turns_away=queue.channel in _LIVE and kind != "deferred",
        start_s=np.array([(row.start - start).total_seconds() for row in rows], dtype=np.float64),
        offered=np.array([float(row.offered) for row in rows], dtype=np.float64),
        aht_s=np.array([float(row.aht_s) for row in rows], dtype=np.float64),
    )


def _opening(queue: Queue, start: datetime, end: datetime) -> tuple[Span, ...] | None:
    """Return the queue's hours inside the horizon, joined where they touch."""
    if not queue.opening and queue.holiday_opening is None:
        return None
    seconds = (end - start).total_seconds()
    found = []
    for day in local_dates(start, end, queue.zone):
        for from_minute, until_minute in opening_on(queue, day):
            opens = (clock_instant(day, from_minute, queue.zone) - start).total_seconds()
            closes = (clock_instant(day, until_minute, queue.zone) - start).total_seconds()
            found.append((max(opens, 0.0), min(closes, seconds)))
    joined: list[Span] = []
    for opens, closes in sorted(found):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        elif opens < closes:
            joined.append((opens, closes))
    return tuple(joined)


def _route(
    streams: Sequence[Stream],
    assigned: int,
    skilled: Sequence[int],
    *,
    by_skills: bool,
    blend: bool,
) -> Route:
    """Return what is served: the activity first, then what is alike, then what can wait."""

    def tiers(queues: Sequence[int]) -> list[tuple[int, ...]]:
        ranks = sorted({streams[idx].priority for idx in queues})
        return [tuple(idx for idx in queues if streams[idx].priority == rank) for rank in ranks]

    own = streams[assigned] if assigned >= 0 else None
    others = [idx for idx in skilled if idx != assigned]
    deferred = [idx for idx in others if streams[idx].kind == "deferred"]
    waiting = [idx for idx in others if streams[idx].kind != "deferred"]
    served: list[tuple[int, ...]] = [] if own is None else [(assigned,)]
    if by_skills and own is None:
        served += [*tiers(waiting), *tiers(deferred)]
    elif by_skills and own is not None:
        served += tiers([idx for idx in others if streams[idx].kind == own.kind])
    if blend and not any(idx in tier for tier in served for idx in deferred):
        served += tiers(deferred)
    lost = [streams[assigned]] if own is not None else [streams[i] for t in served for i in t]
    absent = sum(stream.shrinkage for stream in lost) / len(lost) if lost else 0.0
    return Route(assigned, tuple(served), absent)


def _slowness(planning: Planning, start: datetime) -> Callable[[Duty], float]:
    """Return a function that tells by which factor an agent takes longer."""
    table = planning.staffing.ramp_up or DEFAULT_RAMP_UP
    sites = {site.site_id: site for site in planning.sites}
    timelines: dict[int, tuple[Place, ...]] = {}
    for idx, agent in enumerate(planning.agents):
        stays_of = [row for row in planning.locations if row.agent_id == agent.agent_id]
        timelines[idx] = place_timeline(sites[agent.site_id], stays_of)

    def slowness(duty: Duty) -> float:
        agent = planning.agents[duty.agent_idx]
        day = day_of(timelines[duty.agent_idx], start + timedelta(seconds=duty.start_s))
        share = productivity(agent.started_on, day, table)
        # Before the first day in the job the roster says that he works: as a newcomer then.
        return float(1 / share) if share else 100 / table[0]

    return slowness
