"""Logs of a server: one line per event, JSON or a sentence, with nobody's name in them.

A line holds ids, numbers and words of ours. What people typed never gets here: no names, free
text, query strings, tokens or paths (the path of a calendar is a secret). Of an error its kind and
where it happened are told, not its message, which may quote a row.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.jobs.engine import Handler, Handlers, JobContext

__all__ = ["FIELDS", "JsonLines", "Sentences", "logged", "set_up_logs"]

FIELDS = (
    "request_id", "operation", "status", "ms", "principal_id", "job_id", "kind", "attempt", "ended",
)  # fmt: skip
"""What a record may carry besides its message; whatever else it has is left out."""

_OURS = ("heliotrope", "scheduler", "api", "cli")
_MOST_FRAMES = 20
_MOST_CHARACTERS = 2000
_log = logging.getLogger("heliotrope.jobs")


def set_up_logs(*, as_json: bool, debug: bool = False, stream: IO[str] | None = None) -> None:
    """Send the logs of this process to standard error, in one form, and nowhere else.

    Parameters
    ----------
    as_json : bool
        One JSON object a line; else sentences.
    debug : bool
        With the messages and tracebacks of errors: these may quote what people typed.
    stream : text stream, optional
        Instead of standard error.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(debug=debug) if as_json else Sentences(debug=debug))
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record tells an administrator something: callers cut off at a stop are no error."""
    kind = record.exc_info[0] if record.exc_info else None
    cut = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not cut and not str(record.msg).startswith("Cancel %s running task")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object on one line.

    Parameters
    ----------
    debug : bool
        As of `set_up_logs`.
    """

    def __init__(self, *, debug: bool = False) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": _instant(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **_fields(record),
            **_error(record, debug=self._debug),
        }
        return json.dumps(line, default=str)


class Sentences(logging.Formatter):
    """Formats a record as a sentence with the time in front; parameters as of `JsonLines`."""

    def __init__(self, *, debug: bool = False) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = ", ".join(f"{name} {value}" for name, value in _fields(record).items())
        error = _error(record, debug=self._debug)
        parts = [f"{_instant(record):%Y-%m-%d %H:%M:%S}Z"]
        if record.levelno >= logging.WARNING:
            parts.append(record.levelname.lower() + ":")
        parts.append(" ".join(_message(record).split()))
        if told:
            parts.append(f"({told})")
        if error:
            parts.append(f"{error['error']} at {' < '.join(reversed(error['frames'][-3:]))}")
        text = " ".join(parts)
        return f"{text}\n{error['traceback']}" if "traceback" in error else text


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()[:_MOST_CHARACTERS]
    except (TypeError, ValueError):  # a library's format and arguments do not fit
        return str(record.msg)[:_MOST_CHARACTERS]


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    found = {name: getattr(record, name, None) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def _error(record: logging.LogRecord, *, debug: bool) -> dict[str, Any]:
    """Return kind and places of the error that a record is about, without its message."""
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    told: dict[str, Any] = {
        "error": kind.__name__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if debug:
        told["traceback"] = "".join(traceback.format_exception(kind, error, trace))
    return told


def logged(handlers: Handlers) -> Handlers:
    """Return handlers of jobs that tell the log when they begin and how they end."""
    return {kind: _logged(kind, handler) for kind, handler in handlers.items()}


def _logged(kind: str, handler: Handler) -> Handler:
    def told(ctx: JobContext, ref: str) -> str:
        fields = {"job_id": ctx.job_id, "kind": kind, "attempt": ctx.attempt}
        _log.info("%s begins", kind, extra=fields)
        began = time.perf_counter()
        ended = "failed"
        try:
            result = handler(ctx, ref)
            reason = ctx.should_stop()
            ended = "done" if reason is None else reason.value
            return result
        finally:
            ms = round((time.perf_counter() - began) * 1000)
            _log.info("%s ends", kind, extra={**fields, "ended": ended, "ms": ms})

    return told
