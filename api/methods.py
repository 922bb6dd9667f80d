"""The methods that each address takes: whatever else is asked of it is answered with 405."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from api.openapi import operations
from api.problems import problem

__all__ = ["add_methods"]

_KEY = "{key}"
_PART = re.compile(r"\{[^{}]+\}")


def add_methods(app: FastAPI) -> None:
    """Have each address of an application take the methods described for it and no others.

    Routes of one address are looked at one by one, so without this an answer would name the methods
    of the first in ``Allow``; and ids of rows may hold a slash, so ``/v1/agents/x/shifts`` could be
    taken for a row where its own routes do not take the method.
    """
    app.router.routes.insert(0, _Methods(app))


class _Methods(BaseRoute):
    """A route for all that is asked of known addresses with methods that they do not take."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._known: tuple[re.Pattern[str], list[list[str]]] | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a known address with another method."""
        if scope["type"] != "http":
            return Match.NONE, {}
        if self._known is None:  # once, when all routes are there
            self._known = _known(self._app.openapi())
        pattern, methods = self._known
        found = pattern.fullmatch(scope["path"])
        if found is None or found.lastindex is None:
            return Match.NONE, {}
        allowed = methods[found.lastindex - 1]
        if scope["method"] in allowed:
            return Match.NONE, {}
        return Match.FULL, {"allowed": allowed}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 405."""
        answer = problem(
            405, "method_not_allowed", "This address does not take that method.",
            instance=scope["path"], request_id=scope.get("state", {}).get("request_id"),
            headers={"Allow": ", ".join(scope["allowed"])},
        )  # fmt: skip
        await answer(scope, receive, send)


def _known(document: Mapping[str, Any]) -> tuple[re.Pattern[str], list[list[str]]]:
    """Return one pattern with a group for each address, the narrow ones first, and the methods."""
    methods: dict[str, list[str]] = {}
    for method, path, _ in operations(document):
        methods.setdefault(path, []).append(method.upper())
    methods["/v1/openapi.json"] = ["GET", "HEAD"]
    narrow_first = sorted(methods, key=lambda path: (_KEY in path, path.count("{"), path))
    pattern = "|".join(f"({_pattern(path)})" for path in narrow_first)
    return re.compile(pattern, re.DOTALL), [sorted(methods[path]) for path in narrow_first]


def _pattern(path: str) -> str:
    """Return the pattern of one address; the key of a row may hold slashes."""
    texts = [re.escape(text) for text in _PART.split(path)]
    parts = [".+" if part == _KEY else "[^/]+" for part in _PART.findall(path)]
    joined = texts[0]
    for part, text in zip(parts, texts[1:], strict=True):
        joined += part + text
    return joined
