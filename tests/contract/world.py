"""A small company on a real server: two sites, a period, solves and rosters of each, people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from scheduler.domain.access import Role
from tests.api.server import Running

DAYS = ("2027-03-22", "2027-03-25")
SECONDS = 20.0
"""Time limit of the solves; they end far sooner, at the first roster."""

_PLACES = {
    "ams": ("Amsterdam", "Europe/Amsterdam", "NL", "EUR", "+01:00"),
    "pbm": ("Paramaribo", "America/Paramaribo", "SR", "EUR", "-03:00"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """What there is of one site; rosters are by number, the first is published."""

    site_id: str
    period_id: str
    agent_ids: tuple[str, str]
    queue_id: str
    solve_id: str
    roster_ids: tuple[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """What the server was filled with."""

    ams: Site
    pbm: Site


def planning(site_id: str) -> dict[str, Any]:
    """Return a planning document of one site: two agents, one queue, three days."""
    name, zone, country, currency, offset = _PLACES[site_id]
    agents = [f"{site_id}-01", f"{site_id}-02"]
    queue = f"phone-{site_id}"
    return {
        "format": "heliotrope/1",
        "name": name,
        "horizon": {"start": DAYS[0], "end": DAYS[1], "zone": zone},
        "interval_minutes": 30,
        "currency": "EUR",
        "sites": [
            {"site_id": site_id, "name": name, "zone": zone, "country": country,
             "currency": currency}
        ],
        "contracts": [
            {"contract_id": "full", "min_hours_week": "0", "target_hours_week": "24",
             "max_hours_week": "40"}
        ],
        "agents": [
            {"agent_id": agent_id, "name": f"Agent {agent_id}", "site_id": site_id,
             "contract_id": "full", "hourly_rate": "20", "currency": currency}
            for agent_id in agents
        ],
        "skills": [
            {"agent_id": agent_id, "kind": kind, "value": value, **level}
            for agent_id in agents
            for kind, value, level in (
                ("client", "Tulp", {}), ("channel", "phone", {}),
                ("language", "nl", {"level": "C2"}),
            )
        ],
        "queues": [
            {"queue_id": queue, "client": "Tulp", "channel": "phone", "language": "nl",
             "priority": 1, "zone": zone}
        ],
        "requirements": [
            {"queue_id": queue, "interval_start": f"2027-03-{day}T{hour:02}:{minute:02}{offset}",
             "agents": 1}
            for day in (22, 23, 24)
            for hour in range(9, 15)
            for minute in (0, 30)
        ],
    }  # fmt: skip


def fill(running: Running, admin: httpx.Client) -> World:
    """Import, solve twice and publish once for each site."""
    return World(_site(admin, "ams"), _site(admin, "pbm"))


def _site(admin: httpx.Client, site_id: str) -> Site:
    document = planning(site_id)
    period_id = f"spring-{site_id}"
    _good(admin.put(f"/v1/periods/{period_id}/planning", json=document))
    solves = [solved(admin, period_id, seed) for seed in (1, 2)]
    rosters = [solve["roster_id"] for solve in solves]
    first = _good(admin.get(f"/v1/rosters/{rosters[0]}"))
    match = {"If-Match": first.headers["etag"]}
    _good(admin.post(f"/v1/rosters/{rosters[0]}/publish", headers=match))
    one, two = (agent["agent_id"] for agent in document["agents"])
    queue_id = document["queues"][0]["queue_id"]
    solve_id = solves[0]["solve_id"]
    return Site(site_id, period_id, (one, two), queue_id, solve_id, (rosters[0], rosters[1]))


def solved(client: httpx.Client, period_id: str, seed: int) -> dict[str, Any]:
    """Submit a solve and return it when it has ended with a roster."""
    asked = {
        "period_id": period_id, "time_limit_seconds": SECONDS, "gap_target": 0.9, "seed": seed,
        "workers": 1,
    }  # fmt: skip
    solve = _good(client.post("/v1/solves", json=asked)).json()
    deadline = time.monotonic() + 300  # the first one compiles
    while time.monotonic() < deadline:
        told: dict[str, Any] = client.get(f"/v1/solves/{solve['solve_id']}").json()
        if told["state"] not in ("queued", "running"):
            assert told["roster_id"], told
            return told
        time.sleep(0.1)
    raise AssertionError(f"not ended: {told}")


def people(running: Running, world: World) -> dict[str, httpx.Client]:
    """Return a client for each sort of caller; the planners and agents by the site of Amsterdam."""
    ams, pbm = world.ams, world.pbm
    return {
        "nobody": running.client(),
        "agent": running.person("me", Role.AGENT, agent_id=ams.agent_ids[0])[1],
        "other agent": running.person("other", Role.AGENT, agent_id=pbm.agent_ids[0])[1],
        "planner of another site": running.person("far", Role.PLANNER, site_ids=("pbm",))[1],
        "planner of the site": running.person("near", Role.PLANNER, site_ids=("ams",))[1],
        "planner of all sites": running.person("all", Role.PLANNER)[1],
        "administrator": running.person("head", Role.ADMIN)[1],
    }


def _good(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer
