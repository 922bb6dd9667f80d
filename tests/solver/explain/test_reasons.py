"""Every agent has one reason, each reason can be provoked, and every price is a difference."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.explain import ReasonCode, Roster, explain_cover, join
from solver.problem import CarryShift
from solver.roster import SlotRoster, Stint
from solver.rules import (
    DaysLimit,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinRest,
    Pin,
    WeeklyRest,
)
from tests.solver.explain.worlds import cents, random_roster, shift, taking, world
from tests.solver.random_problems import random_problem

NOON = 48
"""First slot of 12:00 on day 0."""


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_reasons_sum_and_prices_are_score_differences(seed: int):
    rng = random.Random(seed)
    problem = random_problem(seed, agents=4, days=5, options_per_day=3)
    roster = random_roster(problem, seed)
    asked = Roster(problem, roster)
    start = rng.randrange(problem.slots - 3)
    found = explain_cover(asked, rng.randrange(2), start, start + rng.randint(1, 3))
    assert [row.agent_idx for row in found.reasons] == list(range(4))
    assert sum(found.counts().values()) == 4
    before = cents(problem, roster)
    for row in found.reasons:
        if row.change is None:
            continue
        own = asked.single(row.agent_idx).problem
        changed = join(problem, roster, own, row.change.after, row.agent_idx)
        broken = [found for found in check(*changed) if not found.forgiven]
        assert bool(broken) == bool(row.rules) == (row.delta_cents is None)
        if row.delta_cents is not None:
            assert cents(*changed) - before == row.delta_cents
            assert (row.delta_cents < 0) == (row.code is ReasonCode.MISSED)


def reason_of(problem, roster: SlotRoster, *, at: int = NOON, queue: int = 0, stints=None):
    return explain_cover(Roster(problem, roster), queue, at, at + 1, stints=stints).reasons[0]


def code_of(*args, **kwargs) -> ReasonCode:
    return reason_of(*args, **kwargs).code


def test_on_queue_elsewhere_and_on_break():
    pause = {"break_slots": 2, "break_from": NOON, "break_until": NOON}
    problem = world([shift(0, 0, 9, 8, **pause)], agents=(2,), need=(1, 1))
    roster = taking(problem, 0)
    assert code_of(problem, roster, at=NOON) is ReasonCode.ON_BREAK
    found = [reason_of(problem, roster, at=NOON - 1, queue=queue) for queue in (0, 1)]
    found.sort(key=lambda row: row.code)
    assert [row.code for row in found] == [ReasonCode.ELSEWHERE, ReasonCode.ON_QUEUE]
    assert found[0].queue_idx == found[1].queue_idx
    stints = [Stint(0, 36, NOON, 1)]
    assert code_of(problem, roster, at=NOON - 1, queue=1, stints=stints) is ReasonCode.ON_QUEUE
    idle = reason_of(problem, roster, at=NOON - 1, queue=1, stints=[])
    assert (idle.code, idle.queue_idx) == (ReasonCode.ELSEWHERE, -1)


@pytest.mark.parametrize(
    ("group", "code"),
    [
        (1, ReasonCode.NO_SKILL),
        (((0, 1), (NOON + 1, 0)), ReasonCode.SKILL_NOT_NOW),
        (((0, 1), (NOON, 0)), ReasonCode.MISSED),
    ],
)
def test_skill(group, code: ReasonCode):
    problem = world([shift(0, 0, 9, 8)], agents=(group,))
    assert code_of(problem, SlotRoster()) is code


def test_price_decides_between_missed_and_costs_more():
    free = world([shift(0, 0, 9, 8)])
    assert code_of(free, SlotRoster()) is ReasonCode.MISSED
    assert code_of(world([shift(0, 0, 9, 8)], need=(0, 0)), SlotRoster()) is ReasonCode.COSTS_MORE
    dear = world([shift(0, 0, 9, 8, wish_cents=10**6)])
    assert code_of(dear, SlotRoster()) is ReasonCode.COSTS_MORE
    late = shift(0, 0, 13, 8)
    both = world([shift(0, 0, 9, 7), late])
    found = reason_of(both, taking(both, 1))
    assert found.code is ReasonCode.OTHER_TIME
    assert found.delta_cents == 4 * (2000 - 400)


def test_no_option_holds_the_slot():
    assert code_of(world([shift(0, 0, 13, 8)]), SlotRoster()) is ReasonCode.NO_OPTION


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([MinRest(0, 44)], ReasonCode.RESTING),
        ([WeeklyRest(0, 144, 240)], ReasonCode.RESTING),
        ([HoursLimit(0, 0, 4, 900)], ReasonCode.AT_LIMIT),
        ([DaysLimit(0, 0, 4, 1)], ReasonCode.AT_LIMIT),
        ([MaxConsecutiveDays(0, 1)], ReasonCode.OTHER_RULE),
        ([HoursLimit(0, 0, 4, 900), MinRest(0, 44)], ReasonCode.RESTING),
        ([MinRest(0, 40)], ReasonCode.MISSED),
    ],
)
def test_rules_with_own_neighbours(rules, code: ReasonCode):
    problem = world([shift(0, 0, 9, 12), shift(0, 1, 7, 8)], rules)
    found = reason_of(problem, taking(problem, 1))
    assert found.code is code
    assert set(found.rules) == (set() if code is ReasonCode.MISSED else set(rules))


def test_history_makes_resting_too():
    carry = (CarryShift(-20, 30, -1, 600),)
    problem = world([shift(0, 0, 9, 8)], [MinRest(0, 44)], carry=carry)
    assert code_of(problem, SlotRoster()) is ReasonCode.RESTING


def test_pins_in_the_way():
    rows = [shift(0, 0, 9, 12), shift(0, 1, 7, 8, pinned=1)]
    problem = world(rows, [MinRest(0, 44), Pin(0, 1)])
    assert code_of(problem, taking(problem, 1)) is ReasonCode.PINNED
    same_day = world([shift(0, 0, 9, 8), shift(0, 0, 18, 5, pinned=1)], [Pin(0, 1)])
    assert code_of(same_day, taking(same_day, 1)) is ReasonCode.PINNED


def test_a_lawful_option_is_found_behind_cheaper_unlawful_ones():
    rows = [shift(0, 0, 9, 12), shift(0, 0, 9, 9), shift(0, 1, 6, 8)]
    problem = world(rows, [MinRest(0, 44)])
    found = reason_of(problem, taking(problem, 2))
    assert found.code is ReasonCode.MISSED
    assert found.change is not None
    assert found.change.taken.option_idx == 0  # rows sort by end: the shorter one


def test_the_option_that_breaks_fewest_rules_speaks():
    rest, hours = MinRest(0, 44), HoursLimit(0, 0, 4, 900)
    # The long shift is worth more and breaks both; the short one is at the limit alone.
    rows = [shift(0, 0, 9, 12), shift(0, 0, 9, 8), shift(0, 1, 6, 9)]
    problem = world(rows, [rest, hours])
    found = reason_of(problem, taking(problem, 2))
    assert (found.code, found.rules) == (ReasonCode.AT_LIMIT, (hours,))


def test_hours_of_the_contract_are_part_of_the_price():
    target = HoursTarget(0, 0, 4, 480, 2000, 480, 1000)
    plain = world([shift(0, 0, 9, 8)])
    wanted = world([shift(0, 0, 9, 8)], [target])
    before = reason_of(plain, SlotRoster()).delta_cents
    after = reason_of(wanted, SlotRoster()).delta_cents
    assert before is not None
    assert after == before - 8 * 3000


def test_questions_outside_are_refused():
    asked = Roster(world([shift(0, 0, 9, 8)]), SlotRoster())
    for question in ((2, 0, 1), (0, -1, 1), (0, 5, 5), (0, 0, 10**6)):
        with pytest.raises(ValueError, match=r"queue|stretch"):
            explain_cover(asked, *question)
