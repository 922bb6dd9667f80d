"""From folder to audited roster on random folders: checker, audit and score must agree."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.audit import AuditReport, audit_roster
from scheduler.domain import Planning, Roster, Shift
from scheduler.planning import Compiled, compile_problem
from scheduler.timegrid.zones import local_of
from scheduler.usecases.read_input import read_input
from solver import SlotRoster, SolveParams, check, score, solve
from tests.whole.judges import as_roster, throw, verdict_of_audit, verdict_of_check
from tests.whole.random_folder import write_random_folder

SEEDS = range(20)


def planning_of(tmp_path: Path, seed: int) -> Planning:
    intake = read_input(write_random_folder(tmp_path / f"folder-{seed}", seed))
    assert not intake.faults
    assert intake.planning is not None
    return intake.planning


def assert_costs_agree(
    compiled: Compiled, slot_roster: SlotRoster, roster: Roster, report: AuditReport
) -> None:
    """Score of the slots and audit of the instants: the same cents, term by term."""
    terms = score(compiled.problem, slot_roster)
    audited = dict(report.terms)
    assert audited == dict(roster.terms)
    assert report.cost_cents == roster.cost_cents
    for name, cents in terms.items():
        if name not in ("short", "idle"):
            assert audited[name] == cents, name
    assert audited["short"] >= terms["short"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_solved_roster_is_lawful_and_costs_what_it_says(tmp_path: Path, seed: int) -> None:
    planning = planning_of(tmp_path, seed)
    compiled = compile_problem(planning)
    result = solve(
        compiled.problem, SolveParams(time_limit_seconds=3.0, workers=1, seed=seed, gap_target=0.01)
    )
    assert result.bound_cents <= result.cost_cents
    violations = check(compiled.problem, result.roster)
    assert all(violation.forgiven for violation in violations)
    assert score(compiled.problem, result.roster) == dict(result.terms)
    roster, placed = as_roster(planning, compiled, result.roster)
    report = audit_roster(planning, roster)
    unpinned = [finding.sentence for finding in report.hard if not finding.pinned]
    assert unpinned == []
    assert_costs_agree(compiled, placed, roster, report)
    assert roster.cost_cents >= result.bound_cents


@pytest.mark.parametrize("block", range(4))
def test_any_roster_gets_the_same_verdict_twice(tmp_path: Path, block: int) -> None:
    """Shifts thrown at random break every rule; both judges must name the same rules and people."""
    judged = 0
    for seed in range(block * 5, block * 5 + 5):
        planning = planning_of(tmp_path, seed)
        compiled = compile_problem(planning)
        problem = compiled.problem
        for density in (0.5, 1.0):
            thrown = throw(problem, random.Random(f"{seed} {density}"), density)
            roster, placed = as_roster(planning, compiled, thrown)
            report = audit_roster(planning, roster)
            by_check = verdict_of_check(problem, check(problem, placed))
            assert verdict_of_audit(report.findings) == by_check
            if all(finding.rule != "overlap" for finding in report.findings):
                assert_costs_agree(compiled, placed, roster, report)
            judged += len(by_check)
    assert judged >= 10


@pytest.mark.slow
def test_a_shift_moved_into_a_rest_is_found(tmp_path: Path) -> None:
    """A lawful roster, one shift moved three hours towards the one before it: named."""
    found = 0
    for seed in range(12):
        planning = planning_of(tmp_path, seed)
        compiled = compile_problem(planning)
        result = solve(compiled.problem, SolveParams(time_limit_seconds=1.0, workers=1))
        roster, _ = as_roster(planning, compiled, result.roster)
        for index, shift in enumerate(roster.shifts):
            earlier = [
                other
                for other in roster.shifts
                if other.agent_id == shift.agent_id and other.end <= shift.start
            ]
            moved = moved_by(shift, timedelta(hours=-3))
            if not earlier or moved.start - earlier[-1].end >= timedelta(hours=11):
                continue
            shifts = (*roster.shifts[:index], moved, *roster.shifts[index + 1 :])
            report = audit_roster(planning, replace(roster, shifts=shifts))
            finding = next(f for f in report.hard if f.rule in ("min_rest", "overlap"))
            assert finding.agent_id == shift.agent_id
            assert f"({shift.agent_id})" in finding.sentence
            assert finding.start == earlier[-1].end
            assert finding.end == moved.start
            found += 1
    assert found >= 2


def moved_by(shift: Shift, delta: timedelta) -> Shift:
    """The same shift at another time, its activities and break left behind."""
    local = local_of(shift.start + delta, shift.zone)
    return replace(
        shift,
        start=shift.start + delta,
        end=shift.end + delta,
        start_local=local.wall,
        fold=local.fold,
        breaks=(),
        activities=(),
    )
