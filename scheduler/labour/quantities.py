"""How values are written in a rule pack: with their units, as text one can read aloud."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from scheduler.domain.walltime import clock_text, parse_clock

__all__ = [
    "CONFIDENCE",
    "DATE",
    "FIELDS",
    "NAMES",
    "TEXT",
    "WEEKDAYS",
    "Form",
    "UnfitError",
    "choice",
    "closest_hint",
    "duration_text",
    "scalar_text",
]

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_MINUTES = 24 * 60
_MOST_MINUTES = 366 * _DAY_MINUTES
_MOST_COUNT = 1000
_LONGEST_TEXT = 600
_TIMES_24_H = re.compile(r"(-?\d{1,9}) ?x ?24 ?h")
_HOURS = re.compile(r"(-?\d{1,9}) ?h(?: (\d{1,2}) ?min)?")
_MINUTES = re.compile(r"(-?\d{1,9}) ?min")
_DAYS = re.compile(r"(-?\d{1,9}) days?")
_WEEKS = re.compile(r"(-?\d{1,9}) weeks?")
_TIMES_IN_DAYS = re.compile(r"(\d{1,4}) in (\d{1,4}) days")
_COUNT = re.compile(r"-?\d{1,9}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class UnfitError(ValueError):
    """A value that does not fit; caught by the reader and made a fault.

    Parameters
    ----------
    code : str
        Code of the fault.
    expected : str
        End of the sentence "expected ...".
    hint : str, optional
        A sentence that helps.
    entry : object, optional
        What does not fit, where it is one entry of a list and not the value as a whole.
    """

    def __init__(
        self, code: str, expected: str, hint: str | None = None, entry: object = None
    ) -> None:
        super().__init__(expected)
        self.code = code
        self.expected = expected
        self.hint = hint
        self.entry = entry


@dataclass(frozen=True, slots=True)
class Form:
    """How one sort of value is written.

    Parameters
    ----------
    read : callable
        Takes plain data of a document, returns the record's value; raises `UnfitError`.
    write : callable
        The other way; what it returns is read back as the same value.
    """

    read: Callable[[object], Any]
    write: Callable[[Any], object]


def closest_hint(text: str, options: Iterable[str]) -> str | None:
    """Return ``Did you mean 'x'?`` for the closest option, or None when nothing is close."""
    folded = {option.casefold(): option for option in options}
    near = difflib.get_close_matches(text.casefold()[:64], list(folded), n=1, cutoff=0.6)
    return f"Did you mean {folded[near[0]]!r}?" if near else None


def scalar_text(value: object) -> str | None:
    """Return a scalar of YAML or JSON as text, None for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float | Decimal):
        return str(value).strip()
    return None


def duration_text(minutes: int) -> str:
    """Return minutes as ``5 h 30 min``, ``45 min`` or, for whole weeks, ``7 x 24 h``."""
    if minutes and minutes % (7 * _DAY_MINUTES) == 0:
        return f"{minutes // _DAY_MINUTES} x 24 h"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _scalar(value: object, code: str, expected: str) -> str:
    text = scalar_text(value)
    if text is None:
        raise UnfitError(code, expected)
    return text


def _quantity(value: object, expected: str, unit: str) -> str:
    """Return the text of a number with unit; a number alone gets a hint of its own."""
    text = _scalar(value, "bad_unit", expected)
    if _PLAIN_NUMBER.fullmatch(text):
        raise UnfitError("bad_unit", expected, f"The unit is missing: write '{text} {unit}'.")
    return text


def _between(number: int, least: int, most: int, expected: str) -> int:
    if not least <= number <= most:
        raise UnfitError("out_of_range", expected)
    return number


def _duration(least: int) -> Form:
    expected = "hours and minutes, such as 12 h, 5 h 30 min, 45 min or 7 x 24 h"

    def read(value: object) -> int:
        text = _quantity(value, expected, "h")
        if match := _TIMES_24_H.fullmatch(text):
            minutes = int(match[1]) * _DAY_MINUTES
        elif match := _HOURS.fullmatch(text):
            minutes = int(match[1]) * 60 + int(match[2] or 0)
            if int(match[2] or 0) > 59:
                raise UnfitError("out_of_range", "at most 59 min beside the hours")
        elif match := _MINUTES.fullmatch(text):
            minutes = int(match[1])
        else:
            raise UnfitError("bad_unit", expected)
        bounds = "no negative time" if least == 0 else "a time longer than 0 min"
        return _between(minutes, least, _MOST_MINUTES, f"{bounds}, at most 366 x 24 h")

    return Form(read, duration_text)


def _counted(pattern: re.Pattern[str], unit: str, least: int, most: int) -> Form:
    expected = f"a number of {unit}, such as 4 {unit}"

    def read(value: object) -> int:
        match = pattern.fullmatch(_quantity(value, expected, unit))
        if match is None:
            raise UnfitError("bad_unit", expected)
        return _between(int(match[1]), least, most, f"{least} to {most} {unit}")

    return Form(read, lambda number: f"{number} {unit}")


def _count(least: int) -> Form:
    def read(value: object) -> int:
        text = _scalar(value, "bad_number", "a whole number")
        if not _COUNT.fullmatch(text):
            raise UnfitError("bad_number", "a whole number without a unit")
        return _between(int(text), least, _MOST_COUNT, f"{least} to {_MOST_COUNT}")

    return Form(read, lambda number: number)


def _read_clock(value: object) -> int:
    expected = "a time of day HH:MM, such as 02:00"
    try:
        return parse_clock(_scalar(value, "bad_clock", expected))
    except ValueError as error:
        raise UnfitError("bad_clock", expected) from error


def _read_yes_no(value: object) -> bool:
    text = _scalar(value, "bad_yes_no", "yes or no").casefold()
    if text not in ("yes", "no", "true", "false"):
        raise UnfitError("bad_yes_no", "yes or no")
    return text in ("yes", "true")


def _read_date(value: object) -> date:
    expected = "a date YYYY-MM-DD that exists"
    text = _scalar(value, "bad_date", expected)
    if not _DATE.fullmatch(text):
        raise UnfitError("bad_date", expected)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnfitError("bad_date", expected) from error


def _read_text(value: object) -> str:
    text = _scalar(value, "bad_text", "text")
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise UnfitError("bad_text", f"a text of 1 to {_LONGEST_TEXT} printable characters")
    return text


def _read_name(value: object) -> str:
    expected = "a name of small letters, digits, _ and -"
    text = _scalar(value, "bad_text", expected)
    if not _NAME.fullmatch(text):
        raise UnfitError("bad_text", expected)
    return text


def _read_factor(value: object) -> Decimal:
    expected = "a factor such as 1.25, with at most four decimals"
    text = _scalar(value, "bad_number", expected)
    try:
        factor = Decimal(text)
    except InvalidOperation as error:
        raise UnfitError("bad_number", expected, _percent_hint(text)) from error
    if not factor.is_finite() or not 1 <= factor <= 10:
        raise UnfitError("out_of_range", "a factor of 1 to 10", "150 percent of the pay is 1.5.")
    if factor != round(factor, 4):
        raise UnfitError("out_of_range", "at most four decimals")
    return factor.normalize()


def _percent_hint(text: str) -> str | None:
    return "A surcharge of 25 % is the factor 1.25." if "%" in text else None


def _read_weekdays(value: object) -> tuple[int, ...]:
    expected = "a list of Mo Tu We Th Fr Sa Su"
    found: list[int] = []
    for entry in value if isinstance(value, list) else [value]:
        text = _scalar(entry, "bad_weekday", expected)
        if text not in WEEKDAYS or WEEKDAYS.index(text) + 1 in found:
            raise UnfitError("bad_weekday", f"{expected}, each at most once", entry=text)
        found.append(WEEKDAYS.index(text) + 1)
    if not found:
        raise UnfitError("bad_weekday", f"{expected}, at least one")
    return tuple(sorted(found))


def _read_times_in_days(value: object) -> tuple[tuple[int, int], ...]:
    expected = "a list such as [5 in 14 days, 22 in 364 days]"
    found = []
    for entry in value if isinstance(value, list) else [value]:
        text = _scalar(entry, "bad_unit", expected)
        match = _TIMES_IN_DAYS.fullmatch(text)
        if match is None:
            raise UnfitError("bad_unit", expected, entry=text)
        times, days = int(match[1]), int(match[2])
        if times < 1 or not 7 <= days <= 728 or days % 7:
            fitting = "at least once in 14 days or another multiple of 7 to 728"
            raise UnfitError("out_of_range", fitting, entry=text)
        found.append((times, days))
    return tuple(found)


def _read_names(value: object) -> tuple[str, ...]:
    expected = "a list of keys"
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        text = _scalar(entry, "bad_text", expected)
        if not text or text in found:
            raise UnfitError("bad_text", f"{expected}, each once", entry=text)
        found.append(text)
    return tuple(found)


def choice(options: Collection[str]) -> Form:
    """Return the form of a word out of a few."""

    def read(value: object) -> str:
        expected = "one of " + ", ".join(options)
        text = _scalar(value, "bad_choice", expected)
        if text not in options:
            raise UnfitError("bad_choice", expected, closest_hint(text, options))
        return text

    return Form(read, str)


TEXT = Form(_read_text, str)
NAMES = Form(_read_names, list)
CONFIDENCE = choice(("confirmed", "secondary", "reading", "unconfirmed"))
DATE = Form(_read_date, date.isoformat)
_NAMED = Form(_read_name, str)
_TIME = _duration(1)
_TIME_OR_NONE = _duration(0)
_WEEKS_FORM = _counted(_WEEKS, "weeks", 1, 104)
_DAYS_FORM = _counted(_DAYS, "days", 0, 366)
_COUNT_FORM = _count(1)
_CLOCK = Form(_read_clock, clock_text)
_YES_NO = Form(_read_yes_no, lambda value: "yes" if value else "no")

FIELDS: dict[str, tuple[str, Form]] = {
    # every provision
    "name": ("name", _NAMED),
    "article": ("article", TEXT),
    "sources": ("sources", NAMES),
    "confidence": ("confidence", CONFIDENCE),
    "checked_on": ("checked_on", DATE),
    "valid_from": ("valid_from", DATE),
    "valid_to": ("valid_to", DATE),
    "note": ("note", TEXT),
    "waived_by": ("waived_by", _NAMED),
    "days_over": ("days_over", _counted(_DAYS, "days", 1, 6)),
    "on_call": ("on_call", _YES_NO),
    # time
    "max_minutes": ("max", _TIME),
    "min_minutes": ("min", _TIME),
    "max_minutes_week": ("max_week", _TIME),
    "extended_max_minutes": ("extended_max", _TIME),
    "extended_rest_minutes": ("extended_rest", _TIME_OR_NONE),
    "reduced_minutes": ("reduced", _TIME_OR_NONE),
    "reduced_window_minutes": ("reduced_per", _TIME),
    "window_minutes": ("per", _TIME),
    "or_min_minutes": ("or_min", _TIME),
    "or_window_minutes": ("or_per", _TIME),
    "or_part_minutes": ("or_part", _TIME_OR_NONE),
    "gap_minutes": ("gap", _TIME),
    "over_minutes": ("over", _TIME_OR_NONE),
    "part_minutes": ("part", _TIME),
    "within_minutes": ("within", _TIME),
    # clock and calendar
    "after_night_ending_after_minute": ("after_night_ending_after", _CLOCK),
    "ending_after_minute": ("ending_after", _CLOCK),
    "from_minute": ("from", _CLOCK),
    "until_minute": ("until", _CLOCK),
    "weekdays": ("weekdays", Form(_read_weekdays, lambda days: [WEEKDAYS[d - 1] for d in days])),
    "weeks": ("weeks", _WEEKS_FORM),
    "max_days": ("max", _counted(_DAYS, "days", 1, 366)),
    "times_days": ("times", _DAYS_FORM),
    "or_times_days": ("or_times", _DAYS_FORM),
    "or_rest_days_days": ("or_rest_days", _DAYS_FORM),
    # counts, switches, pay
    "extended_counts": (
        "extended_counts",
        Form(_read_times_in_days, lambda counts: [f"{n} in {days} days" for n, days in counts]),
    ),
    "reduced_times": ("reduced_times", _COUNT_FORM),
    "from_nights": ("from_nights", _COUNT_FORM),
    "nights": ("nights", _COUNT_FORM),
    "max_shifts": ("max", _COUNT_FORM),
    "max_count": ("max", _count(0)),
    "min_count": ("min", _COUNT_FORM),
    "night_only": ("night_only", _YES_NO),
    "rolling": ("rolling", _YES_NO),
    "with_night": ("with_night", _YES_NO),
    "holidays": ("holidays", _YES_NO),
    "holiday": ("holiday", _YES_NO),
    "over_half": ("over_half", _YES_NO),
    "factor": ("factor", Form(_read_factor, lambda factor: f"{factor:f}")),
}
"""Each field of a provision: its key in a document, and how its value is written there."""
