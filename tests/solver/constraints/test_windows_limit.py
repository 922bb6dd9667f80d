import pytest

from solver.rules import MinRest, WindowsLimit
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

DAYS = ((0, 96), (288, 384), (576, 672))


def test_two_of_three_days_may_hold_work() -> None:
    shifts = [shift(day, 8, 8) for day in (0, 1, 3, 6)]
    problem = one_agent(shifts, [MinRest(0, 0), WindowsLimit(0, DAYS, 2)])
    assert allows(problem, [0, 1, 2])
    assert allows(problem, [1, 2, 3])
    assert not allows_all(problem)


def test_two_shifts_in_one_stretch_touch_it_once() -> None:
    shifts = [shift(0, 1, 4), shift(1, -12, 4), shift(3, 8, 8)]
    assert allows_all(one_agent(shifts, [MinRest(0, 0), WindowsLimit(0, DAYS, 2)]))
    assert not allows_all(one_agent(shifts, [MinRest(0, 0), WindowsLimit(0, DAYS, 1)]))


@pytest.mark.parametrize(
    ("hours", "start", "lawful"),
    [(8, 16, True), (8.25, 16, False), (4, 24, False), (4, 48, True), (4, 47.75, False)],
)
def test_the_edges_are_half_open(hours: float, start: float, lawful: bool) -> None:
    """The stretch is day 1 from midnight to midnight."""
    problem = one_agent([shift(0, start, hours)], [MinRest(0, 0), WindowsLimit(0, ((96, 192),), 0)])
    assert allows_all(problem) is lawful


def test_a_shift_may_touch_two_stretches() -> None:
    windows = ((0, 96), (96, 192))
    problem = one_agent([shift(0, 20, 8)], [MinRest(0, 0), WindowsLimit(0, windows, 1)])
    assert not allows_all(problem)


def test_earlier_stretches_and_carry_that_runs_into_one_count() -> None:
    for before, lawful in ((1, True), (2, False)):
        rules = [MinRest(0, 0), WindowsLimit(0, DAYS, 2, carry_touched=before)]
        assert allows_all(one_agent([shift(0, 8, 8)], rules)) is lawful
    carry = (carried(-1, 20, 8),)
    rules = [MinRest(0, 0), WindowsLimit(0, DAYS, 1)]
    assert allows_all(one_agent([shift(0, 8, 8)], rules, carry=carry))
    assert not allows_all(one_agent([shift(3, 8, 8)], rules, carry=carry))


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [shift(0, 8, 8, pinned=1), shift(3, 8, 8, pinned=1)]
    rules = [MinRest(0, 0), WindowsLimit(0, DAYS, 1)]
    assert allows_all(one_agent(pins, rules))
    assert allows_all(one_agent([*pins, shift(4, 0, 8)], rules))
    assert not allows_all(one_agent([*pins, shift(6, 8, 8)], rules))


def test_stretches_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="disjoint"):
        WindowsLimit(0, ((96, 192), (0, 97)), 1)
