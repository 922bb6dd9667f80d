"""The bundled example: made by its script, free of faults, lawful history, and coverable."""

import importlib
import os
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from scheduler.domain import Planning
from scheduler.intake.planning_folder import read_planning
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import horizon_bounds, minutes_in_clock_window
from scheduler.timegrid.zones import local_of, transitions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "dutch-247"


@pytest.fixture(scope="module")
def planning() -> Planning:
    intake = read_planning(FOLDER)
    assert intake.planning is not None, "\n".join(map(str, intake.faults))
    return intake.planning


@pytest.fixture(scope="module")
def feasibility() -> ModuleType:
    sys.path.insert(0, str(FOLDER.parent))
    try:
        return importlib.import_module("feasibility")
    finally:
        sys.path.remove(str(FOLDER.parent))


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_script_makes_the_committed_folder(tmp_path: Path, hash_seed: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    script = ROOT / "examples" / "make_dutch_247.py"
    subprocess.run([sys.executable, script, tmp_path], env=environment, check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.is_file()}


def test_intake_has_nothing_to_say() -> None:
    intake = read_planning(FOLDER)
    assert intake.faults == ()
    assert intake.notices == ()


def test_holds_what_it_promises(planning: Planning) -> None:
    assert len(planning.agents) == 60
    assert {site.name for site in planning.sites} == {
        "Amsterdam",
        "Paramaribo",
        "Willemstad",
        "Sydney",
        "Perth",
    }
    assert {queue.channel for queue in planning.queues} >= {"phone", "chat", "whatsapp", "email"}
    assert {queue.language for queue in planning.queues} == {"nl", "en", "de"}
    assert len({queue.client for queue in planning.queues}) == 2
    start, end = horizon_bounds(planning.horizon)
    changes = {
        zone: [change.instant.date() for change in transitions(zone, start, end)]
        for zone in ("Europe/Amsterdam", "Australia/Sydney", "Australia/Lord_Howe")
    }
    assert changes == {
        "Europe/Amsterdam": [date(2027, 3, 28)],
        "Australia/Sydney": [date(2027, 4, 3)],
        "Australia/Lord_Howe": [date(2027, 4, 3)],
    }
    expiring = [s for s in planning.skills if s.kind == "certificate" and s.valid_until]
    assert sum(planning.horizon.start < s.valid_until < planning.horizon.end for s in expiring) >= 3


def test_contacts_follow_the_day_and_the_week(planning: Planning) -> None:
    offered: dict[tuple[date, int], float] = {}
    for row in planning.demand:
        if row.queue_id == "LM-PHONE-NL":
            wall = local_of(row.start, "Europe/Amsterdam").wall
            key = wall.day, wall.minute // 60
            offered[key] = offered.get(key, 0.0) + float(row.offered)
    assert min(offered.values()) > 0
    # 02:00 does not exist on the day of the change.
    assert len(offered) == 14 * 24 - 1
    tuesday = {hour: offered[date(2027, 3, 23), hour] for hour in range(24)}
    assert max(tuesday, key=tuesday.__getitem__) in (10, 11)
    assert tuesday[3] < 0.1 * tuesday[10] < tuesday[20]

    def total(day: date) -> float:
        return sum(offered.get((day, hour), 0.0) for hour in range(24))

    assert total(date(2027, 3, 28)) < 0.9 * total(date(2027, 4, 4))
    assert total(date(2027, 3, 29)) < 0.6 * total(date(2027, 3, 22))


def test_history_is_lawful(planning: Planning, feasibility: ModuleType) -> None:
    start, _ = horizon_bounds(planning.horizon)
    reaching_in = 0
    for person in feasibility.people(planning):
        mine = [s for s in planning.history if s.agent_id == person.agent.agent_id]
        for shift in mine:
            zone = place_at(person.places, shift.start).zone
            assert shift.zone == zone
            assert shift.start < start
            reaching_in += shift.end > start
            awake = minutes_in_clock_window(shift.start, shift.end, zone, 7 * 60, 23 * 60)
            assert timedelta(minutes=awake) == shift.end - shift.start
        assert all(b.start - a.end >= timedelta(hours=11) for a, b in pairwise(mine))
        assert len({s.start_local.day for s in mine}) == len(mine)
        for weeks_back in range(1, 17):
            monday = planning.horizon.start - timedelta(weeks=weeks_back)
            days = [s.start_local.day for s in mine if 0 <= (s.start_local.day - monday).days < 7]
            assert len(days) <= 5
            # Half an hour of each of these shifts, all of 8 h 30, is an unpaid break.
            assert len(days) * 8 * 60 <= person.contract.max_minutes_week
            if days:
                edges = [monday - timedelta(days=1), *days, monday + timedelta(days=7)]
                assert max(b - a for a, b in pairwise(edges)) >= timedelta(days=3)
        sundays = sum(s.start_local.day.isoweekday() == 7 for s in mine)
        assert sundays <= 16 - 13 * 16 // 52
    assert reaching_in >= 1
    assert len({shift.agent_id for shift in planning.history}) >= 50


def test_pins_are_lawful(planning: Planning, feasibility: ModuleType) -> None:
    persons = {person.agent.agent_id: person for person in feasibility.people(planning)}
    assert len(planning.pins) == 2
    for pin in planning.pins:
        person = persons[pin.agent_id]
        assert place_at(person.places, pin.start).zone == pin.zone
        assert planning.shifts.min_minutes <= (pin.end - pin.start).total_seconds() / 60
        assert (pin.end - pin.start).total_seconds() / 60 <= planning.shifts.max_minutes
        instant = pin.start
        while instant < pin.end:
            assert feasibility.can_work(person, local_of(instant, pin.zone).wall, planning)
            instant += timedelta(minutes=15)


def test_demand_can_be_met_by_people_awake(planning: Planning, feasibility: ModuleType) -> None:
    need = required_agents(planning)
    persons = feasibility.people(planning)
    needed_hours = sum(map(sum, need.values())) * planning.interval_minutes / 60
    contract_hours = sum(feasibility.contract_hours(person, planning) for person in persons)
    assert 0.80 <= needed_hours / contract_hours <= 0.88
    # At any instant at most some half of those who are awake must be at work: the others rest.
    rows = feasibility.report(planning).split("worst\n")[1].splitlines()
    assert len(rows) == 24
    assert max(float(row.split()[-1]) for row in rows) <= 0.5
