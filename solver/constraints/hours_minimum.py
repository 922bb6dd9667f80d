"""Fewest paid minutes in a period."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import HoursMinimum

__all__ = ["add"]


def add(ctx: Context, rule: HoursMinimum) -> None:
    """Keep the paid minutes of a period at or above a minimum.

    What it demands
    ---------------
    Paid minutes of the shifts on days ``first_day <= day < end_day`` plus `carry_minutes` are at
    least `min_minutes`.

    Why
    ---
    Contracts that guarantee hours; rosters that must be full by agreement.

    Parameters
    ----------
    ``first_day``, ``end_day``, ``min_minutes``, ``carry_minutes``.

    Forgiveness
    -----------
    None: pins can only add hours. Where the options cannot reach the minimum, the agent has no
    lawful roster and the model no solution.
    """
    least = rule.min_minutes - rule.carry_minutes
    options = ctx.agents[rule.agent_idx].of_days(rule.first_day, rule.end_day)
    if options:
        minutes = weighted_sum((option.take, option.paid_minutes) for option in options)
        ctx.model.add(minutes >= least)
    elif least > 0:
        ctx.model.add_bool_or([])
