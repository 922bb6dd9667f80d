"""The compiled rules and the audit must come to the same verdict, rule by rule, near the limits."""

from __future__ import annotations

import random

import pytest

from scheduler.audit import audit_roster
from scheduler.domain import Planning, Roster, Shift
from scheduler.labour.applied import RuleBook
from scheduler.planning import Compiled, compile_problem
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.zones import local_of
from solver import check
from tests.whole.judges import NOTE, as_roster, throw, verdict_of_audit, verdict_of_check
from tests.whole.law_world import BREAK_RULES, SEQUENCE_RULES, SHIFT_RULES, Draw, random_world

SEEDS_A_RULE = 20
NO_LAW = RuleBook({})


@pytest.mark.slow
@pytest.mark.parametrize("rule", SEQUENCE_RULES)
def test_compiled_rules_and_audit_agree(rule: str) -> None:
    """240 worlds with one tight rule each, two rosters thrown at each."""
    lawful, broken = 0, 0
    for seed in range(SEEDS_A_RULE):
        rng = random.Random(f"{rule} {seed}")
        weeks = 60 if rule == "free_sundays" and seed % 2 else rng.choice((0, 2, 6, 18))
        planning, book = random_world(rng, SEQUENCE_RULES[rule], weeks_of_history=weeks)
        compiled = compile_problem(planning, book)
        for density in (0.35, 0.8):
            thrown = throw(compiled.problem, rng, density)
            roster, placed = as_roster(planning, compiled, thrown)
            by_audit = verdict_of_audit(audit_roster(planning, roster, book).findings)
            by_check = verdict_of_check(compiled.problem, check(compiled.problem, placed))
            assert by_audit == by_check, f"seed {seed}, density {density}"
            lawful += not by_check
            broken += bool(by_check)
    assert lawful >= 2, "the limits are too tight to show anything"
    assert broken >= 6, "the limits are too loose to show anything"


@pytest.mark.parametrize("rule", SHIFT_RULES)
def test_an_option_is_missing_exactly_where_the_audit_objects(rule: str) -> None:
    kept, missing = 0, 0
    for seed in range(12):
        rng = random.Random(f"{rule} {seed}")
        planning, book = random_world(rng, SHIFT_RULES[rule], weeks_of_history=0)
        lawful = options(compile_problem(planning, book))
        unbound = compile_problem(planning, NO_LAW)
        every = sorted(options(unbound))
        for option in rng.sample(every, min(40, len(every))):
            found = objections(planning, book, option, rule, unbound.grid)
            assert bool(found) == (option not in lawful), (seed, option, found)
            kept += option in lawful
            missing += option not in lawful
    assert kept >= 20
    assert missing >= 20


@pytest.mark.parametrize("rule", BREAK_RULES)
def test_breaks_are_as_long_as_the_audit_demands(rule: str) -> None:
    for seed in range(12):
        rng = random.Random(f"{rule} {seed}")
        planning, book = random_world(rng, BREAK_RULES[rule], weeks_of_history=2)
        compiled = compile_problem(planning, book)
        thrown = throw(compiled.problem, rng, 0.5)
        roster, _ = as_roster(planning, compiled, thrown)
        codes = {finding.rule for finding in audit_roster(planning, roster, book).findings}
        assert not codes & {"break_rule", "break_window", "paid_minutes"}, seed


Option = tuple[str, int, int]


def options(compiled: Compiled) -> set[Option]:
    """Agent, start and end of every option."""
    table = compiled.problem.options
    agents = compiled.problem.agents
    return {
        (agents[agent].agent_id, start, end)
        for agent, start, end in zip(
            table.agent.tolist(), table.start.tolist(), table.end.tolist(), strict=True
        )
    }


def objections(
    planning: Planning, book: RuleBook, option: Option, rule: str, grid: SlotGrid
) -> list[str]:
    """Findings of that rule about a roster with this one shift in it."""
    agent_id, start_slot, end_slot = option
    start, end = grid.instant_of(start_slot), grid.instant_of(end_slot)
    zone = "UTC"
    local = local_of(start, zone)
    shift = Shift(agent_id, start, end, local.wall, zone, local.fold, 0)
    roster = Roster(
        shifts=(shift,),
        horizon=planning.horizon,
        currency="EUR",
        cost_cents=0,
        bound_cents=0,
        terms=(),
        solver=NOTE,
        input_sha256="",
        tz_version="",
    )
    return [
        finding.sentence
        for finding in audit_roster(planning, roster, book).findings
        if finding.rule == rule
    ]


def test_draws_are_of_every_kind() -> None:
    draws: list[dict[str, Draw]] = [SEQUENCE_RULES, SHIFT_RULES, BREAK_RULES]
    kinds = {type(draw(random.Random(1))).__name__ for table in draws for draw in table.values()}
    from scheduler.labour import pack

    assert kinds == {kind.__name__ for kind in pack.Limit.__subclasses__()}
