"""Erlang C against published figures, a second formula and its own meaning."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.staffing.erlang import agents_erlang_c, erlang_b, erlang_c, service_level


def waiting_by_logarithms(agents: int, load: float) -> float:
    """Erlang C from the textbook sum, in logarithms so that it does not overflow."""
    logs = [count * math.log(load) - math.lgamma(count + 1) for count in range(agents + 1)]
    most = max(logs)
    terms = [math.exp(log - most) for log in logs]
    top = terms[-1] * agents / (agents - load)
    return top / (sum(terms[:-1]) + top)


@pytest.mark.parametrize(
    ("load", "aht_s", "agents", "target_s", "waiting", "level"),
    [
        (10.0, 180, 11, 20, 0.682118204689, 0.389613811729),
        (10.0, 180, 14, 20, 0.174131933595, 0.888350019179),
        (48.0, 240, 55, 15, 0.238700936378, 0.845883092171),
        (143.0, 60, 144, 20, 0.901283301371, 0.354202294870),
        (4000.0, 360, 4040, 20, 0.414239730160, 0.955109659303),
        (10.0, 180, 10, 20, 1.0, 0.0),
        (10.0, 180, 8, 20, 1.0, 0.0),
    ],
)
def test_published_figures(
    load: float, aht_s: int, agents: int, target_s: int, waiting: float, level: float
) -> None:
    assert erlang_c(agents, load) == pytest.approx(waiting, rel=1e-9)
    assert service_level(agents, load, aht_s, target_s) == pytest.approx(level, rel=1e-9)


@pytest.mark.parametrize(
    ("calls", "minutes", "aht_s", "percent", "target_s", "agents"),
    [
        (100, 30, 180, 80, 20, 14),
        (360, 30, 240, 90, 10, 57),
        (3, 30, 300, 50, 60, 1),
        (26, 30, 180, 20, 60, 3),
        (1000, 30, 300, 80, 20, 176),
        (10, 15, 360, 80, 20, 7),
        (75, 30, 420, 70, 30, 21),
        (5000, 30, 300, 80, 20, 848),
        (150, 30, 200, 95, 10, 24),
    ],
)
def test_fewest_agents(
    calls: int, minutes: int, aht_s: int, percent: int, target_s: int, agents: int
) -> None:
    assert agents_erlang_c(calls * aht_s / (minutes * 60), aht_s, percent / 100, target_s) == agents


@given(
    load=st.floats(0.01, 120.0),
    aht_s=st.floats(10.0, 2000.0),
    target=st.floats(0.0, 0.999),
    seconds=st.floats(0.0, 300.0),
)
def test_the_figure_suffices_and_one_less_does_not(
    load: float, aht_s: float, target: float, seconds: float
) -> None:
    agents = agents_erlang_c(load, aht_s, target, seconds)
    assert agents > load
    assert service_level(agents, load, aht_s, seconds) >= target
    fewer = agents - 1
    assert fewer <= load or service_level(fewer, load, aht_s, seconds) < target
    assert erlang_c(agents, load) == pytest.approx(waiting_by_logarithms(agents, load), rel=1e-8)
    assert 0.0 <= erlang_b(agents, load) <= erlang_c(agents, load) <= 1.0


def test_no_load_needs_nobody_and_certainty_is_refused() -> None:
    assert agents_erlang_c(0.0, 0.0, 0.8, 20) == 0
    with pytest.raises(ValueError, match="below 1"):
        agents_erlang_c(1.0, 60, 1.0, 20)
