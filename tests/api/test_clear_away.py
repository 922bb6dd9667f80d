"""After clearing away, every address answers as before, but for the progress of old solves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from scheduler.domain.access import Role
from scheduler.store.tables import BLOB
from scheduler.usecases.clear_away import clear_away
from tests.api.server import Running, running_server
from tests.api.test_path import events, planning, zipped
from tests.postgres import PostgresServer, postgres_server

__all__ = ["planning", "postgres_server"]

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with running_server(tmp_path, database_url=url) as running:
        yield running


def solved(admin: httpx.Client, seed: int) -> tuple[str, str]:
    asked = {"period_id": "spring", "time_limit_seconds": 2, "seed": seed}
    headers = {"Idempotency-Key": f"seed {seed}".replace(" ", "-")}
    solve = admin.post("/v1/solves", json=asked, headers=headers).json()
    name, last = events(admin, solve["solve_id"])[-1]
    assert (name, last["state"]) == ("end", "done")
    return solve["solve_id"], str(last["roster_id"])


def answers(admin: httpx.Client, solves: list[str], rosters: list[str]) -> dict[str, object]:
    paths = ["/v1/solves", "/v1/periods/spring", "/v1/periods/spring/planning", "/v1/trail"]
    paths += [f"/v1/solves/{solve_id}" for solve_id in solves]
    for roster_id in rosters:
        base = f"/v1/rosters/{roster_id}"
        paths += [base, *(f"{base}/{part}" for part in ("document", "audit", "kpis"))]
        paths += [f"{base}/explanation?worst=1", f"{base}/diff?against={rosters[0]}"]
    found = {path: admin.get(path) for path in paths}
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: answer.json() for path, answer in found.items()}


def test_every_address_answers_as_before(server: Running, planning: Path) -> None:
    _, admin = server.person("root", Role.ADMIN)
    service = server.service
    kind = {"Content-Type": "application/zip"}
    admin.put("/v1/periods/spring/planning", content=zipped(planning), headers=kind)
    done = [solved(admin, 1), solved(admin, 2)]
    solves, rosters = [one for one, _ in done], [one for _, one in done]
    version = admin.get(f"/v1/rosters/{rosters[0]}").headers["etag"]
    published = admin.post(f"/v1/rosters/{rosters[0]}/publish", headers={"If-Match": version})
    assert published.status_code == 200
    service.store.put_blob(b"what nobody refers to")
    before = answers(admin, solves, rosters)
    assert len(events(admin, solves[0])) > 1

    def clear(days: int) -> tuple[int, int]:
        later = service.clock() + timedelta(days=days)
        with service.store.reading() as unit:
            there = unit.connection.execute(select(func.count()).select_from(BLOB)).scalar_one()
        cleared = clear_away(service.store, service.engine, service.settings, lambda: later)
        with service.store.reading() as unit:
            left = unit.connection.execute(select(func.count()).select_from(BLOB)).scalar_one()
        assert cleared.blobs == there - left
        return cleared.jobs, cleared.blobs

    assert clear(1) == (0, 0)
    assert len(events(admin, solves[0])) > 1
    assert clear(91) == (2, 3), "two requests, and what nobody refers to"
    assert answers(admin, solves, rosters) == before
    assert [name for name, _ in events(admin, solves[0])] == ["end"]
    assert clear(92) == (0, 0)
