"""A made-up planning of any size to try things with: the starter folder, many times over."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

from scheduler.access.policy import Operation
from scheduler.clock import fixed_clock
from scheduler.domain import Agent, Planning, TimeOff, WallTime, Wish
from scheduler.domain.access import Principal
from scheduler.errors import Fault, InputError
from scheduler.intake import values
from scheduler.intake.document import canonical_text
from scheduler.intake.kinds import BadValue
from scheduler.intake.planning_folder import read_planning
from scheduler.service import Service, require
from scheduler.usecases.new_folder import new_folder, next_monday

__all__ = ["MOST_AGENTS", "demo_data", "demo_planning"]

MOST_AGENTS = 2_000
_SHARE_WITH_WISH, _SHARE_ON_LEAVE = 0.3, 0.1
_GIVEN = (
    "Anouk", "Bram", "Chandra", "Daphne", "Emre", "Femke", "Gitta", "Hamza", "Iris", "Joris",
    "Kavita", "Lars", "Maaike", "Naomi", "Omar", "Priya", "Quinten", "Roos", "Sjoerd", "Tess",
)  # fmt: skip
_FAMILY = (
    "Aalders", "Bos", "Chin", "Dekker", "Evers", "Faber", "Groot", "Hendriks", "Iwema", "Jonker",
    "Kuipers", "Lieveld", "Mulder", "Noorman", "Oosting", "Pinas", "Ramlal", "Smit", "Tjon",
)  # fmt: skip


def demo_data(
    service: Service, caller: Principal, *, start: str | None, agents: int, seed: int
) -> str:
    """Return `demo_planning` as a canonical planning document.

    Parameters
    ----------
    start : str, optional
        First date; without it the next Monday.

    Raises
    ------
    InputError
        If `start` is no date that a planning may begin on.
    DeniedError
        If the caller is no planner.
    """
    require(caller, Operation.DEMO_DATA_READ)
    try:
        first = next_monday(service.clock().date()) if start is None else values.day.read(start)
    except BadValue as bad:
        expected = bad.expected or values.day.expected
        raise InputError((Fault(bad.code, "query", expected, column="/start"),)) from None
    return canonical_text(demo_planning(first, agents=agents, seed=seed))


def demo_planning(start: date, *, agents: int, seed: int) -> Planning:
    """Return a valid planning of a week: the same for the same parameters.

    The starter folder is its pattern: each further agent is like one of its agents, with a name,
    and perhaps a wish or a day of leave, of its own. Contacts grow with the agents.

    Parameters
    ----------
    start : datetime.date
        First date of the horizon.
    agents : int
        1 to `MOST_AGENTS`.
    seed : int
        Seed of all that is drawn.

    Raises
    ------
    InputError
        If a planning cannot begin on `start`.
    """
    pattern = _starter(start)
    rng = Random(seed)
    people = [_like(pattern, idx, rng) for idx in range(agents)]
    model_of = {
        agent.agent_id: pattern.agents[idx % len(pattern.agents)].agent_id
        for idx, agent in enumerate(people)
    }
    share = Decimal(agents) / len(pattern.agents)

    def first_only(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row for row in rows if row.agent_id in model_of)

    def for_all(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(row, agent_id=agent_id)
            for agent_id, model in model_of.items()
            for row in rows
            if row.agent_id == model
        )

    added = people[len(pattern.agents) :]
    wishes = [_wish(agent, rng) for agent in added if rng.random() < _SHARE_WITH_WISH]
    leave = [_leave(agent, start, rng) for agent in added if rng.random() < _SHARE_ON_LEAVE]
    return replace(
        pattern,
        name=f"Demo of {agents:,} agents".replace(",", " "),
        agents=tuple(people),
        skills=for_all(pattern.skills),
        availability=for_all(pattern.availability),
        locations=first_only(pattern.locations),
        history=first_only(pattern.history),
        pins=first_only(pattern.pins),
        time_off=(*first_only(pattern.time_off), *leave),
        wishes=(*first_only(pattern.wishes), *wishes),
        demand=tuple(
            replace(row, offered=_rounded(row.offered * share, "0.1")) for row in pattern.demand
        ),
        requirements=tuple(
            replace(row, agents=max(1, int(_rounded(row.agents * share / 2, "1"))))
            for row in pattern.requirements
        ),
        input_sha256="",
    )


def _starter(start: date) -> Planning:
    """Return the planning that the starter folder holds."""
    with tempfile.TemporaryDirectory(prefix="heliotrope-") as name:
        folder = Path(name) / "planning"
        try:
            new_folder(folder, start=start, clock=fixed_clock(datetime(2027, 1, 1, tzinfo=UTC)))
        except InputError as error:
            faults = (replace(fault, file="query", column="/start") for fault in error.faults)
            raise InputError(tuple(faults)) from None
        read = read_planning(folder)
    if read.planning is None:
        raise InputError(read.faults)
    return read.planning


def _like(pattern: Planning, idx: int, rng: Random) -> Agent:
    """Return agent `idx`: the first ones are those of the pattern."""
    model = pattern.agents[idx % len(pattern.agents)]
    given = _GIVEN[int(rng.random() * len(_GIVEN))]
    family = _FAMILY[int(rng.random() * len(_FAMILY))]
    factor = Decimal(92 + int(rng.random() * 21)) / 100
    if idx < len(pattern.agents):
        return model
    return replace(
        model,
        agent_id=f"{model.site_id}-{idx + 1:04d}",
        name=f"{given} {family}",
        hourly_rate=_rounded(model.hourly_rate * factor, "0.01"),
    )


def _wish(agent: Agent, rng: Random) -> Wish:
    weekday, strength = 1 + int(rng.random() * 7), 1 + int(rng.random() * 5)
    return Wish(agent.agent_id, rng.random() < 0.3, strength, weekday=weekday)


def _leave(agent: Agent, start: date, rng: Random) -> TimeOff:
    first = start + timedelta(days=int(rng.random() * 6))
    back = first + timedelta(days=1 + int(rng.random() * 2))
    return TimeOff(agent.agent_id, WallTime(first, 0), WallTime(back, 0), "leave")


def _rounded(number: Decimal, to: str) -> Decimal:
    return number.quantize(Decimal(to), ROUND_HALF_UP)
