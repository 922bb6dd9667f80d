"""Which law, closure or permit keeps an agent from a queue, in the words of the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from scheduler.audit import Reason, explain_interval, read_facts, shortfalls
from scheduler.domain import Announcement, Closure, Planning, Shift, Site
from scheduler.labour import (
    ConsecutiveDays,
    DailyRest,
    Limit,
    MinEngagement,
    Notice,
    NoWork,
    RuleBook,
    ShiftHours,
    WeekHours,
)

from .law_book import ANY_HOURS, as_history, book_of, law_planning, on, only, pack_of, provision
from .world import AMSTERDAM, FULL_TIME, bare_roster, instant, make_planning, need

SUNDAY = instant("2027-03-28 12:00", AMSTERDAM)
NO_SUNDAYS = provision(NoWork, "sundays", weekdays=(7,), waived_by="rest_day_work")
PERMIT = "permit T.rest_day_work would lift it"


def _reasons(planning: Planning, book: RuleBook, at: datetime, *shifts: Shift) -> list[Reason]:
    roster = bare_roster(planning, shifts)
    facts = read_facts(planning, roster, book)
    reasons = explain_interval(planning, roster, "q1", at, facts=facts).reasons
    assert sum(reason.count for reason in reasons) == len(planning.agents)
    return list(reasons)


def _only(*limits: Limit, at: datetime = SUNDAY, **changes: object) -> Reason:
    book = book_of(pack_of(*limits))
    (reason,) = _reasons(law_planning(AMSTERDAM, book, **changes), book, at)
    return reason


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (NO_SUNDAYS, f"no work on Sun 28 Mar 2027 (T: Test act art. 1, CONTRACT; {PERMIT})"),
        (
            provision(Notice, times_days=28),
            "starts and ends are known 28 days ahead (T: Test act art. 1, CONTRACT)",
        ),
        (
            provision(MinEngagement, min_minutes=720),
            "a shift has at least 12 h of paid time (T: Test act art. 1, CONTRACT)",
        ),
    ],
    ids=["sunday", "notice", "engagement"],
)
def test_the_reason_names_the_law_and_the_permit_that_lifts_it(limit: Limit, words: str) -> None:
    reason = _only(limit, announced=Announcement(date(2027, 3, 20)))
    assert (reason.code, reason.count) == ("not_lawful", 1)
    assert reason.words == words.replace("CONTRACT", "named by the contract")
    assert reason.details == ()


def test_a_sunday_in_suriname_without_the_permit() -> None:
    """The pack as shipped: the permit lifts the limit, and then the agent is free."""
    at = instant("2027-03-28 12:00", "America/Paramaribo")
    base = make_planning(
        zone="America/Paramaribo", sites=(Site("S", "Site", "America/Paramaribo", "SR", "SRD"),)
    )
    (reason,) = _reasons(base, read_facts(base, bare_roster(base, ())).book, at)
    assert reason.code == "not_lawful"
    assert reason.words == (
        "no work on Sun 28 Mar 2027 (SR: Arbeidswet 1963; permit SR.rest_day_work would lift it)"
    )
    permitted = replace(base, permits=("SR.rest_day_work",))
    book = read_facts(permitted, bare_roster(permitted, ())).book
    assert [row.code for row in _reasons(permitted, book, at)] == ["free"]


def test_limits_that_stop_every_shift_are_all_named_and_others_are_not() -> None:
    """To lift one of two is no help; a third stops the long shifts alone."""
    limits = (
        NO_SUNDAYS,
        provision(MinEngagement, "engagement", min_minutes=720),
        provision(ShiftHours, "hours", max_minutes=300),
    )
    reason = _only(*limits)
    assert reason.words.count("Test act") == 2
    assert f"{PERMIT}); also a shift has at least 12 h" in reason.words
    assert "5 h" not in reason.words


def test_what_stops_most_shifts_is_told() -> None:
    """Shifts of nine hours break both limits, those of five to eight the shorter one alone."""
    short, shorter = (
        replace(provision(MinEngagement, f"e{hours}", min_minutes=hours * 60), article=f"§ {hours}")
        for hours in (9, 20)
    )
    reason = _only(short, shorter, contract=replace(FULL_TIME, rule_packs=("T",)))
    assert "T: § 20" in reason.words
    assert "T: § 9" not in reason.words


def test_only_shifts_that_come_furthest_are_asked() -> None:
    """Most shifts over 11:00 begin before the rest is over; Sunday stops the few that do not."""
    book = book_of(pack_of(NO_SUNDAYS, provision(DailyRest, "rest", min_minutes=720)))
    named = replace(ANY_HOURS, rule_packs=("T",), max_shift_minutes=300)
    planning = law_planning(AMSTERDAM, book, contract=named)
    evening = on(AMSTERDAM, "2027-03-27 18:00", 240)
    (reason,) = _reasons(planning, book, instant("2027-03-28 11:00", AMSTERDAM), evening)
    assert reason.code == "not_lawful"
    assert "no work on" in reason.words
    assert "12 h" not in reason.words


def test_of_several_laws_the_one_that_stops_most_agents_leads() -> None:
    book = book_of(
        pack_of(NO_SUNDAYS), pack_of(provision(MinEngagement, min_minutes=720), pack_id="U")
    )
    planning = law_planning(AMSTERDAM, book, agents=("A1", "A2", "A3"))
    (named,) = planning.contracts
    contracts = tuple(replace(named, contract_id=key, rule_packs=(key,)) for key in ("T", "U"))
    agents = tuple(
        replace(row, contract_id=key) for row, key in zip(planning.agents, "TUU", strict=True)
    )
    planning = replace(planning, contracts=contracts, agents=agents)
    (reason,) = _reasons(planning, book, SUNDAY)
    most, fewer = reason.details
    assert most[1] == ("A2", "A3")
    assert fewer[1] == ("A1",)
    assert reason.words == f"a shift would break another limit of the law; mostly {most[0]}"


@pytest.mark.parametrize(
    ("limit", "days", "code", "words"),
    [
        (provision(DailyRest, min_minutes=1200), (27,), "resting", "20 h of rest between shifts"),
        (
            provision(WeekHours, max_minutes=960),
            (22, 24),
            "week_full",
            "a week from Monday holds at most 16 h of work",
        ),
        (
            provision(ConsecutiveDays, max_days=3),
            (25, 26, 27),
            "needs_days_off",
            "at most 3 working days in a row",
        ),
    ],
    ids=["rest", "week", "days"],
)
def test_rests_weeks_and_days_off_have_their_law_as_detail(
    limit: Limit, days: tuple[int, ...], code: str, words: str
) -> None:
    book = book_of(pack_of(limit))
    planning = law_planning(AMSTERDAM, book)
    shifts = (on(AMSTERDAM, f"2027-03-{day} 14:00", 480) for day in days)
    (reason,) = _reasons(planning, book, SUNDAY - timedelta(hours=2), *shifts)
    assert reason.code == code
    assert reason.details == ((f"{words} (T: Test act art. 1, named by the contract)", ("A1",)),)


def test_the_day_that_is_worked_already_needs_no_law() -> None:
    book = book_of(pack_of(provision(DailyRest, min_minutes=660)))
    planning = law_planning(AMSTERDAM, book)
    (reason,) = _reasons(planning, book, SUNDAY, on(AMSTERDAM, "2027-03-28 20:00", 120))
    assert (reason.code, reason.details) == ("resting", ())


def test_free_sundays_of_the_dutch_act_are_named() -> None:
    book = book_of(only("free_sundays"))
    past = as_history(
        *(on(AMSTERDAM, f"{date(2027, 3, 21) - timedelta(weeks=k)} 09:00", 240) for k in range(39))
    )
    planning = law_planning(AMSTERDAM, book, history=past, history_from=date(2026, 1, 1))
    (reason,) = _reasons(planning, book, SUNDAY)
    ((words, agents),) = reason.details
    assert (reason.code, agents) == ("needs_days_off", ("A1",))
    assert words.startswith("at least 13 Sundays without work in 52 weeks (NL: Arbeidstijdenwet")


def test_a_closure_is_that_of_the_site_or_of_the_company() -> None:
    day = date(2027, 3, 28)
    for site_id, whose in (("S", "site S"), (None, "the company")):
        reason = _only(closures=(Closure(day, "Stocktaking", site_id),))
        assert reason.code == "closed"
        assert reason.words == f"{whose} is closed on Sun 28 Mar 2027 (Stocktaking)"
        assert reason.details == ()


def test_a_shortfall_names_the_law_too() -> None:
    requirements = need("q1", SUNDAY, SUNDAY + timedelta(hours=1), 1)
    book = book_of(pack_of(NO_SUNDAYS))
    planning = law_planning(AMSTERDAM, book, requirements=requirements)
    roster = bare_roster(planning, ())
    facts = read_facts(planning, roster, book)
    (short,) = shortfalls(planning, roster, facts=facts)
    assert [PERMIT in reason.words for reason in short.reasons] == [True]
