"""Longest run of working days, as clauses per window."""

from __future__ import annotations

from ortools.sat.python import cp_model

from solver.model.variables import Context
from solver.rules import MaxConsecutiveDays

__all__ = ["add"]


def add(ctx: Context, rule: MaxConsecutiveDays) -> None:
    """Leave a day without a shift in every ``days + 1`` consecutive days.

    What it demands
    ---------------
    In each window of ``days + 1`` consecutive days, those of the carry before day 0 included,
    at least one day has no shift, or no shift starts within the scope.

    Why
    ---
    Fatigue; runs of working days are capped by policy and by many laws.

    Parameters
    ----------
    ``days``, the longest run allowed; ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    A window worked by pins and carry alone, day by day, one of them in the scope, binds nothing.
    """
    agent = ctx.agents[rule.agent_idx]
    fixed_days: dict[int, bool] = {}
    inside: dict[int, list[cp_model.IntVar]] = {}
    outside = set()
    for shift in ctx.shifts(rule.agent_idx):
        falls_under = rule.from_slot <= shift.start < rule.end_slot
        if ctx.is_fixed(rule.agent_idx, shift):
            fixed_days[shift.day] = falls_under or fixed_days.get(shift.day, False)
        elif falls_under:
            inside.setdefault(shift.day, []).append(shift.take)
        else:
            outside.add(shift.day)
    for first in range(min([0, *fixed_days]), len(agent.worked) - rule.days):
        days = range(first, first + rule.days + 1)
        literals = [
            agent.worked[day] if day >= 0 else None for day in days if day not in fixed_days
        ]
        worked = [literal for literal in literals if literal is not None]
        if len(worked) < len(literals):
            continue
        free = [~literal for literal in worked]
        if any(fixed_days.get(day, False) for day in days):
            if worked:
                ctx.model.add_bool_or(free)
        elif any(day in inside and day not in outside | fixed_days.keys() for day in days):
            ctx.model.add_bool_or(free)
        else:
            for day in days:
                for take in inside.get(day, ()):
                    ctx.model.add_bool_or([*free, ~take])
