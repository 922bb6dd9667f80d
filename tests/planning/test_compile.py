"""Rules, history, pins, needs and notices of the compiled problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from scheduler.domain import (
    BreakRule,
    Horizon,
    Location,
    RequirementInterval,
    TimeOff,
    WallTime,
    Wish,
)
from scheduler.domain.policy import ShiftPolicy, Weights
from scheduler.labour import ConsecutiveDays, DailyRest, WeeklyRest
from scheduler.planning import Compiled, compile_problem
from solver import (
    CarryShift,
    CountCost,
    DaysLimit,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Pin,
)
from solver import WeeklyRest as WeeklyRestRule
from tests.builders import (
    MONDAY,
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_past_shift,
    make_pin,
    make_planning,
    make_queue,
    make_site,
    make_skills,
    utc,
)

from .books import book, compile_plain, limit, pack


def rules_of(compiled: Compiled, kind: type) -> list[object]:
    return [rule for rule in compiled.problem.rules if isinstance(rule, kind)]


def test_policy_is_rounded_to_slots_on_the_safe_side() -> None:
    policy = pack(
        limit(DailyRest, min_minutes=661),
        limit(WeeklyRest, min_minutes=2161, window_minutes=10079),
        limit(ConsecutiveDays, max_days=5),
        pack_id="own",
        kind="policy",
    )
    compiled = compile_problem(make_planning(), book(policy))
    assert rules_of(compiled, MinRest) == [MinRest(0, 45)]
    assert rules_of(compiled, WeeklyRestRule) == [WeeklyRestRule(0, 145, 671)]
    assert rules_of(compiled, MaxConsecutiveDays) == [MaxConsecutiveDays(0, 5)]


def test_weeks_cut_by_the_horizon() -> None:
    """Thursday to Tuesday: two ISO weeks of four and two days, the first with history."""
    planning = make_planning(
        horizon=Horizon(date(2027, 3, 4), date(2027, 3, 10), "Europe/Amsterdam"),
        contracts=(make_contract(max_days_week=5),),
        history=(
            make_past_shift("a1", "2027-02-28T09:00", 480),  # the Sunday before: another week
            make_past_shift("a1", "2027-03-01T09:00", 480),
            make_past_shift("a1", "2027-03-03T09:00", 300),
        ),
    )
    compiled = compile_plain(planning)
    assert rules_of(compiled, HoursLimit) == [
        HoursLimit(0, 0, 4, 2400, 450 + 300),
        HoursLimit(0, 4, 6, 2400, 0),
    ]
    assert rules_of(compiled, DaysLimit) == [DaysLimit(0, 0, 4, 5, 2), DaysLimit(0, 4, 6, 5, 0)]
    assert rules_of(compiled, HoursTarget) == [
        HoursTarget(0, 0, 4, 1920 * 4 // 7, 2000, 1200 * 4 // 7, 2000, 750),
        HoursTarget(0, 4, 6, 1920 * 2 // 7, 2000, 1200 * 2 // 7, 2000, 0),
    ]


def test_days_that_count_are_those_whose_noon_lies_in_the_horizon() -> None:
    """Paramaribo (-03:00) from midnight in Amsterdam: from 20:00 of Sunday to 20:00 of Sunday."""
    site = make_site("America/Paramaribo")
    planning = make_planning(sites=(site,), agents=(make_agent("a1", site.site_id),))
    compiled = compile_plain(planning)
    assert compiled.people[0].first_date == date(2027, 2, 28)
    # The first Sunday does not count, the last one (noon is 16:00 in Amsterdam) does.
    assert rules_of(compiled, HoursTarget) == [HoursTarget(0, 1, 8, 1920, 2000, 1200, 2000, 0)]
    assert [(rule.first_day, rule.end_day) for rule in rules_of(compiled, HoursLimit)] == [
        (0, 1),
        (1, 8),
    ]


def test_targets_shrink_with_employment_and_days_off() -> None:
    planning = make_planning(
        agents=(make_agent("a1", employed_until=date(2027, 3, 6)),),
        time_off=(
            TimeOff("a1", WallTime(MONDAY, 0), WallTime(MONDAY, 720), "leave"),
            TimeOff("a1", WallTime(MONDAY, 720), WallTime(date(2027, 3, 2), 600), "leave"),
        ),
    )
    [target] = rules_of(compile_plain(planning), HoursTarget)
    # Monday is off in two halves, Tuesday in part; Saturday and Sunday are not employed.
    assert (target.target_minutes, target.min_minutes) == (1920 * 4 // 7, 1200 * 4 // 7)


def test_a_want_on_a_day_off_costs_nothing() -> None:
    off = TimeOff("a1", WallTime(MONDAY, 0), WallTime(date(2027, 3, 2), 0), "leave")
    wants = (
        Wish("a1", want=True, strength=2, day=MONDAY),
        Wish("a1", want=True, strength=3, from_minute=480, until_minute=1020, weekday=2),
        Wish("a1", want=False, strength=5, weekday=3),
    )
    compiled = compile_plain(make_planning(wishes=wants, time_off=(off,)))
    assert compiled.problem.agents[0].off_cents == (0, 900, 0, 0, 0, 0, 0)


def test_fairness_grows_by_the_contract() -> None:
    weights = Weights(weekend_cents=1000, evening_cents=0)
    compiled = compile_plain(make_planning(weights=weights, horizon=make_horizon(days=14)))
    steps = tuple(1000 * count * 2400 * 14 // (1920 * 14) for count in range(14))
    assert steps[:3] == (0, 1250, 2500)
    assert rules_of(compiled, CountCost) == [CountCost(0, "weekend", steps)]
    zero = make_contract(min_minutes_week=0, target_minutes_week=0)
    compiled = compile_plain(make_planning(weights=weights, contracts=(zero,)))
    [rule] = rules_of(compiled, CountCost)
    assert rule.step_cents[:3] == (0, 2000, 4000)
    assert not rules_of(compiled, HoursTarget)


def test_history_is_carried_on_the_grid_rounded_outward() -> None:
    planning = make_planning(
        history=(
            make_past_shift("a1", "2027-02-28T20:10", 485),  # ends 04:15 on the first day
            make_past_shift("a1", "2027-02-26T09:05", 425),
            make_past_shift("a1", "2027-02-10T09:00", 480),  # too long ago
        )
    )
    [agent] = compile_plain(planning).problem.agents
    assert agent.carry == (
        CarryShift(-3 * 96 + 36, -3 * 96 + 65, -3, 395),
        CarryShift(-16, 17, -1, 455),
    )


def test_a_shift_of_the_history_uses_up_its_day() -> None:
    """09:00 in Sydney is before the horizon of Amsterdam begins, on the same local date."""
    site = make_site("Australia/Sydney")
    planning = make_planning(
        sites=(site,),
        agents=(make_agent("a1", site.site_id),),
        history=(make_past_shift("a1", "2027-03-01T08:00", 240, "Australia/Sydney"),),
    )
    compiled = compile_plain(planning)
    assert compiled.problem.agents[0].carry == (CarryShift(-8, 8, 0, 240),)
    assert compiled.problem.options.day.min() == 1
    first, *_ = rules_of(compiled, HoursLimit)
    assert first == HoursLimit(0, 0, 7, 2400, 240)


def test_a_pin_is_the_only_option_of_its_day() -> None:
    planning = make_planning(pins=(make_pin("a1", "2027-03-02T09:00", 480),))
    compiled = compile_plain(planning)
    table = compiled.problem.options
    [row] = np.flatnonzero(table.pinned)
    assert rules_of(compiled, Pin) == [Pin(0, int(row))]
    assert compiled.pins == ((int(row), planning.pins[0]),)
    assert np.count_nonzero(table.day == 1) == 1
    assert (int(table.start[row]), int(table.end[row])) == (96 + 36, 96 + 68)
    assert int(table.paid_minutes[row]) == 450
    assert compiled.notices == ()


@pytest.mark.parametrize(
    ("local", "minutes", "reason"),
    [
        ("2027-03-02T03:00", 240, "leaves the waking hours"),
        ("2027-03-02T09:15", 240, "start or length"),
        ("2027-03-02T09:00", 255, "start or length"),
        ("2027-03-03T09:00", 240, "overlaps time off"),
        ("2027-03-05T17:00", 240, "spans a change of place"),
        ("2027-03-06T20:00", 240, "outside the employment"),
    ],
)
def test_a_pin_that_breaks_a_rule_stays_and_is_named(local: str, minutes: int, reason: str) -> None:
    day = date(2027, 3, 3)
    planning = make_planning(
        agents=(make_agent("a1", employed_until=date(2027, 3, 6)),),
        locations=(Location("a1", date(2027, 3, 6), "Asia/Kathmandu", "NP"),),
        time_off=(TimeOff("a1", WallTime(day, 540), WallTime(day, 600), "training"),),
        pins=(make_pin("a1", local, minutes),),
    )
    compiled = compile_plain(planning)
    assert np.count_nonzero(compiled.problem.options.pinned) == 1
    [notice] = compiled.notices
    assert (notice.code, notice.file) == ("pin_breaks_rule", "pins.csv")
    assert reason in str(notice)
    assert f"a1 {local}" in str(notice)


def test_a_pin_on_the_day_of_a_history_shift_stays_and_is_named() -> None:
    site = make_site("Australia/Sydney")
    planning = make_planning(
        sites=(site,),
        agents=(make_agent("a1", site.site_id),),
        history=(make_past_shift("a1", "2027-03-01T08:00", 60, site.zone),),
        pins=(make_pin("a1", "2027-03-01T12:00", 240, site.zone),),
    )
    compiled = compile_plain(planning)
    assert compiled.problem.options.pinned[0] == 1
    assert "history starts on the same day" in str(compiled.notices[0])


def test_a_second_pin_of_a_day_is_left_out_and_named() -> None:
    pins = (make_pin("a1", "2027-03-02T16:00", 240), make_pin("a1", "2027-03-02T08:00", 240))
    compiled = compile_plain(make_planning(pins=pins))
    assert [pin for _, pin in compiled.pins] == [pins[1]]
    assert [notice.code for notice in compiled.notices] == ["pin_left_out"]


def test_needs_per_slot_and_prices() -> None:
    horizon = make_horizon(days=1)
    start = utc("2027-02-28T23:00")
    planning = make_planning(
        horizon=horizon,
        queues=(make_queue(), make_queue("q9", priority=9)),
        requirements=(
            RequirementInterval("q1", start, 2),
            RequirementInterval("q9", start.replace(hour=23, minute=30), 1),
        ),
        min_stint_minutes=45,
        weights=Weights(idle_cents=101, short_high_cents=8001),
    )
    problem = compile_plain(planning).problem
    first, last = problem.queues
    assert first.need == (2, 2, *(0,) * 94)
    assert last.need == (0, 0, 1, 1, *(0,) * 92)
    assert first.short_cents == (8001, 5000, 3000)
    assert last.short_cents == (8001 * 75 // 200, 1875, 1125)
    assert (problem.idle_cents, problem.min_stint_slots) == (50, 3)


def test_needs_of_quarter_hour_intervals() -> None:
    start = utc("2027-02-28T23:00")
    planning = make_planning(
        horizon=make_horizon(days=1),
        interval_minutes=15,
        requirements=(
            RequirementInterval("q1", start.replace(minute=15), 2),
            RequirementInterval("q1", start.replace(minute=30), 3),
        ),
    )
    [queue] = compile_plain(planning).problem.queues
    assert queue.need == (0, 2, 3, *(0,) * 93)


def test_a_date_without_its_noon_does_not_count() -> None:
    """From Honolulu (-10:00) to Sydney (+11:00) at 10:00Z: 3 March is lived from 21:00 on."""
    site = make_site("Australia/Sydney")
    stay = Location("a1", date(2027, 1, 1), "Pacific/Honolulu", "US", date(2027, 3, 3))
    planning = make_planning(
        horizon=make_horizon(zone=site.zone),
        sites=(site,),
        agents=(make_agent("a1", site.site_id),),
        locations=(stay,),
    )
    compiled = compile_plain(planning)
    assert compiled.people[0].first_date == date(2027, 2, 28)
    # Noon of 28 February and of 1 to 2 March in Honolulu, then of 4 to 7 March in Sydney.
    sunday, week = rules_of(compiled, HoursTarget)
    assert (sunday.first_day, sunday.end_day, sunday.target_minutes) == (0, 1, 1920 // 7)
    assert (week.first_day, week.end_day, week.target_minutes) == (1, 8, 1920 * 6 // 7)


def test_a_queue_that_nobody_can_serve_is_named_with_what_lacks() -> None:
    queues = (make_queue(), make_queue("de", language="de", min_level="B2"))
    horizon = make_horizon(days=1)
    planning = make_planning(
        horizon=horizon,
        queues=queues,
        skills=make_skills("a1"),
        requirements=flat_requirements(horizon, "de"),
    )
    [notice] = compile_plain(planning).notices
    assert (notice.code, notice.value) == ("nobody_serves", "de")
    assert "language de at B2 or better: 1" in str(notice)
    assert not compile_plain(replace(planning, requirements=())).notices


def test_agents_without_a_possible_shift_are_named_with_the_main_reason() -> None:
    contract = make_contract(min_shift_minutes=700)
    compiled = compile_plain(make_planning(contracts=(contract,)))
    assert "No shift length" in str(compiled.notices[0])
    gone = make_agent("a1", employed_until=date(2027, 1, 1))
    compiled = compile_plain(make_planning(agents=(gone,)))
    assert "outside the employment" in str(compiled.notices[0])
    assert len(compiled.problem.options) == 0


def test_wages_are_rounded_half_up_per_shift() -> None:
    """4.25 h at 0.18 EUR are 76.5 cents."""
    agent = make_agent("a1", hourly_rate=Decimal("0.18"))
    policy = ShiftPolicy(255, 255)
    compiled = compile_plain(make_planning(agents=(agent,), shifts=policy, break_rules=()))
    assert set(compiled.problem.options.wages_cents.tolist()) == {77}


def test_the_break_of_a_pin_off_the_grid_keeps_its_margins_where_a_slot_allows() -> None:
    pin = make_pin("a1", "2027-03-02T09:05", 475)  # 09:05 to 17:00
    planning = make_planning(pins=(pin,), break_rules=(BreakRule(330, 30),))
    table = compile_plain(planning).problem.options
    [row] = np.flatnonzero(table.pinned)
    # From 11:15, the first slot two hours after the start, to 14:30.
    assert (int(table.start[row]), int(table.end[row])) == (96 + 36, 96 + 68)
    assert (int(table.break_from[row]), int(table.break_until[row])) == (96 + 45, 96 + 58)
    assert int(table.paid_minutes[row]) == 445
