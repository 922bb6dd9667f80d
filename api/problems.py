"""What went wrong, as RFC 9457 asks for it: one shape for every error answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from scheduler.errors import Fault, InputError, SchedulerError

__all__ = [
    "MEDIA_TYPE",
    "STATUS_BY_CODE",
    "TITLES",
    "defect",
    "pointer_of",
    "problem",
    "problem_of",
]

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "Log in first",
    403: "Not allowed",
    404: "There is no such thing",
    405: "Not with this method",
    406: "Not in this form",
    408: "The request took too long to arrive",
    409: "It does not go together with what is there",
    412: "It has changed since you read it",
    413: "The request is too large",
    415: "Not in this media type",
    416: "Not this part",
    422: "The content is wrong",
    428: "Say which version you mean",
    429: "Too many requests",
    500: "A defect of Heliotrope",
    501: "Not built",
    503: "Not available just now",
}
"""What each status means, in words for people."""

STATUS_BY_CODE: Mapping[str, int] = {
    "bad_input": 422,
    "bad_row": 422,
    "conflict": 409,
    "database": 503,
    "denied": 403,
    "engine": 503,
    "hard_findings": 409,
    "internal": 500,
    "limited": 429,
    "not_found": 404,
    "stale": 412,
    "unauthenticated": 401,
    "weak_password": 422,
}
"""The status of each kind of error that use cases raise; all others are defects."""

_MOST_FAULTS = 200
_SECRET = re.compile(r"^(/+v1/+calendars/+).+", re.DOTALL)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str | None = None,
    request_id: str | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error answer.

    Parameters
    ----------
    code : str
        Stable; the last part of ``type``. Programs go by it, people by `detail`.
    detail : str
        What is wrong here and what to do, as whole sentences.
    faults : sequence of mapping
        For wrong content: each fault with ``code``, ``pointer`` (RFC 6901), ``detail``.
    """
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": TITLES.get(status, "It did not work"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if instance is not None:  # the address of a calendar is a secret, and problems get reported
        body["instance"] = _SECRET.sub(r"\1...", instance)
    if request_id is not None:
        body["request_id"] = request_id
    if faults:
        body["faults"] = list(faults[:_MOST_FAULTS])
        body["fault_count"] = len(faults)
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace")
    return Response(text, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


async def defect(request: Request, _error: Exception) -> Response:
    """Answer for an error that nobody raised on purpose; what it was stands in the log."""
    return problem(
        500, "internal", "See the log for this request.", instance=request.url.path,
        request_id=getattr(request.state, "request_id", None),
    )  # fmt: skip


def problem_of(
    error: SchedulerError, *, instance: str | None = None, request_id: str | None = None
) -> Response:
    """Return the answer to an error that a use case raised."""
    status = STATUS_BY_CODE.get(error.code, 500)
    found: tuple[Fault, ...] = getattr(error, "faults", ())
    if found and isinstance(found[0], Fault):
        detail = str(error)
        if isinstance(error, InputError):
            one, many = str(found[0]), f"{len(found)} faults; nothing was changed."
            detail = one if len(found) == 1 else many
        faults = [_fault(fault) for fault in found]
        return problem(
            status, error.code, detail, instance=instance, request_id=request_id, faults=faults
        )
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    wait = getattr(error, "retry_after_seconds", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    detail = "See the log for this request." if status == 500 else str(error)
    return problem(
        status, error.code, detail, instance=instance, request_id=request_id, headers=headers
    )


def _fault(fault: Fault) -> dict[str, Any]:
    found: dict[str, Any] = {"code": fault.code, "pointer": pointer_of(fault), "detail": str(fault)}
    if fault.value is not None:
        found["value"] = fault.value
    if fault.line is not None:
        found["file"], found["line"] = fault.file, fault.line
    return found


def pointer_of(fault: Fault) -> str:
    """Return where in the body a fault lies, as an RFC 6901 pointer; empty for all of it."""
    where = fault.column or ""
    if where.startswith("/") or not where:
        return where
    return "/" + where.replace("~", "~0").replace("/", "~1")
