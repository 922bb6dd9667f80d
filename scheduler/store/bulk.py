"""Import of a whole planning document: what it says takes the place of what was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from scheduler.store.blobs import Blobs
from scheduler.store.cells import Cell, cells, checked_row, filled, key_text
from scheduler.store.errors import BadRowError
from scheduler.store.scope import Span, spans
from scheduler.store.statements import chunks, lock, select_among
from scheduler.store.tables import DOCUMENT_TABLES, DocumentTable
from scheduler.store.trail import Change, Trail, canonical

__all__ = ["TableChange", "replace_document"]

_IMPORT_LOCK = 0x68656C69
_KEYED = ("sites", "contracts", "agents", "queues")
_OF_QUEUES = ("demand", "requirements")

_FullRow = dict[str, Cell | None]


@dataclass(frozen=True, slots=True)
class TableChange:
    """What an import did to one table.

    Parameters
    ----------
    table : str
        Its stem.
    added, changed, removed : int
        Rows.
    """

    table: str
    added: int = 0
    changed: int = 0
    removed: int = 0


def replace_document(
    connection: Connection,
    trail: Trail,
    blobs: Blobs,
    document: Mapping[str, Any],
    *,
    instants: tuple[datetime, datetime],
) -> tuple[TableChange, ...]:
    """Import a planning document.

    Sites, contracts, agents and queues are added or changed by their ids, never removed. Rows of
    the document's agents, and the demand and requirements of its queues within `instants`, are
    replaced by those of the document; of history and pins only what a period of this horizon reads.
    What is as it was is not touched, so the same document twice changes nothing.

    Parameters
    ----------
    document : mapping
        Canonical (`scheduler.intake.document.to_document`); lists that are missing are empty.
    instants : (datetime, datetime)
        Aware, half-open: the horizon.

    Returns
    -------
    tuple of TableChange
        For every table, in the document's order.

    Raises
    ------
    BadRowError
        If a row does not fit its table, or a key stands there twice.
    """
    lock(connection, _IMPORT_LOCK)
    rows = {
        stem: [checked_row(entry, row) for row in document.get(stem, ())]
        for stem, entry in DOCUMENT_TABLES.items()
    }
    ranges = spans(instants)
    ids = {
        column: [row[column] for row in rows[stem]]
        for stem, column in (("agents", "agent_id"), ("queues", "queue_id"))
    }
    changes = []
    for stem, entry in DOCUMENT_TABLES.items():
        if stem in _KEYED:
            change = _merge(connection, trail, entry, rows[stem])
        else:
            owner = "queue_id" if stem in _OF_QUEUES else "agent_id"
            part = _Part(entry, owner, ids[owner], ranges.get(stem))
            change = _replace(connection, trail, blobs, part, rows[stem])
        changes.append(change)
    return tuple(changes)


def _merge(
    connection: Connection, trail: Trail, entry: DocumentTable, rows: Sequence[_FullRow]
) -> TableChange:
    """Add or change rows by their natural key."""
    wanted: dict[tuple[Any, ...], _FullRow] = {_key(entry, row): row for row in rows}
    if len(wanted) != len(rows):
        raise BadRowError(f"{entry.stem} has the same key twice.")
    first = entry.table.c[entry.key[0]]
    held = select(entry.table).with_for_update()
    values = list(dict.fromkeys(key[0] for key in wanted))
    found = {
        _key(entry, row._mapping): row for row in select_among(connection, held, first, values)
    }
    new = [row for key, row in wanted.items() if key not in found]
    other = [
        (found[key], row)
        for key, row in wanted.items()
        if key in found and cells(entry, found[key]) != filled(row)
    ]
    if new:
        connection.execute(insert(entry.table), new)
    if other:
        statement = update(entry.table).where(entry.table.c.row_id == bindparam("held_row_id"))
        statement = statement.values(
            {name: bindparam(f"new_{name}") for name in (*entry.columns, "version")}
        )
        connection.execute(statement, [_changed(old, row) for old, row in other])
    stem = entry.stem
    trail.add_all(Change("add", stem, key_text(entry, 0, row), after=filled(row)) for row in new)
    trail.add_all(
        Change("put", stem, key_text(entry, 0, row), cells(entry, old), filled(row))
        for old, row in other
    )
    return TableChange(stem, added=len(new), changed=len(other))


def _changed(old: Row[Any], row: _FullRow) -> dict[str, Any]:
    values = {f"new_{name}": value for name, value in row.items()}
    return {**values, "held_row_id": old.row_id, "new_version": old.version + 1}


def _key(entry: DocumentTable, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in entry.key)


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a table that an import replaces: those of some owners within a span."""

    entry: DocumentTable
    owner: str
    owner_ids: Sequence[Any]
    span: Span | None

    def query(self) -> Select[Any]:
        query = select(self.entry.table)
        return query if self.span is None else query.where(self.span.holds(self.entry.table))

    def contains(self, row: _FullRow, owner_ids: frozenset[Any]) -> bool:
        if row[self.owner] not in owner_ids:
            raise BadRowError(
                f"{self.entry.stem} names {row[self.owner]!r}, which the document lacks."
            )
        return self.span is None or self.span.contains(row)


def _replace(
    connection: Connection, trail: Trail, blobs: Blobs, part: _Part, rows: Sequence[_FullRow]
) -> TableChange:
    """Put rows in the place of those of a part; what both begin with stays."""
    entry = part.entry
    owner_ids = frozenset(part.owner_ids)
    inside: list[_FullRow] = []
    outside: list[_FullRow] = []
    for row in rows:
        (inside if part.contains(row, owner_ids) else outside).append(row)
    column = entry.table.c[part.owner]
    found = [
        row
        for row in select_among(connection, part.query().with_for_update(), column, part.owner_ids)
        if part.span is None or part.span.contains(row._mapping)
    ]
    found.sort(key=lambda row: row.row_id)
    same = 0
    while same < min(len(found), len(inside)) and filled(inside[same]) == cells(entry, found[same]):
        same += 1
    removed, added = found[same:], inside[same:]
    if entry.key and len({_key(entry, row) for row in inside}) != len(inside):
        raise BadRowError(f"{entry.stem} has the same key twice.")
    for portion in chunks([row.row_id for row in removed]):
        connection.execute(delete(entry.table).where(entry.table.c.row_id.in_(portion)))
    if added:
        connection.execute(insert(entry.table), added)
    if removed or added:
        before = [cells(entry, row) for row in removed]
        after = [filled(row) for row in added]
        trail.add(Change("replace", entry.stem, "", _kept(blobs, before), _kept(blobs, after)))
    further = _add_outside(connection, trail, part, outside)
    return TableChange(entry.stem, len(added) + further.added, further.changed, len(removed))


def _kept(blobs: Blobs, rows: Sequence[Mapping[str, Cell]]) -> dict[str, object]:
    """Return how the trail names many rows: their number and a blob that lists them."""
    if not rows:
        return {"rows": 0}
    return {"rows": len(rows), "sha256": blobs.put(canonical(rows).encode())}


def _add_outside(
    connection: Connection, trail: Trail, part: _Part, rows: Sequence[_FullRow]
) -> TableChange:
    """Add rows beyond the span of the part, each once."""
    entry = part.entry
    if not rows or entry.key:
        return _merge(connection, trail, entry, rows) if rows else TableChange(entry.stem)
    owners = list(dict.fromkeys(row[part.owner] for row in rows))
    column = entry.table.c[part.owner]
    there = [
        cells(entry, row) for row in select_among(connection, select(entry.table), column, owners)
    ]
    new = [row for row in rows if filled(row) not in there]
    if new:
        connection.execute(insert(entry.table), new)
        trail.add_all(
            Change("add", entry.stem, str(row[part.owner]), after=filled(row)) for row in new
        )
    return TableChange(entry.stem, added=len(new))
