"""Cost of hours short of contract."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import HoursTarget

__all__ = ["add"]


def add(ctx: Context, rule: HoursTarget) -> None:
    """Charge minutes short of a target and of a minimum.

    What it demands
    ---------------
    Nothing; costs `HoursTarget.cents`. Each of its two parts is ``floor(x / 60)`` with ``x`` of
    rate times missing minutes, which is the least integer ``c >= 0`` with
    ``60 c + 59 >= x``: a linear constraint, exact to the cent.

    Why
    ---
    Contract hours are promised; hours below the minimum are paid or owed.

    Parameters
    ----------
    See `HoursTarget`.
    """
    options = ctx.agents[rule.agent_idx].of_days(rule.first_day, rule.end_day)
    minutes = weighted_sum((option.take, option.paid_minutes) for option in options)
    for wanted, cents_hour in (
        (rule.target_minutes, rule.under_target_cents_hour),
        (rule.min_minutes, rule.under_min_cents_hour),
    ):
        missing = max(0, wanted - rule.carry_minutes)
        most = missing * cents_hour // 60
        if not options:
            ctx.constant_cents += most
        elif most:
            name = f"under_{rule.agent_idx}_{rule.first_day}_{wanted}"
            cost = ctx.model.new_int_var(0, most, name)
            ctx.model.add(60 * cost + 59 + cents_hour * minutes >= cents_hour * missing)
            ctx.add_cost(cost, 1)
