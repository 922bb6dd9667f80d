"""Keep the engine's log readable: one line per event, no tracebacks, no flood in an outage."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["QuietFilter", "quieten"]

_EXPECTED = (
    "is no longer owned by this execution",
    "was cancelled during execution",
    "has been cancelled",
    "outcome was not recorded",
)


class QuietFilter(logging.Filter):
    """Shorten records to their first line and let the same one through once in a while.

    What belongs to an orderly stop or a takeover is dropped.

    Parameters
    ----------
    pause_seconds : float
        The same kind of message is shown again after so long.
    """

    def __init__(
        self, pause_seconds: float = 60.0, *, steady: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._pause = pause_seconds
        self._steady = steady
        self._lock = threading.Lock()
        self._shown: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show a record; it is shortened in place."""
        text = record.getMessage()
        if any(phrase in text for phrase in _EXPECTED):
            return False
        first = text.split("\n", 1)[0]
        kind = first[:48]
        now = self._steady()
        with self._lock:
            shown = self._shown.get(kind)
            if shown is not None and now - shown < self._pause:
                return False
            if len(self._shown) > 1000:
                self._shown.clear()
            self._shown[kind] = now
        record.msg, record.args = first[:300], ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def quieten(logger: logging.Logger) -> None:
    """Give a library's logger one quiet filter and let its records go where ours go."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())
    logger.propagate = True
    logger.setLevel(logging.WARNING)
    if not any(isinstance(each, QuietFilter) for each in logger.filters):
        logger.addFilter(QuietFilter())
