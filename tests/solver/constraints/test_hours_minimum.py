import pytest

from solver.check import Violation, check
from solver.model.run import solve_single
from solver.roster import SlotRoster
from solver.rules import HoursLimit, HoursMinimum, MinRest
from tests.solver.constraints.one_agent import allows, allows_all, one_agent, shift

TWO_SHIFTS = [shift(1, 8, 8), shift(3, 8, 8)]


def test_exactly_the_minimum_is_lawful_and_a_minute_more_is_not() -> None:
    assert allows_all(one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursMinimum(0, 0, 7, 960)]))
    assert not allows_all(one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursMinimum(0, 0, 7, 961)]))


def test_only_days_of_the_period_count() -> None:
    for first_day, end_day, lawful in [(1, 4, True), (2, 4, False), (1, 3, False)]:
        problem = one_agent(TWO_SHIFTS, [MinRest(0, 0), HoursMinimum(0, first_day, end_day, 500)])
        assert allows_all(problem) is lawful


def test_minutes_of_the_carry_count() -> None:
    rules = [MinRest(0, 0), HoursMinimum(0, 0, 7, 600, carry_minutes=120)]
    problem = one_agent(TWO_SHIFTS, rules)
    assert allows(problem, [0])
    assert not allows(problem, [])


def test_the_carry_alone_may_be_enough() -> None:
    rules = [MinRest(0, 0), HoursMinimum(0, 0, 7, 600, carry_minutes=600)]
    assert allows(one_agent(TWO_SHIFTS, rules), [])


def test_pins_are_not_forgiven() -> None:
    rules = [MinRest(0, 0), HoursMinimum(0, 0, 7, 500)]
    problem = one_agent([shift(1, 8, 8, pinned=1), shift(2, 8, 1)], rules)
    assert not allows(problem, [0])
    assert allows(problem, [0, 1])


def test_a_period_off_is_reported_with_nothing_that_could_give_way() -> None:
    problem = one_agent(TWO_SHIFTS, [HoursMinimum(0, 4, 6, 60, carry_minutes=15)])
    assert check(problem, SlotRoster()) == (Violation("HoursMinimum", 0, 4, 15, 60),)


@pytest.mark.parametrize("shifts", [[], [shift(5, 8, 8)], TWO_SHIFTS])
def test_an_agent_who_cannot_reach_the_minimum_has_no_roster(
    shifts: list[dict[str, int]],
) -> None:
    rules = [MinRest(0, 0), HoursMinimum(0, 0, 5, 960), HoursLimit(0, 0, 5, 959)]
    problem = one_agent(shifts, rules)
    assert solve_single(problem, 0, [0] * problem.slots, 10) is None
