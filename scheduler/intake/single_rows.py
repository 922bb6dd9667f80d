"""Rows that come by themselves, outside a whole planning: read, judged, and put in one form."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scheduler.errors import Fault, InputError
from scheduler.intake.columns import Table, table
from scheduler.intake.csv_file import RawTable, read_csv
from scheduler.intake.document import row_of
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.json_file import json_rows, json_type, parse_json
from scheduler.intake.records import MAKERS
from scheduler.intake.tables import ReadTable, read_table

__all__ = ["MOST_ROWS", "RowsRead", "read_csv_rows", "read_row", "read_rows"]

MOST_ROWS = 100_000
"""Rows that are taken at a time."""

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
    numbers : tuple of int
        Line or index of each row.
    source : Source
        What faults about the rows point into.
    """

    rows: tuple[dict[str, Any], ...]
    references: tuple[tuple[str, str, str], ...]
    numbers: tuple[int, ...]
    source: Source
    _first_rows: dict[tuple[str, str], int] = field(repr=False)

    def fault_at(self, idx: int, column: str, code: str, expected: str) -> Fault:
        """Return a fault about a cell of row `idx`."""
        value = self.rows[idx].get(column)
        shown = None if value is None else str(value)
        return self._fault(self.numbers[idx], column, code, expected, shown, None)

    def fault_of(
        self, column: str, value: str, code: str, expected: str, hint: str | None = None
    ) -> Fault:
        """Return a fault about an id that rows refer to, at the first row that does."""
        number = self._first_rows[column, value]
        return self._fault(number, column, code, expected, value, hint)

    def repeated(self, key: Sequence[str]) -> tuple[Fault, ...]:
        """Return a fault for every row whose cells in some columns are those of an earlier one."""
        first_rows: dict[tuple[Any, ...], int] = {}
        faults = []
        for idx, row in enumerate(self.rows):
            named = tuple(row[column] for column in key)
            first = first_rows.setdefault(named, idx)
            if first != idx:
                expected = f"each {' and '.join(key)} once (first in {self._name(first)})"
                faults.append(self.fault_at(idx, key[-1], "duplicate_id", expected))
        return tuple(faults)

    def _name(self, idx: int) -> str:
        return self.source.row_name(self.numbers[idx])

    def _fault(
        self,
        number: int,
        column: str,
        code: str,
        expected: str,
        value: str | None,
        hint: str | None,
    ) -> Fault:
        line, where = self.source.place(number, (column,))
        if self.source.pointer == "":  # the only row is the whole body
            where = f"/{column}"
        return Fault(code, self.source.file, expected, line, where, value, hint)


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
    own = table(stem)
    rows = None if data is None else _read(own, json_rows([data], own, source, log), log)
    faults = tuple(_outside_list(fault) for fault in log.faults())
    if faults or rows is None:
        raise InputError(faults)
    return rows


def read_rows(stem: str, text: str) -> RowsRead:
    """Return the rows of a JSON object ``{"rows": [...]}``; nothing is taken where one is wrong.

    Raises
    ------
    InputError
        If anything is wrong with any of them, or there are more than `MOST_ROWS`.
    """
    log, source = FaultLog(), Source(stem, pointer="")
    data = parse_json(text, source, log)
    if data is None:
        raise InputError(log.faults())
    for name in data:
        if name != _ROWS:
            log.add("unknown_key", source, f"the key {_ROWS!r} alone", path=(name,), value=name)
    for name in getattr(data, "repeated", ()):
        log.add("duplicate_key", source, "each key once", path=(name,), value=name)
    given = data.get(_ROWS)
    if not isinstance(given, list):
        found = None if given is None else json_type(given)
        log.add("wrong_type", source, "a list of objects", path=(_ROWS,), value=found)
        raise InputError(log.faults())
    _refuse_too_many(len(given), source, log)
    own, below = table(stem), Source(stem, pointer=f"/{_ROWS}", rank=1)
    rows = _read(own, json_rows(given, own, below, log), log)
    if rows is None:
        raise InputError(log.faults())
    return rows


def read_csv_rows(stem: str, data: bytes) -> RowsRead:
    """Return the rows of a file of the planning folder, as bytes; see `read_rows`.

    A header alone is no row.
    """
    own = table(stem)
    log, source = FaultLog(), Source(own.file)
    with tempfile.TemporaryDirectory(prefix="heliotrope-") as folder:
        path = Path(folder) / own.file
        path.write_bytes(data)
        rows = _read(own, read_csv(path, own, source, log), log)
    if rows is None:
        raise InputError(log.faults())
    _refuse_too_many(len(rows.rows), source, log)
    return rows


def _refuse_too_many(count: int, source: Source, log: FaultLog) -> None:
    if count > MOST_ROWS:
        expected = f"at most {MOST_ROWS:,} rows".replace(",", " ")
        log.add("file_too_large", source, expected, value=f"{count} rows")
        raise InputError(log.faults())


def _read(own: Table, raw: RawTable | None, log: FaultLog) -> RowsRead | None:
    if raw is None:
        return None
    read = read_table(replace(own, needs_rows=False), raw, MAKERS[own.stem], log)
    if log.faults():
        return None
    first_rows = {
        (column, value): numbers[0]
        for column, named in read.references.items()
        for value, numbers in named.items()
    }
    return RowsRead(
        tuple(row_of(own.stem, record) for record in read.records),
        tuple(_references(own, read)),
        tuple(read.numbers),
        read.source,
        first_rows,
    )


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
