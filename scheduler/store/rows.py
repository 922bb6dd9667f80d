"""Rows of the planning document, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from scheduler.store.blobs import Blobs
from scheduler.store.bulk import (
    TableChange,
    add_batch,
    delete_owned,
    replace_document,
    rows_keyed,
)
from scheduler.store.cells import WIDEST, Cell, cells, checked_cell, checked_row, filled, key_text
from scheduler.store.errors import BadRowError, ConflictError, NotFoundError
from scheduler.store.statements import select_among
from scheduler.store.tables import DocumentTable, document_table
from scheduler.store.trail import Change, Trail

__all__ = ["Rows", "StoredRow"]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the planning document with what the database knows of it.

    Parameters
    ----------
    table : str
        Stem of its table, such as ``agents``.
    row_id : int
        Rises in the order in which rows were added; never used again.
    version : int
        From 1, one more with every change.
    values : mapping
        Cells by column, empty ones left out: the object of the document.
    """

    table: str
    row_id: int
    version: int
    values: Mapping[str, Cell]


class Rows:
    """Rows of all tables of the document, in one transaction."""

    def __init__(self, connection: Connection, trail: Trail, blobs: Blobs) -> None:
        self._connection, self._trail, self._blobs = connection, trail, blobs

    def list(
        self,
        table: str,
        *,
        where: Mapping[str, Cell] | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[StoredRow, ...]:
        """Return rows in the order of insertion.

        Parameters
        ----------
        table : str
            Stem, such as ``agents``.
        where : mapping, optional
            Values that columns must have.
        after : int, optional
            Only rows behind this `row_id`: the last one of the page before.

        Raises
        ------
        NotFoundError
            If there is no such table.
        BadRowError
            If there is no such column, or it takes other values.
        """
        entry = document_table(table)
        query = select(entry.table).order_by(entry.table.c.row_id).limit(limit)
        for column, value in (where or {}).items():
            if column not in entry.columns:
                raise BadRowError(f"{entry.stem} has no column {column!r}.")
            checked_cell(entry, column, value)
            query = query.where(entry.table.c[column] == value)
        if after is not None:
            query = query.where(entry.table.c.row_id > after)
        return tuple(_stored(entry, row) for row in self._connection.execute(query))

    def get(self, table: str, key: str | int | tuple[str, ...]) -> StoredRow:
        """Return the row with a key.

        Parameters
        ----------
        key : str, tuple of str or int
            The natural key (``"ams-01"``; ``("ams-01", "2027-03-25")`` for locations), or the
            `row_id`.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        entry = document_table(table)
        row = self._connection.execute(_by_key(entry, key)).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no such row in {table}.")
        return _stored(entry, row)

    def add(self, table: str, values: Mapping[str, Any]) -> StoredRow:
        """Add a row behind the others.

        Raises
        ------
        BadRowError
            If it does not fit the table.
        ConflictError
            If there is one with its natural key.
        """
        entry = document_table(table)
        row = checked_row(entry, values)
        if entry.key:
            there = select(entry.table.c.version)
            for column in entry.key:
                there = there.where(entry.table.c[column] == row[column])
            version = self._connection.execute(there).scalar_one_or_none()
            if version is not None:
                raise ConflictError(f"{table} has such a row already.", version=version)
        statement = insert(entry.table).values(dict(row)).returning(entry.table.c.row_id)
        row_id = self._connection.execute(statement).scalar_one()
        added = StoredRow(table, row_id, 1, filled(row))
        self._trail.add(Change("add", table, key_text(entry, row_id, row), after=added.values))
        return added

    def put(self, table: str, row_id: int, values: Mapping[str, Any], version: int) -> StoredRow:
        """Replace the cells of a row.

        Parameters
        ----------
        version : int
            The version that the caller has seen.

        Raises
        ------
        NotFoundError
            If the row is gone.
        ConflictError
            If it has another version by now, or the natural key is taken.
        """
        entry = document_table(table)
        row = checked_row(entry, values)
        before = self._held(entry, row_id, version)
        self._connection.execute(
            update(entry.table)
            .where(entry.table.c.row_id == row_id)
            .values({**row, "version": version + 1})
        )
        changed = StoredRow(table, row_id, version + 1, filled(row))
        key = key_text(entry, row_id, before.values)
        self._trail.add(Change("put", table, key, before.values, changed.values))
        return changed

    def delete(self, table: str, row_id: int, version: int) -> None:
        """Take a row away; raises as `put` does."""
        entry = document_table(table)
        before = self._held(entry, row_id, version)
        self._connection.execute(delete(entry.table).where(entry.table.c.row_id == row_id))
        key = key_text(entry, row_id, before.values)
        self._trail.add(Change("delete", table, key, before=before.values))

    def among(self, table: str, column: str, values: Sequence[Cell]) -> tuple[StoredRow, ...]:
        """Return the rows of which a column holds one of many values, in the order of insertion.

        Raises
        ------
        NotFoundError, BadRowError
            As of `list`.
        """
        entry = document_table(table)
        if column not in entry.columns:
            raise BadRowError(f"{entry.stem} has no column {column!r}.")
        for value in values:
            checked_cell(entry, column, value)
        rows = select_among(
            self._connection, select(entry.table), entry.table.c[column], list(values)
        )
        return tuple(_stored(entry, row) for row in sorted(rows, key=lambda row: row.row_id))

    def keyed(self, table: str, values: Sequence[Mapping[str, Any]]) -> tuple[StoredRow, ...]:
        """Return the rows there are with the natural keys of those given.

        Nobody else may change them until the end of this transaction. None where rows of the table
        have no natural key.

        Raises
        ------
        NotFoundError, BadRowError
            If there is no such table, or a row does not fit it.
        """
        entry = document_table(table)
        if not entry.key:
            return ()
        rows = [checked_row(entry, row) for row in values]
        return tuple(_stored(entry, row) for row in rows_keyed(self._connection, entry, rows))

    def add_batch(
        self, table: str, values: Sequence[Mapping[str, Any]], *, replace: bool = False
    ) -> TableChange:
        """Add many rows, all or none, as `scheduler.store.bulk.add_batch` says."""
        entry = document_table(table)
        return add_batch(self._connection, self._trail, self._blobs, entry, values, replace=replace)

    def delete_owned(self, agent_id: str) -> tuple[TableChange, ...]:
        """Take an agent's rows away, as `scheduler.store.bulk.delete_owned` says."""
        return delete_owned(self._connection, self._trail, agent_id)

    def replace_period(
        self, document: Mapping[str, Any], *, instants: tuple[datetime, datetime]
    ) -> tuple[TableChange, ...]:
        """Import a planning document, as `scheduler.store.bulk.replace_document` says."""
        return replace_document(
            self._connection, self._trail, self._blobs, document, instants=instants
        )

    def _held(self, entry: DocumentTable, row_id: int, version: int) -> StoredRow:
        """Return a row that nobody else may change until the end of this transaction."""
        query = _by_key(entry, row_id).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no such row in {entry.stem}.")
        stored = _stored(entry, row)
        if stored.version != version:
            raise ConflictError(
                f"The row of {entry.stem} has been changed meanwhile.", version=stored.version
            )
        return stored


def _by_key(entry: DocumentTable, key: str | int | tuple[str, ...]) -> Select[Any]:
    query = select(entry.table)
    if isinstance(key, int):
        if not -WIDEST <= key < WIDEST:
            raise NotFoundError(f"There is no such row in {entry.stem}.")
        return query.where(entry.table.c.row_id == key)
    parts = (key,) if isinstance(key, str) else key
    if not entry.key or len(parts) != len(entry.key):
        raise NotFoundError(f"Rows of {entry.stem} have no such key.")
    for column, part in zip(entry.key, parts, strict=True):
        query = query.where(entry.table.c[column] == part)
    return query


def _stored(entry: DocumentTable, row: Row[Any]) -> StoredRow:
    return StoredRow(entry.stem, row.row_id, row.version, cells(entry, row))
