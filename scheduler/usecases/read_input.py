"""Read a planning folder, or the same as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import InputError

if TYPE_CHECKING:
    from scheduler.domain import Planning
    from scheduler.intake.planning_folder import Intake

__all__ = ["PLANNING_FILE", "read_input", "read_planning"]

PLANNING_FILE = "planning.json"


def read_input(path: Path) -> Intake:
    """Return the planning at `path`, or every fault in it; never raises for bad content.

    Parameters
    ----------
    path : pathlib.Path
        A planning folder, a planning ``.json`` file, or a folder of results, which holds one.
    """
    from scheduler.intake import planning_folder

    document = path / PLANNING_FILE
    if document.is_file() and not (path / "planning.yaml").exists():
        path = document
    return planning_folder.read_planning(path)


def read_planning(path: Path) -> Planning:
    """Return the planning at `path`.

    Raises
    ------
    InputError
        With every fault, if there are any.
    """
    intake = read_input(path)
    if intake.planning is None:
        raise InputError(intake.faults)
    return intake.planning
