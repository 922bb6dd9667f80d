"""Models of the rules, one file per kind, and the registry that ties them to their records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solver.constraints import (
    count_cost,
    days_limit,
    hours_limit,
    hours_target,
    max_consecutive_days,
    min_rest,
    pin,
    weekly_rest,
)
from solver.errors import SolverError
from solver.model.variables import Context
from solver.rules import (
    CountCost,
    DaysLimit,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Pin,
    Rule,
    WeeklyRest,
)

__all__ = ["REGISTRY", "Constraint", "constraint_for"]

Constraint = Callable[[Context, Any], None]
"""Adds the limits or cost terms of one rule record to the model."""

REGISTRY: tuple[tuple[type[Rule], Constraint], ...] = (
    (MinRest, min_rest.add),
    (WeeklyRest, weekly_rest.add),
    (MaxConsecutiveDays, max_consecutive_days.add),
    (HoursLimit, hours_limit.add),
    (DaysLimit, days_limit.add),
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
