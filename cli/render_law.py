"""Which rule packs hold for whom, and what they demand of one agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cli.words import count, instant_text, shown, wrapped
from scheduler.usecases.show_law import HeldPack, LawView, LimitLine

__all__ = ["law_lines"]

_REASONS = {
    "site": "law of the site",
    "contract": "law of the contract",
    "place": "law of the place of work",
    "named": "named by the contract",
    "included": "included in another pack",
    "company": "rules of the company",
}


def law_lines(view: LawView, *, width: int) -> Iterator[Text]:
    """Draw the packs with reason and time; for one agent also each limit with its article."""
    whom = view.agent_name and f"{view.agent_name} ({view.agent_id})"
    yield Text(shown(whom or view.name, width), style="bold")
    if not view.packs:
        yield Text("  no rule pack holds", style="yellow")
    for pack in view.packs:
        yield from _pack(pack, view, width)
    if view.permits:
        told = f"Permits held: {', '.join(view.permits)}"
        yield from (Text(line) for line in wrapped(told, width))
    yield Text("All packs that hold are checked, so the strictest wins. Not legal advice.", "dim")


def _pack(pack: HeldPack, view: LawView, width: int) -> Iterator[Text]:
    head = Text(pack.pack_id, style="bold cyan")
    head.append(f"  {pack.name}", style="not bold default")
    head.truncate(width)
    yield head
    why = " and ".join(_REASONS.get(reason, reason) for reason in pack.reasons)
    told = f"{why}{_span(pack)}"
    if view.agent_id is None:
        told += f": {count(len(pack.agents), 'agent')} ({', '.join(pack.sites)})"
        if len(pack.agents) <= 3:
            told += f", {', '.join(pack.agents)}"
    yield from (Text(f"  {line}", style="dim") for line in wrapped(told, width - 2))
    yield from _limits((*(pack.limits or ()), *(pack.premiums or ())), pack, width)
    for matter, instead in pack.unknown or ():
        lines = wrapped(f"? not known: {matter}; instead: {instead}", width - 4)
        yield Text(f"  {lines[0]}", style="yellow")
        yield from (Text(f"    {line}", style="yellow") for line in lines[1:])


def _limits(rows: Sequence[LimitLine], pack: HeldPack, width: int) -> Iterator[Text]:
    for row in rows:
        span = "" if (row.start, row.end) == (pack.start, pack.end) else _span(row)
        unless = f" (unless permit {row.permit})" if row.permit else ""
        lines = wrapped(f"{row.demands}{span}{unless}", width - 4)
        yield Text(f"  - {lines[0]}")
        yield from (Text(f"    {line}") for line in lines[1:])
        law = f"{row.law}. {row.note}" if row.note else row.law
        yield from (Text(f"    {line}", style="dim") for line in wrapped(law, width - 4))


def _span(row: HeldPack | LimitLine) -> str:
    since = "" if row.start is None else f" from {instant_text(row.start)}"
    until = "" if row.end is None else f" until {instant_text(row.end)}"
    return since + until
