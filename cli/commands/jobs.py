"""Commands about jobs on the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import JsonOption
from cli.screen import Screen
from cli.words import count, duration_text, fit, shown

if TYPE_CHECKING:
    from scheduler.domain.job import Job

__all__ = ["register"]

_jobs = typer.Typer(no_args_is_help=True, help="Jobs on the server: list, show, cancel.")
_IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The job, or how its id begins.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    _jobs.command("list", epilog="Example: helio jobs list")(list_jobs)
    _jobs.command("show", epilog="Example: helio jobs show 0f3c5d6e")(show_job)
    _jobs.command("cancel", epilog="Example: helio jobs cancel 0f3c5d6e")(cancel_job)
    app.add_typer(_jobs, name="jobs")


def list_jobs(
    most: Annotated[
        int, typer.Option(metavar="N", min=1, max=500, help="How many, the latest first.")
    ] = 20,
    as_json: JsonOption = False,
) -> None:
    """List jobs, the latest first: solves, forecasts, requirements, simulations."""
    from cli.commands.database import existing
    from scheduler.app import open_ready
    from scheduler.usecases.plain import to_plain

    with open_ready(existing()) as store, store.reading() as unit:
        jobs = unit.jobs.list(limit=most)
    screen = Screen()
    if as_json:
        screen.json({"jobs": [to_plain(job) for job in jobs]})
        return
    if jobs:
        screen.lines(_table(jobs, screen.width))
    screen.lines([f"{count(len(jobs), 'job')}." if jobs else "No jobs yet."])


def _table(jobs: Sequence[Job], width: int) -> Iterator[str]:
    wide = max(len(job.kind.value) for job in jobs)
    head = (
        f"{'id':<12}  {'state':<8}  {'kind':<{wide}}  {'submitted (UTC)':<16}  {'took':>8}"
        f"  {'tries':>5}  "
    )
    yield f"{head}period"
    for job in jobs:
        took = "-"
        if job.started_at is not None and job.ended_at is not None:
            took = duration_text((job.ended_at - job.started_at).total_seconds())
        yield (
            f"{job.job_id[:12]}  {fit(job.state.value, 8)}  {job.kind.value:<{wide}}"
            f"  {job.submitted_at:%Y-%m-%d %H:%M}  {took:>8}  {job.attempt:>5}"
            f"  {shown(job.period_id, width - len(head))}"
        )


def show_job(job_id: _IdArgument, as_json: JsonOption = False) -> None:
    """Show a job and its last progress."""
    from cli.commands.database import existing
    from scheduler.app import open_ready
    from scheduler.domain.job import JobKind
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.submit_solve import job_named

    with open_ready(existing()) as store:
        job, last = job_named(store, job_id)
    screen = Screen()
    if as_json:
        screen.json({"job": to_plain(job), "progress": to_plain(last)})
        return
    rows = [
        ("job", job.job_id),
        ("kind", job.kind.value),
        ("state", job.state.value),
        ("tries", str(job.attempt)),
        ("period", shown(job.period_id, screen.width - 14)),
        ("submitted", f"{job.submitted_at:%Y-%m-%d %H:%M}Z"),
    ]
    if job.kind is JobKind.SOLVE:
        rows.append(("roster", job.roster_id or "none yet"))
    if last is not None:
        told = f"{duration_text(last.seconds)}, {last.phase}"
        if last.cost_cents is not None:
            told += f", cost {last.cost_cents / 100:,.2f}"
        if last.bound_cents is not None:
            told += f", bound {last.bound_cents / 100:,.2f}"
        rows.append(("progress", told))
    screen.lines(f"  {name:<10}  {value}" for name, value in rows)
    if job.fault:
        screen.note(f"  {job.fault}")


def cancel_job(job_id: _IdArgument) -> None:
    """Ask a job to end now with what it has."""
    from cli.commands.database import existing
    from scheduler.app import open_ready
    from scheduler.usecases.submit_solve import job_named

    with open_ready(existing()) as store:
        job, _ = job_named(store, job_id)
        state = store.ask_to_stop(job.job_id)
    Screen().lines([f"{job.job_id}: {state.value}."])
