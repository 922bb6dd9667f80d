"""Figures computed elsewhere: each row of timezones.csv says what must come out."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from scheduler.domain import WallTime
from scheduler.domain.walltime import parse_clock
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.windows import local_date, minutes_in_clock_window, week_start
from scheduler.timegrid.zones import (
    Repeated,
    Skipped,
    day_bounds,
    local_of,
    offset_minutes,
    utc_of,
    wall_status,
)

Row = dict[str, str]

with Path(__file__).with_name("timezones.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def instant(row: Row, side: str) -> datetime:
    wall = WallTime.parse(row[f"local_{side}"])
    fold = row[f"fold_{side}"]
    repeated = Repeated.of_fold(int(fold)) if fold else Repeated.REJECT
    return utc_of(wall, row[f"zone_{side}"], skipped=Skipped.REJECT, repeated=repeated)


def hours_between(row: Row) -> str:
    return f"{(instant(row, 'b') - instant(row, 'a')).total_seconds() / 3600:g}"


def converted(row: Row) -> str:
    assert instant(row, "a") == datetime.fromisoformat(row["utc_in"])
    return str(local_of(instant(row, "a"), row["zone_b"]).wall)


def offset(row: Row) -> str:
    return str(offset_minutes(datetime.fromisoformat(row["utc_in"]), row["zone_a"]))


def status(row: Row) -> str:
    return wall_status(WallTime.parse(row["local_a"]), row["zone_a"]).value


def quarter_hours(row: Row) -> str:
    start, end = day_bounds(date.fromisoformat(row["local_a"]), row["zone_a"])
    return str(SlotGrid.over(start, end).slots)


def hours_in_window(row: Row) -> str:
    from_minute, until_minute = map(parse_clock, row["kind"].rsplit("_", 1)[1].split("-"))
    minutes = minutes_in_clock_window(
        instant(row, "a"), instant(row, "b"), row["zone_a"], from_minute, until_minute
    )
    return f"{minutes / 60:g}"


def monday(row: Row) -> str:
    elsewhere = week_start(local_date(instant(row, "a"), row["zone_b"]))
    assert elsewhere.isoformat() == row["trap_value"]
    return week_start(local_date(instant(row, "a"), row["zone_a"])).isoformat()


def utc(row: Row) -> str:
    return f"{instant(row, 'a'):%Y-%m-%dT%H:%MZ}"


ANSWERS = {
    "shift_hours": hours_between,
    "rest_hours": hours_between,
    "convert": converted,
    "offset_minutes": offset,
    "wall_status": status,
    "quarter_hours_in_local_day": quarter_hours,
    "hours_in_window": hours_in_window,
    "monday_of_local_week": monday,
    "utc_of_stored_wall_time": utc,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_figure(row: Row) -> None:
    kind = "hours_in_window" if row["kind"].startswith("hours_in_window_") else row["kind"]

    assert ANSWERS[kind](row) == row["expected"]


def test_no_figure_is_lost() -> None:
    assert len(ROWS) == 121
