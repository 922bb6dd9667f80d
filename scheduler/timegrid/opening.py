"""When a queue is open: by weekday, or as on the customers' public holidays."""

from __future__ import annotations

from datetime import date

from scheduler.domain import Queue
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.timegrid.holidays import is_public_holiday

__all__ = ["keeps_holiday", "opening_on"]

_WHOLE_DAY = ((0, MINUTES_PER_DAY),)


def keeps_holiday(queue: Queue, day: date) -> bool:
    """Return whether a local date of the queue's zone is a public holiday that changes its hours.

    Raises
    ------
    UnknownSubdivisionError
        If the public holidays of the queue's subdivision are not known (intake refuses it).
    """
    return (
        queue.holiday_opening is not None
        and queue.country is not None
        and is_public_holiday(day, queue.country, queue.subdivision)
    )


def opening_on(queue: Queue, day: date) -> tuple[tuple[int, int], ...]:
    """Return the clock ranges in which a queue is open on a local date of its zone.

    Parameters
    ----------
    queue : Queue
        Its weekly hours (none: always open) and those of the customers' public holidays.
    day : datetime.date
        The date by the clock of the queue's zone.

    Returns
    -------
    tuple of (int, int)
        Minutes since local midnight, half-open, in the order in which they were given; they may
        overlap. Empty when the queue is closed all day.

    Raises
    ------
    UnknownSubdivisionError
        As `keeps_holiday`.
    """
    if queue.holiday_opening is not None and keeps_holiday(queue, day):
        return queue.holiday_opening
    if not queue.opening:
        return _WHOLE_DAY
    weekday = day.isoweekday()
    return tuple(
        (hours.from_minute, hours.until_minute)
        for hours in queue.opening
        if weekday in hours.weekdays
    )
