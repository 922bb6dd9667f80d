"""What keeps an agent off duty from working a moment: every shift that would cover it is tried."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
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
from scheduler.audit.labour import judgements_of
from scheduler.audit.own_limits import closed_on
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
)
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import local_date, week_start
from scheduler.timegrid.zones import local_of

__all__ = ["first_obstacle"]

_DAY = timedelta(days=1)
_AROUND = timedelta(days=21)
_Kinds = Collection[type[Limit]]
_Breach = tuple[object, ...]


def first_obstacle(facts: Facts, agent: AgentFacts, start: datetime) -> str | None:
    """Return what keeps an agent off duty from working the quarter that begins at `start`.

    First the quarter itself is judged, then every shift the contract allows that covers it. An
    obstacle counts when no such shift passes it and all before it.

    Returns
    -------
    str or None
        Code of a reason (`explain.REASONS`); None when at least one shift would be lawful.
    """
    quarter = _trial(facts, agent, start, start + QUARTER)
    for code, passes in _OWN_OBSTACLES[:_OF_ANY_TIME]:
        if not passes(facts, agent, quarter):
            return code

    near = _near(agent, start)

    @cache
    def breaches_now(step: int) -> frozenset[_Breach]:
        _, kinds, around = _LAW_OBSTACLES[step]
        return _breaches(facts, near if around else agent, kinds)

    furthest = -1
    for trial in _trials(facts, agent, start):
        passed = 0
        for _, passes in _OWN_OBSTACLES:
            if not passes(facts, agent, trial):
                break
            passed += 1
        if passed == len(_OWN_OBSTACLES):
            with_trial = _with(agent, trial), _with(near, trial)
            for step, (_, kinds, around) in enumerate(_LAW_OBSTACLES):
                if not _breaches(facts, with_trial[around], kinds) <= breaches_now(step):
                    break
                passed += 1
            else:
                return None
        furthest = max(furthest, passed)
    codes = [*(code for code, _ in _OWN_OBSTACLES), *(code for code, _, _ in _LAW_OBSTACLES)]
    return "no_start" if furthest < 0 else codes[furthest]


def _near(agent: AgentFacts, start: datetime) -> AgentFacts:
    """Return the agent with the shifts of some weeks around an instant alone."""
    duties = tuple(duty for duty in agent.duties if abs(duty.start - start) <= _AROUND)
    return replace(agent, duties=duties)


def _with(agent: AgentFacts, trial: Duty) -> AgentFacts:
    both = sorted((*agent.duties, trial), key=lambda duty: (duty.start, duty.end))
    return replace(agent, duties=tuple(both))


def _breaches(facts: Facts, agent: AgentFacts, kinds: _Kinds) -> frozenset[_Breach]:
    """Return what tells the breaches of some kinds of limits apart."""
    return frozenset(
        (
            row.rule,
            row.law_key,
            row.span.start,
            row.span.end,
            row.rule != "weekly_rest" and row.measured,
        )
        for row in judgements_of(facts, agent, kinds)
        if row.broken
    )


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


def _is_employed(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return is_employed(agent.agent, trial.start, trial.end, trial.zone)


def _is_not_off(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return off_span(agent.time_off, trial.start, trial.end, trial.zone) is None


def _is_available(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return barred_span(agent.availability, trial.start, trial.end, trial.zone) is None


def _is_open(facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return closed_on(facts, agent, trial) is None


def _is_awake(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return agent.contract.night_allowed or not minutes_outside_waking(
        trial.start, trial.end, trial.zone, agent.waking
    )


def _has_the_day(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return all(
        duty.day != trial.day and (duty.end <= trial.start or trial.end <= duty.start)
        for duty in agent.duties
    )


def _fits_the_week(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    monday = week_start(trial.day)
    week = [duty for duty in agent.duties if monday <= duty.day < monday + 7 * _DAY]
    most_days = agent.contract.max_days_week
    paid = sum(duty.paid_minutes for duty in week) + trial.paid_minutes
    return paid <= agent.contract.max_minutes_week and (
        most_days is None or len({duty.day for duty in week}) < most_days
    )


def _is_rested(facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    """Say whether the rests to the shift before and the one after are as long as the law asks."""
    before = [duty for duty in agent.duties if duty.start < trial.start][-1:]
    after = [duty for duty in agent.duties if duty.start > trial.start][:1]
    trio = replace(agent, duties=(*before, trial, *after))
    rows = judgements_of(facts, trio, (DailyRest,))
    return not any(row.broken and row.rule == "min_rest" for row in rows)


_OWN_OBSTACLES: tuple[tuple[str, Callable[[Facts, AgentFacts, Duty], bool]], ...] = (
    ("not_employed", _is_employed),
    ("time_off", _is_not_off),
    ("not_available", _is_available),
    ("closed", _is_open),
    ("asleep", _is_awake),
    ("resting", _has_the_day),
    ("week_full", _fits_the_week),
    ("resting", _is_rested),
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
