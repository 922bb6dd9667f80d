"""Weeks that a limit adds up: which periods it judges, and how much of them is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.labour import Applied
from scheduler.timegrid.timeline import Place, local_days
from scheduler.timegrid.windows import week_start

__all__ = ["WeekPeriod", "dates_in_scope", "duties_by_week", "week_periods"]

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class WeekPeriod:
    """Some ISO weeks in a row.

    Parameters
    ----------
    monday : datetime.date
        Of the first week.
    weeks : int
        How many.
    known : tuple of datetime.date
        The Mondays of those whose work is known.
    """

    monday: date
    weeks: int
    known: tuple[date, ...]

    @property
    def whole(self) -> bool:
        """Whether all weeks are known."""
        return len(self.known) == self.weeks

    def share(self, count: int) -> int:
        """Return how much of a number for the whole period falls to the weeks known.

        At least 1, unless the number is 0.
        """
        if self.whole or not count:
            return count
        return max(1, count * len(self.known) // self.weeks)


@lru_cache(maxsize=4096)
def _dates(timeline: tuple[Place, ...], start: datetime, end: datetime) -> frozenset[date]:
    return frozenset(lived.day for lived in local_days(timeline, start, end))


def dates_in_scope(facts: Facts, agent: AgentFacts, applied: Applied) -> frozenset[date]:
    """Return the local dates of which a part lies in the horizon and in a limit's scope."""
    start = facts.start if applied.start is None else max(facts.start, applied.start)
    end = facts.end if applied.end is None else min(facts.end, applied.end)
    return _dates(agent.timeline, start, end) if start < end else frozenset()


def week_periods(
    facts: Facts, agent: AgentFacts, applied: Applied, weeks: int
) -> Iterator[WeekPeriod]:
    """Yield each `weeks` ISO weeks in a row that a limit judges.

    The last of them is a week of the horizon, and a part of them inside the horizon lies in the
    limit's scope.
    """
    within = {week_start(day) for day in dates_in_scope(facts, agent, applied)}
    if not within:
        return
    horizon = _dates(agent.timeline, facts.start, facts.end)
    for last in sorted({week_start(day) for day in horizon}):
        mondays = [last - back * _WEEK for back in range(weeks - 1, -1, -1)]
        if not within.isdisjoint(mondays):
            known = tuple(monday for monday in mondays if _is_known(facts, agent, monday))
            yield WeekPeriod(mondays[0], weeks, known)


def _is_known(facts: Facts, agent: AgentFacts, monday: date) -> bool:
    """Say whether the history is complete for a week, or the agent was not employed yet."""
    hired = agent.agent.employed_from
    return facts.history_from <= monday or (hired is not None and monday + _WEEK <= hired)


def duties_by_week(agent: AgentFacts) -> dict[date, list[Duty]]:
    """Return the agent's shifts by the Monday of the week in which they start."""
    found: dict[date, list[Duty]] = defaultdict(list)
    for duty in agent.duties:
        found[_monday(duty.day)].append(duty)
    return found


@lru_cache(maxsize=4096)
def _monday(day: date) -> date:
    return week_start(day)
