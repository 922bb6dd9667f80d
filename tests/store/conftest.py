from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.clock import fixed_clock
from scheduler.store import Store, open_store
from scheduler.store.columns import METADATA
from tests.postgres import PostgresServer, database_url, postgres_server, postgres_url

__all__ = ["database_url", "postgres_server", "postgres_url"]

NOW = datetime(2027, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def migrated(url: str) -> str:
    store = open_store(url, clock=fixed_clock(NOW))
    store.migrate()
    store.close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "heliotrope.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_used(postgres_server: PostgresServer) -> str:
    """A migrated database, to be emptied before each test."""
    return migrated(postgres_server.create_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a migrated database without rows, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "heliotrope.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_used")
    store = open_store(url, clock=fixed_clock(NOW))
    with store.engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
    store.close()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store without rows, on SQLite and on PostgreSQL."""
    opened = open_store(store_url, clock=fixed_clock(NOW))
    yield opened
    opened.close()
