"""What keeps an agent off duty from working a moment: every shift that would cover it is tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from scheduler.audit.breaks import demanded_break
from scheduler.audit.facts import QUARTER, AgentFacts, Duty, Facts, make_duty
from scheduler.audit.hours import (
    allowed_lengths,
    barred_span,
    is_employed,
    local_starts,
    minutes_outside_waking,
    off_span,
    planned_end,
)
from scheduler.audit.judgement import Judgement, law_words
from scheduler.audit.labour import judgements_of
from scheduler.audit.own_limits import closed_on
from scheduler.audit.wording import day_text
from scheduler.domain import Shift
from scheduler.labour import (
    AverageHours,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    FreeSundays,
    Limit,
    MinEngagement,
    NightCount,
    Notice,
    NoWork,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
    limit_text,
)
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import local_date, week_start
from scheduler.timegrid.zones import local_of

__all__ = ["first_obstacle"]

_DAY = timedelta(days=1)
_AROUND = timedelta(days=21)
_Kinds = Collection[type[Limit]]
_Breach = tuple[object, ...]
_Causes = tuple[str, ...]
"""What stops a shift, in words; ``""`` where there is nothing to add to the code of the reason."""


def first_obstacle(facts: Facts, agent: AgentFacts, start: datetime) -> tuple[str, str] | None:
    """Return what keeps an agent off duty from working the quarter that begins at `start`.

    First the quarter itself is judged, then every shift the contract allows that covers it. An
    obstacle counts when no such shift passes it and all before it.

    Returns
    -------
    tuple of str or None
        Code of a reason (`explain.REASONS`), and what exactly stops most of the shifts that come
        furthest: the law, the closure (may be empty). None when at least one shift is lawful.
    """
    quarter = _trial(facts, agent, start, start + QUARTER)
    for code, stops in _OWN_OBSTACLES[:_OF_ANY_TIME]:
        causes = stops(facts, agent, quarter)
        if causes:
            return code, _most(Counter(causes))

    near = _near(agent, start)

    @cache
    def breaches_now(step: int) -> Mapping[_Breach, Judgement]:
        _, kinds, around = _LAW_OBSTACLES[step]
        return _breaches(facts, near if around else agent, kinds)

    def causes_by_step(trial: Duty) -> Iterator[_Causes]:
        for _, stops in _OWN_OBSTACLES:
            yield stops(facts, agent, trial)
        with_trial = _with(agent, trial), _with(near, trial)
        for step, (_, kinds, around) in enumerate(_LAW_OBSTACLES):
            now, then = breaches_now(step), _breaches(facts, with_trial[around], kinds)
            yield _law_causes(row for breach, row in then.items() if breach not in now)

    furthest, stopped = -1, Counter[str]()
    for trial in _trials(facts, agent, start):
        steps = enumerate(causes_by_step(trial))
        stop = next(((step, causes) for step, causes in steps if causes), None)
        if stop is None:
            return None
        passed, causes = stop
        if passed > furthest:
            furthest, stopped = passed, Counter[str]()
        if passed == furthest:
            stopped.update(causes)
    codes = [*(code for code, _ in _OWN_OBSTACLES), *(code for code, _, _ in _LAW_OBSTACLES)]
    return ("no_start", "") if furthest < 0 else (codes[furthest], _most(stopped))


def _most(stopped: Counter[str]) -> str:
    """Return what stops most shifts; of equals all, as lifting one of them would not help."""
    most = max(stopped.values())
    return "; also ".join(words for words, count in stopped.items() if count == most)


def _law_causes(breaches: Iterable[Judgement]) -> _Causes:
    """Name each limit once: what it demands, where it stands, and the permit that lifts it."""
    return tuple(dict.fromkeys(_cause(row) for row in breaches))


def _cause(row: Judgement) -> str:
    if isinstance(row.law, str):
        return f"the {row.law}"
    limit = row.law.limit
    demands = limit_text(limit)
    demands = f"{demands[0].lower()}{demands[1:]}"
    if isinstance(limit, NoWork):
        demands = f"no work on {row.measured}"
    permit = ""
    if limit.waived_by is not None:
        permit = f"; permit {row.law.pack.pack_id}.{limit.waived_by} would lift it"
    return f"{demands} ({law_words(row.law)}{permit})"


def _near(agent: AgentFacts, start: datetime) -> AgentFacts:
    """Return the agent with the shifts of some weeks around an instant alone."""
    duties = tuple(duty for duty in agent.duties if abs(duty.start - start) <= _AROUND)
    return replace(agent, duties=duties)


def _with(agent: AgentFacts, trial: Duty) -> AgentFacts:
    both = sorted((*agent.duties, trial), key=lambda duty: (duty.start, duty.end))
    return replace(agent, duties=tuple(both))


def _breaches(facts: Facts, agent: AgentFacts, kinds: _Kinds) -> Mapping[_Breach, Judgement]:
    """Return the breaches of some kinds of limits by what tells them apart."""
    return {
        (
            row.rule,
            row.law_key,
            row.span.start,
            row.span.end,
            row.rule != "weekly_rest" and row.measured,
        ): row
        for row in judgements_of(facts, agent, kinds)
        if row.broken
    }


def _trial(facts: Facts, agent: AgentFacts, start: datetime, end: datetime) -> Duty:
    """Return a shift that the roster might have."""
    zone = place_at(agent.timeline, start).zone
    shown = local_of(start, zone)
    shift = Shift(agent.agent_id, start, end, shown.wall, zone, shown.fold, 0)
    return make_duty(facts.planning, agent, start, end, fixed=False, counts=True, shift=shift)


def _trials(facts: Facts, agent: AgentFacts, covered: datetime) -> Iterator[Duty]:
    """Yield every shift that may start and end where it does and covers a quarter, short first."""
    policy = facts.planning.shifts
    place = place_at(agent.timeline, covered)
    today = local_date(covered, place.zone)
    starts = [
        start
        for day in (today - _DAY, today)
        for start in local_starts(day, policy.start_step_minutes, place.zone)
        if max(facts.start, place.start or facts.start) <= start <= covered
        and not (start - facts.start) % QUARTER
    ]
    for length in allowed_lengths(policy, agent.contract):
        for start in starts:
            end = planned_end(start, place.zone, length, policy.clock_change)
            if covered + QUARTER <= end and (place.end is None or end <= place.end):
                pause = demanded_break(facts.planning.break_rules, agent.law, start, end)
                if pause is None or pause.earliest <= pause.latest:
                    yield _trial(facts, agent, start, end)


def _unless(passes: bool) -> _Causes:
    return () if passes else ("",)


def _not_employed(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    return _unless(is_employed(agent.agent, trial.start, trial.end, trial.zone))


def _off(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    return _unless(off_span(agent.time_off, trial.start, trial.end, trial.zone) is None)


def _barred(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    return _unless(barred_span(agent.availability, trial.start, trial.end, trial.zone) is None)


def _closed(facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    closed = closed_on(facts, agent, trial)
    if closed is None:
        return ()
    whose = "the company" if closed.site_id is None else f"site {closed.site_id}"
    return (f"{whose} is closed on {day_text(closed.day)} ({closed.name})",)


def _asleep(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    night = minutes_outside_waking(trial.start, trial.end, trial.zone, agent.waking)
    return (trial.zone,) if night and not agent.contract.night_allowed else ()


def _works_that_day(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    return _unless(
        all(
            duty.day != trial.day and (duty.end <= trial.start or trial.end <= duty.start)
            for duty in agent.duties
        )
    )


def _week_is_full(_facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    monday = week_start(trial.day)
    week = [duty for duty in agent.duties if monday <= duty.day < monday + 7 * _DAY]
    most_days = agent.contract.max_days_week
    paid = sum(duty.paid_minutes for duty in week) + trial.paid_minutes
    return _unless(
        paid <= agent.contract.max_minutes_week
        and (most_days is None or len({duty.day for duty in week}) < most_days)
    )


def _not_rested(facts: Facts, agent: AgentFacts, trial: Duty) -> _Causes:
    """Return the laws that ask for longer rests to the shift before and the one after."""
    before = [duty for duty in agent.duties if duty.start < trial.start][-1:]
    after = [duty for duty in agent.duties if duty.start > trial.start][:1]
    trio = replace(agent, duties=(*before, trial, *after))
    rows = judgements_of(facts, trio, (DailyRest,))
    return _law_causes(row for row in rows if row.broken and row.rule == "min_rest")


_OWN_OBSTACLES: tuple[tuple[str, Callable[[Facts, AgentFacts, Duty], _Causes]], ...] = (
    ("not_employed", _not_employed),
    ("time_off", _off),
    ("not_available", _barred),
    ("closed", _closed),
    ("asleep", _asleep),
    ("resting", _works_that_day),
    ("week_full", _week_is_full),
    ("resting", _not_rested),
)
_OF_ANY_TIME = 5
"""The first so many obstacles can be judged for a quarter alone; the rest need a whole shift."""
_LAW_OBSTACLES: tuple[tuple[str, frozenset[type[Limit]], bool], ...] = (
    ("resting", frozenset({DailyRest, SeriesRest}), True),
    ("week_full", frozenset({WeekHours}), True),
    ("week_full", frozenset({AverageHours}), False),
    ("needs_days_off", frozenset({WeeklyRest, ConsecutiveDays, SeriesShifts}), True),
    ("needs_days_off", frozenset({FreeSundays}), False),
    ("not_lawful", frozenset({DayHours, MinEngagement, NoWork, Notice}), True),
    ("not_lawful", frozenset({ShiftHours, NightCount}), False),
)
"""What a shift must not break beside the agent's others, in this order.

Kinds of limits, and whether the shifts of some weeks around are all that matters to them.
"""
