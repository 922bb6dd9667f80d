"""Rules that can never bind, left out: exactly, so that every roster is judged as before.

A rule goes when another one, which stays, is at least as strict wherever it holds, or when no
roster of the agent's options that keeps the contract could break it. Fewer rules make the search
faster and, where sums over overlapping days go, better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from scheduler.planning.possible import Possible
from scheduler.planning.spans import IntArray
from solver import (
    ALWAYS_END,
    ALWAYS_FROM,
    SLOT_MINUTES,
    CarryShift,
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    MaxConsecutiveDays,
    MaxSeries,
    MinRest,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    WeeklyRest,
    WindowsLimit,
)

__all__ = ["binding"]

_Scoped = (
    MinRest | ShortRests | WeeklyRest | MaxConsecutiveDays | MaxSeries | SeriesRest | RollingHours
)
_SCOPED = (
    MinRest,
    ShortRests,
    WeeklyRest,
    MaxConsecutiveDays,
    MaxSeries,
    SeriesRest,
    RollingHours,
)
_Ranged = HoursLimit | DaysLimit | CountLimit | HoursIfCount


def binding(
    contract: Sequence[Rule], law: Sequence[Rule], possible: Possible
) -> tuple[list[Rule], dict[int, Rule]]:
    """Return the rules that can bind, some of them in a simpler form.

    Parameters
    ----------
    contract : sequence of Rule
        Limits of hours and days by ISO week; one goes only for a stricter one of the same days.
    law : sequence of Rule
        All other limits of the agent.
    possible : Possible
        Of that agent.

    Returns
    -------
    contract : list of Rule
        Those of the contract that stay.
    law : dict of int to Rule
        Position in `law` and record, for those that stay.
    """
    week_days = {
        (rule.first_day, rule.end_day) for rule in contract if isinstance(rule, HoursLimit)
    }
    scoped = {idx: _in_scope(rule, possible) for idx, rule in enumerate(law)}
    rules: dict[int, Rule] = {-1 - idx: rule for idx, rule in enumerate(contract)}
    rules |= {idx: rule for idx, rule in scoped.items() if rule is not None}
    _drop_dominated(rules, possible)
    caps = [
        rule
        for rule in rules.values()
        if isinstance(rule, HoursLimit) and (rule.first_day, rule.end_day) in week_days
    ]
    day_caps = [rule for rule in contract if isinstance(rule, DaysLimit)]
    most = _Most(possible, week_days, hours=caps, days=day_caps)
    rest = max(
        (
            rule.rest_slots
            for rule in rules.values()
            if isinstance(rule, MinRest)
            if (rule.flag, rule.from_slot, rule.end_slot) == (0, ALWAYS_FROM, ALWAYS_END)
            if _kept(rule, possible.fixed)
        ),
        default=0,
    )
    for idx, rule in list(rules.items()):
        in_week = isinstance(rule, HoursLimit) and (rule.first_day, rule.end_day) in week_days
        if idx >= 0 and not in_week and not _can_break(rule, possible, most, rest_slots=rest):
            del rules[idx]
    return (
        [rules[-1 - idx] for idx in range(len(contract)) if -1 - idx in rules],
        {idx: rule for idx, rule in rules.items() if idx >= 0},
    )


def _in_scope(rule: Rule, possible: Possible) -> Rule | None:
    """Return a rule with its scope opened where it holds for every start; None for no start."""
    if not isinstance(rule, _SCOPED) or (rule.from_slot, rule.end_slot) == (
        ALWAYS_FROM,
        ALWAYS_END,
    ):
        return rule
    inside = (rule.from_slot <= possible.starts) & (possible.starts < rule.end_slot)
    if not inside.any():
        return None
    if inside.all():
        return replace(rule, from_slot=ALWAYS_FROM, end_slot=ALWAYS_END)
    return rule


def _drop_dominated(rules: dict[int, Rule], possible: Possible) -> None:
    """Take out every rule that one of its kind, which stays, makes superfluous."""
    for idx, rule in list(rules.items()):
        if isinstance(rule, ShortRests):
            shorter = _demands_left(rule, rules.values(), possible)
            if shorter is None:
                del rules[idx]
            else:
                rules[idx] = shorter
    kinds: dict[type, list[int]] = {}
    for idx, rule in rules.items():
        kinds.setdefault(type(rule), []).append(idx)
    # Sums over days can also bow to another kind: hours where many nights, to hours always.
    for idx in list(rules):
        rule = rules[idx]
        rivals = [*kinds[type(rule)]]
        if isinstance(rule, HoursIfCount):
            rivals += kinds.get(HoursLimit, [])
        if isinstance(rule, SeriesRest):
            rivals += kinds.get(MinRest, [])
        for other in rivals:
            if other == idx or other not in rules:
                continue
            stricter = rules[other]
            if _implies(stricter, rule, possible) and not (
                idx < other and _implies(rule, stricter, possible)
            ):
                del rules[idx]
                break


def _implies(strict: Rule, rule: Rule, possible: Possible) -> bool:
    """Say whether a roster that keeps `strict` keeps `rule`, whatever the pins break."""
    if isinstance(rule, HoursLimit | HoursIfCount) and isinstance(strict, HoursLimit):
        return _within(rule, strict) and (
            strict.max_minutes - strict.carry_minutes <= rule.max_minutes - rule.carry_minutes
        )
    if isinstance(rule, DaysLimit) and isinstance(strict, DaysLimit):
        return _within(rule, strict) and (
            strict.max_days - strict.carry_days <= rule.max_days - rule.carry_days
        )
    if isinstance(rule, CountLimit) and isinstance(strict, CountLimit):
        return (
            rule.flag == strict.flag
            and _within(rule, strict)
            and strict.max_count - strict.carry_count <= rule.max_count - rule.carry_count
        )
    if isinstance(rule, WindowsLimit) and isinstance(strict, WindowsLimit):
        return (
            set(rule.windows) <= set(strict.windows)
            and strict.max_touched - strict.carry_touched <= rule.max_touched - rule.carry_touched
        )
    if isinstance(rule, HoursIfCount) and isinstance(strict, HoursIfCount):
        return rule == strict
    if not isinstance(rule, _SCOPED) or not isinstance(strict, _SCOPED):
        return False
    return (
        _covers(strict, rule)
        and _stricter(strict, rule)
        and (strict == rule or _kept(strict, possible.fixed))
    )


def _within(rule: _Ranged, strict: _Ranged) -> bool:
    return strict.first_day <= rule.first_day and rule.end_day <= strict.end_day


def _covers(strict: _Scoped, rule: _Scoped) -> bool:
    return strict.from_slot <= rule.from_slot and rule.end_slot <= strict.end_slot


def _stricter(strict: _Scoped, rule: _Scoped) -> bool:
    """Say whether one of two rules of a kind asks for at least as much, leaving scopes aside."""
    if isinstance(rule, MinRest) and isinstance(strict, MinRest):
        return strict.flag in (0, rule.flag) and strict.rest_slots >= rule.rest_slots
    if isinstance(rule, SeriesRest) and isinstance(strict, MinRest):
        return strict.flag in (0, rule.flag) and strict.rest_slots >= rule.rest_slots
    if isinstance(rule, WeeklyRest) and isinstance(strict, WeeklyRest):
        instead = strict.or_rest_slots == 0 or (
            (strict.or_rest_slots, strict.or_window_slots, strict.or_part_slots)
            == (rule.or_rest_slots, rule.or_window_slots, rule.or_part_slots)
        )
        return (
            instead
            and strict.rest_slots >= rule.rest_slots
            and strict.window_slots <= rule.window_slots
        )
    if isinstance(rule, MaxConsecutiveDays) and isinstance(strict, MaxConsecutiveDays):
        return strict.days <= rule.days
    if isinstance(rule, MaxSeries) and isinstance(strict, MaxSeries):
        return (
            strict.flag in (0, rule.flag)
            and strict.max_shifts <= rule.max_shifts
            and strict.gap_slots == rule.gap_slots
        )
    if isinstance(rule, RollingHours) and isinstance(strict, RollingHours):
        return strict.max_minutes <= rule.max_minutes and strict.window_slots == rule.window_slots
    return replace(strict, from_slot=rule.from_slot, end_slot=rule.end_slot) == rule


def _kept(rule: _Scoped, fixed: Sequence[CarryShift]) -> bool:
    """Say whether carry and pins keep a rule, were it to hold always.

    Where they do not, they are forgiven, and a milder rule may still bind.
    """
    if len(fixed) < 2:
        return True
    if isinstance(rule, MinRest):
        return all(after.start - before.end >= rule.rest_slots for before, after in pairwise(fixed))
    if isinstance(rule, MaxConsecutiveDays):
        days = {shift.day for shift in fixed}
        return not any(all(last - back in days for back in range(rule.days + 1)) for last in days)
    if isinstance(rule, WeeklyRest):
        return all(_rests(rule, fixed, shift.start) for shift in fixed)
    return False


def _rests(rule: WeeklyRest, fixed: Sequence[CarryShift], opens: int) -> bool:
    """Say whether the window that opens at a slot holds one whole weekly rest."""
    closes, free_from = opens + rule.window_slots, opens
    for shift in fixed:
        if shift.end > opens and shift.start < closes:
            if shift.start - free_from >= rule.rest_slots:
                return True
            free_from = max(free_from, shift.end)
    return closes - free_from >= rule.rest_slots


def _demands_left(rule: ShortRests, rules: Iterable[Rule], possible: Possible) -> ShortRests | None:
    """Return a rule on short rests without the demands that another rest always meets."""
    rests = [
        other
        for other in rules
        if isinstance(other, MinRest) and _covers(other, rule) and _kept(other, possible.fixed)
    ]
    left = tuple(
        (flag, slots)
        for flag, slots in rule.demands
        if (flag == 0 or possible.shifts_with(flag))
        and not any(rest.flag in (0, flag) and rest.rest_slots >= slots for rest in rests)
    )
    return replace(rule, demands=left) if left else None


class _Most:
    """Upper bounds on sums over days: by the options, and by what each week's contract allows.

    Only limits of hours that stay may be asked: one could have gone for the limit it bounds.
    """

    def __init__(
        self,
        possible: Possible,
        weeks: Iterable[tuple[int, int]],
        *,
        hours: Sequence[HoursLimit],
        days: Sequence[DaysLimit],
    ) -> None:
        self._possible = possible
        self._weeks = sorted(weeks)
        self._hours: dict[tuple[int, int], int] = {}
        self._days: dict[tuple[int, int], int] = {}
        for hours_rule in hours:
            week = hours_rule.first_day, hours_rule.end_day
            pinned = int(possible.pinned_paid[slice(*week)].sum())
            cap = max(0, hours_rule.max_minutes - hours_rule.carry_minutes, pinned)
            self._hours[week] = min(cap, self._hours.get(week, cap))
        for days_rule in days:
            week = days_rule.first_day, days_rule.end_day
            pinned = int(np.count_nonzero(possible.pinned_paid[slice(*week)]))
            self._days[week] = max(0, days_rule.max_days - days_rule.carry_days, pinned)

    def minutes(self, first_day: int, end_day: int) -> int:
        """Return the most paid minutes of options on days ``[first_day, end_day)``."""
        total = 0
        for week, paid in self._parts(self._possible.most_paid, first_day, end_day):
            longest = np.sort(paid)[::-1][: self._days.get(week, len(paid))]
            total += min(int(longest.sum()), self._hours.get(week, int(longest.sum())))
        return total

    def count(self, flag: int, first_day: int, end_day: int) -> int:
        """Return the most options with a flag on days ``[first_day, end_day)``."""
        return sum(
            min(int(np.count_nonzero(flags & flag)), self._days.get(week, len(flags)))
            for week, flags in self._parts(self._possible.any_flags, first_day, end_day)
        )

    def _parts(
        self, values: IntArray, first_day: int, end_day: int
    ) -> Iterator[tuple[tuple[int, int], IntArray]]:
        done = first_day
        for week in self._weeks:
            first, end = max(week[0], done), min(week[1], end_day)
            if first < end:
                if done < first:
                    yield (done, first), values[done:first]
                yield week, values[first:end]
                done = end
        if done < end_day:
            yield (done, end_day), values[done:end_day]


def _can_break(rule: Rule, possible: Possible, most: _Most, *, rest_slots: int) -> bool:
    """Say whether a roster of the options can break a rule at all, as far as can be told."""
    if isinstance(rule, HoursLimit):
        total = most.minutes(rule.first_day, rule.end_day)
        return rule.carry_minutes + total > rule.max_minutes
    if isinstance(rule, CountLimit):
        total = most.count(rule.flag, rule.first_day, rule.end_day)
        return rule.carry_count + total > rule.max_count
    if isinstance(rule, HoursIfCount):
        minutes = most.minutes(rule.first_day, rule.end_day)
        count = most.count(rule.flag, rule.first_day, rule.end_day)
        return (
            rule.carry_minutes + minutes > rule.max_minutes
            and rule.carry_count + count >= rule.from_count
        )
    if isinstance(rule, WindowsLimit):
        touched = sum(
            bool(((possible.starts < end) & (start < possible.ends)).any())
            for start, end in rule.windows
        )
        return rule.carry_touched + touched > rule.max_touched
    if isinstance(rule, MinRest | MaxSeries):
        return rule.flag == 0 or possible.shifts_with(rule.flag) > 0
    if isinstance(rule, SeriesRest):
        return possible.shifts_with(rule.flag) >= rule.count
    if isinstance(rule, RollingHours):
        # The shift that opens the window and, after its rest, at most all that is left of it.
        window = rule.window_slots * SLOT_MINUTES
        return any(
            min(paid, window) + max(0, window - (elapsed + rest_slots) * SLOT_MINUTES)
            > rule.max_minutes
            for elapsed, paid in possible.lengths
        )
    return True
