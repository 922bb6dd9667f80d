"""The description of the API: whole, exact, and changed only on purpose."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from api.app import create_app
from api.openapi import OPEN, main, operations, text_of
from api.problems import STATUS_BY_CODE
from tests.contract.changes import breaking

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
PAGE = FILE.with_name("api.md")
AGAIN = "python -m api.openapi docs/openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = create_app(SimpleNamespace())  # type: ignore[arg-type] # no route is called
    made: dict[str, Any] = json.loads(text_of(app.openapi()))
    return made


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def test_the_file_says_what_the_service_does(
    document: dict[str, Any], kept: dict[str, Any], tmp_path: Path
) -> None:
    broken = breaking(kept, document)
    assert not broken, f"these break callers; if they are meant, {AGAIN}:\n" + "\n".join(broken)
    assert document == kept, f"changed, but breaks nobody: {AGAIN}"
    assert main([str(tmp_path / "again.json")]) == 0
    assert (tmp_path / "again.json").read_bytes() == FILE.read_bytes()


def test_every_operation_is_told_in_full(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        name = operation["operationId"]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
        assert re.match(r"[A-Z].*[^.]$", operation["summary"]), f"{name}: {operation['summary']!r}"
        assert operation["tags"], name
        assert ("security" in operation) == (name not in OPEN), name
        told = set(re.findall(r"\{(\w+)\}", path))
        parameters = operation.get("parameters", ())
        assert told == {each["name"] for each in parameters if each["in"] == "path"}, name
        answers = operation["responses"]
        assert "default" not in answers, f"{name}: a status for each answer"
        assert ("401" in answers) >= (name not in OPEN), name
        assert any(status[0] in "23" for status in answers), name
        assert method != "get" or "requestBody" not in operation, name


def test_examples_are_what_the_schemas_say(document: dict[str, Any]) -> None:
    wrong = []
    for where, media, content in _contents(document):
        if "example" not in content and "examples" not in content:
            if content.get("schema", {}).get("format") != "binary":
                wrong.append(f"{where} {media}: no example")
            continue
        if not media.endswith("json"):
            continue
        example = content.get("example", next(iter(content.get("examples", {"": 0}).values())))
        if isinstance(example, dict) and "example" not in content:
            example = example["value"]
        schema = {**content.get("schema", {}), "components": document["components"]}
        judge = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
        wrong += [
            f"{where} {media}: {error.json_path}: {error.message[:200]}"
            for error in judge.iter_errors(example)
        ]
    assert not wrong, "\n".join(wrong)


def _contents(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for _, _, operation in operations(document):
        name = operation["operationId"]
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            found.append((f"{name} body", media, content))
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                for media, content in answer.get("content", {}).items():
                    found.append((f"{name} {status}", media, content))
    return found


def _changed(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a copy of a description and its operation ``list_rosters``."""
    copied = copy.deepcopy(document)
    return copied, copied["paths"]["/v1/periods/{period_id}/rosters"]["get"]


def test_breaking_changes_are_named(document: dict[str, Any]) -> None:
    assert breaking(document, document) == ()
    after, operation = _changed(document)
    del after["components"]["schemas"]["RosterTold"]["properties"]["cost_cents"]
    assert "list_rosters: 200: rosters.cost_cents is gone" in breaking(document, after)
    after, operation = _changed(document)
    after["components"]["schemas"]["RosterTold"]["required"].remove("gap")
    assert "list_rosters: 200: rosters.gap may be missing" in breaking(document, after)
    after, operation = _changed(document)
    operation["operationId"] = "rosters_of_period"
    assert breaking(document, after) == ("list_rosters: the operation is gone",)
    after, operation = _changed(document)
    after["paths"]["/v1/rosters"] = after["paths"].pop("/v1/periods/{period_id}/rosters")
    said = "list_rosters: was get /v1/periods/{period_id}/rosters, is get /v1/rosters"
    assert said in breaking(document, after)
    after, operation = _changed(document)
    operation["parameters"].append(
        {"name": "site", "in": "query", "required": True, "schema": {"type": "string"}}
    )
    assert breaking(document, after) == ("list_rosters: query parameter site must be sent",)
    after, operation = _changed(document)
    asked = after["components"]["schemas"]["SolveAsked"]
    asked["required"].append("seed")
    asked["properties"]["parts"]["maximum"] = 8
    assert breaking(document, after) == (
        "submit_solve: body: seed must be sent",
        "submit_solve: body: parts has maximum 8, had 64.0",
    )
    after, operation = _changed(document)
    operation["responses"]["206"] = operation["responses"].pop("200")
    assert breaking(document, after) == ("list_rosters: no longer answers with 200",)


def test_harmless_changes_are_let_be(document: dict[str, Any]) -> None:
    after, operation = _changed(document)
    operation["parameters"].append(
        {"name": "site", "in": "query", "required": False, "schema": {"type": "string"}}
    )
    operation["summary"] = "In other words"
    after["components"]["schemas"]["RosterTold"]["properties"]["more"] = {"type": "string"}
    after["components"]["schemas"]["SolveAsked"]["properties"]["note"] = {"type": "string"}
    after["paths"]["/v1/more"] = {"get": copy.deepcopy(operation) | {"operationId": "more"}}
    assert breaking(document, after) == ()


def test_every_code_of_a_problem_is_explained() -> None:
    told = {
        (int(status), code)
        for status, codes in re.findall(
            r"^\| (\d{3}) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
        )
        for code in re.findall(r"`([a-z_]+)`", codes)
    }
    raised = {(status, code) for code, status in STATUS_BY_CODE.items()}
    for file in FILE.parents[1].glob("api/**/*.py"):
        text = file.read_text(encoding="utf-8")
        found = re.findall(r'(?:HttpError|problem)\(\s*(\d{3}), "([a-z_]+)"', text)
        raised |= {(int(status), code) for status, code in found}
    assert raised - told == set()
