"""The figures of a finished roster, and what its audit found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.text import Text

from cli.screen import Glyphs
from cli.words import (
    count,
    day_text,
    duration_text,
    fit,
    hours_text,
    instant_text,
    money,
    percent,
    shown,
    wrapped,
)
from scheduler.usecases.summary import Shortage, Spread, Summary

__all__ = ["audit_lines", "summary_lines"]

_TERMS = {
    "short": "missing agents",
    "idle": "agents beyond need",
    "wages": "wages",
    "premiums": "premiums",
    "own_night": "work in own night",
    "wishes": "wishes not granted",
    "contract_hours": "contract hours missed",
    "fair_weekends": "uneven weekends",
    "fair_evenings": "uneven evenings",
}
_STATUS = {
    "optimal": "proven best",
    "gap_reached": "gap wanted reached",
    "time_limit": "time limit reached",
    "cancelled": "stopped early",
    "converged": "no further improvement found",
}
_MOST_PEOPLE, _MOST_SHORTAGES, _MOST_HARD, _MOST_SOFT, _MOST_BINDING = 6, 8, 30, 6, 2


def summary_lines(summary: Summary, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw the figures: cost and proof, terms, cover by queue, people, shortages."""
    yield from _head(summary, width)
    yield Text("")
    yield from _terms(summary)
    yield Text("")
    yield from _queues(summary, glyphs)
    yield Text("")
    yield from _people(summary, width)
    yield Text("")
    yield from _law(summary, width)
    if summary.shortages:
        yield Text("")
        yield from _shortages(summary.shortages, summary.missing_hours, width)


def _head(summary: Summary, width: int) -> Iterator[Text]:
    last = summary.end_day - timedelta(days=1)
    days = (summary.end_day - summary.first_day).days
    yield Text(shown(summary.name, width), style="bold")
    yield Text(
        f"  {count(summary.agents, 'agent')} ({summary.agents_with_shift:,} with shifts), "
        f"{count(summary.shifts, 'shift')}, {hours_text(round(summary.paid_hours, 1))} paid"
    )
    yield Text(
        f"  {count(days, 'day')}, {day_text(summary.first_day)} to {day_text(last)} {last.year}, "
        f"{summary.zone}"
    )
    line = Text("  cost ")
    line.append(money(summary.cost_cents, summary.currency), style="bold")
    line.append("   bound ")
    line.append(money(summary.bound_cents, summary.currency), style="bold")
    line.append("   gap ")
    line.append(percent(summary.gap, digits=2), style="bold green")
    yield line
    how = _STATUS.get(summary.status, summary.status)
    told = f"  shifts: {how} after {duration_text(summary.seconds)} ({summary.method})"
    if summary.activity_seconds is not None:
        told += f"; activities: {duration_text(summary.activity_seconds)}"
    yield Text(told, style="dim")


def _terms(summary: Summary) -> Iterator[Text]:
    yield Text(f"{'Cost by term':<28}{summary.currency:>14}{'share':>10}", style="bold cyan")
    for name, cents in summary.terms:
        share = cents / summary.cost_cents if summary.cost_cents else 0.0
        title = _TERMS.get(name, name.replace("_", " "))
        style = "" if cents else "dim"
        yield Text(f"  {title:<26}{cents / 100:>14,.2f}{percent(share):>10}", style=style)


def _queues(summary: Summary, glyphs: Glyphs) -> Iterator[Text]:
    yield Text(
        f"{'Cover by queue':<20}{'needed':>10}{'covered':>9}{'missing':>10}  worst moment",
        style="bold cyan",
    )
    for row in summary.queues:
        line = Text(f"  {fit(row.queue_id, 18, glyphs.ellipsis)}{_hours(row.needed_hours):>10}")
        line.append(f"{percent(row.covered_share):>9}", style=_cover_style(row.covered_share))
        line.append(f"{_hours(row.missing_hours):>10}")
        if row.worst_utc is not None:
            line.append(f"  {row.worst_missing} missing {instant_text(row.worst_utc)}")
        yield line
    yield Text(
        f"  {'all':<18}{_hours(summary.needed_hours):>10}{percent(summary.covered_share):>9}"
        f"{_hours(summary.missing_hours):>10}  {percent(summary.full_share)} of quarters full",
        style="bold",
    )
    if summary.lost_hours:
        yield Text(
            f"  {_hours(summary.lost_hours)} of it for want of shorter stints on a queue",
            style="dim",
        )


def _hours(hours: float) -> str:
    return f"{hours:,.1f} h"


def _cover_style(share: float) -> str:
    return "green" if share >= 0.99 else "yellow" if share >= 0.9 else "red"


def _people(summary: Summary, width: int) -> Iterator[Text]:
    yield Text("People", style="bold cyan")
    who = ", ".join(
        f"{row.name} {hours_text(row.hours)}" for row in summary.own_night[:_MOST_PEOPLE]
    )
    rest = len(summary.own_night) - _MOST_PEOPLE
    who += f" and {rest} more" if rest > 0 else ""
    night = hours_text(summary.own_night_hours) + (f": {who}" if who else ", nobody")
    yield from _fact("own-night hours", night, width)
    yield from _fact("premiums", _premiums(summary), width)
    yield from _fact(
        "contract hours",
        f"{hours_text(summary.under_target_hours)} short of the targets, "
        f"{hours_text(summary.under_min_hours)} short of the minimums",
        width,
    )
    if summary.wishes_asked:
        share = summary.wishes_granted / summary.wishes_asked
        granted = f"{summary.wishes_granted:,} of {summary.wishes_asked:,} ({percent(share)})"
        yield from _fact("wishes granted", granted, width)
    yield from _fact("weekend shifts", _spread(summary.weekends), width)
    yield from _fact("evening shifts", _spread(summary.evenings), width)


def _premiums(summary: Summary) -> str:
    """Say what is paid above the hourly rates, by which pack, and how much of it for own nights."""
    told = money(summary.premiums_cents, summary.currency)
    packs = [f"{pack} {cents / 100:,.2f}" for pack, cents in summary.premiums_by_pack if cents]
    if packs:
        told += f" ({', '.join(packs)})"
    if summary.own_night_hours:
        told += f"; {money(summary.own_night_premiums_cents, summary.currency)} in own night"
    return told


def _law(summary: Summary, width: int) -> Iterator[Text]:
    """Draw the strongest binding limits: those of law and company, then that of the contracts."""
    yield Text("Rules that bind most", style="bold cyan")
    packs = [row for row in summary.binding if row.article]
    others = [row for row in summary.binding if not row.article]
    for row in (*packs[:_MOST_BINDING], *others[:1]):
        told = (
            f"{row.name.replace('_', ' ')} ({row.law}): "
            f"at it in {count(row.places, 'place')} of {count(row.agents, 'agent')}"
        )
        lines = wrapped(told, width - 4)
        yield Text(f"  {lines[0]}")
        yield from (Text(f"    {line}") for line in lines[1:])
    if not summary.binding:
        yield Text("  none: no shift stands right at a limit")


def _spread(spread: Spread) -> str:
    return (
        f"{spread.least} to {spread.most} an agent, {spread.total:,} in all, "
        f"evenness {spread.jain:.2f} of 1"
    )


def _fact(title: str, value: str, width: int) -> Iterator[Text]:
    label = 18
    lines = wrapped(value, width - label)
    for idx, line in enumerate(lines):
        yield Text(f"  {title if idx == 0 else '':<{label - 2}}{line}")


def _shortages(rows: Sequence[Shortage], missing_hours: float, width: int) -> Iterator[Text]:
    yield Text(
        f"Short cover: {count(len(rows), 'stretch', 'stretches')}, {_hours(missing_hours)} in all",
        style="bold cyan",
    )
    for row in rows[:_MOST_SHORTAGES]:
        same_day = row.start_utc.date() == row.end_utc.date()
        until = f"{row.end_utc:%H:%M}Z" if same_day else instant_text(row.end_utc)
        told = (
            f"{instant_text(row.start_utc)[:-1]}-{until}, "
            f"up to {row.most_missing} missing, {_hours(row.missing_hours)}"
        )
        queue = shown(row.queue_id, max(8, width - len(told) - 4))
        yield Text(f"  {queue}  {told}", style="yellow")
        for line in wrapped(", ".join(row.reasons), width - 6):
            yield Text(f"      {line}", style="dim")
    if len(rows) > _MOST_SHORTAGES:
        yield Text(f"  and {len(rows) - _MOST_SHORTAGES} more (all with --json)", style="dim")


def audit_lines(summary: Summary, *, width: int) -> Iterator[Text]:
    """Draw the verdict, ``0 hard findings`` or each finding as a sentence, and what is unsure."""
    hard, hard_pinned, soft = summary.hard, summary.hard_pinned, summary.soft
    line = Text("Audit  ", style="bold cyan")
    line.append(count(hard, "hard finding"), style="bold green" if not hard else "bold red")
    if hard_pinned:
        line.append(f", {hard_pinned} of them from pins, kept as asked", style="not bold yellow")
    line.append(f", {count(soft, 'soft finding')}", style="not bold default")
    yield line
    for mark, style, most in (("hard", "red", _MOST_HARD), ("soft", "yellow", _MOST_SOFT)):
        rows = [finding for finding in summary.findings if finding.hard == (mark == "hard")]
        for finding in rows[:most]:
            for idx, text in enumerate(wrapped(finding.sentence, width - 8)):
                yield Text(f"  {mark if idx == 0 else '':<6}{text}", style=style)
        if len(rows) > most:
            kinds = Counter(finding.rule for finding in rows[most:]).most_common()
            named = ", ".join(f"{number} {rule}" for rule, number in kinds)
            hidden = f"{len(rows) - most} more {mark}: {named} (all with --json)"
            for text in wrapped(hidden, width - 8):
                yield Text(f"{'':<8}{text}", style="dim")
    for sentence in summary.unjudged:
        for idx, text in enumerate(wrapped(sentence, width - 8)):
            yield Text(f"  {'note' if idx == 0 else '':<6}{text}", style="dim")
