"""Most paid minutes in a period that holds many flagged shifts."""

from __future__ import annotations

from solver.model.variables import Context, weighted_sum
from solver.rules import HoursIfCount

__all__ = ["add"]


def add(ctx: Context, rule: HoursIfCount) -> None:
    """Keep the paid minutes at or below a limit if flagged shifts reach a number.

    What it demands
    ---------------
    While `from_count` or more flagged shifts, those of the carry included, lie in the period, its
    paid minutes are at most `max_minutes`. A literal says that the number may be reached; without
    it there must be fewer, with it the minutes are capped.

    Why
    ---
    Who works many nights works fewer hours.

    Parameters
    ----------
    ``flag``, ``first_day``, ``end_day``, ``from_count``, ``max_minutes``, ``carry_minutes``,
    ``carry_count``.

    Forgiveness
    -----------
    Where pins and carry alone reach the number and exceed the limit, what they amount to is the
    limit.
    """
    options = ctx.agents[rule.agent_idx].of_days(rule.first_day, rule.end_day)
    if not options:
        return
    flagged = [option for option in options if option.flags & rule.flag]
    pinned = [option for option in options if option.row in ctx.pins[rule.agent_idx]]
    most = rule.max_minutes - rule.carry_minutes
    fewer = rule.from_count - 1 - rule.carry_count
    if sum(bool(option.flags & rule.flag) for option in pinned) > fewer:
        most = max(most, sum(option.paid_minutes for option in pinned))
    reached = ctx.model.new_bool_var(f"reached_{rule.agent_idx}_{rule.first_day}")
    count = weighted_sum((option.take, 1) for option in flagged)
    minutes = weighted_sum((option.take, option.paid_minutes) for option in options)
    ctx.model.add(count <= fewer).only_enforce_if(~reached)
    ctx.model.add(minutes <= most).only_enforce_if(reached)
