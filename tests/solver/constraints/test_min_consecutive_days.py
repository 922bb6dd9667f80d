import pytest

from solver.rules import MinConsecutiveDays, MinRest, Rule
from tests.solver.constraints.one_agent import allows, carried, one_agent, shift

TWO: list[Rule] = [MinRest(0, 0), MinConsecutiveDays(0, 2)]
THREE: list[Rule] = [MinRest(0, 0), MinConsecutiveDays(0, 3)]


def days(*numbers: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 8, 8, **columns) for day in numbers]


def test_a_row_of_three_and_one_of_two() -> None:
    problem = one_agent(days(*range(7)), THREE)
    assert allows(problem, [2, 3, 4])
    assert not allows(problem, [2, 3])
    assert not allows(problem, [4])
    assert allows(problem, [])


def test_every_row_is_looked_at_on_its_own() -> None:
    problem = one_agent(days(*range(9)), TWO, days=9)
    assert allows(problem, [1, 2, 4, 5, 6])
    assert not allows(problem, [1, 2, 4, 6, 7])


@pytest.mark.parametrize(("rows", "lawful"), [([0], True), ([6], True), ([1], False), ([5], False)])
def test_a_row_at_either_edge_is_never_too_short(rows: list[int], lawful: bool) -> None:
    assert allows(one_agent(days(*range(7)), THREE), rows) is lawful


def test_a_day_without_options_ends_a_row() -> None:
    problem = one_agent(days(0, 2, 3, 5, 6), THREE)
    assert not allows(problem, [1, 2])
    assert allows(problem, [0, 3, 4])


def test_a_row_that_goes_on_from_the_carry_holds_the_first_day() -> None:
    carry = (carried(-1, 8, 8),)
    problem = one_agent(days(0, 1, 2), THREE, carry=carry)
    assert allows(problem, [0])
    assert not allows(problem, [1])


def test_carry_on_the_first_day_makes_it_a_working_day() -> None:
    """The horizon cuts day 0: its shift began before slot 0."""
    problem = one_agent(days(1, 2, 3), THREE, carry=(carried(0, -4, 3),))
    assert allows(problem, [0])
    assert not allows(problem, [1, 2])
    assert allows(problem, [0, 1, 2])


def test_a_short_row_of_the_carry_is_nobodys_fault() -> None:
    carry = (carried(-4, 8, 8),)
    assert allows(one_agent(days(0), THREE, carry=carry), [])
    assert allows(one_agent(days(2, 3, 4), THREE, carry=carry), [0, 1, 2])


def test_a_short_row_of_pins_is_forgiven_as_it_stands() -> None:
    pins = days(2, 3, pinned=1)
    problem = one_agent([*pins, *days(1, 5)], [MinRest(0, 0), MinConsecutiveDays(0, 4)])
    assert allows(problem, [1, 2])
    assert not allows(problem, [0, 1, 2])
    assert not allows(problem, [1, 2, 3])


def test_two_pins_and_a_shift_between_them_are_one_row() -> None:
    pins = days(2, 4, pinned=1)
    rules: list[Rule] = [MinRest(0, 0), MinConsecutiveDays(0, 4)]
    problem = one_agent([*pins, *days(3, 5)], rules)
    assert allows(problem, [0, 2])
    assert not allows(problem, [0, 1, 2])
    assert allows(problem, [0, 1, 2, 3])
    assert not allows(problem, [0, 2, 3])


def test_short_rows_may_be_longer_than_the_agent_has_days() -> None:
    problem = one_agent(days(0, 1, 2), [MinRest(0, 0), MinConsecutiveDays(0, 40)], days=3)
    assert allows(problem, [0, 1])
    assert not allows(problem, [1])
    assert allows(problem, [0, 2])
