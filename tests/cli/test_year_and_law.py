"""Seasons, law, rule packs of one's own, and the comparison with one site alone."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.render_compare import compare_lines
from scheduler.domain import RequirementInterval, WakingHours
from scheduler.intake.document import to_document
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.compare_rosters import Comparison, Figures, finished_roster
from scheduler.usecases.read_input import read_planning
from tests.builders import make_agent, make_horizon, make_planning
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


def test_seasons_of_one_site_and_one_day_claim_no_more_than_is_known(helio: Helio, tmp_path: Path):
    monday = make_horizon(days=1)
    noon = RequirementInterval("q1", datetime(2027, 3, 1, 11, tzinfo=UTC), 1)
    week = make_horizon()
    none = replace(noon, agents=0)
    cases = {
        "day": make_planning(horizon=monday, requirements=(noon,)),
        "week": make_planning(horizon=week, requirements=(noon,)),
        "nothing": make_planning(horizon=week, requirements=(none,)),
    }
    told = {}
    for name, planning in cases.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(to_document(planning)), encoding="utf-8")
        ran = helio("seasons", path, "--year", "2027")
        assert ran.code == 0, ran.err
        assert "Hours ahead of" not in ran.out
        assert not [line for line in ran.out.splitlines() if line != line.rstrip()]
        assert "\n\n\n" not in ran.out
        told[name] = " ".join(ran.out.split())
        document = json.loads(helio("seasons", path, "--year", "2027", "--json").out)
        assert document["proven"] is (name == "week")
        assert ("cover proven" in told[name]) is (name == "week")
    assert "by weekday and time, 1 Mar heads: enough agents awake at every known" in told["day"]
    assert "horizon says nothing of 144 h of the week" in told["day"]
    assert "nothing is needed" in told["nothing"]
    assert "enough" not in told["nothing"]


def test_seasons_write_the_same_hours_alike(helio: Helio, tmp_path: Path):
    week = make_horizon()
    start, _ = horizon_bounds(week)
    night = tuple(
        RequirementInterval("q1", start + timedelta(days=day, minutes=30 * half), 3)
        for day in range(7)
        for half in range(2)
    )
    # Half past midnight: 15 minutes before the waking hours end are the agent's.
    planning = make_planning(
        horizon=week,
        requirements=night,
        agents=(make_agent("a1", waking_hours=WakingHours(45, 23 * 60)),),
    )
    path = tmp_path / "night.json"
    path.write_text(json.dumps(to_document(planning)), encoding="utf-8")
    out = helio("seasons", path, "--year", "2027").out
    assert "all year: 19.25 h beyond the contracts" in out
    assert ": 19.25 h a week short" in out


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
    assert packs["NL"]["limits"]
    assert "AU" not in packs
    whole = json.loads(helio("law", demo, "--json").out)["packs"]
    assert {pack[key] for pack in whole for key in ("limits", "premiums", "unknown")} == {None}
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
    # Without the pack the law is another, and the audit says so.
    without = " ".join(helio("audit", demo, roster).err.split())
    assert "law may not fit the roster: rule packs when it was made: OWN; here: none." in without
    # The results hold the pack: they are judged by it without naming it again.
    document = json.loads(helio("audit", demo / "out", roster, "--json").out)
    assert document["hard"] == 0
    again = helio("audit", demo / "out", roster, "--rule-pack", own_pack)
    assert (again.code, again.err) == (0, "")
    moment = ("--queue", "phone-nl", "--at", "2027-03-23T10:00Z", "--rule-pack", own_pack)
    assert helio("explain", demo / "out", *moment).code == 0
    own_pack.write_text(OWN_PACK, encoding="utf-8")
    other = helio("explain", demo / "out", *moment)
    assert (other.code, other.out) == (2, "")
    assert "an id that no other rule pack" in other.err
    assert "note:" not in other.err
    assert "--folder" not in other.err
    changed = " ".join(helio("audit", demo, roster, "--rule-pack", own_pack).err.split())
    assert "rule packs say other things than when it was made: OWN." in changed
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


def figures(cost_cents: int, bound_cents: int) -> Figures:
    blank = {column.name: 0 for column in fields(Figures)}
    return Figures(**{**blank, "cost_cents": cost_cents, "bound_cents": bound_cents, "title": "x"})


@pytest.mark.parametrize(
    ("planned", "alone", "told"),
    [
        ((1_000_00, 900_00), (1_800_00, 1_731_94), "EUR 800.00 more in these rosters; at least"),
        ((1_000_00, 900_00), (1_800_00, 1_731_94), "at least EUR 731.94 more whatever the rosters"),
        ((1_800_00, 1_731_94), (1_000_00, 900_00), "at least EUR 731.94 less whatever the rosters"),
        ((50_00, 50_00), (50_00, 50_00), "the same in these rosters; both are proven cheapest"),
        ((50_00, 49_99), (50_00, 50_00), "the same in these rosters; the bounds do not prove"),
    ],
)
def test_compare_claims_no_more_than_is_proven(
    planned: tuple[int, int], alone: tuple[int, int], told: str
):
    sides = (figures(*planned), figures(*alone))
    comparison = Comparison(
        "x", "Amsterdam", "EUR", own_agents=False, planned=sides[0], alone=sides[1]
    )
    text = " ".join(line.plain for line in compare_lines(comparison, width=80))
    assert told in " ".join(text.split())


def test_compare_with_a_site_without_agents_says_so_as_typed(helio: Helio, demo: Path):
    sites = demo / "sites.csv"
    first = sites.read_text().splitlines()[1]
    sites.write_text(
        sites.read_text() + first.replace("ams", "utr").replace("Amsterdam", "Utrecht", 1) + "\n"
    )
    ran = helio("compare", demo, "--only-site", "utrecht", "--own-agents")
    assert ran.code == 2
    assert "--only-site: 'utrecht': expected a site with agents.\n" in ran.err
    assert "whose pay" in helio("compare", demo, "--only-site", "utrecht").err


def test_compare_needs_a_site_that_exists(helio: Helio, demo: Path):
    ran = helio("compare", demo, "--only-site", "Amsterdm")
    assert ran.code == 2
    assert "Did you mean 'Amsterdam'" in ran.err
    assert helio("compare", demo).code == 2
