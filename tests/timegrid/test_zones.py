from __future__ import annotations

import importlib.resources
import os
import struct
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pendulum.tz.exceptions import AmbiguousTime, NonExistingTime

from scheduler.domain import WallTime
from scheduler.timegrid.windows import local_date
from scheduler.timegrid.zones import (
    Repeated,
    RepeatedTimeError,
    Skipped,
    SkippedTimeError,
    Transition,
    WallStatus,
    clock_instant,
    day_bounds,
    is_zone,
    local_of,
    offset_minutes,
    start_of_day,
    transitions,
    utc_of,
    wall_status,
    zone_names,
)

from .strategies import MINUTE, zones_and_days, zones_and_instants

AMSTERDAM = "Europe/Amsterdam"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def zone_file(zone: str) -> bytes:
    return importlib.resources.files("tzdata.zoneinfo").joinpath(zone).read_bytes()


DISTINCT_ZONES = tuple({zone_file(zone): zone for zone in zone_names()}.values())


# Names


def test_regions_and_utc_are_zones() -> None:
    for name in (AMSTERDAM, "America/Argentina/Ushuaia", "Asia/Kathmandu", "UTC", "Etc/UTC"):
        assert is_zone(name)
        assert name in zone_names()
    assert list(zone_names()) == sorted(set(zone_names()))


NO_ZONES = """
CEST CET EST MET GMT EST5EDT Etc/GMT-2 +02:00 posixrules posix/Europe/Amsterdam Factory utc
europe/amsterdam Europe/amsterdam Europe Europe/ Europe/Utrecht US/Eastern ../Europe/Amsterdam
"""


@pytest.mark.parametrize("name", ["", *NO_ZONES.split()])
def test_everything_else_is_no_zone(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(ValueError, match="not an IANA zone"):
        start_of_day(date(2027, 1, 1), name)


# Instants to walls and back


@given(zones_and_instants())
def test_instant_to_local_and_back(case: tuple[str, datetime]) -> None:
    zone, instant = case
    local = local_of(instant, zone)

    back = utc_of(local.wall, zone, skipped=Skipped.REJECT, repeated=Repeated.of_fold(local.fold))

    assert back == instant
    assert type(back) is datetime
    assert back.tzinfo is UTC


@given(zones_and_instants())
def test_the_table_agrees_with_pendulum(case: tuple[str, datetime]) -> None:
    zone, instant = case
    theirs = pendulum.instance(instant).in_timezone(zone)
    ours = local_of(instant, zone)

    assert ours.wall.day == theirs.date()
    assert ours.wall.minute == theirs.hour * 60 + theirs.minute
    assert ours.fold == theirs.fold
    assert ours.offset_minutes * 60 == theirs.offset == offset_minutes(instant, zone) * 60


@given(zones_and_instants())
def test_policies_agree_with_pendulum(case: tuple[str, datetime]) -> None:
    """Read the digits of a UTC instant as a wall time, so that gaps come up as well."""
    zone, digits = case
    digits += timedelta(minutes=offset_minutes(digits, zone))
    wall = WallTime(digits.date(), digits.hour * 60 + digits.minute)
    theirs = pendulum.timezone(zone)
    naive = digits.replace(tzinfo=None)
    first = theirs.convert(naive.replace(fold=0)).astimezone(UTC)
    second = theirs.convert(naive.replace(fold=1)).astimezone(UTC)
    try:
        theirs.convert(naive, raise_on_unknown_times=True)
    except NonExistingTime:
        assert wall_status(wall, zone) is WallStatus.GAP
        # pendulum's default (fold 1) moves a skipped time later by the length of the gap.
        shifted = utc_of(wall, zone, skipped=Skipped.SHIFT, repeated=Repeated.REJECT)
        assert shifted == second
        forward = utc_of(wall, zone, skipped=Skipped.FORWARD, repeated=Repeated.REJECT)
        assert local_of(forward - MINUTE, zone).wall < wall < local_of(forward, zone).wall
        with pytest.raises(SkippedTimeError):
            utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.FIRST)
    except AmbiguousTime:
        assert wall_status(wall, zone) is WallStatus.AMBIGUOUS
        assert utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.FIRST) == first
        assert utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.SECOND) == second
        with pytest.raises(RepeatedTimeError):
            utc_of(wall, zone, skipped=Skipped.FORWARD, repeated=Repeated.REJECT)
    else:
        assert wall_status(wall, zone) is WallStatus.OK
        assert utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.REJECT) == first


def test_each_policy_on_the_spring_and_autumn_hour() -> None:
    spring, autumn = WallTime.parse("2027-03-28T02:30"), WallTime.parse("2027-10-31T02:30")

    def read(wall: WallTime, skipped: Skipped, repeated: Repeated) -> datetime:
        return utc_of(wall, AMSTERDAM, skipped=skipped, repeated=repeated)

    assert read(spring, Skipped.FORWARD, Repeated.REJECT) == at("2027-03-28T01:00Z")
    assert read(spring, Skipped.SHIFT, Repeated.REJECT) == at("2027-03-28T01:30Z")
    assert read(autumn, Skipped.REJECT, Repeated.FIRST) == at("2027-10-31T00:30Z")
    assert read(autumn, Skipped.REJECT, Repeated.SECOND) == at("2027-10-31T01:30Z")
    with pytest.raises(SkippedTimeError, match="jumps from 2027-03-28T02:00 to 2027-03-28T03:00"):
        read(spring, Skipped.REJECT, Repeated.FIRST)
    with pytest.raises(RepeatedTimeError, match="occurs twice in Europe/Amsterdam"):
        read(autumn, Skipped.SHIFT, Repeated.REJECT)


def test_the_minutes_around_every_clock_change_of_a_year() -> None:
    year = at("2027-01-01T00:00Z"), at("2028-01-01T00:00Z")
    cases = [(zone, one) for zone in DISTINCT_ZONES for one in transitions(zone, *year)]
    assert len(cases) > 200
    for zone, change in cases:
        before = change.instant + timedelta(minutes=change.before_minutes)
        after = change.instant + timedelta(minutes=change.after_minutes)
        first, last = sorted((before, after))
        status = WallStatus.GAP if before < after else WallStatus.AMBIGUOUS

        def status_at(shown: datetime, zone: str = zone) -> WallStatus:
            return wall_status(WallTime(shown.date(), shown.hour * 60 + shown.minute), zone)

        assert status_at(first - MINUTE) is status_at(last) is WallStatus.OK, (zone, change)
        assert status_at(first) is status_at(last - MINUTE) is status, (zone, change)


def test_two_passes_that_compare_equal_are_kept_apart() -> None:
    clock = pendulum.timezone(AMSTERDAM)
    passes = [datetime(2027, 10, 31, 2, 30, tzinfo=clock, fold=fold) for fold in (0, 1)]
    assert passes[0] == passes[1]

    assert [local_of(instant, AMSTERDAM).fold for instant in passes] == [0, 1]
    assert [offset_minutes(instant, AMSTERDAM) for instant in passes] == [120, 60]


def test_seconds_are_dropped_and_naive_times_refused() -> None:
    assert local_of(at("1969-12-31T23:59:59.9Z"), "UTC").wall == WallTime.parse("1969-12-31T23:59")
    with pytest.raises(ValueError, match="needs an offset"):
        local_of(at("2027-01-01T00:00"), AMSTERDAM)


# Days and edges of windows


@given(zones_and_days(), st.integers(0, 1439))
def test_local_days_tile_time(case: tuple[str, date], minute: int) -> None:
    zone, day = case
    start, end = day_bounds(day, zone)

    assert start == start_of_day(day, zone)
    assert end == start_of_day(day + timedelta(days=1), zone)
    assert local_date(start - MINUTE, zone) < day < local_date(end, zone)
    if start < end:
        within = start + minute * MINUTE
        for instant in (start, end - MINUTE, within if within < end else start):
            assert local_date(instant, zone) == day


@given(zones_and_days(), st.integers(0, 1440), st.integers(0, 1440))
def test_edges_of_windows_never_run_backwards(case: tuple[str, date], a: int, b: int) -> None:
    zone, day = case
    start, end = day_bounds(day, zone)

    edges = [clock_instant(day, minute, zone) for minute in sorted((0, a, b, 1440))]

    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (start, end)


def test_days_without_a_midnight_and_midnights_without_a_day() -> None:
    cairo = day_bounds(date(2027, 4, 30), "Africa/Cairo")
    assert cairo == (at("2027-04-29T22:00Z"), at("2027-04-30T21:00Z"))
    assert local_of(cairo[0], "Africa/Cairo").wall == WallTime.parse("2027-04-30T01:00")
    skipped = day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert skipped == (at("2011-12-30T10:00Z"), at("2011-12-30T10:00Z"))
    assert day_bounds(date(2011, 12, 31), "Pacific/Apia")[0] == skipped[1]
    # Put back at 00:01 to 23:01: the new date had begun and goes on.
    again = at("2010-11-07T03:00Z")
    assert local_of(again, "America/St_Johns").wall == WallTime.parse("2010-11-06T23:30")
    assert local_date(again, "America/St_Johns") == date(2010, 11, 7)


def test_edges_at_a_skipped_and_a_repeated_time() -> None:
    assert clock_instant(date(2027, 3, 28), 150, AMSTERDAM) == at("2027-03-28T01:00Z")
    assert clock_instant(date(2027, 10, 31), 150, AMSTERDAM) == at("2027-10-31T00:30Z")
    with pytest.raises(ValueError, match="0 to 1440"):
        clock_instant(date(2027, 1, 1), 1441, AMSTERDAM)


def test_the_first_and_last_dates_of_the_calendar_have_bounds() -> None:
    assert start_of_day(date.min, "Asia/Tokyo") == datetime.min.replace(tzinfo=UTC)
    assert day_bounds(date.max, "Asia/Tokyo")[1] == at("9999-12-31T15:00Z")
    assert day_bounds(date.max, "America/Aruba")[0] == at("9999-12-31T04:00Z")


# Zone data


def listed_changes(data: bytes) -> list[tuple[int, int, int]]:
    """Read the clock changes that a zone file lists (RFC 8536): second, offset before, after."""

    def counts(at_byte: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at_byte + 20 : at_byte + 44])

    isut, isstd, leap, times, types, chars = counts(0)
    second_header = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    _, _, _, times, types, _ = counts(second_header)
    body = second_header + 44
    seconds = struct.unpack(f">{times}q", data[body : body + times * 8])
    kinds = data[body + times * 8 : body + times * 9]
    first_type = body + times * 9
    offsets = [
        struct.unpack(">l", data[first_type + kind * 6 : first_type + kind * 6 + 4])[0]
        for kind in range(types)
    ]
    return [
        (second, offsets[before], offsets[after])
        for second, before, after in zip(seconds[1:], kinds, kinds[1:], strict=False)
        if offsets[before] != offsets[after]
    ]


def assert_all_changes_found(zone: str, start: datetime, end: datetime) -> int:
    """Compare up to the last change listed; from there on the file holds a rule instead."""
    listed = [
        Transition(datetime.fromtimestamp(second, UTC), before // 60, after // 60)
        for second, before, after in listed_changes(zone_file(zone))
    ]
    expected = [one for one in listed if start <= one.instant < end]
    if expected and expected[-1] == listed[-1]:
        end = expected[-1].instant + MINUTE
    if expected:
        assert list(transitions(zone, start, end)) == expected
    return len(expected)


def test_every_listed_clock_change_of_every_zone_is_found() -> None:
    start, end = at("2006-01-01T00:00Z"), at("2012-01-01T00:00Z")

    found = sum(assert_all_changes_found(zone, start, end) for zone in DISTINCT_ZONES)

    assert found > 500


@pytest.mark.parametrize(
    "zone",
    ["Africa/Casablanca", "America/Boa_Vista", "Antarctica/Casey", "Asia/Gaza", "Pacific/Apia"],
)
def test_the_wildest_zones_through_their_history(zone: str) -> None:
    assert assert_all_changes_found(zone, at("1973-01-01T00:00Z"), at("2045-01-01T00:00Z")) > 5


def test_every_day_of_a_year_to_come_has_the_offset_of_pendulum() -> None:
    days = [at("2027-01-01T12:00Z") + timedelta(days=day) for day in range(365)]
    for zone in DISTINCT_ZONES:
        theirs = pendulum.timezone(zone)
        for day in days:
            offset = day.astimezone(theirs).utcoffset()
            assert offset == timedelta(minutes=offset_minutes(day, zone)), (zone, day)


def test_a_change_at_the_edge_belongs_to_the_half_open_span() -> None:
    change = at("2027-03-28T01:00Z")
    assert transitions(AMSTERDAM, change, change + MINUTE) == (Transition(change, 60, 120),)
    assert transitions(AMSTERDAM, change - MINUTE, change) == ()


@pytest.mark.parametrize(
    "before", ["", "import pendulum; kept = pendulum.timezone('Europe/Amsterdam');"]
)
def test_zone_data_comes_from_the_package_not_from_the_machine(tmp_path: Path, before: str) -> None:
    """A machine whose own Amsterdam keeps the time of Tokyo changes nothing."""
    file = tmp_path / "zones" / "Europe" / "Amsterdam"
    file.parent.mkdir(parents=True)
    file.write_bytes(zone_file("Asia/Tokyo"))
    lie = "import pendulum; print(pendulum.datetime(2027, 1, 1, tz='Europe/Amsterdam').offset)"
    truth = (
        f"{before}from datetime import UTC, datetime; import tzdata;"
        "from scheduler.timegrid import zones; import pendulum;"
        "print(zones.offset_minutes(datetime(2027, 1, 1, tzinfo=UTC), 'Europe/Amsterdam'),"
        "pendulum.datetime(2027, 1, 1, tz='Europe/Amsterdam').offset,"
        "zones.tz_version() == tzdata.IANA_VERSION)"
    )

    def run(program: str) -> str:
        environment = {**os.environ, "PYTHONTZPATH": str(tmp_path / "zones")}
        root = str(Path(__file__).parents[2])
        return subprocess.run(
            [sys.executable, "-c", program],
            env=environment | {"PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert run(lie) == str(9 * 3600)
    assert run(truth) == "60 3600 True"
