"""The checks of rest, series and rolling hours: rules that follow the shifts in time.

Each takes a rule and the agent's shifts in order of time, and says where the rule is broken. A
violation in which no shift of the roster takes part is not reported; one that pins and carry alone
cause just as far is forgiven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from solver.rules import MaxSeries, MinRest, RollingHours, SeriesRest, ShortRests, WeeklyRest
from solver.worked import Violation, Worked, fixed_only, rows_of, starts_in

__all__ = [
    "check_max_series",
    "check_min_rest",
    "check_rolling_hours",
    "check_series_rest",
    "check_short_rests",
    "check_weekly_rest",
]


def check_min_rest(rule: MinRest, worked: Sequence[Worked]) -> list[Violation]:
    """Compare the time between each shift and the next with the rest demanded."""
    found = []
    for before, after in pairwise(worked):
        rest = after.start - before.end
        if (
            rest < rule.rest_slots
            and not after.carried
            and (not rule.flag or before.flags & rule.flag)
            and (starts_in(rule, before) or starts_in(rule, after))
        ):
            found.append(
                Violation(
                    "MinRest",
                    rule.agent_idx,
                    before.end,
                    rest,
                    rule.rest_slots,
                    forgiven=before.fixed and after.fixed,
                    rows=rows_of((before, after)),
                )
            )
    return found


def check_short_rests(rule: ShortRests, worked: Sequence[Worked]) -> list[Violation]:
    """Count the short rests that begin in the window that opens with each of them."""
    found = []
    short = _short_rests(rule, worked)
    if len(short) <= rule.times:
        return []
    alone = [before.end for before, _ in _short_rests(rule, fixed_only(worked))]
    for index, (first, _) in enumerate(short):
        until = first.end + rule.window_slots
        inside = [pair for pair in short[index:] if pair[0].end < until]
        if len(inside) > rule.times and not inside[-1][1].carried:
            found.append(
                Violation(
                    "ShortRests",
                    rule.agent_idx,
                    first.end,
                    len(inside),
                    rule.times,
                    forgiven=len(inside) <= sum(first.end <= begin < until for begin in alone),
                    rows=rows_of(sorted({shift for pair in inside for shift in pair})),
                )
            )
    return found


def _short_rests(rule: ShortRests, worked: Sequence[Worked]) -> list[tuple[Worked, Worked]]:
    """Return each shift that a short rest follows, with the next."""
    found = []
    for before, after in pairwise(worked):
        rest = after.start - before.end
        short = any(
            rest < usual and (not flag or before.flags & flag) for flag, usual in rule.demands
        )
        if short and (starts_in(rule, before) or starts_in(rule, after)):
            found.append((before, after))
    return found


def check_weekly_rest(rule: WeeklyRest, worked: Sequence[Worked]) -> list[Violation]:
    """Look for one long rest, or enough of the shorter ones, after the start of each shift."""
    found = []
    reach = max(rule.window_slots, rule.or_window_slots)
    for index, shift in enumerate(worked):
        until = shift.start + reach
        if until <= 0 or not starts_in(rule, shift):
            continue
        later = worked[index:]
        if all(other.carried for other in later if other.start < until):
            continue
        longest = max(_rests(later, shift.start, shift.start + rule.window_slots))
        if longest < rule.rest_slots and not _rests_instead(rule, later, shift.start):
            forgiven = shift.fixed and not _rested(rule, fixed_only(later), shift.start)
            found.append(
                Violation(
                    "WeeklyRest",
                    rule.agent_idx,
                    shift.start,
                    longest,
                    rule.rest_slots,
                    forgiven=forgiven,
                    rows=rows_of(other for other in later if other.start < until),
                )
            )
    return found


def _rested(rule: WeeklyRest, worked: Sequence[Worked], start: int) -> bool:
    longest = max(_rests(worked, start, start + rule.window_slots))
    return longest >= rule.rest_slots or _rests_instead(rule, worked, start)


def _rests_instead(rule: WeeklyRest, worked: Sequence[Worked], start: int) -> bool:
    """Whether the longer window holds shorter rests that add up to enough."""
    if not rule.or_rest_slots:
        return False
    rests = _rests(worked, start, start + rule.or_window_slots)
    return sum(rest for rest in rests if rest >= rule.or_part_slots) >= rule.or_rest_slots


def _rests(worked: Sequence[Worked], start: int, end: int) -> list[int]:
    """Return the lengths of the work-free runs inside ``[start, end)``, cut off at its edges."""
    rests, free_from = [], start
    for shift in worked:
        if shift.start >= end:
            break
        rests.append(shift.start - free_from)
        free_from = max(free_from, shift.end)
    rests.append(end - free_from)
    return rests


def check_max_series(rule: MaxSeries, worked: Sequence[Worked]) -> list[Violation]:
    """Count the shifts of each series."""
    return [
        Violation(
            "MaxSeries",
            rule.agent_idx,
            series[0].start,
            len(series),
            rule.max_shifts,
            forgiven=all(shift.fixed for shift in series),
            rows=rows_of(series),
        )
        for series in _series(worked, rule.gap_slots)
        if len(series) > rule.max_shifts
        and not series[-1].carried
        and (not rule.flag or any(shift.flags & rule.flag for shift in series))
        and any(starts_in(rule, shift) for shift in series)
    ]


def _series(worked: Sequence[Worked], gap_slots: int) -> Iterator[list[Worked]]:
    """Split the shifts where at least `gap_slots` lie between one and the next."""
    series: list[Worked] = []
    for shift in worked:
        if series and shift.start - series[-1].end >= gap_slots:
            yield series
            series = []
        series.append(shift)
    if series:
        yield series


def check_series_rest(rule: SeriesRest, worked: Sequence[Worked]) -> list[Violation]:
    """Compare the rest after each row of flagged shifts with the one demanded."""
    broken = [pair for pair in _broken_rows(rule, worked) if not pair[1].carried]
    if not broken:
        return []
    alone = {(row[-1], after) for row, after in _broken_rows(rule, fixed_only(worked))}
    return [
        Violation(
            "SeriesRest",
            rule.agent_idx,
            row[-1].end,
            after.start - row[-1].end,
            rule.rest_slots,
            forgiven=(row[-1], after) in alone,
            rows=rows_of((*row[-rule.count :], after)),
        )
        for row, after in broken
    ]


def _broken_rows(
    rule: SeriesRest, worked: Sequence[Worked]
) -> Iterator[tuple[list[Worked], Worked]]:
    """Yield each row of flagged shifts that too short a rest follows, with the shift after it."""
    row: list[Worked] = []
    for shift in worked:
        flagged = bool(shift.flags & rule.flag)
        if row:
            rest = shift.start - row[-1].end
            if not flagged or rest >= rule.gap_slots:
                in_scope = starts_in(rule, row[-1]) or starts_in(rule, shift)
                if len(row) >= rule.count and 0 <= rest < rule.rest_slots and in_scope:
                    yield row, shift
                row = []
        if flagged:
            row.append(shift)


def check_rolling_hours(
    rule: RollingHours, worked: Sequence[Worked], slot_minutes: int
) -> list[Violation]:
    """Add up the work in the window that opens with each shift.

    Parameters
    ----------
    slot_minutes : int
        Length of a slot.
    """
    found = []
    for index, shift in enumerate(worked):
        until = shift.start + rule.window_slots
        if until <= 0 or not starts_in(rule, shift):
            continue
        inside = [other for other in worked[index:] if other.start < until]
        total = _work_before(inside, until, slot_minutes)
        if total <= rule.max_minutes or inside[-1].carried:
            continue
        alone = _work_before(fixed_only(inside), until, slot_minutes) if shift.fixed else 0
        found.append(
            Violation(
                "RollingHours",
                rule.agent_idx,
                shift.start,
                total,
                rule.max_minutes,
                forgiven=total <= alone,
                rows=rows_of(inside),
            )
        )
    return found


def _work_before(worked: Sequence[Worked], until: int, slot_minutes: int) -> int:
    """Return the minutes of work before slot `until`: all of a shift that ends by then."""
    return sum(
        shift.paid_minutes
        if shift.end <= until
        else min(shift.paid_minutes, (until - shift.start) * slot_minutes)
        for shift in worked
    )
