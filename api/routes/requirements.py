"""Requirements as durable jobs: the agents that a period's contacts need."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import Caller, Idempotency, Limit, Served, Version, etag
from api.job_events import LastEvent, followed, may_watch
from api.results import EVENT_STREAM, answered, result_of
from api.schemas.staffing import (
    AppliedTold,
    RequirementsAsked,
    RequirementsJobsTold,
    RequirementsTold,
    applied_told,
    requirements_told,
)
from api.schemas.staffing_results import RequirementsResultTold
from scheduler.domain.job import JobKind
from scheduler.usecases.apply_staffing import apply_requirements
from scheduler.usecases.submit_staffing import (
    list_staffing,
    staffing_job,
    stop_staffing,
    submit_requirements,
)

__all__ = ["router"]

_KIND = JobKind.REQUIREMENTS
_EXAMPLE = {
    "requirements_id": "7a1d5d6e7a8b4c9d8e7f6a5b4c3d2e1f",
    "period_id": "2027-spring",
    "state": "running",
    "submitted_at": "2027-03-01T08:00:00Z",
    "started_at": "2027-03-01T08:00:01Z",
    "ended_at": None,
    "attempt": 1,
    "input_sha256": "9f" * 32,
    "fault": None,
    "queue_id": None,
}
_RESULT: dict[str, Any] = {
    "format": "heliotrope-requirements/1",
    "period_id": "2027-spring",
    "horizon": {"start": "2027-03-22", "end": "2027-04-05", "zone": "Europe/Amsterdam"},
    "interval_minutes": 30,
    "name": "Dutch customer care around the clock",
    "input_sha256": "9f" * 32,
    "queues": [
        {
            "queue_id": "phone-nl",
            "channel": "phone",
            "language": "nl",
            "zone": "Europe/Amsterdam",
            "target": "80 % in 20 s",
            "shrinkage": 0.3,
            "intervals": [
                {
                    "start": "2027-03-22T08:00:00Z",
                    "wall": "2027-03-22T09:00",
                    "offered": 100.0,
                    "aht_s": 180.0,
                    "load_erlang": 10.0,
                    "net": 14,
                    "gross": 20,
                    "has_demand": True,
                    "is_fixed": False,
                }
            ],
            "days": [
                {
                    "day": "2027-03-22",
                    "contacts": 100.0,
                    "peak_load": 10.0,
                    "net": [14, 14],
                    "gross": [20, 20],
                    "net_hours": 7.0,
                    "hours": 10.0,
                }
            ],
        }
    ],
    "pools": [],
    "totals": {"contacts": 100.0, "net_hours": 7.0, "hours": 10.0, "most": 20},
}
_APPLIED = {
    "period_id": "2027-spring",
    "table": "requirements",
    "added": 6720,
    "removed": 0,
    "version": 2,
}
RequirementsId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1/requirements/jobs", tags=["staffing"])


@router.post(
    "",
    operation_id="submit_requirements",
    status_code=202,
    responses=answered({**_EXAMPLE, "state": "queued"}, 202),
)
def submit(
    asked: RequirementsAsked,
    service: Served,
    caller: Caller,
    response: Response,
    idempotency_key: Idempotency = None,
) -> RequirementsTold:
    """Queue the calculation of a period's requirements; watch it at the address in `Location`.

    Rows of requirements play no part: the answer is what the rows of demand ask for.
    """
    job = submit_requirements(
        service, caller, asked.period_id, queue_id=asked.queue_id, idempotency_key=idempotency_key
    )
    response.headers["Location"] = f"/v1/requirements/jobs/{job.job_id}"
    return requirements_told(job)


@router.get(
    "",
    operation_id="list_requirements_jobs",
    responses=answered({"requirements": [_EXAMPLE], "next": None}),
)
def listed(
    service: Served,
    caller: Caller,
    period_id: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> RequirementsJobsTold:
    """Return calculations of requirements, the latest first."""
    jobs = list_staffing(service, caller, _KIND, period_id=period_id, before=before, limit=limit)
    behind = jobs[-1].job_id if len(jobs) == limit else None
    return RequirementsJobsTold(requirements=[requirements_told(job) for job in jobs], next=behind)


@router.get("/{requirements_id}", operation_id="get_requirements_job", responses=answered(_EXAMPLE))
def got(requirements_id: RequirementsId, service: Served, caller: Caller) -> RequirementsTold:
    """Return where a calculation stands."""
    return requirements_told(staffing_job(service, caller, _KIND, requirements_id))


@router.delete(
    "/{requirements_id}",
    operation_id="stop_requirements_job",
    status_code=202,
    responses=answered(_EXAMPLE, 202),
)
def stopped(requirements_id: RequirementsId, service: Served, caller: Caller) -> RequirementsTold:
    """Ask a calculation to end now."""
    return requirements_told(stop_staffing(service, caller, _KIND, requirements_id))


@router.get(
    "/{requirements_id}/events",
    operation_id="watch_requirements_job",
    response_class=StreamingResponse,
    responses=EVENT_STREAM,
)
async def events(
    requirements_id: RequirementsId,
    request: Request,
    service: Served,
    caller: Caller,
    last_event_id: LastEvent = None,
) -> StreamingResponse:
    """Follow a calculation as server-sent events: `progress`, then `end`."""
    allowed = may_watch(_KIND)
    await run_in_threadpool(allowed, service, caller, requirements_id)
    return followed(request, service, requirements_id, allowed, last_event_id)


@router.get(
    "/{requirements_id}/result",
    operation_id="get_requirements_result",
    response_model=RequirementsResultTold,
    responses=answered(_RESULT),
)
def result(requirements_id: RequirementsId, service: Served, caller: Caller) -> Response:
    """Return agents at work and to roster, by queue and interval, with sums of days and in all."""
    return result_of(service, caller, _KIND, requirements_id)


@router.post(
    "/{requirements_id}/apply",
    operation_id="apply_requirements",
    responses=answered(_APPLIED),
)
def applied(
    requirements_id: RequirementsId,
    service: Served,
    caller: Caller,
    version: Version,
    response: Response,
    replace: Annotated[
        bool, Query(description="Whether rows that say something else are replaced.")
    ] = False,
) -> AppliedTold:
    """Write the agents to roster as the period's rows of requirements, all of them or none.

    `If-Match` names the version of the period. Such a row counts in place of demand and as it
    stands: shrinkage is in it, and is not added again.
    """
    done = apply_requirements(service, caller, requirements_id, version, replace=replace)
    response.headers.update(etag(done.period.version))
    return applied_told(done)
