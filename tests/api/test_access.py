"""Principals, tokens and sessions over HTTP, on either database, by a clock that is moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import event

from scheduler.access.tokens import new_token
from scheduler.domain.access import Role, TokenKind
from scheduler.store.database import Prepared
from tests.api.access_server import AccessServer, access_server, answer_of
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

PASSWORD = "a long enough phrase"
STRETCH = {"from": "2027-03-01T00:00Z", "until": "2027-04-01T00:00Z"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AccessServer]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with access_server(tmp_path_factory.mktemp("server"), url) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: AccessServer) -> httpx.Client:
    client = server.person("root", Role.ADMIN)[1]
    for site_id in ("ams", "pbm"):
        site = {"site_id": site_id, "name": site_id, "zone": "Europe/Amsterdam"}
        answer = client.post("/v1/sites", json=site | {"country": "NL", "currency": "EUR"})
        answer_of(answer, 201)
        contract = {"contract_id": f"c-{site_id}", "min_hours_week": "0"}
        hours = {"target_hours_week": "36", "max_hours_week": "40"}
        answer_of(client.post("/v1/contracts", json=contract | hours), 201)
        agent = {"agent_id": f"{site_id}-01", "name": "x", "site_id": site_id}
        pay = {"contract_id": f"c-{site_id}", "hourly_rate": "20", "currency": "EUR"}
        answer_of(client.post("/v1/agents", json=agent | pay), 201)
    return client


def opens(server: AccessServer, calendar_path: str) -> bool:
    """Whether a calendar's secret is good; that nothing was published yet is another matter."""
    return "not good" not in server.client().get(calendar_path).text


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_principal_changes_by_version(server: AccessServer, admin: httpx.Client) -> None:
    asked = {"name": "Noor", "role": "planner", "site_ids": ["ams"]}
    made = admin.post("/v1/principals", json=asked)
    told = answer_of(made, 201)
    assert made.headers["etag"] == '"1"'
    at = made.headers["location"]
    assert told == asked | {
        "principal_id": at.rpartition("/")[2], "agent_id": None, "is_active": True,
        "oidc_issuer": None, "oidc_subject": None, "version": 1,
    }  # fmt: skip
    got = admin.get(at)
    assert (got.json(), got.headers["etag"]) == (told, '"1"')
    wanted = asked | {"site_ids": ["pbm"]}
    answer_of(admin.put(at, json=wanted), 428, "no_version")
    answer_of(admin.put(at, json=wanted, headers={"If-Match": '"0"'}), 412, "stale")
    put = admin.put(at, json=wanted, headers={"If-Match": '"1"'})
    assert (answer_of(put, 200)["version"], put.headers["etag"]) == (2, '"2"')
    answer_of(admin.put(at, json=asked, headers={"If-Match": '"1"'}), 412, "stale")
    listed = admin.get("/v1/principals", params={"limit": 500}).json()["principals"]
    assert put.json() in listed
    taken = admin.post("/v1/principals", json=asked | {"name": "NOOR"})
    answer_of(taken, 409, "conflict")
    answer_of(admin.delete(at), 405, "method_not_allowed")
    for path in ("/v1/principals/nobody", "/v1/principals/nobody/tokens"):
        answer_of(admin.get(path), 404, "not_found")
    gone = admin.put("/v1/principals/nobody", json=wanted, headers={"If-Match": '"1"'})
    answer_of(gone, 404, "not_found")
    subject = answer_of(admin.post("/v1/principals", json=asked | {"oidc_subject": "s"}), 422,
                        "bad_input")  # fmt: skip
    assert subject["faults"][0]["pointer"] == "/oidc_subject"


def test_others_may_not(server: AccessServer, admin: httpx.Client) -> None:
    somebody, planner = server.person("planner", Role.PLANNER)
    _, agent = server.person("agent", Role.AGENT, agent_id="ams-01")
    body = {"name": "new", "role": "admin"}
    for client in (planner, agent):
        at = f"/v1/principals/{somebody.principal_id}"
        answer_of(client.get("/v1/principals"), 403, "denied")
        answer_of(client.get(at), 403, "denied")
        answer_of(client.put(at, json=body, headers={"If-Match": '"1"'}), 403, "denied")
        answer_of(client.post("/v1/principals", json=body), 403, "denied")
    answer_of(agent.get(f"/v1/principals/{somebody.principal_id}/tokens"), 403, "denied")


def test_access_is_taken_away_at_once(server: AccessServer, admin: httpx.Client) -> None:
    somebody, client = server.person("gone", Role.AGENT, agent_id="ams-01", password=PASSWORD)
    at = f"/v1/principals/{somebody.principal_id}"
    feed = client.post("/v1/me/tokens", json={"kind": "calendar"}).json()["calendar_path"]
    assert opens(server, feed)
    answer_of(client.get("/v1/me"), 200)
    wanted = {"name": "gone", "role": "agent", "agent_id": "ams-01"}
    first = {"If-Match": '"1"'}
    answer_of(admin.put(at, json=wanted | {"is_active": False}, headers=first), 200)
    answer_of(client.get("/v1/me"), 401, "unauthenticated")
    assert not opens(server, feed)
    answer_of(server.log_in("gone", PASSWORD), 401, "unauthenticated")
    answer_of(admin.put(at, json=wanted, headers={"If-Match": '"2"'}), 200)
    answer_of(client.get("/v1/me"), 401, "unauthenticated")  # its tokens stay void
    answer_of(server.log_in("gone", PASSWORD), 200)


def test_an_administrator_is_always_left(server: AccessServer, admin: httpx.Client) -> None:
    principals = admin.get("/v1/principals", params={"limit": 500}).json()["principals"]
    (root,) = [one for one in principals if one["role"] == "admin" and one["is_active"]]
    at, seen = f"/v1/principals/{root['principal_id']}", {"If-Match": f'"{root["version"]}"'}
    for change in ({"is_active": False}, {"role": "planner"}, {"role": "agent", "agent_id": "a"}):
        body = {"name": "root", "role": "admin"} | change
        refused = answer_of(admin.put(at, json=body, headers=seen), 409, "conflict")
        assert "last administrator" in refused["detail"]
    other, second = server.person("second", Role.ADMIN)
    answer_of(second.put(at, json=body, headers=seen), 200)
    answer_of(admin.get("/v1/principals"), 403, "denied")
    back = {"name": "root", "role": "admin"}
    version = {"If-Match": f'"{root["version"] + 1}"'}
    answer_of(second.put(at, json=back, headers=version), 200)
    demoted = {"name": "second", "role": "planner"}
    at = f"/v1/principals/{other.principal_id}"
    answer_of(admin.put(at, json=demoted, headers={"If-Match": '"1"'}), 200)


def test_a_token_gives_its_place_to_another(server: AccessServer) -> None:
    _, client = server.person("turning", Role.AGENT, agent_id="ams-01")
    _, other = server.person("other", Role.ADMIN)
    made = client.post("/v1/me/tokens", json={"label": "script", "days": 7}).json()
    server.wait(86_400)
    rotate = f"/v1/tokens/{made['token_id']}/rotate"
    answer_of(other.post(rotate), 404, "not_found")
    fresh = answer_of(client.post(rotate), 201)
    assert fresh["token"] != made["token"]
    assert moment(fresh["expires_at"]) == server.clock() + timedelta(days=7)
    answer_of(server.client(made["token"]).get("/v1/me"), 401, "unauthenticated")
    with server.client(fresh["token"]) as new:
        listed = new.get("/v1/me/tokens").json()["tokens"]
        (kept,) = [one for one in listed if one["token_id"] == fresh["token_id"]]
        assert (kept["label"], kept["kind"]) == ("script", "personal")
        assert made["token_id"] not in {one["token_id"] for one in listed}
        answer_of(client.post(rotate), 404, "not_found")
        server.wait(7 * 86_400)
        answer_of(new.get("/v1/me"), 401, "unauthenticated")
        answer_of(client.post(f"/v1/tokens/{fresh['token_id']}/rotate"), 404, "not_found")
    calendar = client.post("/v1/me/tokens", json={"kind": "calendar"}).json()
    turned = answer_of(client.post(f"/v1/tokens/{calendar['token_id']}/rotate"), 201)
    assert not opens(server, calendar["calendar_path"])
    assert opens(server, turned["calendar_path"])
    assert turned["expires_at"] is None


def test_two_at_once_get_one_token(server: AccessServer) -> None:
    _, client = server.person("twins", Role.PLANNER)
    made = client.post("/v1/me/tokens", json={}).json()
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(client.post, f"/v1/tokens/{made['token_id']}/rotate") for _ in "abcd"]
        found = Counter(call.result().status_code for call in calls)
    assert found == {201: 1, 404: 3}


def test_tokens_come_in_pages(server: AccessServer, admin: httpx.Client) -> None:
    somebody, client = server.person("many", Role.PLANNER)
    made = {client.post("/v1/me/tokens", json={}).json()["token_id"] for _ in range(4)}
    for path in ("/v1/me/tokens", f"/v1/principals/{somebody.principal_id}/tokens"):
        who = client if "me" in path else admin
        seen, after = [], None
        while True:
            params = {"limit": 2} | ({} if after is None else {"after": after})
            page = answer_of(who.get(path, params=params), 200)
            seen += [one["token_id"] for one in page["tokens"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 5
        assert made < set(seen)
    answer_of(admin.delete(f"/v1/tokens/{min(made)}"), 204)
    assert len(client.get("/v1/me/tokens").json()["tokens"]) == 4


def test_a_session_goes_on_for_thirty_days(server: AccessServer) -> None:
    somebody, personal = server.person("steady", Role.PLANNER, password=PASSWORD)
    answer_of(personal.post("/v1/me/session"), 409, "conflict")
    first = answer_of(server.log_in("steady", PASSWORD), 200)
    began = server.clock()
    assert moment(first["expires_at"]) == began + timedelta(hours=12)
    rotate = f"/v1/tokens/{first['token_id']}/rotate"
    answer_of(server.client(first["token"]).post(rotate), 409, "conflict")
    told = first
    for hours in (11, 22):
        server.clock.now = began + timedelta(hours=hours)
        told = answer_of(server.client(told["token"]).post("/v1/me/session"), 200)
        assert moment(told["expires_at"]) == server.clock() + timedelta(hours=12)
    answer_of(server.client(first["token"]).get("/v1/me"), 401, "unauthenticated")
    with server.service.store.reading() as unit:
        assert unit.tokens.get(told["token_id"]).began_at == began
    text, token = new_token(
        TokenKind.SESSION, principal_id=somebody.principal_id, clock=server.clock
    )
    began = server.clock() - timedelta(days=29, hours=18)
    with server.service.store.writing() as unit:
        unit.tokens.add(
            token.token_id, token.secret_sha256, somebody.principal_id, TokenKind.SESSION,
            expires_at=token.expires_at, began_at=began,
        )  # fmt: skip
    for _ in range(2):
        text = (last := answer_of(server.client(text).post("/v1/me/session"), 200))["token"]
        assert moment(last["expires_at"]) == began + timedelta(days=30)
        server.wait(3600)
    server.clock.now = began + timedelta(days=30, microseconds=-1)
    answer_of(server.client(text).get("/v1/me"), 200)
    server.clock.now = began + timedelta(days=30)
    for path in ("/v1/me/session", "/v1/log-out"):
        answer_of(server.client(text).post(path), 401, "unauthenticated")


def test_a_planner_makes_an_agents_calendar(server: AccessServer, admin: httpx.Client) -> None:
    _, planner = server.person("ams planner", Role.PLANNER, site_ids=("ams",))
    asked = {"label": "phone"}
    answer_of(planner.post("/v1/agents/pbm-01/calendar-tokens", json=asked), 403, "denied")
    answer_of(planner.post("/v1/agents/nobody/calendar-tokens", json=asked), 404, "not_found")
    nobody = answer_of(admin.post("/v1/agents/pbm-01/calendar-tokens", json=asked), 409, "conflict")
    assert "principal" in nobody["detail"]
    somebody, agent = server.person("pbm agent", Role.AGENT, agent_id="pbm-01")
    answer_of(agent.post("/v1/agents/pbm-01/calendar-tokens", json=asked), 403, "denied")
    made = answer_of(admin.post("/v1/agents/pbm-01/calendar-tokens", json=asked), 201)
    assert opens(server, made["calendar_path"])
    assert made["token_id"] in {
        one["token_id"] for one in agent.get("/v1/me/tokens").json()["tokens"]
    }
    at, other = f"/v1/principals/{somebody.principal_id}", {"agent_id": "ams-01"}
    body = {"name": "pbm agent", "role": "agent"} | other
    answer_of(admin.put(at, json=body, headers={"If-Match": '"1"'}), 200)
    assert not opens(server, made["calendar_path"])
    answer_of(agent.get("/v1/me"), 200)


def test_somebody_whose_agent_is_not_there_yet(server: AccessServer, admin: httpx.Client) -> None:
    body = {"name": "early", "role": "agent", "agent_id": "not-imported", "password": PASSWORD}
    answer_of(admin.post("/v1/principals", json=body), 201)
    token = answer_of(server.log_in("early", PASSWORD), 200)["token"]
    shifts = server.client(token).get("/v1/me/shifts", params=STRETCH)
    assert answer_of(shifts, 200) == {"shifts": []}


def test_a_new_password_ends_sessions(server: AccessServer) -> None:
    server.person("changing", Role.PLANNER, password=PASSWORD)
    token = server.log_in("changing", PASSWORD).json()["token"]
    body = {"password": "quite another phrase"}
    answer_of(server.client(token).put("/v1/me/password", json={"password": "short"}), 422,
              "weak_password")  # fmt: skip
    answer_of(server.client(token).put("/v1/me/password", json=body), 204)
    answer_of(server.client(token).get("/v1/me"), 401, "unauthenticated")
    answer_of(server.log_in("changing", PASSWORD), 401, "unauthenticated")
    answer_of(server.log_in("changing", "quite another phrase"), 200)


def test_five_failures_lock_a_name(server: AccessServer) -> None:
    somebody, _ = server.person("Locked", Role.PLANNER, password=PASSWORD)
    with server.service.store.writing() as unit:
        for _ in range(3):
            unit.principals.note_failure(somebody.principal_id, server.clock())
    for name in ("LOCKED", "locked"):
        answer_of(server.log_in(name, "wrong phrase"), 401, "unauthenticated")
    refused = server.log_in("locked", PASSWORD)
    answer_of(refused, 429, "limited")
    assert refused.headers["retry-after"] == "57"
    server.wait(53)
    answer_of(server.log_in("locked", PASSWORD), 429, "limited")
    server.wait(1)
    answer_of(server.log_in("locked", PASSWORD), 200)
    answer_of(server.log_in("locked", "wrong phrase"), 401, "unauthenticated")


def test_many_tries_at_once_count_one_by_one(server: AccessServer) -> None:
    server.person("target", Role.PLANNER, password=PASSWORD)
    with server.also(trusted_proxies=("127.0.0.1",)) as behind, ThreadPoolExecutor(24) as pool:
        calls = [
            pool.submit(behind.log_in, "target", f"guess {n}", **{"X-Forwarded-For": f"10.0.0.{n}"})
            for n in range(24)
        ]
        found = Counter(call.result().status_code for call in calls)
    assert found == {401: 5, 429: 19}


def test_an_address_has_so_many_tries(server: AccessServer) -> None:
    server.wait(3600)
    asked = {"name": "nobody", "password": "wrong phrase"}
    for _ in range(9):
        assert server.service.log_in_rate.take("127.0.0.1") is None
    with server.client() as client:
        client.headers["X-Forwarded-For"] = "198.51.100.1"
        answer_of(client.post("/v1/log-in", json=asked), 401, "unauthenticated")
        client.headers["X-Forwarded-For"] = "198.51.100.2"  # nobody believes it
        refused = client.post("/v1/log-in", json=asked)
        answer_of(refused, 429, "limited")
        assert refused.headers["retry-after"] == "3"
        server.wait(2.9)
        answer_of(client.post("/v1/log-in", json=asked), 429, "limited")
        server.wait(0.1)
        answer_of(client.post("/v1/log-in", json=asked), 401, "unauthenticated")
        answer_of(client.post("/v1/log-in", json=asked), 429, "limited")
    with server.also(trusted_proxies=("127.0.0.0/8",)) as behind, behind.client() as client:
        client.headers["X-Forwarded-For"] = "127.0.0.1, 198.51.100.1"
        answer_of(client.post("/v1/log-in", json=asked), 401, "unauthenticated")
        client.headers["X-Forwarded-For"] = "198.51.100.1, 127.0.0.1"
        answer_of(client.post("/v1/log-in", json=asked), 401, "unauthenticated")


def test_a_request_asks_once_who_calls(
    server: AccessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = server.person("quick", Role.PLANNER)
    reader = server.service.store._engines.reader
    asked: list[str] = []

    def note(_c, _cursor, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def prepared(query: Prepared, connection: object, values: Mapping[str, object]) -> Sequence:
        asked.append(str(query._query))
        return rows(query, connection, values)

    rows = Prepared.rows
    client.get("/v1/me")
    event.listen(reader, "before_cursor_execute", note)
    monkeypatch.setattr(Prepared, "rows", prepared)
    try:
        answer_of(client.get("/v1/me"), 200)
    finally:
        event.remove(reader, "before_cursor_execute", note)
    assert [statement.split()[0] for statement in asked if "SELECT" in statement] == ["SELECT"]


def test_a_token_that_is_nearly_right(server: AccessServer) -> None:
    _, client = server.person("one", Role.PLANNER)
    good = client.headers["authorization"].split()[1]
    odd = (good + "x", good[:-1], good.upper(), "helio_p_" + "0" * 16, good.replace("_p_", "_s_"))
    for text in odd:
        answer_of(server.client(text).get("/v1/me"), 401, "unauthenticated")
