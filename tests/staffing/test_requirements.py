"""Agents needed per interval: targets by channel, levelled work, shrinkage, given rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.domain import DemandInterval, Horizon, RequirementInterval
from scheduler.domain.demand import OpeningRange
from scheduler.staffing.requirements import required_agents
from scheduler.staffing.shrinkage import gross_agents
from scheduler.timegrid.windows import horizon_bounds
from tests.builders import make_horizon, make_planning, make_queue

HORIZON = make_horizon(days=2)
START, END = horizon_bounds(HORIZON)


def need(
    rows: dict[int, tuple[float, int]],
    *,
    minutes: int = 30,
    horizon: Horizon = HORIZON,
    **queue: Any,
) -> tuple[int, ...]:
    """Agents per interval for `{interval: (offered, aht_s)}`."""
    start, _ = horizon_bounds(horizon)
    demand = tuple(
        DemandInterval(
            "q1", start + idx * timedelta(minutes=minutes), Decimal(str(offered)), Decimal(aht_s)
        )
        for idx, (offered, aht_s) in rows.items()
    )
    planning = make_planning(
        horizon=horizon, interval_minutes=minutes, queues=(make_queue(**queue),), demand=demand
    )
    return required_agents(planning)["q1"]


def percent(number: int) -> dict[str, Decimal]:
    return {"target_percent": Decimal(number)}


@pytest.mark.parametrize(
    ("offered", "aht_s", "queue", "agents"),
    [
        (100, 180, {}, 14),  # phone: 80 % in 20 s
        (75, 420, {**percent(70), "target_seconds": 30, "shrinkage": Decimal("0.3")}, 30),
        (100, 180, {"shrinkage": Decimal("0.30")}, 20),
        (120, 660, {"channel": "chat", "concurrency": 2, "target_seconds": 30}, 26),
        (120, 720, {"channel": "chat", "concurrency": 3, "target_seconds": 30}, 19),
        (60, 300, {"channel": "whatsapp"}, 14),  # 80 % in 15 s
        (100, 180, {"concurrency": 4}, 14),  # one call at a time, whatever the row says
        (0, 180, {}, 0),
    ],
)
def test_contacts_that_want_an_answer_at_once(
    offered: int, aht_s: int, queue: dict[str, Any], agents: int
) -> None:
    assert need({3: (offered, aht_s)}, **queue) == (0, 0, 0, agents, *(0,) * 92)


def test_defaults_differ_by_channel() -> None:
    """The same contacts: the longer they may wait, the fewer agents."""
    rows = {0: (60, 300)}
    in_15, in_20, in_60 = (
        need(rows, channel=channel)[0] for channel in ("whatsapp", "phone", "chat")
    )
    assert (in_15, in_20, in_60) == (14, 14, 13)
    assert need(rows, channel="social") == need(rows, channel="chat")


def test_a_target_of_all_contacts_is_met_as_far_as_can_be() -> None:
    assert (
        need({0: (10, 180)}, **percent(100))[0]
        == need({0: (10, 180)}, target_percent=Decimal("99.99"))[0]
    )


def test_work_is_levelled_over_its_deadline() -> None:
    # 24 mails of 15 minutes are 12 agent half hours; over 4 hours: 1.5 agents.
    four_hours = need({2: (24, 900)}, channel="email", deadline_hours=Decimal(4))
    assert (sum(four_hours), sum(four_hours[2:10]), max(four_hours)) == (12, 12, 2)
    # Without a deadline over 24 hours; near the end of the horizon over what is left.
    assert need({0: (96, 900)}, channel="email") == (*(1,) * 48, *(0,) * 48)
    assert need({94: (8, 900)}, channel="email") == (*(0,) * 94, 2, 2)
    # 6 h over 2 h, and the same one hour later: 12 h over 3 h, not 6 agents for a while.
    both = need({0: (24, 900), 2: (24, 900)}, channel="social", deadline_hours=Decimal(2))
    assert both == (*(4,) * 6, *(0,) * 90)
    # A deadline shorter than the interval leaves the interval of arrival.
    assert need({5: (8, 900)}, channel="email", deadline_hours=Decimal("0.25"))[4:7] == (0, 4, 0)


def test_shrinkage_of_levelled_work_is_rounded_once() -> None:
    # 1.4 agents all day at 30 % are 2, not the 3 of ceil(ceil(1.4) / 0.7).
    rows = dict.fromkeys(range(96), (1.4, 1800))
    found = need(rows, channel="email", shrinkage=Decimal("0.3"), deadline_hours=Decimal("0.5"))
    assert found == (2,) * 96


def test_levelled_work_goes_where_the_same_people_are_quiet() -> None:
    phone = make_queue("phone")
    busy = tuple(
        DemandInterval("phone", START + idx * timedelta(minutes=30), Decimal(100), Decimal(180))
        for idx in (*range(24), *range(32, 48))
    )
    mail = DemandInterval("mail", START, Decimal(16), Decimal(900))
    found = {}
    for client in ("acme", "other"):
        queues = (replace(phone, client="acme"), make_queue("mail", channel="email"))
        planning = make_planning(
            horizon=HORIZON,
            queues=(queues[0], replace(queues[1], client=client)),
            demand=(*busy, mail),
        )
        found[client] = required_agents(planning)["mail"]
    assert found["acme"][24:32] == (1,) * 8
    assert found["other"][:8] == (1,) * 8
    assert sum(found["acme"]) == sum(found["other"]) == 8


def test_work_waits_for_opening_hours() -> None:
    # Monday 2027-03-01 and Tuesday, open 09:00 to 17:00: work of 22:00 is done on Tuesday.
    hours = (OpeningRange((1, 2), 540, 1020),)
    queue = {"channel": "email", "opening": hours}
    assert need({44: (64, 900)}, **queue) == (*(0,) * 66, *(2,) * 16, *(0,) * 14)
    # A deadline before opening: the first open interval has it all.
    rushed = need({44: (4, 900)}, deadline_hours=Decimal(2), **queue)
    assert rushed == (*(0,) * 66, 2, *(0,) * 29)
    # What comes after the last opening is for the next period.
    assert need({90: (4, 900)}, **queue) == (0,) * 96


KINGS_DAY = make_horizon(date(2027, 4, 26), 2)
NINE_TO_FIVE = (OpeningRange((1, 2, 3, 4, 5, 6, 7), 540, 1020),)


@pytest.mark.parametrize(
    ("queue", "busy"),
    [
        # 26 April from 16:30 on, then what is open on King's Day until 16:30 of it.
        ({"country": "NL", "holiday_opening": ()}, [33]),
        ({"country": "NL", "holiday_opening": ((600, 720),)}, [33, *range(68, 72)]),
        ({"country": "NL", "holiday_opening": ((600, 660), (720, 780))}, [33, 68, 69, 72, 73]),
        ({"country": "NL"}, [33, *range(66, 81)]),
        ({"country": "BE", "holiday_opening": ()}, [33, *range(66, 81)]),
        ({"country": "NL", "holiday_opening": (), "opening": ()}, [*range(33, 48)]),
    ],
)
def test_on_holidays_of_the_customers_their_hours_hold(
    queue: dict[str, Any], busy: list[int]
) -> None:
    found = need(
        {33: (100_000, 900)},
        horizon=KINGS_DAY,
        **{"channel": "email", "opening": NINE_TO_FIVE, **queue},
    )
    assert [idx for idx, agents in enumerate(found) if agents] == busy


CLOCKS = st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda pair: pair[0] < pair[1])
SPANS = st.lists(CLOCKS.map(lambda pair: (pair[0] * 15, pair[1] * 15)), max_size=2)


@given(
    weekly=st.lists(st.tuples(st.sets(st.integers(1, 7), min_size=1), SPANS), max_size=2),
    holiday=st.one_of(st.none(), SPANS),
    zone=st.sampled_from(["Europe/Amsterdam", "America/Paramaribo", "Australia/Sydney"]),
)
@settings(deadline=None, max_examples=60)
def test_open_is_what_the_clock_of_the_queue_says(
    weekly: list[tuple[set[int], list[tuple[int, int]]]],
    holiday: list[tuple[int, int]] | None,
    zone: str,
) -> None:
    """Quarter by quarter: more work than is ever done is spread over all the queue is open."""
    opening = tuple(
        OpeningRange(tuple(sorted(days)), *span) for days, spans in weekly for span in spans
    )

    def is_open(instant: datetime) -> bool:
        local = instant.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        if holiday is not None and local.date() == date(2027, 4, 27):
            return any(start <= minute < end for start, end in holiday)
        return not opening or any(
            local.isoweekday() in hours.weekdays
            and hours.from_minute <= minute < hours.until_minute
            for hours in opening
        )

    found = need(
        {0: (100_000, 900)},
        horizon=KINGS_DAY,
        channel="email",
        deadline_hours=Decimal(48),
        zone=zone,
        country="NL",
        opening=opening,
        holiday_opening=None if holiday is None else tuple(holiday),
    )
    start, _ = horizon_bounds(KINGS_DAY)
    quarters = [is_open(start + timedelta(minutes=15 * step)) for step in range(96 * 2)]
    opened = [any(quarters[2 * idx : 2 * idx + 2]) for idx in range(96)]
    assert [agents > 0 for agents in found] == opened


@given(
    rows=st.dictionaries(
        st.integers(0, 95),
        st.tuples(st.integers(0, 500).map(lambda n: n / 8), st.integers(30, 900)),
        max_size=8,
    ),
    hours=st.integers(1, 60),
)
@example(rows={19: (17.5, 206), 15: (17.5, 412)}, hours=1)
@settings(deadline=None, max_examples=60)
def test_levelled_work_is_all_done(rows: dict[int, tuple[float, int]], hours: int) -> None:
    agents = need(rows, channel="email", deadline_hours=Decimal(hours))
    work = sum(Decimal(str(offered)) * aht_s for offered, aht_s in rows.values())
    assert sum(agents) * 1800 >= work
    first = min((idx for idx, (offered, _) in rows.items() if offered), default=96)
    assert not any(agents[:first])
    # Rounding adds less than one stint per arrival.
    assert sum(agents) * 1800 < work + 2 * 1800 * len(rows) or not rows


def test_a_given_row_replaces_the_figure_without_shrinkage() -> None:
    planning = make_planning(
        horizon=HORIZON,
        queues=(make_queue(shrinkage=Decimal("0.5")), make_queue("q2")),
        demand=tuple(
            DemandInterval("q1", START + idx * timedelta(minutes=30), Decimal(100), Decimal(180))
            for idx in range(2)
        ),
        requirements=(RequirementInterval("q1", START, 3),),
    )
    found = required_agents(planning)
    assert found["q1"][:3] == (3, 28, 0)
    assert found["q2"] == (0,) * 96


def test_a_horizon_with_a_clock_change_has_its_own_number_of_intervals() -> None:
    def count(first: date, zone: str) -> int:
        return len(required_agents(make_planning(horizon=make_horizon(first, 1, zone)))["q1"])

    assert count(date(2027, 3, 28), "Europe/Amsterdam") == 46
    assert count(date(2027, 10, 31), "Europe/Amsterdam") == 50
    assert count(date(2027, 4, 4), "Australia/Lord_Howe") == 49


def test_rows_off_the_horizon_are_refused() -> None:
    with pytest.raises(ValueError, match="not the start of an interval"):
        need({-1: (1, 60)})
    with pytest.raises(ValueError, match="not the start of an interval"):
        need({96: (1, 60)}, channel="email")


@given(net=st.integers(0, 500), hundredths=st.integers(0, 95))
def test_gross_is_exact(net: int, hundredths: int) -> None:
    gross = gross_agents(net, Decimal(hundredths) / 100)
    left = 100 - hundredths
    assert gross == ceil(Decimal(net * 100) / left)
    assert floor(gross * left / 100 + 1e-9) >= net
