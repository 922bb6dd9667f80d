"""Premiums and wages: cases worked by hand, and an oracle that reads the clock every minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.audit import audit_roster
from scheduler.audit.facts import AgentFacts, Duty, Facts, read_facts
from scheduler.audit.pay import (
    Surcharge,
    minutes_by_factor,
    premium_cents,
    surcharge_minutes,
    surcharge_of,
    wages_cents,
)
from scheduler.domain import (
    BreakRule,
    ExchangeRate,
    Location,
    Planning,
    Shift,
    Site,
    WakingHours,
)
from scheduler.labour import Night, Pack, Premium, RuleBook
from scheduler.timegrid.zones import local_of

from .world import (
    AMSTERDAM,
    KATHMANDU,
    NIGHT,
    SYDNEY,
    ZONES,
    bare_roster,
    make_planning,
    shift,
    shift_at,
    utc,
)

LORD_HOWE, PARAMARIBO = "Australia/Lord_Howe", "America/Paramaribo"
WEEKDAYS = (1, 2, 3, 4, 5)


def premium(factor: str, from_hour: float = 0, until_hour: float = 24, **changes: Any) -> Premium:
    made = Premium(
        name=f"{factor} {from_hour}-{until_hour} {changes}",
        article="art. 1",
        sources=(),
        confidence="confirmed",
        checked_on=date(2026, 11, 1),
        factor=Decimal(factor),
        from_minute=int(60 * from_hour),
        until_minute=int(60 * until_hour),
    )
    return replace(made, **changes)


def pack_of(*premiums: Premium, pack_id: str = "P", **changes: Any) -> Pack:
    return replace(Pack(pack_id, pack_id, "agreement", premiums=premiums), **changes)


BANDS = pack_of(
    premium("1.25", 0, 7, weekdays=WEEKDAYS),
    premium("1.25", 19, 24, weekdays=WEEKDAYS),
    premium("1.25", weekdays=(6,)),
    premium("1.5", 7, 19, weekdays=(7,)),
    premium("1.75", 0, 7, weekdays=(7,)),
    premium("1.75", 19, 24, weekdays=(7,)),
)
"""The bands of an award, all times of the week told apart."""
SMALL_HOURS = pack_of(premium("1.5", 0, 6))


def book_of(*packs: Pack) -> RuleBook:
    return RuleBook({pack.pack_id: pack for pack in packs})


def planning_under(*packs: Pack, zone: str = AMSTERDAM, **changes: Any) -> Planning:
    """One agent whose contract names the packs, twenty euros an hour."""
    contract = replace(NIGHT, rule_packs=tuple(pack.pack_id for pack in packs))
    return make_planning(zone=zone, contract=contract, **changes)


def read(planning: Planning, worked: Shift, *packs: Pack) -> tuple[Facts, AgentFacts, Duty]:
    facts = read_facts(planning, bare_roster(planning, [worked]), book_of(*packs))
    agent = facts.agents[worked.agent_id]
    (duty,) = agent.duties
    return facts, agent, duty


def surcharge(start: str, hours: float, *packs: Pack, zone: str = AMSTERDAM) -> Surcharge:
    planning = planning_under(*packs, zone=zone)
    _, agent, duty = read(planning, shift(planning, start, hours), *packs)
    return surcharge_of(agent, duty)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("start", "hours", "minutes"),
    [
        ("2027-06-04 08:00", 8, 0),
        ("2027-06-04 19:00", 5, 300 * 0.25),
        ("2027-06-04 18:45", 5, 285 * 0.25),
        ("2027-06-04 18:00", 8, 420 * 0.25),
        ("2027-06-05 20:00", 4.5, 240 * 0.25 + 30 * 0.75),
        ("2027-06-05 22:00", 11, (120 - 45) * 0.25 + 120 * 0.5 + 420 * 0.75),
        ("2027-06-06 15:00", 8, (240 - 30) * 0.5 + 240 * 0.75),
        ("2027-06-06 23:00", 5, 60 * 0.75 + 240 * 0.25),
    ],
)
def test_bands_by_hand_with_the_break_off_the_lowest_factor(
    zone: str, start: str, hours: float, minutes: float
) -> None:
    """Friday 4 to Monday 7 June 2027; 30 minutes of break over 5.5 h, 45 over 10 h."""
    found = surcharge(start, hours, BANDS, zone=zone)
    assert found == Surcharge("P" if minutes else None, Fraction(minutes))


@pytest.mark.parametrize(
    ("zone", "start", "hours", "until_hour", "minutes_inside"),
    [
        (AMSTERDAM, "2027-03-27 22:00", 7, 6, 300),
        (AMSTERDAM, "2027-10-30 22:00", 9, 6, 420),
        (SYDNEY, "2027-04-03 22:00", 9, 6, 420),
        (SYDNEY, "2027-10-02 22:00", 7, 6, 300),
        (KATHMANDU, "2027-03-27 22:00", 8, 6, 360),
        (LORD_HOWE, "2027-04-03 22:00", 8.5, 6, 390),
        (LORD_HOWE, "2027-10-02 22:00", 7.5, 6, 330),
        (AMSTERDAM, "2027-03-27 22:00", 7, 2.5, 120),
        (AMSTERDAM, "2027-10-30 22:00", 9, 2.5, 150),
        (AMSTERDAM, "2027-10-30 22:00", 9, 3, 240),
    ],
)
def test_nights_over_a_clock_change_have_the_hours_that_pass(
    zone: str, start: str, hours: float, until_hour: float, minutes_inside: int
) -> None:
    """The break always fits into the ordinary two hours before midnight."""
    small = pack_of(premium("1.4", 0, until_hour))
    assert surcharge(start, hours, small, zone=zone).minutes == Fraction(2, 5) * minutes_inside


def test_a_range_that_opens_in_a_repeated_hour_opens_at_its_first_pass() -> None:
    late = pack_of(premium("2", 2.5, 6))
    assert surcharge("2027-10-31 00:00", 5, late).minutes == 30 + 60 + 60
    assert surcharge("2027-03-28 00:00", 5, late).minutes == 180


def test_highest_and_sum() -> None:
    """Sunday 21:00 to Monday 05:00: 60 min Sunday alone, 120 both, 300 the small hours alone."""
    sunday, night = premium("1.5", weekdays=(7,)), premium("1.2", 22, 24)
    parts = (sunday, night, replace(night, from_minute=0, until_minute=360))
    highest = pack_of(*parts)
    start, hours = "2027-06-06 21:00", 8
    assert surcharge(start, hours, highest).minutes == 180 * Fraction(1, 2) + 270 * Fraction(1, 5)
    summed = replace(highest, stacking="sum")
    expected = 60 * Fraction(1, 2) + 120 * Fraction(7, 10) + 270 * Fraction(1, 5)
    assert surcharge(start, hours, summed).minutes == expected


def test_the_break_eats_upwards_and_only_when_unpaid() -> None:
    """05:45 to 12:00: 15 ordinary minutes, 60 at 1.2, 300 at 2."""
    steep = pack_of(premium("1.2", 6, 7), premium("2", 7, 12))
    assert surcharge("2027-06-02 05:45", 6.25, steep).minutes == 45 * Fraction(1, 5) + 300
    planning = planning_under(steep, break_rules=(BreakRule(330, 30, paid=True),))
    _, agent, duty = read(planning, shift(planning, "2027-06-02 05:45", 6.25), steep)
    assert surcharge_of(agent, duty).minutes == 60 * Fraction(1, 5) + 300
    assert minutes_by_factor(steep, agent, duty) == {1: 15, Fraction(6, 5): 60, 2: 300}


def test_premiums_begin_and_end_with_the_date_not_with_the_shift() -> None:
    since = pack_of(premium("1.5", valid_from=date(2027, 6, 3)))
    until = pack_of(premium("1.5", valid_to=date(2027, 6, 3)))
    assert surcharge("2027-06-02 21:00", 5, since).minutes == 60
    assert surcharge("2027-06-02 21:00", 5, until).minutes == 90


@pytest.mark.parametrize("order", [1, -1])
def test_the_larger_pack_pays_alone_and_of_equals_the_first(order: int) -> None:
    nights = pack_of(premium("1.3", 20, 24), pack_id="N")
    sundays = pack_of(premium("1.5", weekdays=(7,)), pack_id="S")
    packs = (nights, sundays)[::order]
    assert surcharge("2027-06-06 19:00", 5, *packs) == Surcharge("S", Fraction(150))
    assert surcharge("2027-06-05 20:30", 5, *packs) == Surcharge("N", Fraction(63))
    same = [pack_of(premium("1.5"), pack_id=key) for key in "NS"][::order]
    assert surcharge("2027-06-06 19:00", 5, *same).pack_id == same[0].pack_id


def test_traveller_is_paid_by_the_larger_of_both_places_on_the_clock_where_he_works() -> None:
    """Home in the Netherlands, in Sydney from Wednesday 24 to Wednesday 31 March 2027."""
    home = pack_of(premium("1.5", 0, 6), premium("2", weekdays=(7,)), pack_id="NL", country="NL")
    away = pack_of(premium("1.4", 20, 24), premium("1.6", 0, 6), pack_id="AU", country="AU")
    stay = Location("A1", date(2027, 3, 24), SYDNEY, "AU", date(2027, 3, 31), "AU-NSW")
    planning = make_planning(contract=NIGHT, locations=(stay,))

    def paid(start: str, hours: float, zone: str) -> Surcharge:
        worked = shift(planning, start, hours, zone=zone)
        _, agent, duty = read(planning, worked, home, away)
        return surcharge_of(agent, duty)

    assert paid("2027-03-22 20:00", 5, AMSTERDAM) == Surcharge("NL", Fraction(30))
    assert paid("2027-03-24 00:00", 5, SYDNEY) == Surcharge("AU", Fraction(180))
    assert paid("2027-03-25 20:00", 5, SYDNEY) == Surcharge("AU", Fraction(96 + 36))
    assert paid("2027-03-25 22:00", 5, SYDNEY) == Surcharge("AU", Fraction(48 + 108))
    assert paid("2027-03-28 08:00", 5, SYDNEY) == Surcharge("NL", Fraction(300))
    # 00:00 of the 31st in Sydney is 15:00 of the 30th at home: he is back at that instant.
    assert paid("2027-03-30 15:00", 6, AMSTERDAM) == Surcharge(None, Fraction(0))
    assert paid("2027-03-31 20:00", 5, AMSTERDAM) == Surcharge("NL", Fraction(30))


@pytest.mark.parametrize(
    ("site", "stay", "pack_country", "day", "pays"),
    [
        # At work in the pack's own country the place's region counts, not the site's.
        ("AU-WA", (SYDNEY, "AU", "AU-NSW"), "AU", "2027-10-04", True),
        ("AU-WA", (SYDNEY, "AU", "AU-NSW"), "AU", "2027-09-27", False),
        # Abroad it is the pack's country with the site's region.
        ("AU-WA", (AMSTERDAM, "NL", None), "AU", "2027-09-27", True),
        ("AU-WA", (AMSTERDAM, "NL", None), "AU", "2027-10-04", False),
        ("AU-WA", (AMSTERDAM, "NL", None), "AU", "2027-04-27", False),
        # A pack of another country, named by the contract alone: its national calendar.
        ("NL", None, "AU", "2027-01-26", True),
        ("NL", None, "AU", "2027-09-27", False),
        ("NL", None, "AU", "2027-04-27", False),
        ("AU-WA", (SYDNEY, "AU", "AU-NSW"), "NL", "2027-04-27", True),
        # A pack without a country keeps the calendar of the place.
        ("AU-WA", (AMSTERDAM, "NL", None), None, "2027-04-27", True),
        ("AU-WA", (AMSTERDAM, "NL", None), None, "2027-09-27", False),
        ("AU-WA", (SYDNEY, "AU", "AU-NSW"), None, "2027-10-04", True),
    ],
)
def test_whose_holidays_count(
    site: str,
    stay: tuple[str, str, str | None] | None,
    pack_country: str | None,
    day: str,
    pays: bool,
) -> None:
    """Labour Day of New South Wales 4 October, King's Birthday of Western Australia 27 September,
    Australia Day 26 January, King's Day of the Netherlands 27 April 2027."""
    pack = pack_of(premium("2", holiday=True, weekdays=()), country=pack_country)
    zone, country = (AMSTERDAM, "NL") if site == "NL" else ("Australia/Perth", "AU")
    home = Site("S", "Site", zone, country, "EUR", None if site == "NL" else site)
    when = date.fromisoformat(day)
    planning = planning_under(
        pack,
        sites=(home,),
        start=str(when - timedelta(days=3)),
        end=str(when + timedelta(days=3)),
        locations=()
        if stay is None
        else (Location("A1", when - timedelta(days=2), stay[0], stay[1], None, stay[2]),),
    )
    worked = shift(planning, f"{day} 09:00", 5, zone=stay[0] if stay else zone)
    _, agent, duty = read(planning, worked, pack)
    assert surcharge_of(agent, duty).minutes == (300 if pays else 0)


def test_a_holiday_lasts_from_midnight_to_midnight_and_keeps_its_weekday() -> None:
    """King's Day 2027 is a Tuesday: the Tuesday premium holds beside that of the holiday."""
    both = pack_of(
        premium("2", holiday=True, weekdays=(7,)), premium("1.5", weekdays=(2,)), stacking="sum"
    )
    assert surcharge("2027-04-26 22:00", 5, both).minutes == 180 * Fraction(3, 2)
    assert surcharge("2027-04-27 21:00", 5, both).minutes == 180 * Fraction(3, 2)
    assert surcharge("2027-05-04 21:00", 5, both).minutes == 180 * Fraction(1, 2)


def test_money_is_exact_at_the_rate_of_the_shifts_day_and_rounded_half_up_once() -> None:
    """The rate changes on Wednesday; the shift of Tuesday night is paid by Tuesday's."""
    rates = (
        ExchangeRate("SRD", Decimal("0.0251")),
        ExchangeRate("SRD", Decimal("0.03"), date(2027, 3, 24)),
    )
    planning = planning_under(SMALL_HOURS, exchange_rates=rates)
    in_dollars = replace(planning.agents[0], hourly_rate=Decimal("333.33"), currency="SRD")
    planning = replace(planning, agents=(in_dollars,))

    def pay(start: str) -> tuple[int, int]:
        facts, agent, duty = read(planning, shift(planning, start, 5), SMALL_HOURS)
        return wages_cents(facts, agent, duty), premium_cents(facts, agent, duty)

    # Wages 5 x 333.33 x 0.0251 = 41.832...; premium 2 x 333.33 x 0.0251 = 16.733...
    assert pay("2027-03-23 23:00") == (4183, 1673)
    # 5 and 2.5 x 333.33 x 0.03 = 49.9995 and 24.99975: both go up.
    assert pay("2027-03-24 00:00") == (5000, 2500)
    half = replace(planning.agents[0], hourly_rate=Decimal("0.02"), currency="EUR")
    planning = replace(planning, agents=(half,))
    # 2.5 hours of two cents are 5; a quarter of an hour's surcharge is half a cent and goes up.
    assert pay("2027-03-24 00:00") == (10, 5)
    assert pay("2027-03-23 19:30") == (10, 1)
    assert pay("2027-03-23 19:15") == (10, 0)


def _ticks_of_dates(start: datetime, end: datetime, zone: str) -> dict[date, list[tuple[int, int]]]:
    """Every minute around a shift by the date the clock shows: (minutes from start, shown)."""
    found: dict[date, list[tuple[int, int]]] = {}
    for tick in range(-1620, (end - start) // timedelta(minutes=1) + 1620):
        wall = local_of(start + timedelta(minutes=tick), zone).wall
        found.setdefault(wall.day, []).append((tick, wall.minute))
    return found


def _factors_by_reading_the_clock(
    pack: Pack, duty: Duty, holidays: frozenset[date]
) -> Iterator[Fraction]:
    """Yield the factor of every minute of a shift; an edge is the first minute at or after it."""
    for day, ticks in _ticks_of_dates(duty.start, duty.end, duty.zone).items():

        def edge(minute: int, ticks: Sequence[tuple[int, int]] = ticks) -> float:
            return next((tick for tick, shown in ticks if shown >= minute), float("inf"))

        for tick, _ in ticks:
            if not 0 <= tick < duty.elapsed_minutes:
                continue
            holding = [
                row.factor
                for row in pack.premiums
                if (day in holidays if row.holiday else day.isoweekday() in row.weekdays)
                and (row.valid_from is None or row.valid_from <= day)
                and edge(row.from_minute) <= tick < edge(row.until_minute)
            ]
            best = sum((x - 1 for x in holding), Decimal(1)) if pack.stacking == "sum" else None
            yield Fraction(best if best is not None else max(holding, default=Decimal(1)))


HOLIDAYS = {
    AMSTERDAM: ("NL", None, "2027-03-28 2027-03-29"),
    SYDNEY: ("AU", "AU-NSW", "2027-03-26 2027-03-27 2027-03-28 2027-03-29 2027-10-04"),
    LORD_HOWE: ("AU", "AU-NSW", "2027-03-26 2027-03-27 2027-03-28 2027-03-29 2027-10-04"),
    PARAMARIBO: ("SR", None, "2027-03-26 2027-03-29"),
    KATHMANDU: ("XX", None, ""),
}
"""Country, subdivision and public holidays near the weekends of the clock changes."""

_minutes = st.one_of(st.integers(0, 1440), st.sampled_from([0, 60, 120, 150, 165, 180, 1440]))
_premiums = st.builds(
    lambda factor, days, edges, holiday, valid_from: premium(
        str(factor),
        weekdays=tuple(sorted(days)),
        from_minute=min(edges),
        until_minute=max(edges),
        holiday=holiday,
        valid_from=valid_from,
    ),
    st.decimals(1, 4, places=4),
    st.sets(st.integers(1, 7), min_size=1),
    st.tuples(_minutes, _minutes).filter(lambda pair: pair[0] != pair[1]),
    st.integers(0, 3).map(lambda number: number == 0),
    st.sampled_from([None, None, date(2027, 3, 28), date(2027, 10, 3)]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(HOLIDAYS)),
    st.sampled_from(["2027-03-27", "2027-04-03", "2027-10-02", "2027-10-30", "2027-03-28"]),
    st.integers(0, 1800),
    st.integers(1, 800),
    st.lists(
        st.tuples(st.lists(_premiums, max_size=4), st.sampled_from(["highest", "sum"])),
        min_size=1,
        max_size=2,
    ),
)
def test_premiums_by_reading_the_clock_every_minute(
    zone: str,
    day: str,
    begin: int,
    length: int,
    tables: list[tuple[list[Premium], str]],
) -> None:
    country, region, dates = HOLIDAYS[zone]
    packs = [
        pack_of(*rows, pack_id=f"P{idx}", stacking=stacking)
        for idx, (rows, stacking) in enumerate(tables)
    ]
    planning = planning_under(
        *packs,
        sites=(Site("S", "Site", zone, country, "EUR", region),),
        start="2027-03-20",
        end="2027-11-10",
    )
    worked = shift_at(planning, utc(day) + timedelta(minutes=begin), length, zone=zone)
    facts, agent, duty = read(planning, worked, *packs)
    holidays = frozenset(date.fromisoformat(text) for text in dates.split())
    unpaid = 45 if length > 600 else 30 if length > 330 else 0
    expected = []
    for pack in packs:
        factors = sorted(_factors_by_reading_the_clock(pack, duty, holidays))
        assert len(factors) == length
        expected.append(sum((factor - 1 for factor in factors[unpaid:]), Fraction(0)))
        assert surcharge_minutes(pack, agent, duty) == expected[-1]
    most = max(expected)
    paid_by = f"P{expected.index(most)}" if most else None
    assert surcharge_of(agent, duty) == Surcharge(paid_by, most)
    cents = most * 2000 / 60
    assert premium_cents(facts, agent, duty) == (2 * cents.numerator + cents.denominator) // (
        2 * cents.denominator
    )


def test_figures_by_agent_site_and_pack() -> None:
    """Two homes; who travels is counted at home, and by the pack that paid."""
    dutch = pack_of(
        premium("1.5", 0, 6), pack_id="NL", country="NL", night=_night(0, 360, over_minutes=60)
    )
    australian = pack_of(
        premium("1.25", 19, 24), pack_id="AU", country="AU", night=_night(1080, 1440, half=True)
    )
    planning = make_planning(contract=NIGHT, agents=("A1", "A2"))
    sites = (planning.sites[0], Site("T", "Sydney", SYDNEY, "AU", "EUR", "AU-NSW"))
    first, second = planning.agents
    planning = replace(
        planning,
        sites=(*sites, replace(sites[0], site_id="U")),
        agents=(
            first,
            replace(second, site_id="T", waking_hours=WakingHours(8 * 60, 20 * 60)),
        ),
        locations=(Location("A1", date(2027, 3, 29), SYDNEY, "AU"),),
    )
    worked = [
        shift(planning, "2027-03-23 22:00", 5),  # 3 h at 1.5, 4 h after 23:00, night shift
        shift(planning, "2027-03-25 20:00", 5),  # 1 h at 1.5, night of 60 min is none
        shift(planning, "2027-03-30 17:00", 7, zone=SYDNEY),  # 5 h at 1.25, 1 h after 23:00
        shift(planning, "2027-03-24 16:00", 5, zone=SYDNEY, agent_id="A2"),  # 2 h, 1 h after 20:00
        shift(planning, "2027-03-25 15:00", 5, zone=SYDNEY, agent_id="A2"),  # 1 h, awake till 20:00
    ]
    book = book_of(dutch, australian)
    report = audit_roster(planning, bare_roster(planning, worked), book)
    measures, terms = report.measures, dict(report.terms)
    one, two = measures.agents

    assert one.premiums_by_pack == (("AU", 2500), ("NL", 3000 + 1000))
    assert two.premiums_by_pack == (("AU", 1500),)
    assert measures.premiums_by_pack == (("AU", 4000), ("NL", 4000))
    assert (one.premiums_cents, two.premiums_cents) == (6500, 1500)
    assert measures.premiums_cents == terms["premiums"] == 8000
    assert measures.wages_cents == terms["wages"] == (5 + 5 + 6.5 + 5 + 5) * 2000

    assert (one.own_night_minutes, two.own_night_minutes) == (4 * 60 + 2 * 60 + 60, 60)
    night = measures.own_night_supplement
    assert (night.shifts, night.minutes) == (4, 480)
    assert night.weight_cents == terms["own_night"] == 8 * 1500
    assert night.premiums_cents == 7500
    assert (two.own_night.shifts, two.own_night.premiums_cents) == (1, 1000)
    assert (one.night_shift_minutes, two.night_shift_minutes) == (5 * 60 + 7 * 60, 5 * 60)

    home, sydney, empty = measures.sites
    assert (home.site_id, home.agents, home.shifts, home.paid_minutes) == ("S", 1, 3, 990)
    assert (home.own_night_minutes, home.night_shift_minutes) == (420, 720)
    assert (home.wages_cents, home.premiums_cents) == (33000, 6500)
    assert (sydney.shifts, sydney.paid_minutes, sydney.wages_cents) == (2, 600, 20000)
    assert (sydney.own_night_minutes, sydney.premiums_cents) == (60, 1500)
    assert (empty.agents, empty.shifts, empty.premiums_cents) == (0, 0, 0)

    written = measures.to_dict()
    assert written["premiums_cents"] == 8000
    assert written["premiums_by_pack"] == {"AU": 4000, "NL": 4000}
    assert written["own_night"]["weight_cents"] == 12000
    assert written["night_shift_minutes"] == 1020
    assert [row["site_id"] for row in written["sites"]] == ["S", "T", "U"]
    assert written["agents"][0]["premiums_by_pack"] == {"AU": 2500, "NL": 4000}
    assert written["agents"][1]["own_night_minutes"] == 60


def _night(start: int, until: int, *, over_minutes: int = 0, half: bool = False) -> Night:
    return Night(
        name="night",
        article="art. 2",
        sources=(),
        confidence="confirmed",
        checked_on=date(2026, 11, 1),
        from_minute=start,
        until_minute=until,
        over_minutes=over_minutes,
        over_half=half,
    )
