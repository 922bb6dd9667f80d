import pytest

from solver.rules import CountCost, MinRest
from tests.solver.constraints.one_agent import carried, cost, one_agent, shift

WEEKENDS = [shift(day, 8, 8, weekend=1, evening=day % 2) for day in range(5)]


@pytest.mark.parametrize(
    ("rows", "cents"),
    [([], 0), ([4], 0), ([0, 1], 700), ([1, 2, 4], 1400), ([0, 1, 2, 3, 4], 700 + 700 + 900 + 900)],
)
def test_each_further_shift_costs_its_step_and_the_last_step_repeats(
    rows: list[int], cents: int
) -> None:
    rule = CountCost(0, "weekend", (0, 700, 700, 900))
    assert cost(one_agent(WEEKENDS, [MinRest(0, 0), rule]), rows) == cents


def test_only_the_flag_named_counts() -> None:
    rule = CountCost(0, "evening", (100, 250))
    problem = one_agent(WEEKENDS, [MinRest(0, 0), rule])
    assert cost(problem, [0, 2, 4]) == 0
    assert cost(problem, [0, 1, 2, 3]) == 350


def test_carry_does_not_count() -> None:
    rule = CountCost(0, "weekend", (0, 700))
    problem = one_agent(WEEKENDS, [MinRest(0, 0), rule], carry=(carried(-1, 8, 8),))
    assert cost(problem, [0]) == 0


def test_more_steps_than_shifts() -> None:
    rule = CountCost(0, "weekend", (1, 2, 3, 4, 5, 6, 7, 8))
    assert cost(one_agent(WEEKENDS, [MinRest(0, 0), rule]), [0, 1, 2, 3, 4]) == 15
