"""Clock times turned into instants: time off, availability, waking hours, where shifts may start.

A span is a pair of aware UTC instants, half-open. Clock times are read in the zone of the place
where the shift in question is worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from scheduler.domain import (
    Agent,
    Availability,
    ClockChange,
    Contract,
    ShiftPolicy,
    TimeOff,
    WakingHours,
    WallTime,
)
from scheduler.timegrid.windows import local_dates, minutes_in_clock_window
from scheduler.timegrid.zones import (
    Repeated,
    Skipped,
    WallStatus,
    clock_instant,
    day_bounds,
    local_of,
    start_of_day,
    utc_of,
    wall_status,
)

__all__ = [
    "Span",
    "allowed_lengths",
    "barred_span",
    "is_employed",
    "local_starts",
    "merged",
    "minutes_outside_waking",
    "off_span",
    "off_the_whole_day",
    "planned_end",
]

Span = tuple[datetime, datetime]
_MINUTE = timedelta(minutes=1)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the union of spans as disjoint spans in order; touching ones are joined."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


@lru_cache(maxsize=8192)
def _off_instants(row: TimeOff, zone: str) -> Span:
    """Read time off generously: a repeated end is the second pass, a repeated start the first."""
    return (
        utc_of(row.start, zone, skipped=Skipped.FORWARD, repeated=Repeated.FIRST),
        utc_of(row.end, zone, skipped=Skipped.FORWARD, repeated=Repeated.SECOND),
    )


def off_span(rows: Sequence[TimeOff], start: datetime, end: datetime, zone: str) -> Span | None:
    """Return the first time off that shares time with ``[start, end)``, or None."""
    for row in rows:
        off_start, off_end = _off_instants(row, zone)
        if off_start < end and start < off_end:
            return off_start, off_end
    return None


def off_the_whole_day(rows: Sequence[TimeOff], day: date) -> bool:
    """Say whether the rows together cover a date from 00:00 to 24:00 on the wall clock."""
    reached, end = WallTime(day, 0), WallTime(day + timedelta(days=1), 0)
    for row in sorted(rows, key=lambda row: row.start):
        if row.start <= reached < row.end:
            reached = row.end
    return reached >= end


def barred_span(
    rows: Sequence[Availability], start: datetime, end: datetime, zone: str
) -> Span | None:
    """Return a part of ``[start, end)`` in which the agent is not available, or None.

    On a date with rows of kind available only their union is free; rows of kind unavailable take
    their times out; a date without rows is free.
    """
    if not rows:
        return None
    for day in local_dates(start, end, zone):
        matching = [row for row in rows if row.day == day or row.weekday == day.isoweekday()]
        spans = [
            (clock_instant(day, row.from_minute, zone), clock_instant(day, row.until_minute, zone))
            for row in matching
            if not row.available
        ]
        free = merged(
            (clock_instant(day, row.from_minute, zone), clock_instant(day, row.until_minute, zone))
            for row in matching
            if row.available
        )
        if any(row.available for row in matching):
            first, after = day_bounds(day, zone)
            edges = [first, *(edge for span in free for edge in span), after]
            spans += zip(edges[::2], edges[1::2], strict=True)
        for barred_start, barred_end in sorted(spans):
            inside = max(start, barred_start), min(end, barred_end)
            if inside[0] < inside[1]:
                return inside
    return None


def _employment_span(agent: Agent, zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the instants between which the agent may work at a place; None is unbounded."""
    return (
        None if agent.employed_from is None else start_of_day(agent.employed_from, zone),
        None if agent.employed_until is None else start_of_day(agent.employed_until, zone),
    )


def is_employed(agent: Agent, start: datetime, end: datetime, zone: str) -> bool:
    """Say whether all of ``[start, end)`` lies within the employment, by the clock of a place."""
    first, after = _employment_span(agent, zone)
    return (first is None or first <= start) and (after is None or end <= after)


def minutes_outside_waking(start: datetime, end: datetime, zone: str, waking: WakingHours) -> int:
    """Return the elapsed minutes of ``[start, end)`` outside the waking hours of a place."""
    inside = minutes_in_clock_window(start, end, zone, waking.from_minute, waking.until_minute)
    return (end - start) // _MINUTE - inside


def allowed_lengths(shifts: ShiftPolicy, contract: Contract) -> tuple[int, ...]:
    """Return the lengths a shift of this contract may have, in minutes, rising."""
    shortest = max(shifts.min_minutes, contract.min_shift_minutes or 0)
    longest = min(shifts.max_minutes, contract.max_shift_minutes or shifts.max_minutes)
    steps = range(shifts.min_minutes, shifts.max_minutes + 1, shifts.length_step_minutes)
    return tuple(length for length in steps if shortest <= length <= longest)


def planned_end(start: datetime, zone: str, length_minutes: int, change: ClockChange) -> datetime:
    """Return when a shift of that length ends: by elapsed time, or by what the clock shows."""
    if change is ClockChange.KEEP_DURATION:
        return start + length_minutes * _MINUTE
    shown = local_of(start, zone).wall
    days, minute = divmod(shown.minute + length_minutes, 1440)
    wall = WallTime(shown.day + timedelta(days=days), minute)
    return utc_of(wall, zone, skipped=Skipped.FORWARD, repeated=Repeated.FIRST)


@lru_cache(maxsize=4096)
def local_starts(day: date, step_minutes: int, zone: str) -> tuple[datetime, ...]:
    """Return the instants of a local date at which shifts may start, in order.

    Clock times every `step_minutes` from 00:00; a skipped one gives none, a repeated one two.
    """
    found: list[datetime] = []
    for minute in range(0, 1440, step_minutes):
        wall = WallTime(day, minute)
        status = wall_status(wall, zone)
        if status is WallStatus.GAP:
            continue
        found.append(utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.FIRST))
        if status is WallStatus.AMBIGUOUS:
            found.append(utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.SECOND))
    return tuple(sorted(found))
