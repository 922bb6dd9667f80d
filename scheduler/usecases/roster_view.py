"""A roster as people look at it: who works when, cover by queue, heads under the sun.

Plain records with everything worked out, so that the edges only have to draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain import WallTime

__all__ = [
    "AgentRow",
    "CoverView",
    "DayOff",
    "QueueCover",
    "RosterView",
    "ShownShift",
    "ShownSpan",
    "SunRow",
]


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A break or an activity on the clock of its shift.

    Parameters
    ----------
    label : str
        Queue id, or ``break``.
    from_local, until_local : WallTime
        On the clock of `ShownShift.zone`.
    """

    label: str
    from_local: WallTime
    until_local: WallTime
    start_utc: datetime
    end_utc: datetime


@dataclass(frozen=True, slots=True)
class ShownShift:
    """A shift on the clock it is shown in.

    Parameters
    ----------
    zone : str
        The clock of `from_local` and `until_local`: the zone asked for, else the place of work.
    place_zone : str
        Zone of the place of work.
    own_night_minutes : int
        Minutes outside the waking hours of the place of work.
    """

    from_local: WallTime
    until_local: WallTime
    zone: str
    place_zone: str
    start_utc: datetime
    end_utc: datetime
    paid_minutes: int
    own_night_minutes: int
    pinned: bool
    breaks: tuple[ShownSpan, ...]
    activities: tuple[ShownSpan, ...]


@dataclass(frozen=True, slots=True)
class DayOff:
    """A local date on which the agent is off from 00:00 to 24:00."""

    day: date
    kind: str


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent's shifts in time order.

    Parameters
    ----------
    name : str
        The id where the planning is not known.
    site : str
        Name of the home site; the zone of the first shift where the planning is not known.
    """

    agent_id: str
    name: str
    site: str
    shifts: tuple[ShownShift, ...]
    days_off: tuple[DayOff, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueCover:
    """Agents needed and rostered on a queue, quarter hour by quarter hour.

    Parameters
    ----------
    label : str
        Channel and language, or empty.
    needed : tuple of int, optional
        None where the planning is not known.
    rostered : tuple of int
        Agents whose activity is this queue; as long as `CoverView.walls`.
    """

    queue_id: str
    label: str
    needed: tuple[int, ...] | None
    rostered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CoverView:
    """Cover over the horizon, or the day asked for.

    Parameters
    ----------
    zone : str
        The clock of `walls`.
    start_utc : datetime.datetime
        Start of the first quarter hour.
    walls : tuple of WallTime
        What that clock shows at the start of each quarter hour.
    """

    zone: str
    start_utc: datetime
    walls: tuple[WallTime, ...]
    queues: tuple[QueueCover, ...]


@dataclass(frozen=True, slots=True)
class SunRow:
    """Heads on duty at a place by hour of UTC.

    Parameters
    ----------
    heads : tuple of float
        24 means over the days shown.
    night : tuple of float
        24 shares of the hour that lie outside the waking hours there, 0 to 1.
    hours, own_night_hours : float
        On duty over the days shown, and how much of it outside the waking hours.
    """

    name: str
    zone: str
    heads: tuple[float, ...]
    night: tuple[float, ...]
    hours: float
    own_night_hours: float


@dataclass(frozen=True, slots=True)
class RosterView:
    """What to draw.

    Parameters
    ----------
    zone : str or None
        The clock asked for; None shows everyone on the clock of the place of work.
    days : tuple of date
        Columns: every date on which a shift shown starts, and those of the horizon.
    day : date, optional
        Set when one day was asked for.
    status : str
        How the search ended.
    """

    name: str
    first_day: date
    end_day: date
    zone: str | None
    day: date | None
    days: tuple[date, ...]
    currency: str
    cost_cents: int
    bound_cents: int
    gap: float
    status: str
    agents: tuple[AgentRow, ...]
    cover: CoverView
    sun: tuple[SunRow, ...]
