"""A real PostgreSQL for tests: started once on a spare port of the loopback, a database per test.

A test module takes the fixtures by ``from tests.postgres import database_url`` (and what that needs
by name: ``postgres_url``, ``postgres_server``), or with ``pytest_plugins = ("tests.postgres",)``.
Where PostgreSQL is not installed its tests are skipped and say so; with ``CI=true`` they fail.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path("/usr/lib/postgresql")
_MISSING = "PostgreSQL is not installed: apt-get install postgresql"


class PostgresServer:
    """One server with its own folder, listening on 127.0.0.1 only; anybody may log in.

    Parameters
    ----------
    programs : Path
        Folder of ``initdb`` and ``postgres``.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.port = _spare_port()
        self.folder = Path(tempfile.mkdtemp(prefix="heliotrope-pg-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb", "--pgdata", str(self.folder / "data"), "--username=postgres",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self._programs / program), *arguments]
        if os.getuid() != 0:
            return command
        return [
            "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
            "--pdeathsig=QUIT", *command,
        ]  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            self._command(program, *arguments), check=True, capture_output=True, cwd=self.folder
        )

    def start(self) -> None:
        """Start, or start again on the same data; return when it answers."""
        settings = (
            f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=",
            "fsync=off", "full_page_writes=off", "max_connections=200",
        )  # fmt: skip
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self.folder / "data"), *arguments),
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        import psycopg

        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres", driver=False), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def stop(self, mode: str = "fast") -> None:
        """Stop: ``smart``, ``fast`` (connections are cut) or ``immediate`` (as in a crash)."""
        if self._process is not None and self._process.poll() is None:
            self._run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", mode, "-w")
            self._process.wait(30)
        self._process = None

    def remove(self) -> None:
        """Stop and delete everything."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, *, driver: bool = True) -> str:
        """Return the address of a database, for SQLAlchemy or (`driver` False) for psycopg."""
        scheme = "postgresql+psycopg" if driver else "postgresql"
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """Make an empty database; return its address for SQLAlchemy."""
        import psycopg

        self._made += 1
        name = f"test_{os.getpid()}_{self._made}"
        with psycopg.connect(self.url("postgres", driver=False), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Delete a database; whoever is connected to it is cut off."""
        import psycopg

        name = url.rpartition("/")[2]
        with psycopg.connect(self.url("postgres", driver=False), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL installed, None without any."""
    found = sorted(_ROOT.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return None if elsewhere is None else Path(elsewhere).parent


@functools.lru_cache(maxsize=1)
def _shared_server() -> PostgresServer | None:
    programs = find_programs()
    if programs is None:
        return None
    server = PostgresServer(programs)
    atexit.register(server.remove)
    server.start()
    return server


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server that all tests of the run share: do not stop it."""
    server = _shared_server()
    if server is None:
        if os.environ.get("CI") == "true":
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    return server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of an empty PostgreSQL database."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'heliotrope.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
