"""The command that solves the same demand from one site alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import (
    FolderArgument,
    JsonOption,
    RulePacksOption,
    SeedOption,
    TimeLimitOption,
    WorkersOption,
)
from cli.commands.solve import planning_told
from cli.errors import Exit, show_notices
from cli.render_progress import State
from cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.running import Interrupts
    from scheduler.domain import Planning
    from scheduler.usecases.compare_rosters import Figures
    from scheduler.usecases.solve_planning import Solved, SolveParams

__all__ = ["compare", "register"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio compare demo --only-site Amsterdam --time-limit 5m\n\n"
            "Both rosters are solved and audited; one that helio solve has left in FOLDER/out is "
            "taken if its input is the same. Exit 1: hard findings; 130: interrupted, without a "
            "comparison."
        )
    )(compare)


def compare(
    folder: FolderArgument,
    site: Annotated[
        str,
        typer.Option("--only-site", metavar="SITE", help="The site to work from (id or name)."),
    ],
    own_agents: Annotated[
        bool,
        typer.Option("--own-agents", help="Only the site's own agents; nobody moves there."),
    ] = False,
    time_limit: TimeLimitOption = "60s",  # type: ignore[assignment]
    workers: WorkersOption = None,
    seed: SeedOption = 1,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the same demand would cost from one site alone: two real rosters."""
    from cli.render_compare import compare_lines
    from cli.running import Interrupts
    from scheduler.app import compose, default_workers
    from scheduler.usecases.compare_rosters import Comparison
    from scheduler.usecases.only_site import only_site, site_of
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.solve_planning import solve_params

    screen = Screen()
    threads = workers or default_workers(compose().settings)
    planning = planning_told(screen, folder, rule_packs=rule_packs or (), quiet=as_json)
    home = site_of(planning, site)
    alone = only_site(planning, site, own_agents=own_agents)
    params = solve_params(time_limit_seconds=time_limit, workers=threads, seed=seed, gap_target=0.0)
    out_dir = (folder if folder.is_dir() else folder.parent) / "out"
    interrupts = Interrupts()
    with interrupts.listening():
        sides = [
            _side(screen, interrupts, title, plan, params, out=out, quiet=as_json)
            for title, plan, out in (
                ("as planned", planning, out_dir),
                (f"{home.name} alone", alone, None),
            )
            if not interrupts.happened
        ]
    if interrupts.happened:
        screen.note("Interrupted; without both rosters there is no comparison.", style="yellow")
        raise typer.Exit(Exit.INTERRUPTED)
    comparison = Comparison(
        name=planning.name,
        site=home.name,
        currency=planning.currency,
        own_agents=own_agents,
        planned=sides[0],
        alone=sides[1],
    )
    if as_json:
        screen.json(to_plain(comparison))
    else:
        screen.lines(compare_lines(comparison, width=screen.width))
    if any(figures.hard for figures in sides):
        raise typer.Exit(Exit.FINDINGS)


def _side(
    screen: Screen,
    interrupts: Interrupts,
    title: str,
    planning: Planning,
    params: SolveParams,
    *,
    out: Path | None,
    quiet: bool,
) -> Figures:
    """Solve a planning, or take the roster in `out` that was made from it."""
    from cli.running import run_shown
    from scheduler.usecases.audit_roster import audit_roster
    from scheduler.usecases.compare_rosters import figures_of, finished_roster

    roster = None if out is None else finished_roster(planning, out)
    if roster is not None:
        if not quiet:
            screen.note(f"{title}: the roster in {out} was made from this input and is taken.")
        return figures_of(title, planning, roster, audit_roster(planning, roster), reused=True)

    def work(on_progress: Callable[[State], None]) -> Solved:
        from scheduler.usecases.solve_planning import solve_planning

        return solve_planning(
            planning, params, on_progress=on_progress, should_stop=lambda: interrupts.happened
        )

    solved = run_shown(
        work,
        screen=screen,
        interrupts=interrupts,
        name=f"{planning.name} ({title})" if out is not None else planning.name,
        currency=planning.currency,
        limit_seconds=params.time_limit_seconds,
        quiet=quiet,
    )
    if not quiet:
        show_notices(screen, solved.notices)
    return figures_of(title, planning, solved.roster, solved.report)
