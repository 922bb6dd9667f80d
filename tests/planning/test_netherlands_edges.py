"""Each number of the Dutch act, compiled: right at it nothing is broken, one step beyond it is.

History and pins need not lie on quarters of an hour, so that sums, nights and single shifts are
told apart by the minute. Rests and windows become quarters on the safe side: there a minute
changes nothing, and a quarter does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduler.domain import Announcement, Horizon, PastShift, Pin, ShiftPolicy
from scheduler.labour import Pack, RuleBook
from scheduler.planning import Compiled, compile_problem
from scheduler.timegrid.zones import clock_instant, local_of
from solver import Choice, SlotRoster, check
from tests.builders import make_agent, make_contract, make_planning, make_site
from tests.edges import NOT_JUDGED, changed, numbers_of

from .books import netherlands

NL = netherlands().packs["NL"]
ZONES = ("Europe/Amsterdam", "Asia/Kathmandu")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = date(2027, 1, 4)
"""Of week 0, where the three weeks of the horizon begin."""
ON_CALL = {"contract": {"on_call": True}}
SAID = {
    "more work than the law allows in one shift": "shift_hours",
    "less paid time than the law demands": "min_engagement",
}

_Shape = tuple[tuple[int, ...], ...]
"""Shifts: minutes on the clock since Monday 00:00 of week 0, length, and break if any."""


@dataclass(frozen=True)
class Edge:
    """A number, a roster right at it and one a step beyond.

    Shifts before week 0 are history; those off the grid of the planning are pins.

    Parameters
    ----------
    looser : int
        Step in the direction in which the number allows more.
    rule : str
        What the roster beyond breaks, as `found` names it.
    limits : tuple of str
        The limits compiled, by default the one of the number.
    """

    number: str
    looser: int
    rule: str
    kept: _Shape
    beyond: _Shape
    limits: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    own: dict[str, Any] = field(default_factory=dict)


def weeks(first: int, until: int, *week: tuple[int, ...], step: int = 1) -> _Shape:
    """The same shifts in each of some weeks."""
    return tuple((k * 10080 + row[0], *row[1:]) for k in range(first, until, step) for row in week)


def days(*which: int, at: int, minutes: int) -> _Shape:
    """The same shift on some days of week 0 and after."""
    return tuple((day * 1440 + at, minutes) for day in which)


def told(times_on: int, rest_days_on: int | None = None) -> dict[str, Any]:
    """A planning announced on those days before week 0."""
    rest = None if rest_days_on is None else MONDAY - rest_days_on * DAY
    return {"announced": Announcement(MONDAY - times_on * DAY, rest)}


TUESDAY, WEDNESDAY = ((1440 + 540, 240),), ((2 * 1440 + 540, 240),)
SUNDAY = (6 * 1440 + 540, 240)
LATE, LATE_FRIDAY = ((1260, 301), (4140, 301)), (4 * 1440 + 1260, 301)
"""To 02:01."""
THIS_WEEK = days(0, 2, at=1260, minutes=360)
NIGHTS_36 = weeks(-15, 0, *LATE) + weeks(-4, 0, LATE_FRIDAY) + THIS_WEEK
NIGHTS_140 = weeks(-51, 0, *LATE) + weeks(-36, 0, LATE_FRIDAY) + THIS_WEEK
FULL_4, FULL_16 = days(0, 1, 2, 3, 4, at=420, minutes=660), days(0, 1, 2, 3, at=420, minutes=720)
BY_DAY = days(0, 1, 2, 3, at=420, minutes=600)
WITH_NIGHT = (*BY_DAY[:3], (4 * 1440 + 1200, 600))
FORTIES = weeks(-15, 0, *WITH_NIGHT)
NIGHTS = days(0, 1, 2, 3, at=1200, minutes=600)
LONG_NIGHTS = days(0, 2, 4, 7, 9, at=1200, minutes=660)
LONG_YEAR = weeks(-42, 0, (1200, 601), step=2) + days(0, at=1200, minutes=660)
EIGHTH: dict[str, Any] = {
    "limits": ("night_series", "night_series_collective"),
    "permits": ("NL.eighth_shift",),
}
MORE_NIGHTS: dict[str, Any] = {
    "limits": ("night_count", "night_count_collective"),
    "permits": ("NL.more_nights",),
}
NIGHT: dict[str, Any] = {"limits": ("night_shift_hours",)}
BREAKS: dict[str, Any] = {"limits": ("break_30", "break_45")}
SHORT_BREAKS: dict[str, Any] = {
    "limits": ("break_30", "break_45", "break_collective"),
    "permits": ("NL.short_breaks",),
}


def _longer(shape: _Shape, minutes: int) -> _Shape:
    """The same shifts, the first of them so much longer."""
    return ((shape[0][0], shape[0][1] + minutes), *shape[1:])


def _uneven(shape: _Shape, week: int) -> _Shape:
    """The same work, a minute of the first week moved to the second."""
    return _longer(shape[:week], -1) + _longer(shape[week:], 1)


EDGES = (
    # A night shift has more than an hour between 00:00 and 06:00: 12 h 01 are too much for it.
    Edge("night.from_minute", 1, "shift_hours", ((779, 721),), ((780, 721),), **NIGHT),
    Edge("night.until_minute", -1, "shift_hours", ((300, 721),), ((299, 721),), **NIGHT),
    Edge("night.over_minutes", 1, "shift_hours", ((779, 721),), ((780, 721),), **NIGHT),
    Edge("shift_hours.max_minutes", 1, "shift_hours", ((420, 720),), ((420, 721),)),
    Edge(
        "night_shift_hours.extended_max_minutes", 1, "shift_hours",
        ((1200, 720),), ((1200, 721),),
    ),
    Edge(
        "night_shift_hours.max_minutes", 1, "CountLimit",
        (*LONG_NIGHTS, (11 * 1440 + 1200, 600)), (*LONG_NIGHTS, (11 * 1440 + 1200, 601)),
    ),
    *(
        Edge(
            f"night_shift_hours.extended_counts.0.{part}", looser, "CountLimit",
            LONG_NIGHTS + days(14, at=1200, minutes=660),
            LONG_NIGHTS + days(13, at=1200, minutes=660),
        )
        for part, looser in (("times", 1), ("days", -7))
    ),
    *(
        Edge(
            f"night_shift_hours.extended_counts.1.{part}", looser, "CountLimit",
            weeks(-52, -51, (1200, 601)) + LONG_YEAR, weeks(-51, -50, (1200, 601)) + LONG_YEAR,
        )
        for part, looser in (("times", 1), ("days", -7))
    ),
    Edge(
        "week_hours.max_minutes", 1, "HoursLimit",
        days(0, 1, 2, 3, 4, 5, at=420, minutes=600),
        (*days(0, 1, 2, 3, 4, at=420, minutes=600), (5 * 1440 + 420, 601)),
    ),
    *(
        # The week before is more than full or empty, those that count differ by a minute.
        Edge(
            f"{name}.{part}", 1, "HoursLimit",
            weeks(-count, 1 - count, *days(0, 1, 2, 3, 4, at=420, minutes=720))
            + _uneven(weeks(1 - count, 0, *week), len(week)) + week,
            _longer(weeks(1 - count, 0, *week), 1) + week,
        )
        for name, count, week in (("average_4_weeks", 4, FULL_4), ("average_16_weeks", 16, FULL_16))
        for part in ("max_minutes_week", "weeks")
    ),
    *(
        Edge(
            f"average_16_weeks_nights.{part}", 1, "HoursIfCount",
            kept, _longer(FORTIES, 1) + WITH_NIGHT,
        )
        for part, kept in (
            ("max_minutes_week", FORTIES + WITH_NIGHT),
            (
                "weeks",
                weeks(-16, -15, *NIGHTS, (8000, 600)) + _uneven(weeks(-15, 0, *NIGHTS), 4) + NIGHTS,
            ),
            ("from_nights", _longer(FORTIES, 1) + BY_DAY),
        )
    ),
    Edge(
        "daily_rest.reduced_times", 1, "ShortRests",
        ((720, 480), (1800, 480)), ((720, 480), (1800, 480), (5040, 480), (6120, 480)),
    ),
    Edge(
        "night_rest.reduced_times", 1, "ShortRests",
        ((1200, 480), (2280, 480)), ((1200, 480), (2280, 480), (5520, 480), (6600, 480)),
    ),
    # Seven hours of rest after a night that ends at 02:00 or 02:01.
    Edge(
        "night_rest.after_night_ending_after_minute", 1, "MinRest",
        ((1200, 360), (1980, 360)), ((1200, 361), (1980, 360)),
    ),
    # 45 hours after two or three nights.
    Edge(
        "series_rest.nights", 1, "SeriesRest",
        (*days(0, 1, at=1320, minutes=480), (4 * 1440 + 180, 480)),
        (*days(0, 1, 2, at=1320, minutes=480), (5 * 1440 + 180, 480)),
    ),
    *(
        Edge(
            f"{name}.max_shifts", 1, "MaxSeries",
            days(*range(most), at=1200, minutes=480), days(*range(most + 1), at=1200, minutes=480),
            **own,
        )
        for name, most, own in (("night_series", 7, {}), ("night_series_collective", 8, EIGHTH))
    ),
    *(
        Edge(f"{name}.{part}", looser, "CountLimit", kept, extra + nights, **own)
        for name, count, nights, own in (
            ("night_count", 16, NIGHTS_36, {}),
            ("night_count_collective", 52, NIGHTS_140, MORE_NIGHTS),
        )
        for extra in [weeks(1 - count, 2 - count, LATE_FRIDAY)]
        for part, looser, kept in (
            ("max_count", 1, nights),
            ("weeks", -1, weeks(-count, 1 - count, LATE_FRIDAY) + nights),
            (
                "ending_after_minute", 1,
                weeks(1 - count, 2 - count, (LATE_FRIDAY[0], 300)) + nights,
            ),
        )
    ),
    *(
        Edge(
            f"free_sundays.{part}", looser, "WindowsLimit",
            weeks(-52, -51, SUNDAY) + weeks(-38, 1, SUNDAY),
            weeks(-51, -50, SUNDAY) + weeks(-38, 1, SUNDAY),
        )
        for part, looser in (("min_count", -1), ("weeks", 1))
    ),
    Edge("break_30.over_minutes", 1, "break", ((480, 330),), ((480, 331),), **BREAKS),
    Edge("break_30.min_minutes", -15, "break", ((480, 480, 30),), ((480, 480, 15),), **BREAKS),
    Edge("break_45.over_minutes", 1, "break", ((480, 630, 30),), ((480, 631, 30),), **BREAKS),
    Edge("break_45.min_minutes", -15, "break", ((480, 660, 45),), ((480, 660, 30),), **BREAKS),
    Edge(
        "break_collective.over_minutes", 1, "break", ((480, 330),), ((480, 331),), **SHORT_BREAKS
    ),
    Edge(
        "break_collective.min_minutes", -15, "break",
        ((480, 660, 15),), ((480, 660),), **SHORT_BREAKS,
    ),
    # On Wednesday in time, on Tuesday a day too late.
    *(
        Edge(number, -1, "not offered", WEDNESDAY, TUESDAY, own=announced | own)
        for number, announced, own in (
            ("notice.times_days", told(26, 20), {}),
            ("notice.or_times_days", told(2, 40), {}),
            ("notice.or_rest_days_days", told(10, 26), {}),
            ("on_call_notice.times_days", told(2), ON_CALL),
        )
    ),
    Edge(
        "on_call_pay.min_minutes", -1, "min_engagement", ((480, 180),), ((480, 179),), own=ON_CALL
    ),
)  # fmt: skip

ROUNDED = {
    "night_shift_hours.extended_rest_minutes": -1,
    "daily_rest.min_minutes": -1,
    "daily_rest.reduced_minutes": -1,
    "daily_rest.reduced_window_minutes": -1,
    "night_rest.min_minutes": -1,
    "night_rest.reduced_minutes": -1,
    "night_rest.reduced_window_minutes": -1,
    "series_rest.gap_minutes": -1,
    "series_rest.min_minutes": -1,
    "night_series.gap_minutes": -1,
    "night_series_collective.gap_minutes": -1,
    "weekly_rest.min_minutes": -1,
    "weekly_rest.window_minutes": 1,
    "weekly_rest.or_min_minutes": -1,
    "weekly_rest.or_window_minutes": 1,
    "weekly_rest.or_part_minutes": -1,
}
"""Numbers that become quarters of an hour, and the step that loosens each."""


def _book(pack: Pack, limits: tuple[str, ...], permits: tuple[str, ...] = ()) -> RuleBook:
    chosen = tuple(limit for limit in pack.limits if limit.name in limits)
    assert {limit.name for limit in chosen} == set(limits)
    return RuleBook({"NL": replace(pack, limits=chosen)}, frozenset(permits))


def _compiled(book: RuleBook, zone: str, lengths: set[int], **own: Any) -> Compiled:
    """One agent, at work at any hour, with shifts of two lengths at most."""
    site = make_site(zone, country="XX")
    contract = make_contract(
        min_minutes_week=0, target_minutes_week=0, max_minutes_week=7 * 1440,
        night_allowed=True, rule_packs=("NL",),
    )  # fmt: skip
    short, long = min(lengths, default=480), max(lengths, default=480)
    planning = make_planning(
        horizon=Horizon(MONDAY, MONDAY + 21 * DAY, zone),
        sites=(site,),
        contracts=(replace(contract, **own.pop("contract", {})),),
        agents=(make_agent("a1", site.site_id),),
        shifts=ShiftPolicy(short, long, long - short or 60, 60),
        break_rules=(),
        history_from=date(2025, 1, 6),
        **own,
    )
    return compile_problem(planning, book)


def _pin(zone: str, start: int, minutes: int) -> Pin:
    day, clock = divmod(start, 1440)
    begin = clock_instant(MONDAY + day * DAY, clock, zone)
    shown = local_of(begin, zone)
    return Pin("a1", begin, begin + minutes * MINUTE, shown.wall, zone, shown.fold)


def found(edge: Edge, pack: Pack, zone: str, shape: _Shape) -> set[str]:
    """What the compiler makes of a roster under the limits of an edge, as that pack has them.

    Names of rule records that it breaks, reasons against pins, ``not offered``, and ``break``
    where a longer one is demanded.
    """
    history: list[PastShift] = []
    pins: list[Pin] = []
    free: list[Pin] = []
    for start, minutes, *_ in shape:
        pin = _pin(zone, start, minutes)
        if start < 0:
            history.append(PastShift("a1", pin.start, pin.end, pin.start_local, zone, pin.fold))
        else:
            (pins if start % 60 or minutes % 15 else free).append(pin)
    compiled = _compiled(
        _book(pack, edge.limits or (edge.number.partition(".")[0],), edge.permits),
        zone,
        {(pin.end - pin.start) // MINUTE for pin in free},
        history=tuple(history),
        pins=tuple(pins),
        **edge.own,
    )
    texts = [str(notice) for notice in compiled.notices if notice.code == "pin_breaks_rule"]
    rules = {rule for words, rule in SAID.items() if any(words in text for text in texts)}
    table = compiled.problem.options
    offered = {
        lies: row
        for row, lies in enumerate(zip(table.start.tolist(), table.end.tolist(), strict=True))
    }
    pinned = {pin: row for row, pin in compiled.pins}
    choices = []
    for start, minutes, *pause in sorted(row for row in shape if row[0] >= 0):
        pin = _pin(zone, start, minutes)
        first = (pin.start - compiled.grid.start) // MINUTE
        row = pinned.get(pin, offered.get((first // 15, (first + minutes) // 15)))
        if row is None:
            rules.add("not offered")
            continue
        if minutes - table.paid_minutes[row] > sum(pause):
            rules.add("break")
        choices.append(Choice(0, int(table.day[row]), row, int(table.break_from[row])))
    return rules | {each.rule for each in check(compiled.problem, SlotRoster(tuple(choices)))}


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
    # Where the limit is on single shifts, the one right at it is not offered.
    assert found(edge, stricter, ZONES[0], edge.kept) in ({edge.rule}, {"not offered"})


@pytest.mark.parametrize(("number", "looser"), ROUNDED.items())
def test_a_minute_is_rounded_away_and_a_quarter_is_not(number: str, looser: int) -> None:
    """In the records of one limit alone, on the side of the limit."""

    def rules(pack: Pack) -> tuple[object, ...]:
        book = _book(pack, (number.partition(".")[0],))
        return _compiled(book, ZONES[0], {480, 660}).problem.rules

    assert rules(changed(NL, number, looser)) == rules(NL)
    assert rules(changed(NL, number, 15 * looser)) != rules(NL)
    assert rules(changed(NL, number, -looser)) != rules(NL)


def test_each_number_that_rosters_are_judged_by_has_its_edge() -> None:
    assert {edge.number for edge in EDGES} | set(ROUNDED) == numbers_of(NL) - NOT_JUDGED
