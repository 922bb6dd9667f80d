"""The whole model against every roster there is."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace

import pytest
from ortools.sat.python import cp_model

from solver.check import check
from solver.errors import SolverError
from solver.model.build import build_model, build_single
from solver.model.estimate import model_size
from solver.model.run import solve_single, solve_whole, trivial_bound
from solver.params import SolveParams
from solver.problem import AgentInput, PlanningProblem, QueueNeed
from solver.roster import Choice, SlotRoster
from solver.rules import HoursTarget, Pin
from solver.score import score
from tests.solver.model.enumeration import agent_rosters, best_cost, best_single_cost
from tests.solver.model.lawful import is_lawful
from tests.solver.random_problems import (
    ALL_KINDS,
    EVERY_KIND,
    LAWFUL_KINDS,
    option_table,
    random_problem,
)

PARAMS = SolveParams(workers=1)
SHAPES = {
    "one agent": {"agents": 1, "days": 5, "options_per_day": 3, "break_positions": 2},
    "two agents": {"agents": 2, "days": 4, "queues": 3, "break_positions": 2},
    "three agents": {"agents": 3, "days": 3, "queues": 3, "break_positions": 1},
    "eight days": {"agents": 2, "days": 8, "options_per_day": 1, "break_positions": 1},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(12))
def test_optimum_is_the_least_cost_of_all_rosters(seed: int, shape: str) -> None:
    problem = random_problem(seed, **SHAPES[shape])
    result = solve_whole(problem, PARAMS, time_limit_seconds=30)
    assert result.roster is not None
    assert result.proven
    assert result.cost == result.bound == best_cost(problem)
    assert sum(score(problem, result.roster).values()) == result.cost
    assert all(violation.forgiven for violation in check(problem, result.roster))
    assert trivial_bound(problem) <= result.bound


@pytest.mark.parametrize("shape", SHAPES)
def test_optimum_with_minima_or_proof_that_there_is_no_roster(shape: str) -> None:
    """On slots of a quarter and of half an hour."""
    impossible = 0
    for seed in range(7):
        minutes = 15 + 15 * (seed % 2)
        problem = random_problem(seed, **SHAPES[shape], kinds=EVERY_KIND, slot_minutes=minutes)
        result = solve_whole(problem, PARAMS, time_limit_seconds=30)
        if all(agent_rosters(problem, agent_idx) for agent_idx in range(len(problem.agents))):
            assert result.proven
            assert result.cost == result.bound == best_cost(problem)
            assert result.roster is not None
            assert all(violation.forgiven for violation in check(problem, result.roster))
        else:
            impossible += 1
            assert result.infeasible
            assert (result.roster, result.cost, result.proven) == (None, None, False)
    assert 1 <= impossible <= 6


@pytest.mark.parametrize("seed", range(6))
def test_pins_alone_are_lawful_without_a_minimum_of_hours(seed: int) -> None:
    problem = random_problem(seed, agents=3, days=9, kinds=LAWFUL_KINDS)
    for agent_idx in range(3):
        rules = [rule for rule in problem.rules if rule.agent_idx == agent_idx]
        pins = [rule.option_idx for rule in rules if isinstance(rule, Pin)]
        assert is_lawful(problem, agent_idx, rules, pins)


@pytest.mark.parametrize("kinds", [ALL_KINDS, EVERY_KIND], ids=["limits", "minima too"])
@pytest.mark.parametrize("seed", range(12))
def test_model_lets_through_exactly_the_lawful_rosters(seed: int, kinds: tuple[type, ...]) -> None:
    """Every set of options, one by one, not only the cheapest."""
    problem = random_problem(seed, agents=2, days=5, queues=1, options_per_day=1, kinds=kinds)
    agent_idx = seed % 2
    lawful = {
        tuple(choice.option_idx for choice in roster.choices)
        for roster in agent_rosters(problem, agent_idx)
    }
    built = build_single(problem, agent_idx, [0] * problem.slots)
    options = built.context.agents[agent_idx].options
    for size in range(len(options) + 1):
        for taken in itertools.combinations(options, size):
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.fix_variables_to_their_hinted_value = True
            built.clear_hint()
            for option in options:
                built.model.add_hint(option.take, option in taken)
            possible = solver.solve(built.model) == cp_model.OPTIMAL
            assert possible == (tuple(option.row for option in taken) in lawful), taken


@pytest.mark.parametrize("seed", range(10))
def test_one_agent_at_slot_prices_is_exact(seed: int) -> None:
    problem = random_problem(seed, agents=2, days=5, queues=1, break_positions=2)
    rng = random.Random(seed)
    for agent_idx in range(2):
        prices = [rng.choice([0, -1500, -700, 200]) for _ in range(problem.slots)]
        choices = solve_single(problem, agent_idx, prices, 30)
        assert choices is not None
        assert _single_cost(problem, agent_idx, choices, prices) == best_single_cost(
            problem, agent_idx, prices
        )


def _single_cost(
    problem: PlanningProblem, agent_idx: int, choices: tuple[Choice, ...], prices: list[int]
) -> int:
    mine = next(roster for roster in agent_rosters(problem, agent_idx) if roster.choices == choices)
    return mine.cents + sum(cents for cents, duty in zip(prices, mine.duty, strict=True) if duty)


def test_sub_model_leaves_the_others_out() -> None:
    problem = random_problem(5, agents=3, days=3)
    built = build_model(problem, [1])
    assert list(built.context.agents) == [1]
    solver = cp_model.CpSolver()
    assert solver.solve(built.model) == cp_model.OPTIMAL
    others = sum(
        sum(problem.agents[agent_idx].off_cents)
        + sum(
            rule.cents(0)
            for rule in problem.rules
            if isinstance(rule, HoursTarget) and rule.agent_idx == agent_idx
        )
        for agent_idx in (0, 2)
    )
    roster = built.extract(solver)
    assert {choice.agent_idx for choice in roster.choices} <= {1}
    assert sum(score(problem, roster).values()) == round(solver.objective_value) + others


def test_slots_of_equal_need_and_heads_are_modelled_once() -> None:
    """One shift of sixteen slots without a break over level need: one slot's worth of flow."""
    table = option_table([{"agent": 0, "day": 0, "start": 8, "end": 24}])
    problem = PlanningProblem(
        slots=96,
        queues=(QueueNeed("q", (2,) * 96, (300, 200, 100)),),
        groups=((0,),),
        agents=(AgentInput("a", 1, (0,), ((0, 0),)),),
        options=table,
        rules=(),
        idle_cents=10,
    )
    built = build_model(problem)
    names = [variable.name for variable in built.model.proto.variables]
    assert sum(name.startswith("flow") for name in names) == 1
    result = solve_whole(problem, PARAMS, time_limit_seconds=10)
    assert result.cost == 80 * (300 + 100) + 16 * 100
    assert model_size(problem) == 1 + 96


def test_shifts_of_one_agent_never_overlap_even_without_a_rest_rule() -> None:
    table = option_table(
        [
            {"agent": 0, "day": 0, "start": 80, "end": 110, "wages_cents": -5},
            {"agent": 0, "day": 1, "start": 100, "end": 130, "wages_cents": -7},
        ]
    )
    problem = PlanningProblem(
        slots=192,
        queues=(),
        groups=((),),
        agents=(AgentInput("a", 2, (0, 0), ((0, 0),)),),
        options=table,
        rules=(),
        idle_cents=0,
    )
    result = solve_whole(problem, PARAMS, time_limit_seconds=10)
    assert result.roster == SlotRoster((Choice(0, 1, 1),))
    assert result.cost == result.bound == -7


def test_an_unknown_rule_kind_is_refused() -> None:
    @dataclass(frozen=True)
    class FullMoon:
        agent_idx: int

    problem = replace(random_problem(0), rules=(FullMoon(0),))  # type: ignore[arg-type]
    with pytest.raises(SolverError, match="FullMoon"):
        build_model(problem)


def test_contradicting_pins_are_refused() -> None:
    table = option_table(
        [
            {"agent": 0, "day": 0, "start": 0, "end": 16, "pinned": 1},
            {"agent": 0, "day": 0, "start": 32, "end": 48, "pinned": 1},
        ]
    )
    problem = PlanningProblem(
        slots=96,
        queues=(),
        groups=((),),
        agents=(AgentInput("a", 1, (0,), ((0, 0),)),),
        options=table,
        rules=(Pin(0, 0), Pin(0, 1)),
        idle_cents=0,
    )
    with pytest.raises(SolverError, match="two pins"):
        build_model(problem)
    with pytest.raises(SolverError, match="names an option"):
        build_model(replace(problem, rules=(Pin(0, 7),)))
