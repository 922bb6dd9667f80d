"""One measured solve each: what the commands print as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.curtois import Instance, InstanceError, read_instance
from benchmarks.curtois_problem import problem_of
from benchmarks.curtois_roster import judge, read_roster, write_roster
from benchmarks.follow_the_sun import generate, statistics
from benchmarks.measure import Meter, peak_mb
from benchmarks.plain_cpsat import NotTriedError, solve_plain
from solver import PlanningProblem, SolveParams, SolveResult, check, score, solve
from solver.parts import local_processes
from solver.result import SolveStatus, gap_of

__all__ = [
    "Generated",
    "Row",
    "cpu_params",
    "measured",
    "run_curtois",
    "run_follow_the_sun",
    "run_plain",
]

Row = dict[str, Any]
"""Figures of one run by name, ready for JSON."""

_WAGES = ("wages", "premiums")
_WALL_BY_CPU = 1.25


@dataclass(frozen=True, slots=True)
class Generated:
    """Arguments of `follow_the_sun.generate`."""

    agents: int
    load: float = 0.9
    seed: int = 1
    interval_minutes: int = 30
    break_positions: int = 1

    def problem(self) -> PlanningProblem:
        """Return the problem."""
        return generate(
            self.agents,
            self.load,
            self.seed,
            interval_minutes=self.interval_minutes,
            break_positions=self.break_positions,
        )


def cpu_params(cpu_limit_seconds: float, **settings: Any) -> SolveParams:
    """Return solver settings for a limit on CPU time.

    The solver plans in wall time: it gets a quarter more than the CPU time, for a machine that
    does other work too; the CPU time itself ends the search.
    """
    return SolveParams(time_limit_seconds=_WALL_BY_CPU * cpu_limit_seconds, **settings)


def run_curtois(
    file: Path, params: SolveParams, meter: Meter, *, out: Path | None, verifier: Path | None
) -> Row:
    """Solve a public instance, judge the roster by the format's own rules, write it.

    Parameters
    ----------
    meter : Meter
        Holds the limit on CPU time.
    out : Path or None
        Where the roster's text goes.
    verifier : Path or None
        A checker program: called with instance and roster, it prints JSON with ``feasible`` and
        ``cost``.

    Raises
    ------
    InstanceError
        If the file is no instance or a file cannot be written.
    """
    instance = read_instance(file)
    problem = problem_of(instance)
    meter.tell(f"{file.name}: {len(problem.agents)} agents, {len(problem.options):,} options")
    meter.warm_up()
    with meter.stops_on_signal():
        result = solve(
            problem, params, on_progress=meter.on_progress, should_stop=meter.should_stop
        )
    text = write_roster(problem, instance, result.roster)
    row = measured(meter) | {
        "instance": file.stem,
        "cost": result.cost_cents,
        "bound": result.bound_cents,
        "gap": round(result.gap, 6),
        "status": _status(result, meter),
        "method": result.method,
        "seed": params.seed,
        "workers": params.workers,
    }
    return row | _judged(instance, text, result.cost_cents, file, out, verifier)


def _judged(
    instance: Instance,
    text: str,
    cost: int,
    file: Path,
    out: Path | None,
    verifier: Path | None,
) -> Row:
    """Judge the roster's text, write it, have it verified."""
    judgement = judge(instance, read_roster(text, instance))
    if judgement.cost != cost:
        raise RuntimeError(f"the solver says the roster costs {cost}, its rules {judgement.cost}")
    if out is not None:
        try:
            out.write_text(text, encoding="ascii")
        except OSError as error:
            raise InstanceError(f"{out} cannot be written: {error}") from None
    row: Row = {
        "feasible": not judgement.violations,
        "violations": list(judgement.violations[:20]),
        "verified": None,
    }
    if verifier is not None and out is not None:
        command = [sys.executable, str(verifier), str(file), str(out)]
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        try:
            verdict = json.loads(done.stdout)
        except ValueError:
            raise InstanceError(f"{verifier} gave no verdict: {done.stderr[-200:]}") from None
        row["verified"] = verdict["feasible"] is row["feasible"] and verdict["cost"] == cost
    return row


def run_follow_the_sun(
    generated: Generated, params: SolveParams, meter: Meter, *, processes: int = 0
) -> Row:
    """Generate and solve a problem; the solver's check judges the roster.

    Parameters
    ----------
    processes : int
        Local processes that do parts of the search, besides the threads.
    """
    began = time.monotonic()
    problem = generated.problem()
    generate_seconds = time.monotonic() - began
    size = statistics(problem)
    meter.tell(f"{size.agents} agents, {size.queues} queues, {size.options:,} options")
    meter.warm_up()
    with (
        meter.stops_on_signal(),
        local_processes(processes) if processes else nullcontext() as run_many,
    ):
        result = solve(
            problem,
            params,
            on_progress=meter.on_progress,
            should_stop=meter.should_stop,
            run_many=run_many,
        )
    terms = dict(result.terms)
    return measured(meter) | {
        "agents": generated.agents,
        "load": generated.load,
        "seed": generated.seed,
        "interval_minutes": generated.interval_minutes,
        "break_positions": generated.break_positions,
        "cost": result.cost_cents,
        "bound": result.bound_cents,
        "gap": round(result.gap, 6),
        "gap_without_wages": round(gap_without_wages(result), 6),
        "first_roster_seconds": meter.first_roster_seconds,
        "seconds": result.seconds,
        "generate_seconds": round(generate_seconds, 3),
        "status": _status(result, meter),
        "method": result.method,
        "workers": params.workers,
        "processes": processes,
        "terms": terms,
        "violations": len(check(problem, result.roster)),
        "score_agrees": score(problem, result.roster) == terms,
        "options": size.options,
        "slots": size.slots,
        "queues": size.queues,
        "skill_sets": size.skill_sets,
    }


def gap_without_wages(result: SolveResult) -> float:
    """Return the gap as a share of what the roster costs besides wages and premiums."""
    wages = sum(cents for name, cents in result.terms if name in _WAGES)
    besides = result.cost_cents - wages
    return 0.0 if besides <= 0 else (result.cost_cents - result.bound_cents) / besides


def run_plain(problem: PlanningProblem, name: str, params: SolveParams, meter: Meter) -> Row:
    """Give a problem to the CP-SAT model that anybody would write."""
    row: Row = {"instance": name, "method": "plain-cpsat", "workers": params.workers}
    row |= {"cost": None, "bound": None, "gap": None, "seed": params.seed, "violations": None}
    try:
        with meter.stops_on_signal():
            answer = solve_plain(problem, params, meter.should_stop)
    except NotTriedError as reason:
        return measured(meter) | row | {"status": str(reason)}
    row |= {"bound": answer.bound_cents, "status": answer.status}
    if answer.roster is not None:
        cost = sum(score(problem, answer.roster).values())
        row |= {
            "cost": cost,
            "gap": round(gap_of(cost, answer.bound_cents), 6),
            "violations": len(check(problem, answer.roster)),
        }
    return measured(meter) | row


def measured(meter: Meter) -> Row:
    """Return time and memory used so far."""
    return {
        "cpu_seconds": round(meter.cpu_seconds, 2),
        "wall_seconds": round(meter.wall_seconds, 2),
        "peak_mb": peak_mb(),
        "warm_up_seconds": round(meter.warm_up_seconds, 2),
    }


def _status(result: SolveResult, meter: Meter) -> str:
    """Return the solver's status; a stop for want of CPU time by its own name."""
    if result.status is SolveStatus.CANCELLED and meter.out_of_cpu:
        return "cpu_limit"
    return str(result.status)
