"""Refused before the search: numbers out of range, sums not exact, memory that is not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solver import (
    CountCost,
    CountLimit,
    HoursLimit,
    HoursTarget,
    Pin,
    PlanningProblem,
    QueueNeed,
    SolveParams,
    SolverError,
)
from solver.limits import (
    LimitError,
    available_memory,
    check_memory,
    check_scale,
    estimate_memory,
    memory_parts,
)
from solver.pricing.pricer import workspace
from solver.pricing.tables import agent_tables
from tests.solver.random_problems import EVERY_KIND, random_problem
from tests.solver.test_solve import problem_of


def with_column(problem: PlanningProblem, name: str, value: int, row: int = 5) -> PlanningProblem:
    column = getattr(problem.options, name).copy()
    column[row] = value
    return replace(problem, options=replace(problem.options, **{name: column}))


def with_rule(problem: PlanningProblem, rule) -> PlanningProblem:
    return replace(problem, rules=(*problem.rules, rule))


def with_need(problem: PlanningProblem, need: int, cents: int = 100) -> PlanningProblem:
    needs = (need, *problem.queues[0].need[1:])
    queue = QueueNeed("flood", needs, (cents, cents, cents))
    return replace(problem, queues=(queue, *problem.queues[1:]))


def test_usual_problems_pass() -> None:
    for seed in range(60):
        problem = random_problem(seed, kinds=EVERY_KIND)
        check_scale(problem)
        check_memory(problem, SolveParams(), available=10**9)
    check_scale(with_need(problem_of(days=7, agents=2), 100_000))


SMALL = problem_of(days=7, agents=2)
BROKEN = {
    "slot_minutes is 0": replace(SMALL, slot_minutes=0),
    "slot_minutes is -15": replace(SMALL, slot_minutes=-15),
    "idle_cents is -1": replace(SMALL, idle_cents=-1),
    "queue 'flood' needs 100001 agents in slot 0": with_need(SMALL, 100_001),
    "queue 'flood': short_cents": with_need(SMALL, 1, 2**30 + 1),
    "option 5 of agent 'agent 0': wages_cents": with_column(SMALL, "wages_cents", 2**31 - 1),
    "option 6 of agent 'agent 0': wish_cents": with_column(SMALL, "wish_cents", -(2**31), row=6),
    "option 5 of agent 'agent 0': end is": with_column(SMALL, "end", 2**31 - 1),
    "option 5 of agent 'agent 0': paid_minutes": with_column(SMALL, "paid_minutes", 2**15),
    "option 7 of agent 'agent 0': paid_minutes": with_column(SMALL, "paid_minutes", -1, row=7),
    "option 1 of agent 'agent 0': the break": with_column(SMALL, "break_from", -1, row=1),
    "option 3 of agent 'agent 0': the break": with_column(SMALL, "break_until", 500, row=3),
    "skill group": replace(SMALL, groups=((0, 1), (0,), (2,))),
    "HoursLimit speaks of agent 2": with_rule(SMALL, HoursLimit(2, 0, 7, 600)),
    "HoursLimit of agent 'agent 1': max_minutes": with_rule(SMALL, HoursLimit(1, 0, 7, 2**31)),
    "CountCost of agent 'agent 1'": with_rule(SMALL, CountCost(1, "weekend", (0, 2**31))),
    "Pin of agent 'agent 1': option 0": with_rule(SMALL, Pin(1, 0)),
    "as contract hours missed": with_rule(SMALL, HoursTarget(0, 0, 7, 2**30, 2**30, 0, 0)),
}


@pytest.mark.parametrize("words", BROKEN)
def test_what_is_out_of_range_is_named(words: str) -> None:
    with pytest.raises(SolverError, match=words):
        check_scale(BROKEN[words])


def test_sums_are_refused_exactly_where_they_stop_being_exact() -> None:
    """Need is worth what it costs: the last problem with a sum below 2**53 passes."""
    rest = replace(SMALL, rules=(), options=replace(SMALL.options, agent=SMALL.options.agent))
    queue = QueueNeed("dear", (100_000,) * rest.slots, (2**27, 0, 0))
    many = replace(rest, queues=(queue, *rest.queues[1:]))
    with pytest.raises(
        LimitError, match="as missing agents: sums are exact below 9007199254740992"
    ):
        check_scale(many)
    dear = 2**53 // (100_000 * rest.slots) - 1
    check_scale(replace(many, queues=(replace(queue, short_cents=(dear, 0, 0)), *many.queues[1:])))


def test_the_estimate_counts_the_workspaces_there_will_be() -> None:
    """To the byte for the states; more threads and a wider counter take more."""
    for seed in range(8):
        problem = random_problem(seed, agents=3, days=10, options_per_day=5, kinds=EVERY_KIND)
        tables = agent_tables(problem)
        space = workspace(tables.exact, problem.slots)
        states = sum(array.nbytes for array in (space.states, space.ahead, space.before))
        if tables.strict is not tables.exact:
            more = workspace(tables.strict, problem.slots)
            states += sum(array.nbytes for array in (more.states, more.ahead, more.before)) // 2
        parts = memory_parts(problem, SolveParams(workers=1), tables)
        assert abs(parts.workspaces - 2 * states) <= 2
        assert memory_parts(problem, SolveParams(workers=3), tables).workspaces == (
            3 * parts.workspaces
        )
        limited = SolveParams(workers=3, work_limit=10)
        assert memory_parts(problem, limited, tables).workspaces == parts.workspaces


def test_too_little_memory_is_refused_with_the_estimate() -> None:
    problem = problem_of(days=14, agents=4)
    needed = estimate_memory(problem, SolveParams(workers=1))
    check_memory(problem, SolveParams(workers=1), available=needed)
    with pytest.raises(LimitError, match=r"needs about \d\.\d GB .* 0\.2 GB are there"):
        check_memory(problem, SolveParams(workers=1), available=int(2e8))


def test_thousands_of_levels_over_months_are_too_much() -> None:
    """Half a year, hours without a weekly limit and three counts: many gigabytes of states."""
    problem = random_problem(1, agents=1, days=180, options_per_day=12, kinds=())
    counts = tuple(CountLimit(0, flag, 0, end, 15) for flag, end in ((1, 180), (2, 180), (1, 90)))
    problem = replace(problem, rules=(*problem.rules, *counts))
    tables = agent_tables(problem, {0: counts})
    assert tables[0].counter.levels == 16**3
    with pytest.raises(LimitError, match="for workspaces"):
        check_memory(problem, SolveParams(workers=1), tables, available=8 * 10**9)
    check_memory(problem, SolveParams(workers=1), available=8 * 10**9)  # when none is counted


def _system(root: Path, available_kb: int, group: dict[str, str]) -> Path:
    (root / "proc").mkdir(parents=True)
    (root / "proc" / "meminfo").write_text(
        f"MemTotal:  99999999 kB\nMemAvailable:   {available_kb} kB\n", encoding="ascii"
    )
    for name, text in group.items():
        path = root / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({}, 4_096_000),
        ({"memory.max": "max\n", "memory.current": "5\n"}, 4_096_000),
        ({"memory.max": "3000000\n", "memory.current": "1000000\n"}, 2_000_000),
        (
            {
                "memory.max": "3000000\n",
                "memory.current": "1000000\n",
                "memory.stat": "anon 1\ninactive_file 400000\n",
            },
            2_400_000,
        ),
        ({"memory.max": "3000000\n", "memory.current": "9000000\n"}, 0),
        (
            {
                "memory/memory.limit_in_bytes": "2000000\n",
                "memory/memory.usage_in_bytes": "500000\n",
            },
            1_500_000,
        ),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 4_096_000),
    ],
)
def test_memory_is_what_machine_and_groups_leave(
    tmp_path: Path, group: dict[str, str], expected: int
) -> None:
    assert available_memory(_system(tmp_path, 4000, group)) == expected


def test_this_machine_has_some_memory() -> None:
    here = available_memory()
    assert here is None or here > 10**7
    assert np.iinfo(np.int64).max > (here or 0)
