"""Few short rests in any window, as a sum over a literal per end."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ortools.sat.python import cp_model

from solver.model.variables import Context, TakeOption, weighted_sum
from solver.rules import ShortRests

__all__ = ["add"]


def add(ctx: Context, rule: ShortRests) -> None:
    """Let at most `times` short rests begin within a window.

    What it demands
    ---------------
    A rest is short when the next shift starts sooner than usual. The next shift starts that soon
    if any does, so a literal per end of day and usual rest is forced to be true by each shift
    that starts soon after. From each end, at most `times` of the literals of the window are true.

    Where the earlier shift lies ahead of the scope, only a next shift inside it counts; a shift in
    between, itself ahead of the scope, then lifts the force.

    Why
    ---
    Laws let the daily rest be shorter now and then.

    Parameters
    ----------
    ``demands``, ``times``, ``window_slots``, ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    Where more of the rests between pins and carry alone are short in a window, as many may be.
    """
    begins = sorted(_begins(ctx, rule), key=lambda begin: begin.end)
    alone = _alone(ctx, rule)
    ends = [begin.end for begin in begins]
    for index, first in enumerate(begins):
        until = first.end + rule.window_slots
        inside = begins[index : bisect_left(ends, until)]
        most = max(rule.times, sum(first.end <= end < until for end in alone))
        if len(inside) > most:
            total = weighted_sum((begin.is_short, 1) for begin in inside)
            limit = ctx.model.add(total <= most)
            if len(alone) > rule.times:
                # A window binds where a short rest opens it; more may be forgiven further on.
                limit.only_enforce_if(first.is_short)


@dataclass(frozen=True, slots=True)
class _Begin:
    """A slot where a rest may begin, and the literal that is true when it is short."""

    end: int
    is_short: cp_model.IntVar


def _begins(ctx: Context, rule: ShortRests) -> Iterator[_Begin]:
    shifts = ctx.shifts(rule.agent_idx)
    firsts = [shift.start for shift in shifts]
    alike: dict[tuple[int, int, bool, bool, int], list[TakeOption]] = defaultdict(list)
    for shift in shifts:
        usual = _usual(rule, shift)
        if usual > 0:
            key = (shift.end, usual, _falls_under(rule, shift), shift.row < 0, shift.day)
            alike[key].append(shift)
    for (end, usual, in_scope, _, _), before in alike.items():
        soon: dict[tuple[bool, int], list[TakeOption]] = defaultdict(list)
        between = []
        for shift in shifts[bisect_left(firsts, end) : bisect_left(firsts, end + usual)]:
            if in_scope or _falls_under(rule, shift):
                soon[shift.row < 0, shift.day].append(shift)
            elif shift.start < rule.from_slot:
                between.append(shift)
        if not soon:
            continue
        is_short = ctx.model.new_bool_var(f"short_rest_{rule.agent_idx}_{end}_{usual}")
        for after in soon.values():
            ctx.model.add(_sum(before) + _sum(after) - _sum(between) <= 1 + is_short)
        yield _Begin(end, is_short)


def _alone(ctx: Context, rule: ShortRests) -> list[int]:
    """Return where short rests between pins and carry alone begin."""
    fixed = [s for s in ctx.shifts(rule.agent_idx) if ctx.is_fixed(rule.agent_idx, s)]
    return [
        before.end
        for before, after in pairwise(fixed)
        if after.start - before.end < _usual(rule, before)
        and (_falls_under(rule, before) or _falls_under(rule, after))
    ]


def _usual(rule: ShortRests, shift: TakeOption) -> int:
    return max((rest for flag, rest in rule.demands if not flag or shift.flags & flag), default=0)


def _falls_under(rule: ShortRests, shift: TakeOption) -> bool:
    return rule.from_slot <= shift.start < rule.end_slot


def _sum(shifts: Iterable[TakeOption]) -> cp_model.LinearExpr:
    return weighted_sum((shift.take, 1) for shift in shifts)
