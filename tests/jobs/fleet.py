"""Processes to kill, what they wrote, and what must be true of it."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.jobs.durable import APPLICATION_VERSION, DurableEngine
from scheduler.jobs.engine import EngineRole
from scheduler.jobs.liveness import LivenessSettings
from tests.jobs.ledger import SqlLedger
from tests.jobs.process import child

ROOT = Path(__file__).resolve().parents[2]
FINAL = {"done", "stopped", "failed"}
TIMES = LivenessSettings(0.2, 1.0, 2.0)


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.jobs.process"])


class Child:
    """A process forked from one that has imported everything, so that it starts in no time."""

    def __init__(self, arguments: list[str], errors: Path) -> None:
        self._process = _forks.Process(target=child, args=(arguments, str(errors)))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.ended_at: float | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        """Note when it ended, within some hundredths of a second."""
        while self.poll() is None:
            time.sleep(0.02)

    def poll(self) -> int | None:
        with self._lock:
            code = self._process.exitcode
            if code is not None and self.ended_at is None:
                self.ended_at = time.monotonic()
            return code

    def wait(self, seconds: float) -> int:
        wait_for(lambda: self.poll() is not None, seconds, f"process {self.pid} goes on")
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


@dataclass(frozen=True)
class Line:
    event: str
    name: str
    pid: int
    attempt: int
    seconds: float


def wait_for(condition: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.03)
    raise AssertionError(f"nothing came of it in {seconds} s: {what}")


@dataclass
class Fleet:
    """The processes on one database, and a client of it."""

    url: str
    folder: Path
    ledger: SqlLedger = field(init=False)
    client: DurableEngine = field(init=False)
    processes: list[Child] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ledger = SqlLedger(self.url)
        self.ledger.create()
        self.client = DurableEngine(self.url, self.ledger, {}, liveness=TIMES)
        self.client.start(EngineRole.CLIENT)

    @property
    def ended(self) -> dict[int, float]:
        """When each process that is gone ended."""
        return {each.pid: each.ended_at for each in self.processes if each.ended_at is not None}

    @property
    def log(self) -> Path:
        return self.folder / "events"

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def spawn(
        self,
        url: str | None = None,
        *,
        wait: bool = True,
        attempts: int = 4,
        version: str = APPLICATION_VERSION,
    ) -> Child:
        role = "embedded" if self.is_sqlite else "worker"
        arguments = ["--url", url or self.url, "--log", str(self.log), "--role", role]
        arguments += ["--attempts", str(attempts), "--version", version]
        process = Child(arguments, self.folder / "stderr")
        self.processes.append(process)
        if wait:
            wait_for(lambda: self.events("UP", pid=process.pid) or process.poll(), what="start")
            assert process.poll() is None, (self.folder / "stderr").read_text()[-2000:]
        return process

    def kill(self, process: Child) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def freeze(self, process: Child) -> None:
        self.frozen.add(process.pid)
        process.send_signal(signal.SIGSTOP)

    def wake(self, process: Child) -> None:
        process.send_signal(signal.SIGCONT)

    def owner(self, name: str) -> Child:
        """Return the living process that began something last."""
        started = self.events("START", name=name)
        pid = started[-1].pid
        return next(process for process in self.processes if process.pid == pid)

    def alive(self) -> list[Child]:
        return [process for process in self.processes if process.poll() is None]

    def submit(self, kind: str, job_id: str, *, priority: int = 10, **order: object) -> None:
        ref = self.ledger.put_blob(json.dumps(order).encode())
        with self.ledger.engine.begin() as connection:
            self.ledger.add_job(connection, job_id)
            self.client.submit(connection, kind, job_id, ref, priority=priority)

    def state(self, job_id: str) -> str:
        return str(self.ledger.job(job_id).state)

    def result(self, job_id: str) -> int:
        return int(json.loads(self.ledger.get_blob(self.ledger.job(job_id).result)))

    def wait_final(self, *job_ids: str, seconds: float = 40.0) -> None:
        wait_for(
            lambda: all(self.state(each) in FINAL for each in job_ids),
            seconds,
            f"{[(each, self.ledger.job(each)) for each in job_ids]}",
        )

    def events(
        self, event: str | None = None, *, name: str | None = None, pid: int | None = None
    ) -> list[Line]:
        if not self.log.exists():
            return []
        lines = []
        for text in self.log.read_text().splitlines():
            kind, what, who, attempt, seconds = text.split(" ")
            line = Line(kind, what, int(who), int(attempt), float(seconds))
            if event in (None, kind) and name in (None, what) and pid in (None, line.pid):
                lines.append(line)
        return lines

    def wait_events(self, event: str, count: int, **where: object) -> None:
        wait_for(
            lambda: len(self.events(event, **where)) >= count,  # type: ignore[arg-type]
            what=f"{count} x {event} {where}",
        )

    def check_split(self, job_id: str, parts: int) -> None:
        """Nothing lost, nothing merged twice, nothing done twice at a time."""
        job = self.ledger.job(job_id)
        assert job.state == "done", job
        assert self.result(job_id) == sum(number**2 for number in range(parts))
        assert {line.name for line in self.events("END")} >= {
            f"{job_id}/{number}" for number in range(parts)
        }
        merged = self.events("MERGED", name=job_id)
        assert [line.attempt for line in merged].count(job.attempt) == 1, merged
        gone = set(self.ended) | self.frozen
        assert all(line.pid in gone for line in merged if line.attempt != job.attempt), merged
        for name in [job_id, *(f"{job_id}/{number}" for number in range(parts))]:
            self.check_no_overlap(name)
        self.check_nothing_left()

    def check_no_overlap(self, name: str) -> None:
        spans: dict[int, list[list[float]]] = defaultdict(list)
        for line in self.events(name=name):
            if line.event == "START":
                spans[line.pid].append([line.seconds, float("inf")])
            else:
                spans[line.pid][-1][1] = min(spans[line.pid][-1][1], line.seconds)
        found = []
        for pid, pairs in spans.items():
            if pid in self.frozen:
                continue
            for start, end in pairs:
                found.append((start, min(end, self.ended.get(pid, float("inf")))))
        found.sort()
        for (_, end), (start, _) in itertools.pairwise(found):
            assert end <= start, (name, found)

    def check_nothing_left(self) -> None:
        wait_for(lambda: not self.client.pending_by_executor(), 10, "something is left")

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGKILL)
                process.wait(10)
        self.client.stop(0)
        self.ledger.engine.dispose()


@contextmanager
def fleet_on(url: str, folder: Path) -> Iterator[Fleet]:
    fleet = Fleet(url, folder)
    try:
        yield fleet
    finally:
        fleet.close()
