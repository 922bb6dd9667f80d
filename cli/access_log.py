"""One log line per request: which operation, for whom, how it was answered, how long it took."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["AccessLog"]

_log = logging.getLogger("heliotrope.access")
_ROUTINE = frozenset({"health", "ready", "metrics"})


class AccessLog:
    """ASGI middleware around all others; logs ids and numbers, never an address or a header.

    Parameters
    ----------
    app : ASGIApp
        What answers; it leaves `request_id`, and `principal_id` once it knows who calls, in the
        state of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status: int | None = None

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            _tell(scope, status, round((time.perf_counter() - began) * 1000))


def _tell(scope: Scope, status: int | None, ms: int) -> None:
    operation = getattr(scope.get("route"), "operation_id", None) or "unknown"
    state = scope.get("state", {})
    level = logging.WARNING if (status or 0) >= 500 else logging.INFO
    if operation in _ROUTINE and status is not None and status < 400:
        level = logging.DEBUG
    _log.log(
        level,
        "%s: %s",
        operation,
        "the caller left" if status is None else "answered",
        extra={
            "request_id": state.get("request_id"),
            "operation": operation,
            "status": status,
            "ms": ms,
            "principal_id": state.get("principal_id"),
        },
    )
