"""From the values of one row to its domain record, with the checks that need the whole row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from scheduler.domain import (
    Agent,
    Availability,
    Contract,
    DemandInterval,
    Location,
    PastShift,
    Pin,
    Queue,
    RequirementInterval,
    Site,
    Skill,
    TimeOff,
    WakingHours,
    WallTime,
    Wish,
)
from scheduler.domain.demand import CHANNELS
from scheduler.domain.people import CEFR_LEVELS
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.intake import values
from scheduler.intake.faults import did_you_mean
from scheduler.intake.kinds import BadValue
from scheduler.intake.tables import Row
from scheduler.timegrid.holidays import UnknownSubdivisionError, subdivision_code
from scheduler.timegrid.zones import Repeated, Skipped, WallStatus, utc_of, wall_status

__all__ = ["MAKERS", "start_instant"]

_LONGEST_SHIFT = timedelta(hours=24)
_MOST_NAMED = 20


def _fits(row: Row, low: str, high: str, *, equal: bool = False, hint: str | None = None) -> None:
    """Note a fault when the values of two columns are both there and in the wrong order."""
    first, second = row.values.get(low), row.values.get(high)
    if first is None or second is None or first < second or (equal and first == second):
        return
    if isinstance(first, int) and low == "from":
        hint = "Write times over midnight as two rows."
    elif first == second and hint is None:
        hint = f"{high} is exclusive: the first one no longer meant."
    relation = "not below" if equal else "after"
    row.fault("wrong_order", high, f"a value {relation} {low} {row.raw.get(low, '')}", hint)


def _subdivision(row: Row) -> None:
    code, country = row.values.get("subdivision"), row.values.get("country")
    if code is None:
        return
    if country is None:
        row.fault("missing_value", "country", f"a country beside subdivision {code}")
        return
    if not code.startswith(f"{country}-"):
        row.fault("bad_subdivision", "subdivision", f"a subdivision of {country}, {country}-...")
        return
    try:
        subdivision_code(country, code)
    except UnknownSubdivisionError as error:
        known = ", ".join(error.known[:_MOST_NAMED]) + ", ..." * (len(error.known) > _MOST_NAMED)
        meant = did_you_mean(code, error.known)
        hint = f"{meant or ''} Left empty: the holidays of the whole country.".lstrip()
        expected = f"a subdivision whose public holidays are known: {known}"
        row.fault("unknown_subdivision", "subdivision", expected, hint)


def _site(row: Row) -> Site:
    _subdivision(row)
    return Site(**row.values)


def _contract(row: Row) -> Contract | None:
    found = row.values
    _fits(row, "min_hours_week", "target_hours_week", equal=True)
    _fits(row, "target_hours_week", "max_hours_week", equal=True)
    _fits(row, "min_shift_hours", "max_shift_hours", equal=True)
    if not row.is_good:
        return None
    return Contract(
        contract_id=found["contract_id"],
        min_minutes_week=found["min_hours_week"],
        target_minutes_week=found["target_hours_week"],
        max_minutes_week=found["max_hours_week"],
        max_days_week=found.get("max_days_week"),
        min_shift_minutes=found.get("min_shift_hours"),
        max_shift_minutes=found.get("max_shift_hours"),
        night_allowed=found.get("night_allowed", False),
        rule_packs=found.get("rule_packs", ()),
        law=found.get("law"),
        on_call=found.get("on_call", False),
    )


def _agent(row: Row) -> Agent:
    _fits(row, "employed_from", "employed_until")
    found = dict(row.values)
    start, end = found.pop("waking_from", None), found.pop("waking_until", None)
    if (start is None) != (end is None):
        column, other = "waking_from", "waking_until"
        if start is not None:
            column, other = other, column
        row.fault("missing_value", column, f"a time of day beside {other}, or neither of them")
    _fits(row, "waking_from", "waking_until", hint="Waking hours do not span midnight.")
    if start is None or end is None or not row.is_good:
        return Agent(**found)
    return Agent(**found, waking_hours=WakingHours(start, end))


def _location(row: Row) -> Location:
    _subdivision(row)
    _fits(row, "from_date", "until_date")
    return Location(**row.values)


def _skill(row: Row) -> Skill | None:
    found = row.values
    _fits(row, "valid_from", "valid_until")
    kind, level = found["kind"], found.get("level")
    if kind == "language":
        try:
            values.language.read(found["value"])
        except BadValue as bad:
            row.fault(bad.code, "value", values.language.expected)
    if kind == "channel" and found["value"] not in CHANNELS:
        hint = did_you_mean(found["value"], CHANNELS)
        row.fault("unknown_value", "value", f"a channel: {', '.join(CHANNELS)}", hint)
    if level is not None and (level in CEFR_LEVELS) != (kind == "language"):
        right = "A1, A2, B1, B2, C1 or C2" if kind == "language" else "1, 2, 3, 4 or 5"
        row.fault("bad_level", "level", f"{right} for a skill of kind {kind}")
    return Skill(**found)


def _queue(row: Row) -> Queue:
    _subdivision(row)
    found = dict(row.values)
    if "target_seconds" in found and "target_percent" not in found:
        row.fault("missing_value", "target_percent", "a percentage beside target_seconds")
    if "target_percent" in found and not ("target_seconds" in found or "deadline_hours" in found):
        row.fault("missing_value", "target_seconds", "seconds (or deadline_hours) for the target")
    opening = found.pop("opening", None)
    if opening is None:
        return Queue(**found)
    if opening.holidays is not None and "country" not in found:
        row.fault("missing_value", "country", "the country whose public holidays PH stands for")
    return Queue(**found, opening=opening.weekly, holiday_opening=opening.holidays)


def _demand(row: Row) -> DemandInterval:
    found = row.values
    if found["offered"] and not found["aht_s"]:
        row.fault("out_of_range", "aht_s", "a handling time above 0 where contacts are offered")
    return DemandInterval(
        found["queue_id"], found["interval_start"], found["offered"], found["aht_s"]
    )


def _requirement(row: Row) -> RequirementInterval:
    found = row.values
    return RequirementInterval(found["queue_id"], found["interval_start"], found["agents"])


def _weekday_or_date(row: Row) -> None:
    if ("weekday" in row.values) == ("date" in row.values):
        row.fault("one_of_two", "weekday", "exactly one of weekday and date")


def _clock_range(row: Row) -> tuple[int, int]:
    start = row.values.get("from", 0)
    end = row.values.get("until", MINUTES_PER_DAY)
    if "from" in row.values and "until" not in row.values and start == end:
        row.fault("wrong_order", "from", "a time before 24:00")
    _fits(row, "from", "until")
    if "until" in row.values and "from" not in row.values and end == 0:
        row.fault("wrong_order", "until", "a time after 00:00")
    return start, end


def _availability(row: Row) -> Availability | None:
    _weekday_or_date(row)
    start, end = _clock_range(row)
    if not row.is_good:
        return None
    return Availability(
        agent_id=row.values["agent_id"],
        from_minute=start,
        until_minute=end,
        available=row.values["kind"] == "available",
        weekday=row.values.get("weekday"),
        day=row.values.get("date"),
    )


def _time_off(row: Row) -> TimeOff | None:
    found = row.values
    if found["until"] <= found["from"]:
        row.fault(
            "wrong_order",
            "until",
            f"a date or time after from {row.raw['from']}",
            "until is the first day or time back at work.",
        )
        return None
    return TimeOff(
        agent_id=found["agent_id"],
        start=found["from"],
        end=found["until"],
        kind=found["kind"],
        paid=found.get("paid", True),
    )


def _wish(row: Row) -> Wish | None:
    _weekday_or_date(row)
    start, end = _clock_range(row)
    if not row.is_good:
        return None
    return Wish(
        agent_id=row.values["agent_id"],
        want=row.values["wish"] == "want",
        strength=row.values["strength"],
        from_minute=start,
        until_minute=end,
        weekday=row.values.get("weekday"),
        day=row.values.get("date"),
    )


def start_instant(wall: WallTime, zone: str, fold: int) -> datetime:
    """Return the instant of a wall time that exists; `fold` matters where it is shown twice."""
    repeated = Repeated.SECOND if fold else Repeated.FIRST
    return utc_of(wall, zone, skipped=Skipped.REJECT, repeated=repeated)


def _start(row: Row) -> datetime | None:
    """Return the instant of `start_local`, or None after noting why there is none."""
    wall, zone, fold = row.values["start_local"], row.values["zone"], row.values.get("fold")
    status = wall_status(wall, zone)
    if status is WallStatus.GAP:
        row.fault(
            "skipped_time",
            "start_local",
            f"a time that clocks in {zone} show",
            "The clock is put forward over it.",
        )
    elif status is WallStatus.AMBIGUOUS and fold is None:
        row.fault(
            "ambiguous_time",
            "start_local",
            f"a fold beside it: clocks in {zone} show this time twice",
            "Write 0 in the column fold for the first time, 1 for the second.",
        )
    elif status is WallStatus.OK and fold:
        row.fault("needless_fold", "fold", f"0: clocks in {zone} show this start once")
    return start_instant(wall, zone, fold or 0) if row.is_good else None


def _past_shift(row: Row) -> PastShift | None:
    found = row.values
    start = _start(row)
    has_end, has_length = "end_utc" in found, "duration_minutes" in found
    if has_end == has_length:
        column = "end_utc" if has_end else "duration_minutes"
        row.fault("one_of_two", column, "exactly one of end_utc and duration_minutes")
    if start is None or not row.is_good:
        return None
    end = found["end_utc"] if has_end else start + timedelta(minutes=found["duration_minutes"])
    if not start < end <= start + _LONGEST_SHIFT:
        row.fault(
            "wrong_order" if end <= start else "out_of_range",
            "end_utc",
            f"an end after the start ({start:%Y-%m-%dT%H:%MZ}), at most 24 hours later",
        )
        return None
    return PastShift(
        found["agent_id"], start, end, found["start_local"], found["zone"], found.get("fold", 0)
    )


def _pin(row: Row) -> Pin | None:
    found = row.values
    start = _start(row)
    if start is None or not row.is_good:
        return None
    end = start + timedelta(minutes=found["duration_minutes"])
    return Pin(
        found["agent_id"], start, end, found["start_local"], found["zone"], found.get("fold", 0)
    )


MAKERS: Mapping[str, Callable[[Row], Any]] = {
    "sites": _site,
    "contracts": _contract,
    "agents": _agent,
    "locations": _location,
    "skills": _skill,
    "queues": _queue,
    "demand": _demand,
    "requirements": _requirement,
    "availability": _availability,
    "time_off": _time_off,
    "wishes": _wish,
    "history": _past_shift,
    "pins": _pin,
}
"""How a row of each table becomes a record."""
