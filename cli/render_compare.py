"""Two rosters side by side: the planning as it is, and one site alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cli.words import hours_text, money, percent, shown, wrapped
from scheduler.usecases.compare_rosters import Comparison, Figures

__all__ = ["compare_lines"]

_LABEL, _COLUMN = 26, 18


def compare_lines(comparison: Comparison, *, width: int) -> Iterator[Text]:
    """Draw the figures of both rosters and what is between them."""
    planned, alone, currency = comparison.planned, comparison.alone, comparison.currency
    yield Text(shown(comparison.name, width), style="bold")
    yield Text(
        shown(f"What the same demand would cost from {comparison.site} alone", width),
        style="bold cyan",
    )
    whom = (
        f"with the agents of {comparison.site} only, nights allowed"
        if comparison.own_agents
        else f"with the same people, all living and paid in {comparison.site}, nights allowed"
    )
    yield from (Text(f"  {line}", style="dim") for line in wrapped(whom, width - 2))
    yield Text("")
    titles = "".join(
        f"{shown(title, _COLUMN - 2):>{_COLUMN}}"
        for title in (planned.title, alone.title, "difference")
    )
    yield Text(f"{currency:<{_LABEL}}{titles}", style="bold")
    for label, name in (
        ("cost in all", "cost_cents"),
        ("wages", "wages_cents"),
        ("premiums", "premiums_cents"),
        ("paid out", "pay_cents"),
        ("missing agents", "short_cents"),
    ):
        style = "bold" if name in ("cost_cents", "pay_cents") else ""
        amounts = (getattr(planned, name), getattr(alone, name))
        texts = tuple(f"{cents / 100:,.2f}" for cents in amounts)
        yield _row(label, texts, f"{(amounts[1] - amounts[0]) / 100:+,.2f}", style=style)
    yield Text("")
    yield Text("People and cover", style="bold")
    for label, texts in _facts(planned, alone):
        yield _row(label, texts)
    yield Text("")
    yield Text("Proof and verdict", style="bold")
    both = (planned, alone)
    yield _row("bound", tuple(f"{row.bound_cents / 100:,.2f}" for row in both))
    yield _row("gap to bound", tuple(percent(row.gap, digits=2) for row in both))
    yield _row("hard findings", tuple(f"{row.hard}" for row in both))
    yield Text("")
    yield from (Text(line, style="bold") for line in wrapped(_conclusion(comparison), width))


def _facts(planned: Figures, alone: Figures) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "agents", tuple(f"{row.agents:,}" for row in (planned, alone))
    yield "paid hours", tuple(_hours(row.paid_hours) for row in (planned, alone))
    yield "own-night hours", tuple(_hours(row.own_night_hours) for row in (planned, alone))
    yield "agents working nights", tuple(f"{row.night_agents:,}" for row in (planned, alone))
    yield "cover", tuple(percent(row.covered_share, digits=2) for row in (planned, alone))
    yield "agent-hours missing", tuple(_hours(row.missing_hours) for row in (planned, alone))


def _conclusion(comparison: Comparison) -> str:
    """Say what the difference is, and how much of it is proven."""
    planned, alone, currency = comparison.planned, comparison.alone, comparison.currency
    least, most = (
        alone.bound_cents - planned.cost_cents,
        alone.cost_cents - planned.bound_cents,
    )
    difference = alone.cost_cents - planned.cost_cents
    told = f"{comparison.site} alone costs "
    if difference:
        told += f"{money(abs(difference), currency)} {'less' if difference < 0 else 'more'}"
    else:
        told += "the same"
    told += " in these rosters"
    # To the cent: a proven least rounded up would claim more than is proven.
    if least > 0:
        told += f"; at least {money(least, currency)} more whatever the rosters"
    elif most < 0:
        told += f"; at least {money(-most, currency)} less whatever the rosters"
    elif least == most == 0:
        told += "; both are proven cheapest, so neither way is dearer"
    else:
        told += "; the bounds do not prove which of the two is dearer"
    missing = alone.missing_hours - planned.missing_hours
    if missing:
        told += f"; {_hours(abs(missing))} {'more' if missing > 0 else 'less'} of need left open"
    nights = alone.own_night_hours - planned.own_night_hours
    if nights:
        told += f"; {_hours(abs(nights))} {'more' if nights > 0 else 'less'} work in own night"
    return f"{told}."


def _row(label: str, texts: Sequence[str], difference: str = "", *, style: str = "") -> Text:
    cells = "".join(f"{text:>{_COLUMN}}" for text in (*texts, difference))
    return Text(f"  {label:<{_LABEL - 2}}{cells}".rstrip(), style=style)


def _hours(hours: float) -> str:
    return hours_text(round(hours, 1))
