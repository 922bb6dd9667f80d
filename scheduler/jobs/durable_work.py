"""What one process has at work: how the library's call becomes a run of a handler."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from dbos import DBOS, DBOSClient

from scheduler.jobs.context import Claim, Notes, Run, Runs
from scheduler.jobs.custody import Custody
from scheduler.jobs.durable_library import REFUSED, still_owns
from scheduler.jobs.engine import Handlers, Ledger
from scheduler.jobs.liveness import Fence, LivenessSettings
from scheduler.jobs.repeater import Repeater
from scheduler.jobs.rows import Rows, claim_of
from scheduler.jobs.runner import Abandoned, Outcome, Runner, patiently
from scheduler.jobs.spread import spread_parts

__all__ = ["DurableWork"]

log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.3
_PROGRESS_SECONDS = 0.5


class DurableWork:
    """The runs of one process.

    Parameters
    ----------
    client : callable
        Returns the library's client.
    rows : callable
        Returns the engine's rows.
    fence : Fence, optional
        None where nobody could take work over.
    max_attempts : int
        Starts of a run that killed its process before it is given up.
    poll_seconds : float
        Between two looks at a job's parts.

    Attributes
    ----------
    draining : threading.Event
        Set when the engine stops: nothing begins any more.
    """

    def __init__(
        self,
        client: Callable[[], DBOSClient],
        rows: Callable[[], Rows],
        ledger: Ledger,
        handlers: Handlers,
        executor_id: str,
        *,
        fence: Fence | None,
        liveness: LivenessSettings,
        max_attempts: int,
        poll_seconds: float,
    ) -> None:
        self._client = client
        self._rows = rows
        self._liveness = liveness
        self._poll_seconds = poll_seconds
        self._notes = Notes(ledger)
        self.draining = threading.Event()
        self.runs = Runs(ledger)
        self.custody = Custody(
            rows, self.runs, executor_id, patience_seconds=liveness.fence_seconds
        )
        self._runner = Runner(
            ledger,
            handlers,
            executor_id,
            self.runs,
            self._notes,
            self._spread,
            fence=fence,
            max_attempts=max_attempts,
            draining=self.draining,
        )

    def begin_anew(self) -> None:
        """Forget what an earlier start of the engine left."""
        self.draining.clear()
        self.custody.forget()

    def repeaters(self) -> list[Repeater]:
        """Return the threads that look after the runs, not yet begun."""
        return [
            Repeater("jobs-watch", _WATCH_SECONDS, self.runs.look_for_stops),
            Repeater("jobs-progress", _PROGRESS_SECONDS, self._notes.write),
            Repeater("jobs-custody", self._liveness.beat_seconds, self.custody.look),
        ]

    def solve(self, kind: str, job_id: str, ref: str) -> Outcome:
        """Do a job: the library calls this, in a thread of its own."""
        with self._run(job_id, job_id) as (run, starts):
            outcome: Outcome = DBOS.run_step(
                {"name": "run"}, lambda: self._runner.run_job(run, kind, ref, starts)
            )
            DBOS.run_step({"name": "finish"}, lambda: self._runner.finish_job(run, outcome))
            return outcome

    def part(self, kind: str, job_id: str, ref: str) -> Outcome:
        """Do a part of a job: the library calls this, in a thread of its own."""
        part_id = DBOS.workflow_id
        assert part_id is not None
        is_over = partial(self._rows().is_over, job_id)
        with self._run(part_id, job_id) as (run, starts):
            outcome: Outcome = DBOS.run_step(
                {"name": "run"},
                lambda: self._runner.run_part(run, kind, ref, starts, is_over=is_over),
            )
            return outcome

    @contextmanager
    def _run(self, run_id: str, job_id: str) -> Iterator[tuple[Run, int]]:
        claim: Claim | None = None
        with self.custody.held(run_id):
            try:
                with self._runner.counted(run_id, job_id) as run:
                    row = patiently(partial(self._rows().row, run_id), lambda: run.is_lost)
                    owns = partial(still_owns, self._client(), run_id)
                    if not patiently(owns, lambda: run.is_lost):
                        log.warning("job %s was taken over before it began here", job_id)
                        raise REFUSED[0](run_id)
                    run.claim = claim = claim_of(row)
                    yield run, row.recovery_attempts or 1
            except Abandoned:
                self.custody.abandon(run_id, claim)
                raise
            except REFUSED:
                # The library would have this thread wait for the other run's end, also at our exit.
                raise Abandoned from None

    def _spread(
        self, run: Run, kind: str, refs: Sequence[str], per_worker: int
    ) -> Iterator[tuple[int, str]]:
        return spread_parts(
            self._rows(),
            run,
            kind,
            refs,
            per_worker,
            poll_seconds=self._poll_seconds,
            wait_seconds=self._liveness.fence_seconds,
            draining=self.draining,
        )
