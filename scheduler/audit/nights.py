"""What a pack calls a night shift, and when it ends, on the clock of the place of work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from scheduler.audit.facts import Duty
from scheduler.labour import Night, Pack
from scheduler.timegrid.windows import local_date, minutes_in_clock_window
from scheduler.timegrid.zones import clock_instant

__all__ = ["ends_after", "is_night"]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def is_night(pack: Pack, duty: Duty) -> bool:
    """Say whether a shift is a night shift of a pack; breaks are not taken out."""
    night = pack.night
    return night is not None and _is_night(
        duty.start,
        duty.end,
        duty.zone,
        (night.from_minute, night.until_minute, night.over_minutes, night.over_half),
    )


@lru_cache(maxsize=1 << 16)
def _is_night(start: datetime, end: datetime, zone: str, night: tuple[int, int, int, bool]) -> bool:
    from_minute, until_minute, over_minutes, over_half = night
    inside = minutes_in_clock_window(start, end, zone, from_minute, until_minute)
    if over_half:
        return 2 * inside > (end - start) // _MINUTE
    return inside > over_minutes


def ends_after(pack: Pack, duty: Duty, minute: int) -> bool:
    """Say whether a shift is a night shift that ends later than a clock time.

    The time is that of the last date whose night the shift touches; a night belongs to the date on
    which it ends.
    """
    if pack.night is None or not is_night(pack, duty):
        return False
    last = _last_night_touched(duty, pack.night)
    return duty.end > clock_instant(last, minute, duty.zone)


def _last_night_touched(duty: Duty, night: Night) -> date:
    """Return the date on which the last night ends that shares time with a night shift."""
    day = local_date(duty.end, duty.zone) + _DAY
    while True:
        begins = day if night.from_minute < night.until_minute else day - _DAY
        opens = clock_instant(begins, night.from_minute, duty.zone)
        closes = clock_instant(day, night.until_minute, duty.zone)
        if opens < closes and opens < duty.end and duty.start < closes:
            return day
        day -= _DAY
