"""What a server does besides answering: duties done again and again in threads of their own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Duty", "Tender"]

_LONGEST_PAUSE_SECONDS = 3600.0
_log = logging.getLogger("heliotrope.tending")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so often.

    Parameters
    ----------
    name : str
        In the log and of the thread.
    pause_seconds : float
        From the end of one round to the begin of the next, above 0.
    action : callable
        One round. It may take long, but ends soon once the `stopping` event it is given is set.
    first_after_seconds : float
        When the first round begins.
    """

    name: str
    pause_seconds: float
    action: Callable[[threading.Event], object]
    first_after_seconds: float = 0.0


class Tender:
    """Does duties until it is stopped, whatever happens to them.

    A duty that fails is tried again after a pause that doubles each time, up to a minute, for rare
    duties up to an hour; one line in the log says so, without what failed.

    Parameters
    ----------
    duties : iterable of Duty
        Each gets a thread, so that none waits for another.
    """

    def __init__(self, duties: Iterable[Duty]) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._tend, args=(duty,), name=duty.name, daemon=True)
            for duty in duties
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, wait_seconds: float = 5.0) -> None:
        """End, and wait so long for rounds that go on; what they have not noted is done again."""
        self._stopping.set()
        until = time.monotonic() + wait_seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _tend(self, duty: Duty) -> None:
        pause, failures = duty.first_after_seconds, 0
        while not self._stopping.wait(pause):
            try:
                duty.action(self._stopping)
            except Exception as error:
                failures += 1
                pause = _pause_after(failures, duty.pause_seconds)
                _log.warning(
                    "%s failed and is tried again in %.0f s: %s",
                    duty.name,
                    pause,
                    type(error).__name__,
                )
            else:
                if failures:
                    _log.info("%s works again", duty.name)
                pause, failures = duty.pause_seconds, 0


def _pause_after(failures: int, usual_seconds: float) -> float:
    """Return how many seconds to wait after so many failures (at least 1)."""
    first = min(usual_seconds, 2.0)
    longest = _LONGEST_PAUSE_SECONDS if usual_seconds >= _LONGEST_PAUSE_SECONDS else 60.0
    return float(min(first * 2.0 ** min(failures, 30), longest))
