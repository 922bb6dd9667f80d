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


def test_only_shifts_with_the_flag_ask_for_a_rest_of_their_own() -> None:
    """A night that ends late asks for 14 hours, other shifts for 11."""
    rules = [ELEVEN_HOURS, MinRest(0, 56, flag=2)]
    for flags, lawful in ((0, True), (1, True), (2, False), (3, False)):
        problem = one_agent([shift(0, 0, 8, flags=flags), shift(1, -2.25, 8)], rules)
        assert allows_all(problem) is lawful
    assert allows_all(one_agent([shift(0, 0, 8, flags=2), shift(1, -2, 8)], rules))


def test_the_flag_of_the_later_shift_does_not_matter() -> None:
    rules = [ELEVEN_HOURS, MinRest(0, 56, flag=2)]
    assert allows_all(one_agent([shift(0, 0, 8), shift(1, -5, 8, flags=2)], rules))


def test_carry_with_the_flag_asks_too() -> None:
    rules = [MinRest(0, 0), MinRest(0, 56, flag=2)]
    for flags, lawful in ((2, False), (1, True)):
        carry = (carried(-1, 18, 8, flags),)
        assert allows_all(one_agent([shift(0, 15.75, 8)], rules, carry=carry)) is lawful


def test_either_shift_in_the_scope_is_enough_and_its_end_is_outside() -> None:
    shifts = [shift(0, 12, 8), shift(1, 6, 8)]
    for from_slot, end_slot, lawful in (
        (48, 49, False),
        (120, 121, False),
        (49, 120, True),
        (0, 48, True),
        (121, 500, True),
    ):
        rules = [MinRest(0, 0), MinRest(0, 44, from_slot=from_slot, end_slot=end_slot)]
        assert allows_all(one_agent(shifts, rules)) is lawful


def test_ahead_of_the_scope_only_the_next_shift_is_looked_at() -> None:
    """With a short shift between them, the flagged one and the one in the scope are no pair."""
    shifts = [shift(0, 0, 4, flags=1), shift(1, -18, 1), shift(2, -36, 4)]
    rules = [MinRest(0, 0), MinRest(0, 48, flag=1, from_slot=40)]
    problem = one_agent(shifts, rules)
    assert not allows(problem, [0, 2])
    assert allows(problem, [0, 1, 2])


def test_shifts_never_overlap_where_all_rests_have_a_flag_or_scope() -> None:
    shifts = [shift(0, 12, 8), shift(1, -4.25, 8)]
    assert not allows_all(one_agent(shifts, [MinRest(0, 44, flag=1)]))
    assert not allows_all(one_agent(shifts, [MinRest(0, 44, end_slot=0)]))
    touching = [shift(0, 12, 8), shift(1, -4, 8)]
    assert allows_all(one_agent(touching, [MinRest(0, 44, flag=1)]))
