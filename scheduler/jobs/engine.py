"""The seam between the application and the engine that runs its jobs.

An engine runs handlers by name, durably: a handler that was begun and not finished is begun again,
here or on another machine, with what it had saved. Payloads never pass through the engine, only
references to blobs that the ledger keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from scheduler.domain.job import JobProgress, JobState, WorkerInfo
from scheduler.errors import SchedulerError

__all__ = [
    "Engine",
    "EngineError",
    "EngineRole",
    "EngineStatus",
    "Handler",
    "Handlers",
    "JobContext",
    "Ledger",
    "StopReason",
]


class EngineError(SchedulerError):
    """The engine cannot start, or cannot be reached."""

    code = "engine"


class EngineRole(StrEnum):
    """What a process does with jobs.

    ``embedded``: submits and runs them, alone on its database. ``client``: submits and watches.
    ``worker``: runs them, one of many.
    """

    EMBEDDED = "embedded"
    CLIENT = "client"
    WORKER = "worker"


class StopReason(StrEnum):
    """Why a handler should end now.

    ``cancelled``: somebody asked for it; keep the best. ``lost``: this process can no longer be
    sure that the job is its own; report nothing.
    """

    CANCELLED = "cancelled"
    LOST = "lost"


class JobContext(Protocol):
    """What a handler sees of the engine."""

    @property
    def job_id(self) -> str:
        """The job's id; of a part, that of the job it belongs to."""
        ...

    @property
    def attempt(self) -> int:
        """How often this handler was begun for the job, from 1."""
        ...

    def progress(
        self, seconds: float, cost_cents: int | None, bound_cents: int | None, phase: str
    ) -> None:
        """Note how it stands; throttled, written by another thread, never waits."""
        ...

    def should_stop(self) -> StopReason | None:
        """Return why to end, None to go on; asks memory only, so it may be called at any rate."""
        ...

    def save_incumbent(self, data: bytes) -> bool:
        """Keep the best so far for a later attempt; False when a later attempt has begun."""
        ...

    def load_incumbent(self) -> bytes | None:
        """Return what an earlier attempt kept."""
        ...

    def map(
        self, kind: str, refs: Sequence[str], *, per_worker: int = 1
    ) -> Iterator[tuple[int, str]]:
        """Have handler `kind` applied to each reference, on any worker; yield results as they come.

        Parameters
        ----------
        per_worker : int
            Parts of this job that one worker does at a time.

        Yields
        ------
        (int, str)
            Index into `refs`, and the reference that the handler returned.
        """
        ...


Handler = Callable[[JobContext, str], str]
"""Does the work that a reference stands for and returns a reference to what came of it."""

Handlers = Mapping[str, Handler]


class Ledger(Protocol):
    """What the engine keeps in the application's own database; the store is one.

    Every method is a transaction of its own and may be called from any thread. Times are those of
    the database.
    """

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their reference, the SHA-256 (hexadecimal)."""
        ...

    def get_blob(self, ref: str) -> bytes:
        """Return bytes kept; KeyError when there are none."""
        ...

    def begin(self, job_id: str, executor_id: str) -> int:
        """Note that a job runs here now; return the attempt, rising from 1."""
        ...

    def finish(
        self, job_id: str, attempt: int, state: JobState, result: str | None, fault: str | None
    ) -> bool:
        """Note how a job ended, once; False when a later attempt has begun or it had ended."""
        ...

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
        ...

    def save_incumbent(self, job_id: str, attempt: int, data: bytes) -> bool:
        """Keep the best so far; False when a later attempt has begun."""
        ...

    def load_incumbent(self, job_id: str) -> bytes | None:
        """Return the best that any attempt kept."""
        ...

    def ask_to_stop(self, job_id: str) -> JobState:
        """Note that a job is to end early; return its state after that."""
        ...

    def stops_asked(self, job_ids: Sequence[str]) -> frozenset[str]:
        """Return those jobs of some that are to end early."""
        ...

    def beat(self, executor_id: str, host: str) -> None:
        """Note a sign of life."""
        ...

    def forget_executor(self, executor_id: str) -> None:
        """Note that a process has ended in order, or that nothing of it is left to take over."""
        ...

    def executors(self, *, dead_after: timedelta) -> tuple[WorkerInfo, ...]:
        """Return all processes that have beaten and are not forgotten."""
        ...


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine itself sees a job.

    Parameters
    ----------
    state : JobState
        ``failed`` includes jobs given up after too many crashes.
    executor_id : str, optional
        Who has it.
    """

    job_id: str
    state: JobState
    executor_id: str | None
    updated_at: datetime | None


class Engine(Protocol):
    """Runs jobs, or has them run."""

    def start(self, role: EngineRole) -> None:
        """Begin; as embedded or worker, run what is queued and take over what was left behind.

        Raises
        ------
        EngineError
            If an embedded engine already runs on this database.
        """
        ...

    def stop(self, grace_seconds: float) -> None:
        """End: running handlers may finish for so long; what is left is begun anew later."""
        ...

    def submit(
        self, transaction: Any, kind: str, job_id: str, ref: str, *, priority: int = 10
    ) -> None:
        """Queue a job in the caller's open database transaction: both are kept, or neither.

        Parameters
        ----------
        transaction : sqlalchemy.orm.Session or Connection
            On the application's database, which is also the engine's.
        job_id : str
            Submitted twice it is one job.
        priority : int
            Lower is sooner.
        """
        ...

    def cancel(self, job_id: str) -> None:
        """Ask a job to end with its best; one that has not begun ends without a result."""
        ...

    def status(self, job_id: str) -> EngineStatus:
        """Return how the engine sees a job; KeyError for an unknown one."""
        ...

    def workers(self) -> tuple[WorkerInfo, ...]:
        """Return the processes that run jobs."""
        ...

    def purge(self, older_than: timedelta) -> int:
        """Delete what the engine keeps of jobs ended so long ago; return how many."""
        ...
