"""What routes ask for: the service, who calls, which version, which page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from api.errors import HttpError
from scheduler.domain.access import Principal
from scheduler.service import Service
from scheduler.usecases.log_in import principal_of_token

__all__ = [
    "Caller",
    "Idempotency",
    "Limit",
    "Served",
    "Version",
    "etag",
    "read_soon",
    "service_of",
    "token_of",
]

_T = TypeVar("_T")

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)")


async def read_soon(service: Service, read: Callable[[], _T]) -> _T:
    """Do a short read of the database and return what came of it.

    Where the database is a file it is read on the spot: that waits for nobody, not even for who
    writes, and is done before a thread could take it over. Elsewhere a thread waits for it.
    """
    return read() if service.store.is_local else await run_in_threadpool(read)


def service_of(request: Request) -> Service:
    """Return the service behind the API."""
    service: Service = request.app.state.service
    return service


async def _service(request: Request) -> Service:
    return service_of(request)


Served = Annotated[Service, Depends(_service)]
"""The service behind the API."""


def token_of(request: Request) -> str:
    """Return the token that was sent along.

    Raises
    ------
    HttpError
        With 401 if none was.
    """
    found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    if found is None:
        raise HttpError(401, "unauthenticated", "Send a token: `Authorization: Bearer helio_...`.")
    return found[1]


async def _caller(request: Request, service: Served) -> Principal:
    token = token_of(request)
    principal = await read_soon(service, lambda: principal_of_token(service, token))
    request.state.principal_id = principal.principal_id  # for the log
    return principal


Caller = Annotated[Principal, Depends(_caller)]
"""Who calls; without a good token the answer is 401."""


def _version(
    if_match: Annotated[
        str | None, Header(description="The ETag of what you have seen.", examples=['"3"'])
    ] = None,
) -> int:
    if if_match is None:
        raise HttpError(428, "no_version", "Send `If-Match` with the ETag of what you have seen.")
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise HttpError(412, "stale", "`If-Match` names no version of this; read it again.")
    return int(found[1])


Version = Annotated[int, Depends(_version)]
"""Version that the caller has seen, from ``If-Match``."""

Limit = Annotated[int, Query(ge=1, le=500, description="Most entries of a page.")]

Idempotency = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key of the same caller stands for one job.",
        examples=["spring-roster-1"],
    ),
]


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version."""
    return {"ETag": f'"{version}"'}
