"""Stretches of time as arrays of minutes: what shifts must not touch or what they hold of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALWAYS", "NEVER", "BoolArray", "IntArray", "MinuteArray", "Spans"]

MinuteArray = NDArray[np.int64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

_FAR = 1 << 40  # minutes; far beyond any date


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Disjoint stretches of time in order, in minutes since the horizon's start.

    Parameters
    ----------
    starts, ends : array
        Half-open stretches. The first entry is an empty one before all time, so that every minute
        has a stretch that starts at or before it.
    before : array
        Minutes in all stretches before this one.
    """

    starts: MinuteArray
    ends: MinuteArray
    before: MinuteArray

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Spans:
        """Return the union of half-open stretches given in any order; empty ones are dropped."""
        merged: list[list[int]] = [[-2 * _FAR, -2 * _FAR]]
        for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
            if start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        edges = np.array(merged, dtype=np.int64)
        lengths = edges[:, 1] - edges[:, 0]
        return cls(edges[:, 0], edges[:, 1], np.cumsum(lengths) - lengths)

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Return the stretches, in order."""
        return tuple(zip(self.starts[1:].tolist(), self.ends[1:].tolist(), strict=True))

    def minutes_in(self, start: MinuteArray, end: MinuteArray) -> MinuteArray:
        """Return how many minutes of each ``[start, end)`` lie in the stretches."""
        if len(self.starts) == 1:
            return np.zeros(len(start), dtype=np.int64)
        return self._minutes_until(end) - self._minutes_until(start)

    def touches(self, start: MinuteArray, end: MinuteArray) -> BoolArray:
        """Say of each ``[start, end)`` whether it shares a minute with the stretches."""
        return self.minutes_in(start, end) > 0

    def _minutes_until(self, minute: MinuteArray) -> MinuteArray:
        idx = np.searchsorted(self.starts, minute, side="right") - 1
        inside = np.minimum(minute, self.ends[idx]) - self.starts[idx]
        return np.asarray(self.before[idx] + inside, dtype=np.int64)


NEVER = Spans.of(())
"""No time at all."""

ALWAYS = (-_FAR, _FAR)
"""A stretch that holds every date, as a pair."""
