"""Each rule with a roster that keeps it and one that does not, in three zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.audit.hours import minutes_outside_waking
from scheduler.audit.wording import SENTENCES
from scheduler.domain import (
    Activity,
    Agent,
    Availability,
    Break,
    ClockChange,
    Contract,
    Location,
    Planning,
    Shift,
    ShiftPolicy,
    TimeOff,
    WakingHours,
    WallTime,
)
from scheduler.timegrid.zones import local_of

from .world import (
    AMSTERDAM,
    FULL_TIME,
    KATHMANDU,
    SYDNEY,
    ZONES,
    hard_rules,
    judge,
    make_planning,
    past,
    pin,
    shift,
    utc,
)

TUESDAY = date(2027, 3, 23)
Twins = tuple[Planning, tuple[Shift, ...], tuple[Shift, ...]]
Case = Callable[[str], Twins]


def _day(planning: Planning, start: str = "09:00", hours: float = 8, **changes: Any) -> Shift:
    return shift(planning, f"2027-03-23 {start}", hours, **changes)


def _agent(planning: Planning, **changes: Any) -> Planning:
    agent: Agent = replace(planning.agents[0], **changes)
    return replace(planning, agents=(agent,))


def _wall(text: str) -> WallTime:
    return WallTime.parse(text)


def _waking(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    return planning, (_day(planning, "15:00"),), (_day(planning, "15:30"),)


def _waking_early(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    return planning, (_day(planning, "07:00"),), (_day(planning, "06:30"),)


def _waking_of_the_agent(zone: str) -> Twins:
    planning = _agent(make_planning(zone=zone), waking_hours=WakingHours(5 * 60, 13 * 60))
    return planning, (_day(planning, "05:00"),), (_day(planning, "07:00"),)


def _time_off(zone: str) -> Twins:
    off = TimeOff("A1", _wall("2027-03-23 12:00"), _wall("2027-03-24 00:00"), "leave")
    planning = make_planning(zone=zone, time_off=(off,))
    return planning, (_day(planning, "07:00", 5),), (_day(planning, "08:00", 5),)


def _available(zone: str) -> Twins:
    rows = (
        Availability("A1", 8 * 60, 12 * 60, available=True, weekday=2),
        Availability("A1", 12 * 60, 18 * 60, available=True, day=TUESDAY),
    )
    planning = make_planning(zone=zone, availability=rows)
    return planning, (_day(planning, "08:00", 9),), (_day(planning, "10:00", 9),)


def _unavailable(zone: str) -> Twins:
    row = Availability("A1", 8 * 60, 12 * 60, available=False, weekday=2)
    planning = make_planning(zone=zone, availability=(row,))
    return planning, (_day(planning, "12:00"),), (_day(planning, "11:30"),)


def _employed_from(zone: str) -> Twins:
    planning = _agent(make_planning(zone=zone), employed_from=TUESDAY)
    return planning, (_day(planning),), (shift(planning, "2027-03-22 09:00", 8),)


def _employed_until(zone: str) -> Twins:
    planning = _agent(
        make_planning(zone=zone, contract=replace(FULL_TIME, night_allowed=True)),
        employed_until=date(2027, 3, 24),
    )
    return planning, (_day(planning, "16:00"),), (_day(planning, "16:30"),)


def _length(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    return planning, (_day(planning, hours=9),), (_day(planning, hours=10),)


def _contract_length(zone: str) -> Twins:
    contract = replace(FULL_TIME, min_shift_minutes=360, max_shift_minutes=480)
    planning = make_planning(zone=zone, contract=contract)
    return planning, (_day(planning, hours=6),), (_day(planning, hours=5),)


def _break_missing(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    good = _day(planning)
    return planning, (good,), (replace(good, breaks=()),)


def _break_paid(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    good = _day(planning)
    paid = tuple(replace(row, paid=True) for row in good.breaks)
    return planning, (good,), (replace(good, breaks=paid),)


def _break_window(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    base = _day(planning, queue_id=None)

    def at(minutes: int) -> Shift:
        start = base.start + timedelta(minutes=minutes)
        return replace(base, breaks=(Break(start, start + timedelta(minutes=30), paid=False),))

    return planning, (at(120),), (at(105),)


def _paid_minutes(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    return planning, (_day(planning),), (_day(planning, paid_minutes=480),)


def _wrong_clock(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    good = _day(planning)
    moved = replace(good, start_local=WallTime(TUESDAY, 10 * 60))
    return planning, (good,), (moved,)


def _wrong_place(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    good = _day(planning)
    shown = local_of(good.start, "Asia/Tokyo")
    return planning, (good,), (replace(good, zone="Asia/Tokyo", start_local=shown.wall),)


def _change_of_place(zone: str) -> Twins:
    stay = Location("A1", date(2027, 3, 24), "Asia/Tokyo", "JP")
    contract = replace(FULL_TIME, night_allowed=True)
    planning = make_planning(zone=zone, contract=contract, locations=(stay,))
    change = utc("2027-03-23T15:00")
    shown = local_of(change - timedelta(hours=5), zone).wall
    ends = shift(planning, str(shown), 5)
    assert ends.end == change
    return planning, (ends,), (shift(planning, str(shown), 6),)


def _outside_horizon(zone: str) -> Twins:
    planning = make_planning(zone=zone)
    return planning, (shift(planning, "2027-04-04 09:00", 8),), (
        shift(planning, "2027-04-05 09:00", 8),
    )  # fmt: skip


def _shift_a_day(zone: str) -> Twins:
    contract = replace(FULL_TIME, night_allowed=True)
    planning = make_planning(zone=zone, contract=contract)
    first = _day(planning, "00:00", 4)
    return planning, (first,), (first, _day(planning, "19:00", 4))


def _week_hours(zone: str) -> Twins:
    planning = make_planning(zone=zone, contract=Contract("x", 0, 0, 32 * 60 + 30))
    good = [shift(planning, f"2027-03-{day} 09:00", 7) for day in (22, 23, 24, 25)]
    good.append(shift(planning, "2027-03-26 09:00", 7))
    longer = [*good[:-1], shift(planning, "2027-03-26 09:00", 8)]
    return planning, tuple(good), tuple(longer)


def _week_hours_with_history(zone: str) -> Twins:
    planning = make_planning(
        zone=zone,
        start="2027-03-24",
        contract=Contract("x", 0, 0, 15 * 60),
        history=(past("2027-03-22 09:00", 8, zone),),
    )
    good = shift(planning, "2027-03-24 09:00", 8)
    return planning, (good,), (shift(planning, "2027-03-24 09:00", 9),)


def _week_days(zone: str) -> Twins:
    planning = make_planning(zone=zone, contract=replace(FULL_TIME, max_days_week=3))
    days = [shift(planning, f"2027-03-{day} 09:00", 4) for day in (23, 24, 25, 27, 29)]
    return planning, (*days[:3], days[4]), tuple(days[:4])


def _days_in_row(zone: str) -> Twins:
    """Early for four days, then late: 36 hours of rest lie between, on consecutive days."""
    contract = replace(FULL_TIME, night_allowed=True)
    planning = make_planning(zone=zone, contract=contract)
    days = [
        shift(planning, f"2027-03-{23 + k} {'07:00' if k < 4 else '23:00'}", 4) for k in range(7)
    ]
    return planning, tuple(days[1:]), tuple(days)


CASES: dict[str, tuple[Case, list[str]]] = {
    "waking": (_waking, ["waking_hours"]),
    "waking early": (_waking_early, ["waking_hours"]),
    "waking of the agent": (_waking_of_the_agent, ["waking_hours"]),
    "time off": (_time_off, ["time_off"]),
    "available": (_available, ["availability"]),
    "unavailable": (_unavailable, ["availability"]),
    "employed from": (_employed_from, ["employment"]),
    "employed until": (_employed_until, ["employment"]),
    "length": (_length, ["shift_length"]),
    "contract length": (_contract_length, ["shift_length"]),
    "break missing": (_break_missing, ["break_rule"]),
    "break paid": (_break_paid, ["break_rule"]),
    "break window": (_break_window, ["break_window"]),
    "paid minutes": (_paid_minutes, ["paid_minutes"]),
    "wrong clock": (_wrong_clock, ["wrong_clock"]),
    "wrong place": (_wrong_place, ["wrong_place"]),
    "change of place": (_change_of_place, ["change_of_place"]),
    "outside horizon": (_outside_horizon, ["outside_horizon"]),
    "shift a day": (_shift_a_day, ["shift_a_day"]),
    "week hours": (_week_hours, ["week_hours"]),
    "week hours with history": (_week_hours_with_history, ["week_hours"]),
    "week days": (_week_days, ["week_days"]),
    "days in row": (_days_in_row, ["days_in_row"]),
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", CASES)
def test_twins(name: str, zone: str) -> None:
    case, rules = CASES[name]
    planning, good, bad = case(zone)
    assert hard_rules(planning, *good) == []
    assert hard_rules(planning, *bad) == rules
    for finding in judge(planning, *bad).hard:
        assert finding.sentence.startswith("Name A1 (A1): ")


def test_time_off_ends_after_the_second_pass_of_a_repeated_hour() -> None:
    off = TimeOff("A1", _wall("2027-10-30 00:00"), _wall("2027-10-31 02:30"), "leave")
    contract = replace(FULL_TIME, night_allowed=True)
    planning = make_planning(
        start="2027-10-25", end="2027-11-08", contract=contract, time_off=(off,)
    )
    assert hard_rules(planning, shift(planning, "2027-10-31 02:30", 4, fold=1)) == []
    assert hard_rules(planning, shift(planning, "2027-10-31 02:30", 4, fold=0)) == ["time_off"]


@pytest.mark.parametrize(
    ("day", "elapsed"), [("2027-03-27", 7), ("2027-10-30", 9), ("2027-06-05", 8)]
)
def test_a_shift_may_keep_its_local_end(day: str, elapsed: int) -> None:
    """22:00 to 06:00 over the clock change, by either policy."""
    contract = replace(FULL_TIME, night_allowed=True)
    month = day[:8]
    eight = ShiftPolicy(min_minutes=480, max_minutes=480)
    keeps = make_planning(
        start=f"{month}01",
        end="2027-12-01",
        contract=contract,
        shifts=replace(eight, clock_change=ClockChange.KEEP_LOCAL_END),
    )
    night = shift(keeps, f"{day} 22:00", elapsed)
    assert hard_rules(keeps, night) == []
    by_duration = replace(keeps, shifts=eight)
    expected = [] if elapsed == 8 else ["shift_length"]
    assert hard_rules(by_duration, night) == expected
    if elapsed != 8:
        assert hard_rules(keeps, shift(keeps, f"{day} 22:00", 8)) == ["shift_length"]


def test_shifts_off_the_usual_grid_are_only_worth_a_look() -> None:
    planning = make_planning()
    report = judge(planning, shift(planning, "2027-03-23 09:15", 8))
    assert [row.rule for row in report.findings] == ["shift_grid"]
    report = judge(planning, shift(planning, "2027-03-23 09:00", 7.5))
    assert [row.rule for row in report.findings] == ["shift_grid"]
    off_grid = shift(planning, "2027-03-23 09:10", 4, queue_id=None)
    report = judge(planning, off_grid)
    assert [row.rule for row in report.hard] == ["off_grid"]
    assert sum(report.coverage.at_work) == 15


def test_strangers_and_nonsense_are_named_and_do_not_stop_the_audit() -> None:
    planning = make_planning()
    good = _day(planning)
    stranger = replace(good, agent_id="A9")
    backwards = replace(good, end=good.start - timedelta(hours=1))
    assert hard_rules(planning, good, stranger) == ["unknown_agent"]
    assert hard_rules(planning, backwards) == ["empty_shift"]
    doubled = hard_rules(planning, good, good)
    assert doubled == ["overlap", "shift_a_day"]


def test_pins_are_named_kept_and_reported() -> None:
    plain = make_planning()
    night = replace(_day(plain, "18:00", 9.0), pinned=True)
    planning = replace(plain, pins=(pin(night),))
    report = judge(planning, night)
    assert [(row.rule, row.pinned) for row in report.hard] == [("waking_hours", True)]
    assert hard_rules(planning) == ["missing_pin"]
    overpaid = replace(night, paid_minutes=540)
    assert [(row.rule, row.pinned) for row in judge(planning, overpaid).hard] == [
        ("paid_minutes", False),
        ("waking_hours", True),
    ]
    moved = _day(plain, "13:00", 9.0)
    assert hard_rules(planning, moved) == ["missing_pin"]
    false_flag = judge(plain, night)
    assert {(row.rule, row.pinned) for row in false_flag.findings} == {
        ("waking_hours", False),
        ("pin_flag", False),
    }


def test_activities() -> None:
    planning = make_planning()
    base = _day(planning, queue_id=None)
    hour = timedelta(hours=1)

    def on(*rows: tuple[str, float, float]) -> Shift:
        return replace(
            base,
            activities=tuple(
                Activity(name, base.start + a * hour, base.start + b * hour) for name, a, b in rows
            ),
        )

    pause = (base.breaks[0].start - base.start) / hour
    assert hard_rules(planning, on(("q1", 0, pause), ("q1", pause + 0.5, 8))) == []
    assert hard_rules(planning, on(("q1", 0, pause + 0.25))) == ["activity_on_break"]
    assert hard_rules(planning, on(("q1", 7, 8.25))) == ["activity_outside"]
    assert hard_rules(planning, on(("q1", 0, 2), ("q1", 1, 3))) == ["activity_overlap"]
    assert hard_rules(planning, on(("q9", 0, 2))) == ["unknown_queue"]
    assert hard_rules(planning, on(("q1", 0, 1.1))) == ["off_grid"]
    short = judge(planning, on(("q1", 0, 0.75))).soft
    assert [(row.rule, row.measured) for row in short] == [("short_stint", "0 h 45")]
    assert not judge(planning, on(("q1", 0, 0.5), ("q1", 0.5, 1))).soft


@given(
    st.sampled_from([AMSTERDAM, SYDNEY, KATHMANDU, "Australia/Lord_Howe", "America/Paramaribo"]),
    st.sampled_from(["2027-03-27", "2027-04-03", "2027-10-02", "2027-10-30", "2027-06-01"]),
    st.integers(0, 191),
    st.integers(1, 56),
    st.integers(4, 10),
    st.integers(18, 24),
)
def test_own_night_by_reading_the_clock_every_minute(
    zone: str, day: str, start: int, quarters: int, wake: int, sleep: int
) -> None:
    begin = utc(day) + timedelta(minutes=15 * start)
    end = begin + timedelta(minutes=15 * quarters)
    read = sum(
        not wake * 60 <= local_of(begin + timedelta(minutes=tick), zone).wall.minute < sleep * 60
        for tick in range(15 * quarters)
    )
    assert minutes_outside_waking(begin, end, zone, WakingHours(wake * 60, sleep * 60)) == read


def test_every_rule_has_its_line_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    missing = [rule for rule in SENTENCES if f"`{rule}`" not in page]
    assert missing == []
