"""The Dutch working-time act at its edges, compiled and judged on rosters made by hand.

The same rosters in several zones, the act named by the contract: it is judged on the clock of the
place of work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from scheduler.domain import Announcement, Horizon, PastShift, ShiftPolicy
from scheduler.labour import BreakTime
from scheduler.planning import Compiled, compile_problem
from scheduler.planning.breaks import BreakDemand, pause_of
from scheduler.planning.nights import NightHours, Nights
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.zones import local_of, start_of_day
from solver import Choice, SlotRoster, check
from tests.builders import (
    MONDAY,
    make_agent,
    make_contract,
    make_past_shift,
    make_planning,
    make_site,
)

from .books import netherlands

ZONES = ("Europe/Amsterdam", "Australia/Sydney", "America/Paramaribo", "Asia/Kathmandu")
NL = netherlands()

# Sundays on which the clock changes, and a plain one.
SPRING, AUTUMN = ("Europe/Amsterdam", date(2027, 3, 28)), ("Europe/Amsterdam", date(2027, 10, 31))
SYDNEY_AUTUMN, SYDNEY_SPRING = (
    ("Australia/Sydney", date(2027, 4, 4)),
    ("Australia/Sydney", date(2027, 10, 3)),
)


def compiled(
    zone: str,
    *,
    start: date = MONDAY,
    days: int = 14,
    lengths: tuple[int, int] = (360, 660),
    **own: Any,
) -> Compiled:
    """One agent who may work at any hour of any day, new unless there is a history."""
    site = make_site(zone, country="XX")
    contract = make_contract(
        min_minutes_week=0,
        target_minutes_week=0,
        max_minutes_week=7 * 1440,
        night_allowed=True,
        rule_packs=("NL",),
    )
    fields: dict[str, Any] = {
        "horizon": Horizon(start, start + timedelta(days=days), zone),
        "sites": (site,),
        "contracts": (replace(contract, **own.pop("contract", {})),),
        "agents": (
            make_agent("a1", site.site_id, employed_from=None if "history" in own else start),
        ),
        "shifts": ShiftPolicy(lengths[0], lengths[1], 60, 60),
        "break_rules": (),
    }
    return compile_problem(make_planning(**(fields | own)), NL)


def broken(found: Compiled, *shifts: tuple[date, float, float]) -> set[str]:
    """Rules broken by a roster of shifts, each by date, hour of the clock and hours of length."""
    table, grid = found.problem.options, found.grid
    zone = found.people[0].timeline[0].zone
    starts = [
        (local.wall.day, local.wall.minute)
        for local in (local_of(grid.instant_of(int(slot)), zone) for slot in table.start)
    ]
    choices = []
    for day, hour, hours in shifts:
        [row, *_] = [
            row
            for row, shown in enumerate(starts)
            if shown == (day, hour * 60) and table.end[row] - table.start[row] == hours * 4
        ]
        choices.append(Choice(0, int(table.day[row]), row, int(table.break_from[row])))
    return {each.rule for each in check(found.problem, SlotRoster(tuple(choices)))}


def after(days: int, start: date = MONDAY) -> date:
    return start + timedelta(days=days)


def paid(found: Compiled) -> dict[tuple[int, int], int]:
    """Paid minutes by day index and elapsed minutes."""
    table = found.problem.options
    rows = zip(table.day, table.end - table.start, table.paid_minutes, strict=True)
    return {(int(day), 15 * int(slots)): int(minutes) for day, slots, minutes in rows}


@pytest.mark.parametrize(
    ("work", "minutes"), [(330, 0), (331, 30), (600, 30), (601, 45), (720, 45)]
)
def test_breaks_by_work(work: int, minutes: int) -> None:
    """A shift of that much work and its break; no company rule speaks."""
    demands = tuple(
        BreakDemand(limit.over_minutes, limit.min_minutes, limit.within_minutes, 0, 1)
        for limit in NL.packs["NL"].limits
        if isinstance(limit, BreakTime)
    )
    assert pause_of((), demands, work + minutes).minutes == minutes
    assert pause_of((), demands, work + minutes).unpaid_minutes == minutes


def _bounds(zone: str) -> tuple[Any, Any]:
    return start_of_day(MONDAY, zone), start_of_day(after(7), zone)


@pytest.mark.parametrize("zone", ZONES)
def test_breaks_of_options(zone: str) -> None:
    """5.5 h need no break; a shift of 5 h 45 with 15 minutes has no more than 5.5 h of work."""
    found = paid(compiled(zone, lengths=(330, 720), shifts=ShiftPolicy(330, 720, 15, 60)))
    assert [found[2, length] for length in (330, 345, 360, 630, 645, 660)] == [
        330,
        330,
        330,
        600,
        600,
        615,
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_nights_to_the_minute(zone: str) -> None:
    """More than one hour between 00:00 and 06:00; ends after 02:00."""
    grid = SlotGrid.over(*_bounds(zone))
    nights = Nights(
        zone, NightHours(0, 360, 60, False), grid=grid, dates=[after(day - 1) for day in range(9)]
    )
    first = 1440  # Tuesday, midnight
    start = np.array([first - 240] * 5 + [first + 240, first + 300, first + 299])
    end = np.array([first + 60, first + 61, first + 120, first + 121, first - 60]) + 0
    end = np.concatenate((end, [first + 900, first + 900, first + 900]))
    assert nights.is_night(start, end).tolist() == [
        False, True, True, True, False, True, False, True
    ]  # fmt: skip
    assert nights.ends_after(start, end, 120).tolist() == [
        False, False, False, True, False, True, False, True
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "night_hours"),
    [(*SPRING, 5), (*AUTUMN, 7), (*SYDNEY_AUTUMN, 7), (*SYDNEY_SPRING, 5)],
)
def test_a_night_over_a_clock_change_is_an_hour_off(zone: str, day: date, night_hours: int) -> None:
    """Elapsed time counts: the first hour after midnight is an hour, the whole night 5 or 7."""
    start = start_of_day(day, zone)
    grid = SlotGrid.over(start, start_of_day(after(2, day), zone))
    whole = NightHours(0, 360, night_hours * 60 - 1, False)
    dates = [after(count, day) for count in range(-1, 3)]
    row = np.array([-120]), np.array([600])
    assert Nights(zone, whole, grid=grid, dates=dates).is_night(*row).tolist() == [True]
    more = replace(whole, over_minutes=night_hours * 60)
    assert Nights(zone, more, grid=grid, dates=dates).is_night(*row).tolist() == [False]


@pytest.mark.parametrize("zone", ZONES)
def test_a_night_shift_has_at_most_ten_hours_but_five_in_a_fortnight(zone: str) -> None:
    found = compiled(zone, lengths=(660, 780))
    table = found.problem.options
    minutes = {
        (int(start) % 96 // 4, int(end - start)): int(paid)
        for start, end, paid in zip(table.start, table.end, table.paid_minutes, strict=True)
    }
    assert minutes[20, 44] == 615  # a longer night, with 45 minutes of break
    assert (20, 52) not in minutes  # 12 h 15 of work
    longer = [(after(day), 16, 11) for day in (0, 2, 4, 7, 9)]  # to 03:00: ends after 02:00
    assert "CountLimit" not in broken(found, *longer)
    assert "CountLimit" in broken(found, *longer, (after(11), 16, 11))
    assert "CountLimit" not in broken(found, *longer, (after(11), 9, 11))


@pytest.mark.parametrize("zone", ZONES)
def test_rest_after_a_night(zone: str) -> None:
    """Ends at 02:00: 12 hours are rest enough; at 03:00 only as the one exception of the week."""
    found = compiled(zone)
    assert not broken(found, (after(1), 18, 8), (after(2), 14, 6), (after(4), 20, 6))
    late = (after(1), 19, 8), (after(2), 15, 6)
    assert not broken(found, *late)
    # Another short rest begins within 7 x 24 h: 10 h after a day shift.
    short = (after(6), 14, 8), (after(7), 8, 6)
    assert broken(found, *late, *short) == {"ShortRests"}
    assert not broken(found, (after(1), 18, 8), (after(2), 14, 6), *short)


@pytest.mark.parametrize("zone", ZONES)
def test_a_rest_of_ten_hours_once_in_a_week(zone: str) -> None:
    """From 20:00 to 06:00 on Monday; then again six or seven days later, or 7 hours."""
    found = compiled(zone)
    first = (after(0), 12, 8), (after(1), 6, 6)
    assert not broken(found, *first)
    assert broken(found, *first, (after(6), 12, 8), (after(7), 6, 6)) == {"ShortRests"}
    assert not broken(found, *first, (after(7), 12, 8), (after(8), 6, 6))
    assert "MinRest" in broken(found, (after(0), 15, 8), (after(1), 6, 6))


@pytest.mark.parametrize(("zone", "day"), [SPRING, AUTUMN, SYDNEY_AUTUMN, SYDNEY_SPRING])
def test_rest_is_elapsed_time(zone: str, day: date) -> None:
    """20:00 to 07:00 over the change are 10 or 12 hours: short in spring only."""
    monday = after(-6, day)
    found = compiled(zone, start=monday)
    saturday, spring = (
        after(5, monday),
        day.month in (3, 10)
        and (zone, day)
        in (
            SPRING,
            SYDNEY_SPRING,
        ),
    )
    roster = (saturday, 12, 8), (day, 7, 6), (after(7, monday), 12, 8), (after(8, monday), 6, 6)
    assert broken(found, *roster) == ({"ShortRests"} if spring else set())


@pytest.mark.parametrize("zone", ZONES)
def test_rest_after_three_nights(zone: str) -> None:
    """The last one ends on Tuesday at 06:00: next start Thursday at 04:00 at the earliest."""
    found = compiled(zone)
    nights = [(after(day), 22, 8) for day in (5, 6, 7)]
    assert not broken(found, *nights, (after(10), 4, 6))
    assert broken(found, *nights, (after(10), 3, 6)) == {"SeriesRest"}
    assert not broken(found, *nights[1:], (after(10), 3, 6))
    assert not broken(found, *nights, (after(8), 22, 6))  # a fourth night follows


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [(*SPRING, 5), (*AUTUMN, 3), (*SYDNEY_AUTUMN, 3), (*SYDNEY_SPRING, 5)],
)
def test_rest_after_nights_over_a_clock_change(zone: str, day: date, hour: int) -> None:
    """46 hours from Saturday 06:00 are an hour later or earlier on the clock of Monday."""
    monday = after(-6, day)
    found = compiled(zone, start=monday)
    nights = [(after(count, monday), 22, 8) for count in (2, 3, 4)]
    assert not broken(found, *nights, (after(7, monday), hour, 6))
    assert broken(found, *nights, (after(7, monday), hour - 1, 6)) == {"SeriesRest"}


@pytest.mark.parametrize("zone", ZONES)
def test_weekly_rest_in_two_parts(zone: str) -> None:
    """40 h and 32 h in a fortnight stand in for 36 h in a week; 42 h and 30 h do not."""
    found = compiled(zone, days=21)
    week = [(after(day), 9, 8) for day in range(5)]
    then = [(after(day), 9, 8) for day in range(8, 12)]  # Friday ends at 17:00
    # Saturday 22:00 to Monday 06:00: 32 h. Then Friday to Sunday: 40 h, or an hour less.
    parts = [*week, (after(5), 14, 8), (after(7), 6, 8), *then]
    assert not broken(found, *parts, (after(13), 9, 8))
    assert broken(found, *parts, (after(13), 8, 8)) == {"WeeklyRest"}
    # 30 h and 42 h: one part is too short.
    parts = [*week, (after(5), 15, 8), (after(7), 5, 8), *then]
    assert broken(found, *parts, (after(13), 11, 8)) == {"WeeklyRest"}
    assert not broken(found, *week, (after(5), 15, 8), (after(7), 11, 8), *then)  # 36 h


@pytest.mark.parametrize("zone", ZONES)
def test_a_series_with_a_night_has_seven_shifts(zone: str) -> None:
    """Six days and a night; one more shift is one too many. Without a night nothing is."""
    found = compiled(zone)
    days = [(after(day), 14, 6) for day in range(6)]
    night = (after(6), 22, 6)
    assert "MaxSeries" not in broken(found, *days, night)
    assert "MaxSeries" in broken(found, *days, night, (after(7), 22, 6))
    assert "MaxSeries" in broken(
        found, (after(0), 22, 6), *((after(d), 22, 6) for d in range(1, 8))
    )
    assert "MaxSeries" not in broken(found, *days, (after(6), 14, 6), (after(7), 14, 6))


def weeks_of_history(zone: str, nights: int, work_minutes: int) -> tuple[PastShift, ...]:
    """Fifteen weeks of four shifts each, with so much work a week and one night at most."""
    shifts = []
    for week in range(15):
        monday = MONDAY - timedelta(weeks=15 - week)
        for count in range(4):
            minutes = work_minutes // 4 + (30 if work_minutes // 4 > 330 else 0)
            minutes += 15 if work_minutes // 4 > 600 else 0
            hour = 20 if count == 3 and week < nights else 8
            shifts.append(
                make_past_shift(
                    "a1", f"{monday + timedelta(days=count)}T{hour:02d}:00", minutes, zone
                )
            )
    return tuple(shifts)


@pytest.mark.parametrize("zone", ZONES)
def test_sixteen_nights_in_sixteen_weeks_ask_for_forty_hours_a_week(zone: str) -> None:
    """15 weeks of 40 h before the horizon: the last may have 40 h once the nights are sixteen."""
    history = weeks_of_history(zone, 15, 2400)
    found = compiled(zone, days=7, history=history)
    forty = [(after(0), 9, 10.5 - 0.5 + 1), *((after(day), 9, 11) for day in (1, 2))]
    # Three shifts of 10 h 15 (11 h with 45 minutes of break) and one of 9 h 30.
    assert not broken(found, *forty, (after(4), 9, 10))  # 40 h 15, by day
    assert broken(found, *forty, (after(4), 20, 10)) == {"HoursIfCount"}  # the sixteenth night
    assert not broken(found, *forty[1:], (after(3), 9, 9), (after(4), 20, 10))  # 38 h 30


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("nights", "hours", "expected"), [(15, 47, set()), (16, 41, {"HoursIfCount"})]
)
def test_an_average_of_41_is_too_much_with_sixteen_nights_and_47_lawful_with_fifteen(
    zone: str, nights: int, hours: int, expected: set[str]
) -> None:
    history = weeks_of_history(zone, nights - 1, hours * 60)
    found = compiled(zone, days=7, history=history)
    week = [(after(0), 9, 11), (after(1), 9, 11), (after(2), 9, 11)]  # 10 h 15 each, by day
    assert broken(found, *week, (after(4), 20, 10)) == expected


@pytest.mark.parametrize(("hours", "expected"), [(48, set()), (49, {"HoursLimit"})])
def test_forty_eight_hours_on_average(hours: int, expected: set[str]) -> None:
    """Fifteen weeks of 48 h and one of 47 h 45 or of more than 48 h."""
    history = weeks_of_history("Europe/Amsterdam", 0, 48 * 60)
    found = compiled("Europe/Amsterdam", days=7, history=history)
    week = [(after(day), 9, 11) for day in (0, 1, 2, 3)]  # 41 h
    last = {48: 7, 49: 8}[hours]
    assert broken(found, *week, (after(4), 9, last)) == expected


@pytest.mark.parametrize(
    ("times_on", "rest_days_on", "offered"),
    [
        (after(-28), None, True),
        (after(-27), None, False),
        (after(-4), after(-28), True),
        (after(-3), after(-28), False),
        (after(-4), after(-27), False),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_notice(zone: str, times_on: date, rest_days_on: date | None, offered: bool) -> None:
    told = Announcement(times_on, rest_days_on)
    assert ((0, 360) in paid(compiled(zone, announced=told))) == offered
    assert (1, 360) in paid(compiled(zone, announced=replace(told, times_on=after(-28))))


def test_on_call_work() -> None:
    """Three hours of pay at least, four days of notice."""
    on_call = {"on_call": True}
    found = paid(compiled("Asia/Kathmandu", lengths=(120, 240), contract=on_call))
    assert {length for _, length in found} == {180, 240}
    told = Announcement(after(-3))
    days = paid(compiled("Asia/Kathmandu", announced=told, contract=on_call))
    assert min(day for day, _ in days) == 1
