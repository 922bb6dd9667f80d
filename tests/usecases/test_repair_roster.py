"""A sick call on a whole planning: from published roster to audited repair."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.clock import fixed_clock
from scheduler.domain import Planning, Roster, Shift, TimeOff, WallTime
from scheduler.errors import InputError
from scheduler.intake.document import input_digest
from scheduler.intake.planning_folder import read_planning
from scheduler.intake.starter import write_starter
from scheduler.usecases.absence import Absence, read_absence
from scheduler.usecases.repair_roster import Repaired, repair_roster
from scheduler.usecases.solve_planning import solve_params, solve_planning

_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def planning(tmp_path_factory: pytest.TempPathFactory) -> Planning:
    folder = tmp_path_factory.mktemp("demo")
    write_starter(folder, date(2027, 3, 22))
    found = read_planning(folder).planning
    assert found is not None
    return found


@pytest.fixture(scope="module")
def published(planning: Planning) -> Roster:
    """The first whole roster, on a busy machine as on an idle one."""
    phases: list[str] = []
    params = solve_params(time_limit_seconds=120, workers=1, seed=3, gap_target=0.0)
    return solve_planning(
        planning,
        params,
        on_progress=lambda state: phases.append(state.phase),
        should_stop=lambda: not {"compiling", "setup", "greedy"}.issuperset(phases),
    ).roster


@pytest.fixture(scope="module")
def lost(planning: Planning, published: Roster) -> Shift:
    """A shift in the middle that is no pin."""
    middle = published.shifts[len(published.shifts) // 2 :]
    return next(shift for shift in middle if not shift.pinned)


def _repaired(planning: Planning, roster: Roster, absence: Absence, **changes: int) -> Repaired:
    return repair_roster(planning, roster, absence, time_limit_seconds=1.0, workers=1, **changes)


def test_a_sick_call_is_repaired_and_audited(planning: Planning, published: Roster, lost: Shift):
    now = lost.start - 2 * _HOUR
    absence = Absence(lost.agent_id, lost.start, lost.end + _HOUR, now)
    repaired = _repaired(planning, published, absence, alternatives=3)
    roster, report = repaired.solved.roster, repaired.solved.report
    assert report.hard == ()
    assert dict(report.terms) == dict(roster.terms)
    assert roster.bound_cents <= roster.cost_cents
    assert roster.bound_cents > 0.9 * published.bound_cents
    assert roster.input_sha256 == repaired.planning.input_sha256 == input_digest(repaired.planning)
    assert lost not in roster.shifts
    away = [shift for shift in roster.shifts if shift.agent_id == lost.agent_id]
    assert all(shift.end <= absence.start or shift.start >= absence.end for shift in away)
    past = [shift for shift in published.shifts if shift.start < now]
    assert past == [shift for shift in roster.shifts if shift.start < now]

    key = lambda shift: (shift.agent_id, shift.start, shift.end)  # noqa: E731
    before, after = ({key(s) for s in one.shifts} for one in (published, roster))
    told_before = {
        (c.agent_id, c.before.start_utc, c.before.end_utc) for c in repaired.changes if c.before
    }
    told_after = {
        (c.agent_id, c.after.start_utc, c.after.end_utc) for c in repaired.changes if c.after
    }
    assert (before - after, after - before) == (told_before, told_after)
    assert repaired.repaired_cents + repaired.change_cents <= repaired.unrepaired_cents
    (opened,) = repaired.opened
    assert len(opened.takers) + sum(number for _, number in opened.excluded) == len(planning.agents)

    second = next(s for s in roster.shifts if s.start > lost.end and s.agent_id != lost.agent_id)
    again = Absence(second.agent_id, second.start - 24 * _HOUR, second.end + 24 * _HOUR, now)
    chained = _repaired(repaired.planning, roster, again)
    assert chained.solved.report.hard == ()
    assert len(chained.planning.time_off) == len(planning.time_off) + 2
    away = [shift for shift in chained.solved.roster.shifts if shift.agent_id == lost.agent_id]
    assert all(shift.end <= absence.start or shift.start >= absence.end for shift in away)


def test_who_falls_ill_at_work_has_worked_until_then(
    planning: Planning, published: Roster, lost: Shift
):
    leaves = lost.start + (lost.end - lost.start) // 2
    leaves -= timedelta(minutes=leaves.minute % 15)
    repaired = _repaired(planning, published, Absence(lost.agent_id, leaves, lost.end, leaves))
    (short,) = [
        shift
        for shift in repaired.solved.roster.shifts
        if (shift.agent_id, shift.start) == (lost.agent_id, lost.start)
    ]
    assert (short.end, short.pinned) == (leaves, True)
    assert all(part.end <= leaves for part in short.activities)
    assert all(finding.pinned for finding in repaired.solved.report.hard)
    assert repaired.changes[0].after is not None
    assert repaired.changes[0].after.end_utc == leaves
    report = repaired.solved.report
    assert dict(report.terms) == dict(repaired.solved.roster.terms)


def test_a_shift_moved_by_hand_is_kept_as_a_pin(planning: Planning, published: Roster, lost: Shift):
    odd = next(s for s in published.shifts if s.agent_id != lost.agent_id and not s.pinned)
    longer = replace(odd, end=odd.end + timedelta(minutes=15))
    shifts = tuple(longer if shift is odd else shift for shift in published.shifts)
    absence = Absence(lost.agent_id, lost.start, lost.end, lost.start)
    repaired = _repaired(planning, replace(published, shifts=shifts), absence)
    kept = [
        s
        for s in repaired.solved.roster.shifts
        if (s.agent_id, s.start) == (odd.agent_id, odd.start)
    ]
    assert [(shift.end, shift.pinned) for shift in kept] == [(longer.end, True)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sick": "ams-O1"}, "--sick: 'ams-O1': expected an agent's id or name. Did you mean"),
        ({"until": "2027-03-24T06:00Z"}, "--until"),
        ({"start": "2027-06-01T00:00Z", "until": "2027-06-02T00:00Z"}, "--from"),
        ({"start": "2027-01-01T00:00Z", "until": "2027-01-02T00:00Z"}, "--until"),
        ({"now": "2027-06-01T00:00Z"}, "--now"),
        ({"start": "soon"}, "--from: 'soon'"),
        ({"until": "2027-03-28T02:30"}, "--until"),
    ],
)
def test_what_makes_no_sense_is_told_once(
    planning: Planning, published: Roster, changes: dict[str, str], told: str
):
    words = {"sick": "ams-01", "start": "2027-03-24T06:00Z", "until": "2027-03-25T06:00Z"}
    clock = fixed_clock(datetime(2027, 3, 23, tzinfo=UTC))
    given = {"now": None, **words, **changes}
    with pytest.raises(InputError) as caught:
        _repaired(planning, published, read_absence(planning, clock=clock, **given))  # type: ignore[arg-type]
    (fault,) = caught.value.faults
    assert told in str(fault)


def test_a_roster_of_another_planning_is_refused(planning: Planning, published: Roster):
    other = replace(published, input_sha256="0" * 64)
    start = published.shifts[0].start
    with pytest.raises(InputError) as caught:
        _repaired(planning, other, Absence("ams-01", start, start + _HOUR, start))
    assert caught.value.faults[0].code == "other_input"


def test_the_bound_gives_back_what_time_off_takes_off(
    planning: Planning, published: Roster, lost: Shift
):
    from scheduler.planning import compile_problem
    from scheduler.usecases.repair_roster import _bound
    from scheduler.usecases.roster_slots import roster_slots
    from solver import score

    day = lost.start_local.day
    off = TimeOff(lost.agent_id, WallTime(day, 0), WallTime(day + timedelta(days=2), 0), "sick")
    before = compile_problem(planning)
    after = compile_problem(replace(planning, time_off=(*planning.time_off, off)))
    given_back = 10**7 - _bound(before.problem, after.problem, 10**7)
    assert 0 < given_back < 10**5
    kept = roster_slots(after, published)
    assert lost in kept.unknown
    left = replace(published, shifts=tuple(kept.shift_of.values()))
    costs = [
        sum(score(one.problem, roster_slots(one, left).roster).values()) for one in (before, after)
    ]
    assert costs[0] - costs[1] <= given_back
    assert costs[0] - costs[1] > 0
    no_pins = replace(planning, pins=())
    assert _bound(before.problem, compile_problem(no_pins).problem, 10**7) == 0
