"""Most work in the window that opens with each shift, as one sum per start slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from solver.model.variables import Context, TakeOption, weighted_sum
from solver.rules import RollingHours

__all__ = ["add"]


def add(ctx: Context, rule: RollingHours) -> None:
    """Keep the work of each window at or below a limit.

    What it demands
    ---------------
    From the start of each shift, the next `window_slots` slots hold at most `max_minutes`: a sum
    over the options that start there, each with its work inside. Where no shift opens a window at
    that slot, as much as there can be is allowed.

    Why
    ---
    Laws that cap the hours of a day do so for any 24 hours.

    Parameters
    ----------
    ``window_slots``, ``max_minutes``, ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    In a window that a pin or carry shift opens, what pins and carry amount to is allowed.
    """
    slot_minutes = ctx.problem.slot_minutes
    shifts = ctx.shifts(rule.agent_idx)
    openers: dict[int, list[TakeOption]] = defaultdict(list)
    for shift in shifts:
        if rule.from_slot <= shift.start < rule.end_slot:
            openers[shift.start].append(shift)
    for start, opening in openers.items():
        until = start + rule.window_slots
        inside = [
            (shift, work_before(shift, until, slot_minutes))
            for shift in shifts
            if start <= shift.start < until
        ]
        work = weighted_sum((shift.take, minutes) for shift, minutes in inside)
        possible = _most_possible(inside)
        free = [shift for shift in opening if not ctx.is_fixed(rule.agent_idx, shift)]
        if len(free) < len(opening):
            alone = sum(minutes for shift, minutes in inside if ctx.is_fixed(rule.agent_idx, shift))
            most = max(rule.max_minutes, alone)
            if possible > most:
                ctx.model.add(work <= most)
        over = possible - rule.max_minutes
        if free and over > 0:
            opened = weighted_sum((shift.take, over) for shift in free)
            ctx.model.add(work + opened <= possible)


def work_before(shift: TakeOption, until: int, slot_minutes: int) -> int:
    """Return the shift's minutes of work before slot `until`."""
    if shift.end <= until:
        return shift.paid_minutes
    return min(shift.paid_minutes, (until - shift.start) * slot_minutes)


def _most_possible(inside: Sequence[tuple[TakeOption, int]]) -> int:
    """Return the most that one option a day and the carry can come to."""
    carried = sum(minutes for shift, minutes in inside if shift.row < 0)
    by_day: dict[int, int] = defaultdict(int)
    for shift, minutes in inside:
        if shift.row >= 0:
            by_day[shift.day] = max(by_day[shift.day], minutes)
    return carried + sum(by_day.values())
