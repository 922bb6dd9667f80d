"""Whatever the rules, a remade roster is lawful; and near the best one where that can be known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from solver.pricing.tables import agent_tables
from solver.rules import CountCost, Pin
from solver.search.remake import Remaker
from tests.solver.enumeration import best_by_enumeration, rosters_of
from tests.solver.model.lawful import is_lawful
from tests.solver.random_problems import ALL_KINDS, random_problem

KINDS = tuple(kind for kind in ALL_KINDS if kind is not CountCost)


@pytest.mark.parametrize("block", range(6))
def test_remade_rosters_are_lawful_and_mostly_the_best(block: int) -> None:
    """Without CP-SAT; compared with the best of all rosters."""
    judged, best, steps = 0, 0, Counter[str]()
    for seed in range(2000 + 40 * block, 2040 + 40 * block):
        problem = random_problem(seed, agents=1, days=5, kinds=KINDS)
        tables = agent_tables(problem)
        remaker = Remaker(problem, tables, seed=1)
        rng = np.random.default_rng(seed)
        gains = rng.choice([-50.0, 0.0, 300.0, 800.0], problem.slots)
        roster = remaker.remake(0, gains, (0.0, 0.0), seconds_left=0.0)
        rows = [int(row) for row in roster[:, 0]]
        assert is_lawful(problem, 0, problem.rules, rows), seed
        steps += remaker.steps
        rosters = rosters_of(problem, 0, most=5_000)
        if rosters is None or not rows:
            continue
        expected = best_by_enumeration(problem, 0, gains, (0, 0), rosters=rosters)
        assert expected is not None
        found = best_by_enumeration(problem, 0, gains, (0, 0), rosters=[tuple(rows)])
        assert found is not None
        assert found >= expected
        judged += 1
        best += found <= expected + 0.02 * abs(expected)
    assert judged >= 20
    assert best >= 0.9 * judged
    assert steps["repaired"] + steps["strict"] >= 3
    assert not steps["dropped"]


def test_the_pins_are_left_where_nothing_else_is_lawful() -> None:
    """However the programme is cut short, the pins stay."""
    for seed in range(60):
        problem = random_problem(seed, agents=1, days=6)
        remaker = Remaker(problem, agent_tables(problem), seed=1)
        pins = {rule.option_idx for rule in problem.rules if isinstance(rule, Pin)}
        everything = np.arange(len(problem.options))
        first_of_day = np.unique(problem.options.day, return_index=True)[1]
        rows = sorted({*pins, *(int(row) for row in everything[first_of_day])})
        pinned_days = {int(problem.options.day[row]) for row in pins}
        rows = [row for row in rows if row in pins or problem.options.day[row] not in pinned_days]
        at = problem.options.break_from[rows]
        roster = np.stack([np.array(rows, dtype=np.int64), at.astype(np.int64)], axis=1)
        left = remaker._dropped(0, np.full(problem.slots, 100.0), roster)
        taken = [int(row) for row in left[:, 0]]
        assert pins <= set(taken) <= set(rows)
        assert is_lawful(problem, 0, problem.rules, taken), seed
