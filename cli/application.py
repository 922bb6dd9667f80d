"""The commands of ``helio`` put together."""

from __future__ import annotations

import typer

from cli.commands import (
    compare,
    database,
    erlang,
    explain,
    folder,
    forecast,
    jobs,
    law,
    repair,
    requirements,
    roster,
    serve,
    simulate,
    solve,
    users,
    year,
)

__all__ = ["app"]

app = typer.Typer(
    name="helio",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=(
        "Example: helio new demo, helio solve demo, "
        "helio show demo/out\n\n"
        "Exit codes: 0 fine, 1 hard audit findings, 2 wrong usage or input, 70 a defect of "
        "Heliotrope, 130 interrupted (a solve has saved its best roster)."
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        from scheduler.app import version

        typer.echo(f"heliotrope {version()}")
        raise typer.Exit


@app.callback()
def heliotrope(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Roster remote contact-centre agents around the clock and around the world."""


folder.register(app)
solve.register(app)
roster.register(app)
explain.register(app)
law.register(app)
year.register(app)
compare.register(app)
repair.register(app)
forecast.register(app)
erlang.register(app)
requirements.register(app)
simulate.register(app)
serve.register(app)
database.register(app)
users.register(app)
jobs.register(app)
