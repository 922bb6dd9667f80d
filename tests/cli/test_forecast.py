"""From a file of contacts to rows of demand, told so that a planner can trust it."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from cli.render_forecast import forecast_lines
from cli.screen import ASCII
from scheduler.domain import WallTime
from scheduler.intake.contact_history import read_contact_history
from scheduler.staffing.forecast import forecast
from scheduler.timegrid.zones import Repeated, Skipped, local_of, utc_of
from scheduler.usecases.forecast_contacts import demand_csv, forecast_contacts
from scheduler.usecases.read_input import read_planning
from tests.cli.conftest import Helio

AMS = "Europe/Amsterdam"
_FIRST = date(2027, 1, 4)
_DAYS = 63
_STRIKE, _LOST = date(2027, 2, 3), date(2027, 2, 10)


def _expected(wall: WallTime) -> float:
    """More on Mondays, half at the weekend, a hump at noon; open from 8 to 22."""
    hour = wall.minute / 60
    if not 8 <= hour < 22:
        return 0.0
    week = (1.3, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5)[wall.day.weekday()]
    return week * (4 + 8 * max(0.0, 1 - abs(hour - 13) / 5))


def _write_history(path: Path, *, queue: str = "phone-nl", days: int = _DAYS) -> None:
    """Nine weeks with a strike and a day that was not counted; the clock does not change."""
    rng = Random(7)
    start = datetime.combine(_FIRST, datetime.min.time(), UTC) - timedelta(hours=1)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("queue", "interval_start_utc", "offered", "aht_s"))
        for idx in range(days * 48):
            at = start + idx * timedelta(minutes=30)
            wall = local_of(at, AMS).wall
            mean = _expected(wall) * (0.1 if wall.day == _STRIKE else 1.0)
            if not mean or wall.day == _LOST:
                continue
            offered = round(mean + mean**0.5 * (sum(rng.random() for _ in range(12)) - 6))
            table.writerow((queue, f"{at:%Y-%m-%dT%H:%MZ}", max(0, offered), 240))


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    """The starter, its customers in the Netherlands, over the week of Easter 2027."""
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    queues = folder / "queues.csv"
    head, *rows = queues.read_text().splitlines()
    text = "\n".join([f"{head},country", *(f"{row},NL" for row in rows)]) + "\n"
    queues.write_text(text)
    return folder


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    _write_history(path)
    return path


def test_demand_of_a_planning_near_what_the_history_comes_from(
    helio: Helio, demo: Path, history: Path, tmp_path: Path
):
    out = tmp_path / "made" / "demand.csv"
    ran = helio("forecast", history, "--planning", demo, "--out", out)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80 or str(out) in ran.out
    told = " ".join(ran.out.split())
    assert "Wed 3 Feb 2027, unlike its weekday: phone-nl" in told
    assert "Wed 10 Feb 2027, less than half of it is known: phone-nl" in told
    assert "intervals missing while open: phone-nl 28" in told
    assert "Without history, so not forecast: chat-nl." in told
    planning = read_planning(demo, demand=out)
    assert {row.queue_id for row in planning.demand} == {"phone-nl"}
    got, expected = defaultdict(float), defaultdict(float)
    for row in planning.demand:
        wall = local_of(row.start, AMS).wall
        got[wall.day] += float(row.offered)
        expected[wall.day] += _expected(wall)
        assert float(row.aht_s) == pytest.approx(240, abs=1)
    # Good Friday and Easter Sunday are like Sundays; the other days are themselves.
    sunday = expected[date(2027, 3, 28)]
    for day in (date(2027, 3, 26), date(2027, 3, 28)):
        assert got[day] == pytest.approx(sunday, rel=0.1)
        del got[day], expected[day]
    assert len(got) == 5
    for day, contacts in got.items():
        assert contacts == pytest.approx(expected[day], rel=0.06), day


def test_each_day_has_its_range_and_its_holiday(helio: Helio, demo: Path, history: Path):
    ran = helio("forecast", history, "--planning", demo, "--days")
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80
    (friday,) = (line for line in lines if line.startswith("Fr 26 Mar"))
    assert friday.endswith("Good Friday")
    (queue,) = json.loads(helio("forecast", history, "--planning", demo, "--json").out)["queues"]
    monday = queue["days"][0]
    mean = sum(_expected(WallTime(date(2027, 3, 22), 30 * slot)) for slot in range(48))
    assert monday["low"] <= mean <= monday["high"]
    # Chance (a normal variable of variance `mean`) and some doubt, not that of every half hour.
    assert 2.56 * mean**0.5 < monday["high"] - monday["low"] < 1.6 * 2.56 * mean**0.5
    planning = read_planning(demo)
    queues = {queue.queue_id: queue for queue in planning.queues}
    of_four_in_five = forecast(
        read_contact_history(history).history, queues, planning.horizon, levels=(80,)
    )
    assert [(day["low"], day["high"]) for day in queue["days"]] == [
        day.bounds[0] for day in of_four_in_five.days
    ]
    assert queue["contacts"] == pytest.approx(sum(day["contacts"] for day in queue["days"]), abs=1)


def test_without_a_planning_the_horizon_is_told(helio: Helio, history: Path, tmp_path: Path):
    options = ("--horizon", "2027-03-22..2027-04-05", "--zone", AMS, "--country", "NL")
    out = tmp_path / "demand.csv"
    ran = helio("forecast", history, *options, "--out", out, "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["interval_start"], float(row["offered"])) for row in rows] == [
        (row["start"].replace(":00Z", "Z"), float(row["offered"])) for row in document["demand"]
    ]
    start = utc_of(
        WallTime(date(2027, 3, 22), 8 * 60), AMS, skipped=Skipped.REJECT, repeated=Repeated.REJECT
    )
    assert rows[0]["interval_start"] == f"{start:%Y-%m-%dT%H:%MZ}"
    # Customers call by their clock: on the Sunday of the change the first call is an hour earlier.
    sunday = [row for row in rows if row["interval_start"].startswith("2027-03-28")]
    assert sunday[0]["interval_start"].endswith("T06:00Z")
    friday = sum(float(row["offered"]) for row in rows if "2027-03-26" in row["interval_start"])
    anywhere = json.loads(helio("forecast", history, *options[:-2], "--json").out)["demand"]
    usual = sum(float(row["offered"]) for row in anywhere if "2027-03-26" in row["start"])
    assert friday < 0.7 * usual  # Good Friday
    quarter = helio("forecast", history, *options, "--interval", "15")
    assert quarter.code == 2
    assert "30" in quarter.err
    assert "15" in quarter.err


def test_what_it_would_have_been_worth(helio: Helio, demo: Path, history: Path):
    ran = helio("forecast", history, "--planning", demo, "--backtest", "--json")
    assert ran.code == 2
    assert "need 84 days" in ran.err  # four origins of two weeks after four weeks
    _write_history(history, days=98)
    view = forecast_contacts(history, read_planning(demo), with_backtest=True)
    found = view.queues[0].backtest
    assert found is not None
    assert len(found.origins) == 4
    assert 0 < found.interval.wape < found.naive_interval.wape
    assert found.day.wape < found.interval.wape
    lines = [str(line) for line in forecast_lines(view, width=80, glyphs=ASCII, in_detail=False)]
    assert max(map(len, lines)) <= 80
    row = lines[lines.index("Had it been made before") + 3].split()
    shown = [100 * found.interval.wape, 100 * found.interval.bias]
    assert row[0] == "phone-nl"
    assert [row[1], row[3]] == [f"{shown[0]:.1f}", f"{shown[1]:+.1f}"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--horizon", "2027-03-22"), "write 2027-03-22..2027-04-05"),
        (("--horizon", "2027-03-22..2027-03-22"), "must end after it starts"),
        (("--zone", AMS), "--horizon: needed without --planning"),
        (("--horizon", "2027-03-22..2027-03-29"), "--zone: needed without --planning"),
        (("--horizon", "2027-03-22..2027-03-29", "--zone", "CET1"), "no IANA zone"),
        (
            ("--horizon", "2027-03-22..2027-03-29", "--zone", AMS, "--country", "XX"),
            "no public holidays are known of 'XX'",
        ),
        (("--horizon", "2027-03-22..2027-03-29", "--zone", AMS, "--interval", "20"), "15 or 30"),
        (("--horizon", "2030-03-22..2030-03-29", "--zone", AMS), "too long ago"),
    ],
)
def test_what_cannot_be_meant_is_named(
    helio: Helio, history: Path, options: tuple[str, ...], told: str
):
    ran = helio("forecast", history, *options)
    assert (ran.code, ran.out) == (2, "")
    assert told in " ".join(ran.err.replace("│", " ").split()).replace(" '--", " --")


def test_faults_of_the_history_are_located_and_nothing_is_written(
    helio: Helio, demo: Path, history: Path, tmp_path: Path
):
    out = tmp_path / "demand.csv"
    both = helio("forecast", history, "--planning", demo, "--zone", AMS)
    assert "comes from the planning" in both.err
    lines = history.read_text().splitlines(keepends=True)
    history.write_text("".join((*lines[:5], lines[5].replace(",240", ",x"), *lines[6:])))
    wrong = helio("forecast", history, "--planning", demo, "--out", out)
    assert wrong.code == 2
    assert "contacts.csv, line 6, column aht_s" in wrong.err
    _write_history(history, queue="phone-n")
    unknown = helio("forecast", history, "--planning", demo, "--out", out)
    assert "contacts.csv: 'phone-n': expected a queue of the planning" in unknown.err
    assert "Did you mean 'phone-nl'?" in unknown.err
    _write_history(history, days=20)
    short = helio("forecast", history, "--planning", demo, "--out", out)
    assert short.code == 2
    assert "28" in short.err
    assert helio("forecast", tmp_path / "no.csv", "--planning", demo).code == 2
    assert not out.exists()


def test_numbers_are_written_plainly():
    from decimal import Decimal

    from scheduler.domain import DemandInterval

    at = datetime(2027, 3, 22, 7, tzinfo=UTC)
    rows = (DemandInterval("q", at, Decimal("100.00"), Decimal("300.0")),)
    assert demand_csv(rows).splitlines()[1] == "q,2027-03-22T07:00Z,100,300"
