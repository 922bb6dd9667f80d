"""Commands on finished rosters: audit, show, export."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import (
    FolderArgument,
    FolderOption,
    JsonOption,
    RosterArgument,
    RulePacksOption,
    parse_date,
)
from cli.errors import Exit, show_notices
from cli.screen import Screen
from scheduler.usecases.export_roster import ExportFormat

if TYPE_CHECKING:
    from scheduler.usecases.roster_view import RosterView

__all__ = ["audit", "export", "register", "show"]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio audit demo demo/out\n\n"
            "Exit 0: no hard finding; 1: hard findings; 2: wrong input."
        )
    )(audit)
    app.command(
        epilog=(
            "Example: helio show demo/out or "
            "helio show demo/out --day 2027-03-28 --zone Europe/Amsterdam"
        )
    )(show)
    app.command(
        epilog=("Example: helio export demo/out --format ics --agent A012 --out anouk.ics")
    )(export)


def audit(
    folder: FolderArgument,
    roster: RosterArgument,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a roster against its planning, on instants and wall clocks."""
    from cli.render_summary import audit_lines, summary_lines
    from scheduler.usecases.audit_roster import audit_roster
    from scheduler.usecases.read_input import read_planning
    from scheduler.usecases.read_roster import read_roster
    from scheduler.usecases.summary import summarise

    screen = Screen()
    planning = read_planning(folder, rule_packs=rule_packs or ())
    found = read_roster(roster, folder=folder, planning=planning)
    report = audit_roster(planning, found.roster)
    if as_json:
        screen.json(report.to_dict())
    else:
        show_notices(screen, found.notices)
        summary = summarise(planning, found.roster, report)
        screen.lines(summary_lines(summary, width=screen.width, glyphs=screen.glyphs))
        screen.lines([""])
        screen.lines(audit_lines(summary, width=screen.width))
    if report.hard:
        raise typer.Exit(Exit.FINDINGS)


def show(
    roster: RosterArgument,
    zone: Annotated[
        str, typer.Option(metavar="Z", help="Clock to show: an IANA zone, or local (each own).")
    ] = "local",
    agent: Annotated[
        str | None, typer.Option(metavar="A", help="Only this agent (id or name).")
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="Q", help="Only shifts on this queue, and its cover.")
    ] = None,
    site: Annotated[
        str | None, typer.Option(metavar="S", help="Only agents of this site (id or name).")
    ] = None,
    day: Annotated[
        date | None,
        typer.Option(metavar="D", parser=parse_date, help="One day in detail, as 2027-03-28."),
    ] = None,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a roster: agents by day, cover by queue, heads on duty under the sun."""
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_roster import read_roster
    from scheduler.usecases.show_roster import show_roster

    screen = Screen()
    found = read_roster(roster, folder=folder)
    show_notices(screen, found.notices)
    view = show_roster(
        found.roster,
        found.planning,
        zone=None if zone == "local" else zone,
        agent=agent,
        queue_id=queue,
        site=site,
        day=day,
    )
    if as_json:
        screen.json(to_plain(view))
    else:
        _draw(screen, view)


def _draw(screen: Screen, view: RosterView) -> None:
    from cli.render_cover import cover_lines, sun_lines
    from cli.render_grid import day_lines, grid_lines, title_lines

    width, glyphs = screen.width, screen.glyphs
    screen.lines(title_lines(view, width=width, glyphs=glyphs))
    screen.lines([""])
    if view.day is None:
        screen.lines(grid_lines(view, width=width, glyphs=glyphs))
    else:
        screen.lines(day_lines(view, width=width))
    screen.lines([""])
    screen.lines(cover_lines(view.cover, width=width, glyphs=glyphs))
    screen.lines([""])
    screen.lines(sun_lines(view.sun, width=width, glyphs=glyphs))


def export(
    roster: RosterArgument,
    fmt: Annotated[
        ExportFormat, typer.Option("--format", metavar="FORMAT", help="csv, json or ics.")
    ],
    agent: Annotated[
        str | None, typer.Option(metavar="A", help="Only this agent (id or name).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to (default: standard output).")
    ] = None,
    folder: FolderOption = None,
) -> None:
    """Write a roster as a table, a document or a calendar."""
    from scheduler.app import compose
    from scheduler.usecases.export_roster import export_roster
    from scheduler.usecases.read_roster import read_roster
    from scheduler.usecases.show_roster import agent_of
    from scheduler.usecases.write_outputs import write_files

    screen = Screen()
    found = read_roster(roster, folder=folder)
    show_notices(screen, found.notices)
    data = export_roster(
        found.roster,
        found.planning,
        fmt=fmt,
        clock=compose().clock,
        agent_id=None if agent is None else agent_of(found.roster, found.planning, agent),
    )
    if out is None:
        sys.stdout.buffer.write(data)
        return
    write_files(out.parent, {out.name: data})
    screen.note(f"Wrote {out}.")
