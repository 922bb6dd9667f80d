"""Fewest days off in a row, as clauses per run, and the rest around them, per pair of ends."""

from __future__ import annotations

from ortools.sat.python import cp_model

from solver.constraints.places import places_of, taken_of
from solver.model.variables import Context
from solver.rules import MinDaysOff

__all__ = ["add"]


def add(ctx: Context, rule: MinDaysOff) -> None:
    """Let no run of days off be shorter than `days`, nor the rest around it than `rest_slots`.

    What it demands
    ---------------
    For each run of fewer than `days` days between two days, except those that hold the first day:
    one of the two is free, or one of the run's days is worked. Runs between the carry and day 0
    count; days off that reach the last day have no day after them. And where a shift ends less
    than `rest_slots` before one two or more days later begins, not both are worked, or
    another between them is.

    Why
    ---
    A single day off between two rows of shifts may be hardly longer than a night's rest.

    Parameters
    ----------
    ``days``, fewest days off in a row; ``rest_slots``, shortest rest around them.

    Forgiveness
    -----------
    Days off and rest between two pins, or carry and a pin, bind nothing.
    """
    _add_days(ctx, rule)
    if rule.rest_slots > 0:
        _add_rest(ctx, rule)


def _add_days(ctx: Context, rule: MinDaysOff) -> None:
    worked = ctx.agents[rule.agent_idx].worked
    shifts = ctx.shifts(rule.agent_idx)
    carried = {shift.day for shift in shifts if shift.row < 0}
    fixed = {shift.day for shift in shifts if ctx.is_fixed(rule.agent_idx, shift)}
    starts = sorted({*carried, *range(len(worked))})
    for before in starts:
        leaves: list[cp_model.IntVar] = []
        if before not in carried:
            literal = worked[before]
            if literal is None:
                continue
            leaves.append(~literal)
        between: list[cp_model.IntVar] = []
        for after in range(before + 2, min(before + rule.days + 1, len(worked))):
            if after - 1 in carried:
                break
            middle = worked[after - 1] if after > 0 else None
            if middle is not None:
                between.append(middle)
            starts_again = worked[after] if after >= 0 else None
            holds_first_day = before < 0 < after
            known = before in fixed and after in fixed
            if starts_again is not None and not holds_first_day and not known:
                ctx.model.add_bool_or([*leaves, *between, ~starts_again])


def _add_rest(ctx: Context, rule: MinDaysOff) -> None:
    """Keep late ends and early starts apart, place by place, where no place between is worked."""
    places = places_of(ctx, ctx.shifts(rule.agent_idx))
    fixed = [any(ctx.is_fixed(rule.agent_idx, s) for s in place.options) for place in places]
    for first, earlier in enumerate(places):
        ends = sorted({option.end for option in earlier.options})
        for last in range(first + 1, len(places)):
            later = places[last]
            if later.first_start >= ends[-1] + rule.rest_slots:
                break
            before, after = earlier.options[0], later.options[0]
            if after.day - before.day < 2 or after.row < 0 or (fixed[first] and fixed[last]):
                continue
            between = sum(place.taken for place in places[first + 1 : last])
            for end in ends:
                late = [option for option in earlier.options if option.end >= end]
                soon = [o for o in later.options if o.start < end + rule.rest_slots]
                if soon:
                    ctx.model.add(taken_of(late) + taken_of(soon) <= 1 + between)
