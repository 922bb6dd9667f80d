"""Solving on a server from the command line, over a line that breaks, against a real server."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.access import Role
from scheduler.usecases.remote_link import Link, RemoteError, parse_events, server_address
from tests.api.server import Running, running_server
from tests.cli.conftest import At, Helio
from tests.cli.test_process import environment
from tests.cli.test_solve import FILES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    (folder / "private notes.txt").write_text("not for the server")
    return folder


@pytest.fixture(scope="module")
def token(server: Running) -> str:
    _, client = server.person("root", Role.ADMIN)
    return client.headers["authorization"].removeprefix("Bearer ")


class Line:
    """A TCP line to a server that is cut now and then."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self.opened = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            self.opened += 1
            self._ends += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        end.close()


def test_a_solve_there_is_like_one_here_though_the_line_breaks(
    at: At, server: Running, demo: Path, token: str
):
    line = Line(server.url)
    ended = threading.Event()

    def trouble() -> None:
        pause = 0.8
        while not ended.wait(pause):
            line.cut()
            pause *= 1.5

    thread = threading.Thread(target=trouble)
    thread.start()
    try:
        ran = at(
            demo.parent, "solve", "demo", "--server", line.url, "--time-limit", "5s", "--seed", "7",
            HELIOTROPE_TOKEN=token,
        )  # fmt: skip
    finally:
        ended.set()
        thread.join()
        line.close()
    assert ran.code == 0, ran.err
    assert line.opened > 3, "nothing broke"
    out = demo / "out"
    assert {path.name for path in out.iterdir()} == FILES
    roster = json.loads((out / "roster.json").read_text())
    assert roster["solver"]["seed"] == 7
    for words in ("cost EUR", "bound EUR", "0 hard findings", f"{roster['cost']:,.2f}"):
        assert words in ran.out
    assert " of 0:05  " in ran.err
    assert token not in ran.out + ran.err
    for path in out.iterdir():
        assert token not in path.read_text()
    later = at(demo.parent, "audit", "demo", "demo/out")
    assert (later.code, later.err) == (0, "")

    _, admin = server.person("eve", Role.ADMIN)
    solves = admin.get("/v1/solves").json()["solves"]
    assert [solve["period_id"] for solve in solves] == ["demo"], "submitted more than once"
    assert admin.get(f"/v1/rosters/{solves[0]['roster_id']}/document").json() == roster
    there = admin.get(f"/v1/rosters/{solves[0]['roster_id']}/audit").json()
    here = json.loads((out / "audit.json").read_text())
    assert here == there, "the server's audit and the one made here are the same"


def test_a_document_and_a_pack_from_elsewhere_go_too(
    at: At, server: Running, demo: Path, token: str
):
    (demo.parent / "token").write_text(f"{token}\n")
    args = ("--server", server.url, "--token-file", demo.parent / "token", "--time-limit", "1")
    document = demo / "out" / "planning.json"
    first = at(demo.parent, "solve", "demo", *args, "--period", "first", "--quiet", "--json")
    assert first.code == 0, first.err
    again = at(
        demo.parent, "solve", document, *args, "--period", "second", "--quiet", "--json",
        "--out", demo / "again",
    )  # fmt: skip
    assert again.code == 0, again.err
    assert document.read_bytes() == (demo / "again" / "planning.json").read_bytes()
    assert json.loads(again.out)["files"]


def stopped_by(url: str, demo: Path, token: str, times: int) -> tuple[int, str]:
    command = [
        sys.executable, "-m", "cli.main", "solve", str(demo), "--server", url,
        "--time-limit", "10m",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        env=environment(HELIOTROPE_TOKEN=token),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        seen = ""
        for text in process.stderr:
            seen += text
            if "cost EUR" in text:
                break
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Traceback" not in seen + err
    assert token not in seen + err
    return process.returncode, err


@pytest.mark.slow
def test_ctrl_c_stops_it_there_and_keeps_the_best(server: Running, demo: Path, token: str):
    code, err = stopped_by(server.url, demo, token, 1)
    assert code == 130, err
    assert "Interrupted; the best roster so far is in" in err
    roster = json.loads((demo / "out" / "roster.json").read_text())
    assert roster["solver"]["status"] == "cancelled"
    client = server.client(token)
    assert client.get("/v1/solves").json()["solves"][0]["state"] == "stopped"


@pytest.mark.slow
def test_a_second_ctrl_c_leaves_it(server: Running, demo: Path, token: str):
    code, err = stopped_by(server.url, demo, token, 2)
    assert code == 130, err
    assert "Left. The solve ends by itself" in err
    assert not (demo / "out" / "roster.json").exists()
    client = server.client(token)
    last = client.get("/v1/solves").json()["solves"][0]
    client.delete(f"/v1/solves/{last['solve_id']}")


def test_refusals_are_sentences_without_the_token(at: At, server: Running, demo: Path, token: str):
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{spare.getsockname()[1]}"
    _, agent = server.person("agent", Role.AGENT, agent_id="ams-01")
    of_agent = agent.headers["authorization"].removeprefix("Bearer ")
    wrong = token[:-4] + "abcd"
    here = server.url
    other = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # answers 501 to everything
    threading.Thread(target=other.serve_forever, daemon=True).start()
    stranger = f"http://127.0.0.1:{other.server_port}"
    for args, held, words in (
        (["--server", here], "", "expected a token"),
        (["--server", here], wrong, "refuses (401)"),
        (["--server", here], of_agent, "refuses (403)"),
        (["--server", here], "two words", "characters that no token has"),
        (["--server", nobody], token, "nothing answers there"),
        (["--server", f"{here}/elsewhere"], token, "refuses (404)"),
        (["--server", stranger], token, "not as Heliotrope does"),
        (["--server", "http://roster.example.org"], token, "Use https://"),
        (["--server", "http://me:pass@localhost"], token, "without name or password"),
        (["--server", "ftp://localhost"], token, "takes an address"),
        (["--server", here, "--time-limit", "100h"], token, "time_limit_seconds"),
        (["--server", here, "--token-file", "nowhere"], token, "a file that holds a token"),
        (["--period", "spring"], token, "goes with --server"),
    ):
        ran = at(demo.parent, "solve", "demo", "--quiet", *args, HELIOTROPE_TOKEN=held)
        assert ran.code == 2, (args, ran.err)
        assert words in " ".join(ran.err.replace("│", " ").split()), (args, ran.err)
        for secret in (token, of_agent, wrong, "pass@"):
            assert secret not in ran.out + ran.err
    other.shutdown()
    other.server_close()
    assert not (demo / "out" / "roster.json").exists()


def test_only_the_files_of_the_planning_are_sent(demo: Path):
    import io
    import zipfile

    from scheduler.usecases.read_input import read_input
    from scheduler.usecases.remote_solve import pack_planning

    intake = read_input(demo)
    assert intake.planning is not None
    (demo / "out").mkdir()
    (demo / "out" / "roster.json").write_text("{}")
    sending = pack_planning(demo, intake.planning, intake.rule_pack_files)
    assert (sending.period_id, sending.media_type) == ("demo", "application/zip")
    with zipfile.ZipFile(io.BytesIO(sending.body)) as archive:
        names = set(archive.namelist())
    assert names == {path.name for path in demo.iterdir() if path.suffix in (".csv", ".yaml")}


@given(st.text(st.characters(exclude_characters="/?#@\\", exclude_categories=("Cs", "Cc"))))
def test_no_host_but_this_machine_gets_a_token_in_the_clear(host: str):
    try:
        address = server_address(f"http://{host}")
    except RemoteError:
        return
    name = address.removeprefix("http://").rpartition(":")[0] or address.removeprefix("http://")
    assert name.strip("[]") in ("localhost", "::1") or name.startswith("127."), address


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9),
            st.sampled_from(["progress", "end"]),
            st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
        )
    ),
    st.integers(0, 200),
)
def test_events_are_read_as_they_were_written(
    events: list[tuple[int, str, dict[str, object]]], cut: int
):
    lines = []
    for number, name, data in events:
        lines += [f"id: {number}", f"event: {name}", f"data: {json.dumps(data)}", "", ": there", ""]
    whole = list(parse_events(lines))
    assert whole == [(str(number), name, data) for number, name, data in events]
    assert list(parse_events(lines[:cut])) == whole[: (cut + 2) // 6]


def test_a_link_shows_no_token():
    link = Link("http://127.0.0.1:1", "helio_p_secret")
    assert "secret" not in repr(link)
    with pytest.raises(RemoteError) as refusal:
        link.ask("GET", "/v1/me")
    assert "secret" not in str(refusal.value)
    link.close()
