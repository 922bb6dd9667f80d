"""A server as a process: its start, what it logs, how it ends, its copies."""

from __future__ import annotations

import csv
import json
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.cli.conftest import At, Helio
from tests.cli.service import helio as command
from tests.cli.service import serving, state_of, working
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

HEADINGS = ["id", "state", "kind", "submitted", "(UTC)", "took", "tries", "period"]
NOBODY = "postgresql+psycopg://planner:hidden-word@127.0.0.1:1/none"


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    return folder


def hang(url: str, path: str, token: str, *, length: int) -> socket.socket:
    """Begin a request and never end it."""
    host, _, port = url.removeprefix("http://").partition(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    verb = "PUT" if length else "GET"
    head = f"{verb} {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n"
    if length:
        head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    line.sendall(f"{head}\r\n{'{' * bool(length)}".encode())
    return line


@pytest.mark.slow
def test_a_stop_loses_nothing_and_the_log_names_nobody(at: At, demo: Path, tmp_path: Path):
    folder = tmp_path / "server"
    with (demo / "agents.csv").open(newline="") as table:
        names = [row["name"] for row in csv.DictReader(table)]
    assert len(names) >= 6
    with serving(folder) as server:
        assert "helio user add NAME --role admin --token" in server.said()
        made = at(folder, "user", "add", "Rosalind Hidden", "--role", "admin", "--token")
        token = made.out.strip()
        assert token.startswith("helio_p_"), made.err
        assert at(folder, "import", demo, "--into", "spring").code == 0
        client = server.client(token)
        client.get("/v1/periods", params={"after": "secret-word"})
        client.put("/v1/periods/spring/planning", json={"name": names[0], "agents": names})
        client.post("/v1/log-in", json={"name": names[1], "password": "a-hidden-password"})
        client.get("/v1/calendars/helio_c_hidden_path.ics")
        client.get("/v1/agents/hidden-agent/shifts", headers={"Authorization": "Bearer wrong-one"})

        second = command(folder, "serve", "--port", "0")
        assert second.returncode == 2
        assert len(second.stderr.splitlines()) == 1
        assert "already runs jobs on this database" in second.stderr
        port = server.url.rpartition(":")[2]
        third = command(tmp_path, "serve", "--port", port)
        assert (third.returncode, len(third.stderr.splitlines())) == (2, 1)
        assert f"Port {port} of 127.0.0.1 is in use" in third.stderr

        asked = {"period_id": "spring", "time_limit_seconds": 600}
        solve_id = client.post("/v1/solves", json=asked).json()["solve_id"]
        state_of(client, solve_id, "running")
        watcher = hang(server.url, f"/v1/solves/{solve_id}/events", token, length=0)
        upload = hang(server.url, "/v1/periods/spring/planning", token, length=10_000)
        assert watcher.recv(1000).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert server.end(seconds=15) == 0, server.said()
        assert time.monotonic() - began < 15
        watcher.close()
        upload.close()
    log = server.said()
    lines = [json.loads(line) for line in log.splitlines()]
    assert not [line for line in lines if line["level"] in ("error", "critical")]
    told = {line["operation"]: line for line in lines if "operation" in line}
    assert {"import_planning", "log_in", "calendar", "agent_shifts", "watch_solve"} <= told.keys()
    assert told["submit_solve"]["status"] == 202
    assert told["get_solve"]["principal_id"]
    assert told["get_solve"]["request_id"]
    hidden = [*names, token, "Rosalind", "secret-word", "hidden", "wrong-one", "/v1/", "spring"]
    assert [word for word in hidden if word in log.replace(str(folder), "")] == []

    with serving(folder) as server:
        client = server.client(token)
        assert state_of(client, solve_id, "running", "done")["attempt"] == 2
        client.delete(f"/v1/solves/{solve_id}")
        assert state_of(client, solve_id, "stopped")["attempt"] == 2
        listed = at(folder, "jobs", "list").out.splitlines()
        assert listed[0].split() == HEADINGS
        assert listed[1].split()[:2] == [solve_id[:12], "stopped"]
        assert max(map(len, listed)) <= 80
        assert server.end() == 0


@pytest.mark.slow
def test_a_copy_taken_under_way_answers_the_same_and_goes_on(at: At, demo: Path, tmp_path: Path):
    folder, other = tmp_path / "server", tmp_path / "other"
    other.mkdir()
    with serving(folder) as server:
        token = at(folder, "user", "add", "root", "--role", "admin", "--token").out.strip()
        assert at(folder, "import", demo, "--into", "spring").code == 0
        client = server.client(token)
        asked = {"period_id": "spring", "time_limit_seconds": 600}
        running = client.post("/v1/solves", json=asked).json()["solve_id"]
        queued = client.post("/v1/solves", json={**asked, "time_limit_seconds": 2}).json()
        state_of(client, running, "running")
        ended = threading.Event()
        written = 0

        def write() -> None:
            nonlocal written
            while not ended.is_set():
                made = client.post("/v1/me/tokens", json={"label": f"number {written}"})
                written += made.status_code == 201

        writer = threading.Thread(target=write)
        writer.start()
        try:
            copies = [at(folder, "db", "backup", f"copy-{number}.db") for number in range(3)]
        finally:
            ended.set()
            writer.join(20)
        before = client.get("/v1/periods/spring/planning").json()
        assert [copy.code for copy in copies] == [0, 0, 0], copies
        assert written, "nobody wrote while the copies were taken"
        refused = at(folder, "db", "backup", "copy-1.db")
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
        locked = at(folder, "db", "restore", "copy-1.db", "--replace")
        assert locked.code == 2
        assert "already runs jobs on this database" in locked.err
    copy = folder / "copy-2.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    back = at(other, "db", "restore", copy)
    assert back.code == 0, back.err
    with serving(other) as server:
        client = server.client(token)
        assert client.get("/v1/periods/spring/planning").json() == before
        assert state_of(client, running, "running")["attempt"] == 2
        client.delete(f"/v1/solves/{running}")
        assert state_of(client, running, "stopped")["attempt"] == 2
        assert state_of(client, queued["solve_id"], "done")["roster_id"]
        assert server.end() == 0


def test_what_cannot_be_done_is_said_in_one_sentence(at: At, tmp_path: Path):
    away = {"HELIOTROPE_DATABASE_URL": NOBODY}
    for args, extra, words in (
        (["jobs", "list"], {}, "There is no database"),
        (["db", "check"], {}, "There is no database"),
        (["db", "check"], away, "database cannot be reached"),
        (["db", "backup", "x.db"], {}, "There is no database"),
        (["db", "backup", "x.db"], away, "pg_dump"),
        (["db", "restore", "x.db"], away, "pg_restore"),
        (["db", "restore", "x.db"], {}, "There is no database"),
        (["worker"], {}, "on SQLite `helio serve` runs the solves itself"),
    ):
        ran = at(tmp_path, *args, **extra)
        assert ran.code == 2, (args, ran.err)
        assert words in " ".join(ran.err.split()), args
        assert len(ran.err.splitlines()) <= 2, ran.err
        assert "hidden-word" not in ran.err
    assert not list(tmp_path.glob("*.db"))


@pytest.mark.parametrize(
    ("args", "extra", "words"),
    [
        (["worker"], {"HELIOTROPE_DATABASE_URL": NOBODY}, "database cannot be reached"),
        (["serve", "--host", "203.0.113.7"], {}, "is no address of this machine"),
    ],
)
def test_what_cannot_start_says_so(
    tmp_path: Path, args: list[str], extra: dict[str, str], words: str
):
    ran = command(tmp_path, *args, **extra)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1), ran.stderr
    assert words in ran.stderr
    assert "hidden-word" not in ran.stderr


@pytest.mark.slow
def test_listening_to_the_network_without_tls_is_warned_of(tmp_path: Path):
    with serving(tmp_path / "a", HELIOTROPE_HOST="0.0.0.0", HELIOTROPE_LOG_JSON="false") as server:
        assert "Warning: other machines can reach this" in server.said()
    url = "https://roster.example.org"
    with serving(tmp_path / "b", HELIOTROPE_HOST="0.0.0.0", HELIOTROPE_PUBLIC_URL=url) as server:
        assert "Warning" not in server.said()


@pytest.mark.slow
def test_a_worker_gives_its_solve_back_and_another_ends_it(
    at: At, demo: Path, tmp_path: Path, postgres_server: PostgresServer
):
    address = {"HELIOTROPE_DATABASE_URL": postgres_server.create_database()}
    early = at(tmp_path, "user", "add", "root", "--role", "admin", **address)
    assert (early.code, early.err) == (
        2,
        "The database is not at this version's revision. Run `helio db upgrade`.\n",
    )
    assert at(tmp_path, "db", "upgrade", **address).code == 0
    made = at(tmp_path, "user", "add", "root", "--role", "admin", "--token", **address)
    token = made.out.strip()
    assert at(tmp_path, "import", demo, "--into", "spring", **address).code == 0
    with serving(tmp_path / "server", **address) as server:
        client = server.client(token)
        asked = {"period_id": "spring", "time_limit_seconds": 600}
        solve_id = client.post("/v1/solves", json=asked).json()["solve_id"]
        with working(tmp_path, **address) as worker:
            state_of(client, solve_id, "running")
            assert worker.end(seconds=15) == 0, worker.said()
        with working(tmp_path, **address) as worker:
            until = time.monotonic() + 20
            while client.get(f"/v1/solves/{solve_id}").json()["attempt"] < 2:
                assert time.monotonic() < until
                time.sleep(0.1)
            client.delete(f"/v1/solves/{solve_id}")
            assert state_of(client, solve_id, "stopped")["attempt"] == 2
            assert worker.end() == 0
        assert server.end() == 0


def test_a_copy_is_one_moment(tmp_path: Path):
    """Two rows that always add up to nothing, changed all the time, do so in every copy."""
    from scheduler.clock import system_clock
    from scheduler.store import open_store
    from scheduler.store.backup import copy_database

    path = tmp_path / "heliotrope.db"
    store = open_store(f"sqlite:///{path}", clock=system_clock)
    store.migrate()
    line = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
    line.execute("CREATE TABLE pair (name TEXT, amount INTEGER, ballast BLOB)")
    rows = [("plus", 0), *((f"row {n}", 0) for n in range(200)), ("minus", 0)]
    line.executemany("INSERT INTO pair VALUES (?, ?, randomblob(4000))", rows)
    ended = threading.Event()
    changes = 0

    def change() -> None:
        nonlocal changes
        while not ended.is_set():
            line.execute("BEGIN IMMEDIATE")
            line.execute("UPDATE pair SET amount = amount + 1 WHERE name = 'plus'")
            line.execute("UPDATE pair SET amount = amount - 1 WHERE name = 'minus'")
            line.execute("COMMIT")
            changes += 1

    writer = threading.Thread(target=change)
    writer.start()
    seen = set()
    try:
        for _ in range(8):
            assert copy_database(path, tmp_path / "copy.db") == store.check()[0]
            copy = sqlite3.connect(tmp_path / "copy.db")
            query = "SELECT amount FROM pair WHERE name IN ('plus', 'minus') ORDER BY amount"
            least, most = (row[0] for row in copy.execute(query))
            copy.close()
            assert least == -most
            seen.add(most)
    finally:
        ended.set()
        writer.join(10)
        line.close()
        store.close()
    assert len(seen) == 8, "nothing was written while copies were taken"
    assert not list(tmp_path.glob(".*.part*"))


def test_no_restore_of_what_is_no_sound_copy(at: At, tmp_path: Path):
    assert at(tmp_path, "user", "add", "root", "--role", "admin").code == 0
    assert at(tmp_path, "db", "backup", "copy.db").code == 0
    copy = (tmp_path / "copy.db").read_bytes()
    kept = (tmp_path / "heliotrope.db").read_bytes()
    middle = len(copy) // 8192 * 4096
    damaged = copy[:middle] + bytes(b ^ 0x55 for b in copy[middle : middle + 8192])
    (tmp_path / "damaged.db").write_bytes(damaged + copy[middle + 8192 :])
    (tmp_path / "cut.db").write_bytes(copy[: len(copy) // 2])
    (tmp_path / "text.db").write_text("no database at all " * 1000)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    newer = tmp_path / "newer.db"
    newer.write_bytes(copy)
    line = sqlite3.connect(newer)
    line.execute("UPDATE alembic_version SET version_num = '9999'")
    line.commit()
    line.close()
    for name in ("damaged.db", "cut.db", "text.db", "other.db", "newer.db"):
        ran = at(tmp_path, "db", "restore", name, "--replace")
        assert ran.code == 2, name
        assert len(ran.err.splitlines()) == 1, ran.err
        assert (tmp_path / "heliotrope.db").read_bytes() == kept
    without = at(tmp_path, "db", "restore", "copy.db")
    assert without.code == 2
    assert "--replace" in without.err
    done = at(tmp_path, "db", "restore", "copy.db", "--replace")
    assert done.code == 0, done.err
    aside = list(tmp_path.glob("heliotrope.db.before-*"))
    assert [path.read_bytes() for path in aside] == [kept]
    assert at(tmp_path, "db", "check").code == 0
