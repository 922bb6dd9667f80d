"""Each number of the Dutch act: a roster right at it is lawful, one step beyond is not.

One step is a minute, a day, a week or a shift; a quarter of an hour for the length of breaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduler.domain import Announcement, Break, Shift
from scheduler.labour import Pack
from scheduler.timegrid.zones import clock_instant
from tests.edges import NOT_JUDGED, changed, numbers_of

from .law_book import (
    ANY_HOURS,
    NL,
    book_of,
    break_findings,
    broken,
    law_planning,
    only,
    split_at_horizon,
    worked,
)
from .world import ZONES

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = date(2027, 1, 4)
"""Of week 0; no clock of the zones changes in the weeks of the horizon."""
HORIZON = {"start": "2027-01-04", "end": "2027-02-15", "history_from": date(2025, 1, 6)}
ON_CALL = {"contract": replace(ANY_HOURS, rule_packs=("NL",), on_call=True)}

_Shape = tuple[tuple[int, ...], ...]
"""Shifts: minutes on the clock since Monday 00:00 of week 0, length, and break if any."""


@dataclass(frozen=True)
class Edge:
    """A number, a roster right at it and one a step beyond.

    Parameters
    ----------
    looser : int
        Step in the direction in which the number allows more.
    rule : str
        Code of what the roster beyond breaks.
    limits : tuple of str
        The limits judged, by default the one of the number.
    """

    number: str
    looser: int
    rule: str
    kept: _Shape
    beyond: _Shape
    limits: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    planning: dict[str, Any] = field(default_factory=dict)


def chain(start: int, *minutes: int) -> _Shape:
    """Work, rest, work, ... in minutes, the first shift at a minute of week 0."""
    shifts = []
    for idx, length in enumerate(minutes):
        if idx % 2 == 0:
            shifts.append((start, length))
        start += length
    return tuple(shifts)


def weeks(first: int, until: int, *week: tuple[int, ...], step: int = 1) -> _Shape:
    """The same shifts in each of some weeks."""
    return tuple(
        (k * 7 * 1440 + at, length) for k in range(first, until, step) for at, length in week
    )


def spread(minutes: int) -> _Shape:
    """So much work in a week, by day."""
    share, rest = divmod(minutes, 5)
    return tuple((day * 1440 + 420, share + (day == 4) * rest) for day in range(5))


def late_night(day: int, minutes: int = 301) -> tuple[int, int]:
    """A night shift that ends at 02:01."""
    return day * 1440 + 21 * 60, minutes


def long_night(day: int) -> tuple[int, int]:
    """A night shift of 10 h 01."""
    return day * 1440 + 20 * 60, 601


def told(times_on: int, rest_days_on: int | None = None) -> dict[str, Any]:
    """A planning announced on those days before week 0."""
    rest = None if rest_days_on is None else MONDAY - rest_days_on * DAY
    return {"announced": Announcement(MONDAY - times_on * DAY, rest)}


SATURDAY_NIGHT = (5 * 1440, 120)
SUNDAY = (6 * 1440 + 540, 240)
DAYS = (600, 840)
"""A working day of ten hours and the rest until the next."""
TUESDAY, WEDNESDAY = ((1440 + 540, 240),), ((2 * 1440 + 540, 240),)
TWO_SHORT = (4 * 1440, 120), SATURDAY_NIGHT
FORTIES = weeks(-15, 0, *spread(2280), SATURDAY_NIGHT)
TWO_NIGHTS = late_night(0), late_night(2)
NIGHTS_36 = weeks(-15, 1, *TWO_NIGHTS) + weeks(-4, 0, late_night(4))
NIGHTS_140 = weeks(-51, 1, *TWO_NIGHTS) + weeks(-36, 0, late_night(4))
COLLECTIVE_NIGHTS: dict[str, Any] = {
    "limits": ("night_count", "night_count_collective"),
    "permits": ("NL.more_nights",),
}
SERIES: dict[str, Any] = {"limits": ("night_series", "night_series_collective")}
EIGHTH = SERIES | {"permits": ("NL.eighth_shift",)}
NIGHT: dict[str, Any] = {"limits": ("night_shift_hours",)}
BREAKS: dict[str, Any] = {"limits": ("break_30", "break_45")}
SHORT_BREAKS: dict[str, Any] = {
    "limits": ("break_30", "break_45", "break_collective"),
    "permits": ("NL.short_breaks",),
}

EDGES = (
    # A night shift has more than an hour between 00:00 and 06:00: 12 h 01 are too much for it.
    Edge("night.from_minute", 1, "shift_hours", ((779, 721),), ((780, 721),), **NIGHT),
    Edge("night.until_minute", -1, "shift_hours", ((300, 721),), ((299, 721),), **NIGHT),
    Edge("night.over_minutes", 1, "shift_hours", ((779, 721),), ((780, 721),), **NIGHT),
    Edge("shift_hours.max_minutes", 1, "shift_hours", ((420, 720),), ((420, 721),)),
    Edge(
        "night_shift_hours.max_minutes", 1, "min_rest",
        chain(1200, 600, 719, 240), chain(1200, 601, 719, 240),
    ),
    Edge(
        "night_shift_hours.extended_max_minutes", 1, "shift_hours",
        ((1200, 720),), ((1200, 721),),
    ),
    Edge(
        "night_shift_hours.extended_rest_minutes", -1, "min_rest",
        chain(1200, 601, 720, 240), chain(1200, 601, 719, 240),
    ),
    *(
        Edge(
            f"night_shift_hours.extended_counts.0.{part}", looser, "extended_count",
            tuple(long_night(day) for day in (0, 2, 4, 7, 9, 14)),
            tuple(long_night(day) for day in (0, 2, 4, 7, 9, 13)),
        )
        for part, looser in (("times", 1), ("days", -7))
    ),
    *(
        Edge(
            f"night_shift_hours.extended_counts.1.{part}", looser, "extended_count",
            weeks(-42, 1, long_night(0), step=2) + weeks(-52, -51, long_night(0)),
            weeks(-42, 1, long_night(0), step=2) + weeks(-51, -50, long_night(0)),
        )
        for part, looser in (("times", 1), ("days", -7))
    ),
    Edge("week_hours.max_minutes", 1, "week_hours", spread(3600), spread(3601)),
    *(
        # The week before is more than full or empty, those that count differ by a minute.
        Edge(
            f"{name}.{part}", 1, "average_hours",
            weeks(-count, 1 - count, *spread(3600)) + weeks(1 - count, 2 - count, *spread(most - 1))
            + weeks(2 - count, 0, *spread(most)) + spread(most + 1),
            weeks(1 - count, 0, *spread(most)) + spread(most + 1),
        )
        for name, count, most in (("average_4_weeks", 4, 3300), ("average_16_weeks", 16, 2880))
        for part in ("max_minutes_week", "weeks")
    ),
    *(
        Edge(
            f"average_16_weeks_nights.{part}", 1, "average_hours",
            kept, FORTIES + spread(2281) + (SATURDAY_NIGHT,),
        )
        for part, kept in (
            ("max_minutes_week", FORTIES + spread(2280) + (SATURDAY_NIGHT,)),
            (
                "weeks",
                weeks(-16, -15, *spread(3600)) + weeks(-15, -14, *spread(2159), *TWO_SHORT)
                + weeks(-14, 0, *spread(2160), *TWO_SHORT) + spread(2161) + TWO_SHORT,
            ),
            ("from_nights", FORTIES + spread(2401)),
        )
    ),
    # Two short rests: by their length, by their number, by when the second begins.
    Edge(
        "daily_rest.min_minutes", -1, "short_rests",
        chain(480, 480, 659, 240, 1440, 480, 660, 240),
        chain(480, 480, 659, 240, 1440, 480, 659, 240),
    ),
    Edge(
        "daily_rest.reduced_minutes", -1, "min_rest",
        chain(480, 480, 480, 240), chain(480, 480, 479, 240),
    ),
    Edge(
        "daily_rest.reduced_times", 1, "short_rests",
        chain(480, 480, 480, 240), chain(480, 480, 480, 240, 1440, 480, 480, 240),
    ),
    Edge(
        "daily_rest.reduced_window_minutes", -1, "short_rests",
        chain(480, 480, 600, 240, 8760, 480, 600, 240),
        chain(480, 480, 600, 240, 8759, 480, 600, 240),
    ),
    Edge(
        "night_rest.min_minutes", -1, "short_rests",
        chain(1200, 480, 839, 240, 2761, 480, 840, 240),
        chain(1200, 480, 839, 240, 2761, 480, 839, 240),
    ),
    Edge(
        "night_rest.after_night_ending_after_minute", 1, "min_rest",
        chain(1200, 360, 479, 240), chain(1200, 361, 479, 240),
    ),
    Edge(
        "night_rest.reduced_minutes", -1, "min_rest",
        chain(1200, 480, 480, 240), chain(1200, 480, 479, 240),
    ),
    Edge(
        "night_rest.reduced_times", 1, "short_rests",
        chain(1200, 480, 839, 240), chain(1200, 480, 839, 240, 2761, 480, 839, 240),
    ),
    Edge(
        "night_rest.reduced_window_minutes", -1, "short_rests",
        chain(1200, 480, 839, 240, 8521, 480, 839, 240),
        chain(1200, 480, 839, 240, 8520, 480, 839, 240),
    ),
    Edge(
        "series_rest.nights", 1, "series_rest",
        chain(1320, 480, 960, 480, 2759, 240), chain(1320, 480, 960, 480, 960, 480, 2759, 240),
    ),
    Edge(
        "series_rest.gap_minutes", -1, "series_rest",
        chain(1320, 480, 960, 480, 2160, 481, 2759, 240),
        chain(1320, 480, 960, 480, 2159, 481, 2759, 240),
    ),
    Edge(
        "series_rest.min_minutes", -1, "series_rest",
        chain(1320, 480, 960, 480, 960, 480, 2760, 240),
        chain(1320, 480, 960, 480, 960, 480, 2759, 240),
    ),
    *(
        Edge(f"{name}.{part}", looser, "series_shifts", kept, beyond, **own)
        for name, most, own in (("night_series", 7, SERIES), ("night_series_collective", 8, EIGHTH))
        for series in [(*(480, 960) * (most - 1), 480)]
        for part, looser, kept, beyond in (
            ("max_shifts", 1, chain(1200, *series), chain(1200, *series, 960, 480)),
            ("gap_minutes", -1, chain(1200, *series, 2160, 240), chain(1200, *series, 2159, 240)),
        )
    ),
    *(
        Edge(f"{name}.{part}", looser, "night_count", kept, nights + extra, **own)
        for name, count, nights, own in (
            ("night_count", 16, NIGHTS_36, {}),
            ("night_count_collective", 52, NIGHTS_140, COLLECTIVE_NIGHTS),
        )
        for extra in [weeks(1 - count, 2 - count, late_night(4))]
        for part, looser, kept in (
            ("max_count", 1, nights),
            ("weeks", -1, nights + weeks(-count, 1 - count, late_night(4))),
            ("ending_after_minute", 1, nights + weeks(0, 1, late_night(4, 300))),
        )
    ),
    # Seven days with one long rest, and seven more without.
    Edge(
        "weekly_rest.min_minutes", -1, "weekly_rest",
        chain(480, *DAYS * 2, 600, 2160, *DAYS * 10), chain(480, *DAYS * 2, 600, 2159, *DAYS * 10),
    ),
    # The rest reaches to the end of the seven days, and there it is cut off.
    Edge(
        "weekly_rest.window_minutes", 1, "weekly_rest",
        chain(480, *DAYS * 5, 720, 2160, *DAYS * 7), chain(480, *DAYS * 5, 721, 2160, *DAYS * 7),
    ),
    # 32 h in the first week and 40 h in the second.
    Edge(
        "weekly_rest.or_min_minutes", -1, "weekly_rest",
        chain(480, *DAYS * 3, 600, 1920, *DAYS * 3, 600, 2400, *DAYS * 5),
        chain(480, *DAYS * 3, 600, 1920, *DAYS * 3, 600, 2399, *DAYS * 5),
    ),
    Edge(
        "weekly_rest.or_part_minutes", -1, "weekly_rest",
        chain(480, *DAYS * 3, 600, 1920, *DAYS * 3, 600, 2401, *DAYS * 5),
        chain(480, *DAYS * 3, 600, 1919, *DAYS * 3, 600, 2401, *DAYS * 5),
    ),
    # The 40 h reach to the end of the fourteen days.
    Edge(
        "weekly_rest.or_window_minutes", 1, "weekly_rest",
        chain(480, *DAYS * 3, 600, 1920, *DAYS * 7, 840),
        chain(480, *DAYS * 3, 600, 1920, *DAYS * 7, 841),
    ),
    *(
        Edge(
            f"free_sundays.{part}", looser, "free_sundays",
            weeks(-38, 1, SUNDAY) + weeks(-52, -51, SUNDAY),
            weeks(-38, 1, SUNDAY) + weeks(-51, -50, SUNDAY),
        )
        for part, looser in (("min_count", -1), ("weeks", 1))
    ),
    Edge("break_30.over_minutes", 1, "break_rule", ((480, 330),), ((480, 331),), **BREAKS),
    Edge("break_30.min_minutes", -15, "break_rule", ((480, 480, 30),), ((480, 480, 15),), **BREAKS),
    Edge("break_45.over_minutes", 1, "break_rule", ((480, 630, 30),), ((480, 631, 30),), **BREAKS),
    Edge("break_45.min_minutes", -15, "break_rule", ((480, 700, 45),), ((480, 700, 30),), **BREAKS),
    Edge(
        "break_collective.over_minutes", 1, "break_rule",
        ((480, 330),), ((480, 331),), **SHORT_BREAKS,
    ),
    Edge(
        "break_collective.min_minutes", -15, "break_rule",
        ((480, 700, 15),), ((480, 700),), **SHORT_BREAKS,
    ),
    # On Wednesday in time, on Tuesday a day too late.
    *(
        Edge(number, -1, "notice", WEDNESDAY, TUESDAY, planning=announced | own)
        for number, announced, own in (
            ("notice.times_days", told(26, 20), {}),
            ("notice.or_times_days", told(2, 40), {}),
            ("notice.or_rest_days_days", told(10, 26), {}),
            ("on_call_notice.times_days", told(2), ON_CALL),
        )
    ),
    Edge(
        "on_call_pay.min_minutes", -1, "min_engagement",
        ((480, 180),), ((480, 179),), planning=ON_CALL,
    ),
)  # fmt: skip


def _shift(zone: str, start: int, minutes: int, pause: int = 0) -> Shift:
    begin = clock_instant(MONDAY + (start // 1440) * DAY, start % 1440, zone)
    shift = worked(begin, minutes, zone)
    rest = begin + 120 * MINUTE
    return replace(shift, breaks=(Break(rest, rest + pause * MINUTE, False),) if pause else ())


def found(edge: Edge, pack: Pack, zone: str, shape: _Shape) -> set[str]:
    """What the limits of an edge, as that pack has them, say of a roster."""
    named = edge.limits or (edge.number.partition(".")[0],)
    book = book_of(only(*named, pack=pack), permits=edge.permits)
    shifts = sorted((_shift(zone, *row) for row in shape), key=lambda row: row.start)
    planning = law_planning(zone, book, **HORIZON, **edge.planning)
    planning, kept = split_at_horizon(planning, shifts)
    breaks = {row.rule for row in break_findings(planning, book, *kept)}
    return set(broken(planning, book, *kept)) | (breaks & {"break_rule"})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.number)
def test_right_at_the_number_and_one_step_beyond(edge: Edge, zone: str) -> None:
    assert found(edge, NL, zone, edge.kept) == set()
    assert found(edge, NL, zone, edge.beyond) == {edge.rule}


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.number)
def test_the_number_stands_between_the_two_rosters(edge: Edge) -> None:
    """One step looser the one beyond is lawful, one step stricter not even the one right at it."""
    looser = changed(NL, edge.number, edge.looser)
    assert found(edge, looser, ZONES[0], edge.beyond) == set()
    if edge.number == "night.from_minute":
        return  # midnight: there is nothing before it
    stricter = changed(NL, edge.number, -edge.looser)
    assert found(edge, stricter, ZONES[0], edge.kept) == {edge.rule}


def test_each_number_that_rosters_are_judged_by_has_its_edge() -> None:
    assert {edge.number for edge in EDGES} == numbers_of(NL) - NOT_JUDGED
