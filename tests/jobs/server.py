"""A real PostgreSQL on a spare loopback port, and a link to it that can be stalled."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg

from scheduler.jobs.durable import DurableEngine
from scheduler.jobs.engine import EngineRole
from tests.jobs.ledger import SqlLedger
from tests.postgres import PostgresServer, find_programs


class Server:
    """A server of its own, because tests stop it; its one database is emptied for each."""

    def __init__(self, programs: Path) -> None:
        self._server = PostgresServer(programs)
        self._server.start()
        self.port = self._server.port
        url = self._server.create_database()
        self._name = url.rsplit("/", 1)[1]
        ledger = SqlLedger(url)
        ledger.create()
        engine = DurableEngine(url, ledger, {})
        engine.start(EngineRole.CLIENT)
        engine.stop(0)
        ledger.engine.dispose()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Stop as in a crash."""
        self._server.stop("immediate")

    def remove(self) -> None:
        self._server.remove()

    def new_database(self) -> str:
        """Return the URL of a database with all tables, all empty; there is only one at a time."""
        dsn = self._server.url(self._name, driver=False)
        with psycopg.connect(dsn, autocommit=True) as connection:
            found = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname IN ('public', 'dbos') AND tablename <> 'dbos_migrations'"
            )
            connection.execute(f"TRUNCATE {', '.join(row[0] for row in found)}")
        return self._server.url(self._name)


class Link:
    """A TCP proxy that can go silent without closing anything."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        self._open.clear()

    def heal(self) -> None:
        self._open.set()

    def close(self) -> None:
        self._open.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._open.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self._to), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._open.wait()
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    programs = find_programs()
    assert programs is not None
    server = Server(programs)
    try:
        yield server
    finally:
        server.remove()
