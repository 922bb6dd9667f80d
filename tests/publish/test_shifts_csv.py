"""The table of shifts, read back as a spreadsheet would."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import Activity, Shift, WallTime
from scheduler.publish.shifts_csv import COLUMNS, guarded, shifts_csv
from tests.cli.rosters import AMS, hand_planning, hand_roster


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_shift_is_one_row_with_its_instants_and_wall_times():
    roster, planning = hand_roster(), hand_planning()
    agents = {agent.agent_id: agent for agent in planning.agents}
    text = shifts_csv(roster.shifts, agents)
    assert text.endswith("\r\n")
    rows = rows_of(text)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(roster.shifts)
    for row, shift in zip(rows, roster.shifts, strict=True):
        assert datetime.fromisoformat(row["start_utc"]) == shift.start
        assert datetime.fromisoformat(row["end_utc"]) == shift.end
        assert WallTime.parse(row["start_local"]) == shift.start_local
        assert row["activities_utc"].count("@") == len(shift.activities)
        assert row["breaks_utc"].count("/") == len(shift.breaks)
    assert {row["pinned"] for row in rows} == {"yes", "no"}
    assert next(row for row in rows if row["agent_id"] == "A02")["name"] == "Sjoerd Čapek"
    assert next(row for row in rows if row["agent_id"] == "A03")["name"] == "'=HYPERLINK(1)"


def test_end_in_a_repeated_hour_says_which_pass():
    start = datetime(2027, 10, 30, 17, 30, tzinfo=UTC)
    first, second = (datetime(2027, 10, 31, hour, 30, tzinfo=UTC) for hour in (0, 1))
    local = WallTime.parse("2027-10-30T19:30")
    shifts = [Shift("A", start, end, local, AMS, 0, 60) for end in (first, second)]
    rows = rows_of(shifts_csv(shifts, {}))
    assert [(row["end_local"], row["fold_end"]) for row in rows] == [
        ("2027-10-31T02:30", "0"),
        ("2027-10-31T02:30", "1"),
    ]


@given(st.text(max_size=12), st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", " =", " \t@"]))
def test_no_cell_can_be_taken_for_a_formula(body: str, opening: str):
    text = opening + body
    shown = guarded(text)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert shown in (text, "'" + text)


def test_queue_ids_are_guarded_in_the_list_of_activities():
    shift = hand_roster().shifts[0]
    shift = replace(shift, activities=(Activity("=1+1", shift.start, shift.end),))
    (row,) = rows_of(shifts_csv([shift], {}))
    assert row["activities_utc"].startswith("'=1+1@")
