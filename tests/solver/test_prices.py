"""Any prices give a valid bound, and learnt prices give a good one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver import CountCost, MinRest, RollingHours, SolveParams, solve
from solver.pricing.pricer import Pricer
from solver.pricing.tables import agent_tables
from solver.search.budget import Budget
from solver.search.prices import PriceSearch, market_of
from tests.solver.random_problems import random_problem
from tests.solver.test_solve import problem_of


def price_search(problem, *, workers=1, seed=1):
    tables, market = agent_tables(problem), market_of(problem)
    return PriceSearch(problem, tables, market, workers=workers, seed=seed)


@pytest.mark.parametrize("seed", range(40))
def test_any_whole_cent_prices_and_slopes_bound_the_optimum(seed: int) -> None:
    problem = random_problem(seed)
    optimum = solve(problem, SolveParams(time_limit_seconds=20, workers=1, method="cpsat"))
    assert optimum.cost_cents == optimum.bound_cents
    prices = price_search(problem, seed=seed)
    rng = np.random.default_rng(seed)
    for top in (0, 50, 1000, 20_000):
        mu = rng.integers(-problem.idle_cents, top + 1, prices.mu.shape).astype(np.float64)
        slopes = rng.integers(0, top + 1, prices.slopes.shape).astype(np.float64)
        assert prices.bound(mu, slopes) <= optimum.cost_cents


def test_slopes_of_fairness_are_paid_back() -> None:
    """Free weekends and unaffordable evenings: no slope may lift the bound above a real roster."""
    problem = problem_of(days=7, agents=4)
    fair = [
        rule
        for agent in range(4)
        for rule in (CountCost(agent, "weekend", (0,)), CountCost(agent, "evening", (1_000_000,)))
    ]
    everything = np.ones(len(problem.options), dtype=np.int32)
    options = replace(problem.options, weekend=everything)
    problem = replace(problem, options=options, rules=(*problem.rules, *fair))
    found = solve(problem, SolveParams(time_limit_seconds=3, workers=1, method="prices"))
    prices = price_search(problem)
    budget = Budget(SolveParams(time_limit_seconds=600))
    for index in range(80):
        assert prices.one_pass(3000.0 * 0.93**index, budget)
    mu, _ = prices.recent_prices()
    for weekend, evening in ((0, 0), (5000, 0), (50_000, 900_000), (0, 2_000_000)):
        slopes = np.tile(np.array([float(weekend), float(evening)]), (4, 1))
        assert prices.bound(mu, slopes) <= found.cost_cents


def test_passes_raise_the_bound_and_averages_stay_whole_cents() -> None:
    problem = problem_of(days=7, agents=6)
    prices = price_search(problem, workers=2)
    first = prices.bound(*prices.recent_prices())
    budget = Budget(SolveParams(time_limit_seconds=600))
    for index in range(40):
        assert prices.one_pass(150.0 * 0.92**index, budget)
    mu, slopes = prices.recent_prices()
    assert np.array_equal(mu, np.rint(mu))
    assert np.array_equal(slopes, np.rint(slopes))
    assert prices.bound(mu, slopes) > first


def test_rest_is_exact_to_the_slot() -> None:
    """A start one slot too early after a late shift is not taken, the next one is."""
    problem = problem_of(days=7, agents=1)
    table = problem.options
    late = int(np.flatnonzero((table.day == 0) & (table.start == 76) & (table.end == 108))[0])
    early = int(np.flatnonzero((table.day == 1) & (table.start == 148) & (table.end == 164))[0])
    gains = np.full(problem.slots, -1e4)
    for row in (late, early):
        gains[table.start[row] : table.end[row]] = 1e4
    for rest, both in ((40, True), (41, False)):
        tight = replace(problem, rules=(MinRest(0, rest),))
        answer = Pricer(tight, agent_tables(tight)).best(0, gains)
        assert answer is not None
        assert ({late, early} <= set(answer[1][:, 0].tolist())) is both


def test_hours_of_any_day_are_exact_to_the_minute() -> None:
    """450 minutes from slot 76, then 240 from slot 164: two hours of them within 24."""
    problem = problem_of(days=7, agents=1)
    table = problem.options
    late = int(np.flatnonzero((table.day == 0) & (table.start == 76) & (table.end == 108))[0])
    next_day = int(np.flatnonzero((table.day == 1) & (table.start == 164) & (table.end == 180))[0])
    gains = np.full(problem.slots, -1e4)
    for row in (late, next_day):
        gains[table.start[row] : table.end[row]] = 1e4
    for most, both in ((570, True), (569, False)):
        tight = replace(problem, rules=(MinRest(0, 0), RollingHours(0, 96, most)))
        answer = Pricer(tight, agent_tables(tight)).best(0, gains)
        assert answer is not None
        assert ({late, next_day} <= set(answer[1][:, 0].tolist())) is both
