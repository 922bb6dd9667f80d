"""Rosters: read, judge, compare, explain, publish."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import Caller, Served, Version, etag
from api.schemas.base import Told
from api.schemas.work import RosterTold, roster_told
from scheduler.domain import Shift
from scheduler.usecases.keep_rosters import (
    audit_of,
    delete_roster,
    diff_of,
    explanation_of,
    publish_roster,
    roster_document,
    roster_version,
)
from scheduler.usecases.plain import to_plain

__all__ = ["router"]

RosterId = Annotated[str, Path(max_length=64)]
_ROSTER = {
    "roster_id": "5b1c",
    "period_id": "2027-spring",
    "number": 1,
    "state": "published",
    "cost_cents": 5451600,
    "bound_cents": 5384600,
    "gap": 0.01229,
    "hard_findings": 0,
    "created_at": "2027-03-01T08:01:00Z",
    "published_at": "2027-03-01T09:00:00Z",
    "solve_id": "0f3c",
    "input_sha256": "9f" * 32,
    "version": 2,
}


class SpanTold(Told):
    """A shift's times: instants, and the wall clock of the place of work."""

    start_utc: datetime
    end_utc: datetime
    start_local: str
    zone: str


class ShiftChangeTold(Told):
    """One shift that is not the same in both rosters."""

    kind: str
    agent_id: str
    day: str
    before: SpanTold | None
    after: SpanTold | None
    moved_minutes: int


class DiffTold(Told):
    """What changes for whom from one roster to another."""

    changes: list[ShiftChangeTold]
    agents_affected: list[str]
    moved_minutes: int


def _shown(example: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


router = APIRouter(prefix="/v1/rosters", tags=["rosters"])


@router.get("/{roster_id}", operation_id="get_roster", responses=_shown(_ROSTER))
def got(roster_id: RosterId, service: Served, caller: Caller, response: Response) -> RosterTold:
    """Return a roster's figures and state."""
    roster = roster_version(service, caller, roster_id)
    response.headers.update(etag(roster.version))
    return roster_told(roster)


@router.delete("/{roster_id}", operation_id="delete_roster", status_code=204)
def deleted(roster_id: RosterId, service: Served, caller: Caller, version: Version) -> None:
    """Take a draft away; rosters that were published stay."""
    delete_roster(service, caller, roster_id, version)


@router.get(
    "/{roster_id}/document",
    operation_id="get_roster_document",
    responses=_shown({"format": "heliotrope-roster/1", "shifts": []}),
)
def document(roster_id: RosterId, service: Served, caller: Caller) -> Response:
    """Return a roster with all its shifts, as `roster.json`."""
    return Response(roster_document(service, caller, roster_id), media_type="application/json")


@router.get(
    "/{roster_id}/audit",
    operation_id="audit_roster",
    responses=_shown({"findings": [], "cost_cents": 5451600}),
)
def audit(roster_id: RosterId, service: Served, caller: Caller) -> dict[str, Any]:
    """Return the independent audit of a roster."""
    return audit_of(service, caller, roster_id)


@router.get(
    "/{roster_id}/kpis",
    operation_id="roster_kpis",
    responses=_shown({"coverage": {}, "measures": {}, "terms": {}}),
)
def kpis(roster_id: RosterId, service: Served, caller: Caller) -> dict[str, Any]:
    """Return cover, hours, nights, fairness and cost by term of a roster."""
    report = audit_of(service, caller, roster_id)
    wanted = ("cost_cents", "coverage", "measures", "terms")
    return {name: report[name] for name in wanted if name in report}


@router.get(
    "/{roster_id}/diff",
    operation_id="diff_rosters",
    responses=_shown({"changes": [], "agents_affected": [], "moved_minutes": 0}),
)
def diff(
    roster_id: RosterId,
    against: Annotated[str, Query(max_length=64, description="The roster to compare with.")],
    service: Served,
    caller: Caller,
) -> DiffTold:
    """Return what changes for whom from roster `against` to this one."""
    found = diff_of(service, caller, roster_id, against)
    return DiffTold(
        changes=[
            ShiftChangeTold(
                kind=change.kind.value,
                agent_id=change.agent_id,
                day=change.day.isoformat(),
                before=_span(change.before),
                after=_span(change.after),
                moved_minutes=change.moved_minutes,
            )
            for change in found.changes
        ],
        agents_affected=list(found.agents_affected),
        moved_minutes=found.moved_minutes,
    )


def _span(shift: Shift | None) -> SpanTold | None:
    if shift is None:
        return None
    return SpanTold(
        start_utc=shift.start,
        end_utc=shift.end,
        start_local=str(shift.start_local),
        zone=shift.zone,
    )


@router.get(
    "/{roster_id}/explanation",
    operation_id="explain_roster",
    responses=_shown({"moments": []}),
)
def explanation(
    roster_id: RosterId,
    service: Served,
    caller: Caller,
    queue: Annotated[str | None, Query(max_length=100)] = None,
    at: Annotated[str | None, Query(max_length=40, examples=["2027-03-28T03:00Z"])] = None,
    worst: Annotated[int, Query(ge=1, le=20)] = 3,
) -> dict[str, Any]:
    """Return why a queue is staffed as it is at a moment, or at the worst moments."""
    moments = explanation_of(service, caller, roster_id, queue_id=queue, at=at, worst=worst)
    return {"moments": [to_plain(moment) for moment in moments]}


@router.post("/{roster_id}/publish", operation_id="publish_roster", responses=_shown(_ROSTER))
def published(
    roster_id: RosterId, service: Served, caller: Caller, version: Version, response: Response
) -> RosterTold:
    """Publish a draft whose audit has no hard findings."""
    roster = publish_roster(service, caller, roster_id, version)
    response.headers.update(etag(roster.version))
    return roster_told(roster)
