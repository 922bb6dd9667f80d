"""Reader of the public shift-scheduling instances: text to records.

The format is comma-separated sections: horizon, shift types, staff, days off, requests to work a
type and not to work it, cover. Every fault of a file is reported with its line.

References
----------
- T. Curtois, R. Qu, "Computational results on new staff scheduling benchmark instances", technical
  report (2014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["Cover", "Instance", "InstanceError", "Person", "Request", "ShiftType", "read_instance"]

T = TypeVar("T")

_HEAD = "SECTION_"
_NEEDED = ("HORIZON", "SHIFTS", "STAFF", "COVER")
_MOST_SHOWN = 20
_LARGEST = 10**8


class InstanceError(Exception):
    """A file that is no instance, or one that cannot be turned into a problem."""


@dataclass(frozen=True, slots=True)
class ShiftType:
    """A shift type.

    Parameters
    ----------
    blocked_next : frozenset of int
        Types that may not be worked on the day after.
    """

    type_id: str
    minutes: int
    blocked_next: frozenset[int]


@dataclass(frozen=True, slots=True)
class Person:
    """One agent's limits over the horizon.

    Parameters
    ----------
    max_shifts : tuple of (int or None)
        Most shifts of each type; None where the file names no limit.
    max_run, min_run, min_off : int
        Most and fewest days of work in a row, fewest days off in a row.
    days_off : frozenset of int
        Days without work.
    """

    agent_id: str
    max_shifts: tuple[int | None, ...]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_off: int
    max_weekends: int
    days_off: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """A wish about one type on one day: to work it, or not to."""

    agent_idx: int
    day: int
    type_idx: int
    weight: int


@dataclass(frozen=True, slots=True)
class Cover:
    """Agents wanted for a type on a day, with the cost of one missing and of one too many."""

    day: int
    type_idx: int
    need: int
    under: int
    over: int


@dataclass(frozen=True, slots=True)
class Instance:
    """A shift-scheduling instance; day 0 is a Monday."""

    days: int
    types: tuple[ShiftType, ...]
    staff: tuple[Person, ...]
    on: tuple[Request, ...]
    off: tuple[Request, ...]
    cover: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: list[str]


class _Faults(list[str]):
    """Faults found so far."""

    def collect(self, row: _Row, read: Callable[[list[str]], object]) -> None:
        """Read a row; a `ValueError` becomes a fault with the line's number."""
        try:
            read(row.cells)
        except ValueError as error:
            self.append(f"line {row.line}: {error}")

    def report(self) -> None:
        """Raise what was found, if anything."""
        if self:
            hidden = len(self) - _MOST_SHOWN
            more = [f"... and {hidden} more"] if hidden > 0 else []
            raise InstanceError("\n".join([*self[:_MOST_SHOWN], *more]))


def read_instance(source: Path | str) -> Instance:
    """Read an instance from a file, or from its text.

    Parameters
    ----------
    source : Path or str
        A path is opened; a string is the text itself.

    Raises
    ------
    InstanceError
        With every fault of the text and its line, or why the file cannot be read.
    """
    if isinstance(source, Path):
        try:
            source = source.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InstanceError(f"{source} cannot be read: {error}") from None
    sections = _sections(source)
    faults = _Faults()
    for name in _NEEDED:
        if not sections.get(name):
            faults.append(f"no rows under {_HEAD}{name}")
    faults.report()
    return _Reader(sections, faults).instance()


def _sections(text: str) -> dict[str, list[_Row]]:
    sections: dict[str, list[_Row]] = {}
    rows: list[_Row] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith(_HEAD):
            rows = sections.setdefault(line.removeprefix(_HEAD), [])
        elif rows is None:
            raise InstanceError(f"line {number}: data before the first section; no instance file?")
        else:
            rows.append(_Row(number, [cell.strip() for cell in line.split(",")]))
    return sections


class _Reader:
    """Rows to records; names are looked up in what was read before."""

    def __init__(self, sections: dict[str, list[_Row]], faults: _Faults) -> None:
        self.sections, self.faults = sections, faults
        self.days = 0
        self.type_idx: dict[str, int] = {}
        self.agent_idx: dict[str, int] = {}

    def instance(self) -> Instance:
        """Return the instance; raise all faults together."""
        self.faults.collect(self.sections["HORIZON"][0], self._horizon)
        self.faults.report()
        for row in self.sections["SHIFTS"]:
            self.faults.collect(row, lambda cells: _name(self.type_idx, cells[0], "shift type"))
        for row in self.sections["STAFF"]:
            self.faults.collect(row, lambda cells: _name(self.agent_idx, cells[0], "agent"))
        self.faults.report()
        types = tuple(self._each("SHIFTS", self._shift_type))
        away: list[set[int]] = [set() for _ in self.agent_idx]
        for agent, days in self._each("DAYS_OFF", self._days_off):
            away[agent] |= days
        staff = tuple(self._each("STAFF", lambda cells: self._person(cells, away)))
        on = tuple(self._each("SHIFT_ON_REQUESTS", self._request))
        off = tuple(self._each("SHIFT_OFF_REQUESTS", self._request))
        cover = tuple(self._each("COVER", self._cover))
        self.faults.report()
        return Instance(self.days, types, staff, on, off, cover)

    def _each(self, name: str, read: Callable[[list[str]], T]) -> Iterator[T]:
        for row in self.sections.get(name, ()):
            try:
                yield read(row.cells)
            except ValueError as error:
                self.faults.append(f"line {row.line}: {error}")

    def _horizon(self, cells: list[str]) -> None:
        self.days = _whole(cells[0], "number of days", least=1)

    def _shift_type(self, cells: list[str]) -> ShiftType:
        _length(cells, 2, 3)
        names = cells[2].split("|") if len(cells) > 2 else []
        blocked = frozenset(self._type(name.strip()) for name in names if name.strip())
        return ShiftType(cells[0], _whole(cells[1], "minutes", least=1), blocked)

    def _days_off(self, cells: list[str]) -> tuple[int, set[int]]:
        return self._agent(cells[0]), {self._day(cell) for cell in cells[1:] if cell}

    def _person(self, cells: list[str], away: list[set[int]]) -> Person:
        _length(cells, 8, 8)
        most: list[int | None] = [None] * len(self.type_idx)
        for part in cells[1].split("|"):
            if part.strip():
                name, equals, value = part.partition("=")
                if not equals:
                    raise ValueError(f"{part.strip()!r} is not of the form type=number")
                most[self._type(name.strip())] = _whole(value, "most shifts")
        max_minutes, min_minutes, max_run, min_run, min_off, max_weekends = (
            _whole(cell, "limit") for cell in cells[2:]
        )
        return Person(
            cells[0],
            tuple(most),
            max_minutes,
            min_minutes,
            max_run,
            min_run,
            min_off,
            max_weekends,
            frozenset(away[self._agent(cells[0])]),
        )

    def _request(self, cells: list[str]) -> Request:
        _length(cells, 4, 4)
        return Request(
            self._agent(cells[0]),
            self._day(cells[1]),
            self._type(cells[2]),
            _whole(cells[3], "weight"),
        )

    def _cover(self, cells: list[str]) -> Cover:
        _length(cells, 5, 5)
        need, under, over = (_whole(cell, "cover") for cell in cells[2:])
        return Cover(self._day(cells[0]), self._type(cells[1]), need, under, over)

    def _day(self, cell: str) -> int:
        day = _whole(cell, "day")
        if day >= self.days:
            raise ValueError(f"day {day} is outside the horizon of {self.days} days")
        return day

    def _type(self, name: str) -> int:
        if name not in self.type_idx:
            raise ValueError(f"shift type {name!r} does not exist")
        return self.type_idx[name]

    def _agent(self, name: str) -> int:
        if name not in self.agent_idx:
            raise ValueError(f"agent {name!r} is not among the staff")
        return self.agent_idx[name]


def _name(known: dict[str, int], name: str, what: str) -> None:
    if not name or name == "-" or any(sign.isspace() for sign in name):
        raise ValueError(f"{name!r} is no name for a {what}")
    if name in known:
        raise ValueError(f"{what} {name!r} is there twice")
    known[name] = len(known)


def _length(cells: list[str], least: int, most: int) -> None:
    if not least <= len(cells) <= most:
        wanted = f"{least}" if least == most else f"{least} or {most}"
        raise ValueError(f"{len(cells)} fields instead of {wanted}")


def _whole(cell: str, what: str, *, least: int = 0) -> int:
    text = cell.strip()
    if not (text.isascii() and text.isdigit()) or int(text) < least or int(text) > _LARGEST:
        raise ValueError(f"{what} must be a whole number from {least} on, not {text!r}")
    return int(text)
