"""From replications to means with confidence intervals.

Counts are means over replications with Student's t. Shares and means per contact are ratios of sums
over all replications, so that a quiet replication does not weigh as much as a busy one; their
variance comes from the residuals of the ratio (the delta method), again with Student's t. Shares of
contacts have Wilson's interval with that variance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from scheduler.staffing.rows import Floats
from scheduler.staffing.simulate_run import Contacts, Replay
from scheduler.staffing.simulate_world import Desks, Ints, World

__all__ = ["Estimate", "Outcome", "Tally", "sums_of"]

Bools = NDArray[np.bool_]
Sums = Mapping[str, Floats]
_COUNTS = ("offered", "answered", "answered_in_time", "abandoned", "turned_away", "pending")
_MEANS = (*_COUNTS, "longest_wait_s", "agent_hours")
_RATIOS = {
    "service_level": ("in_target", "decided"),
    "service_level_excl_short_abandons": ("in_target", "decided_excl_short"),
    "abandon_share": ("abandoned", "offered"),
    "mean_wait_s": ("wait_s", "offered"),
    "occupancy": ("busy_s", "present_s"),
    "late_share": ("late", "fell_due"),
}
_SHARES_OF_CONTACTS = (
    "service_level",
    "service_level_excl_short_abandons",
    "abandon_share",
    "late_share",
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its confidence interval.

    Parameters
    ----------
    mean : float or None
        None where there is nothing to divide by, such as the service level without contacts.
    low, high : float or None
        None after a single replication.
    """

    mean: float | None
    low: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the interval, its ends included."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Outcome:
    """What customers and agents get to feel; counts are means per replication.

    Parameters
    ----------
    offered : Estimate
        Contacts that could be answered: inside the queue's hours, or kept until it opened.
    answered, answered_in_time : Estimate
        Taken by an agent; in time is within the target, or done by the deadline.
    abandoned, turned_away, pending : Estimate
        Hung up; lost because the queue was closed (not among those offered); neither answered nor
        hung up at the end of the horizon.
    service_level : Estimate
        Answered within the target time, as a share of all that were offered. Contacts at the end of
        the horizon that have not waited so long yet do not count. None for work with a deadline.
    service_level_excl_short_abandons : Estimate
        The same, as a share of those offered that did not hang up within the target time.
    abandon_share : Estimate
        Hung up, as a share of those offered.
    mean_wait_s, longest_wait_s : Estimate
        Over all that were offered: until answered, hung up, or the end of the horizon. The longest
        is the mean of the replications' longest.
    occupancy : Estimate
        Share of their time that agents assigned to the queue handle contacts, whatever queue these
        are of.
    late_share : Estimate
        Deferrable work not done by its deadline, as a share of what fell due or was done.
    agent_hours : Estimate
        Hours that agents assigned to the queue were there.
    """

    offered: Estimate
    answered: Estimate
    answered_in_time: Estimate
    abandoned: Estimate
    turned_away: Estimate
    pending: Estimate
    service_level: Estimate
    service_level_excl_short_abandons: Estimate
    abandon_share: Estimate
    mean_wait_s: Estimate
    longest_wait_s: Estimate
    occupancy: Estimate
    late_share: Estimate
    agent_hours: Estimate


def sums_of(world: World, contacts: Contacts, desks: Desks, done: Replay) -> dict[str, Floats]:
    """Return the sums of one replication by queue and hour of the horizon.

    Contacts belong to the hour from which they could be answered, time to the hour in which it is.

    Returns
    -------
    dict of str to array of float, shape (queues + 1, hours)
        The last row is duty without an activity.
    """
    hours = world.hours
    shape = (len(world.streams) + 1, hours)
    stream, since = contacts.stream, contacts.since_s
    place = stream * hours + (since // 3600).astype(np.int64)

    def count(what: Floats | Bools, at: Ints | None = None) -> Floats:
        where = place if at is None else at
        found = np.bincount(where, weights=what, minlength=shape[0] * hours)
        return np.asarray(found, dtype=np.float64).reshape(shape)

    answered = np.isfinite(done.answered_s)
    gone = ~answered & (contacts.leaves_s < world.seconds)
    pending = ~answered & ~gone
    until = np.where(answered, done.answered_s, np.minimum(contacts.leaves_s, world.seconds))
    wait = until - since
    deferred = np.isfinite(contacts.due_s)
    target = np.array([own.target_s for own in world.streams], dtype=np.float64)[stream]
    quick = wait <= target
    slow = np.append(desks.slowness, 1.0)[done.desk]
    finished = done.answered_s + contacts.work_s * slow
    kept = deferred & (finished <= contacts.due_s)
    late = deferred & ~kept & (answered | (contacts.due_s <= world.seconds))
    decided = ~deferred & ~(pending & quick)
    in_target = ~deferred & answered & quick
    longest = np.zeros(shape[0] * hours)
    np.maximum.at(longest, place, wait)
    away = contacts.turned_away_stream * hours + (contacts.turned_away_s // 3600).astype(np.int64)
    busy_s, present_s = _time(world, contacts, desks, finished, done)
    return {
        "offered": count(np.ones(stream.size)),
        "answered": count(answered),
        "answered_in_time": count(in_target | kept),
        "abandoned": count(gone),
        "turned_away": count(np.ones(away.size), away),
        "pending": count(pending),
        "in_target": count(in_target),
        "decided": count(decided),
        "decided_excl_short": count(decided & ~(gone & quick)),
        "wait_s": count(wait),
        "longest_wait_s": longest.reshape(shape),
        "late": count(late),
        "fell_due": count(late | kept),
        "busy_s": busy_s,
        "present_s": present_s,
        "agent_hours": present_s / 3600,
    }


def _time(
    world: World, contacts: Contacts, desks: Desks, finished: Floats, done: Replay
) -> tuple[Floats, Floats]:
    """Return seconds that agents were busy and there, by their assigned queue and hour.

    A contact counts for the duties through which it lasts; what lasts past the end of the shift, or
    into a break, is in neither.
    """
    shape = (len(world.streams) + 1, world.hours)
    assigned = np.array([own.assigned for own in world.routes] or [-1], dtype=np.int64)
    row = assigned % shape[0]  # without an activity: the last one
    busy, present = np.zeros(shape), np.zeros(shape)
    _spread(present, row[desks.route], desks.start_s, desks.end_s, np.ones(desks.agent.size))
    taken = np.flatnonzero(done.desk >= 0)
    desk, start, end = done.desk[taken], done.answered_s[taken], finished[taken]
    share = np.array([own.share for own in world.streams], dtype=np.float64) / world.capacity
    weight = share[contacts.stream[taken]]
    size = desks.agent.size
    while desk.size:
        first = np.maximum(start, desks.start_s[desk])
        after = np.minimum(end, desks.end_s[desk])
        _spread(busy, row[desks.route[desk]], first, after, weight)
        going = np.flatnonzero((end > desks.end_s[desk]) & (desk + 1 < size))
        same = desks.agent[desk[going]] == desks.agent[desk[going] + 1]
        going = going[same]
        going = going[desks.start_s[desk[going] + 1] < end[going]]
        desk, start, end, weight = desk[going] + 1, start[going], end[going], weight[going]
    return busy, present


def _spread(into: Floats, row: Ints, start: Floats, end: Floats, weight: Floats) -> None:
    """Add the seconds of spans to the hours in which they lie."""
    hours = into.shape[1]
    flat = into.reshape(-1)
    while start.size:
        hour = (start // 3600).astype(np.int64)
        until = np.minimum(end, (hour + 1) * 3600.0)
        added = np.bincount(
            row * hours + hour, weights=(until - start) * weight, minlength=flat.size
        )
        flat += added
        left = np.flatnonzero((until < end) & (hour + 1 < hours))
        row, start, end, weight = row[left], until[left], end[left], weight[left]


class Tally:
    """Running sums over replications, from which estimates are made; memory does not grow."""

    def __init__(self) -> None:
        self.replications = 0
        self._sums: dict[str, Floats] = {}
        self._products: dict[tuple[str, str], Floats] = {}

    def add(self, sums: Sums) -> None:
        """Add the sums of one replication; all of one shape."""
        self.replications += 1
        for name, values in sums.items():
            self._sums[name] = self._sums.get(name, 0.0) + values
        pairs = {(name, name) for name in _MEANS}
        for one, other in _RATIOS.values():
            pairs |= {(one, one), (one, other), (other, other)}
        for one, other in pairs:
            before = self._products.get((one, other), 0.0)
            self._products[one, other] = before + sums[one] * sums[other]

    def outcomes(self, confidence: float) -> Iterator[tuple[tuple[int, ...], Outcome]]:
        """Yield an outcome for each place in the arrays.

        Parameters
        ----------
        confidence : float
            Of the intervals, above 0 and below 1.
        """
        columns = {name: self._mean(name, confidence) for name in _MEANS}
        columns |= {name: self._ratio(name, confidence) for name in _RATIOS}
        names = [field.name for field in fields(Outcome)]
        shape = np.shape(self._sums["offered"])
        flat = [
            [
                _estimates(bound)
                for bound in zip(*(side.ravel() for side in columns[name]), strict=True)
            ]
            for name in names
        ]
        for place, row in zip(np.ndindex(shape), zip(*flat, strict=True), strict=True):
            yield place, Outcome(*row)

    def _mean(self, name: str, confidence: float) -> tuple[Floats, Floats, Floats]:
        total, squares = self._sums[name], self._products[name, name]
        mean = total / self.replications
        reach = self._quantile(confidence) * self._error(squares - mean * total)
        return mean, np.maximum(mean - reach, 0.0), mean + reach

    def _ratio(self, name: str, confidence: float) -> tuple[Floats, Floats, Floats]:
        one, other = _RATIOS[name]
        above, below = self._sums[one], self._sums[other]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(below > 0, above / below, np.nan)
            squares = (
                self._products[one, one]
                - 2 * mean * self._products[one, other]
                + mean * mean * self._products[other, other]
            )
            error = self._error(squares) / (below / self.replications)
            quantile = self._quantile(confidence)
            if name in _SHARES_OF_CONTACTS:
                return mean, *_wilson(mean, error, below, quantile)
            low, high = np.maximum(mean - quantile * error, 0.0), mean + quantile * error
        return mean, low, np.minimum(high, 1.0) if name == "occupancy" else high

    def _error(self, squares: Floats) -> Floats:
        """Return the standard error of a mean from the sum of its squared residuals."""
        variance = np.maximum(squares, 0.0) / max(self.replications - 1, 1)
        return np.asarray(np.sqrt(variance / self.replications))

    def _quantile(self, confidence: float) -> float:
        if self.replications < 2:
            return math.nan
        from scipy.special import stdtrit  # type: ignore[import-untyped]

        return float(stdtrit(self.replications - 1, (1 + confidence) / 2))


def _wilson(
    share: Floats, error: Floats, contacts: Floats, quantile: float
) -> tuple[Floats, Floats]:
    """Return an interval for a share of contacts that do not fare independently.

    Wilson's interval for the number of independent contacts that would have the same standard
    error, at most as many as there were. Near 0 and 1 an interval that reaches as far up as down is
    too short where it matters, and of no length where all contacts were in time.
    """
    spread = share * (1 - share)
    alone = np.where(error > 0, np.minimum(spread / (error * error), contacts), contacts)
    by_one = quantile * quantile / alone
    middle = (share + by_one / 2) / (1 + by_one)
    reach = np.sqrt(by_one * (spread + by_one / 4)) / (1 + by_one)
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)


def _estimates(bounds: tuple[float, float, float]) -> Estimate:
    mean, low, high = (None if math.isnan(bound) else float(bound) for bound in bounds)
    return Estimate(mean, low, high)
