"""CSV as spreadsheets write it: any delimiter and line end, quotes, stray empty cells and lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from scheduler.intake.columns import Table
from scheduler.intake.faults import FaultLog, Source, closest, did_you_mean
from scheduler.intake.files import read_text

__all__ = ["RawTable", "read_csv"]

_DELIMITERS = ",;\t"
_LONGEST_HEADER = 20_000
_MOST_LINES = 4_000_000
_DELIMITER_LINE = re.compile(r"sep=([,;\t|])", re.IGNORECASE)


@dataclass(slots=True)
class RawTable:
    """Rows of text on their way to records.

    Parameters
    ----------
    source : Source
        What faults point into.
    rows : iterator of (int, mapping)
        Line (or index in a document) and the non-empty cells by column name. Reading it may note
        faults.
    missing : frozenset of str
        Required columns that the header lacks, reported already.
    is_cut_short : bool
        Whether reading ended before the last row; known once `rows` is used up.
    """

    source: Source
    rows: Iterator[tuple[int, Mapping[str, str]]] = field(default_factory=lambda: iter(()))
    missing: frozenset[str] = frozenset()
    is_cut_short: bool = False


def read_csv(path: Path, table: Table, source: Source, log: FaultLog) -> RawTable | None:
    """Return the rows of a CSV file, or None when nothing in it can be read.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        What it should hold.
    source, log
        Where faults point to and are noted.
    """
    text = read_text(path, source, log)
    if text is None:
        return None
    text = text.rstrip()
    count = text.count("\n")
    if count > _MOST_LINES:
        expected = f"at most {_MOST_LINES:,} lines".replace(",", " ")
        log.add("file_too_large", source, expected, value=f"{count} lines")
        return None
    # Universal newlines also turn line ends inside quotes into one spelling.
    lines = io.StringIO(text, newline=None)
    del text
    found = _header_line(lines)
    if found is None:
        log.add("empty_table", source, f"a header: {', '.join(c.name for c in table.columns)}")
        return None
    number, header_line, delimiter = found
    if len(header_line) > _LONGEST_HEADER:
        log.add(
            "bad_csv",
            source,
            f"a header of at most {_LONGEST_HEADER} characters",
            row=number,
            value=header_line[:80],
        )
        return None
    delimiter = delimiter or _delimiter_of(header_line, table)
    source = replace(source, decimal_comma=delimiter != ",")
    columns = _columns(_header_cells(header_line, delimiter), number, table, source, log)
    if columns is None:
        return None
    missing = frozenset(c.name for c in table.columns if c.required) - set(columns)
    raw = RawTable(source, missing=missing)
    raw.rows = _rows(lines, delimiter, columns, number, raw, log)
    return raw


def _header_line(lines: io.StringIO) -> tuple[int, str, str | None] | None:
    """Return number and text of the first line that says something, and a delimiter named above."""
    delimiter = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = _DELIMITER_LINE.fullmatch(line.rstrip("\n"))
        if match is None or delimiter is not None:
            return number, line, delimiter
        delimiter = match[1]
    return None


def _header_cells(header: str, delimiter: str) -> list[str]:
    """Return the cells of a header; a stray quote in it is not worth a fault of its own."""
    reader = csv.reader([header], delimiter=delimiter, skipinitialspace=True)
    return [name.strip() for name in next(reader, [])]


def _delimiter_of(header: str, table: Table) -> str:
    known = {column.name for column in table.columns}

    def score(delimiter: str) -> tuple[int, int]:
        names = _header_cells(header, delimiter)
        return len(known.intersection(names)), len(names)

    return max(_DELIMITERS, key=score)


def _columns(
    names: list[str], line: int, table: Table, source: Source, log: FaultLog
) -> list[str] | None:
    """Return the column name of each position, empty where a position is not read."""
    known = [column.name for column in table.columns]
    free = [name for name in known if name not in names] or known
    columns: list[str] = []
    seen: set[str] = set()
    for name in names:
        if name and name not in known:
            log.add(
                "unknown_column",
                source,
                f"one of the columns {', '.join(known)}",
                row=line,
                path=(name,),
                value=name,
                hint=partial(did_you_mean, name, free),
            )
            columns.append("?")
        elif name in seen:
            log.add(
                "duplicate_column", source, "each column once", row=line, path=(name,), value=name
            )
            columns.append("?")
        else:
            columns.append(name)
            seen.update([name] if name else [])
    for column in table.columns:
        if column.required and column.name not in columns:
            meant = closest(column.name, [n for n in names if n and n not in known])
            log.add(
                "missing_column",
                source,
                f"a column {column.name} in the header: {column.meaning}",
                row=line,
                path=(column.name,),
                hint=None if meant is None else f"The header has {meant!r}.",
            )
    return columns if set(columns) & set(known) else None


def _rows(
    lines: io.StringIO,
    delimiter: str,
    columns: list[str],
    header_number: int,
    raw: RawTable,
    log: FaultLog,
) -> Iterator[tuple[int, Mapping[str, str]]]:
    source = raw.source
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    line = header_number + 1
    try:
        for cells in reader:
            row = _row(cells, columns, line, delimiter, source, log)
            if row:
                yield line, row
            line = header_number + 1 + reader.line_num
            if log.is_hopeless(source):
                raw.is_cut_short = True
                return
    except csv.Error as error:
        raw.is_cut_short = True
        hint = "A cell is far too long." if "limit" in str(error) else None
        log.add(
            "bad_csv",
            source,
            "cells in matching quotes, a quote inside a cell doubled",
            row=line,
            hint=hint,
        )


def _row(
    cells: list[str],
    columns: list[str],
    line: int,
    delimiter: str,
    source: Source,
    log: FaultLog,
) -> dict[str, str]:
    """Return the cells that hold something; all but the first as read already if they shifted."""
    width = len(columns)
    extra = [cell.strip() for cell in cells[width:] if cell.strip()] if len(cells) > width else []
    if extra:
        hint = f"Put quotes around a value that contains {delimiter!r}."
        expected = f"at most {width} cells"
        log.add("too_many_cells", source, expected, row=line, value=extra[0], hint=hint)
        return {**dict.fromkeys(columns, ""), columns[0]: cells[0].strip()}
    row: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        value = cell.strip()
        if value and name:
            row[name] = value
        elif value:
            expected = "a header over this cell"
            log.add("unnamed_column", source, expected, row=line, value=value)
    return row
