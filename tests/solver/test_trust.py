"""No faulty programme may prove its own wrong answers: CP-SAT is the oracle at true sizes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from ortools.sat.python import cp_model

from solver import (
    AgentInput,
    CarryShift,
    CountCost,
    CountLimit,
    HoursLimit,
    HoursTarget,
    Method,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    PlanningProblem,
    QueueNeed,
    RollingHours,
    Rule,
    SolveParams,
    SolveResult,
    WindowsLimit,
    check,
    score,
    solve,
)
from solver.columns import solve_by_columns
from solver.model.build import build_single
from solver.model.run import solve_single
from solver.pricing.pricer import Pricer
from solver.pricing.tables import AgentTables, Tables, agent_tables
from solver.search.budget import Budget
from solver.search.prices import market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays, to_slot_roster
from tests.solver.random_problems import EVERY_KIND, LAWFUL_KINDS, option_table, random_problem

DAY = 96
_IN_PART = (MinRest, RollingHours, MinDaysOff)
"""Kinds that the programme may carry in part: it then lies between with them and without."""


@dataclass(frozen=True)
class Case:
    """One agent, prices, and what the programme makes of it."""

    name: str
    problem: PlanningProblem
    tables: Tables
    agent_idx: int
    gains: np.ndarray
    slopes: tuple[int, int]

    @property
    def mine(self) -> AgentTables:
        return self.tables[self.agent_idx]


def _counts(rng: random.Random, agent_idx: int, days: int, slots: int) -> list[Rule]:
    """Draw several limits on flagged shifts and on stretches of time."""
    rules: list[Rule] = []
    for _ in range(rng.randint(1, 3)):
        first = rng.randrange(days)
        end = rng.randint(first + 1, days)
        most, carried = rng.choice([0, 1, 2, 3]), rng.choice([0, 0, 1])
        rules.append(CountLimit(agent_idx, rng.choice([1, 2]), first, end, most, carried))
    if rng.random() < 0.6:
        hours = rng.choice([(0, 24), (0, 48), (8, 20)])
        weekday = rng.randrange(7)
        windows = tuple(
            (day * DAY + 4 * hours[0], day * DAY + 4 * hours[1])
            for day in range(weekday, slots // DAY, 7)
        )
        if windows:
            rules.append(WindowsLimit(agent_idx, windows, rng.choice([0, 1, 1, 2])))
    return rules


def cases(seeds: range, *, counted: bool, most_days: int = 14) -> Iterator[Case]:
    """Draw agents that no enumeration could cope with, each kind of rule on or off by chance."""
    for seed in seeds:
        rng = random.Random(f"trust/{seed}/{counted}")
        share = rng.choice([0.15, 0.3, 0.5])
        problem = random_problem(
            seed,
            agents=2,
            days=rng.randint(10, most_days),
            options_per_day=rng.randint(6, 10),
            kinds=tuple(kind for kind in EVERY_KIND if rng.random() < share),
        )
        more: dict[int, list[Rule]] = {}
        if counted:
            more = {
                agent_idx: _counts(rng, agent_idx, agent.days, problem.slots)
                for agent_idx, agent in enumerate(problem.agents)
            }
            problem = replace(problem, rules=(*problem.rules, *more[0], *more[1]))
        tables = agent_tables(problem, more)
        for agent_idx in range(len(problem.agents)):
            levels = rng.choice([[-50, 0, 100, 300, 800], [0, 250], [-9, 777, 1201]])
            gains = np.array([float(rng.choice(levels)) for _ in range(problem.slots)])
            slopes = (rng.choice([0, 0, 1100]), rng.choice([0, 0, 707]))
            yield Case(f"{seed}/{agent_idx}", problem, tables, agent_idx, gains, slopes)


def _priced(case: Case, without: tuple[Rule, ...]) -> PlanningProblem:
    """Return the problem with the slopes in its wages, and without some rules of the agent."""
    table = case.problem.options
    extra = case.slopes[0] * table.weekend + case.slopes[1] * table.evening
    return replace(
        case.problem,
        options=replace(table, premium_cents=table.premium_cents + extra),
        rules=tuple(rule for rule in case.problem.rules if rule not in without),
    )


def by_cpsat(problem: PlanningProblem, case: Case) -> int | None:
    """Return the least cost of the agent's lawful rosters, None if there is none."""
    agent_idx, table = case.agent_idx, problem.options
    cents = [-int(gain) for gain in case.gains]
    choices = solve_single(problem, agent_idx, cents, time_limit_seconds=60)
    if choices is None:
        solver = cp_model.CpSolver()
        status = solver.solve(build_single(problem, agent_idx, cents).model)
        assert status == cp_model.INFEASIBLE, case.name
        return None
    worked = {choice.day_idx for choice in choices}
    off = problem.agents[agent_idx].off_cents
    cost = sum(value for day, value in enumerate(off) if day not in worked)
    for choice in choices:
        row, at = choice.option_idx, choice.break_start
        columns = (table.wages_cents, table.premium_cents, table.own_night_cents, table.wish_cents)
        cost += sum(int(column[row]) for column in columns)
        pause = range(at, at + int(table.break_slots[row]))
        for slot in range(int(table.start[row]), min(int(table.end[row]), problem.slots)):
            cost += 0 if slot in pause else cents[slot]
    for rule in problem.rules:
        if rule.agent_idx != agent_idx:
            continue
        if isinstance(rule, HoursTarget):
            inside = [c.option_idx for c in choices if rule.first_day <= c.day_idx < rule.end_day]
            cost += rule.cents(sum(int(table.paid_minutes[row]) for row in inside))
        elif isinstance(rule, CountCost):
            column = getattr(table, rule.flag)
            cost += rule.cents(sum(int(column[choice.option_idx]) for choice in choices))
    return cost


def judge(case: Case) -> str:
    """Compare the programme with CP-SAT; say which comparison it was."""
    mine = case.mine
    slopes = (float(case.slopes[0]), float(case.slopes[1]))
    answer = Pricer(case.problem, case.tables).best(case.agent_idx, case.gains, slopes=slopes)
    cost = None if answer is None else answer[0]
    not_seen = (*mine.left_out, *mine.counts, *mine.unpriced)
    whole = by_cpsat(_priced(case, ()), case)
    if mine.exact:
        assert cost == whole, case.name
        return "exact"
    if whole is not None:
        assert cost is not None, case.name
        assert cost <= whole, case.name
    if mine.loose or any(isinstance(rule, _IN_PART) for rule in mine.left_out):
        return "below"
    assert cost == by_cpsat(_priced(case, not_seen), case), case.name
    return "exact but for the rules left out"


def judge_all(seeds: range, *, counted: bool, most_days: int = 14) -> Counter[str]:
    return Counter(judge(case) for case in cases(seeds, counted=counted, most_days=most_days))


@pytest.mark.parametrize("counted", [False, True])
def test_the_programme_is_as_good_as_cpsat_and_never_better_than_the_law(counted: bool) -> None:
    """Of 100 agents each: exact where it says so, else equal without the rules it leaves out."""
    judged = judge_all(range(50), counted=counted)
    assert judged["exact"] >= (20 if not counted else 3)
    assert judged["exact but for the rules left out"] >= 25


@pytest.mark.slow
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("block", range(2))
def test_many_more_agents_and_longer_horizons(block: int, counted: bool) -> None:
    first = 1000 + 80 * block
    judged = judge_all(range(first, first + 80), counted=counted, most_days=21)
    assert judged.total() == 160
    assert judged["exact"] >= (20 if not counted else 5)


def _one_agent(rules: tuple[Rule, ...], carry: tuple[CarryShift, ...], days: int = 6) -> Case:
    """Return an agent with a shift of two hours at eight on each day, worth 100 a slot."""
    rows = [
        {
            "agent": 0,
            "day": day,
            "start": DAY * day + 32,
            "end": DAY * day + 40,
            "paid_minutes": 120,
        }
        for day in range(days)
    ]
    problem = PlanningProblem(
        slots=DAY * days,
        queues=(QueueNeed("queue", (1,) * (DAY * days), (100, 100, 100)),),
        groups=((0,),),
        agents=(AgentInput("agent", days, (0,) * days, ((0, 0),), carry),),
        options=option_table(rows),
        rules=rules,
        idle_cents=10,
    )
    return Case("one", problem, agent_tables(problem), 0, np.full(problem.slots, 100.0), (0, 0))


def _worth_of_days(case: Case, days: set[int]) -> Case:
    """Make the shifts of all other days worse than days off."""
    gains = case.gains.copy()
    for day in set(range(case.mine.days)) - days:
        gains[DAY * day : DAY * (day + 1)] = -100.0
    return replace(case, gains=gains)


def test_a_row_that_the_carry_began_on_day_0_is_long_enough() -> None:
    """Working until nine on day 0, then day 1: two days in a row, although day 0 has an option."""
    case = _one_agent((MinConsecutiveDays(0, 2),), (CarryShift(-15, 9, 0, 360),))
    judge(case)
    answer = Pricer(case.problem, case.tables).best(0, _worth_of_days(case, {1}).gains)
    assert answer is not None
    assert answer[0] == -800


def test_a_stretch_of_time_that_the_carry_touched_stays_open() -> None:
    """A night before the horizon runs into the first Sunday: one more shift there is no worse."""
    case = _one_agent((WindowsLimit(0, ((0, DAY),), 0),), (CarryShift(-13, 11, -1, 360),))
    judge(case)
    answer = Pricer(case.problem, case.tables).best(0, _worth_of_days(case, {0}).gains)
    assert answer is not None
    assert answer[0] == -800


def test_days_off_too_few_before_day_0_are_known_or_left_to_the_check() -> None:
    """Off on days -2 and -1 where three are asked for: no shift on day 0."""
    rule = MinDaysOff(0, 3)
    case = _worth_of_days(_one_agent((rule,), (CarryShift(-270, -240, -3, 360),)), {0})
    assert by_cpsat(case.problem, case) == 0
    judge(case)
    assert rule in case.mine.left_out


@pytest.mark.parametrize(("rest_slots", "cost"), [(132, -800), (133, 0)])
def test_rest_over_days_off_counts_from_the_last_shift_before(rest_slots: int, cost: int) -> None:
    """From slot -4 to the shift of day 1 it is 132 slots, with day 0 off between."""
    rules = (MinDaysOff(0, 1, rest_slots),)
    case = _worth_of_days(_one_agent(rules, (CarryShift(-20, -4, -1, 240),)), {1})
    assert judge(case) == "exact"
    answer = Pricer(case.problem, case.tables).best(0, case.gains)
    assert answer is not None
    assert answer[0] == cost


@pytest.mark.parametrize(
    ("most", "carried", "cost"),
    [(360, 0, -2400), (359, 0, -1600), (400, 40, -2400), (400, 41, -1600)],
)
def test_hours_are_exact_to_the_minute(most: int, carried: int, cost: int) -> None:
    case = _one_agent((HoursLimit(0, 0, 6, most, carried),), ())
    assert judge(case) == "exact"
    answer = Pricer(case.problem, case.tables).best(0, case.gains)
    assert answer is not None
    assert answer[0] == cost


def _whole_result(problem: PlanningProblem, method: Method, seed: int) -> SolveResult:
    params = SolveParams(time_limit_seconds=60, workers=1, seed=seed, method=method, work_limit=800)
    return solve(problem, params)


def _by_columns(problem: PlanningProblem, seed: int) -> tuple[list[int], list[int]]:
    """Return costs and bounds of the greedy start and of what columns make of it."""
    budget = Budget(SolveParams(time_limit_seconds=60, workers=1, seed=seed, work_limit=1500))
    tables, market = agent_tables(problem), market_of(problem)
    rounding = Rounding(problem, tables, CoverArrays(problem), market, seed=seed)
    rounding.greedy(budget)
    costs = [rounding.best_cents]
    solve_by_columns(problem, tables, market, rounding, budget)
    roster = to_slot_roster(problem, rounding.best)
    if not rounding.without_roster:
        assert not [violation for violation in check(problem, roster) if not violation.forgiven]
        costs.append(sum(score(problem, roster).values()))
    return costs, [budget.bound_cents or 0]


@pytest.mark.parametrize(
    "seed", [1, 4, *(pytest.param(s, marks=pytest.mark.slow) for s in range(6, 26))]
)
def test_no_bound_lies_above_any_roster(seed: int) -> None:
    """Greedy, prices, CP-SAT and columns: the best bound of all below the least cost of all."""
    rng = random.Random(f"bounds/{seed}")
    share = rng.choice([0.3, 0.6, 1.0])
    problem = random_problem(
        seed,
        agents=rng.randint(4, 12),
        days=rng.randint(3, 7),
        queues=rng.randint(1, 3),
        options_per_day=rng.randint(2, 4),
        kinds=tuple(kind for kind in LAWFUL_KINDS if rng.random() < share),
    )
    costs, bounds = _by_columns(problem, seed)
    for method in ("prices", "cpsat"):
        result = _whole_result(problem, method, seed)  # type: ignore[arg-type]
        broken = [
            violation for violation in check(problem, result.roster) if not violation.forgiven
        ]
        assert not broken
        assert sum(score(problem, result.roster).values()) == result.cost_cents
        costs.append(result.cost_cents)
        bounds.append(result.bound_cents)
    assert max(bounds) > 0
    assert max(bounds) <= min(costs)
