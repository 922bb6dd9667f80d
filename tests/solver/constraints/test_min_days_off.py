import pytest

from solver.check import check
from solver.roster import Choice, SlotRoster
from solver.rules import MinDaysOff, MinRest, Rule
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

TWO: list[Rule] = [MinRest(0, 0), MinDaysOff(0, 2)]


def days(*numbers: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 8, 8, **columns) for day in numbers]


def resting(rest_hours: float, days: int = 1) -> list[Rule]:
    return [MinRest(0, 0), MinDaysOff(0, days, round(rest_hours * 4))]


def test_two_days_off_between_and_one() -> None:
    problem = one_agent(days(*range(7)), TWO)
    assert allows(problem, [0, 1, 4, 5])
    assert not allows(problem, [0, 1, 3, 4])
    assert allows(problem, list(range(7)))
    assert not allows(problem, [0, 2, 4])


@pytest.mark.parametrize(
    ("rows", "lawful"), [([1, 2, 3, 4, 5], True), ([5, 6], True), ([0, 2], False), ([4, 6], False)]
)
def test_days_off_at_either_edge_are_never_too_few(rows: list[int], lawful: bool) -> None:
    assert allows(one_agent(days(*range(7)), TWO), rows) is lawful


def test_days_off_between_the_carry_and_the_first_day_count() -> None:
    for day, lawful in ((-1, True), (-2, False), (-3, True)):
        assert allows_all(one_agent(days(0), TWO, carry=(carried(day, 8, 8),))) is lawful


def test_only_the_last_working_day_of_the_carry_matters() -> None:
    carry = (carried(-3, 8, 8), carried(-1, 8, 8))
    assert allows_all(one_agent(days(0, 3), TWO, carry=carry))


def test_days_off_that_hold_the_first_day_are_not_known() -> None:
    problem = one_agent(days(1), [MinRest(0, 0), MinDaysOff(0, 3)], carry=(carried(-1, 8, 8),))
    assert allows_all(problem)


def test_carry_on_the_first_day_makes_it_a_working_day() -> None:
    problem = one_agent(days(1, 2, 3), TWO, carry=(carried(0, -4, 3),))
    assert allows(problem, [0])
    assert not allows(problem, [1])
    assert allows(problem, [2])


def test_days_off_between_pins_are_forgiven_as_they_stand() -> None:
    pins = days(1, 3, pinned=1)
    problem = one_agent([*pins, *days(2, 5, 6)], TWO)
    assert allows(problem, [0, 2])
    assert allows(problem, [0, 1, 2])
    assert not allows(problem, [0, 2, 3])
    assert allows(problem, [0, 2, 4])


def test_a_pin_and_a_carry_shift_are_forgiven() -> None:
    carry = (carried(-2, 8, 8),)
    assert allows_all(one_agent(days(0, pinned=1), TWO, carry=carry))


@pytest.mark.parametrize(("hour", "lawful"), [(4, True), (3.75, False)])
def test_rest_around_a_day_off(hour: float, lawful: bool) -> None:
    """From 16:00 to 04:00 two days later are 36 hours."""
    assert allows_all(one_agent([shift(1, 8, 8), shift(3, hour, 8)], resting(36))) is lawful


def test_rest_is_asked_for_around_days_off_only() -> None:
    problem = one_agent([shift(1, 14, 8), shift(2, 6, 8), shift(3, 6, 8)], resting(36))
    assert allows(problem, [0, 1, 2])
    assert not allows(problem, [0, 2])
    assert allows(problem, [0, 1])


def test_long_rest_reaches_over_more_than_one_day_off() -> None:
    shifts = [shift(1, 14, 8), shift(4, 6, 8), shift(2, 14, 8)]
    problem = one_agent(shifts, resting(60))
    assert not allows(problem, [0, 2])
    assert allows(problem, [0, 1])
    assert not allows(one_agent(shifts, resting(60), days=8), [1, 2])


def test_the_latest_end_and_the_earliest_start_decide() -> None:
    shifts = [shift(0, hour, 8) for hour in (0, 4, 8)] + [shift(2, hour, 6) for hour in (0, 4, 8)]
    problem = one_agent(shifts, resting(40))
    lawful = [(a, b) for a in range(3) for b in range(3, 6) if allows(problem, [a, b])]
    assert lawful == [(0, 3), (0, 4), (0, 5), (1, 4), (1, 5), (2, 5)]


def test_rest_after_the_carry() -> None:
    for hour, lawful in ((4, True), (3.75, False)):
        problem = one_agent([shift(1, hour, 8)], resting(36), carry=(carried(-1, 8, 8),))
        assert allows_all(problem) is lawful


def test_rest_between_pins_is_forgiven_but_not_beside_one() -> None:
    pins = [shift(1, 14, 8, pinned=1), shift(3, 6, 8, pinned=1)]
    assert allows_all(one_agent(pins, resting(36)))
    assert not allows_all(one_agent([*pins, shift(5, 1.75, 4)], resting(36)))
    assert allows_all(one_agent([*pins, shift(5, 2, 4)], resting(36)))


def test_options_beside_a_pin_on_its_day_do_no_harm() -> None:
    shifts = [shift(1, 8, 8, pinned=1), shift(1, 12, 8), shift(3, 4, 8), shift(3, 3, 8, pinned=0)]
    problem = one_agent(shifts, resting(36))
    pin = problem.rules[-1]
    assert allows(problem, [pin.option_idx, 3])  # type: ignore[union-attr]
    assert not allows(problem, [pin.option_idx, 2])  # type: ignore[union-attr]


def test_where_days_interlock_the_next_shift_in_time_counts() -> None:
    """As after a flight: the shift of day 2 begins before that of day 1."""
    shifts = [shift(0, 8, 4), shift(1, 4, 4), shift(2, -26, 4), shift(3, 20, 4)]
    problem = one_agent(shifts, resting(36))
    assert allows(problem, [0, 1, 3])
    assert not allows(problem, [0, 1, 2])
    assert allows(problem, [1, 2, 3])


def test_both_findings_name_the_first_day_off() -> None:
    problem = one_agent([shift(1, 14, 8), shift(3, 6, 8)], resting(36, days=2))
    roster = SlotRoster((Choice(0, 1, 0), Choice(0, 3, 1)))
    found = [(v.rule, v.at, v.amount, v.limit, v.rows) for v in check(problem, roster)]
    assert found == [("MinDaysOff", 2, 1, 2, (0, 1)), ("MinDaysOff", 2, 128, 144, (0, 1))]
