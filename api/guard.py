"""What every request passes first: size, form and name of a request, and the last resort."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

__all__ = ["Guard", "json_depth"]

_DEEPEST_JSON = 64
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_log = logging.getLogger("heliotrope.api")


def json_depth(data: bytes) -> int:
    """Return how deep lists and objects are nested; text in strings does not count."""
    depth = deepest = 0
    for found in _STRING_OR_BRACKET.finditer(data):
        first = data[found.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


class _TooLargeError(Exception):
    """More came than may come."""


class Guard:
    """ASGI middleware: names each request, reads its body within limits, answers for defects.

    Parameters
    ----------
    app : ASGIApp
        What the request is for.
    most_bytes : int
        Largest body.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"]}  # noqa: C416 - last one wins
        request_id = _request_id(headers.get(b"x-request-id", b""))
        scope.setdefault("state", {})["request_id"] = request_id
        begun = ended = False

        async def send_named(message: Message) -> None:
            nonlocal begun, ended
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _with_headers(message.get("headers", ()), request_id)
            elif message["type"] == "http.response.body":
                ended = not message.get("more_body", False)
            await send(message)

        try:
            body = await self._body(headers, receive)
        except _TooLargeError:
            answer = problem(
                413, "too_large", f"At most {self._most:,} bytes.", instance=scope["path"],
                request_id=request_id, headers={"Connection": "close"},
            )  # fmt: skip
            await answer(scope, receive, send_named)
            return
        if body is None:  # the client went away
            return
        if _is_json(headers) and json_depth(body) > _DEEPEST_JSON:
            answer = problem(
                400, "too_deep", f"JSON is nested more than {_DEEPEST_JSON} levels deep.",
                instance=scope["path"], request_id=request_id,
            )  # fmt: skip
            await answer(scope, receive, send_named)
            return
        try:
            await self._app(scope, _replay(body, receive), send_named)
        except Exception:
            _log.exception("defect", extra={"request_id": request_id})
            if ended:
                return
            if begun:  # too late to say anything: the connection is cut
                raise
            answer = problem(
                500, "internal", "See the log for this request.", instance=scope["path"],
                request_id=request_id,
            )  # fmt: skip
            await answer(scope, receive, send_named)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._most:
            raise _TooLargeError
        parts, total = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            total += len(part)
            if total > self._most:
                raise _TooLargeError
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


def _request_id(given: bytes) -> str:
    """Return the caller's name for the request if it is a plain one, else a new one."""
    text = given.decode("ascii", errors="replace")
    return text if _REQUEST_ID.fullmatch(text) else uuid.uuid4().hex


def _is_json(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return kind.endswith((b"/json", b"+json"))


def _with_headers(
    headers: Iterable[tuple[bytes, bytes]], request_id: str
) -> list[tuple[bytes, bytes]]:
    kept = list(headers)
    there = {name.lower() for name, _ in kept}
    extra = [(b"x-request-id", request_id.encode("ascii")), *_HEADERS]
    if b"cache-control" not in there:
        extra.append((b"cache-control", b"no-store"))
    return [*kept, *((name, value) for name, value in extra if name not in there)]
