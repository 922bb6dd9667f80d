"""How a long-running command ends: in order at the first signal, at once at the second."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from cli.errors import Exit

__all__ = ["Stopping", "leave"]

_AT_MOST_SECONDS = 12.0


class Stopping:
    """Listens for Ctrl-C and a polite kill from now on.

    The first asks to end in order; should that take more than 12 seconds, the process ends anyway.
    The second ends it at once. Either way no job is lost: what was running is taken up again.

    Attributes
    ----------
    is_asked : bool
        Whether to end. A plain value, since a signal may come while a lock is held.
    on_stop : callable
        Called by the first signal.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.on_stop: Callable[[], None] = lambda: None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_asked:
            os._exit(Exit.INTERRUPTED)
        self.is_asked = True
        overdue = threading.Timer(_AT_MOST_SECONDS, os._exit, (int(Exit.FINE),))
        overdue.daemon = True
        overdue.start()
        self.on_stop()


def leave(code: int) -> NoReturn:
    """End this process now, though threads that are not daemons may still be at work.

    Python would wait for those of a thread pool: for a solver that does not stop, or for a caller
    who does not read. Everything that must be kept is in the database by now.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    mine = threading.current_thread()
    if any(not thread.daemon for thread in threading.enumerate() if thread is not mine):
        os._exit(code)
    sys.exit(code)
