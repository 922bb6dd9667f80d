"""Jobs in threads of this process: for tests, and for solving without a database.

What it says of order, parts, stopping and outcomes is what the durable engine says; only a killed
process loses everything.
"""

from __future__ import annotations

import heapq
import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.clock import Clock, system_clock
from scheduler.domain.job import JobState, WorkerInfo
from scheduler.jobs.context import Notes, Run, Runs
from scheduler.jobs.engine import EngineError, EngineRole, EngineStatus, Handlers, Ledger
from scheduler.jobs.repeater import Repeater
from scheduler.jobs.runner import Abandoned, Outcome, Runner
from scheduler.jobs.spread import part_prefix, spread_parts

__all__ = ["AfterCommit", "MemoryEngine", "at_once"]

AfterCommit = Callable[[Any, Callable[[], None]], None]
"""Given a transaction and an action: does the action once that transaction is kept."""

_STOP_MARGIN_SECONDS = 3.0
_BEAT_SECONDS = 2.0


def at_once(transaction: Any, action: Callable[[], None]) -> None:
    """Do an action now: for callers that have no transaction."""
    del transaction
    action()


@dataclass(slots=True)
class _Entry:
    kind: str
    ref: str
    place: tuple[int, int]
    state: JobState
    updated_at: datetime

    starts: int = 0


class MemoryEngine:
    """Runs jobs in threads.

    Parameters
    ----------
    slots : int
        Jobs at a time; the parts of a job have threads of their own.
    after_commit : AfterCommit
        How to wait for the caller's transaction; by default jobs are queued at once.
    """

    def __init__(
        self,
        ledger: Ledger,
        handlers: Handlers,
        *,
        executor_id: str = "memory",
        slots: int = 1,
        after_commit: AfterCommit = at_once,
        watch_seconds: float = 0.3,
        clock: Clock = system_clock,
    ) -> None:
        if slots < 1:
            raise ValueError("slots is at least 1")
        self._ledger = ledger
        self._slots = slots
        self._after_commit = after_commit
        self._watch_seconds = watch_seconds
        self._clock = clock
        self.executor_id = executor_id
        self._runs = Runs(ledger)
        self._notes = Notes(ledger)
        self._draining = threading.Event()
        self._changed = threading.Condition()
        self._entries: dict[str, _Entry] = {}
        self._queue: list[tuple[tuple[int, int], str]] = []
        self._numbers = itertools.count()
        self._parts: dict[str, Outcome] = {}
        self._threads: list[threading.Thread] = []
        self._repeaters: list[Repeater] = []
        self._started = False
        self._runner = Runner(
            ledger,
            handlers,
            executor_id,
            self._runs,
            self._notes,
            self._spread,
            fence=None,
            max_attempts=4,
            draining=self._draining,
        )

    def start(self, role: EngineRole) -> None:
        """Begin to run what is queued; in memory every role but the client's is the same.

        Raises
        ------
        EngineError
            If it runs already, or as client: nobody else could do the jobs.
        """
        if role is EngineRole.CLIENT:
            raise EngineError("jobs in memory have no other process to run them")
        if self._started:
            raise EngineError("the engine has been started already")
        self._started = True
        self._draining.clear()
        self._ledger.beat(self.executor_id, socket.gethostname())
        self._repeaters = [
            Repeater("jobs-watch", self._watch_seconds, self._runs.look_for_stops),
            Repeater("jobs-progress", 0.5, self._notes.write),
            Repeater(
                "jobs-beat",
                _BEAT_SECONDS,
                lambda: self._ledger.beat(self.executor_id, socket.gethostname()),
            ),
        ]
        self._threads = [
            threading.Thread(target=self._serve, name=f"jobs-{number}", daemon=True)
            for number in range(self._slots)
        ]
        for repeater in self._repeaters:
            repeater.start()
        for thread in self._threads:
            thread.start()

    def stop(self, grace_seconds: float) -> None:
        """End: running handlers may finish for so long; what is left is begun anew by `start`."""
        if not self._started:
            return
        with self._changed:
            self._started = False
            self._changed.notify_all()
        self._runs.wait_for_none(grace_seconds)
        self._draining.set()
        for run in self._runs.all():
            run.give_up()
        self._runs.wait_for_none(_STOP_MARGIN_SECONDS)
        for thread in self._threads:
            thread.join(_STOP_MARGIN_SECONDS)
        for repeater in self._repeaters:
            repeater.stop()
        self._ledger.forget_executor(self.executor_id)

    def submit(
        self, transaction: Any, kind: str, job_id: str, ref: str, *, priority: int = 10
    ) -> None:
        """Queue a job once the caller's transaction is kept; see ``Engine.submit``."""
        self._after_commit(transaction, lambda: self._queue_job(kind, job_id, ref, priority))

    def _queue_job(self, kind: str, job_id: str, ref: str, priority: int) -> None:
        with self._changed:
            if job_id in self._entries:
                return
            place = (priority, next(self._numbers))
            self._entries[job_id] = _Entry(kind, ref, place, JobState.QUEUED, self._clock())
            heapq.heappush(self._queue, (place, job_id))
            self._changed.notify()

    def cancel(self, job_id: str) -> None:
        """Ask a job to end with its best; one that has not begun ends without a result."""
        state = self._ledger.ask_to_stop(job_id)
        with self._changed:
            entry = self._entries.get(job_id)
            if entry and state is JobState.STOPPED and entry.state is JobState.QUEUED:
                self._set(entry, JobState.STOPPED)
        self._runs.cancel(job_id)

    def status(self, job_id: str) -> EngineStatus:
        """Return how the engine sees a job; KeyError for an unknown one."""
        with self._changed:
            entry = self._entries[job_id]
            state, updated_at = entry.state, entry.updated_at
            holder = self.executor_id if entry.starts else None
        if state is JobState.RUNNING and self._ledger.stops_asked([job_id]):
            state = JobState.STOPPING
        return EngineStatus(job_id, state, holder, updated_at)

    def workers(self) -> tuple[WorkerInfo, ...]:
        """Return this process, while it runs jobs."""
        return self._ledger.executors(dead_after=timedelta(seconds=15 * _BEAT_SECONDS))

    def purge(self, older_than: timedelta) -> int:
        """Forget jobs ended so long ago, with their parts; return how many jobs."""
        before = self._clock() - older_than
        with self._changed:
            old = [
                job_id
                for job_id, entry in self._entries.items()
                if entry.state.is_final and entry.updated_at <= before
            ]
            for job_id in old:
                del self._entries[job_id]
                for name in [each for each in self._parts if each.startswith(part_prefix(job_id))]:
                    del self._parts[name]
        return len(old)

    # ---- running

    def _set(self, entry: _Entry, state: JobState) -> None:
        entry.state = state
        entry.updated_at = self._clock()

    def _next(self) -> str | None:
        """Wait for a job and take it; None when the engine stops."""
        with self._changed:
            while self._started:
                while self._queue:
                    _, job_id = heapq.heappop(self._queue)
                    entry = self._entries.get(job_id)
                    if entry is not None and entry.state is JobState.QUEUED:
                        entry.starts += 1
                        self._set(entry, JobState.RUNNING)
                        return job_id
                self._changed.wait()
        return None

    def _serve(self) -> None:
        while (job_id := self._next()) is not None:
            entry = self._entries[job_id]
            try:
                with self._runner.counted(job_id, job_id) as run:
                    outcome = self._runner.run_job(run, entry.kind, entry.ref, 1)
                    self._runner.finish_job(run, outcome)
                state = JobState(outcome["state"])
            except Abandoned:
                state = JobState.QUEUED
            except Exception:
                # The ledger refused the job itself, so there is nowhere to say why.
                state = JobState.FAILED
            with self._changed:
                self._set(entry, state)
                if state is JobState.QUEUED:
                    heapq.heappush(self._queue, (entry.place, job_id))

    def _spread(
        self, run: Run, kind: str, refs: Sequence[str], per_worker: int
    ) -> Iterator[tuple[int, str]]:
        pool = _PartPool(self, per_worker)
        try:
            yield from spread_parts(
                pool,
                run,
                kind,
                refs,
                per_worker,
                poll_seconds=0.01,
                wait_seconds=10.0,
                draining=self._draining,
            )
        finally:
            pool.close()

    def do_part(self, name: str, kind: str, job_id: str, ref: str) -> Outcome:
        """Run one part in the calling thread; what this job did before is not done again."""
        with self._changed:
            known = self._parts.get(name)
        if known is not None:
            return known
        with self._runner.counted(name, job_id) as run:
            outcome = self._runner.run_part(run, kind, ref, 1, is_over=lambda: False)
        with self._changed:
            self._parts[name] = outcome
        return outcome


class _PartPool:
    """The threads of one call of ``map``."""

    def __init__(self, engine: MemoryEngine, threads: int) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="jobs-part")
        self._futures: dict[str, Any] = {}

    def queue_part(self, part_id: str, lane: str, kind: str, job_id: str, ref: str) -> None:
        del lane
        if part_id not in self._futures:
            self._futures[part_id] = self._pool.submit(
                self._engine.do_part, part_id, kind, job_id, ref
            )

    def ended_parts(self, part_ids: Sequence[str]) -> Mapping[str, Outcome | None]:
        ended: dict[str, Outcome | None] = {}
        for name in part_ids:
            future = self._futures[name]
            if future.cancelled():
                ended[name] = None
            elif future.done() and not isinstance(future.exception(), Abandoned):
                ended[name] = future.result()
        return ended

    def cancel_queued_parts(self, part_ids: Sequence[str]) -> None:
        for name in part_ids:
            self._futures[name].cancel()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
