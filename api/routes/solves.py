"""Solves: ask for one, watch it, end it early."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import Caller, Idempotency, Limit, Served
from api.errors import HttpError
from api.job_events import CHECK_SECONDS, EVENTS, LastEvent, followed
from api.schemas.work import (
    ProgressesTold,
    SolveAsked,
    SolvesTold,
    SolveTold,
    progress_told,
    solve_told,
)
from scheduler.domain.job import Job, JobState
from scheduler.usecases.keep_rosters import explanation_of, roster_document
from scheduler.usecases.plain import to_plain
from scheduler.usecases.submit_solve import (
    job_of,
    jobs_of,
    progress_of,
    stop_solve,
    submit_solve,
)

__all__ = ["CHECK_SECONDS", "router"]

_EXAMPLE = {
    "solve_id": "0f3c5d6e7a8b4c9d8e7f6a5b4c3d2e1f",
    "period_id": "2027-spring",
    "state": "running",
    "submitted_at": "2027-03-01T08:00:00Z",
    "started_at": "2027-03-01T08:00:01Z",
    "ended_at": None,
    "attempt": 1,
    "input_sha256": "9f" * 32,
    "time_limit_seconds": 60.0,
    "seed": 1,
    "roster_id": None,
    "fault": None,
}
_ONE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": _EXAMPLE}}}
}
_LINE = {
    "seq": 7, "at": "2027-03-01T08:00:05Z", "seconds": 3.5, "cost_cents": 5450000,
    "bound_cents": 5384000, "gap": 0.01211, "phase": "rounding",
}  # fmt: skip
_PROGRESS = {"solve": _EXAMPLE, "lines": [_LINE], "next": 7}
SolveId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1/solves", tags=["solves"])


@router.post(
    "",
    operation_id="submit_solve",
    status_code=202,
    responses={
        202: {"content": {"application/json": {"example": {**_EXAMPLE, "state": "queued"}}}}
    },
)
def submit(
    asked: SolveAsked,
    service: Served,
    caller: Caller,
    response: Response,
    idempotency_key: Idempotency = None,
) -> SolveTold:
    """Queue a solve; watch it at the address in `Location`."""
    job = submit_solve(
        service, caller, asked.period_id, asked.params(), idempotency_key=idempotency_key
    )
    response.headers["Location"] = f"/v1/solves/{job.job_id}"
    return solve_told(job)


@router.get(
    "",
    operation_id="list_solves",
    responses={
        200: {"content": {"application/json": {"example": {"solves": [_EXAMPLE], "next": None}}}}
    },
)
def listed(
    service: Served,
    caller: Caller,
    state: JobState | None = None,
    period_id: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> SolvesTold:
    """Return solves, the latest first."""
    jobs = jobs_of(service, caller, state=state, period_id=period_id, before=before, limit=limit)
    behind = jobs[-1].job_id if len(jobs) == limit else None
    return SolvesTold(solves=[solve_told(job) for job in jobs], next=behind)


@router.get("/{solve_id}", operation_id="get_solve", responses=_ONE)
def got(solve_id: SolveId, service: Served, caller: Caller) -> SolveTold:
    """Return where a solve stands."""
    return solve_told(job_of(service, caller, solve_id))


@router.delete(
    "/{solve_id}", operation_id="stop_solve", status_code=202, responses={202: _ONE[200]}
)
def stopped(solve_id: SolveId, service: Served, caller: Caller) -> SolveTold:
    """Ask a solve to end now with the best roster it has."""
    return solve_told(stop_solve(service, caller, solve_id))


@router.get(
    "/{solve_id}/events",
    operation_id="watch_solve",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": EVENTS}}}},
)
async def events(
    solve_id: SolveId,
    request: Request,
    service: Served,
    caller: Caller,
    last_event_id: LastEvent = None,
) -> StreamingResponse:
    """Follow a solve as server-sent events: `progress`, then `end`.

    After a broken connection go on with `Last-Event-ID`.
    """
    await run_in_threadpool(job_of, service, caller, solve_id)  # refuse before the stream begins
    return followed(request, service, solve_id, job_of, last_event_id, check_seconds=CHECK_SECONDS)


@router.get(
    "/{solve_id}/progress",
    operation_id="solve_progress",
    responses={200: {"content": {"application/json": {"example": _PROGRESS}}}},
)
def progress(
    solve_id: SolveId,
    service: Served,
    caller: Caller,
    after: Annotated[int, Query(ge=0, lt=2**53, description="From `next`.")] = 0,
    limit: Limit = 100,
) -> ProgressesTold:
    """Return the lines of progress behind one, for those who do not read events."""
    job, lines = progress_of(service, caller, solve_id, after=after, limit=limit)
    told = [progress_told(line) for line in lines]
    return ProgressesTold(solve=solve_told(job), lines=told, next=lines[-1].seq if lines else after)


@router.get(
    "/{solve_id}/roster",
    operation_id="get_solve_roster",
    responses={
        200: {
            "content": {
                "application/json": {"example": {"format": "heliotrope-roster/1", "shifts": []}}
            }
        }
    },
)
def roster(solve_id: SolveId, service: Served, caller: Caller) -> Response:
    """Return the roster of a solve that has ended, as `roster.json`."""
    roster_id = _roster_id(job_of(service, caller, solve_id))
    return Response(roster_document(service, caller, roster_id), media_type="application/json")


@router.get(
    "/{solve_id}/explanation",
    operation_id="explain_solve",
    responses={200: {"content": {"application/json": {"example": {"moments": []}}}}},
)
def explanation(
    solve_id: SolveId,
    service: Served,
    caller: Caller,
    queue: Annotated[str | None, Query(max_length=100)] = None,
    at: Annotated[str | None, Query(max_length=40, examples=["2027-03-28T03:00Z"])] = None,
    worst: Annotated[int, Query(ge=1, le=20)] = 3,
) -> dict[str, Any]:
    """Return why a queue is staffed as it is in a solve's roster, or its worst moments."""
    roster_id = _roster_id(job_of(service, caller, solve_id))
    moments = explanation_of(service, caller, roster_id, queue_id=queue, at=at, worst=worst)
    return {"moments": [to_plain(moment) for moment in moments]}


def _roster_id(job: Job) -> str:
    """Return the id of the roster that came of a job."""
    if job.roster_id is not None:
        return job.roster_id
    if not job.state.is_final:
        raise HttpError(409, "not_ended", f"The solve is {job.state.value}; wait until it ends.")
    raise HttpError(
        404, "no_roster", f"The solve is {job.state.value} and has no roster (any longer)."
    )
