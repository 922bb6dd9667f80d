"""Statements that the two databases spell differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.store.columns import Instant

__all__ = ["chunks", "database_now", "insert_new", "lock", "select_among", "upsert"]

_NOW = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    "postgresql": (
        """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    ),
}
_MOST_AT_ONCE = 10_000


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; return whether it was."""
    statement = _insert(connection, table).values(dict(values)).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def upsert(
    connection: Connection, table: Table, values: Mapping[str, Any], *, keep: Iterable[str] = ()
) -> None:
    """Insert a row, or overwrite that with its primary key but for the columns to `keep`."""
    statement = _insert(connection, table).values(dict(values))
    key = [column.name for column in table.primary_key.columns]
    fixed = {*key, *keep}
    changed = {name: statement.excluded[name] for name in values if name not in fixed}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))


def database_now(connection: Connection) -> ColumnElement[datetime]:
    """Return the expression for the present instant by the database's clock."""
    return literal_column(_NOW[connection.dialect.name], Instant())


def lock(connection: Connection, number: int) -> None:
    """Let one transaction at a time go on from here, until it ends.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield values in portions that fit into one statement."""
    for begin in range(0, len(values), _MOST_AT_ONCE):
        yield values[begin : begin + _MOST_AT_ONCE]


def select_among(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Sequence[Any]
) -> list[Row[Any]]:
    """Return rows whose column has one of many values, by portions."""
    return [
        row
        for portion in chunks(values)
        for row in connection.execute(query.where(column.in_(portion)))
    ]
