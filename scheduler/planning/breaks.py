"""Breaks and paid time by the company's break rules and by law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scheduler.domain import BreakRule
from scheduler.planning.spans import BoolArray, IntArray, MinuteArray
from scheduler.timegrid.grid import SLOT_MINUTES

__all__ = ["BreakDemand", "BreakWindows", "Pause", "break_rule", "break_windows", "pause_of"]


@dataclass(frozen=True, slots=True)
class BreakDemand:
    """A break that the law demands.

    Parameters
    ----------
    over_minutes : int
        Shifts with more than this besides their break need one.
    min_minutes : int
        Least length of the break.
    within_minutes : int, optional
        The break begins no later than so long after the shift's start.
    start, end : int
        Scope in minutes since the horizon's start: it holds for shifts that start within.
    """

    over_minutes: int
    min_minutes: int
    within_minutes: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The break of a shift.

    Parameters
    ----------
    minutes : int
        Its length, 0 for none.
    paid : bool
        Whether it counts as paid time.
    margin_minutes : int
        Least time from the shift's start to the break and from the break to its end.
    within_minutes : int, optional
        Latest start of the break after the shift's start; stronger than the margin.
    fits : bool
        False where the shift is too short for the break that the law demands.
    """

    minutes: int = 0
    paid: bool = False
    margin_minutes: int = 0
    within_minutes: int | None = None
    fits: bool = True

    @property
    def unpaid_minutes(self) -> int:
        """Time of the break that is not paid."""
        return 0 if self.paid else self.minutes


def break_rule(rules: Sequence[BreakRule], elapsed_minutes: int) -> BreakRule | None:
    """Return the one rule that applies to a shift: the largest `over_minutes` below its length."""
    applying = [rule for rule in rules if rule.over_minutes < elapsed_minutes]
    return max(applying, key=lambda rule: rule.over_minutes, default=None)


@lru_cache(maxsize=65536)
def pause_of(
    rules: tuple[BreakRule, ...], demands: tuple[BreakDemand, ...], elapsed_minutes: int
) -> Pause:
    """Return the break of a shift: the company's, or the law's where that is longer.

    Parameters
    ----------
    rules : tuple of BreakRule
        The company's.
    demands : tuple of BreakDemand
        Those the shift falls under, whatever their scope says.

    References
    ----------
    ``docs/law.md``, "Breaks". A break with which nothing of the shift would be left is not given.
    """
    rule = break_rule(rules, elapsed_minutes)
    own = 0 if rule is None else rule.break_minutes
    margin = 0 if rule is None else rule.margin_minutes
    least = 0
    while any(
        demand.over_minutes < elapsed_minutes - least and demand.min_minutes > least
        for demand in demands
    ):
        least += SLOT_MINUTES
    fits = least <= own or (
        least < elapsed_minutes and least + 2 * margin <= elapsed_minutes
    )  # the company's rules are known to fit
    length = max(own, least) if least < elapsed_minutes else own
    within = min(
        (
            demand.within_minutes
            for demand in demands
            if demand.within_minutes is not None and demand.over_minutes < elapsed_minutes - length
        ),
        default=None,
    )
    return Pause(length, rule is not None and rule.paid, margin, within, fits)


@dataclass(frozen=True, slots=True, eq=False)
class BreakWindows:
    """Break and paid time of many shifts, one entry each.

    Parameters
    ----------
    paid_minutes : array
        Elapsed minutes less an unpaid break.
    break_slots : array
        Length of the break, 0 for none.
    break_from, break_until : array
        Earliest and latest slot at which it may start, both inclusive; -1 without break.
    too_short : array
        True where the shift is too short for the break that the law demands.
    """

    paid_minutes: IntArray
    break_slots: IntArray
    break_from: IntArray
    break_until: IntArray
    too_short: BoolArray


def break_windows(
    rules: Sequence[BreakRule],
    demands: Sequence[BreakDemand],
    start: MinuteArray,
    end: MinuteArray,
) -> BreakWindows:
    """Return break and paid time of shifts given in minutes since the horizon's start.

    A break starts on a slot. A pin that starts off the grid may leave no slot within the margins:
    its break then starts on the last slot that keeps the margin at the end.
    """
    elapsed = end - start
    under = np.zeros(len(start), dtype=np.int64)  # one bit for each demand a shift falls under
    for bit, demand in enumerate(demands):
        under |= ((demand.start <= start) & (start < demand.end)).astype(np.int64) << bit
    kinds, inverse = np.unique(elapsed << len(demands) | under, return_inverse=True)
    pauses = [
        pause_of(
            tuple(rules),
            tuple(demand for bit, demand in enumerate(demands) if kind >> bit & 1),
            kind >> len(demands),
        )
        for kind in kinds.tolist()
    ]

    def of_each(values: list[int]) -> MinuteArray:
        return np.array(values, dtype=np.int64)[inverse]

    length = of_each([pause.minutes for pause in pauses])
    margin = of_each([pause.margin_minutes for pause in pauses])
    far = int(elapsed.max(initial=0))
    within = of_each(
        [far if pause.within_minutes is None else pause.within_minutes for pause in pauses]
    )
    first = -(-start // SLOT_MINUTES)
    latest = np.minimum((end - margin - length) // SLOT_MINUTES, (start + within) // SLOT_MINUTES)
    latest = np.maximum(latest, first)
    earliest = np.minimum(-((-start - margin) // SLOT_MINUTES), latest)
    return BreakWindows(
        (elapsed - of_each([pause.unpaid_minutes for pause in pauses])).astype(np.int32),
        (length // SLOT_MINUTES).astype(np.int32),
        np.where(length > 0, earliest, -1).astype(np.int32),
        np.where(length > 0, latest, -1).astype(np.int32),
        ~of_each([pause.fits for pause in pauses]).astype(np.bool_),
    )
