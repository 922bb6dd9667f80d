"""Breaks and paid time by the planning's break rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.domain import BreakRule
from scheduler.planning.spans import IntArray, MinuteArray
from scheduler.timegrid.grid import SLOT_MINUTES

__all__ = ["BreakWindows", "break_rule", "break_windows", "paid_minutes"]


def break_rule(rules: Sequence[BreakRule], elapsed_minutes: int) -> BreakRule | None:
    """Return the one rule that applies to a shift: the largest `over_minutes` below its length."""
    applying = [rule for rule in rules if rule.over_minutes < elapsed_minutes]
    return max(applying, key=lambda rule: rule.over_minutes, default=None)


def paid_minutes(rules: Sequence[BreakRule], elapsed_minutes: int) -> int:
    """Return elapsed minutes less the break, when that is unpaid."""
    rule = break_rule(rules, elapsed_minutes)
    return elapsed_minutes - (0 if rule is None or rule.paid else rule.break_minutes)


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
    """

    paid_minutes: IntArray
    break_slots: IntArray
    break_from: IntArray
    break_until: IntArray


def break_windows(rules: Sequence[BreakRule], start: MinuteArray, end: MinuteArray) -> BreakWindows:
    """Return break and paid time of shifts given in minutes since the horizon's start.

    A break starts on a slot. A pin that starts off the grid may leave no slot within the margins:
    its break then starts on the last slot that keeps the margin at the end.
    """
    elapsed = end - start
    lengths, inverse = np.unique(elapsed, return_inverse=True)
    applying = [break_rule(rules, int(length)) for length in lengths]
    has_break = np.array([rule is not None for rule in applying], dtype=np.bool_)[inverse]
    length = np.array([rule.break_minutes if rule else 0 for rule in applying])[inverse]
    margin = np.array([rule.margin_minutes if rule else 0 for rule in applying])[inverse]
    paid = np.array([paid_minutes(rules, int(length)) for length in lengths])[inverse]
    latest = (end - margin - length) // SLOT_MINUTES
    earliest = np.minimum(-((-start - margin) // SLOT_MINUTES), latest)
    return BreakWindows(
        paid.astype(np.int32),
        (length // SLOT_MINUTES).astype(np.int32),
        np.where(has_break, earliest, -1).astype(np.int32),
        np.where(has_break, latest, -1).astype(np.int32),
    )
