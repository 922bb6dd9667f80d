"""Rosters go to JSON and back unchanged; what is not a roster is refused with pointers."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import Activity, Break, Horizon, Roster, Shift, SolverNote
from scheduler.errors import InputError
from scheduler.intake.roster_json import read_roster, roster_from_json, roster_to_json
from scheduler.timegrid.zones import local_of

ZONES = ["Europe/Amsterdam", "America/Paramaribo", "Asia/Kathmandu", "Australia/Lord_Howe"]
CENTS = st.integers(0, 10**13)


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    quarters = draw(st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True))
    base = datetime(2027, 3, 20, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 24 * 220)))
    marks = [base + timedelta(minutes=15 * quarter) for quarter in sorted(quarters)]
    spans = list(pairwise(marks))
    zone = draw(st.sampled_from(ZONES))
    local = local_of(marks[0], zone)
    return Shift(
        agent_id=draw(st.sampled_from(["a1", "Zoë/~"])),
        start=marks[0],
        end=marks[-1],
        start_local=local.wall,
        zone=zone,
        fold=local.fold,
        paid_minutes=draw(st.integers(0, 1440)),
        breaks=tuple(Break(*span, draw(st.booleans())) for span in spans[1::2]),
        activities=tuple(Activity("q", *span) for span in spans[::2]),
        pinned=draw(st.booleans()),
    )


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    terms = draw(st.dictionaries(st.sampled_from(["short", "idle", "wages"]), CENTS))
    note = SolverNote("1.2", "large", "feasible", draw(st.integers(0, 2**31)), 2, 12.345)
    return Roster(
        horizon=Horizon(date(2027, 3, 22), date(2027, 4, 5), "Europe/Amsterdam"),
        currency="EUR",
        shifts=tuple(draw(st.lists(shifts(), max_size=4))),
        cost_cents=draw(CENTS),
        bound_cents=draw(CENTS),
        terms=tuple(terms.items()),
        solver=note,
        input_sha256="ab" * 32,
        tz_version="2026f",
    )


@settings(max_examples=60, deadline=None)
@given(rosters())
def test_a_roster_survives_the_way_through_json(
    tmp_path_factory: pytest.TempPathFactory, roster: Roster
) -> None:
    path = tmp_path_factory.getbasetemp() / "roster.json"
    path.write_text(json.dumps(roster_to_json(roster)))
    read = read_roster(path)
    assert read.roster == roster
    assert read.notices == ()
    assert roster_from_json(json.loads(path.read_text())) == roster


START = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
ONE = Roster(
    horizon=Horizon(date(2026, 10, 19), date(2026, 11, 2), "Europe/Amsterdam"),
    currency="EUR",
    shifts=(
        Shift(
            "a1",
            START,
            START + timedelta(hours=8),
            local_of(START, "Europe/Amsterdam").wall,
            "Europe/Amsterdam",
            1,
            450,
            (Break(START + timedelta(hours=4), START + timedelta(hours=4.5), paid=False),),
            (Activity("q", START, START + timedelta(hours=4)),),
        ),
    ),
    cost_cents=123_456,
    bound_cents=111_110,
    terms=(("wages", 123_456),),
    solver=SolverNote("1.2", "whole", "feasible", 7, 2, 1.5),
    input_sha256="ab" * 32,
    tz_version="2026f",
)


def span(start: str, end: str) -> dict[str, str]:
    return {"start_utc": f"2026-10-25T{start}Z", "end_utc": f"2026-10-25T{end}Z"}


def test_the_format_is_the_one_that_is_documented() -> None:
    assert roster_to_json(ONE) == {
        "format": "heliotrope-roster/1",
        "horizon": {"start": "2026-10-19", "end": "2026-11-02", "zone": "Europe/Amsterdam"},
        "currency": "EUR",
        "cost": 1234.56,
        "bound": 1111.1,
        "gap": round(12_346 / 123_456, 6),
        "terms": {"wages": 1234.56},
        "solver": {
            "version": "1.2",
            "method": "whole",
            "status": "feasible",
            "seed": 7,
            "workers": 2,
            "seconds": 1.5,
        },
        "input_sha256": "ab" * 32,
        "tz_version": "2026f",
        "shifts": [
            {
                "agent_id": "a1",
                "start_utc": "2026-10-25T01:30Z",
                "end_utc": "2026-10-25T09:30Z",
                "start_local": "2026-10-25T02:30",
                "zone": "Europe/Amsterdam",
                "fold": 1,
                "paid_minutes": 450,
                "breaks": [
                    {**span("05:30", "06:00"), "paid": False},
                ],
                "activities": [
                    {"queue_id": "q", **span("01:30", "05:30")},
                ],
                "pinned": False,
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "code", "pointer"),
    [
        ("format", "heliotrope-roster/2", "unknown_format", "/format"),
        ("cost", "much", "bad_number", "/cost"),
        ("cost", 1.005, "bad_number", "/cost"),
        ("bound", None, "wrong_type", "/bound"),
        ("terms", [], "wrong_type", "/terms"),
        ("horizon.zone", "CET", "unknown_zone", "/horizon/zone"),
        ("horizon.end", "2026-10-19", "wrong_order", "/horizon/end"),
        ("horizon.end", "2199-01-01", "horizon_too_long", "/horizon/end"),
        ("terms.\x1b[31mwages", 1, "bad_text", "/terms/\\x1b[31mwages"),
        ("terms.wa\nges", 1, "bad_text", "/terms/wa\\nges"),
        ("solver.seed", -1, "out_of_range", "/solver/seed"),
        ("shifts", {}, "wrong_type", "/shifts"),
        ("shifts.0", 7, "wrong_type", "/shifts/0"),
        ("shifts.0.fold", 2, "out_of_range", "/shifts/0/fold"),
        ("shifts.0.end_utc", "2026-10-25T01:30Z", "wrong_order", "/shifts/0/end_utc"),
        ("shifts.0.start_utc", "2026-10-25T01:30", "missing_offset", "/shifts/0/start_utc"),
        ("shifts.0.start_local", "2026-10-25", "bad_local_time", "/shifts/0/start_local"),
        ("shifts.0.pinned", "perhaps", "bad_yes_no", "/shifts/0/pinned"),
        ("shifts.0.breaks.0.paid", 1, "wrong_type", "/shifts/0/breaks/0/paid"),
        ("shifts.0.activities.0.queue_id", 1, "wrong_type", "/shifts/0/activities/0/queue_id"),
    ],
)
def test_what_is_not_a_roster_is_refused(path: str, value: object, code: str, pointer: str) -> None:
    data: Any = roster_to_json(ONE)
    *way, last = path.split(".")
    node = data
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    node[int(last) if last.isdigit() else last] = value
    with pytest.raises(InputError) as caught:
        roster_from_json(data)
    assert [(f.code, f.column) for f in caught.value.faults] == [(code, pointer)]


def test_every_member_is_needed_and_all_faults_come_together() -> None:
    whole: Any = roster_to_json(ONE)
    for part, prefix in (
        (whole, ""),
        (whole["shifts"][0], "/shifts/0"),
        (whole["solver"], "/solver"),
    ):
        for name in part:
            if name in ("format", "gap"):
                continue
            data = copy.deepcopy(whole)
            target = data
            for step in prefix.split("/")[1:]:
                target = target[int(step) if step.isdigit() else step]
            del target[name]
            with pytest.raises(InputError) as caught:
                roster_from_json(data)
            assert f"{prefix}/{name}" in {fault.column for fault in caught.value.faults}
    with pytest.raises(InputError) as caught:
        roster_from_json({"format": "heliotrope-roster/1"})
    assert len(caught.value.faults) >= 8


def test_a_start_that_is_elsewhere_today_is_noticed(tmp_path: Path) -> None:
    data: Any = roster_to_json(ONE)
    data["note"] = "members that are not known are passed over"
    data["shifts"][0]["fold"] = 0
    path = tmp_path / "roster.json"
    path.write_text(json.dumps(data))
    read = read_roster(path)
    assert read.roster.shifts[0].start == START
    (notice,) = read.notices
    assert (notice.code, notice.column) == ("zone_data_changed", "/shifts/0/start_utc")
    assert "2026-10-25T00:30Z" in str(notice)
    data["shifts"][0]["start_local"] = "2027-03-28T02:30"
    path.write_text(json.dumps(data))
    assert "skip" in str(read_roster(path).notices[0])


def test_a_file_that_is_no_roster(tmp_path: Path) -> None:
    path = tmp_path / "roster.json"
    for content in (b"", b"\0", b"[]", b"{}", b"[" * 99_999, "{}".encode("utf-16")):
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_roster(path)
    with pytest.raises(InputError):
        read_roster(tmp_path / "nowhere.json")
