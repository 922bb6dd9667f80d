"""Agents reading their shifts all at once, against a route that does nothing, in one run.

The server is the real one (``serve`` on a SQLite file of its own); the other is a FastAPI
application with one route, in a process of its own with the same settings of uvicorn. ``wrk`` asks
both in turn, with the same headers: many agents' tokens in rotation.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Meter
from benchmarks.runs import Row
from benchmarks.world import ZONES
from scheduler.clock import fixed_clock, system_clock
from scheduler.domain import Activity, Break, Horizon, Shift, WallTime
from scheduler.domain.access import Principal, Role, TokenKind
from scheduler.domain.period import Period
from scheduler.timegrid.readings import Repeated, Skipped
from scheduler.timegrid.zones import local_of, utc_of

__all__ = ["Load", "MissingError", "Told", "run_service_load", "serve_empty", "told"]

PROJECT = Path(__file__).resolve().parents[1]
_FIRST = date(2027, 3, 8)  # Amsterdam and Sydney change their clocks within four weeks
_STARTS = (7 * 60, 9 * 60, 11 * 60 + 30, 14 * 60)
_SHIFT, _HALF, _BREAK = (timedelta(minutes=minutes) for minutes in (510, 240, 30))
_WARM_UP_SECONDS = 2
_START_SECONDS = 60.0

_SCRIPT = """
local requests, at = {}, 0
init = function(args)
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", args[2], {Authorization = "Bearer " .. line})
  end
  at = math.random(#requests) - 1
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "bytes": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
end
"""


class MissingError(Exception):
    """A program that the measurement needs is not installed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured.

    Parameters
    ----------
    agents, days : int
        Published shifts in the database: five days a week of everybody.
    connections : int
        That ask at a time.
    rounds : int
        Bursts each way, in turn.
    seconds : int
        Length of a burst.
    """

    agents: int = 1200
    days: int = 28
    connections: int = 16
    rounds: int = 5
    seconds: int = 4


@dataclass(frozen=True, slots=True)
class Told:
    """What ``wrk`` says of one burst; the times are those of an answer.

    Parameters
    ----------
    failed : int
        Answers that were errors, or did not come.
    cpu_ms : float
        The server's CPU time by answer.
    """

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    bytes_each: float
    failed: int
    cpu_ms: float = 0.0


def run_service_load(load: Load, scratch: Path, meter: Meter) -> Row:
    """Measure the route of an agent's own shifts against an empty one.

    Parameters
    ----------
    scratch : Path
        An empty folder for the database.

    Raises
    ------
    MissingError
        If ``wrk`` is not installed.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise MissingError("wrk is not installed: apt-get install wrk")
    began = time.monotonic()
    tokens, per_agent = _fill(scratch, load)
    meter.tell(f"{load.agents} agents' shifts stored in {time.monotonic() - began:.1f} s")
    script, names = scratch / "load.lua", scratch / "tokens"
    script.write_text(_SCRIPT, encoding="ascii")
    names.write_text("\n".join(tokens) + "\n", encoding="ascii")
    until = _FIRST + timedelta(days=load.days + 1)
    path = f"/v1/me/shifts?from={_FIRST}T00:00Z&until={until}T00:00Z"
    bursts: dict[str, list[Told]] = {"empty": [], "shifts": []}
    with (
        _served(_empty_command, "/", "/", scratch) as empty,
        _served(_real_command, path, "/health", scratch) as real,
    ):
        _check_answer(real, tokens[0], per_agent)
        for server in (empty, real):
            _burst(wrk, server, script, names, load.connections, _WARM_UP_SECONDS)
        for _ in range(load.rounds):
            for (name, found), server in zip(bursts.items(), (empty, real), strict=True):
                one = _burst(wrk, server, script, names, load.connections, load.seconds)
                found.append(one)
                meter.tell(
                    f"{name:<8}{one.requests_per_second:>8,.0f} requests a second,"
                    f" p99 {one.p99_ms:.1f} ms, {one.cpu_ms:.3f} ms of CPU each"
                )
    return _row(load, per_agent, bursts["empty"], bursts["shifts"])


def _row(load: Load, per_agent: int, empty: Sequence[Told], shifts: Sequence[Told]) -> Row:
    pairs = tuple(zip(empty, shifts, strict=True))
    each = {"empty": empty, "shifts": shifts}
    row: Row = {
        "agents": load.agents,
        "days": load.days,
        "shifts_each": per_agent,
        "connections": load.connections,
        "bursts": f"{load.rounds} x {load.seconds} s",
        "bytes_each": round(statistics.median(one.bytes_each for one in shifts)),
    }
    for name, found in each.items():
        row |= {
            f"{name}_requests_per_second": _median(one.requests_per_second for one in found),
            f"{name}_p50_ms": _median(one.p50_ms for one in found),
            f"{name}_p99_ms": _median(one.p99_ms for one in found),
            f"{name}_cpu_ms": _median(one.cpu_ms for one in found),
        }
    return row | {
        "rate_by_empty": _median(b.requests_per_second / a.requests_per_second for a, b in pairs),
        "p99_by_empty": _median(b.p99_ms / a.p99_ms for a, b in pairs),
        "failed": sum(one.failed for one in (*empty, *shifts)),
    }


def _median(values: Iterator[float]) -> float:
    return round(statistics.median(values), 3)


# ---- what is in the database


def _fill(folder: Path, load: Load) -> tuple[list[str], int]:
    """Store a published roster and one it superseded; return a token per agent, and the shifts."""
    from scheduler.access.tokens import new_token
    from scheduler.store import RosterFigures, open_store

    clock = fixed_clock(datetime(2027, 3, 1, tzinfo=UTC))
    store = open_store(f"sqlite:///{folder / 'heliotrope.db'}", clock=clock)
    store.migrate()
    horizon = Horizon(_FIRST, _FIRST + timedelta(days=load.days), ZONES[0])
    own = {agent: tuple(_shifts(agent, load.days)) for agent in range(load.agents)}
    shifts = sorted(
        (shift for each in own.values() for shift in each), key=lambda s: (s.start, s.agent_id)
    )
    tokens = []
    with store.writing(by="benchmark") as unit:
        unit.periods.add(Period("period", "Measured", horizon, "{}", (), ()))
        for number in range(2):
            figures = RosterFigures(f"{number:064d}", 1, 1, 0)
            kept = unit.rosters.add("period", b"{}", shifts, figures)
            unit.rosters.publish(kept.roster_id, kept.version, "benchmark")
        for agent in range(load.agents):
            principal = Principal(f"p{agent}", f"n{agent}", Role.AGENT, f"a{agent}")
            unit.principals.add(principal)
            text, token = new_token(
                TokenKind.PERSONAL, principal_id=principal.principal_id, clock=system_clock
            )
            unit.tokens.add(
                token.token_id, token.secret_sha256, principal.principal_id, TokenKind.PERSONAL
            )
            tokens.append(text)
    store.close()
    return tokens, len(own[0])


def _shifts(agent: int, days: int) -> Iterator[Shift]:
    """Yield an agent's shifts: five days in seven, a break between two queues."""
    zone = ZONES[agent % len(ZONES)]
    for day in range(days):
        if (day + agent) % 7 >= 5:
            continue
        wall = WallTime(_FIRST + timedelta(days=day), _STARTS[(agent + day // 7) % len(_STARTS)])
        start = utc_of(wall, zone, skipped=Skipped.FORWARD, repeated=Repeated.FIRST)
        middle, end = start + _HALF, start + _SHIFT
        yield Shift(
            f"a{agent}",
            start,
            end,
            local_of(start, zone).wall,
            zone,
            0,
            480,
            (Break(middle, middle + _BREAK, paid=False),),
            (Activity("phone", start, middle), Activity("mail", middle + _BREAK, end)),
        )


# ---- the two servers


def serve_empty(port: int) -> None:
    """Serve an application with one empty route, with the settings of `cli.commands.server`."""
    import uvicorn
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def empty() -> dict[str, str]:
        """Answer at once."""
        return {"status": "ok"}

    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        server_header=False,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )


def _empty_command(port: int) -> list[str]:
    program = f"from benchmarks.service_load import serve_empty; serve_empty({port})"
    return [sys.executable, "-c", program]


def _real_command(port: int) -> list[str]:
    return [sys.executable, "-m", "cli.main", "serve", "--host", "127.0.0.1", "--port", str(port)]


@dataclass(frozen=True, slots=True)
class _Server:
    """A server that runs, and the answer that is measured."""

    process: subprocess.Popen[bytes]
    port: int
    path: str

    def cpu_seconds(self) -> float:
        """Return the CPU time it has used; 0 where the system does not tell."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _served(
    command: Callable[[int], list[str]], path: str, healthy: str, folder: Path
) -> Iterator[_Server]:
    """Run a server for the block."""
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        port: int = spare.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if "HELIOTROPE" not in name}
    log = folder / f"log-{port}"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command(port),
            cwd=PROJECT,
            env=kept | {"HELIOTROPE_DATA_DIR": str(folder)},
            stdout=stream,
            stderr=stream,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}{healthy}", process, log)
        yield _Server(process, port, path)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(encoding="utf-8", errors="replace").strip()[-200:]
                raise RuntimeError(f"the server did not start: {last}") from None
            time.sleep(0.05)


def _check_answer(server: _Server, token: str, per_agent: int) -> None:
    """Be sure that what is measured is the whole answer."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{server.port}{server.path}"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        found = len(json.load(answer)["shifts"])
    if found != per_agent:
        raise RuntimeError(f"{found} shifts came, not {per_agent}")


# ---- wrk


def _burst(
    wrk: str, server: _Server, script: Path, names: Path, connections: int, seconds: int
) -> Told:
    command = (
        wrk, "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
        "--timeout", "10s", "--script", str(script), f"http://127.0.0.1:{server.port}",
        "--", str(names), server.path,
    )  # fmt: skip
    before = server.cpu_seconds()
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"wrk failed: {done.stderr.strip()[-200:]}")
    one = told(done.stdout)
    used = server.cpu_seconds() - before
    return replace(one, cpu_ms=1000 * used / max(1.0, one.requests_per_second * seconds))


def told(output: str) -> Told:
    """Return what the script printed as the last line of the output of ``wrk``."""
    found = json.loads(output.strip().splitlines()[-1])
    requests = found["requests"]
    return Told(
        requests_per_second=requests / (found["microseconds"] / 1e6),
        p50_ms=found["p50"] / 1e3,
        p99_ms=found["p99"] / 1e3,
        bytes_each=found["bytes"] / max(1, requests),
        failed=found["failed"],
    )
