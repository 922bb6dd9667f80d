"""What watches the service is told: counts and times of requests, jobs, workers, readiness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.metrics import Metrics
from scheduler.domain.access import Role
from scheduler.domain.job import JobState
from scheduler.domain.webhook import Webhook
from scheduler.usecases.watch_service import ServiceFigures
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server
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
    with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
        yield running


def samples(client: httpx.Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_operation_never_by_path(server: Running) -> None:
    _, admin = server.person("root", Role.ADMIN)
    for agent_id in ("secret-person", "other-person"):
        assert admin.get(f"/v1/agents/{agent_id}").status_code == 404
    assert admin.get("/v1/me").status_code == 200
    assert server.client().get("/v1/me").status_code == 401
    admin.get("/v1/nothing/here")
    first = samples(admin)
    assert first["heliotrope_requests_total", "me", "2xx"] == 1
    assert first["heliotrope_requests_total", "me", "4xx"] == 1
    assert first["heliotrope_requests_total", "none", "4xx"] == 1
    assert first["heliotrope_request_seconds_count", "me"] == 2
    assert 0 < first["heliotrope_request_seconds_sum", "me"] < 60
    agents = [key for key in first if key[0] == "heliotrope_requests_total" and "agent" in key[1]]
    assert [first[key] for key in agents] == [2]
    assert not any("person" in part or "/" in part for key in first for part in key)
    second = samples(admin)
    assert second["heliotrope_requests_total", "metrics", "2xx"] == 1


def test_figures_of_the_service(server: Running) -> None:
    _, admin = server.person("watcher", Role.ADMIN)
    store, now = server.service.store, server.service.clock()
    before = samples(admin)
    assert before["heliotrope_database_revision_ok",] == 1
    assert before["heliotrope_workers_alive",] == 1
    assert before["heliotrope_queue_oldest_wait_seconds",] == 0
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        # rows that the engine does not know of, so that they stay as they are
        unit.jobs.add(make_job("q1", submitted_at=now - timedelta(seconds=500)))
        unit.jobs.add(make_job("q2", submitted_at=now))
        unit.jobs.add(make_job("e", submitted_at=now - timedelta(days=9)))
        hook = Webhook("w", "https://localhost/", "s", ())
        unit.webhooks.add(hook)
        unit.webhooks.post("ping", "{}")
    store.begin("e", "x")
    store.finish("e", 1, JobState.FAILED, None, "no")
    store.beat("a dead worker", "host")
    with store.engine.begin() as connection:
        then = "2020-01-01T00:00:00.000000Z"
        dead = "UPDATE executor SET beat_at = :then WHERE executor_id = 'a dead worker'"
        connection.execute(text(dead), {"then": then})
    after = samples(admin)
    states = {key[1]: count for key, count in after.items() if key[0] == "heliotrope_jobs"}
    assert states == {
        "queued": 2, "running": 0, "stopping": 0, "done": 0, "stopped": 0, "failed": 1,
    }  # fmt: skip
    assert 500 <= after["heliotrope_queue_oldest_wait_seconds",] < 600
    assert after["heliotrope_workers_alive",] == 1
    assert after["heliotrope_webhooks_waiting",] == 2  # the ping, and the end of `e`
    workers = {one["executor_id"]: one for one in admin.get("/v1/workers").json()["workers"]}
    assert len(workers) == 2
    assert not workers.pop("a dead worker")["is_alive"]
    (mine,) = workers.values()
    assert mine["is_alive"]


def test_who_may_and_who_may_not(server: Running) -> None:
    _, planner = server.person("planner", Role.PLANNER)
    _, agent = server.person("agent", Role.AGENT, agent_id="a1")
    assert planner.get("/v1/workers").status_code == 200
    assert agent.get("/v1/workers").status_code == 403
    for client in (planner, agent):
        assert client.get("/metrics").status_code == 403
    assert server.client().get("/metrics").status_code == 401
    assert server.client().get("/health").text == "ok"
    assert server.client().get("/ready").text == "ready"


def test_another_revision_is_not_ready(server: Running) -> None:
    _, admin = server.person("reviser", Role.ADMIN)
    change = text("UPDATE alembic_version SET version_num = :number")
    present, _ = server.service.store.check()
    try:
        with server.service.store.engine.begin() as connection:
            connection.execute(change, {"number": "0002"})
        assert server.client().get("/ready").status_code == 503
        assert samples(admin)["heliotrope_database_revision_ok",] == 0
    finally:
        with server.service.store.engine.begin() as connection:
            connection.execute(change, {"number": present})
    assert server.client().get("/ready").status_code == 200


def test_nothing_is_shared_between_applications() -> None:
    one, other = Metrics(), Metrics()
    one.answered("me", 200, 0.1)
    figures = ServiceFigures({}, 0.0, 0, 0, is_revision_right=True)
    assert b'operation="me"' in one.text(figures)
    assert b'operation="me"' not in other.text(figures)
    assert not any(family.name.startswith("heliotrope") for family in REGISTRY.collect())
