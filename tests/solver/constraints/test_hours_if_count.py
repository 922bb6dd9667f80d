from solver.rules import HoursIfCount, MinRest
from tests.solver.constraints.one_agent import allows, allows_all, one_agent, shift

SHIFTS = [*(shift(day, 8, 8, flags=1) for day in (0, 2)), shift(4, 8, 8), shift(6, 8, 8, flags=2)]


def test_the_limit_holds_from_the_number_of_flagged_shifts_on() -> None:
    for from_count, lawful in ((2, False), (3, True)):
        rules = [MinRest(0, 0), HoursIfCount(0, 1, 0, 7, from_count, 1919)]
        assert allows_all(one_agent(SHIFTS, rules)) is lawful
    problem = one_agent(SHIFTS, [MinRest(0, 0), HoursIfCount(0, 1, 0, 7, 2, 1439)])
    assert allows(problem, [1, 2, 3])
    assert not allows(problem, [0, 1, 2])


def test_exactly_the_limit_is_lawful() -> None:
    rules = [MinRest(0, 0), HoursIfCount(0, 1, 0, 7, 2, 1920)]
    assert allows_all(one_agent(SHIFTS, rules))


def test_only_days_of_the_period_count() -> None:
    for first_day, end_day, lawful in ((0, 7, False), (1, 7, True), (0, 6, True)):
        rules = [MinRest(0, 0), HoursIfCount(0, 1, first_day, end_day, 2, 1440)]
        assert allows_all(one_agent(SHIFTS, rules)) is lawful


def test_minutes_and_number_of_the_carry_count() -> None:
    for minutes, before, lawful in ((0, 1, True), (1, 1, False), (1, 0, True)):
        rule = HoursIfCount(0, 1, 0, 7, 3, 1920, carry_minutes=minutes, carry_count=before)
        assert allows_all(one_agent(SHIFTS, [MinRest(0, 0), rule])) is lawful


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [row | {"pinned": 1} for row in SHIFTS[:3]]
    rules = [MinRest(0, 0), HoursIfCount(0, 1, 0, 7, 2, 1000)]
    assert allows_all(one_agent(pins, rules))
    assert not allows_all(one_agent([*pins, shift(5, 8, 0.25)], rules))
    one_night = [pins[0], SHIFTS[1], pins[2]]
    assert allows(one_agent(one_night, rules), [0, 2])
    assert not allows_all(one_agent(one_night, rules))
