"""Erlang B, C and A against figures, longer arithmetic, balance equations and each other."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.staffing.erlang import erlang_a, erlang_b, erlang_c, offered_load
from tests.staffing.figures import FIGURES

MEASURES = (
    "p_wait",
    "service_level",
    "service_level_excl_short_abandons",
    "asa_s",
    "occupancy",
    "p_abandon",
)


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: row["id"])
def test_figures(row: dict[str, str]) -> None:
    aht_s, target_s = float(row["aht_s"]), float(row["target_s"])
    load = offered_load(float(row["calls"]), float(row["interval_s"]), aht_s)
    servers = int(row["agents"]) * int(row.get("concurrency", 1))
    if "patience_s" in row:
        patience_s = float(row["patience_s"])
        found = erlang_a(load, aht_s, servers, target_s, patience_s=patience_s)
    else:
        found = erlang_c(load, aht_s, servers, target_s)
    for name in MEASURES:
        if name in row:
            expected = pytest.approx(float(row[name]), rel=1e-9, abs=1e-15)
            assert float(getattr(found, name)) == expected, name


def blocked_by_recurrence(load: float, agents: int) -> Decimal:
    """Erlang B in fifty digits."""
    with localcontext() as context:
        context.prec = 50
        offered, blocked = Decimal(load), Decimal(1)
        for count in range(1, agents + 1):
            blocked = offered * blocked / (count + offered * blocked)
        return +blocked


@given(load=st.floats(1e-3, 400.0), spread=st.floats(-6.0, 12.0))
@settings(max_examples=60, deadline=None)
def test_b_and_c_are_those_of_the_recurrence(load: float, spread: float) -> None:
    agents = max(0, round(load + spread * math.sqrt(load)))
    blocked = blocked_by_recurrence(load, agents)
    assert float(erlang_b(load, agents)) == pytest.approx(float(blocked), rel=1e-12)
    waiting = float(erlang_c(load, 60.0, agents).p_wait)
    if agents <= load:
        assert waiting == 1.0
    else:
        exact = agents * blocked / (agents - Decimal(load) * (1 - blocked))
        assert waiting == pytest.approx(float(exact), rel=1e-12)


def by_balance_equations(
    load: float, agents: int, impatience: float, target: float
) -> dict[str, float]:
    """Erlang A from the linear system of its states, and waits as sums of exponential stages."""
    special = pytest.importorskip("scipy.special")
    states = agents + 200
    leave = np.array([min(n, agents) + max(n - agents, 0) * impatience for n in range(states)])
    flow = np.diag(np.full(states - 1, load), -1) + np.diag(leave[1:], 1)
    flow -= np.diag(np.append(np.full(states - 1, load), 0.0) + leave)
    flow[0] = 1.0
    share = np.linalg.solve(flow, np.eye(states)[0])
    queue = np.arange(states - agents)
    waiting = share[agents:]
    # With j ahead the wait ends after j + 1 stages at rates agents + i * impatience: beta laws.
    ratio, gone = agents / impatience, -math.expm1(-impatience * target)
    answered = waiting * ratio / (ratio + queue + 1) * special.betainc(queue + 1, ratio + 1, gone)
    served_later = waiting * special.betaincc(queue + 1, ratio, gone)
    level = share[:agents].sum() + answered.sum()
    hung_up_early = 1.0 - level - (1.0 - gone) * served_later.sum()
    mean_queue = float((queue * waiting).sum())
    return {
        "p_wait": waiting.sum(),
        "service_level": level,
        "service_level_excl_short_abandons": level / (1.0 - hung_up_early),
        "asa_s": mean_queue / load,
        "occupancy": load * (1.0 - impatience * mean_queue / load) / agents,
        "p_abandon": impatience * mean_queue / load,
        "mean_queue": mean_queue,
    }


@given(
    load=st.floats(0.05, 15.0),
    agents=st.integers(1, 22),
    impatience=st.floats(0.2, 30.0),
    target=st.floats(0.0, 2.0),
)
@example(load=900.0, agents=1, impatience=1500.0, target=0.0004)
@example(load=1.0, agents=2, impatience=400.0, target=0.5)
@settings(max_examples=30, deadline=None)
def test_a_is_what_the_balance_equations_say(
    load: float, agents: int, impatience: float, target: float
) -> None:
    """Times in handling times; the linear system is good to about ten digits."""
    expected = by_balance_equations(load, agents, impatience, target)
    found = erlang_a(load, 1.0, agents, target, patience_s=1.0 / impatience)
    for name, value in expected.items():
        assert float(getattr(found, name)) == pytest.approx(value, rel=2e-8, abs=1e-9), name


@given(
    load=st.floats(0.01, 1e5),
    spread=st.floats(-4.0, 8.0),
    patience=st.floats(0.01, 1e6),
    target=st.floats(0.0, 5.0),
)
@settings(max_examples=80, deadline=None)
def test_shares_are_shares_and_flows_balance(
    load: float, spread: float, patience: float, target: float
) -> None:
    agents = max(1, round(load + spread * math.sqrt(load)))
    found = erlang_a(load, 1.0, agents, target, patience_s=patience)
    for name in MEASURES:
        value = float(getattr(found, name))
        assert math.isfinite(value), name
        assert value >= 0.0, name
        assert name == "asa_s" or value <= 1.0 + 1e-12, name
    # Whoever comes is answered or hangs up; the abandonment rate is queue by patience.
    lost = float(found.p_abandon)
    assert float(found.occupancy) * agents == pytest.approx(load * (1.0 - lost), rel=1e-9)
    assert float(found.mean_queue) / patience == pytest.approx(load * lost, rel=1e-9)
    assert found.service_level <= found.service_level_excl_short_abandons + 1e-12
    # Those who hang up make room for the others.
    endless = float(erlang_c(load, 1.0, agents, target).service_level)
    assert float(found.service_level_excl_short_abandons) >= endless - 1e-9


def test_endless_patience_is_erlang_c() -> None:
    loads, agents = np.array([0.5, 10.0, 10.0, 95.0]), np.array([1, 14, 9, 100])
    patient = erlang_a(loads, 180.0, agents, 20.0, patience_s=1e12)
    endless = erlang_a(loads, 180.0, agents, 20.0, patience_s=np.inf)
    waits = erlang_c(loads, 180.0, agents, 20.0)
    for name in MEASURES:
        assert np.array_equal(getattr(endless, name), getattr(waits, name)), name
    stable = agents > loads
    assert patient.p_wait[stable] == pytest.approx(waits.p_wait[stable], rel=1e-6)
    assert patient.asa_s[stable] == pytest.approx(waits.asa_s[stable], rel=1e-6)


def test_rows_are_worked_out_one_by_one_whatever_their_company() -> None:
    rng = np.random.default_rng(7)
    load = np.exp(rng.uniform(-3, 8, (300, 60)))
    agents = np.round(load + rng.uniform(-3, 6, load.shape) * np.sqrt(load)).clip(0)
    patience = np.exp(rng.uniform(2, 9, load.shape))
    table = erlang_a(load, 240.0, agents, 20.0, patience_s=patience)
    waits = erlang_c(load, 240.0, agents, 20.0)
    assert table.p_wait.shape == load.shape
    for place in [(0, 0), (13, 59), (299, 59), (136, 32), (136, 33)]:
        one = erlang_a(load[place], 240.0, agents[place], 20.0, patience_s=patience[place])
        for name in MEASURES:
            expected = pytest.approx(float(getattr(one, name)), rel=1e-12, abs=1e-300)
            assert getattr(table, name)[place] == expected
        one = erlang_c(load[place], 240.0, agents[place], 20.0)
        assert waits.p_wait[place] == pytest.approx(float(one.p_wait), rel=1e-12)


def test_without_contacts_or_agents() -> None:
    idle = erlang_c(0.0, 0.0, np.array([0, 5]), 20.0)
    assert idle.service_level.tolist() == [1.0, 1.0]
    assert idle.p_wait.tolist() == idle.asa_s.tolist() == idle.occupancy.tolist() == [0.0, 0.0]
    nobody = erlang_a(3.0, 60.0, 0, 20.0, patience_s=90.0)
    assert (float(nobody.p_abandon), float(nobody.service_level)) == (1.0, 0.0)
    assert (float(nobody.asa_s), float(nobody.mean_queue)) == (90.0, 4.5)
    assert float(erlang_b(0.0, 0)) == 1.0
    assert float(erlang_b(0.0, 3)) == 0.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"offered_load": [1.0, -2.0]}, "offered_load in row 1 must be 0 or more Erlang, not -2"),
        ({"offered_load": [1.0, math.nan]}, "offered_load in row 1 must be a number, not nan"),
        ({"offered_load": math.inf}, "offered_load must be 0 or more Erlang, not inf"),
        ({"aht_s": [0.0, 60.0]}, "aht_s in row 0 must be above 0 where there are contacts"),
        ({"agents": [3, 2.5]}, "agents in row 1 must be a whole number"),
        ({"target_s": -1}, "target_s in row 0 must be 0 or more seconds, not -1"),
        ({"patience_s": [60, 0]}, "patience_s in row 1 must be above 0 seconds, not 0"),
        ({"agents": [3, 4, 5]}, "columns of different lengths"),
    ],
)
def test_bad_rows_are_named(change: dict[str, object], sentence: str) -> None:
    row = {"offered_load": [1.0, 2.0], "aht_s": 60, "agents": 3, "target_s": 20, "patience_s": 60}
    if "inf" in sentence:
        row["offered_load"] = 1.0
    with pytest.raises(ValueError, match=sentence):
        erlang_a(**{**row, **change})


def test_contacts_need_a_handling_time() -> None:
    assert float(offered_load(100, 1800, 180)) == 10.0
    with pytest.raises(ValueError, match="contacts in row 1 must be 0 or more, not -1"):
        offered_load([1, -1], 1800, 60)
    with pytest.raises(ValueError, match="aht_s in row 2 must be above 0 where"):
        offered_load([0, 1, 1], 1800, [0, 60, 0])
