"""What the routes of durable jobs about staffing share: their answers and their results."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from api.errors import HttpError
from api.job_events import EVENTS
from scheduler.domain.access import Principal
from scheduler.domain.job import JobKind
from scheduler.service import Service
from scheduler.usecases.submit_staffing import NoResultError, staffing_result

__all__ = ["EVENT_STREAM", "Answers", "answered", "inlined", "result_of"]

Answers = dict[int | str, dict[str, Any]]

EVENT_STREAM: Answers = {200: {"content": {"text/event-stream": {"example": EVENTS}}}}
"""What following a job answers."""


def answered(example: object, status: int = 200) -> Answers:
    """Return the description of an answer by its example."""
    return {status: {"content": {"application/json": {"example": example}}}}


def result_of(service: Service, caller: Principal, kind: JobKind, job_id: str) -> Response:
    """Answer with what came of a job.

    Raises
    ------
    HttpError
        With 409 while it has not ended, 404 if it has ended without a result.
    """
    try:
        found = staffing_result(service, caller, kind, job_id)
    except NoResultError as error:
        if error.is_final:
            raise HttpError(404, "no_result", str(error)) from None
        raise HttpError(409, "not_ended", str(error)) from None
    return Response(found, media_type="application/json")


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a body that a route reads itself, whole and without names of models."""
    schema = model.model_json_schema()
    inner: dict[str, Any] = schema.pop("$defs", {})

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return whole(inner[value["$ref"].rpartition("/")[2]])
        return {
            name: {key: whole(each) for key, each in part.items()}
            if name == "properties"
            else whole(part)
            for name, part in value.items()
            if name != "title"
        }

    found: dict[str, Any] = whole(schema)
    return found
