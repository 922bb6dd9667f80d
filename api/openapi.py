"""The description of the API: FastAPI's own, made exact in one place.

``python -m api.openapi docs/openapi.json`` writes it to a file. What FastAPI cannot know is added
here: which token an operation needs, which answers other than success it gives, what the headers
say, and the limits of values that routes read themselves.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI

from api.problems import MEDIA_TYPE, TITLES
from api.schemas.described import EVENT, FAULT, PROBLEM

if TYPE_CHECKING:
    from scheduler.service import Service

__all__ = ["OPEN", "describe", "main", "operations", "text_of"]

OPEN = frozenset({"calendar", "health", "log_in", "oidc_callback", "oidc_log_in", "ready"})
"""Operations that need no token."""

_METHODS = ("get", "put", "post", "delete", "patch")
_SCHEME = "token"
_FOR_ALL = frozenset({"log_out", "me", "my_tokens", "renew_session", "set_own_password"})
"""Operations that nobody with a token is refused."""

_CONFLICTS = re.compile(
    r"(add|delete)_(sites|contracts|agents|queues|principal|period|roster)"
    r"|(add|put)_(demand|requirements|locations)|change_principal|publish_roster"
    r"|add_agent_calendar|bring_roster|(submit|apply)_[a-z]+|get_[a-z]+_result"
)
"""Operations that may not go together with what is there."""

_THERE_TOO: Mapping[str, frozenset[int]] = {
    "add_period": frozenset({404}),
    "calendar": frozenset({401}),
    "list_forecasts": frozenset({404}),
    "list_requirements_jobs": frozenset({404}),
    "list_simulations": frozenset({404}),
    "list_solves": frozenset({404}),
    "log_in": frozenset({401, 429}),
    "submit_forecast": frozenset({404}),
    "submit_requirements": frozenset({404}),
    "submit_simulation": frozenset({404}),
    "submit_solve": frozenset({404}),
}
"""Answers that an operation gives beyond the rules."""

_WITHOUT_IDS = frozenset({"availability", "history", "pins", "skills", "time_off", "wishes"})
"""Tables whose rows have no ids by which one could take another's place."""

_ETAG = {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"3"']}
_IF_MATCH = {"type": "string", "pattern": '^(W/)?"[0-9]{1,18}"$', "examples": ['"3"']}
_CLEAN = r"^[^\u0000-\u001F\u007F-\u009F]*$"
_BLANK = r"^\s*$"
_WITHOUT_NUL = r"^[^\u0000]*$"
_EMAIL = r"^$|^[^@\s\u0000-\u001F\u007F-\u009F]{1,64}@[^@\s\u0000-\u001F\u007F-\u009F]{1,250}$"
_ONE_OF = (("weekday", "date"), ("end_utc", "duration_minutes"))


def describe(app: FastAPI) -> None:
    """Have an application serve this description in place of FastAPI's own."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_exact(copy.deepcopy(FastAPI.openapi(app))))
        return made

    app.openapi = openapi  # type: ignore[method-assign] # the way that FastAPI documents


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each operation of a description as method, path and what is said of it."""
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method, path, methods[method]


def text_of(document: Mapping[str, Any]) -> str:
    """Return a description as the text of the file: the same for the same description."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the description to the file that the arguments name; return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m api.openapi FILE", file=sys.stderr)
        return 2
    from api.app import create_app

    nothing = cast("Service", SimpleNamespace())  # no route is called
    app = create_app(nothing)
    Path(arguments[0]).write_text(text_of(app.openapi()), encoding="utf-8")
    return 0


def _exact(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Fault"], schemas["Problem"] = FAULT, PROBLEM
    schemas["Planning"] = _planning()
    components["responses"] = _problems()
    components["securitySchemes"] = {
        _SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `POST /v1/log-in`, `POST /v1/me/tokens` or `helio user`.",
        }
    }
    for _, path, operation in operations(document):
        _say(operation)
        for parameter in operation.get("parameters", ()):
            _parameter(parameter)
            if parameter["name"] == "replace" and path.split("/")[2] in _WITHOUT_IDS:
                parameter["schema"]["enum"] = [False]
        _request(operation, schemas)
        _answers(operation, path, schemas)
        if operation["operationId"] not in OPEN:
            operation["security"] = [{_SCHEME: []}]
    _whole_planning(document)
    return document


def _planning() -> dict[str, Any]:
    """Return the schema of a planning document, as it is shipped."""
    text = files("scheduler").joinpath("intake/planning.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    schema.pop("$schema", None)
    _row(schema)
    for name, value in schema["properties"].items():
        _row(value.get("items", value))
        if value.get("type") == "object" and name not in schema["required"]:
            value["type"] = ["object", "null"]
    return schema


def _whole_planning(document: dict[str, Any]) -> None:
    """Make the example of an import of those of the rows, which name one another."""
    paths = document["paths"]
    example = {
        "format": "heliotrope/1",
        "name": "Dutch care, spring",
        "horizon": {"start": "2027-03-22", "end": "2027-04-05", "zone": "Europe/Amsterdam"},
        "interval_minutes": 30,
        "currency": "EUR",
    } | {
        stem: [
            paths[f"/v1/{stem}"]["post"]["requestBody"]["content"]["application/json"]["example"]
        ]
        for stem in ("sites", "contracts", "agents", "skills", "queues", "requirements")
    }
    body = paths["/v1/periods/{period_id}/planning"]["put"]["requestBody"]
    body["content"]["application/json"]["example"] = example


def _say(operation: dict[str, Any]) -> None:
    """Take the summary from the sentence over the route, not from the function's name."""
    said = operation.pop("description", "").strip()
    first, _, rest = said.partition("\n\n")
    if not first:
        verb, _, noun = operation["operationId"].partition("_")
        words = {
            "list": "Return rows of {}.",
            "add": "Add a row of {}.",
            "get": "Return a row of {}.",
            "put": "Replace a row of {}.",
            "delete": "Take a row of {} away.",
        }
        first = words.get(verb, operation["operationId"]).format(noun)
    operation["summary"] = " ".join(first.split()).removesuffix(".")
    if rest:
        operation["description"] = rest


def _parameter(parameter: dict[str, Any]) -> None:
    schema = _without_null(parameter["schema"])
    if parameter["name"].lower() == "if-match":
        parameter["required"] = True
        schema = dict(_IF_MATCH)
    if (
        parameter["name"] == "before"
    ):  # an id that is looked up: text that cannot be kept is refused
        schema.setdefault("pattern", _WITHOUT_NUL)
    schema.pop("title", None)
    parameter["schema"] = schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that cannot be null: what stands in an address or header."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kinds[0], **kept}


def _request(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    body = operation.get("requestBody")
    if body is None:
        return
    for content in body["content"].values():
        schema = content.get("schema", {})
        if operation["operationId"] == "import_planning" and schema.get("type") == "object":
            content["schema"] = {"$ref": "#/components/schemas/Planning"}
        elif "items" in schema.get("properties", {}).get("rows", {}):
            rows = schema["properties"]["rows"]
            rows["items"] = _named_row(rows["items"], schemas)
        elif schema.get("title") and "$ref" not in schema:
            content["schema"] = _named_row(schema, schemas)
        if "example" not in content and "examples" not in content:
            example = _example(schema, schemas)
            if example is not None:
                content["example"] = example


def _named_row(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to the schema of a table's rows, which stands among the components."""
    name = f"Row_{schema['title']}"
    if name not in schemas:
        _row(schema)
        schemas[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def _row(schema: dict[str, Any]) -> None:
    """Say of a row what holds for all rows: what is empty counts as left out, text is clean."""
    properties = schema.get("properties", {})
    needed = schema.get("required", ())
    for name, value in properties.items():
        types = value.get("type")
        types = [types] if isinstance(types, str) else types or []
        if types == ["array"] and name not in needed:
            value["type"] = ["array", "null"]
        if types[:1] != ["string"]:
            continue
        if name in needed:
            if "enum" not in value and "pattern" not in value:
                value |= {"pattern": _CLEAN, "minLength": 1}
                value["not"] = {"type": "string", "pattern": _BLANK}
        elif "enum" in value:
            value["enum"] = ["", *value["enum"]]
        else:
            value["pattern"] = f"^$|{value['pattern']}" if "pattern" in value else _CLEAN
        if name == "zone":
            value["format"] = "iana-time-zone"
        elif name == "email":
            value["pattern"] = _EMAIL
    for one, other in _ONE_OF:
        if {one, other} <= properties.keys():
            schema["oneOf"] = [_only(one, other), _only(other, one)]


def _only(there: str, empty: str) -> dict[str, Any]:
    """Return the schema of a row that holds one column and not another."""
    held = {"not": {"enum": [None, ""]}}
    return {"required": [there], "properties": {there: held, empty: {"enum": [None, ""]}}}


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example made of those of a body's keys, or None if a key that must be has none."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") != "object":
        return None
    example = {}
    for name, value in schema.get("properties", {}).items():
        if value.get("examples"):
            example[name] = value["examples"][0]
        elif "default" in value:
            example[name] = value["default"]
        elif name in schema.get("required", ()):
            return None
    return example


def _filled(example: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example with the keys that are null in it: FastAPI leaves them out."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        return [_filled(each, schema.get("items", {}), schemas) for each in example]
    if not isinstance(example, dict):
        return example
    properties = schema.get("properties", {})
    made = {
        name: _filled(value, properties.get(name, {}), schemas) for name, value in example.items()
    }
    for name in schema.get("required", ()):
        if {"type": "null"} in properties.get(name, {}).get("anyOf", ()):
            made.setdefault(name, None)
    return made


def _answers(operation: dict[str, Any], path: str, schemas: Mapping[str, Any]) -> None:
    answers = operation["responses"]
    answers.pop("default", None)
    answers.pop("422", None)
    name = operation["operationId"]
    for status, answer in answers.items():
        if status.startswith("2"):
            _headers(answer, schemas)
            if "text/event-stream" in answer.get("content", {}):
                answer["content"]["text/event-stream"]["schema"] = EVENT
            content = answer.get("content", {})
            if len(content) > 1 and content.get("application/json") == {"schema": {}}:
                del content["application/json"]  # FastAPI adds it to answers that routes make
            for each in content.values():
                if "example" in each:
                    each["example"] = _filled(each["example"], each.get("schema", {}), schemas)
            if answer.get("description") in (None, "", "Successful Response"):
                answer["description"] = operation["summary"] + "."
    said = {int(status) for status in answers if status >= "400"}
    for status in sorted(said | _statuses(operation, path, name)):
        answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _problems() -> dict[str, Any]:
    """Return the answers that operations share."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    made: dict[str, Any] = {
        f"Problem{status}": {"description": f"{title}.", "content": content}
        for status, title in TITLES.items()
    }
    made["Problem401"]["headers"] = _header("WWW-Authenticate", {"type": "string"})
    made["Problem429"]["headers"] = _header("Retry-After", {"type": "integer", "minimum": 1})
    return made


def _statuses(operation: Mapping[str, Any], path: str, name: str) -> set[int]:
    """Return the statuses of an operation's problems, by what it takes."""
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    found = set(_THERE_TOO.get(name, ()))
    if name not in OPEN:
        found.add(401)
        if name not in _FOR_ALL:
            found.add(403)
    if parameters or "requestBody" in operation:
        found.add(422)
    if "{" in path and name not in OPEN and name != "import_planning":  # which makes it
        found.add(404)
    if "if-match" in parameters:
        found |= {412, 428}
    if _CONFLICTS.fullmatch(name):
        found.add(409)
    if "requestBody" in operation:
        found |= {400, 413}
        if not _is_read_for_route(operation["requestBody"]):
            found.add(415)
    if name != "health":
        found.add(503)
    return found


def _is_read_for_route(body: Mapping[str, Any]) -> bool:
    """Whether FastAPI reads a body, which asks what it holds and not what it is called."""
    names = [content.get("schema", {}).get("$ref", "") for content in body["content"].values()]
    name = names[0].rpartition("/")[2]
    return len(names) == 1 and name not in ("", "Planning") and not name.startswith("Row_")


def _headers(answer: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    headers: dict[str, Any] = dict(answer.get("headers", {}))
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "version" in schema.get("properties", {}):
        headers |= _header("ETag", dict(_ETAG))
    if headers:
        answer["headers"] = headers


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {name: {"required": True, "schema": schema}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
