"""Most shifts of a series, by a count that is carried from shift to shift."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from solver.constraints.places import declare_fresh, places_of, taken_of
from solver.model.variables import Context, TakeOption
from solver.rules import MaxSeries

__all__ = ["add"]

_Test = Callable[[TakeOption], bool]


def add(ctx: Context, rule: MaxSeries) -> None:
    """Keep the number of shifts in a series at or below a limit.

    What it demands
    ---------------
    Shifts with less than `gap_slots` between one and the next are a series; one that holds a
    flagged shift and one in the scope has at most `max_shifts`.

    The model carries the count of the current series from shift to shift, and with it whether the
    series holds a flagged shift, one in the scope, one that is neither pin nor carry. A shift may
    start a count afresh when nothing ends within the gap before it. The count may pass the limit
    only where one of these marks is missing; as marks and count only grow in a series, its last
    shift decides.

    Why
    ---
    Laws let night shifts come in short series only.

    Parameters
    ----------
    ``max_shifts``, ``gap_slots``, ``flag``, ``from_slot``, ``end_slot``.

    Forgiveness
    -----------
    A series of pins and carry alone binds nothing.
    """
    places = places_of(ctx, ctx.agents[rule.agent_idx].options)
    carry = ctx.problem.agents[rule.agent_idx].carry
    before: list[TakeOption] = []
    for shift in ctx.shifts(rule.agent_idx):
        if shift.row < 0:
            goes_on = before and shift.start - before[-1].end < rule.gap_slots
            before = [*before, shift] if goes_on else [shift]
    top = len(places) + len(before)
    if top <= rule.max_shifts:
        return
    tests = _marks(ctx, rule)
    count: cp_model.IntVar | int = len(before)
    marks: list[cp_model.IntVar | int] = [int(any(map(test, before))) for test in tests]
    for position, place in enumerate(places):
        fresh = declare_fresh(ctx, rule.gap_slots, carry, places[:position], place)
        row = place.options[0].row
        here = ctx.model.new_int_var(0, top, f"series_{row}")
        ctx.model.add(here >= count + place.taken - top * fresh)
        ctx.model.add(here >= place.taken)
        marks = [
            _mark(ctx, test, place.options, mark, fresh)
            for test, mark in zip(tests, marks, strict=True)
        ]
        missing = len(marks) - sum(marks)
        ctx.model.add(here <= rule.max_shifts + top * missing)
        count = here


def _marks(ctx: Context, rule: MaxSeries) -> list[_Test]:
    """Return what a series must hold to be bound; only what some shift lacks."""
    tests: list[_Test] = [
        lambda shift: bool(shift.flags & rule.flag) or not rule.flag,
        lambda shift: rule.from_slot <= shift.start < rule.end_slot,
        lambda shift: not ctx.is_fixed(rule.agent_idx, shift),
    ]
    shifts = ctx.shifts(rule.agent_idx)
    return [test for test in tests if not all(map(test, shifts))]


def _mark(
    ctx: Context,
    test: _Test,
    options: Sequence[TakeOption],
    before: cp_model.IntVar | int,
    fresh: cp_model.IntVar,
) -> cp_model.IntVar:
    """Return a literal that is true when the series so far holds a shift that passes the test."""
    mark = ctx.model.new_bool_var(f"mark_{options[0].row}")
    ctx.model.add(mark >= before - fresh)
    ctx.model.add(mark >= taken_of(option for option in options if test(option)))
    return mark
