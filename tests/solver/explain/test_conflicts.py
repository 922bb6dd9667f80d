"""Conflicting sets are infeasible, smallest by brute force, and found wherever there is one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.explain import conflicting
from solver.explain.conflicts import Conflict
from solver.problem import CarryShift, PlanningProblem
from solver.rules import (
    CountCost,
    HoursLimit,
    HoursMinimum,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Pin,
    Rule,
)
from tests.solver.explain.worlds import shift, world
from tests.solver.model.lawful import is_lawful
from tests.solver.random_problems import random_problem


class Oracle:
    """All rosters of agent 0 and what each breaks, pins judged like any other shift."""

    def __init__(self, problem: PlanningProblem, rules: Collection[Rule]) -> None:
        table = problem.options
        unpinned = replace(table, pinned=np.zeros(len(table), dtype=np.int32))
        strict = replace(problem, options=unpinned, rules=())
        by_day: dict[int, list[int | None]] = {}
        for row, day in enumerate(table.day.tolist()):
            by_day.setdefault(day, [None]).append(row)
        self.broken: list[set[Rule]] = []
        apart = MinRest(0, 0)
        for way in itertools.product(*by_day.values()):
            rows = tuple(row for row in way if row is not None)
            if is_lawful(strict, 0, [apart], rows):
                paid = sum(int(table.paid_minutes[row]) for row in rows)
                self.broken.append(
                    {
                        rule
                        for rule in rules
                        if (
                            rule.option_idx not in rows
                            if isinstance(rule, Pin)
                            else paid < rule.min_minutes
                            if isinstance(rule, HoursMinimum)
                            else not is_lawful(strict, 0, [rule, apart], rows)
                        )
                    }
                )

    def feasible(self, rules: Collection[Rule]) -> bool:
        return any(not broken & set(rules) for broken in self.broken)


def contradictory(seed: int) -> PlanningProblem:
    """One agent with random pins, lawful or not, and a minimum of hours over all days."""
    rng = random.Random(seed)
    problem = random_problem(seed, agents=1, days=3, options_per_day=2)
    rules: list[Rule] = [
        rule for rule in problem.rules if not isinstance(rule, HoursTarget | CountCost | Pin)
    ]
    rows = range(len(problem.options))
    rules += [Pin(0, row) for row in rng.sample(rows, min(len(rows), rng.randint(0, 3)))]
    if rng.random() < 0.7:
        least = rng.choice([300, 900, 1500, 2200])
        rules.append(HoursMinimum(0, 0, problem.agents[0].days, least))
    return replace(problem, rules=tuple(rules))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_sets_are_smallest_and_complete(seed: int):
    problem = contradictory(seed)
    rules = tuple(dict.fromkeys(problem.rules))
    oracle = Oracle(problem, rules)
    found = conflicting(problem, time_limit_seconds=60)
    assert bool(found) == (not oracle.feasible(rules))
    for conflict in found:
        assert conflict.proven
        assert not oracle.feasible(conflict.members)
        for size in range(len(conflict.members)):
            for part in itertools.combinations(conflict.members, size):
                assert oracle.feasible(part)
    assert len(set(found)) == len(found)
    without = {conflict.members[-1] for conflict in found}
    assert len(found) == 5 or oracle.feasible([rule for rule in rules if rule not in without])


def members_of(problem: PlanningProblem, **options) -> list[tuple[Rule, ...]]:
    return [conflict.members for conflict in conflicting(problem, **options)]


def test_two_pins_and_the_rest_between_them():
    rows = [shift(0, 0, 9, 12, pinned=1), shift(0, 1, 7, 8, pinned=1), shift(0, 3, 9, 8, pinned=1)]
    rules = [MinRest(0, 44), MaxConsecutiveDays(0, 5), *(Pin(0, row) for row in range(3))]
    assert members_of(world(rows, rules)) == [(MinRest(0, 44), Pin(0, 0), Pin(0, 1))]
    assert not members_of(world(rows, [MinRest(0, 40), *rules[2:]]))


def test_pins_that_overlap_or_share_a_day_need_no_rule():
    overlap = world([shift(0, 0, 12, 16), shift(0, 1, 3, 8)], [Pin(0, 0), Pin(0, 1)])
    assert members_of(overlap) == [(Pin(0, 0), Pin(0, 1))]
    one_day = world([shift(0, 0, 1, 4), shift(0, 0, 18, 4)], [Pin(0, 0), Pin(0, 1)])
    assert members_of(one_day) == [(Pin(0, 0), Pin(0, 1))]


def test_history_stands_firm():
    carry = (CarryShift(-20, 10, -1, 450),)
    rows = [shift(0, 0, 9, 8)]
    problem = world(rows, [MinRest(0, 44), Pin(0, 0)], carry=carry)
    assert members_of(problem) == [(MinRest(0, 44), Pin(0, 0))]
    overlapping = world([shift(0, 0, 1, 8)], [Pin(0, 0)], carry=carry)
    assert members_of(overlapping) == [(Pin(0, 0),)]


def test_no_lawful_roster_without_any_pin():
    rows = [shift(0, day, 9, 8) for day in range(4)]
    rules = [HoursMinimum(0, 0, 4, 4 * 480), MaxConsecutiveDays(0, 2), HoursLimit(0, 0, 4, 2400)]
    assert members_of(world(rows, rules)) == [(rules[1], rules[0])]
    too_much = HoursMinimum(0, 0, 4, 5 * 480)
    assert members_of(world(rows, [too_much])) == [(too_much,)]


def test_several_sets_of_several_agents():
    rows = [
        shift(agent, day, hour, 12, pinned=1)
        for agent in (0, 1)
        for day, hour in ((0, 9), (1, 7), (2, 5))
    ]
    rules = [MinRest(0, 44), MinRest(1, 44), *(Pin(row // 3, row) for row in range(6))]
    problem = world(rows, rules, agents=(0, 0))
    both = [(MinRest(0, 44), Pin(0, 0), Pin(0, 1)), (MinRest(0, 44), Pin(0, 1), Pin(0, 2))]
    assert members_of(problem)[0] in both
    assert {conflict.agent_idx for conflict in conflicting(problem)} == {0, 1}
    assert not members_of(problem, agents=[])
    assert len(members_of(problem, agents=[0], most_per_agent=1)) == 1


def test_without_time_nothing_is_called_proven():
    rows = [shift(0, 0, 9, 12), shift(0, 1, 7, 8)]
    problem = world(rows, [MinRest(0, 44), Pin(0, 0), Pin(0, 1)])
    (conflict,) = conflicting(problem, time_limit_seconds=0.0)
    assert not conflict.proven
    least = world(rows, [MinRest(0, 44), HoursMinimum(0, 0, 2, 1200)])
    assert not conflicting(least, time_limit_seconds=0.0)
    assert conflicting(least)[0].proven


def test_a_pin_on_no_option_conflicts_by_itself():
    problem = world([shift(0, 0, 9, 8)], [Pin(0, 7)])
    assert conflicting(problem) == (Conflict(0, (Pin(0, 7),), True),)


@pytest.mark.parametrize("seed", range(3))
def test_problems_without_pins_have_none(seed: int):
    kinds = (MinRest, MaxConsecutiveDays, HoursLimit)
    assert not conflicting(random_problem(seed, agents=3, kinds=kinds))
