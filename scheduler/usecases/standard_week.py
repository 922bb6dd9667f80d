"""The standard week: what a planning needs by weekday and clock, and who could be awake for it.

A week is 672 quarters of an hour from Monday 00:00. Need is kept on the clock of its queue, waking
hours on that of the agents; `scheduler.usecases.seasons` lays both on UTC for each set of clocks.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from scheduler.domain import Agent, Planning, Skill
from scheduler.usecases.awake_cover import HeadsFlow
from scheduler.usecases.seasons_view import Base, HoursCheck

__all__ = [
    "QUARTERS_DAY",
    "QUARTERS_WEEK",
    "Crew",
    "People",
    "WeekNeed",
    "city_of",
    "hours_check",
    "mean_scale",
    "people_of",
    "queue_order",
    "week_need",
]

QUARTERS_DAY, QUARTERS_WEEK = 96, 672
_QUARTER = timedelta(minutes=15)
_QUARTER_MINUTES = 15
_MOST_SKIPPED = 8  # quarters: no clock jumps further, longer holes are time unknown


@dataclass(frozen=True, slots=True)
class WeekNeed:
    """Need of one queue on its own clock.

    Parameters
    ----------
    most : tuple of int
        By quarter of the week, 672: the highest need the horizon has at that weekday and time.
    mean_minutes : tuple of fractions.Fraction
        Mean agent-minutes needed in each of these quarters, exact.
    unknown_quarters : int
        Quarters of the week that the horizon does not hold; nobody is needed in them.
    """

    most: tuple[int, ...]
    mean_minutes: tuple[Fraction, ...]
    unknown_quarters: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Agents of one base who may serve the same queues.

    Parameters
    ----------
    base_idx : int
        Their base.
    queues : tuple of int
        Indices of the queues they may serve, sorted.
    night_allowed : bool
        Whether their contracts allow work outside the waking hours.
    waking : tuple of (int, int, int)
        ``(from_minute, until_minute, heads)``: how many of them are awake when by their clock.
    max_minutes : int
        Paid minutes a week that their contracts allow in all.
    """

    base_idx: int
    queues: tuple[int, ...]
    night_allowed: bool
    waking: tuple[tuple[int, int, int], ...]
    max_minutes: int

    @property
    def heads(self) -> int:
        """How many they are."""
        return sum(count for _, _, count in self.waking)

    def awake(self, minute: int) -> int:
        """Return how many are awake through the quarter that begins at a minute of their day."""
        last = minute + _QUARTER_MINUTES
        return sum(
            count for first, until, count in self.waking if first <= minute and last <= until
        )


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in the standard week.

    Parameters
    ----------
    bases : tuple of Base
        The sites in the planning's order, each followed by its agents who moved elsewhere.
    crews : tuple of Crew
        Each agent in exactly one.
    """

    bases: tuple[Base, ...]
    crews: tuple[Crew, ...]


def week_need(planning: Planning) -> tuple[WeekNeed, ...]:
    """Return the standard week of each queue, in the order of the queues."""
    from scheduler.staffing.requirements import required_agents
    from scheduler.timegrid.windows import horizon_bounds
    from scheduler.timegrid.zones import local_of

    start, _ = horizon_bounds(planning.horizon)
    per_interval = planning.interval_minutes // _QUARTER_MINUTES
    required = required_agents(planning)
    clocks: dict[str, list[int]] = {}
    found = []
    for queue in planning.queues:
        need = required[queue.queue_id]
        if queue.zone not in clocks:
            walls = (
                local_of(start + idx * _QUARTER, queue.zone).wall
                for idx in range(len(need) * per_interval)
            )
            clocks[queue.zone] = [
                wall.day.weekday() * QUARTERS_DAY + wall.minute // _QUARTER_MINUTES
                for wall in walls
            ]
        seen: list[list[int]] = [[] for _ in range(QUARTERS_WEEK)]
        for idx, quarter in enumerate(clocks[queue.zone]):
            seen[quarter].append(need[idx // per_interval])
        found.append(_filled(seen))
    return tuple(found)


def _filled(seen: list[list[int]]) -> WeekNeed:
    """Give quarters that a clock skipped the need of the one before; longer holes stay empty."""
    known = [idx for idx, values in enumerate(seen) if values]
    for before, after in zip(known, [*known[1:], known[0] + QUARTERS_WEEK], strict=True):
        if after - before - 1 <= _MOST_SKIPPED:
            for idx in range(before + 1, after):
                seen[idx % QUARTERS_WEEK] = seen[before]
    return WeekNeed(
        most=tuple(max(values, default=0) for values in seen),
        mean_minutes=tuple(
            Fraction(_QUARTER_MINUTES * sum(values), len(values) or 1) for values in seen
        ),
        unknown_quarters=sum(not values for values in seen),
    )


def people_of(planning: Planning) -> People:
    """Return who lives where, awake when, able to serve what.

    Agents employed, and skills valid, on some day of the horizon count. An agent lives at the site,
    or where a stay without an end has begun before the horizon's end; other stays, time off and
    availability are left out.
    """
    from scheduler.planning.skills import may_serve

    start, end = planning.horizon.start, planning.horizon.end
    moved = {
        stay.agent_id: stay.zone
        for stay in planning.locations
        if stay.until_date is None and stay.from_date < end
    }
    skills: dict[str, list[Skill]] = defaultdict(list)
    for skill in planning.skills:
        if not (skill.valid_from and skill.valid_from >= end) and not (
            skill.valid_until and skill.valid_until <= start
        ):
            skills[skill.agent_id].append(skill)
    agents = [
        agent
        for agent in planning.agents
        if not (agent.employed_from and agent.employed_from >= end)
        and not (agent.employed_until and agent.employed_until <= start)
    ]
    bases = _bases(planning, agents, moved)
    base_of = {(base.site_id, base.zone): idx for idx, base in enumerate(bases)}
    zones = {site.site_id: site.zone for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    able: dict[frozenset[tuple[str, str, str | None]], tuple[int, ...]] = {}
    awake: dict[tuple[int, tuple[int, ...], bool], Counter[tuple[int, int]]] = defaultdict(Counter)
    minutes: Counter[tuple[int, tuple[int, ...], bool]] = Counter()
    for agent in agents:
        rows = skills[agent.agent_id]
        held = frozenset((skill.kind, skill.value, skill.level) for skill in rows)
        if held not in able:
            able[held] = tuple(
                idx for idx, queue in enumerate(planning.queues) if may_serve(rows, queue)
            )
        contract = contracts[agent.contract_id]
        zone = moved.get(agent.agent_id, zones[agent.site_id])
        key = (base_of[agent.site_id, zone], able[held], contract.night_allowed)
        waking = agent.waking_hours or planning.waking_hours
        awake[key][waking.from_minute, waking.until_minute] += 1
        minutes[key] += contract.max_minutes_week
    crews = (
        Crew(*key, tuple((*span, count) for span, count in sorted(spans.items())), minutes[key])
        for key, spans in sorted(awake.items())
    )
    return People(bases, tuple(crews))


def _bases(planning: Planning, agents: Sequence[Agent], moved: dict[str, str]) -> tuple[Base, ...]:
    found: list[Base] = []
    for site in planning.sites:
        zones = Counter(
            moved.get(agent.agent_id, site.zone)
            for agent in agents
            if agent.site_id == site.site_id
        )
        found.append(Base(site.name, site.site_id, site.zone, zones.pop(site.zone, 0)))
        found += (
            Base(f"{city_of(zone)} (of {site.name})", site.site_id, zone, count, moved=True)
            for zone, count in sorted(zones.items())
        )
    return tuple(found)


def city_of(zone: str) -> str:
    """Return the last part of a zone's name: ``Lord Howe`` of ``Australia/Lord_Howe``."""
    return zone.rsplit("/", maxsplit=1)[-1].replace("_", " ")


def mean_scale(needs: Sequence[WeekNeed]) -> int:
    """Return the least number by which all means become whole numbers."""
    return math.lcm(*{mean.denominator for need in needs for mean in need.mean_minutes})


def queue_order(planning: Planning) -> tuple[int, ...]:
    """Return queue indices, the most important first."""
    return tuple(
        sorted(range(len(planning.queues)), key=lambda idx: (planning.queues[idx].priority, idx))
    )


def hours_check(planning: Planning, needs: Sequence[WeekNeed], people: People) -> HoursCheck:
    """Compare the mean need of a week with the hours contracts allow, by skill: a maximum flow."""
    scale = mean_scale(needs)
    minutes = [int(scale * sum(need.mean_minutes)) for need in needs]
    room = [scale * crew.max_minutes for crew in people.crews]
    flow = HeadsFlow([crew.queues for crew in people.crews], minutes, queue_order(planning))
    flow.add(room)
    flow.fill()
    short = [idx for idx, missing in enumerate(flow.short) if missing]
    shared = flow.bottleneck(short[0])[0] if short else ()
    return HoursCheck(
        needed_hours=sum(minutes) / scale / 60,
        contract_hours=sum(room) / scale / 60,
        short_hours=sum(flow.short) / scale / 60,
        queue_ids=tuple(planning.queues[idx].queue_id for idx in shared),
    )
