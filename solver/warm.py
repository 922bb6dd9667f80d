"""Compile the kernels before they are needed.

Compiling takes some ten seconds, once for an installation; afterwards the machine code comes from
disk in a fraction of a second.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from solver.duties import plan_duties
from solver.params import SolveParams
from solver.pricing.tables import agent_tables
from solver.problem import AgentInput, OptionTable, PlanningProblem, QueueNeed
from solver.search.budget import Budget
from solver.search.prices import PriceSearch, market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays, to_slot_roster

__all__ = ["warm_up"]


@cache
def warm_up() -> float:
    """Load or compile every kernel; return the seconds it took (once per process)."""
    started = time.monotonic()
    problem = _tiny()
    tables, cover, market = agent_tables(problem), CoverArrays(problem), market_of(problem)
    budget = Budget(SolveParams())
    rounding = Rounding(problem, tables, cover, market, seed=1)
    rounding.greedy(budget)
    prices = PriceSearch(problem, tables, market, workers=1, seed=1)
    prices.one_pass(1.0, budget)
    mu, slopes = prices.recent_prices()
    prices.bound(mu, slopes)
    rounding.from_prices(prices.rosters, mu, budget, (0.5, 0.0))
    plan_duties(problem, to_slot_roster(problem, rounding.best), workers=1)
    return time.monotonic() - started


def _tiny() -> PlanningProblem:
    """Return the smallest problem that runs through every kernel: one agent, one shift."""

    def one(value: int) -> np.ndarray:
        return np.array([value], dtype=np.int32)

    zero = one(0)
    options = OptionTable(
        agent=zero,
        day=zero,
        start=zero,
        end=one(24),
        paid_minutes=one(330),
        break_slots=one(2),
        break_from=one(8),
        break_until=one(14),
        wages_cents=one(100),
        premium_cents=zero,
        own_night_cents=zero,
        wish_cents=zero,
        weekend=zero,
        evening=zero,
        flags=zero,
        pinned=zero,
    )
    need = (1,) * 96
    return PlanningProblem(
        slots=96,
        queues=(QueueNeed("queue", need, (300, 200, 100)),),
        groups=((0,),),
        agents=(AgentInput("agent", 1, (0,), ((0, 0),)),),
        options=options,
        rules=(),
        idle_cents=5,
    )
