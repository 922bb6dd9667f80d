"""What every engine promises: the one in memory, and the durable one on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.domain.job import JobState
from scheduler.jobs.durable import DurableEngine
from scheduler.jobs.engine import Engine, EngineError, EngineRole, Handlers, JobContext, StopReason
from scheduler.jobs.liveness import LivenessSettings
from scheduler.jobs.memory import MemoryEngine
from scheduler.jobs.memory_ledger import MemoryLedger
from tests.jobs.fleet import wait_for
from tests.jobs.ledger import LedgerError, SqlLedger
from tests.jobs.server import Server


@dataclass
class Bench:
    """An engine with its ledger, and what its handlers did."""

    engine: Engine
    ledger: Any
    done: list[str]
    gate: threading.Event

    def submit(self, kind: str, job_id: str, ref: str = "", **options: Any) -> None:
        if isinstance(self.ledger, SqlLedger):
            with self.ledger.engine.begin() as connection:
                if self.ledger.job(job_id) is None:
                    self.ledger.add_job(connection, job_id)
                self.engine.submit(connection, kind, job_id, ref, **options)
        else:
            self.engine.submit(None, kind, job_id, ref, **options)

    def state(self, job_id: str) -> JobState:
        return JobState(self.ledger.job(job_id).state)

    def wait(self, job_id: str, state: JobState) -> Any:
        wait_for(lambda: self.state(job_id) is state, 15, f"{job_id}: {self.ledger.job(job_id)}")
        if state.is_final:
            wait_for(lambda: self.engine.status(job_id).state is state, 5, job_id)
        return self.ledger.job(job_id)


def _handlers(done: list[str], gate: threading.Event) -> Handlers:
    def note(view: JobContext, ref: str) -> str:
        done.append(view.job_id)
        return ref.upper()

    def hold(view: JobContext, ref: str) -> str:
        gate.wait(10)
        return note(view, ref)

    def fail(view: JobContext, ref: str) -> str:
        raise EngineError("the sun did not rise")

    def search(view: JobContext, ref: str) -> str:
        kept = view.load_incumbent()
        count = int(kept or 0)
        done.append(f"{view.job_id} {view.attempt} from {count}")
        while view.should_stop() is None:
            count += 1
            assert view.save_incumbent(str(count).encode())
            view.progress(float(count), count, 0, "search")
            time.sleep(0.01)
        return str(count) if view.should_stop() is StopReason.CANCELLED else "lost"

    def letter(view: JobContext, ref: str) -> str:
        done.append(ref)
        if ref == "!":
            raise ValueError("not a letter")
        assert view.load_incumbent() is None
        assert not view.save_incumbent(b"x")
        time.sleep(0.02)
        return ref.upper()

    def sleeper(view: JobContext, ref: str) -> str:
        done.append(ref)
        while view.should_stop() is None:
            time.sleep(0.01)
        return ref

    def word(view: JobContext, ref: str) -> str:
        found = dict(view.map("letter", list(ref), per_worker=2))
        return "".join(found[index] for index in range(len(ref)))

    def impatient(view: JobContext, ref: str) -> str:
        for _, result in view.map("letter", list(ref)):
            raise EngineError(f"{result} is enough")
        return ref

    def leave(view: JobContext, ref: str) -> str:
        raise SystemExit(3)

    def team(view: JobContext, ref: str) -> str:
        return "".join(sorted(result for _, result in view.map("sleeper", list(ref))))

    return {
        "note": note, "hold": hold, "fail": fail, "search": search, "letter": letter,
        "word": word, "team": team, "sleeper": sleeper, "leave": leave,
        "impatient": impatient,
    }  # fmt: skip


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    done: list[str] = []
    gate = threading.Event()
    handlers = _handlers(done, gate)
    engine: Engine
    ledger: Any
    if request.param == "memory":
        ledger = MemoryLedger()
        engine = MemoryEngine(ledger, handlers, watch_seconds=0.1)
    else:
        url = f"sqlite:///{tmp_path / 'jobs.db'}"
        if request.param == "postgresql":
            server: Server = request.getfixturevalue("server")
            url = server.new_database()
        ledger = SqlLedger(url)
        ledger.create()
        engine = DurableEngine(
            url, ledger, handlers, poll_seconds=0.05, liveness=LivenessSettings(0.2, 2.0, 4.0)
        )
    engine.start(EngineRole.EMBEDDED)
    yield Bench(engine, ledger, done, gate)
    gate.set()
    engine.stop(0.2)
    if isinstance(ledger, SqlLedger):
        ledger.engine.dispose()


def test_jobs_are_done_once_each_and_in_order_of_priority(bench: Bench) -> None:
    bench.submit("hold", "first", "a", priority=1)
    bench.wait("first", JobState.RUNNING)
    bench.submit("note", "late", "b", priority=30)
    bench.submit("note", "soon", "c", priority=2)
    bench.submit("note", "soon", "c", priority=2)
    bench.submit("note", "next", "d", priority=2)
    assert bench.engine.status("late").state is JobState.QUEUED
    bench.gate.set()
    assert bench.wait("late", JobState.DONE).result == "B"
    assert bench.done == ["first", "soon", "next", "late"]
    assert [each.is_alive for each in bench.engine.workers()] == [True]
    with pytest.raises(KeyError):
        bench.engine.status("unknown")
    assert bench.engine.purge(timedelta(hours=1)) == 0
    time.sleep(0.01)
    assert bench.engine.purge(timedelta(0)) == 4
    with pytest.raises(KeyError):
        bench.engine.status("late")


def test_a_failing_handler_says_why(bench: Bench) -> None:
    bench.submit("fail", "f")
    assert bench.wait("f", JobState.FAILED).fault == "the sun did not rise"
    bench.submit("unheard-of", "u")
    assert "no handler 'unheard-of'" in bench.wait("u", JobState.FAILED).fault
    bench.submit("leave", "l")
    assert bench.wait("l", JobState.FAILED).fault == "SystemExit: 3"
    bench.submit("note", "after", "x")
    bench.wait("after", JobState.DONE)


def test_a_result_is_kept_though_a_run_taken_for_dead_counts_an_attempt(bench: Bench) -> None:
    bench.submit("hold", "h", "a")
    bench.wait("h", JobState.RUNNING)
    assert bench.ledger.begin("h", "woken") == 2
    bench.gate.set()
    assert bench.wait("h", JobState.DONE).result == "A"
    assert not bench.ledger.finish("h", 2, JobState.FAILED, None, "too late")


def test_parts_of_a_job_that_failed_are_not_done_any_more(bench: Bench) -> None:
    bench.submit("impatient", "bad", "abcdefghijklmnopqrstuvw")
    bench.wait("bad", JobState.FAILED)
    bench.submit("word", "good", "xyz")
    assert bench.wait("good", JobState.DONE).result == "XYZ"
    if isinstance(bench.ledger, SqlLedger):
        rows = bench.engine._rows  # type: ignore[attr-defined]
        wait_for(lambda: not rows._list(status=["ENQUEUED", "PENDING"]), 20)
    assert len(bench.done) <= 3 + 4  # those at work then, and the three of the other job


@pytest.mark.parametrize("method", ["begin", "stops_asked", "finish"])
def test_an_outage_of_the_ledger_is_waited_for_however_it_is_wrapped(
    bench: Bench, method: str
) -> None:
    fails = iter(range(3))
    works = getattr(bench.ledger, method)

    def flaky(*arguments: Any) -> Any:
        if next(fails, None) is None:
            return works(*arguments)
        hidden = LedgerError("the database cannot be reached")
        hidden.__context__, hidden.__suppress_context__ = ConnectionResetError(), True
        raise hidden

    setattr(bench.ledger, method, flaky)
    bench.submit("note", "n", "a")
    assert bench.wait("n", JobState.DONE).result == "A"


def test_parts_are_done_once_and_come_back_in_their_places(bench: Bench) -> None:
    bench.submit("word", "w", "hello")
    assert bench.wait("w", JobState.DONE).result == "HELLO"
    assert sorted(bench.done) == sorted("helo")
    bench.submit("word", "bad", "a!")
    assert bench.wait("bad", JobState.FAILED).fault == "ValueError: not a letter"


def test_cancelled_while_queued_running_and_in_parts(bench: Bench) -> None:
    bench.submit("search", "s")
    wait_for(lambda: bench.ledger.load_incumbent("s"))
    bench.submit("note", "queued", "x")
    bench.engine.cancel("queued")
    assert bench.state("queued") is JobState.STOPPED
    assert bench.engine.status("queued").state is JobState.STOPPED
    bench.engine.cancel("s")
    job = bench.wait("s", JobState.STOPPED)
    assert job.result == bench.ledger.load_incumbent("s").decode()
    bench.submit("team", "t", "abcdef")
    wait_for(lambda: "a" in bench.done or len(bench.done) > 1)
    bench.engine.cancel("t")
    kept = bench.wait("t", JobState.STOPPED).result
    assert 1 <= len(kept) < 6
    assert "queued" not in bench.done


def test_stopped_and_started_a_job_goes_on(bench: Bench) -> None:
    bench.submit("search", "s")
    bench.submit("note", "waits", "x")
    wait_for(lambda: int(bench.ledger.load_incumbent("s") or 0) > 5)
    bench.engine.stop(0.0)
    assert not bench.state("s").is_final
    kept = int(bench.ledger.load_incumbent("s"))
    bench.engine.start(EngineRole.EMBEDDED)
    wait_for(lambda: int(bench.ledger.load_incumbent("s")) > kept)
    bench.engine.cancel("s")
    job = bench.wait("s", JobState.STOPPED)
    assert job.attempt == 2
    assert bench.done[:2] == ["s 1 from 0", f"s 2 from {kept}"]
    bench.wait("waits", JobState.DONE)


def test_progress_is_thinned_out_and_the_last_line_is_kept(bench: Bench) -> None:
    bench.submit("search", "s")
    wait_for(lambda: int(bench.ledger.load_incumbent("s") or 0) >= 40)
    bench.engine.cancel("s")
    job = bench.wait("s", JobState.STOPPED)
    lines = bench.ledger.lines("s") if isinstance(bench.ledger, SqlLedger) else job.progress
    assert lines[-1].cost_cents == int(job.result)
    assert len(lines) <= 2 + lines[-1].seconds * 0.5
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))


def test_an_engine_starts_once(bench: Bench) -> None:
    with pytest.raises(EngineError, match="already"):
        bench.engine.start(EngineRole.EMBEDDED)
