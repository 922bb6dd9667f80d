"""The schemas of what is written by hand and not by a model: problems and events."""

from __future__ import annotations

from typing import Any

__all__ = ["EVENT", "FAULT", "PROBLEM"]

EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"enum": ["progress", "end"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
"""One event of the stream of a solve."""

FAULT: dict[str, Any] = {
    "type": "object",
    "description": "One fault of what was sent.",
    "required": ["code", "pointer", "detail"],
    "properties": {
        "code": {"type": "string", "description": "Stable; programs go by it."},
        "in": {"type": "string", "description": "`body`, `query`, `path` or `header`."},
        "pointer": {"type": "string", "description": "Where, as RFC 6901 says."},
        "detail": {"type": "string", "description": "For people."},
        "value": {"description": "What stands there."},
        "file": {"type": ["string", "null"]},
        "line": {"type": "integer"},
    },
}
"""One fault of what was sent."""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong, where, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z0-9_]+$"},
        "title": {"type": "string", "minLength": 1},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "minLength": 1, "description": "For people."},
        "code": {
            "type": "string",
            "pattern": "^[a-z0-9_]+$",
            "description": "Stable; programs go by it.",
        },
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "faults": {
            "type": "array",
            "description": "The first 200.",
            "items": {"$ref": "#/components/schemas/Fault"},
        },
        "fault_count": {"type": "integer", "minimum": 1},
    },
}
"""An error answer (RFC 9457)."""
