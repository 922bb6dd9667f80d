"""Work the law allows in a shift, a day, a week, and on average over weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.judgement import (
    STEP_MINUTES,
    Judgement,
    Span,
    duties_span,
    window_span,
)
from scheduler.audit.nights import is_night
from scheduler.audit.periods import dates_in_scope, duties_by_week, week_periods
from scheduler.audit.wording import day_text, duration_text
from scheduler.labour import Applied, AverageHours, DayHours, MinEngagement, ShiftHours, WeekHours

__all__ = [
    "average_hours",
    "day_hours",
    "extended_count",
    "min_engagement",
    "shift_hours",
    "week_hours",
]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_WEEK_DAYS = 7
_FORTNIGHT_DAYS = 14


def _at_most(
    applied: Applied,
    rule: str,
    duties: Sequence[Duty],
    minutes: int,
    most: int,
    *,
    window: Span | None = None,
    **params: str,
) -> Iterator[Judgement]:
    """Yield work that is too much, or all that is allowed, where the roster has a part in it.

    Its span is `window`, by default from the start of the first shift to the end of the last.
    """
    if minutes > most - STEP_MINUTES and not all(duty.past for duty in duties):
        yield Judgement(
            rule=rule,
            law=applied,
            slack=most - minutes,
            strictness=-most,
            measured=duration_text(minutes),
            limit=duration_text(most),
            span=duties_span(duties) if window is None else window,
            pinned=all(duty.fixed for duty in duties),
            params=tuple(params.items()),
        )


def _is_of_kind(applied: Applied, limit: ShiftHours, duty: Duty) -> bool:
    return not limit.night_only or is_night(applied.pack, duty)


def shift_hours(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: ShiftHours
) -> Iterator[Judgement]:
    """Yield shifts, or night shifts, with too much work."""
    most = limit.max_minutes
    if limit.extended_max_minutes is not None:
        most = limit.extended_max_minutes
    for duty in agent.duties:
        if (
            duty.paid_minutes > most - STEP_MINUTES
            and applied.holds_at(duty.start)
            and _is_of_kind(applied, limit, duty)
        ):
            yield from _at_most(applied, "shift_hours", (duty,), duty.paid_minutes, most)


def extended_count(
    facts: Facts, agent: AgentFacts, applied: Applied, limit: ShiftHours
) -> Iterator[Judgement]:
    """Yield periods with too many shifts longer than usual."""
    if limit.extended_max_minutes is None:
        return
    longer = [
        duty
        for duty in agent.duties
        if duty.paid_minutes > limit.max_minutes and _is_of_kind(applied, limit, duty)
    ]
    for times, days in limit.extended_counts:
        if days == _FORTNIGHT_DAYS:
            for window in _windows(longer, dates_in_scope(facts, agent, applied), days):
                yield from _count_judgement(applied, window, times, f"{days} days")
            continue
        for period in week_periods(facts, agent, applied, days // _WEEK_DAYS):
            inside = [
                duty for duty in longer if duty.day - duty.day.weekday() * _DAY in period.known
            ]
            words = f"{period.weeks} weeks"
            if not period.whole:
                words += f", of which {len(period.known)} are known"
            yield from _count_judgement(applied, inside, period.share(times), words)


def _count_judgement(
    applied: Applied, duties: Sequence[Duty], most: int, period: str
) -> Iterator[Judgement]:
    if duties and len(duties) >= most and not all(duty.past for duty in duties):
        yield Judgement(
            rule="extended_count",
            law=applied,
            slack=most - len(duties),
            strictness=-most,
            measured=str(len(duties)),
            limit=str(most),
            span=duties_span(duties),
            pinned=all(duty.fixed for duty in duties),
            params=(("period", period),),
        )


def _windows(
    duties: Sequence[Duty], within: frozenset[date], days: int
) -> Iterator[tuple[Duty, ...]]:
    """Yield the shifts of each `days` local dates in a row that share a date with `within`.

    Windows whose shifts are all in another one are left out.
    """
    if not within or not duties:
        return
    found: dict[tuple[int, int], tuple[Duty, ...]] = {}
    first, last = min(within) - (days - 1) * _DAY, max(within)
    near = [idx for idx, duty in enumerate(duties) if first <= duty.day < last + days * _DAY]
    while first <= last:
        until = first + days * _DAY
        chosen = [idx for idx in near if first <= duties[idx].day < until]
        if chosen:
            found[chosen[0], chosen[-1]] = tuple(duties[idx] for idx in chosen)
        first += _DAY
    for (low, high), inside in found.items():
        if not any((a, b) != (low, high) and a <= low and high <= b for a, b in found):
            yield inside


def day_hours(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: DayHours
) -> Iterator[Judgement]:
    """Yield days, or 24 hours from the start of a shift, with too much work."""
    if limit.rolling:
        yield from _rolling_day(agent, applied, limit.max_minutes)
        return
    by_day: dict[date, list[Duty]] = defaultdict(list)
    for duty in agent.duties:
        by_day[duty.day].append(duty)
    for day, duties in by_day.items():
        if any(applied.holds_at(duty.start) for duty in duties):
            work = sum(duty.paid_minutes for duty in duties)
            words = f"on {day_text(day)}"
            yield from _at_most(applied, "day_hours", duties, work, limit.max_minutes, when=words)


def _rolling_day(agent: AgentFacts, applied: Applied, most: int) -> Iterator[Judgement]:
    for idx, opening in enumerate(agent.duties):
        if not applied.holds_at(opening.start):
            continue
        span = window_span(agent, opening, _DAY_MINUTES)
        inside = []
        for duty in agent.duties[idx:]:
            if duty.start >= span.end:
                break
            inside.append(duty)
        work = sum(_work_before(duty, span.end) for duty in inside)
        words = "in the 24 h from the start of a shift"
        yield from _at_most(applied, "day_hours", inside, work, most, window=span, when=words)


def _work_before(duty: Duty, until: datetime) -> int:
    """Return the work of a shift that counts before an instant: at most its elapsed minutes."""
    if duty.end <= until:
        return duty.paid_minutes
    return min(duty.paid_minutes, (until - duty.start) // _MINUTE)


def week_hours(
    facts: Facts, agent: AgentFacts, applied: Applied, limit: WeekHours
) -> Iterator[Judgement]:
    """Yield weeks, from Monday or any seven dates in a row, with too much work."""
    if limit.rolling:
        within = dates_in_scope(facts, agent, applied)
        for inside in _windows(agent.duties, within, _WEEK_DAYS):
            work = sum(duty.paid_minutes for duty in inside)
            words = f"seven days from {day_text(inside[0].day)}"
            yield from _at_most(
                applied, "week_hours", inside, work, limit.max_minutes, period=words
            )
        return
    by_week = duties_by_week(agent)
    for period in week_periods(facts, agent, applied, 1):
        duties = by_week.get(period.monday, [])
        if duties:
            work = sum(duty.paid_minutes for duty in duties)
            words = f"week of Monday {period.monday.isoformat()}"
            yield from _at_most(
                applied, "week_hours", duties, work, limit.max_minutes, period=words
            )


def average_hours(
    facts: Facts, agent: AgentFacts, applied: Applied, limit: AverageHours
) -> Iterator[Judgement]:
    """Yield periods of weeks with too much work on average, by the weeks that are known."""
    by_week = duties_by_week(agent)
    for period in week_periods(facts, agent, applied, limit.weeks):
        inside = [duty for monday in period.known for duty in by_week.get(monday, ())]
        if not inside:
            continue
        if limit.from_nights is not None:
            nights = sum(is_night(applied.pack, duty) for duty in inside)
            if nights < period.share(limit.from_nights):
                continue
        weeks = len(period.known)
        work = sum(duty.paid_minutes for duty in inside)
        yield from _at_most(
            applied,
            "average_hours",
            inside,
            work,
            weeks * limit.max_minutes_week,
            weeks=str(weeks) if period.whole else f"{weeks} known of {period.weeks}",
            monday=period.monday.isoformat(),
            average=duration_text(limit.max_minutes_week),
        )


def min_engagement(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: MinEngagement
) -> Iterator[Judgement]:
    """Yield shifts with too little paid time."""
    for duty in agent.duties:
        slack = duty.paid_minutes - limit.min_minutes
        if slack < STEP_MINUTES and not duty.past and applied.holds_at(duty.start):
            yield Judgement(
                rule="min_engagement",
                law=applied,
                slack=slack,
                strictness=limit.min_minutes,
                measured=duration_text(duty.paid_minutes),
                limit=duration_text(limit.min_minutes),
                span=duties_span((duty,)),
                pinned=duty.fixed,
            )
