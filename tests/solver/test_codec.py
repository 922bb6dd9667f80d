"""Documents: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.codec import problem_from_json, problem_to_json, roster_from_json, roster_to_json
from solver.errors import CodecError
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from tests.solver.random_problems import EVERY_KIND, random_problem

JUNK = [1.5, None, True, 2**60, [], {}, "zwölf", float("nan")]
small = st.integers(-(2**53) + 1, 2**53 - 1)


def a_problem() -> PlanningProblem:
    """A problem of one day whose document holds every field and rule kind."""
    return random_problem(1405, agents=2, days=1, kinds=EVERY_KIND, slot_minutes=30)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every number and text in a document."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield path
    for key, item in items:
        yield from leaves(item, (*path, key))


def spelled(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def parent_of(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


@given(seed=st.integers(0, 10**6), agents=st.integers(1, 3), days=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_problem_round_trip(seed: int, agents: int, days: int) -> None:
    problem = random_problem(seed, agents=agents, days=days, kinds=EVERY_KIND)
    text = problem_to_json(problem)
    read = problem_from_json(text)
    assert read == problem
    assert problem_to_json(read) == text


@given(st.lists(st.builds(Choice, small, small, small, small)))
@settings(max_examples=100, deadline=None)
def test_roster_round_trip(choices: list[Choice]) -> None:
    roster = SlotRoster(tuple(choices))
    assert roster_from_json(roster_to_json(roster)) == roster


DOCUMENT = json.loads(problem_to_json(a_problem()))
LEAVES = [path for path in leaves(DOCUMENT) if path != ("schema",)]


def test_the_sample_has_every_rule_kind_and_a_carry() -> None:
    assert {rule["kind"] for rule in DOCUMENT["rules"]} == {kind.__name__ for kind in EVERY_KIND}
    assert any(agent["carry"] for agent in DOCUMENT["agents"])


@given(path=st.sampled_from(LEAVES), junk=st.sampled_from(JUNK))
@settings(max_examples=300, deadline=None)
def test_one_bad_value_is_refused_and_named(path: tuple[str | int, ...], junk: Any) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    old = parent_of(document, path)[path[-1]]
    if isinstance(old, str) and isinstance(junk, str) and path[-1] in ("agent_id", "queue_id"):
        return
    parent_of(document, path)[path[-1]] = junk
    with pytest.raises(CodecError) as refused:
        problem_from_json(json.dumps(document))
    if isinstance(junk, float):
        assert "whole numbers only" in str(refused.value)
    else:
        where, complaint = str(refused.value).split(": ", 1)
        assert where == spelled(path) or (where == spelled(path[:-1]) and path[-1] in complaint)


@given(path=st.sampled_from(LEAVES), rename=st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_missing_or_unknown_field_is_named(path: tuple[str | int, ...], rename: bool) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    names = [depth for depth, step in enumerate(path) if isinstance(step, str)]
    cut = path[: names[-1] + 1]
    owner = parent_of(document, cut)
    if rename:
        owner["moon_phase"] = 1
        cut = (*cut[:-1], "moon_phase")
    else:
        del owner[cut[-1]]
    with pytest.raises(CodecError) as refused:
        problem_from_json(json.dumps(document))
    assert str(refused.value).startswith(spelled(cut))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a JSON document"),
        ("[" * 100_000, "not a JSON document"),
        ("9" * 10_000, "not a JSON document"),
        ("[]", "an object"),
        ("{}", "schema: expected 'heliotrope-problem/3', found None"),
        ('{"schema":"heliotrope-problem/2"}', "found 'heliotrope-problem/2'"),
        ('{"schema":"heliotrope-problem/3"}', "slots: the field is missing"),
        ('{"schema":"heliotrope-problem/3","slots":4,"slots":4}', "'slots' stands twice"),
        ('{"schema":"heliotrope-problem/3","slots":1e3}', "whole numbers only"),
        ('{"schema":"heliotrope-problem/3","slots":Infinity}', "whole numbers only"),
    ],
)
def test_other_documents_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(CodecError, match=complaint):
        problem_from_json(text)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("agents", 0, "groups"), [], "groups must start at slot 0"),
        (("agents", 0, "off_cents"), [0] * 99, "off_cents needs one entry a day"),
        (("queues", 0, "short_cents"), [1, 2, 3], "short_cents must not rise"),
        (("queues", 0, "short_cents"), [1, 2], r"queues\[0\].short_cents: expected a list of 3"),
        (("queues", 0, "need"), [0], "needs one entry per slot"),
        (("groups", 1), [0, 7], r"groups\[1\]: expected queue indices"),
        (("rules", 0, "agent_idx"), 2, r"rules\[0\].agent_idx: expected an agent's index"),
        (("rules", 0, "kind"), "FullMoon", r"rules\[0\].kind: expected one of MinRest"),
        (("options", "start"), [0], "options: all option columns must have the same length"),
    ],
)
def test_fields_that_do_not_fit_each_other_are_refused(
    path: tuple[str | int, ...], value: Any, complaint: str
) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    parent_of(document, path)[path[-1]] = value
    with pytest.raises(CodecError, match=complaint):
        problem_from_json(json.dumps(document))


def test_a_pin_of_no_option_is_refused() -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["rules"].append({"kind": "Pin", "agent_idx": 0, "option_idx": 10**6})
    with pytest.raises(CodecError, match=r"option_idx: expected an option's row"):
        problem_from_json(json.dumps(document))


def test_a_problem_is_no_roster() -> None:
    with pytest.raises(CodecError, match="heliotrope-slot-roster/1"):
        roster_from_json(problem_to_json(a_problem()))
