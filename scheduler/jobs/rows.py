"""The engine's rows: which jobs and parts there are, who has them, how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from scheduler.domain.job import JobState
from scheduler.jobs.context import Claim
from scheduler.jobs.engine import EngineStatus
from scheduler.jobs.runner import Outcome
from scheduler.jobs.spread import part_prefix

__all__ = ["PART", "SOLVE", "Row", "RowClient", "Rows", "claim_of", "queue_of", "status_of"]

SOLVE = "solve"
"""Name of the queue of jobs, and of what they run."""

PART = "part"
"""Name of the queue of parts, and of what they run."""

_UNFINISHED = ["ENQUEUED", "DELAYED", "PENDING"]
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_PAGE = 100
_STATES = {
    "ENQUEUED": JobState.QUEUED,
    "DELAYED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "CANCELLED": JobState.STOPPED,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
}


class Row(Protocol):
    """What the library says of a job or part."""

    @property
    def workflow_id(self) -> str:
        """Id of the job or part."""
        ...

    @property
    def name(self) -> str:
        """`SOLVE` or `PART`."""
        ...

    @property
    def status(self) -> str:
        """The library's word for where it stands."""
        ...

    @property
    def executor_id(self) -> str | None:
        """Who has it, or had it last."""
        ...

    @property
    def app_version(self) -> str | None:
        """Version that it is to be run by."""
        ...

    @property
    def output(self) -> Any:
        """How it ended."""
        ...

    @property
    def updated_at(self) -> int | None:
        """Last change, milliseconds of the epoch."""
        ...

    @property
    def dequeued_at(self) -> int | None:
        """When it was taken from its queue last, milliseconds of the epoch."""
        ...

    @property
    def recovery_attempts(self) -> int | None:
        """How often it was taken since it was last queued in order."""
        ...


class RowClient(Protocol):
    """The calls of the library's client that are used here."""

    def enqueue(self, *args: Any, **kwargs: Any) -> Any:
        """Queue something."""
        ...

    def list_workflows(self, *args: Any, **kwargs: Any) -> Any:
        """Return rows."""
        ...

    def cancel_workflows(self, *args: Any, **kwargs: Any) -> Any:
        """Cancel what has not ended."""
        ...

    def resume_workflow(self, *args: Any, **kwargs: Any) -> Any:
        """Queue again what has not ended."""
        ...

    def delete_workflows(self, *args: Any, **kwargs: Any) -> Any:
        """Delete rows and all that belongs to them."""
        ...


def claim_of(row: Row) -> Claim:
    """Return which taking of a job or part from its queue this is.

    Both numbers are needed: on SQLite the library's clock counts whole seconds.
    """
    return row.dequeued_at, row.recovery_attempts


def queue_of(row: Row) -> str:
    """Return the queue of a job or part."""
    return PART if row.name == PART else SOLVE


def status_of(row: Row) -> EngineStatus:
    """Return how the engine sees a job whose outcome was loaded."""
    outcome: Any = row.output
    state = _STATES.get(row.status) or JobState(outcome["state"])
    at = row.updated_at
    updated_at = None if at is None else datetime.fromtimestamp(at / 1000, UTC)
    return EngineStatus(row.workflow_id, state, row.executor_id, updated_at)


class Rows:
    """Questions to the library's tables; every one may fail while the database does.

    Parameters
    ----------
    version : str
        Given to parts, and what unfinished jobs are compared with.
    """

    def __init__(self, client: RowClient, version: str) -> None:
        self._client = client
        self._version = version

    def _list(self, *, load_output: bool = False, **filters: Any) -> Sequence[Row]:
        rows: Sequence[Row] = self._client.list_workflows(
            load_input=False, load_output=load_output, **filters
        )
        return rows

    def job(self, job_id: str) -> Row:
        """Return a job with its outcome; KeyError for an unknown one."""
        rows = self._list(workflow_ids=[job_id], name=SOLVE, load_output=True)
        if not rows:
            raise KeyError(job_id)
        return rows[0]

    def row(self, row_id: str) -> Row:
        """Return a job or part without its outcome; KeyError for an unknown one."""
        rows = self._list(workflow_ids=[row_id])
        if not rows:
            raise KeyError(row_id)
        return rows[0]

    def some(self, row_ids: Sequence[str]) -> Sequence[Row]:
        """Return jobs and parts without their outcomes, those of some that are known."""
        return self._list(workflow_ids=list(row_ids))

    def pending(self, executor_id: str | None = None) -> Sequence[Row]:
        """Return what is at work, of one process or of all."""
        return self._list(status="PENDING", executor_id=executor_id)

    def pending_by_executor(self) -> dict[str, int]:
        """Return how many jobs and parts each process has, of any version."""
        return dict(Counter(row.executor_id or "" for row in self.pending()))

    def requeue(self, row: Row) -> None:
        """Queue a job or part again; how often it was taken is forgotten."""
        self._client.resume_workflow(row.workflow_id, queue_name=queue_of(row))

    def is_over(self, job_id: str) -> bool:
        """Whether a job has ended, or is no longer known."""
        rows = self.some([job_id])
        return not rows or rows[0].status in _FINISHED

    def stranded(self) -> tuple[tuple[str, str], ...]:
        """Return unfinished jobs of other versions: id and version."""
        return tuple(
            (row.workflow_id, row.app_version or "none")
            for row in self._list(name=SOLVE, status=_UNFINISHED)
            if row.app_version != self._version
        )

    def purge(self, before: datetime) -> int:
        """Delete jobs ended before an instant, with their parts; return how many jobs."""
        purged = 0
        while rows := self._list(
            name=SOLVE, status=_FINISHED, completed_before=before.isoformat(), limit=_PAGE
        ):
            ids = [row.workflow_id for row in rows]
            parts = self._list(name=PART, workflow_id_prefix=[part_prefix(each) for each in ids])
            self._client.delete_workflows([row.workflow_id for row in parts] + ids)
            purged += len(ids)
        return purged

    # ---- what spreading needs (PartQueue)

    def queue_part(self, part_id: str, lane: str, kind: str, job_id: str, ref: str) -> None:
        """Queue a part; the same id twice is one part."""
        options = {
            "workflow_name": PART,
            "queue_name": PART,
            "workflow_id": part_id,
            "queue_partition_key": lane,
            "app_version": self._version,
        }
        self._client.enqueue(options, kind, job_id, ref)

    def ended_parts(self, part_ids: Sequence[str]) -> Mapping[str, Outcome | None]:
        """Return the outcomes of those that have ended, None for one that was cancelled."""
        rows = self._list(workflow_ids=list(part_ids), status=_FINISHED, load_output=True)
        return {row.workflow_id: _part_outcome(row) for row in rows}

    def cancel_queued_parts(self, part_ids: Sequence[str]) -> None:
        """Cancel those of some that have not begun."""
        queued = self._list(workflow_ids=list(part_ids), status="ENQUEUED")
        if queued:
            self._client.cancel_workflows([row.workflow_id for row in queued])


def _part_outcome(row: Row) -> Outcome | None:
    if row.status == "SUCCESS":
        outcome: Outcome = row.output
        return outcome
    if row.status == "CANCELLED":
        return None
    return {"state": JobState.FAILED.value, "result": None, "fault": f"a part ended: {row.status}"}
