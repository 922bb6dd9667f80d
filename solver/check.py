"""Is a roster lawful? Plain Python, one function per rule kind: the specification of the limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
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

__all__ = ["Violation", "check", "check_agent"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit not kept.

    Parameters
    ----------
    rule : str
        Name of the rule record, or ``structure`` for a roster that makes no sense by itself.
    at : int
        Slot (rest rules), day (day and hour rules) or option row where it happens.
    amount, limit : int
        What was found and what is allowed, in the rule's unit.
    forgiven : bool
        True when pins and carry alone already break the rule just as far.
    """

    rule: str
    agent_idx: int
    at: int
    amount: int
    limit: int
    forgiven: bool = False


@dataclass(frozen=True, slots=True)
class _Worked:
    """A shift of the carry or of the roster, as the rules see it."""

    start: int
    end: int
    day: int
    paid_minutes: int
    fixed: bool
    carried: bool


def check(problem: PlanningProblem, roster: SlotRoster) -> tuple[Violation, ...]:
    """Return every violation of the problem's hard rules by `roster`.

    Parameters
    ----------
    problem : PlanningProblem
        The rules and options.
    roster : SlotRoster
        The roster to judge; nothing about it is trusted.

    Returns
    -------
    tuple of Violation
        Empty when the roster is lawful; those with ``forgiven`` stem from pins alone.
    """
    found = list(_check_structure(problem, roster))
    if found:
        return tuple(found)
    by_agent: dict[int, list[Choice]] = defaultdict(list)
    for choice in roster.choices:
        by_agent[choice.agent_idx].append(choice)
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in problem.rules:
        rules[rule.agent_idx].append(rule)
    for agent_idx in range(len(problem.agents)):
        found.extend(check_agent(problem, agent_idx, rules[agent_idx], by_agent[agent_idx]))
    return tuple(found)


def check_agent(
    problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule], choices: Sequence[Choice]
) -> list[Violation]:
    """Return the violations of one agent's rules by that agent's choices.

    Parameters
    ----------
    rules : sequence of Rule
        The agent's rules; those of others must not be among them.
    choices : sequence of Choice
        The agent's shifts, structurally sound.
    """
    worked = _worked(problem, agent_idx, choices)
    taken = {choice.option_idx for choice in choices}
    found: list[Violation] = []
    for rule in rules:
        checker = _CHECKERS.get(type(rule))
        if checker is not None:
            found.extend(checker(rule, worked))
        elif isinstance(rule, Pin) and rule.option_idx not in taken:
            found.append(Violation("Pin", agent_idx, rule.option_idx, 0, 1))
        elif not isinstance(rule, _SOFT):
            raise TypeError(f"no check for rule kind {type(rule).__name__}")
    return found


def _worked(problem: PlanningProblem, agent_idx: int, choices: Sequence[Choice]) -> list[_Worked]:
    table = problem.options
    worked = [
        _Worked(shift.start, shift.end, shift.day, 0, fixed=True, carried=True)
        for shift in problem.agents[agent_idx].carry
    ]
    worked.extend(
        _Worked(
            int(table.start[choice.option_idx]),
            int(table.end[choice.option_idx]),
            choice.day_idx,
            int(table.paid_minutes[choice.option_idx]),
            fixed=bool(table.pinned[choice.option_idx]),
            carried=False,
        )
        for choice in choices
    )
    return sorted(worked, key=lambda shift: (shift.start, shift.end))


def _check_structure(problem: PlanningProblem, roster: SlotRoster) -> list[Violation]:
    """One shift a day, options that exist, breaks inside their window."""
    found = []
    table = problem.options
    seen: set[tuple[int, int]] = set()
    for choice in roster.choices:
        row = choice.option_idx

        def bad(amount: int, limit: int, choice: Choice = choice) -> None:
            found.append(Violation("structure", choice.agent_idx, choice.option_idx, amount, limit))

        if not 0 <= row < len(table):
            bad(row, len(table))
            continue
        if table.agent[row] != choice.agent_idx:
            bad(int(table.agent[row]), choice.agent_idx)
        if table.day[row] != choice.day_idx:
            bad(int(table.day[row]), choice.day_idx)
        if (choice.agent_idx, choice.day_idx) in seen:
            bad(2, 1)
        seen.add((choice.agent_idx, choice.day_idx))
        if table.break_slots[row]:
            if not table.break_from[row] <= choice.break_start <= table.break_until[row]:
                bad(choice.break_start, int(table.break_from[row]))
        elif choice.break_start != -1:
            bad(choice.break_start, -1)
    return found


def check_min_rest(rule: MinRest, worked: Sequence[_Worked]) -> list[Violation]:
    """Compare the time between each shift and the next with the rest demanded."""
    found = []
    for before, after in pairwise(worked):
        rest = after.start - before.end
        if rest < rule.rest_slots and not (before.carried and after.carried):
            found.append(
                Violation(
                    "MinRest",
                    rule.agent_idx,
                    before.end,
                    rest,
                    rule.rest_slots,
                    forgiven=before.fixed and after.fixed,
                )
            )
    return found


def _longest_rest(worked: Sequence[_Worked], start: int, end: int) -> int:
    """Return the longest work-free run inside the window ``[start, end)``."""
    longest, free_from = 0, start
    for shift in worked:
        if shift.end <= start or shift.start >= end:
            continue
        longest = max(longest, shift.start - free_from)
        free_from = max(free_from, shift.end)
    return max(longest, end - free_from)


def check_weekly_rest(rule: WeeklyRest, worked: Sequence[_Worked]) -> list[Violation]:
    """Look for one long rest in the window that opens with each shift."""
    found = []
    fixed = [shift for shift in worked if shift.fixed]
    for shift in worked:
        end = shift.start + rule.window_slots
        if all(other.carried for other in worked if shift.start <= other.start < end):
            continue
        longest = _longest_rest(worked, shift.start, end)
        if longest < rule.rest_slots:
            alone = _longest_rest(fixed, shift.start, end) if shift.fixed else rule.rest_slots
            found.append(
                Violation(
                    "WeeklyRest",
                    rule.agent_idx,
                    shift.start,
                    longest,
                    rule.rest_slots,
                    forgiven=alone < rule.rest_slots,
                )
            )
    return found


def check_max_consecutive_days(
    rule: MaxConsecutiveDays, worked: Sequence[_Worked]
) -> list[Violation]:
    """Look for ``days + 1`` days in a row with a shift each."""
    found = []
    days = {shift.day for shift in worked}
    fixed = {shift.day for shift in worked if shift.fixed}
    carried = {shift.day for shift in worked if shift.carried}
    for last in sorted(days - carried):
        window = range(last - rule.days, last + 1)
        if all(day in days for day in window):
            forgiven = all(day in fixed for day in window)
            found.append(
                Violation(
                    "MaxConsecutiveDays",
                    rule.agent_idx,
                    last,
                    rule.days + 1,
                    rule.days,
                    forgiven=forgiven,
                )
            )
    return found


def check_hours_limit(rule: HoursLimit, worked: Sequence[_Worked]) -> list[Violation]:
    """Add up the paid minutes of the period."""
    inside = [
        shift
        for shift in worked
        if not shift.carried and rule.first_day <= shift.day < rule.end_day
    ]
    total = rule.carry_minutes + sum(shift.paid_minutes for shift in inside)
    if total <= rule.max_minutes or not inside:
        return []
    alone = rule.carry_minutes + sum(shift.paid_minutes for shift in inside if shift.fixed)
    return [
        Violation(
            "HoursLimit",
            rule.agent_idx,
            rule.first_day,
            total,
            rule.max_minutes,
            forgiven=total <= alone,
        )
    ]


def check_days_limit(rule: DaysLimit, worked: Sequence[_Worked]) -> list[Violation]:
    """Count the working days of the period."""
    inside = [
        shift
        for shift in worked
        if not shift.carried and rule.first_day <= shift.day < rule.end_day
    ]
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
        )
    ]


_CHECKERS: dict[type[Rule], Callable[..., list[Violation]]] = {
    MinRest: check_min_rest,
    WeeklyRest: check_weekly_rest,
    MaxConsecutiveDays: check_max_consecutive_days,
    HoursLimit: check_hours_limit,
    DaysLimit: check_days_limit,
}
_SOFT = (HoursTarget, CountCost, Pin)
