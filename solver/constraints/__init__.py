"""Models of the rules, one file per kind, and the registry that ties them to their records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solver.constraints import (
    count_cost,
    count_limit,
    days_limit,
    hours_if_count,
    hours_limit,
    hours_minimum,
    hours_target,
    max_consecutive_days,
    max_series,
    min_consecutive_days,
    min_days_off,
    min_rest,
    pin,
    rolling_hours,
    series_rest,
    short_rests,
    weekly_rest,
    windows_limit,
)
from solver.errors import SolverError
from solver.model.variables import Context
from solver.rules import (
    CountCost,
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    HoursMinimum,
    HoursTarget,
    MaxConsecutiveDays,
    MaxSeries,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Pin,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    WeeklyRest,
    WindowsLimit,
)

__all__ = ["REGISTRY", "Constraint", "constraint_for"]

Constraint = Callable[[Context, Any], None]
"""Adds the limits or cost terms of one rule record to the model."""

REGISTRY: tuple[tuple[type[Rule], Constraint], ...] = (
    (MinRest, min_rest.add),
    (ShortRests, short_rests.add),
    (WeeklyRest, weekly_rest.add),
    (MaxConsecutiveDays, max_consecutive_days.add),
    (MinConsecutiveDays, min_consecutive_days.add),
    (MinDaysOff, min_days_off.add),
    (MaxSeries, max_series.add),
    (SeriesRest, series_rest.add),
    (RollingHours, rolling_hours.add),
    (HoursLimit, hours_limit.add),
    (HoursMinimum, hours_minimum.add),
    (DaysLimit, days_limit.add),
    (CountLimit, count_limit.add),
    (HoursIfCount, hours_if_count.add),
    (WindowsLimit, windows_limit.add),
    (HoursTarget, hours_target.add),
    (CountCost, count_cost.add),
    (Pin, pin.add),
)
"""Rule record and its constraint, for every kind there is."""


def constraint_for(rule: Rule) -> Constraint:
    """Return the constraint of a rule's kind.

    Raises
    ------
    SolverError
        When the kind is not in `REGISTRY`: a rule is never left out in silence.
    """
    for kind, constraint in REGISTRY:
        if type(rule) is kind:
            return constraint
    raise SolverError(f"no constraint for rules of kind {type(rule).__name__}")
