"""Rule records per agent, from contract and working-time policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from scheduler.domain import Planning, Weights
from scheduler.labour.policy import LabourPolicy
from scheduler.planning.history import Carry
from scheduler.planning.people import AgentDays, days_that_count, off_all_day
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.windows import week_start
from solver import (
    CountCost,
    DaysLimit,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Rule,
    WeeklyRest,
)

__all__ = ["agent_rules"]

_WEEK = timedelta(days=7)
_FULL_TIME_MINUTES = 2400
_FAIR_PERIOD_DAYS = 14


def agent_rules(
    planning: Planning,
    policy: LabourPolicy,
    *,
    person: AgentDays,
    agent_idx: int,
    carry: Sequence[Carry],
    grid: SlotGrid,
) -> list[Rule]:
    """Return the limits and costs that bind one agent's roster (pins excepted).

    Limits in minutes are rounded to slots on the safe side: more rest, shorter windows. Records
    that could never cost anything are left out.
    """
    rules: list[Rule] = [
        MinRest(agent_idx, -(-policy.min_rest_minutes // SLOT_MINUTES)),
        WeeklyRest(
            agent_idx,
            -(-policy.weekly_rest_minutes // SLOT_MINUTES),
            policy.weekly_rest_window_minutes // SLOT_MINUTES,
        ),
        MaxConsecutiveDays(agent_idx, policy.max_consecutive_days),
    ]
    counts = _target_days(person, grid)
    for monday in _mondays(person):
        rules += _week_rules(planning.weights, person, agent_idx, monday, carry, counts)
    rules += _fairness(planning, person, agent_idx)
    return rules


def _mondays(person: AgentDays) -> Iterator[date]:
    monday = week_start(person.first_date)
    while monday <= person.local_days[-1].day:
        yield monday
        monday += _WEEK


def _week_rules(
    weights: Weights,
    person: AgentDays,
    agent_idx: int,
    monday: date,
    carry: Sequence[Carry],
    counts: Sequence[bool],
) -> Iterator[Rule]:
    contract = person.contract
    first_day, end_day = person.idx_of(monday), person.idx_of(monday + _WEEK)
    past = [own for own in carry if first_day <= own.shift.day < end_day]
    carry_minutes = sum(own.paid_minutes for own in past)
    first_day, end_day = max(0, first_day), min(person.days, end_day)
    yield HoursLimit(agent_idx, first_day, end_day, contract.max_minutes_week, carry_minutes)
    if contract.max_days_week is not None:
        carry_days = len({own.shift.day for own in past})
        yield DaysLimit(agent_idx, first_day, end_day, contract.max_days_week, carry_days)
    days = sum(counts[first_day:end_day])
    target = HoursTarget(
        agent_idx,
        first_day,
        end_day,
        contract.target_minutes_week * days // 7,
        weights.under_target_cents_hour,
        contract.min_minutes_week * days // 7,
        weights.under_min_cents_hour,
        carry_minutes,
    )
    if target.cents(0):
        yield target


def _target_days(person: AgentDays, grid: SlotGrid) -> list[bool]:
    """Return by day index whether the date adds to the week's target and minimum."""
    agent = person.agent
    counted = zip(days_that_count(person, grid), off_all_day(person), strict=True)
    return [
        counts
        and not off
        and (agent.employed_from is None or agent.employed_from <= person.date_of(day_idx))
        and (agent.employed_until is None or person.date_of(day_idx) < agent.employed_until)
        for day_idx, (counts, off) in enumerate(counted)
    ]


def _fairness(planning: Planning, person: AgentDays, agent_idx: int) -> Iterator[Rule]:
    minutes = person.contract.target_minutes_week or _FULL_TIME_MINUTES
    share = minutes * planning.horizon.days
    weights = planning.weights
    for flag, cents in (("weekend", weights.weekend_cents), ("evening", weights.evening_cents)):
        steps = tuple(
            cents * count * _FULL_TIME_MINUTES * _FAIR_PERIOD_DAYS // share
            for count in range(person.days)
        )
        if steps[-1]:
            yield CountCost(agent_idx, flag, steps)
