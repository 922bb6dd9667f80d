"""Planning periods, and whole plannings that come in for them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.deps import Caller, Limit, Served, Version, etag
from api.errors import HttpError
from api.schemas.work import (
    ChangeTold,
    ImportTold,
    PeriodAsked,
    PeriodNamed,
    PeriodsTold,
    PeriodTold,
    RostersTold,
    RosterTold,
    period_told,
    roster_told,
)
from scheduler.domain.period import RosterState
from scheduler.usecases.import_planning import Imported, import_document, import_zip
from scheduler.usecases.keep_rosters import bring_roster, roster_versions
from scheduler.usecases.plan_periods import (
    add_period,
    delete_period,
    get_period,
    list_periods,
    planning_document,
    rename_period,
)

__all__ = ["PERIOD", "router"]

PERIOD = {
    "period_id": "2027-spring",
    "name": "Dutch customer care around the clock",
    "horizon": {"start": "2027-03-22", "end": "2027-04-05", "zone": "Europe/Amsterdam"},
    "site_ids": ["ams", "pbm"],
    "queue_ids": ["phone-nl"],
    "version": 1,
}
_IMPORTED = {
    "period": PERIOD,
    "changes": [{"table": "agents", "added": 60, "changed": 0, "removed": 0}],
    "notices": [],
    "input_sha256": "9f" * 32,
}
_ROSTER = {
    "roster_id": "5b1c",
    "period_id": "2027-spring",
    "number": 1,
    "state": "draft",
    "cost_cents": 5451600,
    "bound_cents": 5384600,
    "gap": 0.01229,
    "hard_findings": 0,
    "created_at": "2027-03-01T08:01:00Z",
    "published_at": None,
    "solve_id": "0f3c",
    "input_sha256": "9f" * 32,
    "version": 1,
}
_BROUGHT = {
    "format": "heliotrope-roster/1",
    "horizon": PERIOD["horizon"],
    "currency": "EUR",
    "shifts": [
        {
            "agent_id": "ams-01",
            "start_utc": "2027-03-22T08:00Z",
            "end_utc": "2027-03-22T16:30Z",
            "start_local": "2027-03-22T09:00",
            "zone": "Europe/Amsterdam",
            "fold": 0,
            "paid_minutes": 480,
            "breaks": [
                {"start_utc": "2027-03-22T12:00Z", "end_utc": "2027-03-22T12:30Z", "paid": False}
            ],
            "activities": [
                {
                    "queue_id": "phone-nl",
                    "start_utc": "2027-03-22T08:00Z",
                    "end_utc": "2027-03-22T12:00Z",
                }
            ],
            "pinned": False,
        }
    ],
}
PeriodId = Annotated[str, Path(min_length=1, max_length=100)]


def _shown(example: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


router = APIRouter(prefix="/v1/periods", tags=["periods"])


@router.get("", operation_id="list_periods", responses=_shown({"periods": [PERIOD], "next": None}))
def listed(
    service: Served,
    caller: Caller,
    after: Annotated[str | None, Query(max_length=100, description="From `next`.")] = None,
    limit: Limit = 100,
) -> PeriodsTold:
    """Return the periods in the caller's scope."""
    periods = list_periods(service, caller, after=after, limit=limit)
    behind = periods[-1].period_id if len(periods) == limit else None
    return PeriodsTold(periods=[period_told(period) for period in periods], next=behind)


@router.post(
    "",
    operation_id="add_period",
    status_code=201,
    responses={201: {"content": {"application/json": {"example": PERIOD}}}},
)
def added(asked: PeriodAsked, service: Served, caller: Caller, response: Response) -> PeriodTold:
    """Add a period over the same company's rows, with the settings of an earlier one.

    What the earlier one has published counts as history for it. Add need for it, then solve.
    """
    period = add_period(service, caller, asked.asked())
    where = f"/v1/periods/{quote(period.period_id, safe='')}"
    response.headers.update({**etag(period.version), "Location": where})
    return period_told(period)


@router.get("/{period_id}", operation_id="get_period", responses=_shown(PERIOD))
def got(period_id: PeriodId, service: Served, caller: Caller, response: Response) -> PeriodTold:
    """Return a period."""
    period = get_period(service, caller, period_id)
    response.headers.update(etag(period.version))
    return period_told(period)


@router.put("/{period_id}", operation_id="rename_period", responses=_shown(PERIOD))
def renamed(
    period_id: PeriodId,
    asked: PeriodNamed,
    service: Served,
    caller: Caller,
    version: Version,
    response: Response,
) -> PeriodTold:
    """Give a period another name."""
    period = rename_period(service, caller, period_id, asked.name, version)
    response.headers.update(etag(period.version))
    return period_told(period)


@router.delete("/{period_id}", operation_id="delete_period", status_code=204)
def deleted(period_id: PeriodId, service: Served, caller: Caller, version: Version) -> None:
    """Take a period away that has neither rosters nor solves; the rows stay."""
    delete_period(service, caller, period_id, version)


@router.get(
    "/{period_id}/planning",
    operation_id="get_planning",
    responses=_shown({"format": "heliotrope/1", "name": "Dutch customer care"}),
)
def planning(period_id: PeriodId, service: Served, caller: Caller) -> Response:
    """Return the planning document of a period: what a solve asked for now would get."""
    text = planning_document(service, caller, period_id)
    return Response(text, media_type="application/json")


@router.put(
    "/{period_id}/planning",
    operation_id="import_planning",
    responses=_shown(_IMPORTED),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "description": "A planning document."}
                },
                "application/zip": {
                    "schema": {
                        "type": "string",
                        "format": "binary",
                        "description": "A planning folder.",
                    }
                },
            },
        }
    },
)
async def imported(
    period_id: PeriodId, request: Request, service: Served, caller: Caller
) -> ImportTold:
    """Import a whole planning into a period: a document, or a planning folder as a zip archive."""
    kind, body = _kind(request), await request.body()
    if kind == "application/zip":
        return _told(await run_in_threadpool(import_zip, service, caller, period_id, body))
    if kind != "application/json":
        raise HttpError(415, "not_planning", "Send application/json or application/zip.")
    text = _decoded(body)
    return _told(await run_in_threadpool(import_document, service, caller, period_id, text))


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise HttpError(400, "bad_encoding", "JSON is UTF-8; this body is not.") from None


def _told(done: Imported) -> ImportTold:
    return ImportTold(
        period=period_told(done.period),
        changes=[
            ChangeTold(
                table=change.table,
                added=change.added,
                changed=change.changed,
                removed=change.removed,
            )
            for change in done.changes
        ],
        notices=[str(notice) for notice in done.notices],
        input_sha256=done.input_sha256,
    )


@router.get(
    "/{period_id}/rosters",
    operation_id="list_rosters",
    responses=_shown({"rosters": [_ROSTER], "next": None}),
)
def rosters(
    period_id: PeriodId,
    service: Served,
    caller: Caller,
    state: RosterState | None = None,
    after: Annotated[int | None, Query(ge=0, lt=2**31, description="From `next`.")] = None,
    limit: Limit = 100,
) -> RostersTold:
    """Return the rosters of a period by number."""
    found = roster_versions(service, caller, period_id, state=state, after=after, limit=limit)
    behind = found[-1].number if len(found) == limit else None
    return RostersTold(rosters=[roster_told(roster) for roster in found], next=behind)


@router.post(
    "/{period_id}/rosters",
    operation_id="bring_roster",
    status_code=201,
    responses={201: {"content": {"application/json": {"example": {**_ROSTER, "solve_id": None}}}}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "description": "A roster, as its document and `roster.json` are.",
                        "required": ["format", "horizon", "currency", "shifts"],
                    },
                    "example": _BROUGHT,
                }
            },
        }
    },
)
async def brought(
    period_id: PeriodId, request: Request, service: Served, caller: Caller, response: Response
) -> RosterTold:
    """Bring a roster made or edited by hand as a new draft; it is audited at once.

    Cost and findings are those of the audit against the rows as they are now, whatever the
    document says.
    """
    if _kind(request) != "application/json":
        raise HttpError(415, "not_json", "Send the roster as application/json.")
    text = _decoded(await request.body())
    roster = await run_in_threadpool(bring_roster, service, caller, period_id, text)
    where = f"/v1/rosters/{roster.roster_id}"
    response.headers.update({**etag(roster.version), "Location": where})
    return roster_told(roster)
