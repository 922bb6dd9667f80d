"""The command that repairs a published roster after a sick call."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import (
    FolderArgument,
    JsonOption,
    RosterArgument,
    RulePacksOption,
    TimeLimitOption,
    WorkersOption,
)
from cli.errors import Exit, show_notices
from cli.screen import Screen

__all__ = ["register", "repair"]

_MOMENT = "2027-03-28T03:00Z, or without offset on the roster's clock"


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio repair demo demo/out --sick ams-01 --from 2027-03-24T06:00 "
            "--until 2027-03-25T06:00\n\n"
            "Exit 0: audited without hard findings; 1: hard findings; 2: wrong input."
        )
    )(repair)


def repair(
    folder: FolderArgument,
    roster: RosterArgument,
    sick: Annotated[
        str, typer.Option("--sick", metavar="A", help="The agent who is away (id or name).")
    ],
    start: Annotated[str, typer.Option("--from", metavar="T", help=f"From when: {_MOMENT}.")],
    until: Annotated[str, typer.Option("--until", metavar="T", help="Until when.")],
    now: Annotated[
        str | None,
        typer.Option(
            "--now",
            metavar="T",
            help="Shifts that start before stay as they are (default: this moment).",
        ),
    ] = None,
    alternatives: Annotated[
        int,
        typer.Option(
            "--alternatives",
            metavar="N",
            min=0,
            max=100,
            help="Name N colleagues who could take each open shift.",
        ),
    ] = 0,
    change_cost: Annotated[
        float,
        typer.Option(
            "--change-cost",
            metavar="X",
            min=0,
            max=1e6,
            help="What a changed shift must save at least, in the base currency.",
        ),
    ] = 30.0,
    time_limit: TimeLimitOption = "10s",  # type: ignore[assignment]
    workers: WorkersOption = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where results go (default: FOLDER/repaired)."),
    ] = None,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Repair a roster after a sick call, changing as few shifts as possible.

    Writes what a solve writes, and changes.csv.
    """
    from cli.render_repair import repair_lines
    from cli.render_summary import audit_lines
    from scheduler.app import compose, default_workers
    from scheduler.usecases.absence import read_absence
    from scheduler.usecases.read_input import read_planning
    from scheduler.usecases.read_roster import read_roster
    from scheduler.usecases.repair_roster import repair_roster
    from scheduler.usecases.summary import summarise
    from scheduler.usecases.write_outputs import check_writable
    from scheduler.usecases.write_repair import REPAIR_OUTPUTS, repair_document, write_repair

    screen, app = Screen(), compose()
    planning = read_planning(folder, rule_packs=rule_packs or ())
    found = read_roster(roster, folder=folder, planning=planning)
    absence = read_absence(planning, sick=sick, start=start, until=until, now=now, clock=app.clock)
    out_dir = out or (folder if folder.is_dir() else folder.parent) / "repaired"
    check_writable(out_dir, REPAIR_OUTPUTS)
    repaired = repair_roster(
        planning,
        found.roster,
        absence,
        change_cents=round(100 * change_cost),
        alternatives=alternatives,
        time_limit_seconds=time_limit,
        workers=workers or default_workers(app.settings),
    )
    solved = repaired.solved
    written = write_repair(repaired, out_dir)
    summary = summarise(repaired.planning, solved.roster, solved.report)
    if as_json:
        screen.json({**repair_document(repaired), "files": [str(path) for path in written]})
    else:
        show_notices(screen, found.notices)
        screen.lines(repair_lines(repaired, width=screen.width, glyphs=screen.glyphs))
        screen.lines([""])
        screen.lines(audit_lines(summary, width=screen.width))
        names = ", ".join(path.name for path in written)
        place = shlex.quote(str(out_dir))
        screen.lines(["", f"Wrote {names} to {out_dir}", "", "Next", f"  helio show {place}"])
    if solved.report.hard:
        raise typer.Exit(Exit.FINDINGS)
