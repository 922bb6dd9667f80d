"""Which law an agent works under, as the compiler needs it: scopes in minutes, marks, breaks.

Agents with one contract, site and course of places share it, and with it the work of judging the
shifts of a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from scheduler.domain import Planning
from scheduler.labour.applied import (
    Applied,
    AppliedPack,
    RuleBook,
    applied_limits,
    applied_packs,
)
from scheduler.labour.pack import (
    AverageHours,
    BreakTime,
    DailyRest,
    Limit,
    NightCount,
    Pack,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
)
from scheduler.planning.breaks import BreakDemand
from scheduler.planning.clocks import ZoneClock, minute_of
from scheduler.planning.nights import Mark, NightHours, night_hours
from scheduler.planning.patterns import Almanac, Pattern
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import ALWAYS, BoolArray, IntArray, MinuteArray
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from solver import ALWAYS_END, ALWAYS_FROM

__all__ = ["AgentLaw", "HeldLimit", "Laws", "Scope", "extended_mark", "mark_of", "night_of"]

_MOST_MARKS = 31  # bits of a 32-bit column that are never negative


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of time in minutes since the horizon's start, half-open."""

    start: int
    end: int

    @classmethod
    def of(cls, grid: SlotGrid, start: datetime | None, end: datetime | None) -> Scope:
        """Return the scope between two instants; None stands for no bound."""
        return cls(
            ALWAYS[0] if start is None else minute_of(grid, start),
            ALWAYS[1] if end is None else minute_of(grid, end),
        )

    @property
    def slots(self) -> tuple[int, int]:
        """The scope in slots: those that start within it."""
        return (
            ALWAYS_FROM if self.start == ALWAYS[0] else -(-self.start // SLOT_MINUTES),
            ALWAYS_END if self.end == ALWAYS[1] else -(-self.end // SLOT_MINUTES),
        )

    def holds(self, start: MinuteArray) -> BoolArray:
        """Say of each shift whether it starts within the scope."""
        return np.asarray((self.start <= start) & (start < self.end), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class HeldLimit:
    """A limit that holds for an agent, and where; each is itself alone, so that it is a cheap key.

    Parameters
    ----------
    applied : Applied
        The limit, its pack, and why it holds.
    scope : Scope
        Shifts that start within fall under it.
    """

    applied: Applied
    scope: Scope

    @property
    def limit(self) -> Limit:
        """The limit of the pack."""
        return self.applied.limit


def night_of(pack: Pack) -> NightHours:
    """Return what a pack calls a night shift.

    Raises
    ------
    ValueError
        If it says nothing of it, although a limit speaks of nights.
    """
    if pack.night is None:
        raise ValueError(f"pack {pack.pack_id} has limits on nights and does not define a night")
    return night_hours(pack.night)


def extended_mark(pack: Pack, limit: ShiftHours) -> Mark:
    """Return the mark of shifts longer than usual."""
    night = night_of(pack) if limit.night_only else None
    return Mark(night, over_paid_minutes=limit.max_minutes)


def mark_of(pack: Pack, limit: Limit) -> Mark | None:
    """Return the mark of the shifts that a limit counts or follows; None: of every shift."""
    if isinstance(limit, ShiftHours):
        return extended_mark(pack, limit) if limit.extended_max_minutes is not None else None
    if isinstance(limit, AverageHours):
        return Mark(night_of(pack)) if limit.from_nights is not None else None
    if isinstance(limit, SeriesShifts):
        return Mark(night_of(pack)) if limit.with_night else None
    if isinstance(limit, SeriesRest):
        return Mark(night_of(pack))
    if isinstance(limit, NightCount):
        return Mark(night_of(pack), limit.ending_after_minute)
    if isinstance(limit, DailyRest) and limit.after_night_ending_after_minute is not None:
        return Mark(night_of(pack), limit.after_night_ending_after_minute)
    return None


@dataclass(slots=True, eq=False)
class AgentLaw:
    """The law of agents with one contract, site and course of places.

    Parameters
    ----------
    packs : tuple of AppliedPack
        Packs that hold, and when.
    limits : tuple of HeldLimit
        Limits that hold, and when.
    breaks : tuple of BreakDemand
        Breaks that the limits demand.
    marks : tuple of Mark
        What the bits of the agents' flags mean, from the lowest on.
    """

    packs: tuple[AppliedPack, ...]
    limits: tuple[HeldLimit, ...]
    breaks: tuple[BreakDemand, ...]
    marks: tuple[Mark, ...]
    _breaks_on: dict[tuple[str, date], tuple[BreakDemand, ...]] = field(default_factory=dict)
    _flags_on: dict[tuple[str, date], IntArray] = field(default_factory=dict)

    def flag(self, mark: Mark | None) -> int:
        """Return the bit of a mark as a mask; 0 for None."""
        return 0 if mark is None else 1 << self.marks.index(mark)

    def breaks_on(self, clock: ZoneClock, day: date) -> tuple[BreakDemand, ...]:
        """Return the breaks demanded in shifts that start on a date of a clock.

        Demands that hold all day come without bounds, so that they are the same from day to day.
        """
        key = clock.zone, day
        if key not in self._breaks_on:
            opens, closes = clock.window(day, 0, 1440)
            self._breaks_on[key] = tuple(
                BreakDemand(demand.over_minutes, demand.min_minutes, demand.within_minutes, *bounds)
                for demand in self.breaks
                if demand.start < closes and opens < demand.end
                for bounds in [
                    ALWAYS
                    if demand.start <= opens and closes <= demand.end
                    else (demand.start, demand.end)
                ]
            )
        return self._breaks_on[key]

    def breaks_at(self, minute: int) -> tuple[BreakDemand, ...]:
        """Return the breaks demanded in shifts that start in a minute."""
        return tuple(demand for demand in self.breaks if demand.start <= minute < demand.end)

    def flags(
        self,
        almanac: Almanac,
        zone: str,
        *,
        start: MinuteArray,
        end: MinuteArray,
        paid_minutes: IntArray,
    ) -> IntArray:
        """Return the flags of shifts worked in a zone."""
        flags = np.zeros(len(start), dtype=np.int32)
        for bit, mark in enumerate(self.marks):
            if mark.night is not None:
                held = almanac.nights(zone, mark.night).marked(mark, start, end, paid_minutes)
            else:
                held = np.asarray(paid_minutes > (mark.over_paid_minutes or 0), dtype=np.bool_)
            flags |= held.astype(np.int32) << bit
        return flags

    def pattern_flags(self, almanac: Almanac, zone: str, pattern: Pattern) -> IntArray:
        """Return the flags of the shifts offered on a date; worked out once for all agents."""
        key = zone, pattern.day
        if key not in self._flags_on:
            self._flags_on[key] = self.flags(
                almanac,
                zone,
                start=pattern.start,
                end=pattern.end,
                paid_minutes=pattern.breaks.paid_minutes,
            )
        return self._flags_on[key]


class Laws:
    """The law of every agent of a planning, worked out once for those who share it.

    Parameters
    ----------
    planning : Planning
        The input.
    book : RuleBook
        Packs and permits.
    grid : SlotGrid
        Minutes are counted from its start.
    """

    def __init__(self, planning: Planning, book: RuleBook, grid: SlotGrid) -> None:
        self._book = book
        self._grid = grid
        self._sites = {site.site_id: site for site in planning.sites}
        self._known: dict[object, AgentLaw] = {}

    def of(self, person: AgentDays) -> AgentLaw:
        """Return an agent's law."""
        key = person.contract, person.agent.site_id, person.timeline
        if key not in self._known:
            site = self._sites[person.agent.site_id]
            asked = self._book, person.contract, site, person.timeline
            limits = tuple(
                HeldLimit(applied, Scope.of(self._grid, applied.start, applied.end))
                for applied in applied_limits(*asked)
            )
            marks = _marks(limits)
            self._known[key] = AgentLaw(
                applied_packs(*asked), limits, tuple(_breaks(limits)), marks
            )
        return self._known[key]


def _marks(limits: Sequence[HeldLimit]) -> tuple[Mark, ...]:
    found = dict.fromkeys(
        mark for held in limits if (mark := mark_of(held.applied.pack, held.limit)) is not None
    )
    if len(found) > _MOST_MARKS:
        raise ValueError(f"more than {_MOST_MARKS} sorts of night shifts in one agent's law")
    return tuple(found)


def _breaks(limits: Sequence[HeldLimit]) -> Iterator[BreakDemand]:
    for held in limits:
        limit = held.limit
        if isinstance(limit, BreakTime):
            yield BreakDemand(
                limit.over_minutes,
                limit.min_minutes,
                limit.within_minutes,
                held.scope.start,
                held.scope.end,
            )
