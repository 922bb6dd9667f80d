"""Put the results of a solve on disk, each file whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import Fault, InputError
from scheduler.usecases.read_input import PLANNING_FILE
from scheduler.usecases.read_roster import ROSTER_FILE

if TYPE_CHECKING:
    from scheduler.domain import Planning
    from scheduler.usecases.solve_planning import Solved

__all__ = ["OUTPUTS", "check_writable", "judged", "write_files", "write_outputs"]

OUTPUTS = (ROSTER_FILE, "shifts.csv", PLANNING_FILE, "audit.json")
"""Names of the files that a solve writes."""


def write_outputs(solved: Solved, planning: Planning, out_dir: Path) -> tuple[Path, ...]:
    """Write roster, table, input and audit into `out_dir`.

    ``roster.json``, ``shifts.csv``, ``planning.json`` (the canonical document of the input, so that
    the folder explains itself) and ``audit.json``.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    from scheduler.intake.document import to_document
    from scheduler.intake.roster_json import roster_to_json
    from scheduler.publish.shifts_csv import shifts_csv

    agents = {agent.agent_id: agent for agent in planning.agents}
    contents = (
        _json(roster_to_json(solved.roster)),
        shifts_csv(solved.roster.shifts, agents).encode(),
        _json(to_document(planning)),
        _json(judged(solved)),
    )
    return write_files(out_dir, dict(zip(OUTPUTS, contents, strict=True)))


def judged(solved: Solved) -> dict[str, object]:
    """Return the audit's report and what else a planner should know of this solve, JSON-able."""
    from scheduler.usecases.plain import to_plain

    notices = []
    for notice in solved.notices:
        plain = to_plain(notice)
        assert isinstance(plain, dict)
        notices.append({**plain, "sentence": str(notice)})
    plain = to_plain({**solved.report.to_dict(), "notices": notices})
    assert isinstance(plain, dict)
    return plain


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def check_writable(folder: Path, names: Iterable[str] = ()) -> None:
    """Make `folder` and see whether files can be written there, before an hour is spent on solving.

    Parameters
    ----------
    names : iterable of str
        What the files will be called.

    Raises
    ------
    InputError
        If they cannot.
    """
    _refuse_folders(folder / name for name in names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_files(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write several files: all into temporary ones first, then each renamed over its target.

    Raises
    ------
    InputError
        If one cannot be written; files that existed keep their content then.
    """
    waiting: list[tuple[Path, Path]] = []
    _refuse_folders(folder / name for name in contents)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            temporary = folder / f".{name}.{secrets.token_hex(8)}.tmp"
            waiting.append((temporary, folder / name))
            with temporary.open("xb") as stream:  # never through a link somebody has laid there
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for temporary, target in waiting:
            temporary.replace(target)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for temporary, _ in waiting:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return tuple(target for _, target in waiting)


def _refuse_folders(targets: Iterable[Path]) -> None:
    faults = tuple(
        Fault("unwritable", str(target), "the name of a file", hint="It is a folder.")
        for target in targets
        if target.is_dir()
    )
    if faults:
        raise InputError(faults)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        (
            Fault(
                "unwritable",
                str(folder),
                "a folder that can be written to",
                hint=f"{error.strerror or error}.",
            ),
        )
    )
