"""The whole search: lawful whatever happens, bounds below costs, stops when told."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

from solver import (
    AgentInput,
    OptionTable,
    PlanningProblem,
    Progress,
    QueueNeed,
    SlotRoster,
    SolveParams,
    SolveStatus,
    check,
    score,
    solve,
)
from tests.solver.random_problems import random_problem


def problem_of(days: int = 14, agents: int = 12) -> PlanningProblem:
    """Agents with shifts of 4 and 8 hours on a two-hour grid, two queues, weekly limits."""
    from solver import HoursLimit, HoursTarget, MaxConsecutiveDays, MinRest, WeeklyRest

    columns: dict[str, list[int]] = {name: [] for name in OptionTable.__dataclass_fields__}
    rules = []
    for agent in range(agents):
        for day in range(days):
            for start in range(28, 80, 8):
                for length in (16, 32):
                    at = day * 96 + start
                    row = {
                        "agent": agent,
                        "day": day,
                        "start": at,
                        "end": at + length,
                        "paid_minutes": length * 15 - (30 if length > 16 else 0),
                        "break_slots": 2 if length > 16 else 0,
                        "break_from": at + 8 if length > 16 else -1,
                        "break_until": at + 20 if length > 16 else -1,
                        "wages_cents": length * (400 + 13 * agent),
                        "weekend": int(day % 7 > 4),
                        "evening": int(start + length > 80),
                    }
                    for name, values in columns.items():
                        values.append(row.get(name, 0))
        rules += [MinRest(agent, 44), WeeklyRest(agent, 144, 672), MaxConsecutiveDays(agent, 6)]
        for first in range(0, days, 7):
            rules.append(HoursLimit(agent, first, first + 7, 2400))
            rules.append(HoursTarget(agent, first, first + 7, 1920, 2000, 1200, 2000))
    need = tuple(1 + (agents // 6 if 32 <= slot % 96 < 72 else 0) for slot in range(days * 96))
    queues = (QueueNeed("a", need, (8000, 5000, 3000)), QueueNeed("b", need, (4000, 2500, 1500)))
    groups = ((0, 1), (0,), (1,))
    people = tuple(
        AgentInput(f"agent {agent}", days, (0,) * days, ((0, agent % 3),))
        for agent in range(agents)
    )
    table = OptionTable(
        **{name: np.array(values, dtype=np.int32) for name, values in columns.items()}
    )
    return PlanningProblem(days * 96, queues, groups, people, table, tuple(rules), 50)


@pytest.mark.parametrize("seed", range(25))
def test_bounds_of_one_method_lie_below_costs_of_the_other(seed: int) -> None:
    problem = random_problem(seed)
    whole = solve(problem, SolveParams(time_limit_seconds=20, workers=1, method="cpsat"))
    priced = solve(problem, SolveParams(time_limit_seconds=0.4, workers=1, method="prices"))
    assert whole.status is SolveStatus.OPTIMAL
    assert priced.bound_cents <= whole.cost_cents <= priced.cost_cents
    for result in (whole, priced):
        assert all(violation.forgiven for violation in check(problem, result.roster))
        assert dict(result.terms) == score(problem, result.roster)
        assert sum(cents for _, cents in result.terms) == result.cost_cents


@pytest.mark.slow
def test_prices_close_the_gap_and_two_threads_do_as_well() -> None:
    problem = problem_of()
    for workers in (1, 2):
        result = solve(
            problem,
            SolveParams(time_limit_seconds=12, workers=workers, method="prices", gap_target=0.03),
        )
        assert all(violation.forgiven for violation in check(problem, result.roster))
        assert result.gap <= 0.05
        assert result.status is not SolveStatus.CANCELLED


def test_progress_is_told_and_a_stop_keeps_the_best_roster() -> None:
    problem = problem_of()
    told: list[Progress] = []

    def stop() -> bool:
        return bool(told) and told[-1].phase == "rounding"

    result = solve(
        problem,
        SolveParams(time_limit_seconds=90, workers=1, method="prices"),
        on_progress=told.append,
        should_stop=stop,
    )
    assert result.status is SolveStatus.CANCELLED
    assert result.seconds < 80  # rounding begins after 40 % of the time
    assert result.roster.choices
    assert not check(problem, result.roster)
    costs = [progress.cost_cents for progress in told if progress.cost_cents is not None]
    bounds = [progress.bound_cents for progress in told if progress.bound_cents is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert costs[-1] == result.cost_cents
    assert all(bound <= result.cost_cents for bound in bounds)
    assert (
        max(
            later.elapsed_seconds - sooner.elapsed_seconds
            for sooner, later in itertools.pairwise(told)
        )
        < 3.0
    )


def test_a_stop_at_once_still_gives_a_roster() -> None:
    problem = problem_of()
    result = solve(problem, SolveParams(time_limit_seconds=20), should_stop=lambda: True)
    assert result.status is SolveStatus.CANCELLED
    assert not check(problem, result.roster)
    assert result.bound_cents <= result.cost_cents


@pytest.mark.slow
def test_time_limit_is_kept() -> None:
    problem = problem_of(days=28, agents=30)
    solve(problem_of(days=7, agents=2), SolveParams(time_limit_seconds=0.5))  # kernels loaded
    # A second for a busy machine; CP-SAT looks at the clock seldom before its search begins.
    for method, slack in (("prices", 1.0), ("cpsat", 12.0)):
        started = time.monotonic()
        solve(problem, SolveParams(time_limit_seconds=6, workers=2, method=method))  # type: ignore[arg-type]
        assert time.monotonic() - started <= 6.6 + slack


def test_nobody_and_nothing_to_do() -> None:
    problem = problem_of(days=7, agents=3)
    nobody = PlanningProblem(
        problem.slots, problem.queues, problem.groups, (), OptionTable(), (), 50
    )
    result = solve(nobody, SolveParams(time_limit_seconds=1))
    assert result.status is SolveStatus.OPTIMAL
    assert result.roster.choices == ()
    assert result.cost_cents == result.bound_cents == dict(result.terms)["short"]
    idle = replace(problem, options=OptionTable())
    result = solve(idle, SolveParams(time_limit_seconds=2, workers=1))
    assert result.roster.choices == ()
    assert result.cost_cents == result.bound_cents


def test_a_solve_never_ends_dearer_than_where_it_began() -> None:
    problem = problem_of()
    best = solve(problem, SolveParams(time_limit_seconds=4, workers=1, method="prices"))
    again = solve(
        problem,
        SolveParams(time_limit_seconds=5, workers=1, method="prices"),
        start=best.roster,
        should_stop=lambda: True,
    )
    greedy = solve(problem, SolveParams(time_limit_seconds=5, workers=1), should_stop=lambda: True)
    assert again.status is SolveStatus.CANCELLED
    assert again.cost_cents == best.cost_cents < greedy.cost_cents


def test_an_unlawful_start_is_refused() -> None:
    problem = problem_of()
    best = solve(problem, SolveParams(time_limit_seconds=3, workers=1, method="prices"))
    doubled = replace(best.roster, choices=(*best.roster.choices, best.roster.choices[0]))
    with pytest.raises(ValueError, match="structure"):
        solve(problem, SolveParams(time_limit_seconds=3, workers=1), start=doubled)


@pytest.mark.parametrize("method", ["prices", "columns"])
def test_rosters_to_keep_are_lawful_and_ever_better(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    monkeypatch.setattr(importlib.import_module("solver.solve"), "_ROSTER_SECONDS", 0.0)
    problem, costs = problem_of(), []

    def keep(roster: SlotRoster) -> None:
        assert not check(problem, roster)
        costs.append(sum(score(problem, roster).values()))

    params = SolveParams(time_limit_seconds=4, workers=1, method=method)  # type: ignore[arg-type]
    result = solve(problem, params, on_roster=keep)
    assert len(costs) >= 2
    assert all(later < earlier for earlier, later in itertools.pairwise(costs))
    assert result.cost_cents <= costs[-1]
