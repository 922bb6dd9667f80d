"""The command that shows how many agents are needed when, and writes it down on request."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from cli.commands.options import (
    DemandOption,
    FolderArgument,
    JsonOption,
    RulePacksOption,
    parse_date,
)
from cli.errors import show_notices
from cli.screen import Screen
from cli.words import wrapped

__all__ = ["register", "requirements"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio requirements demo or "
            "helio requirements demo --queue phone-nl --day 2027-03-24"
        )
    )(requirements)


def requirements(
    folder: FolderArgument,
    queue: Annotated[str | None, typer.Option(metavar="Q", help="Only this queue.")] = None,
    day: Annotated[
        date | None,
        typer.Option(metavar="D", parser=parse_date, help="Only this day, as 2027-03-28."),
    ] = None,
    clock: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Clock to show (default: each queue's own).")
    ] = None,
    demand: DemandOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write requirements.csv into the folder.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--replace", help="Also overwrite rows that say something else.")
    ] = False,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show contacts, load and agents needed, by queue and day.

    A queue and a day together show each interval. With --write, rows of requirements.csv then
    stand in place of demand, with shrinkage in them: it is not added again.
    """
    from cli.render_requirements import requirements_lines
    from scheduler.errors import InputError
    from scheduler.usecases.plan_staffing import plan_staffing, write_requirements
    from scheduler.usecases.read_input import read_input

    if overwrite and not write:
        raise typer.BadParameter("goes with --write", param_hint="--replace")
    screen = Screen()
    intake = read_input(folder, rule_packs=rule_packs or (), demand=demand)
    if intake.planning is None:
        raise InputError(intake.faults)
    planning = intake.planning
    view = plan_staffing(planning, queue_id=queue, day=day, zone=clock)
    written = write_requirements(planning, folder, overwrite=overwrite) if write else None
    if as_json:
        screen.json({**view.to_dict(), "rows_written": written})
        return
    show_notices(screen, [note for note in intake.notices if note.code == "demand_overridden"])
    in_detail = queue is not None and day is not None
    screen.lines(
        requirements_lines(view, width=screen.width, glyphs=screen.glyphs, in_detail=in_detail)
    )
    if written is not None:
        told = (
            f"Wrote {written:,} rows to requirements.csv. They stand as they are, shrinkage "
            "included; demand no longer changes how many agents these intervals need."
        )
        screen.lines(["", *wrapped(told, screen.width)])
