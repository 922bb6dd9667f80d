"""Rests of the Dutch act at their boundaries, to the minute, in three zones and over changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.audit.law_rest import weekly_rest
from scheduler.domain import Shift
from scheduler.labour import DailyRest, SeriesRest, WeeklyRest

from .law_book import (
    DUTCH_NIGHT,
    NL,
    as_history,
    book_of,
    broken,
    facts_of,
    from_to,
    law_findings,
    law_planning,
    on,
    only,
    pack_of,
    provision,
    rested,
    worked,
)
from .world import AMSTERDAM, KATHMANDU, SYDNEY, ZONES, instant, pin, utc

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAILY = book_of(only("daily_rest", "night_rest"))
SPRING = {"start": "2027-03-22", "end": "2027-04-12"}
AUTUMN = {"start": "2027-10-18", "end": "2027-11-15"}
LORD_HOWE = "Australia/Lord_Howe"


@pytest.mark.parametrize("zone", ZONES)
def test_twelve_hours_after_a_night_that_ends_by_two_and_justrested(zone: str) -> None:
    planning = law_planning(zone, DAILY)
    by_two = from_to(zone, "2027-03-23 20:00", "2027-03-24 02:00")
    after_two = from_to(zone, "2027-03-23 20:00", "2027-03-24 02:01")
    used = on(zone, "2027-03-22 07:00", 240)
    evening = rested(used, 600)
    assert broken(planning, DAILY, used, evening, by_two, rested(by_two, 720)) == []
    assert broken(planning, DAILY, after_two, rested(after_two, 720)) == []
    assert broken(planning, DAILY, used, evening, after_two, rested(after_two, 720)) == [
        "short_rests"
    ]
    (finding,) = law_findings(planning, DAILY, used, evening, after_two, rested(after_two, 839))
    assert (finding.measured, finding.limit) == ("2", "1")
    assert "(NL: Arbeidstijdenwet art. 5:8, named by the contract)" in finding.sentence
    assert broken(planning, DAILY, used, evening, after_two, rested(after_two, 840)) == []


@pytest.mark.parametrize("zone", ZONES)
def test_ten_hours_of_rest_twice_in_seven_times_24_hours(zone: str) -> None:
    for span in (SPRING, AUTUMN):
        planning = law_planning(zone, DAILY, **span)
        day = "2027-03-25" if span is SPRING else "2027-10-28"
        first = on(zone, f"{day} 10:00", 240)
        evening = rested(first, 600)
        again = worked(first.start + timedelta(days=7), 240, zone)
        later = rested(again, 600)
        assert broken(planning, DAILY, first, evening, again, later) == []
        sooner = worked(again.start - MINUTE, 240, zone)
        rest = rested(sooner, 600)
        assert broken(planning, DAILY, first, evening, sooner, rest) == ["short_rests"]
        assert broken(planning, DAILY, first, evening, sooner, rested(sooner, 660)) == []
        assert broken(planning, DAILY, first, rested(first, 480)) == []
        assert broken(planning, DAILY, first, rested(first, 479)) == ["min_rest"]
        assert broken(planning, DAILY, first, rested(first, 0)) == ["min_rest"]


def test_short_rests_of_the_past_use_up_the_exception() -> None:
    first = on(AMSTERDAM, "2027-03-20 07:00", 240)
    history = as_history(first, rested(first, 600))
    planning = law_planning(AMSTERDAM, DAILY, history=history)
    monday = on(AMSTERDAM, "2027-03-22 07:00", 240)
    assert broken(planning, DAILY, monday, rested(monday, 600)) == ["short_rests"]
    late = on(AMSTERDAM, "2027-03-27 07:00", 240)
    assert broken(planning, DAILY, late, rested(late, 600)) == []


@pytest.mark.parametrize(
    ("zone", "first_night", "earliest"),
    [
        (AMSTERDAM, 13, "2027-03-18 04:00"),
        (SYDNEY, 13, "2027-03-18 04:00"),
        (KATHMANDU, 25, "2027-03-30 04:00"),
        (AMSTERDAM, 24, "2027-03-29 05:00"),
        (SYDNEY, 31, "2027-04-05 03:00"),
    ],
)
def test_46_hours_after_three_nights(zone: str, first_night: int, earliest: str) -> None:
    """The last night ends at 06:00; two dates later at 04:00, an hour off over a change."""
    book = book_of(only("series_rest"))
    planning = law_planning(zone, book, start="2027-03-01", end="2027-05-01")
    opens = on(zone, f"2027-03-{first_night} 22:00", 1)
    nights = []
    for k in range(3):
        day = opens.start_local.day + timedelta(days=k)
        nights.append(from_to(zone, f"{day} 22:00", f"{day + timedelta(days=1)} 06:00"))
    at = on(zone, earliest, 240)
    assert at.start - nights[-1].end == 46 * HOUR
    sooner = worked(at.start - MINUTE, 240, zone)
    assert broken(planning, book, *nights, at) == []
    (finding,) = law_findings(planning, book, *nights, sooner)
    assert (finding.rule, finding.measured, finding.limit) == ("series_rest", "45 h 59", "46 h 00")
    assert "after 3 night shifts in a row" in finding.sentence
    assert broken(planning, book, *nights[1:], sooner) == []
    by_day = on(zone, f"{nights[1].start_local.day} 08:00", 240)
    assert broken(planning, book, nights[0], by_day, *nights[1:], sooner) == []


def test_a_row_of_nights_goes_on_within_the_gap_and_ends_with_it() -> None:
    gap = 18 * 60
    rule = provision(SeriesRest, nights=2, gap_minutes=gap, min_minutes=46 * 60)
    book = book_of(pack_of(rule))
    planning = law_planning(AMSTERDAM, book)
    first = on(AMSTERDAM, "2027-03-23 00:00", 360)
    second = rested(first, gap - 1, 360)
    assert broken(planning, book, first, second) == []
    assert broken(planning, book, first, second, rested(second, gap - 1, 360)) == []
    assert broken(planning, book, first, second, rested(second, gap, 360)) == ["series_rest"]
    assert broken(planning, book, first, rested(first, gap, 360)) == []


def test_pins_break_a_series_rest_alone_only_with_enough_nights() -> None:
    book = book_of(only("series_rest"))
    days = (22, 23, 24, 25)
    nights = [
        from_to(AMSTERDAM, f"2027-03-{day} 22:00", f"2027-03-{day + 1} 06:00") for day in days
    ]
    next_one = rested(nights[-1], 30 * 60)
    for fixed, pinned in ((nights[1:], True), (nights[2:], False)):
        pins = tuple(pin(row) for row in (*fixed, next_one))
        planning = law_planning(AMSTERDAM, book, pins=pins)
        (finding,) = law_findings(planning, book, *nights, next_one)
        assert (finding.rule, finding.pinned) == ("series_rest", pinned)


def _fortnight(zone: str, first: int, second: int, *, day: str = "2027-03-22") -> list[Shift]:
    """Two weeks of 24-hour blocks of work and rest, with two rests of so many hours."""
    start = instant(f"{day} 08:00", zone)
    end = start + timedelta(days=14)
    rests = {3: first, 9: second}
    shifts, at, k = [], start, 0
    while at < end:
        shifts.append(worked(at, 600, zone))
        k += 1
        at = shifts[-1].end + rests.get(k, 12) * HOUR
    return shifts


@pytest.mark.parametrize(("zone", "day"), [
    (AMSTERDAM, "2027-03-22"), (SYDNEY, "2027-03-29"), (KATHMANDU, "2027-03-22"),
    (AMSTERDAM, "2027-10-25"), (SYDNEY, "2027-09-27"),
])  # fmt: skip
def test_72_hours_in_parts_of_32_in_a_fortnight(zone: str, day: str) -> None:
    """Judged for the window of the first shift alone: later windows end in rest."""
    book = book_of(only("weekly_rest"))
    planning = law_planning(zone, book, start="2027-03-01", end="2027-12-01")

    def of_first(first: int, second: int) -> bool:
        shifts = _fortnight(zone, first, second, day=day)
        found = law_findings(planning, book, *shifts)
        return any(row.start == shifts[0].start for row in found)

    assert not of_first(32, 40)
    assert of_first(30, 42)
    assert not of_first(35, 37)
    assert of_first(35, 36)
    assert not of_first(36, 12)


def test_parts_below_32_hours_do_not_count() -> None:
    """42 + 30 hours: the window that opens after the 42 has 30 alone in seven days."""
    rule = provision(
        WeeklyRest,
        min_minutes=48 * 60,
        or_min_minutes=72 * 60,
        or_part_minutes=32 * 60,
    )
    book = book_of(pack_of(rule))
    planning = law_planning(AMSTERDAM, book, start="2027-03-01", end="2027-05-01")

    def slack(first: int, second: int) -> int | None:
        shifts = _fortnight(AMSTERDAM, first, second)
        facts = facts_of(planning, book, *shifts)
        agent = facts.agents["A1"]
        rows = weekly_rest(facts, agent, agent.law[0], rule)
        return next((row.slack for row in rows if row.span.start == shifts[0].start), None)

    assert slack(40, 32) == 0
    assert slack(42, 30) == (42 - 48) * 60
    assert slack(39, 32) == -60
    assert slack(47, 30) == -60
    assert slack(48, 30) == 0
    assert slack(50, 30) is None


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), min_size=1, max_size=12),
    st.integers(10, 50),
    st.integers(3, 7),
    st.none() | st.tuples(st.integers(20, 80), st.integers(5, 10), st.integers(8, 40)),
)
def test_weekly_rest_by_counting_hours(
    gaps: list[tuple[int, int]],
    least: int,
    days: int,
    other: tuple[int, int, int] | None,
) -> None:
    """Hour by hour: is there a rest long enough from each shift's start, one way or the other?"""
    either = {}
    if other is not None:
        either = {
            "or_min_minutes": other[0] * 60,
            "or_window_minutes": other[1] * 1440,
            "or_part_minutes": other[2] * 60,
        }
    rule = provision(WeeklyRest, min_minutes=least * 60, window_minutes=days * 1440, **either)
    book = book_of(pack_of(rule))
    planning = law_planning(KATHMANDU, book, start="2027-03-01", end="2027-06-01")
    at, hours = 0, []
    for gap, length in gaps:
        at += gap + (0 if not hours else 1)
        hours.append((at, at + length))
        at += length
    zero = utc("2027-03-05")
    shifts = [worked(zero + a * HOUR, (b - a) * 60, KATHMANDU) for a, b in hours]
    busy = {tick for a, b in hours for tick in range(a, b)}
    expected = set()
    for start, _ in hours:
        runs = _free_runs(busy, start, start + days * 24)
        kept = max(runs, default=0) >= least
        if other is not None:
            parts = _free_runs(busy, start, start + other[1] * 24)
            kept |= sum(run for run in parts if run >= other[2]) >= other[0]
        if not kept:
            expected.add(zero + start * HOUR)
    found = law_findings(planning, book, *shifts)
    assert {row.start for row in found} == expected


def _free_runs(busy: set[int], start: int, end: int) -> list[int]:
    runs, run = [], 0
    for tick in range(start, end):
        if tick in busy:
            runs.append(run)
            run = 0
        else:
            run += 1
    return [*runs, run]


def test_extended_nights_are_followed_by_twelve_hours() -> None:
    book = book_of(only("night_shift_hours"))
    planning = law_planning(AMSTERDAM, book)
    long_night = on(AMSTERDAM, "2027-03-23 20:00", 601)
    night = on(AMSTERDAM, "2027-03-23 20:00", 600)
    by_day = on(AMSTERDAM, "2027-03-23 06:00", 720)
    assert broken(planning, book, long_night, rested(long_night, 719)) == ["min_rest"]
    assert broken(planning, book, long_night, rested(long_night, 720)) == []
    assert broken(planning, book, night, rested(night, 60)) == []
    assert broken(planning, book, by_day, rested(by_day, 60)) == []


def test_the_rest_after_an_extended_shift_is_asked_of_shifts_under_the_limit() -> None:
    limit = next(row for row in NL.limits if row.name == "night_shift_hours")
    for day, rules in ((23, ["min_rest"]), (24, ["min_rest"]), (25, [])):
        book = book_of(replace(NL, limits=(replace(limit, valid_from=date(2027, 3, day)),)))
        planning = law_planning(AMSTERDAM, book)
        long_night = on(AMSTERDAM, "2027-03-23 20:00", 601)
        assert broken(planning, book, long_night, rested(long_night, 719)) == rules


@pytest.mark.parametrize(
    ("day", "rules"),
    [(21, []), (22, ["min_rest"]), (24, ["min_rest"]), (25, ["min_rest"]), (26, [])],
)
def test_a_rest_falls_under_a_limit_with_either_of_its_shifts(day: int, rules: list[str]) -> None:
    """The limit holds on 24 and 25 March; the second shift starts two dates after the first."""
    rule = provision(
        DailyRest, min_minutes=2880, valid_from=date(2027, 3, 24), valid_to=date(2027, 3, 26)
    )
    book = book_of(pack_of(rule))
    planning = law_planning(KATHMANDU, book, start="2027-03-15")
    first = on(KATHMANDU, f"2027-03-{day} 09:00", 240)
    assert broken(planning, book, first, rested(first, 2879)) == rules
    assert broken(planning, book, first, rested(first, 2880)) == []


def test_a_window_that_a_free_shift_opens_is_not_the_pins_fault() -> None:
    book = book_of(pack_of(provision(WeeklyRest, min_minutes=2160)))
    pinned = [on(AMSTERDAM, f"2027-03-{day} 09:00", 240) for day in range(23, 30)]
    planning = law_planning(AMSTERDAM, book, pins=tuple(pin(row) for row in pinned))
    found = law_findings(planning, book, *pinned)
    assert {row.pinned for row in found} == {True}
    free = on(AMSTERDAM, "2027-03-22 09:00", 240)
    found = law_findings(planning, book, free, *pinned)
    assert [(row.start, row.pinned) for row in found if row.start == free.start] == [
        (free.start, False)
    ]


def test_rests_of_history_alone_are_no_breach() -> None:
    rules = (
        provision(DailyRest, "a", min_minutes=660, reduced_minutes=600),
        provision(SeriesRest, "b", nights=1, gap_minutes=600, min_minutes=1200),
        provision(WeeklyRest, "c", min_minutes=2880, window_minutes=4320),
    )
    book = book_of(pack_of(*rules))
    nights = [on(AMSTERDAM, "2027-03-15 00:00", 300)]
    for _ in range(3):
        nights.append(rested(nights[-1], 640, 300))
    planning = law_planning(AMSTERDAM, book, history=as_history(*nights))
    assert broken(planning, book) == []
    assert broken(planning, book, on(AMSTERDAM, "2027-03-24 09:00", 240)) == []


def test_a_fortnight_that_history_began_badly_counts_with_the_roster_in_it() -> None:
    """No 36 hours in its seven days; the 72 in fourteen are the roster's to give."""
    book = book_of(only("weekly_rest"))
    past = [on(AMSTERDAM, f"2027-03-{day} 09:00", 600) for day in range(15, 22)]
    planning = law_planning(AMSTERDAM, book, history=as_history(*past))
    assert broken(planning, book) == []
    dense = [on(AMSTERDAM, f"2027-03-{day} 09:00", 600) for day in (23, 25, 27)]
    found = law_findings(planning, book, *dense)
    assert [row.start for row in found] == []
    worse = [on(AMSTERDAM, f"2027-03-{day} 09:00", 600) for day in range(22, 29)]
    found = law_findings(planning, book, *worse)
    assert past[0].start in [row.start for row in found]


def test_the_strictest_of_several_laws_is_told_and_the_others_named() -> None:
    eleven = pack_of(provision(DailyRest, min_minutes=660), pack_id="EU")
    policy = pack_of(provision(DailyRest, min_minutes=660), pack_id="policy", kind="policy")
    late = provision(DailyRest, "late", min_minutes=840, after_night_ending_after_minute=120)
    nights = pack_of(late, pack_id="NN", night=DUTCH_NIGHT)
    book = book_of(policy, eleven, nights)
    planning = law_planning(AMSTERDAM, book)
    first = from_to(AMSTERDAM, "2027-03-23 20:00", "2027-03-24 03:00")
    (finding,) = law_findings(planning, book, first, rested(first, 600))
    assert finding.limit == "14 h 00"
    words = dict(finding.params)
    assert words["law"] == "NN: Test act art. 1, named by the contract"
    assert words["also"] == "EU: Test act art. 1, named by the contract; company policy"
    assert words["reasons"] == "named"
    (finding,) = law_findings(planning, book, first, rested(first, 700))
    assert "also" not in dict(finding.params)
    assert finding.sentence.endswith("(NN: Test act art. 1, named by the contract)")
