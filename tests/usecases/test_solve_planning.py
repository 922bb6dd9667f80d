"""Solving end to end, and what happens when the parts disagree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scheduler.domain import Planning
from scheduler.errors import InternalError
from scheduler.intake.planning_folder import read_planning
from scheduler.intake.starter import write_starter
from scheduler.usecases.solve_planning import solve_params, solve_planning, verify_result
from scheduler.usecases.summary import summarise


@pytest.fixture(scope="module")
def planning(tmp_path_factory: pytest.TempPathFactory) -> Planning:
    folder: Path = tmp_path_factory.mktemp("demo")
    write_starter(folder, date(2027, 3, 22))
    found = read_planning(folder).planning
    assert found is not None
    return found


def test_roster_audit_and_figures_agree(planning: Planning):
    phases = []
    params = solve_params(time_limit_seconds=1.5, workers=1, seed=3, gap_target=0.0)
    solved = solve_planning(planning, params, on_progress=lambda state: phases.append(state.phase))
    assert solved.report.hard == ()
    assert dict(solved.report.terms) == dict(solved.roster.terms)
    assert solved.roster.bound_cents <= solved.roster.cost_cents
    assert solved.roster.input_sha256 == planning.input_sha256
    assert (phases[0], phases[-1]) == ("compiling", "auditing")
    summary = summarise(planning, solved.roster, solved.report, shortfalls=solved.shortfalls)
    assert summary.missing_hours == pytest.approx(sum(row.missing_hours for row in summary.queues))
    assert summary.missing_hours == pytest.approx(
        sum(row.missing_hours for row in summary.shortages)
    )
    assert summary.own_night_hours == pytest.approx(sum(row.hours for row in summary.own_night))


def test_stopped_at_once_there_is_a_lawful_roster_still(planning: Planning):
    params = solve_params(time_limit_seconds=60, workers=1, seed=1, gap_target=0.0)
    solved = solve_planning(planning, params, should_stop=lambda: True)
    assert solved.roster.solver.status == "cancelled"
    assert solved.report.hard == ()


def test_a_solver_that_lies_is_a_defect_and_not_a_roster(planning: Planning):
    from scheduler.planning import compile_problem
    from solver import SlotRoster, SolveParams, solve

    problem = compile_problem(planning).problem
    result = solve(problem, SolveParams(time_limit_seconds=1), should_stop=lambda: True)
    verify_result(problem, result)
    first, *others = result.roster.choices
    lies = (
        replace(result, cost_cents=result.cost_cents - 1),
        replace(result, terms=(("wages", result.cost_cents),)),
        replace(result, bound_cents=result.cost_cents + 1),
        replace(result, roster=SlotRoster((first, first, *others))),
    )
    for lie in lies:
        with pytest.raises(InternalError):
            verify_result(problem, lie)
