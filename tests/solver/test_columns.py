"""Columns: the same optimum as CP-SAT, bounds below it, the same run twice, all near rosters."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from solver import (
    AgentInput,
    PlanningProblem,
    QueueNeed,
    SolveParams,
    check,
    score,
)
from solver.columns import solve as choice_of_columns
from solver.columns import solve_by_columns
from solver.columns.generation import Generation
from solver.columns.pricing import Prices
from solver.model.run import solve_whole
from solver.pricing.tables import agent_tables
from solver.roster import Choice, SlotRoster
from solver.rules import (
    CountLimit,
    HoursLimit,
    HoursMinimum,
    MaxConsecutiveDays,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Rule,
    WindowsLimit,
)
from solver.search.budget import Budget
from solver.search.prices import market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays, to_slot_roster
from tests.solver.random_problems import EVERY_KIND, LAWFUL_KINDS, option_table, random_problem


def shift_types(seed: int, *, agents: int = 5, days: int = 10, types: int = 2) -> PlanningProblem:
    """Draw a problem of shift types: a slot is a day and a type, one group serves all."""
    rng = random.Random(seed)
    rows, rules = [], []
    for agent in range(agents):
        away = rng.sample(range(days), 1)
        for day in range(days):
            for kind in range(types):
                if day not in away:
                    at = day * types + kind
                    rows.append(
                        {
                            "agent": agent, "day": day, "start": at, "end": at + 1,
                            "paid_minutes": 480, "flags": 1 << kind,
                            "wish_cents": rng.choice([0, 0, 0, 1, 3]),
                        }
                    )  # fmt: skip
        rules += [
            MinRest(agent, 0),
            MinRest(agent, types - 1, 1 << (types - 1)),
            HoursLimit(agent, 0, days, 480 * rng.choice([days // 2, days // 2 + 1])),
            HoursMinimum(agent, 0, days, 480 * 2),
            MaxConsecutiveDays(agent, 4),
            MinConsecutiveDays(agent, 2),
            MinDaysOff(agent, 2),
            WindowsLimit(agent, ((5 * types, 7 * types),), rng.choice([0, 1])),
            CountLimit(agent, 1, 0, days, rng.choice([1, 2, 3])),
            CountLimit(agent, 2, 0, days, rng.choice([2, 3])),
        ]
    need = tuple(rng.choice([1, 1, 2]) for _ in range(days * types))
    people = tuple(
        AgentInput(
            f"agent {agent}", days, tuple(rng.choice([0, 0, 2]) for _ in range(days)), ((0, 0),)
        )
        for agent in range(agents)
    )
    return PlanningProblem(
        days * types, (QueueNeed("all", need, (100, 100, 100)),), ((0,),), people,
        option_table(rows), tuple(rules), 1, 1, 720,
    )  # fmt: skip


def by_columns(
    problem: PlanningProblem, turns: int, seed: int = 1
) -> tuple[Rounding, Budget, bool]:
    budget = Budget(SolveParams(time_limit_seconds=60, workers=1, seed=seed, work_limit=turns))
    tables, market = agent_tables(problem), market_of(problem)
    rounding = Rounding(problem, tables, CoverArrays(problem), market, seed=seed)
    rounding.greedy(budget)
    return rounding, budget, solve_by_columns(problem, tables, market, rounding, budget)


def test_optimum_of_shift_types_is_proven_and_that_of_cp_sat() -> None:
    proven = 0
    for seed in range(6):
        problem = shift_types(seed, agents=4, days=7)
        whole = solve_whole(problem, SolveParams(workers=1), time_limit_seconds=20)
        rounding, budget, done = by_columns(problem, 2_000)
        assert whole.proven
        assert budget.bound_cents is not None
        assert budget.bound_cents <= whole.cost == rounding.best_cents
        assert not check(problem, to_slot_roster(problem, rounding.best))
        proven += done
    assert proven >= 5


@pytest.mark.parametrize("kinds", [LAWFUL_KINDS, EVERY_KIND])
def test_bound_lies_below_the_optimum_and_rosters_are_lawful(kinds: tuple[type, ...]) -> None:
    tried = met = 0
    for seed in range(8):
        problem = random_problem(seed, kinds=kinds)
        whole = solve_whole(problem, SolveParams(workers=1), time_limit_seconds=20)
        if not whole.proven or whole.cost is None:
            continue
        rounding, budget, done = by_columns(problem, 600)
        roster = to_slot_roster(problem, rounding.best)
        if rounding.without_roster:
            continue
        assert budget.bound_cents is not None
        assert budget.bound_cents <= whole.cost <= rounding.best_cents
        assert all(violation.forgiven for violation in check(problem, roster))
        assert sum(score(problem, roster).values()) == rounding.best_cents
        assert not done or rounding.best_cents == whole.cost
        tried += 1
        met += rounding.best_cents == whole.cost
    assert tried >= 4
    assert met >= tried - 1


def test_limits_that_are_too_dear_to_count_are_kept_by_the_master(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met = 0
    for seed in range(6):
        problem = shift_types(seed, agents=4, days=7)
        tables = agent_tables(problem)
        counted = choice_of_columns._counted(tables)
        assert sum(map(len, counted.values())) > 0
        monkeypatch.setattr(choice_of_columns, "_MOST_CELLS", 1)
        assert not any(choice_of_columns._counted(tables).values())
        rounding, budget, _ = by_columns(problem, 4_000)
        monkeypatch.undo()
        whole = solve_whole(problem, SolveParams(workers=1), time_limit_seconds=20)
        assert whole.proven
        assert whole.cost is not None
        assert budget.bound_cents is not None
        assert budget.bound_cents <= whole.cost <= rounding.best_cents
        assert not check(problem, to_slot_roster(problem, rounding.best))
        met += rounding.best_cents == whole.cost
    assert met >= 5


def test_two_runs_with_a_work_limit_are_the_same() -> None:
    problem = shift_types(3, agents=8, days=14, types=3)
    first, second = by_columns(problem, 1_500), by_columns(problem, 1_500)
    assert first[0].best_cents == second[0].best_cents
    assert first[1].bound_cents == second[1].bound_cents
    for one, other in zip(first[0].best, second[0].best, strict=True):
        assert np.array_equal(one, other)


def test_a_stop_at_any_time_leaves_a_lawful_roster() -> None:
    problem = shift_types(4, agents=8, days=14, types=3)
    for polls in (1, 3, 10, 30, 60):
        left = iter(range(polls))
        budget = Budget(
            SolveParams(workers=1), should_stop=lambda left=left: next(left, None) is None
        )
        tables, market = agent_tables(problem), market_of(problem)
        rounding = Rounding(problem, tables, CoverArrays(problem), market, seed=1)
        rounding.greedy(Budget(SolveParams(workers=1)))
        before = rounding.best_cents
        solve_by_columns(problem, tables, market, rounding, budget)
        assert rounding.best_cents <= before
        assert not check(problem, to_slot_roster(problem, rounding.best))


def test_master_costs_what_the_cover_costs() -> None:
    """With one roster per agent the master has no choice but the split of heads over queues."""
    for seed in range(10):
        problem = random_problem(seed, agents=3, queues=3)
        budget = Budget(SolveParams(workers=1))
        tables, market = agent_tables(problem), market_of(problem)
        rounding = Rounding(problem, tables, CoverArrays(problem), market, seed=1)
        rounding.greedy(budget)
        generation = Generation(problem, market, {}, {}, budget)
        master = generation.master()
        master.add(generation.add_roster(*pair) for pair in enumerate(rounding.best))
        answer = master.solve()
        assert answer.missing < 1e-6
        # between a rounded split and the best one lies nothing: the flow is a network
        assert answer.cents == pytest.approx(rounding.best_cents, abs=1e-4)


def test_near_rosters_are_all_there_are() -> None:
    listed = 0
    for seed in range(4):
        problem = shift_types(seed, agents=1, days=7, types=2)
        budget = Budget(SolveParams(workers=1))
        market = market_of(problem)
        rules: dict[int, list[Rule]] = {
            0: [rule for rule in problem.rules if isinstance(rule, CountLimit)]
        }
        generation = Generation(problem, market, rules, {}, budget)
        domain = generation.everything()
        mu = np.random.default_rng(seed).integers(0, 30, (1, problem.slots)).astype(np.float64)
        prices = Prices(mu, np.zeros(len(generation.limits)), np.zeros((1, 2)))
        found = generation.find(prices, domain, budget)
        if not np.isfinite(found.bound):
            continue
        off = generation.tables[0].off_cents
        least = float(found.values[0]) - off
        rows = generation.pricing.near(prices, domain, 0, least, 25.0, 20_000, lambda: False)
        assert rows is not None
        near = {tuple(row.tolist()) for row in rows}
        assert len(near) == len(rows)
        assert near == _all_near(problem, mu[0], float(found.values[0]) + 25.0)
        listed += len(near)
    assert listed > 30


def _all_near(problem: PlanningProblem, mu: np.ndarray, limit: float) -> set[tuple[int, ...]]:
    """List lawful rosters of the one agent by trying all, cost less pay below a limit."""
    table, days = problem.options, problem.agents[0].days
    choices = [[-1, *np.flatnonzero(table.day == day).tolist()] for day in range(days)]
    found = set()
    for rows in itertools.product(*choices):
        worked = [row for row in rows if row >= 0]
        cost = sum(int(table.wish_cents[row]) - mu[table.start[row]] for row in worked)
        cost += sum(problem.agents[0].off_cents[day] for day in range(days) if rows[day] < 0)
        if cost >= limit:
            continue
        roster = SlotRoster(tuple(Choice(0, int(table.day[r]), int(r), -1) for r in worked))
        if not check(problem, roster):
            found.add(tuple(rows))
    return found
