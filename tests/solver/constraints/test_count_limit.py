from solver.rules import CountLimit, MinRest
from tests.solver.constraints.one_agent import allows, allows_all, one_agent, shift

NIGHTS = [shift(day, 8, 8, flags=3) for day in (0, 3, 6)]


def test_two_are_two_and_three_are_too_many() -> None:
    problem = one_agent(NIGHTS, [MinRest(0, 0), CountLimit(0, 2, 0, 7, 2)])
    assert allows(problem, [0, 2])
    assert not allows_all(problem)


def test_only_days_of_the_period_and_shifts_with_the_flag_count() -> None:
    for first_day, end_day, lawful in ((0, 7, False), (0, 6, True), (1, 7, True)):
        rules = [MinRest(0, 0), CountLimit(0, 2, first_day, end_day, 2)]
        assert allows_all(one_agent(NIGHTS, rules)) is lawful
    rules = [MinRest(0, 0), CountLimit(0, 4, 0, 7, 0)]
    assert allows_all(one_agent(NIGHTS, rules))


def test_the_number_of_the_carry_counts() -> None:
    for before, lawful in ((1, True), (2, False)):
        rules = [MinRest(0, 0), CountLimit(0, 1, 0, 7, 4, carry_count=before)]
        assert allows_all(one_agent(NIGHTS, rules)) is lawful


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [row | {"pinned": 1} for row in NIGHTS[:2]]
    rules = [MinRest(0, 0), CountLimit(0, 1, 0, 7, 1, carry_count=3)]
    assert allows_all(one_agent(pins, rules))
    assert not allows_all(one_agent([*pins, NIGHTS[2]], rules))
    assert allows_all(one_agent([*pins, shift(5, 8, 8, flags=2)], rules))
