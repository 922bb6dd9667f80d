"""Longest run of working days, as one clause per window."""

from __future__ import annotations

from solver.model.variables import Context
from solver.rules import MaxConsecutiveDays

__all__ = ["add"]


def add(ctx: Context, rule: MaxConsecutiveDays) -> None:
    """Leave a day without a shift in every ``days + 1`` consecutive days.

    What it demands
    ---------------
    In each window of ``days + 1`` consecutive days, those of the carry before day 0 included,
    at least one day has no shift.

    Why
    ---
    Fatigue; runs of working days are capped by policy and by many laws.

    Parameters
    ----------
    ``days``, the longest run allowed.

    Forgiveness
    -----------
    A window worked by pins and carry alone, day by day, binds nothing.
    """
    agent = ctx.agents[rule.agent_idx]
    fixed = {shift.day for shift in ctx.problem.agents[rule.agent_idx].carry}
    fixed |= {option.day for option in ctx.pinned_options(rule.agent_idx)}
    for first in range(min([0, *fixed]), len(agent.worked) - rule.days):
        open_days = [day for day in range(first, first + rule.days + 1) if day not in fixed]
        literals = [agent.worked[day] if day >= 0 else None for day in open_days]
        worked = [literal for literal in literals if literal is not None]
        if open_days and len(worked) == len(open_days):
            ctx.model.add_bool_or([~literal for literal in worked])
