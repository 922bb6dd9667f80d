"""A duty plan read back as a roster."""

from __future__ import annotations

from datetime import date

import numpy as np

from scheduler.domain import (
    Activity,
    Break,
    BreakRule,
    Location,
    Pin,
    Planning,
    Roster,
    Shift,
    SolverNote,
    WallTime,
    Wish,
)
from scheduler.planning import Compiled, decode
from scheduler.timegrid.zones import tz_version
from solver import Choice, DutyPlan, SlotRoster, Stint, score
from tests.builders import (
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_pin,
    make_planning,
    make_queue,
    make_skills,
    utc,
)

from .books import compile_plain

NOTE = SolverNote("1", "test", "optimal", 1, 1, 0.0)


def row_of(compiled: Compiled, agent_idx: int, start_utc: str, minutes: int) -> Choice:
    """The choice of the option with that start and length, its break as early as can be."""
    table, grid = compiled.problem.options, compiled.grid
    start = grid.slot_of(utc(start_utc))
    [row] = np.flatnonzero(
        (table.agent == agent_idx) & (table.start == start) & (table.end == start + minutes // 15)
    )
    return Choice(agent_idx, int(table.day[row]), int(row), int(table.break_from[row]))


def read_back(
    compiled: Compiled, planning: Planning, choices: list[Choice], stints: list[Stint]
) -> Roster:
    plan = DutyPlan(SlotRoster(tuple(choices)), tuple(stints), 1234, 56, 1000, 0, 1)
    return decode(compiled, planning, plan, bound_cents=99, solver_note=NOTE)


def test_instants_wall_times_breaks_and_activities() -> None:
    """Two queues, one stint cut in two by the solver, and one by the break."""
    queues = (make_queue(), make_queue("q2", channel="chat"))
    planning = make_planning(
        queues=queues,
        skills=tuple(skill for queue in queues for skill in make_skills("a1", queue)),
        break_rules=(BreakRule(330, 30, paid=True),),
        input_sha256="f" * 64,
    )
    compiled = compile_plain(planning)
    choice = row_of(compiled, 0, "2027-03-02T08:00", 360)
    first = compiled.grid.slot_of(utc("2027-03-02T08:00"))
    stints = [
        Stint(0, first, first + 4, 0),
        Stint(0, first + 4, first + 8, 0),
        Stint(0, first + 10, first + 12, 0),
        Stint(0, first + 12, first + 24, 1),
    ]
    roster = read_back(compiled, planning, [choice], stints)
    assert roster.shifts == (
        Shift(
            "a1",
            utc("2027-03-02T08:00"),
            utc("2027-03-02T14:00"),
            WallTime.parse("2027-03-02T09:00"),
            "Europe/Amsterdam",
            0,
            paid_minutes=360,
            breaks=(Break(utc("2027-03-02T10:00"), utc("2027-03-02T10:30"), paid=True),),
            activities=(
                Activity("q1", utc("2027-03-02T08:00"), utc("2027-03-02T10:00")),
                Activity("q1", utc("2027-03-02T10:30"), utc("2027-03-02T11:00")),
                Activity("q2", utc("2027-03-02T11:00"), utc("2027-03-02T14:00")),
            ),
        ),
    )
    assert (roster.input_sha256, roster.tz_version) == ("f" * 64, tz_version())
    assert (roster.bound_cents, roster.solver, roster.currency) == (99, NOTE, "EUR")


def test_cost_is_the_score_with_the_cover_of_the_stints() -> None:
    horizon = make_horizon()
    planning = make_planning(
        requirements=flat_requirements(horizon),
        wishes=(Wish("a1", want=True, strength=2, weekday=3),),
        contracts=(make_contract(night_allowed=True),),
    )
    compiled = compile_plain(planning)
    choices = [row_of(compiled, 0, "2027-03-06T20:00", 240)]
    roster = read_back(compiled, planning, choices, [])
    expected = score(compiled.problem, SlotRoster(tuple(choices)))
    terms = dict(roster.terms)
    assert (terms.pop("short"), terms.pop("idle")) == (1234, 56)
    del expected["short"], expected["idle"]
    assert terms == expected
    # 4 h at 20 EUR; 23:00 to 01:00 at 15 EUR; Wednesday unworked; 28 h and 16 h short.
    assert terms == {
        "wages": 8000,
        "premiums": 0,
        "own_night": 3000,
        "wishes": 600,
        "contract_hours": 28 * 2000 + 16 * 2000,
        "fair_weekends": 0,
        "fair_evenings": 0,
    }
    assert roster.cost_cents == sum(cents for _, cents in roster.terms)


def test_the_second_pass_of_a_repeated_hour_has_fold_1() -> None:
    planning = make_planning(
        horizon=make_horizon(date(2027, 10, 31), 1), contracts=(make_contract(night_allowed=True),)
    )
    compiled = compile_plain(planning)
    readings = [
        (str(shift.start_local), shift.fold)
        for start in ("2027-10-31T00:30", "2027-10-31T01:30")
        for shift in read_back(compiled, planning, [row_of(compiled, 0, start, 240)], []).shifts
    ]
    assert readings == [("2027-10-31T02:30", 0), ("2027-10-31T02:30", 1)]


def test_a_traveller_reads_the_clock_of_the_place_and_shifts_are_in_order() -> None:
    planning = make_planning(
        agents=(make_agent("a2"), make_agent("a1")),
        locations=(Location("a1", date(2027, 3, 3), "Australia/Sydney", "AU"),),
    )
    compiled = compile_plain(planning)
    choices = [
        row_of(compiled, 0, "2027-03-02T08:00", 240),
        row_of(compiled, 0, "2027-03-04T08:00", 240),
        row_of(compiled, 1, "2027-03-02T08:00", 240),
        row_of(compiled, 1, "2027-03-04T00:00", 240),
    ]
    roster = read_back(compiled, planning, choices, [])
    assert [(shift.agent_id, str(shift.start_local), shift.zone) for shift in roster.shifts] == [
        ("a1", "2027-03-02T09:00", "Europe/Amsterdam"),
        ("a2", "2027-03-02T09:00", "Europe/Amsterdam"),
        ("a1", "2027-03-04T11:00", "Australia/Sydney"),
        ("a2", "2027-03-04T09:00", "Europe/Amsterdam"),
    ]


def test_a_pin_comes_back_as_it_was_given() -> None:
    pin: Pin = make_pin("a1", "2027-03-02T09:05", 475)
    planning = make_planning(pins=(pin,))
    compiled = compile_plain(planning)
    [(row, _)] = compiled.pins
    start = int(compiled.problem.options.start[row])
    choice = Choice(0, 1, row, start + 12)
    [shift] = read_back(compiled, planning, [choice], [Stint(0, start, start + 12, 0)]).shifts
    assert (shift.start, shift.end, shift.pinned) == (pin.start, pin.end, True)
    assert shift.start_local == pin.start_local
    assert shift.activities[0].start == pin.start
