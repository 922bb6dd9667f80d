"""Durable jobs on DBOS: SQLite inside one process, or PostgreSQL and many workers.

A job is one workflow of two steps, run and finish, on the queue ``solve``; a part is one workflow
of one step on the queue ``part``, which is partitioned by job. Arguments and results are references
and short JSON, never payloads. What the library does not do is in ``liveness`` (noticing dead
processes, fencing) and in ``custody`` (agreeing with the rows on what is at work here); what is
private in the library is used in ``durable_library`` only.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, EnqueueOptions

from scheduler.clock import Clock, system_clock
from scheduler.domain.job import JobState, WorkerInfo
from scheduler.jobs import durable_library as library
from scheduler.jobs.address import Place, lock_of, prepare_sqlite, sqlite_path, with_link_settings
from scheduler.jobs.durable_work import DurableWork
from scheduler.jobs.engine import EngineError, EngineRole, EngineStatus, Handlers, Ledger
from scheduler.jobs.liveness import Fence, LivenessSettings, Reaper
from scheduler.jobs.repeater import Repeater
from scheduler.jobs.rows import SOLVE, Rows, status_of

__all__ = ["APPLICATION_VERSION", "EMBEDDED_ID", "DurableEngine"]

log = logging.getLogger(__name__)

APPLICATION_VERSION = "heliotrope-jobs-1"
"""Version of the order of steps. A job is run only by processes of its own version, so this changes
only when the steps do, never with other code."""

EMBEDDED_ID = "embedded"
"""Executor id of the one process on a SQLite file; a later process is the same one, risen."""

_STOP_MARGIN_SECONDS = 3.0


class DurableEngine:
    """Runs jobs so that none is lost, whoever is killed.

    Parameters
    ----------
    url : str
        The application's database, ``sqlite:///file`` or ``postgresql+psycopg://...``.
    ledger : Ledger
        On the same database.
    handlers : mapping of str to Handler
        By kind; a client needs none.
    executor_id : str, optional
        Name of this process; by default `EMBEDDED_ID` on SQLite, else unique per start. Two
        living processes never share one.
    slots : int
        Jobs, and besides them parts, that one worker does at a time. The number is kept in the
        database and is the same for all workers: a bigger machine runs more processes.
    liveness : LivenessSettings
        How soon a silent process is given up.
    poll_seconds : float
        Between two looks at a queue.
    max_attempts : int
        Starts of a run that killed its process before it is given up.
    lock_path : Path, optional
        Lock of an embedded engine on SQLite; default ``<file>.lock``.
    clock : Clock
        For the age in `purge`.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    def __init__(
        self,
        url: str,
        ledger: Ledger,
        handlers: Handlers,
        *,
        executor_id: str | None = None,
        slots: int = 1,
        liveness: LivenessSettings | None = None,
        poll_seconds: float = 0.2,
        max_attempts: int = 4,
        lock_path: Path | None = None,
        clock: Clock = system_clock,
    ) -> None:
        if slots < 1 or max_attempts < 1 or poll_seconds <= 0:
            raise ValueError("slots and max_attempts are at least 1, poll_seconds above 0")
        self._file = sqlite_path(url)
        self._url = url if self._file else with_link_settings(url)
        self._ledger = ledger
        self._slots = slots
        self._liveness = liveness or LivenessSettings()
        self._poll_seconds = poll_seconds
        self._max_attempts = max_attempts
        self._clock = clock
        self._place = Place(None if self._file is None else lock_path or lock_of(self._file))
        host = socket.gethostname()
        unique = f"{host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.executor_id = executor_id or (EMBEDDED_ID if self._file else unique)
        self._role: EngineRole | None = None
        self._client: DBOSClient | None = None
        self._dbos: DBOS | None = None
        self._repeaters: list[Repeater] = []
        self._fence = Fence(ledger, self.executor_id, host, self._liveness)
        self._work = DurableWork(
            lambda: self._api,
            lambda: self._rows,
            ledger,
            handlers,
            self.executor_id,
            fence=None if self._file else self._fence,
            liveness=self._liveness,
            max_attempts=max_attempts,
            poll_seconds=poll_seconds,
        )

    # ---- life of the engine

    def start(self, role: EngineRole) -> None:
        """Begin; as embedded or worker, run what is queued and take over what was left behind.

        Raises
        ------
        EngineError
            If an engine already runs in this process or on this SQLite file, or the database
            cannot be reached.
        """
        if self._role is not None:
            raise EngineError("the engine has been started already")
        if role is EngineRole.WORKER and self._file:
            raise EngineError("workers need PostgreSQL; on SQLite the server itself runs the jobs")
        # In a thread, because the library refuses to register queues where an event loop runs.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(self._start, role).result()

    def _start(self, role: EngineRole) -> None:
        if role is EngineRole.CLIENT:
            self._connect()
            self._role = role
            return
        self._place.take()
        try:
            self._connect()
            self._role = role
            self._work.begin_anew()
            self._fence.beat_first()
            self._launch()
            self._name_stranded()
        except BaseException:
            self._close()
            raise

    def _name_stranded(self) -> None:
        stranded = self.stranded()
        if stranded:
            log.error(
                "%d unfinished job(s) wait for a process of another version than %s: %s",
                len(stranded),
                APPLICATION_VERSION,
                ", ".join(f"{name} ({version})" for name, version in stranded[:10]),
            )

    def _connect(self) -> None:
        try:
            if self._file is not None:
                prepare_sqlite(self._file)
            self._client = library.connect(self._url)
        except Exception as failure:
            kind = type(failure).__name__
            raise EngineError(f"the jobs' database cannot be used: {kind}") from failure

    def _launch(self) -> None:
        settings = self._liveness
        config = library.config_of(
            self._url, self.executor_id, APPLICATION_VERSION, max(1.0, settings.dead_seconds)
        )
        try:
            self._dbos = library.launch(
                self._api,
                config,
                self._work.solve,
                self._work.part,
                slots=self._slots,
                poll_seconds=self._poll_seconds,
                most_starts=self._max_attempts + 3,
            )
        except Exception as failure:
            raise EngineError(f"jobs cannot be run: {type(failure).__name__}") from failure
        self._repeaters = self._work.repeaters()
        self._repeaters.append(Repeater("jobs-beat", settings.beat_seconds, self._fence.beat))
        if self._file is None:
            reaper = Reaper(self._ledger, self, settings, is_settled=lambda: self._fence.is_settled)
            pause = min(settings.dead_seconds / 6, settings.beat_seconds * 2)
            self._repeaters.append(Repeater("jobs-reaper", pause, reaper.reap))
        if self._role is EngineRole.WORKER:
            self._repeaters.append(
                Repeater(
                    "jobs-fence",
                    settings.fence_seconds / 20,
                    lambda: self._fence.exit_when_overdue(self._work.runs.all()),
                )
            )
        for repeater in self._repeaters:
            repeater.start()

    def stop(self, grace_seconds: float) -> None:
        """End: running handlers may finish for so long; what is left is begun anew later.

        A job whose handler ended in time is queued again at once; one whose handler goes on is
        taken over when this process is given up, so the process should end now.
        """
        if self._role in (None, EngineRole.CLIENT):
            self._close()
            return
        assert self._dbos is not None
        for event in self._dbos.background_thread_stop_events:
            event.set()
        until = time.monotonic() + grace_seconds
        self._work.runs.wait_for_none(until - time.monotonic())
        self._work.draining.set()
        for run in self._work.runs.all():
            run.give_up()
        if not self._work.runs.wait_for_none(_STOP_MARGIN_SECONDS):
            log.error("a handler does not stop; its job is taken over later")
        self._work.custody.wait_for_outcomes(_STOP_MARGIN_SECONDS)
        self._work.custody.put_all_back()
        self._close()

    def _close(self) -> None:
        for repeater in self._repeaters:
            repeater.stop()
        self._repeaters = []
        runs_jobs = self._role in (EngineRole.EMBEDDED, EngineRole.WORKER)
        if self._dbos is not None:
            DBOS.destroy(destroy_registry=True)
            self._dbos = None
        if self._client is not None:
            if runs_jobs:
                self._work.custody.put_all_back()  # taken from a queue while the engine stopped
                self._sign_off()
            self._client.destroy()
            self._client = None
        self._place.give_back()
        self._role = None

    def _sign_off(self) -> None:
        """Leave the list of the living, unless there is something to take over."""
        try:
            if self.executor_id not in self.pending_by_executor():
                self._ledger.forget_executor(self.executor_id)
        except Exception as failure:
            log.warning("this process could not sign off: %s", type(failure).__name__)

    # ---- what the reaper needs (TakeOver)

    def pending_by_executor(self) -> dict[str, int]:
        """Return how many jobs and parts each process has, of any version."""
        return self._rows.pending_by_executor()

    def requeue(self, executor_ids: list[str]) -> None:
        """Queue again what these processes have and this version can do; safe to call twice."""
        library.recover_pending(self._api, executor_ids, APPLICATION_VERSION)

    # ---- the seam

    def submit(
        self, transaction: Any, kind: str, job_id: str, ref: str, *, priority: int = 10
    ) -> None:
        """Queue a job in the caller's open database transaction: both are kept, or neither.

        Parameters
        ----------
        transaction : sqlalchemy.orm.Session or Connection
            On the application's database.
        priority : int
            From 1; lower is sooner.
        """
        options: EnqueueOptions = {
            "workflow_name": SOLVE,
            "queue_name": SOLVE,
            "workflow_id": job_id,
            "priority": priority,
            "app_version": APPLICATION_VERSION,
        }
        self._api.enqueue_in_transaction(transaction, options, kind, job_id, ref)

    def cancel(self, job_id: str) -> None:
        """Ask a job to end with its best; one that has not begun ends without a result."""
        state = self._ledger.ask_to_stop(job_id)
        if state is JobState.STOPPED:
            self._api.cancel_workflow(job_id)
        self._work.runs.cancel(job_id)

    def status(self, job_id: str) -> EngineStatus:
        """Return how the engine sees a job.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = status_of(self._rows.job(job_id))
        if found.state is JobState.RUNNING and self._ledger.stops_asked([job_id]):
            return replace(found, state=JobState.STOPPING)
        return found

    def workers(self) -> tuple[WorkerInfo, ...]:
        """Return the processes that run jobs, or did and are not yet given up."""
        return self._ledger.executors(dead_after=timedelta(seconds=self._liveness.dead_seconds))

    def purge(self, older_than: timedelta) -> int:
        """Delete what the engine keeps of jobs ended so long ago, parts too; return how many."""
        return self._rows.purge(self._clock() - older_than)

    def stranded(self) -> tuple[tuple[str, str], ...]:
        """Return unfinished jobs that only a process of another version will do.

        Returns
        -------
        tuple of (str, str)
            Id of the job, and its version.
        """
        return self._rows.stranded()

    @property
    def _rows(self) -> Rows:
        return Rows(self._api, APPLICATION_VERSION)

    @property
    def _api(self) -> DBOSClient:
        if self._client is None:
            raise EngineError("the engine has not been started")
        return self._client
