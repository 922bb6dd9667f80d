"""The rows of the planning's tables: ``/v1/agents``, ``/v1/skills`` and so on, all alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.deps import Caller, Limit, Served, Version, etag
from api.errors import HttpError
from api.schemas.base import Told
from scheduler.usecases.edit_rows import (
    ID_COLUMNS,
    KEYS,
    MOST_ROWS,
    STEMS,
    add_row,
    add_rows,
    delete_row,
    example_of,
    get_row,
    list_rows,
    put_row,
    schema_of,
)

__all__ = ["router"]

_NO_ID = 2**62
_Answers = dict[int | str, dict[str, Any]]
Key = Annotated[
    str, Path(description="The id of the row; `row_id` where it has none.", max_length=300)
]


class RowTold(Told):
    """A row, its number and its version."""

    row_id: int
    version: int
    values: dict[str, str | int]


class PageTold(Told):
    """Rows in the order in which they were added; ask on with ``after`` while there is a ``next``.

    Parameters
    ----------
    next : int, optional
        Value of ``after`` for the next page.
    """

    rows: list[RowTold]
    next: int | None = None


class BatchTold(Told):
    """What became of many rows; those that were there as they came are unchanged."""

    added: int
    changed: int
    unchanged: int


Replace = Annotated[
    bool, Query(description="Let rows take the place of those with their id; else it is an error.")
]
WithRows = Annotated[bool, Query(description="Take the agent's own rows along.")]


def _told(row: Any) -> RowTold:
    return RowTold(row_id=row.row_id, version=row.version, values=dict(row.values))


def _key(stem: str, text: str) -> str | int:
    """Return a key from a path: a number where the table has no ids of its own."""
    if stem in KEYS:
        return text
    if not text.isascii() or not text.isdigit() or int(text[:20]) >= _NO_ID:
        raise HttpError(404, "not_found", f"Rows of {stem} are named by their row_id.")
    return int(text)


def _routes(stem: str) -> APIRouter:
    """Return the routes of one table."""
    made = APIRouter(prefix=f"/v1/{stem}", tags=["rows"])
    shown = {"row_id": 1, "version": 1, "values": example_of(stem)}
    one: _Answers = {200: {"content": {"application/json": {"example": shown}}}}
    page = {"rows": [shown], "next": None}
    many: _Answers = {200: {"content": {"application/json": {"example": page}}}}
    body = {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema_of(stem), "example": example_of(stem)}
            },
        }
    }
    filters = ID_COLUMNS[stem]
    query = {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in filters
        ]
    }

    @made.get("", operation_id=f"list_{stem}", responses=many, openapi_extra=query)
    def listed(
        request: Request,
        service: Served,
        caller: Caller,
        limit: Limit = 100,
        after: Annotated[int | None, Query(ge=0, lt=_NO_ID, description="From `next`.")] = None,
    ) -> PageTold:
        where = {name: value for name, value in request.query_params.items() if name in filters}
        rows = list_rows(service, caller, stem, where=where, after=after, limit=limit)
        behind = rows[-1].row_id if len(rows) == limit else None
        return PageTold(rows=[_told(row) for row in rows], next=behind)

    @made.post(
        "", operation_id=f"add_{stem}", status_code=201, responses=_created(one),
        openapi_extra=body,
    )  # fmt: skip
    async def added(
        request: Request, service: Served, caller: Caller, response: Response
    ) -> RowTold:
        text = await _text(request)
        row = await run_in_threadpool(add_row, service, caller, stem, text)
        name = row.values[KEYS[stem]] if stem in KEYS else row.row_id
        response.headers.update({**etag(row.version), "Location": _address(stem, name)})
        return _told(row)

    @made.post(
        "/batch", operation_id=f"add_many_{stem}", responses=_batch(),
        openapi_extra=_batch_body(stem),
    )  # fmt: skip
    async def added_many(
        request: Request, service: Served, caller: Caller, replace: Replace = False
    ) -> BatchTold:
        """Add many rows, all of them or none: JSON, or the file of a planning folder."""
        body = await _many(request)
        done = await run_in_threadpool(add_rows, service, caller, stem, body, replace=replace)
        return BatchTold(added=done.added, changed=done.changed, unchanged=done.unchanged)

    @made.get("/{key:path}", operation_id=f"get_{stem}", responses=one)
    def got(key: Key, service: Served, caller: Caller, response: Response) -> RowTold:
        row = get_row(service, caller, stem, _key(stem, key))
        response.headers.update(etag(row.version))
        return _told(row)

    @made.put("/{key:path}", operation_id=f"put_{stem}", responses=one, openapi_extra=body)
    async def put(
        key: Key, request: Request, service: Served, caller: Caller, version: Version,
        response: Response,
    ) -> RowTold:  # fmt: skip
        text = await _text(request)
        row = await run_in_threadpool(
            put_row, service, caller, stem, _key(stem, key), text, version
        )
        response.headers.update(etag(row.version))
        return _told(row)

    if stem == "agents":

        @made.delete("/{key:path}", operation_id=f"delete_{stem}", status_code=204)
        def deleted_agent(
            key: Key, service: Served, caller: Caller, version: Version, rows: WithRows = False
        ) -> None:
            """Take an agent away; with `rows` all rows about the agent, too. Rosters stay."""
            delete_row(service, caller, stem, _key(stem, key), version, with_rows=rows)
    else:

        @made.delete("/{key:path}", operation_id=f"delete_{stem}", status_code=204)
        def deleted(key: Key, service: Served, caller: Caller, version: Version) -> None:
            delete_row(service, caller, stem, _key(stem, key), version)

    return made


def _batch() -> _Answers:
    example = {"added": 2, "changed": 0, "unchanged": 0}
    return {200: {"content": {"application/json": {"example": example}}}}


def _batch_body(stem: str) -> dict[str, Any]:
    row = example_of(stem)
    listed = {"type": "array", "items": schema_of(stem), "maxItems": MOST_ROWS}
    schema = {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": listed},
        "additionalProperties": False,
    }
    csv = f"{','.join(row)}\n{','.join(map(str, row.values()))}\n"
    content = {
        "application/json": {"schema": schema, "example": {"rows": [row]}},
        "text/csv": {
            "schema": {"type": "string", "description": f"`{stem}.csv` of a planning folder."},
            "example": csv,
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def _created(one: _Answers) -> _Answers:
    return {201: one[200]}


def _address(stem: str, name: str | int) -> str:
    from urllib.parse import quote

    return f"/v1/{stem}/{quote(str(name), safe='')}"


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _text(request: Request) -> str:
    if _kind(request) != "application/json":
        raise HttpError(415, "not_json", "Send the row as application/json.")
    return _decoded(await request.body())


async def _many(request: Request) -> str | bytes:
    """Return the body of many rows: text if it is JSON, bytes if it is CSV."""
    kind = _kind(request)
    if kind == "text/csv":
        return await request.body()
    if kind != "application/json":
        raise HttpError(415, "not_rows", "Send the rows as application/json or text/csv.")
    return _decoded(await request.body())


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise HttpError(400, "bad_encoding", "JSON is UTF-8; this body is not.") from None


router = APIRouter()
for _stem in STEMS:
    router.include_router(_routes(_stem))
