"""People, places and queues of a generated follow-the-sun problem, before any slot grid.

Everything is drawn from one seed, each matter from its own stream: the same seed gives the same
people whatever the load or the slot length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["AWAKE_HOURS", "WAKING_FROM_HOUR", "ZONES", "World", "draw_world", "queue_count"]

ZONES = (
    "Europe/Amsterdam",
    "America/Paramaribo",
    "America/Curacao",
    "Australia/Sydney",
    "America/Vancouver",
    "Africa/Johannesburg",
    "Asia/Jakarta",
)
WAKING_FROM_HOUR, AWAKE_HOURS = 7, 16
"""Shifts lie between 07:00 and 23:00 on the clock of the agent's place."""

_ZONE_SHARES = (0.30, 0.15, 0.10, 0.10, 0.10, 0.15, 0.10)
_ZONE_RATES_CENTS = (1850, 1700, 1750, 1950, 1900, 1700, 1650)
_CONTRACT_HOURS, _CONTRACT_SHARES = (16, 24, 32, 36, 40), (0.2, 0.2, 0.2, 0.2, 0.2)
_SIZES = (60, 400, 1200, 5000)
_QUEUES = (6, 12, 20, 40)
_SKILL_SETS = (13, 34, 125, 539)
_MOVERS, _TRAVEL_DAYS = 0.03, 2
_ON_LEAVE, _LONGEST_LEAVE = 0.30, 9
_FREE_WEEKDAY, _PART_WEEKDAY = 0.25, 0.50
_CERTIFIED_EVERY, _EXPIRING = 4, 0.10
_BASE_SETS = 0.75
_WISHED, _WISH_CENTS = 0.08, 200


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Agents, their days and skills; queues. Days count from `first_day` on each agent's calendar.

    Parameters
    ----------
    first_day : datetime.date
        The first local day of everybody.
    days : int
        Local days of each agent.
    zone : int8 array (agents, days)
        Index into `ZONES` of the place on that day.
    from_hour, until_hour : int8 array (agents, days)
        Hours after 07:00 between which shifts are possible; equal on days without any.
    on_leave : bool array (agents, days)
        Days of leave or travel; they reduce the contract hours due.
    contract_hours : int32 array (agents,)
        Paid hours a week, target and limit.
    rate_cents : int32 array (agents,)
        Wage of an hour.
    group : int32 array (agents, days)
        Index into `groups`; certificates expire between two days.
    groups : tuple of tuple of int
        Queues served, sorted.
    queue_weight : tuple of float
        Priority from 1 to 2 of each queue.
    queue_size : float array (queues,)
        How the time of agents who serve several queues is shared out, relative.
    wish : int8 array (agents, days)
        0 none, 1 no shift that day, 2 none after 18:00, 3 none before 10:00, 4 some shift.
    wish_cents : int32 array (agents, days)
        Cost of a wish not granted; 0 without a wish.
    """

    first_day: date
    days: int
    zone: NDArray[np.int8]
    from_hour: NDArray[np.int8]
    until_hour: NDArray[np.int8]
    on_leave: NDArray[np.bool_]
    contract_hours: NDArray[np.int32]
    rate_cents: NDArray[np.int32]
    group: NDArray[np.int32]
    groups: tuple[tuple[int, ...], ...]
    queue_weight: tuple[float, ...]
    queue_size: NDArray[np.float64]
    wish: NDArray[np.int8]
    wish_cents: NDArray[np.int32]

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.contract_hours)

    def weekday(self, day: int) -> int:
        """Weekday of a day, Monday 0."""
        return (self.first_day + timedelta(days=day)).weekday()

    def weeks(self) -> list[tuple[int, int]]:
        """Half-open ranges of days that lie in one ISO week."""
        mondays = [day for day in range(1, self.days) if self.weekday(day) == 0]
        edges = [0, *mondays, self.days]
        return list(pairwise(edges))


def queue_count(agents: int) -> int:
    """Return how many queues a problem of that many agents has (6 for 60, 40 for 5,000)."""
    return _interpolated(agents, _QUEUES)


def draw_world(agents: int, seed: int, *, days: int, first_day: date) -> World:
    """Draw people, places, skills and queues.

    Parameters
    ----------
    agents : int
        Number of agents, at least 1.
    seed : int
        Seed of every draw.
    days : int
        Local days of each agent, at least 1.
    """
    if agents < 1 or days < 1:
        raise ValueError("agents and days must be at least 1")
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(5)]
    for_places, for_hours, for_skills, for_queues, for_wishes = streams
    site = for_places.choice(len(ZONES), agents, p=_ZONE_SHARES)
    zone, travelling = _places(for_places, site, days)
    contract = for_hours.choice(_CONTRACT_HOURS, agents, p=_CONTRACT_SHARES).astype(np.int32)
    seniority = for_hours.uniform(0.92, 1.12, agents)
    rate = np.rint(np.array(_ZONE_RATES_CENTS)[site] * seniority).astype(np.int32)
    weekday = (first_day.weekday() + np.arange(days)) % 7
    from_hour, until_hour, on_leave = _hours(for_hours, weekday, travelling)
    queues = queue_count(agents)
    group, groups = _skills(for_skills, agents, queues, days)
    wish = np.where(
        for_wishes.random((agents, days)) < _WISHED, for_wishes.integers(1, 5, (agents, days)), 0
    )
    strength = for_wishes.integers(1, 6, (agents, days))
    return World(
        first_day,
        days,
        zone,
        from_hour,
        until_hour,
        on_leave,
        contract,
        rate,
        group,
        groups,
        tuple(float(weight) for weight in for_queues.integers(4, 9, queues) / 4),
        for_queues.uniform(0.5, 1.5, queues),
        wish.astype(np.int8),
        np.where(wish > 0, _WISH_CENTS * strength, 0).astype(np.int32),
    )


def _interpolated(agents: int, values: tuple[int, ...]) -> int:
    """Interpolate between the sizes on a logarithmic scale; in proportion below the smallest."""
    if agents <= _SIZES[0]:
        return max(2, round(values[0] * math.sqrt(agents / _SIZES[0])))
    logarithm = float(np.interp(np.log(agents), np.log(_SIZES), np.log(values)))
    return round(math.exp(logarithm))


def _places(
    rng: np.random.Generator, site: NDArray[np.int64], days: int
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Return the zone of each agent on each day, and who travels."""
    agents = len(site)
    zone = np.repeat(site[:, None], days, axis=1).astype(np.int8)
    travelling = np.zeros((agents, days), dtype=np.bool_)
    if days > _TRAVEL_DAYS:
        movers = rng.permutation(agents)[: round(_MOVERS * agents)]
        for agent in movers:
            leaves = int(rng.integers(days // 4, days - _TRAVEL_DAYS - days // 4 + 1))
            there = (int(site[agent]) + int(rng.integers(1, len(ZONES)))) % len(ZONES)
            zone[agent, leaves:] = there
            travelling[agent, leaves : leaves + _TRAVEL_DAYS] = True
    return zone, travelling


def _hours(
    rng: np.random.Generator, weekday: NDArray[np.int64], travelling: NDArray[np.bool_]
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.bool_]]:
    """Return the hours in which shifts are possible, and the days of leave or travel."""
    agents: int = len(travelling)
    days: int = len(weekday)
    day = np.arange(days)
    length = np.where(
        rng.random(agents) < _ON_LEAVE, rng.integers(2, _LONGEST_LEAVE + 1, agents), 0
    )
    begins = rng.integers(0, days, agents)
    away = (day >= begins[:, None]) & (day < (begins + length)[:, None]) | travelling
    from_hour = np.zeros((agents, days), dtype=np.int8)
    until_hour = np.full((agents, days), AWAKE_HOURS, dtype=np.int8)
    kind = rng.random(agents)
    on_weekday = weekday == rng.integers(0, 7, agents)[:, None]
    part = (kind >= _FREE_WEEKDAY) & (kind < _FREE_WEEKDAY + _PART_WEEKDAY)
    late = rng.random(agents) < 0.5
    edge = rng.integers(4, 9, agents).astype(np.int8)
    from_hour[:] = np.where(on_weekday & (part & late)[:, None], edge[:, None], from_hour)
    early = np.where(on_weekday & (part & ~late)[:, None], AWAKE_HOURS - edge[:, None], until_hour)
    free = away | on_weekday & (kind < _FREE_WEEKDAY)[:, None]
    until_hour[:] = np.where(free, from_hour, early)
    return from_hour, until_hour, away


def _skills(
    rng: np.random.Generator, agents: int, queues: int, days: int
) -> tuple[NDArray[np.int32], tuple[tuple[int, ...], ...]]:
    """Return the skill group of each agent on each day, and the queues of each group."""
    wanted = _interpolated(agents, _SKILL_SETS)
    certified = set(range(0, queues, _CERTIFIED_EVERY))
    # Expired certificates make about another quarter of sets.
    sets: list[tuple[int, ...]] = [
        tuple(sorted({queue, (queue + 1) % queues})) for queue in range(queues)
    ]
    known = set(sets)
    for _ in range(100 * wanted):
        if len(sets) >= max(_BASE_SETS * wanted, 2):
            break
        first, spread = int(rng.integers(queues)), int(rng.integers(2, 6))
        near = (first + rng.choice(min(8, queues), min(spread, queues), replace=False)) % queues
        drawn = tuple(sorted(int(queue) for queue in near))
        if drawn not in known:
            known.add(drawn)
            sets.append(drawn)
    share = 1.0 / np.arange(2, len(sets) + 2) ** 0.6
    order = rng.permutation(len(sets))
    drawn_sets = rng.choice(len(sets), agents, p=share / share.sum())
    each = min(agents, len(sets))
    drawn_sets[:each] = np.arange(each)
    base = order[rng.permutation(drawn_sets)]
    index = {queues_of: idx for idx, queues_of in enumerate(sets)}
    group = np.repeat(base[:, None], days, axis=1).astype(np.int32)
    expires = rng.random(agents) < _EXPIRING
    last_day = rng.integers(1, max(2, days), agents)
    for agent in np.nonzero(expires)[0]:
        held = sets[base[agent]]
        left = tuple(queue for queue in held if queue not in certified)
        if left and left != held and days > 1:
            if left not in index:
                index[left] = len(sets)
                sets.append(left)
            group[agent, last_day[agent] :] = index[left]
    return group, tuple(sets)
