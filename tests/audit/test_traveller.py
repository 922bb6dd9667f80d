"""From Amsterdam to Sydney in the week of a clock change: which law holds when, and what it says.

Amsterdam puts its clock forward on 28 March 2027, Sydney puts it back on 4 April. The agent works
in Amsterdam until Wednesday 24 March and in Sydney from Thursday 25 March 00:00 there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.domain import Closure, Location, Planning, Shift, Site
from scheduler.labour import (
    AverageHours,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    Limit,
    NightCount,
    Pack,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
    shipped_packs,
)

from .law_book import (
    ANY_HOURS,
    DUTCH_NIGHT,
    NL,
    book_of,
    broken,
    facts_of,
    law_findings,
    law_planning,
    on,
    only,
    provision,
    worked,
)
from .world import AMSTERDAM, SYDNEY, hard_rules, instant, judge, make_planning, shift

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STAY = Location("A1", date(2027, 3, 25), SYDNEY, "AU", date(2027, 3, 30), "AU-NSW")
ARRIVAL = instant("2027-03-25 00:00", SYDNEY)
RETURN = instant("2027-03-30 00:00", SYDNEY)


def _australia(*limits: Limit) -> Pack:
    return Pack("AU", "Australia", "law", country="AU", night=DUTCH_NIGHT, limits=limits)


def _law(kind: type, **numbers: object) -> Limit:
    limit: Limit = provision(kind, **numbers)
    return replace(limit, article="Fair Work Act s. 62")


def _planning(*packs: Pack, **changes: object) -> Planning:
    home = Site("S", "Amsterdam", AMSTERDAM, "NL", "EUR")
    defaults = {"sites": (home,), "contract": ANY_HOURS, "locations": (STAY,)}
    return law_planning(AMSTERDAM, book_of(*packs), **(defaults | changes))


def test_which_packs_hold_when() -> None:
    book = book_of(NL, _australia(_law(DailyRest, min_minutes=600)))
    planning = _planning(*book.packs.values())
    packs = facts_of(planning, book).agents["A1"].packs
    assert [(row.pack.pack_id, row.reasons, row.start, row.end) for row in packs] == [
        ("NL", ("site",), None, None),
        ("AU", ("place",), ARRIVAL, RETURN),
    ]


def test_six_hours_between_the_clocks_are_refused_and_thirty_are_lawful() -> None:
    """Ends Tuesday 17:00 in Amsterdam; starts Wednesday 09:00 in Sydney, or Thursday."""
    book = book_of(NL, _australia(_law(DailyRest, min_minutes=600)))
    moved = replace(STAY, from_date=date(2027, 3, 24))
    planning = _planning(*book.packs.values(), locations=(moved,))
    first = on(AMSTERDAM, "2027-03-23 09:00", 480)
    soon = on(SYDNEY, "2027-03-24 09:00", 300)
    assert soon.start - first.end == 6 * HOUR
    (finding,) = law_findings(planning, book, first, soon)
    assert (finding.rule, finding.measured, finding.limit) == ("min_rest", "6 h 00", "10 h 00")
    words = dict(finding.params)
    assert words["law"] == "AU: Fair Work Act s. 62, at the place of work"
    assert words["also"] == "NL: Arbeidstijdenwet art. 5:3; NL: Arbeidstijdenwet art. 5:8" or (
        words["also"] == "NL: Arbeidstijdenwet art. 5:3"
    )
    later = on(SYDNEY, "2027-03-25 09:00", 300)
    assert later.start - first.end == 29 * HOUR + HOUR
    assert broken(planning, book, first, later) == []


def test_thirteen_hours_on_the_way_back() -> None:
    """Ends in Sydney on Tuesday 17:00, starts in Amsterdam on the same date at 20:00."""
    book = book_of(NL, _australia(_law(DailyRest, min_minutes=13 * 60)))
    back = replace(STAY, until_date=date(2027, 3, 24), from_date=date(2027, 3, 10))
    planning = _planning(*book.packs.values(), locations=(back,), start="2027-03-15")
    last = on(SYDNEY, "2027-03-23 12:00", 300)
    home = on(AMSTERDAM, "2027-03-23 20:00", 240)
    assert home.start - last.end == 13 * HOUR
    assert broken(planning, book, last, home) == []
    sooner = worked(home.start - MINUTE, 240, AMSTERDAM)
    (finding,) = law_findings(planning, book, last, sooner)
    assert dict(finding.params)["law"] == "AU: Fair Work Act s. 62, at the place of work"


def test_the_week_of_a_shift_is_that_of_its_place() -> None:
    """Monday 29 March 00:30 in Sydney is still Sunday afternoon in Amsterdam."""
    book = book_of(_australia(_law(WeekHours, max_minutes=600)))
    planning = _planning(*book.packs.values())
    week = on(SYDNEY, "2027-03-26 09:00", 600)
    assert broken(planning, book, week, on(SYDNEY, "2027-03-29 00:30", 300)) == []
    (finding,) = law_findings(planning, book, week, on(SYDNEY, "2027-03-28 23:59", 300))
    assert "in the week of Monday 2027-03-22" in finding.sentence
    assert finding.sentence.endswith("(AU: Fair Work Act s. 62, at the place of work)")


def test_a_week_of_two_places_counts_all_work_under_either_law() -> None:
    """Work of the week before the journey counts; a week wholly after the stay is out of scope."""
    book = book_of(only("week_hours"), _australia(_law(WeekHours, max_minutes=48 * 60)))
    planning = _planning(*book.packs.values())
    in_amsterdam = [on(AMSTERDAM, f"2027-03-{day} 07:00", 660) for day in (22, 23)]
    in_sydney = [on(SYDNEY, f"2027-03-{day} 09:00", 520) for day in (26, 27)]
    assert broken(planning, book, *in_amsterdam, *in_sydney) == []
    more = on(SYDNEY, "2027-03-28 09:00", 521)
    (finding,) = law_findings(planning, book, *in_amsterdam, *in_sydney, more)
    assert (finding.measured, finding.limit) == ("48 h 01", "48 h 00")
    home = replace(planning, locations=(replace(STAY, until_date=date(2027, 3, 29)),))
    week_after = [on(AMSTERDAM, f"2027-03-{day} 07:00", 660) for day in (29, 30, 31)]
    week_after += [on(AMSTERDAM, f"2027-04-0{day} 07:00", 660) for day in (1, 2)]
    assert broken(home, book, *in_sydney, *week_after) == []
    assert broken(planning, book, *in_sydney, *week_after) == ["week_hours"]


BREACHES: dict[str, tuple[Limit, list[Shift], list[Shift]]] = {
    "a long shift": (
        _law(ShiftHours, max_minutes=480),
        [on(SYDNEY, "2027-03-26 09:00", 480), on(AMSTERDAM, "2027-03-24 09:00", 600)],
        [on(SYDNEY, "2027-03-26 09:00", 481)],
    ),
    "a long day": (
        _law(DayHours, max_minutes=480, rolling=True),
        [on(AMSTERDAM, "2027-03-24 09:00", 300), on(SYDNEY, "2027-03-25 09:00", 480)],
        [on(SYDNEY, "2027-03-25 09:00", 240), on(SYDNEY, "2027-03-25 20:00", 241)],
    ),
    "a short rest": (
        _law(DailyRest, min_minutes=720),
        [on(AMSTERDAM, "2027-03-23 09:00", 480), on(AMSTERDAM, "2027-03-24 04:01", 300)],
        [on(AMSTERDAM, "2027-03-24 09:00", 300), on(SYDNEY, "2027-03-25 11:59", 300)],
    ),
    "no long rest": (
        _law(WeeklyRest, min_minutes=40 * 60, window_minutes=3 * 1440),
        [on(AMSTERDAM, f"2027-03-{day} 09:00", 60) for day in (22, 23, 24)],
        [on(SYDNEY, f"2027-03-{day} 09:00", 60) for day in (25, 26, 27)],
    ),
    "days in a row": (
        _law(ConsecutiveDays, max_days=2),
        [on(AMSTERDAM, f"2027-03-{day} 09:00", 60) for day in (22, 23, 24)],
        [
            *(on(AMSTERDAM, f"2027-03-{day} 09:00", 60) for day in (23, 24)),
            on(SYDNEY, "2027-03-25 20:00", 60),
        ],
    ),
    "a long series": (
        _law(SeriesShifts, max_shifts=2, gap_minutes=30 * 60, with_night=True),
        [on(AMSTERDAM, f"2027-03-{day} 00:00", 240) for day in (22, 23, 24)],
        [
            *(on(AMSTERDAM, f"2027-03-{day} 00:00", 240) for day in (23, 24)),
            on(SYDNEY, "2027-03-25 09:00", 240),
        ],
    ),
    "many nights": (
        _law(NightCount, max_count=1, weeks=1),
        [on(AMSTERDAM, f"2027-03-{day} 00:00", 240) for day in (16, 17)],
        [on(AMSTERDAM, "2027-03-22 00:00", 240), on(SYDNEY, "2027-03-26 00:00", 240)],
    ),
    "too much on average": (
        _law(AverageHours, max_minutes_week=240, weeks=1),
        [on(AMSTERDAM, "2027-03-16 09:00", 300)],
        [on(AMSTERDAM, "2027-03-22 09:00", 200), on(SYDNEY, "2027-03-26 09:00", 41)],
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_the_law_of_the_place_binds_shifts_that_fall_under_it(name: str) -> None:
    """The same work before the journey is no breach of the law of the place."""
    limit, before, under_it = BREACHES[name]
    book = book_of(_australia(limit))
    planning = _planning(*book.packs.values(), start="2027-03-15")
    assert broken(planning, book, *before) == []
    (finding, *more) = law_findings(planning, book, *under_it)
    assert {row.rule for row in more} <= {finding.rule}
    assert finding.sentence.endswith("(AU: Fair Work Act s. 62, at the place of work)")
    assert dict(finding.params)["reasons"] == "place"
    at_home = replace(planning, locations=())
    assert broken(at_home, book, *under_it) == []


def test_a_lawful_fortnight_under_the_shipped_packs() -> None:
    """Everything that ships: the Netherlands, Australia and its award, the company."""
    book = book_of(*shipped_packs().values())
    home = Site("S", "Amsterdam", AMSTERDAM, "NL", "EUR")
    planning = make_planning(locations=(STAY,), sites=(home,), rule_packs=())
    good = [
        *(shift(planning, f"2027-03-{day} 09:00", 8) for day in (22, 23)),
        *(shift(planning, f"2027-03-{day} 09:00", 8, zone=SYDNEY) for day in (25, 26, 29)),
        *(shift(planning, f"2027-03-{day} 09:00", 8) for day in (30, 31)),
    ]
    assert {row.pack.pack_id for row in facts_of(planning, book).agents["A1"].packs} >= {
        "NL", "AU", "MA000023", "policy",
    }  # fmt: skip
    assert hard_rules(planning, *good) == []
    soon = [*good[:2], shift(planning, "2027-03-24 07:00", 7), *good[2:]]
    (finding,) = (row for row in judge(planning, *soon).hard if row.rule == "min_rest")
    assert (finding.measured, finding.limit) == ("9 h 00", "11 h 00")
    assert finding.sentence.endswith(
        "at least 11 h 00 required (company policy; "
        "also MA000023: Contract Call Centres Award MA000023)"
    )
    sooner = [*good[:2], shift(planning, "2027-03-24 07:00", 7), *good[2:]]
    sooner[3] = shift(planning, "2027-03-25 07:00", 8, zone=SYDNEY)
    (finding,) = (row for row in judge(planning, *sooner).hard if row.rule == "min_rest")
    assert finding.measured == "7 h 00"
    assert "NL: Arbeidstijdenwet art. 5:3" in dict(finding.params)["also"]


def test_closures_of_site_and_company_by_the_clock_of_the_place() -> None:
    """Closed on Friday: in Sydney that is Friday there; other sites work."""
    closed = Closure(date(2027, 3, 26), "Summer fair", "S")
    planning = make_planning(locations=(STAY,), closures=(closed,))
    friday = shift(planning, "2027-03-26 15:00", 5, zone=SYDNEY)
    (finding,) = judge(planning, friday).hard
    assert finding.rule == "closure"
    assert "falls on Fri 26 Mar 2027, Summer fair; site S is closed" in finding.sentence
    assert hard_rules(planning, shift(planning, "2027-03-25 18:00", 5, zone=SYDNEY)) == []
    assert hard_rules(planning, shift(planning, "2027-03-27 07:00", 5, zone=SYDNEY)) == []
    elsewhere = replace(planning, closures=(replace(closed, site_id="T"),))
    assert hard_rules(elsewhere, friday) == []
    company = replace(planning, closures=(replace(closed, site_id=None),))
    assert hard_rules(company, friday) == ["closure"]
    night = replace(company, contracts=(replace(planning.contracts[0], night_allowed=True),))
    assert hard_rules(night, shift(planning, "2027-03-25 20:00", 4, zone=SYDNEY)) == []
    into = shift(planning, "2027-03-25 20:15", 4, zone=SYDNEY)
    assert "closure" in hard_rules(night, into)
