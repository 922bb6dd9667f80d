"""One replication: contacts drawn at random meet the agents, event by event.

Contacts, ends of contacts and changes of duty are taken in order of time. Nothing else happens on
its own: whoever hangs up does so unseen, and is passed over when an agent comes to his place in the
line. A general simulator (simpy), with a process per contact, takes nine times as long for one
queue without any routing; the tests hold this loop against one written with it.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from scheduler.staffing.rows import Floats
from scheduler.staffing.simulate_world import Desks, Ints, Stream, World

__all__ = ["Contacts", "Replay", "draw_contacts", "draw_presence", "replay"]

_HALF_HOUR_S = 1800.0


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of one replication as columns, in the order in which they can be answered.

    Parameters
    ----------
    stream : array of int
        The queue.
    since_s : array of float
        When the contact came, or its queue opened.
    work_s : array of float
        Handling time by a seasoned agent.
    leaves_s : array of float
        When the customer hangs up if not answered; infinite where never.
    due_s : array of float
        When the work must be done; infinite without a deadline.
    turned_away_stream, turned_away_s : array
        Contacts that found their queue closed and were lost; they are none of the above.
    """

    stream: Ints
    since_s: Floats
    work_s: Floats
    leaves_s: Floats
    due_s: Floats
    turned_away_stream: Ints
    turned_away_s: Floats


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the contacts, in their order.

    Parameters
    ----------
    answered_s : array of float
        When an agent took the contact; infinite if none did.
    desk : array of int
        The stretch of duty in which he did, by its place in the desks; -1 if none did.
    """

    answered_s: Floats
    desk: Ints


def draw_contacts(
    world: World, seeds: SeedSequence, *, handling_cv: float | None = None
) -> Contacts:
    """Return the contacts of one replication.

    Every queue has random numbers of its own for arrivals, work and patience, so that a change to
    one of them leaves the others as they were.

    Parameters
    ----------
    seeds : numpy.random.SeedSequence
        Of this replication.
    handling_cv : float, optional
        Coefficient of variation of lognormal handling times, 0 for constant ones; without it they
        are exponential.
    """
    drawn = [
        _draw_stream(world, idx, stream, [default_rng(own) for own in child.spawn(3)], handling_cv)
        for idx, (stream, child) in enumerate(
            zip(world.streams, seeds.spawn(len(world.streams)), strict=True)
        )
    ]
    columns = [np.concatenate(column) for column in zip(*drawn, strict=True)]
    lost = columns.pop().astype(bool)
    kept = columns[1] < world.seconds
    order = np.flatnonzero(kept & ~lost)
    order = order[np.argsort(columns[1][order], kind="stable")]
    stream, since, work, leaves, due = (column[order] for column in columns)
    away_stream, away = columns[0][lost].astype(np.int64), columns[1][lost]
    return Contacts(stream.astype(np.int64), since, work, leaves, due, away_stream, away)


def _draw_stream(
    world: World, idx: int, stream: Stream, generators: list[Generator], handling_cv: float | None
) -> tuple[Floats, ...]:
    arrivals, works, patience = generators
    counts = arrivals.poisson(stream.offered)
    came = np.repeat(stream.start_s, counts)
    came = came + arrivals.random(came.size) * np.minimum(world.interval_s, world.seconds - came)
    work = np.repeat(stream.aht_s, counts) * _unit_times(works, came.size, handling_cv)
    since, lost = _from_opening(stream, came)
    leaves = np.full(came.size, np.inf)
    if math.isfinite(stream.patience_s):
        leaves = since + patience.standard_exponential(came.size) * stream.patience_s
    due = came + stream.deadline_s
    # What is due before anybody may begin has until the end of the first open interval.
    due = np.where(due <= since, since + world.interval_s, due)
    return np.full(came.size, float(idx)), since, work, leaves, due, lost


def _unit_times(generator: Generator, size: int, handling_cv: float | None) -> Floats:
    """Return random times with mean 1."""
    if handling_cv is None:
        return generator.standard_exponential(size)
    sigma = math.sqrt(math.log1p(handling_cv**2))
    return generator.lognormal(-sigma * sigma / 2, sigma, size)


def _from_opening(stream: Stream, came: Floats) -> tuple[Floats, Floats]:
    """Return from when contacts can be answered (infinite: never), and 1 where they are lost."""
    if stream.open_s is None or not came.size:
        return came, np.zeros(came.size)
    opens = np.array([*(span[0] for span in stream.open_s), np.inf])
    closes = np.array([span[1] for span in stream.open_s])
    following = np.searchsorted(closes, came, side="right")
    since = np.maximum(came, opens[following])
    if stream.turns_away:
        return came, (since > came).astype(np.float64)
    return since, np.zeros(came.size)


def draw_presence(world: World, seeds: SeedSequence, *, shrinkage: bool) -> Desks:
    """Return the duties at which agents really are.

    Parameters
    ----------
    shrinkage : bool
        Whether agents are away, each half hour anew and independently, with the probability that
        their queue's shrinkage says; else all are there.
    """
    desks = world.desks
    absent = np.array([route.absent for route in world.routes], dtype=np.float64)
    if not shrinkage or not absent.any():
        return desks
    cuts = _cut(desks, _HALF_HOUR_S)
    half_hour = (cuts.start_s // _HALF_HOUR_S).astype(np.int64)
    shape = (int(cuts.agent.max()) + 1, int(half_hour.max()) + 1)
    chance = default_rng(seeds).random(shape)[cuts.agent, half_hour]
    there = np.flatnonzero(chance >= absent[cuts.route])
    if not there.size:
        return _pick(cuts, there, cuts.end_s[there])
    # Join what follows on without a change.
    before, after = there[:-1], there[1:]
    joined = (
        (cuts.agent[before] == cuts.agent[after])
        & (cuts.route[before] == cuts.route[after])
        & (cuts.slowness[before] == cuts.slowness[after])
        & (cuts.end_s[before] == cuts.start_s[after])
    )
    first = np.concatenate(([True], ~joined))
    last = np.concatenate((~joined, [True]))
    return _pick(cuts, there[first], cuts.end_s[there[last]])


def _cut(desks: Desks, length_s: float) -> Desks:
    """Return the same duties, cut at every multiple of a length."""
    first = np.floor(desks.start_s / length_s).astype(np.int64)
    pieces = np.ceil(desks.end_s / length_s).astype(np.int64) - first
    rows = np.repeat(np.arange(pieces.size), pieces)
    number = np.arange(rows.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    edge = (first[rows] + number) * length_s
    start = np.maximum(desks.start_s[rows], edge)
    end = np.minimum(desks.end_s[rows], edge + length_s)
    return Desks(desks.agent[rows], desks.route[rows], start, end, desks.slowness[rows])


def _pick(desks: Desks, rows: Ints, end_s: Floats) -> Desks:
    return Desks(
        desks.agent[rows], desks.route[rows], desks.start_s[rows], end_s, desks.slowness[rows]
    )


def _changes(desks: Desks) -> tuple[list[float], list[int], list[int]]:
    """Return when which agent comes to which desk, or leaves (-1), in order of time."""
    size = desks.agent.size
    agent, end, start = desks.agent, desks.end_s, desks.start_s
    follows = np.zeros(size, dtype=bool)
    follows[:-1] = (agent[:-1] == agent[1:]) & (end[:-1] == start[1:])
    leaving = np.flatnonzero(~follows)
    when = np.concatenate((end[leaving], start))
    who = np.concatenate((agent[leaving], agent))
    desk = np.concatenate((np.full(leaving.size, -1), np.arange(size)))
    order = np.argsort(when, kind="stable")  # whoever leaves comes first
    return when[order].tolist(), who[order].tolist(), desk[order].tolist()


def _takers(world: World) -> list[list[list[int]]]:
    """Return per stream the routes that serve it: assigned ones, then by fewest skills."""
    ranked: list[dict[tuple[bool, int], list[int]]] = [{} for _ in world.streams]
    for idx, route in enumerate(world.routes):
        for stream in {idx for tier in route.tiers for idx in tier}:
            rank = (route.assigned != stream, route.breadth)
            ranked[stream].setdefault(rank, []).append(idx)
    return [[own[rank] for rank in sorted(own)] for own in ranked]


def replay(world: World, contacts: Contacts, desks: Desks) -> Replay:
    """Let the agents at `desks` answer the contacts, up to the end of the horizon.

    A contact goes to an agent with room for it: first to one assigned to its queue, then to the one
    with fewest skills, then to the least busy one, then to the longest idle. An agent with room
    takes from the best of his tiers the contact that came first (deferrable work: that is due
    first). Contacts at hand are finished, also past the end of a duty.
    """
    capacity = world.capacity
    share = [stream.share for stream in world.streams]
    tiers = [route.tiers for route in world.routes]
    takers = _takers(world)
    levels = [range(capacity - units + 1) for units in share]

    stream = contacts.stream.tolist()
    since, leaves, work = (
        column.tolist() for column in (contacts.since_s, contacts.leaves_s, contacts.work_s)
    )
    is_due = np.isfinite(contacts.due_s)
    key = np.where(is_due, contacts.due_s, contacts.since_s).tolist()
    answered, taken_at = [math.inf] * len(stream), [-1] * len(stream)
    lines: list[deque[int]] = [deque() for _ in share]
    in_line = 0

    agents = int(desks.agent.max(initial=-1)) + 1
    route, slowness = desks.route.tolist(), desks.slowness.tolist()
    desk_of, route_of, busy, idle_since = [-1] * agents, [-1] * agents, [0] * agents, [0.0] * agents
    # Agents with room, by route and units in use, the longest idle first.
    free = [[OrderedDict[int, None]() for _ in range(capacity)] for _ in tiers]
    ends: list[tuple[float, int, int]] = []

    def take(contact: int, agent: int, now: float) -> None:
        desk = desk_of[agent]
        answered[contact], taken_at[contact] = now, desk
        busy[agent] += share[stream[contact]]
        heappush(ends, (now + work[contact] * slowness[desk], contact, agent))

    def next_in_line(own: int, room: int, now: float) -> int:
        """Take the best contact that fits out of its line; -1 if there is none."""
        nonlocal in_line
        for tier in tiers[own]:
            best, best_key = -1, math.inf
            for idx in tier:
                line = lines[idx]
                if line and share[idx] <= room:
                    while line and leaves[line[0]] <= now:
                        line.popleft()
                        in_line -= 1
                    if line and key[line[0]] < best_key:
                        best, best_key = idx, key[line[0]]
            if best >= 0:
                in_line -= 1
                return lines[best].popleft()
        return -1

    def settle(agent: int, now: float) -> None:
        """Give an agent as much as there is room for; the rest of the room is free."""
        own = route_of[agent]
        while in_line and busy[agent] < capacity:
            contact = next_in_line(own, capacity - busy[agent], now)
            if contact < 0:
                break
            take(contact, agent, now)
        if busy[agent] < capacity:
            idle_since[agent] = now
            free[own][busy[agent]][agent] = None

    def free_agent(idx: int) -> int:
        """Take the agent for a new contact from those with room; -1 if there is none."""
        for group in takers[idx]:
            for level in levels[idx]:
                chosen, pool = -1, None
                for own in group:
                    candidates = free[own][level]
                    if candidates:
                        longest = next(iter(candidates))
                        if pool is None or idle_since[longest] < idle_since[chosen]:
                            chosen, pool = longest, candidates
                if pool is not None:
                    del pool[chosen]
                    return chosen
        return -1

    when, who, where = _changes(desks)
    when.append(math.inf)
    since.append(math.inf)
    arrival = change = 0
    while True:
        came, changes = since[arrival], when[change]
        if ends and ends[0][0] <= changes and ends[0][0] <= came:
            now, contact, agent = heappop(ends)
            if now >= world.seconds:
                break
            if route_of[agent] >= 0 and busy[agent] < capacity:
                del free[route_of[agent]][busy[agent]][agent]
            busy[agent] -= share[stream[contact]]
            if route_of[agent] >= 0:
                settle(agent, now)
        elif changes <= came:
            if changes >= world.seconds:
                break
            agent, desk = who[change], where[change]
            change += 1
            if route_of[agent] >= 0 and busy[agent] < capacity:
                del free[route_of[agent]][busy[agent]][agent]
            desk_of[agent], route_of[agent] = desk, route[desk] if desk >= 0 else -1
            if desk >= 0:
                settle(agent, changes)
        else:
            idx = stream[arrival]
            agent = free_agent(idx)
            if agent >= 0:
                take(arrival, agent, came)
                if busy[agent] < capacity:
                    idle_since[agent] = came
                    free[route_of[agent]][busy[agent]][agent] = None
            else:
                lines[idx].append(arrival)
                in_line += 1
            arrival += 1
    return Replay(np.array(answered), np.array(taken_at, dtype=np.int64))
