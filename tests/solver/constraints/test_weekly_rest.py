import itertools
import random

import pytest

from solver.problem import CarryShift
from solver.rules import MinRest, Rule, WeeklyRest
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift

DAY_AND_A_HALF: list[Rule] = [MinRest(0, 0), WeeklyRest(0, 144, 672)]


def daily(first_day: int, end_day: int, **columns: int) -> list[dict[str, int]]:
    return [shift(day, 8, 8, **columns) for day in range(first_day, end_day)]


def test_a_block_ending_36_hours_before_the_window_does_is_lawful() -> None:
    """The block ends on day 5 at 20:00, the window on day 7 at 08:00."""
    shifts = [*daily(0, 5), shift(5, 8, 12)]
    assert allows_all(one_agent(shifts, DAY_AND_A_HALF))


def test_a_slot_more_work_is_not() -> None:
    shifts = [*daily(0, 5), shift(5, 8, 12.25)]
    assert not allows_all(one_agent(shifts, DAY_AND_A_HALF))


def test_the_rest_may_lie_anywhere_in_the_window() -> None:
    problem = one_agent([*daily(0, 2), shift(3, 4, 8), *daily(4, 9)], DAY_AND_A_HALF, days=9)
    assert allows(problem, range(8))
    late = one_agent([*daily(0, 2), shift(3, 3.75, 8), *daily(4, 9)], DAY_AND_A_HALF, days=9)
    assert not allows(late, range(8))


def test_days_off_without_a_full_rest_do_not_help() -> None:
    """Every other day, 34 hours apart: no rest of 36 hours however long it goes on."""
    shifts = [shift(day, 8, 14) for day in range(0, 9, 2)]
    assert not allows_all(one_agent(shifts, DAY_AND_A_HALF, days=9))
    assert allows(one_agent(shifts, DAY_AND_A_HALF, days=9), [0, 1, 2])


def test_after_the_last_shift_everything_is_rest() -> None:
    assert allows_all(one_agent(daily(2, 7), DAY_AND_A_HALF))


def test_a_shift_over_the_end_of_the_window_is_work() -> None:
    """Rest from the end of day 4 to the next start: 36 hours, but the window closes in between."""
    rules: list[Rule] = [MinRest(0, 0), WeeklyRest(0, 144, 4 * 96 + 176 - 1)]
    shifts = [*daily(0, 5), shift(6, 4, 8)]
    assert not allows_all(one_agent(shifts, rules))
    rules = [MinRest(0, 0), WeeklyRest(0, 144, 4 * 96 + 176)]
    assert allows_all(one_agent(shifts, rules))


@pytest.mark.parametrize(("carry_days", "lawful"), [(3, True), (4, False)])
def test_carry_opens_windows(carry_days: int, lawful: bool) -> None:
    """Three days here are fine after three days before, not after four."""
    carry = tuple(carried(day, 8, 8) for day in range(-carry_days, 0))
    assert allows_all(one_agent(daily(0, 3), DAY_AND_A_HALF, carry=carry)) is lawful


def test_carry_after_a_rest_opens_a_new_block() -> None:
    carry = (*(carried(day, 8, 8) for day in range(-6, -3)), carried(-1, 8, 8))
    assert allows_all(one_agent(daily(0, 5), DAY_AND_A_HALF, carry=carry))
    assert not allows_all(one_agent(daily(0, 6), DAY_AND_A_HALF, carry=carry))


def test_windows_that_pins_and_carry_break_alone_bind_nothing_else() -> None:
    """Days -4 to 3 run through; a free shift on day 4 breaks the windows of the first pins too."""
    carry = tuple(carried(day, 8, 8) for day in range(-4, 0))
    pins = daily(0, 4, pinned=1)
    assert allows_all(one_agent(pins, DAY_AND_A_HALF, carry=carry))
    broken_by_it = one_agent([*pins, shift(4, 8, 8)], DAY_AND_A_HALF, carry=carry)
    assert not allows_all(broken_by_it)
    rested = one_agent([*pins, shift(5, 4, 8)], DAY_AND_A_HALF, carry=carry)
    assert allows_all(rested)


def test_pins_that_just_keep_it_are_not_forgiven_what_others_add() -> None:
    """Alone they leave exactly 36 hours; a shift in those breaks the first window, no other."""
    pins = [*daily(0, 5, pinned=1), shift(5, 8, 12, pinned=1)]
    assert allows_all(one_agent(pins, DAY_AND_A_HALF))
    assert not allows_all(one_agent([*pins, shift(6, 8, 12)], DAY_AND_A_HALF))


def test_a_pin_too_long_for_any_window_is_forgiven_where_it_is_the_only_shift() -> None:
    rules: list[Rule] = [MinRest(0, 0), WeeklyRest(0, 90, 100)]
    assert allows_all(one_agent([shift(0, 0, 8, pinned=1)], rules))
    assert not allows_all(one_agent([shift(0, 0, 8)], rules))


def test_a_pin_longer_than_the_window_leaves_is_forgiven() -> None:
    rules: list[Rule] = [MinRest(0, 0), WeeklyRest(0, 90, 100)]
    problem = one_agent([shift(0, 0, 8, pinned=1), shift(3, 0, 2), shift(6, 0, 4)], rules)
    assert allows(problem, [0, 1])
    assert not allows(problem, [0, 1, 2])


def test_days_that_interlock_are_judged_in_order_of_time() -> None:
    """Where a change of zone makes day 1 begin before day 0 is over."""
    shifts = [
        {"day": 0, "start": 60, "end": 70},
        {"day": 1, "start": 20, "end": 30},
        {"day": 1, "start": 90, "end": 96},
    ]
    rules: list[Rule] = [MinRest(0, 0), WeeklyRest(0, 40, 90)]
    problem = one_agent(shifts, rules)
    assert allows(problem, [0, 1])
    assert allows(problem, [0, 2])
    tight = one_agent(shifts, [MinRest(0, 0), WeeklyRest(0, 40, 76)])
    assert allows(tight, [0, 2])
    assert not allows(tight, [0, 1])


@pytest.mark.parametrize("seed", range(12))
def test_interlocking_days_pins_and_carry_as_the_check_has_it(seed: int) -> None:
    """Each set of options; `allows` compares the model with the check."""
    rng = random.Random(seed)
    shifts = []
    for day, _ in itertools.product(range(3), range(2)):
        start = 30 * day + rng.randint(0, 40)
        shifts.append({"day": day, "start": start, "end": start + rng.randint(3, 20)})
    if rng.random() < 0.4:
        rng.choice(shifts)["pinned"] = 1
    carry = (CarryShift(-30, -22, -2), CarryShift(-rng.randint(5, 15), rng.randint(-3, 2), -1))
    rest = rng.choice([15, 20, 30])
    rules = [MinRest(0, rng.choice([0, 5])), WeeklyRest(0, rest, rest + rng.randint(5, 70))]
    problem = one_agent(shifts, rules, days=3, carry=carry if rng.random() < 0.5 else ())
    verdicts = {
        allows(problem, [row for row in rows if row is not None])
        for rows in itertools.product((None, 0, 1), (None, 2, 3), (None, 4, 5))
    }
    assert True in verdicts  # the pins alone, at least


def either(**scope: int) -> list[Rule]:
    """36 hours in 7 x 24, or 72 in 14 x 24 in parts of 32."""
    return [MinRest(0, 0), WeeklyRest(0, 144, 672, 288, 1344, 128, **scope)]


def test_parts_that_add_up_are_enough_instead() -> None:
    """Ten days with 33 hours in between, then 39: no 36 hours in seven days, 72 in fourteen."""
    shifts = [*daily(0, 4), shift(5, 1, 8), *daily(6, 8), shift(8, 8, 17), *daily(10, 13)]
    problem = one_agent(shifts, either(), days=14)
    assert not allows_all(one_agent(shifts, DAY_AND_A_HALF, days=14))
    assert allows_all(problem)


@pytest.mark.parametrize(
    ("first", "second", "lawful"),
    [(32, 40, True), (32, 39.75, False), (31.75, 41, False), (33, 39, True)],
)
def test_parts_must_be_long_enough_and_add_up(first: float, second: float, lawful: bool) -> None:
    """Days 0 to 4, a rest, days 6 to 8, a rest; then work to the end of fourteen days and on."""
    at = 4 * 24 + 16 + first
    shifts = [*daily(0, 5), {"day": 5, "start": round(4 * at), "end": round(4 * at) + 48}]
    shifts += [shift(6, 14, 2), *daily(7, 9)]
    at = 8 * 24 + 16 + second
    shifts.append({"day": 10, "start": round(4 * at), "end": round(4 * at) + 20})
    shifts += [shift(day, 6, 14) for day in range(11, 15)]
    rules: list[Rule] = [
        MinRest(0, 0),
        WeeklyRest(0, 164, 672, 288, 1344, 128, from_slot=0, end_slot=33),
    ]
    assert allows_all(one_agent(shifts, rules, days=15)) is lawful


def test_only_windows_of_shifts_in_the_scope_bind() -> None:
    """Seven days in a row break the window of day 0 alone; it opens at slot 32."""
    for from_slot, end_slot, lawful in ((32, 33, False), (33, 700, True), (0, 32, True)):
        rules: list[Rule] = [
            MinRest(0, 0),
            WeeklyRest(0, 144, 672, from_slot=from_slot, end_slot=end_slot),
        ]
        assert allows_all(one_agent(daily(0, 7), rules)) is lawful


def test_carry_may_rest_in_parts() -> None:
    """Days -6 to 1 without 36 hours: a rest of 33 before day -2, and one of 39 to come."""
    worked = (*(carried(day, 8, 8) for day in (-6, -5, -4)), carried(-2, 1, 8), carried(-1, 8, 8))
    shifts = [*daily(0, 2), shift(3, 7, 8), *daily(4, 8)]
    assert allows_all(one_agent(shifts, either(), days=8, carry=worked))
    assert not allows_all(one_agent(shifts, DAY_AND_A_HALF, days=8, carry=worked))
    shifts[2] = shift(3, 6.75, 8)
    sooner = one_agent(shifts, either(), days=8, carry=worked)
    assert not allows_all(sooner)


@pytest.mark.parametrize(("hours", "lawful"), [(8, True), (8.25, False)])
def test_the_last_part_is_cut_off_where_the_window_ends(hours: float, lawful: bool) -> None:
    """A rest of 33 hours, and 39 from day 12 at 17:00 to the end of the window."""
    shifts = [*daily(0, 4), shift(5, 1, 8), *daily(6, 12), shift(12, 9, hours)]
    rules = either(from_slot=32, end_slot=33)
    assert allows_all(one_agent(shifts, rules, days=15)) is lawful
    assert not allows_all(one_agent([*shifts, shift(14, 7.75, 8)], rules, days=15))


@pytest.mark.parametrize(("hour", "lawful"), [(7, True), (6.75, False)])
def test_a_window_already_without_a_long_rest_needs_the_parts(hour: float, lawful: bool) -> None:
    """The seven days from day -8 are over; of the fourteen, 33 hours are had and 39 to come."""
    before = [carried(-8, 8, 8), carried(-7, 8, 8), carried(-6, 8, 8), carried(-4, 1, 8)]
    carry = (*before, *(carried(day, 8, 8) for day in (-3, -2, -1)))
    shifts = [*daily(0, 2), shift(3, hour, 8), *daily(4, 7)]
    rules = either(from_slot=-736, end_slot=-735)
    assert allows_all(one_agent(shifts, rules, carry=carry)) is lawful
