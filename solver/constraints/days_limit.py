"""Most working days in a period."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import DaysLimit

__all__ = ["add"]


def add(ctx: Context, rule: DaysLimit) -> None:
    """Keep the working days of a period at or below a limit.

    What it demands
    ---------------
    Days ``first_day <= day < end_day`` with an option worked, plus `carry_days`, are at most
    `max_days`.

    Why
    ---
    Contracts name the days of a working week.

    Parameters
    ----------
    ``first_day``, ``end_day``, ``max_days``, ``carry_days``.

    Forgiveness
    -----------
    Where pins and carry alone exceed the limit, what they amount to is the limit.
    """
    worked = ctx.agents[rule.agent_idx].worked
    days = range(max(0, rule.first_day), min(len(worked), rule.end_day))
    pinned = sum(option.day in days for option in ctx.pinned_options(rule.agent_idx))
    most = max(rule.max_days - rule.carry_days, pinned)
    literals = [literal for literal in worked[days.start : days.stop] if literal is not None]
    if len(literals) > most:
        ctx.model.add(weighted_sum((literal, 1) for literal in literals) <= most)
