"""What the pinned library must do for the engine to be right; run these before an upgrade."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS, DBOSClient

from scheduler.domain.job import JobState
from scheduler.jobs import durable
from scheduler.jobs.durable import APPLICATION_VERSION, DurableEngine
from scheduler.jobs.durable_library import recover_pending
from scheduler.jobs.engine import EngineError, EngineRole, Handlers, JobContext, StopReason
from scheduler.jobs.liveness import LivenessSettings
from tests.jobs.fleet import wait_for
from tests.jobs.ledger import SqlLedger


@contextmanager
def engine_on(
    url: str, handlers: Handlers, role: EngineRole = EngineRole.EMBEDDED, **options: Any
) -> Iterator[tuple[DurableEngine, SqlLedger]]:
    ledger = SqlLedger(url)
    ledger.create()
    engine = DurableEngine(
        url,
        ledger,
        handlers,
        poll_seconds=0.05,
        liveness=LivenessSettings(0.2, 2.0, 4.0),
        **options,
    )
    engine.start(role)
    try:
        yield engine, ledger
    finally:
        engine.stop(0.1)
        ledger.engine.dispose()


def submit(engine: DurableEngine, ledger: SqlLedger, kind: str, job_id: str, ref: str) -> None:
    with ledger.engine.begin() as connection:
        ledger.add_job(connection, job_id)
        engine.submit(connection, kind, job_id, ref)


def rows(ledger: SqlLedger, columns: str, where: str = "1 = 1") -> list[Any]:
    schema = "" if ledger.is_sqlite else "dbos."
    with ledger.engine.begin() as connection:
        query = f"SELECT {columns} FROM {schema}workflow_status WHERE {where}"
        return list(connection.execute(sa.text(query)))


def change(ledger: SqlLedger, assignment: str, where: str) -> None:
    schema = "" if ledger.is_sqlite else "dbos."
    with ledger.engine.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE {schema}workflow_status SET {assignment} WHERE {where}")
        )


def test_queued_in_a_transaction_that_is_rolled_back_there_is_no_job(url: str) -> None:
    with engine_on(url, {"note": lambda view, ref: ref}) as (engine, ledger):
        with ledger.engine.connect() as connection:
            ledger.add_job(connection, "a")
            engine.submit(connection, "note", "a", "x")
            connection.rollback()
        assert ledger.job("a") is None
        with pytest.raises(KeyError):
            engine.status("a")
        submit(engine, ledger, "note", "a", "x")
        wait_for(lambda: ledger.job("a").state == "done")


def test_what_is_stored_is_short_json(url: str) -> None:
    handlers: dict[str, Callable[[JobContext, str], str]] = {
        "two": lambda view, ref: "".join(each for _, each in view.map("part", ["p", "q"])),
        "part": lambda view, ref: ref,
    }
    with engine_on(url, handlers) as (engine, ledger):
        submit(engine, ledger, "two", "a", "x")
        wait_for(lambda: engine.status("a").state is JobState.DONE)
        assert {row[0] for row in rows(ledger, "serialization")} == {"heliotrope_json"}
        schema = "" if ledger.is_sqlite else "dbos."
        with ledger.engine.begin() as connection:
            stored = list(
                connection.execute(sa.text(f"SELECT output FROM {schema}operation_outputs"))
            )
        assert len(stored) >= 4
        assert all(len(json.dumps(json.loads(text))) < 300 for (text,) in stored if text)


@pytest.mark.parametrize("is_public", [False, True], ids=["own", "public"])
def test_recovery_moves_a_dead_process_s_jobs_once(
    url: str, is_public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    begun: list[int] = []

    def hold(view: JobContext, ref: str) -> str:
        begun.append(view.attempt)
        gate.wait(10)
        return f"by {view.attempt}"

    with engine_on(url, {"hold": hold}, slots=2) as (engine, ledger):
        assert callable(DBOS._recover_pending_workflows)
        client: DBOSClient = engine._api
        if is_public:
            monkeypatch.delattr(DBOS, "_recover_pending_workflows")
        submit(engine, ledger, "hold", "a", "x")
        wait_for(lambda: begun == [1])
        recover_pending(client, ["somebody-else"], APPLICATION_VERSION)
        time.sleep(0.3)
        assert begun == [1]
        change(ledger, "executor_id = 'dead'", "workflow_uuid = 'a'")
        recover_pending(client, ["dead"], APPLICATION_VERSION)
        wait_for(lambda: begun == [1, 2])
        recover_pending(client, ["dead"], APPLICATION_VERSION)
        time.sleep(0.3)
        assert begun == [1, 2]
        gate.set()
        wait_for(lambda: ledger.job("a").state == "done")
        assert ledger.job("a").result == "by 2"
        wait_for(lambda: engine.status("a").state is JobState.DONE)


def test_the_result_of_a_run_that_was_taken_over_is_refused(url: str) -> None:
    gates = {1: threading.Event(), 2: threading.Event()}
    returned: list[int] = []
    told = threading.Event()

    def hold(view: JobContext, ref: str) -> str:
        until = time.monotonic() + 8
        while not gates[view.attempt].wait(0.02) and time.monotonic() < until:
            if view.attempt == 1 and view.should_stop() is StopReason.LOST:
                told.set()
        returned.append(view.attempt)
        return f"by {view.attempt}"

    with engine_on(url, {"hold": hold}, slots=2) as (engine, ledger):
        submit(engine, ledger, "hold", "a", "x")
        wait_for(lambda: ledger.job("a").attempt == 1)
        change(ledger, "executor_id = 'dead'", "workflow_uuid = 'a'")
        engine.requeue(["dead"])
        wait_for(lambda: ledger.job("a").attempt == 2)
        assert told.wait(3)
        gates[1].set()
        wait_for(lambda: returned == [1])
        time.sleep(0.3)
        assert ledger.job("a").state == "running"
        assert engine.status("a").state is JobState.RUNNING
        gates[2].set()
        wait_for(lambda: ledger.job("a").state == "done")
        assert ledger.job("a").result == "by 2"


def test_a_small_job_does_not_wait_for_all_parts_of_a_big_one(url: str) -> None:
    order: list[str] = []

    def part(view: JobContext, ref: str) -> str:
        order.append(view.job_id)
        time.sleep(0.02)
        return ref

    def split(view: JobContext, ref: str) -> str:
        return str(len(list(view.map("part", [str(each) for each in range(int(ref))]))))

    with engine_on(url, {"part": part, "split": split}, slots=2) as (engine, ledger):
        submit(engine, ledger, "split", "big", "12")
        wait_for(lambda: len(order) >= 2)
        submit(engine, ledger, "split", "small", "2")
        wait_for(lambda: ledger.job("small").state == "done")
        seen = Counter(order)
        assert seen["small"] == 2
        assert seen["big"] < 12
        wait_for(lambda: ledger.job("big").state == "done")


def test_per_worker_bounds_the_parts_at_a_time(url: str) -> None:
    lock = threading.Lock()
    now: list[str] = []
    most = Counter[str]()

    def part(view: JobContext, ref: str) -> str:
        with lock:
            now.append(view.job_id)
            most[view.job_id] = max(most[view.job_id], now.count(view.job_id))
        time.sleep(0.2)
        with lock:
            now.remove(view.job_id)
        return ref

    def split(view: JobContext, ref: str) -> str:
        parts = [str(each) for each in range(4)]
        return str(len(list(view.map("part", parts, per_worker=int(ref)))))

    with engine_on(url, {"part": part, "split": split}, slots=3) as (engine, ledger):
        for job_id, ref in (("one", "1"), ("two", "2")):
            submit(engine, ledger, "split", job_id, ref)
        wait_for(lambda: all(ledger.job(each).state == "done" for each in ("one", "two")))
        assert most == {"one": 1, "two": 2}


def test_changed_code_of_the_same_version_goes_on(url: str) -> None:
    with engine_on(url, {"note": lambda view, ref: "old"}, EngineRole.CLIENT) as (engine, ledger):
        submit(engine, ledger, "note", "a", "x")

    def note(view: JobContext, ref: str) -> str:
        """Do it in another way, with other source text."""
        return f"new {ref}"

    with engine_on(url, {"note": note}) as (engine, ledger):
        wait_for(lambda: ledger.job("a").state == "done")
        assert ledger.job("a").result == "new x"


def test_jobs_of_another_version_are_named_and_left_alone(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(durable, "APPLICATION_VERSION", "heliotrope-jobs-0")
    with engine_on(url, {}, EngineRole.CLIENT) as (engine, ledger):
        submit(engine, ledger, "note", "old", "x")
    monkeypatch.undo()
    with engine_on(url, {"note": lambda view, ref: ref}) as (engine, ledger):
        assert engine.stranded() == (("old", "heliotrope-jobs-0"),)
        assert "old (heliotrope-jobs-0)" in caplog.text
        submit(engine, ledger, "note", "new", "x")
        wait_for(lambda: ledger.job("new").state == "done")
        assert ledger.job("old").state == "queued"


def test_one_engine_runs_jobs_in_a_process_and_workers_need_a_server(url: str) -> None:
    with engine_on(url, {}) as (_, ledger):
        other = DurableEngine(url, ledger, {})
        with pytest.raises(EngineError, match="already runs jobs in this process"):
            other.start(EngineRole.EMBEDDED)
        client = DurableEngine(url, ledger, {})
        client.start(EngineRole.CLIENT)
        client.stop(0)
    if url.startswith("sqlite"):
        with pytest.raises(EngineError, match="PostgreSQL"):
            other.start(EngineRole.WORKER)
    lost = DurableEngine("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", ledger, {})
    with pytest.raises(EngineError) as refused:
        lost.start(EngineRole.CLIENT)
    assert "secret" not in str(refused.value)
