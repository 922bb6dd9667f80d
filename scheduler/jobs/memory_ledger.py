"""A ledger in memory: for solving without a database, and for tests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.clock import Clock, system_clock
from scheduler.domain.job import JobProgress, JobState, WorkerInfo

__all__ = ["MemoryLedger", "MemoryRecord"]


@dataclass(slots=True)
class MemoryRecord:
    """What the ledger knows of one job."""

    state: JobState = JobState.QUEUED
    attempt: int = 0
    stop_asked: bool = False
    result: str | None = None
    fault: str | None = None
    incumbent: bytes | None = None
    progress: list[JobProgress] = field(default_factory=list)


class MemoryLedger:
    """Fulfils ``Ledger``; everything ends with the process.

    A job is known from the first time that its id is used.

    Parameters
    ----------
    clock : Clock
        In place of the database's.
    """

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._blobs: dict[str, bytes] = {}
        self._jobs: dict[str, MemoryRecord] = {}
        self._executors: dict[str, tuple[str, datetime, datetime]] = {}

    def job(self, job_id: str) -> MemoryRecord:
        """Return the record of a job."""
        with self._lock:
            return self._job(job_id)

    def _job(self, job_id: str) -> MemoryRecord:
        return self._jobs.setdefault(job_id, MemoryRecord())

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their SHA-256 (hexadecimal)."""
        ref = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._blobs[ref] = bytes(data)
        return ref

    def get_blob(self, ref: str) -> bytes:
        """Return bytes kept; KeyError when there are none."""
        with self._lock:
            return self._blobs[ref]

    def begin(self, job_id: str, executor_id: str) -> int:
        """Note that a job runs here now; return the attempt, rising from 1."""
        del executor_id
        with self._lock:
            job = self._job(job_id)
            job.attempt += 1
            if job.state is JobState.QUEUED:
                job.state = JobState.RUNNING
            return job.attempt

    def finish(
        self, job_id: str, attempt: int, state: JobState, result: str | None, fault: str | None
    ) -> bool:
        """Note how a job ended, once; False when a later attempt has begun or it had ended."""
        with self._lock:
            job = self._job(job_id)
            if job.attempt != attempt or job.state.is_final:
                return False
            job.state, job.result, job.fault = state, result, fault
            return True

    def add_progress(
        self,
        job_id: str,
        attempt: int,
        seconds: float,
        cost_cents: int | None,
        bound_cents: int | None,
        phase: str,
    ) -> JobProgress | None:
        """Add a line of progress; None when a later attempt has begun."""
        with self._lock:
            job = self._job(job_id)
            if job.attempt != attempt:
                return None
            line = JobProgress(
                job_id,
                len(job.progress) + 1,
                self._clock(),
                attempt,
                seconds,
                cost_cents,
                bound_cents,
                phase,
            )
            job.progress.append(line)
            return line

    def save_incumbent(self, job_id: str, attempt: int, data: bytes) -> bool:
        """Keep the best so far; False when a later attempt has begun."""
        with self._lock:
            job = self._job(job_id)
            if job.attempt != attempt:
                return False
            job.incumbent = bytes(data)
            return True

    def load_incumbent(self, job_id: str) -> bytes | None:
        """Return the best that any attempt kept."""
        with self._lock:
            return self._job(job_id).incumbent

    def ask_to_stop(self, job_id: str) -> JobState:
        """Note that a job is to end early; return its state after that."""
        after = {JobState.QUEUED: JobState.STOPPED, JobState.RUNNING: JobState.STOPPING}
        with self._lock:
            job = self._job(job_id)
            job.stop_asked = True
            job.state = after.get(job.state, job.state)
            return job.state

    def stops_asked(self, job_ids: Sequence[str]) -> frozenset[str]:
        """Return those jobs of some that are to end early."""
        with self._lock:
            return frozenset(each for each in job_ids if self._job(each).stop_asked)

    def beat(self, executor_id: str, host: str) -> None:
        """Note a sign of life."""
        now = self._clock()
        with self._lock:
            _, started_at, _ = self._executors.get(executor_id, (host, now, now))
            self._executors[executor_id] = (host, started_at, now)

    def forget_executor(self, executor_id: str) -> None:
        """Note that a process has ended in order."""
        with self._lock:
            self._executors.pop(executor_id, None)

    def executors(self, *, dead_after: timedelta) -> tuple[WorkerInfo, ...]:
        """Return all that have beaten and are not forgotten."""
        now = self._clock()
        with self._lock:
            return tuple(
                WorkerInfo(name, host, started, beat, is_alive=now - beat <= dead_after)
                for name, (host, started, beat) in sorted(self._executors.items())
            )
