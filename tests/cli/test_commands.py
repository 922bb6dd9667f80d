"""The commands that do not solve, as a stranger runs them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.cli.conftest import Helio
from tests.cli.rosters import hand_roster

COMMANDS = (
    *("new", "validate", "solve", "audit", "show", "explain", "export"),
    *("law", "seasons", "compare", "repair"),
    *("erlang", "requirements", "forecast", "simulate"),
)


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_fits_and_gives_an_example(helio: Helio, command: tuple[str, ...]):
    ran = helio(*command, "--help")
    assert ran.code == 0
    assert "Example: helio " in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert all(name in ran.out for name in (COMMANDS if not command else ("Usage",)))


def test_the_page_names_every_option(helio: Helio):
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        for option in set(re.findall(r"--[a-z-]+", helio(command, "--help").out)) - {"--help"}:
            row = next(line for line in page.splitlines() if line.startswith(f"| `helio {command}"))
            assert f"`{option}" in row, (command, option)


def test_exit_codes_are_told(helio: Helio):
    text = " ".join(helio("--help").out.split())
    for code in ("0 fine", "1 hard audit findings", "2 wrong usage or input", "130 interrupted"):
        assert code in text


def test_version(helio: Helio):
    ran = helio("--version")
    assert ran.code == 0
    assert ran.out.startswith("heliotrope ")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("solv", "x"), "Did you mean 'solve'?"),
        (("show",), "Missing argument"),
        (("solve", "x", "--time-limit", "soon"), "write 90, 90s, 5m or 1h"),
        (("solve", "x", "--gap", "1"), "write 1% or 0.01"),
        (("solve", "x", "--workers", "0"), "--workers"),
        (("new", "x", "--start", "22/3/27"), "write 2027-03-22"),
        (("export", "x", "--format", "xml"), "'csv', 'json', 'ics'"),
    ],
)
def test_wrong_usage_is_2(helio: Helio, args: tuple[str, ...], told: str):
    ran = helio(*args)
    assert ran.code == 2
    assert told in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err


def test_a_new_folder_validates_and_is_not_overwritten(helio: Helio, tmp_path: Path):
    folder = tmp_path / "demo"
    made = helio("new", folder, "--start", "2027-03-22")
    assert made.code == 0
    assert f"helio solve {folder}" in made.out
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    valid = helio("validate", folder)
    assert valid.code == 0
    assert "no faults" in valid.out
    # What the law of its three countries leaves open is all there is to say about it.
    notes = valid.err.splitlines()
    assert notes
    assert all(line.startswith("note: rule pack") for line in notes)
    again = helio("new", folder)
    assert again.code == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_faults_come_together_each_a_sentence_then_a_count(helio: Helio, tmp_path: Path):
    folder = tmp_path / "demo"
    helio("new", folder, "--start", "2027-03-22")
    sites, queues = folder / "sites.csv", folder / "queues.csv"
    sites.write_text(sites.read_text().replace("Europe/Amsterdam", "CEST", 1))
    queues.write_text(queues.read_text().replace("priority", "priorty", 1))
    ran = helio("validate", folder)
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.strip().splitlines()
    assert any("sites.csv, line" in line and "'CEST'" in line for line in lines)
    assert any("queues.csv" in line and "priorty" in line for line in lines)
    assert lines[-1] == f"{len(lines) - 1} faults found; nothing was changed."
    document = json.loads(helio("validate", folder, "--json").out)
    assert document["valid"] is False
    assert len(document["faults"]) == len(lines) - 1
    solved = helio("solve", folder)
    assert (solved.code, solved.out) == (2, "")
    assert solved.err == ran.err
    assert not (folder / "out").exists()


def test_a_fault_is_one_sentence_that_quotes_paths_and_hints_as_they_are(
    helio: Helio, tmp_path: Path
):
    folder = tmp_path / "demo"
    helio("new", folder, "--start", "2027-03-22")
    sites = folder / "sites.csv"
    text = sites.read_text().replace("Australia/Sydney", "Australia/Sydny")
    sites.write_text(text.replace("America/Paramaribo", "America..Paramaribo"))
    first, second, _ = helio("validate", folder).err.splitlines()
    assert "'America..Paramaribo'" in first
    assert second.endswith("Did you mean 'Australia/Sydney'?")


def test_what_to_do_next_can_be_pasted(helio: Helio, tmp_path: Path):
    folder = tmp_path / "my first plan"
    assert f"  helio solve '{folder}'" in helio("new", folder).out.splitlines()


def test_audit_names_findings_and_leaves_with_1(helio: Helio, out: Path):
    ran = helio("audit", out, out)
    assert ran.code == 1
    told = " ".join(ran.out.split())
    assert "Kirra Jones (A04): rest 5 h 30 between" in told
    assert "(06:30Z)" in told
    report = json.loads(helio("audit", out, out, "--json").out)
    hard = [row for row in report["findings"] if row["severity"] == "hard"]
    assert f"{len(hard)} hard findings" in told
    assert "min_rest" in {row["rule"] for row in hard}


def test_show_draws_grid_cover_and_sun_within_80_columns_without_colour(helio: Helio, out: Path):
    ran = helio("show", out)
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80
    grid = next(line for line in lines if line.startswith("A01 Anouk"))
    assert grid.split()[2:7] == ["0900=1730", *["0900-1730"] * 4]
    late = [line for line in lines if "2300~0730" in line]
    assert len(late) == 1
    assert any(line.startswith("A03") and line.count("leave") == 3 for line in lines)
    assert any(line.startswith("short") for line in lines)
    sydney = lines[
        next(idx for idx, line in enumerate(lines) if line.startswith("Sydney  Austr")) + 1
    ]
    # 15:00Z is night in Sydney: shaded by a character, so it shows without colour.
    assert len(sydney) == 24 * 3
    assert sydney[15 * 3] == "░"
    assert sydney[2 * 3] == " "


def test_show_in_another_zone_one_day_and_as_json(helio: Helio, out: Path):
    day = helio("show", out, "--day", "2027-03-26", "--zone", "Europe/Amsterdam", "--agent", "A04")
    assert "Thu 23:00-07:30 Europe/Amsterdam" in day.out
    assert "13:00-21:30 Europe/Amsterdam" in day.out
    assert "13:00-17:00 phone-nl  17:00-17:30 break" in day.out
    view = json.loads(helio("show", out, "--json").out)
    assert sum(len(row["shifts"]) for row in view["agents"]) == len(hand_roster().shifts)
    assert helio("show", out, "--zone", "CEST").code == 2


def test_explain(helio: Helio, out: Path):
    ran = helio("explain", out, "--queue", "phone-nl", "--at", "2027-03-28T03:00Z")
    assert ran.code == 0
    assert "1 needed, 0 there, 1 missing" in ran.out
    assert "6  agents in all" in ran.out
    (out / "planning.json").unlink()
    assert "--folder" in helio("explain", out, "--queue", "q", "--at", "2027-03-28T03:00Z").err


def test_exports(helio: Helio, out: Path, tmp_path: Path):
    shifts = hand_roster().shifts
    table = helio("export", out, "--format", "csv").out
    assert len(list(csv.DictReader(io.StringIO(table)))) == len(shifts)
    one = json.loads(helio("export", out, "--format", "json", "--agent", "A04").out)
    assert {shift["agent_id"] for shift in one["shifts"]} == {"A04"}
    target = tmp_path / "feeds" / "kirra.ics"
    ran = helio("export", out, "--format", "ics", "--agent", "Kirra Jones", "--out", target)
    assert (ran.code, ran.out) == (0, "")
    events = Calendar.from_ical(target.read_bytes()).walk("VEVENT")
    own = [(shift.start, shift.end) for shift in shifts if shift.agent_id == "A04"]
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in events] == own


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x00\xff", b"[]", b'{"format": "other/1"}', b"{" * 5000]
)
def test_a_spoilt_roster_is_2_and_never_a_traceback(helio: Helio, tmp_path: Path, rubbish: bytes):
    (tmp_path / "roster.json").write_bytes(rubbish)
    for command in (("show",), ("export", "--format", "csv")):
        ran = helio(*command, tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert "roster.json" in ran.err


def test_wrong_settings_are_named(helio: Helio, out: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HELIOTROPE_WORKERS", "many")
    ran = helio("export", out, "--format", "ics")
    assert ran.code == 2
    assert "HELIOTROPE_WORKERS: 'many'" in ran.err
