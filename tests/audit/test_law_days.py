"""Nights, Sundays, series, days and notice at their boundaries, and the scope of each limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.domain import Announcement, Location, Shift
from scheduler.labour import (
    AverageHours,
    ConsecutiveDays,
    DayHours,
    FreeSundays,
    MinEngagement,
    NightCount,
    NoWork,
    RuleBook,
    SeriesShifts,
    ShiftHours,
    WeekHours,
)

from .law_book import (
    as_history,
    book_of,
    broken,
    from_to,
    law_findings,
    law_planning,
    on,
    only,
    pack_of,
    provision,
    split_at_horizon,
    worked,
)
from .world import AMSTERDAM, KATHMANDU, SYDNEY, ZONES, pin

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LONG_AGO = date(2025, 1, 1)
MONDAY = date(2027, 3, 22)
BREAKS = book_of(only("break_30", "break_45"))


@pytest.mark.parametrize("zone", ZONES)
def test_a_series_with_a_night_has_seven_shifts(zone: str) -> None:
    book = book_of(only("night_series", "night_series_collective"))
    planning = law_planning(zone, book)
    days = [on(zone, f"2027-03-{day} 16:00", 300) for day in range(22, 28)]
    night = on(zone, "2027-03-28 20:00", 360)
    more = [on(zone, f"2027-03-{day} 20:00", 180) for day in (29, 30)]
    assert broken(planning, book, *days, night) == []
    (finding,) = law_findings(planning, book, *days, night, more[0])
    assert (finding.rule, finding.measured, finding.limit) == ("series_shifts", "8", "7")
    by_day = [*days, on(zone, "2027-03-28 16:00", 300), *more]
    assert broken(planning, book, *by_day) == []
    scheme = book_of(book.packs["NL"], permits=["NL.eighth_shift"])
    assert broken(planning, scheme, *days, night, more[0]) == []
    assert broken(planning, scheme, *days, night, *more) == ["series_shifts"]
    rested = worked(night.end + 36 * HOUR, 180, zone)
    assert broken(planning, book, *days, night, rested) == []
    assert broken(planning, book, *days, night, worked(rested.start - MINUTE, 180, zone)) == [
        "series_shifts"
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_nights_that_end_after_two_in_so_many_weeks(zone: str) -> None:
    rule = provision(NightCount, max_count=3, weeks=2, ending_after_minute=120)
    book = book_of(pack_of(rule))
    planning = law_planning(zone, book, history_from=LONG_AGO)
    late = [
        from_to(zone, f"2027-03-{day} 21:00", f"2027-03-{day + 1} 02:01") for day in (22, 24, 26)
    ]
    early = [from_to(zone, f"2027-03-{day} 21:00", f"2027-03-{day + 1} 02:00") for day in (23, 25)]
    assert broken(planning, book, *late, *early) == []
    fourth = from_to(zone, "2027-04-03 21:00", "2027-04-04 03:30")
    (finding,) = law_findings(planning, book, *late, *early, fourth)
    assert (finding.rule, finding.measured) == ("night_count", "4")
    assert "4 night shifts that end after 02:00 in 2 weeks from Monday 2027-03-22" in (
        finding.sentence
    )


def test_thirty_six_nights_in_sixteen_weeks_and_their_share() -> None:
    book = book_of(only("night_count"))
    planning = law_planning(AMSTERDAM, book, start="2027-03-22", end="2027-03-29")
    counts = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 3]

    def nights(counts: list[int]) -> list[Shift]:
        return [
            on(AMSTERDAM, f"{MONDAY - (15 - week) * WEEK + k * DAY} 21:00", 360)
            for week, count in enumerate(counts)
            for k in range(count)
        ]

    full, kept = split_at_horizon(planning, nights(counts))
    assert broken(full, book, *kept) == []
    over, kept = split_at_horizon(planning, nights([*counts[:-1], 4]))
    assert broken(over, book, *kept) == ["night_count"]
    share = replace(planning, history_from=date(2027, 3, 15))
    assert broken(share, book, *nights([0] * 15 + [4])) == []
    assert broken(share, book, *nights([0] * 15 + [5])) == ["night_count"]


@pytest.mark.parametrize(
    ("zone", "touching", "clear"),
    [
        (AMSTERDAM, ("2027-03-27 20:00", 241), ("2027-03-27 20:00", 240)),
        (AMSTERDAM, ("2027-03-28 23:59", 240), ("2027-03-29 00:00", 240)),
        (SYDNEY, ("2027-04-03 20:00", 241), ("2027-04-03 20:00", 240)),
        (KATHMANDU, ("2027-03-28 23:59", 240), ("2027-03-29 00:00", 240)),
    ],
)
def test_a_sunday_lasts_from_midnight_to_midnight(
    zone: str, touching: tuple[str, int], clear: tuple[str, int]
) -> None:
    rule = provision(FreeSundays, min_count=2, weeks=2)
    book = book_of(pack_of(rule))
    planning = law_planning(
        zone, book, start="2027-03-22", end="2027-04-12", history_from=date(2027, 1, 1)
    )
    assert broken(planning, book, on(zone, *clear)) == []
    found = law_findings(planning, book, on(zone, *touching))
    assert {row.rule for row in found} == {"free_sundays"}


def test_thirteen_free_sundays_in_52_weeks_by_history_and_share() -> None:
    book = book_of(only("free_sundays"))
    planning = law_planning(AMSTERDAM, book, start="2027-03-22", end="2027-03-29")
    sundays = [on(AMSTERDAM, f"{date(2027, 3, 28) - k * WEEK} 09:00", 240) for k in range(40)]
    full, kept = split_at_horizon(replace(planning, history_from=date(2026, 3, 1)), sundays[:39])
    assert broken(full, book, *kept) == []
    full, kept = split_at_horizon(replace(planning, history_from=date(2026, 3, 1)), sundays)
    (finding,) = law_findings(full, book, *kept)
    assert (finding.rule, finding.measured, finding.limit) == ("free_sundays", "40", "39")
    assert "; at most 39, so that 13 stay free (NL: " in finding.sentence
    short, kept = split_at_horizon(replace(planning, history_from=date(2027, 3, 1)), sundays[:3])
    assert broken(short, book, *kept) == []
    short, kept = split_at_horizon(replace(planning, history_from=date(2027, 3, 1)), sundays[:4])
    (finding,) = law_findings(short, book, *kept)
    assert "; at most 3, the share of the known weeks (NL: " in finding.sentence


def test_a_sunday_where_the_agent_is_at_noon() -> None:
    """Off to Sydney from Sunday on: its Sunday begins on Saturday afternoon in Amsterdam."""
    rule = provision(FreeSundays, min_count=1, weeks=1)
    book = book_of(pack_of(rule))
    stay = Location("A1", date(2027, 3, 28), SYDNEY, "AU", subdivision="AU-NSW")
    saturday = on(AMSTERDAM, "2027-03-27 09:00", 300)
    planning = law_planning(AMSTERDAM, book, locations=(stay,))
    assert broken(planning, book, saturday) == []
    longer = on(AMSTERDAM, "2027-03-27 09:00", 301)
    assert broken(planning, book, longer) == ["free_sundays"]
    assert broken(law_planning(AMSTERDAM, book), book, longer) == []


def test_a_sunday_of_who_leaves_on_that_morning() -> None:
    """Honolulu's Sunday begins at noon in Amsterdam: the morning there is Saturday's."""
    rule = provision(FreeSundays, min_count=1, weeks=1)
    book = book_of(pack_of(rule))
    stay = Location("A1", date(2027, 3, 28), "Pacific/Honolulu", "US")
    planning = law_planning(AMSTERDAM, book, locations=(stay,))
    assert broken(planning, book, on(AMSTERDAM, "2027-03-28 06:00", 240)) == []
    assert broken(planning, book, on("Pacific/Honolulu", "2027-03-28 23:59", 60)) == [
        "free_sundays"
    ]


def test_days_in_a_row_of_history_pins_and_roster() -> None:
    book = book_of(pack_of(provision(ConsecutiveDays, max_days=3)))
    days = [on(AMSTERDAM, f"2027-03-{day} 09:00", 60) for day in range(19, 27)]
    planning = law_planning(AMSTERDAM, book, history=as_history(*days[:3]))
    assert broken(planning, book, *days[4:7]) == []
    assert broken(planning, book) == []
    (finding,) = law_findings(planning, book, days[3])
    assert (finding.rule, finding.measured) == ("days_in_row", "4")
    assert finding.start == days[0].start
    pins = replace(planning, pins=(pin(days[3]), pin(days[4])))
    found = law_findings(pins, book, days[3], days[4])
    assert [(row.measured, row.pinned) for row in found] == [("5", True)]
    found = law_findings(pins, book, *days[3:6])
    assert sorted((row.measured, row.pinned) for row in found) == [("4", False), ("5", True)]


def test_no_work_on_sundays_and_holidays_of_the_place() -> None:
    rule = provision(NoWork, weekdays=(7,), holidays=True)
    book = book_of(pack_of(rule))
    stay = Location("A1", date(2027, 4, 26), AMSTERDAM, "NL")
    planning = law_planning(
        KATHMANDU, book, start="2027-04-19", end="2027-05-03", locations=(stay,)
    )
    assert broken(planning, book, from_to(KATHMANDU, "2027-04-24 20:00", "2027-04-25 00:00")) == []
    (finding,) = law_findings(
        planning, book, from_to(KATHMANDU, "2027-04-24 20:00", "2027-04-25 00:01")
    )
    assert (finding.rule, finding.measured) == ("no_work", "Sun 25 Apr 2027")
    eve = from_to(AMSTERDAM, "2027-04-26 20:00", "2027-04-27 00:00")
    assert broken(planning, book, eve) == []
    (finding,) = law_findings(planning, book, worked(eve.start, 241, AMSTERDAM))
    assert finding.measured == "Tue 27 Apr 2027, King's Day"
    at_home = replace(planning, locations=())
    assert broken(at_home, book, worked(eve.start, 241, KATHMANDU)) == []
    weekday_only = book_of(pack_of(provision(NoWork, weekdays=(7,))))
    assert broken(planning, weekday_only, worked(eve.start, 241, AMSTERDAM)) == []


@pytest.mark.parametrize("zone", ZONES)
def test_notice_of_28_days_or_4_with_days_off_known(zone: str) -> None:
    book = book_of(only("notice"))
    shift = on(zone, "2027-03-23 00:30", 240)

    def told(times: int, rest_days: int | None = None) -> list[str]:
        told_on = None if rest_days is None else date(2027, 3, 23) - rest_days * DAY
        announced = Announcement(date(2027, 3, 23) - times * DAY, told_on)
        return broken(law_planning(zone, book, announced=announced), book, shift)

    assert told(28) == []
    assert told(28, 20) == []
    assert told(27) == ["notice"]
    assert told(27, 28) == []
    assert told(27, 27) == ["notice"]
    assert told(4, 28) == []
    assert told(3, 28) == ["notice"]
    assert broken(law_planning(zone, book), book, shift) == []


def test_series_of_the_law_s_scope_only() -> None:
    """A limit valid from a date: what starts before does not fall under it."""
    rule = provision(SeriesShifts, max_shifts=2, gap_minutes=1440, valid_from=date(2027, 3, 25))
    book = book_of(pack_of(rule))
    planning = law_planning(AMSTERDAM, book)
    shifts = [on(AMSTERDAM, f"2027-03-{day} 09:00", 60) for day in (22, 23, 24)]
    assert broken(planning, book, *shifts) == []
    assert broken(planning, book, *shifts, on(AMSTERDAM, "2027-03-25 00:00", 60)) == [
        "series_shifts"
    ]


def _in_scope(rule: object, days: tuple[int, ...], minutes: int) -> tuple[RuleBook, list[Shift]]:
    book = book_of(pack_of(rule))  # type: ignore[arg-type]
    return book, [on(AMSTERDAM, f"2027-03-{day} 09:00", minutes) for day in days]


@pytest.mark.parametrize(
    ("kind", "numbers", "days", "minutes", "rule"),
    [
        (ShiftHours, {"max_minutes": 60}, (23,), 61, "shift_hours"),
        (DayHours, {"max_minutes": 60}, (23,), 61, "day_hours"),
        (DayHours, {"max_minutes": 60, "rolling": True}, (23,), 61, "day_hours"),
        (WeekHours, {"max_minutes": 60}, (23,), 61, "week_hours"),
        (WeekHours, {"max_minutes": 60, "rolling": True}, (23,), 61, "week_hours"),
        (AverageHours, {"max_minutes_week": 30, "weeks": 1}, (23,), 61, "average_hours"),
        (ConsecutiveDays, {"max_days": 2}, (22, 23, 24), 60, "days_in_row"),
        (MinEngagement, {"min_minutes": 120}, (23,), 60, "min_engagement"),
        (NoWork, {"weekdays": (2,)}, (23,), 60, "no_work"),
    ],
)
def test_scopes(
    kind: type, numbers: dict[str, object], days: tuple[int, ...], minutes: int, rule: str
) -> None:
    """Valid on the shift's date, only before it, and only in the weeks after it."""
    for valid, expected in (
        ({}, [rule]),
        ({"valid_from": date(2027, 3, 22), "valid_to": date(2027, 3, 25)}, [rule]),
        ({"valid_to": date(2027, 3, 15)}, []),
        ({"valid_from": date(2027, 4, 1)}, []),
    ):
        book, shifts = _in_scope(provision(kind, **numbers, **valid), days, minutes)
        assert broken(law_planning(AMSTERDAM, book), book, *shifts) == expected


def test_a_week_holds_when_a_part_of_it_is_in_scope() -> None:
    """Monday's work counts under a limit valid from Sunday; by a shift's own scope it would not."""
    for valid, expected in ((28, ["week_hours"]), (29, [])):
        rule = provision(WeekHours, max_minutes=60, valid_from=date(2027, 3, valid))
        book, shifts = _in_scope(rule, (22,), 61)
        assert broken(law_planning(AMSTERDAM, book), book, *shifts) == expected
    for valid, expected in ((28, []), (22, ["shift_hours"]), (23, [])):
        rule = provision(ShiftHours, max_minutes=60, valid_from=date(2027, 3, valid))
        book, shifts = _in_scope(rule, (22,), 61)
        assert broken(law_planning(AMSTERDAM, book), book, *shifts) == expected


def test_history_alone_is_no_breach() -> None:
    rules = (
        provision(ShiftHours, "a", max_minutes=60),
        provision(DayHours, "b", max_minutes=60, rolling=True),
        provision(WeekHours, "c", max_minutes=60),
        provision(ConsecutiveDays, "d", max_days=1),
        provision(SeriesShifts, "e", max_shifts=1, gap_minutes=1440),
        provision(NoWork, "f", weekdays=(1, 2)),
        provision(MinEngagement, "g", min_minutes=180, valid_to=date(2027, 3, 24)),
    )
    book = book_of(pack_of(*rules))
    past = [on(AMSTERDAM, f"2027-03-{day} 09:00", 61) for day in (22, 23)]
    planning = law_planning(AMSTERDAM, book, start="2027-03-24", history=as_history(*past))
    assert broken(planning, book) == []
    assert broken(planning, book, on(AMSTERDAM, "2027-03-26 09:00", 10)) == ["week_hours"]
