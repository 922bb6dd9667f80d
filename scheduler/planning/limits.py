"""Limits of law as the solver's rule records, kind by kind, as ``docs/law.md`` says.

Minutes become slots on the safe side: more rest, shorter windows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.labour.pack import (
    AverageHours,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    FreeSundays,
    Limit,
    NightCount,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
)
from scheduler.planning.clocks import minute_of
from scheduler.planning.history import Carry
from scheduler.planning.law import AgentLaw, HeldLimit, Scope, mark_of
from scheduler.planning.people import AgentDays
from scheduler.planning.periods import Period, mondays, periods, touches_horizon
from scheduler.planning.spans import ALWAYS
from scheduler.planning.sundays import sunday
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from solver import (
    CountLimit,
    HoursIfCount,
    HoursLimit,
    MaxConsecutiveDays,
    MaxSeries,
    MinRest,
    RollingHours,
    Rule,
    ShortRests,
    WindowsLimit,
)
from solver import SeriesRest as SeriesRestRule
from solver import WeeklyRest as WeeklyRestRule

__all__ = ["Bound", "LawRule", "law_rules"]

_WEEK = timedelta(days=7)
_FORTNIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class LawRule:
    """A rule record and the limit it stands for.

    Parameters
    ----------
    unknown_weeks : int
        Weeks of the rule's period that the history does not know.
    """

    rule: Rule
    held: HeldLimit
    unknown_weeks: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """An agent whose limits are turned into records.

    Parameters
    ----------
    carry : sequence of Carry
        All past shifts of the agent.
    history_from : datetime.date
        First date from which the history is complete.
    off_grid : bool
        Whether a shift of the history or a pin does not start and end on slots.
    """

    person: AgentDays
    agent_idx: int
    law: AgentLaw
    carry: Sequence[Carry]
    history_from: date
    grid: SlotGrid
    off_grid: bool

    def flag(self, held: HeldLimit) -> int:
        """Return the bit of the shifts that a limit counts or follows; 0 for all shifts."""
        return self.law.flag(mark_of(held.applied.pack, held.limit))

    def paid_before(self, first_day: int, end_day: int) -> int:
        """Return the paid minutes of the history on days ``[first_day, end_day)``."""
        return sum(own.shift.paid_minutes for own in self._within(first_day, end_day))

    def flagged_before(self, flag: int, first_day: int, end_day: int) -> int:
        """Return how many shifts of the history carry a flag on days ``[first_day, end_day)``."""
        return sum(bool(own.shift.flags & flag) for own in self._within(first_day, end_day))

    def _within(self, first_day: int, end_day: int) -> Sequence[Carry]:
        # The history is in order of time, and so of days but where the date line is crossed.
        low = bisect_left(self.carry, first_day - 1, key=_day_of)
        high = bisect_right(self.carry, end_day + 1, key=_day_of)
        return [own for own in self.carry[low:high] if first_day <= own.shift.day < end_day]

    def holds(self, scope: Scope, first_day: int, end_day: int) -> bool:
        """Say whether a sum over days ``[first_day, end_day)`` has to keep a limit of a scope."""
        return touches_horizon(
            self.person, scope, first_day=first_day, end_day=end_day, grid=self.grid
        )


def _day_of(own: Carry) -> int:
    return own.shift.day


def law_rules(bound: Bound) -> list[LawRule]:
    """Return the records of all limits of an agent that do not speak of single shifts."""
    found = [
        rule
        for held in bound.law.limits
        if (compiled := _KINDS.get(type(held.limit))) is not None
        for rule in compiled(bound, held)
    ]
    return [*found, *_short_rests(bound)]


def _slots_up(minutes: int) -> int:
    return -(-minutes // SLOT_MINUTES)


def _shift_hours(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, ShiftHours)
    if limit.extended_max_minutes is None:
        return
    flag = bound.flag(held)
    for times, days in limit.extended_counts:
        if days == _FORTNIGHT_DAYS:
            for first, end in _rolling(bound, held, days):
                yield LawRule(_count_limit(bound, flag, first, end, times), held)
        else:
            for period in periods(bound.person, days // 7, bound.history_from):
                yield from _count_of_period(bound, held, flag, period, times)
    if limit.extended_rest_minutes:
        rest = _slots_up(limit.extended_rest_minutes)
        yield LawRule(MinRest(bound.agent_idx, rest, flag, *held.scope.slots), held)


def _rolling(bound: Bound, held: HeldLimit, days: int) -> Iterator[tuple[int, int]]:
    """Yield all runs of so many dates that contain a date of the horizon, as day indices."""
    for first in range(1 - days, bound.person.days):
        if bound.holds(held.scope, first, first + days):
            yield first, first + days


def _clipped(bound: Bound, first: int, end: int) -> tuple[int, int]:
    return max(0, first), min(bound.person.days, end)


def _count_limit(bound: Bound, flag: int, first: int, end: int, most: int) -> CountLimit:
    before = bound.flagged_before(flag, first, end)
    return CountLimit(bound.agent_idx, flag, *_clipped(bound, first, end), most, before)


def _hours_limit(bound: Bound, first: int, end: int, most: int) -> HoursLimit:
    before = bound.paid_before(first, end)
    return HoursLimit(bound.agent_idx, *_clipped(bound, first, end), most, before)


def _known_days(bound: Bound, held: HeldLimit, period: Period) -> tuple[int, int] | None:
    """Return the known days of a period that has to keep the limit; None where nothing counts."""
    person = bound.person
    first, end = person.idx_of(period.known_from), person.idx_of(period.end)
    if max(0, first) >= min(person.days, end):
        return None
    if not bound.holds(held.scope, person.idx_of(period.first), end):
        return None
    return first, end


def _count_of_period(
    bound: Bound, held: HeldLimit, flag: int, period: Period, most: int
) -> Iterator[LawRule]:
    days = _known_days(bound, held, period)
    if days is not None:
        rule = _count_limit(bound, flag, *days, period.share(most))
        yield LawRule(rule, held, period.weeks - period.known_weeks)


def _day_hours(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, DayHours)
    if limit.rolling:  # a calendar day has one shift: judged by itself
        window = MINUTES_PER_DAY // SLOT_MINUTES + bound.off_grid
        rule = RollingHours(bound.agent_idx, window, limit.max_minutes, *held.scope.slots)
        yield LawRule(rule, held)


def _week_hours(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, WeekHours)
    if limit.rolling:
        for first, end in _rolling(bound, held, 7):
            yield LawRule(_hours_limit(bound, first, end, limit.max_minutes), held)
        return
    for monday in mondays(bound.person):
        first, end = bound.person.idx_of(monday), bound.person.idx_of(monday + _WEEK)
        if bound.holds(held.scope, first, end):
            yield LawRule(_hours_limit(bound, first, end, limit.max_minutes), held)


def _average_hours(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, AverageHours)
    for period in periods(bound.person, limit.weeks, bound.history_from):
        days = _known_days(bound, held, period)
        if days is None:
            continue
        most = period.known_weeks * limit.max_minutes_week
        rule: Rule = _hours_limit(bound, *days, most)
        if limit.from_nights is not None:
            flag = bound.flag(held)
            rule = HoursIfCount(
                bound.agent_idx,
                flag,
                *_clipped(bound, *days),
                period.share(limit.from_nights),
                most,
                bound.paid_before(*days),
                bound.flagged_before(flag, *days),
            )
        yield LawRule(rule, held, period.weeks - period.known_weeks)


def _daily_rest(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, DailyRest)
    least = limit.min_minutes if limit.reduced_minutes is None else limit.reduced_minutes
    yield LawRule(
        MinRest(bound.agent_idx, _slots_up(least), bound.flag(held), *held.scope.slots), held
    )


def _short_rests(bound: Bound) -> Iterator[LawRule]:
    """Yield the exceptions that daily rests of one pack share."""
    sharing: dict[tuple[str, int, int, int], list[HeldLimit]] = defaultdict(list)
    for held in bound.law.limits:
        limit = held.limit
        if isinstance(limit, DailyRest) and limit.reduced_minutes is not None:
            exception = limit.reduced_minutes, limit.reduced_times, limit.reduced_window_minutes
            sharing[(held.applied.pack.pack_id, *exception)].append(held)
    for (_, _, times, window), rests in sharing.items():
        for together in _near(rests, window):
            demands = {
                (bound.flag(held), _slots_up(held.limit.min_minutes))
                for held in together
                if isinstance(held.limit, DailyRest)
            }
            scope = Scope(
                min(held.scope.start for held in together), max(held.scope.end for held in together)
            )
            rule = ShortRests(
                bound.agent_idx,
                tuple(sorted(demands)),
                times,
                _slots_up(window) + bound.off_grid,
                *scope.slots,
            )
            yield LawRule(rule, together[0])


def _near(rests: Sequence[HeldLimit], window: int) -> list[list[HeldLimit]]:
    """Gather limits whose scopes lie so near that rests of them can share one window."""
    found: list[list[HeldLimit]] = []
    end = -ALWAYS[1]
    for held in sorted(rests, key=lambda held: held.scope.start):
        if found and held.scope.start < end + window:
            found[-1].append(held)
        else:
            found.append([held])
        end = max(end, held.scope.end)
    return found


def _weekly_rest(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, WeeklyRest)
    instead = (0, 0, 0)
    if limit.or_min_minutes is not None:
        instead = (
            _slots_up(limit.or_min_minutes),
            limit.or_window_minutes // SLOT_MINUTES,
            _slots_up(limit.or_part_minutes),
        )
    rest, window = _slots_up(limit.min_minutes), limit.window_minutes // SLOT_MINUTES
    yield LawRule(WeeklyRestRule(bound.agent_idx, rest, window, *instead, *held.scope.slots), held)


def _consecutive_days(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, ConsecutiveDays)
    yield LawRule(MaxConsecutiveDays(bound.agent_idx, limit.max_days, *held.scope.slots), held)


def _series_shifts(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, SeriesShifts)
    rule = MaxSeries(
        bound.agent_idx,
        limit.max_shifts,
        _slots_up(limit.gap_minutes),
        bound.flag(held),
        *held.scope.slots,
    )
    yield LawRule(rule, held)


def _series_rest(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, SeriesRest)
    rule = SeriesRestRule(
        bound.agent_idx,
        bound.flag(held),
        limit.nights,
        _slots_up(limit.gap_minutes),
        _slots_up(limit.min_minutes),
        *held.scope.slots,
    )
    yield LawRule(rule, held)


def _night_count(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, NightCount)
    for period in periods(bound.person, limit.weeks, bound.history_from):
        yield from _count_of_period(bound, held, bound.flag(held), period, limit.max_count)


def _free_sundays(bound: Bound, held: HeldLimit) -> Iterator[LawRule]:
    limit = held.limit
    assert isinstance(limit, FreeSundays)
    person = bound.person
    start = np.array([minute_of(bound.grid, own.past.start) for own in bound.carry])
    end = np.array([minute_of(bound.grid, own.past.end) for own in bound.carry])
    for period in periods(person, limit.weeks, bound.history_from):
        if _known_days(bound, held, period) is None:
            continue
        windows = []
        worked = 0
        monday = period.known_from
        while monday < period.end:
            opens, closes = sunday(person.timeline, monday, bound.grid)
            if opens == closes:
                pass  # a Sunday that the agent skips over the date line
            elif closes > 0:
                windows.append((opens // SLOT_MINUTES, _slots_up(closes)))
            elif bound.carry:
                worked += bool(((start < closes) & (opens < end)).any())
            monday += _WEEK
        rule = WindowsLimit(
            bound.agent_idx, tuple(windows), period.share(limit.weeks - limit.min_count), worked
        )
        yield LawRule(rule, held, period.weeks - period.known_weeks)


_KINDS: dict[type[Limit], Callable[[Bound, HeldLimit], Iterator[LawRule]]] = {
    ShiftHours: _shift_hours,
    DayHours: _day_hours,
    WeekHours: _week_hours,
    AverageHours: _average_hours,
    DailyRest: _daily_rest,
    WeeklyRest: _weekly_rest,
    ConsecutiveDays: _consecutive_days,
    SeriesShifts: _series_shifts,
    SeriesRest: _series_rest,
    NightCount: _night_count,
    FreeSundays: _free_sundays,
}
