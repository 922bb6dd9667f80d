"""Collecting faults: where each one stands, how many are listed, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scheduler.errors import Fault

__all__ = ["CODES", "MOST_LISTED", "STOP_READING", "FaultLog", "Source", "closest", "did_you_mean"]

MOST_LISTED = 50
STOP_READING = 1_000
_MOST_HINTS = 300
_LONGEST_VALUE = 200

CODES = {
    "ambiguous_time": "A local time that the clock shows twice, without a fold.",
    "bad_clock": "Not a time of day `HH:MM`.",
    "bad_country": "Not two upper-case letters.",
    "bad_csv": "Quotes that do not match, or a cell or header beyond all measure.",
    "bad_currency": "Not three upper-case letters.",
    "bad_date": "Not a date `YYYY-MM-DD` that exists.",
    "bad_email": "Not an e-mail address.",
    "bad_encoding": "Text in another encoding than UTF-8.",
    "bad_instant": "Not a date and time with an offset or `Z`.",
    "bad_json": "Not a JSON document.",
    "bad_language": "Not a language tag such as `nl` or `nl-SR`.",
    "bad_level": "A level that does not belong to this kind of skill.",
    "bad_local_time": "Not a local date and time.",
    "bad_number": "Not a number.",
    "bad_opening": "Opening hours that cannot be read.",
    "bad_permit": "Not a permit `PACK.permit`.",
    "bad_rule_pack": "Not names of rule packs, or not a rule pack.",
    "bad_settings": "Settings that contradict each other.",
    "bad_subdivision": "Not a subdivision of the country named beside it.",
    "bad_text": "Empty, too long, or with control characters.",
    "bad_weekday": "Not one of Mo Tu We Th Fr Sa Su.",
    "bad_yaml": "YAML that cannot be read, or uses aliases, tags or deep nesting.",
    "bad_yes_no": "Neither yes nor no.",
    "binary_file": "Not a text file.",
    "closed_queue": "Contacts or agents needed while the queue is closed.",
    "duplicate_column": "The same column twice.",
    "duplicate_id": "The same id twice.",
    "duplicate_interval": "The same interval of a queue twice.",
    "duplicate_key": "The same key twice in one object.",
    "empty_table": "A table that needs at least one row.",
    "file_too_large": "A file beyond the limit.",
    "history_contradicts": "A past shift outside the employment, or before `history_from`.",
    "history_in_horizon": "A past shift that does not start before the horizon.",
    "horizon_too_long": "A horizon of more than 371 days.",
    "missing_column": "A column that must be there.",
    "missing_exchange_rate": "A currency in use without an exchange rate on some date.",
    "missing_file": "A file that must be there.",
    "missing_key": "A setting that must be given.",
    "missing_offset": "An instant without an offset.",
    "missing_value": "An empty cell where a value must stand.",
    "more_faults": "Further faults of the same file that are not listed.",
    "needless_fold": "A fold of 1 for a local time that is not repeated.",
    "no_demand": "Neither demand nor requirements.",
    "not_a_file": "A folder or device where a file should be, or a file that cannot be opened.",
    "off_grid": "A time that does not lie on the grid of intervals.",
    "one_of_two": "Both of two columns, or neither, where exactly one belongs.",
    "out_of_range": "A number that is negative, or larger than can be meant.",
    "outside_horizon": "An interval or pin outside the horizon.",
    "overlapping_locations": "An agent in two places at once.",
    "overlapping_shifts": "Past or pinned shifts of one agent that overlap, or stand there twice.",
    "skipped_time": "A local time that the clock skips.",
    "too_many_cells": "A row with more cells than the header has columns.",
    "unknown_column": "A column that does not exist.",
    "unknown_format": "A format that this version does not read.",
    "unknown_id": "A reference to an agent, site, contract or queue that is not there.",
    "unknown_key": "A setting that does not exist.",
    "unknown_subdivision": "A subdivision whose public holidays are not known.",
    "unknown_value": "Not one of the words allowed here.",
    "unknown_zone": "Not the name of an IANA time zone.",
    "unnamed_column": "A value in a column whose header is empty.",
    "wrong_order": "An end that does not lie after its start, or a minimum above its maximum.",
    "wrong_type": "A list, object, number or text in a place made for something else.",
    # notices: the input is used all the same
    "idle_agent": "Notice: an agent whose skills fit no queue.",
    "no_public_holidays": "Notice: a country whose public holidays are not known.",
    "no_shift_length": "Notice: a contract to whose limits no shift length fits.",
    "unserved_queue": "Notice: a queue that no agent can serve.",
    "unused_closure": "Notice: a closure outside the horizon, or one that stands there before.",
    "unused_contract": "Notice: a contract that no agent has.",
    "unused_file": "Notice: a file that looks like one of the planning folder but is not read.",
    "zone_data_changed": "Notice: a roster's instants differ from today's zone data.",
}
"""Every stable code with its meaning; the manual prints this table."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one table inside a JSON document, that faults can point into.

    Parameters
    ----------
    file : str
        File name as faults show it.
    pointer : str, optional
        JSON pointer of the table (empty for the document itself); None for files with lines.
    rank : int
        Order of this source among the others in a list of faults.
    decimal_comma : bool
        Whether ``27,50`` is a decimal number here.
    """

    file: str
    pointer: str | None = None
    rank: int = 0
    decimal_comma: bool = False

    def place(self, row: int | None, path: tuple[str | int, ...]) -> tuple[int | None, str | None]:
        """Return line and column of a value, or no line and the JSON pointer.

        Parameters
        ----------
        row : int, optional
            Physical line, or the row's index in a JSON table.
        path : tuple of str or int
            Column name, or the way through nested settings.
        """
        if self.pointer is not None:
            steps = path if row is None else (row, *path)
            tail = "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in steps)
            return None, (self.pointer + tail) or None
        text = ""
        for step in path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return row, text or None

    def table_name(self) -> str:
        """Return how a sentence calls the table: ``agents.csv`` or, in a document, ``/agents``."""
        return self.pointer or self.file

    def row_name(self, row: int) -> str:
        """Return how a sentence calls a row: ``line 7`` or, in a document, ``/agents/5``."""
        return f"line {row}" if self.pointer is None else f"{self.pointer}/{row}"


class FaultLog:
    """All faults and notices of one input, listed up to a limit per source, counted beyond it."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Fault]] = []
        self._counts: dict[Source, int] = {}
        self._notices: list[Fault] = []
        self._hints_left = _MOST_HINTS

    def add(
        self,
        code: str,
        source: Source,
        expected: str,
        *,
        row: int | None = None,
        path: tuple[str | int, ...] = (),
        value: str | None = None,
        hint: str | Callable[[], str | None] | None = None,
    ) -> None:
        """Note one fault; a callable `hint` is only worked out when the fault is listed."""
        count = self._counts.get(source, 0) + 1
        self._counts[source] = count
        if count <= MOST_LISTED:
            fault = self._fault(code, source, expected, row, path, value, hint)
            self._entries.append((source.rank, row or 0, len(self._entries), fault))

    def notice(
        self,
        code: str,
        source: Source,
        expected: str,
        *,
        row: int | None = None,
        path: tuple[str | int, ...] = (),
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Note something odd that does not keep the input from being used."""
        if len(self._notices) < 4 * MOST_LISTED:
            self._notices.append(self._fault(code, source, expected, row, path, value, hint))

    def is_hopeless(self, source: Source) -> bool:
        """Whether so much is wrong with `source` that reading on helps nobody."""
        return self._counts.get(source, 0) >= STOP_READING

    def faults(self) -> tuple[Fault, ...]:
        """Return the faults in file and line order, ending each long file with what is left out."""
        entries = list(self._entries)
        for source, count in self._counts.items():
            if count > MOST_LISTED:
                left = count - MOST_LISTED
                number = f"{left} or more" if count >= STOP_READING else str(left)
                expected = f"fewer faults: {number} more in this file are not listed"
                _, column = source.place(None, ())
                fault = Fault("more_faults", source.file, expected, column=column)
                entries.append((source.rank, 1 << 60, 0, fault))
        return tuple(entry[3] for entry in sorted(entries, key=lambda entry: entry[:3]))

    def notices(self) -> tuple[Fault, ...]:
        """Return the notices in the order in which they were noted."""
        return tuple(self._notices)

    def _fault(
        self,
        code: str,
        source: Source,
        expected: str,
        row: int | None,
        path: tuple[str | int, ...],
        value: str | None,
        hint: str | Callable[[], str | None] | None,
    ) -> Fault:
        if code not in CODES:
            raise KeyError(code)
        line, column = source.place(row, path)
        if callable(hint):
            self._hints_left -= 1
            hint = hint() if self._hints_left >= 0 else None
        return Fault(
            code=code,
            file=_printable(source.file),
            expected=_printable(expected),
            line=line,
            column=None if column is None else _printable(column),
            value=None if value is None else _encodable(value[:_LONGEST_VALUE]),
            hint=None if hint is None else _printable(hint),
        )


def closest(text: str, options: Iterable[str]) -> str | None:
    """Return the option that `text` was probably meant to be, or None.

    Only spellings of about the same length are compared, so that a long list of ids stays cheap.
    """
    if len(text) > 64:
        return None
    slack = 3 + len(text) // 4
    near = [option for option in options if abs(len(option) - len(text)) <= slack][:2_000]
    folded = text.casefold()
    for option in near:
        if option.casefold() == folded:
            return option
    lowered = {option.casefold(): option for option in reversed(near)}
    found = difflib.get_close_matches(folded, list(lowered), n=1, cutoff=0.65)
    return lowered[found[0]] if found else None


def did_you_mean(text: str, options: Iterable[str]) -> str | None:
    """Return ``Did you mean 'x'?`` for the closest option, or None when nothing is close."""
    option = closest(text, options)
    return None if option is None else f"Did you mean {option!r}?"


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _printable(text: str) -> str:
    text = _encodable(text[: 2 * _LONGEST_VALUE])
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
