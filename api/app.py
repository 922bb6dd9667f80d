"""The application put together: guard, handlers of errors, routes."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from api.errors import add_handlers
from api.guard import Guard
from api.methods import add_methods
from api.metrics import Metrics, MetricsMiddleware
from api.openapi import describe
from api.problems import MEDIA_TYPE
from api.routes import (
    demo,
    erlang,
    forecasts,
    log_in,
    me,
    oidc,
    periods,
    principals,
    requirements,
    rosters,
    rows,
    simulations,
    solves,
    system,
    tokens,
    trail,
    webhooks,
)
from scheduler.app import version
from scheduler.service import Service

__all__ = ["create_app", "guarded"]

_PROBLEM = {
    "description": "What is wrong, where, and what to do (RFC 9457).",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "instance": {"type": "string"},
                    "request_id": {"type": "string"},
                    "faults": {"type": "array", "items": {"type": "object"}},
                    "fault_count": {"type": "integer"},
                },
            }
        }
    },
}


def create_app(service: Service) -> FastAPI:
    """Return the API on a service; put `guarded` around it before it is served."""
    app = FastAPI(
        title="Heliotrope",
        summary="Follow-the-sun rosters for remote contact-centre agents.",
        version=version(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        responses={"default": _PROBLEM},
    )
    app.state.service = service
    app.state.metrics = Metrics()
    app.add_middleware(MetricsMiddleware, metrics=app.state.metrics)
    add_handlers(app)
    # Each router is asked in turn: first what agents ask for all day; rows, whose keys may be
    # anything, last.
    for routes in (
        me,
        log_in,
        oidc,
        tokens,
        principals,
        demo,
        periods,
        solves,
        rosters,
        erlang,
        forecasts,
        requirements,
        simulations,
        webhooks,
        trail,
        system,
        rows,
    ):
        app.include_router(routes.router)

    describe(app)
    add_methods(app)
    return app


def guarded(app: FastAPI, service: Service) -> ASGIApp:
    """Return the application behind its guard: what a server serves."""
    return Guard(app, most_bytes=service.settings.body_limit_mb * 1024 * 1024)
