from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from scheduler.clock import fixed_clock
from scheduler.domain import Horizon
from scheduler.domain.job import Job, JobParams, JobState
from scheduler.domain.period import Period
from scheduler.jobs.engine import Ledger
from scheduler.store import ConflictError, NotFoundError, Store, open_store

T = TypeVar("T")
AT = datetime(2027, 3, 1, tzinfo=UTC)
PERIOD = Period("p", "P", Horizon(date(2027, 3, 1), date(2027, 3, 8), "UTC"), "{}", ("s",), ("q",))


def make_job(job_id: str = "j1", **changes: Any) -> Job:
    job = Job(job_id, "p", JobState.QUEUED, JobParams(), "0" * 64, "planner", AT)
    return replace(job, **changes)


@pytest.fixture
def jobs(store: Store) -> Store:
    """A store with a period and two queued jobs."""
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        unit.jobs.add(make_job())
        unit.jobs.add(make_job("j2"))
    return store


def job(store: Store, job_id: str = "j1") -> Job:
    with store.reading() as unit:
        return unit.jobs.get(job_id)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Make calls in threads that start together; return results or errors."""
    gate = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(idx: int) -> None:
        gate.wait()
        try:
            results[idx] = calls[idx]()
        except Exception as error:
            results[idx] = error

    threads = [threading.Thread(target=run, args=(idx,)) for idx in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def while_open(block: Callable[[], AbstractContextManager[object]], call: Callable[[], T]) -> T:
    """Make a call in a thread while a block is open and for some time after it; return its result.

    The call begins before the block ends; where the database makes it wait, it ends after it.
    """
    with ThreadPoolExecutor(1) as pool:
        with block():
            future = pool.submit(call)
            wait([future], timeout=0.3)
        return future.result()


def test_the_store_is_the_ledger_of_the_engine(jobs: Store) -> None:
    ledger: Ledger = jobs
    ref = ledger.put_blob(b"\0\xff bytes")
    assert (ledger.put_blob(b"\0\xff bytes"), len(ref)) == (ref, 64)
    assert ledger.get_blob(ref) == b"\0\xff bytes"
    with pytest.raises(KeyError):
        ledger.get_blob("0" * 64)


def test_a_later_attempt_shuts_out_the_earlier(jobs: Store) -> None:
    assert jobs.begin("j1", "x1") == 1
    began = job(jobs)
    assert (began.state, began.attempt) == (JobState.RUNNING, 1)
    first = jobs.add_progress("j1", 1, 0.5, 900, None, "search")
    assert first is not None
    assert (first.seq, first.attempt, first.cost_cents) == (1, 1, 900)
    assert jobs.save_incumbent("j1", 1, b"one")
    assert jobs.begin("j1", "x2") == 2
    assert job(jobs).started_at == began.started_at
    assert jobs.add_progress("j1", 1, 0.6, 800, 1, "late") is None
    assert not jobs.save_incumbent("j1", 1, b"late")
    assert not jobs.finish("j1", 1, JobState.DONE, "late", None)
    assert jobs.load_incumbent("j1") == b"one"
    assert jobs.load_incumbent("j2") is None
    assert jobs.save_incumbent("j1", 2, b"two")
    assert jobs.load_incumbent("j1") == b"two"
    second = jobs.add_progress("j1", 2, 0.1, None, 700, "prices \0 \ud800")
    assert second is not None
    assert second.seq == 2
    assert jobs.finish("j1", 2, JobState.DONE, "ref", None)
    assert not jobs.finish("j1", 2, JobState.FAILED, None, "again")
    ended = job(jobs)
    assert (ended.state, ended.fault, ended.attempt) == (JobState.DONE, None, 2)
    assert ended.ended_at is not None
    with jobs.reading() as unit:
        assert unit.jobs.progress_after("j1") == (first, second)
        assert unit.jobs.progress_after("j1", 1) == (second,)
        assert unit.jobs.progress_after("j1", 0, 1) == (first,)
        assert unit.jobs.result("j1") == "ref"
    assert jobs.begin("j1", "x3") == 3
    assert not jobs.finish("j1", 3, JobState.FAILED, None, "after its end")
    assert job(jobs) == replace(ended, attempt=3)
    assert job(jobs, "j2") == make_job("j2")


def test_asking_to_stop(jobs: Store) -> None:
    with jobs.writing() as unit:
        unit.jobs.add(make_job("j3"))
    assert jobs.ask_to_stop("j1") is JobState.STOPPED
    assert job(jobs).ended_at is not None
    jobs.begin("j2", "x")
    assert jobs.stops_asked(["j1", "j2", "j3"]) == {"j1"}
    assert jobs.ask_to_stop("j2") is JobState.STOPPING
    assert job(jobs, "j2").ended_at is None
    assert jobs.begin("j2", "y") == 2
    assert job(jobs, "j2").state is JobState.STOPPING, "a crash does not forget it"
    assert jobs.stops_asked(["j2", "j3", "unknown"]) == {"j2"}
    assert jobs.stops_asked([]) == frozenset()
    assert jobs.finish("j2", 2, JobState.STOPPED, "best", None)
    assert jobs.ask_to_stop("j2") is JobState.STOPPED
    jobs.begin("j3", "x")
    jobs.finish("j3", 1, JobState.DONE, "r", None)
    assert jobs.ask_to_stop("j3") is JobState.DONE
    assert jobs.stops_asked(["j3"]) == frozenset()
    assert jobs.begin("j1", "x") == 1
    assert job(jobs).state is JobState.STOPPED, "begun after its end it does not run"
    for call in (lambda: jobs.begin("no", "x"), lambda: jobs.ask_to_stop("no")):
        with pytest.raises(NotFoundError):
            call()


def test_progress_from_many_threads_is_numbered_without_gaps(jobs: Store) -> None:
    attempt = jobs.begin("j1", "x")

    def note() -> list[int]:
        lines = [jobs.add_progress("j1", attempt, 1.0, 1, 1, "x") for _ in range(5)]
        return [line.seq for line in lines if line is not None]

    found = at_once(*[note] * 6)
    assert sorted(seq for seqs in found for seq in seqs) == list(range(1, 31))  # type: ignore[attr-defined]
    attempts = at_once(*[lambda: jobs.begin("j2", "x")] * 6)
    assert sorted(attempts) == list(range(1, 7))  # type: ignore[type-var]


def test_processes_die_by_the_clock_of_the_database(jobs: Store, store_url: str) -> None:
    wrong = open_store(store_url, clock=fixed_clock(datetime(1999, 1, 1, tzinfo=UTC)))
    wrong.beat("x1", "host1")
    jobs.beat("x2", "host2")
    (first, second) = jobs.executors(dead_after=timedelta(seconds=30))
    assert (first.executor_id, first.host, first.is_alive) == ("x1", "host1", True)
    assert second.is_alive
    assert abs(first.beat_at - datetime.now(UTC)) < timedelta(minutes=1)
    with jobs.engine.begin() as connection:
        then = (first.beat_at - timedelta(seconds=31)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        connection.execute(
            text(
                "UPDATE executor SET beat_at = :then, started_at = :then WHERE executor_id = 'x1'"
            ),
            {"then": then},
        )
    alive = {one.executor_id: one for one in jobs.executors(dead_after=timedelta(seconds=30))}
    assert (alive["x1"].is_alive, alive["x2"].is_alive) == (False, True)
    wrong.beat("x1", "host1")
    again = {one.executor_id: one for one in jobs.executors(dead_after=timedelta(seconds=30))}
    assert again["x1"].is_alive
    assert again["x1"].started_at == alive["x1"].started_at
    jobs.forget_executor("x1")
    assert [one.executor_id for one in jobs.executors(dead_after=timedelta(0))] == ["x2"]
    wrong.close()


def test_a_key_stands_for_one_job(jobs: Store) -> None:
    with jobs.writing() as unit:
        first = unit.jobs.add(make_job("a"), idempotency_key="k", principal="planner")
        assert first.job_id == "a"
    later = replace(make_job("b"), input_sha256="1" * 64, submitted_at=AT + timedelta(days=1))
    with jobs.writing() as unit:
        assert unit.jobs.add(later, idempotency_key="k", principal="planner") == first
        assert unit.jobs.add(make_job("a"), idempotency_key="k", principal="planner") == first
        other = unit.jobs.add(make_job("c"), idempotency_key="k", principal="somebody else")
        assert other.job_id == "c"
    for changed in (
        make_job("d", params=JobParams(seed=2)),
        make_job("d", params=JobParams(time_limit_seconds=61.0)),
    ):
        with pytest.raises(ConflictError), jobs.writing() as unit:
            unit.jobs.add(changed, idempotency_key="k", principal="planner")
    with pytest.raises(ConflictError), jobs.writing() as unit:
        unit.jobs.add(make_job("a"))
    with pytest.raises(ConflictError), jobs.writing() as unit:
        unit.jobs.add(make_job("e", period_id="no such"))
    with jobs.reading() as unit:
        assert [one.job_id for one in unit.jobs.list()] == ["c", "a", "j2", "j1"]
        assert [one.job_id for one in unit.jobs.list(before="a", limit=1)] == ["j2"]
        assert unit.jobs.list(state=JobState.DONE) == ()
        assert len(unit.jobs.list(state=JobState.QUEUED, period_id="p")) == 4
        assert unit.jobs.list(period_id="other") == ()


def test_a_key_used_by_many_at_once_stands_for_one_job(jobs: Store) -> None:
    def submit(job_id: str) -> Callable[[], str]:
        def run() -> str:
            with jobs.writing() as unit:
                return unit.jobs.add(make_job(job_id), idempotency_key="k").job_id

        return run

    found = at_once(*[submit(f"n{idx}") for idx in range(8)])
    assert len(set(map(str, found))) == 1
    with jobs.reading() as unit:
        assert [one.job_id for one in unit.jobs.list()] == [found[0], "j2", "j1"]
