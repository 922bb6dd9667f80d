"""Durable jobs on DBOS: SQLite inside one process, or PostgreSQL and many workers.

The only module that imports ``dbos``. A job is one workflow of two steps, run and finish, on the
queue ``solve``; a part is one workflow of one step on the queue ``part``, which is partitioned by
job. Arguments and results are references and short JSON, never payloads. What the library does not
do is here and in ``liveness``: noticing dead processes, fencing, telling a running handler to stop.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, Serializer, error

from scheduler.clock import Clock, system_clock
from scheduler.domain.job import JobState, WorkerInfo
from scheduler.jobs.address import FileLock, prepare_sqlite, sqlite_path, with_link_settings
from scheduler.jobs.context import Claim, Notes, Repeater, Run, Runs
from scheduler.jobs.engine import EngineError, EngineRole, EngineStatus, Handlers, Ledger
from scheduler.jobs.liveness import Fence, LivenessSettings, Reaper
from scheduler.jobs.quiet import quieten
from scheduler.jobs.rows import PART, SOLVE, Rows, claim_of, queue_of
from scheduler.jobs.runner import Abandoned, Outcome, Runner, patiently
from scheduler.jobs.spread import spread_parts

__all__ = ["APPLICATION_VERSION", "EMBEDDED_ID", "DurableEngine", "recover_pending"]

log = logging.getLogger(__name__)

APPLICATION_VERSION = "heliotrope-jobs-1"
"""Version of the order of steps. A job is run only by processes of its own version, so this changes
only when the steps do, never with other code."""

EMBEDDED_ID = "embedded"
"""Executor id of the one process on a SQLite file: a later process is the same one, risen."""

_APPLICATION_NAME = "heliotrope"
_WATCH_SECONDS = 0.3
_PROGRESS_SECONDS = 0.5
_STOP_MARGIN_SECONDS = 3.0
_STATES = {
    "ENQUEUED": JobState.QUEUED,
    "DELAYED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "CANCELLED": JobState.STOPPED,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
}
_REFUSED = (error.DBOSWorkflowConflictIDError, error.DBOSWorkflowCancelledError)
_process = threading.Lock()


class _JsonSerializer(Serializer):
    """Stores arguments, results and errors as JSON; nothing here is ever unpickled."""

    def name(self) -> str:
        return "heliotrope_json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"error": f"{type(data).__name__}: {data}"}
        return json.dumps(data, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {"error"}:
            return RuntimeError(data["error"])
        return data


def recover_pending(client: DBOSClient, executor_ids: Sequence[str]) -> None:
    """Queue again what dead processes were running, in this version; safe to call twice.

    The library's own function moves only rows that still belong to those processes. It is private;
    without it the public one does, which forgets how often a run was begun.
    """
    own = getattr(DBOS, "_recover_pending_workflows", None)
    if own is not None:
        own(list(executor_ids))
        return
    for row in client.list_workflows(
        status="PENDING",
        executor_id=list(executor_ids),
        app_version=APPLICATION_VERSION,
        load_input=False,
        load_output=False,
    ):
        client.resume_workflow(row.workflow_id, queue_name=row.queue_name or queue_of(row))


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
        self._lock = FileLock(lock_path or Path(f"{self._file}.lock")) if self._file else None
        host = socket.gethostname()
        unique = f"{host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.executor_id = executor_id or (EMBEDDED_ID if self._file else unique)
        self._role: EngineRole | None = None
        self._client: DBOSClient | None = None
        self._dbos: DBOS | None = None
        self._draining = threading.Event()
        self._abandoned: dict[str, Claim | None] = {}
        self._runs = Runs(ledger)
        self._notes = Notes(ledger)
        self._fence = Fence(ledger, self.executor_id, host, self._liveness)
        self._repeaters: list[Repeater] = []
        self._has_process = False
        self._runner = Runner(
            ledger,
            handlers,
            self.executor_id,
            self._runs,
            self._notes,
            self._spread,
            fence=None if self._file else self._fence,
            max_attempts=max_attempts,
            draining=self._draining,
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
        if not _process.acquire(blocking=False):
            raise EngineError("another engine already runs jobs in this process")
        self._has_process = True
        try:
            if self._lock is not None:
                self._lock.take()
            self._connect()
            self._role = role
            self._draining.clear()
            self._abandoned.clear()
            self._beat_first()
            self._launch()
        except BaseException:
            self._close()
            raise
        stranded = self.stranded()
        if stranded:
            log.error(
                "%d unfinished job(s) wait for a process of another version than %s: %s",
                len(stranded),
                APPLICATION_VERSION,
                ", ".join(f"{job_id} ({version})" for job_id, version in stranded[:10]),
            )

    def _connect(self) -> None:
        try:
            if self._file is not None:
                prepare_sqlite(self._file)
            quieten(logging.getLogger("dbos"))
            DBOS.migrate(self._url)
            self._client = DBOSClient(
                system_database_url=self._url,
                serializer=_JsonSerializer(),
                application_name=_APPLICATION_NAME,
                retry_connection_errors=False,
            )
        except Exception as failure:
            raise EngineError(
                f"the jobs' database cannot be used: {type(failure).__name__}"
            ) from failure

    def _beat_first(self) -> None:
        """Be on the list of the living before the first job is taken."""
        try:
            self._fence.beat()
        except Exception as failure:
            raise EngineError(
                f"no sign of life could be given: {type(failure).__name__}"
            ) from failure

    def _launch(self) -> None:
        client = self._api
        client.register_queue(
            SOLVE, worker_concurrency=self._slots, polling_interval_sec=self._poll_seconds
        )
        client.register_queue(
            PART,
            worker_concurrency=self._slots,
            partition_worker_concurrency=1,
            polling_interval_sec=self._poll_seconds,
        )
        self._dbos = DBOS(config=self._config())
        quieten(logging.getLogger("dbos"))
        # Our own count of attempts comes first; the library's is the net below it.
        most = self._max_attempts + 3

        @DBOS.workflow(name=SOLVE, max_recovery_attempts=most)
        def _solve(kind: str, job_id: str, ref: str) -> Outcome:
            return self._solve(kind, job_id, ref)

        @DBOS.workflow(name=PART, max_recovery_attempts=most)
        def _part(kind: str, job_id: str, ref: str) -> Outcome:
            return self._part(kind, job_id, ref)

        DBOS.launch()
        settings = self._liveness
        self._repeaters = [
            Repeater("jobs-watch", _WATCH_SECONDS, self._runs.look_for_stops),
            Repeater("jobs-progress", _PROGRESS_SECONDS, self._notes.write),
            Repeater("jobs-beat", settings.beat_seconds, self._beat),
        ]
        if self._file is None:
            reaper = Reaper(self._ledger, self, settings, is_settled=lambda: self._fence.is_settled)
            pause = min(settings.dead_seconds / 6, settings.beat_seconds * 2)
            self._repeaters.append(Repeater("jobs-reaper", pause, reaper.reap))
        if self._role is EngineRole.WORKER:
            self._repeaters.append(
                Repeater(
                    "jobs-fence",
                    settings.fence_seconds / 20,
                    lambda: self._fence.exit_when_overdue(self._runs.all()),
                )
            )
        for repeater in self._repeaters:
            repeater.start()

    def _config(self) -> DBOSConfig:
        return {
            "name": _APPLICATION_NAME,
            "system_database_url": self._url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor_id,
            "serializer": _JsonSerializer(),
            "use_listen_notify": False,
            "run_migrations": False,
            "log_level": "WARNING",
            "sys_db_idle_transaction_timeout_sec": max(1.0, self._liveness.dead_seconds),
        }

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
        self._runs.wait_for_none(until - time.monotonic())
        self._draining.set()
        for run in self._runs.all():
            run.give_up()
        if not self._runs.wait_for_none(_STOP_MARGIN_SECONDS):
            log.error("a handler does not stop; its job is taken over later")
        self._wait_for_outcomes()
        try:
            self._give_back()
        except Exception as failure:
            log.warning("jobs are taken over later: %s", type(failure).__name__)
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
                self._sign_off()
            self._client.destroy()
            self._client = None
        if self._lock is not None:
            self._lock.give_back()
        if self._has_process:
            self._has_process = False
            _process.release()
        self._role = None

    def _sign_off(self) -> None:
        """Leave the list of the living, unless there is something to take over."""
        try:
            if self.executor_id not in self.pending_by_executor():
                self._ledger.forget_executor(self.executor_id)
        except Exception as failure:
            log.warning("this process could not sign off: %s", type(failure).__name__)

    def _wait_for_outcomes(self) -> None:
        """Let what handlers returned reach the database."""
        until = time.monotonic() + _STOP_MARGIN_SECONDS
        while time.monotonic() < until:
            try:
                rows = self._rows.pending(self.executor_id)
            except Exception:
                return
            if all(row.workflow_id in self._abandoned for row in rows):
                return
            time.sleep(0.05)

    def _beat(self) -> None:
        self._fence.beat()
        self._give_back()
        self._look_for_takeovers()

    def _look_for_takeovers(self) -> None:
        """Give up runs that somebody else has by now: their results would be refused."""
        runs = [run for run in self._runs.all() if run.claim is not None]
        if not runs:
            return
        rows = {row.workflow_id: row for row in self._rows.some([run.run_id for run in runs])}
        for run in runs:
            row = rows.get(run.run_id)
            if row is None or row.status not in ("ENQUEUED", "PENDING"):
                continue
            if claim_of(row) != run.claim:
                log.warning("job %s was taken over", run.job_id)
                run.give_up()

    def _give_back(self) -> None:
        """Queue again what runs here left without an outcome, if nobody else took it yet."""
        here = {run.run_id for run in self._runs.all()}
        left = {name: at for name, at in self._abandoned.items() if name not in here}
        if not left:
            return
        for row in self._rows.pending(self.executor_id):
            if row.workflow_id in left and claim_of(row) == left[row.workflow_id]:
                self._api.resume_workflow(row.workflow_id, queue_name=queue_of(row))
        for name in left:
            self._abandoned.pop(name, None)

    # ---- what the library runs

    def _solve(self, kind: str, job_id: str, ref: str) -> Outcome:
        with self._run(job_id, job_id) as (run, starts):
            outcome: Outcome = DBOS.run_step(
                {"name": "run"}, lambda: self._runner.run_job(run, kind, ref, starts)
            )
            DBOS.run_step({"name": "finish"}, lambda: self._runner.finish_job(run, outcome))
            return outcome

    def _part(self, kind: str, job_id: str, ref: str) -> Outcome:
        name = DBOS.workflow_id
        assert name is not None
        with self._run(name, job_id) as (run, starts):
            outcome: Outcome = DBOS.run_step(
                {"name": "run"}, lambda: self._runner.run_part(run, kind, ref, starts)
            )
            return outcome

    @contextmanager
    def _run(self, run_id: str, job_id: str) -> Iterator[tuple[Run, int]]:
        claim: Claim | None = None
        try:
            with self._runner.counted(run_id, job_id) as run:
                row = patiently(lambda: self._rows.row(run_id), lambda: run.is_lost)
                run.claim = claim = claim_of(row)
                yield run, row.recovery_attempts or 1
        except Abandoned:
            self._abandoned[run_id] = claim
            raise
        except _REFUSED:
            # The library would have this thread wait for the other run's end, also at our exit.
            raise Abandoned from None

    def _spread(
        self, run: Run, kind: str, refs: Sequence[str], per_worker: int
    ) -> Iterator[tuple[int, str]]:
        return spread_parts(
            self._rows,
            run,
            kind,
            refs,
            per_worker,
            poll_seconds=self._poll_seconds,
            wait_seconds=self._liveness.fence_seconds,
            draining=self._draining,
        )

    # ---- what the reaper needs (TakeOver)

    def pending_by_executor(self) -> dict[str, int]:
        """Return how many jobs and parts each process has, of any version."""
        return self._rows.pending_by_executor()

    def requeue(self, executor_ids: list[str]) -> None:
        """Queue again what these processes have and this version can do; safe to call twice."""
        recover_pending(self._api, executor_ids)

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
        self._runs.cancel(job_id)

    def status(self, job_id: str) -> EngineStatus:
        """Return how the engine sees a job.

        Raises
        ------
        KeyError
            If there is none.
        """
        row = self._rows.job(job_id)
        outcome: Any = row.output
        state = _STATES.get(row.status) or JobState(outcome["state"])
        if state is JobState.RUNNING and self._ledger.stops_asked([job_id]):
            state = JobState.STOPPING
        return EngineStatus(job_id, state, row.executor_id, _instant(row.updated_at))

    def workers(self) -> tuple[WorkerInfo, ...]:
        """Return the processes that run jobs, or did and are not yet given up."""
        return self._ledger.executors(dead_after=timedelta(seconds=self._liveness.dead_seconds))

    def purge(self, older_than: timedelta) -> int:
        """Delete what the engine keeps of jobs ended so long ago, with their parts.

        Returns
        -------
        int
            Number of jobs.
        """
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


def _instant(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC)
