"""Server-sent events of durable jobs, whatever their kind: `progress`, then `end`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated

import anyio
from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.schemas.work import progress_told
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobKind
from scheduler.errors import DeniedError, UnauthenticatedError
from scheduler.service import Service
from scheduler.usecases.durable_jobs import watched
from scheduler.usecases.log_in import principal_of_token
from scheduler.usecases.submit_staffing import staffing_job

__all__ = ["CHECK_SECONDS", "EVENTS", "LastEvent", "MayWatch", "followed", "may_watch"]

CHECK_SECONDS = 30.0
"""How often a watcher must still be allowed to watch."""

EVENTS = (
    'id: 7\nevent: progress\ndata: {"seq": 7, "seconds": 3.5, "cost_cents": 5450000, '
    '"bound_cents": 5384000, "gap": 0.01211, "phase": "rounding", "at": "2027-03-01T08:00:05Z"}\n\n'
    'event: end\ndata: {"state": "done", "roster_id": "5b..."}\n\n'
)
"""An example of a stream."""

LastEvent = Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$")]
"""Number of the last event that was seen: the stream goes on behind it."""

MayWatch = Callable[[Service, Principal, str], Job]
"""Returns the job if a caller may see it, and raises if not."""

_POLL_SECONDS = 0.4
_SILENCE_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def may_watch(kind: JobKind) -> MayWatch:
    """Return who may watch jobs of a kind about staffing."""
    return lambda service, caller, job_id: staffing_job(service, caller, kind, job_id)


def followed(
    request: Request,
    service: Service,
    job_id: str,
    may_watch: MayWatch,
    last_event_id: str | None,
    *,
    check_seconds: float = CHECK_SECONDS,
) -> StreamingResponse:
    """Return the stream of a job's events, for a caller whom `may_watch` has let in already.

    Parameters
    ----------
    check_seconds : float
        How often `may_watch` is asked again, with the token that was sent.
    """
    stream = _stream(request, service, job_id, may_watch, int(last_event_id or 0), check_seconds)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


async def _stream(
    request: Request,
    service: Service,
    job_id: str,
    may_watch: MayWatch,
    after: int,
    check_seconds: float,
) -> AsyncIterator[str]:
    token = request.headers["authorization"].split()[-1]
    silence = since_check = 0.0
    while not await request.is_disconnected():
        job, lines = await run_in_threadpool(watched, service.store, job_id, after)
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
        since_check += _POLL_SECONDS
        if since_check >= check_seconds:
            since_check = 0.0
            refusal = await run_in_threadpool(_refusal, service, token, job_id, may_watch)
            if refusal is not None:
                yield f"event: refused\ndata: {json.dumps({'code': refusal})}\n\n"
                return


def _refusal(service: Service, token: str, job_id: str, may_watch: MayWatch) -> str | None:
    """Return why a watcher may not go on: the token is no longer good, the scope has shrunk."""
    try:
        may_watch(service, principal_of_token(service, token), job_id)
    except (DeniedError, UnauthenticatedError) as error:
        return error.code
    return None
