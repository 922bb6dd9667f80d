"""The rule book of a planning: own packs, names that lead nowhere, and what a planner is told."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from scheduler.domain import Location, Planning
from scheduler.errors import InputError
from scheduler.labour import law_notices, permit_names, rule_book, shipped_packs
from tests.builders import make_agent, make_contract, make_planning, make_site
from tests.labour.packs import cite, document, limit


def own(*limits: dict[str, Any], **keys: Any) -> str:
    return json.dumps(document(*limits, **keys))


def faults_of(planning: Planning, *files: str) -> list[tuple[str, str, str | None, str | None]]:
    with pytest.raises(InputError) as caught:
        rule_book(planning, files=files)
    return [(fault.code, fault.file, fault.column, fault.value) for fault in caught.value.faults]


def notices_of(planning: Planning) -> list[tuple[str, str, str | None]]:
    return [
        (notice.code, notice.file, notice.value)
        for notice in law_notices(planning, rule_book(planning))
    ]


def test_the_packs_shipped_are_those_of_the_facts() -> None:
    packs = shipped_packs()
    assert set(packs) == {
        *("NL", "NL-FCC", "EU", "SR", "CW", "AW", "SX", "BQ", "AU", "MA000023"),
        *("ZA", "TR", "ES", "PT", "ID", "policy"),
    }
    countries = [pack.country for pack in packs.values() if pack.country]
    assert len(countries) == len(set(countries))
    for pack in packs.values():
        assert set(pack.includes) <= set(packs)
        provisions = [*pack.limits, *pack.premiums]
        assert all(row.checked_on == date(2026, 11, 1) for row in provisions)
        if pack.kind != "policy":
            assert all(row.sources for row in provisions)
            assert all(source.url for source in pack.sources)


def test_an_own_pack_is_added_and_one_of_the_same_id_replaces_the_shipped_one() -> None:
    policy = own(
        limit("consecutive_days", max="5 days"), pack="policy", kind="policy", country=None
    )
    added = own(limit("daily_rest", min="10 h"), pack="Works", kind="agreement", country=None)
    book = rule_book(make_planning(rule_packs=(policy, added), permits=("NL.short_breaks",)))
    assert set(book.packs) == {*shipped_packs(), "Works"}
    assert [limit.name for limit in book.packs["policy"].limits] == ["consecutive_days"]
    assert book.packs["NL"] is shipped_packs()["NL"]
    assert book.permits == {"NL.short_breaks"}


def test_names_that_lead_nowhere_are_faults_together() -> None:
    planning = make_planning(
        contracts=(
            make_contract(rule_packs=("NL", "MA00023")),
            make_contract(contract_id="c2", law="MA"),
        ),
        permits=("NL.shortbreaks", "EU.overtime", "SR.overtime"),
        rule_packs=(own(includes=["EUR"]),),
    )
    assert faults_of(planning) == [
        ("unknown_pack", "rule pack XX", "includes[0]", "EUR"),
        ("unknown_pack", "contracts.csv", "rule_packs", "MA00023"),
        ("no_law_pack", "contracts.csv", "law", "MA"),
        ("unknown_permit", "planning.yaml", "permits[0]", "NL.shortbreaks"),
        ("unknown_permit", "planning.yaml", "permits[1]", "EU.overtime"),
    ]
    with pytest.raises(InputError) as caught:
        rule_book(planning)
    assert [fault.hint for fault in caught.value.faults][:2] == [
        "Did you mean 'EU'?",
        "Did you mean 'MA000023'?",
    ]
    assert caught.value.faults[3].hint == "Did you mean 'NL.short_breaks'?"


def test_faulty_packs_are_reported_together_and_who_names_them_is_not_at_fault() -> None:
    planning = make_planning(
        contracts=(make_contract(law="XX", rule_packs=("XX", "YY")),),
        permits=("XX.overtime",),
        rule_packs=(own(limit("day_hours", max="9")), "{", own(limit("day_hours"), pack="")),
    )
    assert faults_of(planning) == [
        ("bad_unit", "rule pack XX", "limits[0].max", "9"),
        ("bad_json", "rule pack 2", None, None),
        ("bad_text", "rule pack 3", "pack", ""),
        ("missing_key", "rule pack 3", "limits[0].max", None),
        ("unknown_pack", "contracts.csv", "rule_packs", "YY"),
    ]


def test_two_packs_of_one_country_or_id_are_refused() -> None:
    planning = make_planning(rule_packs=(own(pack="MyNL", country="NL"), own(), own()))
    assert faults_of(planning) == [
        ("duplicate_pack", "rule pack XX", "pack", "XX"),
        ("duplicate_country", "rule pack MyNL", "country", "NL"),
    ]


def test_faults_name_the_file_of_a_pack_where_it_has_one() -> None:
    planning = make_planning(
        rule_packs=(
            own(pack="MyNL", country="NL"),
            own(includes=["EUR"]),
            own(limit("day_hours", max="9"), pack="YY", country="YY"),
            own(),
            own(limit("day_hours", max="9"), pack="ZZ", country="ZZ"),
            "{",
        )
    )
    files = ("nl.yaml", "", "/else/y.yaml", "x.yaml", "", "z.json")
    assert faults_of(planning, *files) == [
        ("bad_unit", "/else/y.yaml", "limits[0].max", "9"),
        ("duplicate_pack", "x.yaml", "pack", "XX"),
        ("bad_unit", "rule pack ZZ", "limits[0].max", "9"),
        ("bad_json", "z.json", None, None),
        ("duplicate_country", "nl.yaml", "country", "NL"),
        ("unknown_pack", "rule pack XX", "includes[0]", "EUR"),
    ]
    twice = make_planning(rule_packs=(own(), own()))
    with pytest.raises(InputError, match=r"^b\.yaml, column pack: .*a\.yaml has it as well"):
        rule_book(twice, files=("a.yaml", "b.yaml"))


def test_a_pack_that_takes_the_place_of_another_is_of_its_country_and_kind() -> None:
    rest = limit("daily_rest", min="12 h", waived_by="deal")
    planning = make_planning(
        contracts=(make_contract(law="NL", rule_packs=("NL", "NL-FCC")),),
        permits=("NL.deal",),
        rule_packs=(
            own(rest, pack="NL", country=None),
            own(rest, pack="SR", country="XX", kind="agreement"),
            own(rest, pack="NL-FCC", country="NL", kind="agreement"),
        ),
    )
    assert faults_of(planning) == [
        ("wrong_replacement", "rule pack NL", "country", None),
        ("wrong_replacement", "rule pack SR", "country", "XX"),
        ("wrong_replacement", "rule pack SR", "kind", "agreement"),
        ("wrong_replacement", "rule pack NL-FCC", "country", "NL"),
    ]
    good = make_planning(rule_packs=(own(rest, pack="NL", country="NL"),))
    assert [limit.name for limit in rule_book(good).packs["NL"].limits] == ["daily_rest"]


def test_what_an_own_policy_leaves_out_of_the_shipped_one_is_told() -> None:
    def policy(*limits: dict[str, Any], **keys: Any) -> str:
        return own(*limits, **{"pack": "policy", "kind": "policy", "country": None, **keys})

    def told(*rule_packs: str) -> list[str | None]:
        planning = make_planning(rule_packs=rule_packs)
        notices = law_notices(planning, rule_book(planning))
        return [notice.value for notice in notices if notice.code == "policy_replaced"]

    rest, week = limit("daily_rest", min="8 h"), limit("weekly_rest", min="24 h")
    days = limit("consecutive_days", max="12 days")
    assert told() == []
    assert told(policy()) == ["daily_rest, weekly_rest, consecutive_days"]
    assert told(policy(rest, days)) == ["weekly_rest"]
    assert told(policy(rest, week, days)) == []
    # Another policy for everybody may hold it, one of a country or an agreement does not.
    assert told(policy(rest), policy(week, days, pack="more")) == []
    assert told(policy(rest, week), policy(days, pack="more", country="XX")) == ["consecutive_days"]
    assert told(policy(rest, week), own(days, country=None)) == ["consecutive_days"]
    planning = make_planning(rule_packs=(policy(rest, days),))
    (notice,) = (n for n in law_notices(planning, rule_book(planning)) if n.column == "limits")
    assert "36 h of rest in 7 x 24 h" in str(notice)


def test_permits_are_those_that_limits_name() -> None:
    names = permit_names(shipped_packs().values())
    assert {"NL.fewer_sundays", "SR.rest_day_work", "AU.additional_hours", "ID.overtime"} <= {
        *names
    }
    assert list(names) == sorted(set(names))


def test_notices_name_what_no_pack_says_once_for_all_agents() -> None:
    sites = (
        make_site("Africa/Casablanca", country="MA"),
        make_site("America/Paramaribo"),
    )
    agents = (
        *(make_agent(f"m{idx}", "casablanca") for idx in range(3)),
        make_agent("s1", "paramaribo"),
        make_agent("s2", "paramaribo"),
    )
    stays = (
        Location("s1", date(2027, 3, 3), "Australia/Sydney", "AU"),
        # Over before the horizon, and after it: nobody need know.
        Location("s2", date(2027, 3, 3), "Africa/Casablanca", "MA", date(2027, 3, 5)),
        Location("s2", date(2027, 1, 3), "Asia/Kathmandu", "NP", date(2027, 2, 1)),
        Location("s2", date(2027, 4, 3), "Europe/Madrid", "ES"),
    )
    planning = make_planning(sites=sites, agents=agents, locations=stays)
    assert notices_of(planning) == [
        ("no_law_pack", "sites.csv", "MA"),
        ("no_subdivision", "locations.csv", None),
        ("unknown_law", "rule packs AU, MA000023, SR", None),
    ]
    first, *_, last = law_notices(planning, rule_book(planning))
    assert "4 agents" in str(first)
    assert "docs/labour" in str(last)


def test_with_a_subdivision_nothing_is_said_about_it() -> None:
    site = make_site("Australia/Sydney", subdivision="AU-NSW")
    planning = make_planning(sites=(site,), agents=(make_agent(site_id="sydney"),))
    assert "no_subdivision" not in [code for code, _, _ in notices_of(planning)]


def test_the_agreement_without_premiums_is_named_until_it_is_filled() -> None:
    assert ("unknown_premiums", "rule pack NL-FCC", None) in notices_of(make_planning())
    sources = {"S": {"title": "Our copy of the agreement"}}
    filled = own(
        pack="NL-FCC",
        kind="agreement",
        country=None,
        sources=sources,
        premiums=[cite(name="night", factor="1.5", until="06:00")],
    )
    planning = make_planning(rule_packs=(filled,))
    assert "rule pack NL-FCC" not in [file for _, file, _ in notices_of(planning)]
    assert rule_book(planning).packs["NL"].includes == ("NL-FCC",)


def test_unconfirmed_limits_are_named_once_a_pack_and_only_in_use() -> None:
    unsure = {"confidence": "unconfirmed"}
    found = own(
        limit("daily_rest", min="12 h", **unsure),
        limit("consecutive_days", max="5 days", **unsure),
        limit("day_hours", max="9 h"),
        pack="Works",
        kind="agreement",
        country=None,
    )
    planning = make_planning(rule_packs=(found,))
    assert "unconfirmed_law" not in [code for code, _, _ in notices_of(planning)]
    planning = make_planning(rule_packs=(found,), contracts=(make_contract(rule_packs=("Works",)),))
    named = ("unconfirmed_law", "rule pack Works", "daily_rest, consecutive_days")
    assert [row for row in notices_of(planning) if row[0] == "unconfirmed_law"] == [named]
