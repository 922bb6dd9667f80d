"""The checks of days in a row: rules that look at which days hold a shift, and which do not.

Each takes a rule and the agent's shifts in order of time. A violation in which no shift of the
roster takes part is not reported; one that pins and carry alone cause just as far is forgiven.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from solver.rules import MaxConsecutiveDays, MinConsecutiveDays, MinDaysOff
from solver.worked import Violation, Worked, fixed_only, rows_of, starts_in

__all__ = ["check_max_consecutive_days", "check_min_consecutive_days", "check_min_days_off"]


def _by_day(worked: Sequence[Worked]) -> dict[int, list[Worked]]:
    by_day: dict[int, list[Worked]] = {}
    for shift in worked:
        by_day.setdefault(shift.day, []).append(shift)
    return by_day


def check_max_consecutive_days(
    rule: MaxConsecutiveDays, worked: Sequence[Worked]
) -> list[Violation]:
    """Look for ``days + 1`` days in a row with a shift each, one of them in the scope."""
    found = []
    by_day = _by_day(worked)
    for last in sorted({shift.day for shift in worked if not shift.carried}):
        window = range(last - rule.days, last + 1)
        if not all(day in by_day for day in window):
            continue
        inside = [shift for day in window for shift in by_day[day]]
        if any(starts_in(rule, shift) for shift in inside):
            fixed = fixed_only(inside)
            alone = len({shift.day for shift in fixed}) > rule.days
            found.append(
                Violation(
                    "MaxConsecutiveDays",
                    rule.agent_idx,
                    last,
                    rule.days + 1,
                    rule.days,
                    forgiven=alone and any(starts_in(rule, shift) for shift in fixed),
                    rows=rows_of(inside),
                )
            )
    return found


def check_min_consecutive_days(
    rule: MinConsecutiveDays, worked: Sequence[Worked], days: int
) -> list[Violation]:
    """Measure each row of working days that is known from its first to its last day.

    Parameters
    ----------
    days : int
        Number of the agent's days: rows that hold day 0 or the last one may go on beyond.
    """
    found = []
    by_day = _by_day(worked)
    for row in _rows(by_day):
        if len(row) >= rule.days or row[0] <= 0 <= row[-1] or row[-1] >= days - 1:
            continue
        inside = [shift for day in row for shift in by_day[day]]
        if all(shift.carried for shift in inside):
            continue
        found.append(
            Violation(
                "MinConsecutiveDays",
                rule.agent_idx,
                row[0],
                len(row),
                rule.days,
                forgiven=all(shift.fixed for shift in inside),
                rows=rows_of(inside),
            )
        )
    return found


def _rows(days: Iterable[int]) -> Iterator[range]:
    """Yield each row of days without a hole, as long as it lasts."""
    row = range(0)
    for day in sorted(days):
        if row and day == row.stop:
            row = range(row.start, day + 1)
        else:
            if row:
                yield row
            row = range(day, day + 1)
    if row:
        yield row


def check_min_days_off(rule: MinDaysOff, worked: Sequence[Worked]) -> list[Violation]:
    """Count the days off between working days, and measure the rest around them.

    A run of days off may break the rule twice: its first day is `at` both times, amount and limit
    are days in the first case and slots in the second.
    """
    return [*_few_days_off(rule, worked), *_little_rest(rule, worked)]


def _few_days_off(rule: MinDaysOff, worked: Sequence[Worked]) -> Iterator[Violation]:
    by_day = _by_day(worked)
    for before, after in pairwise(sorted(by_day)):
        off = after - before - 1
        holds_first_day = before < 0 < after
        around = [*by_day[before], *by_day[after]]
        if 0 < off < rule.days and not holds_first_day and not all(s.carried for s in around):
            fixed_days = {shift.day for shift in fixed_only(around)}
            yield Violation(
                "MinDaysOff",
                rule.agent_idx,
                before + 1,
                off,
                rule.days,
                forgiven=len(fixed_days) == len({before, after}),
                rows=rows_of(around),
            )


def _little_rest(rule: MinDaysOff, worked: Sequence[Worked]) -> Iterator[Violation]:
    for before, after in pairwise(worked):
        rest = after.start - before.end
        if rest < rule.rest_slots and after.day - before.day > 1 and not after.carried:
            yield Violation(
                "MinDaysOff",
                rule.agent_idx,
                before.day + 1,
                rest,
                rule.rest_slots,
                forgiven=before.fixed and after.fixed,
                rows=rows_of((before, after)),
            )
