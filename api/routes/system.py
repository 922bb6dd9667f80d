"""For whoever watches the service: is it there, is it ready, who works, how much."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from api.deps import Caller, Served
from api.metrics import Metrics
from api.schemas.base import Told
from scheduler.usecases.watch_service import is_ready, list_workers, service_figures

__all__ = ["router"]

_WORKER = {
    "executor_id": "planner-2-1204-9f3a77c1",
    "host": "planner-2",
    "started_at": "2027-03-01T06:00:00Z",
    "beat_at": "2027-03-01T09:00:00Z",
    "is_alive": True,
}
_METRICS = """\
heliotrope_requests_total{operation="my_shifts",status="2xx"} 1204.0
heliotrope_jobs{state="queued"} 3.0
heliotrope_queue_oldest_wait_seconds 41.5
heliotrope_workers_alive 2.0
"""


class WorkerTold(Told):
    """A process that runs jobs; `beat_at` is its last sign of life."""

    executor_id: str
    host: str
    started_at: datetime
    beat_at: datetime
    is_alive: bool


class WorkersTold(Told):
    """All processes that run jobs, or did and are not yet given up."""

    workers: list[WorkerTold]


def _text(example: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"text/plain": {"example": example}}}}


router = APIRouter(tags=["system"])


@router.get(
    "/health",
    operation_id="health",
    response_class=PlainTextResponse,
    responses=_text("ok"),
)
def health() -> str:
    """Answer as long as the process does."""
    return "ok"


@router.get(
    "/ready",
    operation_id="ready",
    response_class=PlainTextResponse,
    responses={**_text("ready"), **_text("the database is at another revision", 503)},
)
def ready(service: Served) -> Response:
    """Answer whether the database can be reached and is at the right revision."""
    if not is_ready(service):
        return PlainTextResponse("the database is at another revision", 503)
    return PlainTextResponse("ready")


@router.get(
    "/v1/workers",
    operation_id="list_workers",
    responses={
        200: {"content": {"application/json": {"example": {"workers": [_WORKER]}}}},
    },
)
def workers(service: Served, caller: Caller) -> WorkersTold:
    """Return the processes that run solves."""
    return WorkersTold(
        workers=[
            WorkerTold(
                executor_id=worker.executor_id,
                host=worker.host,
                started_at=worker.started_at,
                beat_at=worker.beat_at,
                is_alive=worker.is_alive,
            )
            for worker in list_workers(service, caller)
        ]
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=PlainTextResponse,
    responses=_text(_METRICS),
)
def metrics(request: Request, service: Served, caller: Caller) -> Response:
    """Return counts and times in the text format of Prometheus."""
    measured: Metrics = request.app.state.metrics
    text = measured.text(service_figures(service, caller))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
