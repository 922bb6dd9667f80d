"""Every agent has one reason; "free" means that the audit itself finds a lawful shift."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from scheduler.audit import Explanation, audit_roster, explain_interval, read_facts, shortfalls
from scheduler.audit.facts import QUARTER
from scheduler.audit.finding import Finding
from scheduler.audit.labour import labour_findings
from scheduler.audit.structure import structure_findings
from scheduler.domain import (
    Activity,
    Agent,
    Announcement,
    Availability,
    Closure,
    Contract,
    Location,
    Planning,
    Roster,
    Shift,
    Site,
    Skill,
    TimeOff,
    WallTime,
)
from scheduler.errors import InputError

from .world import (
    AMSTERDAM,
    FULL_TIME,
    KATHMANDU,
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
    shift_at,
    skills_for,
)

NOON = instant("2027-03-24 12:00", AMSTERDAM)


def _codes(explanation: Explanation) -> dict[str, tuple[str, ...]]:
    return {reason.code: reason.agent_ids for reason in explanation.reasons}


def test_one_agent_for_every_reason() -> None:
    """Wednesday 12:00 in Amsterdam is midnight in Auckland.

    The one who moves is in Amsterdam for two hours. A shift would leave the tired one without a
    long rest, though Sunday was free; it would be the seventh in a row for the other, who rested
    from early Thursday to late Friday.
    """
    names = (
        "here", "there", "spare", "pause", "bench", "novice", "left", "mute", "expired", "leave",
        "student", "sleeper", "moving", "rested", "worked", "full", "busy", "mixed", "tired", "row",
        "free",
    )  # fmt: skip
    contracts = (
        FULL_TIME,
        NIGHT,
        Contract("mini", 0, 0, 5 * 60),
        Contract("two", 0, 0, 40 * 60, max_days_week=2),
    )
    base = make_planning(
        agents=names,
        queues=(queue("q1"), queue("q2", client="maan"), queue("q3", client="ster")),
        requirements=(
            *need("q1", NOON, NOON + timedelta(hours=1), 5),
            *need("q2", NOON, NOON + timedelta(hours=1), 2),
        ),
    )
    changes: dict[str, dict[str, Any]] = {
        "left": {"employed_until": date(2027, 3, 24)},
        "sleeper": {"site_id": "AKL"},
        "full": {"contract_id": "mini"},
        "mixed": {"contract_id": "mini"},
        "busy": {"contract_id": "two"},
        "row": {"contract_id": "night"},
    }
    agents = tuple(replace(row, **changes.get(row.agent_id, {})) for row in base.agents)
    skills = [row for row in base.skills if (row.agent_id, row.kind) != ("mute", "language")]
    skills = [row for row in skills if (row.agent_id, row.kind) != ("novice", "client")]
    skills = [row for row in skills if (row.agent_id, row.kind) != ("expired", "client")]
    skills += [Skill("expired", "client", "zon", valid_until=date(2027, 3, 24))]
    skills += [Skill(name, "client", "maan") for name in ("there", "mute", "novice")]
    skills += [Skill("spare", "client", "ster")]
    planning = replace(
        base,
        sites=(*base.sites, Site("AKL", "Auckland", "Pacific/Auckland", "NZ", "EUR")),
        contracts=contracts,
        agents=agents,
        skills=tuple(skills),
        locations=(
            Location("moving", date(2027, 3, 9), "Pacific/Honolulu", "US", date(2027, 3, 24)),
            Location("moving", date(2027, 3, 25), "Pacific/Fiji", "FJ"),
        ),
        time_off=(
            TimeOff("leave", WallTime.parse("2027-03-24 11:00"), WallTime.parse("2027-03-24 12:15"),
                    "dentist"),
            TimeOff("mixed", WallTime.parse("2027-03-24 13:00"), WallTime.parse("2027-03-25 00:00"),
                    "leave"),
        ),
        availability=(Availability("student", 1080, 1320, available=True, weekday=3),),
        history=tuple(
            past(f"2027-03-{start}", 4, AMSTERDAM, name)
            for name, starts in (
                ("tired", ("18 09:00", "19 09:00", "20 19:00")),
                ("row", ("18 07:00", "19 23:00", "20 22:00", "21 20:00")),
            )
            for start in starts
        ),
    )  # fmt: skip
    shifts = [
        shift(planning, "2027-03-24 10:00", 5, agent_id="here"),
        shift(planning, "2027-03-24 10:00", 5, agent_id="there", queue_id="q2"),
        shift(planning, "2027-03-24 10:00", 5, agent_id="novice", queue_id="q2"),
        shift(planning, "2027-03-24 10:00", 5, agent_id="spare", queue_id="q3"),
        shift(planning, "2027-03-24 08:00", 8, agent_id="pause"),
        shift(planning, "2027-03-24 10:00", 5, agent_id="bench", queue_id=None),
        shift(planning, "2027-03-23 22:00", 8, agent_id="rested"),
        shift(planning, "2027-03-24 19:00", 4, agent_id="worked"),
        shift(planning, "2027-03-22 10:00", 5, agent_id="full"),
        shift(planning, "2027-03-22 10:00", 5, agent_id="mixed"),
        *(shift(planning, f"2027-03-{day} 09:00", 4, agent_id="busy") for day in (22, 23)),
        shift(planning, "2027-03-22 07:00", 5, agent_id="tired"),
        shift(planning, "2027-03-23 09:00", 5, agent_id="tired"),
        shift(planning, "2027-03-22 16:00", 4, agent_id="row"),
        shift(planning, "2027-03-23 09:00", 4, agent_id="row"),
    ]
    explanation = explain_interval(planning, bare_roster(planning, shifts), "q1", NOON)
    assert _codes(explanation) == {
        "on_queue": ("here",),
        "spare_elsewhere": ("spare",),
        "other_queue": ("there",),
        "on_break": ("pause",),
        "no_queue": ("bench",),
        "not_employed": ("left",),
        "lacks_skill": ("novice", "mute"),
        "not_valid": ("expired",),
        "time_off": ("leave",),
        "not_available": ("student",),
        "asleep": ("sleeper",),
        "no_start": ("moving",),
        "resting": ("rested", "worked"),
        "week_full": ("full", "busy", "mixed"),
        "needs_days_off": ("tired", "row"),
        "free": ("free",),
    }
    assert (explanation.need, explanation.on_queue, explanation.missing) == (5, 1, 4)
    details = {detail for reason in explanation.reasons for detail, _ in reason.details}
    assert {"q2", "q3", "no client zon", "no language nl"} <= details
    assert "client zon expired at the start of Wed 24 Mar 2027" in details
    (asleep,) = (reason for reason in explanation.reasons if reason.code == "asleep")
    assert asleep.sites == (("AKL", ("sleeper",)),)
    json.dumps(explanation.to_dict())


def test_the_evening_before_may_cover_it() -> None:
    """Who works later today could still come from yesterday evening until after midnight."""
    planning = make_planning(contract=NIGHT)
    roster = bare_roster(planning, [shift(planning, "2027-03-24 18:00", 4)])
    at = instant("2027-03-24 00:15", AMSTERDAM)
    assert list(_codes(explain_interval(planning, roster, "q1", at))) == ["free"]
    later = at + timedelta(hours=9)
    assert list(_codes(explain_interval(planning, roster, "q1", later))) == ["resting"]
    early = bare_roster(planning, [shift(planning, "2027-03-24 00:00", 4)])
    evening = at + timedelta(hours=20)
    assert list(_codes(explain_interval(planning, early, "q1", evening))) == ["resting"]


def test_closed_sites_and_other_limits_of_the_law_are_reasons() -> None:
    wednesday = date(2027, 3, 24)
    planning = make_planning(closures=(Closure(wednesday, "Stocktaking", "S"),))
    roster = bare_roster(planning, ())
    assert list(_codes(explain_interval(planning, roster, "q1", NOON))) == ["closed"]
    tomorrow = NOON + timedelta(days=1)
    assert list(_codes(explain_interval(planning, roster, "q1", tomorrow))) == ["free"]
    late = make_planning(announced=Announcement(date(2027, 3, 20)))
    assert list(_codes(explain_interval(late, roster, "q1", NOON))) == ["not_lawful"]
    at = instant("2027-03-28 12:00", AMSTERDAM)
    past_sundays = tuple(past(f"{date(2027, 3, 21) - timedelta(weeks=k)} 09:00", 4, AMSTERDAM)
                         for k in range(39))  # fmt: skip
    worked = make_planning(history=past_sundays, history_from=date(2026, 1, 1))
    assert list(_codes(explain_interval(worked, roster, "q1", at))) == ["needs_days_off"]
    fewer = replace(worked, history=past_sundays[1:])
    assert list(_codes(explain_interval(fewer, roster, "q1", at))) == ["free"]


def _random_case(seed: int) -> tuple[Planning, list[Shift]]:
    """A few agents with random limits, and a roster without any regard for rules."""
    dice = random.Random(seed)
    zones = (AMSTERDAM, SYDNEY, KATHMANDU)
    names = tuple(f"A{k}" for k in range(6))
    base = make_planning(agents=names, start="2027-03-24", end="2027-03-31")
    contracts = tuple(
        Contract(f"c{k}", 0, 0, dice.choice((16, 24, 40)) * 60, dice.choice((None, 4)),
                 night_allowed=dice.random() < 0.3)
        for k in range(6)
    )  # fmt: skip
    sites = tuple(Site(zone, zone, zone, "XX", "EUR") for zone in zones)
    agents = tuple(
        replace(row, site_id=dice.choice(zones), contract_id=f"c{k}")
        for k, row in enumerate(base.agents)
    )
    zone_of = {row.agent_id: row.site_id for row in agents}
    off = tuple(
        TimeOff(name, WallTime(date(2027, 3, 28), 60 * dice.randrange(24)),
                WallTime(date(2027, 3, 29), 60 * dice.randrange(24)), "leave")
        for name in names if dice.random() < 0.3
    )  # fmt: skip
    free = tuple(
        Availability(name, 480, 1200, available=dice.random() < 0.7, weekday=dice.randint(1, 7))
        for name in names
    )
    planning = replace(
        base, sites=sites, contracts=contracts, agents=agents, time_off=off, availability=free
    )
    shifts = [
        shift(planning, f"2027-03-{day} {dice.randint(7, 14):02d}:00", dice.choice((4, 6, 8)),
              agent_id=name, zone=zone_of[name])
        for name in names for day in range(25, 31) if dice.random() < 0.5
    ]  # fmt: skip
    return planning, shifts


def _breaches(planning: Planning, roster: Roster) -> set[tuple[Any, ...]]:
    facts = read_facts(planning, roster)

    def key(row: Finding) -> tuple[Any, ...]:
        return (row.rule, row.start, row.end, row.rule != "weekly_rest" and row.measured)

    found = (*labour_findings(facts), *structure_findings(facts))
    return {key(row) for row in found if row.severity == "hard"}


def _can_work(planning: Planning, agent: Agent, shifts: list[Shift], quarter: datetime) -> bool:
    """Try every shift over the quarter: does one add no breach to those there are?"""
    own = [row for row in shifts if row.agent_id == agent.agent_id]
    alone = replace(planning, agents=(agent,), skills=skills_for(agent.agent_id))
    before = _breaches(alone, bare_roster(alone, own))
    for hours in range(4, 10):
        for back in range(4 * hours):
            begin = quarter - back * timedelta(minutes=15)
            if begin.minute % 15 or begin < instant("2027-03-24 00:00", AMSTERDAM):
                continue
            extra = shift_at(alone, begin, hours * 60, agent_id=agent.agent_id, zone=agent.site_id)
            if extra.start_local.minute % 30:
                continue
            if not _breaches(alone, bare_roster(alone, [*own, extra])) - before:
                return True
    return False


@pytest.mark.parametrize("seed", range(6))
def test_free_means_that_a_lawful_shift_exists(seed: int) -> None:
    planning, shifts = _random_case(seed)
    roster = bare_roster(planning, shifts)
    dice = random.Random(seed)
    start = instant("2027-03-24 00:00", AMSTERDAM)
    on_duty = {"on_queue", "on_break", "no_queue", "other_queue", "spare_elsewhere"}
    for quarter in dice.sample(range(6 * 96), 4):
        at = start + quarter * timedelta(minutes=15)
        explanation = explain_interval(planning, roster, "q1", at)
        assert sum(reason.count for reason in explanation.reasons) == len(planning.agents)
        for code, agent_ids in _codes(explanation).items():
            for agent in planning.agents:
                if agent.agent_id in agent_ids and code not in on_duty:
                    assert _can_work(planning, agent, shifts, at) == (code == "free"), code


def test_questions_that_make_no_sense() -> None:
    planning = make_planning()
    with pytest.raises(InputError) as raised:
        explain_interval(planning, bare_roster(planning, ()), "q9", NOON + timedelta(days=99))
    assert {fault.code for fault in raised.value.faults} == {"unknown_queue", "outside_horizon"}


def test_shortfalls_by_priority_then_size_with_reasons() -> None:
    hour = timedelta(hours=1)
    base = make_planning(
        agents=("A1", "A2"),
        queues=(queue("low", priority=3), queue("top")),
        requirements=(
            *need("low", NOON, NOON + 4 * hour, 5),
            *need("top", NOON, NOON + hour, 1),
            *need("top", NOON + hour, NOON + 2 * hour, 3),
            *need("top", NOON + 3 * hour, NOON + 3.5 * hour, 2),
        ),
    )
    worked = shift(base, "2027-03-24 12:00", 4, queue_id=None)
    worked = replace(worked, activities=(Activity("top", NOON, NOON + 2 * hour),))
    roster = bare_roster(base, [worked])
    found = shortfalls(base, roster)
    assert [
        (row.queue_id, row.start, row.end, row.most_missing, row.missing_minutes) for row in found
    ] == [
        ("top", NOON + hour, NOON + 2 * hour, 2, 120),
        ("top", NOON + 3 * hour, NOON + 3.5 * hour, 2, 60),
        ("low", NOON, NOON + 4 * hour, 5, 20 * 60),
    ]
    assert [reason.code for reason in found[0].reasons] == ["free"]
    assert {reason.code for reason in found[1].reasons} == {"no_queue", "free"}
    assert shortfalls(base, roster, explained=1)[1].reasons == ()
    coverage = audit_roster(base, roster).coverage
    top = coverage.queue("top")
    assert (top.needed_minutes, top.missing_minutes, top.over_minutes) == (300, 180, 0)
    assert (top.covered_share, top.full_share) == (0.4, 0.4)


def test_a_shortfall_leads_with_what_a_planner_can_change() -> None:
    """Three lack the skill and two are on leave, yet who could work is told first."""
    agents = ("on", "could", "mute1", "mute2", "mute3", "off1", "off2")
    base = make_planning(agents=agents, requirements=need("q1", NOON, NOON + QUARTER * 2, 9))
    planning = replace(
        base,
        skills=tuple(row for row in base.skills if not row.agent_id.startswith("mute")),
        time_off=tuple(
            TimeOff(name, WallTime(date(2027, 3, 24), 0), WallTime(date(2027, 3, 25), 0), "leave")
            for name in ("off1", "off2")
        ),
    )
    roster = bare_roster(planning, [shift(planning, "2027-03-24 10:00", 5, agent_id="on")])
    (short,) = shortfalls(planning, roster)
    told = [(reason.code, reason.count) for reason in short.reasons]
    assert told == [("free", 1), ("lacks_skill", 3), ("time_off", 2)]


def test_report_as_json_and_figures() -> None:
    planning = make_planning(
        agents=("A1", "A2"), requirements=need("q1", NOON, NOON + timedelta(hours=2), 1)
    )
    roster = make_roster(planning, [shift(planning, "2027-03-27 12:00", 8.0)])
    report = audit_roster(planning, roster)
    figures = report.measures
    assert figures.without_shift == ("A2",)
    assert (figures.weekends.gap, figures.weekends.jain) == (1, 0.5)
    assert (figures.shifts, figures.paid_minutes, figures.wages_cents) == (1, 450, 15000)
    document = json.loads(json.dumps(report.to_dict()))
    assert document["hard"] == 0
    assert document["coverage"]["queues"][0]["missing_hours"] == 2
    moved = judge(planning, shift(planning, "2027-03-27 20:00", 8.0)).to_dict()
    assert moved["findings"][0]["sentence"].startswith("Name A1 (A1): 5 h 00 of the shift from")
