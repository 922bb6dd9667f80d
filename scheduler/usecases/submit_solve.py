"""Solves as durable jobs: submit, watch, stop."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobKind, JobParams, JobProgress, JobState
from scheduler.errors import Fault, InputError
from scheduler.intake.document import canonical_text
from scheduler.service import Service, require, require_ever
from scheduler.usecases.durable_jobs import jobs_in_scope, new_job, queue_job, seen_job, stop_job
from scheduler.usecases.import_planning import read_period

if TYPE_CHECKING:
    from scheduler.store import Store

__all__ = [
    "SOLVE",
    "job_named",
    "job_of",
    "jobs_of",
    "progress_of",
    "stop_solve",
    "submit_solve",
]

SOLVE = JobKind.SOLVE.value
"""Name of the handler that solves a period."""

_PAGE = 100
_ALL_LINES = 100_000


def submit_solve(
    service: Service,
    caller: Principal,
    period_id: str,
    params: JobParams,
    *,
    idempotency_key: str | None = None,
) -> Job:
    """Queue a solve of a period as its rows are now; return the job.

    The input is kept as it is, so that what happens to the rows later does not matter. The job and
    its place in the queue are kept together, or neither.

    Parameters
    ----------
    idempotency_key : str, optional
        The same key of the same caller stands for one job.

    Raises
    ------
    InputError
        If the rows do not make a planning, or the parameters are out of range.
    NotFoundError, DeniedError
        If there is no such period, or it is out of the caller's scope.
    """
    require_ever(caller, Operation.SOLVES_SUBMIT)
    _check(params, service.settings.longest_solve_seconds)
    with service.store.reading() as unit:
        period = unit.periods.get(period_id)
        require(caller, Operation.SOLVES_SUBMIT, site_ids=period.site_ids)
        planning = read_period(unit, period_id)
    asked = new_job(service, caller, JobKind.SOLVE, period_id, planning.input_sha256, params=params)
    request = {
        "period_id": period_id,
        "document": planning.input_sha256,
        "submitted_by": caller.principal_id,
        "params": asdict(params),
    }
    with service.store.writing(by=caller.principal_id) as unit:
        unit.blobs.put(canonical_text(planning).encode())  # its reference is the digest
        return queue_job(service, unit, asked, request, idempotency_key)


def _check(params: JobParams, longest: float) -> None:
    """Refuse parameters that no solve takes."""
    faults = []
    if not 0 < params.time_limit_seconds <= longest:
        faults.append(("/time_limit_seconds", f"seconds above 0 up to {longest:g}"))
    if not 0 <= params.seed < 2**31:
        faults.append(("/seed", f"a whole number from 0 to {2**31 - 1}"))
    if not 0 <= params.gap_target < 1:
        faults.append(("/gap_target", "a share from 0 to below 1"))
    if not 0 <= params.workers <= 256:
        faults.append(("/workers", "a whole number from 0 to 256"))
    if not 1 <= params.parts <= 64:
        faults.append(("/parts", "a whole number from 1 to 64"))
    if faults:
        raise InputError(
            tuple(
                Fault("out_of_range", "solve", expected, column=column)
                for column, expected in faults
            )
        )


def job_of(service: Service, caller: Principal, job_id: str) -> Job:
    """Return a solve of a period in the caller's scope.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or it is out of scope.
    """
    with service.store.reading() as unit:
        return seen_job(unit, caller, JobKind.SOLVE, job_id, Operation.SOLVES_READ)


def jobs_of(
    service: Service,
    caller: Principal,
    *,
    state: JobState | None = None,
    period_id: str | None = None,
    before: str | None = None,
    limit: int = _PAGE,
) -> tuple[Job, ...]:
    """Return solves of periods in the caller's scope, the latest first.

    Parameters
    ----------
    before : str, optional
        Only jobs older than this one: the last of the page before.
    """
    return jobs_in_scope(
        service, caller, JobKind.SOLVE, Operation.SOLVES_READ, state=state, period_id=period_id,
        before=before, limit=limit,
    )  # fmt: skip


def progress_of(
    service: Service, caller: Principal, job_id: str, *, after: int = 0, limit: int = 1000
) -> tuple[Job, tuple[JobProgress, ...]]:
    """Return a job and its lines of progress behind line `after`; see `job_of` for errors."""
    with service.store.reading() as unit:
        job = seen_job(unit, caller, JobKind.SOLVE, job_id, Operation.SOLVES_READ)
        return job, unit.jobs.progress_after(job_id, after, limit)


def job_named(store: Store, start: str) -> tuple[Job, JobProgress | None]:
    """Return the job whose id begins so, and its last progress; for the command line.

    Raises
    ------
    InputError
        If there is none of the latest 500, or more than one.
    """
    with store.reading() as unit:
        found = [job for job in unit.jobs.list(limit=500) if job.job_id.startswith(start)]
        if len(found) != 1:
            expected = "how the id of one job begins; see `helio jobs list`"
            raise InputError((Fault("unknown_id", "ID", expected, value=start),))
        lines = unit.jobs.progress_after(found[0].job_id, 0, _ALL_LINES)
    return found[0], lines[-1] if lines else None


def stop_solve(service: Service, caller: Principal, job_id: str) -> Job:
    """Ask a solve to end with the best it has; one that waits ends without a roster.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or it is out of the caller's scope.
    """
    return stop_job(service, caller, JobKind.SOLVE, job_id, Operation.SOLVES_CANCEL)
