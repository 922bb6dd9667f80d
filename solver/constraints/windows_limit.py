"""Few stretches of time with work, such as Sundays."""

from __future__ import annotations

from collections import defaultdict

from solver.model.variables import Context, TakeOption, weighted_sum
from solver.rules import WindowsLimit

__all__ = ["add"]


def add(ctx: Context, rule: WindowsLimit) -> None:
    """Let work touch at most `max_touched` of some stretches of time.

    What it demands
    ---------------
    A literal per stretch is forced to be true by each shift that has a slot in it; with those of
    earlier stretches, at most `max_touched` are true.

    Why
    ---
    Laws keep a number of Sundays free.

    Parameters
    ----------
    ``windows``, ``max_touched``, ``carry_touched``.

    Forgiveness
    -----------
    Where pins and carry alone touch more, no further stretch may be touched.
    """
    shifts = ctx.shifts(rule.agent_idx)
    touched_anyway = 0
    touched = []
    for start, end in rule.windows:
        inside = [shift for shift in shifts if shift.start < end and shift.end > start]
        if any(ctx.is_fixed(rule.agent_idx, shift) for shift in inside):
            touched_anyway += 1
        elif inside:
            literal = ctx.model.new_bool_var(f"touched_{rule.agent_idx}_{start}")
            by_day: dict[int, list[TakeOption]] = defaultdict(list)
            for shift in inside:
                by_day[shift.day].append(shift)
            for options in by_day.values():
                ctx.model.add(weighted_sum((option.take, 1) for option in options) <= literal)
            touched.append((literal, 1))
    most = max(0, rule.max_touched - rule.carry_touched - touched_anyway)
    if len(touched) > most:
        ctx.model.add(weighted_sum(touched) <= most)
