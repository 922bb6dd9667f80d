"""Agents needed where newcomers are among those who serve: heads, not seasoned agents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from fractions import Fraction

from scheduler.domain import Agent, Planning, Queue
from scheduler.staffing.ramp_up import productivity
from scheduler.staffing.simulate_duty import ServingSpans
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import clock_instant, local_of

__all__ = ["Share", "share_at_work"]

Share = Callable[[Queue, datetime], Fraction]
_NOON = 12 * 60


def share_at_work(planning: Planning) -> Share:
    """Return a function that tells what a rostered head is worth on a queue at an instant.

    That is the share of time left by the queue's shrinkage. Where the settings have a ``ramp_up``
    it is multiplied by the mean productivity of the agents who may serve the queue on that date of
    the horizon's zone: those in the job who have all the skills at noon. Nobody knows yet who of
    them will be rostered. Where nobody may serve the queue a head counts in full.

    Without ``ramp_up`` every head counts in full: handling times are mostly measured with newcomers
    among the agents, and must not be lengthened twice.
    """
    if not planning.staffing.ramp_up:
        return lambda queue, _instant: 1 - Fraction(queue.shrinkage)
    start, _ = horizon_bounds(planning.horizon)
    spans = ServingSpans(planning, start)
    place = {queue.queue_id: idx for idx, queue in enumerate(planning.queues)}
    serving = [(agent, spans.of(agent)) for agent in planning.agents]
    zone = planning.horizon.zone
    known: dict[tuple[str, date], Fraction] = {}

    def share(queue: Queue, instant: datetime) -> Fraction:
        day = local_of(instant, zone).wall.day
        key = queue.queue_id, day
        if key not in known:
            noon = (clock_instant(day, _NOON, zone) - start).total_seconds()
            able = [agent for agent, own in serving if _holds(own[place[queue.queue_id]], noon)]
            known[key] = _mean(able, day, planning.staffing.ramp_up)
        return (1 - Fraction(queue.shrinkage)) * known[key]

    return share


def _holds(spans: Sequence[tuple[float, float]], seconds: float) -> bool:
    return any(first <= seconds < after for first, after in spans)


def _mean(agents: Sequence[Agent], day: date, ramp_up: tuple[int, ...]) -> Fraction:
    employed = [
        agent
        for agent in agents
        if (agent.employed_from is None or agent.employed_from <= day)
        and (agent.employed_until is None or day < agent.employed_until)
    ]
    shares = [productivity(agent.started_on, day, ramp_up) for agent in employed]
    in_the_job = [each for each in shares if each]
    return sum(in_the_job, start=Fraction(0)) / len(in_the_job) if in_the_job else Fraction(1)
