"""Run a solve in a thread while the main thread shows progress and listens for Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Generic, TypeVar

from rich.live import Live
from rich.text import Text

from cli.render_progress import State, panel, plain_line
from cli.screen import Screen, glyphs_for

__all__ = ["Interrupts", "LeftError", "run_shown"]

T = TypeVar("T")

_FRAME_SECONDS = 0.2
_LINE_SECONDS = 2.0


class LeftError(Exception):
    """Somebody did not wait for the end; the work goes on without this process."""


class Interrupts:
    """Counts Ctrl-C (and a polite kill) instead of letting it tear through the work.

    The first asks the search to stop; later ones change nothing here, so that the files of the best
    roster are always written. A solve on a server can be left by the second.

    Attributes
    ----------
    times : int
        How often it happened. A plain value, since a signal may come while a lock is held.
    """

    def __init__(self) -> None:
        self.times = 0

    @property
    def happened(self) -> bool:
        """Whether somebody asked to stop."""
        return self.times > 0

    @contextmanager
    def listening(self) -> Iterator[Interrupts]:
        """Catch the signals inside the block; restore what was there after it."""

        def note(_number: int, _frame: FrameType | None) -> None:
            self.times += 1

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, note) for number in numbers]
        try:
            yield self
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


class _Work(threading.Thread, Generic[T]):
    """A thread that keeps its result or its error."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__(name="solve", daemon=True)
        self._call = call
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Call, and keep what comes of it."""
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._error = error

    def outcome(self) -> T:
        """Return the result, or raise the error here; LeftError while there is neither."""
        if self.is_alive():
            raise LeftError
        if self._error is not None:
            raise self._error
        return self._result[0]


def run_shown(
    call: Callable[[Callable[[State], None]], T],
    *,
    screen: Screen,
    interrupts: Interrupts,
    name: str,
    currency: str,
    limit_seconds: float,
    quiet: bool,
    leave: Callable[[], bool] = lambda: False,
) -> T:
    """Return ``call(on_progress)``, run in a thread, its progress shown on standard error.

    Parameters
    ----------
    call : callable
        Takes the function to tell progress to; asks `interrupts` itself whether to stop.
    quiet : bool
        Show nothing.
    leave : callable
        Whether to go without waiting for the end.

    Raises
    ------
    LeftError
        When `leave` says so.
    """
    latest: list[tuple[State, float]] = []

    def on_progress(state: State) -> None:
        latest[:] = [(state, time.monotonic())]

    def now() -> tuple[State | None, float]:
        """Return the latest state, and its running time carried on to this moment."""
        moment = time.monotonic()
        if not latest:
            return None, moment - began
        state, told_at = latest[0]
        return state, state.elapsed_seconds + moment - told_at

    work = _Work(lambda: call(on_progress))
    began = time.monotonic()
    work.start()
    console = screen.err

    def draw() -> Text:
        state, elapsed_seconds = now()
        return panel(
            state,
            name=name,
            elapsed_seconds=elapsed_seconds,
            limit_seconds=limit_seconds,
            currency=currency,
            stopping=interrupts.happened,
            width=console.width,
            glyphs=glyphs_for(console.encoding, None),
        )

    if console.is_terminal and not console.is_dumb_terminal and not quiet:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            while work.is_alive() and not leave():
                live.update(draw(), refresh=True)
                work.join(_FRAME_SECONDS)
        return work.outcome()
    shown_at = began
    while work.is_alive() and not leave():
        work.join(_FRAME_SECONDS)
        if not quiet and time.monotonic() - shown_at >= _LINE_SECONDS:
            shown_at = time.monotonic()
            state, elapsed_seconds = now()
            line = plain_line(
                state,
                elapsed_seconds=elapsed_seconds,
                limit_seconds=limit_seconds,
                currency=currency,
            )
            screen.note(line)
    return work.outcome()
