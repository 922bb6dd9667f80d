"""Made-up plannings: valid, the same for the same parameters, and worth solving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.access import Role
from scheduler.intake.document import canonical_text
from scheduler.intake.planning_folder import read_document
from scheduler.usecases.demo_data import MOST_AGENTS, demo_planning
from scheduler.usecases.solve_planning import solve_params, solve_planning
from tests.api.server import Running, running_server

START = date(2027, 3, 22)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@settings(max_examples=15, deadline=None)
@given(
    start=st.dates(date(1970, 1, 2), date(2199, 12, 24)),
    agents=st.integers(1, 40) | st.just(300),
    seed=st.integers(0, 2**31 - 1),
)
def test_any_of_it_is_a_planning(start: date, agents: int, seed: int) -> None:
    planning = demo_planning(start, agents=agents, seed=seed)
    text = canonical_text(planning)
    read = read_document(text)
    assert read.faults == ()
    assert read.planning is not None
    assert len(read.planning.agents) == agents
    assert canonical_text(read.planning) == text
    assert canonical_text(demo_planning(start, agents=agents, seed=seed)) == text
    assert (planning.horizon.start, planning.horizon.days) == (start, 7)


def test_a_seed_makes_a_difference_and_agents_bring_contacts() -> None:
    first, second = (demo_planning(START, agents=30, seed=seed) for seed in (1, 2))
    assert canonical_text(first) != canonical_text(second)
    small = demo_planning(START, agents=6, seed=1)
    for few, many in zip(small.demand, first.demand, strict=True):
        assert many.offered == 5 * few.offered
    most = demo_planning(START, agents=MOST_AGENTS, seed=1)
    assert len({agent.agent_id for agent in most.agents}) == MOST_AGENTS
    assert read_document(canonical_text(most)).faults == ()
    assert len({agent.name for agent in first.agents}) > 20


def test_it_can_be_solved() -> None:
    planning = demo_planning(START, agents=12, seed=5)
    params = solve_params(time_limit_seconds=5, workers=1, seed=1, gap_target=0.05)
    solved = solve_planning(planning, params)
    assert not solved.report.hard
    assert len(solved.roster.shifts) > 24


def test_by_address(server: Running) -> None:
    _, admin = server.person("root", Role.ADMIN)
    asked = {"start": "2027-03-22", "agents": 12, "seed": 7}
    found = admin.get("/v1/demo-data", params=asked)
    assert found.headers["content-type"] == "application/json"
    assert found.text == canonical_text(demo_planning(START, agents=12, seed=7))
    kind = {"Content-Type": "application/json"}
    put = admin.put("/v1/periods/demo/planning", content=found.content, headers=kind)
    assert put.status_code == 200, put.text
    monday = date.fromisoformat(admin.get("/v1/demo-data").json()["horizon"]["start"])
    assert monday.isoweekday() == 1
    now = server.service.clock().date()
    assert timedelta(0) < monday - now <= timedelta(days=7)
    for odd in (
        {"start": "2027-02-30"}, {"start": "9999-12-31"}, {"start": "0001-01-01"},
        {"start": "2199-12-31"}, {"start": "x"}, {"start": ""}, {"agents": 0}, {"agents": 2001},
        {"agents": "x"}, {"seed": -1}, {"seed": 2**31}, {"start": "\0"},
    ):  # fmt: skip
        refused = admin.get("/v1/demo-data", params=odd)
        assert refused.status_code == 422, (odd, refused.text)
        assert json.loads(refused.text)["faults"]
    agent: httpx.Client = server.person("a", Role.AGENT, agent_id="ams-01")[1]
    assert agent.get("/v1/demo-data").status_code == 403
    planner = server.person("p", Role.PLANNER, site_ids=("ams",))[1]
    assert planner.get("/v1/demo-data").status_code == 200
