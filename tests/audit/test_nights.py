"""What is a night shift and when it ends, at the boundaries and by reading the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.audit.nights import ends_after, is_night
from scheduler.domain import Shift
from scheduler.labour import DailyRest, Night
from scheduler.timegrid.zones import local_of

from .law_book import (
    NL,
    book_of,
    broken,
    facts_of,
    from_to,
    law_planning,
    only,
    pack_of,
    provision,
    rested,
    worked,
)
from .world import AMSTERDAM, KATHMANDU, SYDNEY, ZONES, utc

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAILY = book_of(only("daily_rest", "night_rest"))
SPRING = {"start": "2027-03-22", "end": "2027-04-12"}
AUTUMN = {"start": "2027-10-18", "end": "2027-11-15"}
LORD_HOWE = "Australia/Lord_Howe"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("start", "end", "night"),
    [
        ("2027-03-23 19:00", "2027-03-24 01:00", False),
        ("2027-03-23 19:00", "2027-03-24 01:01", True),
        ("2027-03-24 05:00", "2027-03-24 09:00", False),
        ("2027-03-24 04:59", "2027-03-24 09:00", True),
        ("2027-03-24 06:00", "2027-03-25 00:00", False),
    ],
)
def test_more_than_an_hour_makes_a_night_shift(
    zone: str, start: str, end: str, night: bool
) -> None:
    book = book_of(NL)
    facts = facts_of(law_planning(zone, book), book, from_to(zone, start, end))
    assert is_night(NL, facts.agents["A1"].duties[0]) == night


@pytest.mark.parametrize(
    ("shift", "night"),
    [
        (from_to(AMSTERDAM, "2027-03-28 01:45", "2027-03-28 03:45"), False),
        (from_to(AMSTERDAM, "2027-03-28 01:45", "2027-03-28 03:46"), True),
        (from_to(AMSTERDAM, "2027-10-31 02:30", "2027-10-31 03:30", folds=(1, 0)), False),
        (from_to(AMSTERDAM, "2027-10-31 02:30", "2027-10-31 02:31", folds=(0, 1)), True),
        (from_to(SYDNEY, "2027-10-03 01:30", "2027-10-03 03:30"), False),
        (from_to(SYDNEY, "2027-04-04 02:30", "2027-04-04 02:31", folds=(0, 1)), True),
        (from_to(LORD_HOWE, "2027-10-03 01:45", "2027-10-03 03:15"), False),
        (from_to(LORD_HOWE, "2027-10-03 01:45", "2027-10-03 03:16"), True),
    ],
)
def test_the_hour_of_night_is_elapsed_over_clock_changes(shift: Shift, night: bool) -> None:
    book = book_of(NL)
    planning = law_planning(shift.zone, book, start="2027-03-01", end="2027-12-01")
    facts = facts_of(planning, book, shift)
    assert is_night(NL, facts.agents["A1"].duties[0]) == night


@given(
    st.sampled_from([AMSTERDAM, SYDNEY, KATHMANDU, LORD_HOWE, "America/Paramaribo"]),
    st.sampled_from(["2027-03-27", "2027-04-03", "2027-10-02", "2027-10-30", "2027-06-01"]),
    st.integers(0, 95),
    st.integers(10, 800),
    st.sampled_from([(0, 360), (1320, 360), (1200, 360), (60, 300)]),
    st.integers(0, 90),
    st.booleans(),
    st.integers(60, 240),
)
def test_nights_by_reading_the_clock_every_minute(
    zone: str,
    day: str,
    quarter: int,
    minutes: int,
    window: tuple[int, int],
    over: int,
    half: bool,
    late: int,
) -> None:
    """Minutes inside are counted one by one; of the last one the date of its night is taken."""
    opens, closes = window
    night = provision(
        Night, from_minute=opens, until_minute=closes, over_minutes=over, over_half=half
    )
    pack = pack_of(night=night)
    book = book_of(pack)
    begin = utc(day) + quarter * 15 * MINUTE
    planning = law_planning(zone, book, start="2027-03-01", end="2027-12-01")
    (duty,) = facts_of(planning, book, worked(begin, minutes, zone)).agents["A1"].duties
    inside = []
    for tick in range(minutes):
        wall = local_of(begin + tick * MINUTE, zone).wall
        evening = opens > closes and wall.minute >= opens
        if (
            evening
            or (opens < closes and opens <= wall.minute < closes)
            or (opens > closes and wall.minute < closes)
        ):
            inside.append(wall.day + timedelta(days=evening))
    expected = 2 * len(inside) > minutes if half else len(inside) > over
    assert is_night(pack, duty) == expected
    if expected:
        last = max(inside)
        reached = instant_reached(duty.start - 26 * HOUR, last, late, zone)
        assert ends_after(pack, duty, late) == (reached < duty.end)
    else:
        assert not ends_after(pack, duty, late)


def instant_reached(since: datetime, day: object, minute: int, zone: str) -> datetime:
    """The first minute at which a clock shows that time of that date, or a later one."""
    now = since
    while True:
        wall = local_of(now, zone).wall
        if wall.day > day or (wall.day == day and wall.minute >= minute):  # type: ignore[operator]
            return now
        now += MINUTE


@pytest.mark.parametrize(
    ("end", "fold", "late"),
    [
        ("2027-03-28 03:00", 0, False),
        ("2027-03-28 03:01", 0, True),
        ("2027-10-31 02:00", 0, False),
        ("2027-10-31 02:00", 1, True),
    ],
)
def test_two_o_clock_where_it_is_skipped_or_comes_twice(end: str, fold: int, late: bool) -> None:
    strict = provision(DailyRest, min_minutes=840, after_night_ending_after_minute=120)
    book = book_of(pack_of(strict))
    planning = law_planning(AMSTERDAM, book, start="2027-03-01", end="2027-12-01")
    day = f"{end[:8]}{int(end[8:10]) - 1} 21:00"
    first = from_to(AMSTERDAM, day, end, folds=(0, fold))
    assert broken(planning, book, first, rested(first, 839)) == (["min_rest"] if late else [])
    assert broken(planning, book, first, rested(first, 840)) == []


@pytest.mark.parametrize(
    ("start", "end", "late"),
    [
        ("2027-03-23 16:00", "2027-03-23 23:30", False),
        ("2027-03-23 20:00", "2027-03-24 02:00", False),
        ("2027-03-23 20:00", "2027-03-24 02:01", True),
        ("2027-03-23 04:30", "2027-03-23 22:00", True),
        ("2027-03-23 04:30", "2027-03-23 22:01", False),
    ],
)
def test_the_end_of_a_night_that_begins_in_the_evening(start: str, end: str, late: bool) -> None:
    """What counts is 02:00 of the date on which the last night touched ends."""
    pack = pack_of(night=provision(Night, from_minute=1320, until_minute=360, over_minutes=60))
    book = book_of(pack)
    planning = law_planning(SYDNEY, book)
    (duty,) = facts_of(planning, book, from_to(SYDNEY, start, end)).agents["A1"].duties
    assert is_night(pack, duty)
    assert ends_after(pack, duty, 120) == late


def test_more_than_half_of_a_shift_makes_it_a_night_shift() -> None:
    half = provision(Night, from_minute=1200, until_minute=360, over_half=True)
    pack = pack_of(night=half)
    book = book_of(pack)
    planning = law_planning(AMSTERDAM, book)
    for start, night in (("16:00", False), ("16:01", True)):
        shift = from_to(AMSTERDAM, f"2027-03-23 {start}", "2027-03-24 00:00")
        (duty,) = facts_of(planning, book, shift).agents["A1"].duties
        assert is_night(pack, duty) == night
