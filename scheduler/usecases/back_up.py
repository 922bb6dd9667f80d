"""Take a copy of the server's database, and put one back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scheduler.clock import Clock
from scheduler.errors import StateError
from scheduler.jobs.address import FileLock, sqlite_path

if TYPE_CHECKING:
    from scheduler.settings import Settings

__all__ = ["Restored", "back_up", "database_file", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Parameters
    ----------
    revision : str
        Of the database now.
    aside : pathlib.Path, optional
        Where the database before lies.
    """

    revision: str
    aside: Path | None


def database_file(settings: Settings) -> Path | None:
    """Return the SQLite file of the settings; None where the database is another."""
    return sqlite_path(settings.store_url)


def back_up(settings: Settings, target: Path) -> str:
    """Copy the database while the server runs, check the copy, return its revision.

    Raises
    ------
    StateError
        On PostgreSQL, with the command to use instead; if `target` is there already.
    StoreError
        If there is no database, it is damaged, or the copy cannot be written.
    """
    from scheduler.store.backup import copy_database

    source = database_file(settings)
    if source is None:
        raise StateError(
            "PostgreSQL has its own programs for this. Run:\n"
            f"  pg_dump --format=custom {_link(settings)} --file={target}"
        )
    if target.exists():
        raise StateError(f"{target} is there already; choose another name.")
    return copy_database(source, target)


def restore(settings: Settings, source: Path, clock: Clock, *, replace: bool = False) -> Restored:
    """Put a copy in the place of the database; the one before is kept beside it.

    Parameters
    ----------
    replace : bool
        Whether there may be a database already.

    Raises
    ------
    StateError
        On PostgreSQL, with the command to use instead; if there is a database and `replace` is
        False.
    EngineError
        If a server runs on the database.
    StoreError
        If the copy is damaged, none of Heliotrope's, or made by a newer version.
    """
    from scheduler.store.backup import copy_database, put_aside

    target = database_file(settings)
    if target is None:
        raise StateError(
            "PostgreSQL has its own programs for this. Stop servers and workers, then run:\n"
            f"  pg_restore --clean --if-exists {_link(settings)} {source}"
        )
    if target.exists() and not replace:
        raise StateError(
            f"There is a database already: {target}. With --replace it is put aside first."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(Path(f"{target}.lock"))
    lock.take()
    try:
        waiting = target.with_name(f"{target.name}.restoring")
        revision = copy_database(source, waiting)
        aside = put_aside(target, f"before-{clock():%Y%m%dT%H%M%SZ}")
        waiting.replace(target)
    finally:
        lock.give_back()
    return Restored(revision, aside)


def _link(settings: Settings) -> str:
    """Return how PostgreSQL's programs find the database; the password stays out of it."""
    parts = urlsplit(settings.store_url)
    found = (
        ("host", parts.hostname), ("port", parts.port), ("username", parts.username),
        ("dbname", parts.path.removeprefix("/")),
    )  # fmt: skip
    return " ".join(f"--{name}={value}" for name, value in found if value)
