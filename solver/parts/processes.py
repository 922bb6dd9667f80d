"""Processes on this machine that do parts of the search."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from solver.parts.bench import run_part
from solver.parts.team import RunMany
from solver.warm import warm_up

__all__ = ["local_processes"]


@contextmanager
def local_processes(count: int) -> Iterator[RunMany]:
    """Start processes on this machine that do parts of one search after the other.

    They are new ones (start method "spawn"): a script that calls this keeps its own work under
    ``if __name__ == "__main__":``. They write nothing, leave Ctrl-C to this process, and end with
    the context or with this process, whatever ends it.

    Parameters
    ----------
    count : int
        Number of processes.

    Yields
    ------
    RunMany
        For `solver.solve`.

    Example
    -------
    >>> with local_processes(4) as run_many:
    ...     result = solve(problem, params, run_many=run_many)
    """
    if not 1 <= count <= 256:
        raise ValueError("count must be 1 to 256")
    warm_up()  # compiled once here, read from disk by all others
    processes = _Processes(count)
    try:
        yield RunMany(processes.call, count)
    finally:
        processes.close()


class _Processes:
    """A pool that is started anew after one of its processes was lost."""

    def __init__(self, count: int) -> None:
        self._count, self._closed, self._lock = count, False, threading.Lock()
        self._start()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._reader, self._line = spawn.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self._count, mp_context=spawn, initializer=_begin, initargs=(self._reader,)
        )
        for _ in range(self._count):  # each starts one more
            self._pool.submit(os.getpid)

    def call(self, messages: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the answers in order, an empty one for each part that failed."""
        pool, futures, lost = self._pool, list[Future[bytes]](), False
        try:
            futures += [pool.submit(run_part, message) for message in messages]
            for future in futures:
                error = future.exception()
                lost = lost or isinstance(error, BrokenProcessPool)
                yield b"" if error is not None else future.result()
        except (BrokenProcessPool, RuntimeError):  # the latter once it is closed
            lost = True
        finally:
            for future in futures:
                future.cancel()
            if lost:
                self._restart(pool)

    def _restart(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if pool is self._pool and not self._closed:
                self._end()
                self._start()

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        with suppress(OSError):
            self._line.send_bytes(b".")
        self._line.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._reader.close()


def _begin(line: Connection) -> None:
    """Make a new process ready: it ends when the line is closed or says anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    warm_up()


def _end_with(line: Connection) -> None:
    with suppress(OSError):
        line.poll(None)
    os._exit(0)
