"""Rule records: what a lawful roster must keep, and what costs when it is not kept.

Each record speaks of one agent. Hard kinds are limits, soft kinds add cost; `solver.check` and
`solver.score` are their specification, `solver.constraints` their models.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ALWAYS_END",
    "ALWAYS_FROM",
    "CountCost",
    "CountLimit",
    "DaysLimit",
    "HoursIfCount",
    "HoursLimit",
    "HoursMinimum",
    "HoursTarget",
    "MaxConsecutiveDays",
    "MaxSeries",
    "MinConsecutiveDays",
    "MinDaysOff",
    "MinRest",
    "Pin",
    "RollingHours",
    "Rule",
    "SeriesRest",
    "ShortRests",
    "WeeklyRest",
    "WindowsLimit",
]

ALWAYS_FROM, ALWAYS_END = -(10**9), 10**9
"""Scope of a rule that holds throughout."""


@dataclass(frozen=True, slots=True)
class MinRest:
    """At least `rest_slots` slots between the end of a shift and the start of the next.

    Parameters
    ----------
    flag : int
        Mask of one bit of the options' flags: the rule asks for rest after shifts that carry it; 0
        stands for every shift.
    from_slot, end_slot : int
        Scope. The rule binds when one of the two shifts starts within ``[from_slot, end_slot)``.
    """

    agent_idx: int
    rest_slots: int
    flag: int = 0
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class ShortRests:
    """Of the rests shorter than usual, at most `times` begin within any `window_slots` slots.

    A rest between a shift and the next is short when it is less than the `rest_slots` of a demand
    whose flag is 0 or carried by the earlier shift. It begins where the earlier shift ends; rests
    lie in one window when they begin less than `window_slots` apart.

    Parameters
    ----------
    demands : tuple of (flag, rest_slots)
        Usual rests; they share the exception.
    from_slot, end_slot : int
        Scope. A rest counts when one of the two shifts starts within it.
    """

    agent_idx: int
    demands: tuple[tuple[int, int], ...]
    times: int
    window_slots: int
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class WeeklyRest:
    """From each shift's start, `window_slots` slots hold one unbroken rest of `rest_slots`.

    Shifts of the carry start windows too. Beyond the last shift everything is rest. Where
    `or_rest_slots` is set, it is enough instead that the first `or_window_slots` slots from that
    start hold rests of at least `or_part_slots` each that add up to `or_rest_slots`.

    Parameters
    ----------
    from_slot, end_slot : int
        Scope. A window binds when the shift that opens it starts within it.
    """

    agent_idx: int
    rest_slots: int
    window_slots: int
    or_rest_slots: int = 0
    or_window_slots: int = 0
    or_part_slots: int = 0
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class MaxConsecutiveDays:
    """At most `days` consecutive days with a shift, carry included.

    Parameters
    ----------
    from_slot, end_slot : int
        Scope. ``days + 1`` days in a row break the rule when one of their shifts starts within it.
    """

    agent_idx: int
    days: int
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class MinConsecutiveDays:
    """At least `days` consecutive days with a shift, whenever the agent works at all.

    A row of working days that holds the agent's first or last day is never too short: nothing is
    known of the days beyond.
    """

    agent_idx: int
    days: int


@dataclass(frozen=True, slots=True)
class MinDaysOff:
    """At least `days` consecutive days without a shift, and rest enough, whenever there is one.

    Days off that hold the agent's first or last day are never too few: nothing is known of the days
    beyond.

    Parameters
    ----------
    rest_slots : int
        Fewest slots between the shifts on either side of such days, a carry shift before the first
        day included; 0 for no demand.
    """

    agent_idx: int
    days: int
    rest_slots: int = 0


@dataclass(frozen=True, slots=True)
class MaxSeries:
    """At most `max_shifts` shifts in a series in which a shift carries `flag`.

    A series is a run of shifts with less than `gap_slots` slots between one and the next, as long
    as it lasts, carry included.

    Parameters
    ----------
    flag : int
        Mask of one bit; 0: every series counts.
    from_slot, end_slot : int
        Scope. A series binds when one of its shifts starts within it.
    """

    agent_idx: int
    max_shifts: int
    gap_slots: int
    flag: int = 0
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class SeriesRest:
    """At least `rest_slots` slots without work after `count` or more flagged shifts in a row.

    Flagged shifts are in a row while each directly follows the one before, less than `gap_slots`
    slots after its end. The row is over when the next shift is not flagged or `gap_slots` away.
    Shifts that overlap are no matter of this rule.

    Parameters
    ----------
    flag : int
        Mask of one bit.
    from_slot, end_slot : int
        Scope. The rule binds when the row's last shift or the next one starts within it.
    """

    agent_idx: int
    flag: int
    count: int
    gap_slots: int
    rest_slots: int
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


@dataclass(frozen=True, slots=True)
class RollingHours:
    """From each shift's start, `window_slots` slots hold at most `max_minutes` of work.

    A shift that ends inside the window counts with its paid minutes; one that runs out of it with
    the elapsed minutes inside, at most its paid minutes.

    Parameters
    ----------
    from_slot, end_slot : int
        Scope. A window binds when the shift that opens it starts within it.
    """

    agent_idx: int
    window_slots: int
    max_minutes: int
    from_slot: int = ALWAYS_FROM
    end_slot: int = ALWAYS_END


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
class HoursMinimum:
    """At least `min_minutes` paid minutes on days ``first_day <= day < end_day`` (hard).

    An agent may have no lawful roster at all under such a rule; the solver then names the agent.

    Parameters
    ----------
    carry_minutes : int
        Paid minutes of carry shifts that belong to the same period.
    """

    agent_idx: int
    first_day: int
    end_day: int
    min_minutes: int
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
class CountLimit:
    """At most `max_count` shifts with a flag on days ``first_day <= day < end_day``.

    Parameters
    ----------
    flag : int
        Mask of one bit.
    carry_count : int
        Shifts with the flag before the horizon that belong to the same period.
    """

    agent_idx: int
    flag: int
    first_day: int
    end_day: int
    max_count: int
    carry_count: int = 0


@dataclass(frozen=True, slots=True)
class HoursIfCount:
    """At most `max_minutes` paid minutes in a period with `from_count` or more flagged shifts.

    Parameters
    ----------
    flag : int
        Mask of one bit.
    first_day, end_day : int
        The period, ``first_day <= day < end_day``.
    carry_minutes, carry_count : int
        Paid minutes and flagged shifts before the horizon that belong to the same period.
    """

    agent_idx: int
    flag: int
    first_day: int
    end_day: int
    from_count: int
    max_minutes: int
    carry_minutes: int = 0
    carry_count: int = 0


@dataclass(frozen=True, slots=True)
class WindowsLimit:
    """At most `max_touched` of some stretches of time (such as Sundays) hold work.

    Parameters
    ----------
    windows : tuple of (int, int)
        Disjoint stretches in slots, in order; half-open. Shifts of the carry touch them, too.
    carry_touched : int
        Earlier stretches of the same period, not among `windows`, that held work.
    """

    agent_idx: int
    windows: tuple[tuple[int, int], ...]
    max_touched: int
    carry_touched: int = 0

    def __post_init__(self) -> None:
        edges = [edge for window in self.windows for edge in window]
        if edges != sorted(edges):
            raise ValueError("windows must be disjoint and in order")


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
    | ShortRests
    | WeeklyRest
    | MaxConsecutiveDays
    | MinConsecutiveDays
    | MinDaysOff
    | MaxSeries
    | SeriesRest
    | RollingHours
    | HoursLimit
    | HoursMinimum
    | DaysLimit
    | CountLimit
    | HoursIfCount
    | WindowsLimit
    | HoursTarget
    | CountCost
    | Pin
)
"""Any rule record."""
