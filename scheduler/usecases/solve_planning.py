"""Make a roster: compile, solve, check, decode, audit."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scheduler.errors import Fault, InputError, InternalError

if TYPE_CHECKING:
    from scheduler.audit import AuditReport, Shortfall
    from scheduler.domain import Planning, Roster
    from solver import PlanningProblem, Progress, RunMany, SlotRoster, SolveParams, SolveResult

    ProgressFn = Callable[[Progress], None]
    ShouldStop = Callable[[], bool]

__all__ = [
    "SolveParams",
    "Solved",
    "solve_params",
    "solve_planning",
    "verify_result",
    "without_roster_notices",
]

_SHARE_FOR_SHIFTS = 0.6
_SHARE_FOR_CONFLICTS = 0.05
_STOPPED_SECONDS = 2.0
_AUDIT_PER_COMPILE = 4.0  # seconds of decoding and auditing per second of compiling, measured


@dataclass(frozen=True, slots=True)
class Solved:
    """A roster with the judgement on it.

    Parameters
    ----------
    report : AuditReport
        By the independent audit, on instants and wall clocks.
    notices : tuple of Fault
        What the compiler noticed: agents without any shift, queues nobody can serve, pins; pins
        that contradict each other or a rule; and agents for whom there is no lawful roster.
    shortfalls : tuple of Shortfall
        When which queue is short, and why.
    lost_minutes : int
        Agent-minutes of need that the best split of the agents on duty would cover and the
        activities (which honour the shortest stint) do not.
    activity_seconds : float
        Wall time spent on breaks and activities, after the search for shifts.
    """

    roster: Roster
    report: AuditReport
    notices: tuple[Fault, ...]
    shortfalls: tuple[Shortfall, ...]
    lost_minutes: int
    activity_seconds: float


def solve_params(
    *, time_limit_seconds: float, workers: int, seed: int, gap_target: float
) -> SolveParams:
    """Return the settings of a solve; see ``solver.SolveParams`` for ranges.

    Raises
    ------
    ValueError
        If one is out of range.
    """
    from solver import SolveParams

    return SolveParams(
        time_limit_seconds=time_limit_seconds, workers=workers, seed=seed, gap_target=gap_target
    )


def solve_planning(
    planning: Planning,
    params: SolveParams,
    *,
    on_progress: ProgressFn | None = None,
    should_stop: ShouldStop | None = None,
    start: SlotRoster | None = None,
    on_roster: Callable[[SlotRoster], None] | None = None,
    run_many: RunMany | None = None,
) -> Solved:
    """Return the best roster found for `planning`; there is one in every case.

    Parameters
    ----------
    planning : Planning
        Validated input.
    params : SolveParams
        Time, threads, seed. The time limit covers everything here: compiling, the search for
        shifts (three fifths of what is left), for activities, and an estimate of the audit.
    on_progress, should_stop : callable, optional
        Told about each step; asked whether to stop and keep the best roster so far.
    start, on_roster, run_many
        To begin where an earlier run of the same planning ended, to keep what a later one begins
        with, and to have parts done elsewhere; as `solver.solve` takes them.

    Raises
    ------
    InputError
        If the planning is beyond what the solver can count or the machine can hold.
    InternalError
        If solver, checker and score disagree: a defect of ours.
    """
    started = time.monotonic()  # loading the solver counts, too
    from scheduler.app import version
    from scheduler.audit import audit_roster, shortfalls
    from scheduler.domain import SolverNote
    from scheduler.planning import compile_problem, decode
    from scheduler.usecases.explain_conflicts import conflict_notices
    from solver import Progress, SolveStatus, plan_duties, solve
    from solver.limits import LimitError

    def tell(phase: str, seconds: float, cost_cents: int | None, bound_cents: int | None) -> None:
        if on_progress is not None:
            on_progress(Progress(seconds, cost_cents, bound_cents, phase))

    tell("compiling", 0.0, None, None)
    contradictions = conflict_notices(
        planning, time_limit_seconds=_SHARE_FOR_CONFLICTS * params.time_limit_seconds
    )
    compiling = time.monotonic()
    compiled = compile_problem(planning)
    compiled_at = time.monotonic()
    audit_seconds = min(
        _AUDIT_PER_COMPILE * (compiled_at - compiling), 0.1 * params.time_limit_seconds
    )
    left = params.time_limit_seconds - (compiled_at - started) - audit_seconds
    search_seconds = max(left, 0.1)
    try:
        result = solve(
            compiled.problem,
            replace(params, time_limit_seconds=_SHARE_FOR_SHIFTS * search_seconds),
            on_progress=on_progress,
            should_stop=should_stop,
            start=start,
            on_roster=on_roster,
            run_many=run_many,
        )
    except LimitError as error:
        raise _too_large(error) from error
    verify_result(compiled.problem, result)
    tell("activities", result.seconds, result.cost_cents, result.bound_cents)
    left = max(search_seconds - result.seconds, 0.0)
    placing = time.monotonic()
    plan = plan_duties(
        compiled.problem,
        result.roster,
        workers=params.workers,
        seed=params.seed,
        time_limit_seconds=_STOPPED_SECONDS if result.status == SolveStatus.CANCELLED else left,
        should_stop=None if result.status == SolveStatus.CANCELLED else should_stop,
    )
    activity_seconds = time.monotonic() - placing
    _verify_lawful(compiled.problem, plan.roster, result.without_roster)
    note = SolverNote(
        version=version(),
        method=result.method,
        status=SolveStatus(result.status).value,
        seed=params.seed,
        workers=params.workers,
        seconds=round(result.seconds, 3),
    )
    roster = decode(compiled, planning, plan, bound_cents=result.bound_cents, solver_note=note)
    tell("auditing", result.seconds + activity_seconds, roster.cost_cents, roster.bound_cents)
    return Solved(
        roster=roster,
        report=audit_roster(planning, roster),
        notices=(
            *compiled.notices,
            *contradictions,
            *without_roster_notices(planning, compiled.problem, result),
        ),
        shortfalls=shortfalls(planning, roster),
        lost_minutes=plan.lost_slots * 15,
        activity_seconds=activity_seconds,
    )


def verify_result(problem: PlanningProblem, result: SolveResult) -> None:
    """Compare a solver's claims with the independent check and score.

    Raises
    ------
    InternalError
        If the roster breaks a rule, costs something else, or its bound cannot be.
    """
    from solver import score

    _verify_lawful(problem, result.roster, result.without_roster)
    terms = score(problem, result.roster)
    if terms != dict(result.terms) or sum(terms.values()) != result.cost_cents:
        raise InternalError(
            f"the solver reports {dict(result.terms)} = {result.cost_cents}, the score is {terms}"
        )
    if result.bound_cents > result.cost_cents:
        raise InternalError(f"bound {result.bound_cents} lies above the cost {result.cost_cents}")


def _verify_lawful(
    problem: PlanningProblem, roster: SlotRoster, without_roster: Collection[int]
) -> None:
    from solver import check

    broken = [
        violation
        for violation in check(problem, roster)
        if not violation.forgiven
        and not (violation.rule == "HoursMinimum" and violation.agent_idx in without_roster)
    ]
    if broken:
        raise InternalError(f"the solver's roster breaks {len(broken)} rules, first {broken[0]}")


def without_roster_notices(
    planning: Planning, problem: PlanningProblem, result: SolveResult
) -> tuple[Fault, ...]:
    """Return a notice for each agent whom the solver names as one without a lawful roster."""
    from solver import check

    if not result.without_roster:
        return ()
    missed = {v.agent_idx for v in check(problem, result.roster) if v.rule == "HoursMinimum"}
    notices = []
    for agent_idx in result.without_roster:
        agent = planning.agents[agent_idx]
        why = (
            "has the hours that must be worked and keeps all other rules"
            if agent_idx in missed
            else "keeps all rules"
        )
        notices.append(
            Fault(
                "no_lawful_roster",
                "agents.csv",
                "an agent who can work within all rules",
                value=agent.agent_id,
                hint=f"No roster of {agent.name} {why}: only pins, if any, are planned.",
            )
        )
    return tuple(notices)


def _too_large(error: Exception) -> InputError:
    """Return the solver's refusal as a fault of the input."""
    words = str(error)
    return InputError(
        (
            Fault(
                "too_large",
                "planning.yaml",
                "a planning that the solver can count and this machine can hold",
                hint=f"{words[0].upper()}{words[1:]}.",
            ),
        )
    )
