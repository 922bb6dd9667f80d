"""``helio explain``: the worst moments, prices as JSON, and pins that contradict each other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from cli.render_explain import conflict_lines, price_lines
from scheduler.domain import Pin, Planning
from scheduler.intake.document import to_document
from scheduler.usecases import explain_prices
from scheduler.usecases.explain import explain_moment
from scheduler.usecases.explain_conflicts import find_conflicts
from scheduler.usecases.explain_prices import price_moments
from tests.builders import make_pin
from tests.cli.conftest import Helio
from tests.cli.rosters import hand_planning, hand_roster

MOMENT = ("--queue", "phone-nl", "--at", "2027-03-28T03:00Z")


def with_pins(planning: Planning) -> Planning:
    pins: tuple[Pin, ...] = (
        make_pin("A01", "2027-03-23T14:00", 540),
        make_pin("A01", "2027-03-24T07:00", 480),
    )
    return replace(planning, pins=pins)


def written(folder: Path, planning: Planning) -> Path:
    path = folder / "pinned.json"
    path.write_text(json.dumps(to_document(planning)), encoding="utf-8")
    return path


def test_without_a_moment_the_worst_are_explained(helio: Helio, out: Path):
    ran = helio("explain", out, "--worst", "2", "--no-fixes")
    assert ran.code == 0
    assert len(re.findall(r"^ +6  agents in all$", ran.out, flags=re.MULTILINE)) == 2
    blocks = ran.out.split("agents in all")[:2]
    for block in blocks:
        counts = re.findall(r"^ {1,4}(\d+)  ", block, flags=re.MULTILINE)
        *reasons, total = map(int, counts)
        assert sum(reasons) == total == 6
    assert "Tried:" not in ran.out
    two = json.loads(helio("explain", out, "--worst", "2", "--no-fixes", "--json").out)
    assert len(two["moments"]) == 2


def test_the_folder_may_come_first(helio: Helio, out: Path):
    alone = helio("explain", out, *MOMENT, "--no-fixes")
    both = helio("explain", out / "planning.json", out, *MOMENT, "--no-fixes")
    assert alone.code == both.code == 0
    assert alone.out == both.out
    assert "Who could lawfully work then" not in alone.out
    assert max(map(cell_len, alone.out.splitlines())) <= 80
    assert helio("explain", out, out, "--folder", out, *MOMENT).code == 2


def test_a_moment_and_its_prices_as_json(helio: Helio, out: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explain_prices, "_HIRE_SECONDS", 0.5)
    found = json.loads(helio("explain", out, *MOMENT, "--json").out)
    assert found["missing"] == 1
    assert sum(len(reason["agents"]) for reason in found["reasons"]) == 6
    prices = found["prices"]
    assert prices["currency"] == "EUR"
    assert prices["could_work"] == sorted(prices["could_work"], key=lambda row: row["delta_cents"])
    assert all(fix["gain_cents"] > 0 for fix in prices["fixes"])
    assert dict(prices["tried"])


def test_a_queue_without_a_time_is_refused(helio: Helio, out: Path):
    assert helio("explain", out, "--queue", "phone-nl").code == 2
    assert helio("explain", out, "--at", "2027-03-28T03:00Z").code == 2


def test_conflicts_of_pins_are_named_everywhere(helio: Helio, tmp_path: Path):
    path = written(tmp_path, with_pins(hand_planning()))
    ran = helio("explain", path, "--conflicts")
    assert ran.code == 1
    assert "- the pin of 2027-03-23T14:00 (Europe/Amsterdam), 9 h" in ran.out
    assert "h of rest between shifts" in ran.out
    assert "1 conflict of 1 agent" in ran.out
    listed = json.loads(helio("explain", path, "--conflicts", "--json").out)["conflicts"]
    assert [conflict["agent_id"] for conflict in listed] == ["A01"]
    assert "cannot all be kept" in helio("validate", path).err
    faultless = written(tmp_path, hand_planning())
    assert helio("explain", faultless, "--conflicts").code == 0
    assert "cannot all be kept" not in helio("validate", faultless).err


def test_long_names_stay_within_80_columns(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explain_prices, "_HIRE_SECONDS", 0.5)
    planning = with_pins(hand_planning())
    long = tuple(replace(row, name="安娜\n德弗里斯" * 20) for row in planning.agents)
    planning, roster = replace(planning, agents=long), hand_roster()
    moment = explain_moment(roster, planning, queue_id="phone-nl", at="2027-03-28T03:00Z")
    (priced,) = price_moments(roster, planning, [moment])
    lines = [
        *(line.plain for line in price_lines(priced, width=80)),
        *(line.plain for line in conflict_lines(find_conflicts(planning), width=80)),
    ]
    assert max(map(cell_len, lines)) <= 80
    assert "What would lower the cost, each tried by itself" in lines
    assert not any("\n" in line for line in lines)
