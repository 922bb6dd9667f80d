"""A roster as stretches of duty: who is there from when to when, on which queue, able to do what.

Presence is what the roster says: shifts without their breaks, activities as they stand. Skills are
read from the planning, by date at the agent's place of work, as the audit reads them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from scheduler.domain import Activity, Agent, Planning, Queue, Roster, Shift, Skill
from scheduler.domain.people import CEFR_LEVELS
from scheduler.timegrid.timeline import Place, place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import start_of_day

__all__ = ["Duty", "ServingSpans", "duties_of", "serving_spans"]

Span = tuple[float, float]
_ALWAYS: Span = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Duty:
    """A stretch in which nothing about an agent changes.

    Parameters
    ----------
    agent_idx : int
        Place in the planning's agents.
    start_s, end_s : float
        Seconds since the horizon's start, half-open, inside the horizon.
    queue_idx : int
        The queue of the activity; -1 without one.
    skilled : tuple of int
        Queues that the agent may serve, ascending.
    """

    agent_idx: int
    start_s: float
    end_s: float
    queue_idx: int
    skilled: tuple[int, ...]


def duties_of(planning: Planning, roster: Roster) -> tuple[Duty, ...]:
    """Return the duties of all agents inside the planning's horizon, by agent and time.

    Raises
    ------
    ValueError
        If the roster names an agent or a queue that the planning does not have, or has an agent at
        two places at once.
    """
    start, end = horizon_bounds(planning.horizon)
    seconds = (end - start).total_seconds()
    agent_idx = {agent.agent_id: idx for idx, agent in enumerate(planning.agents)}
    queue_idx = {queue.queue_id: idx for idx, queue in enumerate(planning.queues)}
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for shift in roster.shifts:
        if shift.agent_id not in agent_idx:
            raise ValueError(f"the roster names agent {shift.agent_id}, whom the planning lacks")
        for activity in shift.activities:
            if activity.queue_id not in queue_idx:
                raise ValueError(f"the roster names queue {activity.queue_id} of no planning")
        shifts[agent_idx[shift.agent_id]].append(shift)
    skills = ServingSpans(planning, start)
    duties: list[Duty] = []
    for idx, own in sorted(shifts.items()):
        spans = skills.of(planning.agents[idx])
        until = -math.inf
        for shift in sorted(own, key=lambda row: (row.start, row.end)):
            for left, right, queue_id in _stretches(shift, start):
                if left < until:
                    where = f"agent {shift.agent_id} has two duties at once"
                    raise ValueError(f"{where} in the shift of {shift.start}")
                until = right
                first, after = max(left, 0.0), min(right, seconds)
                queue = -1 if queue_id is None else queue_idx[queue_id]
                if first < after:
                    duties += _with_skills(idx, first, after, queue, spans)
    return tuple(duties)


def _stretches(shift: Shift, start: datetime) -> Iterator[tuple[float, float, str | None]]:
    """Yield the parts of a shift between its breaks, each with the queue of its activity."""

    def second(instant: datetime) -> float:
        return (instant - start).total_seconds()

    edges = {shift.start, shift.end}
    edges |= {edge for pause in shift.breaks for edge in (pause.start, pause.end)}
    edges |= {edge for row in shift.activities for edge in (row.start, row.end)}
    ordered = sorted(edge for edge in edges if shift.start <= edge <= shift.end)
    for left, right in pairwise(ordered):
        if any(pause.start <= left < pause.end for pause in shift.breaks):
            continue
        on = _activity_at(shift.activities, left)
        yield second(left), second(right), None if on is None else on.queue_id


def _activity_at(activities: Iterable[Activity], instant: datetime) -> Activity | None:
    return next((row for row in activities if row.start <= instant < row.end), None)


def _with_skills(
    agent_idx: int, start_s: float, end_s: float, queue_idx: int, spans: Sequence[Sequence[Span]]
) -> Iterator[Duty]:
    """Yield the parts of a stretch between changes of skills."""
    edges = {edge for own in spans for span in own for edge in span if start_s < edge < end_s}
    ordered = [start_s, *sorted(edges), end_s]
    for left, right in pairwise(ordered):
        skilled = tuple(
            queue
            for queue, own in enumerate(spans)
            if any(first <= left < after for first, after in own)
        )
        yield Duty(agent_idx, left, right, queue_idx, skilled)


class ServingSpans:
    """When each agent may serve each queue; agents alike are worked out once.

    Parameters
    ----------
    start : datetime.datetime
        Instant from which spans are counted.
    """

    def __init__(self, planning: Planning, start: datetime) -> None:
        self._planning, self._start = planning, start
        self._sites = {site.site_id: site for site in planning.sites}
        self._skills: dict[str, list[Skill]] = defaultdict(list)
        for skill in planning.skills:
            self._skills[skill.agent_id].append(skill)
        self._known: dict[object, tuple[tuple[Span, ...], ...]] = {}

    def of(self, agent: Agent) -> tuple[tuple[Span, ...], ...]:
        """Return the spans in which an agent may serve each queue, in the planning's order."""
        rows = self._skills[agent.agent_id]
        stays = [row for row in self._planning.locations if row.agent_id == agent.agent_id]
        timeline = place_timeline(self._sites[agent.site_id], stays)
        held = frozenset(
            (row.kind, row.value, row.level, row.valid_from, row.valid_until) for row in rows
        )
        key = (held, timeline)
        if key not in self._known:
            length_s = self._planning.interval_minutes * 60
            self._known[key] = tuple(
                serving_spans(rows, queue, timeline, start=self._start, interval_s=length_s)
                for queue in self._planning.queues
            )
        return self._known[key]


def serving_spans(
    rows: Sequence[Skill],
    queue: Queue,
    timeline: Sequence[Place],
    *,
    start: datetime,
    interval_s: int,
) -> tuple[Span, ...]:
    """Return when skills suffice for a queue, in seconds since `start`.

    Channel, client, language and perhaps certificate must each be held through whole planning
    intervals, by one row or by several that follow each other without a gap. A row's dates begin at
    midnight at the place where the agent then is.

    Parameters
    ----------
    rows : sequence of Skill
        Those of one agent.
    timeline : sequence of Place
        Where the agent works, for all time.
    interval_s : int
        Length of a planning interval.

    Returns
    -------
    tuple of (float, float)
        Disjoint, in order; infinite where there is no bound.
    """
    asked = [("channel", queue.channel), ("client", queue.client), ("language", queue.language)]
    if queue.certificate is not None:
        asked.append(("certificate", queue.certificate))
    found: list[Span] = [_ALWAYS]
    for kind, value in asked:
        sufficient = [row for row in rows if _suffices(row, kind, value, queue.min_level)]
        valid = (span for row in sufficient for span in _validity(row, timeline, start))
        held = [_whole_intervals(span, interval_s) for span in _merged(valid)]
        found = [
            (max(left, first), min(right, after))
            for left, right in found
            for first, after in held
            if max(left, first) < min(right, after)
        ]
    return tuple(found)


def _suffices(skill: Skill, kind: str, value: str, min_level: str | None) -> bool:
    if skill.kind != kind:
        return False
    if kind != "language":
        return skill.value == value
    short, long = sorted((skill.value.casefold(), value.casefold()), key=len)
    if long != short and not long.startswith(short + "-"):
        return False
    if min_level is None:
        return True
    order = CEFR_LEVELS.index
    return skill.level is not None and order(skill.level) >= order(min_level)


def _validity(skill: Skill, timeline: Sequence[Place], start: datetime) -> Iterator[Span]:
    for place in timeline:
        first, after = _ALWAYS
        if place.start is not None:
            first = (place.start - start).total_seconds()
        if place.end is not None:
            after = (place.end - start).total_seconds()
        if skill.valid_from is not None:
            from_midnight = start_of_day(skill.valid_from, place.zone) - start
            first = max(first, from_midnight.total_seconds())
        if skill.valid_until is not None:
            until_midnight = start_of_day(skill.valid_until, place.zone) - start
            after = min(after, until_midnight.total_seconds())
        if first < after:
            yield first, after


def _merged(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, after in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(after, joined[-1][1]))
        else:
            joined.append((first, after))
    return joined


def _whole_intervals(span: Span, length_s: int) -> Span:
    first, after = span
    return (
        first if math.isinf(first) else float(math.ceil(first / length_s) * length_s),
        after if math.isinf(after) else float(math.floor(after / length_s) * length_s),
    )
