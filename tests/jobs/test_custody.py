"""Rows and threads that are not of one mind: nothing is lost, nothing is done by the wrong one."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, DBOSClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from scheduler.domain.job import JobState
from scheduler.jobs.address import FileLock, lock_of, sqlite_path, with_link_settings
from scheduler.jobs.context import Notes, Run, Runs
from scheduler.jobs.custody import Custody
from scheduler.jobs.durable import DurableEngine
from scheduler.jobs.engine import EngineError, EngineRole, JobContext, StopReason
from scheduler.jobs.liveness import LivenessSettings
from scheduler.jobs.memory_ledger import MemoryLedger
from scheduler.jobs.spread import spread_parts
from tests.jobs.fleet import wait_for
from tests.jobs.ledger import LedgerError, SqlLedger
from tests.jobs.server import Server
from tests.jobs.test_contract import change, engine_on, rows, submit


def test_what_is_private_in_the_library_is_there(url: str) -> None:
    tokens: list[object] = []

    def note(view: JobContext, ref: str) -> str:
        from dbos._context import get_local_dbos_context

        context = get_local_dbos_context()
        assert context is not None
        tokens.append(context.owner_xid)
        tokens.append(engine._api._sys_db.get_workflow_owner(view.job_id))
        return ref

    with engine_on(url, {"note": note}) as (engine, ledger):
        submit(engine, ledger, "note", "a", "x")
        wait_for(lambda: ledger.job("a").state == "done")
        assert tokens[0] is not None
        assert tokens[0] == tokens[1]
        assert callable(DBOSClient.resume_workflow)
        assert callable(DBOS._recover_pending_workflows)


def test_a_row_that_nobody_here_works_on_is_queued_again(url: str) -> None:
    gate = threading.Event()
    done: list[str] = []

    def hold(view: JobContext, ref: str) -> str:
        gate.wait(10)
        done.append(view.job_id)
        return ref

    with engine_on(url, {"hold": hold}) as (engine, ledger):
        submit(engine, ledger, "hold", "first", "x")
        wait_for(lambda: ledger.job("first").attempt == 1)
        submit(engine, ledger, "hold", "a", "x")
        # as if the answer to taking it had been lost on its way here
        change(
            ledger,
            f"status = 'PENDING', executor_id = '{engine.executor_id}', owner_xid = 'lost', "
            "started_at_epoch_ms = 1, recovery_attempts = 1",
            "workflow_uuid = 'a'",
        )
        gate.set()
        wait_for(lambda: ledger.job("a").state == "done", 12)
        assert done == ["first", "a"]
        assert ledger.job("a").attempt == 1


def test_a_run_whose_job_was_ended_by_another_is_told(url: str) -> None:
    told = threading.Event()

    def hold(view: JobContext, ref: str) -> str:
        until = time.monotonic() + 8
        while view.should_stop() is None and time.monotonic() < until:
            time.sleep(0.01)
        if view.should_stop() is StopReason.LOST:
            told.set()
        return "mine"

    with engine_on(url, {"hold": hold}) as (engine, ledger):
        submit(engine, ledger, "hold", "a", "x")
        wait_for(lambda: ledger.job("a").attempt == 1)
        change(ledger, "status = 'SUCCESS', owner_xid = NULL", "workflow_uuid = 'a'")
        assert told.wait(3)
        time.sleep(0.3)
        assert ledger.job("a").state == "running"


def test_a_start_that_failed_can_be_made_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConnectionResetError

    monkeypatch.setattr(DBOS, "launch", broken)
    with (
        pytest.raises(EngineError, match="ConnectionResetError"),
        engine_on(url, {"note": lambda view, ref: "old"}),
    ):
        pass
    monkeypatch.undo()
    with engine_on(url, {"note": lambda view, ref: "new"}) as (engine, ledger):
        submit(engine, ledger, "note", "a", "x")
        wait_for(lambda: ledger.job("a").state == "done")
        assert ledger.job("a").result == "new"
        assert [each.is_alive for each in engine.workers()] == [True]


@dataclass
class Held:
    """A row that says that it is at work here."""

    workflow_id: str
    status: str = "PENDING"
    dequeued_at: int = 1
    recovery_attempts: int = 1


class FewRows:
    """Some rows, and which of them were queued again."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.again: list[str] = []

    def pending(self, executor_id: str) -> list[Held]:
        return [Held(name) for name in self.names if name not in self.again]

    def requeue(self, row: Held) -> None:
        self.again.append(row.workflow_id)


def test_outcomes_on_their_way_are_waited_for_when_the_engine_stops() -> None:
    now = [100.0]
    rows: Any = FewRows("at work", "ending", "left", "abandoned")
    custody = Custody(
        lambda: rows, Runs(MemoryLedger()), "me", patience_seconds=10, steady=lambda: now[0]
    )
    with custody.held("ending"):
        pass
    with pytest.raises(KeyError), custody.held("abandoned"):
        raise KeyError
    custody.abandon("abandoned", (1, 1))
    with custody.held("at work"):
        custody.put_back()
        assert rows.again == ["abandoned"]
        custody.put_back(at_once=True)
        assert rows.again == ["abandoned", "left"]
        now[0] += 10.1
        custody.put_back()
        assert rows.again == ["abandoned", "left", "ending"]


class SickLedger(SqlLedger):
    """Takes no signs of life while it is told not to."""

    is_sick = False

    def beat(self, executor_id: str, host: str) -> None:
        if self.is_sick:
            raise LedgerError("no")
        super().beat(executor_id, host)


def _sick_engine(server: Server, handlers: Any) -> tuple[DurableEngine, SickLedger]:
    url = server.new_database()
    ledger = SickLedger(url)
    ledger.create()
    engine = DurableEngine(
        url, ledger, handlers, poll_seconds=0.05, liveness=LivenessSettings(0.1, 0.5, 1.0)
    )
    engine.start(EngineRole.EMBEDDED)
    return engine, ledger


def _taken_and_waiting(engine: DurableEngine, ledger: SickLedger) -> None:
    """Have a job taken from its queue by a process that must not begin it."""
    ledger.is_sick = True
    time.sleep(0.8)
    submit(engine, ledger, "note", "a", "x")
    wait_for(lambda: rows(ledger, "status", "workflow_uuid = 'a'") == [("PENDING",)])
    time.sleep(0.2)
    assert ledger.job("a").attempt == 0


def test_a_run_that_was_taken_over_before_it_began_does_not_begin(server: Server) -> None:
    done: list[str] = []
    engine, ledger = _sick_engine(
        server, {"note": lambda view, ref: done.append(view.job_id) or ref}
    )
    try:
        _taken_and_waiting(engine, ledger)
        ledger.begin("a", "another")
        change(
            ledger,
            "executor_id = 'another', owner_xid = 'theirs', recovery_attempts = 2",
            "workflow_uuid = 'a'",
        )
        ledger.is_sick = False
        wait_for(lambda: engine._fence.is_confirmed)
        time.sleep(0.4)
        assert done == []
        assert ledger.finish("a", 1, JobState.DONE, "theirs", None)
    finally:
        engine.stop(0)
        ledger.engine.dispose()


def test_what_was_taken_and_not_begun_is_given_back_at_the_end(server: Server) -> None:
    engine, ledger = _sick_engine(server, {"note": lambda view, ref: ref})
    try:
        _taken_and_waiting(engine, ledger)
    finally:
        engine.stop(0)
    assert rows(ledger, "status", "workflow_uuid = 'a'") == [("ENQUEUED",)]
    ledger.engine.dispose()


class Unreachable:
    """A queue whose database is away."""

    def queue_part(self, part_id: str, lane: str, kind: str, job_id: str, ref: str) -> None:
        return

    def ended_parts(self, part_ids: Any) -> Any:
        raise ConnectionError

    def cancel_queued_parts(self, part_ids: Any) -> None:
        raise ConnectionError


def test_a_handler_that_was_not_given_all_parts_has_no_result() -> None:
    run = Run("a", "a", is_lost=lambda: True)
    found = spread_parts(
        Unreachable(), run, "part", [], 1,
        poll_seconds=0.01, wait_seconds=1.0, draining=threading.Event(),
    )  # fmt: skip
    assert list(found) == []
    assert not run.told_lost  # no parts, so nothing is missing
    lost: list[bool] = []
    run = Run("a", "a", is_lost=lambda: bool(lost))
    parts = spread_parts(
        Unreachable(), run, "part", ["x", "y"], 1,
        poll_seconds=0.01, wait_seconds=1.0, draining=threading.Event(),
    )  # fmt: skip
    threading.Timer(0.3, lambda: lost.append(True)).start()
    assert list(parts) == []
    assert run.told_lost


class SlowLedger(MemoryLedger):
    """Is away at first, and then slow to take the first incumbent."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = True
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def save_incumbent(self, job_id: str, attempt: int, data: bytes) -> bool:
        if self.is_away:
            raise ConnectionError
        if data == b"older":
            self.begun.set()
            self.go_on.wait(5)
        return super().save_incumbent(job_id, attempt, data)


def test_an_incumbent_that_waited_never_takes_the_place_of_a_newer_one() -> None:
    ledger = SlowLedger()
    run = Run("a", "a")
    run.attempt = ledger.begin("a", "me")
    notes = Notes(ledger)
    assert notes.incumbent(run, b"older")
    ledger.is_away = False
    writer = threading.Thread(target=notes.write)
    writer.start()
    assert ledger.begun.wait(5)
    newer = threading.Thread(target=notes.incumbent, args=(run, b"newer"))
    newer.start()
    newer.join(0.2)
    ledger.go_on.set()
    writer.join(5)
    newer.join(5)
    assert ledger.load_incumbent("a") == b"newer"


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="?/\0%"), min_size=1, max_size=20)


@given(st.lists(NAMES, min_size=1, max_size=4), st.booleans(), st.sampled_from(["", "?x=1"]))
def test_the_file_of_an_address_is_the_one_that_is_opened(
    names: list[str], is_absolute: bool, query: str
) -> None:
    url = f"sqlite:///{'/' if is_absolute else ''}{'/'.join(names)}{query}"
    database = make_url(url).database
    if database == ":memory:":
        return
    assert str(sqlite_path(url)) == str(Path(str(database)))


def test_a_file_has_one_lock_under_all_its_names(tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    sqlite3.connect(file).close()
    other = tmp_path / "other.db"
    other.symlink_to(file)
    lock = FileLock(lock_of(file))
    lock.take()
    with pytest.raises(EngineError, match="already runs jobs"):
        FileLock(lock_of(other)).take()
    lock.give_back()


def test_link_settings_are_added_and_what_is_said_stays() -> None:
    url = (
        "postgresql+psycopg://me:p%40ss@/db?host=a:1&host=b:2&connect_timeout=9&options=-c%20x%3D1"
    )
    made = make_url(with_link_settings(url))
    assert made.password == "p@ss"
    assert made.query["host"] == ("a:1", "b:2")
    assert made.query["connect_timeout"] == "9"
    assert made.query["options"] == "-c x=1"
    assert made.query["tcp_user_timeout"] == "10000"
    with pytest.raises(EngineError) as refused:
        with_link_settings("postgresql+psycopg://me:se[cret@host/db")
    assert "cret" not in str(refused.value)
