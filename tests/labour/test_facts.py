"""Every number of the shipped packs, typed again from the tables of facts, and nothing besides."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from scheduler.labour import Limit, shipped_packs
from scheduler.labour import pack as records
from scheduler.labour.pack import Provision

H = 60
WEEKLY = 7 * 24 * H
FORTNIGHT = 14 * 24 * H
TWO_AM = 2 * H
OT = {"waived_by": "overtime"}
CITATION = {field.name for field in dataclasses.fields(Provision)}

S, D, W, A = records.ShiftHours, records.DayHours, records.WeekHours, records.AverageHours
R, K, B, N = records.DailyRest, records.WeeklyRest, records.BreakTime, records.Notice
SERIES, COUNT = records.SeriesShifts, records.NightCount

Row = tuple[type[Limit], dict[str, Any]]


def week(hours: float, **keys: Any) -> Row:
    return W, {"max_minutes": int(hours * H), "rolling": False, **keys}


def day(hours: float, **keys: Any) -> Row:
    return D, {"max_minutes": int(hours * H), "rolling": False, **keys}


def average(hours: int, weeks: int, **keys: Any) -> Row:
    return A, {"max_minutes_week": hours * H, "weeks": weeks, **keys}


def rest(hours: int, **keys: Any) -> Row:
    return R, {"min_minutes": hours * H, "reduced_minutes": None, **keys}


def weekly(hours: int, **keys: Any) -> Row:
    return K, {"min_minutes": hours * H, "window_minutes": WEEKLY, "or_min_minutes": None, **keys}


def either(hours: int, instead: int, part: int) -> Row:
    two = {
        "or_min_minutes": instead * H,
        "or_window_minutes": FORTNIGHT,
        "or_part_minutes": part * H,
    }
    return weekly(hours, **two)


def pause(minutes: int, over: float, **keys: Any) -> Row:
    return B, {
        "min_minutes": minutes,
        "over_minutes": int(over * H),
        "within_minutes": None,
        **keys,
    }


SHORT_ONCE = {"reduced_minutes": 8 * H, "reduced_times": 1, "reduced_window_minutes": WEEKLY}

NETHERLANDS: list[Row] = [
    (S, {"max_minutes": 12 * H, "night_only": False, "extended_max_minutes": None}),
    (
        S,
        {
            "max_minutes": 10 * H,
            "night_only": True,
            "extended_max_minutes": 12 * H,
            "extended_counts": ((5, 14), (22, 364)),
            "extended_rest_minutes": 12 * H,
        },
    ),
    week(60),
    average(55, 4, from_nights=None, waived_by="longer_month"),
    average(48, 16, from_nights=None),
    average(40, 16, from_nights=16),
    rest(11, after_night_ending_after_minute=None, **SHORT_ONCE),
    rest(14, after_night_ending_after_minute=TWO_AM, **SHORT_ONCE),
    (records.SeriesRest, {"nights": 3, "gap_minutes": 36 * H, "min_minutes": 46 * H}),
    (
        SERIES,
        {"max_shifts": 7, "gap_minutes": 36 * H, "with_night": True, "waived_by": "eighth_shift"},
    ),
    (SERIES, {"max_shifts": 8, "gap_minutes": 36 * H, "with_night": True}),
    (
        COUNT,
        {"max_count": 36, "weeks": 16, "ending_after_minute": TWO_AM, "waived_by": "more_nights"},
    ),
    (COUNT, {"max_count": 140, "weeks": 52, "ending_after_minute": TWO_AM}),
    either(36, 72, 32),
    (records.FreeSundays, {"min_count": 13, "weeks": 52, "waived_by": "fewer_sundays"}),
    pause(30, 5.5, part_minutes=15, waived_by="short_breaks"),
    pause(45, 10, part_minutes=15, waived_by="short_breaks"),
    pause(15, 5.5),
    (
        N,
        {
            "times_days": 28,
            "or_times_days": 4,
            "or_rest_days_days": 28,
            "on_call": False,
            "waived_by": "roster_notice",
        },
    ),
    (N, {"times_days": 4, "or_times_days": None, "on_call": True}),
    (records.MinEngagement, {"min_minutes": 3 * H, "on_call": True}),
]

LIMITS: dict[str, list[Row]] = {
    "NL": NETHERLANDS,
    "NL-FCC": [],
    "EU": [rest(11), either(35, 70, 35), average(48, 17)],
    "policy": [rest(11), weekly(36), (records.ConsecutiveDays, {"max_days": 6})],
    "SR": [
        day(8.5, rolling=True, **OT),
        week(48, rolling=True, **OT),
        pause(30, 6, within_minutes=5 * H),
        (records.NoWork, {"weekdays": (7,), "holidays": True, "waived_by": "rest_day_work"}),
    ],
    "CW": [
        day(10, **OT),
        day(11),
        average(45, 4, **OT),
        average(50, 4),
        average(45, 13),
        pause(30, 6, within_minutes=5 * H),
    ],
    "AW": [
        day(8, days_over=5, **OT),
        day(8.5, days_over=4, **OT),
        day(9, days_over=None, **OT),
        week(45, **OT),
        average(55, 4),
        pause(30, 6, within_minutes=5 * H),
    ],
    "SX": [day(10, **OT), average(45, 4, **OT)],
    "BQ": [day(10, **OT), average(40, 4, **OT), average(50, 4), pause(30, 5.5)],
    "AU": [average(38, 4, waived_by="additional_hours")],
    "MA000023": [rest(10)],
    "ZA": [
        week(45, **OT),
        week(55),
        day(9, days_over=None, **OT),
        day(8, days_over=5, **OT),
        day(12),
        rest(12),
        either(36, 60, 60),
        pause(60, 5, within_minutes=5 * H, waived_by="short_breaks"),
        pause(30, 5, within_minutes=5 * H),
    ],
    "TR": [
        week(45, **OT),
        day(11),
        (S, {"max_minutes": 450, "night_only": True, "extended_max_minutes": None}),
        rest(11),
        weekly(24),
        pause(60, 7.5),
    ],
    "ES": [
        average(40, 52, **OT),
        day(9, waived_by="longer_days"),
        rest(12),
        weekly(36),
        pause(15, 6),
    ],
    "PT": [week(40, **OT), average(48, 17), day(8, **OT), day(10)],
    "ID": [
        week(40, **OT),
        week(58),
        day(8, days_over=None, **OT),
        day(7, days_over=5, **OT),
        day(12, days_over=None),
        day(11, days_over=5),
        weekly(24),
        pause(30, 4, within_minutes=4 * H),
    ],
}

NIGHTS = {
    "NL": (0, 6 * H, 60, False),
    "ZA": (18 * H, 6 * H, 0, False),
    "TR": (20 * H, 6 * H, 0, True),
    "ES": (22 * H, 6 * H, 0, False),
    "PT": (22 * H, 7 * H, 0, False),
}

WORKDAYS, EVERY_DAY = (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 7)
PREMIUMS = {
    "SR": [((7,), False, 0, 24, "2"), (EVERY_DAY, True, 0, 24, "2")],
    "MA000023": [
        (WORKDAYS, False, 0, 7, "1.25"),
        (WORKDAYS, False, 19, 24, "1.25"),
        ((6,), False, 0, 24, "1.25"),
        ((7,), False, 0, 7, "1.75"),
        ((7,), False, 7, 19, "1.5"),
        ((7,), False, 19, 24, "1.75"),
        (EVERY_DAY, True, 0, 24, "2.5"),
    ],
    "PT": [(EVERY_DAY, False, 0, 7, "1.25"), (EVERY_DAY, False, 22, 24, "1.25")],
}

INCLUDES = {"NL": ("NL-FCC",), "AU": ("MA000023",), "ES": ("EU",), "PT": ("EU",)}

SECONDARY = {
    "AW": {"day_hours_4_days", "average_4_weeks_overtime"},
    "SX": {"day_hours", "average_4_weeks"},
    "BQ": {"day_hours", "average_4_weeks", "average_4_weeks_overtime", "break_time"},
    "MA000023": {"daily_rest"},
}


@pytest.mark.parametrize("pack_id", shipped_packs())
def test_limits_are_those_of_the_facts_and_no_others(pack_id: str) -> None:
    found = shipped_packs()[pack_id].limits
    expected = LIMITS[pack_id]
    assert [type(limit) for limit in found] == [kind for kind, _ in expected]
    for limit, (_, numbers) in zip(found, expected, strict=True):
        assert {key: getattr(limit, key) for key in numbers} == numbers, limit.name
        rest_of = {field.name: field.default for field in dataclasses.fields(limit)}
        for key in rest_of.keys() - CITATION - numbers.keys():
            assert getattr(limit, key) == rest_of[key], (limit.name, key)


@pytest.mark.parametrize("pack_id", shipped_packs())
def test_nights_premiums_and_includes_are_those_of_the_facts(pack_id: str) -> None:
    pack = shipped_packs()[pack_id]
    night = pack.night
    found = night and (night.from_minute, night.until_minute, night.over_minutes, night.over_half)
    assert found == NIGHTS.get(pack_id)
    assert [
        (row.weekdays, row.holiday, row.from_minute / H, row.until_minute / H, row.factor)
        for row in pack.premiums
    ] == [(*row[:4], Decimal(row[4])) for row in PREMIUMS.get(pack_id, [])]
    assert pack.stacking == "highest"
    assert pack.includes == INCLUDES.get(pack_id, ())


@pytest.mark.parametrize("pack_id", shipped_packs())
def test_what_is_read_at_second_hand_is_marked_and_nothing_unconfirmed_is_a_number(
    pack_id: str,
) -> None:
    pack = shipped_packs()[pack_id]
    marked = {limit.name for limit in pack.limits if limit.confidence == "secondary"}
    assert marked == SECONDARY.get(pack_id, set())
    assert all(limit.confidence != "unconfirmed" for limit in pack.limits)


@pytest.mark.parametrize("pack_id", ["SR", "CW", "AW", "SX", "BQ"])
def test_the_daily_rest_nobody_could_confirm_is_named_as_unknown(pack_id: str) -> None:
    pack = shipped_packs()[pack_id]
    assert not any(isinstance(limit, records.DailyRest) for limit in pack.limits)
    assert any("daily and weekly rest" in row.matter for row in pack.unknown)
