"""One job split into parts: two workers on PostgreSQL against one, in one run.

The engine, the store and the handler of parts are the real ones. What is made up is the length of a
part: the same price turns of the same agents, done again until they have used the CPU time asked
for, in one thread.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Meter
from benchmarks.runs import Generated, Row
from benchmarks.service_load import MissingError
from scheduler.clock import system_clock
from scheduler.domain import Horizon
from scheduler.domain.job import Job, JobParams, JobState
from scheduler.domain.period import Period
from scheduler.jobs.engine import EngineRole

if TYPE_CHECKING:
    from scheduler.jobs.durable import DurableEngine
    from scheduler.jobs.engine import Handlers, JobContext
    from scheduler.store import Store

__all__ = ["Split", "run_service_workers", "split_handlers", "work"]

PROJECT = Path(__file__).resolve().parents[1]
_SPLIT = "split"
_AGENTS = 60
_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_SPARE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Split:
    """What is measured.

    Parameters
    ----------
    parts : int
        Of one job, at most one per agent of the problem they are about (60).
    cpu_seconds : float
        Of each part.
    rounds : int
        Runs each way, in turn.
    """

    parts: int = 20
    cpu_seconds: float = 1.0
    rounds: int = 3


def run_service_workers(split: Split, scratch: Path, meter: Meter) -> Row:
    """Measure a split job on one worker and on two.

    Parameters
    ----------
    scratch : Path
        An empty folder for logs.

    Raises
    ------
    MissingError
        If PostgreSQL is not installed.
    """
    from scheduler.jobs.durable import DurableEngine
    from scheduler.store import open_store

    seconds: dict[int, list[float]] = {1: [], 2: []}
    shares: list[list[int]] = []
    with _database() as url:
        store = open_store(url, clock=system_clock)
        store.migrate()
        horizon = Horizon(date(2027, 3, 8), date(2027, 4, 5), "UTC")
        with store.writing(by="benchmark") as unit:
            unit.periods.add(Period("period", "Measured", horizon, "{}", (), ()))
        client = DurableEngine(url, store, {})
        client.start(EngineRole.CLIENT)
        for _ in range(split.rounds):
            for count, found in seconds.items():
                with _workers(url, count, scratch):
                    took, by_worker = _run(client, store, split)
                found.append(took)
                meter.tell(f"{count} worker(s): {took:.2f} s, parts by worker {by_worker}")
                if count == 2:
                    shares.append(by_worker)
        client.stop(0)
        store.close()
    one, two = (statistics.median(found) for found in seconds.values())
    ratios = [b / a for a, b in zip(seconds[1], seconds[2], strict=True)]
    return {
        "parts": split.parts,
        "cpu_seconds_each": split.cpu_seconds,
        "rounds": split.rounds,
        "one_worker_seconds": round(one, 2),
        "two_workers_seconds": round(two, 2),
        "two_by_one": round(statistics.median(ratios), 3),
        "parts_by_worker": shares,
    }


def _run(client: DurableEngine, store: Store, split: Split) -> tuple[float, list[int]]:
    """Submit the job and wait for its end; return the seconds and each worker's number of parts."""
    job_id = uuid.uuid4().hex
    order = {"parts": split.parts, "cpu_seconds": split.cpu_seconds, "seed": job_id}
    job = Job(job_id, "period", JobState.QUEUED, JobParams(), "0" * 64, "benchmark", system_clock())
    began = time.monotonic()
    with store.writing(by="benchmark") as unit:
        unit.jobs.add(job)
        ref = unit.blobs.put(json.dumps(order).encode())
        client.submit(unit.connection, _SPLIT, job_id, ref)
    deadline = began + _SPARE_SECONDS + 5 * split.parts * split.cpu_seconds
    while True:
        with store.reading() as unit:
            state = unit.jobs.get(job_id).state
        if state.is_final:
            break
        if time.monotonic() > deadline:
            raise RuntimeError("the job did not end")
        time.sleep(0.02)
    took = time.monotonic() - began
    with store.reading() as unit:
        result = unit.jobs.result(job_id)
    if state is not JobState.DONE or result is None:
        raise RuntimeError(f"the job ended {state.value}")
    workers = json.loads(store.get_blob(result))
    if len(workers) != split.parts:
        raise RuntimeError(f"{len(workers)} parts were done, not {split.parts}")
    return took, sorted(Counter(workers).values(), reverse=True)


# ---- what a worker does


def split_handlers(store: Store, handlers: Handlers) -> Handlers:
    """Return handlers of a job that splits itself and of its parts.

    Parameters
    ----------
    handlers : Handlers
        The real ones; the one of parts does the work.
    """
    from scheduler.usecases.run_solve import PART
    from solver.parts import run_part

    real = handlers[PART]

    def split(ctx: JobContext, ref: str) -> str:
        order = json.loads(store.get_blob(ref))
        refs = []
        for message in _messages(order["parts"]):
            kept = store.put_blob(message)
            part = {"message": kept, "cpu_seconds": order["cpu_seconds"], "seed": order["seed"]}
            refs.append(store.put_blob(json.dumps(part).encode()))
        answers = [json.loads(store.get_blob(answer)) for _, answer in ctx.map(PART, refs)]
        return store.put_blob(json.dumps(answers).encode())

    def part(ctx: JobContext, ref: str) -> str:
        order = json.loads(store.get_blob(ref))
        until = time.thread_time() + order["cpu_seconds"]
        real(ctx, order["message"])
        message = store.get_blob(order["message"])
        while time.thread_time() < until and ctx.should_stop() is None:
            run_part(message)
        return store.put_blob(json.dumps(os.getpid()).encode())

    return {_SPLIT: split, PART: part}


def _messages(parts: int) -> list[bytes]:
    """Return price turns of each part's own agents, the problem sent along."""
    import numpy as np

    from solver.codec_binary import problem_to_bytes
    from solver.parts.messages import PricePart, name_of, pack

    problem = Generated(_AGENTS).problem()
    sent = problem_to_bytes(problem)
    mu = np.zeros((len(problem.queues), problem.slots), dtype=np.float32)
    deals = np.array_split(np.arange(_AGENTS, dtype=np.int32), parts)
    return [
        pack(PricePart(deal, mu, np.zeros((len(deal), 2)), alpha=1.0), name_of(sent), sent)
        for deal in deals
    ]


def work(url: str) -> None:
    """Be a worker, as ``helio worker`` is, until told to stop or left alone."""
    import threading

    from scheduler.jobs.durable import DurableEngine
    from scheduler.settings import Settings
    from scheduler.store import open_store
    from scheduler.usecases.run_solve import handlers
    from solver.warm import warm_up

    ended, parent = threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    warm_up()
    store = open_store(url, clock=system_clock)
    real = handlers(store, Settings(_env_file=None))  # type: ignore[call-arg]
    engine = DurableEngine(url, store, split_handlers(store, real))
    engine.start(EngineRole.WORKER)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    while not ended.wait(0.2) and os.getppid() == parent:
        pass
    engine.stop(0)
    store.close()


@contextmanager
def _workers(url: str, count: int, scratch: Path) -> Iterator[None]:
    """Run workers for the block, begun one after the other and ready before it."""
    with ExitStack() as stack:
        for number in range(count):
            stack.enter_context(_worker(url, scratch / f"worker-{number}"))
        yield


@contextmanager
def _worker(url: str, log: Path) -> Iterator[None]:
    program = "import sys; from benchmarks.service_workers import work; work(sys.argv[1])"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", program, url], cwd=PROJECT, stdout=stream, stderr=stream
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while "working" not in (said := log.read_text(encoding="utf-8", errors="replace")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"a worker did not start: {said.strip()[-200:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def _database() -> Iterator[str]:
    """Run a PostgreSQL of its own on the loopback for the block; yield an empty database."""
    from tests.postgres import PostgresServer, find_programs

    programs = find_programs()
    if programs is None:
        raise MissingError("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(programs)
    try:
        server.start()
        yield server.create_database()
    finally:
        server.remove()
