"""How much faster prices are learnt in several threads than in one, in one run."""

from __future__ import annotations

import statistics
import time

from benchmarks.measure import Meter
from benchmarks.runs import Generated, Row, measured
from solver.params import SolveParams
from solver.pricing.tables import agent_tables
from solver.search.budget import Budget
from solver.search.prices import PriceSearch, market_of

__all__ = ["run_threads"]

_STEP = 0.1


def run_threads(generated: Generated, passes: int, workers: int, meter: Meter) -> Row:
    """Do price passes in one thread and in several, in turn, each from its own prices."""
    problem = generated.problem()
    meter.warm_up()
    tables, market = agent_tables(problem), market_of(problem)
    searches = {
        count: PriceSearch(problem, tables, market, workers=count, seed=generated.seed)
        for count in (1, workers)
    }
    seconds: dict[int, list[float]] = {count: [] for count in searches}
    budget = Budget(SolveParams(time_limit_seconds=86_400.0, workers=workers))
    for _ in range(passes + 1):
        for count, search in searches.items():
            began = time.monotonic()
            search.one_pass(_STEP * search.usual_cents, budget)
            seconds[count].append(time.monotonic() - began)
    one, many = (statistics.median(rows[1:]) for rows in seconds.values())
    return measured(meter) | {
        "agents": generated.agents,
        "passes": passes,
        "workers": workers,
        "seconds_of_a_pass_in_one_thread": round(one, 4),
        "seconds_of_a_pass": round(many, 4),
        "speed_up": round(one / many, 3),
    }
