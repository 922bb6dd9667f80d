"""Every rule kind once more, for one agent's set of options, without a look at `solver.check`.

Shifts are compared with each other and slots counted on strips, with no care for speed. Pins and
carry may break a rule as far as they do on their own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
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

Scoped = (
    MinRest | ShortRests | WeeklyRest | MaxConsecutiveDays | MaxSeries | SeriesRest | RollingHours
)


@dataclass(frozen=True)
class Shift:
    """A shift of the carry (row -1) or of the roster."""

    start: int
    end: int
    day: int
    minutes: int
    flags: int
    row: int
    fixed: bool

    def carries(self, flag: int) -> bool:
        return flag == 0 or self.flags & flag == flag


def is_lawful(
    problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule], rows: Sequence[int]
) -> bool:
    """Tell whether an agent may work exactly `rows`."""
    table = problem.options
    shifts = [
        Shift(c.start, c.end, c.day, c.paid_minutes, c.flags, -1, True)
        for c in problem.agents[agent_idx].carry
    ] + [
        Shift(
            int(table.start[row]),
            int(table.end[row]),
            int(table.day[row]),
            int(table.paid_minutes[row]),
            int(table.flags[row]),
            row,
            bool(table.pinned[row]),
        )
        for row in rows
    ]
    apart = all(
        (one.fixed and other.fixed) or one.end <= other.start or other.end <= one.start
        for one, other in itertools.combinations(shifts, 2)
    )
    fixed = [shift for shift in shifts if shift.fixed]
    return apart and all(_is_kept(problem, rule, shifts, fixed, rows) for rule in rules)


def _is_kept(
    problem: PlanningProblem,
    rule: Rule,
    shifts: list[Shift],
    fixed: list[Shift],
    rows: Sequence[int],
) -> bool:
    if isinstance(rule, Pin):
        return rule.option_idx in rows
    if isinstance(rule, HoursTarget | CountCost):
        return True
    if isinstance(rule, MinRest):
        return _too_short(rule, shifts) <= _too_short(rule, fixed)
    if isinstance(rule, ShortRests):
        now, alone = _short_begins(rule, shifts), _short_begins(rule, fixed)
        windows = [range(begin, begin + rule.window_slots) for begin in now]
        return all(
            sum(begin in window for begin in now)
            <= max(rule.times, sum(begin in window for begin in alone))
            for window in windows
        )
    if isinstance(rule, WeeklyRest):
        return _unrested(rule, shifts) <= _unrested(rule, fixed)
    if isinstance(rule, MaxConsecutiveDays):
        return _long_runs(rule, shifts) <= _long_runs(rule, fixed)
    if isinstance(rule, MinConsecutiveDays):
        days = problem.agents[rule.agent_idx].days
        return _short_rows(rule, shifts, days) <= _short_rows(rule, fixed, days)
    if isinstance(rule, MinDaysOff):
        few, little = _few_days_off(rule, shifts), _little_rest(rule, shifts)
        return few <= _few_days_off(rule, fixed) and little <= _little_rest(rule, fixed)
    if isinstance(rule, HoursMinimum):
        period = range(rule.first_day, rule.end_day)
        minutes = [s.minutes for s in shifts if s.row >= 0 and s.day in period]
        return sum(minutes, rule.carry_minutes) >= rule.min_minutes
    if isinstance(rule, MaxSeries):
        return _long_series(rule, shifts) <= _long_series(rule, fixed)
    if isinstance(rule, SeriesRest):
        return _soon_after_rows(rule, shifts) <= _soon_after_rows(rule, fixed)
    if isinstance(rule, RollingHours):
        return all(
            _rolled(rule, shifts, shift, problem.slot_minutes)
            <= max(
                rule.max_minutes,
                _rolled(rule, fixed, shift, problem.slot_minutes) if shift.fixed else 0,
            )
            for shift in shifts
            if _in(rule, shift)
        )
    if isinstance(rule, WindowsLimit):
        return _touched(rule, shifts) <= max(rule.max_touched, _touched(rule, fixed))
    return _period_is_kept(
        rule, [s for s in shifts if s.row >= 0], [s for s in fixed if s.row >= 0]
    )


def _in(rule: Scoped, *shifts: Shift) -> bool:
    return any(shift.start in range(rule.from_slot, rule.end_slot) for shift in shifts)


def _next(shifts: list[Shift], shift: Shift) -> Shift | None:
    later = [other for other in shifts if (other.start, other.end) > (shift.start, shift.end)]
    return min(later, key=lambda other: (other.start, other.end), default=None)


def _turns(shifts: list[Shift]) -> list[tuple[Shift, Shift, int]]:
    """Return each shift with the next, and the slots between."""
    pairs = [(shift, _next(shifts, shift)) for shift in shifts]
    return [(one, other, other.start - one.end) for one, other in pairs if other is not None]


def _too_short(rule: MinRest, shifts: list[Shift]) -> set[tuple[Shift, Shift]]:
    return {
        (one, other)
        for one, other, rest in _turns(shifts)
        if one.carries(rule.flag) and rest < rule.rest_slots and _in(rule, one, other)
    }


def _short_begins(rule: ShortRests, shifts: list[Shift]) -> list[int]:
    return [
        one.end
        for one, other, rest in _turns(shifts)
        if _in(rule, one, other)
        and rest < max([usual for flag, usual in rule.demands if one.carries(flag)], default=0)
    ]


def _strip(shifts: list[Shift], start: int, slots: int) -> NDArray[np.bool_]:
    strip = np.zeros(slots, dtype=bool)
    for shift in shifts:
        strip[max(0, shift.start - start) : max(0, shift.end - start)] = True
    return strip


def _unrested(rule: WeeklyRest, shifts: list[Shift]) -> set[Shift]:
    """Return the shifts that open a window without rest, if it reaches into the horizon."""
    found = set()
    for shift in shifts:
        reach = shift.start + max(rule.window_slots, rule.or_window_slots)
        if not _in(rule, shift) or reach <= 0:
            continue
        rests = [
            [
                len(list(run))
                for busy, run in itertools.groupby(_strip(shifts, shift.start, slots))
                if not busy
            ]
            for slots in (rule.window_slots, rule.or_window_slots)
        ]
        parts = sum(rest for rest in rests[1] if rest >= rule.or_part_slots)
        instead = rule.or_rest_slots > 0 and parts >= rule.or_rest_slots
        if max(rests[0], default=0) < rule.rest_slots and not instead:
            found.add(shift)
    return found


def _long_runs(rule: MaxConsecutiveDays, shifts: list[Shift]) -> set[int]:
    """Return the first days of runs that are too long."""
    days = {shift.day for shift in shifts}
    found = set()
    for day in days:
        run = set(range(day, day + rule.days + 1))
        if run <= days and _in(rule, *(shift for shift in shifts if shift.day in run)):
            found.add(day)
    return found


def _strip_of_days(shifts: list[Shift], first: int, end: int) -> str:
    """Return one letter a day: ``w`` where a shift is worked, ``-`` where none is."""
    worked = {shift.day for shift in shifts}
    return "".join("w" if day in worked else "-" for day in range(first, end))


def _short_rows(rule: MinConsecutiveDays, shifts: list[Shift], days: int) -> set[tuple[int, int]]:
    """Return the short rows with a day off on either side among the agent's days."""
    rows = re.finditer("(?<=-)w+(?=-)", _strip_of_days(shifts, 0, days))
    return {row.span() for row in rows if len(row.group()) < rule.days}


def _few_days_off(rule: MinDaysOff, shifts: list[Shift]) -> set[tuple[int, int]]:
    """Return the short runs of days off between two shifts, but for one that holds day 0."""
    first = min([0, *(shift.day for shift in shifts)])
    last = max([0, *(shift.day for shift in shifts)])
    runs = re.finditer("(?<=w)-+(?=w)", _strip_of_days(shifts, first, last + 1))
    found = {(run.start() + first, run.end() + first) for run in runs}
    return {(off, back) for off, back in found if back - off < rule.days and not off <= 0 < back}


def _little_rest(rule: MinDaysOff, shifts: list[Shift]) -> set[tuple[Shift, Shift]]:
    return {
        (one, other)
        for one, other, rest in _turns(shifts)
        if other.day >= one.day + 2 and rest < rule.rest_slots
    }


def _long_series(rule: MaxSeries, shifts: list[Shift]) -> set[frozenset[Shift]]:
    """Return the series that are too long, grown from each shift."""
    near = {(one, other) for one, other, rest in _turns(shifts) if rest < rule.gap_slots}
    found = set()
    for shift in shifts:
        series = {shift}
        while True:
            grown = series | {s for pair in near if set(pair) & series for s in pair}
            if grown == series:
                break
            series = grown
        flagged = any(member.carries(rule.flag) for member in series)
        if len(series) > rule.max_shifts and flagged and _in(rule, *series):
            found.add(frozenset(series))
    return found


def _soon_after_rows(rule: SeriesRest, shifts: list[Shift]) -> set[tuple[Shift, Shift]]:
    """Return each last shift of a row with the next where that comes too soon."""
    before = {other: (one, rest) for one, other, rest in _turns(shifts)}
    found = set()
    for one, other, rest in _turns(shifts):
        length, at = 0, one
        while at.carries(rule.flag):
            length += 1
            previous, gap = before.get(at, (None, 0))
            if previous is None or gap >= rule.gap_slots:
                break
            at = previous
        goes_on = other.carries(rule.flag) and rest < rule.gap_slots
        if (
            length >= rule.count
            and not goes_on
            and 0 <= rest < rule.rest_slots
            and _in(rule, one, other)
        ):
            found.add((one, other))
    return found


def _rolled(rule: RollingHours, shifts: list[Shift], opener: Shift, slot_minutes: int) -> int:
    total = 0
    end = opener.start + rule.window_slots
    for shift in shifts:
        if opener.start <= shift.start < end:
            inside = slot_minutes * (min(shift.end, end) - shift.start)
            total += shift.minutes if shift.end <= end else min(shift.minutes, inside)
    return total


def _touched(rule: WindowsLimit, shifts: list[Shift]) -> int:
    return rule.carry_touched + sum(
        any(set(range(shift.start, shift.end)) & set(range(*window)) for shift in shifts)
        for window in rule.windows
    )


def _period_is_kept(
    rule: HoursLimit | DaysLimit | CountLimit | HoursIfCount,
    shifts: list[Shift],
    fixed: list[Shift],
) -> bool:
    now, alone = (
        [shift for shift in some if rule.first_day <= shift.day < rule.end_day]
        for some in (shifts, fixed)
    )
    if not now:
        return True
    if isinstance(rule, DaysLimit):
        spent, least = (rule.carry_days + len({s.day for s in some}) for some in (now, alone))
        return spent <= max(rule.max_days, least)
    if isinstance(rule, CountLimit):
        spent, least = (
            rule.carry_count + sum(s.carries(rule.flag) for s in some) for some in (now, alone)
        )
        return spent <= max(rule.max_count, least) or spent == rule.carry_count
    spent, least = (rule.carry_minutes + sum(s.minutes for s in some) for some in (now, alone))
    if isinstance(rule, HoursLimit):
        return spent <= max(rule.max_minutes, least)
    many, many_alone = (
        rule.carry_count + sum(s.carries(rule.flag) for s in some) >= rule.from_count
        for some in (now, alone)
    )
    return not many or spent <= max(rule.max_minutes, least if many_alone else 0)
