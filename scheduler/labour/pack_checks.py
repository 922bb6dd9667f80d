"""What a pack says about itself that cannot be: limits beyond their window, nights without a night.

Each value has been read by then; here they are compared with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import combinations
from typing import Any

from scheduler.labour import pack as records
from scheduler.labour.pack import Limit, Night, Pack, Premium, Provision
from scheduler.labour.quantities import duration_text

__all__ = ["Problem", "pack_problems", "speaks_of_nights"]

Problem = tuple[tuple[str | int, ...], str, str, object]
"""Path, code, what was expected, offending value."""

_Finding = tuple[str, str, object]
_DAY = 24 * 60
_WEEK = 7 * _DAY


def pack_problems(pack: Pack) -> list[Problem]:
    """Return every contradiction in a pack, in the order of the document."""
    found: list[Problem] = []
    for idx, included in enumerate(pack.includes):
        if included == pack.pack_id:
            expected = "another rule pack: no pack includes itself"
            found.append((("includes", idx), "contradiction", expected, included))
    known = {source.key for source in pack.sources}
    for path, provision in _provisions(pack):
        for idx, key in enumerate(provision.sources):
            if key not in known:
                expected = "a key of the pack's sources: " + (", ".join(sorted(known)) or "none")
                found.append(((*path, "sources", idx), "unknown_source", expected, key))
        if pack.kind == "law" and not provision.sources:
            found.append(((*path, "sources"), "missing_key", "at least one source", None))
        if _first(provision) >= _after(provision):
            expected = "a date after valid_from"
            found.append(((*path, "valid_to"), "bad_dates", expected, str(provision.valid_to)))
        for key, expected, value in _contradictions(provision):
            found.append(((*path, key), "contradiction", expected, value))
        if isinstance(provision, Limit) and pack.night is None and speaks_of_nights(provision):
            expected = "a key night beside limits: this limit speaks of night shifts"
            found.append((path, "night_missing", expected, provision.name))
    found += _overlaps(pack)
    return found


def speaks_of_nights(limit: Limit) -> bool:
    """Say whether a limit needs the pack to say what a night shift is."""
    match limit:
        case records.SeriesRest() | records.NightCount():
            return True
        case records.ShiftHours():
            return limit.night_only
        case records.SeriesShifts():
            return limit.with_night
        case records.AverageHours():
            return limit.from_nights is not None
        case records.DailyRest():
            return limit.after_night_ending_after_minute is not None
    return False


def _provisions(pack: Pack) -> Iterator[tuple[tuple[str | int, ...], Provision]]:
    if pack.night is not None:
        yield ("night",), pack.night
    for idx, limit in enumerate(pack.limits):
        yield ("limits", idx), limit
    for idx, premium in enumerate(pack.premiums):
        yield ("premiums", idx), premium


def _first(provision: Provision) -> date:
    return provision.valid_from or date.min


def _after(provision: Provision) -> date:
    return provision.valid_to or date.max


def _overlaps(pack: Pack) -> Iterator[Problem]:
    for (_, one), (path, other) in combinations(_provisions(pack), 2):
        if one.name != other.name or isinstance(one, Premium) != isinstance(other, Premium):
            continue
        if _first(one) < _after(other) and _first(other) < _after(one):
            expected = (
                "another name, or dates (valid_from, valid_to) that do not overlap "
                "with the one of this name before it"
            )
            yield (*path, "name"), "overlapping_validity", expected, other.name


def _contradictions(provision: Provision) -> Iterator[_Finding]:
    """Return key, expectation and value of what does not go together."""
    check: Callable[[Any], Iterator[_Finding]] | None = _CHECKS.get(type(provision))
    if check is not None:
        yield from check(provision)


def _at_most(key: str, minutes: int, most: int, what: str) -> Iterator[_Finding]:
    if minutes > most:
        expected = f"at most {duration_text(most)}, {what}"
        yield key, expected, duration_text(minutes)


def _shift_hours(limit: records.ShiftHours) -> Iterator[_Finding]:
    yield from _at_most("max", limit.max_minutes, 2 * _DAY, "the longest shift")
    extended = limit.extended_max_minutes
    if extended is None:
        if limit.extended_counts:
            yield "extended_counts", "extended_max beside it", None
        if limit.extended_rest_minutes:
            yield "extended_rest", "extended_max beside it", None
    elif extended <= limit.max_minutes:
        yield "extended_max", "more than max", duration_text(extended)


def _day_hours(limit: records.DayHours) -> Iterator[_Finding]:
    yield from _at_most("max", limit.max_minutes, _DAY, "a day")


def _week_hours(limit: records.WeekHours) -> Iterator[_Finding]:
    yield from _at_most("max", limit.max_minutes, _WEEK, "a week")


def _average_hours(limit: records.AverageHours) -> Iterator[_Finding]:
    yield from _at_most("max_week", limit.max_minutes_week, _WEEK, "a week")


def _daily_rest(limit: records.DailyRest) -> Iterator[_Finding]:
    yield from _at_most("min", limit.min_minutes, _WEEK, "the length of a week")
    reduced = limit.reduced_minutes
    if reduced is None:
        if limit.reduced_times != 1:
            yield "reduced_times", "reduced beside it", limit.reduced_times
        if limit.reduced_window_minutes != _WEEK:
            yield "reduced_per", "reduced beside it", duration_text(limit.reduced_window_minutes)
    elif reduced >= limit.min_minutes:
        yield "reduced", "less than min", duration_text(reduced)


def _weekly_rest(limit: records.WeeklyRest) -> Iterator[_Finding]:
    if limit.min_minutes >= limit.window_minutes:
        yield "min", "less than per, the time it lies in", duration_text(limit.min_minutes)
    rest = limit.or_min_minutes
    if rest is None:
        if limit.or_part_minutes:
            yield "or_part", "or_min beside it", duration_text(limit.or_part_minutes)
        if limit.or_window_minutes != 2 * _WEEK:
            yield "or_per", "or_min beside it", duration_text(limit.or_window_minutes)
        return
    if rest >= limit.or_window_minutes:
        yield "or_min", "less than or_per, the time it lies in", duration_text(rest)
    if limit.or_part_minutes > rest:
        yield "or_part", "at most or_min", duration_text(limit.or_part_minutes)


def _series_rest(limit: records.SeriesRest) -> Iterator[_Finding]:
    yield from _at_most("min", limit.min_minutes, 2 * _WEEK, "two weeks")


def _free_sundays(limit: records.FreeSundays) -> Iterator[_Finding]:
    if limit.min_count > limit.weeks:
        yield "min", "at most one Sunday a week", limit.min_count


def _break_time(limit: records.BreakTime) -> Iterator[_Finding]:
    yield from _at_most("over", limit.over_minutes, _DAY, "a day")
    yield from _at_most("min", limit.min_minutes, _DAY // 2, "half a day")
    if limit.part_minutes is not None and limit.part_minutes > limit.min_minutes:
        yield "part", "at most min", duration_text(limit.part_minutes)


def _no_work(limit: records.NoWork) -> Iterator[_Finding]:
    if not limit.weekdays and not limit.holidays:
        yield "weekdays", "weekdays, or holidays: yes", None


def _min_engagement(limit: records.MinEngagement) -> Iterator[_Finding]:
    yield from _at_most("min", limit.min_minutes, _DAY, "a day")


def _notice(limit: records.Notice) -> Iterator[_Finding]:
    if limit.or_times_days is None:
        if limit.or_rest_days_days:
            yield "or_rest_days", "or_times beside it", f"{limit.or_rest_days_days} days"
    elif limit.or_times_days >= limit.times_days:
        yield "or_times", "fewer days than times", f"{limit.or_times_days} days"
    elif not limit.or_rest_days_days:
        yield "or_rest_days", "or_rest_days beside or_times, with at least as many days", None
    elif limit.or_rest_days_days < limit.or_times_days:
        yield "or_rest_days", "at least or_times", f"{limit.or_rest_days_days} days"


def _night(night: Night) -> Iterator[_Finding]:
    length = (night.until_minute - night.from_minute) % _DAY
    if not length:
        yield "until", "another time than from", None
    elif night.over_minutes >= length:
        expected = "less than the length of the night"
        yield "over", expected, duration_text(night.over_minutes)
    if night.over_half and night.over_minutes:
        expected = "over or over_half, not both"
        yield "over", expected, duration_text(night.over_minutes)


def _premium(premium: Premium) -> Iterator[_Finding]:
    if premium.from_minute >= premium.until_minute:
        yield "until", "a time after from: split a range that runs over midnight", None
    if premium.holiday and len(premium.weekdays) < 7:
        yield "weekdays", "no weekdays: public holidays count on all of them", None


_CHECKS: dict[type[Provision], Callable[[Any], Iterator[_Finding]]] = {
    records.ShiftHours: _shift_hours,
    records.DayHours: _day_hours,
    records.WeekHours: _week_hours,
    records.AverageHours: _average_hours,
    records.DailyRest: _daily_rest,
    records.WeeklyRest: _weekly_rest,
    records.SeriesRest: _series_rest,
    records.FreeSundays: _free_sundays,
    records.BreakTime: _break_time,
    records.NoWork: _no_work,
    records.MinEngagement: _min_engagement,
    records.Notice: _notice,
    Night: _night,
    Premium: _premium,
}
