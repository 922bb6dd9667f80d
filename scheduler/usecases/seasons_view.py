"""A year of clock changes as people look at it: plain records with everything worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

__all__ = [
    "Base",
    "ClockMove",
    "Gap",
    "HoursCheck",
    "Season",
    "SeasonsView",
    "WeekLine",
    "YearCover",
]


@dataclass(frozen=True, slots=True)
class Base:
    """Agents who live by one clock: those of a site, or those of a site who moved away for good.

    Parameters
    ----------
    name : str
        Name of the site; of those who moved the place and their site.
    agents : int
        Heads in the standard week.
    """

    name: str
    site_id: str
    zone: str
    agents: int
    moved: bool = False


@dataclass(frozen=True, slots=True)
class ClockMove:
    """A clock change.

    Parameters
    ----------
    name : str
        The bases (or, without one, the zone) whose clock it is.
    day : datetime.date
        On that clock.
    minutes : int
        How far the clock is put forward; negative back.
    """

    name: str
    zone: str
    day: date
    at_utc: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A recurring stretch in which too few of the agents awake may serve a queue.

    Parameters
    ----------
    weekdays : tuple of int
        ISO weekdays (of UTC) on which it begins.
    from_utc_minute : int
        Minute of the day of UTC at which it begins; `minutes` its length.
    from_local_minute : int
        The same on the clock of the queue.
    most_short : int
        Agents missing at the worst moment.
    short_hours : float
        Agent-hours missing in a week.
    own_night_hours : float
        Those that agents outside their waking hours could fill.
    queue_ids, needed, awake
        Why it is a gap, at the worst moment: these queues need so many agents, and so many of
        those awake may serve any of them.
    weeks : tuple of int
        ISO weeks of the year in which it occurs.
    """

    queue_id: str
    weekdays: tuple[int, ...]
    from_utc_minute: int
    minutes: int
    from_local_minute: int
    local_zone: str
    most_short: int
    short_hours: float
    own_night_hours: float
    queue_ids: tuple[str, ...]
    needed: int
    awake: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class YearCover:
    """The standard week under one set of clocks.

    Parameters
    ----------
    short_hours : float
        Agent-hours of the week that agents awake cannot cover.
    own_night_hours : float
        Those that agents outside their waking hours could fill, and by whom: `own_night_by_base`,
        hours in the order of the bases (contracts that allow nights first).
    night_contract_hours : float
        Those that contracts which allow nights fill.
    most_short : tuple of int
        By half hour of UTC, 48: agents missing at the worst such moment of the week.
    average_short_hours : float
        Agent-hours of an average week that agents awake cannot cover within the hours that their
        contracts allow.
    average_own_night_hours : float
        Those that would be covered if everybody might work at any time; filling them takes at least
        as many hours in own night.
    """

    short_hours: float
    own_night_hours: float
    night_contract_hours: float
    own_night_by_base: tuple[float, ...]
    most_short: tuple[int, ...]
    average_short_hours: float
    average_own_night_hours: float
    gaps: tuple[Gap, ...]

    @property
    def covered(self) -> bool:
        """Whether agents awake can cover every moment, and an average week in their hours."""
        return not self.short_hours and not self.average_short_hours


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of the year in which no clock changes.

    Parameters
    ----------
    first_day, last_day : datetime.date
        Both included, on the clock that changed.
    moves : tuple of ClockMove
        What began it; empty for the first.
    weeks : tuple of int
        ISO weeks it touches.
    offsets_minutes : tuple of int
        Minutes each base is ahead of UTC.
    ahead_minutes : tuple of int
        Minutes each base is ahead of the first.
    awake : tuple of tuple of float
        By base and half hour of UTC (48): share of its agents who are awake.
    """

    first_day: date
    last_day: date
    moves: tuple[ClockMove, ...]
    weeks: tuple[int, ...]
    offsets_minutes: tuple[int, ...]
    ahead_minutes: tuple[int, ...]
    awake: tuple[tuple[float, ...], ...]
    cover: YearCover


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One ISO week, from Monday 00:00 to Monday 00:00 of UTC.

    Parameters
    ----------
    ahead_minutes : tuple of int
        Minutes each base is ahead of the first, at the start of the week.
    moves : tuple of ClockMove
        Clock changes inside the week.
    changes_cover, changes_own_night : bool
        Whether the hours short, or those to fill in own night, of a whole week (each moment, or the
        average week within contract hours) are others after the week's clock changes than before.
    short_hours, own_night_hours : float
        Of this very week.
    """

    number: int
    monday: date
    ahead_minutes: tuple[int, ...]
    moves: tuple[ClockMove, ...]
    changes_cover: bool
    changes_own_night: bool
    short_hours: float
    own_night_hours: float


@dataclass(frozen=True, slots=True)
class HoursCheck:
    """Mean hours needed in a week against the most hours contracts allow, by skill.

    Parameters
    ----------
    short_hours : float
        Hours needed for which contracts have no room, 0 where there is enough.
    queue_ids : tuple of str
        Where there is not: the queues that share too few hours.
    """

    needed_hours: float
    contract_hours: float
    short_hours: float
    queue_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeasonsView:
    """What to draw of a year.

    Parameters
    ----------
    demand_from, demand_until : datetime.date
        Horizon, half-open, whose needs make the standard week.
    unknown_hours : float
        Hours of the week for which the horizon says nothing of some queue; they count as no need.
    """

    name: str
    year: int
    demand_from: date
    demand_until: date
    unknown_hours: float
    bases: tuple[Base, ...]
    seasons: tuple[Season, ...]
    weeks: tuple[WeekLine, ...]
    hours: HoursCheck

    @property
    def needs_nobody(self) -> bool:
        """Whether nothing is needed in all that is known of the week."""
        return not self.hours.needed_hours

    @property
    def proven(self) -> bool:
        """Whether agents awake cover every week, within the hours of their contracts.

        Never where some of the week is unknown or nothing is needed: that proves nothing.
        """
        return (
            not self.unknown_hours
            and not self.needs_nobody
            and all(season.cover.covered for season in self.seasons)
            and not any(week.short_hours for week in self.weeks)
        )
