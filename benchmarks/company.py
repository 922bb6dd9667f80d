"""A company under law, many times the size of a planning folder, and sick calls in it.

The whole way is measured: the folder's agents and need are multiplied, the roster is solved, split
over queues and audited, and each repair is audited as it would be before it is published.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Meter
from benchmarks.runs import Row, measured
from scheduler.domain import Planning, RequirementInterval
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.absence import Absence
from scheduler.usecases.read_input import read_planning
from scheduler.usecases.repair_roster import Repaired, repair_roster
from scheduler.usecases.solve_planning import Solved, solve_planning
from solver import SolveParams

__all__ = ["copies_of", "run_company_repairs"]

_NOTICE = timedelta(hours=2)
_FEW_COLLEAGUES = 2


def copies_of(planning: Planning, count: int) -> Planning:
    """Return a planning of `count` times the agents and `count` times the agents required."""

    def times(rows: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            replace(row, agent_id=f"{row.agent_id}-{copy}")
            for copy in range(1, count + 1)
            for row in rows
        )

    start, _ = horizon_bounds(planning.horizon)
    need = tuple(
        RequirementInterval(queue, start + timedelta(minutes=30) * at, agents * count)
        for queue, row in required_agents(planning).items()
        for at, agents in enumerate(row)
        if agents
    )
    return replace(
        planning,
        agents=times(planning.agents),
        skills=times(planning.skills),
        locations=times(planning.locations),
        availability=times(planning.availability),
        time_off=times(planning.time_off),
        wishes=times(planning.wishes),
        history=times(planning.history),
        pins=times(planning.pins),
        demand=(),
        requirements=need,
    )


def run_company_repairs(
    folder: Path, copies: int, count: int, params: SolveParams, meter: Meter
) -> Row:
    """Solve the multiplied planning, then repair and audit sick calls, each from that roster."""
    planning = copies_of(read_planning(folder), copies)
    meter.tell(f"{len(planning.agents):,} agents: {copies} times {folder.name}")
    meter.warm_up()
    with meter.stops_on_signal():
        published = solve_planning(
            planning, params, on_progress=meter.on_progress, should_stop=meter.should_stop
        )
    roster = published.roster
    row: Row = {
        "agents": len(planning.agents),
        "cost": roster.cost_cents,
        "bound": roster.bound_cents,
        "gap": round((roster.cost_cents - roster.bound_cents) / max(1, roster.cost_cents), 6),
        "audit_clean_published": _clean(published),
        "sick_calls": 0,
    }
    repairs: list[tuple[Repaired, int, float]] = []
    drawn = np.random.default_rng(params.seed).permutation(len(roster.shifts))[:count]
    for number, index in enumerate(drawn.tolist(), start=1):
        shift = roster.shifts[index]
        absence = Absence(shift.agent_id, shift.start, shift.end, shift.start - _NOTICE)
        began = time.monotonic()
        repaired = repair_roster(planning, roster, absence, workers=params.workers)
        taken = time.monotonic() - began
        changed = {change.agent_id for change in repaired.changes} - {shift.agent_id}
        repairs.append((repaired, len(changed), taken))
        meter.tell(
            f"repair {number}: {repaired.repair_seconds:.2f} s, {len(changed)} changed,"
            f" audit {'clean' if _clean(repaired.solved) else 'NOT CLEAN'}, {taken:.0f} s in all"
        )
    if not repairs:
        return measured(meter) | row
    seconds = [repaired.repair_seconds for repaired, _, _ in repairs]
    colleagues = [changed for _, changed, _ in repairs]
    return measured(meter) | row | {
        "sick_calls": len(repairs),
        "seconds_median": round(statistics.median(seconds), 4),
        "seconds_worst": round(max(seconds), 4),
        "whole_seconds_median": round(statistics.median(taken for _, _, taken in repairs), 2),
        "colleagues_most": max(colleagues),
        "at_most_two_colleagues": round(
            sum(number <= _FEW_COLLEAGUES for number in colleagues) / len(colleagues), 4
        ),
        "repaired": sum(number > 0 for number in colleagues),
        "audit_clean": sum(_clean(repaired.solved) for repaired, _, _ in repairs),
    }  # fmt: skip


def _clean(solved: Solved) -> bool:
    """Whether the audit finds no hard fault and the same cost."""
    return not solved.report.hard and solved.report.cost_cents == solved.roster.cost_cents
