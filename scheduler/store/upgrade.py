"""The shape of the database: what it is, and how it becomes what this version needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from scheduler.store.database import Engines, translated
from scheduler.store.errors import StoreError
from scheduler.store.statements import lock

__all__ = ["NEVER_MIGRATED", "revisions", "upgrade"]

NEVER_MIGRATED = ""
"""Revision of a database without tables."""

_MIGRATION_LOCK = 0x68656C6A


def upgrade(engines: Engines) -> None:
    """Bring a database to the newest revision, all of it or nothing; one process at a time.

    Raises
    ------
    StoreError
        If the database cannot be reached, or was made by a newer version.
    """
    config = _config()
    with translated(), engines.writer.begin() as connection:
        lock(connection, _MIGRATION_LOCK)
        _revision(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revisions(engines: Engines) -> tuple[str, str]:
    """Return the revision of the database and the newest one that this version knows.

    Raises
    ------
    StoreError
        If the database cannot be reached, or was made by a newer version.
    """
    with translated(), engines.reader.begin() as connection:
        return _revision(connection), _scripts().get_current_head() or NEVER_MIGRATED


def _revision(connection: Connection) -> str:
    revision = MigrationContext.configure(connection).get_current_revision() or NEVER_MIGRATED
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision and revision not in known:
        raise StoreError(
            f"The database (revision {revision}) was made by a newer version of Heliotrope."
        )
    return revision


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
