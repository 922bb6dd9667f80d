"""Connections: SQLite in one file by default, PostgreSQL where it grows."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scheduler.store.errors import BadRowError, ConflictError, StoreError

__all__ = ["Engines", "Memo", "Prepared", "database_url", "open_engines", "translated"]

_K = TypeVar("_K")
_V = TypeVar("_V")

BUSY_TIMEOUT_MS = 30_000
"""How long SQLite waits for another writer."""

_READ_TIMEOUT_MS = 2_000
"""How long SQLite waits to read: readers wait for no writer, only for a database just rising."""

_POSTGRES = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A link that swallows packets is noticed after some 20 seconds, not after two hours."""

_TRY_AGAIN = {"40001", "40P01", "55P03"}
"""PostgreSQL: serialization failure, deadlock, lock not available."""


class Engines:
    """The engine that writes and the one that reads; on PostgreSQL they share their connections.

    Parameters
    ----------
    writer, reader : sqlalchemy.Engine
        The reader's connections refuse to write and see one snapshot per transaction.
    """

    __slots__ = ("reader", "writer")

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self.writer, self.reader = writer, reader

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a local file."""
        return self.writer.dialect.name == "sqlite"

    def dispose(self) -> None:
        """Close all connections that nobody uses."""
        self.writer.dispose()
        self.reader.dispose()


def database_url(url: str) -> URL:
    """Return the address of a database, read.

    Raises
    ------
    StoreError
        If it is not that of an SQLite file or of a PostgreSQL database.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is not None and address.drivername in ("sqlite", "sqlite+pysqlite"):
        if address.database and address.database != ":memory:" and not address.host:
            return address
    elif address is not None and address.drivername in ("postgresql", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    raise StoreError(
        "The database must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE."
    )


def open_engines(url: str) -> Engines:
    """Return engines for a database; no connection is made yet.

    Raises
    ------
    StoreError
        If the address is none, the driver is not installed or the folder cannot be made.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    options = {**_POSTGRES, "application_name": "heliotrope"}
    options = {key: value for key, value in options.items() if key not in address.query}
    try:
        writer = create_engine(
            address, connect_args=options, pool_pre_ping=True, pool_size=10, max_overflow=20
        )
    except (ImportError, NoSuchModuleError):
        raise StoreError("PostgreSQL needs the extra: pip install heliotrope[postgres]") from None
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(writer, reader)


def _sqlite(address: URL) -> Engines:
    path = Path(address.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder of the database cannot be made: {error.strerror}.") from None
    engines = []
    for query_only in (False, True):
        engine = create_engine(
            address,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "isolation_level": None},
            pool_size=10,
            # A thread holds one connection, and nobody waits for one: reads may be on a loop.
            max_overflow=-1 if query_only else 20,
            pool_use_lifo=True,
        )
        _prepare(engine, query_only=query_only)
        engines.append(engine)
    return Engines(*engines)


def _prepare(engine: Engine, *, query_only: bool) -> None:
    """Set up each connection; transactions are begun here, not by Python's driver."""

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: Any) -> None:
        timeout = _READ_TIMEOUT_MS if query_only else BUSY_TIMEOUT_MS
        connection.execute(f"PRAGMA busy_timeout={timeout}")
        connection.execute("PRAGMA foreign_keys=ON")
        if query_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if (
            query_only
        ):  # takes no lock yet, so it cannot fail: no need of what statements go through
            connection.connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


class Memo(Generic[_K, _V]):
    """What was made of rows that never change, the latest of it; for many threads at a time.

    Parameters
    ----------
    most : int
        How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[_K, _V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _K, make: Callable[[], _V]) -> _V:
        """Return what is kept, or make it and keep it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


class Prepared:
    """A query whose text is made once, for what is asked all day.

    To make the text of a query anew, and names for its columns, takes longer than to answer it.

    Parameters
    ----------
    query : sqlalchemy.Select
        With named parameters; text in, text out, as the driver gives it: no types of our own.
    """

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._made: dict[str, tuple[str, dict[str, Any]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, object]) -> Sequence[Any]:
        """Return all rows; errors of the driver are raised as SQLAlchemy's own are."""
        dialect: Any = connection.dialect
        made = self._made.get(dialect.name)
        if made is None:
            named = "named" if dialect.name == "sqlite" else dialect.paramstyle
            compiled = self._query.compile(dialect=type(dialect)(paramstyle=named))
            made = self._made[dialect.name] = str(compiled), dict(compiled.params)
        text, constants = made
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, {**constants, **values})
            return cursor.fetchall()
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError(text, None, error) from None
        finally:
            cursor.close()


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the database into those of the store; their text holds no address.

    Raises
    ------
    ConflictError
        If a constraint or another transaction was in the way.
    BadRowError
        If a value cannot be kept.
    StoreError
        If the database cannot be reached or refuses.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(_constraint(error)) from None
    except DBAPIError as error:
        raise _of_driver(error) from None
    except StatementError as error:
        if isinstance(error.orig, StoreError):
            raise error.orig from None
        raise
    except OverflowError as error:
        if "SQLite" not in str(error):
            raise
        raise BadRowError("A number is too large to be stored.") from None
    except PoolTimeoutError:
        raise StoreError("All connections to the database are in use.") from None
    except SQLAlchemyError as error:
        raise StoreError(f"The database refuses: {type(error).__name__}.") from error


def _constraint(error: IntegrityError) -> str:
    text = str(error.orig).lower()
    if "foreign key" in text:
        return "Something else still refers to it, or what it refers to is not there."
    if "not null" in text or "not-null" in text:
        return "A value that must be there is missing."
    return "Something with the same key is there already."


def _of_driver(error: DBAPIError) -> StoreError:
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig).lower()
    if state in _TRY_AGAIN:
        return ConflictError("Somebody else changed the same at the same time; try again.")
    if state is not None and state.startswith("22"):
        return BadRowError("A value cannot be stored.")
    if state == "25006" or "readonly" in text:
        return StoreError("The database is open for reading only.")
    if state in ("42P01", "42703") or "no such table" in text or "no such column" in text:
        return StoreError("The database lacks tables: it must be upgraded first.")
    if "database is locked" in text:
        return StoreError("The database is busy: another program has been writing to it too long.")
    return StoreError("The database cannot be reached.")
