"""Threads that look after something as long as the engine runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["Repeater"]

log = logging.getLogger(__name__)


class Repeater:
    """A thread that does something again and again, whatever happens to it.

    Parameters
    ----------
    name : str
        Of the thread and in the log.
    seconds : float
        Pause between two rounds.
    action : callable
        What to do; an exception is logged when it is new and otherwise passed over.
    """

    def __init__(self, name: str, seconds: float, action: Callable[[], object]) -> None:
        self._name = name
        self._seconds = seconds
        self._action = action
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first round is at once."""
        self._thread.start()

    def stop(self, wait_seconds: float = 5.0) -> None:
        """End after the round that is going on, and wait for that so long."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(wait_seconds)

    def _loop(self) -> None:
        failing = ""
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                self._action()
                if failing:
                    log.info("%s works again", self._name)
                failing = ""
            except Exception as error:
                if failing != type(error).__name__:
                    failing = type(error).__name__
                    log.warning("%s failed and will try again: %s", self._name, failing)
            self._ended.wait(max(0.01, self._seconds - (time.monotonic() - began)))
