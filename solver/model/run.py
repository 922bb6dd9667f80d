"""Runs models in CP-SAT: the whole problem with incumbents and bounds on the way, or one agent."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ortools.sat.python import cp_model

from solver.check import check
from solver.errors import SolverError
from solver.model.build import BuiltModel, build_model, build_single
from solver.params import SolveParams
from solver.problem import PlanningProblem
from solver.result import ShouldStop
from solver.roster import Choice, SlotRoster
from solver.rules import CountCost
from solver.score import score

__all__ = ["WholeResult", "solve_single", "solve_whole", "trivial_bound"]

POLL_SECONDS = 0.1
STEPS_PER_TURN = 1e-3
"""Deterministic seconds of CP-SAT that stand for one turn of the search by prices."""
FEW_WORKERS = 5
"""Up to here no worker of CP-SAT builds the full linear relaxation unless it is told to."""
SUBSOLVERS = ("max_lp", "core", "default_lp", "no_lp")
"""What the workers do then, the full relaxation first: it decides on proofs."""

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


@dataclass(frozen=True, slots=True)
class WholeResult:
    """What a run of the whole model came to.

    Parameters
    ----------
    roster : SlotRoster or None
        Best lawful roster known; None when none was found. (Without an `HoursMinimum` there always
        is one: the pins alone, since what they break on their own is forgiven.)
    cost : int or None
        Its cost in cents.
    bound : int
        Proven lower bound on the cost of every lawful roster, in cents.
    proven : bool
        True when `cost` equals `bound`.
    infeasible : bool
        True when it is proven that some agent has no lawful roster; `bound` then says nothing.
    """

    roster: SlotRoster | None
    cost: int | None
    bound: int
    proven: bool
    infeasible: bool = False


def solve_whole(
    problem: PlanningProblem,
    params: SolveParams,
    *,
    hint: SlotRoster | None = None,
    time_limit_seconds: float,
    work_left: int | None = None,
    on_incumbent: Callable[[SlotRoster, int], None] = lambda _roster, _cost: None,
    on_bound: Callable[[int], None] = lambda _bound: None,
    should_stop: ShouldStop = lambda: False,
) -> WholeResult:
    """Solve the whole problem exactly, or as far as time allows.

    Parameters
    ----------
    params : SolveParams
        Workers, seed, gap target and whether there is a work limit; its time limit is not looked
        at. With a work limit one worker runs for as long as `work_left` turns would take, counted
        in steps of the solver: the same call gives the same result twice.
    hint : SlotRoster, optional
        A roster to start from; the result is never worse. An unlawful one is not looked at.
    time_limit_seconds : float
        Wall time for building and solving. Not looked at under a work limit.
    work_left : int, optional
        Turns left of the work limit; all of them unless given.
    on_incumbent, on_bound : callable
        Told each roster better than those before and the hint with its cost, and each better bound,
        in cents. Called from a thread of the solver; what they raise stops the run and is raised
        here.
    should_stop : callable
        Asked about every 0.1 s; true ends the run with the best so far.

    Raises
    ------
    SolverError
        When the problem contradicts itself or cannot be modelled.
    """
    steps = None
    if params.work_limit:
        steps = STEPS_PER_TURN * (params.work_limit if work_left is None else work_left)
        time_limit_seconds = math.inf
    deadline = time.monotonic() + time_limit_seconds
    built = build_model(problem)
    watch = _Watch(should_stop, deadline)
    best: tuple[SlotRoster, int] | None = None
    if hint is not None and all(violation.forgiven for violation in check(problem, hint)):
        best = hint, sum(score(problem, hint).values())
        _complete_hint(built, hint, watch, steps)
    workers = 1 if params.work_limit else params.workers
    solver = _solver(workers, params.seed, watch.seconds_left(), steps)
    solver.parameters.relative_gap_limit = params.gap_target
    bound = trivial_bound(problem)

    def raise_bound(cents: float) -> None:
        nonlocal bound
        if _bound_cents(cents) > bound:
            bound = _bound_cents(cents)
            on_bound(bound)

    solver.best_bound_callback = watch.guard(raise_bound)
    callback = _Incumbents(built, watch.guard(on_incumbent), None if best is None else best[1])
    with watch.over(solver):
        status = solver.solve(built.model, callback)
    watch.raise_failure()
    if status == cp_model.MODEL_INVALID:
        raise SolverError(f"the model is invalid: {built.model.validate()}")
    if status in _FOUND:
        bound = max(bound, _bound_cents(solver.best_objective_bound))
        roster = built.extract(solver)
        cost = sum(score(problem, roster).values())
        if best is None or cost < best[1]:
            best = roster, cost
    if best is None:
        infeasible = status == cp_model.INFEASIBLE
        return WholeResult(None, None, bound, proven=False, infeasible=infeasible)
    return WholeResult(*best, min(bound, best[1]), proven=bound >= best[1])


def solve_single(
    problem: PlanningProblem,
    agent_idx: int,
    slot_cents: Sequence[int],
    time_limit_seconds: float,
    seed: int = 1,
    *,
    work_left: int | None = None,
) -> tuple[Choice, ...] | None:
    """Return the best roster of one agent for given slot prices, proven to be the best.

    Parameters
    ----------
    slot_cents : sequence of int
        Change of cost for each slot of the horizon the agent is on duty and not on break.
    time_limit_seconds : float
        Wall time for building and solving.
    seed : int
        Seed of the search.
    work_left : int, optional
        Turns left of a work limit, to be looked at instead of the time.

    Returns
    -------
    tuple of Choice or None
        In order of day; None when time ran out before the proof, or there is no lawful roster.
    """
    steps = None
    if work_left is not None:
        steps, time_limit_seconds = STEPS_PER_TURN * work_left, math.inf
    deadline = time.monotonic() + time_limit_seconds
    built = build_single(problem, agent_idx, slot_cents)
    solver = _solver(1, seed, max(0.0, deadline - time.monotonic()), steps)
    if solver.solve(built.model) != cp_model.OPTIMAL:
        return None
    return built.extract(solver).choices


def trivial_bound(problem: PlanningProblem) -> int:
    """Return a lower bound read off the costs: agent-days at their cheapest, cover for nothing."""
    table = problem.options
    cost = (
        table.wages_cents.astype(int)
        + table.premium_cents
        + table.own_night_cents
        + table.wish_cents
    )
    cheapest = [list(agent.off_cents) for agent in problem.agents]
    rows = zip(table.agent.tolist(), table.day.tolist(), cost.tolist(), strict=True)
    for agent_idx, day, cents in rows:
        cheapest[agent_idx][day] = min(cheapest[agent_idx][day], cents)
    bound = sum(sum(days) for days in cheapest)
    for rule in problem.rules:
        if isinstance(rule, CountCost):
            counts = range(problem.agents[rule.agent_idx].days + 1)
            bound += min(rule.cents(count) for count in counts)
    return bound


def _solver(workers: int, seed: int, seconds: float, steps: float | None) -> cp_model.CpSolver:
    """Return a solver that stops after so many seconds, or `steps` if there are any.

    `steps` are CP-SAT's own count of work, about a second each, the same on every machine.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    if math.isfinite(seconds):
        solver.parameters.max_time_in_seconds = seconds
    if steps is not None:
        solver.parameters.max_deterministic_time = steps
    solver.parameters.catch_sigint_signal = False
    if workers <= FEW_WORKERS:
        solver.parameters.linearization_level = 2
        solver.parameters.subsolvers.extend(SUBSOLVERS)
    return solver


def _bound_cents(bound: float) -> int:
    """Round a bound up to whole cents; costs are whole, so that loses nothing."""
    if not math.isfinite(bound):
        return -(2**62)
    return math.ceil(bound - 1e-6)


def _complete_hint(
    built: BuiltModel, hint: SlotRoster, watch: _Watch, steps: float | None = None
) -> None:
    """Hint a value for every variable, by solving the model with the roster's decisions fixed.

    A hint with holes is often lost in presolve. When time runs out the decisions alone are hinted.
    """
    built.add_hint(hint)
    solver = _solver(1, 1, watch.seconds_left(), steps)
    solver.parameters.fix_variables_to_their_hinted_value = True
    with watch.over(solver):
        status = solver.solve(built.model)
    watch.raise_failure()
    if status == cp_model.OPTIMAL:
        built.clear_hint()
        for index, value in enumerate(solver.response_proto.solution):
            built.model.add_hint(built.model.get_int_var_from_proto_index(index), value)


class _Incumbents(cp_model.CpSolverSolutionCallback):
    """Hands each better roster on, at its true cost: the model's may be higher until it is best."""

    def __init__(
        self, built: BuiltModel, tell: Callable[[SlotRoster, int], None], known_cost: int | None
    ) -> None:
        super().__init__()
        self._built = built
        self._tell = tell
        self._best = known_cost

    def on_solution_callback(self) -> None:
        """Extract the roster and pass it on with its cost."""
        roster = self._built.extract(self)
        cost = sum(score(self._built.context.problem, roster).values())
        if self._best is None or cost < self._best:
            self._best = cost
            self._tell(roster, cost)


class _Watch:
    """Stops a solver on request, at the deadline, or when a callback has failed."""

    def __init__(self, should_stop: ShouldStop, deadline: float) -> None:
        self._should_stop = should_stop
        self._deadline = deadline
        self._failure: BaseException | None = None

    def seconds_left(self) -> float:
        return max(0.01, self._deadline - time.monotonic())

    def guard(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return `callback`, made safe to call from the solver: what it raises is kept."""

        def guarded(*args: object) -> None:
            if self._failure is None:
                try:
                    callback(*args)
                except BaseException as failure:  # it must not unwind through the solver
                    self._failure = failure

        return guarded

    def raise_failure(self) -> None:
        """Raise what a callback raised, if one did."""
        if self._failure is not None:
            raise self._failure

    @contextmanager
    def over(self, solver: cp_model.CpSolver) -> Iterator[None]:
        """Watch `solver` while it runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._poll, args=(solver, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _poll(self, solver: cp_model.CpSolver, done: threading.Event) -> None:
        stopping = False
        while not done.wait(POLL_SECONDS):
            stopping = stopping or self._is_over()
            if stopping:
                # Again and again: a stop that comes before the search has begun is lost.
                solver.stop_search()

    def _is_over(self) -> bool:
        if self._failure is not None or time.monotonic() > self._deadline:
            return True
        try:
            return self._should_stop()
        except BaseException as failure:  # raised again in the caller's thread
            self._failure = failure
            return True
