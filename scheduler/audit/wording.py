"""How findings are worded: one sentence per rule, instants in UTC and on the local clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from scheduler.domain.walltime import clock_text
from scheduler.timegrid.zones import local_of

__all__ = [
    "REASON_WORDS",
    "SENTENCES",
    "day_text",
    "duration_text",
    "moment_text",
    "utc_text",
    "window_text",
]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

SENTENCES: Mapping[str, str] = {
    "unknown_agent": "the planning knows no agent {measured} (shift from {start} to {end})",
    "empty_shift": "the shift from {start} ends at {end}, not after it starts",
    "outside_horizon": "the shift from {start} to {end} starts outside the horizon, {limit}",
    "wrong_place": "the shift from {start} to {end} is written in {measured}, "
    "but the place of work is then in {limit}",
    "wrong_clock": "the shift says it starts at {measured}, but {start} is {limit} on that clock",
    "change_of_place": "the shift from {start} to {end} runs over a change of place to {measured} "
    "at {limit}",
    "shift_length": "the shift from {start} to {end} takes {measured}; allowed are {limit}",
    "shift_grid": "the shift from {start} to {end} starts or ends off the usual grid "
    "({measured}); usual are {limit}",
    "off_grid": "{measured} from {start} to {end} is not on quarters of an hour; cover and cost "
    "are counted in {limit}",
    "shift_a_day": "{measured} shifts start on {day} (the first at {start}, the last until {end}); "
    "at most {limit} a local day",
    "overlap": "the shift from {start} begins {measured} before the one before it ends at {end}",
    "min_rest": "rest {measured} between {start} and {end}; at least {limit} required",
    "short_rests": "{measured} rests shorter than usual begin within {window} (between {start} and "
    "{end}); at most {limit}",
    "weekly_rest": "the longest rest in the {window} from {start} to {end} is {measured}; "
    "at least {limit} required",
    "series_rest": "rest {measured} after {nights} night shifts in a row (between {start} and "
    "{end}); at least {limit} required",
    "shift_hours": "{measured} of work in the shift from {start} to {end}; at most {limit}",
    "extended_count": "{measured} shifts longer than usual in {period} (from {start} to {end}); "
    "at most {limit}",
    "day_hours": "{measured} of work {when} (from {start} to {end}); at most {limit}",
    "week_hours": "{measured} of work in the {period} (from {start} to {end}); at most {limit}",
    "average_hours": "{measured} of work in {weeks} weeks from Monday {monday} (from {start} to "
    "{end}); at most {limit}, on average {average} a week",
    "min_engagement": "{measured} paid in the shift from {start} to {end}; at least {limit}",
    "week_days": "{measured} working days in the {period} (from {start} to {end}); at most {limit}",
    "days_in_row": "{measured} working days in a row (from {start} to {end}); at most {limit}",
    "series_shifts": "{measured} shifts in a row with less than {gap} between them (from {start} "
    "to {end}); at most {limit}",
    "night_count": "{measured} {kind} in {period} (from {start} to {end}); at most {limit}",
    "free_sundays": "work on {measured} Sundays of the {period} (from {start} to {end}); "
    "at most {limit}, {free}",
    "no_work": "the shift from {start} to {end} falls on {measured}; {limit} on such days",
    "notice": "the shift from {start} to {end} is announced {measured} ahead; at least {limit}",
    "closure": "the shift from {start} to {end} falls on {measured}; {limit}",
    "waking_hours": "{measured} of the shift from {start} to {end} lie outside the waking hours "
    "{limit}, and the contract allows no night work",
    "time_off": "the shift from {start} to {end} falls into time off ({measured}); {limit}",
    "availability": "the shift from {start} to {end} falls into time the agent is not available, "
    "{measured}; {limit}",
    "employment": "the shift from {start} to {end} is not within the employment, {limit}",
    "break_rule": "the shift from {start} to {end} has {measured}; demanded: {limit}",
    "break_window": "the break from {start} to {end} lies outside {limit}",
    "paid_minutes": "the shift from {start} to {end} says {measured} paid; by the break rules "
    "{limit}",
    "missing_pin": "the pinned shift from {start} to {end} is not in the roster",
    "pin_flag": "the shift from {start} to {end} is marked {measured}, by the planning it is "
    "{limit}",
    "unknown_queue": "the planning knows no queue {measured} (activity from {start} to {end})",
    "activity_outside": "on {queue} from {start} to {end}, which is not inside the shift, {limit}",
    "activity_on_break": "on {queue} from {start} to {end}, over the break at {limit}",
    "activity_overlap": "on {queue} from {start} to {end} while still on {measured}",
    "skill": "on {queue} from {start} to {end} with {measured}; the queue asks for {limit}",
    "short_stint": "on {queue} for only {measured} from {start} to {end}; usual are at least "
    "{limit}",
    "other_horizon": "the roster is for {measured}, the planning for {limit}",
    "other_currency": "the roster counts in {measured}, the planning in {limit}",
    "cost_mismatch": "the roster says {term} {measured}, recomputed it is {limit}",
    "bound_above_cost": "the bound {measured} lies above the cost {limit}",
    "other_input": "the roster was made from other input (digest {measured}, the planning's is "
    "{limit})",
    "other_tz": "the roster was made with zone data {measured}, judged with {limit}",
}
"""Sentence of each rule, filled with the finding's fields; the keys are the rules' stable codes."""


REASON_WORDS: Mapping[str, str] = {
    "site": "",
    "contract": "by the contract's law",
    "place": "at the place of work",
    "named": "named by the contract",
    "included": "",
    "company": "",
}
"""Why a pack holds, where the pack's name does not say it already."""


def window_text(minutes: int) -> str:
    """Return the length of a window of days as ``7 x 24 h``, of others as ``8 h 05``."""
    days, rest = divmod(minutes, 1440)
    return f"{days} x 24 h" if days and not rest else duration_text(minutes)


def duration_text(minutes: int) -> str:
    """Return minutes as ``8 h 05``, with a sign when negative."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours} h {rest:02d}"


def day_text(day: date) -> str:
    """Return a date as ``Tue 23 Mar 2027``, whatever the machine's language."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def utc_text(instant: datetime) -> str:
    """Return an instant as ``2027-03-23T16:00Z``, with seconds only where there are any."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return text.removesuffix(":00") + "Z"


def moment_text(instant: datetime, zone: str | None) -> str:
    """Return an instant on the local clock and in UTC.

    ``Tue 23 Mar 2027 17:00 Europe/Amsterdam (16:00Z)``; the UTC date is added where it differs,
    and in a repeated hour which pass is meant.
    """
    if zone is None:
        return utc_text(instant)
    local = local_of(instant, zone)
    utc = local_of(instant, "UTC").wall
    utc_day = "" if utc.day == local.wall.day else f"{utc.day.day} {_MONTHS[utc.day.month - 1]} "
    again = ", second pass" if local.fold else ""
    return (
        f"{day_text(local.wall.day)} {clock_text(local.wall.minute)} {zone} "
        f"({utc_day}{clock_text(utc.minute)}Z{again})"
    )
