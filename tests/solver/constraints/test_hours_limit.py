from solver.rules import HoursLimit, MinRest
from tests.solver.constraints.one_agent import allows, allows_all, one_agent, shift

TWO_SHIFTS = [shift(1, 8, 8), shift(3, 8, 8)]


def test_exactly_the_limit_is_lawful_and_a_minute_less_is_not() -> None:
    assert allows_all(one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursLimit(0, 0, 7, 960)]))
    assert not allows_all(one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursLimit(0, 0, 7, 959)]))


def test_only_days_of_the_period_count() -> None:
    for first_day, end_day, lawful in [(1, 4, False), (2, 4, True), (1, 3, True)]:
        problem = one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursLimit(0, first_day, end_day, 500)])
        assert allows_all(problem) is lawful


def test_minutes_of_the_carry_count() -> None:
    problem = one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursLimit(0, 0, 7, 960, carry_minutes=15)])
    assert not allows_all(problem)
    assert allows(problem, [0])


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [shift(1, 8, 8, pinned=1), shift(3, 8, 8, pinned=1)]
    rules = [MinRest(0, 0), HoursLimit(0, 0, 7, 500, carry_minutes=600)]
    assert allows_all(one_agent(pins, rules))
    assert not allows_all(one_agent([*pins, shift(5, 8, 1)], rules))
