"""Time, memory and progress of a measured solve."""

from __future__ import annotations

import os
import platform
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from solver.result import Progress

__all__ = ["Meter", "cpu_seconds", "machine", "peak_mb"]

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # fields after the name in /proc/PID/stat
_COMPILED_SECONDS = 3.0


def cpu_seconds() -> float:
    """Return the CPU time of this process and its children, running ones included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_cpu, _children()))


def _children() -> Iterator[int]:
    """Yield the running children of this process, where the system lists them."""
    for listing in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, listing.read_text(encoding="ascii").split())


def _cpu(process: int) -> float:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS


def peak_mb() -> float:
    """Return the peak memory of this process or of its largest ended child, in megabytes."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(each).ru_maxrss for each in who)
    return round(peak / (1024 if sys.platform != "darwin" else 1024**2), 1)


def machine() -> str:
    """Return cores, Python and versions, for the head of a table."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("ortools", "numba", "numpy"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


class Meter:
    """Watches a solve: when to stop, when the first roster was there, what to tell people.

    Parameters
    ----------
    cpu_limit_seconds : float or None
        CPU time after which `should_stop` says so; counted from the process's start.
    quiet : bool
        Tell nothing on standard error.
    """

    def __init__(self, cpu_limit_seconds: float | None = None, *, quiet: bool = False) -> None:
        self.cpu_limit_seconds = cpu_limit_seconds
        self.quiet = quiet
        self.first_roster_seconds: float | None = None
        self.out_of_cpu = False
        self.interrupted = False
        self.warm_up_seconds = 0.0
        self._warm_up_wall = 0.0
        self._started = time.monotonic()
        self._told = 0.0

    @property
    def wall_seconds(self) -> float:
        """Wall time since the meter was made, without compiling kernels."""
        return time.monotonic() - self._started - self._warm_up_wall

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the process so far, without compiling kernels for the first time."""
        return cpu_seconds() - self.warm_up_seconds

    def warm_up(self) -> None:
        """Load the compiled kernels; compiling them, once for an installation, is not measured."""
        from solver.warm import warm_up

        before = cpu_seconds()
        wall = warm_up()
        if wall > _COMPILED_SECONDS:
            self._warm_up_wall = wall
            self.warm_up_seconds = cpu_seconds() - before
            self.tell(f"kernels compiled in {self.warm_up_seconds:.0f} s")

    def should_stop(self) -> bool:
        """Whether the CPU time is used up or somebody asked to stop."""
        if self.cpu_limit_seconds is not None and self.cpu_seconds >= self.cpu_limit_seconds:
            self.out_of_cpu = True
        return self.out_of_cpu or self.interrupted

    def on_progress(self, progress: Progress) -> None:
        """Remember the first roster; tell how it stands, at most once a second."""
        if progress.cost_cents is not None and self.first_roster_seconds is None:
            self.first_roster_seconds = round(progress.elapsed_seconds, 3)
        if time.monotonic() - self._told >= 1.0:
            self._told = time.monotonic()
            cost, bound, gap = progress.cost_cents, progress.bound_cents, progress.gap
            text = f"{progress.elapsed_seconds:7.1f} s  {progress.phase:<10.10}"
            text += f"  cost {cost:,}" if cost is not None else ""
            text += f"  bound {bound:,}" if bound is not None else ""
            self.tell(text + (f"  gap {100 * gap:.2f} %" if gap is not None else ""))

    def tell(self, text: str) -> None:
        """Print a line on standard error."""
        if not self.quiet:
            sys.stderr.write(f"{text[:80]}\n")
            sys.stderr.flush()

    @contextmanager
    def stops_on_signal(self) -> Iterator[None]:
        """Make the first Ctrl-C or SIGTERM end the search with the best so far."""
        signals = (signal.SIGINT, signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _frame: FrameType | None) -> None:
            self.interrupted = True
            signal.signal(number, signal.SIG_DFL)

        before = [signal.signal(number, stop) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)
