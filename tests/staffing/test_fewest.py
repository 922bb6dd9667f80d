"""The fewest agents: figures, a plain linear search, and what any answer must satisfy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.staffing.erlang import erlang_a, erlang_c, offered_load
from scheduler.staffing.fewest import MOST_LEVEL, Targets, fewest_agents
from tests.staffing.figures import FIGURES

REQUIRED = [row for row in FIGURES if "expected_min_agents" in row and "concurrency" not in row]


def targets_of(row: dict[str, str]) -> Targets:
    cap = float(row["max_occupancy"]) if "max_occupancy" in row else None
    return Targets(
        service_level=float(row["sl_target"]),
        target_s=float(row["target_s"]),
        max_occupancy=cap,
        max_abandon=0.05 if row["id"] == "AR1" else None,
    )


@pytest.mark.parametrize("row", REQUIRED, ids=lambda row: row["id"])
def test_figures(row: dict[str, str]) -> None:
    load = offered_load(float(row["calls"]), float(row["interval_s"]), float(row["aht_s"]))
    patience = float(row["patience_s"]) if "patience_s" in row else None
    found = fewest_agents(load, float(row["aht_s"]), targets_of(row), patience_s=patience)
    assert int(found) == int(row["expected_min_agents"])


@pytest.mark.parametrize(
    ("load", "aht_s", "agents"),
    [(0.5, 300, 1), (2.6, 180, 3)],  # where a known library begins its search too high
)
def test_small_loads_begin_at_the_least_stable_number(
    load: float, aht_s: float, agents: int
) -> None:
    goal = Targets(service_level=0.2, target_s=60)
    assert int(fewest_agents(load, aht_s, goal)) == agents


def first_that_meets(load: float, aht_s: float, least: int, most: int, goal: dict[str, Any]) -> int:
    """One number of agents after the other, judged by the measures alone."""
    target_s = goal["target_s"]
    agents = np.arange(least, most + 1)
    if "patience_s" in goal:
        found = erlang_a(load, aht_s, agents, target_s, patience_s=goal["patience_s"])
    else:
        found = erlang_c(load, aht_s, agents, target_s)
    limits = {"max_wait_s": "asa_s", "max_abandon": "p_abandon", "max_occupancy": "occupancy"}
    met = np.ones(agents.shape, dtype=bool)
    for name, figure in limits.items():
        if name in goal:
            met &= getattr(found, figure) <= goal[name] * (1 + 1e-12)
    for name in ("service_level", "service_level_excl_short_abandons"):
        if name in goal:
            met &= getattr(found, name) >= min(goal[name], MOST_LEVEL) - 1e-12
    return int(agents[met][0])


SHARES = st.floats(0.01, 1.0)
GOALS = st.fixed_dictionaries(
    {"target_s": st.floats(0.0, 120.0)},
    optional={
        "service_level": SHARES,
        "service_level_excl_short_abandons": SHARES,
        "max_wait_s": st.floats(0.5, 200.0),
        "max_occupancy": st.floats(0.2, 1.0),
        "minimum": st.integers(0, 12),
    },
).filter(lambda goal: goal.keys() - {"target_s", "minimum"})


@given(load=st.floats(0.01, 60.0), aht_s=st.floats(20.0, 900.0), goal=GOALS)
@settings(max_examples=100, deadline=None)
def test_erlang_c_equals_a_linear_search(load: float, aht_s: float, goal: dict[str, Any]) -> None:
    found = int(fewest_agents(load, aht_s, Targets(**goal)))
    least = max(goal.get("minimum", 0), math.floor(load) + 1)
    assert found == first_that_meets(load, aht_s, least, found, goal)


@given(
    load=st.floats(0.01, 40.0),
    aht_s=st.floats(20.0, 900.0),
    goal=GOALS,
    patience_s=st.floats(10.0, 2000.0),
    max_abandon=st.one_of(st.none(), st.floats(0.005, 1.0)),
)
@settings(max_examples=100, deadline=None)
def test_erlang_a_equals_a_linear_search(
    load: float, aht_s: float, goal: dict[str, Any], patience_s: float, max_abandon: float | None
) -> None:
    if max_abandon is not None:
        goal = {**goal, "max_abandon": max_abandon}
    found = int(fewest_agents(load, aht_s, Targets(**goal), patience_s=patience_s))
    goal = {**goal, "patience_s": patience_s}
    assert found == first_that_meets(load, aht_s, goal.get("minimum", 0), found, goal)


@pytest.mark.parametrize("patience", [None, 120.0])
def test_a_table_is_its_rows(patience: float | None) -> None:
    rng = np.random.default_rng(3)
    load = np.exp(rng.uniform(-3, 9, 3000))
    load[rng.integers(0, 3000, 30)] = 0.0
    aht, level = rng.uniform(30, 900, 3000), rng.uniform(0.3, 0.98, 3000)
    cap = rng.uniform(0.5, 1.0, 3000)
    least = rng.integers(0, 3, 3000)
    goal = Targets(service_level=level, target_s=20, max_occupancy=cap, minimum=least)
    found = fewest_agents(load, aht, goal, patience_s=patience)
    assert found[load == 0].tolist() == least[load == 0].tolist()

    def judged(agents: np.ndarray) -> np.ndarray:
        if patience is None:
            made = erlang_c(load, aht, agents, 20)
            stable = agents > load
        else:
            made = erlang_a(load, aht, agents, 20, patience_s=patience)
            stable = np.ones(load.shape, dtype=bool)
        return (
            stable & (made.service_level >= level - 1e-12) & (made.occupancy <= cap * (1 + 1e-12))
        )

    busy = load > 0
    assert judged(found)[busy].all()
    free = busy & (found > least) & (found > 0)
    assert not judged(np.where(free, found - 1, found))[free].any()
    assert (
        fewest_agents(
            load[5],
            aht[5],
            Targets(level[5], None, 20, None, None, cap[5], least[5]),
            patience_s=patience,
        )
        == found[5]
    )


def test_a_hundred_thousand_erlang() -> None:
    load = np.array([99_999.5, 100_000.0])
    goal = Targets(service_level=0.8, target_s=20)
    found = fewest_agents(load, 300, goal)
    assert (erlang_c(load, 300, found, 20).service_level >= 0.8).all()
    assert (erlang_c(load, 300, found - 1, 20).service_level < 0.8).all()
    found = fewest_agents(load, 300, goal, patience_s=120)
    made = erlang_a(load, 300, found, 20, patience_s=120)
    fewer = erlang_a(load, 300, found - 1, 20, patience_s=120)
    assert (made.service_level >= 0.8).all()
    assert (fewer.service_level < 0.8).all()
    capped = fewest_agents(load, 300, Targets(max_occupancy=0.85))
    assert capped.tolist() == [math.ceil(value / 0.85) for value in load]


def test_all_contacts_is_as_far_as_can_be() -> None:
    every, most = (Targets(service_level=level, target_s=20) for level in (1.0, MOST_LEVEL))
    assert fewest_agents(10.0, 180, every) == fewest_agents(10.0, 180, most)


@pytest.mark.parametrize(
    ("goal", "patience", "sentence"),
    [
        ({"service_level": [0.8, 1.1]}, None, "service_level in row 1 must be above 0 to 1"),
        ({"service_level": [0.8, 0.0]}, None, "service_level in row 1 must be above 0 to 1"),
        ({"max_occupancy": [math.nan, 1]}, None, "max_occupancy in row 0 must be a number"),
        ({"max_wait_s": 0}, None, "max_wait_s in row 0 must be above 0 seconds"),
        ({"max_abandon": 0.05}, None, "max_abandon needs patience_s"),
        ({"max_abandon": 0}, 60, "max_abandon in row 0 must be above 0 to 1"),
        ({"service_level": 0.8, "minimum": [0, 1.5]}, None, "minimum in row 1 must be a whole"),
        ({"target_s": 20}, None, "at least one"),
    ],
)
def test_bad_targets_are_named(goal: dict[str, Any], patience: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fewest_agents([1.0, 2.0], 60, Targets(**goal), patience_s=patience)
