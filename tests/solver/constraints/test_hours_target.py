import pytest

from solver.rules import HoursTarget, MinRest
from tests.solver.constraints.one_agent import cost, one_agent, shift

SHIFTS = [shift(1, 8, 8), shift(3, 8, 7.5), shift(8, 8, 8)]
WEEK = HoursTarget(0, 0, 7, 1440, 2000, 600, 1999)


@pytest.mark.parametrize(
    ("rows", "cents"),
    [
        ([], 1440 * 2000 // 60 + 600 * 1999 // 60),
        ([1], 990 * 2000 // 60 + 150 * 1999 // 60),
        ([0, 1], 510 * 2000 // 60),
        ([0, 2], 960 * 2000 // 60 + 120 * 1999 // 60),
    ],
)
def test_both_parts_are_rounded_down_on_their_own(rows: list[int], cents: int) -> None:
    assert cost(one_agent(SHIFTS, [MinRest(0, 0), WEEK], days=9), rows) == cents


@pytest.mark.parametrize(("target", "cents"), [(509, 59), (510, 61), (511, 62), (450, 0)])
def test_rounding_at_either_side_of_a_whole_cent(target: int, cents: int) -> None:
    """59 minutes at 61 cents an hour are 59 and 59 sixtieths."""
    rule = HoursTarget(0, 0, 7, target, 61, 0, 0)
    assert cost(one_agent(SHIFTS, [MinRest(0, 0), rule], days=9), [1]) == cents


def test_carry_minutes_count_and_surplus_earns_nothing() -> None:
    rule = HoursTarget(0, 0, 7, 1440, 2000, 600, 1999, carry_minutes=500)
    problem = one_agent(SHIFTS, [MinRest(0, 0), rule], days=9)
    assert cost(problem, [0]) == 460 * 2000 // 60
    assert cost(problem, [0, 1]) == 10 * 2000 // 60
    rule = HoursTarget(0, 0, 7, 1440, 2000, 600, 1999, carry_minutes=5000)
    assert cost(one_agent(SHIFTS, [MinRest(0, 0), rule], days=9), []) == 0


def test_a_period_without_options_costs_what_it_misses() -> None:
    rule = HoursTarget(0, 4, 7, 601, 61, 0, 0, carry_minutes=1)
    assert cost(one_agent(SHIFTS, [MinRest(0, 0), rule], days=9), [0]) == 600 * 61 // 60
