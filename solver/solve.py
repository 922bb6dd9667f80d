"""Solve a planning problem: the best roster in the time given, with a proven bound."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from solver.check import check
from solver.columns import solve_by_columns
from solver.limits import check_memory, check_scale
from solver.model.estimate import model_size
from solver.model.run import solve_whole
from solver.params import SolveParams
from solver.parts.bench import Bench
from solver.parts.team import RunMany, Team
from solver.pricing.pricer import AgentRoster
from solver.pricing.tables import agent_tables
from solver.problem import PlanningProblem
from solver.result import Progress, ProgressFn, ShouldStop, SolveResult, SolveStatus
from solver.roster import SlotRoster
from solver.score import score
from solver.search.budget import Budget
from solver.search.by_prices import solve_by_prices
from solver.search.prices import market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays, from_slot_roster, to_slot_roster
from solver.warm import warm_up

__all__ = ["solve"]

_SMALL_MODEL = 20_000
_SMALL_IF_COLUMNS = 800
_SLOTS_PER_SHIFT, _MOST_PLACES = 2.0, 20_000
_WHOLE_SHARE = 0.2
_COMPILED_SECONDS = 3.0
_ROSTER_SECONDS = 2.0

RosterFn = Callable[[SlotRoster], None]


def solve(
    problem: PlanningProblem,
    params: SolveParams | None = None,
    *,
    on_progress: ProgressFn | None = None,
    should_stop: ShouldStop | None = None,
    run_many: RunMany | None = None,
    start: SlotRoster | None = None,
    on_roster: RosterFn | None = None,
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
    run_many : RunMany, optional
        Other processes, on this machine or elsewhere, that do parts of the method of prices; see
        `solver.parts`. The threads of `params` do the rest here.
    start : SlotRoster, optional
        A lawful roster, such as the best of an earlier run: the result is never dearer.
    on_roster : callable, optional
        Receives a lawful roster about every two seconds in which the best has changed, to keep in
        case this process ends; from any thread of the solve, one at a time.

    Notes
    -----
    Where the kernels must be compiled first (once for an installation, some ten seconds), the time
    limit starts after that.

    Raises
    ------
    LimitError
        If numbers leave the range in which the solver is exact, or memory would not suffice.
    ValueError
        If `start` breaks a rule.

    Returns
    -------
    SolveResult
        Never without a roster; violations that pins force are part of it (see `check`).
    """
    params = params or SolveParams()
    keeper = None if on_roster is None else _Keeper(problem, on_roster, on_progress)
    budget = Budget(params, on_progress if keeper is None else keeper.on_progress, should_stop)
    budget.enter("setup")
    check_scale(problem)
    if not problem.agents:
        return _empty(problem, budget)
    started = time.monotonic()
    warm_up()
    if time.monotonic() - started > _COMPILED_SECONDS:
        budget.started = time.monotonic()
    budget.report(force=True)
    tables = agent_tables(problem, poll=budget.report)
    check_memory(problem, params, tables)
    budget.report(force=True)
    cover, market = CoverArrays(problem), market_of(problem)
    team = None if run_many is None else Team(run_many, Bench(problem, tables, market, cover))
    rounding = Rounding(
        problem,
        tables,
        cover,
        market,
        seed=params.seed,
        workers=budget.workers,
        by_work=bool(params.work_limit),
    )
    budget.enter("greedy")
    rounding.greedy(budget)
    if start is not None:
        _begin_from(start, problem, rounding, budget)
    if keeper is not None:
        keeper.rounding = rounding
    method, proven = params.method, False
    if method == "auto":
        method = "columns" if _few_slots(problem) else "prices"
        most = _SMALL_IF_COLUMNS if method == "columns" else _SMALL_MODEL
        small = len(problem.options) <= most and model_size(problem) <= most
        proven = small and _whole(problem, rounding, budget, seconds=_WHOLE_SHARE * budget.left)
        method = "cpsat" if proven else method
    elif method == "cpsat":
        proven = _whole(problem, rounding, budget, seconds=budget.left)
    if method == "columns":
        proven = solve_by_columns(problem, tables, market, rounding, budget)
    if method == "prices":
        if team is not None and params.work_limit:
            team.wait(budget)
        solve_by_prices(problem, tables, market, cover, rounding, budget, team=team)
    return _result(problem, rounding, budget, method, proven=proven)


class _Keeper:
    """Hands the best roster out now and then, on the occasion of progress."""

    def __init__(
        self, problem: PlanningProblem, on_roster: RosterFn, on_progress: ProgressFn | None
    ) -> None:
        self._problem, self._on_roster, self._on_progress = problem, on_roster, on_progress
        self.rounding: Rounding | None = None
        self._given: Sequence[AgentRoster] | None = None
        self._at = -np.inf

    def on_progress(self, progress: Progress) -> None:
        """Pass progress on, and a roster if there is a new one."""
        if self._on_progress is not None:
            self._on_progress(progress)
        best = None if self.rounding is None else self.rounding.best
        now = time.monotonic()
        if best is None or best is self._given or now - self._at < _ROSTER_SECONDS:
            return
        self._given, self._at = best, now
        self._on_roster(to_slot_roster(self._problem, best))


def _begin_from(
    start: SlotRoster, problem: PlanningProblem, rounding: Rounding, budget: Budget
) -> None:
    """Take a roster over to begin from, if it is lawful but for agents who have none that is."""
    for violation in check(problem, start):
        if not violation.forgiven and violation.agent_idx not in rounding.without_roster:
            raise ValueError(f"the roster to start from breaks {violation.rule}")
    rounding.accept(from_slot_roster(start, len(problem.agents)), budget)


def _few_slots(problem: PlanningProblem) -> bool:
    """Whether shifts fill so few slots that a linear programme over rosters stays small."""
    table = problem.options
    places = problem.slots * max(1, len(problem.queues))
    if not len(table) or places > _MOST_PLACES:
        return False
    return float(np.mean(table.end - table.start)) <= _SLOTS_PER_SHIFT


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
        work_left=int(1000 * seconds) if budget.params.work_limit else None,
    )
    if budget.params.work_limit:
        budget.spend(int(1000 * seconds))
    if answer.roster is not None:
        rounding.accept(from_slot_roster(answer.roster, len(problem.agents)), budget)
    budget.proved(answer.bound)
    return answer.proven


def _result(
    problem: PlanningProblem, rounding: Rounding, budget: Budget, method: str, *, proven: bool
) -> SolveResult:
    roster = to_slot_roster(problem, rounding.best)
    terms = score(problem, roster, split=rounding.best_split_cents())
    cost = sum(terms.values())
    # Never cut to the cost: a bound above it would be a defect, and the caller must see it.
    bound = max(0, budget.bound_cents or 0)
    if proven or bound == cost:
        status = SolveStatus.OPTIMAL
    elif budget.cancelled:
        status = SolveStatus.CANCELLED
    elif budget.gap_reached():
        status = SolveStatus.GAP_REACHED
    elif budget.left > 0.0 and not budget.late:
        status = SolveStatus.CONVERGED
    else:
        status = SolveStatus.TIME_LIMIT
    return SolveResult(
        status,
        roster,
        cost,
        bound,
        tuple(terms.items()),
        method,
        round(budget.elapsed, 3),
        without_roster=tuple(sorted(rounding.without_roster)),
    )


def _empty(problem: PlanningProblem, budget: Budget) -> SolveResult:
    """Return the one roster there is without agents."""
    terms = score(problem, SlotRoster())
    cost = sum(terms.values())
    return SolveResult(
        SolveStatus.OPTIMAL, SlotRoster(), cost, cost, tuple(terms.items()), "none", budget.elapsed
    )
