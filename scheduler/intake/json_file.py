"""The planning document: the folder's content as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from scheduler.intake.columns import Table
from scheduler.intake.csv_file import RawTable
from scheduler.intake.faults import FaultLog, Source, did_you_mean
from scheduler.intake.yaml_file import Branch, Items, Leaf, Node

__all__ = ["NumberText", "json_rows", "json_type", "parse_json", "scalar_text", "settings_tree"]

_DEEPEST = 12


class NumberText(str):
    """A JSON number, kept as the text it was written as."""

    __slots__ = ()


class _Repeating(dict[str, Any]):
    """An object in which keys occurred more than once."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        counts: dict[str, int] = {}
        for key, _ in pairs:
            counts[key] = counts.get(key, 0) + 1
        self.repeated = tuple(key for key, count in counts.items() if count > 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeating(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def parse_json(text: str, source: Source, log: FaultLog) -> dict[str, Any] | None:
    """Return the object a JSON text holds, numbers as `NumberText`; None after noting a fault."""
    try:
        data = json.loads(
            text,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        log.add(
            "bad_json",
            source,
            f"JSON; at line {error.lineno}, character {error.colno}: {error.msg}",
            value=text[error.pos : error.pos + 40] or None,
        )
    except RecursionError:
        log.add("bad_json", source, "JSON that is not nested without end")
    except ValueError as error:
        log.add("bad_json", source, f"JSON; {error}")
    else:
        if isinstance(data, dict):
            return data
        log.add("wrong_type", source, "a JSON object", value=json_type(data))
    return None


def json_type(value: object) -> str:
    """Return the name of a value's JSON type; a list is called a list."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, NumberText | int | float):
        return "number"
    if value is None:
        return "null"
    if isinstance(value, list):
        return "list"
    return "string" if isinstance(value, str) else "object"


def settings_tree(data: object, source: Source, log: FaultLog, path: tuple[str | int, ...]) -> Node:
    """Return a JSON value as the same tree that YAML gives."""
    if isinstance(data, dict) and len(path) < _DEEPEST:
        _note_repeated(data, source, log, None, path)
        return Branch(
            {key: settings_tree(value, source, log, (*path, key)) for key, value in data.items()},
            dict.fromkeys(data),
            None,
        )
    if isinstance(data, list) and len(path) < _DEEPEST:
        items = (settings_tree(item, source, log, (*path, i)) for i, item in enumerate(data))
        return Items(tuple(items), None)
    return Leaf(scalar_text(data), None, json_type(data))


def scalar_text(value: object) -> str | None:
    """Return a scalar as the text a cell would hold; None for null, lists and objects."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(value)
    return value.strip() if isinstance(value, str) else None


def json_rows(data: object, table: Table, source: Source, log: FaultLog) -> RawTable | None:
    """Return the rows of one table of a document, or None when it is not a list."""
    if not isinstance(data, list):
        log.add("wrong_type", source, "a list of objects", value=json_type(data))
        return None
    raw = RawTable(source)
    raw.rows = _rows(data, table, raw, log)
    return raw


def _rows(
    data: list[Any], table: Table, raw: RawTable, log: FaultLog
) -> Iterator[tuple[int, Mapping[str, str]]]:
    source = raw.source
    types = {column.name: column.kind.json_types for column in table.columns}
    for index, item in enumerate(data):
        if log.is_hopeless(source):
            raw.is_cut_short = True
            return
        if not isinstance(item, dict):
            log.add("wrong_type", source, "an object", row=index, value=json_type(item))
            continue
        if isinstance(item, _Repeating):
            _note_repeated(item, source, log, index, ())
        row: dict[str, str] = {}
        for name, value in item.items():
            allowed = types.get(name)
            if allowed is None:
                log.add(
                    "unknown_column",
                    source,
                    f"one of the columns {', '.join(types)}",
                    row=index,
                    path=(name,),
                    value=name,
                    hint=partial(did_you_mean, name, tuple(types)),
                )
                continue
            if value is None:
                continue
            if json_type(value) not in allowed:
                expected = f"a {' or '.join(allowed)}, not a {json_type(value)}"
                log.add(
                    "wrong_type",
                    source,
                    expected,
                    row=index,
                    path=(name,),
                    value=scalar_text(value),
                )
                row[name] = ""
                continue
            text = scalar_text(value)
            if text:
                row[name] = text
        yield index, row


def _note_repeated(
    data: Mapping[str, Any],
    source: Source,
    log: FaultLog,
    row: int | None,
    path: tuple[str | int, ...],
) -> None:
    for key in getattr(data, "repeated", ()):
        log.add("duplicate_key", source, "each key once", row=row, path=(*path, key), value=key)
