"""What an agent's roster adds up to: nights, weekends, evenings, wishes, weeks of the contract.

Counted here once, priced in `cost`, reported in `kpis`. The meaning is that of ``docs/costs.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.hours import minutes_outside_waking, off_the_whole_day
from scheduler.audit.nights import is_night
from scheduler.audit.pay import packs_at
from scheduler.domain import Wish
from scheduler.timegrid.timeline import local_days
from scheduler.timegrid.windows import local_dates, week_start
from scheduler.timegrid.zones import clock_instant

__all__ = [
    "WeekBalance",
    "WishOutcome",
    "dates_that_count",
    "is_evening",
    "is_night_shift",
    "is_weekend",
    "own_night_minutes",
    "week_balances",
    "wish_outcomes",
]

_EVENING_FROM, _EVENING_UNTIL = 20 * 60, 24 * 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WishOutcome:
    """What became of a wish on one date.

    Parameters
    ----------
    day : datetime.date
        A local date the wish is about.
    times_missed : int
        How often it costs: shifts that touch times to avoid, or 1 for a wanted shift not there.
    """

    wish: Wish
    day: date
    times_missed: int


@dataclass(frozen=True, slots=True)
class WeekBalance:
    """Hours of one agent in one ISO week against the contract.

    Parameters
    ----------
    monday : datetime.date
        First day of the week.
    worked_minutes : int
        Paid minutes of all shifts of the week, history and pins included.
    target_minutes, min_minutes : int
        Reduced to the week's dates that count, are employed and not off the whole day.
    """

    monday: date
    worked_minutes: int
    target_minutes: int
    min_minutes: int

    @property
    def under_target_minutes(self) -> int:
        """Paid minutes short of the target."""
        return max(0, self.target_minutes - self.worked_minutes)

    @property
    def under_min_minutes(self) -> int:
        """Paid minutes short of the minimum."""
        return max(0, self.min_minutes - self.worked_minutes)


def own_night_minutes(facts: Facts, duty: Duty) -> int:
    """Return the minutes of a shift, breaks included, outside the agent's waking hours.

    The clock is that of the place of work, the hours are the agent's own or the planning's.
    """
    waking = facts.agents[duty.agent_id].waking
    return minutes_outside_waking(duty.start, duty.end, duty.zone, waking)


def is_night_shift(agent: AgentFacts, duty: Duty) -> bool:
    """Say whether a pack that holds for the agent calls a shift a night shift."""
    return any(is_night(pack, duty) for pack in packs_at(agent, duty.start))


def is_weekend(duty: Duty) -> bool:
    """Say whether a shift's day is a Saturday or Sunday."""
    return duty.day.isoweekday() >= 6


def is_evening(duty: Duty) -> bool:
    """Say whether a shift touches 20:00 to 24:00 of the local date it starts on."""
    return _touches(duty, duty.day, _EVENING_FROM, _EVENING_UNTIL)


def _touches(duty: Duty, day: date, from_minute: int, until_minute: int) -> bool:
    start = clock_instant(day, from_minute, duty.zone)
    end = clock_instant(day, until_minute, duty.zone)
    return start < end and duty.start < end and start < duty.end


def _within(duty: Duty, day: date, from_minute: int, until_minute: int) -> bool:
    start = clock_instant(day, from_minute, duty.zone)
    return start <= duty.start and duty.end <= clock_instant(day, until_minute, duty.zone)


def dates_that_count(facts: Facts, agent: AgentFacts) -> frozenset[date]:
    """Return the local dates whose 12:00, at the place of work, lies inside the horizon."""
    return frozenset(
        lived.day
        for lived in local_days(agent.timeline, facts.start - 2 * _DAY, facts.end + 2 * _DAY)
        for piece in lived.pieces
        if piece.start <= (noon := clock_instant(lived.day, 720, piece.place.zone)) < piece.end
        and facts.start <= noon < facts.end
    )


def wish_outcomes(agent: AgentFacts, counting_dates: frozenset[date]) -> Iterator[WishOutcome]:
    """Yield what became of each wish on each date it is about.

    A date off for the whole day asks nothing: a shift there is another matter.

    Parameters
    ----------
    counting_dates : frozenset of date
        From `dates_that_count`.
    """
    if not agent.wishes:
        return
    touched = {
        day for duty in agent.counting for day in local_dates(duty.start, duty.end, duty.zone)
    }
    off = {day for day in counting_dates if off_the_whole_day(agent.time_off, day)}
    for wish in agent.wishes:
        times = wish.from_minute, wish.until_minute
        for day in sorted(touched | counting_dates):
            if wish.day != day and wish.weekday != day.isoweekday():
                continue
            if not wish.want:
                missed = sum(_touches(duty, day, *times) for duty in agent.counting)
                if missed or (day in counting_dates and day not in off):
                    yield WishOutcome(wish, day, missed)
            elif day in counting_dates and day not in off:
                timed = times != (0, 1440)
                granted = any(
                    duty.day == day and (not timed or _within(duty, day, *times))
                    for duty in agent.counting
                )
                yield WishOutcome(wish, day, int(not granted))


def week_balances(agent: AgentFacts, counting_dates: frozenset[date]) -> tuple[WeekBalance, ...]:
    """Return the agent's hours per ISO week that holds a date that counts, in order.

    Parameters
    ----------
    counting_dates : frozenset of date
        From `dates_that_count`.
    """
    dates_per_week: dict[date, int] = defaultdict(int)
    for day in counting_dates:
        employed = (agent.agent.employed_from is None or agent.agent.employed_from <= day) and (
            agent.agent.employed_until is None or day < agent.agent.employed_until
        )
        works = employed and not off_the_whole_day(agent.time_off, day)
        dates_per_week[week_start(day)] += works
    worked: dict[date, int] = defaultdict(int)
    for duty in agent.duties:
        worked[week_start(duty.day)] += duty.paid_minutes
    return tuple(
        WeekBalance(
            monday,
            worked[monday],
            agent.contract.target_minutes_week * dates // 7,
            agent.contract.min_minutes_week * dates // 7,
        )
        for monday, dates in sorted(dates_per_week.items())
    )
