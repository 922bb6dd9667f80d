"""Shortest row of working days, as one clause per row that would be too short."""

from __future__ import annotations

from solver.model.variables import Context
from solver.rules import MinConsecutiveDays

__all__ = ["add"]


def add(ctx: Context, rule: MinConsecutiveDays) -> None:
    """Let no row of working days be shorter than `days`, unless it may go on beyond what is known.

    What it demands
    ---------------
    For each row of fewer than `days` days without the first and the last day: the day before is
    worked, or the day after, or one of its days is not.

    Why
    ---
    Single working days between days off are rest for nobody; many agreements forbid them.

    Parameters
    ----------
    ``days``, the shortest row allowed.

    Forgiveness
    -----------
    A row worked by pins and carry alone binds nothing.
    """
    worked = ctx.agents[rule.agent_idx].worked
    fixed = {s.day for s in ctx.shifts(rule.agent_idx) if ctx.is_fixed(rule.agent_idx, s)}
    for first in range(1, len(worked) - 1):
        for last in range(first, min(first + rule.days, len(worked)) - 1):
            row = [literal for literal in worked[first : last + 1] if literal is not None]
            if len(row) <= last - first:
                break
            around = [worked[first - 1], worked[last + 1]]
            if not fixed.issuperset(range(first, last + 1)) and not (first == 1 and 0 in fixed):
                goes_on = [literal for literal in around if literal is not None]
                ctx.model.add_bool_or([*goes_on, *(~literal for literal in row)])
