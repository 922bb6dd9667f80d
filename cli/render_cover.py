"""Cover strips per queue (needed against rostered) and the sun table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rich.text import Text

from cli.screen import Glyphs
from cli.words import fit, hours_text, percent, short_day, shown, wrapped
from scheduler.usecases.roster_view import CoverView, QueueCover, SunRow

__all__ = ["cover_lines", "sun_lines"]

_LABEL = 9
_DAY_MINUTES = 1440
_HALF_HOURS = 48


@dataclass(frozen=True, slots=True)
class _Cell:
    """Sums over the quarter hours of one cell of a strip."""

    quarters: int = 0
    needed: int = 0
    rostered: int = 0
    missing: int = 0


def cover_lines(view: CoverView, *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw, queue by queue, the agents needed and rostered through each day.

    Days stand side by side, as many as fit (a week at 80 columns), each cut into equal cells; one
    day alone is drawn by the half hour. Heights are relative to the queue's own peak.
    """
    days = sorted({wall.day for wall in view.walls})
    yield Text(f"Cover by queue, days of {view.zone}", style="bold")
    if not days:
        yield Text("The day asked for lies outside the roster.", style="yellow")
        return
    cells = _HALF_HOURS if len(days) == 1 else 8
    per_block = max(1, (width - _LABEL) // (cells + 1))
    if len(days) > per_block >= 7:
        per_block = per_block // 7 * 7
    for queue in view.queues:
        if queue.needed is None and not any(queue.rostered):
            continue
        yield Text("")
        yield from _queue_head(queue, width)
        table = _cells(view, queue, days, cells)
        peak = max(
            (
                max(cell.needed, cell.rostered) / cell.quarters
                for cell in table.values()
                if cell.quarters
            ),
            default=0.0,
        )
        for first in range(0, len(days), per_block):
            block = days[first : first + per_block]
            yield from _strip(block, table, cells, peak, glyphs, known=queue.needed is not None)
    yield Text("")
    for text in _legend(view, cells, glyphs):
        yield from (Text(line, style="dim") for line in wrapped(text, width))


def _legend(view: CoverView, cells: int, glyphs: Glyphs) -> Iterator[str]:
    span = "half an hour" if cells == _HALF_HOURS else f"{24 // cells} hours"
    low, peak = glyphs.levels[1], glyphs.levels[8]
    days = "" if cells == _HALF_HOURS else "Days run 00:00-24:00. "
    yield f"{days}One character is {span}, {low} low to {peak} the queue's peak."
    if any(queue.needed is not None for queue in view.queues):
        yield "short: share of the agents needed who are missing, 1 up to 10 %, 9 over 80 %."


def _queue_head(queue: QueueCover, width: int) -> Iterator[Text]:
    """Yield id and cover of a queue; what is missing on a line of its own where both do not fit."""
    head = Text(shown(queue.queue_id, width // 3), style="bold cyan")
    if queue.label:
        head.append(f" {shown(queue.label, width // 6)}", style="not bold dim")
    rostered = sum(queue.rostered)
    if queue.needed is None:
        head.append(f"  {hours_text(rostered / 4)} rostered", style="not bold default")
        yield head
        return
    needed = sum(queue.needed)
    if not needed:
        head.append("  nobody needed", style="not bold dim")
        yield head
        return
    met = sum(min(need, on) for need, on in zip(queue.needed, queue.rostered, strict=True))
    covered = f"  {percent(met / needed)} of {hours_text(needed / 4)} covered"
    head.append(covered, style="not bold default")
    missing = Text(f", {hours_text((needed - met) / 4)} missing", style="red")
    if met == needed:
        yield head
    elif head.cell_len + missing.cell_len <= width:
        yield head.append_text(missing)
    else:
        yield head
        yield Text(f"  {missing.plain[2:]}", style="red")


def _cells(
    view: CoverView, queue: QueueCover, days: Sequence[date], cells: int
) -> dict[tuple[date, int], _Cell]:
    sums = {(day, idx): [0, 0, 0, 0] for day in days for idx in range(cells)}
    needed = queue.needed or (0,) * len(queue.rostered)
    for wall, need, on in zip(view.walls, needed, queue.rostered, strict=True):
        cell = sums[wall.day, wall.minute * cells // _DAY_MINUTES]
        for idx, amount in enumerate((1, need, on, max(0, need - on))):
            cell[idx] += amount
    return {key: _Cell(*values) for key, values in sums.items()}


def _strip(
    days: Sequence[date],
    table: dict[tuple[date, int], _Cell],
    cells: int,
    peak: float,
    glyphs: Glyphs,
    *,
    known: bool,
) -> Iterator[Text]:
    header = "".join(f" {short_day(day).rsplit(maxsplit=1)[0]:<{cells}}" for day in days)
    if cells == _HALF_HOURS:
        header = " " + "".join(f"{hour:<4d}" for hour in range(0, 24, 2))
    yield Text(" " * _LABEL + header.rstrip(), style="dim")
    rows = (("needed", "needed"), ("rostered", "rostered")) if known else (("rostered",) * 2,)
    for title, attribute in rows:
        line = Text(fit(title, _LABEL))
        for day in days:
            line.append(" ")
            for idx in range(cells):
                cell = table[day, idx]
                style = "cyan" if attribute == "needed" else "red" if cell.missing else "green"
                line.append(_level(getattr(cell, attribute), cell.quarters, peak, glyphs), style)
        yield line
    if any(table[day, idx].missing for day in days for idx in range(cells)):
        line = Text(fit("short", _LABEL))
        for day in days:
            line.append(" ")
            for idx in range(cells):
                line.append(_shortness(table[day, idx]), style="bold red")
        line.rstrip()
        yield line


def _level(amount: int, quarters: int, peak: float, glyphs: Glyphs) -> str:
    if not amount or not quarters or not peak:
        return glyphs.none if quarters else " "
    top = len(glyphs.levels) - 1
    return glyphs.levels[max(1, min(top, round(amount / quarters / peak * top)))]


def _shortness(cell: _Cell) -> str:
    if not cell.missing:
        return " "
    return str(min(9, 1 + cell.missing * 10 // cell.needed)) if cell.needed else " "


def sun_lines(rows: Sequence[SunRow], *, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Draw heads on duty by place and hour of UTC, hours of night shaded."""
    yield Text("Mean heads on duty by hour of UTC, night shaded", style="bold")
    if not rows:
        yield Text("Nobody is on duty.", style="yellow")
        return
    total = tuple(sum(row.heads[hour] for row in rows) for hour in range(24))
    cell = max(2, *(len(_heads(mean)) for mean in total)) + 1
    per_line = 24 if 24 * cell <= width else 12
    for first in range(0, 24, per_line):
        hours = range(first, first + per_line)
        yield Text("")
        yield Text("".join(f"{hour:>{cell}d}" for hour in hours), style="bold")
        for row in rows:
            yield _place(row, width)
            line = Text()
            for hour in hours:
                mean, dark = row.heads[hour], row.night[hour] > 0.5
                shown = _heads(mean) if mean else "" if dark else glyphs.none
                style = "white on grey23" if dark else "bold yellow"
                line.append(shown.rjust(cell, glyphs.night if dark else " "), style=style)
            yield line
        if len(rows) > 1:
            yield Text("all places", style="cyan")
            yield Text("".join(_heads(total[hour]).rjust(cell) for hour in hours), style="bold")
    yield Text("")
    night = glyphs.night
    legend = (
        f"{night * 3} night there, {night * 2}3 three on duty in it, "
        f"{glyphs.none} nobody, < less than half a head"
    )
    yield from (Text(text, style="dim") for text in wrapped(legend, width))


def _place(row: SunRow, width: int) -> Text:
    name = Text(row.name or row.zone, style="cyan")
    zone = f"  {row.zone}" if row.name else ""
    name.append(f"{zone}, {hours_text(round(row.hours, 1))}", style="dim")
    if row.own_night_hours:
        name.append(f", {hours_text(round(row.own_night_hours, 1))} own night", style="magenta")
    name.truncate(width)
    return name


def _heads(mean: float) -> str:
    return "<" if 0 < mean < 0.5 else f"{math.floor(mean + 0.5)}"
