"""What a kind of value is; text and numbers.

Every kind reads text, so that a CSV cell, a YAML scalar and a JSON string mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from unicodedata import category

__all__ = ["BadValue", "Kind", "decimal_number", "hours", "is_clean", "key", "text", "whole_number"]

_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})?")
_MOST_DECIMALS = 20


class BadValue(Exception):  # noqa: N818 - not an error of the program but a finding about its input
    """A text that is not of the kind asked for.

    Parameters
    ----------
    code : str
        One of `scheduler.intake.faults.CODES`.
    expected : str, optional
        Sharper than the kind's own sentence.
    hint : str or callable, optional
        A whole sentence, or how to work it out when it is wanted.
    """

    def __init__(
        self,
        code: str,
        expected: str | None = None,
        hint: str | Callable[[], str | None] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.expected, self.hint = code, expected, hint


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of value is read.

    Parameters
    ----------
    expected : str
        The end of the sentence "expected ...".
    read : callable
        From stripped, non-empty text to the value; raises `BadValue`.
    json_types : tuple of str
        JSON types accepted in a document: ``string``, ``number``, ``boolean``.
    schema : mapping
        Further JSON Schema keywords.
    is_decimal : bool
        Whether a decimal comma may be meant.
    """

    expected: str
    read: Callable[[str], Any]
    json_types: tuple[str, ...] = ("string",)
    schema: Mapping[str, object] = field(default_factory=dict)
    is_decimal: bool = False


def is_clean(value: str, *, extra: str = "") -> bool:
    """Whether a text is free of control characters (but `extra`) and of broken surrogates."""
    if value.isprintable():
        return True
    return all(char in extra or category(char) not in ("Cc", "Cs") for char in value)


def _read_text(value: str, *, most: int, extra: str) -> str:
    if len(value) > most or not is_clean(value, extra=extra):
        raise BadValue("bad_text")
    return value


def text(most: int = 200) -> Kind:
    """Return the kind of free text of one or more lines."""
    return Kind(
        f"text of at most {most} characters without control characters",
        partial(_read_text, most=most, extra="\n\t"),
        schema={"maxLength": most},
    )


key = Kind(
    "an id of at most 100 characters without line breaks",
    partial(_read_text, most=100, extra=""),
    schema={"maxLength": 100},
)
"""An id or name that other rows refer to."""


def _read_number(value: str) -> Decimal:
    if not _NUMBER.fullmatch(value):
        hint = None
        if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", value):
            hint = f"Write a point: {value.replace(',', '.')}."
        elif "%" in value:
            hint = "Write the number alone, without a percent sign."
        raise BadValue("bad_number", hint=hint)
    number = Decimal(value)
    if -int(number.as_tuple().exponent) > _MOST_DECIMALS:
        raise BadValue("bad_number", f"a number of at most {_MOST_DECIMALS} decimals")
    return number


def _in_range(number: Decimal, low: Decimal, high: Decimal, *, above: bool) -> None:
    if number > high or number < low or (above and number == low):
        raise BadValue("out_of_range")


def _range_words(low: Decimal, high: Decimal, *, above: bool) -> str:
    return f"above {low:f} up to {high:f}" if above else f"from {low:f} to {high:f}"


def _read_decimal(value: str, *, low: Decimal, high: Decimal, above: bool) -> Decimal:
    number = _read_number(value)
    _in_range(number, low, high, above=above)
    return number or Decimal(0)


def decimal_number(low: str, high: str, *, above: bool = False, what: str = "a number") -> Kind:
    """Return the kind of decimal numbers from `low` (or above it) to `high`."""
    least, most = Decimal(low), Decimal(high)
    return Kind(
        f"{what} {_range_words(least, most, above=above)}",
        partial(_read_decimal, low=least, high=most, above=above),
        json_types=("string", "number"),
        schema={"exclusiveMinimum" if above else "minimum": float(least), "maximum": float(most)},
        is_decimal=True,
    )


def _read_whole(value: str, *, low: int, high: int, step: int) -> int:
    number = _read_number(value)
    _in_range(number, Decimal(low), Decimal(high), above=False)
    if number != int(number) or int(number) % step:
        raise BadValue("bad_number")
    return int(number)


def whole_number(low: int, high: int, *, step: int = 1, what: str = "a whole number") -> Kind:
    """Return the kind of whole numbers from `low` to `high`, multiples of `step`."""
    words = f"{what} from {low} to {high}" + (f", a multiple of {step}" if step > 1 else "")
    schema = {"minimum": low, "maximum": high, "multipleOf": step}
    return Kind(
        words,
        partial(_read_whole, low=low, high=high, step=step),
        json_types=("string", "number"),
        schema=schema,
    )


def _read_hours(value: str, *, low: Decimal, high: Decimal, step: int) -> int:
    number = _read_number(value)
    _in_range(number, low, high, above=False)
    minutes = round(number * 60)
    if abs(number * 60 - minutes) > Decimal("0.01") or minutes % step:
        raise BadValue("bad_number")
    return int(minutes)


def hours(low: str, high: str, *, step_minutes: int = 1) -> Kind:
    """Return the kind of hours that are a whole number of steps; read as minutes."""
    least, most = Decimal(low), Decimal(high)
    grid = "a whole number of minutes" if step_minutes == 1 else f"multiples of {step_minutes} min"
    return Kind(
        f"hours from {least:f} to {most:f} such as 7.5, {grid}",
        partial(_read_hours, low=least, high=most, step=step_minutes),
        json_types=("string", "number"),
        schema={"minimum": float(least), "maximum": float(most)},
        is_decimal=True,
    )
