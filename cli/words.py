"""Numbers, times and money in words, and back: pure functions."""

from __future__ import annotations

import re
from datetime import date, datetime

from rich.cells import cell_len, chop_cells, set_cell_size

from scheduler.domain import WallTime
from scheduler.domain.walltime import clock_text

__all__ = [
    "clock_and_day",
    "count",
    "day_text",
    "duration_text",
    "fit",
    "hours_text",
    "instant_text",
    "money",
    "parse_duration",
    "parse_gap",
    "percent",
    "short_day",
    "shown",
    "wrapped",
]

_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def parse_duration(text: str) -> float:
    """Return seconds of ``90``, ``90s``, ``5m`` or ``1h``.

    Raises
    ------
    ValueError
        If `text` is none of these, zero, or more than a week.
    """
    match = _DURATION.fullmatch(text.lower())
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{text!r} is not a duration; write 90, 90s, 5m or 1h")
    seconds = float(match[1]) * _UNITS[match[2]]
    if not 0 < seconds <= 7 * 86400:
        raise ValueError(f"{text!r} must be more than nothing and at most a week")
    return seconds


def parse_gap(text: str) -> float:
    """Return the fraction of ``1%`` or ``0.01``.

    Raises
    ------
    ValueError
        If `text` is neither, or not below 100 %.
    """
    bare = text.strip()
    try:
        value = float(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise ValueError(f"{text!r} is not a gap; write 1% or 0.01")
    return value


def money(cents: int, currency: str, *, whole: bool = False) -> str:
    """Return an amount such as ``EUR 1,234.50``."""
    amount = f"{cents / 100:,.0f}" if whole else f"{cents / 100:,.2f}"
    return f"{currency} {amount}"


def percent(fraction: float, *, digits: int = 1) -> str:
    """Return a share such as ``12.5 %``; never rounded up to 100 nor down to 0."""
    shown = f"{fraction * 100:.{digits}f}"
    if fraction < 1 and float(shown) == 100:
        shown = f"{100 - 10**-digits:.{digits}f}"
    if fraction > 0 and float(shown) == 0:
        return f"<{10**-digits:.{digits}f} %"
    return f"{shown} %"


def hours_text(hours: float) -> str:
    """Return hours with at most two decimals, such as ``1,234.25 h``."""
    return f"{hours:,.2f}".rstrip("0").rstrip(".") + " h"


def duration_text(seconds: float) -> str:
    """Return a running time such as ``0:07`` or ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def day_text(day: date) -> str:
    """Return a date such as ``Mon 22 Mar``."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """Return a date in at most nine characters, such as ``Mo 22 Mar``."""
    return f"{_WEEKDAYS[day.weekday()][:2]} {day.day} {_MONTHS[day.month - 1]}"


def instant_text(instant: datetime) -> str:
    """Return an instant such as ``Mon 22 Mar 08:00Z``."""
    return f"{day_text(instant.date())} {instant:%H:%M}Z"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return ``1 shift`` or ``1,200 shifts``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def fit(text: str, width: int, ellipsis: str = "~") -> str:
    """Return `text` on one line, padded or cut to exactly `width` columns of a terminal."""
    flat = " ".join(text.split())
    if cell_len(flat) <= width:
        return set_cell_size(flat, width)
    return set_cell_size(flat, width - cell_len(ellipsis)) + ellipsis


def shown(text: str, most: int) -> str:
    """Return `text` on one line, cut to at most `most` columns of a terminal."""
    flat = " ".join(text.split())
    return fit(flat, min(cell_len(flat), most))


def clock_and_day(wall: WallTime) -> str:
    """Return a wall time such as ``Mon 22 Mar 08:00``."""
    return f"{day_text(wall.day)} {clock_text(wall.minute)}"


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` broken into lines of at most `width` columns; at least one line.

    Lines break between words, and inside a word only where it alone is wider than a line.
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append("")
        *full, rest = chop_cells(word, width) if cell_len(word) > width else [word]
        for part in full:
            lines[-1] = part
            lines.append("")
        lines[-1] = f"{lines[-1]} {rest}".strip()
    return lines
