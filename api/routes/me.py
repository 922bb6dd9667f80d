"""What an agent sees: own shifts on the own clock, a calendar; and whose shifts planners see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.deps import Caller, Served, read_soon, service_of, token_of
from api.schemas.base import Told
from scheduler.domain.access import Principal
from scheduler.errors import Fault, InputError
from scheduler.usecases.calendar_feed import calendar_feed
from scheduler.usecases.own_shifts import Stretch, shifts_behind, shifts_of_agent

__all__ = ["router"]

_DEFAULT = timedelta(days=28)
_MOST_SHOWN = 60
_SHIFT = {
    "agent_id": "ams-01",
    "start": "2027-03-28T09:00:00+02:00",
    "end": "2027-03-28T17:30:00+02:00",
    "start_utc": "2027-03-28T07:00:00Z",
    "end_utc": "2027-03-28T15:30:00Z",
    "zone": "Europe/Amsterdam",
    "paid_minutes": 480,
    "breaks": [
        {"start_utc": "2027-03-28T11:00:00Z", "end_utc": "2027-03-28T11:30:00Z", "paid": False}
    ],
    "activities": [
        {
            "queue_id": "phone-nl",
            "start_utc": "2027-03-28T07:00:00Z",
            "end_utc": "2027-03-28T11:00:00Z",
        }
    ],
}


class BreakTold(Told):
    """A break inside a shift."""

    start_utc: datetime
    end_utc: datetime
    paid: bool


class ActivityTold(Told):
    """Time on one queue inside a shift."""

    queue_id: str
    start_utc: datetime
    end_utc: datetime


class ShiftTold(Told):
    """A shift on the clock of the place of work (with offset and zone) and in UTC."""

    agent_id: str
    start: str
    end: str
    start_utc: datetime
    end_utc: datetime
    zone: str
    paid_minutes: int
    breaks: list[BreakTold]
    activities: list[ActivityTold]


class ShiftsTold(Told):
    """Published shifts that overlap a stretch of time, in order."""

    shifts: list[ShiftTold]


def _answer(shifts: str) -> Response:
    """Return `ShiftsTold`, which is JSON already."""
    return Response(shifts, media_type="application/json")


def _shown(example: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


_MOMENTS = {
    "from": ("With offset or Z; default now.", "2027-03-22T00:00Z"),
    "until": ("Exclusive; default 28 days later.", "2027-04-05T00:00Z"),
}
_STRETCH: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": {"type": "string", "format": "date-time", "examples": [example]},
    }
    for name, (text, example) in _MOMENTS.items()
]
"""Parameters that are read by hand: the framework takes longer to read two than we all of them."""

router = APIRouter(prefix="/v1", tags=["shifts"])


def _instant(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise _refused(name, text, "bad_moment", "an ISO 8601 moment") from None
    if moment.tzinfo is None:
        raise _refused(name, text, "missing_offset", "a moment with an offset or Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _refused(name, text, "out_of_range", "a moment within the calendar") from None


def _stretch(request: Request, now: datetime) -> Stretch:
    asked = request.query_params
    start, until = asked.get("from"), asked.get("until")
    first = now if start is None else _instant("from", start)
    if until is not None:
        return first, _instant("until", until)
    try:
        return first, first + _DEFAULT
    except OverflowError:
        expected = f"a moment {_DEFAULT.days} days before the end of the calendar"
        raise _refused("from", str(start), "out_of_range", expected) from None


def _refused(name: str, text: str, code: str, expected: str) -> InputError:
    return InputError((Fault(code, "query", expected, column=name, value=text[:_MOST_SHOWN]),))


@router.get(
    "/me/shifts",
    operation_id="my_shifts",
    response_model=ShiftsTold,
    responses=_shown({"shifts": [_SHIFT]}),
    openapi_extra={"parameters": _STRETCH},
)
async def mine(request: Request) -> Response:
    """Return one's own published shifts."""
    service, token = service_of(request), token_of(request)

    def read() -> tuple[Principal, str]:
        return shifts_behind(service, token, lambda: _stretch(request, service.clock()))

    caller, shifts = await read_soon(service, read)
    request.state.principal_id = caller.principal_id  # for the log
    return _answer(shifts)


@router.get(
    "/agents/{agent_id}/shifts",
    operation_id="agent_shifts",
    response_model=ShiftsTold,
    responses=_shown({"shifts": [_SHIFT]}),
    openapi_extra={"parameters": _STRETCH},
)
def of_agent(
    agent_id: Annotated[str, Path(max_length=100)],
    service: Served,
    caller: Caller,
    request: Request,
) -> Response:
    """Return an agent's published shifts."""
    first, last = _stretch(request, service.clock())
    return _answer(shifts_of_agent(service, caller, agent_id, start=first, until=last))


@router.get(
    "/calendars/{token}.ics",
    operation_id="calendar",
    responses={200: {"content": {"text/calendar": {"example": "BEGIN:VCALENDAR\r\n..."}}}},
)
def calendar(
    token: Annotated[str, Path(max_length=200)], service: Served, request: Request
) -> Response:
    """Return a calendar by its secret address, which needs no log-in."""
    feed = calendar_feed(service, token)
    headers = {"ETag": feed.etag, "Cache-Control": "private, max-age=300"}
    if feed.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(feed.body, media_type="text/calendar; charset=utf-8", headers=headers)
