"""The command that replays a roster contact by contact."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from cli.commands.options import (
    DemandOption,
    FolderArgument,
    JsonOption,
    RosterArgument,
    RulePacksOption,
    SeedOption,
)
from cli.errors import show_notices
from cli.screen import Screen

__all__ = ["register", "simulate"]

_LINE_SECONDS = 2.0


class Routing(StrEnum):
    """Who may take a contact."""

    SKILLS = "skills"
    ASSIGNED = "assigned"


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio simulate demo demo/out\n\n"
            "Exit 0 whether or not targets are met; 2: wrong input."
        )
    )(simulate)


def simulate(
    folder: FolderArgument,
    roster: RosterArgument,
    replications: Annotated[
        int, typer.Option(metavar="N", min=1, max=10_000, help="Play the horizon so often.")
    ] = 20,
    seed: SeedOption = 1,
    routing: Annotated[
        Routing, typer.Option(help="Help out by skill, or keep to the queue one is on.")
    ] = Routing.SKILLS,
    worst: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="Name so many hours at most.")
    ] = 5,
    demand: DemandOption = None,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay a roster contact by contact: service, waits, and the worst hours."""
    from cli.render_simulation import simulation_lines
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_planning
    from scheduler.usecases.read_roster import read_roster
    from scheduler.usecases.simulate_roster import simulate_roster

    screen = Screen()
    planning = read_planning(folder, rule_packs=rule_packs or (), demand=demand)
    found = read_roster(roster, folder=folder, planning=planning)
    view = simulate_roster(
        planning,
        found.roster,
        replications=replications,
        seed=seed,
        routing=routing.value,
        worst=worst,
        on_progress=_told(screen),
    )
    if as_json:
        screen.json(to_plain(view))
        return
    show_notices(screen, found.notices)
    screen.lines(simulation_lines(view, width=screen.width))


def _told(screen: Screen) -> Callable[[int, int], None]:
    """Return what tells progress every two seconds, on standard error."""
    told_at = time.monotonic()

    def tell(done: int, asked: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _LINE_SECONDS and done < asked:
            told_at = time.monotonic()
            screen.note(f"{done} of {asked} replications")

    return tell
