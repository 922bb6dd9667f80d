"""A simulated roster: service by channel and queue, and the worst hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cli.words import clock_and_day, count, percent, shown, wrapped
from scheduler.usecases.simulate_roster_view import BadHour, ServiceRow, SimulationView

__all__ = ["channel_lines", "simulation_lines"]

_FAR_ABOVE = 0.1
_BADLY_LATE = 0.01


def simulation_lines(view: SimulationView, *, width: int) -> Iterator[Text]:
    """Draw the whole simulation."""
    yield from _head(view, width)
    yield from channel_lines(view)
    yield Text("")
    yield from _table("queue", view.queues)
    yield Text("")
    yield from _worst(view, width)
    for text in _legend(view):
        yield from (Text(line, style="dim") for line in wrapped(text, width))


def channel_lines(view: SimulationView) -> Iterator[Text]:
    """Draw the table of channels alone."""
    yield from _table("channel", view.channels)


def _head(view: SimulationView, width: int) -> Iterator[Text]:
    yield Text(f"Simulation of {shown(view.name, width - 14)}", style="bold")
    how = "agents help out where they are skilled"
    if view.routing == "assigned":
        how = "agents keep to the queue they are on"
    text = f"{count(view.replications, 'replication')}, {view.contacts:,} contacts, {how}"
    yield Text(text, style="dim")
    yield Text("")


def _table(title: str, rows: Sequence[ServiceRow]) -> Iterator[Text]:
    yield Text(
        f"{title:<13}{'contacts':>8}  {'promised':<13}{'in time':>8}{'±':>6}"
        f"{'wait':>8}{'hang up':>8}{'busy':>7}{'late':>7}",
        style="dim",
    )
    for row in rows:
        found = row.outcome
        level = found.service_level
        line = Text(f"{shown(row.name, 12):<13}{found.offered.mean or 0:>8,.0f}  ")
        line.append(f"{shown(_promise(row), 13):<13}", style="dim")
        line.append(f"{_share(level.mean):>8}", style=_style(row))
        line.append(f"{_half(level.low, level.high):>6}", style="dim")
        line.append(f"{_wait(found.mean_wait_s.mean):>8}")
        line.append(f"{_share(found.abandon_share.mean if _can_hang_up(row) else None):>8}")
        line.append(f"{_share(found.occupancy.mean):>7}")
        late = found.late_share.mean
        line.append(
            f"{_share(late):>7}", style="red" if late is not None and late > _BADLY_LATE else ""
        )
        yield line


def _promise(row: ServiceRow) -> str:
    if row.promise == "by queue" and row.target is not None:
        return f"{100 * row.target:.0f} %"
    return row.promise.partition(",")[0]


def _can_hang_up(row: ServiceRow) -> bool:
    return row.target is not None


def _style(row: ServiceRow) -> str:
    if row.target is None:
        return ""
    return "bold red" if row.is_missed else "bold green"


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _half(low: float | None, high: float | None) -> str:
    """Return half the width of an interval, in points of a percent."""
    return "" if low is None or high is None else f"{50 * (high - low):.1f}"


def _wait(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _worst(view: SimulationView, width: int) -> Iterator[Text]:
    if not view.worst:
        yield Text("No hour misses its target worth speaking of.", style="green")
        yield Text("")
        return
    yield Text("Worst hours, on the queue's clock", style="bold")
    for hour in view.worst:
        yield _bad_hour(hour)
        names = ", ".join(hour.agents[:3]) + (", ..." if len(hour.agents) > 3 else "")
        yield from (
            Text(f"    {line}", style="dim")
            for line in wrapped(f"{hour.reason}; there: {names or 'nobody'}", width - 4)
        )
    yield Text("")


def _bad_hour(hour: BadHour) -> Text:
    level = hour.outcome.service_level.mean
    line = Text(f"  {clock_and_day(hour.wall):<17} {shown(hour.queue_id, 14):<14} ")
    if hour.target is not None:
        line.append(f"{_share(level):>7}", style="red")
        line.append(f" of {hour.contacts:.1f} in time, {100 * hour.target:.0f} % promised")
    else:
        line.append(f"{_share(hour.outcome.late_share.mean):>7}", style="red")
        line.append(f" of {hour.contacts:.1f} late")
    return line


def _legend(view: SimulationView) -> Iterator[str]:
    yield (
        "in time: answered within the promised time, of all offered, ± the half width of the 95 % "
        "interval; busy: share of their time that agents on the queue handle contacts; late: "
        "e-mail not done by its deadline."
    )
    far = [row for row in view.queues if _is_far_above(row)]
    if far:
        figures = ", ".join(f"{row.name} {100 * (row.formula or 0):.0f} %" for row in far)
        yield (
            f"Far above what was promised: by the formula the agents on these queues reach, alone, "
            f"{figures}. In a small queue one agent more or less decides much"
            + (", and others help out. " if view.routing == "skills" else ". ")
            + "Pooled queues would need fewer."
        )
    if view.without_contacts:
        yield f"Without contacts, so not simulated: {', '.join(view.without_contacts)}."


def _is_far_above(row: ServiceRow) -> bool:
    level = row.outcome.service_level.mean
    return row.target is not None and level is not None and level - row.target > _FAR_ABOVE
