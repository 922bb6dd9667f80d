"""Exit codes, and how faults and defects are told to people."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum

from cli.screen import Screen
from cli.words import count
from scheduler.errors import Fault, InputError

__all__ = ["Exit", "debugging", "show_defect", "show_faults", "show_notices"]

_MOST_SHOWN = 200


class Exit(IntEnum):
    """What the command tells the shell; documented in ``docs/cli.md``."""

    FINE = 0
    FINDINGS = 1
    WRONG_INPUT = 2
    DEFECT = 70
    INTERRUPTED = 130


def show_faults(screen: Screen, error: InputError) -> None:
    """Print each fault as a sentence on standard error, then how many there are."""
    for fault in error.faults[:_MOST_SHOWN]:
        screen.note(_sentence(str(fault)), style="red")
    hidden = len(error.faults) - _MOST_SHOWN
    if hidden > 0:
        screen.note(f"... and {hidden} more.", style="red")
    screen.note(f"{count(len(error.faults), 'fault')} found; nothing was changed.", style="bold")


def show_notices(screen: Screen, notices: Sequence[Fault]) -> None:
    """Print warnings on standard error."""
    for notice in notices[:_MOST_SHOWN]:
        screen.note(_sentence(f"note: {notice}"), style="yellow")
    if len(notices) > _MOST_SHOWN:
        screen.note(f"... and {len(notices) - _MOST_SHOWN} more notes.", style="yellow")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def debugging() -> bool:
    """Whether ``HELIOTROPE_DEBUG`` asks for tracebacks; wrong settings count as no."""
    if "HELIOTROPE_DEBUG" not in os.environ:
        return False
    from scheduler.app import compose

    try:
        return compose().settings.debug
    except InputError:
        return False


def show_defect(screen: Screen, error: BaseException) -> None:
    """Print one sentence about a defect of ours; the traceback only when asked for."""
    if debugging():
        traceback.print_exception(error, file=sys.stderr)
    what = " ".join(str(error).split())[:300]
    screen.note(f"Heliotrope failed: {type(error).__name__}: {what}", style="bold red")
    if not debugging():
        screen.note(
            "This is a defect of Heliotrope, not of your input. Run the same command with "
            "HELIOTROPE_DEBUG=1 for details and report them."
        )
