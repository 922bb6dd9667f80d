"""The backtest against figures worked out by hand, and the forecast against the naive one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.forecast_accuracy import generated_calls
from scheduler.staffing.forecast_backtest import accuracy, backtest
from scheduler.timegrid.windows import local_date
from tests.staffing.test_forecast import QUEUE, ZONE, made, usual


def test_wape_and_bias_of_the_published_example() -> None:
    found = accuracy(np.full(4, 100.0), np.array([90.0, 105.0, 100.0, 110.0]))
    assert (found.wape, found.bias) == pytest.approx((25 / 405, -5 / 405))
    assert accuracy(np.zeros(2), np.zeros(2)).wape == 0
    assert accuracy(np.ones(2), np.zeros(2)).wape == float("inf")


def test_the_naive_forecast_repeats_the_last_week_that_was_known() -> None:
    def contacts(local: object) -> float:
        week = (local.wall.day - made_first).days // 7  # type: ignore[attr-defined]
        return 10.0 + (week if week >= 5 else 0)

    made_first = local_date(made(usual, 1).starts[0], ZONE)
    found = backtest(made(contacts, 56), QUEUE, origins=1)  # type: ignore[arg-type]
    # The last known week has 15; the two weeks to come have 16 and 17.
    assert found.origins == (made_first + timedelta(days=42),)
    assert found.intervals == 14 * 48
    assert found.naive_interval.wape == pytest.approx(1.5 / 16.5)
    assert found.naive_interval.bias == pytest.approx(-1.5 / 16.5)
    assert found.naive_day.wape == pytest.approx(1.5 / 16.5)


def test_the_future_changes_the_score_but_not_the_forecast() -> None:
    history = made(usual, 56)
    last = history.starts[-14 * 48]
    tripled = replace(
        history,
        offered=tuple(
            value * 3 if at >= last else value
            for at, value in zip(history.starts, history.offered, strict=True)
        ),
    )
    calm, wild = (backtest(one, QUEUE, origins=1) for one in (history, tripled))
    expected = calm.contacts * (1 + calm.interval.bias)
    assert wild.contacts * (1 + wild.interval.bias) == pytest.approx(expected)
    assert wild.interval.bias == pytest.approx(-2 / 3, abs=0.02)
    assert wild.interval.wape == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize(("seed", "per_day", "most"), [(11, 1500, 0.9), (12, 60, 0.9)])
def test_a_season_with_strikes_and_holidays_is_forecast_better_than_naively(
    seed: int, per_day: float, most: float
) -> None:
    history, queue = generated_calls(seed, contacts_per_day=per_day)
    found = backtest(history, queue, origins=3)
    assert found.ratio <= most
    assert found.day.wape <= most * found.naive_day.wape
    assert abs(found.interval.bias) < 0.1
    (_, share80), (_, share95) = found.coverage
    assert 0.7 <= share80 <= 0.95
    assert 0.87 <= share95 <= 0.99


def test_origins_beyond_the_history_are_refused() -> None:
    with pytest.raises(ValueError, match="4 origins need 84 days of history, not 56"):
        backtest(made(usual, 56), QUEUE)
