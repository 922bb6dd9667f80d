"""Worth of one head more or less, against the split worked out from scratch."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.cover import split_cents
from solver.explain.cover import Cover
from solver.problem import OptionTable, PlanningProblem, QueueNeed
from solver.roster import SlotRoster
from solver.score import score
from tests.solver.explain.worlds import random_roster
from tests.solver.random_problems import random_problem


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_gain_and_loss_are_differences_of_the_best_split(seed: int):
    rng = random.Random(seed)
    queues = rng.randint(1, 4)
    groups = tuple(
        {tuple(sorted(rng.sample(range(queues), rng.randint(0, queues)))): 0 for _ in range(4)}
    )
    slot = PlanningProblem(
        slots=1,
        queues=tuple(
            QueueNeed(
                f"q{idx}",
                (rng.randint(0, 4),),
                tuple(sorted((rng.choice([0, 100, 250, 900]) for _ in range(3)), reverse=True)),
            )
            for idx in range(queues)
        ),
        groups=groups,
        agents=(),
        options=OptionTable(),
        rules=(),
        idle_cents=rng.choice([0, 30]),
    )
    cover = Cover(slot, SlotRoster())
    heads = [rng.randint(0, 3) for _ in groups]
    split = cover.split_of(0, cover.heads[:, 0] + heads)

    def cost(changed: list[int]) -> int:
        return sum(split_cents(slot, [{g: n for g, n in enumerate(changed) if n}]))

    assert split.cost_cents == cost(heads)
    for group in range(len(groups)):
        more, less = list(heads), list(heads)
        more[group] += 1
        less[group] -= 1
        assert split.gain_cents[group] == cost(heads) - cost(more)
        if heads[group]:
            assert split.loss_cents[group] == cost(less) - cost(heads)


@pytest.mark.parametrize("seed", range(6))
def test_the_slots_add_up_to_the_score(seed: int):
    problem = random_problem(seed, agents=4, queues=3)
    roster = random_roster(problem, seed)
    cover = Cover(problem, roster)
    terms = score(problem, roster)
    total = sum(cover.split(slot).cost_cents for slot in range(problem.slots))
    assert total == terms["short"] + terms["idle"]
