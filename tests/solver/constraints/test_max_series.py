import pytest

from solver.rules import MaxSeries, MinRest, Rule
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift


def rules(flag: int = 0, **scope: int) -> list[Rule]:
    """At most three shifts with less than 36 hours between them."""
    return [MinRest(0, 0), MaxSeries(0, 3, 144, flag, **scope)]


def days(*numbers: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 8, 8, **columns) for day in numbers]


def test_three_are_a_series_and_four_are_too_many() -> None:
    problem = one_agent(days(*range(5)), rules())
    assert allows(problem, [0, 1, 2])
    assert not allows(problem, [0, 1, 2, 3])
    assert allows(problem, [0, 1, 2, 4])


@pytest.mark.parametrize(("hour", "lawful"), [(4, True), (3.75, False)])
def test_the_gap_decides_to_the_slot(hour: float, lawful: bool) -> None:
    """The third shift ends at 16:00 on day 2; 36 hours later it is 04:00 on day 4."""
    assert allows_all(one_agent([*days(0, 1, 2), shift(4, hour, 8)], rules())) is lawful


def test_days_off_do_not_end_a_series_that_are_too_short() -> None:
    shifts = [shift(day, 8, 14) for day in (0, 2, 4, 6)]
    assert not allows_all(one_agent(shifts, rules()))
    assert allows(one_agent(shifts, rules()), [0, 1, 3])


def test_one_flagged_shift_anywhere_in_the_series_is_enough() -> None:
    for flagged in range(4):
        shifts = days(*range(4))
        shifts[flagged]["flags"] = 2
        assert not allows_all(one_agent(shifts, rules(2)))
        assert allows_all(one_agent(shifts, rules(1)))
    rested = [*days(0, 1, 2, 3), *days(5, flags=2)]
    assert not allows_all(one_agent(rested, [MinRest(0, 0), MaxSeries(0, 3, 161, 2)]))
    assert allows_all(one_agent(rested, [MinRest(0, 0), MaxSeries(0, 3, 160, 2)]))


def test_one_shift_in_the_scope_is_enough() -> None:
    for from_slot, end_slot, lawful in ((32, 33, False), (320, 321, False), (321, 600, True)):
        scoped = rules(from_slot=from_slot, end_slot=end_slot)
        assert allows_all(one_agent(days(0, 1, 2, 3), scoped)) is lawful


def test_carry_and_its_flags_count() -> None:
    for flags, lawful in ((1, False), (0, True)):
        carry = (carried(-2, 8, 8, flags), carried(-1, 8, 8))
        assert allows_all(one_agent(days(0, 1), rules(1), carry=carry)) is lawful
        assert allows_all(one_agent(days(0), rules(1), carry=carry))
        assert allows_all(one_agent(days(1, 2, 3), rules(1), carry=carry))


def test_pins_may_go_on_alone_but_not_with_others() -> None:
    carry = (carried(-1, 8, 8),)
    pins = days(0, 1, 2, pinned=1)
    assert allows_all(one_agent(pins, rules(), carry=carry))
    assert not allows_all(one_agent([*pins, *days(3)], rules(), carry=carry))
    assert allows_all(one_agent([*pins, *days(4, 5)], rules(), carry=carry))
