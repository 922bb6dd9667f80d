import pytest

from solver.rules import MinRest, RollingHours, Rule
from tests.solver.constraints.one_agent import allows, allows_all, carried, one_agent, shift


def rules(**scope: int) -> list[Rule]:
    """At most ten hours in any 24."""
    return [MinRest(0, 0), RollingHours(0, 96, 600, **scope)]


@pytest.mark.parametrize(("hour", "lawful"), [(6, True), (5.75, False)])
def test_a_shift_that_runs_out_of_the_window_counts_as_far_as_it_is_inside(
    hour: float, lawful: bool
) -> None:
    """From 08:00 to 16:00, then two hours until 08:00 the next day."""
    assert allows_all(one_agent([shift(0, 8, 8), shift(1, hour, 8)], rules())) is lawful


def test_a_shift_that_ends_inside_counts_with_its_paid_minutes() -> None:
    for paid, lawful in ((120, True), (121, False)):
        shifts = [shift(0, 8, 8), shift(1, 0, 4, paid_minutes=paid)]
        assert allows_all(one_agent(shifts, rules())) is lawful


def test_a_shift_inside_never_counts_with_more_than_its_paid_minutes() -> None:
    shifts = [shift(0, 8, 8), shift(1, 0, 9, paid_minutes=120)]
    assert allows_all(one_agent(shifts, rules()))


def test_every_shift_opens_a_window_the_last_one_too() -> None:
    shifts = [shift(0, 8, 3), shift(1, -2, 3), shift(2, -34, 5), shift(6, 8, 10.25)]
    problem = one_agent(shifts, rules())
    assert not allows(problem, [0, 1, 2])
    assert allows(problem, [0, 1])
    assert allows(problem, [1, 2])
    assert not allows(problem, [3])


def test_only_windows_of_shifts_in_the_scope_bind() -> None:
    shifts = [shift(0, 8, 8), shift(1, 0, 8)]
    for from_slot, end_slot, lawful in ((32, 33, False), (33, 700, True), (0, 32, True)):
        scoped = rules(from_slot=from_slot, end_slot=end_slot)
        assert allows_all(one_agent(shifts, scoped)) is lawful


def test_carry_opens_windows_and_counts_with_its_paid_minutes() -> None:
    carry = (carried(-1, 12, 8),)
    assert allows_all(one_agent([shift(0, 10, 8)], rules(), carry=carry))
    assert not allows_all(one_agent([shift(0, 9.75, 8)], rules(), carry=carry))


def test_pins_over_the_limit_stay_but_let_nothing_in() -> None:
    pins = [shift(0, 8, 8, pinned=1), shift(1, 0, 4, pinned=1)]
    assert allows_all(one_agent(pins, rules()))
    assert not allows_all(one_agent([*pins, shift(1, 7.75, 1) | {"day": 2}], rules()))
    assert allows_all(one_agent([*pins, shift(1, 8, 1) | {"day": 2}], rules()))


@pytest.mark.parametrize(("slot", "lawful"), [(60, True), (59, False)])
def test_slots_of_half_an_hour(slot: int, lawful: bool) -> None:
    """From 08:00 to 16:00; two hours until 08:00 the next day are four such slots."""
    shifts = [
        {"day": 0, "start": 16, "end": 32, "paid_minutes": 480},
        {"day": 1, "start": slot, "end": slot + 16, "paid_minutes": 480},
    ]
    half_hours: list[Rule] = [MinRest(0, 0), RollingHours(0, 48, 600)]
    assert allows_all(one_agent(shifts, half_hours, slot_minutes=30)) is lawful
