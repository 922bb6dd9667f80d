"""Forecasts against series whose future is known: by construction, by counting, by probability."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import Horizon, Queue
from scheduler.domain.contacts import ContactHistory
from scheduler.domain.demand import OpeningRange
from scheduler.staffing.forecast import Forecast, forecast
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import Local, local_of

ZONE = "Europe/Amsterdam"
QUEUE = Queue("q", "Tulp", "phone", "nl", 1, ZONE)
WEEK = (1.2, 1.0, 0.9, 0.9, 1.0, 0.5, 0.4)
MONDAY = date(2026, 1, 12)

Contacts = Callable[[Local], float | None]


def usual(local: Local) -> float:
    """Contacts that follow the wall clock alone."""
    hour = local.wall.minute / 60
    bump = np.exp(-0.5 * ((hour - 12) / 4) ** 2)
    return float(60 * WEEK[local.wall.day.weekday()] * bump + 1)


def made(
    contacts: Contacts, days: int, *, first: date = MONDAY, minutes: int = 30
) -> ContactHistory:
    start, end = horizon_bounds(Horizon(first, first + timedelta(days=days), ZONE))
    step = timedelta(minutes=minutes)
    starts = [start + idx * step for idx in range((end - start) // step)]
    found = [(at, contacts(local_of(at, ZONE))) for at in starts]
    rows = [(at, value) for at, value in found if value is not None]
    offered = tuple(float(value) for _, value in rows)
    return ContactHistory("q", minutes, tuple(at for at, _ in rows), offered, (200.0,) * len(rows))


def ahead(
    history: ContactHistory, days: int = 14, *, queue: Queue = QUEUE, **more: object
) -> Forecast:
    last = local_of(history.starts[-1], ZONE).wall.day
    horizon = Horizon(last + timedelta(days=1), last + timedelta(days=1 + days), ZONE)
    return forecast([history], {"q": queue}, horizon, **more)  # type: ignore[arg-type]


def by_clock(found: Forecast) -> dict[tuple[date, int], list[float]]:
    table: dict[tuple[date, int], list[float]] = {}
    for row in found.rows:
        wall = local_of(row.start, ZONE).wall
        table.setdefault((wall.day, wall.minute), []).append(row.offered)
    return table


@pytest.mark.parametrize(
    ("first", "changes", "rows", "passes"),
    [(date(2026, 2, 2), date(2026, 3, 29), 46, 0), (date(2026, 8, 31), date(2026, 10, 25), 50, 2)],
)
def test_habits_keep_to_the_wall_clock_through_its_changes(
    first: date, changes: date, rows: int, passes: int
) -> None:
    history = made(usual, 49, first=first)
    table = by_clock(ahead(history))
    on_the_day = [values for (day, _), values in table.items() if day == changes]
    assert sum(map(len, on_the_day)) == rows
    assert len(table.get((changes, 150), [])) == passes
    for (day, minute), values in table.items():
        expected = 60 * WEEK[day.weekday()] * np.exp(-0.5 * ((minute / 60 - 12) / 4) ** 2) + 1
        assert values == pytest.approx([expected] * len(values), rel=0.05, abs=0.3)


def test_history_that_runs_through_a_clock_change_is_read_by_the_clock() -> None:
    table = by_clock(ahead(made(usual, 56, first=date(2026, 2, 16))))
    noon = [values[0] for (day, minute), values in table.items() if minute == 720]
    assert noon == pytest.approx([60 * WEEK[idx % 7] + 1 for idx in range(14)], rel=0.03)


def test_strikes_outages_and_gaps_are_listed_and_not_learnt_from() -> None:
    rng = np.random.default_rng(1)
    counts = {at: float(rng.poisson(usual(local_of(at, ZONE)))) for at in made(usual, 70).starts}
    strike, spike, gap = (MONDAY + timedelta(days=day) for day in (64, 52, 66))

    def contacts(spoilt: bool) -> ContactHistory:
        rows = []
        for at, value in counts.items():
            day = local_of(at, ZONE).wall.day
            if spoilt and day == gap:
                continue
            factor = {strike: 0.1, spike: 2.5}.get(day, 1.0) if spoilt else 1.0
            rows.append((at, value * factor))
        starts, offered = zip(*rows, strict=True)
        return ContactHistory("q", 30, starts, offered, (None,) * len(rows))

    clean, spoilt = ahead(contacts(False)), ahead(contacts(True))
    assert not clean.left_out
    found = {(one.day, one.reason) for one in spoilt.left_out}
    assert found == {(strike, "unusual"), (spike, "unusual"), (gap, "gap")}
    assert spoilt.notes[0].missing_intervals == 48
    for kept, other in zip(clean.days, spoilt.days, strict=True):
        assert other.offered == pytest.approx(kept.offered, rel=0.03)
    low = next(one for one in spoilt.left_out if one.day == strike)
    assert low.offered is not None
    assert low.expected == pytest.approx(low.offered * 10, rel=0.1)


def test_a_new_level_is_not_an_accident() -> None:
    def contacts(local: Local) -> float:
        return usual(local) * (2.0 if local.wall.day >= MONDAY + timedelta(days=56) else 1.0)

    found = ahead(made(contacts, 70), 7)
    assert sum(row.offered for row in found.rows) == pytest.approx(
        sum(contacts(local_of(row.start, ZONE)) for row in found.rows), rel=0.1
    )


def test_a_holiday_is_a_sunday_until_two_were_seen() -> None:
    dutch = replace(QUEUE, country="NL")
    sunday = sum(60 * WEEK[6] * np.exp(-0.5 * ((np.arange(48) / 2 - 12) / 4) ** 2) + 1)
    holidays = {date(2026, 4, 6), date(2026, 4, 27), date(2026, 5, 14), date(2026, 5, 25)}

    def contacts(local: Local) -> float:
        day = local.wall.day
        plain = replace(local, wall=replace(local.wall, day=MONDAY + timedelta(days=6)))
        return usual(plain) * 0.5 if day in holidays else usual(local)

    def of(day: date, history: ContactHistory) -> float:
        found = ahead(history, 21, queue=dutch)
        return sum(row.offered for row in found.rows if local_of(row.start, ZONE).wall.day == day)

    unseen = made(contacts, 77)
    assert of(date(2026, 4, 6), unseen) == pytest.approx(sunday, rel=0.05)
    seen = made(contacts, 126, first=MONDAY)
    assert of(date(2026, 5, 25), seen) == pytest.approx(sunday * 0.5, rel=0.15)


def test_growth_goes_on_and_slows_down() -> None:
    def contacts(local: Local) -> float:
        return usual(local) * 1.02 ** ((local.wall.day - MONDAY).days / 7)

    history = made(contacts, 112)
    found = ahead(history, 56)
    weeks = np.zeros(8)
    for row in found.rows:
        weeks[(local_of(row.start, ZONE).wall.day - MONDAY).days // 7 - 16] += row.offered
    truth = sum(contacts(local_of(at, ZONE)) for at in history.starts[-336:]) * 1.02
    assert weeks[0] == pytest.approx(truth, rel=0.03)
    steps = np.diff(np.log(weeks))
    assert steps[0] > 0.003
    assert 0 < steps[-1] < 0.8 * steps[0]


def test_bounds_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    found = ahead(made(lambda local: float(rng.poisson(usual(local))), 84), 28)
    came = np.array([rng.poisson(usual(local_of(row.start, ZONE))) for row in found.rows])
    bounds = np.array([row.bounds for row in found.rows])
    within = ((bounds[:, :, 0] <= came[:, None]) & (came[:, None] <= bounds[:, :, 1])).mean(axis=0)
    assert 0.78 <= within[0] <= 0.91
    assert 0.93 <= within[1] <= 0.99


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 3.0),
    st.integers(28, 45),
    st.floats(0.0, 0.3),
)
def test_quiet_queues_get_sensible_figures(
    seed: int, mean: float, days: int, dropped: float
) -> None:
    rng = np.random.default_rng(seed)
    history = made(lambda _: float(rng.poisson(mean)) if rng.random() >= dropped else None, days)
    found = ahead(history, 7)
    offered = np.array([row.offered for row in found.rows])
    bounds = np.array([row.bounds for row in found.rows])
    assert len(found.rows) == 7 * 48 or local_of(found.rows[0].start, ZONE).wall.day.month == 3
    assert np.isfinite(offered).all()
    assert (offered >= 0).all()
    assert offered.max() <= 5 * max(history.offered, default=0.0) + 1
    if mean > 0.3:
        assert offered.mean() == pytest.approx(np.mean(history.offered), rel=0.4)
    assert (bounds >= 0).all()
    (low80, low95), (high80, high95) = bounds[:, :, 0].T, bounds[:, :, 1].T
    assert (low95 <= low80).all()
    assert (low80 <= offered + 1).all()
    assert (offered <= high80 + 1).all()
    assert (high80 <= high95).all()


def test_nothing_is_expected_while_the_queue_is_closed_but_e_mail_comes_at_night() -> None:
    hours = (OpeningRange((1, 2, 3, 4, 5), 8 * 60, 18 * 60),)
    shop = replace(QUEUE, opening=hours)
    offered = {
        queue.channel: by_clock(ahead(made(usual, 42), 7, queue=queue))
        for queue in (shop, replace(shop, channel="email"))
    }
    for (day, minute), values in offered["phone"].items():
        is_open = day.weekday() < 5 and 480 <= minute < 1080
        assert (values[0] > 0) == is_open
    assert all(values[0] > 0 for values in offered["email"].values())


def test_times_that_history_never_names_are_quiet_and_known() -> None:
    def contacts(local: Local) -> float | None:
        in_hours = local.wall.day.weekday() < 5 and 420 <= local.wall.minute < 1265
        return usual(local) / 6 if in_hours else None

    found = ahead(made(contacts, 42, minutes=5))
    assert found.notes[0].missing_intervals == 0
    for (day, minute), values in by_clock(found).items():
        if day.weekday() >= 5 or not 420 <= minute < 1265:
            assert values[0] == 0
    last = [values[0] for (day, minute), values in by_clock(found).items() if minute == 1260]
    mean = usual(local_of(datetime.fromisoformat("2026-03-04T20:00Z"), ZONE)) / 6
    assert max(last) == pytest.approx(mean * WEEK[0] / WEEK[2], rel=0.15)


def test_missing_is_zero_only_where_it_is_said() -> None:
    rng = np.random.default_rng(5)

    def contacts(local: Local) -> float | None:
        return float(rng.poisson(0.4)) or None

    history = made(contacts, 56)
    found = ahead(history, 7, missing_is_zero=True)
    assert np.mean([row.offered for row in found.rows]) == pytest.approx(0.4, rel=0.2)
    assert found.notes[0].missing_intervals == 0
    with pytest.raises(ValueError, match="leave out intervals without contacts"):
        ahead(history, 7)


def test_history_of_quarters_is_summed_to_the_half_hours_of_the_planning() -> None:
    quarters = made(lambda local: usual(local) / 2, 42, minutes=15)
    halves = {
        at: offered + other
        for at, offered, other in zip(
            quarters.starts[::2], quarters.offered[::2], quarters.offered[1::2], strict=True
        )
    }
    summed = ContactHistory("q", 30, tuple(halves), tuple(halves.values()), (200.0,) * len(halves))
    for row, other in zip(ahead(quarters).rows, ahead(summed).rows, strict=True):
        assert replace(row, aht_s=None) == replace(other, aht_s=None)
        assert row.aht_s == pytest.approx(200.0)


def test_handling_times_are_weighted_by_contacts() -> None:
    history = made(usual, 56)
    clocks = [local_of(at, ZONE).wall for at in history.starts]
    aht = tuple(400.0 if wall.minute < 360 else 200.0 for wall in clocks)
    # A lone contact of two hours among many must not count as much as the many.
    odd = next(idx for idx, wall in enumerate(clocks) if wall.minute == 600)
    offered = tuple(1.0 if idx == odd else value for idx, value in enumerate(history.offered))
    aht = tuple(7200.0 if idx == odd else value for idx, value in enumerate(aht))
    found = ahead(replace(history, offered=offered, aht_s=aht))
    for row in found.rows:
        minute = local_of(row.start, ZONE).wall.minute
        assert row.aht_s is not None
        if 480 <= minute < 1320:
            assert row.aht_s == pytest.approx(200, abs=12)
        if 60 <= minute < 240:
            assert row.aht_s > 230


def test_demand_rows_have_two_decimals_and_leave_out_what_is_nothing() -> None:
    found = ahead(made(usual, 42), 7, queue=replace(QUEUE, opening=(OpeningRange((1,), 0, 60),)))
    demand = found.demand()
    assert [row.start for row in demand] == [row.start for row in found.rows if row.offered]
    assert len(demand) == 2
    assert all(row.offered == row.offered.quantize(Decimal("0.01")) for row in demand)
    bare = replace(made(usual, 42), aht_s=(None,) * 42 * 48)
    with pytest.raises(ValueError, match="no handling time is known"):
        ahead(bare, 7).demand()
    assert {row.aht_s for row in ahead(bare, 7, aht_s=180.0).demand()} == {Decimal("180.0")}


def test_what_comes_after_the_start_is_never_looked_at() -> None:
    history = made(usual, 70)
    begin = MONDAY + timedelta(days=56)
    horizon = Horizon(begin, begin + timedelta(days=14), ZONE)
    start = horizon_bounds(horizon)[0]
    future = tuple(
        value * 9 if at >= start else value
        for at, value in zip(history.starts, history.offered, strict=True)
    )
    told = [
        forecast([one], {"q": QUEUE}, horizon)
        for one in (history, replace(history, offered=future), history.before(start))
    ]
    assert told[0] == told[1] == told[2]


def test_what_cannot_be_forecast_is_refused_in_a_sentence() -> None:
    history = made(usual, 35)
    begin = MONDAY + timedelta(days=35)
    horizon = Horizon(begin, begin + timedelta(days=7), ZONE)
    queues = {"q": QUEUE}
    with pytest.raises(ValueError, match="28 days of history before the horizon, not 21"):
        forecast([made(usual, 21)], queues, horizon)
    with pytest.raises(ValueError, match=r"30 minutes cannot be summed .* 15 minutes"):
        forecast([history], queues, horizon, interval_minutes=15)
    with pytest.raises(ValueError, match="there is no queue q"):
        forecast([history], {}, horizon)
    with pytest.raises(ValueError, match="one history"):
        forecast([history, history], queues, horizon)
    with pytest.raises(ValueError, match="levels must be percents"):
        forecast([history], queues, horizon, levels=(100,))
    shifted = replace(history, starts=tuple(at + timedelta(minutes=7) for at in history.starts))
    with pytest.raises(ValueError, match="on the planning's grid"):
        forecast([shifted], queues, horizon)
    with pytest.raises(ValueError, match="too long ago"):
        forecast([history], queues, Horizon(date(2029, 1, 1), date(2029, 1, 8), ZONE))
    thin = replace(history, starts=history.starts[::1500], offered=(1.0, 1.0), aht_s=(None, None))
    with pytest.raises(ValueError, match="each weekday at least twice"):
        forecast([thin], queues, horizon)


def test_loading_the_module_loads_no_statistics() -> None:
    heavy = "{'statsmodels', 'pandas', 'scipy'} & set(sys.modules)"
    program = f"import sys, scheduler.staffing.forecast_backtest; sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
