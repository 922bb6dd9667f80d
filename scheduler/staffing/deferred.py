"""E-mail and other work that may wait: as few agents at a time as its deadlines allow.

Work that arrives in an interval may be done in it or later, first come first served, and all of it
must be done by a deadline. Of every window of intervals, what both arrives and falls due inside
must fit in; these conditions are sufficient as well (earliest deadline first then is in time).

`levelled_agents` begins with the least number that the windows around each interval ask for, which
is enough everywhere, and takes agents away where people are busiest otherwise, four stints at a
time, then two, then one, as long as every window still holds its work. So no figure exceeds the
least possible peak, the work moves into quiet hours, and what is left can be lowered neither for a
whole stint nor at the end of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.staffing.rows import Floats

__all__ = ["Work", "backlog", "least_peak", "levelled_agents"]

Counts = NDArray[np.int64]
_SLACK = 1e-7  # agents through one interval: what sums of floats may lose
_MOST_LEVELS = 50


@dataclass(frozen=True, slots=True)
class Work:
    """Work that may be done from interval `first` to interval `last`, both included.

    Parameters
    ----------
    agents : float
        Amount, in agents through one interval; with shrinkage, so that nothing is rounded twice.
    """

    first: int
    last: int
    agents: float


def least_peak(work: Sequence[float], reach: int) -> float:
    """Return the least number of agents, the same all the time, that keeps every deadline.

    Parameters
    ----------
    work : sequence of float
        Work arriving at the start of each interval, in agents through one interval.
    reach : int
        Intervals until the deadline, that of arrival among them, 1 or more. The last deadline may
        lie after the last interval.

    Returns
    -------
    float
        Not rounded: the greatest ``sum of work s..t / (t - s + reach)`` over all ``s <= t``.
    """
    arrived = np.concatenate(([0.0], np.cumsum(np.asarray(work, dtype=np.float64))))
    most, count = 0.0, len(work)
    for start in range(count):
        spans = np.arange(reach, count - start + reach)
        most = max(most, float(((arrived[start + 1 :] - arrived[start]) / spans).max()))
    return most


def backlog(work: Sequence[float], agents: Sequence[int] | int) -> list[float]:
    """Return the work left over at the end of each interval.

    Parameters
    ----------
    work : sequence of float
        Work arriving at the start of each interval, in any unit.
    agents : sequence of int, or int
        What is done per interval at most, in the same unit.
    """
    done = [agents] * len(work) if isinstance(agents, int) else agents
    left, found = 0.0, []
    for arriving, most in zip(work, done, strict=True):
        left = max(0.0, left + arriving - most)
        found.append(left)
    return found


def levelled_agents(
    count: int, work: Sequence[Work], busy: Sequence[float] | None = None, *, stint: int = 1
) -> list[int]:
    """Return whole agents per interval that do all work in time, with the least peak.

    Parameters
    ----------
    count : int
        Number of intervals.
    work : sequence of Work
        In the order of arrival; of two pieces the later one is due no earlier.
    busy : sequence of float, optional
        How many agents the same people's other queues need, per interval; deferrable work goes
        where that is least.
    stint : int
        Intervals that an agent should stay: agents are taken away for so many in a row at least.

    Returns
    -------
    list of int
        Agents per interval.

    Raises
    ------
    ValueError
        If an amount is negative or not a number, or a piece is out of place.
    """
    _refuse(count, work)
    if not any(piece.agents for piece in work):
        return [0] * count
    released, due = np.zeros(count), np.zeros(count)
    for piece in work:
        released[piece.first] += piece.agents
        due[piece.last] += piece.agents
    released, due = np.cumsum(released), np.cumsum(due)
    agents = np.ceil(_least_by_window(released, due) - _SLACK).astype(np.int64)
    others = np.zeros(count) if busy is None else np.asarray(busy, dtype=np.float64)
    top = math.ceil(float((others + agents).max()))
    levels = [*range(top, 0, -(1 + top // _MOST_LEVELS)), 0]
    blocks = [(4 * stint, 0), (2 * stint, 0), *((stint, offset) for offset in range(stint))]
    for block, offset in blocks:
        for level in levels:
            above = others + agents - level
            if ((above > 0) & (agents > 0)).any():
                _take_away(agents, above, block, released, due, offset=offset)
    _trim(agents, released, due)
    return [int(number) for number in agents]


def _refuse(count: int, work: Sequence[Work]) -> None:
    before = Work(0, 0, 0.0)
    for row, piece in enumerate(work):
        if not 0 <= piece.agents < math.inf:
            raise ValueError(f"work in row {row} must be 0 or more, not {piece.agents:g}")
        if not before.first <= piece.first <= piece.last < count or piece.last < before.last:
            raise ValueError(
                f"work in row {row} must lie within the {count} intervals and be due after it "
                f"arrives, in the order of arrival: not {piece.first} to {piece.last}"
            )
        before = piece


def _least_by_window(released: Floats, due: Floats) -> Floats:
    """Return for each interval the densest of the windows around it: work inside by length."""
    count = released.size
    before = np.concatenate(([0.0], released[:-1]))
    densest = np.zeros(count)
    lengths = np.arange(1.0, count + 1.0)
    for start in range(count):
        inside = (due[start:] - before[start]) / lengths[: count - start]
        inside = np.maximum.accumulate(inside[::-1])[::-1]
        np.maximum(densest[start:], inside, out=densest[start:])
    return densest


def _trim(agents: Counts, released: Floats, due: Floats) -> None:
    """Take away what no work needs at either end of a stretch, interval by interval."""
    before = -1
    while before != agents.sum():
        before = int(agents.sum())
        padded = np.concatenate(([0], agents, [0]))
        edge = np.maximum(agents - np.minimum(padded[:-2], padded[2:]), 0).astype(np.float64)
        _take_away(agents, edge, 1, released, due)


def _take_away(
    agents: Counts, above: Floats, block: int, released: Floats, due: Floats, *, offset: int = 0
) -> None:
    """Take from each block of intervals the agents above the level that it can spare.

    Blocks are counted from `offset`, the latest come first. The least slack of the windows around
    an interval is the least ``capacity until t - due`` with t from it on, less the greatest
    ``capacity until s - released`` with s before it.
    """
    capacity = np.cumsum(agents)
    spare = capacity - due
    until = spare.tolist()
    ahead = np.maximum.accumulate(np.concatenate(([0.0], capacity - released)))[:-1].tolist()
    starts = np.arange(offset, agents.size, block)
    if offset:
        starts = np.concatenate(([0], starts))
    lengths = np.diff(np.append(starts, agents.size))
    most = np.minimum(
        np.ceil(np.add.reduceat(above, starts) / lengths), np.minimum.reduceat(agents, starts)
    )
    least = np.minimum.reduceat(spare, starts)[::-1].tolist()
    slack = math.inf
    for start, length, taken, nearest in zip(
        starts[::-1].tolist(),
        lengths[::-1].tolist(),
        most[::-1].astype(int).tolist(),
        least,
        strict=True,
    ):
        places = range(start + length - 1, start - 1, -1)
        while taken > 0:
            after = _slack_after(taken, slack, places, until, ahead)
            if after is not None:
                agents[start : start + length] -= taken
                slack = after
                break
            taken //= 2
        else:
            slack = min(slack, nearest)


def _slack_after(
    taken: int, slack: float, places: range, until: Sequence[float], ahead: Sequence[float]
) -> float | None:
    """Return the slack that is left when so many are taken from each place, None if they lack."""
    for idx in places:
        slack = min(slack, until[idx])
        if slack - ahead[idx] < taken - _SLACK:
            return None
        slack -= taken
    return slack
