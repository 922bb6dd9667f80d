"""Minimum rest between shifts, as at-most-ones per start slot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby

from solver.model.variables import Context, TakeOption
from solver.rules import MinRest

__all__ = ["add"]


def add(ctx: Context, rule: MinRest) -> None:
    """Keep `rest_slots` free between the end of a shift and the start of the next.

    What it demands
    ---------------
    A shift that asks for the rest, lengthened at its end by it, does not reach the next start.
    Shifts in progress at one start slot, so lengthened, exclude each other and those that start
    there, as each of them began before the next; so one at-most-one per start slot is the whole
    rule, for shifts that begin in the scope. Those that began before the scope exclude only starts
    inside it, one by one.

    Why
    ---
    Fatigue; a daily rest is law nearly everywhere.

    Parameters
    ----------
    ``rest_slots``, 0 for mere freedom from overlap; ``flag``; ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    Rest too short between two pinned or carry shifts binds nothing. Any other option too
    close to one of them is out.
    """
    shifts = ctx.shifts(rule.agent_idx)
    firsts = [shift.start for shift in shifts]
    reach = max((shift.end - shift.start for shift in shifts), default=0) + rule.rest_slots
    for slot, run in groupby(shifts, key=lambda shift: shift.start):
        if slot < 0:
            continue
        starters = list(run)
        waiting = [
            shift
            for shift in shifts[bisect_left(firsts, slot - reach) : bisect_left(firsts, slot)]
            if slot < shift.end + rule.rest_slots and (not rule.flag or shift.flags & rule.flag)
        ]
        bound = [shift for shift in waiting if _falls_under(rule, shift)]
        _at_most_one(ctx, rule, [*bound, *starters])
        if rule.from_slot <= slot < rule.end_slot:
            for shift in waiting:
                if not _falls_under(rule, shift):
                    _unless_between(ctx, rule, shift, starters)


def _falls_under(rule: MinRest, shift: TakeOption) -> bool:
    return rule.from_slot <= shift.start < rule.end_slot


def _at_most_one(ctx: Context, rule: MinRest, shifts: Sequence[TakeOption]) -> None:
    free = [shift for shift in shifts if not ctx.is_fixed(rule.agent_idx, shift)]
    if len(free) < len(shifts):
        ctx.model.add_bool_and([~shift.take for shift in free])
    elif len({shift.day for shift in free}) > 1:
        ctx.model.add_at_most_one([shift.take for shift in free])


def _unless_between(
    ctx: Context, rule: MinRest, before: TakeOption, starters: Sequence[TakeOption]
) -> None:
    """Keep `before`, from ahead of the scope, from the starts, where they are the next."""
    between = [
        shift.take
        for shift in ctx.shifts(rule.agent_idx)
        if before.end <= shift.start
        and shift.end <= starters[0].start
        and not _falls_under(rule, shift)
    ]
    if not between:
        _at_most_one(ctx, rule, [before, *starters])
        return
    for after in starters:
        if not (ctx.is_fixed(rule.agent_idx, before) and ctx.is_fixed(rule.agent_idx, after)):
            ctx.model.add_bool_or([~before.take, ~after.take, *between])
