"""Rows of the planning's tables by the API: many at a time, whose they are, an agent's leaving."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from scheduler.domain.access import Role
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

CSV = {"Content-Type": "text/csv"}
CONTRACT = {
    "contract_id": "c", "min_hours_week": "0", "target_hours_week": "36", "max_hours_week": "40",
}  # fmt: skip
QUEUE = {
    "queue_id": "q", "client": "acme", "channel": "phone", "language": "nl", "priority": 1,
    "zone": "Europe/Amsterdam",
}  # fmt: skip


def site(site_id: str) -> dict[str, Any]:
    return {
        "site_id": site_id, "name": site_id, "zone": "Europe/Amsterdam", "country": "NL",
        "currency": "EUR",
    }  # fmt: skip


def agent(agent_id: str, site_id: str = "s1", **changes: Any) -> dict[str, Any]:
    row = {
        "agent_id": agent_id, "name": agent_id, "site_id": site_id, "contract_id": "c",
        "hourly_rate": "20", "currency": "EUR",
    }  # fmt: skip
    return row | changes


def leave(agent_id: str, day: int = 1) -> dict[str, Any]:
    return {
        "agent_id": agent_id, "from": f"2027-04-{day:02d}", "until": f"2027-04-{day + 1:02d}",
        "kind": "leave",
    }  # fmt: skip


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
    client = server.person("root", Role.ADMIN)[1]
    people = [agent("a1"), agent("a2"), agent("b1", "s2")]
    for stem, rows in (
        ("sites", [site("s1"), site("s2")]), ("contracts", [CONTRACT]), ("queues", [QUEUE]),
        ("agents", people),
    ):  # fmt: skip
        done = batch(client, stem, rows)
        assert done.json() == {"added": len(rows), "changed": 0, "unchanged": 0}, done.text
    return client


def batch(client: httpx.Client, stem: str, rows: list[Any], **query: Any) -> httpx.Response:
    return client.post(f"/v1/{stem}/batch", json={"rows": rows}, params=query)


def listed(client: httpx.Client, stem: str, **query: Any) -> list[dict[str, Any]]:
    rows = client.get(f"/v1/{stem}", params=query | {"limit": 500}).json()["rows"]
    return [row["values"] for row in rows]


def pointers(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["code"], fault["pointer"]) for fault in answer.json()["faults"]]


def test_one_wrong_row_keeps_all_out(admin: httpx.Client) -> None:
    before = listed(admin, "time_off")
    rows = [leave("a1", day) for day in range(1, 20)]
    wrong = [*rows]
    wrong[17] = {**leave("a1"), "until": "2027-03-01"}
    assert pointers(batch(admin, "time_off", wrong)) == [("wrong_order", "/rows/17/until")]
    wrong[17], wrong[3] = leave("nobody"), leave("a11")
    found = batch(admin, "time_off", wrong)
    assert pointers(found) == [
        ("unknown_id", "/rows/3/agent_id"), ("unknown_id", "/rows/17/agent_id")
    ]  # fmt: skip
    assert "Did you mean 'a1'?" in found.json()["faults"][0]["detail"]
    repeated = batch(admin, "sites", [site("s3"), site("s4"), site("s3")])
    assert pointers(repeated) == [("duplicate_id", "/rows/2/site_id")]
    assert listed(admin, "time_off") == before
    assert len(listed(admin, "sites")) == 2
    assert batch(admin, "time_off", rows).json()["added"] == 19
    assert len(listed(admin, "time_off")) == len(before) + 19


def test_a_row_with_an_id_that_is_taken(admin: httpx.Client) -> None:
    rows = [agent("a8"), agent("a2", name="Other"), agent("a1")]
    taken = batch(admin, "agents", rows)
    assert pointers(taken) == [
        ("duplicate_id", "/rows/1/agent_id"), ("duplicate_id", "/rows/2/agent_id")
    ]  # fmt: skip
    assert taken.json()["faults"][0]["value"] == "a2"
    assert admin.get("/v1/agents/a8").status_code == 404
    done = batch(admin, "agents", rows, replace=True)
    assert done.json() == {"added": 1, "changed": 1, "unchanged": 1}
    changed = admin.get("/v1/agents/a2")
    assert (changed.json()["values"]["name"], changed.headers["etag"]) == ("Other", '"2"')
    assert admin.get("/v1/agents/a1").headers["etag"] == '"1"'
    assert pointers(batch(admin, "skills", [], replace=True)) == [("unknown_value", "/replace")]


def test_need_is_replaced_by_queue_and_interval(server: Running, admin: httpx.Client) -> None:
    def rows(offered: str, hours: range) -> list[dict[str, Any]]:
        return [
            {"queue_id": "q", "interval_start": f"2027-04-01T{hour:02d}:00Z", "offered": offered,
             "aht_s": "240"}
            for hour in hours
        ]  # fmt: skip

    assert batch(admin, "demand", rows("1", range(10))).json()["added"] == 10
    again = batch(admin, "demand", rows("2", range(8, 14)))
    assert pointers(again)[0] == ("duplicate_id", "/rows/0/interval_start")
    done = batch(admin, "demand", rows("2", range(8, 14)), replace=True)
    assert done.json() == {"added": 4, "changed": 2, "unchanged": 0}
    offered = [row["offered"] for row in listed(admin, "demand")]
    assert offered == ["1"] * 8 + ["2"] * 6
    with server.service.store.reading() as unit:
        change = unit.trail.list(subject="demand")[0].change
        assert (change.verb, change.before["rows"], change.after["rows"]) == ("batch", 2, 6)  # type: ignore[index]
        kept = json.loads(unit.blobs.get(str(change.before["sha256"])))  # type: ignore[index]
        assert [row["offered"] for row in kept] == ["1", "1"]
    both = rows("3", range(20, 21)) * 2
    assert pointers(batch(admin, "demand", both, replace=True)) == [
        ("duplicate_id", "/rows/1/interval_start")
    ]


def test_the_planning_folders_file_does_as_well(admin: httpx.Client) -> None:
    lines = (
        "\ufeffagent_id;weekday;from;until;wish;strength",
        "a1;Mo;;;avoid;3", "a2;Tu;09:00;17:00;want;1", "",
    )  # fmt: skip
    done = admin.post("/v1/wishes/batch", content="\r\n".join(lines).encode(), headers=CSV)
    assert done.json() == {"added": 2, "changed": 0, "unchanged": 0}, done.text
    assert listed(admin, "wishes", agent_id="a2")[0]["from"] == "09:00"
    broken = admin.post(
        "/v1/wishes/batch", content=b"agent_id,wish,strength\na1,love,9\n", headers=CSV
    )
    faults = broken.json()["faults"]
    assert {(fault["line"], fault["pointer"]) for fault in faults} == {
        (2, "/wish"), (2, "/strength")
    }  # fmt: skip
    unknown = b"agent_id,date,wish,strength\na1,2027-04-01,want,1\nzz,2027-04-01,want,1\n"
    lost = admin.post("/v1/wishes/batch", content=unknown, headers=CSV)
    assert (lost.json()["faults"][0]["line"], lost.json()["faults"][0]["code"]) == (3, "unknown_id")
    for body in (b"", b"\xff\xfea", b"a\0b", b"PK\x03\x04", b"agent_id\n" + b"x" * 30_000, b'"'):
        assert admin.post("/v1/wishes/batch", content=body, headers=CSV).status_code == 422
    header = admin.post("/v1/wishes/batch", content=b"agent_id,wish,strength\n", headers=CSV)
    assert header.json()["added"] == 0
    xml = admin.post("/v1/wishes/batch", content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert xml.status_code == 415


def test_whose_rows_they_are(server: Running, admin: httpx.Client) -> None:
    own = server.person("a1", Role.AGENT, agent_id="a1")[1]
    assert batch(own, "time_off", [leave("a1", 25)]).status_code == 200
    assert own.post("/v1/wishes", json={
        "agent_id": "a1", "weekday": "Mo", "wish": "avoid", "strength": 2
    }).status_code == 201  # fmt: skip
    before = listed(admin, "time_off")
    for other in ("a2", "nobody"):  # an agent does not learn who there is
        assert batch(own, "time_off", [leave("a1", 26), leave(other, 26)]).status_code == 403
        assert own.post("/v1/time_off", json=leave(other)).status_code == 403
    assert batch(own, "availability", []).status_code == 403
    planner = server.person("p1", Role.PLANNER, site_ids=("s1",))[1]
    assert batch(planner, "time_off", [leave("a1", 27), leave("b1", 27)]).status_code == 403
    assert batch(planner, "agents", [agent("a9", "s2")]).status_code == 403
    moved = batch(planner, "agents", [agent("b1", "s1")], replace=True)
    assert moved.status_code == 403, "an agent of another site cannot be taken over"
    assert listed(admin, "time_off") == before
    assert batch(planner, "time_off", [leave("a1", 27), leave("a2", 27)]).status_code == 200
    assert {row["agent_id"] for row in listed(planner, "time_off")} <= {"a1", "a2", "a8"}


def test_an_agent_leaves_with_all_rows(server: Running, admin: httpx.Client) -> None:
    assert batch(admin, "agents", [agent("gone"), agent("gone2")]).status_code == 200
    named = {"agent_id": "gone"}
    shift = {"start_local": "2027-03-01T09:00", "zone": "Europe/Amsterdam", "duration_minutes": 480}
    rows: dict[str, dict[str, Any]] = {
        "skills": {"kind": "channel", "value": "phone"},
        "locations": {"from_date": "2027-03-02", "zone": "Asia/Tokyo", "country": "JP"},
        "availability": {"weekday": "Mo", "from": "09:00", "until": "12:00", "kind": "available"},
        "time_off": {"from": "2027-03-02", "until": "2027-03-03", "kind": "leave"},
        "wishes": {"weekday": "Mo", "wish": "avoid", "strength": 1},
        "history": shift,
        "pins": shift,
    }
    for stem, row in rows.items():
        both = [row | named, row | {"agent_id": "gone2"}]
        assert batch(admin, stem, both).status_code == 200, stem
    version = {"If-Match": '"1"'}
    refused = admin.delete("/v1/agents/gone", headers=version)
    assert refused.status_code == 409
    assert "?rows=true" in refused.json()["detail"]
    stale = admin.delete("/v1/agents/gone?rows=true", headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    assert len(listed(admin, "skills", agent_id="gone")) == 1, "refused is undone whole"
    elsewhere = server.person("p2", Role.PLANNER, site_ids=("s2",))[1]
    assert elsewhere.delete("/v1/agents/gone?rows=true", headers=version).status_code == 403
    assert admin.delete("/v1/agents/gone?rows=true", headers=version).status_code == 204
    for stem in rows:
        assert listed(admin, stem, agent_id="gone") == []
        assert len(listed(admin, stem, agent_id="gone2")) == 1
        with server.service.store.reading() as unit:
            change = unit.trail.list(subject=stem)[0].change
            assert (change.verb, change.before["agent_id"]) == ("delete", "gone")  # type: ignore[index]
    assert admin.get("/v1/agents/gone").status_code == 404


def test_many_rows_take_seconds(admin: httpx.Client) -> None:
    count = 30_000
    start = datetime(2028, 1, 1, tzinfo=UTC)
    need = {"queue_id": "q", "offered": "12.5", "aht_s": "240"}
    rows = [
        need | {"interval_start": f"{start + timedelta(minutes=15 * idx):%Y-%m-%dT%H:%MZ}"}
        for idx in range(count)
    ]
    began = time.process_time()  # the server runs in this process
    assert batch(admin, "demand", rows).json()["added"] == count
    seconds = time.process_time() - began
    assert seconds < 10, "an order of magnitude, not a benchmark"
    too_many = b'{"rows":[' + b",".join([b"{}"] * 100_001) + b"]}"
    kind = {"Content-Type": "application/json"}
    refused = admin.post("/v1/demand/batch", content=too_many, headers=kind)
    assert pointers(refused) == [("file_too_large", "")]
