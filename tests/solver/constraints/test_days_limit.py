from solver.rules import DaysLimit, MinRest
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

THREE_SHIFTS = [shift(day, 8, 8) for day in (0, 3, 6)]


def test_two_days_are_two_days() -> None:
    problem = one_agent(THREE_SHIFTS, [MinRest(0, 0), DaysLimit(0, 0, 7, 2)])
    assert allows(problem, [0, 2])
    assert not allows_all(problem)


def test_only_days_of_the_period_count() -> None:
    for first_day, end_day, lawful in [(0, 7, False), (0, 6, True), (1, 7, True)]:
        rules = [MinRest(0, 0), DaysLimit(0, first_day, end_day, 2)]
        assert allows_all(one_agent(THREE_SHIFTS, rules)) is lawful


def test_days_of_the_carry_count() -> None:
    carry = (carried(-1, 8, 8),)
    rules = [MinRest(0, 0), DaysLimit(0, 0, 7, 3, carry_days=1)]
    assert not allows_all(one_agent(THREE_SHIFTS, rules, carry=carry))


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [shift(day, 8, 8, pinned=1) for day in (0, 3)]
    rules = [MinRest(0, 0), DaysLimit(0, 0, 7, 1)]
    assert allows_all(one_agent(pins, rules))
    assert not allows_all(one_agent([*pins, shift(6, 8, 8)], rules))
