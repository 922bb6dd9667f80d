from solver.rules import MaxConsecutiveDays, MinRest, Rule
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

THREE: list[Rule] = [MinRest(0, 0), MaxConsecutiveDays(0, 3)]


def days(*numbers: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 8, 8, **columns) for day in numbers]


def test_three_in_a_row_with_a_day_off_between() -> None:
    assert allows_all(one_agent(days(0, 1, 2, 4, 5, 6), THREE))


def test_four_in_a_row_first_and_last_window() -> None:
    problem = one_agent(days(*range(7)), THREE)
    assert not allows(problem, [0, 1, 2, 3])
    assert not allows(problem, [3, 4, 5, 6])
    assert allows(problem, [0, 1, 3, 4, 5])


def test_carry_counts() -> None:
    carry = (carried(-2, 8, 8), carried(-1, 8, 8))
    problem = one_agent(days(0, 1), THREE, carry=carry)
    assert allows(problem, [0])
    assert not allows(problem, [0, 1])
    assert allows_all(one_agent(days(0, 1), THREE, carry=carry[:1]))


def test_pins_may_run_on_alone_but_not_with_others() -> None:
    carry = (carried(-1, 8, 8),)
    pins = days(0, 1, 2, 3, pinned=1)
    assert allows_all(one_agent(pins, THREE, carry=carry))
    assert not allows_all(one_agent([*pins, *days(4)], THREE, carry=carry))
    assert allows_all(one_agent([*pins, *days(5, 6)], THREE, carry=carry))


def test_one_shift_of_the_run_in_the_scope_is_enough() -> None:
    """Shifts start at 08:00: slot 32 of each day."""
    for from_slot, end_slot, lawful in ((32, 33, False), (320, 321, False), (33, 128, True)):
        rules: list[Rule] = [MinRest(0, 0), MaxConsecutiveDays(0, 3, from_slot, end_slot)]
        assert allows_all(one_agent(days(0, 1, 2, 3), rules)) is lawful


def test_the_time_of_the_shift_decides_on_the_scopes_first_day() -> None:
    early, late = shift(0, 2, 4), shift(0, 8, 4)
    rules: list[Rule] = [MinRest(0, 0), MaxConsecutiveDays(0, 1, 20, 40)]
    problem = one_agent([early, late, *days(1)], rules)
    assert allows(problem, [0, 2])
    assert not allows(problem, [1, 2])


def test_carry_in_the_scope_binds() -> None:
    carry = (carried(-1, 8, 8),)
    for end_slot, lawful in ((-63, False), (-64, True)):
        rules: list[Rule] = [MinRest(0, 0), MaxConsecutiveDays(0, 1, -100, end_slot)]
        assert allows_all(one_agent(days(0), rules, carry=carry)) is lawful
