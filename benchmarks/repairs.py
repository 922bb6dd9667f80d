"""Sick calls against a published roster: how fast, and how many colleagues are bothered."""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks.measure import Meter
from benchmarks.runs import Generated, Row, measured
from solver import PlanningProblem, SlotRoster, SolveParams, check, solve
from solver.replan import Out, RepairResult, Replanner, Why

__all__ = ["SickCall", "draw_sick_calls", "run_repairs"]

SickCall = tuple[Out, int]
"""Who is away for which shift, and the slot at which the call comes."""

_NOTICE_MINUTES = 120
_BY_REPAIR = (Why.CALLED_IN, Why.MOVED, Why.FREED)
_FEW_COLLEAGUES = 2


def draw_sick_calls(
    problem: PlanningProblem, roster: SlotRoster, count: int, seed: int
) -> tuple[SickCall, ...]:
    """Draw shifts of the roster whose agent calls in sick two hours before, no shift twice.

    Parameters
    ----------
    count : int
        How many; fewer come back where the roster has fewer shifts.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(roster.choices))[:count]
    notice = _NOTICE_MINUTES // problem.slot_minutes
    calls = []
    for index in drawn:
        choice = roster.choices[index]
        start = int(problem.options.start[choice.option_idx])
        end = int(problem.options.end[choice.option_idx])
        calls.append((Out(choice.agent_idx, start, end), max(0, start - notice)))
    return tuple(calls)


def run_repairs(generated: Generated, count: int, params: SolveParams, meter: Meter) -> Row:
    """Solve a generated problem, then repair one sick call at a time, each from the same roster."""
    problem = generated.problem()
    meter.warm_up()
    with meter.stops_on_signal():
        result = solve(
            problem, params, on_progress=meter.on_progress, should_stop=meter.should_stop
        )
    began = time.monotonic()
    replanner = Replanner(problem, result.roster)
    prepare_seconds = time.monotonic() - began
    repairs = []
    for number, (out, now) in enumerate(
        draw_sick_calls(problem, result.roster, count, generated.seed), start=1
    ):
        repair = replanner.repair([out], from_slot=now)
        repairs.append((out, repair))
        meter.tell(f"repair {number}: {repair.seconds:.2f} s, {_colleagues(out, repair)} changed")
    if not repairs:
        return measured(meter) | {"agents": generated.agents, "sick_calls": 0}
    seconds = [repair.seconds for _, repair in repairs]
    colleagues = [_colleagues(out, repair) for out, repair in repairs]
    return measured(meter) | {
        "agents": generated.agents,
        "load": generated.load,
        "seed": generated.seed,
        "options": len(problem.options),
        "gap_published": round(result.gap, 6),
        "sick_calls": len(repairs),
        "prepare_seconds": round(prepare_seconds, 3),
        "seconds_median": round(statistics.median(seconds), 4),
        "seconds_worst": round(max(seconds), 4),
        "colleagues_mean": round(statistics.mean(colleagues), 3),
        "colleagues_most": max(colleagues),
        "at_most_two_colleagues": round(
            sum(number <= _FEW_COLLEAGUES for number in colleagues) / len(colleagues), 4
        ),
        "repaired": sum(number > 0 for number in colleagues),
        "cents_saved_mean": round(
            statistics.mean(
                repair.unrepaired_cents - repair.cost_cents - repair.change_cents
                for _, repair in repairs
            )
        ),
        "violations": sum(_violations_of_others(out, repair) for out, repair in repairs),
        "unfinished": sum(not repair.finished for _, repair in repairs),
    }


def _colleagues(out: Out, repair: RepairResult) -> int:
    """Count the colleagues whose shifts the repair changed."""
    changed = {shift.agent_idx for shift in repair.changed if shift.why in _BY_REPAIR}
    return len(changed - {out.agent_idx})


def _violations_of_others(out: Out, repair: RepairResult) -> int:
    """Count what the repair broke; days off that the sick agent got too few of are no fault."""
    found = check(repair.problem, repair.roster)
    return sum(violation.agent_idx != out.agent_idx for violation in found)
