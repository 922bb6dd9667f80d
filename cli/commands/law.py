"""The command that says which law holds."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import FolderArgument, JsonOption, RulePacksOption
from cli.screen import Screen

__all__ = ["law", "register"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(epilog="Example: helio law demo or helio law demo ams-03")(law)


def law(
    folder: FolderArgument,
    agent: Annotated[
        str | None,
        typer.Argument(metavar="[AGENT]", help="One agent (id or name), with every limit."),
    ] = None,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rule packs hold for whom, why and when, with their articles."""
    from cli.render_law import law_lines
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_planning
    from scheduler.usecases.show_law import show_law

    screen = Screen()
    view = show_law(read_planning(folder, rule_packs=rule_packs or ()), agent)
    if as_json:
        screen.json(to_plain(view))
    else:
        screen.lines(law_lines(view, width=screen.width))
