"""Run one handler from its begin in the ledger to its outcome, through outages and fences."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from scheduler.domain.job import JobState
from scheduler.errors import SchedulerError
from scheduler.jobs.context import (
    JobView,
    Notes,
    PartView,
    Run,
    Runs,
    SpreadParts,
    describe_fault,
    end_state,
    handler_for,
)
from scheduler.jobs.engine import Handlers, JobContext, Ledger
from scheduler.jobs.liveness import Fence

__all__ = ["Abandoned", "Outcome", "Runner", "is_outage", "patiently"]

log = logging.getLogger(__name__)

Outcome = dict[str, Any]
"""How a run ended, as JSON: attempt, state, result, fault."""

_OUTAGES = frozenset({"OperationalError", "InterfaceError", "DisconnectionError", "TimeoutError"})
_DRIVERS = frozenset({"sqlalchemy", "psycopg", "sqlite3"})
_DEFECTS = (SchedulerError, LookupError, TypeError, ValueError, AttributeError, AssertionError)
_PATIENCE_SECONDS = 600.0
_OUTAGES_PER_RUN = 10
_TRIES_TO_FINISH = 3
_T = TypeVar("_T")


class Abandoned(BaseException):
    """Ends a run without an outcome: what the database says of it stays, for whoever takes it over.

    Not an ``Exception``, because engines record those as the end of the run.
    """


def is_outage(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is a database that cannot be reached for now."""
    while error is not None:
        if isinstance(error, ConnectionError):
            return True
        for kind in type(error).__mro__:
            if kind.__name__ in _OUTAGES and kind.__module__.split(".")[0] in _DRIVERS:
                return True
        error = error.__cause__ or error.__context__
    return False


def patiently(
    action: Callable[[], _T],
    must_end: Callable[[], bool],
    *,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> _T:
    """Do something with the database, again and again while that fails.

    Parameters
    ----------
    must_end : callable
        Whether to abandon the run instead of trying once more.

    Raises
    ------
    Abandoned
        When `must_end` says so.
    Exception
        What `action` raised: never for an outage, however it is wrapped; at once for a defect;
        after `patience_seconds` for anything else.
    """
    began = time.monotonic()
    pause = 0.1
    while True:
        try:
            return action()
        except Exception as error:
            outage = is_outage(error)
            if isinstance(error, _DEFECTS) and not outage:
                raise
            if must_end():
                raise Abandoned from None
            if not outage and time.monotonic() - began > patience_seconds:
                raise
            log.debug("the database fails, trying again: %s", type(error).__name__)
        time.sleep(pause)
        pause = min(1.0, pause * 1.5)


class Runner:
    """Runs handlers for an engine.

    Parameters
    ----------
    fence : Fence, optional
        None where nobody could take work over.
    max_attempts : int
        Starts after which a run that ends its process each time is given up.
    draining : threading.Event
        Set when the engine stops: nothing begins any more.
    spread : SpreadParts
        How a job's parts are handed out.
    """

    def __init__(
        self,
        ledger: Ledger,
        handlers: Handlers,
        executor_id: str,
        runs: Runs,
        notes: Notes,
        spread: SpreadParts,
        *,
        fence: Fence | None,
        max_attempts: int,
        draining: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._handlers = handlers
        self._executor_id = executor_id
        self._runs = runs
        self._notes = notes
        self._spread = spread
        self._fence = fence
        self._max_attempts = max_attempts
        self._draining = draining

    @contextmanager
    def counted(self, run_id: str, job_id: str) -> Iterator[Run]:
        """Count a run in until its outcome is recorded; wait first while this process is unsure.

        Raises
        ------
        Abandoned
            When the engine stops.
        """
        while self._fence is not None and not self._fence.is_confirmed:
            if self._draining.wait(0.05):
                break
        if self._draining.is_set():
            raise Abandoned
        guard = (lambda: False) if self._fence is None else self._fence.guard()
        run = Run(run_id, job_id, is_lost=guard)
        self._runs.add(run)
        try:
            yield run
        finally:
            self._notes.forget(run)
            self._runs.remove(run)

    def run_job(self, run: Run, kind: str, ref: str, starts: int) -> Outcome:
        """Begin a job in the ledger and have its handler do it.

        Parameters
        ----------
        starts : int
            How often the engine has started it since the last orderly end, this time included.

        Raises
        ------
        Abandoned
            When the job is no longer this process's own.
        """
        job_id = run.job_id
        view = JobView(run, self._notes, self._ledger, self._spread)

        def begin() -> None:
            if run.is_lost:  # its attempt would make void that of whoever has the job now
                raise Abandoned
            run.attempt = patiently(
                lambda: self._ledger.begin(job_id, self._executor_id), lambda: run.is_lost
            )

        begin()
        if starts > self._max_attempts:
            return _outcome(run, JobState.FAILED, fault=_poisoned(self._max_attempts))
        if patiently(lambda: self._ledger.stops_asked([job_id]), lambda: run.is_lost):
            run.cancel()
            kept = patiently(lambda: self._ledger.load_incumbent(job_id), lambda: run.is_lost)
            if kept is None:
                return _outcome(run, JobState.STOPPED)
        return self._handle(run, kind, ref, view, begin)

    def finish_job(self, run: Run, outcome: Outcome) -> None:
        """Note the outcome in the ledger.

        The engine has it by now and nobody will run the handler again, so it is the outcome even
        if a run that was taken for dead has counted an attempt since. Then it is noted under one
        more attempt; of a job that has ended the ledger keeps the first end.

        Raises
        ------
        Abandoned
            When it cannot be noted: whoever takes the job over notes it.
        """
        job_id = run.job_id
        attempt: int = outcome["attempt"]
        try:
            for _ in range(_TRIES_TO_FINISH):
                noting = partial(
                    self._ledger.finish,
                    job_id,
                    attempt,
                    JobState(outcome["state"]),
                    outcome["result"],
                    outcome["fault"],
                )
                if patiently(noting, self._draining.is_set):
                    return
                begin = partial(self._ledger.begin, job_id, self._executor_id)
                attempt = patiently(begin, self._draining.is_set)
        except Exception as error:
            log.error("the end of job %s cannot be noted: %s", job_id, type(error).__name__)  # noqa: TRY400
            raise Abandoned from None
        log.info("job %s had its end already", job_id)

    def run_part(
        self, run: Run, kind: str, ref: str, starts: int, *, is_over: Callable[[], bool]
    ) -> Outcome:
        """Have a part's handler do it, unless its job is to stop: then there is no result.

        Parameters
        ----------
        is_over : callable
            Whether the job has ended without waiting for this part.

        Raises
        ------
        Abandoned
            When the part is no longer this process's own.
        """
        run.attempt = starts
        if starts > self._max_attempts:
            return _outcome(run, JobState.FAILED, fault=_poisoned(self._max_attempts))
        if patiently(lambda: self._ledger.stops_asked([run.job_id]), lambda: run.is_lost):
            return _outcome(run, JobState.STOPPED)
        if patiently(is_over, lambda: run.is_lost):
            return _outcome(run, JobState.STOPPED)
        return self._handle(run, kind, ref, PartView(run), lambda: None)

    def _handle(
        self, run: Run, kind: str, ref: str, view: JobContext, begin: Callable[[], None]
    ) -> Outcome:
        for tries_left in reversed(range(_OUTAGES_PER_RUN + 1)):
            run.is_handling = True
            try:
                result = handler_for(self._handlers, kind)(view, ref)
            except Abandoned:
                raise
            except BaseException as error:  # a handler that wants to exit has failed, too
                if run.is_lost:
                    raise Abandoned from None
                if is_outage(error) and tries_left:
                    log.warning("job %s begins anew after an outage", run.job_id)
                    time.sleep(0.2)
                    patiently(lambda: self._ledger.stops_asked([run.job_id]), lambda: run.is_lost)
                    begin()
                    continue
                log.warning("a handler of job %s failed: %s", run.job_id, type(error).__name__)
                self._notes.write(run)
                return _outcome(run, JobState.FAILED, fault=describe_fault(error))
            finally:
                run.is_handling = False
            if run.told_lost:
                raise Abandoned
            self._notes.write(run)
            return _outcome(run, end_state(run), result=result)
        raise AssertionError("the last try returns or raises")


def _poisoned(attempts: int) -> str:
    return f"given up: the process ended {attempts} times while this was at work"


def _outcome(
    run: Run, state: JobState, *, result: str | None = None, fault: str | None = None
) -> Outcome:
    return {"attempt": run.attempt, "state": state.value, "result": result, "fault": fault}
