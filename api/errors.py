"""From exceptions to answers: every one a problem document, none with a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import TITLES, defect, problem, problem_of
from scheduler.errors import SchedulerError

__all__ = ["HttpError", "add_handlers"]

_log = logging.getLogger("heliotrope.api")
_MOST_SHOWN = 100


class HttpError(Exception):
    """An answer that only the edge can give, such as a missing header."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail)


def add_handlers(app: FastAPI) -> None:
    """Have every exception answered as a problem document."""
    app.add_exception_handler(HttpError, _on_http_error)
    app.add_exception_handler(SchedulerError, _on_scheduler_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_starlette_error)
    app.add_exception_handler(Exception, defect)


def _answer(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    faults: Sequence[dict[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    return problem(
        status, code, detail, instance=request.url.path, request_id=_name(request), faults=faults,
        headers=headers,
    )  # fmt: skip


def _name(request: Request) -> str | None:
    name: str | None = getattr(request.state, "request_id", None)
    return name


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpError)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    return _answer(request, error.status, error.code, error.detail, headers=headers)


async def _on_scheduler_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SchedulerError)
    answer = problem_of(error, instance=request.url.path, request_id=_name(request))
    changed = answer.status_code == 409 and getattr(error, "version", None) is not None
    if changed and "if-match" in request.headers:
        detail = "It has changed since you read it; read it again."
        answer = _answer(request, 412, "stale", detail)
    if answer.status_code >= 500:
        _log.error("%s: %s", error.code, error, extra={"request_id": _name(request)})
    return answer


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(found) for found in error.errors()]
    unreadable = any(fault["code"] == "json_invalid" for fault in faults)
    status, code = (400, "bad_json") if unreadable else (422, "bad_input")
    count = len(faults)
    detail = str(faults[0]["detail"]) if count == 1 else f"{count} faults; nothing was changed."
    return _answer(request, status, code, detail, faults=faults)


def _fault(found: dict[str, Any]) -> dict[str, Any]:
    where: Sequence[Any] = found.get("loc", ())
    place = str(where[0]) if where else "body"
    steps = where[1:]
    pointer = "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in steps)
    name = ".".join(map(str, steps)) or place
    message = str(found.get("msg", "is wrong"))
    return {
        "code": str(found.get("type", "wrong")),
        "in": place,
        "pointer": pointer,
        "detail": f"{name[:_MOST_SHOWN]}: {message[:_MOST_SHOWN]}",
    }


async def _on_starlette_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    code = codes.get(error.status_code, f"http_{error.status_code}")
    detail = {
        404: "There is nothing at this address.",
        405: "This address does not take that method.",
        400: "The body cannot be read.",
    }.get(error.status_code, TITLES.get(error.status_code, "It did not work"))
    return _answer(request, error.status_code, code, detail, headers=error.headers)
