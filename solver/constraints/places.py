"""Shifts as a chain in time: places where one may be worked, and where a chain starts afresh."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ortools.sat.python import cp_model

from solver.model.variables import Context, TakeOption, weighted_sum
from solver.problem import CarryShift

__all__ = ["Place", "declare_fresh", "places_of", "taken_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """Options of one day that no option of another day starts between, and whether one is taken.

    Normally all options of the day; less only where a change of zone makes days interlock.
    """

    options: tuple[TakeOption, ...]
    taken: cp_model.IntVar

    @property
    def first_start(self) -> int:
        """Earliest start of its options."""
        return self.options[0].start

    @property
    def last_end(self) -> int:
        """Latest end of its options."""
        return max(option.end for option in self.options)

    def start(self) -> cp_model.LinearExpr:
        """Return the start of the shift taken, 0 without one."""
        return weighted_sum((option.take, option.start) for option in self.options)

    def end(self) -> cp_model.LinearExpr:
        """Return the end of the shift taken, 0 without one."""
        return weighted_sum((option.take, option.end) for option in self.options)


def places_of(ctx: Context, options: Sequence[TakeOption]) -> list[Place]:
    """Return the places of an agent's options in order of time; shifts of the carry stand alone."""
    ordered = sorted(options, key=lambda option: (option.start, option.day, option.row))
    places = []
    for (carried, _), run in groupby(ordered, key=lambda option: (option.row < 0, option.day)):
        members = tuple(run)
        if carried or len(members) == 1:
            places += [Place((member,), member.take) for member in members]
        else:
            taken = ctx.model.new_bool_var(f"place_{members[0].row}")
            ctx.model.add_exactly_one([*(option.take for option in members), ~taken])
            places.append(Place(members, taken))
    return places


def taken_of(options: Iterable[TakeOption]) -> cp_model.LinearExpr:
    """Return how many of `options` are taken."""
    return weighted_sum((option.take, 1) for option in options)


def declare_fresh(
    ctx: Context,
    rest_slots: int,
    carry: Sequence[CarryShift],
    before: Sequence[Place],
    place: Place,
) -> cp_model.IntVar:
    """Return a literal that may be true only if `place` is worked and a full rest lies before.

    Parameters
    ----------
    rest_slots : int
        The full rest.
    carry : sequence of CarryShift
        The agent's carry.
    before : sequence of Place
        The places ahead of `place`, without the carry.
    """
    fresh = ctx.model.new_bool_var(f"fresh_{place.options[0].row}")
    ctx.model.add_implication(fresh, place.taken)
    rested_from = max((shift.end for shift in carry), default=place.first_start) + rest_slots
    for option in place.options:
        if carry and option.start < rested_from:
            ctx.model.add_implication(fresh, ~option.take)
    for other in before:
        if other.last_end + rest_slots > place.first_start:
            rest = place.start() - other.end()
            ctx.model.add(rest >= rest_slots).only_enforce_if(fresh, other.taken)
    return fresh
