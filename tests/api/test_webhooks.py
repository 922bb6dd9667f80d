"""Webhooks over HTTP: added, tried, told of the end of a solve, seen, taken away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from scheduler.domain.access import Role
from scheduler.publish.webhook import SIGNATURE_HEADER, verify
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server
from tests.publish.receiver import receiving
from tests.store.test_ledger import PERIOD, make_job

__all__ = ["postgres_server"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELIOTROPE_DEVELOPMENT", "true")
        patch.setenv("HELIOTROPE_WEBHOOK_HOSTS", "hooks.example.invalid, [10.1.2.3]")
        with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
            yield running


@pytest.fixture(scope="module")
def admin(server: Running) -> httpx.Client:
    return server.person("root", Role.ADMIN)[1]


def wait_for_end(admin: httpx.Client, webhook_id: str) -> dict[str, object]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = admin.get(f"/v1/webhooks/{webhook_id}/deliveries").json()["deliveries"]
        if found and all(one["state"] != "waiting" for one in found):
            return dict(found[0])
        time.sleep(0.1)
    raise AssertionError(found)


def test_from_adding_to_taking_away(server: Running, admin: httpx.Client) -> None:
    with receiving() as receiver:
        asked = {"url": f"http://127.0.0.1:{receiver.port}/x?y=z", "events": ["solve.ended"]}
        made = admin.post("/v1/webhooks", json=asked)
        assert made.status_code == 201, made.text
        webhook = made.json()
        secret = webhook.pop("secret")
        assert len(secret) >= 43
        at = made.headers["location"]
        assert admin.get(at).json() == webhook == {**asked, "webhook_id": at.split("/")[-1]}
        assert admin.get("/v1/webhooks").json()["webhooks"] == [webhook]
        ping = admin.post(f"{at}/test")
        assert (ping.status_code, ping.json()["state"], ping.json()["tries"]) == (202, "waiting", 0)
        done = wait_for_end(admin, webhook["webhook_id"])
        assert (done["state"], done["last_status"], done["event"]) == ("delivered", 200, "ping")
        store = server.service.store
        with store.writing() as unit:
            unit.periods.add(PERIOD)
            unit.jobs.add(make_job("a" * 32))
            unit.webhooks.post("roster.published", "{}")  # not asked for
        assert admin.delete(f"/v1/solves/{'a' * 32}").json()["state"] == "stopped"
        done = wait_for_end(admin, webhook["webhook_id"])
        assert done["event"] == "solve.ended"
        (_, _, first), (line, headers, second) = receiver.got
    assert line == b"POST /x?y=z HTTP/1.1"
    assert verify(secret, headers[SIGNATURE_HEADER], second, now=datetime.now(UTC))
    assert json.loads(first)["data"] == {}
    assert json.loads(second)["data"]["solve_id"] == "a" * 32
    page = admin.get(f"{at}/deliveries", params={"limit": 1}).json()
    assert [one["event"] for one in page["deliveries"]] == ["solve.ended"]
    rest = admin.get(f"{at}/deliveries", params={"limit": 1, "after": page["next"]}).json()
    assert [one["event"] for one in rest["deliveries"]] == ["ping"]
    assert admin.delete(at).status_code == 204
    for gone in (admin.get(at), admin.get(f"{at}/deliveries"), admin.post(f"{at}/test")):
        assert gone.status_code == 404
    assert admin.delete(at).status_code == 404
    everything = admin.get("/v1/trail", params={"what": "webhooks"})
    assert [one["verb"] for one in everything.json()["entries"]] == ["delete", "add"]
    assert secret not in everything.text


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://elsewhere.example/", "webhook_host"),
        ("http://hooks.example.invalid/", "webhook_unknown"),
        ("https://10.1.2.3/", "webhook_address"),
        ("http://10.1.2.3/", "webhook_address"),
        ("ftp://localhost/", "webhook_scheme"),
        ("https://root:hunter2@localhost/", "webhook_user"),
        ("https://localhost\\@evil.example/", "webhook_url"),
        ("https://a\0b/", "webhook_url"),
        ("https://localhost:٣/", "webhook_url"),
    ],
)
def test_where_messages_may_not_go_is_said(admin: httpx.Client, url: str, code: str) -> None:
    answer = admin.post(
        "/v1/webhooks",
        content=json.dumps({"url": url}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["faults"]
    assert (fault["code"], fault["pointer"]) == (code, "/url")
    assert "hunter2" not in answer.text
    assert admin.get("/v1/webhooks").json()["webhooks"] == []


def test_bodies_and_ids_that_cannot_be(admin: httpx.Client) -> None:
    for body in (
        {"url": "https://localhost/" + "x" * 2000},
        {"url": "https://localhost/", "events": ["roster.stolen"]},
        {"url": "https://localhost/", "secret": "mine"},
        {"url": "https://\ud800.example/"},
        {"url": 1},
        {},
    ):
        answer = admin.post(
            "/v1/webhooks",
            content=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, answer.text
    for path in ("%00", "%FF", "x" * 65, "x"):
        for answer in (
            admin.get(f"/v1/webhooks/{path}"),
            admin.get(f"/v1/webhooks/{path}/deliveries"),
            admin.post(f"/v1/webhooks/{path}/test"),
            admin.delete(f"/v1/webhooks/{path}"),
        ):
            assert answer.status_code in (404, 422), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
    for query in ("after=0", "after=9223372036854775808", "after=x", "limit=0"):
        answer = admin.get(f"/v1/webhooks/x/deliveries?{query}")
        assert answer.status_code in (404, 422)
    assert admin.get("/v1/webhooks?after=%00").status_code == 422


def test_others_may_not(server: Running) -> None:
    for role, agent_id in ((Role.PLANNER, None), (Role.AGENT, "a1")):
        _, client = server.person(f"some {role.value}", role, agent_id=agent_id)
        for method, path in (
            ("GET", ""), ("GET", "/x"), ("GET", "/x/deliveries"), ("DELETE", "/x"),
            ("POST", "/x/test"),
        ):  # fmt: skip
            assert client.request(method, f"/v1/webhooks{path}").status_code == 403
        made = client.post("/v1/webhooks", json={"url": "https://elsewhere.example/"})
        assert made.status_code == 403
