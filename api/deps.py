"""What routes ask for: the service, who calls, which version, which page."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from api.errors import HttpError
from scheduler.domain.access import Principal
from scheduler.service import Service
from scheduler.usecases.log_in import principal_of_token

__all__ = ["Caller", "Idempotency", "Limit", "Served", "Version", "etag"]

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(_service)]
"""The service behind the API."""


def _caller(request: Request, service: Served) -> Principal:
    found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    if found is None:
        raise HttpError(401, "unauthenticated", "Send a token: `Authorization: Bearer helio_...`.")
    return principal_of_token(service, found[1])


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
