"""Log-in through a provider, the whole way over HTTP: an honest one, then every kind of lie."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from pydantic import SecretStr
from sqlalchemy import select

from scheduler.domain.access import Role
from scheduler.store.columns import METADATA
from tests.access.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    LocalProvider,
    new_key,
    running,
    unsigned,
)
from tests.access.provider import seconds as seconds_of
from tests.api.access_server import START, AccessServer, access_server, answer_of
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

SUBJECT = "248289761001"
BACK = "/v1/oidc/callback"


@dataclass(frozen=True, slots=True)
class Way:
    """A server and the provider it names."""

    server: AccessServer
    provider: LocalProvider

    def begin(self) -> tuple[httpx.Client, dict[str, str]]:
        """Return a browser that was sent away, and the query it comes back with."""
        self.server.wait(6)
        self.provider.now = self.server.clock()
        browser = self.server.client()
        sent = browser.get("/v1/oidc/log-in")
        assert sent.status_code == 302, sent.text
        return browser, self.provider.authorize(sent.headers["location"])

    def log_in(self, **changed: str) -> httpx.Response:
        browser, query = self.begin()
        return browser.get(BACK, params=query | changed)

    def sessions(self) -> int:
        """Return how many tokens there are at all."""
        with self.server.service.store.reading() as unit:
            return len(unit.tokens.list(limit=10_000))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    folder = tmp_path_factory.mktemp("server")
    with running(START) as provider:
        given = {
            "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "development": True,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
        }  # fmt: skip
        with access_server(folder, url, **given) as server:
            provider.redirect_uri = f"{server.url}{BACK}"
            yield Way(server, provider)


@pytest.fixture(autouse=True)
def honest(way: Way) -> Iterator[None]:
    """Have the provider tell the truth again after each test."""
    kept = dict(way.provider.claims)
    yield
    way.provider.claims = kept
    way.provider.forge = way.provider.token_answer = None
    way.server.wait(60)


@pytest.fixture(scope="module")
def admin(way: Way) -> httpx.Client:
    return way.server.person("root", Role.ADMIN)[1]


@pytest.fixture(scope="module")
def noor(way: Way, admin: httpx.Client) -> str:
    """Address of somebody whom the administrator has prepared."""
    body = {"name": "Noor", "role": "planner", "oidc_subject": SUBJECT}
    made = admin.post("/v1/principals", json=body)
    assert answer_of(made, 201)["oidc_issuer"] == way.provider.issuer
    answer_of(admin.post("/v1/principals", json=body | {"name": "two"}), 409, "conflict")
    return made.headers["location"]


def test_somebody_prepared_logs_in(way: Way, noor: str) -> None:
    browser, query = way.begin()
    came = browser.get(BACK, params=query)
    told = answer_of(came, 200)
    assert datetime.fromisoformat(told["expires_at"]) == way.server.clock() + timedelta(hours=12)
    assert came.headers["cache-control"] == "no-store"
    assert not browser.cookies, "nothing is kept beyond its use"
    me = answer_of(way.server.client(told["token"]).get("/v1/me"), 200)
    assert (f"/v1/principals/{me['principal_id']}", me["role"]) == (noor, "planner")
    way.provider.claims["preferred_username"] = "somebody else"  # a name means nothing
    again = answer_of(way.log_in(), 200)
    assert way.server.client(again["token"]).get("/v1/me").json() == me
    del way.provider.claims["preferred_username"]
    answer_of(way.log_in(), 200)


def test_what_the_browser_keeps(way: Way, noor: str) -> None:
    sent = way.server.client().get("/v1/oidc/log-in")
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith("helio-log-in=")
    for word in ("HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"):
        assert word in cookie
    keepsake = cookie.partition("=")[2].partition(";")[0]
    assert keepsake.partition(".")[2] not in sent.headers["location"]
    with way.server.also(public_url="https://helio.example") as behind:
        cookie = behind.client().get("/v1/oidc/log-in").headers["set-cookie"]
        assert cookie.startswith("__Host-helio-log-in=")
        assert "Secure" in cookie
        assert "Domain" not in cookie


def test_answers_that_belong_to_another_log_in(way: Way, noor: str) -> None:
    way.server.wait(60)
    before = way.sessions()
    browser, query = way.begin()
    other, _ = way.begin()
    for client, asked in (
        (browser, query | {"state": "wrong"}),
        (browser, {"code": query["code"]}),
        (browser, query | {"iss": "https://elsewhere.example"}),
        (other, query),
        (way.server.client(), query),
    ):
        way.server.wait(3)
        answer_of(client.get(BACK, params=asked), 401, "unauthenticated")
    way.server.wait(3)
    denied = {"error": "access_denied", "state": query["state"]}
    answer_of(browser.get(BACK, params=denied), 401, "unauthenticated")
    assert way.sessions() == before
    answer_of(browser.get(BACK, params=query), 200)  # all that did no harm


def test_a_code_is_good_once_and_for_its_log_in(way: Way, noor: str) -> None:
    browser, query = way.begin()
    kept = dict(browser.cookies)
    answer_of(browser.get(BACK, params=query), 200)
    before = way.sessions()
    answer_of(browser.get(BACK, params=query), 401, "unauthenticated")
    thief = way.server.client()
    thief.cookies.update(kept)
    answer_of(thief.get(BACK, params=query), 401, "unauthenticated")
    _, stolen = way.begin()
    browser, query = way.begin()
    mixed = query | {"code": stolen["code"]}
    answer_of(browser.get(BACK, params=mixed), 401, "unauthenticated")
    browser, query = way.begin()
    way.server.wait(600)
    answer_of(browser.get(BACK, params=query), 401, "unauthenticated")
    assert way.sessions() == before


def test_id_tokens_that_are_not_to_be_believed(way: Way, noor: str) -> None:
    before = way.sessions()
    stranger = new_key("one")

    def by_stranger(header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jwt.encode(header, claims, stranger, algorithms=["RS256"])

    for forge in (unsigned, by_stranger, lambda *_: "a.b.c"):
        way.provider.forge = forge
        answer_of(way.log_in(), 401, "unauthenticated")
    way.provider.forge = None
    honest = dict(way.provider.claims)
    for lie in (
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": seconds_of(way.server.clock(), timedelta(hours=-1))},
        {"sub": ""},
    ):
        way.provider.claims = honest | lie
        answer_of(way.log_in(), 401, "unauthenticated")
    assert way.sessions() == before


def test_who_may_not_come_in(way: Way, noor: str, admin: httpx.Client) -> None:
    before = way.sessions()
    for claims in (
        {"sub": "a stranger"},
        {"sub": "a stranger", "preferred_username": "root", "roles": ["admin"]},
        {"sub": "a stranger", "email": "noor@example.com", "email_verified": True},
    ):
        way.provider.claims = claims
        refused = answer_of(way.log_in(), 403, "denied")
        assert "a stranger" in refused["detail"]
    body = {"name": "Left", "role": "planner", "oidc_subject": "left"}
    at = admin.post("/v1/principals", json=body).headers["location"]
    way.provider.claims = {"sub": "left"}
    token = answer_of(way.log_in(), 200)["token"]
    gone = {"If-Match": '"1"'}
    answer_of(admin.put(at, json=body | {"is_active": False}, headers=gone), 200)
    answer_of(way.log_in(), 403, "denied")
    answer_of(way.server.client(token).get("/v1/me"), 401, "unauthenticated")
    back = answer_of(admin.put(at, json=body, headers={"If-Match": '"2"'}), 200)
    assert back["oidc_issuer"] == way.provider.issuer
    token = answer_of(way.log_in(), 200)["token"]
    unbound = {key: value for key, value in body.items() if key != "oidc_subject"}
    answer_of(admin.put(at, json=unbound, headers={"If-Match": '"3"'}), 200)
    answer_of(way.server.client(token).get("/v1/me"), 401, "unauthenticated")
    answer_of(way.log_in(), 403, "denied")
    assert way.sessions() == before + 2


def test_who_comes_for_the_first_time(way: Way, admin: httpx.Client) -> None:
    given = {
        "oidc_role_claim": "groups", "oidc_agent_claim": "agent",
        "oidc_roles": {"WFM": Role.PLANNER, "Agents": Role.AGENT},
    }  # fmt: skip
    with way.server.also(**given) as server:
        here = Way(server, way.provider)

        def coming(**claims: object) -> httpx.Response:
            way.provider.claims = {"preferred_username": "ina", **claims}
            return here.log_in()

        made = answer_of(coming(sub="ina", groups=["WFM", "cooks"]), 200)
        me = answer_of(server.client(made["token"]).get("/v1/me"), 200)
        assert (me["name"], me["role"], me["site_ids"]) == ("ina", "planner", [])
        again = answer_of(coming(sub="ina", groups=["Agents"]), 200)
        assert server.client(again["token"]).get("/v1/me").json() == me, "roles are kept here"
        answer_of(coming(sub="ina-2", groups=["WFM"]), 403, "denied")  # the name is somebody's
        answer_of(coming(sub="root", groups=["WFM"], preferred_username="ROOT"), 403, "denied")
        answer_of(coming(sub="no role", groups=["planner"], preferred_username="x"), 403, "denied")
        answer_of(coming(sub="no agent", groups="Agents", preferred_username="x"), 403, "denied")
        answer_of(coming(sub="no name", groups="WFM", preferred_username=""), 403, "denied")
        agent = answer_of(
            coming(sub="a", groups="Agents", agent="ams-01", preferred_username="ann"), 200
        )
        me = server.client(agent["token"]).get("/v1/me").json()
        assert (me["role"], me["agent_id"]) == ("agent", "ams-01")
        found = admin.get("/v1/principals", params={"limit": 500}).json()["principals"]
        known = {one["oidc_subject"] for one in found}
        assert {"ina", "a"} <= known
        assert not known & {"ina-2", "root", "no role", "no agent", "no name", "a stranger"}


def test_a_provider_that_is_out_of_order(way: Way, noor: str) -> None:
    before = way.sessions()
    browser, query = way.begin()
    for answer in ((503, b"<html>"), (200, b"<html>"), (200, b"{}"), (401, b"{}")):
        way.provider.token_answer = answer
        refused = answer_of(browser.get(BACK, params=query), 503, "provider_down")
        assert "Traceback" not in str(refused)
        way.server.wait(3)
    with way.server.also(oidc_issuer="http://127.0.0.1:9") as lost:
        answer_of(lost.client().get("/v1/oidc/log-in"), 503, "provider_down")
        answer_of(browser.get(f"{lost.url}{BACK}", params=query), 503, "provider_down")
    with way.server.also(development=False) as strict:  # plain http is for developers alone
        answer_of(strict.client().get("/v1/oidc/log-in"), 503, "provider_down")
    assert way.sessions() == before


def test_without_a_provider_there_is_nothing(way: Way) -> None:
    with way.server.also(oidc_issuer=None) as alone:
        for path in ("/v1/oidc/log-in", f"{BACK}?code=a&state=b"):
            answer_of(alone.client().get(path), 404, "not_configured")


def test_odd_queries(way: Way) -> None:
    client = way.server.client()
    odd = (
        "", "?code=%00&state=%00", "?code=%ED%A0%80&state=%ED%A0%80", "?code=a&code=b&state=c",
        f"?code={'x' * 5000}", f"?state={'x' * 300}", "?iss=%00", "?error=%00",
    )  # fmt: skip
    for query in odd:
        way.server.wait(3)
        for cookie in ("", "x", "1" * 10 + "." + "A" * 43, "9" * 11 + "." + "A" * 43, "é"):
            headers = {"Cookie": f"helio-log-in={cookie}".encode()}
            answer = client.get(f"{BACK}{query}", headers=headers)
            assert answer.status_code in (401, 422, 429), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 401 or "retry-after" in answer.headers


def test_no_secret_stays_anywhere(
    way: Way, noor: str, admin: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server, told = way.server, []
    secrets = {CLIENT_SECRET, "first long phrase", "second long phrase", "wrong long phrase"}

    def made(answer: httpx.Response, status: int) -> dict[str, Any]:
        body = answer_of(answer, status)
        secrets.update({body["token"], body["token"].split("_", 3)[3]})
        return body

    def refused(answer: httpx.Response) -> None:
        assert answer.status_code >= 400
        told.append(answer.text)

    body = {"name": "secretive", "role": "agent", "agent_id": "x"}
    added = admin.post("/v1/principals", json=body | {"password": "first long phrase"})
    at = added.headers["location"]
    refused(admin.post("/v1/principals", json=body | {"password": "first long phrase"}))
    refused(server.log_in("secretive", "wrong long phrase"))
    session = made(server.log_in("secretive", "first long phrase"), 200)["token"]
    session = made(server.client(session).post("/v1/me/session"), 200)["token"]
    with server.client(session) as client:
        personal = made(client.post("/v1/me/tokens", json={"days": 1}), 201)
        personal = made(client.post(f"/v1/tokens/{personal['token_id']}/rotate"), 201)
        calendar = made(client.post("/v1/me/tokens", json={"kind": "calendar"}), 201)
        refused(client.put("/v1/me/password", json={"password": "secretive"}))
        answer_of(client.put("/v1/me/password", json={"password": "second long phrase"}), 204)
    refused(server.client(session).get("/v1/me"))
    answer_of(admin.put(f"{at}/password", json={"password": "first long phrase"}), 204)
    answer_of(admin.delete(f"/v1/tokens/{personal['token_id']}"), 204)
    refused(server.client(personal["token"]).post("/v1/log-out"))
    refused(server.client(calendar["token"]).get("/v1/me"))
    browser, query = way.begin()
    secrets |= {query["code"], query["state"], *dict(browser.cookies).values()}
    refused(browser.get(BACK, params=query | {"state": "wrong"}))
    way.provider.claims["aud"] = "another"
    refused(browser.get(BACK, params=query))
    del way.provider.claims["aud"]
    way.provider.token_answer = (503, b"")
    refused(browser.get(BACK, params=query))
    way.provider.token_answer = None
    through = made(way.log_in(), 200)
    answer_of(server.client(through["token"]).post("/v1/log-out"), 204)
    texts = {
        "logs": "\n".join(
            f"{record.getMessage()} {vars(record)}"
            for record in caplog.records
            if record.name.partition(".")[0] not in ("httpx", "httpcore")  # the browser's own
            and record.name != "uvicorn.access"  # off, but pytest listens nonetheless
        ),
        "problems": "\n".join(told),
        "settings": repr(server.service.settings) + repr(server.service),
        "database": _everything(server),
    }
    assert "log-in through the provider refused" in texts["logs"]
    assert "secretive" in texts["database"]
    found = [
        (place, secret) for secret in secrets for place, text in texts.items() if secret in text
    ]
    assert found == []


def _everything(server: AccessServer) -> str:
    """Return all that the database holds as text; of an SQLite file its bytes, too."""
    store, parts = server.service.store, []
    with store.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            parts += [str(tuple(row)) for row in connection.execute(select(table))]
    if store.engine.dialect.name == "sqlite":
        file = server.service.settings.data_dir / "heliotrope.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        parts.append(file.read_bytes().decode("latin-1"))
    return "\n".join(parts)
