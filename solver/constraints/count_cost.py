"""Growing cost of each further weekend or evening shift."""

from __future__ import annotations

from collections import Counter

from solver.model.variables import Context, weighted_sum
from solver.rules import CountCost

__all__ = ["add"]


def add(ctx: Context, rule: CountCost) -> None:
    """Charge the n-th flagged shift its step.

    What it demands
    ---------------
    Nothing; costs `CountCost.cents`. Steps never fall, so shifts may fill them in any order: the
    cheapest come first by themselves, and equal steps share a variable.

    Why
    ---
    Weekends and evenings are to be spread over the agents.

    Parameters
    ----------
    ``flag`` (``weekend`` or ``evening``), ``step_cents``.
    """
    options = ctx.agents[rule.agent_idx].options
    flagged = [option for option in options if getattr(option, rule.flag)]
    most = len({option.day for option in flagged})
    if not most:
        return
    steps = rule.step_cents[:most]
    units = Counter(steps)
    units[steps[-1]] += most - len(steps)
    filled = []
    for cents, count in units.items():
        step = ctx.model.new_int_var(0, count, f"{rule.term}_{rule.agent_idx}_{cents}")
        ctx.add_cost(step, cents)
        filled.append((step, 1))
    ctx.model.add(weighted_sum(filled) == weighted_sum((option.take, 1) for option in flagged))
