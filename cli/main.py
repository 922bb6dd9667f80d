"""The command ``helio`` (long name ``heliotrope``).

Only this file is imported before `main` stands guard, so that neither a defect nor an impatient
Ctrl-C ever shows a traceback.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

__all__ = ["main"]

_WRONG_INPUT = 2
_INTERRUPTED = 130
_DISK_IS_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))


def main() -> NoReturn:
    """Run ``helio`` and leave with its exit code; see ``cli.errors.Exit``."""
    _open_streams()
    try:
        code = _run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(_flushed(code))


def _open_streams() -> None:
    """Give output somewhere to go where the shell has closed a stream (``>&-``)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _run() -> int:
    if os.environ.get("TERM") == "dumb":  # help and usage errors without boxes
        os.environ.setdefault("TYPER_USE_RICH", "0")
    from cli.application import app
    from cli.errors import Exit, show_defect, show_faults
    from cli.screen import Screen
    from scheduler.errors import InputError, InternalError, SchedulerError

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app(prog_name="helio")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.FINE
    except BrokenPipeError:
        return Exit.FINE
    except InputError as error:
        show_faults(Screen(), error)
        return Exit.WRONG_INPUT
    except Exception as error:
        if isinstance(error, SchedulerError) and not isinstance(error, InternalError):
            Screen().note(str(error), style="red")
            return Exit.WRONG_INPUT
        if isinstance(error, OSError) and error.errno in _DISK_IS_FULL:
            _tell_unwritten(error)
            return Exit.WRONG_INPUT
        show_defect(Screen(), error)
        return Exit.DEFECT
    return Exit.FINE


def _flushed(code: int) -> int:
    """Flush standard output; a reader that has gone away is no error, a full disk is."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError) or code:
            return code
        _tell_unwritten(error)
        return _WRONG_INPUT
    return code


def _tell_unwritten(error: OSError) -> None:
    with suppress(OSError):
        sys.stderr.write(f"Standard output cannot be written to: {error.strerror}.\n")


if __name__ == "__main__":
    main()
