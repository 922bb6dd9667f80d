"""One user's whole path through a real server: import, solve, watch, publish, see shifts."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from icalendar import Calendar

from scheduler.clock import fixed_clock
from scheduler.domain.access import Role
from scheduler.usecases.new_folder import new_folder
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]


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
def planning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder") / "demo"
    clock = fixed_clock(datetime(2027, 3, 1, tzinfo=UTC))
    new_folder(folder, start=date(2027, 3, 22), clock=clock)
    return folder


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"demo/{file.name}")
    return buffer.getvalue()


def events(
    client: httpx.Client, solve_id: str, after: int = 0
) -> list[tuple[str, dict[str, object]]]:
    found = []
    headers = {"Last-Event-ID": str(after)}
    with client.stream("GET", f"/v1/solves/{solve_id}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
    return found


def test_from_folder_to_calendar(server: Running, planning: Path) -> None:
    _, admin = server.person("root", Role.ADMIN)
    kind = {"Content-Type": "application/zip"}
    answer = admin.put("/v1/periods/spring/planning", content=zipped(planning), headers=kind)
    assert answer.status_code == 200, answer.text
    digest = answer.json()["input_sha256"]
    again = admin.put("/v1/periods/spring/planning", content=zipped(planning), headers=kind)
    assert all(
        change["added"] == change["changed"] == change["removed"] == 0
        for change in again.json()["changes"]
    )
    asked = {"period_id": "spring", "time_limit_seconds": 6}
    key = {"Idempotency-Key": "first"}
    submitted = admin.post("/v1/solves", json=asked, headers=key)
    assert submitted.status_code == 202, submitted.text
    solve = submitted.json()
    assert submitted.headers["location"] == f"/v1/solves/{solve['solve_id']}"
    assert solve["input_sha256"] == digest
    assert admin.post("/v1/solves", json=asked, headers=key).json()["solve_id"] == solve["solve_id"]
    other = admin.post("/v1/solves", json={**asked, "seed": 2}, headers=key)
    assert other.status_code == 409
    seen = events(admin, solve["solve_id"])
    assert [name for name, _ in seen][-1] == "end"
    assert seen[-1][1]["state"] == "done", seen[-1]
    numbers = [line["seq"] for name, line in seen if name == "progress"]
    assert numbers == sorted(numbers)
    assert len(numbers) >= 2
    assert events(admin, solve["solve_id"], after=numbers[0])[0][1]["seq"] == numbers[1]
    roster_id = seen[-1][1]["roster_id"]
    roster = admin.get(f"/v1/rosters/{roster_id}")
    assert roster.json()["state"] == "draft"
    assert roster.json()["hard_findings"] == 0
    audit = admin.get(f"/v1/rosters/{roster_id}/audit").json()
    assert audit["cost_cents"] == roster.json()["cost_cents"]
    match = {"If-Match": roster.headers["etag"]}
    published = admin.post(f"/v1/rosters/{roster_id}/publish", headers=match)
    assert published.json()["state"] == "published"
    stale = admin.post(f"/v1/rosters/{roster_id}/publish", headers=match)
    assert stale.status_code == 412
    document = admin.get(f"/v1/rosters/{roster_id}/document").json()
    agent_id = document["shifts"][0]["agent_id"]
    _, agent = server.person("me", Role.AGENT, agent_id=agent_id)
    stretch = {"from": "2027-03-01T00:00Z", "until": "2027-05-01T00:00Z"}
    shifts = agent.get("/v1/me/shifts", params=stretch).json()["shifts"]
    expected = {
        (shift["start_utc"], shift["end_utc"])
        for shift in document["shifts"]
        if shift["agent_id"] == agent_id
    }
    assert {(s["start_utc"][:16], s["end_utc"][:16]) for s in shifts} == {
        (start[:16], end[:16]) for start, end in expected
    }
    for shift in shifts:
        assert datetime.fromisoformat(shift["start"]) == datetime.fromisoformat(shift["start_utc"])
    made = agent.post("/v1/me/tokens", json={"kind": "calendar"})
    assert made.status_code == 201
    feed = server.client().get(made.json()["calendar_path"])
    assert feed.status_code == 200, feed.text
    starts = {
        event.decoded("dtstart").astimezone(UTC)
        for event in Calendar.from_ical(feed.content).walk("VEVENT")
    }
    assert starts == {datetime.fromisoformat(shift["start_utc"]) for shift in shifts}
    headers = {"If-None-Match": feed.headers["etag"]}
    assert server.client().get(made.json()["calendar_path"], headers=headers).status_code == 304
    token = made.json()["token"]
    with_feed = server.client(token)
    assert with_feed.get("/v1/me").status_code == 401  # a calendar's secret opens nothing else


def test_nobody_gets_in_without_a_token(server: Running) -> None:
    answer = server.client().get("/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert server.client("helio_p_nonsense").get("/v1/me").status_code == 401
    assert server.client().get("/health").text == "ok"
    assert server.client().get("/ready").text == "ready"


def test_log_in_with_a_password_and_out_again(server: Running) -> None:
    server.person("noor", Role.PLANNER, password="a long enough phrase")
    client = server.client()
    wrong = client.post("/v1/log-in", json={"name": "noor", "password": "another long phrase"})
    nobody = client.post("/v1/log-in", json={"name": "nobody", "password": "another long phrase"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json()["detail"] == nobody.json()["detail"]
    right = client.post("/v1/log-in", json={"name": "NOOR", "password": "a long enough phrase"})
    assert right.status_code == 200, right.text
    session = server.client(right.json()["token"])
    assert session.get("/v1/me").json()["role"] == "planner"
    assert session.post("/v1/log-out").status_code == 204
    assert session.get("/v1/me").status_code == 401
