"""Cost terms against figures worked by hand from the formulas."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler.audit import audit_roster
from scheduler.audit.cost import TERMS
from scheduler.audit.facts import read_facts
from scheduler.audit.tally import dates_that_count
from scheduler.domain import (
    Contract,
    ExchangeRate,
    Location,
    Planning,
    Shift,
    TimeOff,
    WakingHours,
    WallTime,
    Weights,
    Wish,
)

from .world import (
    AMSTERDAM,
    FULL_TIME,
    NIGHT,
    SYDNEY,
    bare_roster,
    instant,
    judge,
    make_planning,
    make_roster,
    need,
    past,
    queue,
    shift,
)

TUESDAY, WEDNESDAY = date(2027, 3, 23), date(2027, 3, 24)


def _term(planning: Planning, term: str, *shifts: Shift) -> int:
    return dict(judge(planning, *shifts).terms)[term]


@pytest.mark.parametrize(
    ("priority", "required", "cents_alone", "cents_with_one"),
    [
        (1, 1, 8000, 0),
        (2, 4, 6000 + 3750 + 2250 + 2250, 3750 + 2250 + 2250),
        (3, 6, 4000 + 4000 + 2500 + 2500 + 1500 + 1500, 4000 + 2500 + 2500 + 1500 + 1500),
        (7, 2, 3000 + 1125, 1125),
    ],
)
def test_short(priority: int, required: int, cents_alone: int, cents_with_one: int) -> None:
    begin = instant("2027-03-23 10:00", AMSTERDAM)
    rows = need("q1", begin, begin + timedelta(minutes=30), required, 30)
    planning = make_planning(
        interval_minutes=30, queues=(queue(priority=priority),), requirements=rows
    )
    assert _term(planning, "short") == 2 * cents_alone
    assert _term(planning, "short", shift(planning, "2027-03-23 09:00", 5)) == 2 * cents_with_one
    half = shift(planning, "2027-03-23 10:15", 5)
    assert _term(planning, "short", half) == cents_alone + cents_with_one


def test_idle_is_everyone_at_work_beyond_need() -> None:
    """30 quarters at work, 4 of them needed; without a queue all 30 are idle, and 4 short."""
    begin = instant("2027-03-23 09:00", AMSTERDAM)
    planning = make_planning(requirements=need("q1", begin, begin + timedelta(hours=1), 1))
    assert _term(planning, "idle", shift(planning, "2027-03-23 09:00", 8)) == 26 * 50
    nowhere = shift(planning, "2027-03-23 09:00", 8, queue_id=None)
    assert _term(planning, "idle", nowhere) == 30 * 50
    assert _term(planning, "short", nowhere) == 4 * 8000


def test_nothing_counts_after_the_horizon() -> None:
    planning = make_planning(contract=NIGHT)
    last = shift(planning, "2027-04-04 23:00", 5)
    report = judge(planning, last)
    assert dict(report.terms)["idle"] == 4 * 50
    assert dict(report.terms)["wages"] == 5 * 2000


def test_wages_are_exact_and_rounded_half_up_once() -> None:
    planning = make_planning(exchange_rates=(ExchangeRate("SRD", Decimal("0.0251")),))
    agent = planning.agents[0]
    euro = replace(planning, agents=(replace(agent, hourly_rate=Decimal("17.33")),))
    assert _term(euro, "wages", shift(euro, "2027-03-23 09:00", 8)) == 12998
    dollar = replace(agent, hourly_rate=Decimal("333.33"), currency="SRD")
    planning = replace(planning, agents=(dollar,))
    assert _term(planning, "wages", shift(planning, "2027-03-23 09:00", 5)) == 4183


def test_own_night() -> None:
    planning = make_planning(contract=NIGHT)
    assert _term(planning, "own_night", shift(planning, "2027-03-23 22:00", 4)) == 3 * 1500
    spring = shift(planning, "2027-03-27 22:00", 5)
    assert str(spring.end) == "2027-03-28 02:00:00+00:00"
    assert _term(planning, "own_night", spring) == 4 * 1500
    odd = replace(
        planning,
        weights=Weights(own_night_cents_hour=1510),
        waking_hours=WakingHours(7 * 60, 22 * 60 + 45),
    )
    assert _term(odd, "own_night", shift(odd, "2027-03-23 18:00", 5)) == 378


def test_own_night_is_by_the_agents_own_waking_hours() -> None:
    """One wakes 09:00 to 20:00, the other as the planning says; both work 08:00 to 13:00."""
    planning = make_planning(contract=NIGHT, agents=("A1", "A2"))
    late = replace(planning.agents[0], waking_hours=WakingHours(9 * 60, 20 * 60))
    planning = replace(planning, agents=(late, planning.agents[1]))
    both = [shift(planning, "2027-03-23 08:00", 5, agent_id=key) for key in ("A1", "A2")]
    assert _term(planning, "own_night", *both) == 1500
    measures = judge(planning, *both).measures
    assert [row.own_night_minutes for row in measures.agents] == [60, 0]


def test_terms_are_those_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "costs.md").read_text(encoding="utf-8")
    table = page.split("| term | cents |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == TERMS
    assert tuple(dict(judge(make_planning()).terms)) == TERMS


def test_wishes_to_avoid_cost_once_per_shift_that_touches() -> None:
    evening = Wish("A1", want=False, strength=3, from_minute=1080, until_minute=1440, weekday=2)
    planning = make_planning(contract=NIGHT, wishes=(evening,))
    touching = shift(planning, "2027-03-23 15:00", 4)
    assert _term(planning, "wishes", touching) == 900
    assert _term(planning, "wishes", touching, shift(planning, "2027-03-30 14:00", 5)) == 1800
    assert _term(planning, "wishes", shift(planning, "2027-03-23 14:00", 4)) == 0
    early = Wish("A1", want=False, strength=1, from_minute=0, until_minute=360, day=TUESDAY)
    planning = replace(planning, wishes=(early,))
    assert _term(planning, "wishes", shift(planning, "2027-03-22 21:00", 4)) == 300
    assert _term(planning, "wishes", shift(planning, "2027-03-22 20:00", 4)) == 0


def test_wishes_to_work() -> None:
    wish = Wish("A1", want=True, strength=2, weekday=3)
    planning = make_planning(wishes=(wish,))
    assert _term(planning, "wishes") == 2 * 600
    assert _term(planning, "wishes", shift(planning, "2027-03-24 09:00", 5)) == 600
    off = TimeOff("A1", WallTime(WEDNESDAY, 0), WallTime(date(2027, 3, 25), 0), "leave")
    assert _term(replace(planning, time_off=(off,)), "wishes") == 600
    parts = (
        TimeOff("A1", WallTime(WEDNESDAY, 720), WallTime(date(2027, 3, 25), 0), "leave"),
        TimeOff("A1", WallTime(TUESDAY, 720), WallTime(WEDNESDAY, 720), "training"),
    )
    assert _term(replace(planning, time_off=parts), "wishes") == 600
    assert _term(replace(planning, time_off=parts[:1]), "wishes") == 1200
    timed = replace(wish, from_minute=540, until_minute=1020)
    planning = replace(planning, wishes=(timed,))
    assert _term(planning, "wishes", shift(planning, "2027-03-24 09:00", 8)) == 600
    assert _term(planning, "wishes", shift(planning, "2027-03-24 09:30", 8)) == 1200
    report = judge(planning, shift(planning, "2027-03-24 09:00", 8))
    assert (report.measures.wishes_granted, report.measures.wishes_asked) == (1, 2)


def test_contract_hours() -> None:
    contract = Contract("x", 32 * 60, 40 * 60, 45 * 60)
    planning = make_planning(contract=contract, end="2027-03-29")
    worked = shift(planning, "2027-03-23 09:00", 8)
    assert _term(planning, "contract_hours", worked) == 65_000 + 49_000
    with_history = replace(
        make_planning(contract=contract, start="2027-03-24", end="2027-03-29"),
        history=(past("2027-03-23 09:00", 8, AMSTERDAM),),
    )
    target, least = 2400 * 5 // 7 - 450, 1920 * 5 // 7 - 450
    expected = target * 2000 // 60 + least * 2000 // 60
    assert _term(with_history, "contract_hours") == expected == 42_133 + 30_700
    off = TimeOff("A1", WallTime(TUESDAY, 0), WallTime(WEDNESDAY, 0), "leave")
    away = replace(planning, time_off=(off,))
    assert _term(away, "contract_hours") == 2057 * 2000 // 60 + 1645 * 2000 // 60
    starter = replace(planning.agents[0], employed_from=date(2027, 3, 25))
    joined = replace(planning, agents=(starter,))
    assert _term(joined, "contract_hours") == 1371 * 2000 // 60 + 1097 * 2000 // 60
    report = judge(away)
    row = report.measures.agents[0]
    assert (row.target_minutes, row.under_target_minutes, row.under_min_minutes) == (
        2057,
        2057,
        1645,
    )


@pytest.mark.parametrize(
    ("zone", "first", "count"),
    [
        (AMSTERDAM, date(2027, 3, 22), 7),
        (SYDNEY, date(2027, 3, 22), 7),
        ("Pacific/Honolulu", date(2027, 3, 22), 6),
        ("Pacific/Kiritimati", date(2027, 3, 23), 6),
    ],
)
def test_dates_count_when_their_noon_lies_in_the_horizon(
    zone: str, first: date, count: int
) -> None:
    stay = Location("A1", date(2027, 1, 1), zone, "XX")
    planning = make_planning(end="2027-03-29", locations=(stay,))
    facts = read_facts(planning, bare_roster(planning, ()))
    days = dates_that_count(facts, facts.agents["A1"])
    assert sorted(days) == [first + timedelta(days=k) for k in range(count)]


def test_fairness_terms_grow_with_each_shift_and_with_short_contracts() -> None:
    days = ("2027-03-26", "2027-03-27", "2027-03-28", "2027-03-29", "2027-04-03")
    full = make_planning(contract=replace(FULL_TIME, target_minutes_week=2400))
    assert _term(full, "fair_weekends", *(shift(full, f"{day} 09:00", 5) for day in days)) == 3000
    part = make_planning(contract=replace(FULL_TIME, target_minutes_week=960), end="2027-04-04")
    worked = [shift(part, f"{day} 09:00", 5) for day in days]
    assert _term(part, "fair_weekends", *worked) == 2692 + 5384
    none = make_planning()
    late = [shift(none, f"2027-03-{day} 15:15", 5) for day in (22, 23, 24)]
    early = [shift(none, f"2027-03-{day} 15:00", 5) for day in (22, 23, 24)]
    assert _term(none, "fair_evenings", *late) == 200 + 400
    assert _term(none, "fair_evenings", *early) == 0


def test_a_wrong_term_a_wrong_sum_and_a_bound_above_cost_are_found() -> None:
    planning = make_planning()
    roster = make_roster(planning, [shift(planning, "2027-03-23 09:00", 8)])
    assert audit_roster(planning, roster).findings == ()
    terms = tuple((name, cents + (name == "wages")) for name, cents in roster.terms)
    (finding,) = audit_roster(planning, replace(roster, terms=terms)).hard
    assert (finding.rule, dict(finding.params)["term"]) == ("cost_mismatch", "term wages")
    extra = replace(roster, terms=(*roster.terms, ("bribes", 5)))
    assert [row.rule for row in audit_roster(planning, extra).hard] == ["cost_mismatch"]
    cheap = replace(roster, cost_cents=roster.cost_cents - 1, bound_cents=roster.cost_cents)
    rules = {row.rule for row in audit_roster(planning, cheap).hard}
    assert rules == {"cost_mismatch", "bound_above_cost"}


def test_rosters_of_other_input_are_recognised() -> None:
    planning = make_planning()
    roster = make_roster(planning, [])
    other = replace(roster, input_sha256="0" * 64, tz_version="1999a", currency="USD")
    found = {(row.rule, row.severity) for row in audit_roster(planning, other).findings}
    assert found == {("other_input", "soft"), ("other_tz", "soft"), ("other_currency", "hard")}
    shorter = make_planning(end="2027-03-29")
    assert "other_horizon" in {row.rule for row in audit_roster(shorter, roster).hard}
