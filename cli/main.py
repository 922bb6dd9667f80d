"""The command ``helio`` (long name ``heliotrope``).

Only this file is imported before `main` stands guard, so that neither a defect nor an impatient
Ctrl-C ever shows a traceback.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run ``helio`` and leave with its exit code; see ``cli.errors.Exit``."""
    try:
        code = _run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(_flushed(code))


def _run() -> int:
    from cli.application import app
    from cli.errors import Exit, show_defect, show_faults
    from cli.screen import Screen
    from scheduler.errors import InputError

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
        show_defect(Screen(), error)
        return Exit.DEFECT
    return Exit.FINE


def _flushed(code: int) -> int:
    """Flush standard output; a reader that has gone away is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    main()
