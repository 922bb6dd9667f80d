"""Weeks that limits add up over, and how much of them the history knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.domain import Planning
from scheduler.planning.clocks import minute_of
from scheduler.planning.law import Scope
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import ALWAYS
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.windows import week_start

__all__ = ["Period", "history_start", "mondays", "periods", "touches_horizon"]

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """Some ISO weeks in a row, the last of them a week of the horizon.

    Parameters
    ----------
    first, end : datetime.date
        The Monday of its first week and that after its last.
    known_from : datetime.date
        From this Monday on the weeks are known; those before are not, or hold nothing.
    known_weeks : int
        Weeks known, those before the employment included.
    """

    first: date
    end: date
    known_from: date
    known_weeks: int

    @property
    def weeks(self) -> int:
        """Length in weeks."""
        return (self.end - self.first) // _WEEK

    @property
    def known(self) -> bool:
        """Whether all its weeks are known."""
        return self.known_weeks == self.weeks

    def share(self, amount: int) -> int:
        """Return an amount cut to the known weeks, at least 1 unless there is none."""
        return (
            amount if self.known else max(min(1, amount), amount * self.known_weeks // self.weeks)
        )


def history_start(planning: Planning, horizon_start: date) -> date:
    """Return the first date from which the history is complete.

    Parameters
    ----------
    horizon_start : datetime.date
        What it is without any history.
    """
    if planning.history_from is not None:
        return planning.history_from
    return min((past.start_local.day for past in planning.history), default=horizon_start)


def mondays(person: AgentDays) -> Iterator[date]:
    """Yield the Monday of each ISO week that the agent's horizon touches."""
    monday = week_start(person.first_date)
    while monday <= person.local_days[-1].day:
        yield monday
        monday += _WEEK


def periods(person: AgentDays, weeks: int, history_from: date) -> Iterator[Period]:
    """Yield every period of so many weeks that ends with a week of the agent's horizon."""
    complete = week_start(history_from + _WEEK - timedelta(days=1))
    employed = person.agent.employed_from
    for monday in mondays(person):
        end = monday + _WEEK
        first = end - weeks * _WEEK
        known_from = min(max(first, complete), end)
        known = (end - known_from) // _WEEK
        if employed is not None:
            idle_until = min(week_start(employed), known_from)
            known += max(0, (idle_until - first) // _WEEK)
        yield Period(first, end, known_from, known)


def touches_horizon(
    person: AgentDays, scope: Scope, *, first_day: int, end_day: int, grid: SlotGrid
) -> bool:
    """Say whether some instant of days ``[first_day, end_day)`` in the horizon is in the scope."""
    if (scope.start, scope.end) == ALWAYS:
        return True
    return any(
        max(scope.start, minute_of(grid, piece.start)) < min(scope.end, minute_of(grid, piece.end))
        for local_day in person.local_days
        if first_day <= person.idx_of(local_day.day) < end_day
        for piece in local_day.pieces
    )
