"""The method of prices: learn prices, which prove a bound, and round them to rosters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from solver.kernels.prices import Market
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
from solver.search.budget import Budget
from solver.search.learn import LAST_STEP, blends_in, learn, prove
from solver.search.prices import Prices, PriceSearch
from solver.search.rounding import SHARED_FROM, Rounding
from solver.search.state import CoverArrays

if TYPE_CHECKING:
    from solver.parts.team import Team

__all__ = ["solve_by_prices"]

_LEARNING_SHARE, _MOST_PASSES = 0.5, 400
_REFINING_PASSES = 10
_ROUNDING_SHARE, _MOST_BLENDS = 0.3, 60
_IDLE_ROUNDS = 4


def solve_by_prices(
    problem: PlanningProblem,
    tables: Tables,
    market: Market,
    cover: CoverArrays,
    rounding: Rounding,
    budget: Budget,
    *,
    team: Team | None = None,
) -> PriceSearch:
    """Learn prices for at most half of the time, then round them, again and again.

    Each round starts from prices learnt a little further and shaken a little. Small problems have
    one round per thread at a time, large ones all threads in one. Other processes take the price
    passes and the rounds of small problems; those of large ones stay here.
    """
    prices = PriceSearch(
        problem, tables, market, workers=budget.workers, seed=budget.params.seed, team=team
    )
    prices.without_roster(rounding.without_roster, rounding.pinned)
    learn(prices, budget, share=_LEARNING_SHARE, most=_MOST_PASSES)
    if budget.cancelled:
        return prices
    prove(prices, budget)
    budget.enter("rounding")
    seed = budget.params.seed
    starts = [rounding]
    if len(tables) < SHARED_FROM:
        starts += [
            Rounding(problem, tables, cover, market, seed=seed + worker)
            for worker in range(1, budget.workers)
        ]
    noise = np.random.default_rng(seed)
    idle_rounds, rounds = 0, 0
    with ThreadPoolExecutor(len(starts)) as pool:
        while not budget.over() and not (idle_rounds >= _IDLE_ROUNDS and budget.stalled()):
            before = (budget.cost_cents, budget.bound_cents)
            if rounds:
                for _ in range(_REFINING_PASSES):
                    if not prices.one_pass(LAST_STEP * prices.usual_cents, budget):
                        return prices
                prove(prices, budget)
            mu, _ = prices.recent_prices()
            blends = blends_in(
                len(tables), budget, share=_ROUNDING_SHARE, most=_MOST_BLENDS,
                others=1 if team is None else team.parts,
            )  # fmt: skip
            others = team if team is not None and _may_round(team, len(tables), budget) else None
            shaken = [
                mu + noise.normal(0.0, LAST_STEP * prices.usual_cents, mu.shape).astype(np.float32)
                if rounds or index
                else mu
                for index in range(max(len(starts), 0 if others is None else others.parts))
            ]
            if others is not None and _round_elsewhere(
                others, rounding, prices, shaken, blends, seed + 1 + rounds * len(shaken), budget
            ):
                pass
            elif len(starts) == 1:
                rounding.from_prices(prices.rosters, shaken[0], budget, blends)
            else:
                tasks = [
                    pool.submit(start.from_prices, prices.rosters, one, budget, blends)
                    for start, one in zip(starts, shaken, strict=False)
                ]
                while wait(tasks, timeout=0.2).not_done:
                    budget.over()
                for task in tasks:
                    task.result()
                for other in starts[1:]:
                    rounding.take_over(other)
            rounds += 1
            same = before == (budget.cost_cents, budget.bound_cents)
            idle_rounds = idle_rounds + 1 if same else 0
    return prices


def _may_round(team: Team, agents: int, budget: Budget) -> bool:
    """Whether others round: small problems, and where the clock may have a say in the roster."""
    return team.present and agents < SHARED_FROM and not budget.params.work_limit


def _round_elsewhere(
    team: Team,
    rounding: Rounding,
    prices: PriceSearch,
    shaken: Sequence[Prices],
    blends: NDArray[np.float64],
    first_seed: int,
    budget: Budget,
) -> bool:
    """Have others round, each from prices and a seed of its own, and keep the best roster.

    False when nothing came back.
    """
    seeds = [(first_seed + index) % 2**31 for index in range(len(shaken))]
    found = team.roundings(prices.rosters, shaken, blends, seeds, budget)
    for rosters, without_roster in found:
        before = rounding.best_cents
        rounding.accept(rosters, budget)
        if rounding.best_cents < before:
            rounding.without_roster = without_roster
    budget.spend(len(found) * len(blends) * len(rounding.pinned))
    return bool(found)
