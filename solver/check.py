"""Is a roster lawful? Plain Python, one function per rule kind: the specification of the limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from solver.check_days import (
    check_max_consecutive_days,
    check_min_consecutive_days,
    check_min_days_off,
)
from solver.check_rest import (
    check_max_series,
    check_min_rest,
    check_rolling_hours,
    check_series_rest,
    check_short_rests,
    check_weekly_rest,
)
from solver.check_sums import (
    check_count_limit,
    check_days_limit,
    check_hours_if_count,
    check_hours_limit,
    check_hours_minimum,
    check_windows_limit,
)
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import (
    ALWAYS_END,
    ALWAYS_FROM,
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
from solver.worked import Violation, worked_shifts

__all__ = ["Violation", "broken_rules", "check", "check_agent", "keeps_apart"]


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
    return [violation for _, violation in broken_rules(problem, agent_idx, rules, choices)]


def broken_rules(
    problem: PlanningProblem, agent_idx: int, rules: Sequence[Rule], choices: Sequence[Choice]
) -> Iterator[tuple[Rule, Violation]]:
    """Yield each violation of one agent's rules with its rule.

    Shifts of one agent never overlap, whether or not a rule says so: that counts as a `MinRest` of
    0 slots.

    Parameters
    ----------
    rules, choices
        As for `check_agent`.
    """
    worked = worked_shifts(problem, agent_idx, choices)
    taken = {choice.option_idx for choice in choices}
    if not any(isinstance(rule, MinRest) and keeps_apart(rule) for rule in rules):
        rules = (MinRest(agent_idx, 0), *rules)
    for rule in rules:
        checker = _CHECKERS.get(type(rule))
        if checker is not None:
            for violation in checker(rule, worked):
                yield rule, violation
        elif isinstance(rule, RollingHours):
            for violation in check_rolling_hours(rule, worked, problem.slot_minutes):
                yield rule, violation
        elif isinstance(rule, MinConsecutiveDays):
            days = problem.agents[agent_idx].days
            for violation in check_min_consecutive_days(rule, worked, days):
                yield rule, violation
        elif isinstance(rule, Pin):
            if rule.option_idx not in taken:
                yield rule, Violation("Pin", agent_idx, rule.option_idx, 0, 1)
        elif not isinstance(rule, HoursTarget | CountCost):
            raise TypeError(f"no check for rule kind {type(rule).__name__}")


def keeps_apart(rule: MinRest) -> bool:
    """Whether a rest rule holds for every two shifts, so that none of them overlap."""
    return (
        not rule.flag
        and rule.rest_slots >= 0
        and (rule.from_slot, rule.end_slot) == (ALWAYS_FROM, ALWAYS_END)
    )


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


_CHECKERS: dict[type[Rule], Callable[..., list[Violation]]] = {
    MinRest: check_min_rest,
    ShortRests: check_short_rests,
    WeeklyRest: check_weekly_rest,
    MaxConsecutiveDays: check_max_consecutive_days,
    MinDaysOff: check_min_days_off,
    MaxSeries: check_max_series,
    SeriesRest: check_series_rest,
    HoursLimit: check_hours_limit,
    HoursMinimum: check_hours_minimum,
    DaysLimit: check_days_limit,
    CountLimit: check_count_limit,
    HoursIfCount: check_hours_if_count,
    WindowsLimit: check_windows_limit,
}
