"""What a clock on the wall shows: a date and a minute, with no zone of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

__all__ = ["MINUTES_PER_DAY", "WallTime", "clock_text", "parse_clock"]

MINUTES_PER_DAY = 1440
_PATTERN = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::00)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class WallTime:
    """A wall-clock reading to the minute; meaningless without a zone beside it.

    Parameters
    ----------
    day : datetime.date
        The calendar day shown.
    minute : int
        Minutes since 00:00 as the clock shows them, 0 to 1439.
    """

    day: date
    minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.minute < MINUTES_PER_DAY:
            raise ValueError(f"minute of the day must be 0 to 1439, not {self.minute}")

    @classmethod
    def parse(cls, text: str) -> WallTime:
        """Read ``2027-03-28T02:30`` (a blank instead of T and trailing ``:00`` are allowed).

        Raises
        ------
        ValueError
            If `text` is anything else, for instance carries an offset.
        """
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a local date and time: {text!r}")
        year, month, day, hour, minute = (int(part) for part in match.groups())
        if hour > 23 or minute > 59:
            raise ValueError(f"no such time of day: {text!r}")
        return cls(date(year, month, day), hour * 60 + minute)

    def __str__(self) -> str:
        return f"{self.day.isoformat()}T{clock_text(self.minute)}"


def clock_text(minute: int) -> str:
    """Return minutes since midnight as ``HH:MM``; 1440 is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_clock(text: str) -> int:
    """Read ``HH:MM`` as minutes since midnight; ``24:00`` is 1440.

    Raises
    ------
    ValueError
        If `text` is not a time of day.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time of day: {text!r}")
    hour, minute = int(match[1]), int(match[2])
    total = hour * 60 + minute
    if minute > 59 or total > MINUTES_PER_DAY:
        raise ValueError(f"no such time of day: {text!r}")
    return total
