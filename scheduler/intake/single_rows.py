"""Rows that come by themselves, outside a whole planning: read, judged, and put in one form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from scheduler.errors import Fault, InputError
from scheduler.intake.columns import Table, table
from scheduler.intake.document import row_of
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.json_file import json_rows, json_type, parse_json
from scheduler.intake.records import MAKERS
from scheduler.intake.tables import ReadTable, read_table

__all__ = ["RowsRead", "read_row", "read_rows"]

_ROWS = "rows"


@dataclass(frozen=True, slots=True)
class RowsRead:
    """Rows of one table in canonical form, and what they refer to.

    Parameters
    ----------
    rows : tuple of dict
        As they stand in a planning document: texts and whole numbers, empty cells left out.
    references : tuple of (str, str, str)
        Column, table that it refers to, and id: each once.
    """

    rows: tuple[dict[str, object], ...]
    references: tuple[tuple[str, str, str], ...]


def read_row(stem: str, text: str) -> RowsRead:
    """Return the one row that a JSON object holds.

    Parameters
    ----------
    stem : str
        Name of the table; KeyError for an unknown one.

    Raises
    ------
    InputError
        If anything is wrong with it; pointers start at the object.
    """
    log, source = FaultLog(), Source(stem, pointer="")
    data = parse_json(text, source, log)
    rows = None if data is None else _read(table(stem), [data], source, log)
    faults = tuple(_outside_list(fault) for fault in log.faults())
    if faults or rows is None:
        raise InputError(faults)
    return rows


def read_rows(stem: str, text: str) -> RowsRead:
    """Return the rows of a JSON object ``{"rows": [...]}``; nothing is taken where one is wrong.

    Raises
    ------
    InputError
        If anything is wrong with any of them.
    """
    log, source = FaultLog(), Source(stem, pointer="")
    data = parse_json(text, source, log)
    if data is None:
        raise InputError(log.faults())
    for name in data:
        if name != _ROWS:
            log.add("unknown_key", source, f"the key {_ROWS!r} alone", path=(name,), value=name)
    given = data.get(_ROWS)
    if not isinstance(given, list):
        found = None if given is None else json_type(given)
        log.add("wrong_type", source, "a list of objects", path=(_ROWS,), value=found)
        raise InputError(log.faults())
    rows = _read(table(stem), given, Source(stem, pointer=f"/{_ROWS}", rank=1), log)
    if log.faults() or rows is None:
        raise InputError(log.faults())
    return rows


def _read(own: Table, given: list[Any], source: Source, log: FaultLog) -> RowsRead | None:
    raw = json_rows(given, own, source, log)
    if raw is None:
        return None
    read = read_table(replace(own, needs_rows=False), raw, MAKERS[own.stem], log)
    if log.faults():
        return None
    rows = tuple(row_of(own.stem, record) for record in read.records)
    return RowsRead(rows, tuple(_references(own, read)))


def _references(own: Table, read: ReadTable) -> list[tuple[str, str, str]]:
    return [
        (column.name, column.refers_to, value)
        for column in own.columns
        if column.refers_to is not None
        for value in read.references.get(column.name, ())
    ]


def _outside_list(fault: Fault) -> Fault:
    """Return a fault of the only row of a list, pointing into the row itself."""
    column = fault.column
    if column is None or not column.startswith("/0"):
        return fault
    return replace(fault, column=column.removeprefix("/0") or None)
