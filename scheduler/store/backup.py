"""Copies of an SQLite database while it is in use, and putting one back."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from scheduler.store.database import open_engines
from scheduler.store.errors import StoreError
from scheduler.store.upgrade import NEVER_MIGRATED, revisions

__all__ = ["copy_database", "put_aside", "revision_of"]

_BESIDE = ("-wal", "-shm", "-journal")


def copy_database(source: Path, target: Path) -> str:
    """Copy a database as it is at one moment; return its revision.

    It may be in use: readers and the writer go on meanwhile. The copy is one file, whole and on
    disk when it gets its name; only its owner may read it.

    Parameters
    ----------
    target : pathlib.Path
        Replaced if it is there.

    Raises
    ------
    StoreError
        If `source` is no database of this version or an older one, is damaged, or `target` cannot
        be written.
    """
    if not source.is_file():
        raise StoreError(f"There is no database {source}.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _copy(source, part)
            revision = revision_of(part)
            _settle(part, target)
        finally:
            _forget(part)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.") from None
    return revision


def _copy(source: Path, part: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as origin,
            closing(sqlite3.connect(part)) as copy,
        ):
            origin.execute("PRAGMA busy_timeout=30000")
            origin.backup(copy)  # all pages in one step: one moment, and nothing begins anew
            copy.execute("PRAGMA journal_mode=DELETE")  # all of it in this one file
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{source} cannot be copied: {error}.") from None


def _settle(part: Path, target: Path) -> None:
    """Give a copy its name once all of it is on disk."""
    for path in (part, part.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    part.replace(target)


def _forget(part: Path) -> None:
    for ending in ("", *_BESIDE):
        with suppress(OSError):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def revision_of(path: Path) -> str:
    """Return the revision of a database that nobody uses, every page of it checked.

    Raises
    ------
    StoreError
        If it is damaged, is no database of ours, or was made by a newer version.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as found:
            verdict = found.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} is no sound database: {error}.") from None
    if verdict != "ok":
        raise StoreError(f"{path} is damaged: {' '.join(str(verdict).split())[:200]}.")
    engines = open_engines(f"sqlite:///{path.absolute()}")
    try:
        present, _ = revisions(engines)
    finally:
        engines.dispose()
    if present == NEVER_MIGRATED:
        raise StoreError(f"{path} is no database of Heliotrope.")
    return present


def put_aside(path: Path, ending: str) -> Path | None:
    """Rename a database that nobody uses, with what lies beside it; return its new name.

    Returns
    -------
    pathlib.Path or None
        None when there is none.

    Raises
    ------
    StoreError
        If it cannot be renamed, or the new name is taken.
    """
    aside = path.with_name(f"{path.name}.{ending}")
    if aside.exists():
        raise StoreError(f"{aside} is there already.")
    found = path.exists()
    try:
        for extra in (*_BESIDE, ""):  # a log must never lie beside a database that is not its own
            former = path.with_name(path.name + extra)
            if former.exists():
                former.replace(aside.with_name(aside.name + extra))
    except OSError as error:
        raise StoreError(f"{path} cannot be renamed: {error.strerror}.") from None
    return aside if found else None
