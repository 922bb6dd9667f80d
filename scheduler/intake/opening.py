"""Opening hours as text: ``Mo-Fr 08:00-18:00; Sa 10:00-14:00``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scheduler.domain.demand import OpeningRange
from scheduler.domain.walltime import MINUTES_PER_DAY, clock_text, parse_clock

__all__ = ["WEEKDAYS", "is_always_open", "open_quarters", "opening_text", "parse_opening"]

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""Weekday names; the position plus one is the ISO weekday."""

_RANGE = re.compile(r"(\S+)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})", re.ASCII)


def parse_opening(text: str) -> tuple[OpeningRange, ...]:
    """Read opening hours; parts are joined by ``;``, days by ``-`` or ``,``.

    Raises
    ------
    ValueError
        With the part that cannot be read and why.
    """
    ranges = []
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()!r} is not like 'Mo-Fr 08:00-18:00'")
        start, end = parse_clock(match[2]), parse_clock(match[3])
        if end <= start:
            raise ValueError(
                f"{match[2]}-{match[3]} ends before it starts; write hours over midnight as two "
                f"parts, up to 24:00 and from 00:00 of the next day"
            )
        ranges.append(OpeningRange(_weekdays(match[1]), start, end))
    if not ranges:
        raise ValueError("no hours given")
    return tuple(ranges)


def _weekdays(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        names = part.split("-")
        if len(names) > 2 or any(name not in WEEKDAYS for name in names):
            raise ValueError(f"{part!r} is not a weekday or range of {' '.join(WEEKDAYS)}")
        first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        days.update((first + step) % 7 + 1 for step in range((last - first) % 7 + 1))
    return tuple(sorted(days))


def opening_text(opening: Iterable[OpeningRange]) -> str:
    """Return opening hours in the one spelling that `parse_opening` reads back to equal records."""
    return "; ".join(
        f"{_days_text(hours.weekdays)} "
        f"{clock_text(hours.from_minute)}-{clock_text(hours.until_minute)}"
        for hours in opening
    )


def _days_text(weekdays: tuple[int, ...]) -> str:
    runs: list[list[int]] = []
    for day in weekdays:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[WEEKDAYS[run[0] - 1], WEEKDAYS[run[-1] - 1]] for run in runs]
    return ",".join(first if first == last else f"{first}-{last}" for first, last in names)


@lru_cache(maxsize=1024)
def open_quarters(opening: tuple[OpeningRange, ...]) -> frozenset[int]:
    """Return the minutes of the week (Monday 00:00 is 0) at which an open quarter hour begins.

    A quarter hour counts when all of it is open; ranges that touch add up.
    """
    minutes: set[int] = set()
    for hours in opening:
        for weekday in hours.weekdays:
            base = (weekday - 1) * MINUTES_PER_DAY
            minutes.update(range(base + hours.from_minute, base + hours.until_minute))
    return frozenset(
        minute
        for minute in range(0, 7 * MINUTES_PER_DAY, 15)
        if all(minute + step in minutes for step in range(15))
    )


def is_always_open(opening: tuple[OpeningRange, ...]) -> bool:
    """Whether the hours leave no quarter of the week closed; no hours at all mean always open."""
    return not opening or len(open_quarters(opening)) == 7 * MINUTES_PER_DAY // 15
