"""What a limit, a premium or a night of a pack says, in one sentence a planner reads."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.domain.walltime import clock_text
from scheduler.labour import pack as records
from scheduler.labour.pack import Limit, Night, Pack, Premium, Provision
from scheduler.labour.quantities import WEEKDAYS, duration_text

__all__ = ["condition_text", "limit_text", "night_text", "premium_text"]


def limit_text(limit: Limit) -> str:
    """Return what a limit demands, such as ``A shift has at most 12 h of work``."""
    match limit:
        case records.ShiftHours():
            return _shift_hours(limit)
        case records.DayHours(max_minutes=most, rolling=rolling):
            day = "24 h from the start of each shift hold" if rolling else "A day holds"
            return f"{day} at most {duration_text(most)} of work"
        case records.WeekHours(max_minutes=most, rolling=rolling):
            week = "7 days in a row hold" if rolling else "A week from Monday holds"
            return f"{week} at most {duration_text(most)} of work"
        case records.AverageHours(max_minutes_week=most, weeks=weeks, from_nights=nights):
            text = f"{weeks} weeks in a row average at most {duration_text(most)} of work"
            return text if nights is None else f"{text}, where they hold {nights} nights or more"
        case records.DailyRest():
            return _daily_rest(limit)
        case records.WeeklyRest():
            return _weekly_rest(limit)
        case records.ConsecutiveDays(max_days=most):
            return f"At most {most} working days in a row"
        case records.SeriesShifts(max_shifts=most, gap_minutes=gap, with_night=with_night):
            series = "A series with a night shift in it" if with_night else "A series"
            return f"{series} has at most {most} shifts; {duration_text(gap)} of rest end it"
        case records.SeriesRest(nights=nights, gap_minutes=gap, min_minutes=least):
            return (
                f"{duration_text(least)} of rest after {nights} or more night shifts in a row; "
                f"{duration_text(gap)} of rest end a row"
            )
        case records.NightCount(max_count=most, weeks=weeks, ending_after_minute=after):
            late = "" if after is None else f" that end after {clock_text(after)}"
            return f"At most {most} night shifts{late} in {weeks} weeks"
        case records.FreeSundays(min_count=least, weeks=weeks):
            return f"At least {least} Sundays without work in {weeks} weeks"
        case records.BreakTime():
            return _break_time(limit)
        case records.NoWork(weekdays=weekdays, holidays=holidays):
            days = [WEEKDAYS[day - 1] for day in weekdays] + ["public holidays"] * holidays
            return f"No work on {_joined(days)}"
        case records.MinEngagement(min_minutes=least):
            return f"A shift has at least {duration_text(least)} of paid time"
        case records.Notice(times_days=times, or_times_days=other, or_rest_days_days=rest):
            text = f"Starts and ends are known {times} days ahead"
            if other is None:
                return text
            return f"{text}, or {other} days ahead and the days off {rest} days ahead"
    raise TypeError(f"no words for {type(limit).__name__}")


def condition_text(pack: Pack, provision: Provision) -> str:
    """Return for whom and when a provision holds, empty when it always does."""
    parts = []
    if isinstance(provision, Limit):
        if provision.days_over is not None:
            parts.append(f"contracts of more than {provision.days_over} days a week")
        if provision.on_call is not None:
            parts.append("on-call contracts" if provision.on_call else "not on-call contracts")
        if provision.waived_by is not None:
            parts.append(f"not with permit `{pack.pack_id}.{provision.waived_by}`")
    if provision.valid_from is not None:
        parts.append(f"from {provision.valid_from}")
    if provision.valid_to is not None:
        parts.append(f"before {provision.valid_to}")
    return "; ".join(parts)


def night_text(night: Night) -> str:
    """Return what makes a shift a night shift."""
    between = f"between {clock_text(night.from_minute)} and {clock_text(night.until_minute)}"
    if night.over_half:
        return f"more than half of the shift {between}"
    if not night.over_minutes:
        return f"any time of the shift {between}"
    return f"more than {duration_text(night.over_minutes)} of the shift {between}"


def premium_text(premium: Premium) -> str:
    """Return the time for which a premium is paid."""
    if premium.holiday:
        days = "public holidays"
    elif len(premium.weekdays) == len(WEEKDAYS):
        days = "every day"
    else:
        days = _joined([WEEKDAYS[day - 1] for day in premium.weekdays])
    if (premium.from_minute, premium.until_minute) == (0, 1440):
        return days
    return f"{days}, {clock_text(premium.from_minute)}-{clock_text(premium.until_minute)}"


def _shift_hours(limit: records.ShiftHours) -> str:
    shift = "A night shift" if limit.night_only else "A shift"
    text = f"{shift} has at most {duration_text(limit.max_minutes)} of work"
    if limit.extended_max_minutes is None:
        return text
    times = _joined([f"{count} times in {days} days" for count, days in limit.extended_counts])
    text += f"; up to {duration_text(limit.extended_max_minutes)}"
    text += f" at most {times}" if times else ""
    rest = limit.extended_rest_minutes
    return f"{text}, each with {duration_text(rest)} of rest after it" if rest else text


def _daily_rest(limit: records.DailyRest) -> str:
    text = f"{duration_text(limit.min_minutes)} of rest between shifts"
    after = limit.after_night_ending_after_minute
    if after is not None:
        text = (
            f"{duration_text(limit.min_minutes)} of rest after a night shift that ends after "
            f"{clock_text(after)}"
        )
    if limit.reduced_minutes is None:
        return text
    times = "once" if limit.reduced_times == 1 else f"{limit.reduced_times} times"
    per = duration_text(limit.reduced_window_minutes)
    return f"{text}; {duration_text(limit.reduced_minutes)} {times} in {per}"


def _weekly_rest(limit: records.WeeklyRest) -> str:
    text = f"{duration_text(limit.min_minutes)} of rest in {duration_text(limit.window_minutes)}"
    if limit.or_min_minutes is None:
        return text
    text += f", or {duration_text(limit.or_min_minutes)}"
    text += f" in {duration_text(limit.or_window_minutes)}"
    part = limit.or_part_minutes
    if part == limit.or_min_minutes:
        return f"{text} in one piece"
    return f"{text} in parts of at least {duration_text(part)}" if part else text


def _break_time(limit: records.BreakTime) -> str:
    text = f"A break of {duration_text(limit.min_minutes)}"
    if limit.part_minutes is not None:
        text += f" (in parts of {duration_text(limit.part_minutes)})"
    text += f" in more than {duration_text(limit.over_minutes)} of work"
    if limit.within_minutes is not None:
        text += f", begun within {duration_text(limit.within_minutes)}"
    return text


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
