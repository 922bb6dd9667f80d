"""Random faults, one after the other: ``python -m tests.jobs.chaos --faults 100 --seed 1``.

Without ``--database`` a PostgreSQL of its own is started, so that it can be crashed as well; with
``--database sqlite`` one process works on a file. One line per fault, a verdict at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.jobs.fleet import FINAL, Child, Fleet, fleet_on, wait_for
from tests.jobs.server import Link, Server, running_server

PARTS = 5


class Chaos:
    """Two workers (one on SQLite), some jobs, and something bad."""

    def __init__(self, fleet: Fleet, server: Server | None, seed: int) -> None:
        self.fleet = fleet
        self.server = server
        self.random = random.Random(seed)
        self.jobs: list[str] = []
        self.cancelled: set[str] = set()
        self.links: dict[int, Link] = {}
        self.faults: dict[str, Callable[[], None]] = {
            "kill": self.kill,
            "kill all": self.kill_all,
            "end in order": self.end,
            "cancel": self.cancel,
            "submit twice": self.twice,
        }
        if not fleet.is_sqlite:
            self.faults |= {"kill owner": self.kill_owner, "freeze": self.freeze}
            self.faults["stalled link"] = self.stall
        if server is not None:
            self.faults["database crash"] = self.crash

    def man(self) -> None:
        """See to it that enough processes live and enough jobs are at work."""
        for _ in range(len(self.fleet.alive()), 1 if self.fleet.is_sqlite else 2):
            self.spawn()
        while len(self.unfinished()) < 2:
            name = f"job{len(self.jobs)}"
            self.jobs.append(name)
            if self.random.random() < 0.6:
                self.fleet.submit("split", name, parts=PARTS, seconds=self.random.uniform(0, 0.4))
            else:
                self.fleet.submit("search", name, target=20, seconds=0.05)

    def spawn(self) -> None:
        if self.fleet.is_sqlite:
            self.fleet.spawn(attempts=1000)
            return
        port = make_url(self.fleet.url).port
        assert port is not None
        link = Link(port)
        child = self.fleet.spawn(
            self.fleet.url.replace(f":{port}/", f":{link.port}/"), attempts=1000
        )
        self.links[child.pid] = link

    def unfinished(self) -> list[str]:
        return [name for name in self.jobs[-6:] if self.fleet.state(name) not in FINAL]

    def one(self) -> Child:
        return self.random.choice(self.fleet.alive())

    def kill(self) -> None:
        self.fleet.kill(self.one())

    def kill_owner(self) -> None:
        for name in self.unfinished():
            with contextlib.suppress(IndexError, StopIteration, ProcessLookupError):
                self.fleet.kill(self.fleet.owner(name))
                return
        self.kill()

    def kill_all(self) -> None:
        for process in self.fleet.alive():
            self.fleet.kill(process)

    def end(self) -> None:
        process = self.one()
        process.send_signal(signal.SIGTERM)
        process.wait(20)

    def freeze(self) -> None:
        process = self.one()
        self.fleet.freeze(process)
        time.sleep(self.random.uniform(0.2, 3.0))
        self.fleet.wake(process)

    def stall(self) -> None:
        link = self.links[self.one().pid]
        link.stall()
        time.sleep(self.random.uniform(0.2, 3.0))
        link.heal()

    def crash(self) -> None:
        assert self.server is not None
        self.server.stop()
        time.sleep(self.random.uniform(0.0, 1.5))
        self.server.start()
        wait_for(self.answers)

    def answers(self) -> bool:
        try:
            self.fleet.state(self.jobs[-1])
        except Exception:
            return False
        return True

    def cancel(self) -> None:
        for name in self.unfinished()[:1]:
            self.cancelled.add(name)
            self.fleet.client.cancel(name)

    def twice(self) -> None:
        name = self.random.choice(self.jobs)
        ref = self.fleet.ledger.put_blob(b"{}")
        with self.fleet.ledger.engine.begin() as connection:
            self.fleet.client.submit(connection, "split", name, ref)

    def run(self, faults: int) -> None:
        began = time.monotonic()
        names = list(self.faults)
        for number in range(1, faults + 1):
            self.man()
            time.sleep(self.random.uniform(0.0, 1.0))
            name = names[number - 1] if number <= len(names) else self.random.choice(names)
            with contextlib.suppress(ProcessLookupError):  # it fenced itself and ended meanwhile
                self.faults[name]()
            print(f"{time.monotonic() - began:7.1f} s  {number:4d}  {name}", flush=True)
        self.man()
        self.fleet.wait_final(*self.jobs, seconds=90)

    def verdict(self) -> list[str]:
        """Return what went wrong; nothing is what should come of it."""
        wrong = []
        for name in self.jobs:
            try:
                job = self.fleet.ledger.job(name)
                if name in self.cancelled:
                    assert job.state in ("done", "stopped"), job
                    continue
                assert job.state == "done", job
                if self.fleet.events("START", name=f"{name}/0"):
                    self.fleet.check_split(name, PARTS)
                else:
                    assert self.fleet.result(name) == 20
                    self.fleet.check_no_overlap(name)
            except AssertionError as error:
                wrong.append(f"{name}: {error}")
        self.fleet.check_nothing_left()
        return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="address of an empty database, or 'sqlite'")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobs-chaos-")))
        server = None
        url = options.database
        if url == "sqlite":
            url = f"sqlite:///{folder / 'jobs.db'}"
        elif url is None:
            server = stack.enter_context(running_server())
            url = server.new_database()
        fleet = stack.enter_context(fleet_on(url, folder))
        chaos = Chaos(fleet, server, options.seed)
        try:
            chaos.run(options.faults)
        except AssertionError:
            print((folder / "stderr").read_text()[-10_000:])
            raise
        wrong = chaos.verdict()
        for text in wrong:
            print(f"WRONG {text}")
        print(
            f"{options.faults} faults, {len(chaos.jobs)} jobs ({len(chaos.cancelled)} cancelled), "
            f"{len(fleet.processes)} processes: {'FAILED' if wrong else 'nothing lost'}"
        )
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
