"""Shift options: every lawful shift of every agent, and the pins, with what each costs.

Eligibility is enforced here by not making the option. Work is done per agent and local date on
arrays of shifts; what does not depend on the agent is computed once per zone and date.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.domain import Pin
from scheduler.planning.clocks import minute_of
from scheduler.planning.desk import COLUMNS, AgentDesk
from scheduler.planning.history import Carry
from scheduler.planning.law import HeldLimit
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import IntArray
from scheduler.timegrid.timeline import day_of, place_at

__all__ = ["Against", "AgentOptions", "PinnedShift", "options_of", "reasons_against"]

_NO_ROWS: IntArray = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class PinnedShift:
    """A pin that became an option.

    Parameters
    ----------
    row : int
        Its row among the agent's options.
    broken : tuple of str
        Reasons for which it would not exist as an ordinary option; empty when it would.
    """

    pin: Pin
    row: int
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AgentOptions:
    """All options of one agent.

    Parameters
    ----------
    columns : mapping of str to array
        Columns of `solver.OptionTable`, in order of day, start, end.
    pinned : tuple of PinnedShift
        The pins among them.
    left_out : tuple of Pin
        Pins on a day that has one already; a day has one shift.
    """

    columns: Mapping[str, IntArray]
    pinned: tuple[PinnedShift, ...]
    left_out: tuple[Pin, ...]

    def __len__(self) -> int:
        return len(self.columns["start"])


def options_of(
    almanac: Almanac,
    desk: AgentDesk,
    person: AgentDays,
    *,
    carry: Sequence[Carry],
    pins: Sequence[Pin],
) -> AgentOptions:
    """Return the lawful shifts of an agent and the agent's pins.

    A day with a pin has no other option; a day on which a shift of the history started has none
    but a pin.
    """
    pin_by_day: dict[int, Pin] = {}
    left_out = []
    for pin in sorted(pins, key=lambda pin: pin.start):
        day_idx = person.idx_of(day_of(person.timeline, pin.start))
        if day_idx in pin_by_day:
            left_out.append(pin)
        else:
            pin_by_day[day_idx] = pin
    worked = {own.shift.day for own in carry}
    parts: list[Mapping[str, IntArray]] = []
    pinned = []
    rows = 0
    for local_day in person.local_days:
        day_idx = person.idx_of(local_day.day)
        if day_idx in pin_by_day:
            pin = pin_by_day[day_idx]
            part, broken = _pin_option(almanac, desk, person, pin)
            broken += ("history",) * (day_idx in worked)
            pinned.append(PinnedShift(pin, rows, broken))
            parts.append(part)
            rows += 1
        elif day_idx not in worked:
            for piece in local_day.pieces:
                pattern = desk.pattern(piece.place, local_day.day)
                lawful = np.flatnonzero(desk.lawful(pattern, piece.place))
                if len(lawful):
                    every = desk.columns(pattern, piece.place, local_day.day)
                    parts.append({name: every[name][lawful] for name in COLUMNS})
                    rows += len(lawful)
    columns = {
        name: np.concatenate([_NO_ROWS, *(part[name] for part in parts)]) for name in COLUMNS
    }
    return AgentOptions(columns, tuple(pinned), tuple(left_out))


def _pin_option(
    almanac: Almanac, desk: AgentDesk, person: AgentDays, pin: Pin
) -> tuple[Mapping[str, IntArray], tuple[str, ...]]:
    place = place_at(person.timeline, pin.start)
    day = day_of(person.timeline, pin.start)
    shift = minute_of(almanac.grid, pin.start), minute_of(almanac.grid, pin.end)
    pattern = desk.pin_pattern(place, day, shift)
    broken = tuple(reason for reason, bad in desk.broken(pattern, place, pinned=True) if bad[0])
    offered = desk.pattern(place, day)
    if not np.any((offered.start == shift[0]) & (offered.end == shift[1])):
        broken += ("pattern",)
    return desk.columns(pattern, place, day, pinned=True), broken


@dataclass(frozen=True, slots=True)
class Against:
    """What bars the shifts of an agent who has no option.

    Parameters
    ----------
    total : int
        Shifts of the patterns that start where the agent is.
    reasons : Counter of str
        How many of them fail for which reason; a shift that fails for two counts for both.
    by_limit : mapping of str to Counter of HeldLimit
        Of reasons that are law: how many fail by which limit.
    """

    total: int
    reasons: Counter[str]
    by_limit: Mapping[str, Counter[HeldLimit]]


def reasons_against(desk: AgentDesk, person: AgentDays, carry: Sequence[Carry]) -> Against:
    """Return how many shifts start where the agent is, and what bars how many."""
    worked = {own.shift.day for own in carry}
    total = 0
    reasons: Counter[str] = Counter()
    by_limit: defaultdict[str, Counter[HeldLimit]] = defaultdict(Counter)
    for local_day in person.local_days:
        for piece in local_day.pieces:
            pattern = desk.pattern(piece.place, local_day.day)
            against = dict(desk.broken(pattern, piece.place))
            here = ~against.pop("horizon")
            against["history"] = np.full_like(here, person.idx_of(local_day.day) in worked)
            total += int(np.count_nonzero(here))
            for reason, bad in against.items():
                reasons[reason] += int(np.count_nonzero(here & bad))
            for reason, held, bad in desk.broken_by_limit(pattern, piece.place):
                by_limit[reason][held] += int(np.count_nonzero(here & bad))
    return Against(total, +reasons, by_limit)
