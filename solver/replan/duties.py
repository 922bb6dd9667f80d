"""Breaks and activities after a repair: made anew where shifts changed, kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solver.cover import heads_per_slot, split_cents
from solver.duties import plan_duties
from solver.problem import OptionTable, PlanningProblem, unit_values
from solver.result import ShouldStop
from solver.roster import Choice, DutyPlan, SlotRoster, Stint

__all__ = ["replan_duties"]

Ints = NDArray[np.int64]


def replan_duties(
    problem: PlanningProblem,
    roster: SlotRoster,
    *,
    published: SlotRoster,
    stints: Sequence[Stint],
    touched: Sequence[tuple[int, int]] = (),
    from_slot: int = 0,
    time_limit_seconds: float = 5.0,
    workers: int = 2,
    seed: int = 1,
    should_stop: ShouldStop | None = None,
) -> DutyPlan:
    """Return a duty plan in which shifts far from any change keep breaks and activities.

    Shifts that differ from the published ones get a break and activities. Those on duty at the same
    time get other activities, their breaks stay. All others, and those that began before
    `from_slot`, keep both; what they leave of the need is what the rest is planned for.

    Parameters
    ----------
    problem, roster
        The problem and the repaired roster.
    published, stints
        The roster before, in the same option rows, and its stints.
    touched : sequence of (int, int)
        Further stretches of slots in which the roster has changed: shifts that have no option row
        any more.
    from_slot : int
        Shifts that start before it are past.
    time_limit_seconds, workers, seed, should_stop
        As for `plan_duties`.
    """
    table = problem.options
    changed = set(roster.choices) ^ set(published.choices)
    near = np.zeros(problem.slots, dtype=np.bool_)
    spans = [
        (int(table.start[choice.option_idx]), int(table.end[choice.option_idx]))
        for choice in changed
    ]
    for start, end in (*spans, *touched):
        near[max(start, 0) : max(end, 0)] = True
    anew: list[Choice] = []
    kept: list[Choice] = []
    for choice in roster.choices:
        start, end = int(table.start[choice.option_idx]), int(table.end[choice.option_idx])
        again = choice in changed or (start >= from_slot and bool(near[start:end].any()))
        (anew if again else kept).append(choice)
    kept_stints = _of_shifts(problem, stints, kept)
    met = _met(problem, kept_stints)
    left = replace(
        problem,
        queues=tuple(
            replace(
                queue,
                need=tuple(
                    max(0, need - there) for need, there in zip(queue.need, own, strict=True)
                ),
            )
            for queue, own in zip(problem.queues, met.tolist(), strict=True)
        ),
    )
    still = [choice for choice in anew if choice not in changed]
    plan = plan_duties(
        replace(left, options=_with_breaks(table, still)),
        SlotRoster(tuple(anew)),
        workers=workers,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        should_stop=should_stop,
    )
    whole = SlotRoster(tuple(sorted([*plan.roster.choices, *kept])))
    together = tuple(sorted([*plan.stints, *kept_stints]))
    return _priced(problem, whole, together)


def _with_breaks(table: OptionTable, choices: Sequence[Choice]) -> OptionTable:
    """Return the options with no other break to choose for some of them than the one they have."""
    rows = [choice.option_idx for choice in choices if choice.break_start >= 0]
    starts = [choice.break_start for choice in choices if choice.break_start >= 0]
    earliest, latest = table.break_from.copy(), table.break_until.copy()
    earliest[rows] = latest[rows] = starts
    return replace(table, break_from=earliest, break_until=latest)


def _of_shifts(
    problem: PlanningProblem, stints: Sequence[Stint], choices: Sequence[Choice]
) -> list[Stint]:
    """Return the stints that lie in some shifts."""
    table = problem.options
    spans: dict[int, list[tuple[int, int]]] = {}
    for choice in choices:
        span = int(table.start[choice.option_idx]), int(table.end[choice.option_idx])
        spans.setdefault(choice.agent_idx, []).append(span)
    return [
        stint
        for stint in stints
        if any(start <= stint.start < end for start, end in spans.get(stint.agent_idx, ()))
    ]


def _met(problem: PlanningProblem, stints: Sequence[Stint]) -> Ints:
    """Count agents per queue and slot."""
    met = np.zeros((len(problem.queues), problem.slots), dtype=np.int64)
    for stint in stints:
        met[stint.queue_idx, stint.start : stint.end] += 1
    return met


def _priced(problem: PlanningProblem, roster: SlotRoster, stints: tuple[Stint, ...]) -> DutyPlan:
    """Return the plan with its cost, counted anew."""
    heads = heads_per_slot(problem, roster)
    flow_short, flow_idle = split_cents(problem, heads)
    met = _met(problem, stints)
    short = useful = 0
    for queue, there in zip(problem.queues, met.tolist(), strict=True):
        for need, count in zip(queue.need, there, strict=True):
            useful += min(need, count)
            if count < need:
                short += sum(unit_values(need, queue.short_cents)[count:])
    on_duty = sum(sum(here.values()) for here in heads)
    best_useful = on_duty - flow_idle // problem.idle_cents if problem.idle_cents else useful
    return DutyPlan(
        roster=roster,
        stints=stints,
        short_cents=short,
        idle_cents=(on_duty - useful) * problem.idle_cents,
        flow_short_cents=flow_short,
        flow_idle_cents=flow_idle,
        lost_slots=max(0, best_useful - useful),
    )
