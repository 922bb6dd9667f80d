"""Who is alive: heartbeat, self-fencing, and taking over what the dead left behind.

A process beats into the database; the database's clock says who is silent for too long (`DEAD`).
The process itself stops its work earlier (`FENCE`, at most half of that) by its own steady clock,
so that a job is not done twice at a time. The instant of a beat is taken before it is written:
what counts is when the database may have seen the process for the last time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from scheduler.jobs.context import Run
from scheduler.jobs.engine import EngineError, Ledger

__all__ = ["EXIT_LOST", "Fence", "LivenessSettings", "Reaper", "TakeOver", "steady_seconds"]

log = logging.getLogger(__name__)

EXIT_LOST = 75
"""Exit code of a worker whose handler went on after it was told that its job is lost."""


def steady_seconds() -> float:
    """Return seconds of a clock that never jumps and goes on while the machine is suspended."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class LivenessSettings:
    """How quickly a silent process is noticed, all in seconds.

    Parameters
    ----------
    beat_seconds : float
        Between two signs of life.
    fence_seconds : float
        Silence after which a process stops its own work; at most half of `dead_seconds`.
    dead_seconds : float
        Silence after which others take its work over.

    Raises
    ------
    ValueError
        If the order or the halves do not hold.
    """

    beat_seconds: float = 2.0
    fence_seconds: float = 10.0
    dead_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.beat_seconds < self.fence_seconds:
            raise ValueError("beat_seconds is above 0 and below fence_seconds")
        if self.fence_seconds > self.dead_seconds / 2:
            raise ValueError("fence_seconds is at most half of dead_seconds")


class Fence:
    """Knows whether this process may still be taken for alive.

    Parameters
    ----------
    ledger : Ledger
        Where it beats.
    steady : callable
        Steady clock, seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        executor_id: str,
        host: str,
        settings: LivenessSettings,
        *,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._ledger = ledger
        self._executor_id = executor_id
        self._host = host
        self._settings = settings
        self._steady = steady
        self._lock = threading.Lock()
        self._confirmed_at = -float("inf")
        self._unbroken_since = float("inf")
        self._gaps = 0
        self._lost_since: dict[Run, float] = {}

    def beat(self) -> None:
        """Give a sign of life; whatever the ledger raises, the beat then does not count."""
        taken_at = self._steady()
        self._ledger.beat(self._executor_id, self._host)
        self.confirm(taken_at)

    def beat_first(self) -> None:
        """Be on the list of the living before the first job is taken.

        Raises
        ------
        EngineError
            If the ledger does not take it.
        """
        try:
            self.beat()
        except Exception as failure:
            raise EngineError(
                f"no sign of life could be given: {type(failure).__name__}"
            ) from failure

    def confirm(self, taken_at: float) -> None:
        """Note that the database has a beat that was taken at `taken_at`, seconds, or later."""
        with self._lock:
            if taken_at - self._confirmed_at > self._settings.fence_seconds:
                self._gaps += 1
                self._unbroken_since = taken_at
            self._confirmed_at = max(self._confirmed_at, taken_at)

    @property
    def is_confirmed(self) -> bool:
        """Whether the last confirmed beat is recent enough to work."""
        with self._lock:
            return self._steady() - self._confirmed_at <= self._settings.fence_seconds

    @property
    def is_settled(self) -> bool:
        """Whether the beat has been unbroken for a whole fence.

        Before that others may look dead only because the database was away, for them as well.
        """
        with self._lock:
            now, fence = self._steady(), self._settings.fence_seconds
            return now - self._confirmed_at <= fence <= now - self._unbroken_since

    def guard(self) -> Callable[[], bool]:
        """Return what to ask for a run that begins now: whether there was a silence since.

        Once the answer was yes it stays yes, also when the beat has come back: in the silence
        somebody else may have begun the job.
        """
        with self._lock:
            gaps = self._gaps

        def is_lost() -> bool:
            with self._lock:
                silent = self._steady() - self._confirmed_at > self._settings.fence_seconds
                return silent or self._gaps != gaps

        return is_lost

    def overdue(self, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        """Return runs whose handlers go on although they are lost for half a fence.

        Half a fence after the fence lies before `DEAD` with room to spare.
        """
        now = self._steady()
        lost = {run for run in runs if run.is_handling and run.is_lost}
        self._lost_since = {run: self._lost_since.get(run, now) for run in lost}
        most = self._settings.fence_seconds / 2
        return tuple(run for run, since in self._lost_since.items() if now - since > most)

    def exit_when_overdue(self, runs: tuple[Run, ...]) -> None:
        """End the whole process at once when a handler does not stop: the last resort."""
        stubborn = self.overdue(runs)
        if stubborn:
            log.critical(
                "job %s may run elsewhere by now and its handler does not stop: process ends",
                stubborn[0].job_id,
            )
            os._exit(EXIT_LOST)


class TakeOver(Protocol):
    """What the reaper needs of an engine."""

    def pending_by_executor(self) -> dict[str, int]:
        """Return how many runs each process has, of any version."""
        ...

    def requeue(self, executor_ids: list[str]) -> None:
        """Queue again what these processes have and this version can do; safe to call twice."""
        ...


class Reaper:
    """Takes over the work of dead processes; every worker has one.

    A dead process stays on the list until nothing of it is left in any version. Work of a process
    that is on no list (it woke up after it was forgotten, and died again) is taken over after
    `DEAD` as well.

    Parameters
    ----------
    is_settled : callable
        Whether this process has seen the others' beats for long enough to judge them.
    """

    def __init__(
        self,
        ledger: Ledger,
        engine: TakeOver,
        settings: LivenessSettings,
        *,
        is_settled: Callable[[], bool],
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._is_settled = is_settled
        self._settings = settings
        self._steady = steady
        self._unlisted_since: dict[str, float] = {}

    def reap(self) -> tuple[str, ...]:
        """Do one round; return the processes whose work was queued again."""
        if not self._is_settled():
            return ()
        pending = self._engine.pending_by_executor()
        listed = self._ledger.executors(dead_after=timedelta(seconds=self._settings.dead_seconds))
        known = {worker.executor_id for worker in listed}
        dead = {worker.executor_id for worker in listed if not worker.is_alive}
        now = self._steady()
        self._unlisted_since = {
            name: self._unlisted_since.get(name, now) for name in pending if name not in known
        }
        silent = {
            name
            for name, since in self._unlisted_since.items()
            if now - since > self._settings.dead_seconds
        }
        owing = sorted((dead | silent) & set(pending))
        if owing:
            log.warning("taking over from %d dead process(es): %s", len(owing), ", ".join(owing))
            self._engine.requeue(owing)
            pending = self._engine.pending_by_executor()
        for name in sorted(dead - set(pending)):
            self._ledger.forget_executor(name)
        return tuple(owing)
