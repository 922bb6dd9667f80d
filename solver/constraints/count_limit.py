"""Most flagged shifts in a period."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import CountLimit

__all__ = ["add"]


def add(ctx: Context, rule: CountLimit) -> None:
    """Keep the number of a period's flagged shifts at or below a limit.

    What it demands
    ---------------
    Shifts with the flag on days ``first_day <= day < end_day`` plus `carry_count` are at most
    `max_count`.

    Why
    ---
    Laws cap the night shifts of some weeks, and the days that may be longer than usual.

    Parameters
    ----------
    ``flag``, ``first_day``, ``end_day``, ``max_count``, ``carry_count``.

    Forgiveness
    -----------
    Where pins and carry alone exceed the limit, what they amount to is the limit.
    """
    options = ctx.agents[rule.agent_idx].of_days(rule.first_day, rule.end_day)
    flagged = [option for option in options if option.flags & rule.flag]
    pinned = sum(option.row in ctx.pins[rule.agent_idx] for option in flagged)
    most = max(rule.max_count - rule.carry_count, pinned)
    if len({option.day for option in flagged}) > most:
        ctx.model.add(weighted_sum((option.take, 1) for option in flagged) <= most)
