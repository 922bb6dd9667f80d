"""Read a finished roster together with the planning it was made from."""

from __future__ import annotations

import json
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
    needs_planning: bool = False,
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
    needs_planning : bool
        Refuse a wrong ``planning.json`` beside the roster instead of going on without it.

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
        if planning is None and (folder is not None or needs_planning):
            raise InputError(intake.faults)
        notices.extend(intake.faults)
    if planning is not None and planning.input_sha256 != found.roster.input_sha256:
        notices.append(
            Fault(
                "other_input",
                str(source),
                "the planning this roster was made from",
                value=planning.name,
                hint="Names, needs and law may not fit the roster"
                + _other_packs(planning, found.roster, path.parent / PLANNING_FILE),
            )
        )
    return RosterFile(found.roster, planning, tuple(notices))


def _other_packs(planning: Planning, roster: Roster, beside: Path) -> str:
    """Say which rule packs the roster was made with, if known and not those of `planning`."""
    made = read_input(beside).planning if beside.is_file() else None
    if made is None or made.input_sha256 != roster.input_sha256:
        return "."
    if made.rule_packs == planning.rule_packs:
        return "."
    then, now = _pack_names(made), _pack_names(planning)
    if then == now:
        return f": rule packs say other things than when it was made: {now}."
    return f": rule packs when it was made: {then}; here: {now}."


def _pack_names(planning: Planning) -> str:
    return ", ".join(json.loads(pack)["pack"] for pack in planning.rule_packs) or "none"
