"""The calculator: figures of textbooks, neighbours that prove the answer, faults that help."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.usecases.calculate_agents import AgentsQuestion, calculate_agents
from tests.cli.conftest import Helio
from tests.staffing.figures import FIGURES

_TO_MEET = [row for row in FIGURES if "expected_min_agents" in row]
_MEASURED = [row for row in FIGURES if "p_wait" in row]


def _options(row: dict[str, str], **more: str) -> list[str]:
    names = {"calls": "calls", "interval_s": "interval-s", "aht_s": "aht-s", "target_s": "target-s"}
    names |= {"patience_s": "patience-s", "concurrency": "concurrency"}
    found = [text for name in names if name in row for text in (f"--{names[name]}", row[name])]
    return found + [text for name, value in more.items() for text in (f"--{name}", value)]


@pytest.mark.parametrize("row", _TO_MEET, ids=lambda row: row["id"])
def test_the_fewest_agents_of_the_textbooks(helio: Helio, row: dict[str, str]):
    more = {"target": row["sl_target"], "shrinkage": row.get("shrinkage", "0")}
    if "max_occupancy" in row:
        more["max-occupancy"] = row["max_occupancy"]
    ran = helio("erlang", *_options(row, **more), "--json")
    assert (ran.code, ran.err) == (0, "")
    view = json.loads(ran.out)
    assert view["fewest"] == int(row["expected_min_agents"])
    best = next(line for line in view["rows"] if line["is_fewest"])
    if "expected_gross_agents" in row:
        assert best["gross"] == int(row["expected_gross_agents"])
    assert [line["meets"] for line in view["rows"]] == [False, True, True][-len(view["rows"]) :]


@pytest.mark.parametrize("row", _MEASURED, ids=lambda row: row["id"])
def test_measures_at_a_number_of_agents(helio: Helio, row: dict[str, str]):
    ran = helio("erlang", *_options(row, agents=row["agents"]), "--json")
    (line,) = json.loads(ran.out)["rows"]
    assert line["p_wait"] == pytest.approx(float(row["p_wait"]), rel=1e-9)
    assert line["service_level"] == pytest.approx(float(row["service_level"]), rel=1e-9, abs=1e-12)
    assert line["occupancy"] == pytest.approx(float(row["occupancy"]), rel=1e-9)
    if row["asa_s"] == "inf":
        assert line["mean_wait_s"] is None
    else:
        assert line["mean_wait_s"] == pytest.approx(float(row["asa_s"]), rel=1e-9)
    assert line["meets"] is None


def _level_c(load: float, aht_s: float, agents: int, target_s: float) -> float:
    """Erlang C by the plain recurrence."""
    from math import exp

    if agents <= load:
        return 0.0 if load else 1.0
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    waiting = agents * blocked / (agents - load * (1 - blocked))
    return 1 - waiting * exp(-(agents - load) * target_s / aht_s)


@settings(max_examples=60, deadline=None)
@given(
    calls=st.integers(1, 400),
    aht_s=st.integers(30, 900),
    concurrency=st.integers(1, 4),
    percent=st.integers(10, 99),
    target_s=st.integers(0, 120),
)
def test_the_fewest_meet_the_target_and_one_fewer_does_not(
    calls: int, aht_s: int, concurrency: int, percent: int, target_s: int
):
    question = AgentsQuestion(
        calls=calls,
        interval_s=1800,
        aht_s=aht_s,
        level=percent / 100,
        target_s=target_s,
        concurrency=concurrency,
    )
    fewest = calculate_agents(question).fewest
    assert fewest is not None
    load = calls * aht_s / 1800

    def level(agents: int) -> float:
        return _level_c(load, aht_s, agents * concurrency, target_s)

    assert level(fewest) >= percent / 100 - 1e-9
    assert level(fewest - 1) < percent / 100 + 1e-9


def test_a_planner_reads_the_answer_and_what_it_means(helio: Helio):
    ran = helio("erlang", "--calls", "100", "--aht-s", "180", "--shrinkage", "30%")
    assert "Load 10.00 Erlang" in ran.out
    assert "14 agents at work, 20 to roster at 30 % shrinkage" in ran.out
    assert "80 % within 20 s" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()[-3:]] == ["13", "14", "15"]
    short = helio("erlang", "--calls", "100", "--aht-s", "180", "--target", "80%", "--agents", "9")
    assert "5 agents too few." in short.out
    assert "no end" in short.out
    busiest = helio(
        *("erlang", "--calls", "1000", "--aht-s", "300", "--patience-s", "150"),
        *("--agents", "1000", "--target", "0.99999", "--max-wait-s", "5", "--max-abandon", "2%"),
    )
    assert max(map(len, (ran.out + short.out + busiest.out).splitlines())) <= 80
    assert "hang up" in busiest.out
    assert "99.99 % was taken" in busiest.out


def test_without_contacts_nobody_is_needed(helio: Helio):
    ran = helio("erlang", "--calls", "0", "--aht-s", "180", "--json")
    assert json.loads(ran.out)["fewest"] == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--calls", "-1", "--aht-s", "180"), "--calls must be 0 or more"),
        (("--calls", "nan", "--aht-s", "180"), "--calls must be a finite number"),
        (("--calls", "9", "--aht-s", "0"), "--aht-s must be above 0 seconds"),
        (("--calls", "9", "--aht-s", "9", "--interval-s", "0"), "--interval-s must be above 0"),
        (("--calls", "9", "--aht-s", "9", "--target", "80"), "such as 0.8 or 80%"),
        (("--calls", "9", "--aht-s", "9", "--target", "most"), "write 0.8 or 80%"),
        (("--calls", "9", "--aht-s", "9", "--shrinkage", "1"), "--shrinkage must be 0 to below 1"),
        (("--calls", "9", "--aht-s", "9", "--agents", "-2"), "--agents must be 0 or more"),
        (("--calls", "9", "--aht-s", "9", "--concurrency", "0"), "--concurrency must be 1 or more"),
        (("--calls", "9", "--aht-s", "9", "--model", "b"), "--model must be c or a"),
        (("--calls", "9", "--aht-s", "9", "--model", "a"), "needs --patience-s"),
        (("--calls", "9", "--aht-s", "9", "--model", "c", "--patience-s", "9"), "--model a"),
        (("--calls", "9", "--aht-s", "9", "--max-abandon", "5%"), "needs --patience-s"),
        (("--calls", "9e9", "--aht-s", "9"), "cannot be meant"),
    ],
)
def test_what_cannot_be_meant_is_named(helio: Helio, options: tuple[str, ...], told: str):
    ran = helio("erlang", *options)
    assert (ran.code, ran.out) == (2, "")
    assert told in " ".join(ran.err.replace("│", " ").split())
