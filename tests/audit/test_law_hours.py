"""Breaks and hours of the Dutch act and others at their boundaries, to the minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import Break, BreakRule, Shift
from scheduler.labour import (
    AverageHours,
    BreakTime,
    DayHours,
    MinEngagement,
    ShiftHours,
    WeekHours,
)
from scheduler.timegrid.zones import local_of

from .law_book import (
    ANY_HOURS,
    NL,
    as_history,
    book_of,
    break_findings,
    broken,
    facts_of,
    law_findings,
    law_planning,
    on,
    only,
    pack_of,
    provision,
    split_at_horizon,
    worked,
)
from .world import AMSTERDAM, KATHMANDU, SYDNEY, ZONES, pin, utc

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LONG_AGO = date(2025, 1, 1)
MONDAY = date(2027, 3, 22)
BREAKS = book_of(only("break_30", "break_45"))


def _with_break(row: Shift, minutes: int, after_minutes: int, *, paid: bool = False) -> Shift:
    begin = row.start + after_minutes * MINUTE
    elapsed = (row.end - row.start) // MINUTE
    pause = Break(begin, begin + minutes * MINUTE, paid)
    return replace(row, breaks=(pause,), paid_minutes=elapsed - (0 if paid else minutes))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2027-03-23", "2027-03-27", "2027-04-03", "2027-10-30"])
@pytest.mark.parametrize(
    ("work", "pause"), [(330, 0), (331, 30), (600, 30), (601, 45), (345, 30), (615, 45)]
)
def test_breaks_by_the_work_of_a_shift(zone: str, day: str, work: int, pause: int) -> None:
    """5 h 30, 5 h 31, 10 h, 10 h 01 of elapsed work, also over a change of the clock."""
    planning = law_planning(zone, BREAKS, start="2027-03-01", end="2027-12-01")
    bare = on(zone, f"{day} 20:00", work + pause)
    good = _with_break(bare, pause, 120) if pause else replace(bare, paid_minutes=work)
    assert break_findings(planning, BREAKS, good) == []
    assert facts_of(planning, BREAKS, good).agents["A1"].duties[0].paid_minutes == work
    if pause:
        short = _with_break(bare, pause - 15, 120)
        found = break_findings(planning, BREAKS, short)
        assert [row.rule for row in found] == ["break_rule", "paid_minutes"]
        assert "(NL: Arbeidstijdenwet art. 5:4, named by the contract" in found[0].sentence
        assert found[0].limit == f"an unpaid break of {pause} min"
    else:
        longer = _with_break(bare, 15, 120)
        assert [row.rule for row in break_findings(planning, BREAKS, longer)] == [
            "break_rule",
            "paid_minutes",
        ]


def test_a_quarter_is_enough_where_it_brings_the_work_down() -> None:
    """5 h 45 with a break of 15 min hold 5 h 30 of work, which asks for none."""
    planning = law_planning(AMSTERDAM, BREAKS)
    shift = on(AMSTERDAM, "2027-03-23 09:00", 345)
    assert break_findings(planning, BREAKS, _with_break(shift, 15, 100)) == []


def test_company_and_law_together() -> None:
    """The longer break counts, paid or not by the company's rule, within its margin and the law."""
    law = provision(BreakTime, over_minutes=300, min_minutes=60, within_minutes=240)
    book = book_of(pack_of(law))
    company = (BreakRule(330, 30, paid=True, margin_minutes=120),)
    planning = law_planning(AMSTERDAM, book, break_rules=company)
    shift = on(AMSTERDAM, "2027-03-23 09:00", 480)
    assert break_findings(planning, book, _with_break(shift, 60, 120, paid=True)) == []
    assert break_findings(planning, book, _with_break(shift, 60, 240, paid=True)) == []
    for wrong in (
        _with_break(shift, 60, 119, paid=True),
        _with_break(shift, 60, 241, paid=True),
    ):
        (finding,) = break_findings(planning, book, wrong)
        assert finding.rule == "break_window"
        assert "(T: Test act art. 1" in finding.sentence
    (finding,) = break_findings(planning, book, _with_break(shift, 30, 120, paid=True))
    assert finding.limit == "a paid break of 60 min"
    unpaid = break_findings(planning, book, _with_break(shift, 60, 120))
    assert [row.rule for row in unpaid] == ["break_rule", "paid_minutes"]
    short = on(AMSTERDAM, "2027-03-23 09:00", 300)
    assert break_findings(planning, book, replace(short, paid_minutes=300)) == []


def test_the_law_s_latest_start_goes_before_the_company_s_margin() -> None:
    law = provision(BreakTime, over_minutes=300, min_minutes=30, within_minutes=90)
    book = book_of(pack_of(law))
    planning = law_planning(AMSTERDAM, book, break_rules=(BreakRule(330, 30),))
    shift = on(AMSTERDAM, "2027-03-23 09:00", 480)
    assert break_findings(planning, book, _with_break(shift, 30, 90)) == []
    assert [row.rule for row in break_findings(planning, book, _with_break(shift, 30, 91))] == [
        "break_window"
    ]


def test_the_earliest_of_several_latest_starts_and_only_under_the_law() -> None:
    early = provision(BreakTime, "early", over_minutes=300, min_minutes=30, within_minutes=180)
    late = provision(BreakTime, "late", over_minutes=300, min_minutes=30, within_minutes=240)
    book = book_of(pack_of(late, replace(early, valid_to=date(2027, 3, 24))))
    planning = law_planning(AMSTERDAM, book)
    for day, latest in ((23, 180), (24, 240)):
        shift = on(AMSTERDAM, f"2027-03-{day} 09:00", 480)
        assert break_findings(planning, book, _with_break(shift, 30, latest)) == []
        (finding,) = break_findings(planning, book, _with_break(shift, 30, latest + 1))
        assert finding.rule == "break_window"
    gone = book_of(pack_of(replace(early, valid_to=date(2027, 3, 24))))
    planning = law_planning(AMSTERDAM, gone)
    bare = replace(on(AMSTERDAM, "2027-03-24 09:00", 480), paid_minutes=480)
    assert break_findings(planning, gone, bare) == []


def test_a_shift_of_history_has_the_break_of_the_law() -> None:
    rule = provision(WeekHours, max_minutes=900)
    book = book_of(replace(BREAKS.packs["NL"], limits=(*BREAKS.packs["NL"].limits, rule)))
    history = as_history(on(AMSTERDAM, "2027-03-22 09:00", 480))
    planning = law_planning(AMSTERDAM, book, start="2027-03-23", history=history)
    assert broken(planning, book, on(AMSTERDAM, "2027-03-24 09:00", 480)) == []
    assert broken(planning, book, on(AMSTERDAM, "2027-03-24 09:00", 481)) == ["week_hours"]


@pytest.mark.parametrize("zone", ZONES)
def test_shifts_and_nights_have_their_length(zone: str) -> None:
    book = book_of(only("shift_hours", "night_shift_hours"))
    planning = law_planning(zone, book)
    assert broken(planning, book, on(zone, "2027-03-23 06:00", 720)) == []
    assert broken(planning, book, on(zone, "2027-03-23 06:00", 721)) == ["shift_hours"]
    night = on(zone, "2027-03-23 20:00", 720)
    assert broken(planning, book, night) == []
    (finding,) = law_findings(planning, book, on(zone, "2027-03-23 20:00", 721))
    assert finding.rule == "shift_hours"
    assert dict(finding.params)["law"].startswith("NL: Arbeidstijdenwet art. 5:7")
    assert dict(finding.params)["also"].startswith("NL: Arbeidstijdenwet art. 5:8")
    short_nights = provision(ShiftHours, max_minutes=600, night_only=True)
    strict = book_of(pack_of(short_nights))
    planning = law_planning(zone, strict)
    assert broken(planning, strict, on(zone, "2027-03-23 20:00", 600)) == []
    assert broken(planning, strict, on(zone, "2027-03-23 20:00", 601)) == ["shift_hours"]
    assert broken(planning, strict, on(zone, "2027-03-23 08:00", 721)) == []


def _long_nights(zone: str, *days: int) -> list[Shift]:
    return [on(zone, f"2027-03-{day:02d} 20:00", 601) for day in days]


@pytest.mark.parametrize("zone", ZONES)
def test_five_long_nights_in_fourteen_days(zone: str) -> None:
    book = book_of(only("night_shift_hours"))
    planning = law_planning(zone, book, start="2027-03-08", history_from=LONG_AGO)
    five = _long_nights(zone, 8, 10, 12, 14, 16)
    assert broken(planning, book, *five, *_long_nights(zone, 22)) == []
    (finding,) = law_findings(planning, book, *five, *_long_nights(zone, 21))
    assert (finding.rule, finding.measured, finding.limit) == ("extended_count", "6", "5")
    short = [on(zone, f"2027-03-{day} 20:00", 600) for day in (18, 20)]
    assert broken(planning, book, *five, *short) == []
    by_day = [on(zone, f"2027-03-{day} 06:00", 720) for day in (18, 20)]
    assert broken(planning, book, *five, *by_day) == []


def test_long_nights_in_a_year_by_the_weeks_known() -> None:
    """22 in 52 weeks; of 6 known weeks' share, two, more are not allowed."""
    limit = next(row for row in NL.limits if row.name == "night_shift_hours")
    year = replace(limit, extended_counts=((22, 364),))
    book = book_of(pack_of(year))
    planning = law_planning(AMSTERDAM, book, end="2027-04-05", history_from=date(2027, 2, 22))
    assert broken(planning, book, *_long_nights(AMSTERDAM, 22, 24)) == []
    assert broken(planning, book, *_long_nights(AMSTERDAM, 22, 24, 26)) == ["extended_count"]
    before = replace(planning, history=as_history(on(AMSTERDAM, "2027-02-16 20:00", 601)))
    assert broken(before, book, *_long_nights(AMSTERDAM, 22, 24)) == []
    all_known = replace(planning, history_from=date(2026, 1, 1))
    assert broken(all_known, book, *_long_nights(AMSTERDAM, 22, 24, 26)) == []


@pytest.mark.parametrize("zone", ZONES)
def test_a_week_has_sixty_hours_from_monday(zone: str) -> None:
    book = book_of(only("week_hours"))
    planning = law_planning(zone, book)
    week = [on(zone, f"2027-03-{day} 09:00", 720) for day in (22, 23, 24, 25)]
    assert broken(planning, book, *week, on(zone, "2027-03-28 23:00", 720)) == []
    (finding,) = law_findings(planning, book, *week, on(zone, "2027-03-28 23:00", 721))
    assert (finding.rule, finding.measured) == ("week_hours", "60 h 01")
    assert "in the week of Monday 2027-03-22" in finding.sentence
    assert broken(planning, book, *week, on(zone, "2027-03-29 00:00", 721)) == []


def test_the_stricter_of_contract_and_law_is_told() -> None:
    book = book_of(only("week_hours"))
    contract = replace(ANY_HOURS, max_minutes_week=40 * 60, rule_packs=("NL",))
    planning = law_planning(AMSTERDAM, book, contract=contract)
    week = [on(AMSTERDAM, f"2027-03-{day} 09:00", 720) for day in (22, 23, 24, 25)]
    (finding,) = law_findings(planning, book, *week)
    assert finding.sentence.endswith("at most 40 h 00 (contract)")
    (finding,) = law_findings(planning, book, *week, on(AMSTERDAM, "2027-03-26 09:00", 721))
    assert (finding.limit, dict(finding.params)["law"]) == ("40 h 00", "contract")
    assert dict(finding.params)["also"].startswith("NL: Arbeidstijdenwet art. 5:7")


def test_rolling_week_and_day() -> None:
    week = provision(WeekHours, "week", max_minutes=2400, rolling=True)
    book = book_of(pack_of(week))
    planning = law_planning(SYDNEY, book)
    shifts = [on(SYDNEY, f"2027-03-{day} 09:00", 600) for day in (25, 27, 29, 31)]
    assert broken(planning, book, *shifts) == []
    over = [*shifts[:3], on(SYDNEY, "2027-03-31 09:00", 601)]
    (finding,) = law_findings(planning, book, *over)
    assert "40 h 01 of work in the seven days from Thu 25 Mar 2027" in finding.sentence
    assert broken(planning, book, *over[:3], on(SYDNEY, "2027-04-01 00:00", 601)) == []
    past = as_history(*(on(SYDNEY, f"2027-03-{day} 09:00", 600) for day in (17, 18, 19, 20)))
    known = replace(planning, history=past)
    assert broken(known, book, on(SYDNEY, "2027-03-24 09:00", 600)) == []
    assert broken(known, book, on(SYDNEY, "2027-03-23 09:00", 1)) == ["week_hours"]
    day = provision(DayHours, "day", max_minutes=480, rolling=True)
    book = book_of(pack_of(day))
    planning = law_planning(SYDNEY, book)
    first = on(SYDNEY, "2027-03-23 22:00", 300)
    (finding,) = law_findings(planning, book, first, on(SYDNEY, "2027-03-24 18:00", 480))
    assert finding.sentence.startswith(
        "Name A1 (A1): 9 h 00 of work in the 24 h from the start of a shift (from Tue 23 Mar 2027 "
        "22:00 Australia/Sydney (11:00Z) to Wed 24 Mar 2027 22:00 Australia/Sydney (11:00Z)); "
        "at most 8 h 00 (T: "
    )
    assert broken(planning, book, first, on(SYDNEY, "2027-03-24 19:00", 600)) == ["day_hours"]
    assert broken(planning, book, first, on(SYDNEY, "2027-03-24 19:00", 480)) == []
    assert broken(planning, book, first, on(SYDNEY, "2027-03-24 18:59", 480)) == ["day_hours"]
    assert broken(planning, book, first, on(SYDNEY, "2027-03-24 18:59", 180)) == []
    pause = (BreakRule(330, 60),)
    planning = law_planning(SYDNEY, book, break_rules=pause)
    long = on(SYDNEY, "2027-03-23 23:00", 480)
    assert broken(planning, book, on(SYDNEY, "2027-03-23 06:10", 60), long) == []
    assert broken(planning, book, on(SYDNEY, "2027-03-23 06:10", 61), long) == ["day_hours"]
    by_date = provision(DayHours, "day", max_minutes=480)
    book = book_of(pack_of(by_date))
    planning = law_planning(SYDNEY, book)
    late = on(SYDNEY, "2027-03-23 23:00", 240)
    assert broken(planning, book, on(SYDNEY, "2027-03-23 01:00", 240), late) == []
    assert broken(planning, book, on(SYDNEY, "2027-03-23 01:00", 241), late) == ["day_hours"]
    assert broken(planning, book, on(SYDNEY, "2027-03-24 00:00", 241), late) == []


def _weeks_of(minutes: list[int], nights: list[int], zone: str, last: date) -> list[Shift]:
    """Weeks that end with the one of `last`: so much work, so many short nights in each."""
    shifts = []
    for back, (work, count) in enumerate(zip(reversed(minutes), reversed(nights), strict=True)):
        monday = last - back * WEEK
        shifts += [on(zone, f"{monday + k * DAY} 00:00", 61) for k in range(count)]
        left = work - 61 * count
        for k in range(6):
            part = left // 6 + (left % 6 if k == 5 else 0)
            shifts.append(on(zone, f"{monday + k * DAY} 09:00", part))
    return shifts


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("nights", "hours", "rules"),
    [
        (15, 47, []),
        (16, 41, ["average_hours"]),
        (16, 40, []),
        (15, 49, ["average_hours"]),
        (15, 48, []),
    ],
)
def test_sixteen_weeks_with_nights(zone: str, nights: int, hours: int, rules: list[str]) -> None:
    book = book_of(only("average_16_weeks", "average_16_weeks_nights"))
    planning = law_planning(zone, book, start="2027-03-22", end="2027-03-29")
    counts = [1] * 14 + [0, nights - 14]
    shifts = _weeks_of([hours * 60] * 16, counts, zone, MONDAY)
    planning, kept = split_at_horizon(planning, shifts)
    assert broken(planning, book, *kept) == rules
    if not rules:
        article = "5:8" if nights >= 16 else "5:7"
        over = worked(kept[-1].end, 0.0 + 16 * 60 * (48 - hours if nights < 16 else 0) + 1, zone)
        found = law_findings(planning, book, *kept, over)
        assert [row.rule for row in found] == ["average_hours"]
        assert f"NL: Arbeidstijdenwet art. {article}" in found[0].sentence


def test_four_weeks_average_slides_and_ends_in_the_horizon() -> None:
    book = book_of(only("average_4_weeks"))
    planning = law_planning(AMSTERDAM, book, start="2027-03-22", end="2027-04-05")
    weeks = [55 * 60] * 5
    planning, kept = split_at_horizon(
        planning, _weeks_of(weeks, [0] * 5, AMSTERDAM, date(2027, 3, 29))
    )
    assert broken(planning, book, *kept) == []
    extra = on(AMSTERDAM, "2027-03-22 22:00", 1)
    found = law_findings(planning, book, *kept, extra)
    assert [dict(row.params)["monday"] for row in found] == ["2027-03-01", "2027-03-08"]
    assert found[0].measured == "220 h 01"
    late = on(AMSTERDAM, "2027-03-29 22:00", 1)
    found = law_findings(planning, book, *kept, late)
    assert [dict(row.params)["monday"] for row in found] == ["2027-03-08"]


def test_short_history_holds_the_known_weeks_to_their_share() -> None:
    """Two weeks known of four: twice 20 h, and from 2 * 2 // 4 = 1 night on twice 10 h."""
    plain = provision(AverageHours, "plain", max_minutes_week=1200, weeks=4)
    nights = provision(AverageHours, "nights", max_minutes_week=600, weeks=4, from_nights=2)
    for rule, allowed in ((plain, 2400), (nights, 1200)):
        book = book_of(pack_of(rule))
        planning = law_planning(AMSTERDAM, book, end="2027-03-29", history_from=date(2027, 3, 15))
        past = on(AMSTERDAM, "2027-03-15 08:00", allowed - 700)
        planning = replace(planning, history=as_history(past))
        night = on(AMSTERDAM, "2027-03-24 00:00", 100)
        day = on(AMSTERDAM, "2027-03-22 08:00", 600)
        assert broken(planning, book, day, night) == []
        more = on(AMSTERDAM, "2027-03-22 08:00", 601)
        assert broken(planning, book, more, night) == ["average_hours"]
    by_day = on(AMSTERDAM, "2027-03-24 09:00", 101)
    assert broken(planning, book, more, by_day) == []


def test_weeks_before_employment_are_known_and_empty() -> None:
    rule = provision(AverageHours, max_minutes_week=600, weeks=4)
    book = book_of(pack_of(rule))
    planning = law_planning(AMSTERDAM, book, end="2027-03-29")
    shift = on(AMSTERDAM, "2027-03-22 08:00", 601)
    assert broken(planning, book, shift) == ["average_hours"]
    agent = planning.agents[0]
    new = replace(planning, agents=(replace(agent, employed_from=MONDAY),))
    assert broken(new, book, shift) == []
    sooner = replace(planning, agents=(replace(agent, employed_from=MONDAY - DAY),))
    assert broken(sooner, book, on(AMSTERDAM, "2027-03-22 08:00", 1801)) == ["average_hours"]
    assert broken(sooner, book, on(AMSTERDAM, "2027-03-22 08:00", 1800)) == []


def test_a_call_has_three_hours_for_on_call_contracts() -> None:
    book = book_of(only("on_call_pay"))
    contract = replace(ANY_HOURS, rule_packs=("NL",), on_call=True)
    planning = law_planning(AMSTERDAM, book, contract=contract)
    assert broken(planning, book, on(AMSTERDAM, "2027-03-23 09:00", 180)) == []
    assert broken(planning, book, on(AMSTERDAM, "2027-03-23 09:00", 179)) == ["min_engagement"]
    regular = law_planning(AMSTERDAM, book)
    assert broken(regular, book, on(AMSTERDAM, "2027-03-23 09:00", 179)) == []
    any_call = book_of(pack_of(provision(MinEngagement, min_minutes=180)))
    pinned = on(AMSTERDAM, "2027-03-23 09:00", 60)
    planning = law_planning(AMSTERDAM, any_call, pins=(pin(pinned),))
    (finding,) = law_findings(planning, any_call, pinned)
    assert finding.pinned


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 14)), min_size=1, max_size=10),
    st.integers(5, 20),
    st.sampled_from([AMSTERDAM, SYDNEY, KATHMANDU]),
)
def test_rolling_day_and_week_by_counting(
    gaps: list[tuple[int, int]], most: int, zone: str
) -> None:
    """24 hours hour by hour; seven dates by the dates the clock shows at the starts."""
    day = provision(DayHours, "day", max_minutes=most * 60, rolling=True)
    week = provision(WeekHours, "week", max_minutes=2 * most * 60, rolling=True)
    book = book_of(pack_of(day, week))
    planning = law_planning(zone, book, start="2027-03-01", end="2027-06-01")
    zero, at, spans = utc("2027-03-20"), 0, []
    for gap, length in gaps:
        at += gap
        spans.append((at, at + length))
        at += length
    shifts = [worked(zero + a * HOUR, (b - a) * 60, zone) for a, b in spans]
    busy = {tick for a, b in spans for tick in range(a, b)}
    dates = [local_of(row.start, zone).wall.day for row in shifts]
    expected = set()
    if any(sum(t in busy for t in range(a, a + 24)) > most for a, _ in spans):
        expected.add("day_hours")
    first, last = min(dates), max(dates)
    for offset in range(-6, (last - first).days + 1):
        window = {first + (offset + k) * DAY for k in range(7)}
        hours = sum(b - a for (a, b), own in zip(spans, dates, strict=True) if own in window)
        if hours > 2 * most:
            expected.add("week_hours")
    assert set(broken(planning, book, *shifts)) == expected
