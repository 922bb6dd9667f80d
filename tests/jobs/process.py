"""A process that runs jobs, for tests that kill it: ``python -m tests.jobs.process --url ...``.

Each handler appends lines ``EVENT id pid attempt seconds`` to a file; the seconds are those of the
machine's steady clock, which all processes share.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
import time
from pathlib import Path

from scheduler.jobs import durable
from scheduler.jobs.durable import DurableEngine
from scheduler.jobs.engine import EngineRole, Handler, Handlers, JobContext, StopReason
from scheduler.jobs.liveness import LivenessSettings
from tests.jobs.ledger import SqlLedger

_begun = threading.local()


def noted(path: Path, handler: Handler) -> Handler:
    """Have it written down as well when a handler ends by an error."""

    def run(view: JobContext, ref: str) -> str:
        _begun.name = None
        try:
            return handler(view, ref)
        except Exception:
            if _begun.name is not None:
                note(path, "RAISED", _begun.name, view.attempt)
            raise

    return run


def note(path: Path, event: str, name: str, attempt: int) -> None:
    _begun.name = name
    line = f"{event} {name} {os.getpid()} {attempt} {time.monotonic():.4f}\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def handlers_of(ledger: SqlLedger, path: Path) -> Handlers:
    """Kinds of work: what they are to do is JSON in a blob."""

    def wait(view: JobContext, seconds: float) -> StopReason | None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            reason = view.should_stop()
            if reason is not None:
                return reason
            time.sleep(0.01)
        return None

    def part(view: JobContext, ref: str) -> str:
        order = json.loads(ledger.get_blob(ref))
        name = f"{view.job_id}/{order['number']}"
        note(path, "START", name, view.attempt)
        if order.get("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        reason = wait(view, order["seconds"])
        note(path, "LOST" if reason is StopReason.LOST else "END", name, view.attempt)
        return ledger.put_blob(json.dumps(order["number"] ** 2).encode())

    def split(view: JobContext, ref: str) -> str:
        order = json.loads(ledger.get_blob(ref))
        note(path, "START", view.job_id, view.attempt)
        parts = [
            ledger.put_blob(json.dumps({**order, "number": number, "job": view.job_id}).encode())
            for number in range(order["parts"])
        ]
        squares = 0
        for index, result in view.map("part", parts, per_worker=order.get("per_worker", 1)):
            squares += json.loads(ledger.get_blob(result))
            view.progress(float(index), squares, None, "parts")
        if view.should_stop() is StopReason.LOST:
            note(path, "LOST", view.job_id, view.attempt)
            return ""
        note(path, "MERGED", view.job_id, view.attempt)
        return ledger.put_blob(json.dumps(squares).encode())

    def search(view: JobContext, ref: str) -> str:
        """Count up from the incumbent to the target, slowly."""
        order = json.loads(ledger.get_blob(ref))
        note(path, "START", view.job_id, view.attempt)
        kept = view.load_incumbent()
        count = 0 if kept is None else int(kept)
        while count < order["target"]:
            reason = wait(view, order["seconds"])
            if reason is StopReason.LOST:
                note(path, "LOST", view.job_id, view.attempt)
                return ""
            if reason is StopReason.CANCELLED:
                break
            count += 1
            view.save_incumbent(str(count).encode())
        note(path, "MERGED", view.job_id, view.attempt)
        return ledger.put_blob(json.dumps(count).encode())

    def poison(view: JobContext, ref: str) -> str:
        note(path, "START", view.job_id, view.attempt)
        os.kill(os.getpid(), signal.SIGKILL)
        return ref

    def deaf(view: JobContext, ref: str) -> str:
        note(path, "START", view.job_id, view.attempt)
        if view.attempt == 1:
            time.sleep(60)
        note(path, "MERGED", view.job_id, view.attempt)
        return ref

    kinds = {"part": part, "split": split, "search": search, "poison": poison, "deaf": deaf}
    return {kind: noted(path, handler) for kind, handler in kinds.items()}


def child(arguments: list[str], errors: str) -> None:
    """Be a process of its own: what it says goes to a file."""
    handle = os.open(errors, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(handle, 2)
    main(arguments)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--log", required=True, type=Path)
    parser.add_argument("--role", default="worker", type=EngineRole)
    parser.add_argument("--slots", default=1, type=int)
    parser.add_argument("--beat", default=0.2, type=float)
    parser.add_argument("--fence", default=1.0, type=float)
    parser.add_argument("--dead", default=2.0, type=float)
    parser.add_argument("--attempts", default=4, type=int)
    parser.add_argument("--version", default=durable.APPLICATION_VERSION)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    durable.APPLICATION_VERSION = options.version
    ledger = SqlLedger(options.url)
    engine = DurableEngine(
        options.url,
        ledger,
        handlers_of(ledger, options.log),
        slots=options.slots,
        liveness=LivenessSettings(options.beat, options.fence, options.dead),
        poll_seconds=0.1,
        max_attempts=options.attempts,
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    engine.start(options.role)
    note(options.log, "UP", engine.executor_id, 0)
    ended.wait()
    engine.stop(0.2)
    note(options.log, "DOWN", engine.executor_id, 0)


if __name__ == "__main__":
    main()
