"""Shift options against a minute-by-minute oracle, and the nights on which clocks change."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import (
    Announcement,
    Availability,
    BreakRule,
    ClockChange,
    Closure,
    ExchangeRate,
    Location,
    Planning,
    ShiftPolicy,
    TimeOff,
    WakingHours,
    WallTime,
    Weights,
    Wish,
)
from scheduler.labour import (
    BreakTime,
    DayHours,
    MinEngagement,
    Notice,
    NoWork,
    RuleBook,
    ShiftHours,
)
from scheduler.planning import compile_problem
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of
from tests.builders import (
    make_agent,
    make_contract,
    make_horizon,
    make_past_shift,
    make_pin,
    make_planning,
    make_queue,
    make_site,
    make_skills,
)

from .books import COMPANY, book, compile_plain, limit, pack
from .oracle import OptionFacts, Oracle

ZONES = (
    "Europe/Amsterdam",
    "America/Paramaribo",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
)
# Both ways of the clock in Europe and Australia, and plain days across a month's end.
FIRST_DAYS = (
    date(2027, 3, 27),
    date(2027, 4, 3),
    date(2027, 10, 2),
    date(2027, 10, 30),
    date(2027, 1, 30),
)


def options_by_agent(planning: Planning, rules: RuleBook = COMPANY) -> list[set[OptionFacts]]:
    compiled = compile_problem(planning, rules)
    table = compiled.problem.options
    found: list[set[OptionFacts]] = [set() for _ in planning.agents]
    for row in range(len(table)):
        cell = {name: int(getattr(table, name)[row]) for name in table.__slots__}
        agent = cell.pop("agent")
        del cell["premium_cents"], cell["flags"]  # these have tests of their own
        cell["day"] = compiled.people[agent].date_of(cell["day"])
        for flag in ("weekend", "evening", "pinned"):
            cell[flag] = bool(cell[flag])
        facts = OptionFacts(**cell)
        assert facts not in found[agent], "an option is there twice"
        found[agent].add(facts)
    return found


def random_planning(seed: int) -> Planning:
    """Few agents with much in their way; daily windows avoid the hours that clocks repeat."""
    rng = random.Random(seed)
    zones = rng.sample(ZONES, 2)
    sites = tuple(make_site(zone) for zone in zones)
    first = rng.choice(FIRST_DAYS)
    horizon = make_horizon(first, rng.choice((2, 3)), rng.choice((*zones, "UTC")))
    days = [first + timedelta(days=count) for count in range(-1, 5)]
    queues = (
        make_queue("phone"),
        make_queue("chat", channel="chat", language="nl-SR", certificate="KSF"),
        make_queue("en", language="en", min_level="B2", client="bolt"),
    )
    contracts = tuple(
        make_contract(
            contract_id=key,
            night_allowed=rng.random() < 0.5,
            min_shift_minutes=rng.choice((None, 300)),
            max_shift_minutes=rng.choice((None, 480)),
            rule_packs=rng.choice(((), ("XX",))),
            law=rng.choice((None, "AU")),
            on_call=rng.random() < 0.5,
        )
        for key in ("c32", "other")
    )

    def clock_range() -> tuple[int, int]:
        low = rng.choice((0, 300, 435, 600, 840))
        return low, rng.choice([high for high in (480, 1000, 1200, 1440) if high > low])

    def weekday_or_day() -> dict[str, object]:
        day = rng.choice(days)
        return rng.choice(({"day": day}, {"weekday": day.isoweekday()}))

    agents, skills, locations, time_off, availability, wishes = [], [], [], [], [], []
    history, pins = [], []
    for key in ("a", "b"):
        site = rng.choice(sites)
        agent = make_agent(
            key,
            site.site_id,
            contract_id=rng.choice(("c32", "other")),
            hourly_rate=Decimal(rng.randrange(900, 4000)) / 100,
            currency=rng.choice(("EUR", "AUD")),
            employed_from=rng.choice((None, None, days[2])),
            employed_until=rng.choice((None, None, days[4])),
            waking_hours=rng.choice((None, None, WakingHours(360, 1260))),
        )
        agents.append(agent)
        for queue in rng.sample(queues, rng.choice((1, 2))):
            dates = rng.choice(({}, {"valid_until": days[2]}, {"valid_from": days[2]}))
            skills += make_skills(key, queue, **dates)
        if rng.random() < 0.5:
            until = rng.choice((None, days[4]))
            locations.append(Location(key, days[2], rng.choice(ZONES), "AU", until))
        if rng.random() < 0.3:
            day = rng.choice(days)
            midnight, noon = WallTime(day, 0), WallTime(day, 720)
            following = WallTime(day + timedelta(days=1), 0)
            time_off += [TimeOff(key, midnight, noon, "am"), TimeOff(key, noon, following, "pm")]
        if rng.random() < 0.4:
            start = WallTime(rng.choice(days), rng.choice((0, 120, 150, 600)))
            end = WallTime(start.day + timedelta(days=rng.choice((0, 1))), 165 + start.minute)
            time_off.append(TimeOff(key, start, end, "leave"))
        for _ in range(rng.choice((0, 0, 1, 4))):
            available = rng.random() < 0.5
            availability.append(Availability(key, *clock_range(), available, **weekday_or_day()))
        for _ in range(rng.choice((0, 1, 4))):
            times = rng.choice(((0, 1440), clock_range()))
            wish = Wish(key, rng.random() < 0.5, rng.randint(1, 5), *times, **weekday_or_day())
            wishes.append(wish)
        start, _ = horizon_bounds(horizon)
        if rng.random() < 0.3:
            local = local_of(start - timedelta(hours=2), site.zone)
            history.append(make_past_shift(key, str(local.wall), 300, site.zone, local.fold))
        if rng.random() < 0.3:
            local = local_of(start + timedelta(hours=rng.randrange(30)), site.zone)
            pins.append(make_pin(key, str(local.wall), 495, site.zone, local.fold))
    return make_planning(
        horizon=horizon,
        interval_minutes=rng.choice((15, 30)),
        sites=sites,
        contracts=contracts,
        agents=tuple(agents),
        queues=queues,
        skills=tuple(skills),
        locations=tuple(locations),
        time_off=tuple(time_off),
        availability=tuple(availability),
        wishes=tuple(wishes),
        history=tuple(history),
        pins=tuple(pins),
        exchange_rates=(
            ExchangeRate("AUD", Decimal("0.6137")),
            ExchangeRate("AUD", Decimal("0.71"), days[2]),
        ),
        closures=rng.choice(
            (
                (),
                (Closure(days[3], "move"), Closure(days[2], "fair", sites[0].site_id)),
            )
        ),
        permits=rng.choice(((), ("XX.long", "AU.sundays"))),
        announced=rng.choice((None, Announcement(days[0], days[0] - timedelta(days=3)))),
        shifts=ShiftPolicy(
            240,
            rng.choice((480, 600)),
            rng.choice((120, 60)),
            rng.choice((60, 75, 90)),
            rng.choice(tuple(ClockChange)),
        ),
        waking_hours=rng.choice(
            (WakingHours(), WakingHours(300, 1440), WakingHours(0, 1325), WakingHours(433, 1380))
        ),
        weights=Weights(own_night_cents_hour=rng.randrange(3000), wish_cents=rng.randrange(500)),
        break_rules=rng.choice(
            (
                (BreakRule(330, 30), BreakRule(480, 45, paid=True)),
                (BreakRule(240, 15, margin_minutes=75),),
                (),
            )
        ),
    )


def random_book(seed: int) -> RuleBook:
    """A law that contracts may name, one of Australia, some of it new on a date; and a policy."""
    rng = random.Random(seed)
    day = rng.choice(FIRST_DAYS) + timedelta(days=rng.choice((1, 2)))
    named = pack(
        limit(ShiftHours, max_minutes=rng.choice((450, 500)), waived_by="long"),
        limit(ShiftHours, "night", max_minutes=rng.choice((300, 420)), night_only=True),
        limit(BreakTime, over_minutes=rng.choice((200, 345)), min_minutes=45, valid_from=day),
        limit(MinEngagement, min_minutes=330, on_call=True),
    )
    australia = pack(
        limit(NoWork, weekdays=(7,), waived_by="sundays", valid_from=day),
        limit(NoWork, "holidays", holidays=True),
        limit(BreakTime, over_minutes=300, min_minutes=30, within_minutes=rng.choice((60, 180))),
        limit(BreakTime, "long", over_minutes=330, min_minutes=rng.choice((60, 150))),
        limit(DayHours, max_minutes=420, days_over=6),
        limit(Notice, times_days=3, or_times_days=2, or_rest_days_days=5, valid_to=day),
        pack_id="AU",
        country="AU",
    )
    policy = pack(
        limit(DayHours, max_minutes=520, rolling=True, on_call=False),
        pack_id="policy",
        kind="policy",
    )
    return book(named, australia, policy)


def starts_and_flags(planning: Planning, flag: str) -> dict[int, int]:
    """Local hour of each start, with a column; for days without a clock change."""
    table = compile_plain(planning).problem.options
    return {
        int(start) % 96 // 4: int(value)
        for start, value in zip(table.start, getattr(table, flag), strict=True)
    }


FOUR_HOURS = {"shifts": ShiftPolicy(240, 240, 60, 60), "horizon": make_horizon(days=1)}


def test_touching_begins_with_the_first_minute() -> None:
    avoid = Wish("a1", want=False, strength=2, from_minute=780, until_minute=900, weekday=1)
    cents = starts_and_flags(make_planning(wishes=(avoid,), **FOUR_HOURS), "wish_cents")
    assert {hour for hour, value in cents.items() if value == 600} == set(range(10, 15))
    assert cents[9] == cents[15] == 0
    evening = starts_and_flags(make_planning(**FOUR_HOURS), "evening")
    assert {hour for hour, value in evening.items() if value} == {17, 18, 19}


def test_lying_within_includes_both_edges() -> None:
    want = Wish("a1", want=True, strength=1, from_minute=600, until_minute=900, weekday=1)
    cents = starts_and_flags(make_planning(wishes=(want,), **FOUR_HOURS), "wish_cents")
    assert {hour for hour, value in cents.items() if not value} == {10, 11}


def test_available_rows_of_a_date_add_up() -> None:
    rows = tuple(
        Availability("a1", start * 60, end * 60, available, weekday=1)
        for start, end, available in ((8, 13, True), (13, 18, True), (9, 10, False), (20, 24, True))
    )
    starts = starts_and_flags(make_planning(availability=rows, **FOUR_HOURS), "evening")
    assert set(starts) == {10, 11, 12, 13, 14}


def test_a_stay_at_the_same_place_is_no_change_of_place() -> None:
    """Over a midnight on which a stay at home begins; not where the country changes."""
    night = {
        "contracts": (make_contract(night_allowed=True),),
        "shifts": ShiftPolicy(240, 240, 60, 60),
        "horizon": make_horizon(days=2),
    }
    second = make_horizon().start + timedelta(days=1)
    home = Location("a1", second, "Europe/Amsterdam", "NL")
    assert options_by_agent(make_planning(locations=(home,), **night)) == options_by_agent(
        make_planning(**night)
    )
    abroad = Location("a1", second, "Europe/Amsterdam", "BE")
    [options] = options_by_agent(make_planning(locations=(abroad,), **night))
    assert 84 not in {option.start for option in options}
    assert {80, 96} <= {option.start for option in options}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_options_are_those_of_the_oracle(seed: int) -> None:
    planning = random_planning(seed)
    rules = replace(random_book(seed), permits=frozenset(planning.permits))
    for agent, found in zip(planning.agents, options_by_agent(planning, rules), strict=True):
        expected = Oracle(planning, agent, rules).options()
        assert found == expected, sorted(found ^ expected, key=lambda row: row.start)[:3]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_days_without_a_shift_cost_the_wishes_they_leave_open(seed: int) -> None:
    planning = random_planning(seed)
    compiled = compile_plain(planning)
    for person, agent in zip(compiled.people, compiled.problem.agents, strict=True):
        oracle = Oracle(planning, person.agent, COMPANY)
        assert agent.off_cents == tuple(
            oracle.off_points(person.date_of(day)) * planning.weights.wish_cents
            for day in range(agent.days)
        )
