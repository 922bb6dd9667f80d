"""Small plannings for tests: valid records with one word where a test wants another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from scheduler.domain import (
    Agent,
    Contract,
    Horizon,
    PastShift,
    Pin,
    Planning,
    Queue,
    RequirementInterval,
    Site,
    Skill,
    WallTime,
)
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import Repeated, Skipped, utc_of

MONDAY = date(2027, 3, 1)
"""Start of the default horizon: a plain winter week."""

_COUNTRIES = {
    "Europe/Amsterdam": "NL",
    "America/Paramaribo": "SR",
    "America/Curacao": "CW",
    "Australia/Sydney": "AU",
    "Australia/Lord_Howe": "AU",
    "Asia/Kathmandu": "NP",
}


def make_site(zone: str = "Europe/Amsterdam", **changes: Any) -> Site:
    """A site whose id is the last part of its zone."""
    name = zone.rsplit("/", maxsplit=1)[-1]
    site = Site(name.lower(), name, zone, _COUNTRIES.get(zone, "NL"), "EUR")
    return replace(site, **changes)


def make_contract(**changes: Any) -> Contract:
    """A contract of 20 to 40, rather 32 hours a week."""
    contract = Contract(
        "c32", min_minutes_week=1200, target_minutes_week=1920, max_minutes_week=2400
    )
    return replace(contract, **changes)


def make_agent(agent_id: str = "a1", site_id: str = "amsterdam", **changes: Any) -> Agent:
    """An agent paid 20 EUR an hour."""
    agent = Agent(agent_id, f"Agent {agent_id}", site_id, "c32", Decimal(20), "EUR")
    return replace(agent, **changes)


def make_queue(queue_id: str = "q1", **changes: Any) -> Queue:
    """A Dutch phone queue of client `acme`, always open."""
    queue = Queue(queue_id, "acme", "phone", "nl", 1, "Europe/Amsterdam")
    return replace(queue, **changes)


def make_skills(agent_id: str, queue: Queue | None = None, **changes: Any) -> tuple[Skill, ...]:
    """Just the skills that `queue` (by default `make_queue()`) asks for; `changes` hold for all."""
    queue = queue or make_queue()
    asked = [
        ("client", queue.client, None),
        ("channel", queue.channel, None),
        ("language", queue.language, queue.min_level),
    ]
    if queue.certificate is not None:
        asked.append(("certificate", queue.certificate, None))
    return tuple(
        replace(Skill(agent_id, kind, value, level), **changes) for kind, value, level in asked
    )


def make_horizon(start: date = MONDAY, days: int = 7, zone: str = "Europe/Amsterdam") -> Horizon:
    """A horizon of whole days."""
    return Horizon(start, start + timedelta(days=days), zone)


def make_planning(**overrides: Any) -> Planning:
    """One agent in Amsterdam on one phone queue for a week; every field can be overridden.

    Agents without any skill row get those of the first queue. Sites stand in for the zones of the
    agents' site ids only when given.
    """
    fields: dict[str, Any] = {
        "name": "test",
        "horizon": make_horizon(),
        "interval_minutes": 30,
        "currency": "EUR",
        "sites": (make_site(),),
        "contracts": (make_contract(),),
        "agents": (make_agent(),),
        "queues": (make_queue(),),
    }
    fields |= overrides
    if "skills" not in fields:
        fields["skills"] = tuple(
            skill
            for agent in fields["agents"]
            for skill in make_skills(agent.agent_id, fields["queues"][0])
        )
    return Planning(**fields)


def flat_requirements(
    horizon: Horizon, queue_id: str = "q1", agents: int = 1, interval_minutes: int = 30
) -> tuple[RequirementInterval, ...]:
    """The same need in every interval of a horizon."""
    start, end = horizon_bounds(horizon)
    length = timedelta(minutes=interval_minutes)
    return tuple(
        RequirementInterval(queue_id, start + idx * length, agents)
        for idx in range((end - start) // length)
    )


def _instant(local: str, zone: str, fold: int) -> datetime:
    repeated = Repeated.SECOND if fold else Repeated.FIRST
    return utc_of(WallTime.parse(local), zone, skipped=Skipped.REJECT, repeated=repeated)


def make_pin(
    agent_id: str, local: str, minutes: int, zone: str = "Europe/Amsterdam", fold: int = 0
) -> Pin:
    """A pin given by its local start (``2027-03-01T09:00``) and elapsed length."""
    start = _instant(local, zone, fold)
    end = start + timedelta(minutes=minutes)
    return Pin(agent_id, start, end, WallTime.parse(local), zone, fold)


def make_past_shift(
    agent_id: str, local: str, minutes: int, zone: str = "Europe/Amsterdam", fold: int = 0
) -> PastShift:
    """A shift of the history given by its local start and elapsed length."""
    start = _instant(local, zone, fold)
    end = start + timedelta(minutes=minutes)
    return PastShift(agent_id, start, end, WallTime.parse(local), zone, fold)


def utc(text: str) -> datetime:
    """Read ``2027-03-01T09:00`` as an aware UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
