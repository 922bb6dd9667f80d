"""The command that says why a roster is as it is, and what contradicts itself."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import FolderOption, JsonOption, RulePacksOption
from cli.errors import Exit, show_notices
from cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduler.usecases.explain import ExplainedMoment
    from scheduler.usecases.explain_prices import PricedMoment

__all__ = ["explain", "register"]

_WORST = 3


def register(app: typer.Typer) -> None:
    """Add the command of this file to `app`."""
    app.command(
        epilog=(
            "Example: helio explain demo/out --queue phone-nl --at 2027-03-28T03:00Z or "
            "helio explain demo --conflicts"
        )
    )(explain)


def explain(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="The planning. Alone: the roster, with its planning.json beside it.",
        ),
    ],
    roster: Annotated[
        Path | None,
        typer.Argument(metavar="ROSTER", help="A roster.json, or the folder that holds it."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="Q", help="The queue (default: the worst moments).")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="The moment: 2027-03-28T03:00Z, or without offset on the roster's clock.",
        ),
    ] = None,
    worst: Annotated[
        int, typer.Option(metavar="N", min=1, max=50, help="Without --at: so many worst moments.")
    ] = _WORST,
    fixes: Annotated[
        bool,
        typer.Option(
            "--fixes/--no-fixes", help="Try what would help and price it, or only say why."
        ),
    ] = True,
    conflicts: Annotated[
        bool,
        typer.Option(
            "--conflicts", help="Name pins of FOLDER that contradict rules or each other."
        ),
    ] = False,
    folder: FolderOption = None,
    rule_packs: RulePacksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a queue is short at a moment, agent by agent, and what would help."""
    if conflicts:
        _conflicts(source, rule_packs=rule_packs or (), as_json=as_json)
        return
    if (queue is None) != (at is None):
        raise typer.BadParameter("give both --queue and --at, or neither for the worst moments")
    if roster is not None and folder is not None:
        raise typer.BadParameter("name the planning once: as FOLDER or with --folder")
    from scheduler.usecases.explain import explain_moment, worst_moments
    from scheduler.usecases.read_roster import read_roster

    screen = Screen()
    found = read_roster(
        source if roster is None else roster,
        folder=folder if roster is None else source,
        rule_packs=rule_packs or (),
        needs_planning=True,
    )
    show_notices(screen, found.notices)
    if queue is not None and at is not None:
        moments = [explain_moment(found.roster, found.planning, queue_id=queue, at=at)]
    else:
        moments = list(worst_moments(found.roster, found.planning, worst))
    assert found.planning is not None  # else the moments above would have been refused
    priced: list[PricedMoment] = []
    if fixes:
        from scheduler.usecases.explain_prices import price_moments

        priced = list(price_moments(found.roster, found.planning, moments))
        moments = [row.moment for row in priced]
    if as_json:
        plain = [_plain(*row) for row in zip_longest(moments, priced)]
        screen.json(plain[0] if at is not None else {"moments": plain})
    else:
        _draw(screen, moments, priced, named=at is not None)


def _plain(moment: ExplainedMoment, priced: PricedMoment | None) -> dict[str, object]:
    """Return the moment's own fields, and what it would take under ``prices``."""
    from scheduler.usecases.plain import to_plain

    plain, prices = to_plain(moment), to_plain(priced)
    assert isinstance(plain, dict)
    if isinstance(prices, dict):
        del prices["moment"]
        plain["prices"] = prices
    return plain


def _draw(
    screen: Screen,
    moments: Sequence[ExplainedMoment],
    priced: Sequence[PricedMoment],
    *,
    named: bool,
) -> None:
    from cli.render_explain import explain_lines, price_lines

    if not moments:
        screen.lines(["No queue is short at any time."])
    for index, moment in enumerate(moments):
        if index:
            screen.lines(["", screen.glyphs.line * min(screen.width, 80), ""])
        screen.lines(explain_lines(moment, width=screen.width, named=named))
        if priced:
            screen.lines(price_lines(priced[index], width=screen.width))


def _conflicts(folder: Path, *, rule_packs: Sequence[Path], as_json: bool) -> None:
    from cli.render_explain import conflict_lines
    from scheduler.usecases.explain_conflicts import find_conflicts
    from scheduler.usecases.plain import to_plain
    from scheduler.usecases.read_input import read_planning

    screen = Screen()
    found = find_conflicts(read_planning(folder, rule_packs=rule_packs))
    if as_json:
        screen.json({"conflicts": to_plain(found)})
    else:
        screen.lines(conflict_lines(found, width=screen.width))
    if found:
        raise typer.Exit(Exit.FINDINGS)
