"""Shifts that the law or a closure does not allow by themselves, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from scheduler.domain import Announcement
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.labour.pack import DayHours, MinEngagement, Notice, NoWork, ShiftHours
from scheduler.planning.clocks import ZoneClock
from scheduler.planning.law import AgentLaw, HeldLimit, night_of
from scheduler.planning.nights import Mark
from scheduler.planning.patterns import Almanac, Pattern
from scheduler.planning.spans import BoolArray, Spans
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.timeline import Place

__all__ = ["LawBars"]


class LawBars:
    """What speaks against shifts whoever of those under one law works them.

    Parameters
    ----------
    almanac : Almanac
        Clocks and patterns shared by all agents.
    """

    def __init__(self, almanac: Almanac) -> None:
        self._almanac = almanac
        self._closed: dict[tuple[str, str], Spans] = {}
        self._barred: dict[tuple[NoWork, str, str, str | None], Spans] = {}
        self._offered: dict[object, Mapping[str, BoolArray]] = {}

    def offered(
        self, law: AgentLaw, pattern: Pattern, place: Place, site_id: str
    ) -> Mapping[str, BoolArray]:
        """Return `against` for the shifts offered on a date, worked out once for all agents."""
        key = id(law), pattern.day, place.zone, place.country, place.subdivision, site_id
        if key not in self._offered:
            self._offered[key] = self.against(law, pattern, place, site_id)
        return self._offered[key]

    def against(
        self, law: AgentLaw, pattern: Pattern, place: Place, site_id: str
    ) -> Mapping[str, BoolArray]:
        """Return by reason the shifts it speaks against, as far as there are any.

        Parameters
        ----------
        pattern : Pattern
            Shifts on the clock of `place`, with the breaks of that law.
        site_id : str
            The agent's site, for its closures.
        """
        found = {"break_rule": pattern.breaks.too_short}
        closed = self._closures(site_id, place.zone).touches(pattern.start, pattern.end)
        found["closure"] = closed
        for reason, _, bad in self.by_limit(law, pattern, place):
            found[reason] = found[reason] | bad if reason in found else bad
        return {reason: bad for reason, bad in found.items() if bad.any()}

    def by_limit(
        self, law: AgentLaw, pattern: Pattern, place: Place
    ) -> Iterator[tuple[str, HeldLimit, BoolArray]]:
        """Yield reason, limit of the law, and the shifts that this limit speaks against."""
        for held in law.limits:
            for reason, bad in self._judged(held, pattern, place):
                yield reason, held, bad & held.scope.holds(pattern.start)

    def _judged(
        self, held: HeldLimit, pattern: Pattern, place: Place
    ) -> Iterator[tuple[str, BoolArray]]:
        limit, paid = held.limit, pattern.breaks.paid_minutes
        if isinstance(limit, ShiftHours):
            most = limit.extended_max_minutes or limit.max_minutes
            bad = paid > most
            if limit.night_only and bad.any():
                night = night_of(held.applied.pack)
                bad = self._almanac.nights(place.zone, night).marked(
                    Mark(night, over_paid_minutes=most), pattern.start, pattern.end, paid
                )
            yield "shift_hours", bad
        elif isinstance(limit, DayHours):
            # A shift of more than 24 hours does not lie wholly in the window it opens.
            inside = np.minimum(paid, MINUTES_PER_DAY) if limit.rolling else paid
            yield "day_hours", np.asarray(inside > limit.max_minutes)
        elif isinstance(limit, MinEngagement):
            yield "min_engagement", np.asarray(paid < limit.min_minutes)
        elif isinstance(limit, NoWork):
            yield "no_work", self._no_work(limit, place).touches(pattern.start, pattern.end)
        elif isinstance(limit, Notice) and self._almanac.planning.announced is not None:
            late = not _in_time(limit, self._almanac.planning.announced, pattern.day)
            yield "notice", np.full(len(pattern), late, dtype=np.bool_)

    def _closures(self, site_id: str, zone: str) -> Spans:
        key = site_id, zone
        if key not in self._closed:
            clock = self._almanac.clock(zone)
            self._closed[key] = Spans.of(
                _whole_day(clock, closure.day)
                for closure in self._almanac.planning.closures
                if closure.site_id in (None, site_id)
            )
        return self._closed[key]

    def _no_work(self, limit: NoWork, place: Place) -> Spans:
        key = limit, place.zone, place.country, place.subdivision
        if key not in self._barred:
            clock = self._almanac.clock(place.zone)
            self._barred[key] = Spans.of(
                _whole_day(clock, day)
                for day in clock.dates
                if day.isoweekday() in limit.weekdays
                or (limit.holidays and is_public_holiday(day, place.country, place.subdivision))
            )
        return self._barred[key]


def _whole_day(clock: ZoneClock, day: date) -> tuple[int, int]:
    return clock.window(day, 0, MINUTES_PER_DAY)


def _in_time(limit: Notice, announced: Announcement, day: date) -> bool:
    """Say whether shifts of a date were announced early enough."""
    times = (day - announced.times_on).days
    rest_days = (day - (announced.rest_days_on or announced.times_on)).days
    return times >= limit.times_days or (
        limit.or_times_days is not None
        and times >= limit.or_times_days
        and rest_days >= limit.or_rest_days_days
    )
