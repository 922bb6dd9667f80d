"""What keeps an agent off duty from working a moment: every shift that would cover it is tried."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from scheduler.audit.facts import QUARTER, AgentFacts, Duty, Facts, paid_minutes
from scheduler.audit.hours import (
    allowed_lengths,
    barred_span,
    is_employed,
    local_starts,
    off_span,
    planned_end,
)
from scheduler.audit.labour import longest_rest_minutes
from scheduler.audit.tally import own_night_minutes
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import local_date, week_start

__all__ = ["first_obstacle"]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


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
    for code, passes in _OBSTACLES[:_OWN_LIMITS]:
        if not passes(facts, agent, quarter):
            return code
    furthest = -1
    for trial in _trials(facts, agent, start):
        passed = 0
        for _, passes in _OBSTACLES:
            if not passes(facts, agent, trial):
                break
            passed += 1
        if passed == len(_OBSTACLES):
            return None
        furthest = max(furthest, passed)
    return "no_start" if furthest < 0 else _OBSTACLES[furthest][0]


def _trial(facts: Facts, agent: AgentFacts, start: datetime, end: datetime) -> Duty:
    place = place_at(agent.timeline, start)
    return Duty(
        agent_id=agent.agent_id,
        start=start,
        end=end,
        place=place,
        day=local_date(start, place.zone),
        paid_minutes=paid_minutes(facts.planning.break_rules, (end - start) // _MINUTE),
        fixed=False,
        counts=True,
        shift=None,
    )


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
                yield _trial(facts, agent, start, end)


def _is_employed(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return is_employed(agent.agent, trial.start, trial.end, trial.zone)


def _is_not_off(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return off_span(agent.time_off, trial.start, trial.end, trial.zone) is None


def _is_available(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return barred_span(agent.availability, trial.start, trial.end, trial.zone) is None


def _is_awake(facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    return agent.contract.night_allowed or not own_night_minutes(facts, trial)


def _is_rested(facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    rest = facts.policy.min_rest_minutes * _MINUTE
    return all(
        duty.day != trial.day and (duty.end + rest <= trial.start or trial.end + rest <= duty.start)
        for duty in agent.duties
    )


def _fits_the_week(_facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    monday = week_start(trial.day)
    week = [duty for duty in agent.duties if week_start(duty.day) == monday]
    most_days = agent.contract.max_days_week
    return sum(
        duty.paid_minutes for duty in week
    ) + trial.paid_minutes <= agent.contract.max_minutes_week and (
        most_days is None or len({duty.day for duty in week}) < most_days
    )


def _leaves_days_off(facts: Facts, agent: AgentFacts, trial: Duty) -> bool:
    """Say whether no run of days gets too long and no window loses its weekly rest by it."""
    worked = {duty.day for duty in agent.duties}
    first = last = trial.day
    while first - _DAY in worked:
        first -= _DAY
    while last + _DAY in worked:
        last += _DAY
    if (last - first).days + 1 > facts.policy.max_consecutive_days:
        return False
    with_trial = list(agent.duties)
    insort(with_trial, trial, key=lambda duty: duty.start)
    window = facts.policy.weekly_rest_window_minutes * _MINUTE
    required = facts.policy.weekly_rest_minutes
    for opening in with_trial:
        start, end = opening.start, opening.start + window
        if (
            start <= trial.start < end
            and longest_rest_minutes(with_trial, start, end) < required
            and (opening is trial or longest_rest_minutes(agent.duties, start, end) >= required)
        ):
            return False
    return True


_OBSTACLES: tuple[tuple[str, Callable[[Facts, AgentFacts, Duty], bool]], ...] = (
    ("not_employed", _is_employed),
    ("time_off", _is_not_off),
    ("not_available", _is_available),
    ("asleep", _is_awake),
    ("resting", _is_rested),
    ("week_full", _fits_the_week),
    ("needs_days_off", _leaves_days_off),
)
_OWN_LIMITS = 4
"""The first so many obstacles can be judged for a quarter alone; the rest need a whole shift."""
