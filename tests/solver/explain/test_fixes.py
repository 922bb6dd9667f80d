"""A fix's gain is the difference of two scores, its roster is lawful, and each kind is found."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.explain import (
    FixKind,
    Roster,
    alone,
    apply_fix,
    cheapest_fixes,
    explain_cover,
    fix_by_hire,
    fix_by_options,
)
from solver.problem import CarryShift
from solver.roster import Choice, SlotRoster
from solver.rules import DaysLimit, HoursLimit, MinRest, Pin
from tests.solver.explain.worlds import cents, random_roster, shift, taking, world
from tests.solver.random_problems import random_problem

NOON = 48


def assert_kept(problem, roster, fix):
    """The promise of a fix, against score and check from scratch."""
    changed = apply_fix(problem, roster, fix)
    assert fix.gain_cents == cents(problem, roster) - cents(*changed) > 0
    assert all(found.forgiven for found in check(*changed))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_promised_cents_are_the_difference_of_scores(seed: int):
    rng = random.Random(seed)
    problem = random_problem(seed, agents=4, days=5, options_per_day=3)
    roster = random_roster(problem, seed)
    asked = Roster(problem, roster)
    start = rng.randrange(problem.slots - 1)
    reasons = explain_cover(asked, rng.randrange(2), start, start + 1)
    tried = cheapest_fixes(asked, reasons)
    assert [fix.gain_cents for fix in tried.fixes] == sorted(
        (fix.gain_cents for fix in tried.fixes), reverse=True
    )
    for fix in tried.fixes:
        assert_kept(problem, roster, fix)


@pytest.mark.parametrize("seed", range(5))
def test_a_hire_pays_what_it_promises(seed: int):
    problem = random_problem(seed, agents=3, days=4, options_per_day=3)
    roster = random_roster(problem, seed, chance=0.3)
    fix = fix_by_hire(Roster(problem, roster), seed % 3)
    if fix is not None:
        assert_kept(problem, roster, fix)
        assert len(apply_fix(problem, roster, fix)[0].agents) == 4
    else:
        assert seed not in (0, 1)


def test_a_hire_brings_no_wishes_and_no_history():
    carry = (CarryShift(-20, 30, -1, 600),)
    problem = world([shift(0, 0, 9, 8, wish_cents=500)], [MinRest(0, 44)], carry=carry)
    wanting = replace(problem, agents=(replace(problem.agents[0], off_cents=(7,) * 4),))
    fix = fix_by_hire(Roster(wanting, SlotRoster()), 0)
    assert fix is not None
    assert fix.gain_cents == 32 * (2000 - 400)
    assert_kept(wanting, SlotRoster(), fix)


def fixes(problem, roster, *, at: int = NOON, **options):
    asked = Roster(problem, roster)
    found = cheapest_fixes(asked, explain_cover(asked, 0, at, at + 1), **options)
    for fix in found.fixes:
        assert_kept(problem, roster, fix)
    return {fix.kind: fix for fix in found.fixes}, dict(found.tries)


def test_shift_longer_and_break():
    alone_there = world([shift(0, 0, 9, 8)])
    assert set(fixes(alone_there, SlotRoster())[0]) == {FixKind.SHIFT}
    longer = world([shift(0, 0, 8, 4), shift(0, 0, 8, 6)])
    assert set(fixes(longer, taking(longer, 0))[0]) == {FixKind.LONGER}
    pause = {"break_slots": 2, "break_from": NOON - 4, "break_until": NOON + 4}
    paused = world([shift(0, 0, 8, 8, **pause)], need=(0, 0))
    need = tuple(int(slot < NOON + 2) for slot in range(paused.slots))
    paused = replace(paused, queues=(replace(paused.queues[0], need=need), paused.queues[1]))
    there = SlotRoster((Choice(0, 0, 0, NOON),))
    assert set(fixes(paused, there)[0]) == {FixKind.BREAK}


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        (HoursLimit(0, 0, 4, 960 - 30), HoursLimit(0, 0, 4, 960 + 30)),
        (DaysLimit(0, 0, 4, 1), DaysLimit(0, 0, 4, 2)),
    ],
)
def test_a_limit_one_step_wider(rule, step):
    # Nothing is gained by giving the other shift up: both are worth the same.
    problem = world([shift(0, 0, 9, 8), shift(0, 2, 9, 8)], [rule])
    roster = taking(problem, 1)
    found, tries = fixes(problem, roster)
    assert set(found) == {FixKind.LIMIT}
    assert found[FixKind.LIMIT].loosened == (rule, step)
    assert tries[FixKind.LIMIT] == 1
    assert not fixes(problem, roster, may_loosen=lambda _agent, _rule: None)[0]


def test_more_than_a_step_is_not_promised():
    problem = world([shift(0, 0, 9, 8), shift(0, 2, 9, 8)], [HoursLimit(0, 0, 4, 480)])
    assert not fixes(problem, taking(problem, 1))[0]


def test_another_shift_may_be_given_up():
    rows = [shift(0, 0, 9, 8), shift(0, 2, 9, 8, wish_cents=5000)]
    problem = world(rows, [DaysLimit(0, 0, 4, 1)])
    found, _ = fixes(problem, taking(problem, 1), may_loosen=lambda _agent, _rule: None)
    assert found[FixKind.SHIFT].gain_cents == 5000


def test_a_wish_dropped_counts_only_where_it_is_kept():
    wished = shift(0, 0, 9, 8, wish_cents=10**6)
    problem = world([wished])
    found, _ = fixes(problem, SlotRoster())
    assert found[FixKind.WISH].gain_cents == 32 * (2000 - 400)
    kept = world([wished, shift(0, 0, 18, 5, wish_cents=10**6)])
    assert FixKind.WISH not in fixes(kept, taking(kept, 1))[0]


def test_a_skill_helps_those_on_duty_and_off():
    rows = [shift(0, 0, 9, 8)]
    problem = world(rows, agents=(1,), groups=((0,), (1,)))
    on_duty, _ = fixes(problem, taking(problem, 0))
    assert on_duty[FixKind.SKILL].present == on_duty[FixKind.SKILL].after
    assert on_duty[FixKind.SKILL].gain_cents == 32 * (2000 + 50)
    assert on_duty[FixKind.SKILL].own.groups == ((0,), (1,), (0, 1))
    off_duty, _ = fixes(problem, SlotRoster())
    assert off_duty[FixKind.SKILL].gain_cents == 32 * (2000 - 400)


def test_other_options_and_rules_among_many_agents():
    rows = [shift(idx, 0, hour, 4, pinned=int(idx == 2)) for idx, hour in ((0, 4), (1, 14), (2, 4))]
    rules = [Pin(2, 2), *(MinRest(idx, 44) for idx in range(3))]
    problem = world(rows, rules, agents=(0, 0, 0))
    roster = taking(problem, 0, 1, 2)
    asked = Roster(problem, roster)
    wider = world([shift(0, 0, 11, 8), shift(0, 0, 14, 4)], [MinRest(0, 44)])
    fix = fix_by_options(asked, 1, wider, (NOON, NOON + 1))
    assert fix is not None
    assert fix.kind is FixKind.OPTIONS
    assert fix.gain_cents == 16 * (2000 - 400)
    assert_kept(problem, roster, fix)
    elsewhere = world([shift(0, 0, 11, 8)], [MinRest(0, 44)])
    assert fix_by_options(asked, 1, elsewhere, (NOON, NOON + 1)) is None  # its shift is not there
    # Where the options make the present shifts dearer, that is part of the price.
    late = shift(0, 1, 14, 4, wages_cents=16 * 400 + 70)
    dearer = world([shift(0, 0, 11, 8), shift(0, 0, 14, 4), late], [MinRest(0, 44)])
    rows[1:2] = [rows[1], shift(1, 1, 14, 4)]
    problem = world(rows, [MinRest(1, 44), Pin(2, 3)], agents=(0, 0, 0))
    roster = taking(problem, 0, 1, 2, 3)
    fix = fix_by_options(Roster(problem, roster), 1, dearer, (NOON, NOON + 1))
    assert fix is not None
    assert fix.gain_cents == 16 * (2000 - 400) - 70
    assert_kept(problem, roster, fix)


def test_an_agent_alone_comes_back_unchanged():
    problem = random_problem(3, agents=4)
    roster = random_roster(problem, 3)
    asked = Roster(problem, roster)
    from solver.explain import join

    for agent_idx in range(4):
        single = asked.single(agent_idx)
        assert single.problem == alone(problem, agent_idx, asked.rules(agent_idx))
        back = join(problem, roster, single.problem, single.present, agent_idx)
        assert (back[0].options, back[0].agents, back[1]) == (
            problem.options,
            problem.agents,
            roster,
        )
        assert set(back[0].rules) == set(problem.rules)
