"""Solves by the API: watch them, read what came of them; rosters brought, and taken away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, event

from api.routes import solves
from scheduler.domain import Horizon
from scheduler.domain.access import Role
from scheduler.errors import Fault
from scheduler.intake.document import canonical_text
from scheduler.usecases.keep_rosters import HardFindingsError
from tests.api.server import Running, running_server
from tests.builders import (
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_planning,
    make_queue,
)
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

JSON = {"Content-Type": "application/json"}
FIRST = date(2027, 3, 1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Running) -> httpx.Client:
    """An administrator, a period of three days, and one with far too much to do in a moment."""
    client = server.person("root", Role.ADMIN)[1]
    small = make_horizon(FIRST, 3)
    agents = tuple(make_agent(f"a{idx}") for idx in range(3))
    contract = make_contract(min_minutes_week=0)
    queue = make_queue()
    needed = tuple(one for one in flat_requirements(small) if 8 <= one.start.hour < 18)
    planning = make_planning(
        horizon=small, agents=agents, contracts=(contract,), queues=(queue,), requirements=needed
    )
    put = client.put("/v1/periods/small/planning", content=canonical_text(planning), headers=JSON)
    assert put.status_code == 200, put.text
    long = Horizon(FIRST, date(2027, 3, 22), small.zone)
    many = tuple(make_agent(f"m{idx}") for idx in range(16))
    planning = make_planning(
        horizon=long, agents=many, contracts=(contract,), queues=(make_queue("q2"),),
        requirements=flat_requirements(long, "q2", 4),
    )  # fmt: skip
    put = client.put("/v1/periods/long/planning", content=canonical_text(planning), headers=JSON)
    assert put.status_code == 200, put.text
    return client


def submitted(client: httpx.Client, period_id: str, seconds: float) -> str:
    enough = 0.3 if period_id == "small" else 0.0  # the long one is never done by itself
    asked = {
        "period_id": period_id, "time_limit_seconds": seconds, "workers": 1, "gap_target": enough
    }  # fmt: skip
    answer = client.post("/v1/solves", json=asked)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["solve_id"])


def ended(client: httpx.Client, solve_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        solve: dict[str, Any] = client.get(f"/v1/solves/{solve_id}").json()
        if solve["state"] in ("done", "stopped", "failed"):
            return solve
        time.sleep(0.1)
    raise AssertionError(solve)


@pytest.fixture(scope="module")
def done(admin: httpx.Client) -> dict[str, Any]:
    """A solve of the small period that has ended."""
    solve = ended(admin, submitted(admin, "small", 6))
    assert solve["state"] == "done", solve
    document = admin.get(f"/v1/solves/{solve['solve_id']}/roster").json()
    assert len(document["shifts"]) > 3
    return solve


@contextmanager
def looks() -> Iterator[list[list[str]]]:
    """Note the statements of each transaction, those that have ended and those under way."""
    found: list[list[str]] = []
    of_connection: dict[int, list[str]] = {}

    def begun(connection: Connection) -> None:
        of_connection[id(connection.connection.dbapi_connection)] = own = []
        found.append(own)

    def executed(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        own = of_connection.get(id(connection.connection.dbapi_connection))
        if own is not None and not statement.startswith("BEGIN"):
            own.append(statement)

    event.listen(Engine, "begin", begun)
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(Engine, "begin", begun)
        event.remove(Engine, "before_cursor_execute", executed)


def at_progress(found: list[list[str]]) -> list[list[str]]:
    return [one for one in found if any("FROM progress" in statement for statement in one)]


def test_what_came_of_a_solve(admin: httpx.Client, done: dict[str, Any]) -> None:
    at = f"/v1/solves/{done['solve_id']}"
    roster = admin.get(f"{at}/roster")
    assert roster.headers["content-type"] == "application/json"
    assert roster.content == admin.get(f"/v1/rosters/{done['roster_id']}/document").content
    asked = {"queue": "q1", "at": "2027-03-02T09:00Z"}
    found = admin.get(f"{at}/explanation", params=asked)
    other = admin.get(f"/v1/rosters/{done['roster_id']}/explanation", params=asked)
    assert found.json() == other.json()
    assert len(found.json()["moments"]) == 1
    assert admin.get(f"{at}/explanation", params={"queue": "q1"}).status_code == 422


def test_progress_without_events(admin: httpx.Client, done: dict[str, Any]) -> None:
    at = f"/v1/solves/{done['solve_id']}/progress"
    whole = admin.get(at, params={"limit": 500}).json()
    numbers = [line["seq"] for line in whole["lines"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert (whole["solve"]["state"], whole["next"]) == ("done", numbers[-1])
    paged: list[int] = []
    after = 0
    while True:
        page = admin.get(at, params={"after": after, "limit": 2}).json()
        if not page["lines"]:
            break
        paged += [line["seq"] for line in page["lines"]]
        after = page["next"]
    assert paged == numbers
    assert page["next"] == numbers[-1]
    assert admin.get(at, params={"after": 2**60}).status_code == 422


def test_a_solve_that_has_no_roster(server: Running, admin: httpx.Client) -> None:
    """While it runs, after it was stopped in the queue, and for those out of scope."""
    running, waiting = submitted(admin, "long", 600), submitted(admin, "long", 600)
    early = admin.get(f"/v1/solves/{running}/roster")
    assert (early.status_code, early.json()["code"]) == (409, "not_ended")
    assert admin.get(f"/v1/solves/{running}/explanation").status_code == 409
    far = server.person("far", Role.PLANNER, site_ids=("perth",))[1]
    agent = server.person("m1", Role.AGENT, agent_id="m1")[1]
    for path in ("", "/roster", "/explanation", "/progress", "/events"):
        assert far.get(f"/v1/solves/{running}{path}").status_code == 403
        assert agent.get(f"/v1/solves/{running}{path}").status_code == 403
        assert agent.get(f"/v1/solves/nothing{path}").status_code == 403, "not whether there is one"
        assert admin.get(f"/v1/solves/nothing{path}").status_code == 404
    assert far.delete(f"/v1/solves/{running}").status_code == 403
    for solve_id in (waiting, running):
        assert admin.delete(f"/v1/solves/{solve_id}").status_code == 202
    assert ended(admin, waiting)["state"] == "stopped"
    lost = admin.get(f"/v1/solves/{waiting}/roster")
    assert (lost.status_code, lost.json()["code"]) == (404, "no_roster")
    ended(admin, running)


def test_a_watcher_costs_one_look_each_time_and_none_after_it_left(
    admin: httpx.Client,
) -> None:
    waiting_for = submitted(admin, "long", 600)
    solve_id = submitted(admin, "long", 600)  # waits behind the first one, so nothing is told
    with looks() as found:
        with admin.stream("GET", f"/v1/solves/{solve_id}/events") as answer:
            assert answer.status_code == 200
            found.clear()
            time.sleep(2.0)
            at_work = at_progress(found)
        time.sleep(1.0)
        found.clear()
        time.sleep(1.5)
        after = at_progress(found)
    for stopped in (solve_id, waiting_for):
        admin.delete(f"/v1/solves/{stopped}")
    assert 2 <= len(at_work) <= 6, "a look every 0.4 s"
    for statements in at_work[:-1]:
        assert len(statements) == 2, "the lines and the job, the scope only at the start"
    assert after == []
    ended(admin, waiting_for)


def test_a_watcher_is_sent_away_when_the_token_is_taken_back(
    server: Running, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solves, "CHECK_SECONDS", 0.8)
    solve_id = submitted(admin, "long", 600)
    _, planner = server.person("leaves", Role.PLANNER)
    told = []
    with planner.stream("GET", f"/v1/solves/{solve_id}/events") as answer:
        for line in answer.iter_lines():
            if not told:
                assert server.client(planner.headers["authorization"][7:]).post(
                    "/v1/log-out"
                ).status_code in (200, 204)
            told.append(line)
    assert "event: refused" in told
    assert "event: end" not in told
    admin.delete(f"/v1/solves/{solve_id}")
    ended(admin, solve_id)


def test_a_roster_edited_by_hand(admin: httpx.Client, done: dict[str, Any]) -> None:
    solved = admin.get(f"/v1/rosters/{done['roster_id']}").json()
    document = admin.get(f"/v1/solves/{done['solve_id']}/roster").json()
    same = admin.post("/v1/periods/small/rosters", json=document)
    assert same.status_code == 201, same.text
    assert same.headers["location"] == f"/v1/rosters/{same.json()['roster_id']}"
    for figure in ("cost_cents", "bound_cents", "hard_findings", "input_sha256"):
        assert same.json()[figure] == solved[figure], figure
    lied = document | {"cost": 1.0, "bound": 0.5, "terms": {"magic": 1.0}, "input_sha256": "0" * 64}
    lied["shifts"] = document["shifts"][1:]
    fewer = admin.post("/v1/periods/small/rosters", json=lied)
    assert fewer.json()["hard_findings"] == 0
    assert fewer.json()["cost_cents"] >= solved["bound_cents"] == fewer.json()["bound_cents"]
    at = f"/v1/rosters/{fewer.json()['roster_id']}"
    assert admin.get(f"{at}/audit").json()["cost_cents"] == fewer.json()["cost_cents"]
    assert len(admin.get(f"{at}/document").json()["shifts"]) == len(document["shifts"]) - 1
    diff = admin.get(f"{at}/diff", params={"against": done["roster_id"]}).json()
    assert [change["kind"] for change in diff["changes"]] == ["removed"]
    published = admin.post(f"{at}/publish", headers={"If-Match": fewer.headers["etag"]})
    assert published.json()["state"] == "published"


def test_what_is_no_roster_of_the_period(admin: httpx.Client, done: dict[str, Any]) -> None:
    document = admin.get(f"/v1/solves/{done['solve_id']}/roster").json()
    one, two, *_ = document["shifts"]
    other = {"start": "2027-03-01", "end": "2027-03-05", "zone": "Europe/Amsterdam"}
    odd: list[tuple[dict[str, Any], str]] = [
        ({"horizon": other}, "/horizon"), ({"currency": "USD"}, "/currency"),
        ({"shifts": [one, two | {"agent_id": "a9"}]}, "/shifts/1/agent_id"),
        ({"shifts": [one, two, one]}, "/shifts/2/start_utc"),
        ({"shifts": [one | {"activities": [one["activities"][0] | {"queue_id": "x"}]}]},
         "/shifts/0/activities/0/queue_id"),
        ({"shifts": [one | {"end_utc": one["start_utc"]}]}, "/shifts/0/end_utc"),
        ({"shifts": None}, "/shifts"), ({"format": "x"}, "/format"),
    ]  # fmt: skip
    for change, pointer in odd:
        refused = admin.post("/v1/periods/small/rosters", json=document | change)
        assert refused.status_code == 422, (change, refused.text)
        assert refused.json()["faults"][0]["pointer"] == pointer
    bare = {"format": document["format"], "horizon": document["horizon"], "currency": "EUR"}
    lacking = admin.post("/v1/periods/small/rosters", json=bare)
    assert lacking.json()["faults"][0]["pointer"] == "/shifts"
    assert admin.post("/v1/periods/none/rosters", json=document).status_code == 404
    # what can be read but not worked is kept, and the audit says why
    strange = [
        one | {"zone": "Asia/Tokyo"},
        one | {"fold": 1},
        one | {"paid_minutes": 0},
        one | {"breaks": one["breaks"] * 3},
        one | {"activities": one["activities"] * 2},
        one | {"start_utc": "1970-01-02T00:01Z", "end_utc": "1970-01-02T23:59Z"},
        one | {"start_utc": "2027-03-02T00:07Z", "end_utc": "2027-03-03T23:59Z"},
    ]
    for shift in strange:
        kept = admin.post("/v1/periods/small/rosters", json=bare | {"shifts": [shift]})
        assert kept.status_code == 201, (shift, kept.text)
        assert kept.json()["hard_findings"] > 0, shift
        at = f"/v1/rosters/{kept.json()['roster_id']}"
        for path in ("", "/document", "/audit", "/kpis", "/explanation"):
            assert admin.get(f"{at}{path}").status_code == 200, (path, shift)
        match = {"If-Match": kept.headers["etag"]}
        assert admin.post(f"{at}/publish", headers=match).json()["code"] == "hard_findings"
    empty = admin.post("/v1/periods/small/rosters", json=bare | {"shifts": []})
    assert (empty.status_code, empty.json()["hard_findings"]) == (201, 0)


def test_a_draft_is_deleted(server: Running, admin: httpx.Client, done: dict[str, Any]) -> None:
    at = f"/v1/rosters/{done['roster_id']}"
    document = admin.get(f"{at}/document").json()
    version = admin.get(at).headers["etag"]
    assert admin.delete(at).status_code == 428
    assert admin.delete(at, headers={"If-Match": '"9"'}).status_code == 412
    far = server.person("far2", Role.PLANNER, site_ids=("perth",))[1]
    assert far.delete(at, headers={"If-Match": version}).status_code == 403
    assert admin.delete(at, headers={"If-Match": version}).status_code == 204
    assert admin.get(at).status_code == 404
    assert admin.get(f"/v1/solves/{done['solve_id']}").json()["roster_id"] is None
    lost = admin.get(f"/v1/solves/{done['solve_id']}/roster")
    assert (lost.status_code, lost.json()["code"]) == (404, "no_roster")
    brought = admin.post("/v1/periods/small/rosters", json=document)
    at = brought.headers["location"]
    published = admin.post(f"{at}/publish", headers={"If-Match": brought.headers["etag"]})
    kept = admin.delete(at, headers={"If-Match": published.headers["etag"]})
    assert (kept.status_code, kept.json()["code"]) == (409, "conflict")


def test_findings_are_counted_in_words() -> None:
    one = Fault("rest", "audit", "more rest")
    assert "1 hard finding; mend it" in str(HardFindingsError((one,)))
    many = HardFindingsError((one,) * 1_234)
    assert "1,234 hard findings; mend them" in str(many)
    assert len(many.faults) == 1_234
    assert json.dumps(str(many))
