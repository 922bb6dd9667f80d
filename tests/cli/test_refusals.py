"""Too large to count or to hold, and agents without a roster: told plainly, nothing half done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import solver
from scheduler.errors import InternalError
from scheduler.intake.planning_folder import read_planning
from scheduler.planning import compile_problem
from scheduler.usecases.solve_planning import verify_result
from solver.limits import check_memory
from tests.cli.conftest import Helio


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    return folder


def test_a_planning_too_large_is_refused_in_one_sentence(
    helio: Helio, demo: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(problem, params, **_ignored):
        check_memory(problem, params, available=10**8)

    monkeypatch.setattr(solver, "solve", refuse)
    ran = helio("solve", demo, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert "This problem needs about 0." in ran.err
    assert "0.1 GB are there." in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert not (demo / "out" / "roster.json").exists()


def test_agents_without_a_roster_are_named_on_screen_and_on_disk(
    helio: Helio, demo: Path, monkeypatch: pytest.MonkeyPatch
):
    real = solver.solve

    def solve(*args, **more):
        return replace(real(*args, **more), without_roster=(2,))

    monkeypatch.setattr(solver, "solve", solve)
    ran = helio("solve", demo, "--time-limit", "2s")
    planning = read_planning(demo).planning
    assert planning is not None
    agent = planning.agents[2]
    assert f"'{agent.agent_id}'" in ran.err
    assert f"No roster of {agent.name} keeps all rules" in " ".join(ran.err.split())
    notices = json.loads((demo / "out" / "audit.json").read_text())["notices"]
    (mine,) = [notice for notice in notices if notice["code"] == "no_lawful_roster"]
    assert mine["value"] == agent.agent_id
    assert agent.name in mine["sentence"]


def test_hours_that_must_be_worked_may_be_missed_by_those_named_only(demo: Path):
    planning = read_planning(demo).planning
    assert planning is not None
    problem = compile_problem(planning).problem
    impossible = solver.HoursMinimum(1, 0, problem.agents[1].days, 10**6)
    problem = replace(problem, rules=(*problem.rules, impossible))
    result = solver.solve(
        problem,
        solver.SolveParams(work_limit=40, workers=1, method="prices", time_limit_seconds=60),
    )
    assert result.without_roster == (1,)
    verify_result(problem, result)
    with pytest.raises(InternalError, match="breaks 1 rules"):
        verify_result(problem, replace(result, without_roster=(0,)))
