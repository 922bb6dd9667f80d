"""The rows of the planning's tables: ``/v1/agents``, ``/v1/skills`` and so on, all alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.deps import Caller, Limit, Served, Version, etag
from api.errors import HttpError
from api.schemas.base import Told
from scheduler.usecases.edit_rows import (
    ID_COLUMNS,
    KEYS,
    STEMS,
    add_row,
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
        row = await _in_thread(add_row, service, caller, stem, text)
        name = row.values[KEYS[stem]] if stem in KEYS else row.row_id
        response.headers.update({**etag(row.version), "Location": _address(stem, name)})
        return _told(row)

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
        row = await _in_thread(put_row, service, caller, stem, _key(stem, key), text, version)
        response.headers.update(etag(row.version))
        return _told(row)

    @made.delete("/{key:path}", operation_id=f"delete_{stem}", status_code=204)
    def deleted(key: Key, service: Served, caller: Caller, version: Version) -> None:
        delete_row(service, caller, stem, _key(stem, key), version)

    return made


def _created(one: _Answers) -> _Answers:
    return {201: one[200]}


def _address(stem: str, name: str | int) -> str:
    from urllib.parse import quote

    return f"/v1/{stem}/{quote(str(name), safe='')}"


async def _text(request: Request) -> str:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise HttpError(415, "not_json", "Send the row as application/json.")
    try:
        return (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise HttpError(400, "bad_encoding", "JSON is UTF-8; this body is not.") from None


async def _in_thread(function: Any, *arguments: Any) -> Any:
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(function, *arguments)


router = APIRouter()
for _stem in STEMS:
    router.include_router(_routes(_stem))
