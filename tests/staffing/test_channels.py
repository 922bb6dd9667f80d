"""Channels, pools, shrinkage and newcomers: published rows, and what must hold for all."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import DemandInterval, Planning, Queue
from scheduler.domain.demand import CHANNELS, ChannelTarget, Pool, StaffingPolicy
from scheduler.staffing.channels import (
    CONCURRENCY_FACTORS,
    DEFAULTS,
    aht_at_concurrency,
    fewest_agents_with_slots,
    service_of,
)
from scheduler.staffing.fewest import Targets
from scheduler.staffing.pools import shared_out
from scheduler.staffing.ramp_up import DEFAULT_RAMP_UP, effective_agents, heads_for, productivity
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.windows import horizon_bounds
from tests.builders import make_horizon, make_planning, make_queue
from tests.staffing.figures import FIGURES

HORIZON = make_horizon(days=1)
START, _ = horizon_bounds(HORIZON)
PAGE = Path(__file__).parents[2] / "docs" / "staffing.md"
CHATS = [row for row in FIGURES if "concurrency" in row]


@pytest.mark.parametrize("row", CHATS, ids=lambda row: row["id"])
def test_chat_rows(row: dict[str, str]) -> None:
    load = float(row["calls"]) * float(row["aht_s"]) / float(row["interval_s"])
    goal = Targets(service_level=float(row["sl_target"]), target_s=float(row["target_s"]))
    found = fewest_agents_with_slots(load, float(row["aht_s"]), int(row["concurrency"]), goal)
    assert int(found) == int(row["expected_min_agents"])
    least = replace(goal, minimum=50)
    at_least = fewest_agents_with_slots(load, float(row["aht_s"]), int(row["concurrency"]), least)
    assert int(at_least) == 50


def test_chats_side_by_side_take_longer() -> None:
    for at_once, factor in enumerate(CONCURRENCY_FACTORS, start=1):
        longer = aht_at_concurrency(300, at_once)
        assert at_once / longer == pytest.approx(factor / 300)
        assert aht_at_concurrency(longer, 1, measured_at=at_once) == pytest.approx(300)
    with pytest.raises(ValueError, match="concurrency must be 1 to 5, not 6"):
        aht_at_concurrency(300, 6)
    with pytest.raises(ValueError, match="concurrency must be whole numbers"):
        fewest_agents_with_slots(1.0, 60, 0, Targets(service_level=0.8))


def planning_of(
    queues: tuple[Queue, ...],
    rows: dict[str, tuple[int, int]],
    policy: StaffingPolicy | None = None,
    *pools: Pool,
) -> Planning:
    demand = tuple(
        DemandInterval(queue_id, START, Decimal(offered), Decimal(aht_s))
        for queue_id, (offered, aht_s) in rows.items()
    )
    planning = make_planning(horizon=HORIZON, queues=queues, demand=demand)
    return replace(planning, staffing=policy or StaffingPolicy(), pools=pools)


def first(planning: Planning) -> list[int]:
    return [agents[0] for agents in required_agents(planning).values()]


def test_settings_come_between_queue_and_defaults() -> None:
    policy = StaffingPolicy(
        channels=(("chat", ChannelTarget(Decimal(90), None, None, Decimal("0.6"), 2)),)
    )
    plain = make_queue(channel="chat")
    own = replace(plain, target_percent=Decimal(70), target_seconds=5, concurrency=3)
    found = service_of(plain, policy)
    assert (found.level, found.target_seconds, found.max_occupancy, found.at_once) == (
        0.9,
        60,
        Decimal("0.6"),
        2,
    )
    found = service_of(own, policy)
    assert (found.level, found.target_seconds, found.at_once) == (0.7, 5, 3)
    # 100 chats of 180 s are 10 Erlang: at most 60 % busy on 2 slots each, 17 / 2.
    assert first(planning_of((plain,), {"q1": (100, 180)}, policy)) == [9]


def test_a_deadline_of_the_channel_makes_work_deferrable() -> None:
    policy = StaffingPolicy(channels=(("social", ChannelTarget(deadline_hours=Decimal(4))),))
    plain = make_queue(channel="social")
    assert service_of(plain, policy).deadline_hours == 4
    assert service_of(replace(plain, target_seconds=30), policy).deadline_hours is None
    assert max(required_agents(planning_of((plain,), {"q1": (24, 900)}, policy))["q1"]) == 2


def test_patience_counts_only_where_the_settings_say_so() -> None:
    rows, queue = {"q1": (100, 180)}, make_queue(patience_s=300)
    assert first(planning_of((queue,), rows)) == [14]
    policy = StaffingPolicy("erlang_a")
    assert first(planning_of((queue,), rows, policy)) == [13]
    assert first(planning_of((make_queue(),), rows, policy)) == [14]
    assert service_of(make_queue(channel="chat", patience_s=300), policy).patience_s is None


@pytest.mark.parametrize(("count", "agents"), [(1, 14), (2, 24), (4, 45)])
def test_pooled_queues_need_fewer(count: int, agents: int) -> None:
    queues = tuple(make_queue(f"q{idx}") for idx in range(count))
    rows = {queue.queue_id: (100, 180) for queue in queues}
    pool = Pool("all", tuple(rows))
    found = first(planning_of(queues, rows, None, pool))
    assert sum(found) == agents
    assert max(found) - min(found) <= 1
    assert sum(first(planning_of(queues, rows))) == 14 * count


def test_a_pool_keeps_the_strictest_promise() -> None:
    strict = make_queue("a", target_percent=Decimal(90), target_seconds=30)
    quick = make_queue("b", target_percent=Decimal(70), target_seconds=10)
    rows = {"a": (100, 180), "b": (50, 240)}
    together = first(planning_of((strict, quick), rows, None, Pool("p", ("a", "b"))))
    alone = make_queue("c", target_percent=Decimal(90), target_seconds=10)
    # 150 calls of 200 s in mean: the same as one queue with the harder half of each target.
    assert sum(together) == first(planning_of((alone,), {"c": (150, 200)}))[0] == 23
    assert together == [14, 9]


@given(
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 60)), min_size=1, max_size=6).filter(
        lambda rows: any(load for load, _ in rows)
    ),
)
def test_parts_of_a_pool_add_up(net: int, rows: list[tuple[int, int]]) -> None:
    loads = [Fraction(load, 100) for load, _ in rows]
    shrinkages = [Decimal(percent) / 100 for _, percent in rows]
    found = shared_out(net, loads, shrinkages)
    exact = [
        net * load / sum(loads) / (1 - Fraction(lost))
        for load, lost in zip(loads, shrinkages, strict=True)
    ]
    assert sum(found) == math.ceil(sum(exact))
    busy = [idx for idx, load in enumerate(loads) if load]
    assert all(not found[idx] for idx in range(len(loads)) if idx not in busy)
    if sum(found) >= len(busy):
        assert all(found[idx] for idx in busy)
        if all(exact[idx] >= 1 for idx in busy):
            gaps = zip(found, exact, strict=True)
            assert all(abs(agents - part) < 1 for agents, part in gaps)


@pytest.mark.parametrize(
    ("pools", "sentence"),
    [
        ([Pool("p", ("a", "x"))], "pool p: there is no queue x"),
        ([Pool("p", ("a", "b")), Pool("r", ("b",))], "pool r: a queue stands in two pools"),
        ([Pool("p", ("a", "chat"))], "calls and written contacts"),
        ([Pool("p", ("mail", "a"))], "with a deadline are levelled"),
        ([Pool("p", ("chat", "chats"))], "the same concurrency"),
    ],
)
def test_pools_that_do_not_fit(pools: list[Pool], sentence: str) -> None:
    queues = (
        make_queue("a"),
        make_queue("b"),
        make_queue("mail", channel="email"),
        make_queue("chat", channel="chat", concurrency=2),
        make_queue("chats", channel="chat", concurrency=3),
    )
    with pytest.raises(ValueError, match=sentence):
        required_agents(planning_of(queues, {"a": (1, 60)}, None, *pools))


def test_rows_that_no_interval_has() -> None:
    for offered, aht_s in ((-1, 60), (1, 0), (1, -5)):
        with pytest.raises(ValueError, match=r"q1 at 2027-.*handling time"):
            required_agents(planning_of((make_queue(),), {"q1": (offered, aht_s)}))


def test_newcomers_count_by_what_they_get_done() -> None:
    day = date(2027, 3, 22)
    assert productivity(None, day) == 1
    assert productivity(day + timedelta(days=1), day) == 0
    shares = [productivity(day - timedelta(weeks=weeks), day) for weeks in range(60)]
    assert shares[0] == shares[3] == Fraction(53, 100)
    assert shares[4] == Fraction(58, 100)
    assert shares == sorted(shares)
    # Full after 8 to 12 months.
    assert next(weeks for weeks, share in enumerate(shares) if share == 1) * 7 / 30.4 >= 8
    assert shares[52] == 1
    assert productivity(day, day, (40,)) == Fraction(2, 5)
    assert productivity(day - timedelta(weeks=4), day, (40,)) == 1


@given(st.lists(st.integers(-5, 500), min_size=1, max_size=30), st.integers(0, 90))
def test_heads_are_the_least_of_their_mix(days: list[int], need: int) -> None:
    day = date(2027, 3, 22)
    group = [day - timedelta(days=ago) for ago in days]
    worth = effective_agents(group, day)
    assert worth == sum(productivity(start, day) for start in group)
    if not worth:
        with pytest.raises(ValueError, match="nobody of the group"):
            heads_for(need, group, day)
        return
    heads = heads_for(need, group, day)
    assert heads * worth >= need * len(group) > (heads - 1) * worth or heads == need == 0


def test_the_page_shows_the_tables_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, flags=re.MULTILINE))
    assert set(CHANNELS) <= set(rows)
    for channel, goal in DEFAULTS.items():
        if goal.deadline_hours is None:
            expected = f"{goal.target_percent} % within {goal.target_seconds} s"
        else:
            expected = f"done within {goal.deadline_hours} h"
        cap = "none" if goal.max_occupancy is None else f"{goal.max_occupancy}"
        assert rows[channel] == f"{expected} | {goal.concurrency} | {cap}"
    assert ", ".join(f"{factor:g}" for factor in CONCURRENCY_FACTORS) in text
    assert ", ".join(str(percent) for percent in DEFAULT_RAMP_UP) in text
