"""Rows of text become records: cells by kind, then the row as a whole, then unique ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.intake.columns import Column, Table
from scheduler.intake.csv_file import RawTable
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.kinds import BadValue

__all__ = ["ReadTable", "Row", "read_cell", "read_table"]

_MOST_REMEMBERED = 100_000


@dataclass(slots=True)
class Row:
    """One row while its record is made.

    Parameters
    ----------
    values : dict
        Values read, by column; empty cells are absent.
    raw : mapping
        The text of the cells.
    """

    values: dict[str, Any]
    raw: Mapping[str, str]
    number: int
    source: Source
    log: FaultLog
    is_good: bool = True

    def fault(self, code: str, column: str, expected: str, hint: str | None = None) -> None:
        """Note a fault in `column`; the row then makes no record."""
        self.is_good = False
        self.log.add(
            code,
            self.source,
            expected,
            row=self.number,
            path=(column,),
            value=self.raw.get(column),
            hint=hint,
        )


@dataclass(slots=True)
class ReadTable:
    """What became of one table.

    Parameters
    ----------
    records : list
        Records of the good rows, in file order.
    numbers : list of int
        Line (or index) of each record.
    labels : list of str
        Text of the table's label column for each record, when it has one.
    keys : dict of str to int, optional
        Ids of all rows, bad ones included, with the first row that has each; None when the ids
        could not be read, so that references to them must not be judged.
    references : dict of str to dict of str to list of int
        By column that refers to another table: each id named, bad rows included, with its rows.
    rows_seen : int
        Number of rows, bad ones included.
    """

    source: Source
    records: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    keys: dict[str, int] | None = None
    references: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    rows_seen: int = 0


def read_cell(column: Column, text: str, *, decimal_comma: bool) -> Any:
    """Return the value of one cell.

    Raises
    ------
    BadValue
        If the text is not of the column's kind.
    """
    if decimal_comma and column.kind.is_decimal and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return column.kind.read(text)


def read_table(table: Table, raw: RawTable, make: Callable[[Row], Any], log: FaultLog) -> ReadTable:
    """Read all rows of a table.

    Parameters
    ----------
    table : Table
        Columns and key.
    raw : RawTable
        Where the rows come from.
    make : callable
        Makes the record of a row whose cells are all readable; may note faults instead.
    log : FaultLog
        Takes the faults.
    """
    source = raw.source
    read = ReadTable(source)
    key = table.key if table.key not in raw.missing else None
    read.keys = None if key is None else {}
    remembered: dict[str, dict[str, Any]] = {column.name: {} for column in table.columns}
    referring = [column.name for column in table.columns if column.refers_to is not None]
    read.references = {name: {} for name in referring}
    for number, cells in raw.rows:
        read.rows_seen += 1
        row = Row({}, cells, number, source, log, is_good=not raw.missing)
        for column in table.columns:
            _read_into(row, column, remembered[column.name], raw.missing)
        for name in referring:
            if value := row.values.get(name):
                read.references[name].setdefault(value, []).append(number)
        if key is not None and read.keys is not None:
            _note_key(row, key, read.keys)
        record = make(row) if row.is_good else None
        if record is not None and row.is_good:
            read.records.append(record)
            read.numbers.append(number)
            if table.label is not None:
                read.labels.append(cells[table.label])
    if raw.is_cut_short:
        read.keys = None
    if table.needs_rows and not read.rows_seen:
        log.add("empty_table", source, f"at least one row: {table.meaning.rstrip('.')}")
    return read


def _read_into(
    row: Row, column: Column, remembered: dict[str, Any], missing: frozenset[str]
) -> None:
    name = column.name
    text = row.raw.get(name)
    if text is None:
        if column.required and name not in missing:
            row.fault("missing_value", name, f"{column.kind.expected} ({column.meaning})")
        return
    if text in remembered:
        row.values[name] = remembered[text]
        return
    if not text:  # reported where it was found
        row.is_good = False
        return
    try:
        value = read_cell(column, text, decimal_comma=row.source.decimal_comma)
    except BadValue as bad:
        row.is_good = False
        row.log.add(
            bad.code,
            row.source,
            bad.expected or column.kind.expected,
            row=row.number,
            path=(name,),
            value=text,
            hint=bad.hint,
        )
        return
    if len(remembered) < _MOST_REMEMBERED:
        remembered[text] = value
    row.values[name] = value


def _note_key(row: Row, key: str, keys: dict[str, int]) -> None:
    text = row.raw.get(key)
    if not text:
        return
    first = keys.setdefault(text, row.number)
    if first != row.number:
        row.fault("duplicate_id", key, f"each id once (first in {row.source.row_name(first)})")
