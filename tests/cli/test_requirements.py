"""What is needed, on paper: sums that agree, clocks that change, rows that are not overwritten."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler.domain import DemandInterval, Planning
from scheduler.domain.demand import Pool
from scheduler.intake.document import to_document
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.plan_staffing import plan_staffing
from scheduler.usecases.read_input import read_planning
from tests.builders import make_horizon, make_planning, make_queue
from tests.cli.conftest import Helio


@pytest.fixture
def demo(helio: Helio, tmp_path: Path) -> Path:
    """The starter, its phone queue with shrinkage: the agents rostered exceed those at work."""
    folder = tmp_path / "demo"
    assert helio("new", folder, "--start", "2027-03-22").code == 0
    queues = folder / "queues.csv"
    head, *rows = queues.read_text().splitlines()
    with_shrinkage = [f"{head},shrinkage", *(f"{row},0.3" for row in rows)]
    queues.write_text("\n".join(with_shrinkage) + "\n")
    return folder


def _steady(offered: str = "100", **changes: object) -> Planning:
    """A queue with the same contacts of 180 s in every half hour of the week of a clock change."""
    horizon = make_horizon(date(2027, 3, 22), days=7)
    start, end = horizon_bounds(horizon)
    queue = make_queue(shrinkage=Decimal("0.3"), **changes)
    rows = tuple(
        DemandInterval(
            queue.queue_id, start + idx * timedelta(minutes=30), Decimal(offered), Decimal(180)
        )
        for idx in range((end - start) // timedelta(minutes=30))
    )
    return make_planning(horizon=horizon, queues=(queue,), demand=rows)


def test_sums_of_days_and_agents_at_work_and_to_roster():
    view = plan_staffing(_steady())
    (queue,) = view.queues
    days = list(queue.days(view.interval_minutes))
    assert [day.day for day in days] == [date(2027, 3, 22) + timedelta(d) for d in range(7)]
    # 80/20 of 10 Erlang: 14 at work, 20 to roster at 30 %; the Sunday has 23 hours.
    assert {(day.net, day.gross) for day in days} == {((14, 14), (20, 20))}
    assert [day.contacts for day in days] == [4800] * 6 + [4600]
    assert [day.net_hours for day in days] == [14 * 24] * 6 + [14 * 23]
    assert [day.hours for day in days] == [20 * 24] * 6 + [20 * 23]
    assert all(day.peak_load == pytest.approx(10) for day in days)


def test_pools_are_summed_by_the_moment(helio: Helio):
    one = _steady()
    both = (one.queues[0], make_queue("q2"))
    demand = (*one.demand, *(replace(row, queue_id="q2") for row in one.demand))
    planning = replace(one, queues=both, demand=demand, pools=(Pool("nl", ("q1", "q2")),))
    view = plan_staffing(planning)
    (pool,) = view.pools
    agents = required_agents(planning)
    together = [sum(pair) for pair in zip(*agents.values(), strict=True)]
    assert pool.most == max(together)
    assert pool.hours == sum(together) / 2
    assert pool.contacts == 2 * sum(100 for _ in one.demand)
    assert plan_staffing(planning, queue_id="q1").pools == ()


def test_the_curve_follows_the_clock_that_is_shown(helio: Helio, tmp_path: Path):
    path = tmp_path / "steady.json"
    path.write_text(json.dumps(to_document(_steady())))
    ran = helio("requirements", path)
    assert max(map(len, ran.out.splitlines())) <= 80
    saturday, sunday = (line for line in ran.out.splitlines() if line[:2] in ("Sa", "Su"))
    # 02:00 does not exist on Sunday.
    assert saturday.endswith(" " + "█" * 24)
    assert sunday.endswith(" " + "██ " + "█" * 21)
    there = helio("requirements", path, "--clock", "America/Paramaribo")
    assert sum("█" in line for line in there.out.splitlines()) == 7 + 1
    assert "America/Paramaribo" in there.out


def test_one_queue_on_one_day_shows_each_interval(helio: Helio, demo: Path):
    ran = helio("requirements", demo, "--queue", "phone-nl", "--day", "2027-03-24")
    lines = [line.split() for line in ran.out.splitlines()]
    rows = {line[0]: line[1:6] for line in lines if line and ":" in line[0][:3]}
    assert len(rows) == 2 * 14
    # Two calls of 180 s: 1 at work answers 81.7 % in 20 s; 2 at 30 % shrinkage.
    assert rows["08:00"] == ["2.00", "180", "0.20", "1", "2"]
    document = json.loads(helio("requirements", demo, "--json").out)
    phone = document["queues"][0]
    assert sum(row["gross"] for row in phone["intervals"]) / 2 == sum(
        day["hours"] for day in phone["days"]
    )


def test_writing_changes_no_need_and_adds_no_shrinkage_twice(helio: Helio, demo: Path):
    before = required_agents(read_planning(demo))
    ran = helio("requirements", demo, "--write")
    assert ran.code == 0, ran.err
    assert "shrinkage included" in " ".join(ran.out.split())
    planning = read_planning(demo)
    assert required_agents(planning) == before
    assert max(row.agents for row in planning.requirements if row.queue_id == "phone-nl") == 2
    assert {row.queue_id for row in planning.requirements} == {"phone-nl", "chat-nl"}
    text = (demo / "requirements.csv").read_bytes()
    assert helio("requirements", demo, "--write").code == 0
    assert (demo / "requirements.csv").read_bytes() == text
    # From now on demand counts no more.
    shown = helio("requirements", demo, "--queue", "phone-nl").out
    assert "as requirements.csv says" in shown


def test_rows_that_somebody_wrote_are_kept_unless_replaced(helio: Helio, demo: Path):
    path = demo / "requirements.csv"
    path.write_text(path.read_text() + "2027-03-22T07:00Z,phone-nl,9\n")
    before = path.read_bytes()
    ran = helio("requirements", demo, "--write")
    assert (ran.code, ran.out) == (2, "")
    assert path.read_bytes() == before
    told = " ".join(ran.err.split())
    assert "phone-nl at 2027-03-22T07:00Z: '9': expected 2, as demand asks for" in told
    assert "--replace" in told
    assert helio("requirements", demo, "--write", "--replace").code == 0
    rows = {(row.queue_id, row.start): row.agents for row in read_planning(demo).requirements}
    assert 9 not in rows.values()
    # Nothing is known about chats but what somebody wrote.
    assert sum(queue_id == "chat-nl" for queue_id, _ in rows) == 5 * 8


def test_demand_of_another_file_takes_the_place_of_the_folders(helio: Helio, demo: Path):
    other = demo.parent / "forecast.csv"
    text = (demo / "demand.csv").read_text()
    other.write_text(text.replace(",2,180", ",40,200"))
    given = read_planning(demo, demand=other)
    (demo / "demand.csv").write_text(other.read_text())
    placed = read_planning(demo)
    assert given == placed
    assert given.input_sha256 == placed.input_sha256
    document = demo.parent / "planning.json"
    document.write_text(json.dumps(to_document(placed)))
    other.write_text(text)
    assert read_planning(document, demand=other).demand != placed.demand
    ran = helio("requirements", demo, "--demand", other, "--json")
    assert sum(queue["days"][0]["contacts"] for queue in json.loads(ran.out)["queues"]) == 2 * 28


def test_faults_of_that_file_are_told_under_its_name(helio: Helio, demo: Path):
    other = demo.parent / "forecast.csv"
    other.write_text(
        "queue_id,interval_start,offered,aht_s\nphone,2027-03-22T08:00Z,5,180\n"
        "phone-nl,2027-03-22T03:00Z,5,180\nphone-nl,2027-03-22T08:00Z,-5,180\n"
    )
    ran = helio("solve", demo, "--demand", other, "--time-limit", "5s")
    assert (ran.code, ran.out) == (2, "")
    for words in (
        "forecast.csv, line 2, column queue_id",
        "forecast.csv, line 3, column interval_start",
        "forecast.csv, line 4, column offered",
    ):
        assert words in ran.err
    missing = helio("requirements", demo, "--demand", demo / "no.csv")
    assert "no.csv: expected a file with demand of this name" in missing.err
    assert not (demo / "out").exists()


def test_a_roster_holds_the_demand_it_was_made_for(helio: Helio, demo: Path):
    other = demo.parent / "forecast.csv"
    other.write_text((demo / "demand.csv").read_text().replace(",2,180", ",0.5,240"))
    ran = helio("solve", demo, "--demand", other, "--time-limit", "3s", "--seed", "1")
    assert ran.code == 0, ran.err
    made = read_planning(demo / "out")
    assert {row.offered for row in made.demand} == {Decimal("0.5")}
    assert made == read_planning(demo, demand=other)


def test_requirements_that_win_over_the_demand_given_are_told(helio: Helio, demo: Path):
    helio("requirements", demo, "--write")
    ran = helio("requirements", demo, "--demand", demo / "demand.csv")
    assert "For 196 of its intervals the agents come from the requirements" in ran.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--queue", "phone-n"), "Did you mean 'phone-nl'?"),
        (("--day", "2027-04-22"), "a day from 2027-03-22 to before 2027-03-29"),
        (("--day", "22/3"), "write 2027-03-22"),
        (("--clock", "CEST"), "an IANA zone"),
        (("--replace",), "goes with --write"),
    ],
)
def test_wrong_options_are_named(helio: Helio, demo: Path, options: tuple[str, ...], told: str):
    ran = helio("requirements", demo, *options)
    assert (ran.code, ran.out) == (2, "")
    assert told in " ".join(ran.err.replace("│", " ").split())


def test_only_a_folder_is_written_to(helio: Helio, tmp_path: Path):
    path = tmp_path / "steady.json"
    path.write_text(json.dumps(to_document(_steady())))
    ran = helio("requirements", path, "--write")
    assert ran.code == 2
    assert "a planning folder to write to" in ran.err
