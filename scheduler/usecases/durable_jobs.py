"""What all durable jobs share: their place in the queue, who may see them, how they end early."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobKind, JobParams, JobProgress, JobState
from scheduler.service import Service, require, require_ever

if TYPE_CHECKING:
    from scheduler.store import Store, Unit

__all__ = ["jobs_in_scope", "new_job", "queue_job", "seen_job", "stop_job", "watched"]

_ALL_LINES = 100_000
_PAGE = 100
_PRIORITY = {JobKind.SOLVE: 10}
_SOONER = 5


def new_job(
    service: Service,
    caller: Principal,
    kind: JobKind,
    period_id: str,
    input_sha256: str,
    *,
    params: JobParams | None = None,
    options: Mapping[str, object] | None = None,
) -> Job:
    """Return a job that nobody has queued yet, submitted now by the caller."""
    job = Job(
        job_id=uuid.uuid4().hex,
        period_id=period_id,
        state=JobState.QUEUED,
        params=params or JobParams(),
        input_sha256=input_sha256,
        submitted_by=caller.principal_id,
        submitted_at=service.clock(),
    )
    return replace(job, kind=kind, options=dict(options or {}))


def queue_job(
    service: Service,
    unit: Unit,
    asked: Job,
    request: Mapping[str, object],
    idempotency_key: str | None,
) -> Job:
    """Keep a job and its place in the queue, both with the transaction or neither.

    Parameters
    ----------
    request : mapping
        What the job's handler is to know, as JSON.
    idempotency_key : str, optional
        The same key of the same caller stands for one job.

    Returns
    -------
    Job
        The one asked for, or the one that the key stands for already.
    """
    job = unit.jobs.add(asked, idempotency_key=idempotency_key)
    if job.job_id == asked.job_id:
        ref = unit.blobs.put(json.dumps(request, sort_keys=True).encode())
        priority = _PRIORITY.get(job.kind, _SOONER)
        service.engine.submit(unit.connection, job.kind.value, job.job_id, ref, priority=priority)
    return job


def seen_job(
    unit: Unit, caller: Principal, kind: JobKind, job_id: str, operation: Operation
) -> Job:
    """Return a job of a kind, of a period in the caller's scope.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or it is out of scope.
    """
    from scheduler.store import NotFoundError

    require_ever(caller, operation)
    job = unit.jobs.get(job_id)
    period = unit.periods.get(job.period_id)
    require(caller, operation, site_ids=period.site_ids)
    if job.kind is not kind:
        raise NotFoundError("There is no such job.")
    return job


def jobs_in_scope(
    service: Service,
    caller: Principal,
    kind: JobKind,
    operation: Operation,
    *,
    state: JobState | None = None,
    period_id: str | None = None,
    before: str | None = None,
    limit: int = _PAGE,
) -> tuple[Job, ...]:
    """Return jobs of a kind, of periods in the caller's scope, the latest first.

    Parameters
    ----------
    before : str, optional
        Only jobs older than this one: the last of the page before.

    Raises
    ------
    DeniedError
        If the caller may see none.
    NotFoundError
        If there is no job `before`.
    """
    require_ever(caller, operation)
    found: list[Job] = []
    with service.store.reading() as unit:
        while len(found) < limit:
            page = unit.jobs.list(
                kind=kind, state=state, period_id=period_id, before=before, limit=_PAGE
            )
            scopes = {
                each: unit.periods.get(each).site_ids for each in {job.period_id for job in page}
            }
            found += [
                job
                for job in page
                if not caller.site_ids or set(scopes[job.period_id]) <= set(caller.site_ids)
            ]
            if len(page) < _PAGE:
                break
            before = page[-1].job_id
    return tuple(found[:limit])


def stop_job(
    service: Service, caller: Principal, kind: JobKind, job_id: str, operation: Operation
) -> Job:
    """Ask a job to end with what it has; one that waits ends without a result.

    Raises as `seen_job` does.
    """
    with service.store.reading() as unit:
        job = seen_job(unit, caller, kind, job_id, operation)
    if job.state.is_final:
        return job
    service.engine.cancel(job_id)
    with service.store.reading() as unit:
        return unit.jobs.get(job_id)


def watched(store: Store, job_id: str, after: int) -> tuple[Job, tuple[JobProgress, ...]]:
    """Return a job and its new lines in one look, for whoever has been let in already.

    A job that has ended has no lines but those that are returned with it.
    """
    with store.reading() as unit:
        lines = unit.jobs.progress_after(job_id, after, _ALL_LINES)
        return unit.jobs.get(job_id), lines
