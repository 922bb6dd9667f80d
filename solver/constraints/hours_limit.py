"""Most paid minutes in a period."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import HoursLimit

__all__ = ["add"]


def add(ctx: Context, rule: HoursLimit) -> None:
    """Keep the paid minutes of a period at or below a limit.

    What it demands
    ---------------
    Paid minutes of the shifts on days ``first_day <= day < end_day`` plus `carry_minutes` are
    at most `max_minutes`.

    Why
    ---
    Contracts and law cap the hours of a week.

    Parameters
    ----------
    ``first_day``, ``end_day``, ``max_minutes``, ``carry_minutes``.

    Forgiveness
    -----------
    Where pins and carry alone exceed the limit, what they amount to is the limit.
    """
    options = ctx.agents[rule.agent_idx].of_days(rule.first_day, rule.end_day)
    pins = ctx.pins[rule.agent_idx]
    pinned_minutes = sum(option.paid_minutes for option in options if option.row in pins)
    most = max(rule.max_minutes - rule.carry_minutes, pinned_minutes)
    if options:
        minutes = weighted_sum((option.take, option.paid_minutes) for option in options)
        ctx.model.add(minutes <= most)
