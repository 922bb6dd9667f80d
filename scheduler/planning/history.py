"""Shifts before the horizon: what they mean for rest, runs of days and sums over weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from scheduler.domain import PastShift
from scheduler.labour.pack import (
    ConsecutiveDays,
    DailyRest,
    SeriesRest,
    SeriesShifts,
    WeeklyRest,
)
from scheduler.planning.breaks import pause_of
from scheduler.planning.clocks import minute_of
from scheduler.planning.law import AgentLaw
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import IntArray
from scheduler.timegrid.timeline import day_of, place_at
from solver import CarryShift

__all__ = ["HISTORY_DAYS", "Carry", "carry_of", "listed"]

HISTORY_DAYS = 16
"""Shifts that ended longer before the horizon than this bear on sums only, unless a rule of the
agent looks further back."""

_MINUTE = timedelta(minutes=1)
_MINUTES_PER_DAY = 1440
_REST_OVER_MINUTES = 2880


@dataclass(frozen=True, slots=True)
class Carry:
    """One past shift of an agent.

    Parameters
    ----------
    past : PastShift
        As it came with the input.
    shift : CarryShift
        On the slot grid, rounded outward; its day may lie before the agent's first. Paid minutes
        are exact.
    """

    past: PastShift
    shift: CarryShift


def carry_of(
    almanac: Almanac, person: AgentDays, law: AgentLaw, history: Sequence[PastShift]
) -> tuple[Carry, ...]:
    """Return an agent's past shifts, in time order.

    Its day is the local date at its start where the agent worked then. A date on which no shift
    of the horizon may start can still be a day of the horizon, where the zone's midnight and the
    horizon's do not coincide.

    Parameters
    ----------
    history : sequence of PastShift
        The agent's own.
    """
    grid, rules = almanac.grid, almanac.planning.break_rules
    ordered = sorted(history, key=lambda past: (past.start, past.end))
    start = np.array([minute_of(grid, past.start) for past in ordered], dtype=np.int64)
    end = np.array([minute_of(grid, past.end) for past in ordered], dtype=np.int64)
    paid = np.array(
        [
            (after - first) - pause_of(rules, law.breaks_at(first), after - first).unpaid_minutes
            for first, after in zip(start.tolist(), end.tolist(), strict=True)
        ],
        dtype=np.int32,
    )
    by_zone: dict[str, list[int]] = defaultdict(list)
    for idx, past in enumerate(ordered):
        by_zone[place_at(person.timeline, past.start).zone].append(idx)
    flags: IntArray = np.zeros(len(ordered), dtype=np.int32)
    for zone, rows in by_zone.items():
        flags[rows] = law.flags(
            almanac, zone, start=start[rows], end=end[rows], paid_minutes=paid[rows]
        )
    return tuple(
        Carry(
            past,
            CarryShift(
                grid.floor(past.start),
                grid.ceil(past.end),
                person.idx_of(day_of(person.timeline, past.start)),
                int(paid[idx]),
                int(flags[idx]),
            ),
        )
        for idx, past in enumerate(ordered)
    )


def listed(carry: Sequence[Carry], law: AgentLaw, almanac: Almanac) -> tuple[CarryShift, ...]:
    """Return the past shifts that can bear on a shift of the horizon by rest, runs or series.

    Those of the last `HISTORY_DAYS` days, more where a window of the law is longer, and the series
    that they continue.
    """
    reach = HISTORY_DAYS * _MINUTES_PER_DAY
    gap = 0
    for held in law.limits:
        limit = held.limit
        if isinstance(limit, WeeklyRest):
            longest = limit.window_minutes
            if limit.or_min_minutes is not None:
                longest = max(longest, limit.or_window_minutes)
            reach = max(reach, longest + _REST_OVER_MINUTES)
        elif isinstance(limit, DailyRest) and limit.reduced_minutes is not None:
            reach = max(reach, limit.reduced_window_minutes + _REST_OVER_MINUTES)
        elif isinstance(limit, ConsecutiveDays):
            reach = max(reach, limit.max_days * _MINUTES_PER_DAY + _REST_OVER_MINUTES)
        elif isinstance(limit, SeriesShifts | SeriesRest):
            gap = max(gap, limit.gap_minutes)
    oldest = almanac.grid.start - reach * _MINUTE
    first = len(carry)
    while first > 0:
        past = carry[first - 1].past
        continued = first < len(carry) and carry[first].past.start - past.end < gap * _MINUTE
        if past.end <= oldest and not continued:
            break
        first -= 1
    return tuple(own.shift for own in carry[first:])
