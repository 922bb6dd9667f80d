"""Which rows of the company belong to a planning period."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_

from scheduler.domain import WallTime
from scheduler.store.columns import minute_text
from scheduler.timegrid.zones import Repeated, Skipped, utc_of

__all__ = ["Span", "spans"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time that a column lies in.

    Parameters
    ----------
    column : str
        ``interval_start``, or a wall time with ``zone`` and ``fold`` beside it.
    begin : datetime.datetime, optional
        Aware; None is from the beginning of time.
    end : datetime.datetime
        Aware.
    is_local : bool
        Whether the column holds wall times.
    """

    column: str
    begin: datetime | None
    end: datetime
    is_local: bool = False

    def holds(self, table: Table) -> ColumnElement[bool]:
        """Return a condition on a table that every row inside meets; `contains` is exact."""
        column, slack = table.c[self.column], _DAY if self.is_local else timedelta(0)
        below = column < minute_text(self.end + slack)
        return (
            below if self.begin is None else and_(column >= minute_text(self.begin - slack), below)
        )

    def contains(self, row: Mapping[Any, Any]) -> bool:
        """Whether a row lies inside."""
        if self.is_local:
            return self._contains_local(row)
        value = row[self.column]
        after = self.begin is None or value >= minute_text(self.begin)
        return bool(after and value < minute_text(self.end))

    def _contains_local(self, row: Mapping[Any, Any]) -> bool:
        value = row[self.column]
        if self.begin is None and value < minute_text(self.end - _DAY):
            return True  # a day before the end: inside by any clock
        start = _start(value, row["zone"], row["fold"])
        return (self.begin is None or start >= self.begin) and start < self.end


def _start(text: str, zone: str, fold: int | None) -> datetime:
    """Return the instant of a wall time; one that no clock shows is taken for UTC's."""
    wall = WallTime(date.min, 0)
    with suppress(ValueError):
        wall = WallTime.parse(text)
        repeated = Repeated.SECOND if fold else Repeated.FIRST
        return utc_of(wall, zone, skipped=Skipped.SHIFT, repeated=repeated)
    return datetime.combine(wall.day, time(0), UTC) + timedelta(minutes=wall.minute)


def spans(instants: tuple[datetime, datetime]) -> Mapping[str, Span]:
    """Return the spans of a period by the stem of the table; other tables are read whole.

    Need and pins lie in the horizon, history begins before it: what intake asks of them.

    Parameters
    ----------
    instants : (datetime, datetime)
        Aware, half-open: the horizon.
    """
    begin, end = instants
    need = Span("interval_start", begin, end)
    return {
        "demand": need,
        "requirements": need,
        "history": Span("start_local", None, begin, is_local=True),
        "pins": Span("start_local", begin, end, is_local=True),
    }
