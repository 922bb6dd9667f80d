"""Commands of the server: serve, worker, db, user, import, jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cli.commands.options import FolderArgument, JsonOption
from cli.errors import show_notices
from cli.screen import Screen
from cli.words import count

__all__ = ["register"]

_database = typer.Typer(no_args_is_help=True, help="The server's database: upgrade, check.")
_users = typer.Typer(no_args_is_help=True, help="Who may log in: add, token.")
_jobs = typer.Typer(no_args_is_help=True, help="Solves on the server: list, show, cancel.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command(epilog="Example: helio serve or helio serve --port 9000")(serve)
    app.command(epilog="Example: HELIOTROPE_DATABASE_URL=... helio worker")(worker)
    app.command("import", epilog="Example: helio import demo --into 2027-spring")(import_folder)
    _database.command("upgrade", epilog="Example: helio db upgrade")(upgrade)
    _database.command("check", epilog="Example: helio db check")(check)
    _users.command("add", epilog="Example: helio user add noor --role admin")(add)
    _users.command("token", epilog="Example: helio user token noor --days 90")(token)
    _jobs.command("list", epilog="Example: helio jobs list")(list_jobs)
    _jobs.command("show", epilog="Example: helio jobs show 0f3c5d6e")(show_job)
    _jobs.command("cancel", epilog="Example: helio jobs cancel 0f3c5d6e")(cancel_job)
    app.add_typer(_database, name="db")
    app.add_typer(_users, name="user")
    app.add_typer(_jobs, name="jobs")


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Listen here (default: 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65_535, help="Default: 8700.")
    ] = None,
) -> None:
    """Serve the REST API; on SQLite run the solves, too."""
    import uvicorn

    from api.app import create_app, guarded
    from scheduler.app import compose, serving
    from scheduler.jobs.engine import EngineRole

    app, screen = compose(), Screen()
    settings = app.settings
    role = EngineRole.EMBEDDED if settings.is_embedded else EngineRole.CLIENT
    with serving(app, role) as service:
        with service.store.reading() as unit:
            nobody = not unit.principals.list(limit=1)
        if nobody:
            screen.note("Nobody may log in yet. In another window, make the first administrator:")
            screen.note("  helio user add NAME --role admin --token")
        config = uvicorn.Config(
            guarded(create_app(service), service),
            host=host or settings.host,
            port=settings.port if port is None else port,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        server = uvicorn.Server(config)
        screen.note(f"Serving on http://{config.host}:{config.port}; stop with Ctrl-C.")
        server.run()


def worker() -> None:
    """Run solves that were submitted to a server on PostgreSQL, until stopped."""
    import signal
    import threading

    from scheduler.app import compose, serving
    from scheduler.jobs.engine import EngineRole

    app, screen = compose(), Screen()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    with serving(app, EngineRole.WORKER):
        screen.note("Working; stop with Ctrl-C.")
        while not ended.wait(1.0):
            pass


def import_folder(
    folder: FolderArgument,
    into: Annotated[str, typer.Option("--into", metavar="PERIOD", help="The planning period.")],
) -> None:
    """Import a planning folder into the server's database; all of it or nothing."""
    from scheduler.app import compose, open_kept
    from scheduler.usecases.import_planning import import_at_desk

    screen = Screen()
    with open_kept(compose()) as store:
        done = import_at_desk(store, into, folder)
    show_notices(screen, done.notices)
    for change in done.changes:
        if change.added or change.changed or change.removed:
            told = (change.added, "added"), (change.changed, "changed"), (change.removed, "removed")
            figures = " ".join(f"{number:>8,} {what}" for number, what in told)
            screen.lines([f"  {change.table:<14}{figures}"])
    screen.lines([f"Imported into {done.period.period_id}: {done.period.name}."])


def upgrade() -> None:
    """Bring the database to this version's revision."""
    from scheduler.app import compose, migrate

    before, now = migrate(compose())
    Screen().lines([f"The database is at revision {now} (was: {before or 'empty'})."])


def check() -> None:
    """Tell whether the database can be reached and is at this version's revision."""
    from cli.errors import Exit
    from scheduler.app import compose, open_kept

    with open_kept(compose()) as store:
        present, newest = store.check()
    screen = Screen()
    if present == newest:
        screen.lines([f"The database is at revision {present}, as it should be."])
        return
    screen.note(f"The database is at revision {present or 'none'}, this version needs {newest}.")
    screen.note("Run `helio db upgrade`.")
    raise typer.Exit(Exit.FINDINGS)


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name to log in with.")],
    role: Annotated[str, typer.Option(help="admin, planner or agent.")],
    agent: Annotated[str | None, typer.Option(help="The agent, for role agent.")] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="A site in a planner's scope; may be given again.")
    ] = None,
    with_password: Annotated[
        bool, typer.Option("--password", help="Ask for a password to log in with.")
    ] = False,
    with_token: Annotated[bool, typer.Option("--token", help="Make a token, too.")] = False,
) -> None:
    """Let somebody in."""
    from scheduler.app import compose, open_ready
    from scheduler.domain.access import Role
    from scheduler.usecases.manage_access import first_principal, make_token

    try:
        wanted = Role(role)
    except ValueError:
        raise typer.BadParameter("must be admin, planner or agent", param_hint="--role") from None
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if (with_password)
        else None
    )
    app, screen = compose(), Screen()
    with open_ready(app) as store:
        principal = first_principal(
            store, name, wanted, agent_id=agent, site_ids=tuple(site or ()), password=password
        )
        screen.note(f"{principal.name} may log in as {principal.role.value}.")
        if with_token:
            text, _ = make_token(store, app.clock, principal.principal_id, by="command line")
            screen.lines([text])


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose token.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Good for so many days (default: for ever).")
    ] = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a token for programs; it is printed this once."""
    from scheduler.app import compose, open_ready
    from scheduler.usecases.manage_access import make_token

    app = compose()
    lifetime = None if days is None else timedelta(days=days)
    with open_ready(app) as store:
        with store.reading() as unit:
            principal = unit.principals.by_name(name)
        text, _ = make_token(
            store, app.clock, principal.principal_id, by="command line", label=label,
            lifetime=lifetime,
        )  # fmt: skip
    Screen().lines([text])


def list_jobs(
    most: Annotated[int, typer.Option(min=1, max=500, help="How many, the latest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List solves, the latest first."""
    from scheduler.app import compose, open_ready
    from scheduler.usecases.plain import to_plain

    with open_ready(compose()) as store, store.reading() as unit:
        jobs = unit.jobs.list(limit=most)
    screen = Screen()
    if as_json:
        screen.json({"jobs": [to_plain(job) for job in jobs]})
        return
    screen.lines(
        f"{job.job_id[:12]}  {job.state.value:<9} {job.submitted_at:%Y-%m-%d %H:%M}Z"
        f"  {job.period_id[:30]}"
        for job in jobs
    )
    screen.lines([f"{count(len(jobs), 'job')}."])


def show_job(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job, or how its id begins.")],
    as_json: JsonOption = False,
) -> None:
    """Show a solve and its last progress."""
    from scheduler.app import compose, open_ready
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.submit_solve import job_named

    with open_ready(compose()) as store:
        job, last = job_named(store, job_id)
    screen = Screen()
    if as_json:
        screen.json({"job": to_plain(job), "progress": to_plain(last)})
        return
    screen.lines(
        [
            f"{job.job_id}  {job.state.value}, attempt {job.attempt}",
            f"  period {job.period_id}, submitted {job.submitted_at:%Y-%m-%d %H:%M}Z",
            f"  roster {job.roster_id or 'none yet'}",
        ]
    )
    if last is not None and last.cost_cents is not None:
        screen.lines([f"  {last.seconds:.0f} s, {last.phase}, cost {last.cost_cents / 100:,.2f}"])
    if job.fault:
        screen.note(f"  {job.fault}")


def cancel_job(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job, or how its id begins.")],
) -> None:
    """Ask a solve to end now with the best roster it has."""
    from scheduler.app import compose, open_ready
    from scheduler.usecases.submit_solve import job_named

    with open_ready(compose()) as store:
        job, _ = job_named(store, job_id)
        state = store.ask_to_stop(job.job_id)
    Screen().lines([f"{job.job_id}: {state.value}."])
