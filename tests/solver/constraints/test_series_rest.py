import pytest

from solver.rules import MinRest, Rule, SeriesRest
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift


def rules(**scope: int) -> list[Rule]:
    """46 hours of rest after three or more nights less than 24 hours apart."""
    return [MinRest(0, 0), SeriesRest(0, 1, 3, 96, 184, **scope)]


def nights(*numbers: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 22, 8, flags=1, **columns) for day in numbers]


@pytest.mark.parametrize(("hour", "lawful"), [(4, True), (3.75, False)])
def test_the_rest_after_three_nights_is_exact_to_the_slot(hour: float, lawful: bool) -> None:
    """The third night ends on day 3 at 06:00; 46 hours later it is 04:00 on day 5."""
    assert allows_all(one_agent([*nights(0, 1, 2), shift(5, hour, 8)], rules())) is lawful


def test_two_nights_ask_for_nothing_and_four_as_much_as_three() -> None:
    problem = one_agent([*nights(0, 1, 2, 3), shift(5, 8, 8)], rules())
    assert allows(problem, [2, 3, 4])
    assert not allows(problem, [1, 2, 3, 4])
    assert not allows(problem, [0, 1, 2, 3, 4])
    assert allows(problem, [0, 1, 2, 3])


def test_the_row_goes_on_with_a_night_within_the_gap_only() -> None:
    soon = [*nights(0, 1, 2), shift(4, 5.75, 8, flags=1)]
    assert allows_all(one_agent(soon, rules()))
    late = [*nights(0, 1, 2), shift(4, 6, 8, flags=1)]
    assert not allows_all(one_agent(late, rules()))


def test_a_shift_between_breaks_the_row_and_taking_it_out_breaks_the_rule() -> None:
    shifts = [*nights(0, 1), shift(2, 10, 4), shift(3, -2, 8, flags=1), shift(4, 2, 8)]
    problem = one_agent(shifts, rules())
    assert allows_all(problem)
    assert not allows(problem, [0, 1, 3, 4])


def test_the_last_night_or_the_next_shift_in_the_scope() -> None:
    """The last night starts at slot 280, the next shift at 416."""
    shifts = [*nights(0, 1, 2), shift(4, 8, 8)]
    for from_slot, end_slot, lawful in (
        (280, 281, False),
        (416, 417, False),
        (281, 416, True),
        (0, 280, True),
    ):
        scoped = rules(from_slot=from_slot, end_slot=end_slot)
        assert allows_all(one_agent(shifts, scoped)) is lawful


def test_nights_of_the_carry_count() -> None:
    carry = (carried(-3, 22, 8, 1), carried(-2, 22, 8, 1), carried(-1, 22, 8, 1))
    assert allows_all(one_agent([shift(2, 4, 8)], rules(), carry=carry))
    assert not allows_all(one_agent([shift(2, 3.75, 8)], rules(), carry=carry))
    assert not allows_all(one_agent([*nights(0), shift(2, 8, 8)], rules(), carry=carry[1:]))
    assert allows_all(one_agent([*nights(0), shift(2, 8, 8)], rules(), carry=carry[2:]))


def test_pins_that_break_it_alone_stay_but_let_nothing_in() -> None:
    pins = [*nights(0, 1, 2, pinned=1), shift(4, 8, 8, pinned=1)]
    assert allows_all(one_agent(pins, rules()))
    assert not allows_all(one_agent([*pins[:3], shift(4, 8, 8)], rules()))
    free_night = [*nights(0), *nights(1, 2, pinned=1), pins[3]]
    assert not allows_all(one_agent(free_night, rules()))
