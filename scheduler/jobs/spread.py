"""Hand the parts of a job to a queue and bring their results back."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from scheduler.jobs.context import PartError, Run
from scheduler.jobs.engine import StopReason
from scheduler.jobs.runner import Abandoned, Outcome, patiently

__all__ = ["PartQueue", "part_id", "part_prefix", "spread_parts"]

log = logging.getLogger(__name__)


class PartQueue(Protocol):
    """What spreading needs of an engine; every call may fail while the database does."""

    def queue_part(self, part_id: str, lane: str, kind: str, job_id: str, ref: str) -> None:
        """Queue a part; the same id twice is one part."""
        ...

    def ended_parts(self, part_ids: Sequence[str]) -> Mapping[str, Outcome | None]:
        """Return the outcomes of those that have ended, None for one that was cancelled."""
        ...

    def cancel_queued_parts(self, part_ids: Sequence[str]) -> None:
        """Cancel those of some that have not begun."""
        ...


def part_prefix(job_id: str) -> str:
    """Return what the ids of all parts of a job begin with."""
    return f"{job_id}:part:"


def part_id(job_id: str, kind: str, ref: str) -> str:
    """Return the id of a part: the same work of the same job is the same part."""
    digest = hashlib.sha256(f"{kind}\0{ref}".encode()).hexdigest()
    return f"{part_prefix(job_id)}{digest[:40]}"


def spread_parts(
    queue: PartQueue,
    run: Run,
    kind: str,
    refs: Sequence[str],
    per_worker: int,
    *,
    poll_seconds: float,
    wait_seconds: float,
    draining: threading.Event,
) -> Iterator[tuple[int, str]]:
    """Yield the parts' results as they come.

    A worker does one part of a lane at a time, so a job's parts stand in `per_worker` lanes.

    Parameters
    ----------
    wait_seconds : float
        How long to wait for parts at work once the job is to stop.

    Raises
    ------
    PartError
        If a part failed.
    """
    places: dict[str, list[int]] = {}
    for index, ref in enumerate(refs):
        places.setdefault(part_id(run.job_id, kind, ref), []).append(index)
    must_end = _any_reason(run, draining)
    stopping = _Stopping(queue, wait_seconds)
    waiting: list[str] = []
    for number, (name, indices) in enumerate(places.items()):
        if run.stop_reason() is not None:
            break
        lane = f"{run.job_id}#{number % per_worker}"
        ref = refs[indices[0]]
        try:
            patiently(partial(queue.queue_part, name, lane, kind, run.job_id, ref), must_end)
        except Abandoned:
            run.abandon()
            break
        waiting.append(name)
    while waiting and not stopping.is_over(run, waiting):
        try:
            ended = patiently(lambda: queue.ended_parts(waiting), must_end)
        except Abandoned:
            run.abandon()
            return
        for name in [each for each in waiting if each in ended]:
            waiting.remove(name)
            result = _result_of(ended[name], run)
            if result is not None:
                for index in places[name]:
                    yield index, result
        if waiting and not ended:
            time.sleep(poll_seconds)


def _any_reason(run: Run, draining: threading.Event) -> Callable[[], bool]:
    return lambda: draining.is_set() or run.is_lost


def _result_of(outcome: Outcome | None, run: Run) -> str | None:
    if outcome is not None and outcome["fault"] is not None:
        raise PartError(outcome["fault"])
    result: str | None = None if outcome is None else outcome["result"]
    if result is None:
        run.cancel()
    return result


class _Stopping:
    """What to do with parts not ended once their job is to stop."""

    def __init__(self, queue: PartQueue, wait_seconds: float) -> None:
        self._queue = queue
        self._wait_seconds = wait_seconds
        self._since: float | None = None

    def is_over(self, run: Run, waiting: Sequence[str]) -> bool:
        reason = run.stop_reason()
        if reason is StopReason.LOST:
            return True
        if reason is None:
            return False
        now = time.monotonic()
        if self._since is None:
            try:
                self._queue.cancel_queued_parts(waiting)
            except Exception as error:
                log.warning("parts could not be cancelled: %s", type(error).__name__)
                return False
            self._since = now
        return now - self._since > self._wait_seconds
