"""The trail over HTTP: who changed what, filtered, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from scheduler.domain.access import Role
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

SITE = {"name": "A", "zone": "Europe/Amsterdam", "country": "NL", "currency": "EUR"}


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


def pages(client: httpx.Client, **params: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while True:
        answer = client.get("/v1/trail", params={**params, "limit": 2})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["entries"]
        if page["next"] is None:
            return found
        params["after"] = page["next"]


def test_every_change_is_there_with_before_and_after(server: Running) -> None:
    root, admin = server.person("root", Role.ADMIN)
    _, other = server.person("ada", Role.ADMIN)
    for site_id in ("s1", "s2", "s3"):
        assert admin.post("/v1/sites", json={"site_id": site_id, **SITE}).status_code == 201
    changed = {"site_id": "s2", **SITE, "name": "=cmd|' \u2028 '; --"}
    assert other.put("/v1/sites/s2", json=changed, headers={"If-Match": '"1"'}).status_code == 200
    assert admin.delete("/v1/sites/s1", headers={"If-Match": '"1"'}).status_code == 204
    sites = pages(admin, what="sites")
    assert [(one["verb"], one["key"], one["name"]) for one in sites] == [
        ("delete", "s1", "root"),
        ("put", "s2", "ada"),
        ("add", "s3", "root"),
        ("add", "s2", "root"),
        ("add", "s1", "root"),
    ]
    assert sites[1]["before"] == {"site_id": "s2", **SITE}
    assert sites[1]["after"] == changed
    assert (sites[0]["after"], sites[4]["before"]) == (None, None)
    ids = [one["entry_id"] for one in sites]
    assert ids == sorted(ids, reverse=True)
    mine = pages(admin, what="sites", who=root.principal_id)
    assert [one["key"] for one in mine] == ["s1", "s3", "s2", "s1"]
    assert [one["verb"] for one in pages(admin, what="sites", key="s2")] == ["put", "add"]
    assert pages(admin, who="nobody") == []
    everything = pages(admin)
    assert everything[: len(sites)] == sites
    programs = [one for one in everything if one["who"] == "command line"]
    assert len(programs) == 2
    assert programs[0]["name"] is None


def test_odd_questions_and_others(server: Running) -> None:
    _, admin = server.person("odd", Role.ADMIN)
    for query in (
        "after=0", "after=-1", "after=9223372036854775808", "after=x", "limit=0", "limit=501",
        "who=%00", "what=%00", "key=%00", "who=" + "x" * 201,
    ):  # fmt: skip
        assert admin.get(f"/v1/trail?{query}").status_code == 422, query
    assert admin.get("/v1/trail?after=9223372036854775807&who=%ED%A0%80").status_code == 200
    for role, agent_id in ((Role.PLANNER, None), (Role.AGENT, "a1")):
        _, client = server.person(role.value, role, agent_id=agent_id)
        assert client.get("/v1/trail").status_code == 403
    assert server.client().get("/v1/trail").status_code == 401
