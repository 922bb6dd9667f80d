"""What the company decides: shift lengths, waking hours, breaks and what things are worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.walltime import MINUTES_PER_DAY

__all__ = ["BreakRule", "ClockChange", "ShiftPolicy", "WakingHours", "Weights"]


class ClockChange(StrEnum):
    """What a shift pattern keeps when the clock changes inside it."""

    KEEP_DURATION = "keep_duration"
    KEEP_LOCAL_END = "keep_local_end"


@dataclass(frozen=True, slots=True)
class ShiftPolicy:
    """Which shifts may exist: lengths are elapsed minutes, starts on the local clock.

    Parameters
    ----------
    min_minutes, max_minutes : int
        Shortest and longest shift, breaks included.
    length_step_minutes, start_step_minutes : int
        Grids of lengths (from `min_minutes`) and of local start times (from 00:00).
    clock_change : ClockChange
        Whether a shift over a clock change keeps its elapsed length or its local end.
    """

    min_minutes: int = 240
    max_minutes: int = 540
    length_step_minutes: int = 60
    start_step_minutes: int = 30
    clock_change: ClockChange = ClockChange.KEEP_DURATION

    def __post_init__(self) -> None:
        if not 15 <= self.min_minutes <= self.max_minutes <= MINUTES_PER_DAY:
            raise ValueError("shift lengths must satisfy 15 min <= min <= max <= 24 h")
        for step in (self.length_step_minutes, self.start_step_minutes):
            if step <= 0 or step % 15:
                raise ValueError("steps must be positive multiples of 15 minutes")
        if self.min_minutes % 15 or self.max_minutes % 15:
            raise ValueError("shift lengths must be multiples of 15 minutes")


@dataclass(frozen=True, slots=True)
class WakingHours:
    """Clock range, by the agent's own clock, outside of which work counts as own night."""

    from_minute: int = 7 * 60
    until_minute: int = 23 * 60

    def __post_init__(self) -> None:
        if not 0 <= self.from_minute < self.until_minute <= MINUTES_PER_DAY:
            raise ValueError("waking hours must satisfy 00:00 <= from < until <= 24:00")


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break that shifts over a length get; the longest rule that applies counts, alone.

    Parameters
    ----------
    over_minutes : int
        Applies to shifts whose elapsed length is more than this.
    break_minutes : int
        Length of the break, a positive multiple of 15.
    paid : bool
        Whether the break is paid.
    margin_minutes : int
        The break lies wholly inside the shift less this margin at either end.
    """

    over_minutes: int
    break_minutes: int
    paid: bool = False
    margin_minutes: int = 120

    def __post_init__(self) -> None:
        if self.break_minutes <= 0 or self.break_minutes % 15 or self.margin_minutes % 15:
            raise ValueError("breaks and margins must be multiples of 15 minutes")
        if self.over_minutes < 2 * self.margin_minutes + self.break_minutes - 15:
            raise ValueError("break and margins must fit into the shortest shift they apply to")


@dataclass(frozen=True, slots=True)
class Weights:
    """What the planner would pay to avoid things, in cents of the base currency.

    Parameters
    ----------
    short_high_cents, short_middle_cents, short_low_cents : int
        One agent missing for half an hour, by tier: the first agent and the first third of those
        needed, the second third, the rest. Multiplied by the queue's priority weight.
    priority_percent : tuple of int
        Priority weight in percent of priority 1, 2, 3, ...; the last one covers all beyond.
    idle_cents : int
        One agent on duty beyond need for half an hour.
    own_night_cents_hour : int
        One hour of shift outside the agent's waking hours.
    wish_cents : int
        A wish not granted, per point of strength.
    under_target_cents_hour, under_min_cents_hour : int
        One paid hour short of the contract's target, and on top one hour short of its minimum.
    weekend_cents, evening_cents : int
        Unfairness: step by which each further weekend or evening shift of a full-time agent in a
        fortnight costs more than the one before.

    Notes
    -----
    Defaults are those of the measured trial; see ``docs/costs.md`` for the exact formulas.
    """

    short_high_cents: int = 8000
    short_middle_cents: int = 5000
    short_low_cents: int = 3000
    priority_percent: tuple[int, ...] = (200, 150, 100, 75)
    idle_cents: int = 100
    own_night_cents_hour: int = 1500
    wish_cents: int = 300
    under_target_cents_hour: int = 2000
    under_min_cents_hour: int = 2000
    weekend_cents: int = 1000
    evening_cents: int = 200

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            numbers = value if isinstance(value, tuple) else (value,)
            if not numbers or any(number < 0 or number > 10_000_000 for number in numbers):
                raise ValueError(f"{name} must lie between 0 and 10 000 000")
        if not self.short_high_cents >= self.short_middle_cents >= self.short_low_cents:
            raise ValueError("the price of a missing agent must not rise from tier to tier")
