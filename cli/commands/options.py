"""Arguments and options that several commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.words import parse_duration, parse_gap

__all__ = [
    "DemandOption",
    "FolderArgument",
    "FolderOption",
    "GapOption",
    "JsonOption",
    "RosterArgument",
    "RulePacksOption",
    "SeedOption",
    "TimeLimitOption",
    "WorkersOption",
    "parse_date",
]


def parse_date(text: str) -> date:
    """Return the date written as ``2027-03-22``, for options."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write 2027-03-22") from None


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _fraction(text: str) -> float:
    try:
        return parse_gap(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Planning folder, or a planning .json file.")
]
RosterArgument = Annotated[
    Path, typer.Argument(metavar="ROSTER", help="A roster.json, or the folder that holds it.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="F",
        help="The planning, if it is not the planning.json beside the roster.",
    ),
]
RulePacksOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rule-pack",
        metavar="FILE",
        help="A rule pack of your own besides those of the folder; may be given again.",
    ),
]
DemandOption = Annotated[
    Path | None,
    typer.Option(
        "--demand", metavar="FILE", help="Take demand from this CSV, not from the folder."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
TimeLimitOption = Annotated[
    float,
    typer.Option(metavar="TIME", parser=_seconds, help="Search this long: 90, 90s, 5m, 1h."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=256, help="Threads (default: all cores)."),
]
SeedOption = Annotated[
    int, typer.Option(metavar="N", min=0, max=2**31 - 1, help="Seed of every random choice.")
]
GapOption = Annotated[
    float,
    typer.Option(metavar="GAP", parser=_fraction, help="Stop at this gap: 1% or 0.01."),
]
