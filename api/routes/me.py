"""What an agent sees: own shifts on the own clock, a calendar; and whose shifts planners see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.deps import Caller, Served
from api.errors import HttpError
from api.schemas.base import Told
from scheduler.domain import Shift
from scheduler.usecases.calendar_feed import calendar_feed
from scheduler.usecases.own_shifts import own_shifts, shifts_of_agent
from scheduler.usecases.show_local import local_shift

__all__ = ["router"]

_DEFAULT = timedelta(days=28)
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


def _told(shift: Shift) -> ShiftTold:
    start, end = local_shift(shift)
    return ShiftTold(
        agent_id=shift.agent_id,
        start=start,
        end=end,
        start_utc=shift.start,
        end_utc=shift.end,
        zone=shift.zone,
        paid_minutes=shift.paid_minutes,
        breaks=[BreakTold(start_utc=b.start, end_utc=b.end, paid=b.paid) for b in shift.breaks],
        activities=[
            ActivityTold(queue_id=a.queue_id, start_utc=a.start, end_utc=a.end)
            for a in shift.activities
        ],
    )


def _shown(example: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


From = Annotated[
    datetime | None,
    Query(
        alias="from", description="With offset or Z; default now.", examples=["2027-03-22T00:00Z"]
    ),
]
Until = Annotated[
    datetime | None,
    Query(description="Exclusive; default 28 days later.", examples=["2027-04-05T00:00Z"]),
]

router = APIRouter(prefix="/v1", tags=["shifts"])


def _stretch(
    start: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    for name, moment in (("from", start), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise HttpError(422, "missing_offset", f"{name} needs an offset or Z.")
    try:
        first = now if start is None else start.astimezone(UTC)
        last = first + _DEFAULT if until is None else until.astimezone(UTC)
    except OverflowError:
        raise HttpError(422, "out_of_range", "These moments are beyond the calendar.") from None
    return first, last


@router.get("/me/shifts", operation_id="my_shifts", responses=_shown({"shifts": [_SHIFT]}))
def mine(service: Served, caller: Caller, start: From = None, until: Until = None) -> ShiftsTold:
    """Return one's own published shifts."""
    first, last = _stretch(start, until, service.clock())
    shifts = own_shifts(service, caller, start=first, until=last)
    return ShiftsTold(shifts=[_told(shift) for shift in shifts])


@router.get(
    "/agents/{agent_id}/shifts", operation_id="agent_shifts", responses=_shown({"shifts": [_SHIFT]})
)
def of_agent(
    agent_id: Annotated[str, Path(max_length=100)],
    service: Served,
    caller: Caller,
    start: From = None,
    until: Until = None,
) -> ShiftsTold:
    """Return an agent's published shifts."""
    first, last = _stretch(start, until, service.clock())
    shifts = shifts_of_agent(service, caller, agent_id, start=first, until=last)
    return ShiftsTold(shifts=[_told(shift) for shift in shifts])


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
