"""Newcomers count by what they get done: productivity by weeks in the job."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

__all__ = ["DEFAULT_RAMP_UP", "WEEKS_PER_STEP", "effective_agents", "heads_for", "productivity"]

WEEKS_PER_STEP = 4
"""Weeks in the job for which one figure of a ramp-up table holds."""

DEFAULT_RAMP_UP = (53, 58, 62, 67, 72, 77, 81, 86, 91, 95)
"""Percent of a seasoned agent, per four weeks in the job; 100 after these forty weeks.

The published figures are 53 % in the first month of production and 100 % after 8 to 12 months; the
straight line between them is ours.
"""


def productivity(
    started_on: date | None, day: date, ramp_up: Sequence[int] = DEFAULT_RAMP_UP
) -> Fraction:
    """Return what an agent gets done on a day, as a share of a seasoned one.

    Parameters
    ----------
    started_on : datetime.date, optional
        First day in the job after training; None is a seasoned agent.
    day : datetime.date
        The day asked for; before `started_on` the share is 0.
    ramp_up : sequence of int
        Percent per four weeks in the job; 100 from there on.
    """
    if started_on is None:
        return Fraction(1)
    if day < started_on:
        return Fraction(0)
    step = (day - started_on).days // (7 * WEEKS_PER_STEP)
    return Fraction(ramp_up[step], 100) if step < len(ramp_up) else Fraction(1)


def effective_agents(
    started_on: Sequence[date | None], day: date, ramp_up: Sequence[int] = DEFAULT_RAMP_UP
) -> Fraction:
    """Return how many seasoned agents a group is worth on a day.

    Parameters
    ----------
    started_on : sequence of datetime.date or None
        One entry per agent, as in `productivity`.

    Examples
    --------
    Two seasoned agents and one in the third week:

    >>> float(effective_agents([None, date(2020, 1, 6), date(2027, 3, 1)], date(2027, 3, 22)))
    2.53
    """
    return sum((productivity(start, day, ramp_up) for start in started_on), start=Fraction(0))


def heads_for(
    need: int | Fraction,
    started_on: Sequence[date | None],
    day: date,
    ramp_up: Sequence[int] = DEFAULT_RAMP_UP,
) -> int:
    """Return how many heads of a group's mix are worth `need` seasoned agents on a day.

    Parameters
    ----------
    need : int or fractions.Fraction
        Seasoned agents needed, not negative; not rounded before, since this rounds up once.
    started_on : sequence of datetime.date or None
        The group; its mean productivity is that of the heads asked for.

    Raises
    ------
    ValueError
        If nobody of the group is in the job yet, or `need` is negative.
    """
    if need < 0:
        raise ValueError(f"need must be 0 or more, not {need}")
    worth = effective_agents(started_on, day, ramp_up)
    if not worth:
        raise ValueError(f"nobody of the group is in the job on {day}")
    return math.ceil(need * len(started_on) / worth)
