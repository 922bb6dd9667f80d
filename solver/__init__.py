"""Heliotrope's solver: rosters in integers on a slot grid, with cost, proven bound and terms.

Records cross this border, nothing else: `PlanningProblem` in, `SolveResult` and `DutyPlan` out.
Heavy parts (CP-SAT, compiled kernels) are imported by the functions that need them.
"""

from __future__ import annotations

from solver.check import Violation, check
from solver.codec import problem_from_json, problem_to_json, roster_from_json, roster_to_json
from solver.codec_binary import problem_from_bytes, problem_to_bytes
from solver.duties import plan_duties
from solver.errors import CodecError, SolverError
from solver.params import Method, SolveParams
from solver.parts.team import RunMany
from solver.problem import (
    SLOT_MINUTES,
    AgentInput,
    CarryShift,
    OptionTable,
    PlanningProblem,
    QueueNeed,
    unit_values,
)
from solver.result import Progress, SolveResult, SolveStatus
from solver.roster import Choice, DutyPlan, SlotRoster, Stint
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
from solver.score import TERMS, score
from solver.solve import solve
from solver.week_flow import uncovered_time

__all__ = [
    "ALWAYS_END",
    "ALWAYS_FROM",
    "SLOT_MINUTES",
    "TERMS",
    "AgentInput",
    "CarryShift",
    "Choice",
    "CodecError",
    "CountCost",
    "CountLimit",
    "DaysLimit",
    "DutyPlan",
    "HoursIfCount",
    "HoursLimit",
    "HoursMinimum",
    "HoursTarget",
    "MaxConsecutiveDays",
    "MaxSeries",
    "Method",
    "MinConsecutiveDays",
    "MinDaysOff",
    "MinRest",
    "OptionTable",
    "Pin",
    "PlanningProblem",
    "Progress",
    "QueueNeed",
    "RollingHours",
    "Rule",
    "RunMany",
    "SeriesRest",
    "ShortRests",
    "SlotRoster",
    "SolveParams",
    "SolveResult",
    "SolveStatus",
    "SolverError",
    "Stint",
    "Violation",
    "WeeklyRest",
    "WindowsLimit",
    "check",
    "plan_duties",
    "problem_from_bytes",
    "problem_from_json",
    "problem_to_bytes",
    "problem_to_json",
    "roster_from_json",
    "roster_to_json",
    "score",
    "solve",
    "uncovered_time",
    "unit_values",
]
