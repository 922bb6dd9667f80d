"""Sundays as an agent lives them: from midnight to midnight where the agent is at noon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from scheduler.planning.clocks import minute_of
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.timeline import Place
from scheduler.timegrid.zones import clock_instant

__all__ = ["sunday"]

_NOON_MINUTE = 720


def sunday(timeline: Sequence[Place], monday: date, grid: SlotGrid) -> tuple[int, int]:
    """Return the Sunday of an ISO week in minutes since the grid's start, half-open.

    Who lives the noon of a Sunday at two places, flying west over the date line, has the first;
    who lives none, flying east over it, has no Sunday: an empty stretch.

    Parameters
    ----------
    timeline : sequence of Place
        The agent's places of work.
    monday : datetime.date
        First date of the week.
    """
    return _sunday(tuple(timeline), monday, grid)


@lru_cache(maxsize=65536)
def _sunday(timeline: tuple[Place, ...], monday: date, grid: SlotGrid) -> tuple[int, int]:
    day = monday + timedelta(days=6)
    for place in timeline:
        noon = clock_instant(day, _NOON_MINUTE, place.zone)
        if (place.start is None or place.start <= noon) and (place.end is None or noon < place.end):
            return (
                minute_of(grid, clock_instant(day, 0, place.zone)),
                minute_of(grid, clock_instant(day + timedelta(days=1), 0, place.zone)),
            )
    noon_minute = minute_of(grid, clock_instant(day, _NOON_MINUTE, timeline[-1].zone))
    return noon_minute, noon_minute
