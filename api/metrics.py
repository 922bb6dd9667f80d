"""Counts and times of requests, and figures of the service, in the text format of Prometheus."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.domain.job import JobState
from scheduler.usecases.watch_service import ServiceFigures

__all__ = ["Metrics", "MetricsMiddleware"]

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_NOWHERE = "none"


class Metrics:
    """What one application has measured; nothing of it is shared between applications."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "heliotrope_requests",
            "Requests answered, by operation and class of status.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "heliotrope_request_seconds",
            "Time until an answer began, by operation.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        # finding them by their labels takes longer than counting
        self._found: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._jobs = self._gauge("jobs", "Jobs by state.", "state")
        self._wait = self._gauge(
            "queue_oldest_wait_seconds", "How long the job that waits longest has waited."
        )
        self._workers = self._gauge("workers_alive", "Processes that run jobs and are alive.")
        self._messages = self._gauge(
            "webhooks_waiting", "Messages to webhooks that have neither arrived nor been given up."
        )
        self._revision = self._gauge(
            "database_revision_ok", "1 where the database is at this version's revision."
        )

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"heliotrope_{name}", text, labels, registry=self._registry)

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Note an answer.

        Parameters
        ----------
        operation : str
            Its id; never a path, in which ids of people may stand.
        """
        key = operation, status // 100
        found = self._found.get(key)
        if found is None:
            requests = self._requests.labels(operation, f"{key[1]}xx")
            found = self._found[key] = requests, self._seconds.labels(operation)
        found[0].inc()
        found[1].observe(seconds)

    def text(self, figures: ServiceFigures) -> bytes:
        """Return everything as text, with the present figures of the service."""
        for state in JobState:
            self._jobs.labels(state.value).set(figures.jobs.get(state, 0))
        self._wait.set(figures.oldest_wait_seconds)
        self._workers.set(figures.workers_alive)
        self._messages.set(figures.messages_waiting)
        self._revision.set(figures.is_revision_right)
        return generate_latest(self._registry)


class MetricsMiddleware:
    """ASGI middleware that notes every answer of the application inside.

    Parameters
    ----------
    app : ASGIApp
        Sets ``route`` in the scope once it knows which operation was asked for.
    metrics : Metrics
        Where to note.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, is_noted = time.perf_counter(), False

        def note(status: int) -> None:
            nonlocal is_noted
            if not is_noted:
                is_noted = True
                self._metrics.answered(_operation(scope), status, time.perf_counter() - began)

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            note(500)
            raise


def _operation(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "operation_id", None) or _NOWHERE
