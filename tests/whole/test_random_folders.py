"""From folder to audited roster on random folders: checker, audit and score must agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.audit import AuditReport, audit_roster
from scheduler.domain import Planning, Roster, SolverNote
from scheduler.planning import Compiled, compile_problem, decode
from scheduler.usecases.read_input import read_input
from solver import Choice, SlotRoster, SolveParams, check, plan_duties, score, solve
from tests.whole.random_folder import write_random_folder

SEEDS = range(20)
NOTE = SolverNote("test", "random", "feasible", 1, 1, 0.0)
CODE_OF_RULE = {
    "MinRest": {"min_rest", "overlap"},
    "WeeklyRest": {"weekly_rest"},
    "MaxConsecutiveDays": {"days_in_row"},
    "HoursLimit": {"week_hours"},
    "DaysLimit": {"week_days"},
}
RULE_OF_CODE = {code: rule for rule, codes in CODE_OF_RULE.items() for code in codes}


def planning_of(tmp_path: Path, seed: int) -> Planning:
    intake = read_input(write_random_folder(tmp_path / f"folder-{seed}", seed))
    assert not intake.faults
    assert intake.planning is not None
    return intake.planning


def as_roster(
    planning: Planning, compiled: Compiled, slot_roster: SlotRoster
) -> tuple[Roster, int]:
    plan = plan_duties(compiled.problem, slot_roster, workers=1, time_limit_seconds=1.0)
    roster = decode(compiled, planning, plan, bound_cents=0, solver_note=NOTE)
    return roster, plan.lost_slots


def assert_costs_agree(
    compiled: Compiled, slot_roster: SlotRoster, roster: Roster, report: AuditReport
) -> None:
    """Score of the slots and audit of the instants: the same cents, term by term."""
    terms = score(compiled.problem, slot_roster)
    assert dict(report.terms) == dict(roster.terms)
    assert report.cost_cents == roster.cost_cents
    for name, cents in terms.items():
        if name not in ("short", "idle"):
            assert report.terms[name] == cents, name
    assert report.terms["short"] >= 0


def broken_rules(findings: Iterator[object]) -> set[tuple[str, str | None, bool]]:
    return {
        (RULE_OF_CODE[finding.rule], finding.agent_id, finding.pinned)  # type: ignore[attr-defined]
        for finding in findings
        if finding.rule in RULE_OF_CODE  # type: ignore[attr-defined]
    }


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
    roster, _ = as_roster(planning, compiled, result.roster)
    report = audit_roster(planning, roster)
    unpinned = [finding.sentence for finding in report.hard if not finding.pinned]
    assert unpinned == []
    assert_costs_agree(compiled, result.roster, roster, report)
    assert roster.cost_cents >= result.bound_cents


@pytest.mark.parametrize("seed", SEEDS)
def test_any_roster_gets_the_same_verdict_twice(tmp_path: Path, seed: int) -> None:
    """Shifts thrown at random break every rule; both judges must name the same rules and people."""
    planning = planning_of(tmp_path, seed)
    compiled = compile_problem(planning)
    problem = compiled.problem
    rng = random.Random(seed)
    judged = 0
    for density in (0.4, 0.7, 1.0):
        choices = []
        for agent_idx in range(len(problem.agents)):
            by_day: dict[int, list[int]] = {}
            for row in range(*problem.option_range(agent_idx)):
                by_day.setdefault(int(problem.options.day[row]), []).append(row)
            for day, rows in by_day.items():
                row = rng.choice(rows)
                if problem.options.pinned[row] or rng.random() < density:
                    at = int(problem.options.break_from[row])
                    choices.append(Choice(agent_idx, day, row, at))
        slot_roster = SlotRoster(tuple(choices))
        roster, _ = as_roster(planning, compiled, slot_roster)
        report = audit_roster(planning, roster)
        by_check = {
            (violation.rule, problem.agents[violation.agent_idx].agent_id, violation.forgiven)
            for violation in check(problem, slot_roster)
        }
        assert broken_rules(iter(report.findings)) == by_check
        assert_costs_agree(compiled, slot_roster, roster, report)
        judged += len(by_check)
    assert judged > 0


@pytest.mark.slow
def test_a_shift_moved_into_a_rest_is_found(tmp_path: Path) -> None:
    """Random rosters stay lawful under the audit until one shift is moved by three hours."""
    from dataclasses import replace
    from datetime import timedelta

    from scheduler.timegrid.zones import local_of

    planning = planning_of(tmp_path, 1)
    compiled = compile_problem(planning)
    result = solve(compiled.problem, SolveParams(time_limit_seconds=3.0, workers=1))
    roster, _ = as_roster(planning, compiled, result.roster)
    found = 0
    for index, shift in enumerate(roster.shifts):
        start = shift.start - timedelta(hours=3)
        local = local_of(start, shift.zone)
        moved = replace(
            shift,
            start=start,
            end=shift.end - timedelta(hours=3),
            start_local=local.wall,
            fold=local.fold,
            breaks=(),
            activities=(),
        )
        before = [s for s in roster.shifts if s.agent_id == shift.agent_id and s.end <= shift.start]
        if not before or start - before[-1].end >= timedelta(hours=11):
            continue
        shifts = (*roster.shifts[:index], moved, *roster.shifts[index + 1 :])
        report = audit_roster(planning, replace(roster, shifts=shifts))
        finding = next(f for f in report.hard if f.rule in ("min_rest", "overlap"))
        assert finding.agent_id == shift.agent_id
        assert shift.agent_id in finding.sentence
        found += 1
    assert found >= 1
