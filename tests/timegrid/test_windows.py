from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.domain import Horizon, WallTime
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.windows import (
    DayWindow,
    day_windows,
    horizon_bounds,
    local_date,
    local_dates,
    minutes_in_clock_window,
    night_windows,
    rolling_windows,
    week_start,
    week_windows,
)
from scheduler.timegrid.zones import (
    WallStatus,
    local_of,
    start_of_day,
    transitions,
    wall_status,
    zone_names,
)

from .strategies import MINUTE, instants, zones, zones_and_instants

AMSTERDAM = "Europe/Amsterdam"
SPRING = Horizon(date(2027, 3, 22), date(2027, 4, 5), AMSTERDAM)
STARTS = instants(2012, 2040)


def on_quarter(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def test_a_horizon_over_a_clock_change_is_an_hour_short() -> None:
    start, end = horizon_bounds(SPRING)

    assert (start, end) == (
        datetime(2027, 3, 21, 23, tzinfo=UTC),
        datetime(2027, 4, 4, 22, tzinfo=UTC),
    )
    assert SlotGrid.over(start, end).slots == 14 * 96 - 4


@given(zones, STARTS, st.integers(1, 2000))
def test_days_and_weeks_tile_the_grid(zone: str, start: datetime, slots: int) -> None:
    grid = SlotGrid(on_quarter(start), slots)
    days, weeks = day_windows(grid, zone), week_windows(grid, zone)

    for windows in (days, weeks):
        assert windows[0].start_slot == 0
        assert windows[-1].end_slot == slots
        for one, following in pairwise(windows):
            assert one.end_slot == following.start_slot
            assert one.day < following.day
    for window in days:
        for slot in (window.start_slot, window.end_slot - 1):
            assert local_of(grid.instant_of(slot), zone).wall.day == window.day
    for window in weeks:
        for slot in (window.start_slot, window.end_slot - 1):
            day = local_of(grid.instant_of(slot), zone).wall.day
            assert window.day.isocalendar()[:2] == day.isocalendar()[:2]
            assert window.day == week_start(day) == week_start(window.day)
            assert window.day.isoweekday() == 1
    assert tuple(window.day for window in days) == local_dates(grid.start, grid.end, zone)


def test_days_tile_a_year_in_every_zone_through_every_change() -> None:
    start, end = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    grid = SlotGrid.over(start, end)
    for zone in zone_names():
        slot = 0
        odd_minutes = 0
        for window in day_windows(grid, zone):
            assert window.start_slot == slot
            slot = window.end_slot
            if window.start_slot > 0 and slot < grid.slots:
                assert grid.instant_of(window.start_slot) == start_of_day(window.day, zone)
                odd_minutes += (slot - window.start_slot - 96) * 15
        assert slot == grid.slots
        changes = transitions(zone, start, end)
        assert odd_minutes == sum(one.before_minutes - one.after_minutes for one in changes)


def test_a_skipped_date_does_not_occur() -> None:
    start, end = datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)

    assert local_dates(start, end, "Pacific/Apia") == (
        date(2011, 12, 28),
        date(2011, 12, 29),
        date(2011, 12, 31),
        date(2012, 1, 1),
    )
    assert local_dates(end, start, "Pacific/Apia") == local_dates(start, start, "UTC") == ()


@given(
    zones_and_instants(2012, 2060),
    st.integers(0, 2000),
    st.integers(0, 95),
    st.integers(0, 96),
)
def test_minutes_in_a_window_equal_a_count_of_the_clock(
    case: tuple[str, datetime], minutes: int, from_quarter: int, until_quarter: int
) -> None:
    """Read the clock minute by minute; where an edge is itself skipped or repeated, see below."""
    zone, start = case
    end = start + minutes * MINUTE
    from_minute, until_minute = from_quarter * 15, until_quarter * 15
    day = local_date(start, zone) - timedelta(days=1)
    while day <= local_date(end, zone):
        for minute in (from_minute, until_minute % 1440):
            assume(wall_status(WallTime(day, minute), zone) is WallStatus.OK)
        day += timedelta(days=1)

    def inside(instant: datetime) -> bool:
        shown = local_of(instant, zone).wall.minute
        if from_minute < until_minute:
            return from_minute <= shown < until_minute
        return shown >= from_minute or shown < until_minute

    counted = sum(inside(start + minute * MINUTE) for minute in range(minutes))

    assert minutes_in_clock_window(start, end, zone, from_minute, until_minute) == counted


@pytest.mark.parametrize(
    ("day", "from_minute", "until_minute", "expected"),
    [
        (date(2027, 3, 28), 150, 360, 180),  # opens in the gap: from 03:00 on
        (date(2027, 3, 28), 0, 150, 120),  # closes in the gap: at 02:00
        (date(2027, 10, 31), 0, 150, 150),  # closes at the first 02:30
        (date(2027, 10, 31), 150, 360, 270),  # opens at the first 02:30
    ],
)
def test_window_edges_in_skipped_and_repeated_time(
    day: date, from_minute: int, until_minute: int, expected: int
) -> None:
    start, end = start_of_day(day, AMSTERDAM), start_of_day(day + timedelta(days=1), AMSTERDAM)

    assert minutes_in_clock_window(start, end, AMSTERDAM, from_minute, until_minute) == expected
    rest = minutes_in_clock_window(start, end, AMSTERDAM, until_minute, from_minute)
    assert rest + expected == (end - start) // MINUTE


def test_nights_over_the_clock_change() -> None:
    grid = SlotGrid.over(*horizon_bounds(SPRING))

    nights = night_windows(grid, AMSTERDAM, 23 * 60, 7 * 60)

    assert nights[0] == DayWindow(date(2027, 3, 21), 0, 28)
    assert nights[1] == DayWindow(date(2027, 3, 22), 92, 96 + 28)
    spring = next(night for night in nights if night.day == date(2027, 3, 27))
    assert spring.end_slot - spring.start_slot == 28
    assert nights[-1] == DayWindow(date(2027, 4, 4), grid.slots - 4, grid.slots)
    assert len(nights) == 15
    early = night_windows(grid, AMSTERDAM, 0, 6 * 60)
    assert [night.end_slot - night.start_slot for night in early] == [24] * 6 + [20] + [24] * 7


@given(zones, STARTS, st.integers(1, 700), st.integers(0, 96), st.integers(0, 96))
def test_nights_hold_the_minutes_of_their_window(
    zone: str, start: datetime, slots: int, from_quarter: int, until_quarter: int
) -> None:
    grid = SlotGrid(on_quarter(start), slots)
    from_minute, until_minute = from_quarter * 15, until_quarter * 15

    nights = night_windows(grid, zone, from_minute, until_minute)

    held = sum(night.end_slot - night.start_slot for night in nights) * 15
    assert held == minutes_in_clock_window(grid.start, grid.end, zone, from_minute, until_minute)
    assert all(0 <= night.start_slot < night.end_slot <= slots for night in nights)


def test_rolling_windows() -> None:
    assert rolling_windows(10, 4, 3) == ((0, 4), (3, 7), (6, 10))
    assert rolling_windows(11, 4, 3) == ((0, 4), (3, 7), (6, 10))
    assert rolling_windows(3, 4, 1) == ((0, 3),)
    with pytest.raises(ValueError, match="positive"):
        rolling_windows(10, 4, 0)
