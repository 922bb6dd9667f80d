"""Cells of the planning document: what a table takes and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from scheduler.store.errors import BadRowError
from scheduler.store.tables import DocumentTable

__all__ = ["WIDEST", "Cell", "cells", "checked_cell", "checked_row", "filled", "key_text"]

Cell = str | int
"""What a cell of the document holds; an empty one is left out."""

WIDEST = 2**63
"""Whole numbers lie from minus this, up to below it."""


def checked_row(entry: DocumentTable, values: Mapping[str, Any]) -> dict[str, Cell | None]:
    """Return a value for every column of a table, None where there is none.

    Raises
    ------
    BadRowError
        If a column is unknown or missing, or a value is of the wrong type. What values mean is for
        intake to judge.
    """
    row: dict[str, Cell | None] = dict.fromkeys(entry.columns)
    for column, value in values.items():
        if column not in row:
            raise BadRowError(f"{entry.stem} has no column {column!r}.")
        if value is not None:
            checked_cell(entry, column, value)
        row[column] = value
    for column, value in row.items():
        if value is None and not entry.table.c[column].nullable:
            raise BadRowError(f"{entry.stem} needs a value for {column!r}.")
    return row


def checked_cell(entry: DocumentTable, column: str, value: object) -> None:
    """Refuse a value of the wrong type with `BadRowError`."""
    if entry.is_number(column):
        if type(value) is not int or not -WIDEST <= value < WIDEST:
            raise BadRowError(f"{entry.stem}.{column} takes a whole number.")
    elif type(value) is not str:
        raise BadRowError(f"{entry.stem}.{column} takes text.")


def cells(entry: DocumentTable, row: Row[Any]) -> dict[str, Cell]:
    """Return the cells of a row of the database, empty ones left out."""
    found = row._mapping
    return {name: found[name] for name in entry.columns if found[name] is not None}


def filled(row: Mapping[str, Cell | None]) -> dict[str, Cell]:
    """Return the cells that hold something."""
    return {column: value for column, value in row.items() if value is not None}


def key_text(entry: DocumentTable, row_id: int, values: Mapping[str, Any]) -> str:
    """Return how the trail names a row: by its natural key, else by its agent and `row_id`."""
    if entry.key:
        return " ".join(str(values[column]) for column in entry.key)
    return f"{values['agent_id']} {row_id}"
