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
    ran = helio("solve", demo, "--time-limit", "3s", "--seed", "7")
    assert ran.code == 0, ran.err
    assert "0 hard findings" in ran.out
    assert "\x1b" not in ran.out + ran.err
    assert max(map(len, (line for line in ran.out.splitlines() if str(demo) not in line))) <= 80
    for words in ("cost EUR", "bound EUR", "gap ", "own-night hours", "phone-nl", "wishes granted"):
        assert words in ran.out
    assert " of 0:03  " in ran.err
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

    # One shift moved by three hours into a rest period is found and named.
    shifts = [shift for shift in roster["shifts"] if shift["agent_id"] == "ams-01"]
    moved = shifts[1]
    before = dict(moved)
    for key in ("start_utc", "end_utc", "start_local"):
        day = shifts[0]["end_utc"][:10] if key != "start_local" else shifts[0]["start_local"][:10]
        moved[key] = f"{day}T{moved[key][11:]}"
    assert moved != before
    (out / "roster.json").write_text(json.dumps(roster))
    spoilt = helio("audit", demo, out)
    assert spoilt.code == 1
    assert "ams-01" in spoilt.out


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


def test_a_terminal_gets_a_live_panel(demo: Path):
    command = [sys.executable, "-m", "cli.main", "solve", str(demo), "--time-limit", "2s"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, env=environment(TERM="xterm", NO_COLOR="1"), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # the end of a terminal's life reads as an error
        while chunk := os.read(ours, 65536):
            seen += chunk
    os.close(ours)
    assert process.wait(timeout=30) == 0
    text = seen.decode()
    assert "Ctrl-C stops and keeps the best roster so far." in text
    assert "of 0:02" in text
    assert "0 hard findings" in text
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)
