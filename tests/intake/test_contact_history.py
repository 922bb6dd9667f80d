"""Contact history as phone systems export it: read, or refused with the line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.errors import Fault, InputError
from scheduler.intake.contact_history import ContactsRead, read_contact_history

HEADER = "queue,interval_start_utc,interval_min,offered,handled,abandoned,aht_s"
START = datetime(2026, 1, 12, tzinfo=UTC)


def utc_rows(days: int = 28, minutes: int = 30, queue: str = "q") -> list[str]:
    count = days * 1440 // minutes
    starts = (START + timedelta(minutes=minutes * idx) for idx in range(count))
    return [f"{queue},{at:%Y-%m-%dT%H:%MZ},{minutes},{at.hour}.5,3,1,240" for at in starts]


def read(folder: Path, rows: Iterable[str], header: str = HEADER) -> ContactsRead:
    path = folder / "HISTORY.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return read_contact_history(path)


def faults_of(folder: Path, rows: Iterable[str], header: str = HEADER) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        read(folder, rows, header)
    return caught.value.faults


def test_rows_of_two_queues_in_any_order(tmp_path: Path) -> None:
    rows = [*utc_rows(queue="b", minutes=15)[::-1], *utc_rows(days=29, queue="a")]
    found = read(tmp_path, rows)
    b, a = found.history
    assert (b.queue_id, b.interval_minutes, len(b.starts)) == ("b", 15, 28 * 96)
    assert (a.queue_id, a.interval_minutes, len(a.starts)) == ("a", 30, 29 * 48)
    assert b.starts[:2] == (START, START + timedelta(minutes=15))
    assert a.offered[46] == 23.5
    assert a.aht_s[0] == 240
    assert not found.notices


def test_blank_and_left_out_columns(tmp_path: Path) -> None:
    rows = [",".join(row.split(",")[:2]) + f";{row.split(',')[3]}" for row in utc_rows()]
    rows = [row.replace(",", ";").replace(".5", ",5") for row in rows]
    found = read(tmp_path, rows, "queue;interval_start_utc;offered")
    assert found.history[0].interval_minutes == 30
    assert found.history[0].offered[2] == 1.5
    assert set(found.history[0].aht_s) == {None}


def test_the_later_row_of_a_repeated_hour_is_its_second_pass(tmp_path: Path) -> None:
    autumn = datetime(2026, 10, 5, tzinfo=UTC)
    rows = []
    for idx in range(30 * 48):
        at = autumn + timedelta(minutes=30 * idx)
        ahead = 2 if at < datetime(2026, 10, 25, 1, tzinfo=UTC) else 1
        shown = at + timedelta(hours=ahead)
        rows.append(f"q,{shown:%Y-%m-%dT%H:%M},Europe/Amsterdam,{idx}")
    header = "queue,interval_start_local,zone,offered"
    history = read(tmp_path, rows, header).history[0]
    assert history.starts == tuple(autumn + timedelta(minutes=30 * idx) for idx in range(30 * 48))
    assert history.offered == tuple(map(float, range(30 * 48)))
    again = next(row for row in rows if "10-25T02:00" in row)
    faults = faults_of(tmp_path, [*rows, again], header)
    assert [(fault.code, fault.line) for fault in faults] == [("duplicate_interval", 1442)]


def test_gaps_are_a_notice_not_a_fault(tmp_path: Path) -> None:
    rows = utc_rows()
    found = read(tmp_path, rows[:100] + rows[148:])
    (notice,) = found.notices
    assert (notice.code, notice.line, notice.value) == ("missing_intervals", 2, "q")
    assert "an interval every 30 minutes; 48 of 1344 are not there" in str(notice)
    assert len(found.history[0].starts) == 1296


def test_four_weeks_of_office_days_are_enough_in_every_zone(tmp_path: Path) -> None:
    for shift in range(0, 24, 5):
        starts = [
            START + timedelta(days=day, hours=shift, minutes=30 * idx)
            for day in range(28)
            if day % 7 < 5
            for idx in range(20)
        ]
        rows = [f"q,{at:%Y-%m-%dT%H:%MZ},5" for at in starts]
        header = "queue,interval_start_utc,offered"
        assert read(tmp_path, rows, header).history[0].days == 28
        faults = faults_of(tmp_path, rows[:-20], header)
        assert [fault.code for fault in faults] == ["history_too_short"]


@pytest.mark.parametrize(
    ("row", "code", "column", "said"),
    [
        ("q,2026-01-12T00:00Z,30,-1,,,", "out_of_range", "offered", "from 0"),
        ("q,2026-01-12T00:00Z,30,many,,,", "bad_number", "offered", "a number"),
        ("q,2026-01-12T00:30Z,30,5,,,240", "duplicate_interval", "interval_start_utc", "line 4"),
        ("q,2026-01-12T00:00Z,15,5,,,240", "off_grid", "interval_min", "30 minutes, like"),
        ("q,2026-01-12T00:10Z,30,5,,,240", "off_grid", "interval_start_utc", "every 30 minutes"),
        ("q,2026-01-12T00:00Z,30,5,,,0", "out_of_range", "aht_s", "above 0"),
        ("q,12-01-2026 00:00,30,5,,,240", "bad_instant", "interval_start_utc", "2027-"),
        ("q,2026-01-12T00:00,30,5,,,240", "missing_offset", "interval_start_utc", "offset"),
        ("q,,30,5,,,240", "one_of_two", "interval_start_utc", "exactly one"),
        ("q,2026-01-12T00:00Z,30,,,,240", "missing_value", "offered", "contacts"),
    ],
)
def test_a_spoilt_row_is_named_with_its_line(
    tmp_path: Path, row: str, code: str, column: str, said: str
) -> None:
    rows = utc_rows()
    faults = faults_of(tmp_path, [rows[2], row, *rows[1:2], *rows[3:]])
    named = [fault for fault in faults if fault.code == code and fault.column == column]
    assert len(named) == 1
    assert named[0].line in (3, 4)
    assert said in str(named[0])


def test_local_times_need_a_zone_and_must_exist(tmp_path: Path) -> None:
    header = "queue,interval_start_local,zone,offered"
    rows = ["q,2026-03-29T02:30,Europe/Amsterdam,5", "q,2026-03-29T04:00,,5", "q,soon,CET,5"]
    found = {(fault.line, fault.code) for fault in faults_of(tmp_path, rows, header)}
    assert {(2, "skipped_time"), (3, "missing_value"), (4, "bad_local_time")} <= found
    assert (4, "unknown_zone") in found


def test_short_histories_are_named_queue_by_queue(tmp_path: Path) -> None:
    rows = [*utc_rows(days=27, queue="short"), *utc_rows(days=28, queue="long")]
    faults = faults_of(tmp_path, rows)
    assert [(fault.code, fault.value, fault.line) for fault in faults] == [
        ("history_too_short", "short", 2)
    ]
    assert "at least 28 days of history, not 27" in str(faults[0])
    assert [fault.code for fault in faults_of(tmp_path, [])] == ["empty_table"]
