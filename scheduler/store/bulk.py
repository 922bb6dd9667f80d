"""Import of a whole planning document: what it says takes the place of what was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from scheduler.store.blobs import Blobs
from scheduler.store.cells import Cell, cells, checked_row, filled, key_text
from scheduler.store.errors import BadRowError, ConflictError
from scheduler.store.scope import Span, spans
from scheduler.store.statements import chunks, lock, select_among
from scheduler.store.tables import DOCUMENT_TABLES, DocumentTable
from scheduler.store.trail import Change, Trail, canonical

__all__ = ["TableChange", "add_batch", "delete_owned", "replace_document", "rows_keyed"]

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


def add_batch(
    connection: Connection,
    trail: Trail,
    blobs: Blobs,
    entry: DocumentTable,
    values: Sequence[Mapping[str, Any]],
    *,
    replace: bool = False,
) -> TableChange:
    """Add many rows behind the others, all or none.

    Sites, contracts, agents and queues leave an entry each in the trail, rows of other tables one
    entry together, as in an import.

    Parameters
    ----------
    replace : bool
        Whether a row takes the place of the one with its natural key.

    Raises
    ------
    BadRowError
        If a row does not fit the table, or a key stands there twice.
    ConflictError
        If a key is taken and is not to be replaced.
    """
    rows = [checked_row(entry, row) for row in values]
    if not rows:
        return TableChange(entry.stem)
    together = None if entry.stem in _KEYED else blobs
    if entry.key:
        return _merge(connection, trail, entry, rows, blobs=together, replace=replace)
    connection.execute(insert(entry.table), rows)
    after = _kept(blobs, [filled(row) for row in rows])
    trail.add(Change("batch", entry.stem, "", after=after))
    return TableChange(entry.stem, added=len(rows))


def delete_owned(connection: Connection, trail: Trail, agent_id: str) -> tuple[TableChange, ...]:
    """Take away all rows that name an agent, but for the agent's own; one entry each in the trail.

    Returns
    -------
    tuple of TableChange
        For each table of which there were some.
    """
    changes = []
    for entry in DOCUMENT_TABLES.values():
        columns = entry.table.c
        if entry.stem == "agents" or "agent_id" not in columns:
            continue
        gone = delete(entry.table).where(columns.agent_id == agent_id).returning(entry.table)
        rows = sorted(connection.execute(gone), key=lambda row: int(row.row_id))
        before = [(row.row_id, cells(entry, row)) for row in rows]
        trail.add_all(
            Change("delete", entry.stem, key_text(entry, row_id, one), before=one)
            for row_id, one in before
        )
        if rows:
            changes.append(TableChange(entry.stem, removed=len(rows)))
    return tuple(changes)


def rows_keyed(
    connection: Connection, entry: DocumentTable, rows: Sequence[Mapping[str, Any]]
) -> list[Row[Any]]:
    """Return the rows there are with the natural keys of others; nobody else may change them.

    Parameters
    ----------
    rows : sequence of mapping
        With at least the columns of the key.
    """
    wanted = {_key(entry, row) for row in rows}
    if not wanted:
        return []
    held = select(entry.table).with_for_update()
    for place, name in enumerate(entry.key[1:], start=1):  # spares the rest of a queue's demand
        values = [key[place] for key in wanted]
        column = entry.table.c[name]
        held = held.where(column >= min(values), column <= max(values))
    first = entry.table.c[entry.key[0]]
    values = list(dict.fromkeys(key[0] for key in wanted))
    found = select_among(connection, held, first, values)
    return [row for row in found if _key(entry, row._mapping) in wanted]


def _merge(
    connection: Connection,
    trail: Trail,
    entry: DocumentTable,
    rows: Sequence[_FullRow],
    *,
    blobs: Blobs | None = None,
    replace: bool = True,
) -> TableChange:
    """Add or change rows by their natural key; with `blobs` they share an entry of the trail."""
    wanted: dict[tuple[Any, ...], _FullRow] = {_key(entry, row): row for row in rows}
    if len(wanted) != len(rows):
        raise BadRowError(f"{entry.stem} has the same key twice.")
    found = {_key(entry, row._mapping): row for row in rows_keyed(connection, entry, rows)}
    if found and not replace:
        raise ConflictError(f"{entry.stem} has such a row already: {' '.join(min(found))}.")
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
    if blobs is None:
        trail.add_all(
            Change("add", stem, key_text(entry, 0, row), after=filled(row)) for row in new
        )
        trail.add_all(
            Change("put", stem, key_text(entry, 0, row), cells(entry, old), filled(row))
            for old, row in other
        )
    elif new or other:
        before = _kept(blobs, [cells(entry, old) for old, _ in other])
        after = _kept(blobs, [filled(row) for row in (*new, *(row for _, row in other))])
        trail.add(Change("batch", stem, "", before, after))
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
