"""Rule records: what a lawful roster must keep, and what costs when it is not kept.

Each record speaks of one agent. Hard kinds are limits, soft kinds add cost; `solver.check` and
`solver.score` are their specification, `solver.constraints` their models.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CountCost",
    "DaysLimit",
    "HoursLimit",
    "HoursTarget",
    "MaxConsecutiveDays",
    "MinRest",
    "Pin",
    "Rule",
    "WeeklyRest",
]


@dataclass(frozen=True, slots=True)
class MinRest:
    """At least `rest_slots` slots between the end of a shift and the start of the next."""

    agent_idx: int
    rest_slots: int


@dataclass(frozen=True, slots=True)
class WeeklyRest:
    """From each shift's start, `window_slots` slots hold one unbroken rest of `rest_slots`.

    Shifts of the carry start windows too. Beyond the last shift everything is rest.
    """

    agent_idx: int
    rest_slots: int
    window_slots: int


@dataclass(frozen=True, slots=True)
class MaxConsecutiveDays:
    """At most `days` consecutive days with a shift, carry included."""

    agent_idx: int
    days: int


@dataclass(frozen=True, slots=True)
class HoursLimit:
    """At most `max_minutes` paid minutes on days ``first_day <= day < end_day``, carry included.

    Parameters
    ----------
    carry_minutes : int
        Paid minutes of carry shifts that belong to the same period.
    """

    agent_idx: int
    first_day: int
    end_day: int
    max_minutes: int
    carry_minutes: int = 0


@dataclass(frozen=True, slots=True)
class DaysLimit:
    """At most `max_days` working days on days ``first_day <= day < end_day``, carry included.

    Parameters
    ----------
    carry_days : int
        Working days of the carry in the same period.
    """

    agent_idx: int
    first_day: int
    end_day: int
    max_days: int
    carry_days: int = 0


@dataclass(frozen=True, slots=True)
class HoursTarget:
    """Cost of paid minutes short of a target and of a minimum in a period (soft).

    ``max(0, target - h) * under_target_cents_hour // 60 + max(0, min - h) * under_min_cents_hour
    // 60``, with ``h`` the paid minutes on the period's days plus `carry_minutes`.
    Term: ``contract_hours``.
    """

    agent_idx: int
    first_day: int
    end_day: int
    target_minutes: int
    under_target_cents_hour: int
    min_minutes: int
    under_min_cents_hour: int
    carry_minutes: int = 0

    def cents(self, minutes: int) -> int:
        """Return the cost of `minutes` paid minutes, the carry not yet added."""
        worked = minutes + self.carry_minutes
        return (
            max(0, self.target_minutes - worked) * self.under_target_cents_hour // 60
            + max(0, self.min_minutes - worked) * self.under_min_cents_hour // 60
        )


@dataclass(frozen=True, slots=True)
class CountCost:
    """Growing cost of each further shift with a flag (soft): fairness of weekends and evenings.

    Parameters
    ----------
    flag : str
        Column of the option table that marks the shifts counted: ``weekend`` or ``evening``.
    step_cents : tuple of int
        Cost of the first, second, ... such shift; not falling. Beyond the last entry the last
        one repeats. Term: ``fair_weekends`` or ``fair_evenings``.
    """

    agent_idx: int
    flag: str
    step_cents: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.flag not in ("weekend", "evening"):
            raise ValueError("flag must be weekend or evening")
        if not self.step_cents or list(self.step_cents) != sorted(self.step_cents):
            raise ValueError("step_cents must not be empty and not fall")

    @property
    def term(self) -> str:
        """Name of the cost term."""
        return f"fair_{self.flag}s"

    def cents(self, count: int) -> int:
        """Return the cost of `count` such shifts."""
        steps = self.step_cents
        extra = max(0, count - len(steps))
        return sum(steps[:count]) + extra * steps[-1]


@dataclass(frozen=True, slots=True)
class Pin:
    """The agent works exactly this option on its day.

    Rules that pins and carry break on their own bind the rest of the roster no further than the
    pins themselves: a violation is forgiven while it is no worse than with the pins alone.
    """

    agent_idx: int
    option_idx: int


Rule = (
    MinRest
    | WeeklyRest
    | MaxConsecutiveDays
    | HoursLimit
    | DaysLimit
    | HoursTarget
    | CountCost
    | Pin
)
"""Any rule record."""
