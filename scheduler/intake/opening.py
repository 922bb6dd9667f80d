"""Opening hours as text: ``Mo-Fr 08:00-18:00; Sa 10:00-14:00; PH off``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from scheduler.domain import Queue
from scheduler.domain.demand import OpeningRange
from scheduler.domain.walltime import MINUTES_PER_DAY, clock_text, parse_clock

__all__ = [
    "WEEKDAYS",
    "Opening",
    "is_always_open",
    "open_quarters",
    "opening_text",
    "parse_opening",
]

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""Weekday names; the position plus one is the ISO weekday."""

_RANGE = re.compile(r"(\S+)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})", re.ASCII)
_HOLIDAY = "PH"
_OFF = re.compile(rf"{_HOLIDAY}\s+off")
_ALL_QUARTERS = MINUTES_PER_DAY // 15


@dataclass(frozen=True, slots=True)
class Opening:
    """Opening hours as they are written in one cell.

    Parameters
    ----------
    weekly : tuple of OpeningRange
        Empty when only holidays are spoken of: open round the clock on all other days.
    holidays : tuple of (int, int), optional
        As `Queue.holiday_opening`: None when nothing is said about public holidays.
    """

    weekly: tuple[OpeningRange, ...]
    holidays: tuple[tuple[int, int], ...] | None = None


def parse_opening(text: str) -> Opening:
    """Read opening hours; parts are joined by ``;``, days by ``-`` or ``,``.

    ``PH`` after the weekdays stands for the customers' public holidays: ``PH off`` or ``PH`` with
    hours, which hold in place of the weekday's.

    Raises
    ------
    ValueError
        With the part that cannot be read and why.
    """
    weekly: list[OpeningRange] = []
    holidays: list[tuple[int, int]] | None = None
    is_off = False
    for part in (part.strip() for part in text.split(";")):
        if not part:
            continue
        if _OFF.fullmatch(part):
            is_off = True
        else:
            days, start, end = _hours(part)
            if days == _HOLIDAY:
                holidays = [*(holidays or ()), (start, end)]
            elif is_off or holidays is not None:
                raise ValueError(f"{part!r} stands after {_HOLIDAY}: name the weekdays first")
            else:
                weekly.append(OpeningRange(_weekdays(days), start, end))
        if is_off and holidays is not None:
            raise ValueError(f"{_HOLIDAY} is off and has hours")
    if is_off:
        holidays = []
    if not weekly and holidays is None:
        raise ValueError("no hours given")
    return Opening(tuple(weekly), None if holidays is None else tuple(holidays))


def _hours(part: str) -> tuple[str, int, int]:
    match = _RANGE.fullmatch(part)
    if match is None:
        raise ValueError(f"{part!r} is not like 'Mo-Fr 08:00-18:00' or 'PH off'")
    start, end = parse_clock(match[2]), parse_clock(match[3])
    if end <= start:
        raise ValueError(
            f"{match[2]}-{match[3]} ends before it starts; write hours over midnight as two "
            f"parts, up to 24:00 and from 00:00 of the next day"
        )
    return match[1], start, end


def _weekdays(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        names = part.split("-")
        if len(names) > 2 or any(name not in WEEKDAYS for name in names):
            raise ValueError(f"{part!r} is not a weekday or range of {' '.join(WEEKDAYS)}")
        first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        days.update((first + step) % 7 + 1 for step in range((last - first) % 7 + 1))
    return tuple(sorted(days))


def opening_text(
    weekly: Iterable[OpeningRange], holidays: tuple[tuple[int, int], ...] | None = None
) -> str:
    """Return opening hours in the one spelling that `parse_opening` reads back to equal records."""
    parts = [
        f"{_days_text(hours.weekdays)} {_range_text(hours.from_minute, hours.until_minute)}"
        for hours in weekly
    ]
    if holidays is not None:
        parts += [f"{_HOLIDAY} {_range_text(*hours)}" for hours in holidays] or [f"{_HOLIDAY} off"]
    return "; ".join(parts)


def _range_text(from_minute: int, until_minute: int) -> str:
    return f"{clock_text(from_minute)}-{clock_text(until_minute)}"


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
def open_quarters(ranges: tuple[tuple[int, int], ...]) -> frozenset[int]:
    """Return the minutes of the day at which an open quarter hour begins.

    A quarter hour counts when all of it is open; ranges that touch add up.

    Parameters
    ----------
    ranges : tuple of (int, int)
        Minutes since midnight, half-open, as `scheduler.timegrid.opening.opening_on` gives them.
    """
    minutes = {minute for start, end in ranges for minute in range(start, end)}
    return frozenset(
        minute
        for minute in range(0, MINUTES_PER_DAY, 15)
        if all(minute + step in minutes for step in range(15))
    )


def is_always_open(queue: Queue) -> bool:
    """Whether no quarter of the week is closed, nor of a public holiday."""
    if queue.holiday_opening is not None and not _is_whole_day(queue.holiday_opening):
        return False
    return not queue.opening or all(
        _is_whole_day(
            tuple((h.from_minute, h.until_minute) for h in queue.opening if weekday in h.weekdays)
        )
        for weekday in range(1, 8)
    )


def _is_whole_day(ranges: tuple[tuple[int, int], ...]) -> bool:
    return len(open_quarters(ranges)) == _ALL_QUARTERS
