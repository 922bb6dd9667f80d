"""Which packs and limits hold for whom, and when to the minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import Contract, Location, Site
from scheduler.labour import (
    AppliedPack,
    Pack,
    RuleBook,
    applied_limits,
    applied_packs,
    law_name,
    pack_from_document,
    premiums_on,
)
from scheduler.timegrid.timeline import place_timeline
from tests.builders import make_contract, make_site, utc
from tests.labour.packs import cite, document, limit

Row = tuple[str, tuple[str, ...], datetime | None, datetime | None]
REST = {"rule": "daily_rest", "min": "11 h"}


def a_pack(pack_id: str, *limits: dict[str, Any], **keys: Any) -> Pack:
    found = document(*limits, pack=pack_id, **({"country": pack_id} | keys))
    return pack_from_document(found, file="x")


def book(*packs: Pack, permits: frozenset[str] = frozenset()) -> RuleBook:
    return RuleBook({pack.pack_id: pack for pack in packs}, permits)


HOUSE = a_pack("house", limit(**REST), kind="policy", country=None)
WORLD = (
    a_pack("NL", limit(**REST), includes=["CAO"]),
    a_pack("CAO", limit(**REST), country=None, kind="agreement", includes=["NL"]),
    a_pack("AU", limit(**REST)),
    a_pack("ES", limit(**REST), includes=["EU"]),
    a_pack("PT", limit(**REST), includes=["EU"]),
    a_pack("EU", limit(**REST), country=None),
    HOUSE,
)


def rows(found: tuple[AppliedPack, ...]) -> list[Row]:
    return [(each.pack.pack_id, each.reasons, each.start, each.end) for each in found]


def packs_of(
    *stays: Location, contract: Contract | None = None, site: Site | None = None
) -> list[Row]:
    site = site or make_site()
    timeline = place_timeline(site, stays)
    return rows(applied_packs(book(*WORLD), contract or make_contract(), site, timeline))


def stay(country: str, zone: str, start: date, end: date | None = None) -> Location:
    return Location("a1", start, zone, country, end)


AT_HOME: list[Row] = [
    ("NL", ("site", "included"), None, None),
    ("CAO", ("included",), None, None),
    ("house", ("company",), None, None),
]


def test_at_home_hold_the_site_what_it_includes_and_the_company() -> None:
    assert packs_of() == AT_HOME


def test_a_traveller_is_under_both_laws_while_away_by_the_clock_there() -> None:
    sydney = stay("AU", "Australia/Sydney", date(2027, 3, 24), date(2027, 4, 6))
    # Midnight in Sydney is 13:00 UTC before, 14:00 UTC after the clock change of 4 April.
    away = ("AU", ("place",), utc("2027-03-23T13:00"), utc("2027-04-05T14:00"))
    assert packs_of(sydney) == [*AT_HOME[:2], away, AT_HOME[2]]


def test_two_stays_in_one_country_are_two_stretches_unless_they_touch() -> None:
    madrid, las_palmas = "Europe/Madrid", "Atlantic/Canary"
    first = stay("ES", madrid, date(2027, 1, 1), date(2027, 1, 10))
    later = stay("ES", las_palmas, date(2027, 1, 11), date(2027, 1, 20))
    found = packs_of(first, later)
    spans = [
        (utc("2026-12-31T23:00"), utc("2027-01-09T23:00")),
        (utc("2027-01-11T00:00"), utc("2027-01-20T00:00")),
    ]
    assert [row[2:] for row in found if row[0] == "ES"] == spans
    assert [row[2:] for row in found if row[0] == "EU"] == spans
    touching = stay("ES", las_palmas, date(2027, 1, 10), date(2027, 1, 20))
    joined = [(utc("2026-12-31T23:00"), utc("2027-01-20T00:00"))]
    assert [row[2:] for row in packs_of(first, touching) if row[0] == "ES"] == joined


def test_a_floor_that_two_countries_include_holds_through_both() -> None:
    spain = stay("ES", "Europe/Madrid", date(2027, 1, 1), date(2027, 1, 10))
    portugal = stay("PT", "Europe/Lisbon", date(2027, 1, 10), date(2027, 1, 20))
    floor = [row for row in packs_of(spain, portugal) if row[0] == "EU"]
    assert floor == [("EU", ("included",), utc("2026-12-31T23:00"), utc("2027-01-20T00:00"))]


def test_a_stay_in_the_country_of_the_site_adds_nothing() -> None:
    assert packs_of(stay("NL", "Europe/Amsterdam", date(2027, 1, 1))) == AT_HOME


def test_the_law_and_the_packs_of_the_contract_hold_always() -> None:
    contract = make_contract(law="AU", rule_packs=("EU",))
    found = packs_of(stay("AU", "Australia/Sydney", date(2027, 1, 1)), contract=contract)
    assert ("AU", ("contract", "place"), None, None) in found
    assert ("EU", ("named",), None, None) in found


def test_without_a_pack_for_the_country_the_company_holds_alone() -> None:
    found = packs_of(site=make_site("Asia/Kathmandu", country="NP"))
    assert found == [("house", ("company",), None, None)]


COUNTRIES = {"NL": "Europe/Amsterdam", "AU": "Australia/Sydney", "ES": "Europe/Madrid"}
STAYS = st.lists(
    st.tuples(st.sampled_from(sorted(COUNTRIES)), st.integers(1, 40), st.integers(1, 40)),
    max_size=5,
)


@given(STAYS)
@settings(max_examples=150, deadline=None)
def test_a_pack_holds_where_the_agent_is_and_stretches_of_one_do_not_touch(
    plan: list[tuple[str, int, int]],
) -> None:
    day, stays = date(2027, 1, 1).toordinal(), []
    for country, gap, length in plan:
        start, end = day + gap, day + gap + length
        days = date.fromordinal(start), date.fromordinal(end)
        stays.append(stay(country, COUNTRIES[country], *days))
        day = end
    timeline = place_timeline(make_site(), stays)
    found = applied_packs(book(*WORLD), make_contract(), make_site(), timeline)
    for pack_id in ("AU", "ES", "EU"):
        spans = [(each.start, each.end) for each in found if each.pack.pack_id == pack_id]
        for (_, before), (after, _) in pairwise(spans):
            assert before is not None
            assert after is not None
            assert before < after
        country = "ES" if pack_id == "EU" else pack_id
        expected = [(place.start, place.end) for place in timeline if place.country == country]
        edges = [edge for span in expected for edge in span if edge is not None]
        for instant in (*edges, *(edge - timedelta(minutes=1) for edge in edges)):
            there = any(
                (start is None or start <= instant) and (end is None or instant < end)
                for start, end in expected
            )
            holds = any(
                (start is None or start <= instant) and (end is None or instant < end)
                for start, end in spans
            )
            assert there == holds


def limits_of(
    pack: Pack,
    *stays: Location,
    contract: Contract | None = None,
    permits: frozenset[str] = frozenset(),
) -> list[tuple[str, datetime | None, datetime | None]]:
    site = make_site()
    found = applied_limits(
        book(pack, permits=permits), contract or make_contract(), site, place_timeline(site, stays)
    )
    return [(each.limit.name, each.start, each.end) for each in found]


def test_validity_begins_and_ends_at_midnight_of_the_site() -> None:
    pack = a_pack(
        "NL",
        limit(**REST, valid_to="2027-07-01"),
        limit("daily_rest", min="12 h", valid_from="2027-07-01"),
    )
    change = utc("2027-06-30T22:00")
    assert limits_of(pack) == [("daily_rest", None, change), ("daily_rest", change, None)]


def test_validity_and_stay_are_cut_with_each_other() -> None:
    pack = a_pack(
        "AU",
        limit(**REST, name="ends", valid_to="2027-04-01"),
        limit(**REST, name="over", valid_to="2027-03-01"),
        limit(**REST, name="begins", valid_from="2027-04-01"),
        limit(**REST, name="later", valid_from="2027-05-01"),
        limit(**REST, name="long", valid_from="2027-01-01", valid_to="2028-01-01"),
    )
    away = stay("AU", "Australia/Sydney", date(2027, 3, 24), date(2027, 4, 6))
    start, end = utc("2027-03-23T13:00"), utc("2027-04-05T14:00")
    change = utc("2027-03-31T22:00")
    assert limits_of(pack, away) == [
        ("ends", start, change),
        ("begins", change, end),
        ("long", start, end),
    ]


def test_a_limit_that_ends_when_the_stay_begins_does_not_hold() -> None:
    pack = a_pack(
        "ES",
        limit(**REST, name="before", valid_to="2027-03-24"),
        limit(**REST, name="after", valid_from="2027-04-06"),
        limit(**REST, name="one_day", valid_to="2027-03-25"),
    )
    away = stay("ES", "Europe/Madrid", date(2027, 3, 24), date(2027, 4, 6))
    day = (utc("2027-03-23T23:00"), utc("2027-03-24T23:00"))
    assert limits_of(pack, away) == [("one_day", *day)]


def test_a_permit_lifts_only_the_limits_of_its_pack_that_name_it() -> None:
    pack = a_pack(
        "NL",
        limit(**REST, name="lifted", waived_by="overtime"),
        limit(**REST, name="other", waived_by="sundays"),
        limit(**REST, name="plain"),
    )
    every = ["lifted", "other", "plain"]
    for permits, names in (
        (frozenset(), every),
        (frozenset({"NL.overtime"}), every[1:]),
        (frozenset({"SR.overtime"}), every),
        (frozenset({"overtime"}), every),
        (frozenset({"NL"}), every),
    ):
        assert [row[0] for row in limits_of(pack, permits=permits)] == names


def test_days_over_looks_at_the_contract_and_takes_seven_for_nothing() -> None:
    pack = a_pack(
        "NL",
        limit(**REST, name="six", days_over="5 days"),
        limit(**REST, name="five", days_over="4 days"),
        limit(**REST, name="any"),
    )
    expected = {
        4: ["any"],
        5: ["five", "any"],
        6: ["six", "five", "any"],
        None: ["six", "five", "any"],
    }
    for days, names in expected.items():
        contract = make_contract(max_days_week=days)
        assert [row[0] for row in limits_of(pack, contract=contract)] == names


def test_on_call_divides_contracts() -> None:
    pack = a_pack(
        "NL",
        limit(**REST, name="call", on_call="yes"),
        limit(**REST, name="fixed", on_call="no"),
        limit(**REST, name="both"),
    )
    for on_call, names in ((True, ["call", "both"]), (False, ["fixed", "both"])):
        contract = make_contract(on_call=on_call)
        assert [row[0] for row in limits_of(pack, contract=contract)] == names


def test_work_falls_under_a_limit_from_its_first_instant_to_before_its_last() -> None:
    site = make_site()
    away = stay("AU", "Australia/Sydney", date(2027, 3, 24), date(2027, 4, 6))
    timeline = place_timeline(site, [away])
    (found,) = applied_limits(book(a_pack("AU", limit(**REST))), make_contract(), site, timeline)
    assert [
        found.holds_at(utc(text))
        for text in ("2027-03-23T12:59", "2027-03-23T13:00", "2027-04-05T13:59", "2027-04-05T14:00")
    ] == [False, True, True, False]


def test_premiums_are_those_valid_on_the_date() -> None:
    found = [
        cite(name="p", factor="1.2", valid_to="2027-01-01"),
        cite(name="p", factor="1.3", valid_from="2027-01-01", valid_to="2028-01-01"),
    ]
    pack = a_pack("NL", premiums=found)
    factors = {
        day: [str(premium.factor) for premium in premiums_on(pack, day)]
        for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    }
    assert list(factors.values()) == [["1.2"], ["1.3"], ["1.3"], []]


def test_findings_cite_law_and_never_what_is_not_confirmed() -> None:
    pack = a_pack("NL", limit(**REST), limit(**REST, name="n", confidence="unconfirmed"))
    assert law_name(pack, pack.limits[0]) == "NL: art. 1"
    assert law_name(pack, pack.limits[1]) == "company policy (unconfirmed NL: art. 1)"
    assert law_name(HOUSE, HOUSE.limits[0]) == "company policy"
