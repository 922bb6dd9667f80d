"""Simulations as durable jobs: a roster replayed contact by contact."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import Caller, Idempotency, Limit, Served
from api.job_events import LastEvent, followed, may_watch
from api.results import EVENT_STREAM, answered, result_of
from api.schemas.staffing import (
    SimulationGiven,
    SimulationsTold,
    SimulationTold,
    simulation_told,
)
from api.schemas.staffing_results import OutcomeTold, SimulationResultTold
from scheduler.domain.job import JobKind
from scheduler.usecases.submit_staffing import (
    list_staffing,
    staffing_job,
    stop_staffing,
    submit_simulation,
)

__all__ = ["router"]

_KIND = JobKind.SIMULATION
_ASKED = {
    "roster_id": "5b1c",
    "replications": 20,
    "seed": 1,
    "routing": "skills",
    "shrinkage": True,
    "blend": False,
}
_EXAMPLE = {
    "simulation_id": "3c2b5d6e7a8b4c9d8e7f6a5b4c3d2e1f",
    "period_id": "2027-spring",
    "state": "running",
    "submitted_at": "2027-03-01T08:00:00Z",
    "started_at": "2027-03-01T08:00:01Z",
    "ended_at": None,
    "attempt": 1,
    "input_sha256": "9f" * 32,
    "fault": None,
    **_ASKED,
}
_OUTCOME: dict[str, Any] = {
    name: {"mean": 1.0, "low": 0.9, "high": 1.1} for name in OutcomeTold.model_fields
} | {"late_share": {"mean": None, "low": None, "high": None}}
_RESULT: dict[str, Any] = {
    "format": "heliotrope-simulation/1",
    "period_id": "2027-spring",
    "horizon": {"start": "2027-03-22", "end": "2027-04-05", "zone": "Europe/Amsterdam"},
    "interval_minutes": 30,
    "roster_id": "5b1c",
    "input_sha256": "9f" * 32,
    "replications_asked": 20,
    "start": "2027-03-21T23:00:00Z",
    "replications": 20,
    "seed": 1,
    "routing": "skills",
    "assumptions": {
        "shrinkage": True,
        "blend": False,
        "ramp_up": False,
        "handling_cv": None,
        "warm_up_hours": 0,
    },
    "confidence": 0.95,
    "contacts": 412345,
    "total": _OUTCOME,
    "channels": [{"channel": "phone", "outcome": _OUTCOME}],
    "queues": [
        {
            "queue_id": "phone-nl",
            "channel": "phone",
            "promise": "80 % in 20 s",
            "target": 0.8,
            "outcome": _OUTCOME,
        }
    ],
    "hours": [{"queue_id": "phone-nl", "start": "2027-03-22T08:00:00Z", "outcome": _OUTCOME}],
}
SimulationId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1/simulations", tags=["staffing"])


@router.post(
    "",
    operation_id="submit_simulation",
    status_code=202,
    responses=answered({**_EXAMPLE, "state": "queued"}, 202),
)
def submit(
    asked: SimulationGiven,
    service: Served,
    caller: Caller,
    response: Response,
    idempotency_key: Idempotency = None,
) -> SimulationTold:
    """Queue the replay of a roster; watch it at the address in `Location`.

    Contacts are those of the planning that the roster was made from.
    """
    job = submit_simulation(service, caller, asked.asked(), idempotency_key=idempotency_key)
    response.headers["Location"] = f"/v1/simulations/{job.job_id}"
    return simulation_told(job)


@router.get(
    "",
    operation_id="list_simulations",
    responses=answered({"simulations": [_EXAMPLE], "next": None}),
)
def listed(
    service: Served,
    caller: Caller,
    period_id: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> SimulationsTold:
    """Return simulations, the latest first."""
    jobs = list_staffing(service, caller, _KIND, period_id=period_id, before=before, limit=limit)
    behind = jobs[-1].job_id if len(jobs) == limit else None
    return SimulationsTold(simulations=[simulation_told(job) for job in jobs], next=behind)


@router.get("/{simulation_id}", operation_id="get_simulation", responses=answered(_EXAMPLE))
def got(simulation_id: SimulationId, service: Served, caller: Caller) -> SimulationTold:
    """Return where a simulation stands."""
    return simulation_told(staffing_job(service, caller, _KIND, simulation_id))


@router.delete(
    "/{simulation_id}",
    operation_id="stop_simulation",
    status_code=202,
    responses=answered(_EXAMPLE, 202),
)
def stopped(simulation_id: SimulationId, service: Served, caller: Caller) -> SimulationTold:
    """Ask a simulation to end now with the replications it has."""
    return simulation_told(stop_staffing(service, caller, _KIND, simulation_id))


@router.get(
    "/{simulation_id}/events",
    operation_id="watch_simulation",
    response_class=StreamingResponse,
    responses=EVENT_STREAM,
)
async def events(
    simulation_id: SimulationId,
    request: Request,
    service: Served,
    caller: Caller,
    last_event_id: LastEvent = None,
) -> StreamingResponse:
    """Follow a simulation as server-sent events: `progress`, then `end`."""
    allowed = may_watch(_KIND)
    await run_in_threadpool(allowed, service, caller, simulation_id)
    return followed(request, service, simulation_id, allowed, last_event_id)


@router.get(
    "/{simulation_id}/result",
    operation_id="get_simulation_result",
    response_model=SimulationResultTold,
    responses=answered(_RESULT),
)
def result(simulation_id: SimulationId, service: Served, caller: Caller) -> Response:
    """Return what customers get to feel, by channel, queue and hour, with intervals."""
    return result_of(service, caller, _KIND, simulation_id)
