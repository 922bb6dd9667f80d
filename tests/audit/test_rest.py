"""Rest between shifts and weekly rest, counted in elapsed time through clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.audit.facts import Duty
from scheduler.audit.law_rest import longest_rest_minutes
from scheduler.domain import Contract, Location, Planning, Shift
from scheduler.timegrid.timeline import Place

from .world import (
    AMSTERDAM,
    KATHMANDU,
    NIGHT,
    SYDNEY,
    hard_rules,
    judge,
    make_planning,
    past,
    pin,
    pinned_rules,
    shift,
    utc,
)

LORD_HOWE = "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "first", "second", "rest_minutes"),
    [
        (AMSTERDAM, "2027-03-27 15:00", "2027-03-28 10:00", 600),
        (AMSTERDAM, "2027-03-27 15:00", "2027-03-28 11:00", 660),
        (AMSTERDAM, "2027-10-30 15:00", "2027-10-31 09:00", 660),
        (AMSTERDAM, "2027-10-30 15:00", "2027-10-31 08:30", 630),
        (SYDNEY, "2027-04-03 15:00", "2027-04-04 09:00", 660),
        (SYDNEY, "2027-04-03 15:00", "2027-04-04 08:30", 630),
        (SYDNEY, "2027-10-02 15:00", "2027-10-03 10:00", 600),
        (LORD_HOWE, "2027-04-03 14:30", "2027-04-04 09:00", 660),
        (LORD_HOWE, "2027-04-03 14:30", "2027-04-04 08:30", 630),
        (KATHMANDU, "2027-03-27 15:00", "2027-03-28 10:00", 660),
        (KATHMANDU, "2027-03-27 15:00", "2027-03-28 09:30", 630),
    ],
)
def test_rest_is_elapsed_time(zone: str, first: str, second: str, rest_minutes: int) -> None:
    month = first[:7]
    planning = make_planning(zone=zone, start=f"{month}-01", end="2027-12-01")
    shifts = shift(planning, first, 8), shift(planning, second, 5)
    assert (shifts[1].start - shifts[0].end) == timedelta(minutes=rest_minutes)
    found = judge(planning, *shifts).hard
    assert [row.rule for row in found] == ([] if rest_minutes >= 660 else ["min_rest"])
    for row in found:
        assert (row.start, row.end) == (shifts[0].end, shifts[1].start)
        assert row.measured == f"{rest_minutes // 60} h {rest_minutes % 60:02d}"


def test_rest_sentence_names_agent_rule_and_both_instants() -> None:
    planning = make_planning()
    shifts = shift(planning, "2027-03-23 13:00", 8), shift(planning, "2027-03-24 07:00", 5)
    (finding,) = judge(planning, *shifts).hard
    assert finding.sentence == (
        "Name A1 (A1): rest 10 h 00 between Tue 23 Mar 2027 21:00 Europe/Amsterdam (20:00Z) and "
        "Wed 24 Mar 2027 07:00 Europe/Amsterdam (06:00Z); at least 11 h 00 required "
        "(company policy)"
    )


def test_traveller_rests_in_elapsed_time_whatever_the_clocks_say() -> None:
    """From Amsterdam to Sydney: 15 hours on the two clocks, 6 hours of rest."""
    planning = make_planning(
        contract=NIGHT,
        locations=(Location("A1", date(2027, 3, 29), SYDNEY, "AU", subdivision="AU-NSW"),),
    )
    first = shift(planning, "2027-03-28 07:00", 8)
    second = shift(planning, "2027-03-29 06:00", 5, zone=SYDNEY)
    assert second.start - first.end == timedelta(hours=6)
    (finding,) = judge(planning, first, second).hard
    assert finding.rule == "min_rest"
    assert "Sun 28 Mar 2027 15:00 Europe/Amsterdam (13:00Z)" in finding.sentence
    assert "Mon 29 Mar 2027 06:00 Australia/Sydney (28 Mar 19:00Z)" in finding.sentence
    later = shift(planning, "2027-03-29 11:00", 5, zone=SYDNEY)
    assert hard_rules(planning, first, later) == []


def test_rest_after_history_and_moved_shift() -> None:
    planning = make_planning(history=(past("2027-03-21 15:00", 8, AMSTERDAM),))
    assert hard_rules(planning, shift(planning, "2027-03-22 10:00", 5)) == []
    assert hard_rules(planning, shift(planning, "2027-03-22 09:00", 5)) == ["min_rest"]
    assert hard_rules(planning, shift(planning, "2027-03-22 07:00", 5)) == ["min_rest"]


def test_overlap_is_not_called_rest() -> None:
    planning = make_planning(contract=NIGHT)
    evening = shift(planning, "2027-03-22 20:00", 4)
    assert hard_rules(planning, evening, shift(planning, "2027-03-23 00:00", 4)) == ["min_rest"]
    night = shift(planning, "2027-03-22 20:00", 8)
    assert hard_rules(planning, night, shift(planning, "2027-03-23 03:00", 5)) == ["overlap"]


def _week(planning: Planning, friday_start: str, sunday_start: str) -> tuple[Shift, ...]:
    days = ("2027-03-22", "2027-03-23", "2027-03-24", "2027-03-25")
    return (
        *(shift(planning, f"{day} 10:00", 5) for day in days),
        shift(planning, friday_start, 5),
        shift(planning, sunday_start, 5),
    )


def test_weekly_rest_through_the_spring_change() -> None:
    """Friday 18:00 to Sunday 07:00 is 37 hours on the wall and 36 hours of rest."""
    planning = make_planning(start="2027-03-22", end="2027-03-29")
    assert hard_rules(planning, *_week(planning, "2027-03-26 13:00", "2027-03-28 07:00")) == []
    too_short = _week(planning, "2027-03-26 13:30", "2027-03-28 07:00")
    (finding,) = judge(planning, *too_short).hard
    assert (finding.rule, finding.measured) == ("weekly_rest", "35 h 30")
    assert finding.start == too_short[0].start
    assert finding.end == too_short[0].start + timedelta(hours=168)


def test_weekly_rest_window_of_a_history_shift_reaches_into_the_horizon() -> None:
    history = tuple(past(f"2027-03-{day} 10:00", 6, AMSTERDAM) for day in (17, 18, 19, 20))
    planning = make_planning(history=history)
    worked = shift(planning, "2027-03-22 10:00", 5), shift(planning, "2027-03-23 10:00", 5)
    assert hard_rules(planning, *worked) == []
    dense = make_planning(history=(*history, past("2027-03-21 10:00", 6, AMSTERDAM)))
    assert hard_rules(dense, *worked) == ["days_in_row", "weekly_rest"]
    assert hard_rules(dense) == []


def test_pins_alone_are_excused_and_named_a_free_shift_is_not() -> None:
    planning = make_planning()
    first, second = shift(planning, "2027-03-23 13:00", 8), shift(planning, "2027-03-24 07:00", 5)
    both = make_planning(pins=(pin(first), pin(second)))
    marked = [replace(row, pinned=True) for row in (first, second)]
    assert (hard_rules(both, *marked), pinned_rules(both, *marked)) == ([], ["min_rest"])
    assert "(pinned: kept as asked)" in judge(both, *marked).hard[0].sentence
    one = make_planning(pins=(pin(first),))
    assert hard_rules(one, marked[0], second) == ["min_rest"]
    assert hard_rules(both, marked[0]) == ["missing_pin"]


def test_free_shift_in_a_week_that_pins_already_overfill() -> None:
    contract = Contract("small", 0, 0, 15 * 60)
    plain = make_planning(contract=contract)
    pinned = [shift(plain, f"2027-03-{day} 09:00", 9, pinned=True) for day in (22, 23)]
    planning = make_planning(contract=contract, pins=tuple(pin(row) for row in pinned))
    assert pinned_rules(planning, *pinned) == ["week_hours"]
    assert hard_rules(planning, *pinned, shift(plain, "2027-03-24 09:00", 4)) == ["week_hours"]
    assert hard_rules(planning, *pinned, shift(plain, "2027-03-29 09:00", 4)) == []


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), max_size=8),
    st.integers(0, 100),
    st.integers(1, 150),
)
def test_longest_rest_by_counting(spans: list[tuple[int, int]], start: int, length: int) -> None:
    zero = utc("2027-03-22")
    hour = timedelta(hours=1)
    place = Place(AMSTERDAM, "NL", None, None, None)
    duties = [
        Duty(
            "A1", zero + a * hour, zero + (a + b) * hour, place, zero.date(), 0, 0,
            fixed=False, counts=True, shift=None,
        )
        for a, b in sorted(spans)
    ]  # fmt: skip
    best = run = 0
    for tick in range(start, start + length):
        run = 0 if any(a <= tick < a + b for a, b in spans) else run + 1
        best = max(best, run)
    found = longest_rest_minutes(duties, zero + start * hour, zero + (start + length) * hour)
    assert found == 60 * best
