"""Reading and writing of results: whole or not at all, warned about when they do not match."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.errors import InputError
from scheduler.usecases.explain import explain_moment, parse_moment
from scheduler.usecases.new_folder import new_folder, next_monday
from scheduler.usecases.plain import to_plain
from scheduler.usecases.read_input import read_planning
from scheduler.usecases.read_roster import read_roster
from scheduler.usecases.write_outputs import check_writable, write_files
from tests.cli.rosters import AMS, hand_planning, hand_roster, write_hand_made


def test_files_are_written_whole_and_leave_nothing_else(tmp_path: Path):
    written = write_files(tmp_path / "new", {"a.txt": b"one", "b.txt": b"two"})
    assert [path.read_bytes() for path in written] == [b"one", b"two"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.txt", "b.txt"]


def test_a_failure_keeps_what_was_there(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"old")
    with pytest.raises(InputError):
        write_files(tmp_path, {"a.txt": b"new", "no/such/folder.txt": b"new"})
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_where_a_file_should_be_is_told_before_anything_is_written(tmp_path: Path):
    (tmp_path / "b.txt").mkdir()
    contents = {"a.txt": b"new", "b.txt": b"new"}
    with pytest.raises(InputError, match=r"b\.txt: expected the name of a file"):
        check_writable(tmp_path, contents)
    with pytest.raises(InputError, match=r"b\.txt: expected the name of a file"):
        write_files(tmp_path, contents)
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_a_link_is_replaced_not_followed(tmp_path: Path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    (tmp_path / "a.txt").symlink_to(precious)
    write_files(tmp_path, {"a.txt": b"new"})
    assert precious.read_bytes() == b"mine"
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert not (tmp_path / "a.txt").is_symlink()


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1970, 1, 1), date(2200, 1, 1), date.max])
def test_a_first_day_that_no_planning_may_hold(tmp_path: Path, day: date):
    with pytest.raises(InputError, match="--start"):
        new_folder(tmp_path / "new", start=day, clock=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("day", [date(1970, 1, 2), date(2199, 12, 24)])
def test_the_first_and_the_last_day_a_planning_may_hold(tmp_path: Path, day: date):
    new_folder(tmp_path / "new", start=day, clock=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert read_planning(tmp_path / "new").horizon.start == day


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(InputError, match="can be written to"):
        check_writable(tmp_path / "out")


def test_the_planning_beside_the_roster_is_found_and_compared(tmp_path: Path):
    write_hand_made(tmp_path)
    for path in (tmp_path, tmp_path / "roster.json"):
        found = read_roster(path)
        assert found.planning is not None
        assert found.planning.name == "hand-made"
        assert found.notices == ()
    write_hand_made(tmp_path, planning=replace(hand_planning(), name="another"))
    assert [notice.code for notice in read_roster(tmp_path).notices] == ["other_input"]
    (tmp_path / "planning.json").unlink()
    assert read_roster(tmp_path).planning is None


def test_a_spoilt_planning_beside_the_roster_only_warns_unless_it_was_named(tmp_path: Path):
    write_hand_made(tmp_path)
    (tmp_path / "planning.json").write_text("{")
    found = read_roster(tmp_path)
    assert found.planning is None
    assert found.notices
    with pytest.raises(InputError):
        read_roster(tmp_path, folder=tmp_path / "planning.json")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2027-03-28T03:00Z", 3),
        ("2027-03-28t03:00z", 3),
        ("2027-03-28T05:00+02:00", 3),
        ("2027-03-28T05:00", 3),
        ("2027-03-28 01:00", 0),
    ],
)
def test_moments(text: str, hour: int):
    assert parse_moment(text, AMS) == datetime(2027, 3, 28, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2027-03-28T02:30", "2027-10-31T02:30", "noon", "2027-13-01T00:00Z", "0001-01-01T00Z"]
)
def test_moments_that_are_none(text: str):
    with pytest.raises(InputError, match="--at"):
        explain_moment(hand_roster(), hand_planning(), queue_id="phone-nl", at=text)


def test_explained_agents_add_up():
    moment = explain_moment(
        hand_roster(), hand_planning(), queue_id="phone-nl", at="2027-03-26T15:00Z"
    )
    named = [agent.agent_id for reason in moment.reasons for agent in reason.agents]
    assert sorted(named) == ["A01", "A02", "A03", "A04", "A05", "A06"]
    there = next(reason for reason in moment.reasons if reason.code == "on_queue")
    assert len(there.agents) == moment.on_queue


def test_the_next_monday_is_always_later():
    assert next_monday(date(2027, 3, 22)) == date(2027, 3, 29)
    assert next_monday(date(2027, 3, 28)) == date(2027, 3, 29)


def test_plain_refuses_what_json_cannot_hold():
    assert to_plain({"at": datetime(2027, 3, 28, tzinfo=UTC)}) == {"at": "2027-03-28T00:00:00Z"}
    with pytest.raises(TypeError):
        to_plain(object())
