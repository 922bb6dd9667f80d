"""Keep this process and the engine's rows of one mind about what it has at work.

A row may say that this process has a job while nothing here works on it: the engine stopped, the
answer to taking it never came back, a thread could not be begun. Nobody else takes from the living,
so the process itself must put such a job back into its queue. And a run here may go on although
somebody else has its job by now: that is told to end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scheduler.jobs.context import Claim, Runs
from scheduler.jobs.liveness import steady_seconds
from scheduler.jobs.rows import Row, Rows, claim_of

__all__ = ["Custody"]

log = logging.getLogger(__name__)


class Custody:
    """What this process has at work, and what the rows say that it has.

    Parameters
    ----------
    rows : callable
        Returns the engine's rows; may fail while the database does.
    runs : Runs
        Of this process.
    patience_seconds : float
        How long a row may say that it is at work here before it is put back.
    steady : callable
        Steady clock, seconds.
    """

    def __init__(
        self,
        rows: Callable[[], Rows],
        runs: Runs,
        executor_id: str,
        *,
        patience_seconds: float,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._rows = rows
        self._runs = runs
        self._executor_id = executor_id
        self._patience_seconds = patience_seconds
        self._steady = steady
        self._lock = threading.Lock()
        self._threads: Counter[str] = Counter()
        self._ending: set[str] = set()
        self._abandoned: dict[str, Claim | None] = {}
        self._idle_since: dict[tuple[str, Claim], float] = {}

    @contextmanager
    def held(self, row_id: str) -> Iterator[None]:
        """Count a thread that works on a row, or waits to; then the library notes the outcome."""
        with self._lock:
            self._threads[row_id] += 1
        has_outcome = False
        try:
            yield
            has_outcome = True
        finally:
            with self._lock:
                self._threads[row_id] -= 1
                if has_outcome:
                    self._ending.add(row_id)

    def abandon(self, row_id: str, claim: Claim | None) -> None:
        """Note that a run ended without an outcome, so that its row is put back soon.

        Parameters
        ----------
        claim : Claim, optional
            Which taking of the row it was; None when the run ended before that was known.
        """
        with self._lock:
            self._abandoned[row_id] = claim

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._ending.clear()
            self._abandoned.clear()
            self._idle_since.clear()

    def look(self) -> None:
        """Do one round: put back what is not at work here, end what is somebody else's."""
        self.put_back()
        self.give_up_taken()

    def wait_for_outcomes(self, seconds: float) -> None:
        """Wait so long at most until what handlers returned has reached the database."""
        until = self._steady() + seconds
        while self._steady() < until:
            with self._lock:
                abandoned = set(self._abandoned)
            try:
                left = self._rows().pending(self._executor_id)
            except Exception:
                return
            if all(row.workflow_id in abandoned for row in left):
                return
            time.sleep(0.05)

    def put_all_back(self) -> None:
        """Queue again, when the engine stops, what nobody works on here; fails in silence."""
        try:
            self.put_back(at_once=True)
        except Exception as failure:
            log.warning("jobs are taken over later: %s", type(failure).__name__)

    def put_back(self, *, at_once: bool = False) -> None:
        """Queue again what the rows say is at work here and is not.

        Safe also if a thread for it is only late: the row's token has changed then, and the thread
        finds that out before it begins.

        Parameters
        ----------
        at_once : bool
            Whether to be without patience, but with outcomes on their way to the database: when
            the engine stops. Whose outcome is refused waits for that of another, and its process
            would not end.
        """
        now = self._steady()
        with self._lock:
            here = {name for name, count in self._threads.items() if count}
            abandoned = {name: at for name, at in self._abandoned.items() if name not in here}
        pending = self._rows().pending(self._executor_id)
        idle = [row for row in pending if row.workflow_id not in here]
        with self._lock:
            self._ending &= {row.workflow_id for row in pending}
            ending = set(self._ending)
        self._idle_since = {
            (row.workflow_id, claim_of(row)): self._idle_since.get(
                (row.workflow_id, claim_of(row)), now
            )
            for row in idle
        }
        for row in idle:
            claim = claim_of(row)
            is_long = now - self._idle_since[row.workflow_id, claim] > self._patience_seconds
            if row.workflow_id in abandoned and abandoned[row.workflow_id] in (None, claim):
                self._rows().requeue(row)
            elif is_long or (at_once and row.workflow_id not in ending):
                log.warning("nobody works on %s here: it is queued again", row.workflow_id)
                self._rows().requeue(row)
        with self._lock:
            for name, at in abandoned.items():
                if self._abandoned.get(name) == at:
                    del self._abandoned[name]

    def give_up_taken(self) -> None:
        """Tell runs to end that somebody else has by now: their results would be refused."""
        runs = [run for run in self._runs.all() if run.claim is not None]
        if not runs:
            return
        rows = {row.workflow_id: row for row in self._rows().some([run.run_id for run in runs])}
        for run in runs:
            if not _is_at_work(rows.get(run.run_id)) or claim_of(rows[run.run_id]) != run.claim:
                log.warning("job %s was taken over", run.job_id)
                run.give_up()


def _is_at_work(row: Row | None) -> bool:
    return row is not None and row.status == "PENDING"
