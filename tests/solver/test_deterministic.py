"""With a work limit: the same result twice, no more work than allowed, and a stop is a stop."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.follow_the_sun import generate
from solver import (
    PlanningProblem,
    Progress,
    SolveParams,
    SolveResult,
    SolveStatus,
    check,
    solve,
)
from solver.search.budget import Budget
from tests.solver.random_problems import EVERY_KIND, LAWFUL_KINDS, random_problem
from tests.solver.test_solve import problem_of

_ROOT = Path(__file__).parents[2]
_PROBLEMS = {
    "two queues": lambda: problem_of(days=7, agents=6),
    "every rule": lambda: random_problem(3, agents=6, days=7, kinds=EVERY_KIND),
    "many rules": lambda: random_problem(5, agents=8, days=9, options_per_day=4),
    "round the world": lambda: generate(24, 0.9, 1, days=14),
}


def limited(problem: PlanningProblem, turns: int, **more: object) -> SolveResult:
    params = {"time_limit_seconds": 600, "workers": 2, "method": "prices", **more}
    return solve(problem, SolveParams(work_limit=turns, **params))  # type: ignore[arg-type]


def facts(result: SolveResult) -> tuple[object, ...]:
    return (
        result.status,
        result.roster,
        result.cost_cents,
        result.bound_cents,
        result.terms,
        result.method,
        result.seconds,
        result.without_roster,
    )


@pytest.mark.parametrize("method", ["prices", "auto"])
@pytest.mark.parametrize("name", _PROBLEMS)
def test_the_same_work_gives_the_same_result(name: str, method: str) -> None:
    problem = _PROBLEMS[name]()
    one, other = (limited(problem, 700, method=method) for _ in range(2))
    assert facts(one) == facts(other)
    assert one.bound_cents > 0


@pytest.mark.slow
@pytest.mark.parametrize("turns", [4000])
@pytest.mark.parametrize("name", _PROBLEMS)
def test_long_searches_are_the_same_twice(name: str, turns: int) -> None:
    problem = _PROBLEMS[name]()
    assert facts(limited(problem, turns)) == facts(limited(problem, turns))


@pytest.mark.slow
def test_small_problems_by_cpsat_are_the_same_twice() -> None:
    """One worker of CP-SAT, limited by its own count of steps."""
    for seed in range(4):
        problem = random_problem(seed, agents=4, days=5, options_per_day=3, kinds=LAWFUL_KINDS)
        one, other = (limited(problem, 3000, method="auto") for _ in range(2))
        assert facts(one) == facts(other)
        assert one.method == "cpsat"
        assert one.status is SolveStatus.OPTIMAL


def test_seeds_and_more_work_do_make_a_difference() -> None:
    problem = generate(24, 0.9, 1, days=14)
    first = limited(problem, 600)
    assert limited(problem, 600, seed=2).roster != first.roster
    better = limited(problem, 3000)
    assert better.gap < first.gap


@pytest.mark.slow
def test_other_processes_give_the_same_result() -> None:
    """Neither the order of sets and dictionaries nor the clock of a fresh process matters."""
    script = (
        "from tests.solver.test_deterministic import _PROBLEMS, limited\n"
        "result = limited(_PROBLEMS['many rules'](), 900)\n"
        "print(result.cost_cents, result.bound_cents, sorted(result.roster.choices))"
    )
    told = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(_ROOT)}
        done = subprocess.run(
            [sys.executable, "-P", "-c", script],
            env=environment,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout)
    assert told[0] == told[1]


class Counted(Budget):
    """A budget that remembers itself, to be asked afterwards."""

    last: Budget

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        Counted.last = self


def test_work_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most one more step of the search: a block of agents, or a part of a pass."""
    monkeypatch.setattr(sys.modules["solver.solve"], "Budget", Counted)
    problem = generate(24, 0.9, 1, days=14)
    for turns in (10, 100, 500, 2000):
        result = limited(problem, turns)
        assert result.status is SolveStatus.TIME_LIMIT
        assert turns <= Counted.last.turns <= turns + 2 * 24
        assert not check(problem, result.roster)


def test_the_wall_still_ends_a_search_with_work_left() -> None:
    problem = generate(60, 0.9, 1)
    limited(problem_of(days=7, agents=2), 10)  # kernels loaded
    started = time.monotonic()
    result = limited(problem, 10**9, time_limit_seconds=2)
    assert result.status is SolveStatus.TIME_LIMIT
    assert time.monotonic() - started < 2 + 3
    assert not check(problem, result.roster)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["greedy", "prices", "rounding"])
def test_a_stop_ends_every_phase_within_a_second(phase: str) -> None:
    """And progress is told at least each second, at 300 agents; setup is not polled."""
    problem = generate(300, 0.9, 1)
    limited(problem_of(days=7, agents=2), 10)  # kernels loaded
    told: list[tuple[float, Progress]] = []
    stopped: list[float] = []

    def stop() -> bool:
        now = time.thread_time()
        if not stopped and told and told[-1][1].phase == phase and now - told[0][0] > 0.2:
            stopped.append(time.monotonic())
        return bool(stopped)

    def tell(progress: Progress) -> None:
        told.append((time.thread_time(), progress))

    result = solve(
        problem,
        SolveParams(time_limit_seconds=12, workers=1, method="prices"),
        on_progress=tell,
        should_stop=stop,
    )
    ended = time.monotonic()
    assert result.status is SolveStatus.CANCELLED
    assert not check(problem, result.roster)
    assert ended - stopped[0] < 2.0  # a second for the stop, one for a busy machine
    waits = [later[0] - sooner[0] for sooner, later in itertools.pairwise(told)]
    assert max(waits) < 1.0  # of this thread's own time
