"""The real commands as processes: a server, a worker, and what they leave behind."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.cli.test_process import environment


class Process:
    """A command that stays, its standard error kept in a file."""

    def __init__(self, folder: Path, *args: str, **extra: str) -> None:
        self.folder, self._extra = folder, extra
        self.log = folder / f"log-{time.monotonic_ns()}.txt"
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", *args],
                cwd=folder,
                env=environment(**extra),
                stdout=stream,
                stderr=stream,
            )
        self.url = ""

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = re.search(pattern, self.said())
            if found is not None:
                return found
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)
        raise AssertionError(self.said())

    def said(self) -> str:
        return self.log.read_text()

    def end(self, seconds: float = 15) -> int:
        """Ask it to end, as a supervisor does; return its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)

    def client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


def helio(folder: Path, *args: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, args)],
        cwd=folder,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def serving(folder: Path, **extra: str) -> Iterator[Process]:
    """Run ``helio serve`` in a folder on a spare port for the block."""
    folder.mkdir(exist_ok=True)
    server = Process(folder, "serve", "--port", "0", **extra)
    try:
        server.url = server.wait_for(r"Serving on (http://\S+?);")[1]
        yield server
    finally:
        server.process.kill()
        server.process.wait(10)


@contextmanager
def working(folder: Path, **extra: str) -> Iterator[Process]:
    """Run ``helio worker`` for the block."""
    worker = Process(folder, "worker", **extra)
    try:
        worker.wait_for("Working; stop with Ctrl-C")
        yield worker
    finally:
        worker.process.kill()
        worker.process.wait(10)


def state_of(client: httpx.Client, solve_id: str, *states: str, seconds: float = 60) -> dict:
    """Wait until a solve is in one of some states; return it."""
    until = time.monotonic() + seconds
    while True:
        told = client.get(f"/v1/solves/{solve_id}").json()
        if told["state"] in states:
            return told
        assert time.monotonic() < until, told
        time.sleep(0.1)
