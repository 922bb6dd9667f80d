from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from benchmarks.follow_the_sun import build_problem, generate, statistics
from benchmarks.world import ZONES, World, draw_world
from scheduler.timegrid.zones import local_of
from solver.problem import PlanningProblem
from solver.rules import CountCost, HoursLimit, HoursTarget, MinDaysOff, MinRest

MONDAY = date(2027, 3, 8)
SYDNEY_MIDNIGHT = datetime(2027, 3, 7, 13, tzinfo=UTC)


@cache
def world(agents: int = 150, seed: int = 3) -> World:
    return draw_world(agents, seed, days=28, first_day=MONDAY)


@cache
def problem(interval: int = 30, load: float = 0.9, breaks: int = 1) -> PlanningProblem:
    return build_problem(world(), load, 3, interval_minutes=interval, break_positions=breaks)


def test_the_same_seed_gives_the_same_problem() -> None:
    first, second = (generate(70, 0.9, 5) for _ in range(2))
    assert first == second
    other = generate(70, 0.9, 6)
    assert other.options != first.options
    assert other.queues != first.queues


def test_load_changes_nothing_but_need() -> None:
    light, heavy = problem(load=0.7), problem(load=1.1)
    assert light.options == heavy.options
    assert (light.agents, light.rules, light.groups) == (heavy.agents, heavy.rules, heavy.groups)


@pytest.mark.parametrize("interval", [15, 30])
@pytest.mark.parametrize("load", [0.7, 0.9, 1.1])
def test_need_is_the_load_share_of_contract_hours(interval: int, load: float) -> None:
    assert statistics(problem(interval, load)).load == pytest.approx(load, rel=0.01)


@pytest.mark.parametrize("interval", [15, 30])
def test_shifts_lie_in_waking_hours_of_the_place(interval: int) -> None:
    made, people = problem(interval), world()
    table = made.options
    for row in range(0, len(table), 97):
        zone = ZONES[people.zone[table.agent[row], table.day[row]]]
        start, end = (
            local_of(SYDNEY_MIDNIGHT + timedelta(minutes=interval) * int(slot), zone).wall
            for slot in (table.start[row], table.end[row])
        )
        assert start.day == end.day == MONDAY + timedelta(days=int(table.day[row]))
        assert start.minute >= 7 * 60
        assert end.minute <= 23 * 60
        assert 4 * 60 <= end.minute - start.minute <= 9 * 60
        assert start.minute % 60 == end.minute % 60 == 0
        assert table.weekend[row] == (start.day.weekday() >= 5)
        assert table.evening[row] == (end.minute > 20 * 60)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Vancouver", 6, 24),
        ("Europe/Amsterdam", 20, 23),
        ("Europe/Amsterdam", 21, 24),
        ("Australia/Sydney", 27, 25),
        ("Asia/Jakarta", 20, 24),
    ],
)
def test_clock_changes_move_the_shifts(zone: str, day: int, hours: int) -> None:
    """From seven in the morning to seven on the `day` it takes that many hours."""
    made, people = problem(), world()
    table = made.options
    at = ZONES.index(zone)

    def seven(of_day: int) -> int:
        here = (people.zone[:, of_day] == at) & (people.from_hour[:, of_day] == 0)
        rows = here[table.agent] & (table.day == of_day)
        return int(table.start[rows].min())

    assert (seven(day) - seven(day - 1)) / 2 == hours


def test_options_are_sorted_and_distinct() -> None:
    table = problem().options
    keys = np.stack([table.agent, table.day, table.start, table.end]).astype(np.int64)
    weights = np.array([28 * 1400 * 1500, 1400 * 1500, 1500, 1])
    assert np.all(np.diff(weights @ keys) > 0)
    assert table.end.max() <= problem().slots


@pytest.mark.parametrize(("interval", "breaks"), [(15, 1), (30, 1), (15, 5), (30, 5)])
def test_breaks_are_unpaid_and_around_the_middle(interval: int, breaks: int) -> None:
    table = problem(interval, breaks=breaks).options
    elapsed = (table.end - table.start) * interval
    long = elapsed >= 360
    assert np.array_equal(table.break_slots * interval, np.where(long, 30, 0))
    assert np.array_equal(table.paid_minutes, elapsed - np.where(long, 30, 0))
    assert np.all(table.break_until[long] - table.break_from[long] == breaks - 1)
    assert np.all(table.break_from[~long] == -1)
    middle = (table.break_from + table.break_until + table.break_slots)[long]
    assert np.all(np.abs(middle - (table.start + table.end)[long]) <= 1)
    assert np.all(table.break_from[long] > table.start[long])
    assert np.all((table.break_until + table.break_slots)[long] < table.end[long])


def test_fifteen_minutes_are_the_same_world_on_a_finer_grid() -> None:
    coarse, fine = problem(30), problem(15)
    assert fine.slots == 2 * coarse.slots
    assert fine.slot_minutes == 15
    for name in ("agent", "day", "paid_minutes", "wages_cents", "premium_cents", "wish_cents"):
        assert np.array_equal(getattr(coarse.options, name), getattr(fine.options, name))
    assert np.array_equal(2 * coarse.options.start, fine.options.start)
    assert [2 * cents for cents in fine.queues[0].short_cents] == list(coarse.queues[0].short_cents)
    assert 2 * fine.idle_cents == coarse.idle_cents


def test_premiums_of_some_shifts() -> None:
    """A Monday until 23:00, a Sunday with a break, by hand."""
    made, people = problem(), world()
    table = made.options
    first = (table.agent == 0) & (people.zone[0, 0] == people.zone[0, table.day])
    rate = int(people.rate_cents[0])
    rows = np.nonzero(first)[0]
    by_key = {}
    for row in rows.tolist():
        day = int(table.day[row])
        here = rows[table.day[rows] == day]
        if people.from_hour[0, day] == 0 and people.until_hour[0, day] == 16:
            begin = int(table.start[row] - table.start[here].min()) // 2
            by_key[day % 7, begin, int(table.end[row] - table.start[row]) // 2] = row
    late, sunday = by_key[0, 12, 4], by_key[6, 0, 8]
    # 19-20 nothing, 20-22 a fifth, 22-23 two fifths; on Sunday half of seven and a half hours.
    assert table.premium_cents[late] == int(rate * (0.2 * 2 + 0.4) + 0.5)
    assert table.premium_cents[sunday] == int(rate * 0.5 * 7.5 + 0.5)
    assert table.wages_cents[late] == rate * 4


def test_leave_and_travel_leave_no_options_and_reduce_the_hours_due() -> None:
    made, people = problem(), world()
    worked = np.zeros(people.on_leave.shape, dtype=bool)
    worked[made.options.agent, made.options.day] = True
    assert not worked[people.on_leave].any()
    assert 0.02 < people.on_leave.mean() < 0.12
    moves = (np.diff(people.zone, axis=1) != 0).sum(axis=1)
    movers = np.nonzero(moves)[0]
    assert len(movers) == round(0.03 * people.agents)
    for agent in movers:
        arrives = int(np.nonzero(np.diff(people.zone[agent]))[0][0]) + 1
        assert people.on_leave[agent, arrives : arrives + 2].all()
    for rule in made.rules:
        if isinstance(rule, HoursTarget):
            away = int(people.on_leave[rule.agent_idx, rule.first_day : rule.end_day].sum())
            full = 60 * int(people.contract_hours[rule.agent_idx])
            assert full * (7 - away) / 7 - 30 < rule.target_minutes <= full * (7 - away) / 7


def test_certificates_expire_at_local_midnight() -> None:
    made, people = problem(), world()
    changed = [agent for agent in range(people.agents) if len(made.agents[agent].groups) > 1]
    assert changed
    for agent in changed:
        slot, after = made.agents[agent].groups[1]
        day = int(np.nonzero(np.diff(people.group[agent]))[0][0]) + 1
        wall = local_of(
            SYDNEY_MIDNIGHT + timedelta(minutes=30 * slot), ZONES[people.zone[agent, day]]
        ).wall
        assert (wall.day, wall.minute) == (MONDAY + timedelta(days=day), 0)
        before = made.agents[agent].groups[0][1]
        assert set(made.groups[after]) < set(made.groups[before])


def test_size_and_rules() -> None:
    made = generate(60, 0.9, 1)
    size = statistics(made)
    assert size.queues == 6
    assert 10 <= size.skill_sets <= 18
    assert 52 <= size.options_per_agent_day <= 58
    assert statistics(generate(400, 0.9, 1)).queues == 12
    mine = [rule for rule in made.rules if rule.agent_idx == 0]
    assert MinRest(0, 22) in mine
    assert MinDaysOff(0, 1, 72) in mine
    assert CountCost(0, "weekend", (0, 0, 0, 0, 3000, 3000, 4500, 4500)) in mine
    weeks = [(rule.first_day, rule.end_day) for rule in mine if isinstance(rule, HoursLimit)]
    assert weeks == [(0, 7), (7, 14), (14, 21), (21, 28)]


@pytest.mark.parametrize("load", [0, -1, 11, float("nan")])
def test_loads_out_of_range_are_refused(load: float) -> None:
    with pytest.raises(ValueError, match="load"):
        generate(10, load, 1)


def test_one_agent_and_a_few_days() -> None:
    made = generate(1, 0.9, 1, days=3, first_day="2027-03-12")
    assert made.agents[0].days == 3
    weeks = [(r.first_day, r.end_day) for r in made.rules if isinstance(r, HoursLimit)]
    assert weeks == [(0, 3)]
