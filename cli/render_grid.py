"""The roster as a grid of agents and days, and one day in detail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from rich.cells import cell_len
from rich.text import Text

from cli.screen import Glyphs
from cli.words import count, day_text, fit, hours_text, money, percent, short_day, shown, wrapped
from scheduler.domain import WallTime
from scheduler.domain.walltime import clock_text
from scheduler.usecases.roster_view import AgentRow, RosterView, ShownShift, ShownSpan

__all__ = ["day_lines", "grid_lines", "title_lines"]

_CELL = 9
_WEEK = 7
_LABEL_MIN, _LABEL_MAX = 10, 26


def title_lines(view: RosterView, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw which roster this is, what it costs and how good that is."""
    last = view.end_day - timedelta(days=1)
    yield Text(fit(view.name or "Roster", width, glyphs.ellipsis).rstrip(), style="bold")
    yield Text(
        f"  {day_text(view.first_day)} to {day_text(last)} {last.year}, "
        f"cost {money(view.cost_cents, view.currency, whole=True)}, gap {percent(view.gap)}",
        style="dim",
    )


def grid_lines(view: RosterView, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw agents x days, start and end of each shift on its clock.

    Parameters
    ----------
    width : int
        Columns; where all days do not fit they wrap into blocks of 7 or whole weeks.
    """
    longest = max((cell_len(_label(row)) for row in view.agents), default=0)
    label = max(_LABEL_MIN, min(_LABEL_MAX, longest, width - _WEEK * (_CELL + 1)))
    fits = (width - label) // (_CELL + 1)
    per_block = len(view.days) if fits >= len(view.days) else max(1, fits // _WEEK * _WEEK or fits)
    clock = f"on the clock of {view.zone}" if view.zone else "each on the clock of their own place"
    yield Text(f"Shifts {clock}", style="bold")
    for first in range(0, len(view.days), per_block):
        days = view.days[first : first + per_block]
        yield Text("")
        yield _header(days, label)
        for site, rows in groupby(view.agents, key=lambda row: row.site):
            if site:
                yield Text(shown(site, width), style="bold cyan")
            for row in rows:
                yield from _row(row, days, label, glyphs)
    if not view.agents:
        yield Text("No shift matches.", style="yellow")
        return
    yield Text("")
    legend = "0900-1730 shift, 2200~0600 partly in the agent's own night, 0900=1730 pinned"
    yield from (Text(text, style="dim") for text in wrapped(legend, width))


def _label(row: AgentRow) -> str:
    return row.agent_id if row.name == row.agent_id else f"{row.agent_id} {row.name}"


def _header(days: Sequence[date], label: int) -> Text:
    cells = "".join(f" {short_day(day):<{_CELL}}" for day in days)
    return Text(" " * label + cells.rstrip(), style="bold")


def _row(row: AgentRow, days: Sequence[date], label: int, glyphs: Glyphs) -> Iterator[Text]:
    by_day: dict[date, list[ShownShift]] = {day: [] for day in days}
    for shift in row.shifts:
        if shift.from_local.day in by_day:
            by_day[shift.from_local.day].append(shift)
    off = {part.day: part.kind for part in row.days_off}
    name = fit(_label(row), label, "")
    for line_idx in range(max(1, *(len(shifts) for shifts in by_day.values()))):
        line = Text(name if line_idx == 0 else " " * label)
        for day, shifts in by_day.items():
            line.append(" ")
            if line_idx < len(shifts):
                line.append(_span_cell(shifts[line_idx]), style=_style(shifts[line_idx]))
            elif line_idx == 0 and day in off:
                line.append(fit(off[day], _CELL, glyphs.ellipsis), style="blue")
            else:
                blank = glyphs.none if line_idx == 0 else ""
                line.append(blank.center(_CELL), style="dim")
        line.rstrip()
        yield line


def _span_cell(shift: ShownShift) -> str:
    dash = "=" if shift.pinned else "~" if shift.own_night_minutes else "-"
    start, end = clock_text(shift.from_local.minute), clock_text(shift.until_local.minute)
    return f"{start}{dash}{end}".replace(":", "")


def _style(shift: ShownShift) -> str:
    return "magenta" if shift.own_night_minutes else "bold" if shift.pinned else "green"


def day_lines(view: RosterView, *, width: int) -> Iterator[Text]:
    """Draw who works on the day asked for: when, in UTC, breaks, and which queue when."""
    assert view.day is not None
    yield Text(
        f"{day_text(view.day)} {view.day.year}: {count(len(view.agents), 'agent')} on duty",
        style="bold",
    )
    for site, rows in groupby(view.agents, key=lambda row: row.site):
        yield Text("")
        yield Text(shown(site, width) or "Unknown site", style="bold cyan")
        for row in rows:
            for shift in row.shifts:
                yield from _shift_lines(row, shift, view.day, width)
    if not view.agents:
        yield Text("No shift matches.", style="yellow")


def _shift_lines(row: AgentRow, shift: ShownShift, day: date, width: int) -> Iterator[Text]:
    own_night = f", {hours_text(shift.own_night_minutes / 60)} own night"
    span = _span(shift.from_local, shift.until_local, day)
    head = Text(f"{fit(_label(row), _LABEL_MAX)} ")
    head.append(span, style=_style(shift))
    head.append(f" {shift.zone}", style="dim")
    head.append(own_night if shift.own_night_minutes else "", style="magenta")
    head.append(", pinned" if shift.pinned else "", style="bold")
    head.truncate(width)
    yield head
    parts = sorted((*shift.breaks, *shift.activities), key=lambda part: part.start_utc)
    texts = [
        f"{shift.start_utc:%H:%M}-{shift.end_utc:%H:%M}Z",
        *(_part(part, day) for part in parts),
    ]
    line = " " * 4
    for idx, text in enumerate(texts):
        piece = text if idx == 0 else f"  {text}"
        if len(line) + len(piece) > width and line.strip():
            yield Text(line, style="dim")
            line = " " * 8 + text
        else:
            line += piece
    yield Text(line, style="dim")


def _part(part: ShownSpan, day: date) -> str:
    return f"{_span(part.from_local, part.until_local, day)} {shown(part.label, 40)}"


def _span(start: WallTime, end: WallTime, day: date) -> str:
    return f"{_day_clock(start, day)}-{_day_clock(end, day)}"


def _day_clock(wall: WallTime, day: date) -> str:
    clock = clock_text(wall.minute)
    return clock if wall.day == day else f"{day_text(wall.day)[:3]} {clock}"
