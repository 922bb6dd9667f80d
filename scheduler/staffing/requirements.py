"""From contacts per interval to agents needed per queue and interval: the one entry.

Calls are Erlang C, or Erlang A where the settings say so and the queue has a patience; chat and its
like are Erlang C with `concurrency` slots per agent; e-mail, and whatever else has a deadline, is
levelled into the hours in which the queues of the same client and language are quiet. Queues of a
pool are staffed as one. Targets are those of `scheduler.staffing.channels`.

Erlang C stays the rule for calls although customers do hang up: patience is a guess more often than
a measurement, and who promises 80 % within 20 s does not mean to reach it by losing callers.

A target of 100 % is out of reach for any number of agents and is read as 99.99 %. Handling times
are those measured at the queue's concurrency. A row of requirements replaces the figure of its
queue and interval and is taken as it stands, without shrinkage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import accumulate

import numpy as np

from scheduler.domain import DemandInterval, Planning, Queue
from scheduler.domain.demand import Pool
from scheduler.staffing.channels import Service, fewest_agents_with_slots, service_of
from scheduler.staffing.deferred import Work, levelled_agents
from scheduler.staffing.fewest import Targets
from scheduler.staffing.newcomers import Share, share_at_work
from scheduler.staffing.pools import pool_fault, pooled_service, shared_out
from scheduler.staffing.shrinkage import gross_agents, gross_load
from scheduler.timegrid.opening import opening_on
from scheduler.timegrid.windows import horizon_bounds, local_dates
from scheduler.timegrid.zones import clock_instant

__all__ = ["required_agents"]

_SMOOTH_MINUTES = 120
_Rows = Mapping[str, Sequence[DemandInterval]]


@dataclass(frozen=True, slots=True)
class _Intervals:
    """The planning intervals of the horizon; `start` and `end` are instants."""

    start: datetime
    end: datetime
    minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def instant_of(self, idx: int) -> datetime:
        return self.start + idx * self.length

    @property
    def count(self) -> int:
        return (self.end - self.start) // self.length

    def idx_of(self, instant: datetime) -> int:
        idx, rest = divmod(instant - self.start, self.length)
        if rest or not self.start <= instant < self.end:
            raise ValueError(f"{instant} is not the start of an interval of the horizon")
        return idx


def required_agents(planning: Planning) -> dict[str, tuple[int, ...]]:
    """Return the agents needed on each queue, interval by interval, shrinkage included.

    Parameters
    ----------
    planning : Planning
        Demand, requirements, queues, pools and staffing policy.

    Returns
    -------
    dict of str to tuple of int
        By `queue_id`, in the order of the queues; one figure per planning interval, counted from
        the horizon's start instant. Intervals without contacts need nobody.

    Raises
    ------
    ValueError
        If a row lies off the interval grid or outside the horizon, is negative, or has contacts
        without handling time; or if a pool does not fit (intake refuses all of these).
    """
    rows: dict[str, list[DemandInterval]] = defaultdict(list)
    for row in planning.demand:
        rows[row.queue_id].append(row)
    intervals = _Intervals(*horizon_bounds(planning.horizon), planning.interval_minutes)
    services = {queue.queue_id: service_of(queue, planning.staffing) for queue in planning.queues}
    share = share_at_work(planning)
    given: dict[str, dict[int, int]] = defaultdict(dict)
    for fixed in planning.requirements:
        given[fixed.queue_id][intervals.idx_of(fixed.start)] = fixed.agents

    need: dict[str, list[int]] = {}

    def settle(queue: Queue, agents: list[int]) -> None:
        for idx, fixed_agents in given[queue.queue_id].items():
            agents[idx] = fixed_agents
        need[queue.queue_id] = agents

    for members in _staffed_together(planning):
        for queue, agents in zip(
            members, _at_once(intervals, members, services, rows, share), strict=True
        ):
            settle(queue, agents)
    for queue in planning.queues:
        if services[queue.queue_id].deadline_hours is not None:
            busy = _busy(intervals, [need[q.queue_id] for q in _neighbours(queue, planning, need)])
            service, own = services[queue.queue_id], rows[queue.queue_id]
            stint = planning.min_stint_minutes
            settle(queue, _levelled(intervals, queue, service, own, busy, stint, share))
    return {queue.queue_id: tuple(need[queue.queue_id]) for queue in planning.queues}


def _staffed_together(planning: Planning) -> list[list[Queue]]:
    """Return the queues that are answered at once: each pool, and every other queue by itself."""
    by_id = {queue.queue_id: queue for queue in planning.queues}
    groups: list[list[Queue]] = []
    pooled: set[str] = set()
    for pool in planning.pools:
        members = _members(pool, by_id)
        complaint = pool_fault(pool, members, planning.staffing)
        if complaint is None and pooled.intersection(pool.queue_ids):
            complaint = f"pool {pool.name}: a queue stands in two pools"
        if complaint is not None:
            raise ValueError(complaint)
        pooled.update(pool.queue_ids)
        groups.append(members)
    for queue in planning.queues:
        deferrable = service_of(queue, planning.staffing).deadline_hours is not None
        if queue.queue_id not in pooled and not deferrable:
            groups.append([queue])
    return groups


def _members(pool: Pool, by_id: Mapping[str, Queue]) -> list[Queue]:
    unknown = [queue_id for queue_id in pool.queue_ids if queue_id not in by_id]
    if unknown:
        raise ValueError(f"pool {pool.name}: there is no queue {unknown[0]}")
    return [by_id[queue_id] for queue_id in pool.queue_ids]


def _at_once(
    intervals: _Intervals,
    queues: Sequence[Queue],
    services: Mapping[str, Service],
    rows: _Rows,
    share: Share,
) -> list[list[int]]:
    """Return agents per queue and interval for contacts that want an answer at once.

    The queues are staffed as one: their loads add up, their handling times are weighted by
    contacts.
    """
    service = pooled_service([services[queue.queue_id] for queue in queues])
    seconds = intervals.minutes * 60
    # Agent-seconds and contacts by interval and queue.
    work: dict[int, list[Fraction]] = {}
    contacts: dict[int, Fraction] = defaultdict(Fraction)
    for place, queue in enumerate(queues):
        for row in rows.get(queue.queue_id, ()):
            idx = intervals.idx_of(row.start)
            work.setdefault(idx, [Fraction(0)] * len(queues))[place] = _work(row)
            contacts[idx] += Fraction(row.offered)
    busy = [idx for idx in work if any(work[idx])]
    totals = [sum(work[idx], start=Fraction(0)) for idx in busy]
    nets = fewest_agents_with_slots(
        np.array([float(total / seconds) for total in totals]),
        np.array([float(total / contacts[idx]) for idx, total in zip(busy, totals, strict=True)]),
        service.at_once,
        Targets(
            service_level=service.level,
            target_s=service.target_seconds,
            max_occupancy=None if service.max_occupancy is None else float(service.max_occupancy),
        ),
        patience_s=service.patience_s,
    )
    found = [[0] * intervals.count for _ in queues]
    for idx, net in zip(busy, nets.tolist(), strict=True):
        shrinkages = [1 - share(queue, intervals.instant_of(idx)) for queue in queues]
        if len(queues) == 1:
            found[0][idx] = gross_agents(net, shrinkages[0])
            continue
        for agents, number in zip(found, shared_out(net, work[idx], shrinkages), strict=True):
            agents[idx] = number
    return found


def _work(row: DemandInterval) -> Fraction:
    """Return the agent-seconds of a row."""
    if not row.offered >= 0 or not row.aht_s >= 0 or (row.offered and not row.aht_s):
        raise ValueError(
            f"{row.queue_id} at {row.start}: contacts must be 0 or more, with a handling time "
            f"above 0, not {row.offered} of {row.aht_s} s"
        )
    return Fraction(row.offered) * Fraction(row.aht_s)


def _levelled(
    intervals: _Intervals,
    queue: Queue,
    service: Service,
    rows: Sequence[DemandInterval],
    busy: Sequence[float],
    min_stint_minutes: int,
    share: Share,
) -> list[int]:
    """Return agents per interval for work that may wait until its deadline.

    Only open intervals count; one counts until the deadline when it ends by then, that of arrival
    always does. Nothing is put off beyond the horizon. Work that meets no open interval before its
    deadline goes to the first one after it; what arrives after the last opening of the horizon is
    the next period's.
    """
    hours = service.deadline_hours
    reach = 1 if hours is None else max(1, int(hours * 60) // intervals.minutes)
    open_idx = _open_intervals(intervals, queue)
    opened_before = [0, *accumulate(map(int, open_idx))]
    places = [idx for idx in range(intervals.count) if open_idx[idx]]
    work = []
    for row in sorted(rows, key=lambda row: row.start):
        arrival = intervals.idx_of(row.start)
        amount = gross_load(_work(row) / (intervals.minutes * 60), 1 - share(queue, row.start))
        first = opened_before[arrival]
        if amount and first < len(places):
            last = max(first, opened_before[min(intervals.count, arrival + reach)] - 1)
            work.append(Work(first, last, float(amount)))
    agents = [0] * intervals.count
    stint = -(-min_stint_minutes // intervals.minutes)
    found = levelled_agents(len(places), work, [busy[idx] for idx in places], stint=stint)
    for idx, number in zip(places, found, strict=True):
        agents[idx] = number
    return agents


def _neighbours(queue: Queue, planning: Planning, known: Iterable[str]) -> list[Queue]:
    """Return the queues settled before whose agents are likely to serve this one as well."""
    return [
        other
        for other in planning.queues
        if other.queue_id in known
        and other.client == queue.client
        and other.language == queue.language
    ]


def _busy(intervals: _Intervals, needs: Sequence[Sequence[int]]) -> list[float]:
    """Return the sum of needs, each interval the mean of two hours around it.

    Single busy half hours then do not tear the quiet stretch that deferrable work fills.
    """
    total = np.zeros(intervals.count)
    for need in needs:
        total += need
    before = _SMOOTH_MINUTES // intervals.minutes // 2
    cumulated = np.concatenate(([0.0], np.cumsum(total)))
    places = np.arange(intervals.count)
    first = np.maximum(places - before, 0)
    after = np.minimum(places + before + 1, intervals.count)
    means: list[float] = ((cumulated[after] - cumulated[first]) / (after - first)).tolist()
    return means


def _open_intervals(intervals: _Intervals, queue: Queue) -> list[bool]:
    """Return per interval whether the queue is open in any part of it, on its own clock.

    On public holidays of the customers their hours hold, where the queue has such.
    """
    count = intervals.count
    if not queue.opening and queue.holiday_opening is None:
        return [True] * count
    start, length = intervals.start, intervals.length
    opened = [False] * count
    for day in local_dates(start, intervals.end, queue.zone):
        for from_minute, until_minute in opening_on(queue, day):
            opens = clock_instant(day, from_minute, queue.zone)
            closes = clock_instant(day, until_minute, queue.zone)
            first = max(0, (opens - start) // length)
            after = min(count, -((start - closes) // length))
            for idx in range(first, after):
                opened[idx] = True
    return opened
