"""One agent, a handful of shifts, and the question whether the model allows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ortools.sat.python import cp_model

from solver.check import check
from solver.model.build import BuiltModel, build_single
from solver.problem import SLOT_MINUTES, AgentInput, CarryShift, PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import Pin, Rule
from solver.score import score
from tests.solver.random_problems import DAY_SLOTS, option_table


def shift(day: int, from_hour: float, hours: float, **columns: int) -> dict[str, int]:
    """Return an option row: paid throughout, starting at an hour of its day."""
    start = DAY_SLOTS * day + round(from_hour * 4)
    length = round(hours * 4)
    row = {"day": day, "start": start, "end": start + length, "paid_minutes": length * SLOT_MINUTES}
    return row | columns


def carried(day: int, from_hour: float, hours: float, flags: int = 0) -> CarryShift:
    """Return a shift before the horizon, paid throughout; `day` is negative."""
    row = shift(day, from_hour, hours)
    return CarryShift(row["start"], row["end"], day, row["paid_minutes"], flags)


def one_agent(
    shifts: Sequence[dict[str, int]],
    rules: Iterable[Rule],
    *,
    days: int = 7,
    carry: tuple[CarryShift, ...] = (),
    off_cents: tuple[int, ...] = (),
    slot_minutes: int = SLOT_MINUTES,
) -> PlanningProblem:
    """Return a problem without queues; shifts marked ``pinned`` get their pins."""
    table = option_table([{"agent": 0} | row for row in shifts])
    pins = [Pin(0, row) for row in range(len(table)) if table.pinned[row]]
    return PlanningProblem(
        slots=DAY_SLOTS * days,
        queues=(),
        groups=((),),
        agents=(AgentInput("a", days, off_cents or (0,) * days, ((0, 0),), carry),),
        options=table,
        rules=(*rules, *pins),
        idle_cents=0,
        slot_minutes=slot_minutes,
    )


def allows(problem: PlanningProblem, rows: Sequence[int]) -> bool:
    """Tell whether the model lets the agent work exactly `rows`; `solver.check` must agree."""
    _, status = _solve_fixed(problem, rows)
    lawful = status == cp_model.OPTIMAL
    violations = check(problem, _roster(problem, rows))
    assert lawful == all(violation.forgiven for violation in violations), violations
    return lawful


def allows_all(problem: PlanningProblem) -> bool:
    """Tell whether the agent may work every option there is."""
    return allows(problem, range(len(problem.options)))


def cost(problem: PlanningProblem, rows: Sequence[int]) -> int:
    """Return what the model charges for exactly `rows`; `solver.score` must agree."""
    solver, status = _solve_fixed(problem, rows)
    assert status == cp_model.OPTIMAL
    cents = round(solver.objective_value)
    assert cents == sum(score(problem, _roster(problem, rows)).values())
    return cents


def _roster(problem: PlanningProblem, rows: Sequence[int]) -> SlotRoster:
    return SlotRoster(tuple(Choice(0, int(problem.options.day[row]), row) for row in rows))


def _solve_fixed(
    problem: PlanningProblem, rows: Sequence[int]
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    built: BuiltModel = build_single(problem, 0, [0] * problem.slots)
    for option in built.context.agents[0].options:
        built.model.add(option.take == int(option.row in rows))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver, solver.solve(built.model)
