"""Rest after rows of flagged shifts, by the length of the row that is carried along."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ortools.sat.python import cp_model

from solver.constraints.places import Place, declare_fresh, places_of, taken_of
from solver.model.variables import Context, TakeOption
from solver.rules import SeriesRest

__all__ = ["add"]


def add(ctx: Context, rule: SeriesRest) -> None:
    """Demand a long rest after `count` or more flagged shifts in a row.

    What it demands
    ---------------
    When a row of flagged shifts, less than `gap_slots` between them, is over, and has `count` or
    more, the next shift starts at least `rest_slots` after its end.

    The model carries the length of the row that a shift ends, 0 after one without the flag. A
    shift may start a row afresh when nothing ends within the gap before it. For each end of a
    flagged shift and the starts too soon after it that do not go on with the row: when both are
    taken and nothing between, the row must be shorter than `count`.

    Why
    ---
    After nights in a row the body needs more than a day to turn round.

    Parameters
    ----------
    ``flag``, ``count``, ``gap_slots``, ``rest_slots``, ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    Two pins, or carry and a pin, that break the rule between pins and carry alone may do so.
    """
    carry = ctx.problem.agents[rule.agent_idx].carry
    carried = [shift for shift in ctx.shifts(rule.agent_idx) if shift.row < 0]
    places = places_of(ctx, ctx.agents[rule.agent_idx].options)
    if not places:
        return
    top = len(places) + len(carried)
    forgiven = _forgiven(ctx, rule)
    chain: list[tuple[Place, cp_model.IntVar | int]] = []
    length: cp_model.IntVar | int = _length_at_end(rule, carried)
    if carried:
        chain.append((Place((carried[-1],), carried[-1].take), length))
    for position, place in enumerate(places):
        flagged = taken_of(option for option in place.options if option.flags & rule.flag)
        for index, (other, row_length) in enumerate(chain):
            between = sum(middle.taken for middle, _ in chain[index + 1 :])
            for ending, soon in _too_soon(ctx, rule, other, place, forgiven):
                slack = 2 - taken_of(ending) - taken_of(soon) + between
                ctx.model.add(row_length <= rule.count - 1 + top * slack)
        fresh = declare_fresh(ctx, rule.gap_slots, carry, places[:position], place)
        here = ctx.model.new_int_var(0, top, f"row_{place.options[0].row}")
        ctx.model.add(here >= length - top * place.taken)
        ctx.model.add(here >= length + 1 - (top + 1) * (1 - flagged) - top * fresh)
        ctx.model.add(here >= flagged)
        chain.append((place, here))
        length = here


def _too_soon(
    ctx: Context,
    rule: SeriesRest,
    earlier: Place,
    later: Place,
    forgiven: set[tuple[int, int, int]],
) -> list[tuple[list[TakeOption], list[TakeOption]]]:
    """Return flagged shifts alike, each with the later ones that must not end their row."""
    if later.first_start >= earlier.last_end + rule.rest_slots:
        return []
    alike: dict[tuple[int, bool, int], list[TakeOption]] = {}
    for option in earlier.options:
        if option.flags & rule.flag:
            key = option.row if ctx.is_fixed(rule.agent_idx, option) else 0
            alike.setdefault((option.end, _falls_under(rule, option), key), []).append(option)
    found = []
    for (end, in_scope, _), ending in alike.items():
        soon = [
            option
            for option in later.options
            if end <= option.start < end + rule.rest_slots
            and (not option.flags & rule.flag or option.start >= end + rule.gap_slots)
            and (in_scope or _falls_under(rule, option))
            and (end, option.row, ending[0].row) not in forgiven
        ]
        if soon:
            found.append((ending, soon))
    return found


def _falls_under(rule: SeriesRest, shift: TakeOption) -> bool:
    return rule.from_slot <= shift.start < rule.end_slot


def _length_at_end(rule: SeriesRest, shifts: Sequence[TakeOption]) -> int:
    """Return the length of the row that the last of `shifts` ends."""
    length = 0
    for index, shift in enumerate(shifts):
        if not shift.flags & rule.flag:
            length = 0
        elif index and shift.start - shifts[index - 1].end < rule.gap_slots:
            length += 1
        else:
            length = 1
    return length


def _forgiven(ctx: Context, rule: SeriesRest) -> set[tuple[int, int, int]]:
    """Return end, row of the next and own row where pins and carry alone have rows long enough."""
    fixed = [s for s in ctx.shifts(rule.agent_idx) if ctx.is_fixed(rule.agent_idx, s)]
    return {
        (before.end, after.row, before.row)
        for index, (before, after) in enumerate(pairwise(fixed), start=1)
        if _length_at_end(rule, fixed[:index]) >= rule.count
    }
