"""Forecasts as durable jobs: the contacts of a period from history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.deps import Caller, Idempotency, Limit, Served, Version, etag
from api.errors import HttpError
from api.job_events import LastEvent, followed, may_watch
from api.results import EVENT_STREAM, answered, inlined, result_of
from api.schemas.staffing import (
    AppliedTold,
    ForecastGiven,
    ForecastsTold,
    ForecastTold,
    applied_told,
    forecast_told,
)
from api.schemas.staffing_results import ForecastResultTold
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobKind
from scheduler.service import Service
from scheduler.usecases.apply_staffing import apply_forecast
from scheduler.usecases.submit_forecast import (
    MOST_LEVELS,
    ForecastAsked,
    submit_forecast,
    text_of_rows,
)
from scheduler.usecases.submit_staffing import (
    list_staffing,
    request_fault,
    staffing_job,
    stop_staffing,
)

__all__ = ["router"]

_KIND = JobKind.FORECAST
_EXAMPLE = {
    "forecast_id": "9e4f5d6e7a8b4c9d8e7f6a5b4c3d2e1f",
    "period_id": "2027-spring",
    "state": "running",
    "submitted_at": "2027-03-01T08:00:00Z",
    "started_at": "2027-03-01T08:00:01Z",
    "ended_at": None,
    "attempt": 1,
    "input_sha256": "9f" * 32,
    "fault": None,
    "levels": [80, 95],
    "backtest": False,
    "missing_is_zero": False,
    "aht_s": None,
}
_CSV = (
    "queue,interval_start_utc,interval_min,offered,handled,abandoned,aht_s\n"
    "phone-nl,2027-02-01T07:00Z,30,42,40,2,245\n"
)
_ROW = {
    "queue": "phone-nl",
    "interval_start_utc": "2027-02-01T07:00Z",
    "interval_min": 30,
    "offered": 42,
    "aht_s": 245,
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": inlined(ForecastGiven),
                "example": {"period_id": "2027-spring", "history": {"rows": [_ROW]}},
            },
            "text/csv": {
                "schema": {"type": "string", "description": "A contact history."},
                "example": _CSV,
            },
        },
    }
}
_RESULT: dict[str, Any] = {
    "format": "heliotrope-forecast/1",
    "period_id": "2027-spring",
    "horizon": {"start": "2027-03-22", "end": "2027-04-05", "zone": "Europe/Amsterdam"},
    "interval_minutes": 30,
    "history_sha256": "9f" * 32,
    "levels": [80, 95],
    "queues": [
        {
            "queue_id": "phone-nl",
            "contacts": 14210.5,
            "history_days": 182,
            "missing_intervals": 3,
            "backtest": None,
        }
    ],
    "left_out": [
        {
            "queue_id": "phone-nl",
            "day": "2027-01-14",
            "reason": "unusual",
            "offered": 2310.0,
            "expected": 1020.0,
        }
    ],
    "days": [
        {
            "queue_id": "phone-nl",
            "day": "2027-03-22",
            "offered": 1015.0,
            "bounds": [[930.0, 1104.0], [889.0, 1153.0]],
        }
    ],
    "rows": [
        {
            "queue_id": "phone-nl",
            "start": "2027-03-22T08:00:00Z",
            "offered": 41.3,
            "bounds": [[32.0, 51.0], [27.0, 57.0]],
            "aht_s": 244.6,
        }
    ],
}
_APPLIED = {
    "period_id": "2027-spring",
    "table": "demand",
    "added": 6720,
    "removed": 6720,
    "version": 2,
}
ForecastId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1/forecasts", tags=["staffing"])


@router.post(
    "",
    operation_id="submit_forecast",
    status_code=202,
    responses=answered({**_EXAMPLE, "state": "queued"}, 202),
    openapi_extra=_BODY,
)
async def submit(
    request: Request,
    service: Served,
    caller: Caller,
    response: Response,
    idempotency_key: Idempotency = None,
    period_id: Annotated[
        str | None, Query(max_length=100, description="The period of a CSV file.")
    ] = None,
    level: Annotated[
        list[Annotated[int, Field(ge=1, le=99)]] | None, Query(max_length=MOST_LEVELS)
    ] = None,
    backtest: bool = False,
    missing_is_zero: bool = False,
    aht_s: Annotated[float | None, Query(gt=0, le=86_400, allow_inf_nan=False)] = None,
) -> ForecastTold:
    """Queue a forecast of a period's contacts; watch it at the address in `Location`.

    With a history as text/csv everything else is a parameter of the address; with JSON it stands in
    the body.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    if kind == "text/csv":
        if period_id is None:
            raise request_fault("missing_value", "/period_id", "the id of a period")
        asked = ForecastAsked(period_id, tuple(level or (80, 95)), backtest, missing_is_zero, aht_s)
        job = await run_in_threadpool(
            submit_forecast, service, caller, asked, body, idempotency_key=idempotency_key
        )
    elif kind == "application/json":
        job = await run_in_threadpool(_given, service, caller, body, idempotency_key)
    else:
        raise HttpError(415, "not_rows", "Send the history as application/json or text/csv.")
    response.headers["Location"] = f"/v1/forecasts/{job.job_id}"
    return forecast_told(job)


def _given(service: Service, caller: Principal, body: bytes, key: str | None) -> Job:
    """Submit what a JSON body asks for."""
    try:
        given = ForecastGiven.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from None
    history = given.history
    if (history.csv is None) == (history.rows is None):
        raise request_fault("one_of_two", "/history", "either `csv` or `rows`")
    if history.csv is not None:
        text, is_rows = history.csv.encode(), False
    else:
        text, is_rows = text_of_rows([row.model_dump() for row in history.rows or ()]), True
    return submit_forecast(
        service, caller, given.asked(), text, is_rows=is_rows, idempotency_key=key
    )


@router.get(
    "", operation_id="list_forecasts", responses=answered({"forecasts": [_EXAMPLE], "next": None})
)
def listed(
    service: Served,
    caller: Caller,
    period_id: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> ForecastsTold:
    """Return forecasts, the latest first."""
    jobs = list_staffing(service, caller, _KIND, period_id=period_id, before=before, limit=limit)
    behind = jobs[-1].job_id if len(jobs) == limit else None
    return ForecastsTold(forecasts=[forecast_told(job) for job in jobs], next=behind)


@router.get("/{forecast_id}", operation_id="get_forecast", responses=answered(_EXAMPLE))
def got(forecast_id: ForecastId, service: Served, caller: Caller) -> ForecastTold:
    """Return where a forecast stands."""
    return forecast_told(staffing_job(service, caller, _KIND, forecast_id))


@router.delete(
    "/{forecast_id}",
    operation_id="stop_forecast",
    status_code=202,
    responses=answered(_EXAMPLE, 202),
)
def stopped(forecast_id: ForecastId, service: Served, caller: Caller) -> ForecastTold:
    """Ask a forecast to end now, without a result."""
    return forecast_told(stop_staffing(service, caller, _KIND, forecast_id))


@router.get(
    "/{forecast_id}/events",
    operation_id="watch_forecast",
    response_class=StreamingResponse,
    responses=EVENT_STREAM,
)
async def events(
    forecast_id: ForecastId,
    request: Request,
    service: Served,
    caller: Caller,
    last_event_id: LastEvent = None,
) -> StreamingResponse:
    """Follow a forecast as server-sent events: `progress`, then `end`."""
    allowed = may_watch(_KIND)
    await run_in_threadpool(allowed, service, caller, forecast_id)
    return followed(request, service, forecast_id, allowed, last_event_id)


@router.get(
    "/{forecast_id}/result",
    operation_id="get_forecast_result",
    response_model=ForecastResultTold,
    responses=answered(_RESULT),
)
def result(forecast_id: ForecastId, service: Served, caller: Caller) -> Response:
    """Return contacts by queue and interval with bounds, and what was not learnt from."""
    return result_of(service, caller, _KIND, forecast_id)


@router.post("/{forecast_id}/apply", operation_id="apply_forecast", responses=answered(_APPLIED))
def applied(
    forecast_id: ForecastId,
    service: Served,
    caller: Caller,
    version: Version,
    response: Response,
) -> AppliedTold:
    """Write a forecast as the period's demand, of the queues that it is for, all of it or nothing.

    `If-Match` names the version of the period. Rows of demand that these queues had in the period
    are replaced; rows of requirements stay, and still count in place of demand.
    """
    done = apply_forecast(service, caller, forecast_id, version)
    response.headers.update(etag(done.period.version))
    return applied_told(done)
