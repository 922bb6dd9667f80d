"""The command that makes demand from a history of contacts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import JsonOption
from cli.screen import Screen

if TYPE_CHECKING:
    from scheduler.domain import Planning
    from scheduler.usecases.forecast_contacts import Aim

__all__ = ["forecast", "register"]

_LINE_SECONDS = 2.0
_HORIZON = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio forecast contacts.csv --planning demo --out demo/demand.csv\n\n"
            "Without a planning: helio forecast contacts.csv --horizon 2027-03-22..2027-04-05 "
            "--zone Europe/Amsterdam --country NL"
        )
    )(forecast)


def _dates(text: str) -> tuple[date, date]:
    match = _HORIZON.fullmatch(text.strip())
    try:
        start, end = map(date.fromisoformat, match.groups() if match else ("",))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a horizon; write 2027-03-22..2027-04-05, the end not included",
            param_hint="--horizon",
        ) from None
    if end <= start:
        raise typer.BadParameter(f"{text!r} must end after it starts", param_hint="--horizon")
    return start, end


def forecast(
    history: Annotated[
        Path, typer.Argument(metavar="HISTORY", help="Contacts of the past, a CSV file.")
    ],
    planning: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Queues and horizon are those of this planning."),
    ] = None,
    horizon: Annotated[
        str | None,
        typer.Option(metavar="START..END", help="Local dates, END not included."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="Z", help="The customers' clock, an IANA zone.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="C", help="Whose public holidays count, such as NL.")
    ] = None,
    interval: Annotated[
        int, typer.Option(metavar="MIN", help="Length of the rows of demand, 15 or 30.")
    ] = 30,
    aht_s: Annotated[
        float | None, typer.Option(metavar="S", help="Handling time where the history has none.")
    ] = None,
    missing_is_zero: Annotated[
        bool, typer.Option("--missing-is-zero", help="Rows left out mean no contacts.")
    ] = False,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Also forecast past weeks, and compare.")
    ] = False,
    days: Annotated[bool, typer.Option("--days", help="Show every day of every queue.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write rows of demand here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast contacts, queue by queue, as rows of demand."""
    from cli.render_forecast import forecast_lines
    from scheduler.usecases.forecast_contacts import forecast_contacts, write_demand
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_planning

    screen = Screen()
    aim: Planning | Aim
    if planning is not None:
        for given, name in ((horizon, "--horizon"), (zone, "--zone"), (country, "--country")):
            if given is not None:
                raise typer.BadParameter("comes from the planning", param_hint=name)
        aim = read_planning(planning)
    else:
        aim = _aim(horizon, zone, country, interval)
    view = forecast_contacts(
        history,
        aim,
        with_backtest=backtest,
        missing_is_zero=missing_is_zero,
        aht_s=aht_s,
        on_progress=_told(screen),
    )
    if out is not None:
        write_demand(view.demand, out)
    if as_json:
        screen.json(to_plain(view))
        return
    screen.lines(forecast_lines(view, width=screen.width, glyphs=screen.glyphs, in_detail=days))
    if out is not None:
        screen.lines([f"Wrote {len(view.demand):,} rows of demand to {out}"])


def _aim(horizon: str | None, zone: str | None, country: str | None, interval: int) -> Aim:
    from scheduler.domain import Horizon
    from scheduler.usecases.forecast_contacts import Aim

    if horizon is None:
        raise typer.BadParameter("needed without --planning", param_hint="--horizon")
    dates = _dates(horizon)
    if zone is None:
        raise typer.BadParameter("needed without --planning", param_hint="--zone")
    try:
        return Aim(Horizon(*dates, zone), country=country, interval_minutes=interval)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _told(screen: Screen) -> Callable[[str, int, int], None]:
    """Return what tells progress every two seconds, on standard error."""
    told_at = time.monotonic()

    def tell(queue_id: str, done: int, asked: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _LINE_SECONDS and done < asked:
            told_at = time.monotonic()
            screen.note(f"{done} of {asked} queues, {queue_id}")

    return tell
