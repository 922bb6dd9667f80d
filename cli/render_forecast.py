"""A forecast: days with their range, what was not learnt from, and how good it would have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from cli.screen import Glyphs
from cli.words import count, day_text, percent, short_day, shown, wrapped
from scheduler.usecases.forecast_contacts_view import ForecastQueue, ForecastView

__all__ = ["forecast_lines"]

_MOST_NAMED = 6


def forecast_lines(
    view: ForecastView, *, width: int, glyphs: Glyphs, in_detail: bool
) -> Iterator[Text]:
    """Draw the forecast.

    Parameters
    ----------
    in_detail : bool
        Every day of every queue, not their sums alone.
    """
    horizon = view.horizon
    contacts = sum(queue.contacts for queue in view.queues)
    head = f"Forecast {horizon.start} to before {horizon.end}, {horizon.zone}: "
    head += f"{contacts:,.0f} contacts on {count(len(view.queues), 'queue')}"
    yield from (Text(line, style="bold") for line in wrapped(head, width))
    yield Text("")
    if in_detail:
        for queue in view.queues:
            yield from _days(queue, view, width, glyphs)
            yield Text("")
    else:
        yield from _totals(view)
        yield Text("")
    yield from _left_out(view, width)
    if view.queues[0].backtest is not None:
        yield from _backtest(view, width)
        yield Text("")
    if view.without_history:
        text = f"Without history, so not forecast: {', '.join(view.without_history)}."
        yield from (Text(line, style="dim") for line in wrapped(text, width))


def _totals(view: ForecastView) -> Iterator[Text]:
    head = f"{'queue':<15}{'contacts':>9}{'aht':>7}{'quietest day':>24}{'busiest day':>24}"
    yield Text(head, style="dim")
    for queue in view.queues:
        line = Text(f"{shown(queue.queue_id, 14):<15}", style="cyan")
        line.append(f"{queue.contacts:>9,.0f}{queue.aht_s:>5.0f} s", style="default")
        live = [day for day in queue.days if day.contacts > 0]
        for pick in (min, max):
            if live:
                day = pick(live, key=lambda row: row.contacts)
                text = f"{short_day(day.day)} {_range(day.contacts, day.low, day.high)}"
                line.append(f"{text:>24}", style="default")
        yield line


def _range(contacts: float, low: float, high: float) -> str:
    return f"{contacts:,.0f} ({low:,.0f}-{high:,.0f})"


def _days(queue: ForecastQueue, view: ForecastView, width: int, glyphs: Glyphs) -> Iterator[Text]:
    head = Text(shown(queue.queue_id, width // 3), style="bold cyan")
    head.append(
        f"  {queue.contacts:,.0f} contacts of {queue.aht_s:.0f} s, {queue.zone}, from "
        f"{count(queue.history_days, 'day')}",
        style="not bold dim",
    )
    head.truncate(width)
    yield head
    yield Text(f"{'':<9}{'contacts':>9}{f'{view.level} %':>14}", style="dim")
    most = max((day.high for day in queue.days), default=0.0)
    room = max(10, width - 34)
    for day in queue.days:
        if not day.high:
            continue  # closed
        low, high = f"{day.low:,.0f}", f"{day.high:,.0f}"
        line = Text(f"{short_day(day.day):<9}{day.contacts:>9,.1f}{f'{low} - {high}':>14} ")
        line.append(_bar(day.low, day.high, most, room, glyphs), style="green")
        if day.holiday:
            line.append(f" {day.holiday}", style="yellow")
        line.truncate(width)
        yield line


def _bar(low: float, high: float, most: float, room: int, glyphs: Glyphs) -> str:
    """Return a bar up to the low end, and a line on to the high one."""
    if not most:
        return ""
    first, last = round(low / most * room), round(high / most * room)
    return glyphs.bar * first + glyphs.track * (last - first)


def _left_out(view: ForecastView, width: int) -> Iterator[Text]:
    by_day: dict[tuple[date, str], list[str]] = {}
    for queue in view.queues:
        for row in queue.left_out:
            told = _one(row.queue_id, row.offered, row.expected)
            by_day.setdefault((row.day, row.reason), []).append(told)
    missing = [queue for queue in view.queues if queue.missing_intervals]
    if not by_day and not missing:
        yield Text("Nothing is missing in the history, and no day is unlike its weekday.")
        yield Text("")
        return
    yield Text("Not learnt from", style="bold")
    for (day, reason), queues in sorted(by_day.items()):
        why = "less than half of it is known" if reason == "gap" else "unlike its weekday"
        text = f"{day_text(day)} {day.year}, {why}: {_some(queues)}"
        yield from (Text(f"  {line}") for line in wrapped(text, width - 2))
    if missing:
        counts = [f"{queue.queue_id} {queue.missing_intervals:,}" for queue in missing]
        text = f"intervals missing while open: {_some(counts)}"
        yield from (Text(f"  {line}") for line in wrapped(text, width - 2))
    yield Text("")


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _one(queue_id: str, offered: float | None, expected: float | None) -> str:
    if offered is None:
        return queue_id
    usual = "" if expected is None else f", usually {expected:,.0f}"
    return f"{queue_id} ({offered:,.0f}{usual})"


def _backtest(view: ForecastView, width: int) -> Iterator[Text]:
    first = view.queues[0].backtest
    assert first is not None
    origins = ", ".join(f"{day}" for day in first.origins)
    yield Text("Had it been made before", style="bold")
    yield Text(f"  on {origins}", style="dim")
    yield Text(
        f"{'':<15}{'interval':>9}{'bias':>8}{'last week':>11}{'day':>9}{'bias':>8}"
        f"{'last week':>11}{f'in {view.level} %':>9}",
        style="dim",
    )
    for queue in view.queues:
        found = queue.backtest
        if found is None:
            continue
        line = Text(f"{shown(queue.queue_id, 14):<15}", style="cyan")
        for made, naive in (
            (found.interval, found.naive_interval),
            (found.day, found.naive_day),
        ):
            bias = f"{100 * made.bias:+.1f} %"
            style = "green" if made.wape <= naive.wape else "red"
            line.append(f"{percent(made.wape):>9}{bias:>8}", style=style)
            line.append(f"{percent(naive.wape):>11}", style="default")
        held = dict(found.coverage).get(view.level)
        line.append("" if held is None else f"{percent(held):>9}", style="default")
        yield line
    text = (
        "Sum of differences by sum of contacts (WAPE), by interval and by day; last week: the same "
        f"of the last known week taken again; in {view.level} %: share of intervals within the "
        "range. Few contacts scatter widely by themselves."
    )
    yield from (Text(line, style="dim") for line in wrapped(text, width))
