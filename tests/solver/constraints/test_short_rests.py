import pytest

from solver.rules import MinRest, Rule, ShortRests
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

WEEK = 7 * 96


def rules(times: int = 1, window_slots: int = WEEK, **scope: int) -> list[Rule]:
    """Eleven hours of rest, eight at least, shorter so many times a week."""
    return [MinRest(0, 32), ShortRests(0, ((0, 44),), times, window_slots, **scope)]


def turns(*rests: float, **columns: int) -> list[dict[str, int]]:
    """Shifts of eight hours, the first from 08:00, so many hours of rest between them."""
    shifts, start = [], 8.0
    for day, rest in enumerate((*rests, 0.0)):
        shifts.append(shift(day, start - 24 * day, 8, **columns))
        start += 8 + rest
    return shifts


def test_once_is_allowed_and_twice_is_not() -> None:
    assert allows_all(one_agent(turns(10, 16, 16), rules()))
    assert not allows_all(one_agent(turns(10, 16, 10), rules()))
    assert allows_all(one_agent(turns(10, 16, 10), rules(times=2)))
    assert not allows_all(one_agent(turns(10), rules(times=0)))


def test_a_rest_of_exactly_the_usual_length_is_not_short() -> None:
    assert allows_all(one_agent(turns(10, 11, 11), rules()))
    assert not allows_all(one_agent(turns(10, 10.75), rules()))


@pytest.mark.parametrize(("window_slots", "lawful"), [(168, True), (169, False)])
def test_rests_that_begin_a_window_apart_are_not_in_one(window_slots: int, lawful: bool) -> None:
    """The second begins 10 + 8 + 16 + 8 hours after the first."""
    assert allows_all(one_agent(turns(10, 16, 10), rules(window_slots=window_slots))) is lawful


def test_demands_share_the_exception_and_look_at_their_flags() -> None:
    demands = ((0, 44), (2, 56))
    both: list[Rule] = [MinRest(0, 32), ShortRests(0, demands, 1, WEEK)]
    late = [shift(0, 8, 8, flags=2), shift(1, 5, 8), shift(1, 23, 8)]
    late[2]["day"] = 2
    assert not allows_all(one_agent(late, both))  # 13 hours after a flagged shift, then 10
    late[0]["flags"] = 1
    assert allows_all(one_agent(late, both))


def test_a_shift_between_makes_two_rests_of_one() -> None:
    """Three hours after the first shift another of four, thirteen before the third: one short."""
    shifts = [shift(0, 8, 8, flags=1), shift(1, -5, 4), shift(2, -12, 8)]
    demanding: list[Rule] = [MinRest(0, 0), ShortRests(0, ((1, 90),), 0, WEEK)]
    problem = one_agent(shifts, demanding)
    assert not allows(problem, [0, 2])
    assert not allows(problem, [0, 1, 2])
    assert allows(problem, [1, 2])


def test_either_shift_in_the_scope_counts_its_rest() -> None:
    """Two rests of ten hours between shifts at slots 32, 104 and 176."""
    for from_slot, end_slot, lawful in ((33, 104, True), (32, 105, False), (104, 105, False)):
        scoped = rules(from_slot=from_slot, end_slot=end_slot)
        assert allows_all(one_agent(turns(10, 10), scoped)) is lawful
    assert allows_all(one_agent(turns(10, 10), rules(from_slot=105)))


def test_carry_counts_up_to_the_horizon_and_over_it() -> None:
    carry = (carried(-2, 10, 8), carried(-1, 4, 8), carried(-1, 22, 8))
    problem = one_agent([shift(0, 16.75, 8), shift(0, 17, 8)], rules(times=2), carry=carry)
    assert allows(problem, [1])
    assert not allows(problem, [0])
    assert allows_all(one_agent([shift(0, 16.75, 8)], rules(times=3), carry=carry))


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = turns(10, 10, pinned=1)
    assert allows_all(one_agent(pins, rules()))
    later = shift(3, 0, 8)
    assert allows_all(one_agent([*pins, later], rules()))
    assert not allows_all(one_agent([*pins, shift(2, 14, 8) | {"day": 3}], rules()))
