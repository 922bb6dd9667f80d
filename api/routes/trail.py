"""For administrators: who changed what, when, from what to what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import Caller, Limit, Served
from api.schemas.base import Told
from scheduler.usecases.read_trail import NamedEntry, read_trail

__all__ = ["router"]

_ENTRY = {
    "entry_id": 42,
    "at": "2027-03-01T09:00:00Z",
    "who": "4f2a",
    "name": "noor",
    "verb": "put",
    "what": "agents",
    "key": "ams-01",
    "before": {"agent_id": "ams-01", "name": "Ada"},
    "after": {"agent_id": "ams-01", "name": "Ada Lin"},
}


class EntryTold(Told):
    """One change; `who` is a principal's id or a program, `name` the principal's present name."""

    entry_id: int
    at: datetime
    who: str
    name: str | None
    verb: str
    what: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class TrailTold(Told):
    """A page of changes, the latest first; ask on with ``after`` while there is a ``next``."""

    entries: list[EntryTold]
    next: int | None = None


def _told(named: NamedEntry) -> EntryTold:
    entry, change = named.entry, named.entry.change
    return EntryTold(
        entry_id=entry.entry_id,
        at=entry.at,
        who=entry.who,
        name=named.name,
        verb=change.verb,
        what=change.subject,
        key=change.key,
        before=None if change.before is None else dict(change.before),
        after=None if change.after is None else dict(change.after),
    )


router = APIRouter(prefix="/v1/trail", tags=["access"])


@router.get(
    "",
    operation_id="read_trail",
    responses={
        200: {"content": {"application/json": {"example": {"entries": [_ENTRY], "next": None}}}}
    },
)
def listed(
    service: Served,
    caller: Caller,
    who: Annotated[
        str | None, Query(max_length=200, description="Id of a principal, or a program.")
    ] = None,
    what: Annotated[
        str | None, Query(max_length=100, description="Sort of record.", examples=["agents"])
    ] = None,
    key: Annotated[str | None, Query(max_length=500, description="Which record.")] = None,
    after: Annotated[int | None, Query(ge=1, lt=2**63, description="From `next`.")] = None,
    limit: Limit = 100,
) -> TrailTold:
    """Return who changed what, the latest first."""
    found = read_trail(service, caller, who=who, what=what, key=key, before=after, limit=limit)
    behind = found[-1].entry.entry_id if len(found) == limit else None
    return TrailTold(entries=[_told(each) for each in found], next=behind)
