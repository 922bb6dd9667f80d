"""The store: one database, and transactions on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from scheduler.clock import Clock
from scheduler.store.blobs import Blobs
from scheduler.store.database import Engines, Memo, open_engines, translated
from scheduler.store.jobs import Jobs
from scheduler.store.ledger import DatabaseLedger
from scheduler.store.periods import Periods
from scheduler.store.principals import Principals
from scheduler.store.rosters import Rosters
from scheduler.store.rows import Rows
from scheduler.store.tokens import Tokens
from scheduler.store.trail import Trail
from scheduler.store.upgrade import revisions, upgrade
from scheduler.store.webhooks import Webhooks

__all__ = ["Store", "Unit", "open_store"]

_MOST_SHOWN = 4096


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction and what can be done in it; of no use after its end.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        For the job engine, which queues a job in the same transaction.
    """

    connection: Connection
    rows: Rows
    periods: Periods
    blobs: Blobs
    jobs: Jobs
    rosters: Rosters
    principals: Principals
    tokens: Tokens
    trail: Trail
    webhooks: Webhooks


class Store(DatabaseLedger):
    """One database; also the ledger of the job engine.

    Parameters
    ----------
    engines : Engines
        Connections to it.
    clock : Clock
        Dates what people do; the ledger's times are the database's own.

    Attributes
    ----------
    shown : Memo
        An agent's shifts of a roster as they are shown, by the ids of both: rosters never change.
    """

    shown: Memo[tuple[str, str], tuple[tuple[str, str, str], ...]]

    def __init__(self, engines: Engines, clock: Clock) -> None:
        super().__init__(engines)
        self._clock = clock
        self._joined = threading.local()
        self._readers: list[Connection] = []
        self.shown = Memo(_MOST_SHOWN)

    @property
    def engine(self) -> Engine:
        """The engine that writes."""
        return self._engines.writer

    @property
    def is_local(self) -> bool:
        """Whether the database is a file of this machine, whose readers wait for nobody."""
        return self._engines.is_sqlite

    @contextmanager
    def writing(self, *, by: str = "system") -> Iterator[Unit]:
        """Yield a transaction that is kept at the end of the block, or undone by an error in it.

        On SQLite it is the only one that writes.

        Parameters
        ----------
        by : str
            Who makes the changes, for the trail: a principal's id, or a program.

        Raises
        ------
        ConflictError
            If a constraint or another transaction is in the way.
        StoreError
            If the database cannot be reached.
        """
        with translated(), self._engines.writer.begin() as connection:
            yield self._unit(connection, by)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Yield a transaction that sees one state of the database and cannot change it.

        Raises
        ------
        StoreError
            If the database cannot be reached, or something is to be changed.
        """
        unit: Unit | None = getattr(self._joined, "unit", None)
        if unit is not None:
            yield unit
            return
        with translated(), self._engines.reader.begin() as connection:
            yield self._unit(connection, "")

    @contextmanager
    def reading_once(self) -> Iterator[None]:
        """Have all that this thread reads in the block seen in one state of the database.

        One transaction instead of several: what is allowed and what it allows belong together, and
        it costs less. Raises as `reading` does.
        """
        if getattr(self._joined, "unit", None) is not None:
            yield
            return
        with translated(), self._kept_reader() as connection, connection.begin():
            self._joined.unit = self._unit(connection, "")
            try:
                yield
            finally:
                self._joined.unit = None

    @contextmanager
    def _kept_reader(self) -> Iterator[Connection]:
        """Yield a connection to read with; a file's stays with its thread, an error ends it.

        To take one from the pool and give it back costs as much as a query of a file.
        """
        if not self.is_local:
            with self._engines.reader.connect() as connection:
                yield connection
            return
        kept: Connection | None = getattr(self._joined, "reader", None)
        if kept is None:
            kept = self._joined.reader = self._engines.reader.connect()
            self._readers.append(kept)
        try:
            yield kept
        except DBAPIError:
            self._joined.reader = None
            self._readers.remove(kept)
            kept.close()
            raise

    def _unit(self, connection: Connection, by: str) -> Unit:
        trail = Trail(connection, self._clock, by)
        blobs = Blobs(connection)
        return Unit(
            connection,
            Rows(connection, trail, blobs),
            Periods(connection, trail),
            blobs,
            Jobs(connection),
            Rosters(connection, trail, blobs, self._clock),
            Principals(connection, trail),
            Tokens(connection, trail, self._clock),
            trail,
            Webhooks(connection, trail, self._clock),
        )

    def migrate(self) -> None:
        """Bring the database to the newest revision; raises as `scheduler.store.upgrade` does."""
        upgrade(self._engines)

    def check(self) -> tuple[str, str]:
        """Return the revision of the database and the newest; where they differ, do not run.

        Raises
        ------
        StoreError
            If the database cannot be reached, or was made by a newer version.
        """
        return revisions(self._engines)

    def close(self) -> None:
        """Close all connections."""
        while self._readers:
            self._readers.pop().close()
        self._engines.dispose()


def open_store(url: str, *, clock: Clock) -> Store:
    """Return the store of a database; nothing is read or written yet.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE``.

    Raises
    ------
    StoreError
        If it is neither, or the folder of the file cannot be made.
    """
    return Store(open_engines(url), clock)
