"""Solves: ask for one, watch it, end it early."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import Caller, Idempotency, Limit, Served
from api.schemas.work import SolveAsked, SolvesTold, SolveTold, progress_told, solve_told
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobProgress, JobState
from scheduler.service import Service
from scheduler.usecases.submit_solve import job_of, jobs_of, progress_of, stop_solve, submit_solve

__all__ = ["router"]

_POLL_SECONDS = 0.4
_SILENCE_SECONDS = 15.0
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
_EVENTS = (
    'id: 7\nevent: progress\ndata: {"seq": 7, "seconds": 3.5, "cost_cents": 5450000, '
    '"bound_cents": 5384000, "gap": 0.01211, "phase": "rounding", "at": "2027-03-01T08:00:05Z"}\n\n'
    'event: end\ndata: {"state": "done", "roster_id": "5b..."}\n\n'
)

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
def got(solve_id: str, service: Served, caller: Caller) -> SolveTold:
    """Return where a solve stands."""
    return solve_told(job_of(service, caller, solve_id))


@router.delete(
    "/{solve_id}", operation_id="stop_solve", status_code=202, responses={202: _ONE[200]}
)
def stopped(solve_id: str, service: Served, caller: Caller) -> SolveTold:
    """Ask a solve to end now with the best roster it has."""
    return solve_told(stop_solve(service, caller, solve_id))


@router.get(
    "/{solve_id}/events",
    operation_id="watch_solve",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": _EVENTS}}}},
)
async def events(
    solve_id: str,
    request: Request,
    service: Served,
    caller: Caller,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$")] = None,
) -> StreamingResponse:
    """Follow a solve as server-sent events: `progress`, then `end`.

    After a broken connection go on with `Last-Event-ID`.
    """
    await run_in_threadpool(job_of, service, caller, solve_id)  # refuse before the stream begins
    stream = _stream(request, service, caller, solve_id, int(last_event_id or 0))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(
    request: Request, service: Service, caller: Principal, solve_id: str, after: int
) -> AsyncIterator[str]:
    silence = 0.0
    while not await request.is_disconnected():
        # the job is read before its lines, so that the last line is there when it has ended
        job, lines = await run_in_threadpool(_state, service, caller, solve_id, after)
        for line in lines:
            after = line.seq
            data = progress_told(line).model_dump_json()
            yield f"id: {line.seq}\nevent: progress\ndata: {data}\n\n"
        if job.state.is_final:
            told = {"state": job.state.value, "roster_id": job.roster_id, "fault": job.fault}
            yield f"event: end\ndata: {json.dumps(told)}\n\n"
            return
        silence = 0.0 if lines else silence + _POLL_SECONDS
        if silence >= _SILENCE_SECONDS:
            silence = 0.0
            yield ": still there\n\n"
        await anyio.sleep(_POLL_SECONDS)


def _state(
    service: Service, caller: Principal, solve_id: str, after: int
) -> tuple[Job, list[JobProgress]]:
    job = job_of(service, caller, solve_id)
    return job, list(progress_of(service, caller, solve_id, after=after))
