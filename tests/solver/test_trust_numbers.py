"""Bounds against a linear programme, floats against integers, machine code against its source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from solver import (
    CountCost,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    PlanningProblem,
    SolveParams,
    unit_values,
)
from solver.pricing.pricer import Pricer
from solver.pricing.tables import Tables, agent_tables
from solver.search.budget import Budget
from solver.search.prices import PriceSearch, market_of
from tests.solver.random_problems import ALL_KINDS, random_problem
from tests.solver.test_solve import problem_of

DAY = 96
_ROOT = Path(__file__).parents[2]


def _compact_optimum(problem: PlanningProblem) -> float:
    """Return the optimum of the linear relaxation in options, break starts and flows.

    It knows rest of neighbouring days (start by start), days in a row, hours and fairness; each is
    weaker than what the dynamic programme carries, so the optimum of the duals is not below it.
    """
    table = problem.options
    lp = pywraplp.Solver.CreateSolver("GLOP")
    total = lp.Sum([])
    of_day = defaultdict(list)
    heads: dict[tuple[int, int], list[pywraplp.Variable | pywraplp.LinearExpr]] = defaultdict(list)
    take = []
    cost = table.wages_cents + table.premium_cents + table.own_night_cents + table.wish_cents
    for row in range(len(table)):
        agent = int(table.agent[row])
        x = lp.NumVar(0, 1, "")
        take.append(x)
        of_day[agent, int(table.day[row])].append((x, row))
        total += float(cost[row]) * x
        (segment,) = problem.agents[agent].groups
        span = range(int(table.start[row]), min(int(table.end[row]), problem.slots))
        for slot in span:
            heads[segment[1], slot].append(x)
        length = int(table.break_slots[row])
        if length:
            starts = range(int(table.break_from[row]), int(table.break_until[row]) + 1)
            begin = {at: lp.NumVar(0, 1, "") for at in starts}
            lp.Add(lp.Sum(list(begin.values())) == x)
            for at, y in begin.items():
                for slot in range(at, min(at + length, problem.slots)):
                    heads[segment[1], slot].append(-y)
    for pairs in of_day.values():
        lp.Add(lp.Sum([x for x, _ in pairs]) <= 1)
    for rule in problem.rules:
        mine = {day: pairs for (agent, day), pairs in of_day.items() if agent == rule.agent_idx}
        days = problem.agents[rule.agent_idx].days
        if isinstance(rule, MinRest):
            for day in range(days - 1):
                late = mine.get(day, [])
                for start in {int(table.start[row]) for _, row in mine.get(day + 1, [])}:
                    near = [x for x, row in late if table.end[row] + rule.rest_slots > start]
                    near += [x for x, row in mine[day + 1] if table.start[row] <= start]
                    lp.Add(lp.Sum(near) <= 1)
        elif isinstance(rule, MaxConsecutiveDays):
            for day in range(days - rule.days):
                span = range(day, day + rule.days + 1)
                lp.Add(lp.Sum([x for d in span for x, _ in mine.get(d, [])]) <= rule.days)
        elif isinstance(rule, HoursLimit | HoursTarget):
            inside = [
                int(table.paid_minutes[row]) * x
                for day in range(rule.first_day, rule.end_day)
                for x, row in mine.get(day, [])
            ]
            if isinstance(rule, HoursLimit):
                lp.Add(lp.Sum(inside) <= rule.max_minutes)
                continue
            for wanted, cents in (
                (rule.target_minutes, rule.under_target_cents_hour),
                (rule.min_minutes, rule.under_min_cents_hour),
            ):
                missing = lp.NumVar(0, lp.infinity(), "")
                lp.Add(missing + lp.Sum(inside) >= wanted)
                total += cents / 60 * missing
        elif isinstance(rule, CountCost):
            column = getattr(table, rule.flag)
            units = [lp.NumVar(0, 1, "") for _ in range(days)]
            counted = [x for pairs in mine.values() for x, row in pairs if column[row]]
            lp.Add(lp.Sum(counted) == lp.Sum(units))
            for nth, unit in enumerate(units):
                total += rule.step_cents[min(nth, len(rule.step_cents) - 1)] * unit
    total = _add_cover(lp, problem, heads, total)
    lp.Minimize(total)
    assert lp.Solve() == pywraplp.Solver.OPTIMAL
    return float(lp.Objective().Value())


def _add_cover(
    lp: pywraplp.Solver,
    problem: PlanningProblem,
    heads: dict[tuple[int, int], list[pywraplp.Variable | pywraplp.LinearExpr]],
    total: pywraplp.LinearExpr,
) -> pywraplp.LinearExpr:
    """Spread the heads of each group over its queues; return the cost with shortage and idle."""
    for slot in range(problem.slots):
        met = defaultdict(list)
        for group, queues in enumerate(problem.groups):
            if not heads.get((group, slot)):
                continue
            idle = lp.NumVar(0, lp.infinity(), "")
            total += problem.idle_cents * idle
            flows = [lp.NumVar(0, lp.infinity(), "") for _ in queues]
            lp.Add(lp.Sum(flows) + idle == lp.Sum(heads[group, slot]))
            for queue, flow in zip(queues, flows, strict=True):
                met[queue].append(flow)
        for index, queue in enumerate(problem.queues):
            values = unit_values(queue.need[slot], queue.short_cents)
            missing = [lp.NumVar(0, 1, "") for _ in values]
            lp.Add(lp.Sum(met[index]) + lp.Sum(missing) <= len(values))
            lp.Add(lp.Sum(met[index]) + lp.Sum(missing) >= len(values))
            for unit, value in zip(missing, values, strict=True):
                total += value * unit
    return total


def _small(seed: int) -> PlanningProblem:
    """Return six agents of a week with short shifts, other wages, and costs of evenings."""
    problem = problem_of(days=7, agents=6)
    rng = np.random.default_rng(seed)
    table = problem.options
    options = replace(
        table,
        wages_cents=table.wages_cents + rng.integers(0, 3000, len(table)),
        wish_cents=np.where(rng.random(len(table)) < 0.2, 1500, 0),
        break_until=np.minimum(table.break_until, table.break_from + seed % 3),
    )
    kept = tuple(
        rule
        for rule in problem.rules
        if isinstance(rule, MinRest | MaxConsecutiveDays | HoursLimit | HoursTarget)
    )
    kept = tuple(replace(r, days=3) if isinstance(r, MaxConsecutiveDays) else r for r in kept)
    flag = "evening" if seed % 2 else "weekend"
    fair = tuple(CountCost(agent, flag, (0, 1000, 2500)) for agent in range(6))
    return replace(problem, options=options, rules=(*kept, *fair))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_learnt_prices_prove_what_the_compact_linear_programme_proves(seed: int) -> None:
    problem = _small(seed)
    tables = agent_tables(problem)
    assert all(mine.exact for mine in tables)
    prices = PriceSearch(problem, tables, market_of(problem), workers=1, seed=1)
    budget = Budget(SolveParams(time_limit_seconds=600))
    best = 0
    for index in range(1200):
        assert prices.one_pass(900.0 * 0.9935**index, budget)
        if index % 50 == 49:
            best = max(best, prices.bound(*prices.recent_prices()) or 0)
    # Whole rosters of an agent say more than the rows: 3.3 % on these problems.
    assert best >= 1.03 * _compact_optimum(problem)


def _costly(problem: PlanningProblem, factor: int) -> PlanningProblem:
    table = problem.options
    return replace(problem, options=replace(table, wages_cents=table.wages_cents * factor))


def _in_float64(tables: Tables) -> Tables:
    def wide(programme):  # type: ignore[no-untyped-def]
        names = ("base", "move_costs", "penalty")
        return programme._replace(
            **{name: getattr(programme, name).astype(np.float64) for name in names}
        )

    return replace(tables, exact=wide(tables.exact), strict=wide(tables.strict))


@pytest.mark.parametrize("seed", range(4))
def test_single_floats_are_exact_up_to_the_switch_to_double_ones(seed: int) -> None:
    """The dearest wages that single floats still serve give the same cents as double floats."""
    kinds = tuple(kind for index, kind in enumerate(ALL_KINDS) if (index + seed) % 3)
    problem = random_problem(seed, agents=3, days=14, options_per_day=6, kinds=kinds)
    low, high = 1, 400
    assert agent_tables(_costly(problem, high)).exact.base.dtype == np.float64
    while high - low > 1:
        middle = (low + high) // 2
        single = agent_tables(_costly(problem, middle)).exact.base.dtype == np.float32
        low, high = (middle, high) if single else (low, middle)
    at_edge = _costly(problem, low)
    tables = agent_tables(at_edge)
    assert tables.exact.base.dtype == np.float32
    single, double = Pricer(at_edge, tables), Pricer(at_edge, _in_float64(tables))
    dearest = max(queue.short_cents[0] for queue in problem.queues)
    rng = np.random.default_rng(seed)
    largest = 0.0
    for turn in range(40):
        most = dearest if turn % 2 else dearest // 7 + 1
        gains = rng.integers(-problem.idle_cents, most + 1, problem.slots).astype(np.float32)
        for agent_idx in range(3):
            one, other = (pricer.best(agent_idx, gains) for pricer in (single, double))
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert one[0] == other[0]
                largest = max(largest, abs(one[0]))
    work = Pricer(at_edge, tables).best(0, np.full(problem.slots, 1e5, dtype=np.float32))
    assert work is None or work[0] == np.rint(work[0])
    assert largest > 2**17  # cents in which single floats would round off without care


def test_above_the_limit_cents_are_still_exact() -> None:
    """Wages of a million and a half a shift, all of one length but one cent apart."""
    problem = problem_of(days=7, agents=1)
    table = problem.options
    wages = np.full(len(table), 150_000_000, dtype=np.int32)
    wages[table.day == 3] -= np.arange((table.day == 3).sum())
    problem = replace(problem, rules=(), options=replace(table, wages_cents=wages))
    tables = agent_tables(problem)
    assert tables.exact.base.dtype == np.float64
    gains = np.zeros(problem.slots)
    gains[DAY * 3 + 12 : DAY * 4] = 150_000_000 / 8  # only shifts of day 3 are worth it
    answer = Pricer(problem, tables).best(0, gains)
    assert answer is not None
    (row,) = answer[1][:, 0].tolist()
    present = int(table.end[row] - table.start[row] - table.break_slots[row])
    assert answer[0] == int(wages[row]) - present * 150_000_000 / 8


_PROBE = """
import numba, numpy as np
from solver.kernels.prices import bound_of_cover
need, prices = np.full((1, 1), 3, np.int32), np.array([[100, 10, 1]], np.int64)
print(numba.config.CACHE_DIR)
print(bound_of_cover(need, prices, np.full((1, 1), 1000, np.float32)))
print(sum(bound_of_cover.stats.cache_hits.values()))
"""


def _probe(tree: Path) -> tuple[Path, float, int]:
    """Return cache folder, a kernel's answer and its cache hits, in a process of its own."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "PYTHONPATH")
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROBE],
        env={**environment, "PYTHONPATH": str(tree)},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    folder, answer, hits = done.stdout.split()
    return Path(folder), float(answer), int(hits)


@pytest.mark.slow
def test_machine_code_follows_its_source(tmp_path: Path) -> None:
    """A cold start fills an empty cache folder, a warm one uses it, a changed source leaves it."""
    tree = tmp_path / "tree"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_ROOT / "solver", tree / "solver", ignore=ignored)
    cold, warm = _probe(tree), _probe(tree)
    assert cold[0].is_relative_to(tree)
    assert list(cold[0].rglob("*.nbi"))
    assert (cold[2], warm[2]) == (0, 1)
    assert cold[:2] == warm[:2]
    assert cold[1] == 100 + 10 + 1
    common = tree / "solver" / "kernels" / "common.py"
    source = common.read_text(encoding="utf-8")
    assert source.count("return int(prices[2])") == 1
    common.write_text(source.replace("prices[2])", "prices[1])"), encoding="utf-8")
    changed = _probe(tree)
    assert changed[0] != cold[0]
    assert changed[1:] == (100 + 10 + 10, 0)
    folders = [path.name for path in cold[0].parent.iterdir() if path.name.startswith("numba-")]
    assert len(set(folders)) == len(folders) == 2
