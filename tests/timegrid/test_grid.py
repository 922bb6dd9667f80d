from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid

from .strategies import MINUTE, instants

START = datetime(2027, 3, 21, 23, 0, tzinfo=UTC)


@given(instants(2000, 2050), st.integers(1, 5000), st.integers(-5000, 10000))
def test_slot_to_instant_and_back(start: datetime, slots: int, slot: int) -> None:
    grid = SlotGrid(start, slots)

    instant = grid.instant_of(slot)

    assert instant - start == timedelta(minutes=SLOT_MINUTES * slot)
    assert grid.slot_of(instant) == grid.floor(instant) == grid.ceil(instant) == slot
    assert SlotGrid.over(start, grid.end) == grid


@given(instants(2000, 2050), st.integers(-5000, 10000), st.integers(1, SLOT_MINUTES - 1))
def test_between_two_slots(start: datetime, slot: int, minutes: int) -> None:
    grid = SlotGrid(start, 96)
    instant = grid.instant_of(slot) + minutes * MINUTE

    assert (grid.floor(instant), grid.ceil(instant)) == (slot, slot + 1)
    with pytest.raises(ValueError, match="not on the grid"):
        grid.slot_of(instant)


@pytest.mark.parametrize("minutes", [-15, 0, 20])
def test_a_grid_covers_whole_slots_and_some_time(minutes: int) -> None:
    with pytest.raises(ValueError, match=r"whole number|at least one"):
        SlotGrid.over(START, START + minutes * MINUTE)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_a_grid_starts_in_utc(zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        SlotGrid(START.replace(tzinfo=zone), 4)
