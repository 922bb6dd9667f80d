"""Limits of law as rule records: scopes, periods, what the history knows, flags."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from scheduler.domain import BreakRule, Closure, Horizon, Location, ShiftPolicy, WakingHours
from scheduler.labour import (
    AverageHours,
    BreakTime,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    FreeSundays,
    Limit,
    NightCount,
    NoWork,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
)
from scheduler.planning import Compiled, compile_problem
from scheduler.planning.breaks import BreakDemand, Pause, pause_of
from scheduler.planning.notices import no_shift_notice
from scheduler.planning.options import Against
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
from tests.builders import (
    MONDAY,
    make_agent,
    make_contract,
    make_horizon,
    make_past_shift,
    make_pin,
    make_planning,
    make_site,
)

from .books import book, limit, pack

BUSY = make_contract(
    min_minutes_week=0, target_minutes_week=0, max_minutes_week=7 * 1440, night_allowed=True
)
NEW = make_agent("a1", employed_from=MONDAY)


def compiled(*limits: Limit, **own: Any) -> Compiled:
    """A new agent without a tight contract, in two weeks under those limits."""
    fields: dict[str, Any] = {
        "horizon": make_horizon(days=14),
        "agents": (NEW,),
        "contracts": (BUSY,),
        "shifts": ShiftPolicy(480, 480, 60, 60),
        "break_rules": (),
    }
    law = pack(*limits, pack_id="NL", country="NL")
    return compile_problem(make_planning(**(fields | own)), book(law))


def rules(*limits: Limit, **own: Any) -> list[Rule]:
    """The records of those limits."""
    return [
        rule
        for rule in compiled(*limits, **own).problem.rules
        if type(rule).__name__ not in ("CountCost", "HoursTarget", "Pin")
        if not (isinstance(rule, HoursLimit) and rule.max_minutes == 7 * 1440)
    ]


def test_each_kind_on_its_own() -> None:
    assert rules(limit(DailyRest, min_minutes=661)) == [MinRest(0, 45)]
    assert rules(limit(WeekHours, max_minutes=2400)) == [
        HoursLimit(0, 0, 7, 2400),
        HoursLimit(0, 7, 14, 2400),
    ]
    assert rules(limit(AverageHours, max_minutes_week=1000, weeks=4)) == [
        HoursLimit(0, 0, 14, 4000)
    ]
    assert rules(limit(DayHours, max_minutes=480, rolling=True)) == [RollingHours(0, 96, 480)]
    weekly = limit(WeeklyRest, min_minutes=2161, window_minutes=10079, or_min_minutes=4321)
    assert rules(weekly) == [WeeklyRestRule(0, 145, 671, 289, 1344, 0)]
    assert rules(limit(ConsecutiveDays, max_days=5)) == [MaxConsecutiveDays(0, 5)]
    assert rules(limit(SeriesShifts, max_shifts=7, gap_minutes=2161)) == [MaxSeries(0, 7, 145)]
    nights = limit(SeriesRest, nights=3, gap_minutes=2160, min_minutes=2760)
    assert rules(nights) == [SeriesRestRule(0, 1, 3, 144, 184)]
    assert rules(limit(NightCount, max_count=3, weeks=1)) == [
        CountLimit(0, 1, 0, 7, 3),
        CountLimit(0, 1, 7, 14, 3),
    ]
    assert rules(limit(FreeSundays, min_count=3, weeks=4)) == [
        WindowsLimit(0, ((576, 672), (1248, 1344)), 1)
    ]


def test_rolling_weeks_are_all_seven_dates_in_a_row() -> None:
    found = rules(limit(WeekHours, max_minutes=2400, rolling=True))
    assert found == [HoursLimit(0, first, first + 7, 2400) for first in range(8)]
    history = tuple(make_past_shift("a1", f"2027-02-{day}T09:00", 480) for day in (23, 24, 27))
    found = rules(limit(WeekHours, max_minutes=1400, rolling=True), history=history)
    # From Tuesday, Wednesday and Thursday before; the days until Sunday hold one shift.
    carried = {rule.end_day: rule.carry_minutes for rule in found if rule.first_day == 0}
    assert carried == {1: 1440, 2: 960, 5: 480, 7: 0}


def test_longer_shifts_are_counted_and_rested_from() -> None:
    longer = limit(
        ShiftHours,
        max_minutes=450,
        extended_max_minutes=480,
        extended_counts=((2, 14), (5, 364)),
        extended_rest_minutes=720,
    )
    found = compiled(longer)
    assert set(found.problem.options.flags.tolist()) == {1}
    assert rules(longer) == [
        CountLimit(0, 1, 0, 14, 2),
        MinRest(0, 48, 1),
    ]
    old = replace(NEW, employed_from=None)  # five in 52 weeks; one or two weeks are known
    assert rules(replace(longer, extended_counts=((5, 364),)), agents=(old,)) == [
        CountLimit(0, 1, 0, 14, 1),
        MinRest(0, 48, 1),
    ]


def test_what_the_history_does_not_know_is_cut_in_proportion() -> None:
    """Employed long ago; the history begins on a Wednesday, four known weeks before the last."""
    old = (replace(NEW, employed_from=None),)
    past = tuple(
        make_past_shift("a1", f"{day}T20:00", 600)
        for day in ("2027-02-03", "2027-02-09", "2027-02-16", "2027-02-24")
    )
    own = {"agents": old, "history": past, "horizon": make_horizon(days=7)}
    limits = (
        limit(AverageHours, max_minutes_week=600, weeks=16),
        limit(AverageHours, "nights", max_minutes_week=500, weeks=16, from_nights=9),
        limit(NightCount, max_count=13, weeks=16),
        limit(FreeSundays, min_count=13, weeks=52),
    )
    assert rules(*limits, **own) == [
        HoursLimit(0, 0, 7, 4 * 600, 3 * 600),
        HoursIfCount(0, 1, 0, 7, 9 * 4 // 16, 4 * 500, 3 * 600, 3),
        CountLimit(0, 1, 0, 7, 13 * 4 // 16, 3),
    ]
    notices = compiled(*limits, **own).notices
    assert [(notice.code, notice.value) for notice in notices] == [
        ("history_short", "NL.AverageHours"),
        ("history_short", "NL.nights"),
        ("history_short", "NL.NightCount"),
    ]
    assert "Up to 12 of the weeks" in str(notices[0])
    # With all sixteen weeks known nothing is cut, and nothing is said.
    known = own | {"history_from": MONDAY - timedelta(weeks=15)}
    assert rules(*limits[2:3], **known) == []
    assert HoursIfCount(0, 1, 0, 7, 9, 16 * 500, 2400, 4) not in rules(*limits[1:2], **known)
    assert not compiled(*limits[:3], **known).notices


def test_weeks_before_the_employment_are_known_to_be_empty() -> None:
    """Employed since Wednesday of the week before: that week is not known, those before are."""
    average = limit(AverageHours, max_minutes_week=500, weeks=4)
    agents = (replace(NEW, employed_from=MONDAY - timedelta(days=5)),)
    own = {"agents": agents, "horizon": make_horizon(days=7)}
    assert rules(average, **own) == [HoursLimit(0, 0, 7, 3 * 500)]
    complete = own | {"history_from": MONDAY - timedelta(days=7)}
    assert rules(average, **complete) == [HoursLimit(0, 0, 7, 4 * 500)]


def test_old_history_bears_on_sums_and_sundays_only() -> None:
    """Forty Sundays worked in a year; one more is one too many. They are not carried singly."""
    past = tuple(
        make_past_shift("a1", f"{MONDAY - timedelta(weeks=weeks, days=2)}T23:00", 120)
        for weeks in range(3, 42)
    )
    free = limit(FreeSundays, min_count=13, weeks=52)
    own = {"history": past, "history_from": MONDAY - timedelta(weeks=52)}
    own |= {"agents": (replace(NEW, employed_from=None),)}
    found = compiled(free, **own)
    assert found.problem.agents[0].carry == ()
    assert not found.notices
    assert (
        rules(free, **own)
        == [
            WindowsLimit(0, ((576, 672),), 39, 39),
            WindowsLimit(0, ((576, 672), (1248, 1344)), 39, 39),
        ][1:]
    )


def test_a_series_that_goes_on_is_carried_as_a_whole() -> None:
    past = tuple(
        make_past_shift("a1", f"{MONDAY - timedelta(days=back)}T09:00", 480)
        for back in range(1, 30)
        if back != 25
    )
    series = limit(SeriesShifts, max_shifts=7, gap_minutes=2160)
    assert len(compiled(series, history=past).problem.agents[0].carry) == 24
    apart = limit(SeriesShifts, max_shifts=7, gap_minutes=900)
    assert len(compiled(apart, history=past).problem.agents[0].carry) == 16


def test_limits_hold_from_a_date_and_where_the_agent_is() -> None:
    """From Wednesday at the site's midnight; in Australia during the stay."""
    wednesday = MONDAY + timedelta(days=2)
    found = rules(limit(DailyRest, min_minutes=600, valid_from=wednesday))
    assert found == [MinRest(0, 40, 0, 192, 10**9)]
    found = rules(limit(DailyRest, min_minutes=600, valid_to=wednesday))
    assert found == [MinRest(0, 40, 0, -(10**9), 192)]
    stay = Location("a1", wednesday, "Australia/Sydney", "AU", wednesday + timedelta(days=2))
    law = pack(limit(DailyRest, min_minutes=600), pack_id="AU", country="AU")
    planning = make_planning(agents=(NEW,), contracts=(BUSY,), locations=(stay,))
    [rule] = [
        rule
        for rule in compile_problem(planning, book(law)).problem.rules
        if isinstance(rule, MinRest)
    ]
    # Midnights of Sydney, ten hours before those of Amsterdam.
    assert (rule.from_slot, rule.end_slot) == (2 * 96 - 40, 4 * 96 - 40)


def test_a_sum_holds_where_an_instant_of_its_period_lies_in_scope() -> None:
    second = MONDAY + timedelta(days=7)
    week = limit(WeekHours, max_minutes=2400, valid_from=second)
    assert rules(week) == [HoursLimit(0, 7, 14, 2400)]
    earlier = limit(WeekHours, max_minutes=2400, valid_from=second - timedelta(days=1))
    assert rules(earlier) == [HoursLimit(0, 0, 7, 2400), HoursLimit(0, 7, 14, 2400)]


def test_daily_rests_of_one_pack_share_the_exception() -> None:
    rest = {"reduced_minutes": 480, "reduced_window_minutes": 10080}
    after_night = limit(
        DailyRest, "n", min_minutes=840, after_night_ending_after_minute=120, **rest
    )
    plain = limit(DailyRest, min_minutes=840, after_night_ending_after_minute=120)
    assert rules(plain) == [MinRest(0, 56, 1)]
    found = rules(limit(DailyRest, min_minutes=660, **rest), after_night)
    assert found == [MinRest(0, 32), ShortRests(0, ((0, 44), (1, 56)), 1, 672)]
    night = make_past_shift("a1", "2027-02-27T18:05", 600)
    off_grid = rules(limit(DailyRest, min_minutes=660, **rest), after_night, history=(night,))
    assert off_grid[-1] == ShortRests(0, ((0, 44), (1, 56)), 1, 673)


def test_flags_only_for_rules_that_stay() -> None:
    """Nights are marked where something asks for them, in the history, too."""
    night = make_past_shift("a1", "2027-02-28T20:00", 480)
    count = limit(NightCount, max_count=3, weeks=1)
    found = compiled(count, history=(night,)).problem
    assert found.agents[0].carry[0].flags == 1
    starts = {int(start) % 96 // 4 for start in found.options.start[found.options.flags == 1]}
    assert starts == {0, 1, 2, 3, 4, 18, 19, 20, 21, 22, 23}
    idle = compiled(replace(count, max_count=7), history=(night,)).problem
    assert not idle.options.flags.any()
    assert idle.agents[0].carry[0].flags == 0


def test_a_pin_that_the_law_does_not_allow_is_named() -> None:
    pins = (make_pin("a1", "2027-03-02T09:00", 480), make_pin("a1", "2027-03-04T09:00", 480))
    found = compiled(
        limit(ShiftHours, max_minutes=450),
        pins=pins,
        closures=(Closure(date(2027, 3, 4), "fair", "amsterdam"),),
    )
    first, second = (str(notice) for notice in found.notices if notice.code == "pin_breaks_rule")
    assert "more work than the law allows in one shift" in first
    assert "closed" not in first
    assert "the site or the company is closed on a date it touches" in second


def test_the_reason_why_nothing_is_possible_can_be_the_law() -> None:
    assert why_no_shift(limit(ShiftHours, max_minutes=450)) == (
        "Of 336 possible shifts 336 fail because they have more work than the law allows in one "
        "shift (NL: art. 1)."
    )
    # On the clock of Amsterdam the first date begins before a horizon of UTC.
    elsewhere = Horizon(MONDAY, MONDAY + timedelta(days=3), "UTC")
    told = why_no_shift(limit(ShiftHours, max_minutes=450), horizon=elsewhere)
    assert told.startswith("Of 72 ")
    assert told.endswith("(NL: art. 1).")
    loose = limit(ShiftHours, "loose", max_minutes=600)
    sunday = limit(NoWork, weekdays=(1, 2, 3, 4, 5, 6, 7), waived_by="any_day")
    assert why_no_shift(loose, sunday).endswith(
        "they touch a date on which the law allows no work (NL: art. 1; permit NL.any_day would "
        "lift it)."
    )


def test_no_article_is_named_where_limits_share_the_shifts_between_them() -> None:
    """No work on Mondays to Thursdays by one limit, on the other days by the next."""
    early, late = (
        limit(NoWork, name, weekdays=days)
        for name, days in (("early", (1, 2, 3, 4)), ("late", (4, 5, 6, 7)))
    )
    assert why_no_shift(early, late).endswith("a date on which the law allows no work.")
    every = limit(NoWork, "every", weekdays=(1, 2, 3, 4, 5, 6, 7))
    every = replace(every, article="art. 9")
    assert why_no_shift(early, late, every).endswith("no work (NL: art. 9).")


def test_of_one_shift_the_notice_speaks_of_one() -> None:
    against = Against(1, Counter({"history": 1}), {})
    assert no_shift_notice(NEW, against).hint == (
        "Of 1 possible shift 1 fails because a shift of the history starts on the same day."
    )
    none = Against(0, Counter(), {})
    assert "No shift length" in str(no_shift_notice(NEW, none))


def why_no_shift(*limits: Limit, **own: Any) -> str:
    """The hint of the notice that an agent cannot work under these limits."""
    notices = compiled(*limits, **own).notices
    [notice] = [row for row in notices if row.code == "no_shift_possible"]
    return str(notice.hint)


@pytest.mark.parametrize(("waking", "cents"), [(None, 3000), (WakingHours(360, 1320), 4500)])
def test_own_waking_hours(waking: WakingHours | None, cents: int) -> None:
    """17:00 to 01:00: from 23:00 or from 22:00 on."""
    found = compiled(agents=(replace(NEW, waking_hours=waking),)).problem.options
    [row] = np.flatnonzero(found.start == 68)
    assert found.own_night_cents[row] == cents


def test_breaks_follow_the_place() -> None:
    """In the Netherlands until Wednesday, when the agent goes to Paramaribo."""
    law = limit(BreakTime, over_minutes=330, min_minutes=45)
    stay = Location("a1", MONDAY + timedelta(days=2), "America/Paramaribo", "SR")
    site = make_site("Asia/Kathmandu", country="NP")
    home = Location("a1", MONDAY - timedelta(days=9), "Europe/Amsterdam", "NL", stay.from_date)
    found = compiled(
        law,
        sites=(site,),
        agents=(replace(NEW, site_id=site.site_id),),
        locations=(home, stay),
        horizon=Horizon(MONDAY, MONDAY + timedelta(days=4), "UTC"),
    ).problem.options
    paid = {
        int(day): set(found.paid_minutes[found.day == day].tolist())
        for day in set(found.day.tolist())
    }
    assert paid == {0: {435}, 1: {435}, 2: {480}, 3: {480}}


def test_the_longer_of_the_two_breaks_counts() -> None:
    """The company's, paid, with its margin, or the law's in its place."""
    own = (BreakRule(330, 45, paid=True, margin_minutes=60),)
    demands = (BreakDemand(300, 30, None, 0, 1), BreakDemand(420, 60, 90, 0, 1))
    assert pause_of(own, demands, 450) == Pause(45, True, 60)
    assert pause_of(own, demands, 495) == Pause(60, True, 60, 90)
    assert pause_of((), demands, 330) == Pause(30)
    assert not pause_of(own, (BreakDemand(0, 345, None, 0, 1),), 450).fits


def test_a_sunday_is_that_of_the_place_at_noon() -> None:
    """From Amsterdam to Sydney at 14:00 of Saturday: Sunday from there on, ten hours early."""
    sunday = MONDAY + timedelta(days=6)
    free = limit(FreeSundays, min_count=4, weeks=4)
    stay = Location("a1", sunday, "Australia/Sydney", "AU")
    own = {"locations": (stay,), "horizon": make_horizon(days=7)}
    assert first_sunday(free, **own) == (6 * 96 - 40, 7 * 96 - 40)
    # To Paramaribo on Monday: Sunday in Amsterdam.
    later = replace(stay, from_date=sunday + timedelta(days=1), zone="America/Paramaribo")
    assert first_sunday(free, **own | {"locations": (later,)}) == (6 * 96, 7 * 96)
    # From Sydney to Amsterdam at 10:00 of Sydney's Sunday: the noon lived is that of Amsterdam.
    stays = (
        Location("a1", MONDAY, "Australia/Sydney", "AU", sunday),
        Location("a1", sunday, "Europe/Amsterdam", "NL"),
    )
    assert first_sunday(free, **own | {"locations": stays}) == (6 * 96, 7 * 96)
    # Who flies from Sydney to Honolulu lives that Sunday's noon twice: the first one counts.
    home = Location("a1", MONDAY, "Australia/Sydney", "AU", sunday)
    back = replace(home, from_date=sunday, until_date=None, zone="Pacific/Honolulu", country="US")
    assert first_sunday(free, **own | {"locations": (home, back)}) == (6 * 96 - 40, 7 * 96 - 40)


def first_sunday(free: Limit, **own: Any) -> tuple[int, int]:
    [rule] = rules(free, **own)
    assert isinstance(rule, WindowsLimit)
    return rule.windows[0]
