from dataclasses import replace

from solver.constraints import REGISTRY
from solver.rules import Pin, Rule
from tests.solver.constraints.one_agent import allows, cost, one_agent, shift

SHIFTS = [shift(0, 8, 8, wages_cents=900), shift(0, 10, 8), shift(2, 8, 8, wages_cents=50)]


def test_a_pinned_option_is_worked_and_nothing_else_that_day() -> None:
    problem = one_agent(
        [SHIFTS[0] | {"pinned": 1}, *SHIFTS[1:]], [], off_cents=(70, 0, 5, 0, 0, 0, 0)
    )
    assert allows(problem, [0])
    assert allows(problem, [0, 2])
    assert not allows(problem, [1])
    assert not allows(problem, [])
    assert cost(problem, [0]) == 905
    assert cost(problem, [0, 2]) == 950


def test_without_the_pin_everything_is_open() -> None:
    problem = replace(one_agent(SHIFTS, []), rules=())
    assert allows(problem, [])
    assert allows(problem, [1, 2])


def test_every_rule_kind_has_its_constraint() -> None:
    assert {kind for kind, _ in REGISTRY} == set(Rule.__args__)
    assert (Pin, "solver.constraints.pin") in [(kind, add.__module__) for kind, add in REGISTRY]
