"""Where a roster stands right at a limit, and which limits could not be judged in full."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.audit import audit_roster
from scheduler.audit.binding import Binding
from scheduler.domain import Announcement, Contract, Planning, Shift
from scheduler.labour import (
    AverageHours,
    ConsecutiveDays,
    DailyRest,
    FreeSundays,
    MinEngagement,
    NightCount,
    Notice,
    RuleBook,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
)

from .law_book import (
    as_history,
    book_of,
    broken,
    law_planning,
    on,
    only,
    pack_of,
    provision,
    worked,
)
from .world import AMSTERDAM, bare_roster, make_planning, shift

MINUTE = timedelta(minutes=1)


def _binding(planning: Planning, book: RuleBook | None, *shifts: Shift) -> tuple[Binding, ...]:
    return audit_roster(planning, bare_roster(planning, shifts), book).binding


def _row(minutes: float, *days: int) -> list[Shift]:
    return [on(AMSTERDAM, f"2027-03-{day} 09:00", minutes) for day in days]


def _rest(minutes: float) -> list[Shift]:
    first = on(AMSTERDAM, "2027-03-23 09:00", 300)
    return [first, worked(first.end + minutes * MINUTE, 300, AMSTERDAM)]


def _nights(rest_minutes: float) -> list[Shift]:
    night = on(AMSTERDAM, "2027-03-23 00:00", 300)
    return [night, worked(night.end + rest_minutes * MINUTE, 60, AMSTERDAM)]


CASES = {
    "rest": (DailyRest, {"min_minutes": 660}, _rest(674), _rest(675), "min_rest"),
    "weekly rest": (
        WeeklyRest,
        {"min_minutes": 2160, "window_minutes": 4320},
        [*_rest(2174)],
        [*_rest(2175)],
        "weekly_rest",
    ),
    "series rest": (
        SeriesRest,
        {"nights": 1, "gap_minutes": 600, "min_minutes": 1200},
        _nights(1214),
        _nights(1215),
        "series_rest",
    ),
    "shift": (ShiftHours, {"max_minutes": 480}, _row(466, 23), _row(465, 23), "shift_hours"),
    "week": (
        WeekHours,
        {"max_minutes": 900},
        _row(443, 23, 25),
        [*_row(442, 23), *_row(443, 25)],
        "week_hours",
    ),
    "average": (
        AverageHours,
        {"max_minutes_week": 900, "weeks": 1},
        _row(443, 23, 25),
        _row(442, 23, 25),
        "average_hours",
    ),
    "days": (ConsecutiveDays, {"max_days": 2}, _row(60, 23, 24), _row(60, 23), "days_in_row"),
    "series": (
        SeriesShifts,
        {"max_shifts": 2, "gap_minutes": 1440},
        _row(60, 23, 24),
        _row(60, 23, 25),
        "series_shifts",
    ),
    "nights": (
        NightCount, {"max_count": 1, "weeks": 1}, _nights(0)[:1], _row(60, 23), "night_count",
    ),
    "Sundays": (
        FreeSundays, {"min_count": 0, "weeks": 1}, _row(60, 28), _row(60, 27), "free_sundays",
    ),
    "call": (MinEngagement, {"min_minutes": 180}, _row(194, 23), _row(195, 23), "min_engagement"),
    "notice": (Notice, {"times_days": 28}, _row(60, 23), _row(60, 24), "notice"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_right_at_a_limit_and_one_step_off(name: str) -> None:
    kind, numbers, tight, loose, rule = CASES[name]
    book = book_of(pack_of(provision(kind, **numbers)))
    announced = Announcement(date(2027, 3, 23) - timedelta(days=28))
    planning = law_planning(AMSTERDAM, book, announced=announced)
    assert broken(planning, book, *tight) == broken(planning, book, *loose) == []
    (row, *_) = _binding(planning, book, *tight)
    assert (row.rule, row.pack_id, row.law) == (rule, "T", "T: Test act art. 1")
    assert (row.places, row.agents) == (1, 1)
    assert _binding(planning, book, *loose) == ()


def test_breaches_do_not_bind_and_the_strongest_comes_first() -> None:
    book = book_of(
        pack_of(
            provision(DailyRest, "rest", min_minutes=660),
            provision(ShiftHours, "shift", max_minutes=300),
        )
    )
    planning = law_planning(AMSTERDAM, book)
    found = _binding(planning, book, *_rest(660))
    assert [(row.name, row.places) for row in found] == [("shift", 2), ("rest", 1)]
    found = _binding(planning, book, *_rest(659))
    assert [(row.name, row.places) for row in found] == [("shift", 2)]


def test_the_exception_used_up_binds() -> None:
    book = book_of(only("daily_rest"))
    planning = law_planning(AMSTERDAM, book)
    assert [row.rule for row in _binding(planning, book, *_rest(600))] == ["short_rests"]
    rules = [row.rule for row in _binding(planning, book, *_rest(480))]
    assert sorted(rules) == ["min_rest", "short_rests"]


def test_contract_and_waking_hours_bind_too() -> None:
    contract = Contract("c", 0, 0, 15 * 60, max_days_week=2)
    planning = make_planning(contract=contract, agents=("A1", "A2"))
    shifts = [
        shift(planning, "2027-03-23 07:00", 8),
        shift(planning, "2027-03-25 15:00", 8),
        shift(planning, "2027-03-24 15:00", 8, agent_id="A2"),
    ]
    book = book_of()
    found = {(row.rule, row.pack_id): row for row in _binding(planning, book, *shifts)}
    assert {key: (row.places, row.agents) for key, row in found.items()} == {
        ("waking_hours", "company"): (3, 2),
        ("week_hours", "contract"): (1, 1),
        ("week_days", "contract"): (1, 1),
    }
    night = replace(planning, contracts=(replace(contract, night_allowed=True),))
    rules = {row.rule for row in _binding(night, book, *shifts)}
    assert rules == {"week_hours", "week_days"}
    off = [shift(planning, "2027-03-23 07:30", 8), shift(planning, "2027-03-30 14:30", 7.5)]
    assert _binding(planning, book, *off) == ()


def test_company_policy_binds_by_default_and_the_report_is_json() -> None:
    planning = make_planning()
    roster = bare_roster(
        planning, [shift(planning, "2027-03-23 14:00", 8), shift(planning, "2027-03-24 09:00", 8)]
    )
    document = json.loads(json.dumps(audit_roster(planning, roster).to_dict()))
    rests = [row for row in document["binding"] if row["rule"] == "min_rest"]
    assert [(row["law"], row["places"]) for row in rests] == [("company policy", 1)]
    assert {row["reason"] for row in document["unjudged"]} == {"short_history", "not_announced"}


def test_limits_not_judged_in_full_are_named_once() -> None:
    rules = (
        provision(AverageHours, "average", max_minutes_week=2400, weeks=4),
        provision(AverageHours, "week", max_minutes_week=2400, weeks=1),
        provision(NightCount, "nights", max_count=3, weeks=16),
        provision(FreeSundays, "Sundays", min_count=13, weeks=52),
        provision(Notice, "notice", times_days=28),
        provision(NightCount, "later", max_count=3, weeks=16, valid_from=date(2028, 1, 1)),
        provision(Notice, "notice later", times_days=28, valid_from=date(2028, 1, 1)),
    )
    book = book_of(pack_of(*rules))
    past = as_history(on(AMSTERDAM, "2027-03-01 09:00", 60))
    planning = law_planning(AMSTERDAM, book, agents=("A1", "A2"), history=past, end="2027-03-29")
    first, second = planning.agents
    hired = replace(second, employed_from=date(2027, 2, 15))
    planning = replace(planning, agents=(first, hired))
    found = audit_roster(planning, bare_roster(planning, ()), book).unjudged
    assert [(row.rules, row.names, row.agents) for row in found] == [
        (("free_sundays",), ("Sundays",), 2),
        (("night_count",), ("nights",), 2),
        (("notice",), ("notice",), 2),
    ]
    assert found[0].sentence == (
        "T: Test act art. 1 (at least 13 Sundays without work in 52 weeks) could not be judged in "
        "full for 2 agents: only 4 of the 52 weeks are known, those of the horizon included; "
        "the known weeks alone were held to their share of the limit"
    )
    known = replace(
        planning, history_from=date(2025, 1, 1), announced=Announcement(date(2027, 2, 1))
    )
    assert audit_roster(known, bare_roster(known, ()), book).unjudged == ()
    all_hired = tuple(replace(row, employed_from=date(2027, 3, 1)) for row in planning.agents)
    new = replace(known, history_from=None, agents=all_hired)
    assert audit_roster(new, bare_roster(new, ()), book).unjudged == ()


def test_limits_of_one_article_with_the_same_weeks_are_told_together() -> None:
    rules = (
        provision(NightCount, "nights", max_count=36, weeks=16),
        provision(AverageHours, "hours", max_minutes_week=2400, weeks=16, from_nights=16),
        provision(NightCount, "fewer", max_count=9, weeks=4),
        replace(provision(NightCount, "other", max_count=36, weeks=16), article="Test act art. 2"),
    )
    book = book_of(pack_of(*rules))
    planning = law_planning(AMSTERDAM, book, end="2027-03-29")
    found = audit_roster(planning, bare_roster(planning, ()), book).unjudged
    assert {(row.article, row.names) for row in found} == {
        ("Test act art. 1", ("hours", "nights")),
        ("Test act art. 1", ("fewer",)),
        ("Test act art. 2", ("other",)),
    }
    (both,) = (row for row in found if len(row.names) == 2)
    assert both.rules == ("average_hours", "night_count")
    assert both.sentence.startswith(
        "T: Test act art. 1 (16 weeks in a row average at most 40 h of work, where they hold 16 "
        "nights or more; at most 36 night shifts in 16 weeks) could not be judged in full for "
        "1 agent: only 1 of the 16 weeks is known, those of the horizon included; "
    )
    assert len({row.sentence for row in found}) == len(found)
    own = book_of(pack_of(*rules, kind="policy"))
    planning = law_planning(AMSTERDAM, own, end="2027-03-29")
    articles = [
        row.article for row in audit_roster(planning, bare_roster(planning, ()), own).unjudged
    ]
    assert sorted(articles) == ["Test act art. 1", "Test act art. 1", "Test act art. 2"]
    midweek = law_planning(AMSTERDAM, book, start="2027-03-24", end="2027-03-28")
    found = audit_roster(midweek, bare_roster(midweek, ()), book).unjudged
    assert {row.why.split(" weeks")[0] for row in found} == {"none of the 16", "none of the 4"}


def test_limits_that_lack_the_same_weeks_for_other_agents_stay_apart() -> None:
    wide = provision(NightCount, "wide", max_count=36, weeks=16)
    book = book_of(pack_of(wide, replace(wide, name="five days", days_over=5)))
    planning = law_planning(AMSTERDAM, book, agents=("A1", "A2"), end="2027-03-29")
    (named,) = planning.contracts
    short = replace(named, contract_id="short", max_days_week=5)
    first, second = planning.agents
    agents = (first, replace(second, contract_id="short"))
    planning = replace(planning, contracts=(named, short), agents=agents)
    found = audit_roster(planning, bare_roster(planning, ()), book).unjudged
    assert {(row.names, row.agents) for row in found} == {(("wide",), 2), (("five days",), 1)}
