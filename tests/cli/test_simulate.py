"""A roster replayed: targets, worst hours with who was there, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler.domain import DemandInterval
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.read_input import read_planning
from scheduler.usecases.simulate_roster_view import Presence, reason_for
from tests.cli.conftest import Helio
from tests.cli.rosters import hand_planning, hand_roster, write_hand_made

_HALF_HOUR = timedelta(minutes=30)
_EMPTY = datetime(2027, 3, 27, 10, tzinfo=UTC)  # a Saturday: nobody of the roster works


@pytest.fixture
def replayed(tmp_path: Path) -> Path:
    """The hand-made roster with calls all day long, and a burst on a Saturday without agents."""
    planning = hand_planning()
    start, end = horizon_bounds(planning.horizon)
    rows = []
    for idx in range((end - start) // _HALF_HOUR):
        at = start + idx * _HALF_HOUR
        burst = _EMPTY <= at < _EMPTY + 2 * _HALF_HOUR
        rows.append(DemandInterval("phone-nl", at, Decimal(30 if burst else 1), Decimal(180)))
    queues = (replace(planning.queues[0], patience_s=60), planning.queues[1])
    folder = tmp_path / "out"
    write_hand_made(folder, planning=replace(planning, demand=tuple(rows), queues=queues))
    return folder


def test_service_by_channel_and_queue_and_the_worst_hours(helio: Helio, replayed: Path):
    ran = helio("simulate", replayed, replayed, "--replications", "5")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "5 replications" in ran.out
    assert "Without contacts, so not simulated: chat-nl." in " ".join(ran.out.split())
    # Saturday's burst on the clock of Amsterdam, an hour ahead of UTC.
    worst = ran.out[ran.out.index("Worst hours") :].splitlines()[1:3]
    assert worst[0].split()[:5] == ["Sat", "27", "Mar", "11:00", "phone-nl"]
    assert worst[1].strip() == "nobody on it for 60 min of the hour; there: nobody"


def test_figures_are_those_of_the_simulation(helio: Helio, replayed: Path):
    from scheduler.staffing.simulate import simulate

    document = json.loads(
        helio("simulate", replayed, replayed, "--replications", "4", "--seed", "3", "--json").out
    )
    planning = read_planning(replayed)
    found = simulate(planning, hand_roster(), replications=4, seed=3)
    (phone,) = document["queues"]
    level = found.queue("phone-nl").service_level
    assert phone["outcome"]["service_level"] == {
        "mean": level.mean,
        "low": level.low,
        "high": level.high,
    }
    assert document["contacts"] == found.contacts
    assert phone["target"] == 0.8
    again = helio("simulate", replayed, replayed, "--replications", "4", "--seed", "3", "--json")
    assert json.loads(again.out) == document
    other = helio("simulate", replayed, replayed, "--replications", "4", "--seed", "4", "--json")
    assert json.loads(other.out)["queues"] != document["queues"]


def test_the_formula_counts_the_agents_on_the_queue(helio: Helio, replayed: Path):
    """One call of 180 s in half an hour: level with n agents, weighted over the intervals."""
    from scheduler.staffing.erlang import erlang_a

    document = json.loads(
        helio("simulate", replayed, replayed, "--replications", "2", "--json").out
    )
    planning, roster = read_planning(replayed), hand_roster()
    total = weight = 0.0
    for row in planning.demand:
        on = [
            sum(
                activity.start <= row.start + quarter < activity.end
                for shift in roster.shifts
                for activity in shift.activities
                if activity.queue_id == "phone-nl"
            )
            for quarter in (timedelta(0), timedelta(minutes=15))
        ]
        load = float(row.offered) / 10
        level = erlang_a(load, 180, sum(on) // 2, 20, patience_s=60).service_level
        total += float(level) * float(row.offered)
        weight += float(row.offered)
    assert document["queues"][0]["formula"] == pytest.approx(total / weight)


def test_more_contacts_of_another_file_make_service_worse(
    helio: Helio, replayed: Path, tmp_path: Path
):
    more = tmp_path / "more.csv"
    rows = (
        f"phone-nl,{row.start:%Y-%m-%dT%H:%MZ},{12 * row.offered},{row.aht_s}"
        for row in read_planning(replayed).demand
    )
    more.write_text("\n".join(("queue_id,interval_start,offered,aht_s", *rows)) + "\n")
    levels = []
    for options in ((), ("--demand", more)):
        ran = helio("simulate", replayed, replayed, "--replications", "3", *options, "--json")
        levels.append(json.loads(ran.out)["queues"][0]["outcome"]["service_level"])
    assert levels[1]["high"] < levels[0]["low"]
    told = helio("simulate", replayed, replayed, "--replications", "3", "--demand", more)
    assert "the planning this roster was made from" in told.err


def test_a_planning_without_contacts_is_refused(helio: Helio, out: Path):
    ran = helio("simulate", out, out)
    assert (ran.code, ran.out) == (2, "")
    assert "without contacts nothing can be simulated" in ran.err


def _presence(*quarters: tuple[int, int]) -> list[Presence]:
    """Quarters of an hour as agents needed and agents there."""
    return [
        Presence(_EMPTY + idx * timedelta(minutes=15), needed, ("A",) * on, ())
        for idx, (needed, on) in enumerate(quarters)
    ]


@pytest.mark.parametrize(
    ("quarters", "formula", "deadline", "told"),
    [
        ([(1, 0)] * 2 + [(1, 1)] * 2, 0.5, None, "nobody on it for 30 min of the hour"),
        ([(2, 1)] * 3 + [(2, 2)], 0.5, None, "1 of 2 needed for 45 min"),
        ([(0, 0)] * 4, 0.0, None, "requirements ask for nobody"),
        ([(0, 0)] * 2 + [(1, 1)] * 2, 0.5, None, "nobody needed, and nobody there, for 30 min"),
        ([(1, 1)] * 4, 0.55, None, "requirements ask for fewer than demand does: 55% by Erlang"),
        ([(1, 1)] * 4, 0.9, None, "one agent, as needed"),
        ([(2, 2)] * 4, 0.9, None, "as many as needed"),
        ([(1, 0)] * 4, None, Decimal(8), "fewer on it than needed for 60 min in the 8 h before"),
        ([(0, 0)] * 4, None, Decimal(8), "as many as what is expected needs"),
    ],
)
def test_reasons(
    quarters: list[tuple[int, int]], formula: float | None, deadline: Decimal | None, told: str
):
    assert reason_for(_presence(*quarters), formula, 0.8, deadline).startswith(told)
