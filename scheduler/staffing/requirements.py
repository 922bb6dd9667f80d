"""From contacts per interval to agents needed per queue and interval.

Defaults, where a queue does not say:

========  ==============================  =========================================================
channel   target                          model
========  ==============================  =========================================================
phone     80 % within 20 s                Erlang C, one contact at a time
chat      80 % within 60 s                Erlang C with `concurrency` slots per agent
whatsapp  80 % within 15 s                as chat
social    80 % within 60 s                as chat
email     done within 24 h                levelled: see `_levelled`
========  ==============================  =========================================================

A queue with `deadline_hours` is levelled whatever its channel. A target of 100 % is out of reach
for any number of agents and is read as 99.99 %. Handling times are those measured at the queue's
concurrency: the model does not lengthen them. A row of requirements replaces the figure of its
queue and interval and is taken as it stands, without shrinkage.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

from scheduler.domain import DemandInterval, Planning, Queue
from scheduler.staffing.erlang import agents_erlang_c
from scheduler.timegrid.opening import opening_on
from scheduler.timegrid.windows import horizon_bounds, local_dates
from scheduler.timegrid.zones import clock_instant

__all__ = ["gross_agents", "required_agents"]

_DEFAULT_PERCENT = Decimal(80)
_DEFAULT_SECONDS = {"phone": 20, "chat": 60, "whatsapp": 15, "social": 60, "email": 60}
_DEFAULT_DEADLINE_HOURS = Decimal(24)
_MOST_FRACTION = 0.9999


@dataclass(frozen=True, slots=True)
class _Intervals:
    """The planning intervals of the horizon; `start` and `end` are instants."""

    start: datetime
    end: datetime
    minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

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
        Demand, requirements and queues.

    Returns
    -------
    dict of str to tuple of int
        By `queue_id`, in the order of the queues; one figure per planning interval, counted from
        the horizon's start instant. Intervals without contacts need nobody.

    Raises
    ------
    ValueError
        If a row lies off the interval grid or outside the horizon (intake refuses such rows).
    """
    demand: dict[str, list[DemandInterval]] = defaultdict(list)
    for row in planning.demand:
        demand[row.queue_id].append(row)
    intervals = _Intervals(*horizon_bounds(planning.horizon), planning.interval_minutes)
    need: dict[str, list[int]] = {}
    for queue in planning.queues:
        rows = demand[queue.queue_id]
        if queue.channel == "email" or queue.deadline_hours is not None:
            net = _levelled(intervals, queue, rows)
        else:
            net = _answered_in_time(intervals, queue, rows)
        need[queue.queue_id] = [gross_agents(agents, queue.shrinkage) for agents in net]
    for given in planning.requirements:
        need[given.queue_id][intervals.idx_of(given.start)] = given.agents
    return {queue_id: tuple(agents) for queue_id, agents in need.items()}


@lru_cache(maxsize=1 << 14)
def gross_agents(net_agents: int, shrinkage: Decimal) -> int:
    """Return the agents to roster so that `net_agents` are at work: ``ceil(net / (1 - s))``.

    Computed exactly: 21 agents at 30 % are 30, not the 31 that binary fractions give.

    Parameters
    ----------
    shrinkage : decimal.Decimal
        Share of rostered time lost, 0 to below 1.

    Raises
    ------
    ValueError
        If `shrinkage` is out of range.
    """
    if not 0 <= shrinkage < 1:
        raise ValueError(f"shrinkage must be 0 to below 1, not {shrinkage}")
    return math.ceil(net_agents / (1 - Fraction(shrinkage)))


def _answered_in_time(
    intervals: _Intervals, queue: Queue, rows: Sequence[DemandInterval]
) -> list[int]:
    """Return net agents per interval for contacts that want an answer at once."""
    percent = _DEFAULT_PERCENT if queue.target_percent is None else queue.target_percent
    seconds = queue.target_seconds
    if seconds is None:
        seconds = _DEFAULT_SECONDS[queue.channel]
    at_once = 1 if queue.channel == "phone" else queue.concurrency
    net = [0] * intervals.count
    for row in rows:
        load = Fraction(row.offered) * Fraction(row.aht_s) / (intervals.minutes * 60)
        slots = _agents(float(load), float(row.aht_s), float(percent / 100), seconds)
        net[intervals.idx_of(row.start)] = -(-slots // at_once)
    return net


@lru_cache(maxsize=1 << 16)
def _agents(load: float, aht_s: float, fraction: float, seconds: int) -> int:
    return agents_erlang_c(load, aht_s, min(fraction, _MOST_FRACTION), seconds)


def _levelled(intervals: _Intervals, queue: Queue, rows: Sequence[DemandInterval]) -> list[int]:
    """Return net agents per interval for work that may wait until its deadline.

    The work of an interval is spread evenly over the open intervals from its arrival to its
    deadline (an interval counts when it ends by then; the one of arrival always does) and not
    beyond the horizon. Work that meets no open interval in that time goes to the first one after
    it; what arrives after the last opening of the horizon is the next period's.
    """
    hours = _DEFAULT_DEADLINE_HOURS if queue.deadline_hours is None else queue.deadline_hours
    reach = max(1, int(hours * 60) // intervals.minutes)
    open_idx = _open_intervals(intervals, queue)
    count = intervals.count
    opened_before = [0, *accumulate(map(int, open_idx))]
    places = [idx for idx in range(count) if open_idx[idx]]
    # Seconds of work per open interval, as changes from one open interval to the next.
    change = [Fraction(0)] * (len(places) + 1)
    for row in rows:
        arrival = intervals.idx_of(row.start)
        work = Fraction(row.offered) * Fraction(row.aht_s)
        first = opened_before[arrival]
        last = opened_before[min(count, arrival + reach)]
        if first == len(places):
            continue
        last = max(last, first + 1)
        share = work / (last - first)
        change[first] += share
        change[last] -= share
    seconds = [Fraction(0)] * count
    for place, share in zip(places, accumulate(change), strict=False):
        seconds[place] = share
    return [math.ceil(work / (intervals.minutes * 60)) for work in seconds]


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
