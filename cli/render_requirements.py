"""Required agents by queue and day: a line of figures and a curve for each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from cli.screen import Glyphs
from cli.words import count, day_text, hours_text, percent, short_day, shown, wrapped
from scheduler.domain.walltime import clock_text
from scheduler.usecases.plan_staffing_view import DayNeed, IntervalNeed, QueueNeed, StaffingView

__all__ = ["requirements_lines"]

_DAY_MINUTES = 1440
_FIGURES = 40
_LABEL = 9
_LONG_LABEL = 14


def requirements_lines(
    view: StaffingView, *, width: int, glyphs: Glyphs, in_detail: bool
) -> Iterator[Text]:
    """Draw each queue's days.

    Parameters
    ----------
    in_detail : bool
        One line an interval instead of one a day.
    """
    cells = 48 if width >= _LABEL + _FIGURES + 48 else 24
    days = {interval.wall.day for queue in view.queues for interval in queue.intervals}
    if len(days) == 1 and not in_detail:
        yield Text(day_text(next(iter(days))), style="bold")
        yield from _one_day(view, cells, glyphs)
        yield Text("")
    else:
        for queue in view.queues:
            yield from _head(queue, view, width)
            peak = max((interval.gross for interval in queue.intervals), default=0)
            if in_detail:
                yield from _detail(queue, peak, width, glyphs)
            else:
                yield from _days(queue, view, peak, cells, glyphs)
            yield Text("")
    for pool in view.pools:
        text = (
            f"pool {shown(pool.name, 30)}: {', '.join(pool.queue_ids)}: "
            f"at most {count(pool.most, 'agent')} at once, {hours_text(round(pool.hours, 1))}"
        )
        yield from (Text(line, style="cyan") for line in wrapped(text, width))
    yield _total(view)
    for text in _legend(view, cells, glyphs, in_detail=in_detail):
        yield from (Text(line, style="dim") for line in wrapped(text, width))


def _head(queue: QueueNeed, view: StaffingView, width: int) -> Iterator[Text]:
    head = Text(shown(queue.queue_id, width // 3), style="bold cyan")
    lost = f", shrinkage {percent(queue.shrinkage)}" if queue.shrinkage else ""
    head.append(f"  {queue.language}, {queue.target}{lost}, {queue.zone}", style="not bold dim")
    head.truncate(width)
    yield head
    if queue.fixed:
        hours = sum(i.gross for i in queue.intervals if i.is_fixed) * view.interval_minutes / 60
        yield Text(
            f"  {count(queue.fixed, 'interval')} ({hours_text(hours)}) as requirements.csv says, "
            "whatever demand asks",
            style="yellow",
        )


def _one_day(view: StaffingView, cells: int, glyphs: Glyphs) -> Iterator[Text]:
    """Yield a line for each queue that is open on the only day."""
    yield _columns(_LONG_LABEL, cells)
    for queue in view.queues:
        for day in queue.days(view.interval_minutes):
            if not (day.contacts or day.hours):
                continue
            line = Text(f"{shown(queue.queue_id, _LONG_LABEL - 1):<{_LONG_LABEL}}", style="cyan")
            line.append(f"{_figures(day)} ", style="default")
            curve = _curve(queue.intervals, day.gross[1], cells, glyphs)
            yield line.append(curve, style="green")
    closed = [queue.queue_id for queue in view.queues if _is_idle(queue)]
    if closed:
        yield Text(f"Nobody needed: {', '.join(closed)}", style="dim")


def _is_idle(queue: QueueNeed) -> bool:
    return not any(interval.offered or interval.gross for interval in queue.intervals)


def _columns(label: int, cells: int) -> Text:
    hours = "".join(f"{hour:<{cells // 8}d}" for hour in range(0, 24, 3))
    head = f"{'':<{label}}{'contacts':>9}{'Erlang':>8}{'net':>7}{'agents':>7}{'hours':>8} {hours}"
    return Text(head.rstrip(), style="dim")


def _days(
    queue: QueueNeed, view: StaffingView, peak: int, cells: int, glyphs: Glyphs
) -> Iterator[Text]:
    yield _columns(_LABEL, cells)
    by_day: Mapping[object, list[IntervalNeed]] = defaultdict(list)
    for interval in queue.intervals:
        by_day[interval.wall.day].append(interval)
    for day in queue.days(view.interval_minutes):
        line = Text(f"{short_day(day.day):<{_LABEL}}{_figures(day)} ")
        line.append(_curve(by_day[day.day], peak, cells, glyphs).rstrip(), style="green")
        yield line


def _figures(day: DayNeed) -> str:
    contacts = f"{day.contacts:,.0f}" if day.contacts >= 10 else f"{day.contacts:.1f}"
    return (
        f"{contacts:>9}{day.peak_load:>8.1f}{_span(day.net):>7}{_span(day.gross):>7}"
        f"{hours_text(day.hours):>8}"
    )


def _span(span: tuple[int, int]) -> str:
    low, high = span
    return f"{low}" if low == high else f"{low}-{high}"


def _curve(intervals: Sequence[IntervalNeed], peak: int, cells: int, glyphs: Glyphs) -> str:
    """Return the most agents in each cell of the day; blank where the clock has no such time."""
    most: dict[int, int] = {}
    for interval in intervals:
        cell = interval.wall.minute * cells // _DAY_MINUTES
        most[cell] = max(most.get(cell, 0), interval.gross)
    return "".join(
        _level(most[cell], peak, glyphs) if cell in most else " " for cell in range(cells)
    )


def _level(agents: int, peak: int, glyphs: Glyphs) -> str:
    if not agents:
        return glyphs.none
    top = len(glyphs.levels) - 1
    return glyphs.levels[max(1, round(agents / peak * top))]


def _detail(queue: QueueNeed, peak: int, width: int, glyphs: Glyphs) -> Iterator[Text]:
    if _is_idle(queue):
        yield Text("  No contacts, and nobody needed.")
        return
    room = max(8, width - 58)
    yield Text(
        f"{'':<11}{'contacts':>9}{'aht s':>7}{'Erlang':>8}{'net':>6}{'agents':>8}", style="dim"
    )
    before = None
    for interval in queue.intervals:
        if not (interval.has_demand or interval.gross):
            continue
        if interval.wall.day != before:
            before = interval.wall.day
            yield Text(day_text(before), style="bold")
        line = Text(
            f"  {clock_text(interval.wall.minute)}    {interval.offered:>9.2f}"
            f"{interval.aht_s:>7.0f}{interval.load_erlang:>8.2f}{interval.net:>6}"
            f"{interval.gross:>8}{' *' if interval.is_fixed else '  '}"
        )
        length = round(interval.gross / peak * room) if peak else 0
        line.append(glyphs.bar * length, style="green")
        yield line


def _total(view: StaffingView) -> Text:
    step = view.interval_minutes / 60
    hours = sum(i.gross for queue in view.queues for i in queue.intervals) * step
    net = sum(i.net for queue in view.queues for i in queue.intervals) * step
    contacts = sum(queue.contacts for queue in view.queues)
    text = Text(f"{contacts:,.0f} contacts, {hours_text(hours)} of agents to roster", style="bold")
    text.append(f" for {hours_text(net)} at work", style="not bold default")
    return text


def _legend(view: StaffingView, cells: int, glyphs: Glyphs, *, in_detail: bool) -> Iterator[str]:
    fixed = any(queue.fixed for queue in view.queues)
    if in_detail:
        yield "net: at work; agents: to roster. " + ("* from requirements.csv." if fixed else "")
        return
    span = "hour" if cells == 24 else "half hour"
    yield (
        "Erlang: load of the busiest interval; net: agents at work, agents: to roster, least and "
        f"most where there are contacts. Curve: most agents in the {span}, relative to the queue's "
        f"own peak, {glyphs.none} nobody."
    )
