"""Read a finished roster together with the planning it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scheduler.domain import Planning, Roster
from scheduler.errors import Fault, InputError
from scheduler.usecases.read_input import PLANNING_FILE, read_input

__all__ = ["ROSTER_FILE", "RosterFile", "read_roster"]

ROSTER_FILE = "roster.json"


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster as read.

    Parameters
    ----------
    planning : Planning, optional
        Its input, for names and needs; None when none lies beside the roster.
    notices : tuple of Fault
        Things worth a warning: another input, other zone data.
    """

    roster: Roster
    planning: Planning | None
    notices: tuple[Fault, ...] = ()


def read_roster(
    path: Path,
    *,
    folder: Path | None = None,
    planning: Planning | None = None,
    rule_packs: Sequence[Path] = (),
) -> RosterFile:
    """Return the roster at `path` with its planning.

    Parameters
    ----------
    path : pathlib.Path
        ``roster.json``, or the folder that holds it.
    folder : pathlib.Path, optional
        The planning; without it ``planning.json`` beside the roster is used, if it can be read.
    planning : Planning, optional
        What `folder` holds, when it has been read already.
    rule_packs : sequence of pathlib.Path
        Rule packs besides those that the planning brings.

    Raises
    ------
    InputError
        If the roster, or the planning in `folder`, is wrong.
    """
    from scheduler.intake.roster_json import read_roster as read_roster_json

    if path.is_dir():
        path /= ROSTER_FILE
    found = read_roster_json(path)
    notices = list(found.notices)
    source = folder or path.parent / PLANNING_FILE
    if planning is None and (folder is not None or source.is_file()):
        intake = read_input(source, rule_packs=rule_packs)
        planning = intake.planning
        if planning is None and folder is not None:
            raise InputError(intake.faults)
        notices.extend(intake.faults)
    if planning is not None and planning.input_sha256 != found.roster.input_sha256:
        notices.append(
            Fault(
                "other_input",
                str(source),
                "the planning this roster was made from",
                value=planning.name,
                hint="Names and needs shown may not fit the roster.",
            )
        )
    return RosterFile(found.roster, planning, tuple(notices))
