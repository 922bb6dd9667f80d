"""Skills, levels and certificates: by kind of lack, and by asking the calendar minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.audit.facts import read_facts
from scheduler.audit.skills import lacks
from scheduler.domain import Location, Skill
from scheduler.timegrid.zones import local_of

from .world import (
    AMSTERDAM,
    KATHMANDU,
    SYDNEY,
    bare_roster,
    hard_rules,
    judge,
    make_planning,
    queue,
    shift,
    skills_for,
    utc,
)


@pytest.mark.parametrize(
    ("held", "asked", "covers"),
    [
        ("nl", "nl", True),
        ("nl-SR", "nl", True),
        ("nl", "nl-SR", True),
        ("NL-sr", "nl-SR", True),
        ("nl-BE", "nl-SR", False),
        ("nld", "nl", False),
        ("en", "nl", False),
    ],
)
def test_language_tags_match_by_prefix(held: str, asked: str, covers: bool) -> None:
    rows = [row for row in skills_for("A1") if row.kind != "language"]
    planning = make_planning(
        queues=(queue(language=asked),), skills=(*rows, Skill("A1", "language", held))
    )
    found = hard_rules(planning, shift(planning, "2027-03-23 09:00", 5))
    assert found == ([] if covers else ["skill"])


@pytest.mark.parametrize(
    ("levels", "asked", "words"),
    [
        (["B2"], "B2", None),
        (["A2", "C1"], "B2", None),
        (["B1"], "B2", "language nl only at B1, not B2"),
        ([None], "B2", "language nl only at no level, not B2"),
        ([None], None, None),
        ([], None, "no language nl"),
    ],
)
def test_levels(levels: list[str | None], asked: str | None, words: str | None) -> None:
    rows = [row for row in skills_for("A1") if row.kind != "language"]
    rows += [Skill("A1", "language", "nl", level) for level in levels]
    planning = make_planning(queues=(queue(min_level=asked),), skills=tuple(rows))
    found = judge(planning, shift(planning, "2027-03-23 09:00", 5)).hard
    assert [row.measured for row in found] == ([] if words is None else [words])


@pytest.mark.parametrize("kind", ["channel", "client"])
def test_missing_channel_and_client_are_named(kind: str) -> None:
    rows = tuple(row for row in skills_for("A1") if row.kind != kind)
    planning = make_planning(skills=rows)
    (finding,) = judge(planning, shift(planning, "2027-03-23 09:00", 5)).hard
    assert finding.measured == f"no {kind} {'phone' if kind == 'channel' else 'zon'}"


@pytest.mark.parametrize("zone", [AMSTERDAM, SYDNEY, KATHMANDU])
def test_certificate_ends_at_midnight_of_the_place_of_work(zone: str) -> None:
    ksf = Skill("A1", "certificate", "KSF", valid_until=date(2027, 3, 24))
    contract = replace(make_planning().contracts[0], night_allowed=True)
    planning = make_planning(
        zone=zone,
        contract=contract,
        queues=(queue(certificate="KSF"),),
        skills=(*skills_for("A1"), ksf),
    )
    assert hard_rules(planning, shift(planning, "2027-03-23 19:00", 5)) == []
    late = shift(planning, "2027-03-23 19:15", 5)
    (finding,) = judge(planning, late).hard
    assert finding.rule == "skill"
    assert finding.measured == "certificate KSF expired at the start of Wed 24 Mar 2027"
    renewed = replace(ksf, valid_from=date(2027, 3, 24), valid_until=None)
    planning = replace(planning, skills=(*planning.skills, renewed))
    assert hard_rules(planning, late) == []
    only_later = replace(planning, skills=(*skills_for("A1"), renewed))
    (finding,) = judge(only_later, late).hard
    assert finding.measured == "certificate KSF not valid before Wed 24 Mar 2027"


def test_a_certificate_must_last_through_the_whole_planning_interval() -> None:
    """Midnight in Kathmandu is 18:15 UTC: the half hour from 18:00 is not covered."""
    planning = make_planning(
        contract=replace(make_planning().contracts[0], night_allowed=True),
        interval_minutes=30,
        queues=(queue(certificate="KSF"),),
        skills=(
            *skills_for("A1"),
            Skill("A1", "certificate", "KSF", valid_until=date(2027, 3, 24)),
        ),
        locations=(Location("A1", date(2027, 3, 1), KATHMANDU, "NP"),),
    )
    whole = shift(planning, "2027-03-23 18:45", 5, zone=KATHMANDU)
    assert whole.end == utc("2027-03-23T18:00")
    assert hard_rules(planning, whole) == []
    cut = shift(planning, "2027-03-23 19:00", 5, zone=KATHMANDU)
    assert hard_rules(planning, cut) == ["skill"]
    quarters = replace(planning, interval_minutes=15)
    assert hard_rules(quarters, cut) == []


@given(
    valid_from=st.none() | st.integers(0, 12),
    length=st.none() | st.integers(1, 12),
    away_from=st.integers(0, 10),
    away_days=st.integers(1, 6),
    zone=st.sampled_from([SYDNEY, KATHMANDU, "America/Paramaribo", "Pacific/Honolulu"]),
    quarter=st.integers(0, 14 * 96 - 1),
)
def test_validity_by_asking_the_calendar(
    valid_from: int | None,
    length: int | None,
    away_from: int,
    away_days: int,
    zone: str,
    quarter: int,
) -> None:
    """A quarter is served when each of its minutes has a valid date at the place of work."""
    base = date(2027, 3, 22)
    first = None if valid_from is None else base + timedelta(days=valid_from)
    after = None if length is None else (first or base) + timedelta(days=length)
    stay = Location(
        "A1",
        base + timedelta(days=away_from),
        zone,
        "XX",
        base + timedelta(days=away_from + away_days),
    )
    ksf = Skill("A1", "certificate", "KSF", valid_from=first, valid_until=after)
    planning = make_planning(
        queues=(queue(certificate="KSF"),), skills=(*skills_for("A1"), ksf), locations=(stay,)
    )
    facts = read_facts(planning, bare_roster(planning, ()))
    start = facts.start + quarter * timedelta(minutes=15)
    valid = True
    for minute in range(15):
        now = start + timedelta(minutes=minute)
        there = local_of(now, zone).wall.day
        away = stay.from_date <= there < stay.until_date
        day = there if away else local_of(now, AMSTERDAM).wall.day
        valid &= (first is None or first <= day) and (after is None or day < after)
    agent = facts.agents["A1"]
    found = lacks(facts, agent, facts.queues["q1"], start, start + timedelta(minutes=15))
    assert (not found) == valid
