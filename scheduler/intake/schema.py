"""The JSON Schema of the planning document, made from the table of columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scheduler.intake.columns import TABLES, Column, Table
from scheduler.intake.setting_keys import FORMAT, GROUPS, Group

__all__ = ["json_schema", "row_schema", "schema_text"]

_NUMBER_TEXT = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of the planning document.

    It describes shape, kinds and ranges; references, zones and everything else that needs more
    than one value at a time is judged when the document is read.
    """
    top, *groups = GROUPS
    properties = _properties(top.columns)
    properties["format"] = {"const": FORMAT, "description": "version of this format"}
    required = [column.name for column in top.columns if column.required]
    for group in groups:
        properties[group.name] = _group(group)
        required += [group.name] if group.required else []
    for table in TABLES:
        rows: dict[str, Any] = {
            "type": "array",
            "description": table.meaning,
            "items": _object(table.columns),
        }
        if table.needs_rows:
            rows["minItems"] = 1
        properties[table.stem] = rows
        required += [table.stem] if table.required else []
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Heliotrope planning ({FORMAT})",
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": [{"required": ["demand"]}, {"required": ["requirements"]}],
        "additionalProperties": False,
    }


def row_schema(table: Table) -> dict[str, Any]:
    """Return the schema of one row of a table by itself."""
    return {"title": table.stem, "description": table.meaning, **_object(table.columns)}


def schema_text() -> str:
    """Return the schema as the text of the file that is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _group(group: Group) -> dict[str, Any]:
    if group.any_key:
        name, value, *_ = group.columns
        keys = {
            key: name.kind.schema[key]
            for key in ("pattern", "maxLength")
            if key in name.kind.schema
        }
        if value.many:
            items = {"type": "array", "minItems": 1, "items": _value(value, optional=False)}
            return {
                "type": "object",
                "description": group.meaning,
                "propertyNames": keys,
                "additionalProperties": items,
            }
        dated = {"type": "array", "minItems": 1, "items": _object(group.columns[1:])}
        return {
            "type": "object",
            "description": group.meaning,
            "propertyNames": keys,
            "additionalProperties": {"anyOf": [_value(value), dated]},
        }
    entry = _object(group.columns)
    if group.many:
        return {"type": "array", "description": group.meaning, "items": entry}
    return {"description": group.meaning, **entry}


def _object(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": _properties(columns),
        "required": [column.name for column in columns if column.required],
        "additionalProperties": False,
    }


def _properties(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        column.name: {**_value(column), "description": column.meaning, "examples": [column.example]}
        for column in columns
        if not column.many
    } | {
        column.name: {
            "type": "array",
            "minItems": 1,
            "items": _value(column, optional=False),
            "description": column.meaning,
        }
        for column in columns
        if column.many
    }


def _value(column: Column, *, optional: bool | None = None) -> dict[str, Any]:
    kind = column.kind
    types = list(kind.json_types)
    extra: Mapping[str, object] = kind.schema
    if "number" in types and "pattern" not in extra:
        extra = {**extra, "pattern": _NUMBER_TEXT}
    if not column.required if optional is None else optional:
        types.append("null")
        if "enum" in extra:
            extra = {**extra, "enum": [*_listed(extra["enum"]), None]}
    return {"type": types[0] if len(types) == 1 else types, **extra}


def _listed(options: object) -> list[object]:
    return list(options) if isinstance(options, list) else []
