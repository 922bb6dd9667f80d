"""Time, callbacks, hints and stops of a run."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from solver.check import check
from solver.model.build import build_model
from solver.model.run import WholeResult, _complete_hint, _Watch, solve_single, solve_whole
from solver.params import SolveParams
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import DaysLimit, HoursLimit, HoursMinimum, Pin
from solver.score import score
from tests.solver.random_problems import random_problem

PARAMS = SolveParams(workers=1)


@pytest.fixture(scope="module")
def hard() -> PlanningProblem:
    """A problem that is not solved to the end in the seconds a test has."""
    return random_problem(1, agents=14, days=14, queues=5, options_per_day=10, break_positions=8)


def pins_alone(problem: PlanningProblem) -> SlotRoster:
    table = problem.options
    return SlotRoster(
        tuple(
            Choice(
                rule.agent_idx,
                int(table.day[rule.option_idx]),
                rule.option_idx,
                int(table.break_from[rule.option_idx]),
            )
            for rule in sorted(
                (rule for rule in problem.rules if isinstance(rule, Pin)),
                key=lambda rule: rule.option_idx,
            )
        )
    )


def test_incumbents_fall_bounds_rise_and_they_meet() -> None:
    problem = random_problem(3, agents=3, days=8, options_per_day=3)
    incumbents: list[tuple[SlotRoster, int]] = []
    bounds: list[int] = []
    result = solve_whole(
        problem,
        PARAMS,
        time_limit_seconds=30,
        on_incumbent=lambda roster, cost: incumbents.append((roster, cost)),
        on_bound=bounds.append,
    )
    costs = [cost for _, cost in incumbents]
    assert incumbents[-1] == (result.roster, result.cost)
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert result.cost is not None
    assert bounds[-1] <= result.cost
    assert all(sum(score(problem, roster).values()) == cost for roster, cost in incumbents)


def test_a_lawful_hint_is_never_lost(hard: PlanningProblem) -> None:
    """However little time there is; here too little to build the model."""
    hint = pins_alone(hard)
    assert all(violation.forgiven for violation in check(hard, hint))
    known = sum(score(hard, hint).values())
    result = solve_whole(hard, PARAMS, hint=hint, time_limit_seconds=0.1)
    assert result.cost is not None
    assert result.cost <= known
    assert result.bound <= result.cost
    assert result.roster is not None
    assert all(violation.forgiven for violation in check(hard, result.roster))
    assert sum(score(hard, result.roster).values()) == result.cost


def test_the_optimum_as_hint_is_confirmed_at_once() -> None:
    problem = random_problem(8, agents=2, days=7, options_per_day=3)
    best = solve_whole(problem, PARAMS, time_limit_seconds=30)
    costs: list[int] = []
    again = solve_whole(
        problem,
        PARAMS,
        hint=best.roster,
        time_limit_seconds=30,
        on_incumbent=lambda _, cost: costs.append(cost),
    )
    assert (again.cost, again.bound, again.proven) == (best.cost, best.bound, True)
    assert again.roster == best.roster
    assert costs == []


def test_a_hint_is_where_the_search_begins() -> None:
    """The optimum as hint is found without a search: no conflict is needed to come upon it."""
    problem = random_problem(2, agents=6, days=7, options_per_day=4)
    hint = solve_whole(problem, PARAMS, time_limit_seconds=30).roster
    assert hint is not None
    built = build_model(problem)
    _complete_hint(built, hint, _Watch(lambda: False, time.monotonic() + 30))
    hinted = built.model.proto.solution_hint
    assert len(hinted.vars) == len(built.model.proto.variables)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.stop_after_first_solution = True
    solver.solve(built.model)
    assert built.extract(solver) == hint


def test_an_unlawful_hint_does_no_harm() -> None:
    """The optimum of a problem with fewer rules is cheaper, and not lawful."""
    free = random_problem(8, agents=2, days=7, options_per_day=3, kinds=())
    hint = solve_whole(free, PARAMS, time_limit_seconds=30)
    problem = replace(free, rules=(*free.rules, DaysLimit(0, 0, 9, 1), DaysLimit(1, 0, 9, 1)))
    result = solve_whole(problem, PARAMS, hint=hint.roster, time_limit_seconds=30)
    assert result.proven
    assert result.roster is not None
    assert not check(problem, result.roster)
    assert hint.cost is not None
    assert result.cost is not None
    assert result.cost > hint.cost


def test_should_stop_ends_the_run(hard: PlanningProblem) -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 3

    began = time.monotonic()
    result = solve_whole(hard, PARAMS, time_limit_seconds=300, should_stop=should_stop)
    assert time.monotonic() - began < 100
    assert asked == 3
    assert not result.proven


@pytest.mark.parametrize("where", ["on_incumbent", "on_bound", "should_stop"])
def test_what_a_callback_raises_is_raised(where: str, hard: PlanningProblem) -> None:
    def fail(*_: object) -> bool:
        raise LookupError(where)

    problem = random_problem(3, agents=3, days=8) if where == "on_incumbent" else hard
    began = time.monotonic()
    with pytest.raises(LookupError, match=where):
        solve_whole(problem, PARAMS, time_limit_seconds=200, **{where: fail})  # type: ignore[arg-type]
    assert time.monotonic() - began < 100


def test_a_gap_target_stops_early_and_is_not_called_proven() -> None:
    early = 0
    for seed in range(6):
        problem = random_problem(seed, agents=3, days=6, options_per_day=3)
        best = solve_whole(problem, PARAMS, time_limit_seconds=30)
        result = solve_whole(problem, replace(PARAMS, gap_target=0.5), time_limit_seconds=30)
        assert best.cost is not None
        assert result.cost is not None
        assert result.bound <= best.cost <= result.cost
        assert result.cost - result.bound <= 0.5 * result.cost
        assert result.proven == (result.bound == result.cost)
        early += not result.proven
    assert early


def test_one_agent_out_of_time_gives_nothing() -> None:
    problem = random_problem(5, agents=1, days=28, queues=1, options_per_day=20, break_positions=20)
    assert solve_single(problem, 0, [-400] * problem.slots, 0.0001) is None


@pytest.mark.parametrize("workers", [1, 2])
def test_no_lawful_roster_is_an_answer_whatever_the_hint(workers: int) -> None:
    """The hint was lawful until two limits of one agent were set against each other."""
    free = random_problem(3, agents=3, days=6, options_per_day=3)
    hint = solve_whole(free, PARAMS, time_limit_seconds=30).roster
    halves = HoursLimit(1, 0, 3, 800), HoursLimit(1, 3, 6, 800)
    problem = replace(free, rules=(*free.rules, *halves, HoursMinimum(1, 0, 6, 1601)))
    bounds: list[int] = []
    for start in (hint, pins_alone(problem), None):
        result = solve_whole(
            problem,
            replace(PARAMS, workers=workers),
            hint=start,
            time_limit_seconds=30,
            on_bound=bounds.append,
        )
        assert result.infeasible
        assert (result.roster, result.cost, result.proven) == (None, None, False)
    assert all(bound < 10**9 for bound in bounds)
    assert solve_single(problem, 1, [0] * problem.slots, 30) is None
    assert solve_single(problem, 0, [0] * problem.slots, 30) is not None


def test_out_of_time_is_not_called_infeasible(hard: PlanningProblem) -> None:
    minima = tuple(HoursMinimum(agent_idx, 0, 14, 2400) for agent_idx in range(14))
    problem = replace(hard, rules=(*hard.rules, *minima))
    result = solve_whole(problem, PARAMS, hint=pins_alone(problem), time_limit_seconds=0.1)
    assert (result.roster, result.cost, result.proven) == (None, None, False)
    assert not result.infeasible


def test_a_work_limit_gives_the_same_twice_and_looks_at_no_clock() -> None:
    """Two threads are asked for, and almost no time given."""
    problem = random_problem(1, agents=4, days=7, queues=3, options_per_day=4)
    params = SolveParams(workers=2, work_limit=1000)

    def run(work_left: int | None) -> tuple[WholeResult, list[int], list[int]]:
        costs: list[int] = []
        bounds: list[int] = []
        result = solve_whole(
            problem,
            params,
            time_limit_seconds=1e-9,
            work_left=work_left,
            on_incumbent=lambda _, cost: costs.append(cost),
            on_bound=bounds.append,
        )
        return result, costs, bounds

    assert run(0)[1:] == ([], [])
    stopped, finished = run(50), run(None)
    assert stopped == run(50)
    assert stopped[0].roster is not None
    assert not stopped[0].proven
    assert finished[0].proven


def test_one_agent_by_work_instead_of_time() -> None:
    problem = random_problem(5, agents=1, days=14, queues=1, options_per_day=6)
    prices = [-400] * problem.slots
    assert solve_single(problem, 0, prices, 1e-9, work_left=0) is None
    first, second = (solve_single(problem, 0, prices, 1e-9, work_left=20_000) for _ in range(2))
    assert first is not None
    assert first == second
