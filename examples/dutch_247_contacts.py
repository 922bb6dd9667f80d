"""What the example's queues took in over the eighteen weeks before its forecast is made.

Contacts come at random around the shapes of `dutch_247_demand`: a curve by day and week on the
queue's own clock, a little growth, days that are livelier than others, public holidays, one day
after a storm, and an afternoon that the telephone system did not count. `Random.random` is the only
source of chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from dutch_247_demand import INTERVAL, STREAMS, ZONE, Stream, instant_text, is_open, level

from scheduler.domain import WallTime
from scheduler.timegrid.zones import local_of, start_of_day

# The forecast is made when the roster must be announced, five weeks before it begins.
FIRST, AFTER = date(2026, 10, 12), date(2027, 2, 15)
HORIZON = date(2027, 3, 22)

# Level of a public holiday relative to the same weekday, by the customers' country.
_QUIET, _QUIET_SATURDAY = 0.42, 0.75
HOLIDAYS = {
    "NL": {
        date(2026, 12, 25): _QUIET,
        date(2026, 12, 26): _QUIET_SATURDAY,
        date(2027, 1, 1): _QUIET,
    },
    "DE": {
        date(2026, 12, 25): _QUIET,
        date(2026, 12, 26): _QUIET_SATURDAY,
        date(2027, 1, 1): _QUIET,
    },
    "AU": {
        date(2026, 12, 25): _QUIET,
        date(2026, 12, 26): _QUIET_SATURDAY,
        date(2027, 1, 1): _QUIET,
        date(2027, 1, 26): _QUIET,
    },
}

STORM = date(2026, 11, 19)
"""Lichtmolen's customers sat in the dark; everybody called."""

UNCOUNTED = (WallTime(date(2027, 1, 19), 12 * 60), WallTime(date(2027, 1, 19), 17 * 60))
"""On this afternoon the telephone system wrote down no calls."""

_STORM_FACTOR = 2.6
_GROWTH_A_WEEK = 0.002


def contact_rows(seed: int) -> Iterator[tuple[object, ...]]:
    """Yield the rows of ``contacts.csv``: every open half hour of every queue with contacts."""
    start, after = start_of_day(FIRST, ZONE), start_of_day(AFTER, ZONE)
    for stream in STREAMS:
        if not stream.busiest:
            continue
        rng = Random(f"{seed} contacts {stream.queue_id}")
        today, liveliness = None, 1.0
        for idx in range((after - start) // INTERVAL):
            instant = start + idx * INTERVAL
            wall = local_of(instant, stream.zone).wall
            if wall.day != today:
                today, liveliness = wall.day, 1 + 0.05 * _bell(rng)
            if not is_open(stream, wall):
                continue
            offered = _poisson(expected(stream, wall, instant) * liveliness, rng)
            aht_s = _aht_s(stream, wall, offered, rng)
            if stream.channel == "phone" and _is_uncounted(instant):
                continue
            yield stream.queue_id, instant_text(instant), offered, aht_s


def expected(stream: Stream, wall: WallTime, instant: datetime) -> float:
    """Return the contacts of a half hour that chance plays around."""
    weeks_ahead = (start_of_day(HORIZON, ZONE) - instant) / timedelta(weeks=1)
    factor = stream.week[wall.day.weekday()] * (1 - _GROWTH_A_WEEK * weeks_ahead)
    factor *= HOLIDAYS[stream.country].get(wall.day, 1.0)
    if wall.day == STORM and stream.client == "lichtmolen":
        factor *= _STORM_FACTOR
    return stream.busiest * factor * level(stream.curve, wall.minute / 60 + 0.25)


def _aht_s(stream: Stream, wall: WallTime, offered: int, rng: Random) -> int | str:
    """Return the mean handling time of the contacts, nothing where there are none."""
    noise = _bell(rng)
    if not offered:
        return ""
    by_night = 1.08 if wall.minute < 7 * 60 else 1.0
    return max(30, round(stream.aht_s * by_night * (1 + 0.5 * noise / math.sqrt(offered))))


def _is_uncounted(instant: datetime) -> bool:
    first, after = UNCOUNTED
    return first <= local_of(instant, ZONE).wall < after


def _bell(rng: Random) -> float:
    """Return a number between -1.5 and 1.5 with a bell shape around 0 (sum of three uniforms)."""
    return rng.random() + rng.random() + rng.random() - 1.5


def _poisson(expected: float, rng: Random) -> int:
    """Return a Poisson number: how many uniforms can be multiplied before they fall below e^-x."""
    floor, product, number = math.exp(-expected), rng.random(), 0
    while product > floor:
        product *= rng.random()
        number += 1
    return number
