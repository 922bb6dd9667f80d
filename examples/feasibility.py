"""Print, for a planning folder, how many agents are needed and how many are awake to help.

A first look before any solving, by the hour of UTC: where the need comes near the number of agents
who are awake, at work these days and trained for an open queue, no roster can cover it, because
everybody also needs days off::

    python examples/feasibility.py examples/dutch-247
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from scheduler.domain import (
    Agent,
    Availability,
    Contract,
    Planning,
    Queue,
    Skill,
    TimeOff,
    WallTime,
)
from scheduler.domain.people import CEFR_LEVELS
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.timeline import Place, place_at, place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of


@dataclass(frozen=True, slots=True)
class Person:
    """An agent with the rows of the input that are about this agent."""

    agent: Agent
    contract: Contract
    places: tuple[Place, ...]
    skills: tuple[Skill, ...]
    time_off: tuple[TimeOff, ...]
    availability: tuple[Availability, ...]


def read(folder: Path) -> Planning:
    """Read a planning folder.

    Raises
    ------
    SystemExit
        With every fault of it, if there are any.
    """
    from scheduler.intake.planning_folder import read_planning

    intake = read_planning(folder)
    if intake.planning is None:
        raise SystemExit("\n".join(str(fault) for fault in intake.faults))
    return intake.planning


def report(planning: Planning) -> str:
    """Return need, contract hours and awake agents as a table of text."""
    need = required_agents(planning)
    everybody = people(planning)
    hours = planning.interval_minutes / 60
    lines = [
        f"{planning.name}: {len(everybody)} agents",
        "",
        "queue           need h   most  trained",
    ]
    for queue in planning.queues:
        agents = need[queue.queue_id]
        trained = sum(is_trained(person, queue, planning.horizon.start) for person in everybody)
        lines.append(f"{queue.queue_id:<14}{sum(agents) * hours:>8.1f}{max(agents):>7}{trained:>9}")
    needed = sum(map(sum, need.values())) * hours
    offered = sum(contract_hours(person, planning) for person in everybody)
    lines += [
        f"{'all':<14}{needed:>8.1f}",
        "",
        f"contract hours less leave {offered:.0f}: need is {100 * needed / offered:.1f} % of them",
        "",
        "hour Z  need mean  most  awake mean  least  need / awake at its worst",
    ]
    return "\n".join([*lines, *_hour_lines(planning, need, everybody)]) + "\n"


def people(planning: Planning) -> tuple[Person, ...]:
    """Return everybody, each with the rows about them."""
    sites = {site.site_id: site for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    return tuple(
        Person(
            agent,
            contracts[agent.contract_id],
            place_timeline(
                sites[agent.site_id],
                [row for row in planning.locations if row.agent_id == agent.agent_id],
            ),
            tuple(row for row in planning.skills if row.agent_id == agent.agent_id),
            tuple(row for row in planning.time_off if row.agent_id == agent.agent_id),
            tuple(row for row in planning.availability if row.agent_id == agent.agent_id),
        )
        for agent in planning.agents
    )


def contract_hours(person: Person, planning: Planning) -> float:
    """Return target hours over the horizon, a seventh of a week for each date not off."""
    dates = (planning.horizon.start + timedelta(days=n) for n in range(planning.horizon.days))
    at_work = sum(
        _is_employed(person.agent, day)
        and not any(
            row.start <= WallTime(day, 0) and WallTime(day + timedelta(days=1), 0) <= row.end
            for row in person.time_off
        )
        for day in dates
    )
    return person.contract.target_minutes_week * at_work / 7 / 60


def is_trained(person: Person, queue: Queue, day: date) -> bool:
    """Say whether the agent holds, on a local date, all that the queue asks for."""
    held = [
        skill
        for skill in person.skills
        if (skill.valid_from or day) <= day
        and (skill.valid_until is None or day < skill.valid_until)
    ]
    asked = {("channel", queue.channel), ("client", queue.client)}
    if queue.certificate:
        asked.add(("certificate", queue.certificate))
    return asked <= {(skill.kind, skill.value) for skill in held} and any(
        skill.kind == "language" and _speaks(skill, queue) for skill in held
    )


def can_work(person: Person, wall: WallTime, planning: Planning) -> bool:
    """Say whether the agent is employed, awake, not off and available at a local time."""
    waking = planning.waking_hours
    if not _is_employed(person.agent, wall.day):
        return False
    if not person.contract.night_allowed and not (
        waking.from_minute <= wall.minute < waking.until_minute
    ):
        return False
    if any(row.start <= wall < row.end for row in person.time_off):
        return False
    rows = [
        row
        for row in person.availability
        if wall.day in (row.day, wall.day if row.weekday == wall.day.isoweekday() else None)
    ]
    inside = [row for row in rows if row.from_minute <= wall.minute < row.until_minute]
    limited = any(row.available for row in rows)
    return all(row.available for row in inside) and (bool(inside) or not limited)


def _hour_lines(
    planning: Planning, need: dict[str, tuple[int, ...]], everybody: Sequence[Person]
) -> Iterator[str]:
    needed: dict[int, list[int]] = defaultdict(list)
    awake: dict[int, list[int]] = defaultdict(list)
    for idx, instant in enumerate(_intervals(planning)):
        open_queues = [queue for queue in planning.queues if need[queue.queue_id][idx]]
        needed[instant.hour].append(sum(need[queue.queue_id][idx] for queue in open_queues))
        awake[instant.hour].append(
            sum(_can_help(person, instant, open_queues, planning) for person in everybody)
        )
    for hour in range(24):
        worst = max(n / max(a, 1) for n, a in zip(needed[hour], awake[hour], strict=True))
        count = len(needed[hour])
        yield (
            f"{hour:02d}{sum(needed[hour]) / count:>13.1f}{max(needed[hour]):>6}"
            f"{sum(awake[hour]) / count:>12.1f}{min(awake[hour]):>7}{worst:>9.2f}"
        )


def _intervals(planning: Planning) -> Iterator[datetime]:
    instant, end = horizon_bounds(planning.horizon)
    while instant < end:
        yield instant
        instant += timedelta(minutes=planning.interval_minutes)


def _can_help(
    person: Person, instant: datetime, queues: Sequence[Queue], planning: Planning
) -> bool:
    wall = local_of(instant, place_at(person.places, instant).zone).wall
    return can_work(person, wall, planning) and any(
        is_trained(person, queue, wall.day) for queue in queues
    )


def _is_employed(agent: Agent, day: date) -> bool:
    return (agent.employed_from or day) <= day and (
        agent.employed_until is None or day < agent.employed_until
    )


def _speaks(skill: Skill, queue: Queue) -> bool:
    held, asked = f"{skill.value}-".lower(), f"{queue.language}-".lower()
    if not (held.startswith(asked) or asked.startswith(held)):
        return False
    if queue.min_level is None:
        return True
    rank = CEFR_LEVELS.index
    return skill.level is not None and rank(skill.level) >= rank(queue.min_level)


if __name__ == "__main__":
    sys.stdout.write(report(read(Path(sys.argv[1]))))
