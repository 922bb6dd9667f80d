"""The checks of periods: hours, days, flagged shifts and stretches of time, added up.

Where pins and carry alone exceed a limit, what they amount to is the limit. A minimum is a minimum.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

from solver.rules import (
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    HoursMinimum,
    WindowsLimit,
)
from solver.worked import Violation, Worked, fixed_only, rows_of

__all__ = [
    "check_count_limit",
    "check_days_limit",
    "check_hours_if_count",
    "check_hours_limit",
    "check_hours_minimum",
    "check_windows_limit",
]


class _Period(Protocol):
    @property
    def first_day(self) -> int: ...

    @property
    def end_day(self) -> int: ...


def _inside(rule: _Period, worked: Sequence[Worked]) -> list[Worked]:
    """Return the roster's shifts on the period's days; the carry has its own number."""
    first, end = rule.first_day, rule.end_day
    return [shift for shift in worked if not shift.carried and first <= shift.day < end]


def check_hours_limit(rule: HoursLimit, worked: Sequence[Worked]) -> list[Violation]:
    """Add up the paid minutes of the period."""
    inside = _inside(rule, worked)
    total = rule.carry_minutes + _minutes(inside)
    if total <= rule.max_minutes or not inside:
        return []
    return [
        Violation(
            "HoursLimit",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.max_minutes,
            forgiven=total <= rule.carry_minutes + _minutes(fixed_only(inside)),
            rows=rows_of(inside),
        )
    ]


def check_hours_minimum(rule: HoursMinimum, worked: Sequence[Worked]) -> list[Violation]:
    """Add up the paid minutes of the period; too few are never forgiven, nor is a period off."""
    inside = _inside(rule, worked)
    total = rule.carry_minutes + _minutes(inside)
    if total >= rule.min_minutes:
        return []
    return [
        Violation(
            "HoursMinimum",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.min_minutes,
            rows=rows_of(inside),
        )
    ]


def check_days_limit(rule: DaysLimit, worked: Sequence[Worked]) -> list[Violation]:
    """Count the working days of the period."""
    inside = _inside(rule, worked)
    total = rule.carry_days + len({shift.day for shift in inside})
    if total <= rule.max_days or not inside:
        return []
    alone = rule.carry_days + len({shift.day for shift in inside if shift.fixed})
    return [
        Violation(
            "DaysLimit",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.max_days,
            forgiven=total <= alone,
            rows=rows_of(inside),
        )
    ]


def check_count_limit(rule: CountLimit, worked: Sequence[Worked]) -> list[Violation]:
    """Count the period's shifts with the flag."""
    inside = [shift for shift in _inside(rule, worked) if shift.flags & rule.flag]
    total = rule.carry_count + len(inside)
    if total <= rule.max_count or not inside:
        return []
    return [
        Violation(
            "CountLimit",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.max_count,
            forgiven=total <= rule.carry_count + len(fixed_only(inside)),
            rows=rows_of(inside),
        )
    ]


def check_hours_if_count(rule: HoursIfCount, worked: Sequence[Worked]) -> list[Violation]:
    """Add up the paid minutes of a period that holds enough flagged shifts."""
    inside = _inside(rule, worked)
    total = _minutes_if_count(rule, inside)
    if total <= rule.max_minutes or not inside:
        return []
    return [
        Violation(
            "HoursIfCount",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.max_minutes,
            forgiven=total <= _minutes_if_count(rule, fixed_only(inside)),
            rows=rows_of(inside),
        )
    ]


def _minutes_if_count(rule: HoursIfCount, inside: Sequence[Worked]) -> int:
    """Return the paid minutes of the period; 0 while it holds too few flagged shifts."""
    count = rule.carry_count + sum(bool(shift.flags & rule.flag) for shift in inside)
    return rule.carry_minutes + _minutes(inside) if count >= rule.from_count else 0


def check_windows_limit(rule: WindowsLimit, worked: Sequence[Worked]) -> list[Violation]:
    """Count the stretches of time that hold work."""
    touched: dict[int, list[Worked]] = {}
    ends = [end for _, end in rule.windows]
    for shift in worked:
        index = bisect_right(ends, shift.start)
        while index < len(ends) and rule.windows[index][0] < shift.end:
            touched.setdefault(index, []).append(shift)
            index += 1
    total = rule.carry_touched + len(touched)
    if total <= rule.max_touched:
        return []
    inside = sorted({shift for shifts in touched.values() for shift in shifts})
    if all(shift.carried for shift in inside):
        return []
    alone = rule.carry_touched + sum(
        any(shift.fixed for shift in shifts) for shifts in touched.values()
    )
    return [
        Violation(
            "WindowsLimit",
            rule.agent_idx,
            rule.windows[0][0],
            total,
            rule.max_touched,
            forgiven=total <= alone,
            rows=rows_of(inside),
        )
    ]


def _minutes(worked: Sequence[Worked]) -> int:
    return sum(shift.paid_minutes for shift in worked)
