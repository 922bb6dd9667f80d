"""What wishes not granted cost: by shift, and by day without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from scheduler.domain import Wish
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.planning.clocks import ZoneClock
from scheduler.planning.people import AgentDays, days_that_count, matching, off_all_day
from scheduler.planning.spans import MinuteArray
from scheduler.timegrid.grid import SlotGrid

__all__ = ["open_wants", "shift_wish_points"]

_DAY = timedelta(days=1)


def open_wants(person: AgentDays, grid: SlotGrid) -> tuple[tuple[Wish, ...], ...]:
    """Return by day index the wants that ask for a shift on that day.

    They speak of dates that count and are not off for the whole day. What was worked before the
    horizon grants nothing.
    """
    wants = [wish for wish in person.wishes if wish.want]
    if not wants:
        return ((),) * person.days
    asked = zip(days_that_count(person, grid), off_all_day(person), strict=True)
    return tuple(
        tuple(
            wish for wish in wants if counts and not off and matching(wish, person.date_of(day_idx))
        )
        for day_idx, (counts, off) in enumerate(asked)
    )


def shift_wish_points(
    person: AgentDays,
    wants: Sequence[Wish],
    *,
    day: date,
    clock: ZoneClock,
    start: MinuteArray,
    end: MinuteArray,
) -> MinuteArray:
    """Return the strengths of the wishes that each shift of a day does not grant, added up.

    Parameters
    ----------
    wants : sequence of Wish
        Those that ask for a shift on that day (`open_wants`).
    day : datetime.date
        Local date on which the shifts start.
    clock : ZoneClock
        Of the place where the shifts are worked.
    start, end : array
        Shifts in minutes since the horizon's start.
    """
    points = np.zeros(len(start), dtype=np.int64)
    avoided = [wish for wish in person.wishes if not wish.want]
    if not len(start) or not (avoided or wants):
        return points
    touched = day
    while avoided and clock.edge(touched, 0) < end.max():
        for wish in avoided:
            if matching(wish, touched):
                opens, closes = clock.window(touched, wish.from_minute, wish.until_minute)
                if opens < closes:
                    points += wish.strength * ((start < closes) & (opens < end))
        touched += _DAY
    for wish in wants:
        if (wish.from_minute, wish.until_minute) != (0, MINUTES_PER_DAY):
            opens, closes = clock.window(day, wish.from_minute, wish.until_minute)
            points += wish.strength * ~((opens <= start) & (end <= closes))
    return points
