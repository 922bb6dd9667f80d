"""The bundled example: made by its script, free of faults, lawful history, and coverable."""

import importlib
import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from scheduler.domain import Planning
from scheduler.intake.planning_folder import read_planning
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import horizon_bounds, minutes_in_clock_window
from scheduler.timegrid.zones import local_of, transitions
from scheduler.usecases.forecast_contacts import forecast_contacts

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


@pytest.fixture(scope="module")
def contacts() -> ModuleType:
    sys.path.insert(0, str(FOLDER.parent))
    try:
        return importlib.import_module("dutch_247_contacts")
    finally:
        sys.path.remove(str(FOLDER.parent))


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_script_makes_the_committed_folder(tmp_path: Path, hash_seed: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    script = ROOT / "examples" / "make_dutch_247.py"
    command = [sys.executable, script, tmp_path, "--without-demand"]
    subprocess.run(command, env=environment, check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.is_file()}
    del committed["demand.csv"]
    assert made == committed
    assert len(made["contacts.csv"]) < 1_500_000


def test_demand_is_the_forecast_of_the_contacts(planning: Planning) -> None:
    """To one in a hundred: the last digits of a fit differ from machine to machine."""
    view = forecast_contacts(FOLDER / "contacts.csv", planning)
    made = {(row.queue_id, row.start): row for row in view.demand}
    assert made.keys() == {(row.queue_id, row.start) for row in planning.demand}
    for row in planning.demand:
        fresh = made[row.queue_id, row.start]
        assert float(fresh.offered) == pytest.approx(float(row.offered), rel=0.01, abs=0.02)
        assert float(fresh.aht_s) == pytest.approx(float(row.aht_s), rel=0.01, abs=0.2)
    # The storm and the uncounted afternoon are found, and nearly nothing else.
    told = {(row.queue_id, row.day) for queue in view.queues for row in queue.left_out}
    storm = {(name, date(2026, 11, 19)) for name in ("LM-PHONE-NL", "LM-WA-NL", "LM-MAIL-NL")}
    assert storm <= told
    assert len(told - storm) <= 4
    missing = {queue.queue_id: queue.missing_intervals for queue in view.queues}
    phone = {queue.queue_id for queue in planning.queues if queue.channel == "phone"}
    assert {name for name, count in missing.items() if count} == phone
    assert {missing[name] for name in phone} == {10}


def test_the_forecast_is_near_what_the_contacts_were_drawn_from(
    planning: Planning, contacts: ModuleType
) -> None:
    """By queue and ordinary day; holidays are what a forecast can know of them, no more."""
    streams = {stream.queue_id: stream for stream in contacts.STREAMS}
    got: defaultdict[tuple[str, date], float] = defaultdict(float)
    drawn: defaultdict[tuple[str, date], float] = defaultdict(float)
    for row in planning.demand:
        stream = streams[row.queue_id]
        wall = local_of(row.start, stream.zone).wall
        if not is_public_holiday(wall.day, stream.country, None):
            got[row.queue_id, wall.day] += float(row.offered)
            drawn[row.queue_id, wall.day] += contacts.expected(stream, wall, row.start)
    for queue_id in {name for name, _ in got}:
        days = [key for key in got if key[0] == queue_id]
        error = sum(abs(got[key] - drawn[key]) for key in days)
        whole = sum(drawn[key] for key in days)
        assert error < 0.08 * whole, queue_id
        assert abs(sum(got[key] for key in days) - whole) < 0.06 * whole, queue_id


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

    # Good Friday and Easter Monday are public holidays in the Netherlands.
    assert total(date(2027, 3, 26)) < 0.6 * total(date(2027, 4, 2))
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
