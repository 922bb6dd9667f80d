"""The command that solves."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import (
    DemandOption,
    FolderArgument,
    GapOption,
    RulePacksOption,
    SeedOption,
    TimeLimitOption,
    WorkersOption,
)
from cli.errors import Exit, show_notices
from cli.render_progress import State
from cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.domain import Planning
    from scheduler.domain.job import JobParams
    from scheduler.usecases.solve_planning import Solved
    from scheduler.usecases.summary import Summary

__all__ = ["planning_told", "register", "solve"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio solve demo --time-limit 5m --gap 1%\n\n"
            "With --server the solve runs there: "
            "helio solve demo --server https://roster.example.org --token-file token.txt\n\n"
            "Ctrl-C keeps the best roster so far, writes it and leaves with 130. "
            "Exit 0: audited without hard findings; 1: hard findings; 2: wrong input."
        )
    )(solve)


def solve(
    folder: FolderArgument,
    time_limit: TimeLimitOption = "60s",  # type: ignore[assignment]
    workers: WorkersOption = None,
    seed: SeedOption = 1,
    gap: GapOption = "0%",  # type: ignore[assignment]
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where results go (default: FOLDER/out)."),
    ] = None,
    rule_packs: RulePacksOption = None,
    demand: DemandOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one JSON document.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no figures.")] = False,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Solve on this server, not here.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Its planning period (default: the folder's name)."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Holds your token (default: HELIOTROPE_TOKEN)."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let http:// lead to another machine.")
    ] = False,
) -> None:
    """Make a roster, audit it, and write it with its figures.

    Writes roster.json, shifts.csv, planning.json and audit.json.
    """
    from scheduler.domain.job import JobParams

    screen = Screen()
    if server is None:
        for given, name in ((period, "--period"), (token_file, "--token-file")):
            if given is not None:
                raise typer.BadParameter("goes with --server", param_hint=name)
    out_dir = out or (folder if folder.is_dir() else folder.parent) / "out"
    params = JobParams(time_limit, seed, gap, workers or 0)
    packs = rule_packs or ()
    if server is None:
        _solve_here(screen, folder, out_dir, params, packs, demand, as_json=as_json, quiet=quiet)
        return
    from cli.commands.remote import read_token
    from scheduler.usecases.remote_link import server_address

    address = server_address(server, insecure=insecure)
    token = read_token(token_file)
    there = (address, token, period)
    _solve_there(
        screen, folder, out_dir, params, packs, demand, there, as_json=as_json, quiet=quiet
    )


def _solve_here(
    screen: Screen,
    folder: Path,
    out_dir: Path,
    params: JobParams,
    rule_packs: Sequence[Path],
    demand: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    from cli.running import Interrupts, run_shown
    from scheduler.app import compose, default_workers
    from scheduler.usecases.write_outputs import OUTPUTS, check_writable, write_outputs

    threads = params.workers or default_workers(compose().settings)
    planning = planning_told(screen, folder, rule_packs=rule_packs, demand=demand, quiet=quiet)
    check_writable(out_dir, OUTPUTS)
    interrupts = Interrupts()

    def work(on_progress: Callable[[State], None]) -> Solved:
        from scheduler.usecases.solve_planning import solve_params, solve_planning

        return solve_planning(
            planning,
            solve_params(
                time_limit_seconds=params.time_limit_seconds,
                workers=threads,
                seed=params.seed,
                gap_target=params.gap_target,
            ),
            on_progress=on_progress,
            should_stop=lambda: interrupts.happened,
        )

    with interrupts.listening():
        solved = run_shown(
            work,
            screen=screen,
            interrupts=interrupts,
            name=planning.name,
            currency=planning.currency,
            limit_seconds=params.time_limit_seconds,
            quiet=quiet,
        )
        written = write_outputs(solved, planning, out_dir)
        if not quiet:
            show_notices(screen, solved.notices)
        _report(
            screen, planning, solved, written, folder=folder, as_json=as_json, quiet=quiet,
            activity_seconds=solved.activity_seconds,
        )  # fmt: skip
    _leave(screen, solved, out_dir, interrupted=interrupts.happened)


def _solve_there(
    screen: Screen,
    folder: Path,
    out_dir: Path,
    params: JobParams,
    rule_packs: Sequence[Path],
    demand: Path | None,
    there: tuple[str, str, str | None],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Solve on a server: its address, a token, and the planning period there."""
    from cli.commands.remote import solve_there
    from cli.running import Interrupts
    from scheduler.usecases.remote_solve import pack_planning
    from scheduler.usecases.write_outputs import OUTPUTS, check_writable, write_outputs

    address, token, period = there
    planning, packs = _planning_and_packs(
        screen, folder, rule_packs=rule_packs, demand=demand, quiet=quiet
    )
    own = () if rule_packs else packs
    sending = pack_planning(folder, planning, own, period_id=period, as_document=demand is not None)
    check_writable(out_dir, OUTPUTS)
    interrupts = Interrupts()
    with interrupts.listening():
        done = solve_there(
            address, token, sending, params, screen=screen, interrupts=interrupts, quiet=quiet
        )
        solved = done.solved
        assert solved is not None
        written = write_outputs(solved, done.planning, out_dir)
        _report(
            screen, done.planning, solved, written, folder=folder, as_json=as_json, quiet=quiet,
            activity_seconds=None,
        )  # fmt: skip
    _leave(screen, solved, out_dir, interrupted=interrupts.happened)


def _leave(screen: Screen, solved: Solved, out_dir: Path, *, interrupted: bool) -> None:
    if interrupted:
        screen.note(f"Interrupted; the best roster so far is in {out_dir}.", style="yellow")
        raise typer.Exit(Exit.INTERRUPTED)
    if solved.report.hard:
        raise typer.Exit(Exit.FINDINGS)


def planning_told(
    screen: Screen,
    folder: Path,
    *,
    rule_packs: Sequence[Path],
    demand: Path | None = None,
    quiet: bool,
) -> Planning:
    """Return the planning in a folder, its notices shown unless `quiet`.

    Raises
    ------
    InputError
        With every fault, if there are any.
    """
    return _planning_and_packs(screen, folder, rule_packs=rule_packs, demand=demand, quiet=quiet)[0]


def _planning_and_packs(
    screen: Screen,
    folder: Path,
    *,
    rule_packs: Sequence[Path],
    demand: Path | None,
    quiet: bool,
) -> tuple[Planning, tuple[str, ...]]:
    """Return the planning in a folder and the names of its rule packs' files."""
    from scheduler.errors import InputError
    from scheduler.usecases.read_input import read_input

    intake = read_input(folder, rule_packs=rule_packs, demand=demand)
    if not quiet:
        show_notices(screen, intake.notices)
    if intake.planning is None:
        raise InputError(intake.faults)
    return intake.planning, intake.rule_pack_files


def _report(
    screen: Screen,
    planning: Planning,
    solved: Solved,
    written: Sequence[Path],
    *,
    folder: Path,
    as_json: bool,
    quiet: bool,
    activity_seconds: float | None,
) -> None:
    from cli.render_summary import audit_lines, summary_lines
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.summary import summarise

    summary = summarise(
        planning,
        solved.roster,
        solved.report,
        shortfalls=solved.shortfalls,
        lost_minutes=solved.lost_minutes,
        activity_seconds=activity_seconds,
    )
    if as_json:
        plain = to_plain(summary)
        assert isinstance(plain, dict)
        screen.json({**plain, "files": [str(path) for path in written]})
        return
    if quiet:
        return
    screen.lines(summary_lines(summary, width=screen.width, glyphs=screen.glyphs))
    screen.lines([""])
    screen.lines(audit_lines(summary, width=screen.width))
    out_dir = written[0].parent
    place = shlex.quote(str(out_dir))
    screen.lines(["", f"Wrote {', '.join(path.name for path in written)} to {out_dir}", "", "Next"])
    screen.lines(
        [
            f"  helio show {place}",
            f"  helio audit {shlex.quote(str(folder))} {place}",
            *_explain_hint(summary, place),
            f"  helio export {place} --format ics --out roster.ics",
        ]
    )


def _explain_hint(summary: Summary, place: str) -> list[str]:
    worst = max(summary.queues, key=lambda row: row.missing_hours, default=None)
    if worst is None or worst.worst_utc is None:
        return []
    at = f"{worst.worst_utc:%Y-%m-%dT%H:%MZ}"
    return [f"  helio explain {place} --queue {shlex.quote(worst.queue_id)} --at {at}"]
