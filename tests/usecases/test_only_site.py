"""The counterfactual of one site alone: who moves, at what pay, under which law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from scheduler.domain import (
    Availability,
    Closure,
    ExchangeRate,
    Location,
    Planning,
    TimeOff,
    WakingHours,
    WallTime,
    Wish,
)
from scheduler.errors import InputError
from scheduler.usecases.only_site import only_site, site_of
from tests.builders import (
    MONDAY,
    make_agent,
    make_contract,
    make_past_shift,
    make_pin,
    make_planning,
    make_site,
)

SYD = "Australia/Sydney"
EARLY = WakingHours(5 * 60, 21 * 60)


def two_sites() -> Planning:
    agents = (
        make_agent("n1", hourly_rate=Decimal(30)),
        make_agent("n2", hourly_rate=Decimal(18)),
        make_agent("n3", hourly_rate=Decimal(22)),
        make_agent("n4", hourly_rate=Decimal(24), contract_id="part"),
        make_agent("n5", hourly_rate=Decimal(26), currency="AUD", contract_id="part"),
        make_agent("s1", "sydney", hourly_rate=Decimal(40), currency="AUD", waking_hours=EARLY),
        make_agent("s2", "sydney", currency="AUD", contract_id="foreign"),
        make_agent("s3", "sydney", currency="AUD", contract_id="part"),
    )
    contracts = (
        make_contract(),
        make_contract(contract_id="part"),
        make_contract(contract_id="foreign", law="AU", rule_packs=("MA000023",)),
    )
    return make_planning(
        sites=(make_site(), make_site(SYD, currency="AUD")),
        contracts=contracts,
        agents=agents,
        exchange_rates=(ExchangeRate("AUD", Decimal("0.5")),),
        locations=(Location("n1", MONDAY, SYD, "AU", date(2027, 3, 4)),),
        history=(
            make_past_shift("n2", "2027-02-26T09:00", 480),
            make_past_shift("s1", "2027-02-26T09:00", 480, SYD),
        ),
        pins=(
            make_pin("n1", "2027-03-02T09:00", 480, SYD),
            make_pin("n2", "2027-03-02T09:00", 480),
            make_pin("s1", "2027-03-02T09:00", 480, SYD),
        ),
        availability=(Availability("s1", 480, 960, available=True, weekday=1),),
        time_off=(TimeOff("s1", WallTime(MONDAY, 0), WallTime(date(2027, 3, 2), 0), "leave"),),
        wishes=(Wish("s1", want=False, strength=2, weekday=7),),
        closures=(Closure(MONDAY, "all"), Closure(MONDAY, "there", "sydney")),
        permits=("NL.overtime",),
    )


def test_everybody_lives_and_is_paid_there():
    before = two_sites()
    alone = only_site(before, "amsterdam")
    people = {agent.agent_id: agent for agent in alone.agents}
    assert set(people) == {agent.agent_id for agent in before.agents}
    assert {agent.site_id for agent in alone.agents} == {"amsterdam"}
    assert [site.site_id for site in alone.sites] == ["amsterdam"]
    # n3 is the middle of 18, 22, 30; of EUR 24 and AUD 26 = EUR 13 the cheaper.
    assert (people["s1"].hourly_rate, people["s1"].currency) == (Decimal(22), "EUR")
    assert (people["s3"].hourly_rate, people["s3"].currency) == (Decimal(26), "AUD")
    # Nobody in Amsterdam has the contract of s2: the median of all five, 13 18 22 24 30.
    assert (people["s2"].hourly_rate, people["s2"].currency) == (Decimal(22), "EUR")
    assert [people[key] for key in ("n1", "n2", "n3", "n4", "n5")] == list(before.agents[:5])
    assert people["s1"].waking_hours == EARLY
    contracts = {contract.contract_id: contract for contract in alone.contracts}
    assert all(contract.night_allowed for contract in alone.contracts)
    moved = contracts[people["s2"].contract_id]
    assert (moved.law, moved.rule_packs) == (None, ())
    assert moved.max_minutes_week == before.contracts[2].max_minutes_week
    assert people["s1"].contract_id == "c32"


def test_what_is_left_behind_and_what_is_kept():
    before = two_sites()
    alone = only_site(before, "amsterdam")
    assert alone.locations == ()
    assert [row.agent_id for row in alone.history] == ["n2"]
    assert [row.agent_id for row in alone.pins] == ["n2"]
    assert [row.name for row in alone.closures] == ["all"]
    for name in ("skills", "availability", "time_off", "wishes", "queues", "permits", "horizon"):
        assert getattr(alone, name) == getattr(before, name)
    assert alone.input_sha256 not in ("", before.input_sha256)
    assert only_site(before, "amsterdam") == alone


def test_own_agents_only():
    alone = only_site(two_sites(), "amsterdam", own_agents=True)
    assert [agent.agent_id for agent in alone.agents] == ["n1", "n2", "n3", "n4", "n5"]
    kept = {agent.agent_id for agent in alone.agents}
    for rows in (alone.skills, alone.availability, alone.time_off, alone.wishes):
        assert {row.agent_id for row in rows} <= kept
    assert all(contract.night_allowed for contract in alone.contracts)


def test_a_site_without_agents_or_unknown_is_refused():
    planning = two_sites()
    assert site_of(planning, "AMSTERDAM").site_id == "amsterdam"
    with pytest.raises(InputError, match="Did you mean 'Amsterdam'"):
        site_of(planning, "Amsterdm")
    empty = replace(planning, agents=planning.agents[:5])
    with pytest.raises(InputError, match="a site with agents"):
        only_site(empty, "sydney")
