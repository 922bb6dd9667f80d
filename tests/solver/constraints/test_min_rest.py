from solver.rules import MinRest
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

ELEVEN_HOURS = MinRest(0, 44)


def test_rest_of_exactly_eleven_hours_is_enough() -> None:
    assert allows_all(one_agent([shift(0, 12, 8), shift(1, 7, 8)], [ELEVEN_HOURS]))


def test_a_slot_less_is_not() -> None:
    assert not allows_all(one_agent([shift(0, 12, 8), shift(1, 6.75, 8)], [ELEVEN_HOURS]))


def test_rest_reaches_over_a_day_with_short_options() -> None:
    shifts = [shift(0, 20, 12), shift(1, 20, 1), shift(2, 0, 4)]
    problem = one_agent(shifts, [MinRest(0, 72)])
    assert not allows(problem, [0, 2])
    assert allows(one_agent(shifts, [MinRest(0, 64)]), [0, 2])


def test_the_last_shift_may_run_past_the_horizon() -> None:
    problem = one_agent(
        [shift(0, 14, 8), shift(1, 9, 8), shift(1, 8.75, 16)], [ELEVEN_HOURS], days=2
    )
    assert allows(problem, [0, 2])
    assert not allows(problem, [0, 1])


def test_carry_keeps_the_first_shift_away() -> None:
    carry = (carried(-1, 18, 8),)
    assert allows_all(one_agent([shift(0, 13, 8)], [ELEVEN_HOURS], carry=carry))
    assert not allows_all(one_agent([shift(0, 12.75, 8)], [ELEVEN_HOURS], carry=carry))


def test_pins_may_break_it_between_themselves_only() -> None:
    pins = [shift(0, 12, 8, pinned=1), shift(1, 4, 16, pinned=1)]
    assert allows_all(one_agent(pins, [ELEVEN_HOURS]))
    assert not allows_all(one_agent([*pins, shift(2, 6, 4)], [ELEVEN_HOURS]))
    assert allows_all(one_agent([*pins, shift(2, 7, 4)], [ELEVEN_HOURS]))


def test_a_pin_may_follow_the_carry_too_soon() -> None:
    carry = (carried(-1, 18, 8),)
    assert allows_all(one_agent([shift(0, 6, 8, pinned=1)], [ELEVEN_HOURS], carry=carry))
