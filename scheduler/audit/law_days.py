"""Days, nights and series the law limits: in a row, in so many weeks, Sundays, holidays, notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.judgement import Judgement, duties_span, joined_windows
from scheduler.audit.nights import ends_after, is_night
from scheduler.audit.periods import WeekPeriod, duties_by_week, week_periods
from scheduler.audit.wording import day_text, duration_text
from scheduler.domain.walltime import clock_text
from scheduler.labour import (
    Applied,
    ConsecutiveDays,
    FreeSundays,
    NightCount,
    Notice,
    NoWork,
    SeriesShifts,
)
from scheduler.timegrid.holidays import public_holidays
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import local_dates
from scheduler.timegrid.zones import clock_instant, day_bounds

__all__ = [
    "consecutive_days",
    "free_sundays",
    "night_count",
    "no_work",
    "notice",
    "series_shifts",
]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_NOON = 12 * 60
_SUNDAY = 7


def _count(
    applied: Applied,
    rule: str,
    duties: Sequence[Duty],
    count: int,
    most: int,
    *,
    pinned: bool,
    **params: str,
) -> Iterator[Judgement]:
    """Yield a count that is too high, or at the limit, where the roster has a part in it."""
    if duties and count >= most and not all(duty.past for duty in duties):
        yield Judgement(
            rule=rule,
            law=applied,
            slack=most - count,
            strictness=-most,
            measured=str(count),
            limit=str(most),
            span=duties_span(duties),
            pinned=pinned,
            params=tuple(params.items()),
        )


def consecutive_days(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: ConsecutiveDays
) -> Iterator[Judgement]:
    """Yield runs of working days that are too long, and those as long as they may be."""
    by_day: dict[date, list[Duty]] = {}
    for duty in agent.duties:
        by_day.setdefault(duty.day, []).append(duty)
    days = sorted(by_day)
    fixed = {day for day in days if any(duty.fixed for duty in by_day[day])}
    for first, after in _runs(days):
        if after - first == limit.max_days:
            duties = [duty for day in days[first:after] for duty in by_day[day]]
            if any(applied.holds_at(duty.start) for duty in duties):
                yield from _count(
                    applied, "days_in_row", duties, after - first, limit.max_days, pinned=False
                )
        broken: dict[bool, list[tuple[int, int]]] = {False: [], True: []}
        for start in range(first, after - limit.max_days):
            window = days[start : start + limit.max_days + 1]
            duties = [duty for day in window for duty in by_day[day]]
            if any(applied.holds_at(duty.start) for duty in duties) and not all(
                duty.past for duty in duties
            ):
                broken[fixed.issuperset(window)].append((start, start + limit.max_days + 1))
        for pinned, windows in broken.items():
            for start, until in joined_windows(windows):
                duties = [duty for day in days[start:until] for duty in by_day[day]]
                yield from _count(
                    applied, "days_in_row", duties, until - start, limit.max_days, pinned=pinned
                )


def _runs(days: Sequence[date]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a sorted list in which each date follows the one before."""
    first = 0
    for idx in range(1, len(days) + 1):
        if idx == len(days) or days[idx] != days[idx - 1] + _DAY:
            yield first, idx
            first = idx


def series_shifts(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: SeriesShifts
) -> Iterator[Judgement]:
    """Yield series of shifts that are too long, and those as long as they may be."""
    edges = [
        idx
        for idx, (before, after) in enumerate(pairwise(agent.duties), start=1)
        if (after.start - before.end) // _MINUTE >= limit.gap_minutes
    ]
    for first, after in pairwise([0, *edges, len(agent.duties)]):
        series = agent.duties[first:after]
        if (
            len(series) >= limit.max_shifts
            and any(applied.holds_at(duty.start) for duty in series)
            and (not limit.with_night or any(is_night(applied.pack, duty) for duty in series))
        ):
            yield from _count(
                applied,
                "series_shifts",
                series,
                len(series),
                limit.max_shifts,
                pinned=all(duty.fixed for duty in series),
                gap=duration_text(limit.gap_minutes),
            )


def _period_words(period: WeekPeriod) -> str:
    words = f"{period.weeks} weeks from Monday {period.monday.isoformat()}"
    return words if period.whole else f"{words}, {len(period.known)} of them known"


def night_count(
    facts: Facts, agent: AgentFacts, applied: Applied, limit: NightCount
) -> Iterator[Judgement]:
    """Yield periods with too many night shifts, by the weeks that are known."""
    late = limit.ending_after_minute
    by_week = duties_by_week(agent)
    kind = "night shifts" if late is None else f"night shifts that end after {clock_text(late)}"
    for period in week_periods(facts, agent, applied, limit.weeks):
        nights = [
            duty
            for monday in period.known
            for duty in by_week.get(monday, ())
            if (
                is_night(applied.pack, duty)
                if late is None
                else ends_after(applied.pack, duty, late)
            )
        ]
        yield from _count(
            applied,
            "night_count",
            nights,
            len(nights),
            period.share(limit.max_count),
            pinned=all(duty.fixed for duty in nights),
            kind=kind,
            period=_period_words(period),
        )


def free_sundays(
    facts: Facts, agent: AgentFacts, applied: Applied, limit: FreeSundays
) -> Iterator[Judgement]:
    """Yield periods in which too many Sundays hold work, by the weeks that are known."""
    by_sunday = _duties_by_sunday(agent)
    for period in week_periods(facts, agent, applied, limit.weeks):
        sundays = (monday + 6 * _DAY for monday in period.known)
        worked = [by_sunday[day] for day in sundays if day in by_sunday]
        alone = sum(any(duty.fixed for duty in duties) for duties in worked)
        every = sorted({duty.start: duty for row in worked for duty in row}.values(), key=_start)
        yield from _count(
            applied,
            "free_sundays",
            every,
            len(worked),
            period.share(limit.weeks - limit.min_count),
            pinned=alone == len(worked),
            period=_period_words(period),
            free=(
                f"so that {limit.min_count} stay free"
                if period.whole
                else "the share of the known weeks"
            ),
        )


def _start(duty: Duty) -> datetime:
    return duty.start


def _duties_by_sunday(agent: AgentFacts) -> dict[date, list[Duty]]:
    """Return the shifts that share time with each Sunday of the agent's."""
    found: dict[date, list[Duty]] = {}
    for duty in agent.duties:
        day, last = duty.start.date() - _DAY, duty.end.date() + _DAY
        while day <= last:
            if day.isoweekday() == _SUNDAY:
                start, end = _sunday_bounds(agent, day)
                if duty.start < end and start < duty.end:
                    found.setdefault(day, []).append(duty)
            day += _DAY
    return found


def _sunday_bounds(agent: AgentFacts, sunday: date) -> tuple[datetime, datetime]:
    """Return a Sunday from midnight to midnight where the agent is that day at noon."""
    for place in agent.timeline:
        noon = clock_instant(sunday, _NOON, place.zone)
        if (place.start is None or place.start <= noon) and (place.end is None or noon < place.end):
            return day_bounds(sunday, place.zone)
    start, _ = day_bounds(sunday, agent.site.zone)
    return day_bounds(sunday, place_at(agent.timeline, start).zone)


def no_work(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: NoWork
) -> Iterator[Judgement]:
    """Yield shifts on weekdays and public holidays on which nobody works."""
    for duty in agent.duties:
        if duty.past or not applied.holds_at(duty.start):
            continue
        for day in local_dates(duty.start, duty.end, duty.zone):
            names = [day_text(day)] if day.isoweekday() in limit.weekdays else []
            if limit.holidays:
                known = public_holidays(duty.place.country, duty.place.subdivision, day.year)
                if day in known:
                    names = [f"{day_text(day)}, {known[day]}"]
            if names:
                yield Judgement(
                    rule="no_work",
                    law=applied,
                    slack=-1,
                    strictness=0,
                    measured=names[0],
                    limit="no work",
                    span=duties_span((duty,)),
                    pinned=duty.fixed,
                )
                break


def notice(facts: Facts, agent: AgentFacts, applied: Applied, limit: Notice) -> Iterator[Judgement]:
    """Yield shifts that agents are told of too late; nothing where nobody says when."""
    announced = facts.planning.announced
    if announced is None:
        return
    for duty in agent.duties:
        if duty.past or not applied.holds_at(duty.start):
            continue
        times = (duty.day - announced.times_on).days
        rest_days = (duty.day - (announced.rest_days_on or announced.times_on)).days
        slack = times - limit.times_days
        words = f"{limit.times_days} days"
        if limit.or_times_days is not None:
            in_parts = min(times - limit.or_times_days, rest_days - limit.or_rest_days_days)
            slack = max(slack, in_parts)
            words += (
                f", or {limit.or_times_days} where days off are known "
                f"{limit.or_rest_days_days} days ahead"
            )
        if slack <= 0:
            measured = f"{times} days"
            if limit.or_times_days is not None:
                measured += f" (days off {rest_days} days)"
            yield Judgement(
                rule="notice",
                law=applied,
                slack=slack,
                strictness=limit.times_days,
                measured=measured,
                limit=words,
                span=duties_span((duty,)),
                pinned=duty.fixed,
            )
