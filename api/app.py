"""The application put together: guard, handlers of errors, routes."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from api.errors import add_handlers
from api.guard import Guard
from api.problems import MEDIA_TYPE
from api.routes import access, me, periods, rosters, rows, solves
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
    add_handlers(app)
    for routes in (me, access, periods, solves, rosters, rows):
        app.include_router(routes.router)

    @app.get("/health", operation_id="health", tags=["system"], response_class=PlainTextResponse)
    def health() -> str:
        """Answer as long as the process does."""
        return "ok"

    @app.get("/ready", operation_id="ready", tags=["system"], response_class=PlainTextResponse)
    def ready() -> Response:
        """Answer whether the database can be reached and is at the right revision."""
        present, newest = service.store.check()
        if present != newest:
            return PlainTextResponse("the database is at another revision", 503)
        return PlainTextResponse("ready")

    return app


def guarded(app: FastAPI, service: Service) -> ASGIApp:
    """Return the application behind its guard: what a server serves."""
    return Guard(app, most_bytes=service.settings.body_limit_mb * 1024 * 1024)
