"""Rosters thrown at random, and what each of the two judges says of them in the same words."""

from __future__ import annotations

import random
from collections.abc import Iterable

from scheduler.audit import Finding
from scheduler.domain import Planning, Roster, SolverNote
from scheduler.planning import Compiled, decode
from solver import Choice, PlanningProblem, SlotRoster, Violation, plan_duties

NOTE = SolverNote("test", "random", "feasible", 1, 1, 0.0)
CODES_OF_RULE = {
    "MinRest": {"min_rest", "overlap"},
    "ShortRests": {"short_rests"},
    "WeeklyRest": {"weekly_rest"},
    "MaxConsecutiveDays": {"days_in_row"},
    "MaxSeries": {"series_shifts"},
    "SeriesRest": {"series_rest"},
    "RollingHours": {"day_hours"},
    "HoursLimit": {"week_hours", "average_hours"},
    "DaysLimit": {"week_days"},
    "CountLimit": {"night_count", "extended_count"},
    "WindowsLimit": {"free_sundays"},
}
RULE_OF_CODE = {code: rule for rule, codes in CODES_OF_RULE.items() for code in codes}
SAME_RULE = {"HoursIfCount": "HoursLimit"}
"""A limit on the hours of a period is one or the other, by whether it depends on nights."""

Verdict = set[tuple[str, str | None, bool]]
"""Rule broken, agent, whether pins and history alone break it as far."""


def as_roster(
    planning: Planning, compiled: Compiled, slot_roster: SlotRoster
) -> tuple[Roster, SlotRoster]:
    """The roster as instants, and in slots with the breaks where they ended up."""
    plan = plan_duties(compiled.problem, slot_roster, workers=1, time_limit_seconds=1.0)
    roster = decode(compiled, planning, plan, bound_cents=0, solver_note=NOTE)
    return roster, plan.roster


def verdict_of_audit(findings: Iterable[Finding]) -> Verdict:
    """What the audit says, in the solver's names of rules."""
    return {
        (RULE_OF_CODE[finding.rule], finding.agent_id, finding.pinned)
        for finding in findings
        if finding.rule in RULE_OF_CODE
    }


def verdict_of_check(problem: PlanningProblem, violations: Iterable[Violation]) -> Verdict:
    """What the solver's check says."""
    return {
        (
            SAME_RULE.get(violation.rule, violation.rule),
            problem.agents[violation.agent_idx].agent_id,
            violation.forgiven,
        )
        for violation in violations
    }


def throw(problem: PlanningProblem, rng: random.Random, density: float) -> SlotRoster:
    """On each agent-day a random option, with some probability; pins always."""
    choices = []
    for agent_idx in range(len(problem.agents)):
        by_day: dict[int, list[int]] = {}
        for row in range(*problem.option_range(agent_idx)):
            by_day.setdefault(int(problem.options.day[row]), []).append(row)
        for day, rows in by_day.items():
            row = rng.choice(rows)
            if problem.options.pinned[row] or rng.random() < density:
                at = int(problem.options.break_from[row])
                choices.append(Choice(agent_idx, day, row, at))
    return SlotRoster(tuple(choices))
