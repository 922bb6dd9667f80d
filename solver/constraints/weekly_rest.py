"""One long rest in the window that opens with each shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ortools.sat.python import cp_model

from solver.model.variables import Context, TakeOption, weighted_sum
from solver.problem import CarryShift
from solver.rules import WeeklyRest

__all__ = ["add"]


def add(ctx: Context, rule: WeeklyRest) -> None:
    """Give every window that opens with a shift an unbroken rest.

    What it demands
    ---------------
    From the start ``s`` of each shift, carry included, ``[s, s + window_slots)`` holds
    `rest_slots` slots in a row without work.

    The first such rest after ``s`` follows the *block* of shifts that ``s`` belongs to: shifts
    with less than the rest between one and the next. So the rule says of every block that its
    last end lies at most ``window_slots - rest_slots`` after its first start. The model carries
    the first start of the current block from shift to shift; a shift may call itself *fresh*,
    and open a block, when nothing ends within the rest before it.

    Why
    ---
    A weekly rest of a day and a half or so is law in much of the world.

    Parameters
    ----------
    ``rest_slots``, ``window_slots``.

    Forgiveness
    -----------
    A window that opens with a pinned or carry shift and holds no rest between pins and carry
    alone binds nothing. Nor does a window that closes before the horizon.
    """
    carry = ctx.problem.agents[rule.agent_idx].carry
    pinned = ctx.pinned_options(rule.agent_idx)
    fixed = [(shift.start, shift.end) for shift in carry]
    fixed += [(option.start, option.end) for option in pinned]
    forgiven = _forgiven_starts(rule, fixed)
    places = _places(ctx, ctx.agents[rule.agent_idx].options)
    if not places:
        return
    span = rule.window_slots - rule.rest_slots
    carry_start = _block_start_after(rule, carry, forgiven)
    never = 1 + max(max(o.start, o.end - span) for place in places for o in place.options)
    if carry_start is None:
        carry_start = never
    earliest = min(
        carry_start, *(min(o.start, o.end - span) for place in places for o in place.options)
    )
    block_start: cp_model.IntVar | int = carry_start
    for position, place in enumerate(places):
        fresh = _declare_fresh(ctx, rule, carry, places[:position], place)
        here = ctx.model.new_int_var(earliest, never, f"block_start_{place.options[0].row}")
        ctx.model.add(here <= block_start + (never - earliest) * fresh)
        opens = [
            option
            for option in place.options
            if option.row not in ctx.pins[rule.agent_idx] or option.start not in forgiven
        ]
        ctx.model.add(here <= never - weighted_sum((o.take, never - o.start) for o in opens))
        ctx.model.add(
            here
            >= earliest + weighted_sum((o.take, o.end - span - earliest) for o in place.options)
        )
        block_start = here


@dataclass(frozen=True, slots=True)
class _Place:
    """Options of one day that no option of another day starts between, and whether one is taken.

    Normally all options of the day; less only where a change of zone makes days interlock.
    """

    options: tuple[TakeOption, ...]
    taken: cp_model.IntVar

    @property
    def first_start(self) -> int:
        return self.options[0].start

    @property
    def last_end(self) -> int:
        return max(option.end for option in self.options)


def _places(ctx: Context, options: Sequence[TakeOption]) -> list[_Place]:
    ordered = sorted(options, key=lambda option: (option.start, option.day, option.row))
    places = []
    for _, run in groupby(ordered, key=lambda option: option.day):
        members = tuple(run)
        if len(members) == 1:
            taken = members[0].take
        else:
            taken = ctx.model.new_bool_var(f"place_{members[0].row}")
            ctx.model.add_exactly_one([*(option.take for option in members), ~taken])
        places.append(_Place(members, taken))
    return places


def _declare_fresh(
    ctx: Context,
    rule: WeeklyRest,
    carry: Sequence[CarryShift],
    before: Sequence[_Place],
    place: _Place,
) -> cp_model.IntVar:
    """Return a literal that may be true only if `place` is worked and a full rest lies before."""
    fresh = ctx.model.new_bool_var(f"fresh_{place.options[0].row}")
    ctx.model.add_implication(fresh, place.taken)
    rested_from = max((shift.end for shift in carry), default=place.first_start) + rule.rest_slots
    for option in place.options:
        if carry and option.start < rested_from:
            ctx.model.add_implication(fresh, ~option.take)
    start = weighted_sum((option.take, option.start) for option in place.options)
    for other in before:
        if other.last_end + rule.rest_slots > place.first_start:
            end = weighted_sum((option.take, option.end) for option in other.options)
            ctx.model.add(start - end >= rule.rest_slots).only_enforce_if(fresh, other.taken)
    return fresh


def _forgiven_starts(rule: WeeklyRest, fixed: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return the starts whose window holds no rest even with the fixed shifts alone."""
    forgiven = set()
    for start, end in fixed:
        for later_start, later_end in sorted(fixed):
            if start <= later_start < end + rule.rest_slots:
                end = max(end, later_end)
        if end + rule.rest_slots > start + rule.window_slots:
            forgiven.add(start)
    return frozenset(forgiven)


def _block_start_after(
    rule: WeeklyRest, carry: Sequence[CarryShift], forgiven: frozenset[int]
) -> int | None:
    """Return the first start that counts of the block the carry ends with, None if there is none.

    Starts that are forgiven, or whose window closes before the horizon, do not count.
    """
    block_start: int | None = None
    last_end: int | None = None
    for shift in sorted(carry, key=lambda shift: shift.start):
        if last_end is not None and shift.start - last_end >= rule.rest_slots:
            block_start = None
        counts = shift.start not in forgiven and shift.start + rule.window_slots > 0
        if block_start is None and counts:
            block_start = shift.start
        last_end = shift.end if last_end is None else max(last_end, shift.end)
    return block_start
