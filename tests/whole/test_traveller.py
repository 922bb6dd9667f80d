"""Amsterdam to Sydney in the middle of a week with a clock change: solved, lawful under both laws.

Amsterdam puts its clock forward on Sunday 28 March 2027, Sydney puts it back on Sunday 4 April. The
agent leaves on Thursday 25 March. Need is without end, so that every limit that can bind does.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from scheduler.audit import AuditReport, audit_roster
from scheduler.domain import Location, Planning, Roster
from scheduler.labour import applied_packs, pack_to_document, rule_book, shipped_packs
from scheduler.planning import compile_problem
from scheduler.timegrid.timeline import place_at, place_timeline
from solver import SolveParams, check, solve
from tests.builders import (
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_past_shift,
    make_planning,
    make_site,
)
from tests.whole.judges import as_roster

STAY = Location("a1", date(2027, 3, 25), "Australia/Sydney", "AU", date(2027, 4, 3), "AU-NSW")
NO_POLICY = json.dumps(
    {"format": "heliotrope-rules/1", "pack": "policy", "name": "No rules of ours", "kind": "policy"}
)


def planning_of(*rule_packs: str, permits: tuple[str, ...] = ("AU.additional_hours",)) -> Planning:
    horizon = make_horizon(date(2027, 3, 22), 14)
    contract = make_contract(
        min_minutes_week=0,
        target_minutes_week=3900,
        max_minutes_week=3900,
        night_allowed=True,
    )
    history = tuple(
        make_past_shift("a1", f"{date(2027, 3, 1) + timedelta(days=day)}T09:00", 480)
        for day in range(21)
        if day % 7 < 5
    )
    return make_planning(
        horizon=horizon,
        sites=(make_site(),),
        contracts=(contract,),
        agents=(make_agent("a1", hourly_rate=Decimal(2)),),
        locations=(STAY,),
        requirements=flat_requirements(horizon, agents=1),
        history=history,
        rule_packs=rule_packs,
        permits=permits,
    )


def solved(planning: Planning) -> tuple[Roster, AuditReport]:
    book = rule_book(planning)
    compiled = compile_problem(planning, book)
    params = SolveParams(time_limit_seconds=8.0, workers=1, seed=1, gap_target=0.0)
    result = solve(compiled.problem, params)
    roster, placed = as_roster(planning, compiled, result.roster)
    assert check(compiled.problem, placed) == ()
    return roster, audit_roster(planning, roster, book)


BOUND = {
    "company policy, NL and AU": ((), ("AU.additional_hours",), {"policy"}),
    "NL and AU": ((NO_POLICY,), ("AU.additional_hours",), {"NL", "MA000023"}),
    "NL and AU, 38 hours": ((NO_POLICY,), (), {"AU"}),
}
"""The planning's own packs, its permits, and whose limits bind then."""


@pytest.mark.slow
@pytest.mark.parametrize("case", BOUND)
def test_rostered_lawfully_under_both_laws(case: str) -> None:
    rule_packs, permits, binding = BOUND[case]
    planning = planning_of(*rule_packs, permits=permits)
    roster, report = solved(planning)
    assert [finding.sentence for finding in report.hard] == []
    assert {shift.zone for shift in roster.shifts} == {"Europe/Amsterdam", "Australia/Sydney"}
    timeline = place_timeline(planning.sites[0], planning.locations)
    assert all(place_at(timeline, shift.start).zone == shift.zone for shift in roster.shifts)
    assert {row.pack_id for row in report.binding} == binding
    articles = {row.law for row in report.binding}
    assert articles <= {
        "company policy",
        "NL: Arbeidstijdenwet art. 5:3",
        "NL: Arbeidstijdenwet art. 5:5",
        "NL: Arbeidstijdenwet art. 5:6",
        "NL: Arbeidstijdenwet art. 5:7",
        "NL: Arbeidstijdenwet art. 5:8",
        "AU: National Employment Standards",
        "MA000023: Contract Call Centres Award MA000023",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pack_id", "named"),
    [
        ("NL", {"NL: Arbeidstijdenwet art. 5:3", "NL: Arbeidstijdenwet art. 5:5"}),
        ("MA000023", {"MA000023: Contract Call Centres Award MA000023"}),
    ],
)
def test_a_roster_made_without_one_law_breaks_it(pack_id: str, named: set[str]) -> None:
    """The article that bound is the one that is broken when nobody keeps it."""
    planning = planning_of(NO_POLICY)
    book = rule_book(planning)
    lawless = pack_to_document(book.packs[pack_id]) | {"limits": []}
    roster, report = solved(planning_of(NO_POLICY, json.dumps(lawless)))
    assert report.hard == ()
    judged = audit_roster(planning, roster, book)
    laws = {dict(finding.params)["law"] for finding in judged.hard}
    assert laws & named
    assert all(law.startswith(f"{pack_id}: ") for law in laws)


def test_which_packs_hold_when() -> None:
    planning = planning_of()
    site, contract = planning.sites[0], planning.contracts[0]
    timeline = place_timeline(site, planning.locations)
    held = {
        row.pack.pack_id: (row.reasons, row.start, row.end)
        for row in applied_packs(rule_book(planning), contract, site, timeline)
    }
    stay = timeline[1].start, timeline[1].end
    assert held["NL"] == (("site",), None, None)
    assert held["AU"] == (("place",), *stay)
    assert held["MA000023"] == (("included",), *stay)
    assert held["policy"] == (("company",), None, None)
    assert set(held) <= set(shipped_packs())
