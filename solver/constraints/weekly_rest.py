"""One long rest in the window that opens with each shift, or enough of the shorter ones."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.constraints.places import Place, declare_fresh, places_of
from solver.model.variables import Context, TakeOption, weighted_sum
from solver.rules import WeeklyRest

__all__ = ["add"]

_Shifts = Sequence[tuple[int, int]]
"""Starts and ends, in order of time."""


def add(ctx: Context, rule: WeeklyRest) -> None:
    """Give every window that opens with a shift an unbroken rest.

    What it demands
    ---------------
    From the start ``s`` of each shift in the scope, carry included, ``[s, s + window_slots)``
    holds `rest_slots` slots in a row without work, or ``[s, s + or_window_slots)`` rests of
    `or_part_slots` or more that add up to `or_rest_slots`.

    The first such rest after ``s`` follows the *block* of shifts that ``s`` belongs to: shifts
    with less than the rest between one and the next. So the rule says of every block that its
    last end lies at most ``window_slots - rest_slots`` after its first start. The model carries
    the first start of the current block from shift to shift; a shift may call itself *fresh*,
    and open a block, when nothing ends within the rest before it.

    A shift may open a window without counting for its block where the shorter rests are shown to
    be enough: a length per shift that follows, at most the time to the next one and to the end of
    the window, at least a part or nothing.

    Why
    ---
    A weekly rest of a day and a half or so is law in much of the world.

    Parameters
    ----------
    ``rest_slots``, ``window_slots``, ``or_rest_slots``, ``or_window_slots``, ``or_part_slots``,
    ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    A window that opens with a pinned or carry shift and holds no rest between pins and carry
    alone binds nothing. Nor does a window that closes before the horizon.
    """
    shifts = ctx.shifts(rule.agent_idx)
    places = places_of(ctx, ctx.agents[rule.agent_idx].options)
    if not places:
        return
    carry = ctx.problem.agents[rule.agent_idx].carry
    carried = [shift for shift in shifts if shift.row < 0]
    forgiven = _forgiven_starts(ctx, rule)
    instead = _Instead(ctx, rule, [*(Place((s,), s.take) for s in carried), *places])
    span = rule.window_slots - rule.rest_slots
    never = 1 + max(max(o.start, o.end - span) for place in places for o in place.options)
    earliest = min(
        *(shift.start for shift in carried),
        *(min(o.start, o.end - span) for place in places for o in place.options),
        never,
    )
    block_start = ctx.model.new_int_var(earliest, never, f"block_before_{rule.agent_idx}")
    in_block = len(carried) - _last_block(rule, carried)
    reach = max(rule.window_slots, rule.or_window_slots)
    for index, shift in enumerate(carried):
        if not _falls_under(rule, shift) or shift.start in forgiven or shift.start + reach <= 0:
            continue
        shown = instead.shown_from(index)
        if not _rested_after(rule, carried[index:]):
            ctx.model.add(shown == 1)
        elif index >= in_block:
            ctx.model.add(block_start <= shift.start + (never - shift.start) * shown)
    for position, place in enumerate(places):
        fresh = declare_fresh(ctx, rule.rest_slots, carry, places[:position], place)
        here = ctx.model.new_int_var(earliest, never, f"block_start_{place.options[0].row}")
        ctx.model.add(here <= block_start + (never - earliest) * fresh)
        opens = [
            option
            for option in place.options
            if _falls_under(rule, option)
            and (option.row not in ctx.pins[rule.agent_idx] or option.start not in forgiven)
        ]
        if opens:
            shown = instead.shown_from(len(carried) + position)
            opened = weighted_sum((o.take, never - o.start) for o in opens)
            ctx.model.add(here <= never - opened + (never - earliest) * shown)
        ctx.model.add(
            here
            >= earliest + weighted_sum((o.take, o.end - span - earliest) for o in place.options)
        )
        block_start = here


def _falls_under(rule: WeeklyRest, shift: TakeOption) -> bool:
    return rule.from_slot <= shift.start < rule.end_slot


def _last_block(rule: WeeklyRest, carried: Sequence[TakeOption]) -> int:
    """Return how many shifts of the carry come after the last full rest in it."""
    block: list[int] = []
    for shift in carried:
        if block and shift.start - max(block) >= rule.rest_slots:
            block = []
        block.append(shift.end)
    return len(block)


def _rested_after(rule: WeeklyRest, carried: Sequence[TakeOption]) -> bool:
    """Whether the block that the first shift belongs to ends early enough, in the carry."""
    end = carried[0].end
    for shift in carried[1:]:
        if shift.start >= end + rule.rest_slots:
            break
        end = max(end, shift.end)
    return end + rule.rest_slots <= carried[0].start + rule.window_slots


def _forgiven_starts(ctx: Context, rule: WeeklyRest) -> frozenset[int]:
    """Return the starts whose windows hold too little rest even with pins and carry alone."""
    fixed = [
        (shift.start, shift.end)
        for shift in ctx.shifts(rule.agent_idx)
        if ctx.is_fixed(rule.agent_idx, shift)
    ]
    return frozenset(
        start
        for index, (start, _) in enumerate(fixed)
        if not any(
            rest >= rule.rest_slots
            for rest in _rests(fixed[index:], start, start + rule.window_slots)
        )
        and not (
            rule.or_rest_slots
            and sum(
                rest
                for rest in _rests(fixed[index:], start, start + rule.or_window_slots)
                if rest >= rule.or_part_slots
            )
            >= rule.or_rest_slots
        )
    )


def _rests(shifts: _Shifts, start: int, end: int) -> list[int]:
    rests, free_from = [], start
    for shift_start, shift_end in shifts:
        rests.append(min(shift_start, end) - free_from)
        free_from = max(free_from, shift_end)
    return [*rests, end - free_from]


class _Instead:
    """Shows, where the rule allows it, that shorter rests are enough in the longer window.

    Parameters
    ----------
    chain : sequence of Place
        The carry, shift by shift, and the places, in order of time.
    """

    def __init__(self, ctx: Context, rule: WeeklyRest, chain: Sequence[Place]) -> None:
        self._ctx, self._rule, self._chain = ctx, rule, chain
        self._next_starts: dict[int, cp_model.IntVar] = {}

    def shown_from(self, index: int) -> cp_model.IntVar | int:
        """Return a literal that may be true only if the window from that place is rested."""
        rule, model = self._rule, self._ctx.model
        if not rule.or_rest_slots:
            return 0
        opener = self._chain[index]
        until = opener.start() + rule.or_window_slots
        last = opener.options[-1].start + rule.or_window_slots
        most = max(rule.or_rest_slots, rule.or_part_slots)
        lengths = []
        for after in range(index, len(self._chain)):
            place = self._chain[after]
            if place.first_start >= last:
                break
            used = model.new_bool_var(f"part_{index}_{after}")
            length = model.new_int_var(0, most, f"part_length_{index}_{after}")
            model.add_implication(used, place.taken)
            model.add(length <= most * used)
            model.add(length >= rule.or_part_slots * used)
            end = place.end()
            model.add(length <= self._next_start(after) - end).only_enforce_if(used)
            model.add(length <= until - end).only_enforce_if(used)
            lengths.append((length, 1))
        shown = model.new_bool_var(f"shown_{index}")
        model.add(weighted_sum(lengths) >= rule.or_rest_slots * shown)
        return shown

    def _next_start(self, index: int) -> cp_model.IntVar:
        """Return a variable at most the start of the next shift after a place."""
        if index not in self._next_starts:
            place = self._chain[index]
            most = place.last_end + self._rule.or_window_slots
            start = self._ctx.model.new_int_var(place.first_start, most, f"next_start_{index}")
            for later in self._chain[index + 1 :]:
                if later.first_start < most:
                    self._ctx.model.add(start <= later.start()).only_enforce_if(later.taken)
            self._next_starts[index] = start
        return self._next_starts[index]
