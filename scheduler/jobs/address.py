"""The database before the engine: its address, and the lock of a SQLite file.

One process per file; the lock beside it says which.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import threading
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from scheduler.jobs.engine import EngineError

__all__ = ["FileLock", "Place", "lock_of", "prepare_sqlite", "sqlite_path", "with_link_settings"]

_process = threading.Lock()
_LINK = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL (``sqlite:////absolute`` or ``sqlite:///relative``).

    Returns
    -------
    Path or None
        None when the URL is of another database.

    Raises
    ------
    EngineError
        If it is SQLite, but in memory: jobs would not survive the process.
    """
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] != "sqlite":
        return None
    name = unquote(rest.split("?", 1)[0].partition("/")[2])  # a # is a letter like any other
    if not name or name == ":memory:":
        raise EngineError("durable jobs need a database file, not one in memory")
    return Path(name)


def prepare_sqlite(path: Path) -> None:
    """Set write-ahead logging, so that readers and the one writer do not wait for each other."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def lock_of(path: Path) -> Path:
    """Return the lock file of a database file: beside it, under whatever name it was reached."""
    return Path(f"{path.resolve()}.lock")


class FileLock:
    """A lock that ends with its process, however that ends.

    Parameters
    ----------
    path : Path
        The lock file; it stays when the lock is given back, its content does not count then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises
        ------
        EngineError
            If another process holds it; the message says which.
        """
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise EngineError(
                f"{holder} already runs jobs on this database (lock {self._path}); "
                "stop it first, or use PostgreSQL for several processes"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        self._file = file

    def give_back(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Place:
    """The right to run jobs: once in a process, and on a SQLite file by one process.

    Parameters
    ----------
    lock_path : Path, optional
        Lock of the SQLite file; None for other databases.
    """

    def __init__(self, lock_path: Path | None) -> None:
        self._lock = None if lock_path is None else FileLock(lock_path)
        self._is_taken = False

    def take(self) -> None:
        """Take the right.

        Raises
        ------
        EngineError
            If another engine of this process, or another process, has it.
        """
        if not _process.acquire(blocking=False):
            raise EngineError("another engine already runs jobs in this process")
        self._is_taken = True
        if self._lock is not None:
            try:
                self._lock.take()
            except BaseException:
                self.give_back()
                raise

    def give_back(self) -> None:
        """Give the right back; nothing happens when it was not taken."""
        if self._lock is not None:
            self._lock.give_back()
        if self._is_taken:
            self._is_taken = False
            _process.release()


def with_link_settings(url: str) -> str:
    """Return a PostgreSQL URL with settings by which a dead network link is noticed.

    What the URL says already stays.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise EngineError("the address of the jobs' database cannot be one") from None
    said = parse_qsl(parts.query, keep_blank_values=True)  # a list: several hosts share one name
    names = {name for name, _ in said}
    query = said + [(name, text) for name, text in _LINK.items() if name not in names]
    return parts._replace(query=urlencode(query)).geturl()
