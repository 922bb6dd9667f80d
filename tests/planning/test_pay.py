"""Pay of shifts: by figures worked out by hand, and against reading the clock minute by minute."""

from __future__ import annotations

import gc
import re
import weakref
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.domain import ExchangeRate, Horizon, Location, Planning, Site
from scheduler.labour.applied import AppliedPack
from scheduler.labour.pack import Pack, Premium
from scheduler.labour.pack_file import pack_from_yaml
from scheduler.planning.clocks import minute_of
from scheduler.planning.patterns import Almanac
from scheduler.planning.pay import AgentPay, pay_book, whole_cents
from scheduler.planning.people import agent_days
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.timeline import Place, day_of, place_at
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of, start_of_day
from tests.builders import make_agent, make_pin, make_planning, make_site, utc

MINUTE = timedelta(minutes=1)
ALL_WEEK = (1, 2, 3, 4, 5, 6, 7)
WORK_WEEK = (1, 2, 3, 4, 5)


def premium(factor: str, from_hour: float = 0, until_hour: float = 24, **changes) -> Premium:
    return Premium(
        name="p",
        article="art. 1",
        sources=(),
        confidence="reading",
        checked_on=date(2026, 11, 1),
        factor=Decimal(factor),
        from_minute=round(from_hour * 60),
        until_minute=round(until_hour * 60),
        **changes,
    )


def pack(*premiums: Premium, pack_id: str = "P", **changes) -> Pack:
    return Pack(pack_id, pack_id, "agreement", premiums=premiums, **changes)


def always(*packs: Pack) -> list[AppliedPack]:
    return [AppliedPack(each, ("named",), None, None) for each in packs]


CALL_CENTRES_AWARD = pack(
    premium("1.25", 0, 7, weekdays=WORK_WEEK),
    premium("1.25", 19, 24, weekdays=WORK_WEEK),
    premium("1.25", weekdays=(6,)),
    premium("1.75", 0, 7, weekdays=(7,)),
    premium("1.5", 7, 19, weekdays=(7,)),
    premium("1.75", 19, 24, weekdays=(7,)),
    premium("2.5", holiday=True),
    pack_id="MA000023",
)
"""Bands of the Australian award: the best one counts."""


class Desk:
    """One agent of one site, with packs; shifts are given by their local start and length."""

    def __init__(
        self,
        zone: str,
        day: date,
        packs: Sequence[AppliedPack],
        *,
        days: int = 14,
        site: Site | None = None,
        rate: str = "20",
        currency: str = "EUR",
        **planning,
    ) -> None:
        self.site = site or make_site(zone)
        agent = make_agent("a1", self.site.site_id, hourly_rate=Decimal(rate), currency=currency)
        self.planning: Planning = make_planning(
            horizon=Horizon(day, day + timedelta(days=days), zone),
            sites=(self.site,),
            agents=(agent,),
            **planning,
        )
        self.start, end = horizon_bounds(self.planning.horizon)
        self.almanac = Almanac(
            self.planning, SlotGrid(self.start, (end - self.start) // MINUTE // 15)
        )
        (self.person,) = agent_days(self.planning, self.almanac.grid)
        self.pay = AgentPay(self.almanac, self.person, packs)

    def premium(self, start_utc: str, minutes: int, *, unpaid: int = 0) -> int:
        start = utc(start_utc)
        first = minute_of(self.almanac.grid, start)
        cents = self.pay.premium_cents(
            np.array([first]),
            np.array([first + minutes]),
            np.array([unpaid]),
            place_at(self.person.timeline, start),
            day_of(self.person.timeline, start),
        )
        assert cents.dtype == np.int32
        return int(cents[0])

    def wages(self, paid_minutes: int, day: date) -> int:
        return int(self.pay.wages_cents(np.array([paid_minutes], dtype=np.int32), day)[0])


# By hand; 20 EUR an hour, so that a surcharge hour of half the rate is 10 EUR.


def test_a_sunday_night_over_the_change_of_clocks() -> None:
    nights = pack(premium("1.5", 22, 24), premium("1.5", 0, 6))
    sundays = pack(premium("2", weekdays=(7,)), pack_id="S")
    spring = Desk("Europe/Amsterdam", date(2027, 3, 22), always(nights))
    # Saturday 22:00 to Sunday 06:00 on the clock: seven hours, all of them night.
    assert spring.premium("2027-03-27T21:00", 420) == 7 * 1000
    autumn = Desk("Europe/Amsterdam", date(2027, 10, 25), always(nights))
    assert autumn.premium("2027-10-30T20:00", 540) == 9 * 1000
    # The night into Monday is the plain one of eight hours.
    assert autumn.premium("2027-10-31T21:00", 480) == 8 * 1000
    # The Sunday itself begins at its own midnight: five hours in spring, seven in autumn.
    spring = Desk("Europe/Amsterdam", date(2027, 3, 22), always(sundays))
    assert spring.premium("2027-03-27T21:00", 420) == 5 * 2000
    autumn = Desk("Europe/Amsterdam", date(2027, 10, 25), always(sundays))
    assert autumn.premium("2027-10-30T20:00", 540) == 7 * 2000


def test_edges_in_the_repeated_and_the_skipped_hour() -> None:
    early = pack(premium("2", 0, 2.5))
    # 02:30 comes twice: the range ends when it first comes, so it has two hours and a half.
    autumn = Desk("Europe/Amsterdam", date(2027, 10, 25), always(early))
    assert autumn.premium("2027-10-30T22:00", 480) == 5000
    # 02:30 never comes: it ends when the clock jumps over it, after two hours.
    spring = Desk("Europe/Amsterdam", date(2027, 3, 22), always(early))
    assert spring.premium("2027-03-27T23:00", 480) == 4000
    # The same in Lord Howe, where half an hour is skipped: 02:00 to 02:30.
    site = make_site("Australia/Lord_Howe")
    spring = Desk(site.zone, date(2027, 9, 27), always(early))
    assert spring.premium("2027-10-02T13:30", 480) == 4000
    assert spring.premium("2027-10-01T13:30", 480) == 5000


def test_the_award_of_australian_call_centres_by_band() -> None:
    desk = Desk("Australia/Sydney", date(2027, 3, 15), always(CALL_CENTRES_AWARD), days=21)
    # Sydney is eleven hours ahead. Wednesday 17 March: 07:00-19:00 is plain.
    assert desk.premium("2027-03-16T20:00", 720) == 0
    assert desk.premium("2027-03-16T19:00", 720) == 500  # 06:00-18:00: an hour at a quarter
    assert desk.premium("2027-03-17T04:00", 480) == 4 * 500  # 15:00-23:00
    # Friday 20:00 to Saturday 08:00: every hour at a quarter, without a seam at midnight.
    assert desk.premium("2027-03-19T09:00", 720) == 12 * 500
    # Saturday 20:00 to Sunday 08:00: 4 h at 1.25, 7 h at 1.75, 1 h at 1.50.
    assert desk.premium("2027-03-20T09:00", 720) == 4 * 500 + 7 * 1500 + 1000
    # Sunday 18:00 to Monday 02:00: 1 h at 1.50, 5 h at 1.75, 2 h at 1.25.
    assert desk.premium("2027-03-21T07:00", 480) == 1000 + 5 * 1500 + 2 * 500
    # Its break of 45 minutes is taken off the cheapest, those two hours.
    assert desk.premium("2027-03-21T07:00", 480, unpaid=45) == 1000 + 5 * 1500 + 625
    # 150 minutes use the two hours up and half an hour of the next cheapest.
    assert desk.premium("2027-03-21T07:00", 480, unpaid=150) == 500 + 5 * 1500


def test_easter_monday_in_new_south_wales() -> None:
    nsw = make_site("Australia/Sydney", subdivision="AU-NSW")
    desk = Desk(nsw.zone, date(2027, 3, 22), always(CALL_CENTRES_AWARD), site=nsw)
    # Easter Sunday (a holiday there) 20:00 to Monday 29 March 08:00: every hour at 2.50.
    assert desk.premium("2027-03-28T09:00", 720) == 12 * 3000
    # Monday 18:00 to Tuesday 02:00: six hours of the holiday, two of a weekday's night.
    assert desk.premium("2027-03-29T07:00", 480) == 6 * 3000 + 2 * 500
    # Labour Day of New South Wales falls on 4 October, that of Victoria in March.
    victoria = make_site("Australia/Sydney", subdivision="AU-VIC")
    for site, cents in ((nsw, 8 * 3000), (victoria, 0)):
        desk = Desk(site.zone, date(2027, 9, 27), always(CALL_CENTRES_AWARD), site=site)
        assert desk.premium("2027-10-03T20:00", 480) == cents


def test_kings_day_begins_at_midnight_where_the_work_is() -> None:
    holidays = pack(premium("2", holiday=True, weekdays=(7,)), country="NL")
    day = date(2027, 4, 19)
    amsterdam = Desk("Europe/Amsterdam", day, always(holidays))
    # 26 April 20:00 UTC to 27 April 04:00: King's Day begins at 22:00 UTC (and is a Tuesday).
    assert amsterdam.premium("2027-04-26T20:00", 480) == 6 * 2000
    # Work in Paramaribo under Dutch rules: the Dutch holiday, on the clock of Paramaribo.
    paramaribo = Desk("America/Paramaribo", day, always(holidays))
    assert paramaribo.premium("2027-04-26T20:00", 480) == 1 * 2000
    # Without a country the pack follows the place, where it is a plain day.
    anywhere = replace(holidays, country=None)
    assert Desk("America/Paramaribo", day, always(anywhere)).premium("2027-04-26T20:00", 480) == 0
    assert Desk("Europe/Amsterdam", day, always(anywhere)).premium("2027-04-26T20:00", 480) > 0


def test_the_sites_subdivision_for_an_agent_abroad() -> None:
    award = replace(CALL_CENTRES_AWARD, country="AU", premiums=CALL_CENTRES_AWARD.premiums[-1:])
    stay = Location("a1", date(2027, 9, 20), "Europe/Amsterdam", "NL")
    for subdivision, cents in (("AU-NSW", 8 * 3000), ("AU-VIC", 0)):
        site = make_site("Australia/Sydney", subdivision=subdivision)
        desk = Desk(site.zone, date(2027, 9, 27), always(award), site=site, locations=(stay,))
        # 4 October 2027 from 08:00 in Amsterdam.
        assert desk.premium("2027-10-04T06:00", 480) == cents
    # A site elsewhere: what is a holiday in all of Australia, 26 January, by the clock of the work.
    dutch = make_site(subdivision="NL-NH")
    desk = Desk(dutch.zone, date(2027, 1, 25), always(award), site=dutch)
    assert desk.premium("2027-01-25T19:00", 480) == 4 * 3000


def test_premiums_hold_by_the_date_of_the_minute_packs_by_the_start_of_the_shift() -> None:
    old = premium("1.5", valid_to=date(2027, 3, 3))
    new = premium("2", valid_from=date(2027, 3, 3))
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), always(pack(old, new)))
    # 2 March 20:00 to 3 March 04:00.
    assert desk.premium("2027-03-02T19:00", 480) == 4 * 1000 + 4 * 2000
    applied = AppliedPack(
        pack(premium("2")), ("place",), utc("2027-03-02T12:00"), utc("2027-03-03T12:00")
    )
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), [applied])
    assert desk.premium("2027-03-02T11:45", 480) == 0
    assert desk.premium("2027-03-02T12:00", 480) == 8 * 2000
    assert desk.premium("2027-03-03T11:45", 480) == 8 * 2000
    assert desk.premium("2027-03-03T12:00", 480) == 0


def test_the_best_pack_counts_for_the_whole_shift() -> None:
    evening, morning = pack(premium("2", 22, 24)), pack(premium("1.5", 0, 6), pack_id="Q")
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), always(evening, morning))
    assert desk.premium("2027-03-02T21:00", 480) == 6 * 1000  # 2 h at 2, or 6 h at 1.5
    assert desk.premium("2027-03-02T19:00", 480) == 2 * 2000  # 2 h at 2, or 4 h at 1.5 (a tie)
    assert desk.premium("2027-03-02T18:00", 480) == 2 * 2000
    together = replace(evening, premiums=evening.premiums + morning.premiums)
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), always(together))
    assert desk.premium("2027-03-02T21:00", 480) == 2 * 2000 + 6 * 1000


def test_stacking() -> None:
    bands = premium("1.25", 18, 24), premium("1.5", 20, 24), premium("1.1")
    for stacking, cents in (("highest", 4 * 200 + 2 * 500 + 2 * 1000), ("sum", 1600 + 2000 + 2000)):
        desk = Desk("Europe/Amsterdam", date(2027, 3, 1), always(pack(*bands, stacking=stacking)))
        assert desk.premium("2027-03-02T13:00", 480) == cents  # 14:00-22:00


def test_each_shift_is_rounded_half_up_at_the_rate_of_its_day() -> None:
    rates = (
        ExchangeRate("AUD", Decimal("0.6")),
        ExchangeRate("AUD", Decimal("0.625"), date(2027, 3, 3)),
    )
    desk = Desk(
        "Australia/Sydney",
        date(2027, 3, 1),
        always(pack(premium("1.25"))),
        rate="30.10",
        currency="AUD",
        exchange_rates=rates,
    )
    # 30.10 at 0.6 is 18.06 an hour, 4.515 of premium; at 0.625 it is 18.8125 and 4.703125.
    assert desk.wages(60, date(2027, 3, 2)) == 1806
    assert desk.wages(60, date(2027, 3, 3)) == 1881
    assert desk.wages(480, date(2027, 3, 3)) == 15050
    assert desk.premium("2027-03-01T20:00", 60) == 452  # Tuesday 2 March 07:00, half up
    # 2 March 23:00 to 3 March 05:00: all at the rate of the day on which it starts.
    assert desk.premium("2027-03-02T12:00", 360) == 2709
    assert desk.premium("2027-03-02T13:00", 360) == 2822  # from midnight: 28.21875
    with pytest.raises(KeyError):
        Desk("Australia/Sydney", date(2027, 3, 1), (), currency="AUD").wages(60, date(2027, 3, 2))


def test_the_example_of_the_manual() -> None:
    page = (Path(__file__).parents[2] / "docs" / "pay.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    agreement = pack_from_yaml(blocks[0], file="pay.md")
    desk = Desk("Europe/Amsterdam", date(2027, 10, 25), always(agreement), rate="18")
    wages_cents = desk.wages(510, date(2027, 10, 30))
    premium_cents = desk.premium("2027-10-30T18:00", 540, unpaid=30)
    assert f"Wages are 510 minutes, {wages_cents / 100:.2f} EUR" in page
    assert f"premiums are 202.5 minutes, {premium_cents / 100:.2f} EUR" in page


@given(
    st.lists(st.integers(0, 10**8), max_size=5),
    st.fractions(0, 20, max_denominator=10**12) | st.fractions(0, 20, max_denominator=10**25),
)
@example([86_400_000, 1], Fraction(999_999_999_989, 10**12))
@example([3], Fraction(1, 2))
def test_whole_cents_are_exact(amounts: list[int], cents_each: Fraction) -> None:
    found = whole_cents(np.array(amounts, dtype=np.int64), cents_each)
    assert found.tolist() == [half_up(amount * cents_each) for amount in amounts]


def test_money_beyond_the_solver_is_refused() -> None:
    amounts = np.array([0, 2**31 - 1], dtype=np.int64)
    assert whole_cents(amounts, Fraction(1)).tolist() == [0, 2**31 - 1]
    with pytest.raises(OverflowError):
        whole_cents(amounts + 1, Fraction(1))


def test_a_pin_may_run_on_for_days_after_the_horizon() -> None:
    pin = make_pin("a1", "2027-03-07T20:00", 150 * 60)
    packs = always(pack(premium("2")))
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), packs, days=7, pins=(pin,))
    assert desk.premium("2027-03-07T19:00", 150 * 60) == 150 * 2000


def test_agents_share_tables_without_mixing_them_up() -> None:
    places = (
        ("Australia/Sydney", "AU-NSW"),
        ("Australia/Sydney", "AU-VIC"),
        ("Australia/Lord_Howe", "AU-NSW"),
        ("Asia/Kathmandu", None),
        ("Asia/Kathmandu", None),
    )
    sites = tuple(
        make_site(zone, site_id=f"s{idx}", subdivision=subdivision)
        for idx, (zone, subdivision) in enumerate(places)
    )
    agents = tuple(
        make_agent(f"a{idx}", site.site_id, hourly_rate=Decimal(20 + idx))
        for idx, site in enumerate(sites)
    )
    planning = make_planning(
        horizon=Horizon(date(2027, 10, 2), date(2027, 10, 9), "UTC"), sites=sites, agents=agents
    )
    grid = SlotGrid(horizon_bounds(planning.horizon)[0], 7 * 96)
    others = pack(premium("1.5", 18, 24), premium("1.5", 0, 6), pack_id="Q")
    start = np.repeat(np.arange(0, 5 * 1440, 60), 2)
    end = start + np.tile([480, 600], len(start) // 2)
    unpaid = np.full(len(start), 30)

    def cents(almanac: Almanac, idx: int, packs: Sequence[Pack], more: int, free: int) -> list[int]:
        person = agent_days(planning, almanac.grid)[idx]
        pay, place = AgentPay(almanac, person, always(*packs)), person.timeline[0]
        day = planning.horizon.start
        return pay.premium_cents(start, end + more, unpaid + free, place, day).tolist()

    shared, seen = Almanac(planning, grid), set()
    for packs in ((CALL_CENTRES_AWARD,), (others,), (CALL_CENTRES_AWARD, others)):
        for case in product(range(len(agents)), (packs,), (0, 15), (0, 15)):
            alone = cents(Almanac(planning, grid), *case)
            assert cents(shared, *case) == alone
            seen.add(tuple(alone))
    assert len(seen) == 3 * len(agents) * 4


def test_the_pay_book_is_that_of_the_almanac_and_goes_with_it() -> None:
    desk = Desk("Europe/Amsterdam", date(2027, 3, 1), always(pack(premium("2"))))
    book = weakref.ref(pay_book(desk.almanac))
    assert pay_book(desk.almanac) is book()
    assert pay_book(Almanac(desk.planning, desk.almanac.grid)) is not book()
    del desk
    gc.collect()
    assert book() is None


# Minute by minute


class Oracle:
    """What the clock shows each minute around a shift; a clock set back stands still meanwhile."""

    def __init__(self, zone: str, start: datetime, minutes: int) -> None:
        shown, self.minutes = (date.min, 0), []
        before = 180
        for idx in range(-before, minutes):
            wall = local_of(start + idx * MINUTE, zone).wall
            shown = max(shown, (wall.day, wall.minute))
            if idx >= 0:
                self.minutes.append(shown)

    def surcharge(self, pack: Pack, calendar: tuple[str, str | None], unpaid: int) -> Fraction:
        factors = []
        for day, minute in self.minutes:
            met = []
            for each in pack.premiums:
                if each.valid_from and day < each.valid_from:
                    continue
                if each.valid_to and day >= each.valid_to:
                    continue
                if each.holiday and not is_public_holiday(day, *calendar):
                    continue
                if not each.holiday and (day.weekday() + 1) not in each.weekdays:
                    continue
                if each.from_minute <= minute < each.until_minute:
                    met.append(Fraction(each.factor))
            if pack.stacking == "highest":
                factors.append(max(met, default=Fraction(1)))
            else:
                factors.append(1 + sum(factor - 1 for factor in met))
        return sum((factor - 1 for factor in sorted(factors)[unpaid:]), Fraction())


WORLD = (
    # Zone, country, subdivision, a date at which clocks change there or a holiday is near.
    ("Europe/Amsterdam", "NL", None, date(2027, 3, 26)),
    ("Europe/Amsterdam", "NL", None, date(2027, 10, 29)),
    ("Europe/Amsterdam", "NL", None, date(2027, 4, 26)),
    ("Australia/Sydney", "AU", "AU-NSW", date(2027, 4, 2)),
    ("Australia/Sydney", "AU", "AU-NSW", date(2027, 10, 2)),
    ("Australia/Lord_Howe", "AU", "AU-NSW", date(2027, 4, 2)),
    ("Australia/Lord_Howe", "AU", "AU-NSW", date(2027, 10, 2)),
    ("America/Paramaribo", "SR", None, date(2027, 3, 27)),
    ("America/Paramaribo", "SR", None, date(2027, 4, 26)),
    ("Asia/Kathmandu", "NP", None, date(2027, 3, 27)),
    # The clock goes back at midnight: the last hour of a date comes twice.
    ("America/Nuuk", "GL", None, date(2027, 10, 29)),
)
EDGES = (0, 1, 90, 120, 135, 150, 180, 360, 420, 1140, 1320, 1380, 1410, 1439, 1440)


@st.composite
def premiums(draw: st.DrawFn, day: date) -> Premium:
    from_minute, until_minute = sorted(
        draw(st.lists(st.sampled_from(EDGES), min_size=2, max_size=2, unique=True))
    )
    near = st.none() | st.integers(0, 4).map(lambda days: day + timedelta(days=days))
    valid_from, valid_to = draw(near), draw(near)
    return replace(
        premium(str(Decimal(draw(st.integers(10_000, 30_000))).scaleb(-4))),
        weekdays=tuple(draw(st.sets(st.sampled_from(ALL_WEEK), min_size=1))),
        holiday=draw(st.booleans()),
        from_minute=from_minute,
        until_minute=until_minute,
        valid_from=valid_from,
        valid_to=valid_to,
    )


@st.composite
def pay_worlds(draw: st.DrawFn) -> tuple[Desk, list[AppliedPack], list[tuple[datetime, int, int]]]:
    zone, country, subdivision, day = draw(st.sampled_from(WORLD))
    at_home = draw(st.booleans())
    away = () if at_home else (Location("a1", day, zone, country, None, subdivision),)
    site = (
        make_site(zone, country=country, subdivision=subdivision)
        if at_home
        else make_site("Australia/Sydney", subdivision=draw(st.sampled_from(("AU-VIC", None))))
    )
    first = start_of_day(day, zone)
    offsets = st.integers(0, 3 * 96).map(lambda quarters: first + quarters * 15 * MINUTE)
    packs = [
        AppliedPack(
            pack(
                *draw(st.lists(premiums(day), min_size=1, max_size=4)),
                pack_id=pack_id,
                country=draw(st.sampled_from((None, "NL", "AU", "SR"))),
                stacking=draw(st.sampled_from(("highest", "sum"))),
            ),
            ("named",),
            draw(st.none() | offsets),
            draw(st.none() | offsets),
        )
        for pack_id in ("P", "Q")[: draw(st.integers(1, 2))]
    ]
    rates = [
        ExchangeRate("XXX", Decimal(draw(st.integers(1, 10**10))).scaleb(-8), from_date)
        for from_date in (None, day + timedelta(days=1), day + timedelta(days=2))
    ]
    desk = Desk(
        zone,
        day,
        packs,
        days=4,
        site=site,
        rate=str(Decimal(draw(st.integers(0, 500_000))).scaleb(-4)),
        currency="XXX",
        exchange_rates=tuple(draw(st.permutations(rates))),
        locations=away,
    )
    lengths = st.integers(1, 48).map(lambda quarters: quarters * 15)
    shifts = draw(
        st.lists(
            st.tuples(offsets, lengths, st.sampled_from((0, 15, 30, 45, 300))),
            min_size=1,
            max_size=4,
        )
    )
    return desk, packs, [(start, length, min(unpaid, length)) for start, length, unpaid in shifts]


@settings(max_examples=150, deadline=None)
@given(pay_worlds())
def test_pay_is_that_of_every_minute(world) -> None:
    desk, packs, shifts = world
    by_day: dict[tuple[date, Place], list[tuple[datetime, int, int]]] = {}
    for start, length, unpaid in shifts:
        key = day_of(desk.person.timeline, start), place_at(desk.person.timeline, start)
        by_day.setdefault(key, []).append((start, length, unpaid))
    agent = desk.planning.agents[0]
    for (day, place), rows in by_day.items():
        starts = np.array([(start - desk.start) // MINUTE for start, _, _ in rows])
        lengths, unpaid = np.array([row[1:] for row in rows]).T
        premium_cents = desk.pay.premium_cents(starts, starts + lengths, unpaid, place, day)
        wages_cents = desk.pay.wages_cents((lengths - unpaid).astype(np.int32), day)
        dated = sorted(
            desk.planning.exchange_rates, key=lambda rate: rate.from_date or date(1, 1, 1)
        )
        (*_, rate) = [rate for rate in dated if not rate.from_date or rate.from_date <= day]
        cents_an_hour = Fraction(agent.hourly_rate * rate.rate * 100)
        for idx, (start, length, free) in enumerate(rows):
            oracle = Oracle(place.zone, start, length)
            best = max(
                (
                    oracle.surcharge(each.pack, calendar_of(each.pack, place, desk.site), free)
                    for each in packs
                    if (each.start is None or each.start <= start)
                    and (each.end is None or start < each.end)
                ),
                default=Fraction(),
            )
            assert premium_cents[idx] == half_up(best / 60 * cents_an_hour)
            assert wages_cents[idx] == half_up(Fraction(length - free, 60) * cents_an_hour)


def calendar_of(pack: Pack, place: Place, site: Site) -> tuple[str, str | None]:
    if pack.country not in (None, place.country):
        same = site.country == pack.country
        return pack.country, site.subdivision if same else None
    return place.country, place.subdivision


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))
