"""Seasons, law, rule packs of one's own, and the comparison with one site alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.usecases.compare_rosters import finished_roster
from scheduler.usecases.read_input import read_planning
from tests.cli.conftest import Helio

OWN_PACK = """\
format: heliotrope-rules/1
pack: OWN
name: Works council agreement
kind: policy
checked_on: 2027-01-01
confidence: confirmed
sources:
  A:
    title: Agreement of January
limits:
  - rule: daily_rest
    name: long_rest
    min: 13 h
    article: par. 4
    sources: [A]
"""


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    return folder


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(OWN_PACK, encoding="utf-8")
    return path


def test_seasons_as_a_table_and_a_picture(
    helio: Helio, demo: Path, monkeypatch: pytest.MonkeyPatch
):
    ran = helio("seasons", demo, "--year", "2027")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in ran.out
    assert "ISO year 2027: 52 weeks from Mon 4 Jan 2027" in ran.out
    spring = next(line for line in lines if line.startswith("  28 Mar-3 Apr"))
    assert spring.split()[-2:] == ["-5", "+9"]
    assert "week 13: Sydney -1 h (Sun 4 Apr): " in ran.out
    # Amsterdam sleeps from 22:00 to 06:00 of UTC in winter: seen without colour.
    row = next(line for line in lines if line.startswith("  4 Jan-27 Mar") and "█" in line)
    assert row[17:] == "·" * 12 + "█" * 32 + "·" * 4
    assert "gap" in ran.out or "cover proven" in ran.out or "too few" in ran.out

    document = json.loads(helio("seasons", demo, "--year", "2026", "--json").out)
    assert len(document["weeks"]) == 53
    assert document["proven"] is all(
        not season["cover"]["short_hours"] and not season["cover"]["average_short_hours"]
        for season in document["seasons"]
    )
    monkeypatch.setenv("TERM", "dumb")
    assert helio("seasons", demo, "--year", "2027").out.isascii()


def test_the_year_of_the_horizon_is_the_default_and_nonsense_is_refused(helio: Helio, demo: Path):
    assert "ISO year 2027" in helio("seasons", demo).out
    assert helio("seasons", demo, "--year", "12").code == 2
    assert helio("seasons", demo / "no").code == 2


def test_law_of_everybody_and_of_one(helio: Helio, demo: Path):
    everybody = helio("law", demo)
    assert everybody.code == 0
    assert max(map(len, everybody.out.splitlines())) <= 80
    lines = everybody.out.splitlines()
    assert "law of the site" in lines[next(i for i, s in enumerate(lines) if s[:4] == "NL  ") + 1]
    assert "Not legal advice" in everybody.out
    one = helio("law", demo, "sanne visser")
    assert one.out.startswith("Sanne Visser (ams-03)")
    told = " ".join(one.out.split())
    rest = "- 11 h of rest between shifts; 8 h once in 7 x 24 h NL: Arbeidstijdenwet art. 5:3"
    assert rest in told
    document = json.loads(helio("law", demo, "ams-03", "--json").out)
    packs = {pack["pack_id"]: pack for pack in document["packs"]}
    assert packs["NL"]["reasons"] == ["site"]
    assert "AU" not in packs
    wrong = helio("law", demo, "sane")
    assert wrong.code == 2
    assert "Did you mean 'Sanne Visser'" in wrong.err


def test_an_own_rule_pack_is_checked_like_the_rest(helio: Helio, demo: Path, own_pack: Path):
    fine = helio("validate", demo, "--rule-pack", own_pack)
    assert fine.code == 0, fine.err
    told = " ".join(helio("law", demo, "ams-03", "--rule-pack", own_pack).out.split())
    assert "OWN Works council agreement rules of the company - 13 h of rest between shifts" in told
    assert "OWN" not in helio("law", demo, "ams-03").out

    own_pack.write_text(OWN_PACK.replace("13 h", "13 km"), encoding="utf-8")
    for command in ("validate", "law", "seasons", "solve"):
        ran = helio(command, demo, "--rule-pack", own_pack)
        assert (ran.code, ran.out) == (2, ""), command
        assert "13 km" in ran.err
    assert not (demo / "out").exists()
    missing = helio("validate", demo, "--rule-pack", demo / "none.yaml")
    assert missing.code == 2
    assert "none.yaml" in missing.err


def test_an_own_rule_pack_governs_solve_and_audit(helio: Helio, demo: Path, own_pack: Path):
    plain = helio("solve", demo, "--time-limit", "2s", "--json", "--quiet")
    assert plain.code == 0, plain.err
    roster = demo / "out" / "roster.json"
    assert helio("audit", demo, roster).code == 0
    own_pack.write_text(OWN_PACK.replace("13 h", "3 x 24 h"), encoding="utf-8")
    judged = helio("audit", demo, roster, "--rule-pack", own_pack)
    assert judged.code == 1
    assert "at least 72 h" in " ".join(judged.out.split())
    solved = helio("solve", demo, "--time-limit", "2s", "--quiet", "--rule-pack", own_pack)
    assert solved.code == 0, solved.err
    assert helio("audit", demo, roster, "--rule-pack", own_pack).code == 0
    # The results hold the pack: they are judged by it without naming it again.
    document = json.loads(helio("audit", demo / "out", roster, "--json").out)
    assert document["hard"] == 0
    assert "OWN" in {row["pack_id"] for row in document["binding"]} | {
        pack["pack_id"] for pack in json.loads(helio("law", demo / "out", "--json").out)["packs"]
    }


def test_compare_solves_both_sides_and_takes_what_is_there(helio: Helio, demo: Path):
    limits = ("--time-limit", "1s", "--workers", "1")
    assert helio("solve", demo, *limits, "--quiet").code == 0
    roster = json.loads((demo / "out" / "roster.json").read_text())
    ran = helio("compare", demo, "--only-site", "Amsterdam", *limits)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "was made from this input and is taken" in ran.err
    assert "What the same demand would cost from Amsterdam alone" in ran.out
    cost = next(line for line in ran.out.splitlines() if "cost in all" in line)
    assert f"{roster['cost']:,.2f}" in cost
    hard = next(line for line in ran.out.splitlines() if "hard findings" in line)
    assert hard.split()[-2:] == ["0", "0"]
    written = {path.name for path in (demo / "out").iterdir()}

    own = json.loads(
        helio("compare", demo, "--only-site", "ams", "--own-agents", "--json", *limits).out
    )
    assert own["planned"]["reused"] is True
    assert own["alone"]["agents"] < own["planned"]["agents"]
    assert own["alone"]["bound_cents"] <= own["alone"]["cost_cents"]
    assert own["alone"]["pay_cents"] == own["alone"]["wages_cents"] + own["alone"]["premiums_cents"]
    assert {path.name for path in (demo / "out").iterdir()} == written

    planning = read_planning(demo)
    assert finished_roster(planning, demo / "out") is not None
    assert finished_roster(replace(planning, input_sha256="0" * 64), demo / "out") is None
    assert finished_roster(planning, demo) is None
    (demo / "out" / "roster.json").write_text("{}")
    assert finished_roster(planning, demo / "out") is None


def test_compare_needs_a_site_that_exists(helio: Helio, demo: Path):
    ran = helio("compare", demo, "--only-site", "Amsterdm")
    assert ran.code == 2
    assert "Did you mean 'Amsterdam'" in ran.err
    assert helio("compare", demo).code == 2
