"""How long to learn prices, with which steps, and how slowly to leave them when rounding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.search.budget import Budget
from solver.search.prices import PriceSearch
from solver.search.rounding import SHARED_FROM

__all__ = ["LAST_STEP", "blends_in", "learn", "prove"]

_FIRST_STEP = 2.0
LAST_STEP = 0.002
"""The last step, in units of what a slot of work usually costs."""
_FEWEST_PASSES = 12
_BOUND_EVERY = 0.08
_FEWEST_BLENDS = 8


def learn(prices: PriceSearch, budget: Budget, *, share: float, most: int) -> None:
    """Move the prices with ever smaller steps; prove a bound now and then.

    When others join, their passes take another time: the steps are planned anew from there.

    Parameters
    ----------
    share : float
        Share of the time left to spend.
    most : int
        Most passes.
    """
    shared, scale = prices.shared, prices.usual_cents
    started, end = budget.elapsed, budget.elapsed + share * budget.left
    step, passes, next_bound = _FIRST_STEP, 0, _BOUND_EVERY
    budget.enter("prices")
    while not budget.over() and budget.elapsed < end and passes < most:
        if prices.shared and not shared:
            shared = True
            started, step, passes, next_bound = budget.elapsed, _FIRST_STEP, 0, _BOUND_EVERY
        if not prices.one_pass(step * scale, budget):
            return
        passes += 1
        mean = (budget.elapsed - started) / passes
        planned = passes + (end - budget.elapsed) / max(mean, 1e-9)
        planned = min(max(planned, _FEWEST_PASSES), most)
        done = passes / planned
        step = _FIRST_STEP * (LAST_STEP / _FIRST_STEP) ** done
        if done >= next_bound and passes >= _FEWEST_PASSES:
            next_bound = done + _BOUND_EVERY
            prove(prices, budget)


def prove(prices: PriceSearch, budget: Budget) -> None:
    """Note the bound that the recent prices prove."""
    bound = prices.bound(*prices.recent_prices(), budget)
    if bound is not None:
        budget.proved(bound)


def blends_in(
    agents: int, budget: Budget, *, share: float, most: int, others: int = 1
) -> NDArray[np.float64]:
    """Return the shares of the prices in each sweep, as many as a part of the time left allows.

    Parameters
    ----------
    share : float
        The part of the time left.
    most : int
        Most sweeps.
    others : int
        Other processes that took turns, too.
    """
    per_turn = budget.elapsed * max(budget.workers, others) / max(1, budget.turns)
    workers = budget.workers if agents >= SHARED_FROM else 1
    sweeps = share * budget.left * workers / max(1e-9, agents * per_turn)
    count = int(min(max(sweeps, _FEWEST_BLENDS), most))
    return np.append(np.linspace(1.0, 0.0, count, endpoint=False)[1:], 0.0)
