"""Pin: a shift that must stay."""

from __future__ import annotations

from solver.model.variables import Context
from solver.rules import Pin

__all__ = ["add"]


def add(ctx: Context, rule: Pin) -> None:
    """Take the pinned option.

    What it demands
    ---------------
    The agent works exactly this option on its day.

    Why
    ---
    Published or promised shifts must survive a new solve.

    Parameters
    ----------
    ``option_idx``, a row of the option table.

    Other kinds forgive what pins and carry break on their own; see each of them.
    """
    for option in ctx.agents[rule.agent_idx].options:
        if option.row == rule.option_idx:
            ctx.model.add_bool_and([option.take])
