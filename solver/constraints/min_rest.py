"""Minimum rest between shifts, as one at-most-one per start slot."""

from __future__ import annotations

from solver.model.variables import Context
from solver.rules import MinRest

__all__ = ["add"]


def add(ctx: Context, rule: MinRest) -> None:
    """Keep `rest_slots` free between the end of each shift and the start of the next.

    What it demands
    ---------------
    Two shifts, each lengthened at its end by the rest, do not overlap. Intervals overlap
    pairwise exactly when they share the start of one of them, so one at-most-one over the
    options in progress at each start slot is the whole rule.

    Why
    ---
    Fatigue; a daily rest is law nearly everywhere.

    Parameters
    ----------
    ``rest_slots``, 0 for mere freedom from overlap.

    Forgiveness
    -----------
    Rest too short between two pinned or carry shifts binds nothing. Any other option too
    close to one of them is out.
    """
    pinned = ctx.pinned_options(rule.agent_idx)
    carry = ctx.problem.agents[rule.agent_idx].carry
    pins = ctx.pins[rule.agent_idx]
    fixed = [(shift.start, shift.end + rule.rest_slots) for shift in carry]
    fixed += [(option.start, option.end + rule.rest_slots) for option in pinned]
    free = []
    for option in ctx.agents[rule.agent_idx].options:
        if option.row in pins:
            continue
        until = option.end + rule.rest_slots
        if any(option.start < end and start < until for start, end in fixed):
            ctx.model.add_bool_and([~option.take])
        else:
            free.append((option.start, until, option.day, option.take))
    for slot in sorted({start for start, *_ in free}):
        meeting = [(day, take) for start, until, day, take in free if start <= slot < until]
        if len({day for day, _ in meeting}) > 1:
            ctx.model.add_at_most_one([take for _, take in meeting])
