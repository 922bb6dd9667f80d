"""Shifts on the nights on which clocks change, by figures worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.domain import (
    Availability,
    ClockChange,
    Horizon,
    Planning,
    ShiftPolicy,
    TimeOff,
    WakingHours,
    WallTime,
    Wish,
)
from tests.builders import make_agent, make_contract, make_planning, make_site, utc

from .books import compile_plain


def one_night(zone: str, start: date, end: date, **overrides: object) -> Planning:
    """One agent who may work at any hour; shifts of 8 hours from every full hour."""
    site = make_site(zone)
    fields: dict[str, object] = {
        "horizon": Horizon(start, end, zone),
        "sites": (site,),
        "agents": (make_agent("a1", site.site_id),),
        "contracts": (make_contract(night_allowed=True),),
        "shifts": ShiftPolicy(480, 480, 60, 60),
        "break_rules": (),
    }
    return make_planning(**(fields | overrides))


def shifts(planning: Planning) -> list[tuple[str, str, int]]:
    """Start (UTC), end (UTC) and own-night cents of every option."""
    compiled = compile_plain(planning)
    table, grid = compiled.problem.options, compiled.grid
    return [
        (
            f"{grid.instant_of(int(start)):%dT%H:%M}",
            f"{grid.instant_of(int(end)):%dT%H:%M}",
            int(cents),
        )
        for start, end, cents in zip(table.start, table.end, table.own_night_cents, strict=True)
    ]


def test_spring_night_in_amsterdam() -> None:
    found = shifts(one_night("Europe/Amsterdam", date(2027, 3, 28), date(2027, 3, 29)))
    # 00:00 and 01:00 winter time, none at 02:00, then 03:00 to 23:00 summer time.
    assert len(found) == 23
    starts = [start for start, _, _ in found]
    assert starts[:4] == ["27T23:00", "28T00:00", "28T01:00", "28T02:00"]
    # 00:00 to 09:00 on the clock are 8 hours: six of them before 07:00, at 15 EUR.
    assert found[0] == ("27T23:00", "28T07:00", 6 * 1500)


def test_autumn_night_in_amsterdam() -> None:
    found = shifts(one_night("Europe/Amsterdam", date(2027, 10, 31), date(2027, 11, 1)))
    assert len(found) == 25
    # 02:00 is there twice; from 00:00 it is 8 hours to 07:00, all of them before 07:00.
    assert [start for start, _, _ in found][:4] == ["30T22:00", "30T23:00", "31T00:00", "31T01:00"]
    assert found[0] == ("30T22:00", "31T06:00", 8 * 1500)


def test_keeping_the_local_end_in_amsterdam() -> None:
    policy = ShiftPolicy(480, 480, 60, 60, ClockChange.KEEP_LOCAL_END)
    spring = shifts(
        one_night("Europe/Amsterdam", date(2027, 3, 27), date(2027, 3, 28), shifts=policy)
    )
    assert ("27T21:00", "28T04:00", 6 * 1500) in spring  # 22:00 to 06:00 in 7 hours
    assert ("27T17:00", "28T01:00", 3 * 1500) in spring  # ends 02:00, which is skipped: 03:00
    autumn = shifts(
        one_night("Europe/Amsterdam", date(2027, 10, 30), date(2027, 10, 31), shifts=policy)
    )
    assert ("30T20:00", "31T05:00", 8 * 1500) in autumn  # 22:00 to 06:00 in 9 hours
    assert ("30T16:00", "31T00:00", 3 * 1500) in autumn  # ends 02:00, the first one


def test_lord_howe_changes_by_half_an_hour() -> None:
    found = shifts(one_night("Australia/Lord_Howe", date(2027, 4, 3), date(2027, 4, 4)))
    # 22:00 (+11) to 05:30 (+10:30) are 8 hours, 7 of them after 23:00.
    assert ("03T11:00", "03T19:00", 7 * 1500) in found
    policy = ShiftPolicy(480, 480, 60, 60, ClockChange.KEEP_LOCAL_END)
    kept = shifts(
        one_night("Australia/Lord_Howe", date(2027, 4, 3), date(2027, 4, 4), shifts=policy)
    )
    assert ("03T11:00", "03T19:30", 7 * 1500 + 750) in kept  # 8.5 hours


def test_kathmandu_lies_on_the_grid_of_an_amsterdam_horizon() -> None:
    site = make_site("Asia/Kathmandu")
    planning = make_planning(
        sites=(site,), agents=(make_agent("a1", site.site_id),), shifts=ShiftPolicy(480, 480)
    )
    starts = [start for start, _, _ in shifts(planning)]
    # The horizon starts at 04:45 in Kathmandu; the first waking start is 07:00 there.
    assert starts[:2] == ["01T01:15", "01T01:45"]


def test_sydney_days_are_those_of_sydney() -> None:
    """The horizon of Amsterdam holds eight local dates of Sydney, two of them in part."""
    site = make_site("Australia/Sydney")
    planning = make_planning(sites=(site,), agents=(make_agent("a1", site.site_id),))
    compiled = compile_plain(planning)
    assert compiled.people[0].first_date == date(2027, 3, 1)
    assert compiled.problem.agents[0].days == 8
    table = compiled.problem.options
    assert int(table.start[0]) == 0  # 10:00 of Monday in Sydney
    last = table.day == 7
    assert table.start[last].max() < compiled.problem.slots
    assert table.end.max() > compiled.problem.slots


@pytest.mark.parametrize(
    ("end_minute", "first_start"),
    [(120, "31T01:00"), (150, "31T02:00")],
)
def test_time_off_ends_with_the_second_pass(end_minute: int, first_start: str) -> None:
    """Off until 02:00 or 02:30 of an hour that comes twice: back on its second pass."""
    day = date(2027, 10, 31)
    off = TimeOff("a1", WallTime(day, 0), WallTime(day, end_minute), "leave")
    found = shifts(one_night("Europe/Amsterdam", day, date(2027, 11, 1), time_off=(off,)))
    assert found[0][0] == first_start


def test_windows_open_with_the_first_pass() -> None:
    """Available, awake and wished from 02:30 on, a time that comes twice: the first counts."""
    day = date(2027, 10, 31)
    policy = ShiftPolicy(480, 480, 60, 30)
    planning = one_night(
        "Europe/Amsterdam",
        day,
        date(2027, 11, 1),
        shifts=policy,
        waking_hours=WakingHours(150, 1440),
        contracts=(make_contract(),),
        availability=(Availability("a1", 150, 1440, available=True, day=day),),
        wishes=(Wish("a1", want=True, strength=3, from_minute=150, day=day),),
    )
    compiled = compile_plain(planning)
    assert compiled.grid.start == utc("2027-10-30T22:00")
    assert compiled.problem.options.start[:4].tolist() == [10, 12, 14, 16]
    assert not compiled.problem.options.wish_cents.any()
    assert compiled.problem.agents[0].off_cents == (3 * planning.weights.wish_cents,)
