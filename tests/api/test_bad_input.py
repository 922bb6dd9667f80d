"""Nothing that anybody sends is answered with a defect of ours, on either database."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from scheduler.domain.access import Role
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
PATHS = (
    "/v1/agents/%00", "/v1/agents/%FF%FE", "/v1/agents/..%2f..", "/v1/skills/1e3", "/v1/skills/-1",
    "/v1/skills/99999999999999999999", "/v1/skills/4611686018427387904", "/v1/agents?limit=0",
    "/v1/agents?limit=501", "/v1/agents?after=x", "/v1/agents?after=99999999999999999999",
    "/v1/agents?site_id=%00", "/v1/agents?site_id=%ED%A0%80", "/v1/periods/%00",
    "/v1/periods?after=%00", "/v1/periods/x/planning", "/v1/periods/x/rosters?after=9999999999999",
    "/v1/solves/%00", "/v1/solves?before=zz", "/v1/solves?before=%00", "/v1/solves?state=x",
    "/v1/solves?period_id=%00", "/v1/solves/zz/events", "/v1/rosters/%00", "/v1/rosters/x/audit",
    "/v1/rosters/x/diff", "/v1/rosters/x/diff?against=%00", "/v1/rosters/x/explanation?queue=q",
    "/v1/me/shifts", "/v1/me/shifts?from=x", "/v1/me/shifts?from=2027-01-01T00:00",
    "/v1/agents/x/shifts", "/v1/agents/%00/shifts?from=2027-01-01T00:00Z",
    "/v1/agents/x/shifts?from=2027-01-02T00:00Z&until=2027-01-01T00:00Z",
    "/v1/agents/x/shifts?from=0001-01-01T00:00%2B14:00", "/v1/calendars/x.ics",
    "/v1/calendars/%00.ics", "/v1/principals?after=%00", "/v1/openapi.json", "/v1/nothing", "//",
    "/v1/solves/%00/roster", "/v1/solves/x/explanation?worst=99", "/v1/solves/x/progress?after=-1",
    "/v1/solves/x/progress?after=99999999999999999999", "/v1/demo-data?start=%00",
    "/v1/demo-data?agents=1e9", "/v1/demo-data?seed=99999999999999999999",
    "/v1/agents/batch", "/v1/agents/" + "x" * 301, "/v1/periods/" + "x" * 10_000,
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a":NaN}', b'{"rows":1}', b"[" * 70 + b"]" * 70,
    b'{"agent_id":"\\u0000"}', b'{"agent_id":"\\ud800","name":"x"}',
    b'{"site_id":"a\\u0000","name":"n","zone":"Europe/Amsterdam","country":"NL","currency":"EUR"}',
    b'{"period_id":"x","time_limit_seconds":1e400}', b'{"period_id":"\\u0000"}',
    b'{"period_id":"\\ud800"}', b'{"period_id":"x","seed":99999999999999999999}',
    b'{"name":"\\ud800","password":"\\ud800"}', b'{"name":"a","password":"' + b"x" * 1001 + b'"}',
    b'{"name":"a\\u0000","role":"agent","agent_id":"\\u0000"}',
    b'{"name":"\\ud800","role":"admin"}', b'{"name":"a","role":"agent","agent_id":"\\u0000"}',
    b'{"name":"b","role":"planner","site_ids":["\\ud800"]}',
    b'{"kind":"calendar","label":"\\u0000"}',
    b'{"kind":"personal","label":"\\ud800"}', b'{"password":"\\ud800\\ud800aaaaaaaaaaaa"}',
)  # fmt: skip
ROW_BODIES = (
    b'{"rows":[1,null,[],"x",{}]}', b'{"rows":[{"site_id":"\\u0000"}],"rows":[]}', b'{"rows":[{}]}',
    b'{"rows":[{"agent_id":"\\ud800","kind":"leave","from":"2027-01-01","until":"2027-01-02"}]}',
    b'{"rows":[{"queue_id":"q","interval_start":"2027-01-01T00:00Z","agents":1e9}]}',
    b'{"rows":[{"queue_id":"' + b"q" * 10_000 + b'","interval_start":"x","agents":-1}]}',
    b'{"period_id":"a/b","copy_of":"x","start":"2027-01-01","days":1}',
    b'{"period_id":"a","copy_of":"\\u0000","start":"2027-01-01","days":1}',
    b'{"period_id":"a","copy_of":"\\ud800","start":"2027-01-01","end":"2027-01-02"}',
    b'{"format":"heliotrope-roster/1"}', b'{"format":"heliotrope-roster/1","shifts":{}}',
)  # fmt: skip
POSTED = (
    "sites", "agents", "skills", "solves", "log-in", "principals", "me/tokens", "periods",
    "periods/x/rosters", "agents/batch", "time_off/batch?replace=true",
)  # fmt: skip
ROWS_POSTED = (
    "periods", "periods/x/rosters", "periods/%00/rosters", "agents/batch", "time_off/batch",
    "requirements/batch?replace=true", "sites/batch?replace=x", "sites/batch?replace=%00",
)  # fmt: skip
PUT = (
    "sites/x", "skills/1", "periods/x/planning", "periods/%00/planning", "me/password",
    "principals/x", "principals/x/password", "periods/x", "periods/%00",
)  # fmt: skip
DELETED = (
    "sites/x", "skills/1", "tokens/x", "tokens/%00", "solves/x", "periods/x", "rosters/x",
    "rosters/%00", "agents/x?rows=true", "agents/%00?rows=true", "agents/x?rows=7",
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def admin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    running: Running
    with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
        yield running.person("root", Role.ADMIN)[1]


def judged(answer: httpx.Response) -> None:
    asked = f"{answer.request.method} {answer.request.url} {answer.request.content[:60]!r}"
    assert answer.status_code < 500, f"{asked}: {answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", asked
        body = answer.json()
        assert body["status"] == answer.status_code
        assert body["detail"], asked
        assert "Traceback" not in answer.text


def test_odd_addresses(admin: httpx.Client) -> None:
    for path in PATHS:
        judged(admin.get(path))


def test_odd_bodies(admin: httpx.Client) -> None:
    for body in BODIES:
        for path in POSTED:
            judged(admin.post(f"/v1/{path}", content=body, headers=JSON))
        for path in PUT:
            for headers in (
                JSON,
                JSON | {"If-Match": '"1"'},
                JSON | {"If-Match": '"99999999999999999999"'},
                {"Content-Type": "application/zip"},
            ):
                judged(admin.put(f"/v1/{path}", content=body, headers=headers))


def test_odd_rows(admin: httpx.Client) -> None:
    for body in (*ROW_BODIES, b"\xff", b"a\0", b"agent_id\n\0", b'"' * 99, b"agent_id;" * 9_999):
        for path in ROWS_POSTED:
            judged(admin.post(f"/v1/{path}", content=body, headers=JSON))
            if "batch" in path:
                judged(admin.post(f"/v1/{path}", content=body, headers=CSV))


def test_odd_deletions(admin: httpx.Client) -> None:
    for path in DELETED:
        for headers in ({}, {"If-Match": "*"}, {"If-Match": '"1"'}):
            judged(admin.delete(f"/v1/{path}", headers=headers))


def test_rows_are_added_changed_and_taken_away(admin: httpx.Client) -> None:
    site = {
        "site_id": "a/ö", "name": "'; DROP TABLE site; --", "zone": "Europe/Amsterdam",
        "country": "NL", "currency": "EUR",
    }  # fmt: skip
    made = admin.post("/v1/sites", json=site)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["values"] == site
    at = made.headers["location"]
    assert admin.post("/v1/sites", json=site).status_code == 409
    changed = admin.put(at, json=site | {"name": "=1+1"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert admin.put(at, json=site, headers={"If-Match": '"1"'}).status_code == 412
    assert admin.put(at, json=site).status_code == 428
    other = admin.put(at, json=site | {"site_id": "b"}, headers={"If-Match": '"2"'})
    assert other.json()["faults"][0]["pointer"] == "/site_id"
    lost = {"agent_id": "nobody", "kind": "channel", "value": "phone"}
    refused = admin.post("/v1/skills", json=lost)
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["code"] == "unknown_id"
    assert admin.delete(at, headers={"If-Match": '"2"'}).status_code == 204
    assert admin.get(at).status_code == 404
