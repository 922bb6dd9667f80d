"""Wall clocks and instants: what a clock in an IANA zone shows, and when.

The only module that knows a time-zone library. Zone data always comes from the pinned ``tzdata``
package, never from the operating system: two machines must derive the same instants from the same
roster. pendulum loads the zones and says which offset holds when; from that a table of clock
changes is made per zone and stretch of time, which answers the planner's many questions by
bisection instead of by conversion.

Offsets are whole minutes here. The few historic ones with seconds (none in use since 1972) are
rounded to the nearest minute.
"""

from __future__ import annotations

import zoneinfo
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pendulum
import tzdata  # type: ignore[import-untyped]

from scheduler.domain import WallTime
from scheduler.timegrid.readings import (
    Local,
    Repeated,
    RepeatedTimeError,
    Skipped,
    SkippedTimeError,
    Transition,
    WallStatus,
)

__all__ = [
    "Local",
    "Repeated",
    "RepeatedTimeError",
    "Skipped",
    "SkippedTimeError",
    "Transition",
    "WallStatus",
    "clock_instant",
    "day_bounds",
    "is_zone",
    "local_of",
    "offset_minutes",
    "start_of_day",
    "transitions",
    "tz_version",
    "utc_of",
    "wall_status",
    "zone_names",
]

# pendulum's zones are zoneinfo's with a cache of their own: whatever either of them loaded before
# this line may stem from the operating system and must not be handed out again.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()
pendulum.Timezone.clear_cache()

_AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
_UTC_NAMES = ("Etc/UTC", "UTC")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SECOND = timedelta(seconds=1)
_DAY_SECONDS = 86_400
_FIRST_SECOND = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _SECOND
_LAST_SECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _SECOND
_WIDEST_OFFSET_SECONDS = 26 * 3600
_MARGIN_SECONDS = 2 * _DAY_SECONDS
_PROBE_SECONDS = 3 * _DAY_SECONDS
_STRETCH_BITS = 25  # a stretch is 2**25 seconds, some 388 days


@dataclass(frozen=True, slots=True)
class _Table:
    """Clock changes of one zone around one stretch of time.

    ``offsets[i]`` (seconds, whole minutes) holds before ``changes[i]`` (epoch seconds) and
    ``offsets[i + 1]`` from it on.
    """

    changes: tuple[int, ...]
    offsets: tuple[int, ...]


def tz_version() -> str:
    """Return the release of the zone data in use, such as ``2026f``."""
    return str(tzdata.IANA_VERSION)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return every name that `is_zone` accepts, sorted."""
    every = zoneinfo.available_timezones()
    regions = (name for name in every if name.split("/")[0] in _AREAS)
    return tuple(sorted((*regions, *_UTC_NAMES)))


@lru_cache(maxsize=1)
def _zone_name_set() -> frozenset[str]:
    return frozenset(zone_names())


def is_zone(name: str) -> bool:
    """Say whether `name` is an IANA region such as ``Europe/Amsterdam``, or UTC, exactly spelt.

    Abbreviations (``CEST``, ``EST``), fixed offsets (``+02:00``, ``Etc/GMT-2``) and country
    shorthands (``US/Eastern``) are refused: they hide which place's clock is meant.
    """
    return name in _zone_name_set()


@lru_cache(maxsize=1024)
def _pendulum_zone(name: str) -> pendulum.Timezone:
    if not is_zone(name):
        raise ValueError(f"not an IANA zone: {name!r}")
    zone = pendulum.timezone(name)
    assert isinstance(zone, pendulum.Timezone)
    return zone


def _offset_at(zone: pendulum.Timezone, second: int) -> int:
    # Kept two days inside the range of datetime, where a conversion cannot overflow.
    first, last = _FIRST_SECOND + _MARGIN_SECONDS, _LAST_SECOND - _MARGIN_SECONDS
    offset = zone.convert(_instant(min(max(second, first), last))).utcoffset()
    assert offset is not None
    return (offset + timedelta(seconds=30)) // timedelta(minutes=1) * 60


def _first_change(zone: pendulum.Timezone, left: int, right: int) -> int:
    """Return the first second of the new offset, given that `left` and `right` differ in offset."""
    before = _offset_at(zone, left)
    while right - left > 1:
        middle = (left + right) // 2
        if _offset_at(zone, middle) == before:
            left = middle
        else:
            right = middle
    return right


@lru_cache(maxsize=4096)
def _table(name: str, stretch: int) -> _Table:
    """Return the clock changes of a stretch and two days on either side.

    Found by asking for the offset every three days and halving the gaps in which it changes. No
    zone ever changed its clock twice within six days; a test compares with the data's own list.
    """
    zone = _pendulum_zone(name)
    first = (stretch << _STRETCH_BITS) - _MARGIN_SECONDS
    last = ((stretch + 1) << _STRETCH_BITS) + _MARGIN_SECONDS
    changes: list[int] = []
    offsets = [_offset_at(zone, first)]
    for left in range(first, last, _PROBE_SECONDS):
        right = left + _PROBE_SECONDS
        after = _offset_at(zone, right)
        if after != offsets[-1]:
            changes.append(_first_change(zone, left, right))
            offsets.append(after)
    return _Table(tuple(changes), tuple(offsets))


def _second(instant: datetime) -> int:
    """Return the epoch second of an instant, rounded down."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset, this one has none: {instant}")
    return (instant - _EPOCH) // _SECOND


def _instant(second: int) -> datetime:
    """Return an epoch second as an instant, clipped to what a datetime can hold."""
    return _EPOCH + timedelta(seconds=min(max(second, _FIRST_SECOND), _LAST_SECOND))


def _shown_second(day: date, minute: int) -> int:
    """Return a wall time as if it were UTC, in epoch seconds."""
    return (day.toordinal() - _EPOCH_ORDINAL) * _DAY_SECONDS + minute * 60


@dataclass(frozen=True, slots=True)
class _Reading:
    """When a clock shows a wall time (epoch seconds): `passes`, or around the `change` it skips."""

    passes: tuple[int, ...]
    change: int = 0
    offset_before: int = 0
    offset_after: int = 0


def _reading(shown: int, zone: str) -> _Reading:
    """Try every offset in force around a shown time: it is a pass where it leads into its reign."""
    table = _table(zone, shown >> _STRETCH_BITS)
    changes, offsets = table.changes, table.offsets
    low = bisect_right(changes, shown - _WIDEST_OFFSET_SECONDS)
    high = bisect_right(changes, shown + _WIDEST_OFFSET_SECONDS)
    if low == high:
        return _Reading((shown - offsets[low],))
    passes = tuple(
        shown - offsets[idx]
        for idx in range(low, high + 1)
        if (idx == 0 or changes[idx - 1] <= shown - offsets[idx])
        and (idx == len(changes) or shown - offsets[idx] < changes[idx])
    )
    if passes:
        return _Reading(passes)
    skip_idx = next(
        idx
        for idx in range(low, high)
        if changes[idx] + offsets[idx] <= shown < changes[idx] + offsets[idx + 1]
    )
    return _Reading((), changes[skip_idx], offsets[skip_idx], offsets[skip_idx + 1])


def wall_status(wall: WallTime, zone: str) -> WallStatus:
    """Say whether a clock in `zone` shows `wall` once, never or twice.

    Raises
    ------
    ValueError
        If `zone` is not a zone (`is_zone`).
    """
    passes = len(_reading(_shown_second(wall.day, wall.minute), zone).passes)
    if passes == 1:
        return WallStatus.OK
    return WallStatus.AMBIGUOUS if passes else WallStatus.GAP


def utc_of(wall: WallTime, zone: str, *, skipped: Skipped, repeated: Repeated) -> datetime:
    """Return the instant at which a clock in `zone` shows `wall`.

    Parameters
    ----------
    wall : WallTime
        What the clock shows.
    zone : str
        IANA zone.
    skipped, repeated
        What to do where the clock never shows `wall`, or shows it twice.

    Returns
    -------
    datetime.datetime
        Aware UTC; a plain datetime.

    Raises
    ------
    SkippedTimeError, RepeatedTimeError
        If the policy is to reject.
    ValueError
        If `zone` is not a zone.
    """
    shown = _shown_second(wall.day, wall.minute)
    reading = _reading(shown, zone)
    if not reading.passes:
        if skipped is Skipped.FORWARD:
            return _instant(reading.change)
        if skipped is Skipped.SHIFT:
            return _instant(shown - reading.offset_before)
        raise SkippedTimeError(
            f"{wall} does not exist in {zone}: "
            f"the clock jumps from {_shown_text(reading.change + reading.offset_before)} "
            f"to {_shown_text(reading.change + reading.offset_after)}"
        )
    if len(reading.passes) > 1 and repeated is Repeated.REJECT:
        raise RepeatedTimeError(f"{wall} occurs twice in {zone}: say which with fold 0 or 1")
    return _instant(reading.passes[-1 if repeated is Repeated.SECOND else 0])


def _shown_text(shown: int) -> str:
    return f"{_instant(shown):%Y-%m-%dT%H:%M}"


def local_of(instant: datetime, zone: str) -> Local:
    """Return what a clock in `zone` shows at an aware instant.

    `utc_of` with the same zone and fold leads back to the instant, less its seconds.

    Raises
    ------
    ValueError
        If the instant is naive or `zone` is not a zone.
    """
    return _local_of(_second(instant), zone)


@lru_cache(maxsize=1 << 16)
def _local_of(second: int, zone: str) -> Local:
    table = _table(zone, second >> _STRETCH_BITS)
    idx = bisect_right(table.changes, second)
    offset = table.offsets[idx]
    again = idx > 0 and second - table.changes[idx - 1] < table.offsets[idx - 1] - offset
    days, seconds = divmod(second + offset, _DAY_SECONDS)
    wall = WallTime(date.fromordinal(_EPOCH_ORDINAL + days), seconds // 60)
    return Local(wall, int(again), offset // 60)


def offset_minutes(instant: datetime, zone: str) -> int:
    """Return how many minutes a clock in `zone` is ahead of UTC at an aware instant.

    Raises
    ------
    ValueError
        If the instant is naive or `zone` is not a zone.
    """
    second = _second(instant)
    table = _table(zone, second >> _STRETCH_BITS)
    return table.offsets[bisect_right(table.changes, second)] // 60


def start_of_day(day: date, zone: str) -> datetime:
    """Return the first instant of a local date.

    Usually 00:00; where the clock jumps over midnight the time it jumps to. A date that the zone
    skipped altogether starts, and ends, when the next date starts.

    Raises
    ------
    ValueError
        If `zone` is not a zone.
    """
    return _window_edge(day, 0, zone)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of a local date and of the date after it.

    Local dates of one zone tile time without gap or overlap; 23 to 25 hours are usual lengths.

    Raises
    ------
    ValueError
        If `zone` is not a zone.
    """
    return _window_edge(day, 0, zone), _window_edge(day, 1440, zone)


def clock_instant(day: date, minute: int, zone: str) -> datetime:
    """Return a clock time of a local date as the edge of a daily window.

    A skipped time becomes the first instant after the gap, a repeated one its first pass, so edges
    never run backwards within a date.

    Parameters
    ----------
    minute : int
        Minutes since midnight as the clock shows them, 0 to 1440; 1440 starts the next date.

    Raises
    ------
    ValueError
        If `minute` is out of range or `zone` is not a zone.
    """
    if not 0 <= minute <= 1440:
        raise ValueError(f"minute of the day must be 0 to 1440, not {minute}")
    return _window_edge(day, minute, zone)


@lru_cache(maxsize=1 << 16)
def _window_edge(day: date, minute: int, zone: str) -> datetime:
    reading = _reading(_shown_second(day, minute), zone)
    return _instant(reading.passes[0] if reading.passes else reading.change)


def transitions(zone: str, start: datetime, end: datetime) -> tuple[Transition, ...]:
    """Return the clock changes of `zone` at instants within ``[start, end)``, in order.

    Raises
    ------
    ValueError
        If an instant is naive or `zone` is not a zone.
    """
    found: list[Transition] = []
    for stretch in range(_second(start) >> _STRETCH_BITS, (_second(end) >> _STRETCH_BITS) + 1):
        table = _table(zone, stretch)
        for idx, change in enumerate(table.changes):
            instant = _instant(change)
            if change >> _STRETCH_BITS == stretch and start <= instant < end:
                before, after = table.offsets[idx] // 60, table.offsets[idx + 1] // 60
                found.append(Transition(instant, before, after))
    return tuple(found)
