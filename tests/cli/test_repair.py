"""Repair from the command line: a solve, a sick call, files, and a second sick call on them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Helio


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    assert helio("solve", folder, "--time-limit", "6s", "--quiet").code == 0
    return folder


def test_a_sick_call_is_repaired_told_and_written(helio: Helio, demo: Path):
    roster = json.loads((demo / "out" / "roster.json").read_text())
    shifts = [shift for shift in roster["shifts"] if not shift["pinned"]]
    one, two = shifts[len(shifts) // 2], shifts[len(shifts) // 2 + 4]
    sick = ("--sick", one["agent_id"], "--from", one["start_utc"], "--until", one["end_utc"])
    now = ("--now", "2027-03-20T00:00Z")
    ran = helio(
        "repair", demo, demo / "out", *sick, *now, "--alternatives", "2", "--time-limit", "1s"
    )
    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    for words in (
        "fell away",
        "0 hard findings",
        "as published",
        "Who could take",
        "agents in all",
    ):
        assert words in told
    assert "\x1b" not in ran.out
    out = demo / "repaired"
    assert max(len(line) for line in ran.out.splitlines() if str(out) not in line) <= 80
    with (out / "changes.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert (rows[0]["agent_id"], rows[0]["why"]) == (one["agent_id"], "out")
    assert rows[0]["before_start_utc"] == one["start_utc"].replace("Z", ":00Z")
    later = helio("audit", out, out)
    assert (later.code, later.err) == (0, "")
    assert helio("show", out).code == 0

    sick = ("--sick", two["agent_id"], "--from", two["start_utc"], "--until", two["end_utc"])
    refused = helio("repair", demo, out, *sick, *now)
    assert (refused.code, refused.out) == (2, "")
    assert "1 fault found" in refused.err
    again = helio("repair", out, out, *sick, *now, "--time-limit", "1s", "--json")
    assert again.code == 0, again.err
    document = json.loads(again.out)
    assert document["hard"] == 0
    assert document["repaired_cents"] <= document["unrepaired_cents"]
    assert document["changes"][0]["agent_id"] == two["agent_id"]


def test_wrong_names_and_times_are_2(helio: Helio, out: Path):
    when = ("--from", "2027-03-24T06:00Z", "--until", "2027-03-25T06:00Z")
    now = ("--now", "2027-03-20T00:00Z")
    ran = helio("repair", out, out, "--sick", "Kira Jones", *when, *now)
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'Kirra Jones'?" in ran.err
    assert not (out / "repaired" / "roster.json").exists()
    assert helio("repair", out, out, "--sick", "A04").code == 2
    backwards = helio("repair", out, out, "--sick", "A04", "--from", when[3], "--until", when[1])
    assert "--until" in backwards.err
    assert backwards.code == 2
