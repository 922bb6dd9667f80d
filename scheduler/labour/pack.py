"""Rule packs: law, agreements and company rules as records, each limit with its citation.

``docs/law.md`` says exactly how each kind of limit is judged. The compiler and the audit read these
records and implement that page independently of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

__all__ = [
    "AverageHours",
    "BreakTime",
    "Confidence",
    "ConsecutiveDays",
    "DailyRest",
    "DayHours",
    "FreeSundays",
    "Limit",
    "MinEngagement",
    "Night",
    "NightCount",
    "NoWork",
    "Notice",
    "Pack",
    "Premium",
    "Provision",
    "SeriesRest",
    "SeriesShifts",
    "ShiftHours",
    "Source",
    "Unknown",
    "WeekHours",
    "WeeklyRest",
]

Confidence = Literal["confirmed", "secondary", "reading", "unconfirmed"]
"""Read in a primary source; in a commercial one only; our reading; not to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What every number of a pack carries: its name, where it stands, since when it holds.

    Parameters
    ----------
    name : str
        Key within the pack; two provisions of one name must not be valid on one date.
    article : str
        Where it stands, as one cites it: ``Arbeidstijdenwet art. 5:8``.
    sources : tuple of str
        Keys of the pack's `Source` entries.
    confidence : str
        An ``unconfirmed`` number is company policy, shown as such and warned of.
    checked_on : datetime.date
        When somebody last compared it with its source.
    valid_from, valid_to : datetime.date, optional
        Half-open range of dates, at the agent's site.
    note : str
        What a planner should know, one sentence.
    """

    name: str
    article: str
    sources: tuple[str, ...]
    confidence: Confidence
    checked_on: date
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Provision):
    """A limit on rosters.

    Parameters
    ----------
    waived_by : str, optional
        Name of a permit; the limit does not hold where the planning has ``PACK.permit``.
    days_over : int, optional
        Holds only for contracts that allow more working days a week than this.
    on_call : bool, optional
        Holds only for on-call contracts (True) or only for the others (False).
    """

    waived_by: str | None = None
    days_over: int | None = None
    on_call: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftHours(Limit):
    """Most work in one shift.

    Parameters
    ----------
    night_only : bool
        Holds for night shifts only.
    extended_max_minutes : int, optional
        Shifts longer than `max_minutes` are allowed up to this, under the next two conditions.
    extended_counts : tuple of (int, int)
        ``(times, days)``: at most so many longer shifts in so many days, 14 or a multiple of 7.
    extended_rest_minutes : int
        Rest after each longer shift.
    """

    max_minutes: int
    night_only: bool = False
    extended_max_minutes: int | None = None
    extended_counts: tuple[tuple[int, int], ...] = ()
    extended_rest_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours(Limit):
    """Most work in a day: a local date, or 24 hours from the start of each shift (`rolling`)."""

    max_minutes: int
    rolling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekHours(Limit):
    """Most work in a week: from Monday, or in any seven local dates in a row (`rolling`)."""

    max_minutes: int
    rolling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageHours(Limit):
    """Most work a week on average over `weeks` weeks in a row.

    Parameters
    ----------
    from_nights : int, optional
        Holds only where those weeks have so many night shifts or more.
    """

    max_minutes_week: int
    weeks: int
    from_nights: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRest(Limit):
    """Rest between a shift and the next.

    Parameters
    ----------
    after_night_ending_after_minute : int, optional
        Holds only after night shifts that end later than this minute of the day.
    reduced_minutes : int, optional
        The rest may be as short as this, `reduced_times` in `reduced_window_minutes`; all daily
        rests of one pack share the exception.
    """

    min_minutes: int
    after_night_ending_after_minute: int | None = None
    reduced_minutes: int | None = None
    reduced_times: int = 1
    reduced_window_minutes: int = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRest(Limit):
    """One long rest in the window that opens with each shift.

    Parameters
    ----------
    or_min_minutes, or_window_minutes, or_part_minutes : int, optional
        Enough instead: rests of at least `or_part_minutes` that add up to `or_min_minutes` in the
        longer window.
    """

    min_minutes: int
    window_minutes: int = 7 * 24 * 60
    or_min_minutes: int | None = None
    or_window_minutes: int = 14 * 24 * 60
    or_part_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveDays(Limit):
    """Most working days in a row."""

    max_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesShifts(Limit):
    """Most shifts in a series, which a rest of `gap_minutes` ends.

    Parameters
    ----------
    with_night : bool
        Holds only for series with a night shift in them.
    """

    max_shifts: int
    gap_minutes: int
    with_night: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRest(Limit):
    """Rest after so many night shifts in a row, or more."""

    nights: int
    gap_minutes: int
    min_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCount(Limit):
    """Most night shifts in so many weeks in a row.

    Parameters
    ----------
    ending_after_minute : int, optional
        Only those that end later than this minute of the day count.
    """

    max_count: int
    weeks: int
    ending_after_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSundays(Limit):
    """Fewest Sundays without work in so many weeks in a row."""

    min_count: int
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakTime(Limit):
    """Break in shifts with more than `over_minutes` of work.

    Parameters
    ----------
    min_minutes : int
        Break in all.
    part_minutes : int, optional
        It may be split into parts of at least this (rosters give it in one piece).
    within_minutes : int, optional
        It begins no later than so long after the shift's start.
    """

    over_minutes: int
    min_minutes: int
    part_minutes: int | None = None
    within_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWork(Limit):
    """Days on which nobody works.

    Parameters
    ----------
    weekdays : tuple of int
        ISO weekdays, 1 = Monday.
    holidays : bool
        Public holidays, too.
    """

    weekdays: tuple[int, ...] = ()
    holidays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MinEngagement(Limit):
    """Least paid time of a shift."""

    min_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Limit):
    """How long before a shift's date the agent knows of it, in days.

    Parameters
    ----------
    times_days : int
        Starts and ends are known so long ahead.
    or_times_days, or_rest_days_days : int, optional
        Enough instead: starts and ends this long ahead and the days off that long.
    """

    times_days: int
    or_times_days: int | None = None
    or_rest_days_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Night(Provision):
    """What a pack calls a night shift: one with enough of it between two clock times.

    Parameters
    ----------
    from_minute, until_minute : int
        Minutes of the day; the night runs over midnight when `until_minute` is not the later one.
    over_minutes : int
        A night shift has more than this inside.
    over_half : bool
        A night shift has more than half of its length inside; `over_minutes` is then 0.
    """

    from_minute: int
    until_minute: int
    over_minutes: int = 0
    over_half: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Premium(Provision):
    """Pay above the hourly rate in a clock range.

    Parameters
    ----------
    factor : decimal.Decimal
        Pay of the time as a multiple of the hourly rate, 1 to 10, at most four decimals.
    weekdays : tuple of int
        ISO weekdays of the dates whose time counts.
    holiday : bool
        Only public holidays count, whatever the weekday.
    from_minute, until_minute : int
        Clock range of those dates, ``0 <= from < until <= 1440``.
    """

    factor: Decimal
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    holiday: bool = False
    from_minute: int = 0
    until_minute: int = 1440


@dataclass(frozen=True, slots=True)
class Source:
    """Something one can read."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A matter the pack cannot say: named in a warning and in the pack's page.

    Parameters
    ----------
    matter : str
        Such as ``daily rest``.
    instead : str
        What holds meanwhile: ``the company's 11 hours``.
    """

    matter: str
    instead: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one country, agreement or company.

    Parameters
    ----------
    pack_id : str
        Key, such as ``NL``.
    kind : {"law", "agreement", "policy"}
        Policy packs hold for everybody.
    country : str, optional
        ISO 3166-1: the pack holds where this is the country of the site, the place or the
        contract. None: only where a pack includes it or a contract names it.
    includes : tuple of str
        Packs that hold wherever this one does (a floor, an agreement).
    night : Night, optional
        What the pack calls a night shift; needed by limits that speak of nights.
    limits, premiums : tuple
        In the order of the file.
    stacking : {"highest", "sum"}
        Where premiums meet: the highest factor counts, or all surcharges add up.
    unknown : tuple of Unknown
        What could not be confirmed and is not in the pack.
    notes : tuple of str
        What the law says and no limit carries: for the pack's page.
    """

    pack_id: str
    name: str
    kind: Literal["law", "agreement", "policy"]
    country: str | None = None
    includes: tuple[str, ...] = ()
    night: Night | None = None
    limits: tuple[Limit, ...] = ()
    premiums: tuple[Premium, ...] = ()
    stacking: Literal["highest", "sum"] = "highest"
    unknown: tuple[Unknown, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
