"""Solve a planning problem: the best roster in the time given, with a proven bound."""

from __future__ import annotations

import time

import numpy as np

from solver.model.estimate import model_size
from solver.model.run import solve_whole
from solver.params import SolveParams
from solver.pricing.tables import AgentTables, agent_tables
from solver.problem import PlanningProblem
from solver.result import ProgressFn, ShouldStop, SolveResult, SolveStatus
from solver.roster import SlotRoster
from solver.score import score
from solver.search.budget import Budget
from solver.search.prices import PriceSearch
from solver.search.rounding import SHORT_BLENDS, Rounding
from solver.search.state import CoverArrays, from_slot_roster, to_slot_roster
from solver.warm import warm_up

__all__ = ["solve"]

_SMALL_MODEL = 20_000
_WHOLE_SHARE = 0.2
_COMPILED_SECONDS = 3.0
_FIRST_STEP, _LAST_STEP = 150.0, 4.0
_MOST_PASSES, _FEWEST_PASSES = 240, 12


def solve(
    problem: PlanningProblem,
    params: SolveParams | None = None,
    *,
    on_progress: ProgressFn | None = None,
    should_stop: ShouldStop | None = None,
) -> SolveResult:
    """Return the best lawful roster found in the time given, its cost and a lower bound.

    A greedy roster comes first, so there is always one to return. Small problems then go to CP-SAT
    whole for a part of the time: it proves the optimum of the smallest. All others learn prices,
    which give the bound, and round them to rosters, until time is up or nothing has improved for
    a fifth of it.

    Parameters
    ----------
    problem : PlanningProblem
        The problem; never changed.
    params : SolveParams, optional
        Time, threads, seed, gap target, method.
    on_progress : callable, optional
        Receives `Progress` at least about each second, from the solving thread.
    should_stop : callable, optional
        Polled often; returning True ends the search within a fraction of a second.

    Notes
    -----
    Where the kernels must be compiled first (once for an installation, some ten seconds), the time
    limit starts after that.

    Returns
    -------
    SolveResult
        Never without a roster; violations that pins force are part of it (see `check`).
    """
    params = params or SolveParams()
    budget = Budget(params, on_progress, should_stop)
    budget.enter("setup")
    if not problem.agents:
        return _empty(problem, budget)
    started = time.monotonic()
    warm_up()
    if time.monotonic() - started > _COMPILED_SECONDS:
        budget.started = time.monotonic()
    tables = agent_tables(problem)
    cover = CoverArrays(problem)
    rounding = Rounding(problem, tables, cover, seed=params.seed)
    budget.enter("greedy")
    rounding.greedy(budget)
    method, proven = params.method, False
    if method == "auto":
        small = model_size(problem) <= _SMALL_MODEL
        proven = small and _whole(problem, rounding, budget, seconds=_WHOLE_SHARE * budget.left)
        method = "cpsat" if proven else "prices"
    elif method == "cpsat":
        proven = _whole(problem, rounding, budget, seconds=budget.left)
    if method == "prices":
        _prices(problem, tables, cover, rounding, budget)
    return _result(problem, rounding, budget, method, proven=proven)


def _prices(
    problem: PlanningProblem,
    tables: tuple[AgentTables, ...],
    cover: CoverArrays,
    rounding: Rounding,
    budget: Budget,
    *,
    share: float = 0.4,
) -> None:
    """Learn prices for a share of the time, then round and improve for the rest."""
    prices = PriceSearch(
        problem, tables, cover, workers=budget.params.workers, seed=budget.params.seed
    )
    started, end = budget.elapsed, budget.elapsed + share * budget.left
    step, passes = _FIRST_STEP, 0
    budget.enter("prices")
    while not budget.over() and budget.elapsed < end and passes < _MOST_PASSES:
        if not prices.one_pass(step, budget):
            break
        passes += 1
        mean = (budget.elapsed - started) / passes
        left = (end - budget.elapsed) / mean
        planned = min(max(passes + left, _FEWEST_PASSES), _MOST_PASSES)
        step = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (passes / planned)
        if passes % 10 == 0:
            budget.proved(prices.bound(*prices.recent_prices()))
    if budget.cancelled:
        return
    mu, slopes = prices.recent_prices()
    budget.proved(prices.bound(mu, slopes))
    budget.enter("rounding")
    rounding.from_prices(prices.rosters, mu, budget)
    noise = np.random.default_rng(budget.params.seed)
    while not budget.over() and not budget.stalled():
        rounding.ruin_and_recreate(budget, rounds=len(tables))
        if budget.over():
            break
        prices.one_pass(4.0 * _LAST_STEP, budget)
        shaken = prices.mu + noise.normal(0.0, _LAST_STEP, prices.mu.shape)
        rounding.from_prices(prices.rosters, shaken, budget, SHORT_BLENDS)


def _whole(problem: PlanningProblem, rounding: Rounding, budget: Budget, *, seconds: float) -> bool:
    """Give the whole model to CP-SAT, hinted with the best roster; return whether it proved it."""
    if budget.over():
        return False
    budget.enter("cp-sat")
    answer = solve_whole(
        problem,
        budget.params,
        hint=to_slot_roster(problem, rounding.best),
        time_limit_seconds=seconds,
        on_incumbent=lambda _roster, cost: budget.found(cost),
        on_bound=budget.proved,
        should_stop=budget.over,
    )
    if answer.roster is not None:
        rounding.accept(from_slot_roster(answer.roster, len(problem.agents)), budget)
    budget.proved(answer.bound)
    return answer.proven


def _result(
    problem: PlanningProblem, rounding: Rounding, budget: Budget, method: str, *, proven: bool
) -> SolveResult:
    roster = to_slot_roster(problem, rounding.best)
    terms = score(problem, roster)
    cost = sum(terms.values())
    # Never cut to the cost: a bound above it would be a defect, and the caller must see it.
    bound = max(0, budget.bound_cents or 0)
    if proven or bound == cost:
        status = SolveStatus.OPTIMAL
    elif budget.cancelled:
        status = SolveStatus.CANCELLED
    elif budget.gap_reached():
        status = SolveStatus.GAP_REACHED
    elif budget.left > 0.0:
        status = SolveStatus.CONVERGED
    else:
        status = SolveStatus.TIME_LIMIT
    return SolveResult(
        status, roster, cost, bound, tuple(terms.items()), method, round(budget.elapsed, 3)
    )


def _empty(problem: PlanningProblem, budget: Budget) -> SolveResult:
    """Return the one roster there is without agents."""
    terms = score(problem, SlotRoster())
    cost = sum(terms.values())
    return SolveResult(
        SolveStatus.OPTIMAL, SlotRoster(), cost, cost, tuple(terms.items()), "none", budget.elapsed
    )
