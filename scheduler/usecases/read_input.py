"""Read a planning folder, or the same as one JSON document, with the law that holds in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import Fault, InputError

if TYPE_CHECKING:
    from scheduler.domain import Planning
    from scheduler.intake.planning_folder import Intake

__all__ = ["PLANNING_FILE", "read_input", "read_planning"]

PLANNING_FILE = "planning.json"


def read_input(
    path: Path, *, rule_packs: Sequence[Path] = (), demand: Path | None = None
) -> Intake:
    """Return the planning at `path`, or every fault in it; never raises for bad content.

    Faults of rule packs, and names of packs and permits that do not exist, are faults like others;
    what the law leaves open is among the notices.

    Parameters
    ----------
    path : pathlib.Path
        A planning folder, a planning ``.json`` file, or a folder of results, which holds one.
    rule_packs : sequence of pathlib.Path
        Rule packs besides those that the planning brings; one that it brings word for word is taken
        once.
    demand : pathlib.Path, optional
        A CSV file whose rows stand in place of all demand of the planning. Where requirements hold
        for the same intervals they still win; a notice says so.
    """
    from scheduler.intake import planning_folder
    from scheduler.labour import law_notices, rule_book

    document = path / PLANNING_FILE
    if document.is_file() and not (path / "planning.yaml").exists():
        path = document
    intake = planning_folder.read_planning(path, rule_packs=rule_packs, demand=demand)
    if intake.planning is None:
        return intake
    planning, files = _given_once(intake.planning, intake.rule_pack_files, len(rule_packs))
    try:
        book = rule_book(planning, files=files)
    except InputError as error:
        return replace(intake, planning=None, faults=error.faults)
    notices = (*intake.notices, *law_notices(planning, book))
    if demand is not None:
        notices += _overridden(planning, demand)
    return replace(intake, planning=planning, notices=notices, rule_pack_files=files)


def _given_once(
    planning: Planning, files: tuple[str, ...], given: int
) -> tuple[Planning, tuple[str, ...]]:
    """Return the planning without those of its last `given` rule packs that it holds before.

    With it goes the file of each pack that is left.
    """
    from scheduler.intake.document import input_digest

    packs = planning.rule_packs
    brought = len(packs) - given
    kept = [idx for idx, pack in enumerate(packs) if idx < brought or pack not in packs[:idx]]
    if len(kept) == len(packs):
        return planning, files
    changed = replace(planning, rule_packs=tuple(packs[idx] for idx in kept))
    changed = replace(changed, input_sha256=input_digest(changed))
    return changed, tuple(files[idx] for idx in kept)


def _overridden(planning: Planning, demand: Path) -> tuple[Fault, ...]:
    """Return a notice if requirements keep some of the demand given from counting."""
    given = {(row.queue_id, row.start) for row in planning.requirements}
    both = sum((row.queue_id, row.start) in given for row in planning.demand)
    if not both:
        return ()
    hint = f"For {both:,} of its intervals the agents come from the requirements as they stand."
    return (Fault("demand_overridden", demand.name, "demand without requirements", hint=hint),)


def read_planning(
    path: Path, *, rule_packs: Sequence[Path] = (), demand: Path | None = None
) -> Planning:
    """Return the planning at `path`; parameters as in `read_input`.

    Raises
    ------
    InputError
        With every fault, if there are any.
    """
    intake = read_input(path, rule_packs=rule_packs, demand=demand)
    if intake.planning is None:
        raise InputError(intake.faults)
    return intake.planning
