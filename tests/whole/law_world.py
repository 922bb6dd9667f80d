"""Plannings and packs near the limits: odd zones, travellers, long histories, one tight rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from scheduler.domain import (
    Agent,
    Announcement,
    Contract,
    Horizon,
    Location,
    PastShift,
    Planning,
    Queue,
    RequirementInterval,
    ShiftPolicy,
    Site,
    Skill,
)
from scheduler.labour.applied import RuleBook
from scheduler.labour.pack import (
    AverageHours,
    BreakTime,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    FreeSundays,
    Limit,
    MinEngagement,
    Night,
    NightCount,
    Notice,
    NoWork,
    Pack,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
)
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of

PLACES = {
    "Europe/Amsterdam": ("NL", None),
    "Asia/Kathmandu": ("NP", None),
    "Australia/Adelaide": ("AU", "AU-SA"),
    "Australia/Lord_Howe": ("AU", "AU-NSW"),
    "America/Paramaribo": ("SR", None),
    "Pacific/Chatham": ("NZ", None),
    "Australia/Sydney": ("AU", "AU-NSW"),
}
# Weeks in which a clock changes: Europe forward and back, Australia back and forward.
STARTS = (date(2027, 3, 24), date(2027, 10, 27), date(2027, 3, 31), date(2027, 9, 29))
HOUR, DAY = 60, 24 * 60

Draw = Callable[[random.Random], Limit]


def limit(kind: type[Any], **numbers: Any) -> Limit:
    """A limit of a pack for tests."""
    made: Limit = kind(
        name=numbers.pop("name", "tight"),
        article="Test act art. 1",
        sources=(),
        confidence="confirmed",
        checked_on=date(2026, 11, 1),
        **numbers,
    )
    return made


def _reduced(rng: random.Random) -> dict[str, int]:
    if rng.random() < 0.5:
        return {}
    return {
        "reduced_minutes": rng.choice((6, 8)) * HOUR,
        "reduced_times": rng.choice((1, 2)),
        "reduced_window_minutes": rng.choice((4, 7)) * DAY,
    }


def _weekly_rest(rng: random.Random) -> Limit:
    either = {}
    if rng.random() < 0.6:
        either = {
            "or_min_minutes": rng.choice((60, 72, 80)) * HOUR,
            "or_window_minutes": rng.choice((9, 12)) * DAY,
            "or_part_minutes": rng.choice((24, 32)) * HOUR,
        }
    window = rng.choice((4, 5, 7))
    return limit(
        WeeklyRest,
        min_minutes=rng.choice((30, 36, 44)) * HOUR,
        window_minutes=window * DAY,
        **either,
    )


def _free_sundays(rng: random.Random) -> Limit:
    weeks = rng.choice((2, 4, 52))
    return limit(FreeSundays, min_count=rng.randint(1, weeks), weeks=weeks)


def _extended(rng: random.Random) -> Limit:
    night = rng.random() < 0.5
    return limit(
        ShiftHours,
        max_minutes=6 * HOUR,
        night_only=night,
        extended_max_minutes=9 * HOUR,
        extended_counts=((rng.randint(1, 4), 14), (rng.randint(2, 9), rng.choice((21, 56)))),
        extended_rest_minutes=rng.choice((12, 20)) * HOUR,
    )


SEQUENCE_RULES: dict[str, Draw] = {
    "daily_rest": lambda rng: limit(
        DailyRest, min_minutes=rng.choice((10, 12, 14)) * HOUR, **_reduced(rng)
    ),
    "night_rest": lambda rng: limit(
        DailyRest,
        min_minutes=rng.choice((14, 18)) * HOUR,
        after_night_ending_after_minute=rng.choice((60, 120, 150)),
        **_reduced(rng),
    ),
    "weekly_rest": _weekly_rest,
    "consecutive_days": lambda rng: limit(ConsecutiveDays, max_days=rng.randint(2, 5)),
    "series_shifts": lambda rng: limit(
        SeriesShifts,
        max_shifts=rng.randint(2, 5),
        gap_minutes=rng.choice((24, 36)) * HOUR,
        with_night=rng.random() < 0.6,
    ),
    "series_rest": lambda rng: limit(
        SeriesRest,
        nights=rng.choice((1, 2, 3)),
        gap_minutes=rng.choice((24, 36)) * HOUR,
        min_minutes=rng.choice((30, 46)) * HOUR,
    ),
    "rolling_day": lambda rng: limit(
        DayHours, max_minutes=rng.choice((8, 9, 11)) * HOUR, rolling=True
    ),
    "week_hours": lambda rng: limit(
        WeekHours, max_minutes=rng.choice((24, 30, 40)) * HOUR, rolling=rng.random() < 0.5
    ),
    "average_hours": lambda rng: limit(
        AverageHours,
        max_minutes_week=rng.choice((20, 26, 32)) * HOUR,
        weeks=rng.choice((2, 4, 16)),
        from_nights=rng.choice((None, 2, 16)),
    ),
    "night_count": lambda rng: limit(
        NightCount,
        max_count=rng.choice((2, 4, 12)),
        weeks=rng.choice((1, 2, 16)),
        ending_after_minute=rng.choice((None, 60, 120, 150)),
    ),
    "free_sundays": _free_sundays,
    "extended": _extended,
}
"""Limits that bind what is around a shift: compiled to rules."""

SHIFT_RULES: dict[str, Draw] = {
    "shift_hours": lambda rng: limit(
        ShiftHours, max_minutes=rng.choice((5, 6, 7)) * HOUR + 30, night_only=rng.random() < 0.5
    ),
    "day_hours": lambda rng: limit(DayHours, max_minutes=rng.choice((5, 6, 7)) * HOUR + 30),
    "no_work": lambda rng: limit(
        NoWork, weekdays=rng.choice(((), (7,), (6, 7))), holidays=rng.random() < 0.7
    ),
    "min_engagement": lambda rng: limit(
        MinEngagement, min_minutes=rng.choice((5, 6)) * HOUR + rng.choice((0, 30))
    ),
    "notice": lambda rng: limit(
        Notice,
        times_days=28,
        or_times_days=rng.choice((None, 4, 10)),
        or_rest_days_days=rng.choice((0, 20, 28)),
    ),
}
"""Limits that bind a shift by itself: options that are not made."""

BREAK_RULES: dict[str, Draw] = {
    "break_time": lambda rng: limit(
        BreakTime,
        over_minutes=rng.choice((240, 300, 330, 360)),
        min_minutes=rng.choice((15, 40, 60)),
        within_minutes=rng.choice((None, 180, 300)),
    )
}


def random_night(rng: random.Random) -> Night:
    """What the pack calls a night."""
    half = rng.random() < 0.3
    return Night(
        name="night",
        article="Test act art. 2",
        sources=(),
        confidence="confirmed",
        checked_on=date(2026, 11, 1),
        from_minute=rng.choice((0, 0, 20 * 60, 22 * 60)),
        until_minute=rng.choice((5, 6)) * 60,
        over_minutes=0 if half else rng.choice((0, 60, 75)),
        over_half=half,
    )


def random_world(
    rng: random.Random, draw: Draw, *, weeks_of_history: int
) -> tuple[Planning, RuleBook]:
    """A planning with up to three agents, and a book whose only rule was drawn by `draw`."""
    start = rng.choice(STARTS)
    zone = rng.choice(list(PLACES))
    horizon = Horizon(start, start + timedelta(days=rng.randint(6, 16)), zone)
    homes = rng.sample(list(PLACES), 2)
    sites = tuple(
        Site(f"s{k}", f"Site {k}", home, PLACES[home][0], "EUR", PLACES[home][1])
        for k, home in enumerate(homes)
    )
    agents, skills, locations, history = [], [], [], []
    for index in range(rng.randint(1, 3)):
        key = f"a{index}"
        home = rng.randrange(2)
        hired = start - timedelta(days=rng.choice((3, 20, 60))) if rng.random() < 0.3 else None
        agents.append(
            Agent(key, f"Agent {key}", f"s{home}", "c", Decimal(20), "EUR", employed_from=hired)
        )
        skills += [
            Skill(key, kind, value)
            for kind, value in (("channel", "phone"), ("client", "zon"), ("language", "nl"))
        ]
        if rng.random() < 0.5:
            away = rng.choice([other for other in PLACES if other != homes[home]])
            first = start + timedelta(days=rng.randint(-10, 5))
            until = rng.choice((None, first + timedelta(days=rng.randint(2, 12))))
            locations.append(Location(key, first, away, PLACES[away][0], until, PLACES[away][1]))
        history += _history(rng, key, homes[home], horizon, weeks_of_history, hired)
    visited = {site.country for site in sites} | {stay.country for stay in locations}
    country = rng.choice((None, *sorted(visited)))
    pack = Pack(
        "T",
        "Test",
        "policy" if country is None else "law",
        country=country,
        night=random_night(rng),
        limits=(draw(rng),),
    )
    planning = Planning(
        name="near the limits",
        horizon=horizon,
        interval_minutes=30,
        currency="EUR",
        sites=sites,
        contracts=(Contract("c", 0, 0, 100 * HOUR, night_allowed=True),),
        agents=tuple(agents),
        queues=(Queue("q", "zon", "phone", "nl", 1, zone),),
        skills=tuple(skills),
        locations=tuple(locations),
        requirements=(RequirementInterval("q", horizon_bounds(horizon)[0], 1),),
        history=tuple(history),
        shifts=ShiftPolicy(240, 600, rng.choice((60, 120)), rng.choice((60, 90))),
        announced=None
        if rng.random() < 0.3
        else Announcement(
            start - timedelta(days=rng.randint(0, 30)),
            rng.choice((None, start - timedelta(days=rng.randint(15, 40)))),
        ),
        history_from=rng.choice((None, start - timedelta(days=rng.randint(0, 130)))),
    )
    return planning, RuleBook({"T": pack})


def _history(
    rng: random.Random, key: str, zone: str, horizon: Horizon, weeks: int, hired: date | None
) -> list[PastShift]:
    """Shifts before the horizon, some days apart, at all hours; none before the agent was hired."""
    begins = horizon_bounds(horizon)[0]
    earliest = begins - timedelta(weeks=weeks)
    if hired is not None:
        earliest = max(earliest, datetime(hired.year, hired.month, hired.day, 14, tzinfo=UTC))
    found = []
    at = begins - timedelta(hours=rng.randint(3, 40))
    while at > earliest:
        length = timedelta(hours=rng.choice((4, 6, 8)))
        first = at - length
        first -= timedelta(minutes=(first.hour * 60 + first.minute) % 30)
        if first < earliest:
            break
        local = local_of(first, zone)
        found.append(PastShift(key, first, first + length, local.wall, zone, local.fold))
        at = first - timedelta(hours=rng.choice((9, 11, 12, 14, 16, 40, 60)))
    return found[::-1]
