"""The calculator: agents for contacts, without any folder."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import JsonOption
from cli.screen import Screen

__all__ = ["erlang", "register"]


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio erlang --calls 100 --interval-s 1800 --aht-s 180 --target 80%\n\n"
            "Without --agents and without any target: 80 % within 20 s."
        )
    )(erlang)


def _share(text: str) -> float:
    bare = text.strip()
    try:
        return float(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a share; write 0.8 or 80%") from None


def erlang(
    calls: Annotated[float, typer.Option(metavar="N", help="Contacts in the interval.")],
    aht_s: Annotated[float, typer.Option(metavar="S", help="Handling time in seconds.")],
    interval_s: Annotated[
        float, typer.Option(metavar="S", help="Length of the interval in seconds.")
    ] = 1800.0,
    model: Annotated[
        str | None,
        typer.Option(metavar="c|a", help="All wait, or some hang up (default: by --patience-s)."),
    ] = None,
    patience_s: Annotated[
        float | None, typer.Option(metavar="S", help="Mean patience in seconds: Erlang A.")
    ] = None,
    agents: Annotated[
        int | None, typer.Option(metavar="N", help="Judge this number of agents at work.")
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(metavar="SHARE", parser=_share, help="Share to answer in time, 0.8 or 80%."),
    ] = None,
    target_s: Annotated[
        float, typer.Option(metavar="S", help="In time means within so many seconds.")
    ] = 20.0,
    max_wait_s: Annotated[
        float | None, typer.Option(metavar="S", help="Longest mean wait in seconds.")
    ] = None,
    max_abandon: Annotated[
        float | None,
        typer.Option(metavar="SHARE", parser=_share, help="Largest share that hangs up."),
    ] = None,
    max_occupancy: Annotated[
        float | None,
        typer.Option(metavar="SHARE", parser=_share, help="Largest share of time busy."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(metavar="K", help="Contacts side by side per agent.")
    ] = 1,
    shrinkage: Annotated[
        float,
        typer.Option(metavar="SHARE", parser=_share, help="Share of rostered time lost."),
    ] = "0",  # type: ignore[assignment]
    as_json: JsonOption = False,
) -> None:
    """Say how many agents contacts ask for, or what a number of agents achieves."""
    from cli.render_erlang import erlang_lines
    from scheduler.usecases.calculate_agents import AgentsQuestion, calculate_agents
    from scheduler.usecases.plain import to_plain

    try:
        question = AgentsQuestion(
            calls=calls,
            interval_s=interval_s,
            aht_s=aht_s,
            model=None if model is None else model.lower(),
            patience_s=patience_s,
            agents=agents,
            level=target,
            target_s=target_s,
            max_wait_s=max_wait_s,
            max_abandon=max_abandon,
            max_occupancy=max_occupancy,
            concurrency=concurrency,
            shrinkage=shrinkage,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    view, screen = calculate_agents(question), Screen()
    if as_json:
        screen.json(to_plain(view))
    else:
        screen.lines(erlang_lines(view, width=screen.width))
