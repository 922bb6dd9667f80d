"""What a moment would take, from a planning and a roster: prices, fixes, conflicts of pins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from scheduler.domain import Planning, Roster, SolverNote, WakingHours
from scheduler.planning import compile_problem, decode
from scheduler.planning.compile import Compiled
from scheduler.planning.explain import on_grid
from scheduler.timegrid.zones import local_of
from scheduler.usecases.explain import explain_moment, worst_moments
from scheduler.usecases.explain_conflicts import conflict_notices, find_conflicts
from scheduler.usecases.explain_prices import PricedMoment, price_moments
from solver import Choice, DutyPlan, SlotRoster, Stint, score
from tests.builders import (
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_past_shift,
    make_pin,
    make_planning,
)

NOTE = SolverNote("1", "test", "optimal", 1, 1, 0.0)
ZONE = "Europe/Amsterdam"


def plan(**changes: Any) -> Planning:
    """Two agents in Amsterdam, one needed all the time."""
    fields: dict[str, Any] = {
        "agents": (make_agent("a1"), make_agent("a2")),
        "requirements": flat_requirements(make_horizon()),
    }
    return make_planning(**(fields | changes))


def row_of(compiled: Compiled, agent_idx: int, day: int, start: str, hours: float) -> int:
    """The option of an agent by day index, local start and length."""
    table, grid = compiled.problem.options, compiled.grid
    for row in range(*compiled.problem.option_range(agent_idx)):
        first, end = int(table.start[row]), int(table.end[row])
        if table.day[row] == day and end - first == 4 * hours:
            zone = compiled.people[agent_idx].timeline[0].zone
            if str(local_of(grid.instant_of(first), zone).wall).endswith(start):
                return row
    raise LookupError((agent_idx, day, start, hours))


def roster_of(planning: Planning, *shifts: tuple[int, int, str, float]) -> Roster:
    """The roster of some options, each given as for `row_of`."""
    compiled = compile_problem(planning)
    table = compiled.problem.options
    rows = [row_of(compiled, *shift) for shift in shifts]
    choices = tuple(
        sorted(
            Choice(int(table.agent[row]), int(table.day[row]), row, int(table.break_from[row]))
            for row in rows
        )
    )
    stints = []
    for choice in choices:
        end, paused = int(table.end[choice.option_idx]), choice.break_start
        back = paused + int(table.break_slots[choice.option_idx])
        cuts = [int(table.start[choice.option_idx]), end]
        cuts[1:1] = [paused, back] if paused >= 0 else []
        stints += [
            Stint(choice.agent_idx, first, after, 0)
            for first, after in zip(cuts[::2], cuts[1::2], strict=True)
        ]
    duties = DutyPlan(SlotRoster(choices), tuple(stints), 0, 0, 0, 0, 0)
    return decode(compiled, planning, duties, bound_cents=0, solver_note=NOTE)


def price(planning: Planning, roster: Roster, at: str, **options: Any) -> PricedMoment:
    moment = explain_moment(roster, planning, queue_id="q1", at=at)
    (priced,) = price_moments(roster, planning, [moment], **options)
    total = sum(len(reason.agents) for reason in priced.moment.reasons)
    assert total == len(planning.agents)
    assert len({reason.code for reason in priced.moment.reasons}) == len(priced.moment.reasons)
    return priced


def codes(priced: PricedMoment) -> dict[str, list[str]]:
    return {
        reason.code: [agent.agent_id for agent in reason.agents] for reason in priced.moment.reasons
    }


def cost(planning: Planning, roster: Roster) -> int:
    placed = on_grid(planning, roster)
    assert not placed.odd
    return sum(score(placed.compiled.problem, placed.roster).values())


def test_a_roster_comes_back_to_the_grid_and_odd_shifts_stay():
    planning = plan()
    roster = roster_of(planning, (0, 0, "09:00", 8), (1, 2, "12:00", 4), (0, 4, "15:00", 8))
    placed = on_grid(planning, roster)
    assert not placed.odd
    assert not placed.lost
    terms = score(placed.compiled.problem, placed.roster)
    assert {name: cents for name, cents in roster.terms if name not in ("short", "idle")} == {
        name: cents for name, cents in terms.items() if name not in ("short", "idle")
    }
    assert {(s.agent_idx, s.queue_idx) for s in placed.stints} == {(0, 0), (1, 0)}
    first = roster.shifts[0]
    odd = replace(first, start=first.start + timedelta(minutes=5))
    changed = replace(roster, shifts=(odd, *roster.shifts[1:]))
    placed = on_grid(planning, changed)
    assert placed.odd == (odd,)
    assert len(placed.roster.choices) == 3
    priced = price(planning, changed, "2027-03-02T12:00")
    assert any("1 shifts that the planning does not offer" in text for text in priced.not_tried)
    stranger = replace(first, agent_id="nobody")
    placed = on_grid(planning, replace(roster, shifts=(stranger, *roster.shifts)))
    assert placed.lost == (stranger,)


def test_prices_are_those_of_the_roster_changed_and_scored():
    planning = plan()
    roster = roster_of(planning, (0, 0, "09:00", 8))
    priced = price(planning, roster, "2027-03-02T12:00")
    assert codes(priced) == {"missed": ["a1", "a2"]}
    best = priced.could_work[0]
    assert best.delta_cents < 0
    assert best.instead is None
    agent_idx = int(best.agent_id == "a2")
    hours = (best.shift.end.minute - best.shift.start.minute) / 60
    start = str(best.shift.start)[-5:]
    changed = roster_of(planning, (0, 0, "09:00", 8), (agent_idx, 1, start, hours))
    assert cost(planning, changed) - cost(planning, roster) == best.delta_cents
    shift = next(fix for fix in priced.fixes if fix.kind == "shift")
    assert shift.gain_cents >= -best.delta_cents


def test_nobody_is_wanted_where_nothing_is_missing():
    contract = make_contract(min_minutes_week=0, target_minutes_week=0)
    needless = flat_requirements(make_horizon(), agents=0)
    planning = plan(requirements=needless, contracts=(contract,))
    roster = roster_of(planning, (0, 0, "09:00", 8))
    wanted = price(planning, roster, "2027-03-01T10:00")
    assert codes(wanted)["costs_more"] == ["a2"]
    assert not wanted.fixes
    assert not wanted.tried


def test_another_time_that_day_and_pins():
    contract = make_contract(max_days_week=1, target_minutes_week=0, min_minutes_week=0)
    planning = plan(contracts=(contract,), pins=(make_pin("a1", "2027-03-01T15:00", 480),))
    roster = roster_of(planning, (0, 0, "15:00", 8), (1, 0, "14:00", 8))
    found = codes(price(planning, roster, "2027-03-01T10:00"))
    assert found["pinned" if "pinned" in found else "resting"] == ["a1"]
    assert found["other_time_missed" if "other_time_missed" in found else "other_time"] == ["a2"]


def test_only_the_contract_is_loosened_and_named():
    contract = make_contract(
        min_minutes_week=0, target_minutes_week=0, max_minutes_week=990, max_days_week=3
    )
    planning = plan(agents=(make_agent("a1"),), contracts=(contract,))
    # 8 h + 8 h are worked of 16 h 30 min; the shortest shift is longer than what is left.
    roster = roster_of(planning, (0, 0, "08:00", 8), (0, 2, "08:00", 8))
    priced = price(planning, roster, "2027-03-02T12:00")
    assert codes(priced) == {"week_full": ["a1"]}
    tries = dict(priced.tried)
    assert tries["limit"] == 1
    rest = price(planning, roster, "2027-03-01T20:00")
    assert "limit" not in dict(rest.tried)


def test_a_wider_contract_gains_what_it_says():
    contract = make_contract(min_minutes_week=0, target_minutes_week=0, max_minutes_week=660)
    planning = plan(agents=(make_agent("a1"),), contracts=(contract,))
    roster = roster_of(planning, (0, 0, "08:00", 8))
    priced = price(planning, roster, "2027-03-02T12:00")
    (limit,) = [fix for fix in priced.fixes if fix.kind == "limit"]
    assert "12 h instead of at most 11 h of work, 2027-03-01 to 2027-03-07" in limit.what
    (added,) = limit.added
    hours = (added.end.minute - added.start.minute) / 60
    wider = replace(planning, contracts=(replace(contract, max_minutes_week=720),))
    shifts = [(0, 1, str(added.start)[-5:], hours)]
    if not limit.removed:
        shifts.append((0, 0, "08:00", 8))
    changed = roster_of(wider, *shifts)
    assert cost(planning, roster) - cost(wider, changed) == limit.gain_cents


def test_longer_waking_hours_gain_what_they_say():
    planning = plan(agents=(make_agent("a1"),))
    roster = roster_of(planning, (0, 0, "09:00", 8))
    priced = price(planning, roster, "2027-03-02T06:30")
    assert codes(priced) == {"asleep": ["a1"]}
    (fix,) = [fix for fix in priced.fixes if fix.kind == "options"]
    (added,) = fix.added
    waking = WakingHours(6 * 60, 24 * 60)
    awake = replace(planning, agents=(replace(planning.agents[0], waking_hours=waking),))
    hours = (added.end.minute - added.start.minute) / 60
    changed = roster_of(awake, (0, 0, "09:00", 8), (0, 1, str(added.start)[-5:], hours))
    assert cost(planning, roster) - cost(awake, changed) == fix.gain_cents
    deep_in_the_night = price(planning, roster, "2027-03-02T03:00")
    assert "options" not in dict(deep_in_the_night.tried)


def test_a_hire_is_found_where_everybody_is_busy():
    contract = make_contract(min_minutes_week=0, target_minutes_week=0, max_minutes_week=480)
    planning = plan(agents=(make_agent("a1"),), contracts=(contract,))
    roster = roster_of(planning, (0, 0, "08:00", 8))
    priced = price(planning, roster, "2027-03-02T12:00")
    (hire,) = [fix for fix in priced.fixes if fix.kind == "hire"]
    assert hire.shifts >= 1
    assert not price(planning, roster, "2027-03-02T12:00", fixes=False).fixes


def test_the_worst_moments_come_by_themselves():
    planning = plan()
    roster = roster_of(planning, (0, 0, "09:00", 8))
    moments = worst_moments(roster, planning, 2)
    assert [moment.missing for moment in moments] == [1, 1]
    assert len(price_moments(roster, planning, moments, fixes=False)) == 2


def test_contradicting_pins_are_named_with_what_they_break():
    pins = (
        make_pin("a1", "2027-03-01T09:00", 480),
        make_pin("a1", "2027-03-02T03:00", 240),
        make_pin("a2", "2027-03-03T09:00", 480),
    )
    (conflict,) = find_conflicts(plan(pins=pins))
    assert (conflict.agent_id, conflict.smallest) == ("a1", True)
    assert [(member.source, member.words) for member in conflict.members] == [
        ("pin", "the pin of 2027-03-01T09:00 (Europe/Amsterdam), 8 h"),
        ("pin", "the pin of 2027-03-02T03:00 (Europe/Amsterdam), 4 h"),
        ("policy", "11 h of rest between shifts (company policy)"),
    ]
    assert not find_conflicts(plan(pins=pins[1:]))
    assert not find_conflicts(plan())


def test_hours_of_the_contract_and_history_conflict_too():
    week = tuple(make_pin("a1", f"2027-03-0{day}T09:00", 600) for day in range(1, 6))
    (conflict,) = find_conflicts(plan(pins=week))
    assert [member.source for member in conflict.members] == ["pin"] * 5 + ["contract"]
    assert conflict.members[-1].words == (
        "at most 40 h of work, 2027-03-01 to 2027-03-07 (contract c32)"
    )
    history = (make_past_shift("a1", "2027-02-28T20:00", 480),)
    early = plan(pins=(make_pin("a1", "2027-03-01T06:00", 480),), history=history)
    (after_history,) = find_conflicts(early)
    assert after_history.members[0].source == "pin"
    assert after_history.members[1].source in ("law", "policy")
    (notice,) = conflict_notices(early)
    assert notice.code == "pins_conflict"
    assert notice.value == "a1"
    assert "11 h of rest" in (notice.hint or "")
