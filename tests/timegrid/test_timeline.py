from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import Location, Site
from scheduler.timegrid.timeline import (
    Place,
    day_of,
    local_days,
    place_at,
    place_timeline,
)
from scheduler.timegrid.windows import local_date
from scheduler.timegrid.zones import start_of_day

from .strategies import MINUTE

HOME = Site("ams", "Amsterdam", "Europe/Amsterdam", "NL", "EUR")
MONDAY = date(2027, 3, 22)
FAR_ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "Europe/Amsterdam",
    "Australia/Sydney",
    "America/Paramaribo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
)


def stay(zone: str, from_day: int, until_day: int | None) -> Location:
    until = None if until_day is None else MONDAY + timedelta(days=until_day)
    return Location("a1", MONDAY + timedelta(days=from_day), zone, "XX", until)


def changes(*stays: Location) -> list[tuple[str, str]]:
    """The zones of a timeline with the UTC times at which they begin."""
    return [
        (place.zone, "" if place.start is None else f"{place.start:%d %H:%M}")
        for place in place_timeline(HOME, stays)
    ]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


@st.composite
def stay_lists(draw: st.DrawFn) -> list[Location]:
    """Stays without common dates, often end to end, short, and on opposite ends of the earth."""
    stays: list[Location] = []
    day = draw(st.integers(-3, 10))
    for _ in range(draw(st.integers(0, 5))):
        until = day + draw(st.integers(1, 4))
        stays.append(stay(draw(st.sampled_from(FAR_ZONES)), day, until))
        day = until + draw(st.sampled_from((0, 0, 0, 1, 2)))
    open_ended = draw(st.booleans())
    if stays and open_ended:
        last = stays[-1]
        stays[-1] = Location("a1", last.from_date, last.zone, "XX", None)
    return draw(st.permutations(stays))


def expected_zone(stays: list[Location], instant: datetime) -> str:
    """The rule as a person would apply it to one instant."""
    begun = [one for one in stays if start_of_day(one.from_date, one.zone) <= instant]
    if not begun:
        return HOME.zone
    latest = max(begun, key=lambda one: one.from_date)
    if latest.until_date is None or instant < start_of_day(latest.until_date, latest.zone):
        return latest.zone
    handed_over = any(one.from_date == latest.until_date for one in stays)
    return latest.zone if handed_over else HOME.zone


@given(stay_lists(), st.integers(-5 * 1440, 40 * 1440))
def test_places_tile_all_time_and_follow_the_rule(stays: list[Location], minute: int) -> None:
    timeline = place_timeline(HOME, stays)

    assert timeline[0].start is None
    assert timeline[-1].end is None
    for place, following in pairwise(timeline):
        assert place.end is not None
        assert place.end == following.start
        assert place.start is None or place.start < place.end
    edges = [place.start for place in timeline if place.start is not None]
    probes = [at(22, 0) + minute * MINUTE, *edges, *(edge - MINUTE for edge in edges)]
    for instant in probes:
        assert place_at(timeline, instant).zone == expected_zone(stays, instant)


@given(stay_lists(), st.integers(-3 * 1440, 20 * 1440), st.integers(0, 20 * 1440))
def test_lived_days_tile_the_span(stays: list[Location], first: int, length: int) -> None:
    timeline = place_timeline(HOME, stays)
    start = at(22, 0) + first * MINUTE
    end = start + length * MINUTE

    days = local_days(timeline, start, end)

    assert [day.day for day in days] == sorted({day.day for day in days})
    pieces = sorted((p.start, p.end, p.place, day) for day in days for p in day.pieces)
    edge = start
    for piece_start, piece_end, place, day in pieces:
        assert piece_start == edge < piece_end
        edge = piece_end
        for instant in (piece_start, piece_end - MINUTE):
            assert place_at(timeline, instant) is place
            assert day.day == day_of(timeline, instant) == local_date(instant, place.zone)
    assert edge == end or (not pieces and start == end)
    for day in days:
        assert list(day.pieces) == sorted(day.pieces, key=lambda piece: piece.start)


def test_a_stay_begins_and_ends_at_its_own_midnights() -> None:
    assert changes(stay("Australia/Sydney", 2, 4)) == [
        ("Europe/Amsterdam", ""),
        ("Australia/Sydney", "23 13:00"),
        ("Europe/Amsterdam", "25 13:00"),
    ]


def test_the_next_stay_takes_over_at_its_own_midnight() -> None:
    """Neither nine hours at home on the way west nor nine hours in two places on the way east."""
    west = changes(stay("Australia/Sydney", 2, 4), stay("America/Paramaribo", 4, None))
    east = changes(stay("America/Paramaribo", 2, 4), stay("Australia/Sydney", 4, None))

    assert west[1:] == [("Australia/Sydney", "23 13:00"), ("America/Paramaribo", "26 03:00")]
    assert east[1:] == [("America/Paramaribo", "24 03:00"), ("Australia/Sydney", "25 13:00")]


def test_the_later_stay_wins_where_midnights_overlap() -> None:
    """00:00 of the 25th in Kiritimati comes before 00:00 of the 24th in Pago Pago."""
    overlap = changes(stay("Pacific/Pago_Pago", 1, 2), stay("Pacific/Kiritimati", 3, 4))
    swallowed = changes(stay("Pacific/Pago_Pago", 2, 3), stay("Pacific/Kiritimati", 3, 4))

    assert overlap[1:] == [
        ("Pacific/Pago_Pago", "23 11:00"),
        ("Pacific/Kiritimati", "24 10:00"),
        ("Europe/Amsterdam", "25 10:00"),
    ]
    # In Honolulu the 24th begins at the very instant at which the 25th begins in Kiritimati.
    assert swallowed == changes(stay("Pacific/Honolulu", 2, 3), stay("Pacific/Kiritimati", 3, 4))
    assert swallowed[1:] == [("Pacific/Kiritimati", "24 10:00"), ("Europe/Amsterdam", "25 10:00")]


def lived(*stays: Location) -> list[tuple[int, list[str]]]:
    """Days of the month from 23 March with their pieces, as zone and UTC times."""
    return [
        (one.day.day, [f"{p.place.zone} {p.start:%d %H}-{p.end:%d %H}" for p in one.pieces])
        for one in local_days(place_timeline(HOME, stays), at(23, 0), at(26, 0))
    ]


def test_flying_west_over_the_date_line_repeats_a_date() -> None:
    """After the 24th comes an hour of the 25th, then the 24th again."""
    assert lived(stay("Pacific/Kiritimati", -5, 2), stay("Pacific/Pago_Pago", 2, None)) == [
        (23, ["Pacific/Kiritimati 23 00-23 10"]),
        (24, ["Pacific/Kiritimati 23 10-24 10", "Pacific/Pago_Pago 24 11-25 11"]),
        (25, ["Pacific/Kiritimati 24 10-24 11", "Pacific/Pago_Pago 25 11-26 00"]),
    ]


def test_a_repeated_date_stands_in_order_even_when_its_first_pass_is_cut_off() -> None:
    timeline = place_timeline(
        HOME, [stay("Pacific/Kiritimati", -5, 2), stay("Pacific/Pago_Pago", 2, None)]
    )
    assert [one.day.day for one in local_days(timeline, at(24, 10), at(26, 0))] == [24, 25]


def test_flying_east_over_the_date_line_skips_a_date() -> None:
    assert lived(stay("Pacific/Pago_Pago", -5, 2), stay("Pacific/Kiritimati", 2, None)) == [
        (22, ["Pacific/Pago_Pago 23 00-23 10"]),
        (24, ["Pacific/Kiritimati 23 10-24 10"]),
        (25, ["Pacific/Kiritimati 24 10-25 10"]),
        (26, ["Pacific/Kiritimati 25 10-26 00"]),
    ]


def test_no_place_outside_a_cut_timeline() -> None:
    cut = (Place("UTC", "XX", None, at(22, 0), at(23, 0)),)

    assert place_at(cut, at(22, 0)) is cut[0]
    for instant in (at(21, 23, 59), at(23, 0)):
        with pytest.raises(LookupError):
            place_at(cut, instant)
