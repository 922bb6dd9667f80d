"""What a handler sees, the same in every engine: its run, progress kept by another thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from scheduler.domain.job import JobState
from scheduler.errors import SchedulerError
from scheduler.jobs.engine import EngineError, Handler, Ledger, StopReason

__all__ = [
    "Claim",
    "JobView",
    "Notes",
    "PartError",
    "PartView",
    "Run",
    "Runs",
    "SpreadParts",
    "describe_fault",
    "end_state",
    "handler_for",
]

log = logging.getLogger(__name__)


Claim = tuple[int | None, int | None]
"""When something was taken from its queue, by the database's clock, and how often."""


class PartError(EngineError):
    """A part of a job ended without a result; the message says why."""

    code = "part_failed"


class Run:
    """One handler at work in this process.

    Parameters
    ----------
    run_id : str
        Id of the job, or of the part.
    job_id : str
        The job it works for.
    is_lost : callable, optional
        Whether the process may have been taken for dead since the run began.

    Attributes
    ----------
    attempt : int
        How often the handler was begun, this time included.
    told_lost : bool
        Whether the handler was told to end because the job is no longer its own: then what it
        returns is not a result.
    is_handling : bool
        Whether the handler is at work, and not yet or no longer what is around it.
    claim : Claim, optional
        Tells this taking from the queue from others of the same job.
    """

    def __init__(
        self, run_id: str, job_id: str, *, is_lost: Callable[[], bool] = lambda: False
    ) -> None:
        self.run_id = run_id
        self.job_id = job_id
        self.attempt = 0
        self.told_lost = False
        self.is_handling = False
        self.claim: Claim | None = None
        self._is_lost = is_lost
        self._cancelled = threading.Event()
        self._given_up = threading.Event()

    def cancel(self) -> None:
        """Note that the job is to end early."""
        self._cancelled.set()

    def give_up(self) -> None:
        """Note that this process must not finish the run."""
        self._given_up.set()

    def abandon(self) -> None:
        """Note that what the handler is given from now on is not whole: its result is none."""
        self._given_up.set()
        self.told_lost = True

    @property
    def is_cancelled(self) -> bool:
        """Whether the job is to end early."""
        return self._cancelled.is_set()

    @property
    def is_lost(self) -> bool:
        """Whether the run may no longer be this process's own."""
        return self._given_up.is_set() or self._is_lost()

    def stop_reason(self) -> StopReason | None:
        """Return why to end, and remember that the handler was told."""
        if self.is_lost:
            self.told_lost = True
            return StopReason.LOST
        return StopReason.CANCELLED if self._cancelled.is_set() else None


class Runs:
    """The runs of this process, and the one question asked about them: who is to stop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Condition()
        self._runs: set[Run] = set()

    def add(self, run: Run) -> None:
        """Count a run in."""
        with self._lock:
            self._runs.add(run)

    def remove(self, run: Run) -> None:
        """Count a run out."""
        with self._lock:
            self._runs.discard(run)
            self._lock.notify_all()

    def all(self) -> tuple[Run, ...]:
        """Return the runs at this moment."""
        with self._lock:
            return tuple(self._runs)

    def wait_for_none(self, seconds: float) -> bool:
        """Wait until no run is left; False when `seconds` have passed first."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._runs, timeout=max(0.0, seconds))

    def cancel(self, job_id: str) -> None:
        """Tell the runs of a job that it is to end early."""
        for run in self.all():
            if run.job_id == job_id:
                run.cancel()

    def look_for_stops(self) -> None:
        """Ask the ledger which of the jobs at work here are to end early."""
        waiting = sorted({run.job_id for run in self.all() if not run.is_cancelled})
        if waiting:
            for job_id in self._ledger.stops_asked(waiting):
                self.cancel(job_id)


class Notes:
    """Progress and incumbents on their way to the ledger; only the latest of a job counts.

    A ledger that fails is tried again at the next tick and never reaches the handler.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._progress: dict[Run, tuple[float, int | None, int | None, str]] = {}
        self._incumbents: dict[Run, bytes] = {}

    def progress(
        self, run: Run, seconds: float, cost_cents: int | None, bound_cents: int | None, phase: str
    ) -> None:
        """Take a line of progress; it replaces one of the same run not yet written."""
        with self._lock:
            self._progress[run] = (seconds, cost_cents, bound_cents, phase)

    def incumbent(self, run: Run, data: bytes) -> bool:
        """Keep the best so far now, or, when the ledger fails, as soon as it can."""
        with self._writing:  # or an older one on its way would land on top of this
            with self._lock:
                self._incumbents.pop(run, None)
            try:
                return self._ledger.save_incumbent(run.job_id, run.attempt, data)
            except Exception as error:
                log.warning("incumbent of job %s waits: %s", run.job_id, type(error).__name__)
                with self._lock:
                    self._incumbents[run] = data
                return True

    def write(self, only: Run | None = None) -> None:
        """Write what waits, of one run or of all."""
        with self._writing:
            with self._lock:
                runs = [only] if only is not None else list({*self._progress, *self._incumbents})
                work = [
                    (run, self._progress.pop(run, None), self._incumbents.pop(run, None))
                    for run in runs
                ]
            for run, line, data in work:
                self._write_one(run, line, data)

    def forget(self, run: Run) -> None:
        """Drop what waits of a run."""
        with self._lock:
            self._progress.pop(run, None)
            self._incumbents.pop(run, None)

    def _write_one(
        self,
        run: Run,
        line: tuple[float, int | None, int | None, str] | None,
        data: bytes | None,
    ) -> None:
        try:
            if data is not None:
                self._ledger.save_incumbent(run.job_id, run.attempt, data)
                data = None
            if line is not None:
                self._ledger.add_progress(run.job_id, run.attempt, *line)
        except Exception as error:
            log.warning("progress of job %s waits: %s", run.job_id, type(error).__name__)
            with self._lock:
                if line is not None:
                    self._progress.setdefault(run, line)
                if data is not None:
                    self._incumbents.setdefault(run, data)


class SpreadParts(Protocol):
    """Hands out a job's parts and yields their results."""

    def __call__(
        self, run: Run, kind: str, refs: Sequence[str], per_worker: int
    ) -> Iterator[tuple[int, str]]:
        """Have the parts done."""
        ...


class JobView:
    """A job's handler's view of the engine; see ``JobContext``."""

    def __init__(self, run: Run, notes: Notes, ledger: Ledger, spread: SpreadParts) -> None:
        self._run = run
        self._notes = notes
        self._ledger = ledger
        self._spread = spread

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self._run.job_id

    @property
    def attempt(self) -> int:
        """How often this handler was begun for the job, from 1."""
        return self._run.attempt

    def progress(
        self, seconds: float, cost_cents: int | None, bound_cents: int | None, phase: str
    ) -> None:
        """Note how it stands."""
        self._notes.progress(self._run, seconds, cost_cents, bound_cents, phase)

    def should_stop(self) -> StopReason | None:
        """Return why to end, None to go on."""
        return self._run.stop_reason()

    def save_incumbent(self, data: bytes) -> bool:
        """Keep the best so far; while the database fails it waits in memory (True)."""
        return self._notes.incumbent(self._run, data)

    def load_incumbent(self) -> bytes | None:
        """Return what an earlier attempt kept."""
        return self._ledger.load_incumbent(self._run.job_id)

    def map(
        self, kind: str, refs: Sequence[str], *, per_worker: int = 1
    ) -> Iterator[tuple[int, str]]:
        """Have handler `kind` applied to each reference, on any worker.

        The same kind and reference within a job are done once, also by a later attempt. Once the
        job is to stop, parts not begun are dropped, and the iterator ends after the others.

        Raises
        ------
        PartError
            If a part failed.
        ValueError
            If `per_worker` is below 1.
        """
        if per_worker < 1:
            raise ValueError("per_worker is at least 1")
        return self._spread(self._run, kind, tuple(refs), per_worker)


class PartView:
    """The view of a part's handler: it can be stopped, the rest is its job's business."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def job_id(self) -> str:
        """Id of the job that the part belongs to."""
        return self._run.job_id

    @property
    def attempt(self) -> int:
        """How often this part was begun, from 1."""
        return self._run.attempt

    def progress(
        self, seconds: float, cost_cents: int | None, bound_cents: int | None, phase: str
    ) -> None:
        """Do nothing: the job reports, not its parts."""

    def should_stop(self) -> StopReason | None:
        """Return why to end, None to go on."""
        return self._run.stop_reason()

    def save_incumbent(self, data: bytes) -> bool:
        """Keep nothing: a part is begun anew from its reference; False."""
        del data
        return False

    def load_incumbent(self) -> bytes | None:
        """Return None: parts keep nothing."""
        return None

    def map(
        self, kind: str, refs: Sequence[str], *, per_worker: int = 1
    ) -> Iterator[tuple[int, str]]:
        """Refuse: a part has no parts.

        Raises
        ------
        EngineError
            Always.
        """
        del kind, refs, per_worker
        raise EngineError("a part cannot have parts of its own")


def handler_for(handlers: object, kind: str) -> Handler:
    """Return the handler of a kind.

    Raises
    ------
    EngineError
        If this process has none of that kind.
    """
    found = handlers.get(kind) if hasattr(handlers, "get") else None
    if found is None:
        raise EngineError(f"there is no handler {kind!r} here")
    handler: Handler = found
    return handler


def describe_fault(error: BaseException) -> str:
    """Return an error of a handler as a sentence for the job's record."""
    text = str(error).strip().split("\n")[0][:500]
    if isinstance(error, SchedulerError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def end_state(run: Run) -> JobState:
    """Return how a run ended whose handler returned a result."""
    return JobState.STOPPED if run.is_cancelled else JobState.DONE
