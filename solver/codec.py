"""Problems and rosters as JSON documents: integers and text only, every field accounted for.

A document says which schema it follows. Reading trusts nothing: unknown, missing and repeated
fields, fractions, numbers out of range and lists of the wrong length are refused with the path of
the field. Tables are written by column, rules with their ``kind``.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from solver.errors import CodecError
from solver.problem import OptionTable, PlanningProblem
from solver.roster import SlotRoster
from solver.rules import Pin, Rule

__all__ = [
    "PROBLEM_SCHEMA",
    "ROSTER_SCHEMA",
    "RULE_KINDS",
    "check_references",
    "construct",
    "parse_json",
    "problem_from_json",
    "problem_to_json",
    "roster_from_json",
    "roster_to_json",
]

PROBLEM_SCHEMA = "heliotrope-problem/3"
ROSTER_SCHEMA = "heliotrope-slot-roster/1"

LARGEST = 2**53 - 1
"""Largest magnitude of an integer that every JSON reader keeps exactly."""
LARGEST_CELL = 2**31 - 1
"""Largest magnitude in the option table, whose columns have 32 bits."""

_T = TypeVar("_T")


def problem_to_json(problem: PlanningProblem) -> str:
    """Write a problem as one JSON object.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.

    Returns
    -------
    str
        The same text for equal problems.
    """
    return _write(PROBLEM_SCHEMA, problem)


def problem_from_json(text: str) -> PlanningProblem:
    """Read a problem.

    Parameters
    ----------
    text : str
        What `problem_to_json` wrote.

    Returns
    -------
    PlanningProblem
        Equal to the one written.

    Raises
    ------
    CodecError
        When the text is no JSON, of another schema, or a field is malformed; names the field.
    """
    problem = _read(text, PROBLEM_SCHEMA, PlanningProblem)
    check_references(problem)
    return problem


def check_references(problem: PlanningProblem) -> None:
    """Refuse indices that lead nowhere, as far as the records have not done so.

    Raises
    ------
    CodecError
        Names the field.
    """
    for group_idx, group in enumerate(problem.groups):
        if list(group) != sorted(set(group) & set(range(len(problem.queues)))):
            _fail(f"groups[{group_idx}]", "queue indices in rising order", group)
    for rule_idx, rule in enumerate(problem.rules):
        if not 0 <= rule.agent_idx < len(problem.agents):
            _fail(f"rules[{rule_idx}].agent_idx", "an agent's index", rule.agent_idx)
        if isinstance(rule, Pin) and not 0 <= rule.option_idx < len(problem.options):
            _fail(f"rules[{rule_idx}].option_idx", "an option's row", rule.option_idx)


def roster_to_json(roster: SlotRoster) -> str:
    """Write a roster in slots as one JSON object.

    Parameters
    ----------
    roster : SlotRoster
        The roster.

    Returns
    -------
    str
        The same text for equal rosters.
    """
    return _write(ROSTER_SCHEMA, roster)


def roster_from_json(text: str) -> SlotRoster:
    """Read a roster in slots.

    Parameters
    ----------
    text : str
        What `roster_to_json` wrote.

    Returns
    -------
    SlotRoster
        Equal to the one written; whether it fits a problem is for `solver.check` to say.

    Raises
    ------
    CodecError
        When the text is no JSON, of another schema, or a field is malformed; names the field.
    """
    return _read(text, ROSTER_SCHEMA, SlotRoster)


def _write(schema: str, record: object) -> str:
    encoded = {"schema": schema} | _encode(record)
    return json.dumps(encoded, separators=(",", ":"), allow_nan=False)


def _encode(value: Any) -> Any:
    if isinstance(value, OptionTable):
        return {column.name: getattr(value, column.name).tolist() for column in fields(value)}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if is_dataclass(value):
        kind = {"kind": type(value).__name__} if type(value) in RULE_KINDS.values() else {}
        return kind | {part.name: _encode(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, np.integer):
        return int(value)
    return value


RULE_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Rule)}
"""Rule records by name, in declared order."""


def _read(text: str, schema: str, record: type[_T]) -> _T:
    document = parse_json(text)
    found = document.pop("schema", None)
    if found != schema:
        raise CodecError(f"schema: expected {schema!r}, found {_shorten(found)}")
    return _decode_record(record, document, "")  # type: ignore[no-any-return]


def parse_json(text: str) -> dict[str, Any]:
    """Return the object that a text is, without fractions and without repeated fields.

    Raises
    ------
    CodecError
        When it is anything else.
    """
    try:
        document = json.loads(
            text,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            object_pairs_hook=_object_without_repeats,
        )
    except CodecError:
        raise
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not a JSON document: {error}") from error
    if not isinstance(document, dict):
        _fail("", "an object")
    return document


def _refuse_number(text: str) -> NoReturn:
    raise CodecError(f"expected whole numbers only, found {_shorten(text)}")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise CodecError(f"field {_shorten(repeated)} stands twice in one object")
    return found


def _shorten(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _fail(path: str, expected: str, value: object = None) -> NoReturn:
    found = "" if value is None else f", found {_shorten(value)}"
    raise CodecError(f"{path or 'document'}: expected {expected}{found}")


def _decode(hint: Any, value: Any, path: str) -> Any:
    """Turn decoded JSON into the type a record's field is declared with."""
    if hint is int:
        return _decode_int(value, path)
    if hint is str:
        if not isinstance(value, str):
            _fail(path, "text", value)
        return value
    if get_origin(hint) is tuple:
        return _decode_tuple(get_args(hint), value, path)
    if hint is OptionTable:
        return _decode_table(value, path)
    if get_origin(hint) is types.UnionType:
        return _decode_rule(value, path)
    return _decode_record(hint, value, path)


def _decode_int(value: Any, path: str) -> int:
    if type(value) is not int or not -LARGEST <= value <= LARGEST:
        _fail(path, f"a whole number of at most {LARGEST} either way", value)
    return value


def _decode_tuple(items: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _fail(path, "a list", value)
    if items[-1] is Ellipsis:
        hints = (items[0],) * len(value)
    else:
        hints = items
        if len(value) != len(hints):
            _fail(path, f"a list of {len(hints)}", value)
    return tuple(
        _decode(hint, item, f"{path}[{index}]")
        for index, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _decode_rule(value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        _fail(path, "an object", value)
    rest = dict(value)
    kind = rest.pop("kind", None)
    if not isinstance(kind, str) or kind not in RULE_KINDS:
        _fail(f"{path}.kind", f"one of {', '.join(RULE_KINDS)}", kind)
    return _decode_record(RULE_KINDS[kind], rest, path)


def _decode_table(value: Any, path: str) -> OptionTable:
    def column(name: str, cells: Any) -> Any:
        where = f"{path}.{name}"
        if not isinstance(cells, list):
            _fail(where, "a list", cells)
        for index, cell in enumerate(cells):
            if type(cell) is not int or not -LARGEST_CELL <= cell <= LARGEST_CELL:
                _fail(f"{where}[{index}]", "a whole number of 32 bits", cell)
        return np.array(cells, dtype=np.int32)

    names = _field_names(OptionTable, value, path)
    return construct(OptionTable, {name: column(name, value[name]) for name in names}, path)


def _decode_record(record: type, value: Any, path: str) -> Any:
    names = _field_names(record, value, path)
    hints = get_type_hints(record)
    prefix = f"{path}." if path else ""
    parts = {name: _decode(hints[name], value[name], prefix + name) for name in names}
    return construct(record, parts, path)


def _field_names(record: type, value: Any, path: str) -> list[str]:
    """Return the record's field names after making sure that `value` has just those."""
    if not isinstance(value, dict):
        _fail(path, "an object", value)
    names = [part.name for part in fields(record)]
    prefix = f"{path}." if path else ""
    for name in names:
        if name not in value:
            raise CodecError(f"{prefix}{name}: the field is missing")
    for name in value:
        if name not in names:
            raise CodecError(f"{prefix}{_shorten(name)[1:-1]}: no such field")
    return names


def construct(make: Callable[..., _T], parts: dict[str, Any], path: str) -> _T:
    """Make a record of its fields, and name its place when it refuses them.

    Raises
    ------
    CodecError
        When the fields do not fit each other.
    """
    try:
        return make(**parts)
    except ValueError as error:
        raise CodecError(f"{path or 'document'}: {error}") from error
