"""One agent's view of a pattern: which shifts may be worked, why not the others, what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date

import numpy as np

from scheduler.domain import Contract, Planning
from scheduler.planning.clocks import minute_of
from scheduler.planning.law import AgentLaw, HeldLimit
from scheduler.planning.lawful import LawBars
from scheduler.planning.patterns import Almanac, Pattern, pattern_of
from scheduler.planning.pay import AgentPay
from scheduler.planning.people import AgentDays, bars
from scheduler.planning.skills import Servable
from scheduler.planning.spans import BoolArray, IntArray, Spans
from scheduler.planning.wishes import open_wants, shift_wish_points
from scheduler.timegrid.timeline import Place
from solver import OptionTable

__all__ = ["COLUMNS", "AgentDesk", "allowed_lengths"]

COLUMNS = tuple(column.name for column in fields(OptionTable))
"""Names of the columns of the solver's option table."""


def allowed_lengths(planning: Planning, contract: Contract) -> tuple[int, ...]:
    """Return the shift lengths of the planning that a contract allows, in minutes, rising."""
    policy = planning.shifts
    return tuple(
        length
        for length in range(policy.min_minutes, policy.max_minutes + 1, policy.length_step_minutes)
        if contract.min_shift_minutes is None or contract.min_shift_minutes <= length
        if contract.max_shift_minutes is None or length <= contract.max_shift_minutes
    )


class AgentDesk:
    """Judges and prices shifts for one agent.

    Parameters
    ----------
    almanac : Almanac
        Clocks and patterns shared by all agents.
    person : AgentDays
        The agent.
    agent_idx : int
        Position in the planning.
    skills : Servable
        Which queues the agents may serve.
    law : AgentLaw
        The agent's.
    law_bars : LawBars
        Shared by all agents.
    """

    def __init__(
        self,
        almanac: Almanac,
        person: AgentDays,
        agent_idx: int,
        *,
        skills: Servable,
        law: AgentLaw,
        law_bars: LawBars,
    ) -> None:
        self._almanac = almanac
        self._law = law
        self._law_bars = law_bars
        self._pay = AgentPay(almanac, person, law.packs)
        self._waking = person.agent.waking_hours or almanac.planning.waking_hours
        self._person = person
        self._agent_idx = agent_idx
        self._lengths = allowed_lengths(almanac.planning, person.contract)
        self._wants = open_wants(person, almanac.grid)
        self._served_before = _served_before(skills, agent_idx, almanac.grid.slots)
        self._bars: dict[str, Mapping[str, Spans]] = {}

    def pattern(self, place: Place, day: date) -> Pattern:
        """Return the shifts offered on a date to agents with this contract at that place."""
        demands = self._law.breaks_on(self._almanac.clock(place.zone), day)
        return self._almanac.pattern(
            place.zone, day, self._lengths, waking=self._waking, demands=demands
        )

    def pin_pattern(self, place: Place, day: date, shift: tuple[int, int]) -> Pattern:
        """Return one shift, given in minutes, whether offered or not."""
        return pattern_of(
            self._almanac.planning,
            self._almanac.clock(place.zone, self._waking),
            day,
            [shift],
            demands=self._law.breaks_on(self._almanac.clock(place.zone), day),
        )

    def broken(
        self, pattern: Pattern, place: Place, *, pinned: bool = False
    ) -> Iterator[tuple[str, BoolArray]]:
        """Yield each reason against a shift with the shifts it speaks against.

        Parameters
        ----------
        pattern : Pattern
            Shifts on the clock of `place`.
        pinned : bool
            Whether it is that of a pin (`pin_pattern`).
        """
        grid = self._almanac.grid
        start, end = pattern.start, pattern.end
        outside = (start < 0) | (pattern.start_slot >= grid.slots)
        if place.start is not None:
            outside |= start < minute_of(grid, place.start)
        if place.end is not None:
            outside |= start >= minute_of(grid, place.end)
            yield "place", ~outside & (end > minute_of(grid, place.end))
        yield "horizon", outside
        if place.zone not in self._bars:
            self._bars[place.zone] = bars(self._person, self._almanac.clock(place.zone))
        for reason, spans in self._bars[place.zone].items():
            yield reason, spans.touches(start, end)
        if not self._person.contract.night_allowed:
            yield "waking_hours", pattern.night_minutes > 0
        first = np.clip(pattern.start_slot, 0, grid.slots)
        after = np.clip(pattern.end_slot, 0, grid.slots)
        yield "skills", self._served_before[after] == self._served_before[first]
        judge = self._law_bars.against if pinned else self._law_bars.offered
        yield from judge(self._law, pattern, place, self._person.agent.site_id).items()

    def broken_by_limit(
        self, pattern: Pattern, place: Place
    ) -> Iterator[tuple[str, HeldLimit, BoolArray]]:
        """Yield the reasons of `broken` that are law, limit by limit."""
        return self._law_bars.by_limit(self._law, pattern, place)

    def lawful(self, pattern: Pattern, place: Place) -> BoolArray:
        """Say of each shift whether nothing speaks against it."""
        good = np.ones(len(pattern), dtype=np.bool_)
        for _, bad in self.broken(pattern, place):
            good &= ~bad
        return good

    def columns(
        self, pattern: Pattern, place: Place, day: date, *, pinned: bool = False
    ) -> dict[str, IntArray]:
        """Return the option columns of all shifts of a pattern, lawful or not."""
        person, law = self._person, self._law
        day_idx = person.idx_of(day)
        paid_minutes = pattern.breaks.paid_minutes
        points = shift_wish_points(
            person,
            self._wants[day_idx],
            day=day,
            clock=self._almanac.clock(place.zone),
            start=pattern.start,
            end=pattern.end,
        )

        if pinned:
            flags = law.flags(
                self._almanac,
                place.zone,
                start=pattern.start,
                end=pattern.end,
                paid_minutes=paid_minutes,
            )
        else:
            flags = law.pattern_flags(self._almanac, place.zone, pattern)

        def same(value: int) -> IntArray:
            return np.full(len(pattern), value, dtype=np.int32)

        return {
            "agent": same(self._agent_idx),
            "day": same(day_idx),
            "start": pattern.start_slot,
            "end": pattern.end_slot,
            "paid_minutes": paid_minutes,
            "break_slots": pattern.breaks.break_slots,
            "break_from": pattern.breaks.break_from,
            "break_until": pattern.breaks.break_until,
            "wages_cents": self._pay.wages_cents(paid_minutes, day),
            "premium_cents": self._pay.premium_cents(
                pattern.start,
                pattern.end,
                pattern.end - pattern.start - paid_minutes,
                place,
                day,
            ),
            "own_night_cents": pattern.own_night_cents,
            "wish_cents": (points * self._almanac.planning.weights.wish_cents).astype(np.int32),
            "weekend": same(pattern.weekend),
            "evening": pattern.evening,
            "flags": flags,
            "pinned": same(int(pinned)),
        }

    def off_cents(self) -> tuple[int, ...]:
        """Return by day index what it costs to work no shift on that day."""
        wish_cents = self._almanac.planning.weights.wish_cents
        return tuple(sum(wish.strength for wish in wants) * wish_cents for wants in self._wants)


def _served_before(skills: Servable, agent_idx: int, slots: int) -> IntArray:
    """Return for each slot how many before it have a queue that the agent may serve."""
    serves = np.zeros(slots + 1, dtype=np.int32)
    segments = skills.segments[agent_idx]
    afters = [*(from_slot for from_slot, _ in segments[1:]), slots]
    for (from_slot, group), after in zip(segments, afters, strict=True):
        serves[from_slot + 1 : after + 1] = bool(skills.groups[group])
    return np.cumsum(serves, dtype=np.int32)
