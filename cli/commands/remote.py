"""Solving on a server from the command line: the same progress, files and figures."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import Exit, show_notices
from cli.render_progress import State
from cli.running import Interrupts, LeftError, run_shown
from cli.screen import Screen

if TYPE_CHECKING:
    from scheduler.domain.job import JobParams
    from scheduler.usecases.remote_solve import RemoteSolve, Sending

__all__ = ["read_token", "solve_there"]

_TOKEN = "HELIOTROPE_TOKEN"
_LONGEST_TOKEN = 1000


def read_token(file: Path | None) -> str:
    """Return the token in a file, or in the environment; it never stands on the command line.

    Raises
    ------
    InputError
        If there is none, or the file cannot be read; what is in it is not shown.
    """
    from scheduler.errors import Fault, InputError

    expected = "a token, in a file given by --token-file or in HELIOTROPE_TOKEN"
    if file is None:
        text = os.environ.get(_TOKEN, "")
        if not text.strip():
            raise InputError((Fault("no_token", "--server", expected),))
        return text.strip()
    try:
        with file.open("rb") as stream:
            found = stream.read(_LONGEST_TOKEN).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError):
        raise InputError((Fault("no_token", str(file), "a file that holds a token"),)) from None
    if not found:
        raise InputError((Fault("no_token", str(file), "a file that holds a token"),))
    return found


def solve_there(
    address: str,
    token: str,
    sending: Sending,
    params: JobParams,
    *,
    screen: Screen,
    interrupts: Interrupts,
    quiet: bool,
) -> RemoteSolve:
    """Solve on a server with its progress shown here; the second Ctrl-C leaves it to itself.

    Raises
    ------
    RemoteError
        As of `scheduler.usecases.remote_solve.solve_remotely`.
    SystemExit
        With 130, when somebody left.
    """
    from scheduler.usecases.remote_link import Link
    from scheduler.usecases.remote_solve import solve_remotely

    link = Link(address, token)

    def work(on_progress: Callable[[State], None]) -> RemoteSolve:
        return solve_remotely(
            link,
            sending,
            params,
            on_progress=on_progress,
            should_stop=lambda: interrupts.happened,
        )

    try:
        done = run_shown(
            work,
            screen=screen,
            interrupts=interrupts,
            name=sending.planning.name,
            currency=sending.planning.currency,
            limit_seconds=params.time_limit_seconds,
            quiet=quiet,
            leave=lambda: interrupts.times > 1,
        )
    except LeftError:
        screen.note(
            f"Left. The solve ends by itself on {address}; its roster will be the latest of "
            f"period {sending.period_id}.",
            style="yellow",
        )
        raise SystemExit(Exit.INTERRUPTED) from None
    finally:
        link.close()
    if done.solved is None:
        screen.note("Stopped before there was a roster; nothing was written.", style="yellow")
        raise SystemExit(Exit.INTERRUPTED)
    if not quiet:
        show_notices(screen, done.solved.notices)
    return done
