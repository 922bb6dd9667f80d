"""The command that looks at a whole year: seasons."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import FolderArgument, JsonOption, RulePacksOption
from cli.screen import Screen

__all__ = ["register", "seasons"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio seasons demo --year 2027\n\n"
            "Exit 0 whether or not there are gaps; 2: wrong input."
        )
    )(seasons)


def seasons(
    folder: FolderArgument,
    year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", min=1971, max=2199, help="ISO year (default: that of the horizon)."
        ),
    ] = None,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a year of clock changes: hours between sites, who is awake, gaps in cover."""
    from cli.render_seasons import seasons_lines
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_planning
    from scheduler.usecases.seasons import plan_seasons

    screen = Screen()
    planning = read_planning(folder, rule_packs=rule_packs or ())
    view = plan_seasons(planning, year or planning.horizon.start.isocalendar().year)
    if as_json:
        plain = to_plain(view)
        assert isinstance(plain, dict)
        screen.json({"proven": view.proven, **plain})
    else:
        screen.lines(seasons_lines(view, width=screen.width, glyphs=screen.glyphs))
