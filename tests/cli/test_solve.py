"""Solving from the command line: outputs, verdict, progress, interruption."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Helio
from tests.cli.test_process import environment

FILES = {"roster.json", "shifts.csv", "planning.json", "audit.json"}


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    return folder


def test_a_solve_writes_audits_and_tells(helio: Helio, demo: Path):
    ran = helio("solve", demo, "--time-limit", "5s", "--seed", "7")
    assert ran.code == 0, ran.err
    assert "0 hard findings" in ran.out
    assert "\x1b" not in ran.out + ran.err
    assert max(map(len, (line for line in ran.out.splitlines() if str(demo) not in line))) <= 80
    for words in ("cost EUR", "bound EUR", "gap ", "own-night hours", "phone-nl", "wishes granted"):
        assert words in ran.out
    assert " of 0:05  " in ran.err
    out = demo / "out"
    assert {path.name for path in out.iterdir()} == FILES
    roster = json.loads((out / "roster.json").read_text())
    assert roster["solver"]["seed"] == 7
    assert f"{roster['cost']:,.2f}" in ran.out
    with (out / "shifts.csv").open(newline="") as table:
        assert len(list(csv.DictReader(table))) == len(roster["shifts"])
    assert json.loads((out / "audit.json").read_text())["hard"] == 0

    for args in (("audit", demo, out), ("audit", out / "planning.json", out), ("show", out)):
        later = helio(*args)
        assert (later.code, later.err) == (0, "")


def test_a_shift_moved_by_hand_into_a_rest_is_named(helio: Helio, demo: Path):
    """Only an evening and the next morning need Sanne, 12 hours apart; by hand they become 9."""
    for name in ("skills", "history", "pins", "availability", "wishes", "time_off", "locations"):
        lines = (demo / f"{name}.csv").read_text().splitlines(keepends=True)
        kept = [line for line in lines[1:] if line.startswith("ams-03,")]
        (demo / f"{name}.csv").write_text("".join([lines[0], *kept]))
    lines = (demo / "agents.csv").read_text().splitlines(keepends=True)
    sanne = next(line for line in lines if line.startswith("ams-03,"))
    (demo / "agents.csv").write_text(lines[0] + sanne)
    spans = ((22, range(26, 42)), (23, range(18, 34)))  # half hours: 13:00-21:00 and 09:00-17:00
    (demo / "requirements.csv").write_text(
        "queue_id,interval_start,agents\n"
        + "".join(
            f"phone-nl,2027-03-{day}T{half // 2:02d}:{half % 2 * 30:02d}+01:00,1\n"
            for day, halves in spans
            for half in halves
        )
    )
    (demo / "demand.csv").write_text("queue_id,interval_start,offered,aht_s\n")
    (demo / "contracts.csv").write_text(
        "contract_id,min_hours_week,target_hours_week,max_hours_week,max_shift_hours\n"
        "full-time,0,0,40,8\npart-time,0,0,40,8\n"
    )
    ran = helio("solve", demo, "--time-limit", "2s")
    assert ran.code == 0, ran.err
    path = demo / "out" / "roster.json"
    roster = json.loads(path.read_text())
    evening, morning = roster["shifts"]
    assert (evening["end_utc"], morning["start_utc"]) == ("2027-03-22T20:00Z", "2027-03-23T08:00Z")
    for part in (morning, *morning["breaks"], *morning["activities"]):
        for key in set(part) & {"start_utc", "end_utc", "start_local"}:
            earlier = datetime.fromisoformat(part[key]) - timedelta(hours=3)
            part[key] = earlier.isoformat(timespec="minutes").replace("+00:00", "Z")
    path.write_text(json.dumps(roster))

    spoilt = helio("audit", demo, path)
    assert spoilt.code == 1
    assert (
        "Sanne Visser (ams-03): rest 9 h 00 between Mon 22 Mar 2027 21:00 Europe/Amsterdam "
        "(20:00Z) and Tue 23 Mar 2027 06:00 Europe/Amsterdam (05:00Z); at least 11 h 00 required"
    ) in " ".join(spoilt.out.split())


def test_json_is_all_there_is_on_standard_output(helio: Helio, demo: Path, tmp_path: Path):
    ran = helio("solve", demo, "--time-limit", "1", "--json", "--quiet", "--out", tmp_path / "o")
    figures = json.loads(ran.out)
    assert ran.err == ""
    assert sum(cents for _, cents in figures["terms"]) == figures["cost_cents"]
    assert figures["bound_cents"] <= figures["cost_cents"]
    assert {Path(path).name for path in figures["files"]} == FILES


def test_an_out_folder_that_cannot_be_written_is_told_before_solving(helio: Helio, demo: Path):
    (demo / "file").write_text("")
    began = time.monotonic()
    ran = helio("solve", demo, "--time-limit", "60s", "--out", demo / "file")
    assert ran.code == 2
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGINT, signal.SIGINT)])
def test_ctrl_c_keeps_the_best_roster(demo: Path, signals: tuple[signal.Signals, ...]):
    command = [sys.executable, "-m", "cli.main", "solve", str(demo), "--time-limit", "10m"]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "cost EUR" in line:
                break
        for number in signals:
            process.send_signal(number)
            time.sleep(0.05)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Interrupted; the best roster so far is in" in err
    assert "Traceback" not in err
    assert "0 hard findings" in out
    assert {path.name for path in (demo / "out").iterdir()} == FILES
    assert json.loads((demo / "out" / "roster.json").read_text())["solver"]["status"] == "cancelled"


def seen_on_a_terminal(demo: Path, term: str) -> str:
    command = [sys.executable, "-m", "cli.main", "solve", str(demo), "--time-limit", "5s"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, env=environment(TERM=term, NO_COLOR="1"), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # the end of a terminal's life reads as an error
        while chunk := os.read(ours, 65536):
            seen += chunk
    os.close(ours)
    assert process.wait(timeout=30) == 0
    return seen.decode()


def test_a_dumb_terminal_gets_lines(demo: Path):
    text = seen_on_a_terminal(demo, "dumb")
    assert " of 0:05  " in text
    assert "\x1b" not in text


def test_a_terminal_gets_a_live_panel(demo: Path):
    text = seen_on_a_terminal(demo, "xterm")
    assert "Ctrl-C stops and keeps the best roster so far." in text
    assert "of 0:05" in text
    assert "0 hard findings" in text
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)
