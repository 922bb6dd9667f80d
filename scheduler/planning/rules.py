"""Rule records per agent from the contract: hours and days of weeks, targets, fairness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from scheduler.domain import Planning
from scheduler.planning.history import Carry
from scheduler.planning.people import AgentDays, days_that_count, off_all_day
from scheduler.planning.periods import mondays
from scheduler.timegrid.grid import SlotGrid
from solver import CountCost, DaysLimit, HoursLimit, HoursTarget, Rule

__all__ = ["agent_costs", "contract_limits"]

_WEEK = timedelta(days=7)
_FULL_TIME_MINUTES = 2400
_FAIR_PERIOD_DAYS = 14


def contract_limits(person: AgentDays, agent_idx: int, carry: Sequence[Carry]) -> list[Rule]:
    """Return the hours and days that an agent's contract allows, week by week."""
    rules: list[Rule] = []
    contract = person.contract
    for first_day, end_day, past in _weeks(person, carry):
        minutes = sum(own.shift.paid_minutes for own in past)
        rules.append(HoursLimit(agent_idx, first_day, end_day, contract.max_minutes_week, minutes))
        if contract.max_days_week is not None:
            days = len({own.shift.day for own in past})
            rules.append(DaysLimit(agent_idx, first_day, end_day, contract.max_days_week, days))
    return rules


def agent_costs(
    planning: Planning,
    *,
    person: AgentDays,
    agent_idx: int,
    carry: Sequence[Carry],
    grid: SlotGrid,
) -> list[Rule]:
    """Return what an agent's roster as a whole costs: hours short of the contract, fairness.

    Records that could never cost anything are left out.
    """
    rules: list[Rule] = []
    weights, contract = planning.weights, person.contract
    counts = _target_days(person, grid)
    for first_day, end_day, past in _weeks(person, carry):
        days = sum(counts[first_day:end_day])
        target = HoursTarget(
            agent_idx,
            first_day,
            end_day,
            contract.target_minutes_week * days // 7,
            weights.under_target_cents_hour,
            contract.min_minutes_week * days // 7,
            weights.under_min_cents_hour,
            sum(own.shift.paid_minutes for own in past),
        )
        if target.cents(0):
            rules.append(target)
    return [*rules, *_fairness(planning, person, agent_idx)]


def _weeks(person: AgentDays, carry: Sequence[Carry]) -> Iterator[tuple[int, int, Sequence[Carry]]]:
    """Yield the weeks of the horizon as day indices, with the past shifts of each."""
    for monday in mondays(person):
        first_day, end_day = person.idx_of(monday), person.idx_of(monday + _WEEK)
        past = [own for own in carry if first_day <= own.shift.day < end_day]
        yield max(0, first_day), min(person.days, end_day), past


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
