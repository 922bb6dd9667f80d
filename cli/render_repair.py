"""What a repair changed, what it saves, and who else could take an open shift."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.screen import Glyphs
from cli.words import clock_and_day, count, hours_text, money, shown, wrapped
from scheduler.domain.walltime import clock_text
from scheduler.usecases.repair_view import OpenedShift, Repaired, ShiftChange, ShiftSpan, Taker

__all__ = ["repair_lines"]

_WHY = {
    "out": "away",
    "called_in": "called in",
    "moved": "moved",
    "freed": "freed",
}
_REASONS = {
    "no_skill": "may not serve the queue then",
    "on_duty": "at work then already",
    "no_option": "away, or no shift allowed then",
    "ranked_lower": "could at best be as dear as the last one named",
    "MinRest": "too little rest",
    "ShortRests": "too many short rests",
    "WeeklyRest": "too little weekly rest",
    "MaxConsecutiveDays": "too many days in a row",
    "MinConsecutiveDays": "too few days in a row",
    "MinDaysOff": "too few days off together",
    "MaxSeries": "too long a series",
    "SeriesRest": "too little rest after nights",
    "RollingHours": "too many hours of 24",
    "HoursLimit": "too many hours of the week or period",
    "DaysLimit": "too many days of the week",
    "CountLimit": "too many nights",
    "HoursIfCount": "too many hours of a period with nights",
    "WindowsLimit": "too many Sundays",
    "Pin": "a pinned shift",
}


def repair_lines(repaired: Repaired, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw the changes, what they cost, and the colleagues who could take an open shift."""
    roster = repaired.solved.roster
    yield Text(shown(repaired.planning.name, width), style="bold")
    fallen = sum(change.why == "out" for change in repaired.changes)
    others = len(repaired.changes) - fallen
    yield Text(
        f"  {count(fallen, 'shift')} fell away, {count(others, 'shift')} changed to mend it, "
        f"found in {repaired.repair_seconds:.2f} s"
    )
    yield Text("")
    title = "Changes, own clocks"
    yield Text(f"{title:<{width - 28}}{'own cost':>14}{'cover':>14}", style="bold cyan")
    for change in repaired.changes:
        yield from _change(change, width, glyphs)
    if not repaired.changes:
        yield Text("  none: no shift lies in that time", style="dim")
    yield Text("")
    yield Text(
        f"{'Cost, ' + roster.currency:<28}{'best split':>14}{'with activities':>18}",
        style="bold cyan",
    )
    rows = (
        ("as published", repaired.published_split_cents, repaired.published_cents),
        ("with nothing done", repaired.unrepaired_cents, None),
        ("repaired", repaired.repaired_cents, roster.cost_cents),
    )
    for label, split, whole in rows:
        with_activities = "" if whole is None else f"{whole / 100:>18,.2f}"
        yield Text(f"  {label:<26}{split / 100:>14,.2f}{with_activities}")
    yield Text(f"  {'asked of colleagues':<26}{repaired.change_cents / 100:>14,.2f}", style="dim")
    for opened in repaired.opened:
        yield Text("")
        yield from _opened(opened, width, roster.currency)


def _change(change: ShiftChange, width: int, glyphs: Glyphs) -> Iterator[Text]:
    who = f"{change.name} ({change.agent_id})"
    line = Text(f"  {shown(who, width - 32):<{width - 30}}")
    line.append(f"{change.own_cents / 100:>+14,.2f}{change.cover_cents / 100:>+14,.2f}")
    yield line
    told = f"{_WHY[change.why]}: {_span(change.before)} {glyphs.arrow} {_span(change.after)}"
    style = "red" if change.why == "out" else "green"
    for text in wrapped(told, width - 4):
        yield Text(f"    {text}", style=style)


def _span(span: ShiftSpan | None) -> str:
    if span is None:
        return "off"
    return f"{_clocks(span)} {span.zone}"


def _clocks(span: ShiftSpan) -> str:
    return f"{clock_and_day(span.start_local)}-{clock_text(span.end_local.minute)}"


def _opened(opened: OpenedShift, width: int, currency: str) -> Iterator[Text]:
    told = f"Who could take {opened.queue_id}, {_span(opened.span)}"
    yield from (Text(line, style="bold cyan") for line in wrapped(told, width))
    for taker in opened.takers:
        who = shown(f"{taker.name} ({taker.agent_id})", width - 22)
        yield Text(f"  {who:<{width - 20}}{money(taker.cents, currency):>18}", style="bold")
        for text in wrapped(_facts(taker), width - 4):
            yield Text(f"    {text}", style="dim")
    if not opened.takers:
        yield Text("  nobody", style="yellow")
    for reason, number in opened.excluded:
        yield Text(f"{number:>5}  {_REASONS.get(reason, reason)}", style="yellow")
    total = len(opened.takers) + sum(number for _, number in opened.excluded)
    yield Text(f"{total:>5}  agents in all, those named among them", style="bold")


def _facts(taker: Taker) -> str:
    facts = [_span(taker.after)]
    if taker.before is not None:
        facts.append(f"instead of {_clocks(taker.before)}")
    for label, minutes in (
        ("rest before", taker.rest_before_minutes),
        ("rest after", taker.rest_after_minutes),
        ("hours left", taker.hours_left_minutes),
    ):
        if minutes is not None:
            facts.append(f"{label} {hours_text(minutes / 60)}")
    facts += [f"{name.replace('_', ' ')} {cents / 100:+,.2f}" for name, cents in taker.terms]
    return ", ".join(facts)
