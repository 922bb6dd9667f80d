"""Commands of the server's database: import, upgrade, check, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import FolderArgument
from cli.errors import Exit, show_notices
from cli.screen import Screen

if TYPE_CHECKING:
    from scheduler.app import App

__all__ = ["existing", "register"]

_database = typer.Typer(
    no_args_is_help=True, help="The server's database: upgrade, check, backup, restore."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command("import", epilog="Example: helio import demo --into 2027-spring")(import_folder)
    _database.command("upgrade", epilog="Example: helio db upgrade")(upgrade)
    _database.command("check", epilog="Example: helio db check")(check)
    _database.command("backup", epilog="Example: helio db backup backups/2027-03-01.db")(backup)
    _database.command(
        "restore", epilog="Example: helio db restore backups/2027-03-01.db --replace"
    )(restore)
    app.add_typer(_database, name="db")


def existing() -> App:
    """Return the application, whose database is there: looking for one must not make one.

    Raises
    ------
    StateError
        If there is none.
    """
    from scheduler.app import compose
    from scheduler.errors import StateError
    from scheduler.usecases.back_up import database_file

    app = compose()
    file = database_file(app.settings)
    if file is not None and not file.exists():
        raise StateError(
            f"There is no database {file}. Go to the folder of the server, or name it in "
            "HELIOTROPE_DATA_DIR; `helio serve` makes a new one."
        )
    return app


def import_folder(
    folder: FolderArgument,
    into: Annotated[str, typer.Option("--into", metavar="PERIOD", help="The planning period.")],
) -> None:
    """Import a planning folder into the server's database; all of it or nothing."""
    from scheduler.app import compose, open_ready
    from scheduler.usecases.import_planning import import_at_desk

    screen = Screen()
    with open_ready(compose()) as store:
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
    from scheduler.app import open_kept

    with open_kept(existing()) as store:
        present, newest = store.check()
    screen = Screen()
    if present == newest:
        screen.lines([f"The database is at revision {present}, as it should be."])
        return
    screen.note(f"The database is at revision {present or 'none'}, this version needs {newest}.")
    screen.note("Run `helio db upgrade`.")
    raise typer.Exit(Exit.FINDINGS)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; it must be new.")],
) -> None:
    """Copy the database while the server runs, and check the copy (SQLite)."""
    from scheduler.usecases.back_up import back_up

    revision = back_up(existing().settings, file)
    size = file.stat().st_size / 1e6
    Screen().lines([f"Wrote {file}: {size:,.1f} MB, sound, revision {revision}."])


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy made by `helio db backup`.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="There may be a database; it is put aside.")
    ] = False,
) -> None:
    """Put a copy in the place of the database; the server must be stopped (SQLite)."""
    from scheduler.app import compose, open_kept
    from scheduler.usecases.back_up import restore as put_back

    app, screen = compose(), Screen()
    done = put_back(app.settings, file, app.clock, replace=replace)
    if done.aside is not None:
        screen.lines([f"The database before is now {done.aside}."])
    screen.lines([f"Restored {file}, revision {done.revision}. Start the server again."])
    with open_kept(app) as store:
        present, newest = store.check()
    if present != newest:
        screen.note("Run `helio db upgrade` before that: this version needs a newer revision.")
