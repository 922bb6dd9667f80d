from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.fleet import Fleet, fleet_on
from tests.jobs.server import Server, running_server
from tests.postgres import find_programs

MISSING = "PostgreSQL is not installed: apt-get install postgresql"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if find_programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with running_server() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    found: Server = request.getfixturevalue("server")
    return found.new_database()


@pytest.fixture
def fleet(url: str, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(url, tmp_path) as found:
        yield found


@pytest.fixture
def pg_fleet(server: Server, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(server.new_database(), tmp_path) as found:
        yield found
