"""Commands on planning folders: new, validate."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import FolderArgument, JsonOption, RulePacksOption, parse_date
from cli.errors import Exit, show_faults, show_notices
from cli.screen import Screen
from cli.words import count, day_text

__all__ = ["new", "register", "validate"]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command(epilog="Example: helio new demo or helio new demo --start 2027-03-22")(new)
    app.command(epilog="Example: helio validate demo")(validate)


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; new or empty.")],
    start: Annotated[
        date | None,
        typer.Option(
            metavar="DATE",
            parser=parse_date,
            help="First day of the horizon (default: next Monday).",
        ),
    ] = None,
) -> None:
    """Make a commented starter folder that can be validated and solved as it is."""
    from scheduler.app import compose
    from scheduler.usecases.new_folder import new_folder

    screen = Screen()
    written = new_folder(folder, start=start, clock=compose().clock)
    screen.lines([f"Wrote {count(len(written), 'file')} to {folder}:"])
    screen.lines(f"  {path.name}" for path in written)
    place = shlex.quote(str(folder))
    screen.lines(["", "Next:", f"  helio validate {place}", f"  helio solve {place}"])


def validate(
    folder: FolderArgument, rule_packs: RulePacksOption = None, as_json: JsonOption = False
) -> None:
    """Check a planning folder and report all its faults together."""
    from scheduler.errors import InputError
    from scheduler.usecases.explain_conflicts import conflict_notices
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_input

    screen = Screen()
    intake = read_input(folder, rule_packs=rule_packs or ())
    planning = intake.planning
    notices = intake.notices
    if planning is not None:
        notices += conflict_notices(planning, lone_pins=False)
    if as_json:
        screen.json(
            {
                "valid": planning is not None,
                "input_sha256": planning.input_sha256 if planning else None,
                "faults": [_with_sentence(to_plain(fault), str(fault)) for fault in intake.faults],
                "notices": [_with_sentence(to_plain(part), str(part)) for part in notices],
            }
        )
    else:
        show_notices(screen, notices)
    if planning is None:
        if not as_json:
            show_faults(screen, InputError(intake.faults))
        raise typer.Exit(Exit.WRONG_INPUT)
    if as_json:
        return
    horizon = planning.horizon
    people = f"{count(len(planning.agents), 'agent')} at {count(len(planning.sites), 'site')}"
    first = f"{day_text(horizon.start)} {horizon.start.year}"
    needs = count(len(planning.requirements), "row")
    screen.lines(
        [
            f"{planning.name}: no faults, {count(len(notices), 'note')}.",
            f"  {people}, {count(len(planning.queues), 'queue')}",
            f"  {count(horizon.days, 'day')} from {first} ({horizon.zone})",
            f"  {count(len(planning.demand), 'row')} of demand, {needs} of requirements",
        ]
    )


def _with_sentence(plain: object, sentence: str) -> dict[str, object]:
    assert isinstance(plain, dict)
    return {**plain, "sentence": sentence}
