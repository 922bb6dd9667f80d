"""Whole rosters simulated: pooling, channels, hours, presence, skills, shrinkage; and bad input."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.audit.coverage import read_coverage
from scheduler.audit.facts import read_facts
from scheduler.audit.skills import lacks
from scheduler.domain import (
    Activity,
    Break,
    DemandInterval,
    Location,
    Planning,
    Queue,
    Roster,
    Shift,
    Skill,
    SolverNote,
)
from scheduler.domain.demand import OpeningRange, StaffingPolicy
from scheduler.staffing.erlang import erlang_c
from scheduler.staffing.simulate import Assumptions, Simulation, simulate
from scheduler.staffing.simulate_duty import duties_of, serving_spans
from scheduler.timegrid.timeline import place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of
from tests.builders import (
    make_agent,
    make_horizon,
    make_planning,
    make_queue,
    make_site,
    make_skills,
    utc,
)

HOUR = timedelta(hours=1)
DAY = make_horizon(days=1)
START, END = horizon_bounds(DAY)


def shift(
    agent_id: str,
    start: datetime,
    end: datetime,
    *activities: Activity,
    breaks: tuple[Break, ...] = (),
) -> Shift:
    local = local_of(start, "Europe/Amsterdam")
    minutes = (end - start) // timedelta(minutes=1)
    return Shift(
        agent_id,
        start,
        end,
        local.wall,
        "Europe/Amsterdam",
        local.fold,
        minutes,
        breaks,
        activities,
    )


def all_day(agent_id: str, queue_id: str, start: datetime = START, end: datetime = END) -> Shift:
    return shift(agent_id, start, end, Activity(queue_id, start, end))


def roster(planning: Planning, shifts: Iterable[Shift]) -> Roster:
    note = SolverNote("0", "test", "feasible", 1, 1, 0.0)
    return Roster(planning.horizon, "EUR", tuple(shifts), 0, 0, (), note, "", "")


def demand(
    queue_id: str, offered: float, aht_s: float, hours: Iterable[int] = range(24)
) -> tuple[DemandInterval, ...]:
    """So many contacts per half hour in some hours of the day."""
    return tuple(
        DemandInterval(
            queue_id,
            START + hour * HOUR + half * HOUR / 2,
            Decimal(str(offered)),
            Decimal(str(aht_s)),
        )
        for hour in hours
        for half in (0, 1)
    )


def planning_for(queues: tuple[Queue, ...], agents: int, **fields: Any) -> Planning:
    """A day with agents `a0`, `a1`, ... who can serve all queues."""
    people = tuple(make_agent(f"a{idx}") for idx in range(agents))
    skills = {
        skill
        for agent in people
        for queue in queues
        for skill in make_skills(agent.agent_id, queue)
    }
    given = {
        "horizon": DAY,
        "queues": queues,
        "agents": people,
        "skills": tuple(sorted(skills, key=str)),
    }
    return make_planning(**(given | fields))


PHONES = (make_queue("q1"), make_queue("q2", client="other"))


def pooled(queue_ids: list[str], routing: str = "skills") -> Simulation:
    """Cross-trained agents, one per entry, assigned to that queue ("": to none), all day long."""
    rows = demand("q1", 100, 180) + demand("q2", 100, 180)
    planning = planning_for(PHONES, len(queue_ids), demand=rows)
    shifts = [
        all_day(f"a{idx}", queue_id) if queue_id else shift(f"a{idx}", START, END)
        for idx, queue_id in enumerate(queue_ids)
    ]
    return simulate(
        planning,
        roster(planning, shifts),
        routing=routing,
        assumptions=Assumptions(warm_up_hours=2),
        replications=30,
    )


def test_two_queues_of_fourteen_agents_need_twenty_four_together() -> None:
    """100 calls of 180 s in half an hour each, 80 % within 20 s: 14 apart, 24 pooled, not 28."""
    for agents in (24, 23):  # one line for all: the Erlang C of the sum
        found, exact = pooled([""] * agents).total, erlang_c(20.0, 180.0, agents, 20.0)
        assert found.service_level.holds(float(exact.service_level))
        assert found.mean_wait_s.holds(float(exact.asa_s))
    assert found.service_level.high is not None
    assert found.service_level.high < 0.8
    # Own calls first: waits spread more, their mean stays, more are answered at once.
    shared = pooled(["q1", "q2"] * 12).total
    assert shared.service_level.low is not None
    assert shared.service_level.low > 0.8
    assert shared.mean_wait_s.holds(13.4132534907)
    apart = pooled(["q1", "q2"] * 12, "assigned")
    for row in apart.queues:
        assert row.outcome.service_level.high is not None
        assert row.outcome.service_level.high < 0.7
    enough = pooled(["q1", "q2"] * 14, "assigned").total
    assert enough.service_level.holds(0.888350019179)


def test_a_phone_is_dead_at_night_but_messages_wait_for_the_morning() -> None:
    hours = {"opening": (OpeningRange((1,), 8 * 60, 20 * 60),)}
    queues = (
        make_queue("q1", **hours),
        make_queue("wa", channel="whatsapp", target_seconds=60, **hours),
        make_queue("mail", channel="email", deadline_hours=Decimal(2), **hours),
    )
    rows = demand("q1", 10, 60) + demand("wa", 10, 60) + demand("mail", 10, 60)
    planning = planning_for(queues, 9, demand=rows)
    shifts = [all_day(f"a{idx}", queues[idx % 3].queue_id) for idx in range(9)]
    found = simulate(planning, roster(planning, shifts), replications=10)
    phone, chat, mail = (row.outcome for row in found.queues)
    assert phone.turned_away.mean == pytest.approx(240, rel=0.05)
    assert phone.offered.mean == pytest.approx(240, rel=0.05)
    # What comes after eight in the evening is the next day's.
    assert chat.offered.mean == pytest.approx(400, rel=0.05)
    assert chat.turned_away.mean == 0
    by_hour = {(row.queue_id, row.start - START): row.outcome for row in found.hours}
    assert by_hour["wa", 8 * HOUR].offered.mean == pytest.approx(180, rel=0.1)
    assert by_hour["wa", 7 * HOUR].offered.mean == 0
    morning = by_hour["wa", 8 * HOUR].service_level
    assert morning.high is not None
    assert morning.high < 0.5
    assert by_hour["wa", 12 * HOUR].service_level.mean == pytest.approx(1, abs=0.02)
    # 160 mails lie there at eight, one every 20 s gets done; the first 120 are due by half past.
    # The 88th to the 135th are late: those that come after seven have two hours again.
    assert mail.late_share.mean == pytest.approx(48 / 400, abs=0.03)
    assert mail.service_level.mean is None
    assert chat.late_share.mean is None


@pytest.mark.parametrize(("agents", "deadline", "late"), [(3, 4, 0.12), (2, 10, 0.1)])
def test_mails_are_in_time_with_the_agents_of_the_worked_example(
    agents: int, deadline: int, late: float
) -> None:
    """With one agent less a quarter and more is late; chance makes some late as it is."""
    arrivals = (40, 60, 50, 30, 20, 20, 30, 30, 20, 10)
    queue = make_queue("mail", channel="email", deadline_hours=Decimal(deadline))
    rows = tuple(
        row for hour, count in enumerate(arrivals) for row in demand("mail", count / 2, 400, [hour])
    )

    def late_share(heads: int) -> float:
        planning = planning_for((queue,), heads, demand=rows)
        shifts = [all_day(f"a{idx}", "mail") for idx in range(heads)]
        outcome = simulate(
            planning,
            roster(planning, shifts),
            assumptions=Assumptions(handling_cv=0.2),
            replications=40,
        ).queue("mail")
        assert outcome.late_share.mean is not None
        return outcome.late_share.mean

    assert late_share(agents) < late
    assert late_share(agents - 1) > 2 * late_share(agents)


def test_chats_take_their_part_of_an_agent() -> None:
    """Two at once here, three on WhatsApp: each queue is Erlang C with slots."""
    queues = (
        make_queue("chat", channel="chat", concurrency=2, target_seconds=60),
        make_queue("wa", channel="whatsapp", concurrency=3, target_seconds=60),
    )
    rows = demand("chat", 40, 600) + demand("wa", 40, 600)
    planning = planning_for(queues, 14, demand=rows)
    shifts = [all_day(f"a{idx}", "chat" if idx < 8 else "wa") for idx in range(14)]
    found = simulate(
        planning,
        roster(planning, shifts),
        routing="assigned",
        assumptions=Assumptions(warm_up_hours=2),
        confidence=0.999,
    )
    for queue_id, slots in (("chat", 16), ("wa", 18)):
        exact = erlang_c(40 / 3, 600.0, slots, 60.0)
        assert found.queue(queue_id).service_level.holds(float(exact.service_level))
        assert found.queue(queue_id).occupancy.holds(float(exact.occupancy))


def test_the_more_important_queue_is_answered_first() -> None:
    queues = (make_queue("q1", priority=2), make_queue("q2", client="other", priority=1))
    planning = planning_for(queues, 4, demand=demand("q1", 18, 180) + demand("q2", 18, 180))
    made = roster(planning, [shift(f"a{idx}", START, END) for idx in range(4)])
    low, high = (row.outcome.mean_wait_s for row in simulate(planning, made).queues)
    assert low.low is not None
    assert high.high is not None
    assert 3 * high.high < low.low


def test_chats_with_a_deadline_are_kept_until_the_queue_opens() -> None:
    hours = (OpeningRange((1,), 12 * 60, 24 * 60),)
    queue = make_queue("q1", channel="chat", deadline_hours=Decimal(6), opening=hours)
    planning = planning_for((queue,), 2, demand=demand("q1", 5, 60, range(12)))
    found = simulate(planning, roster(planning, [all_day("a0", "q1")])).queue("q1")
    assert found.turned_away.mean == 0
    assert found.answered.mean == found.offered.mean == pytest.approx(120, rel=0.1)


def test_idle_agents_take_mail_only_when_blended() -> None:
    queues = (make_queue("q1"), make_queue("mail", channel="email"))
    rows = demand("q1", 2, 180) + demand("mail", 4, 300, range(12))
    planning = planning_for(queues, 3, demand=rows)
    shifts = [all_day(f"a{idx}", "q1") for idx in range(3)]
    made = roster(planning, shifts)
    apart = simulate(planning, made, replications=20)
    blend = simulate(planning, made, replications=20, assumptions=Assumptions(blend=True))
    assert apart.queue("mail").answered.mean == 0
    assert blend.queue("mail").answered.mean == blend.queue("mail").offered.mean
    assert blend.queue("mail").offered == apart.queue("mail").offered
    before, after = apart.queue("q1").occupancy.mean, blend.queue("q1").occupancy.mean
    assert before is not None
    assert after is not None
    # 96 calls of 180 s, then 96 mails of 300 s on top, in 72 hours of work.
    assert before == pytest.approx(96 * 180 / 3600 / 72, rel=0.15)
    assert after == pytest.approx((96 * 180 + 96 * 300) / 3600 / 72, rel=0.15)


def test_shrinkage_takes_its_share_of_presence() -> None:
    queues = (make_queue("q1", shrinkage=Decimal("0.3")),)
    planning = planning_for(queues, 20, demand=demand("q1", 100, 180))
    made = roster(planning, [all_day(f"a{idx}", "q1") for idx in range(20)])
    shrunk = simulate(planning, made, confidence=0.999).queue("q1")
    whole = simulate(planning, made, assumptions=Assumptions(shrinkage=False)).queue("q1")
    assert whole.agent_hours.low == whole.agent_hours.high == 480
    assert shrunk.agent_hours.holds(0.7 * 480)
    assert shrunk.agent_hours.low is not None
    assert shrunk.agent_hours.low > 0.66 * 480
    assert whole.service_level.low is not None
    assert shrunk.service_level.high is not None
    assert shrunk.service_level.high < whole.service_level.low


def test_newcomers_take_longer_when_asked() -> None:
    planning = planning_for((make_queue("q1"),), 4, demand=demand("q1", 5, 180))
    started = tuple(replace(agent, started_on=DAY.start) for agent in planning.agents)
    planning = replace(planning, agents=started, staffing=StaffingPolicy(ramp_up=(50,)))
    made = roster(planning, [all_day(f"a{idx}", "q1") for idx in range(4)])
    plain, slow = (
        simulate(planning, made, assumptions=Assumptions(ramp_up=ramp_up)).queue("q1")
        for ramp_up in (False, True)
    )
    assert plain.occupancy.mean is not None
    assert slow.occupancy.mean == pytest.approx(2 * plain.occupancy.mean, rel=0.03)


def test_more_replications_keep_the_first_and_stopping_keeps_what_there_is() -> None:
    planning = planning_for(PHONES, 2, demand=demand("q1", 3, 180))
    made = roster(planning, [all_day("a0", "q1"), all_day("a1", "q2")])
    seen: list[tuple[int, int]] = []
    stopped = simulate(
        planning,
        made,
        replications=9,
        on_progress=lambda done, of: seen.append((done, of)),
        should_stop=lambda: len(seen) >= 3,
    )
    assert seen == [(1, 9), (2, 9), (3, 9)]
    assert stopped == simulate(planning, made, replications=3)
    assert stopped.replications == 3
    assert stopped != simulate(planning, made, replications=3, seed=2)
    assert stopped.contacts == 3 * (stopped.total.offered.mean or 0)
    alone = simulate(planning, made, replications=1)
    by_hour = [row.outcome.longest_wait_s.mean or 0 for row in alone.hours]
    assert alone.total.longest_wait_s.mean == max(by_hour) > 0


def test_routing_changes_neither_contacts_nor_patience() -> None:
    queues = tuple(replace(queue, patience_s=60) for queue in PHONES)
    planning = planning_for(queues, 3, demand=demand("q1", 9, 300) + demand("q2", 1, 60))
    made = roster(planning, [all_day("a0", "q1"), all_day("a1", "q1"), all_day("a2", "q2")])
    apart, shared = (simulate(planning, made, routing=r) for r in ("assigned", "skills"))
    for queue in queues:
        one, other = apart.queue(queue.queue_id), shared.queue(queue.queue_id)
        assert one.offered == other.offered
    assert apart.queue("q1").abandon_share.low is not None
    assert shared.queue("q1").abandon_share.high is not None
    assert shared.queue("q1").abandon_share.high < apart.queue("q1").abandon_share.low


def test_duties_are_shifts_without_breaks_by_activity_and_skill() -> None:
    """A certificate that begins at noon in Paramaribo's zone; a shift over the horizon's end."""
    queues = (make_queue("q1"), make_queue("q2", certificate="KSF"))
    horizon = make_horizon(days=2)
    planning = planning_for(queues, 1, horizon=horizon)
    away = Location("a0", date(2027, 3, 1), "America/Paramaribo", "SR")
    rows = tuple(
        replace(row, valid_from=date(2027, 3, 2)) if row.kind == "certificate" else row
        for row in planning.skills
    )
    planning = replace(planning, skills=rows, locations=(away,))
    start = utc("2027-03-02T00:00")
    end = utc("2027-03-03T01:00")
    pause = Break(start + 5 * HOUR, start + 6 * HOUR, paid=False)
    on = Activity("q1", start + HOUR, pause.start)
    made = roster(planning, [shift("a0", start, end, on, breaks=(pause,))])
    zero = utc("2027-02-28T23:00")
    found = [
        (zero + timedelta(seconds=duty.start_s), zero + timedelta(seconds=duty.end_s), duty)
        for duty in duties_of(planning, made)
    ]
    assert [(s, e, duty.queue_idx, duty.skilled) for s, e, duty in found] == [
        (start, start + HOUR, -1, (0,)),
        (start + HOUR, start + 3 * HOUR, 0, (0,)),  # midnight in Paramaribo
        (start + 3 * HOUR, pause.start, 0, (0, 1)),
        (pause.end, utc("2027-03-02T23:00"), -1, (0, 1)),
    ]


def test_a_skill_counts_in_whole_intervals_and_goes_on_when_renewed() -> None:
    """Midnight in Kathmandu, a quarter past six in the evening, is no start of a half hour."""
    queue, place = make_queue(), place_timeline(make_site("Asia/Kathmandu"), ())
    channel, client, language = make_skills("a0", queue)
    days = [date(2027, 3, day) for day in (2, 3, 4, 5)]
    rows = (
        *(channel, language),
        replace(client, valid_from=days[0], valid_until=days[1]),
        replace(client, valid_from=days[1], valid_until=days[2]),
        replace(client, valid_from=days[3]),
    )
    spans = serving_spans(rows, queue, place, start=START, interval_s=1800)
    hours = [(first / 3600, after / 3600) for first, after in spans]
    assert hours == [(19.5, 67), (91.5, math.inf)]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_presence_and_skills_are_those_of_the_audit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    horizon = make_horizon(date(2027, 3, 27), days=3)  # the clock changes on the second day
    first, _ = horizon_bounds(horizon)
    queues = tuple(
        make_queue(
            f"q{idx}",
            client=f"c{rng.integers(2)}",
            min_level=rng.choice([None, "B2"]),
            certificate=rng.choice([None, "KSF"]),
        )
        for idx in range(4)
    )
    agents = tuple(make_agent(f"a{idx}") for idx in range(4))
    days = [None, *(date(2027, 3, 27) + timedelta(days=day) for day in range(4))]
    rows = []
    for agent in agents:
        rows.append(Skill(agent.agent_id, "channel", "phone"))
        for kind, value in (("client", "c0"), ("client", "c1"), ("certificate", "KSF")):
            if rng.random() < 0.7:
                begins, ends = rng.choice(5), rng.choice(5)
                rows.append(Skill(agent.agent_id, kind, value, None, days[begins], days[ends]))
        level = str(rng.choice(["A2", "B2", "C1"]))
        rows.append(Skill(agent.agent_id, "language", "nl-SR", level))
    planning = make_planning(horizon=horizon, queues=queues, agents=agents, skills=tuple(rows))
    shifts = []
    for agent in agents:
        for day in range(3):
            start = first + timedelta(hours=24 * day, minutes=15 * int(rng.integers(0, 40)))
            edges = [start + timedelta(minutes=15 * n) for n in (0, 6, 8, 11, 20, 28)]
            activities = (
                Activity(str(rng.choice(["q0", "q1"])), edges[0], edges[1]),
                Activity(str(rng.choice(["q2", "q3"])), edges[2], edges[3]),
                Activity("q0", edges[3], edges[4]),
            )
            pause = Break(edges[1], edges[2], paid=False)
            shifts.append(shift(agent.agent_id, start, edges[-1], *activities, breaks=(pause,)))
    made = roster(planning, shifts)
    facts = read_facts(planning, made)
    coverage = read_coverage(facts)
    duties = duties_of(planning, made)
    for idx, cover in enumerate(coverage.queues):
        there = [0] * len(cover.on_queue)
        for duty in duties:
            if duty.queue_idx == idx:
                for quarter in range(int(duty.start_s) // 900, int(duty.end_s) // 900):
                    there[quarter] += 1
        assert tuple(there) == cover.on_queue
    at_work = sum(duty.end_s - duty.start_s for duty in duties)
    assert at_work == 900 * sum(coverage.at_work)
    for duty in duties:
        agent = facts.agents[agents[duty.agent_idx].agent_id]
        moments = (duty.start_s, duty.end_s - 900)
        for second in moments:
            instant = first + timedelta(seconds=second)
            able = tuple(
                idx
                for idx, queue in enumerate(queues)
                if not lacks(facts, agent, queue, instant, instant + timedelta(minutes=15))
            )
            assert able == duty.skilled


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"routing": "random"}, "routing must be one of skills, assigned, not random"),
        ({"replications": 0}, "replications must be 1 or more"),
        ({"agents": (make_agent("b"),)}, "names agent a0, whom the planning lacks"),
        ({"queues": (make_queue("x"),)}, "queue q1"),
        ({"demand": ()}, "no demand: without contacts nothing"),
        ({"demand": demand("q1", -1, 60)}, "contacts must be 0 or more"),
        ({"demand": demand("q1", 1, 0)}, "with a handling time above 0"),
        ({"demand": demand("q1", 1, 60, [24])}, "outside the horizon"),
        ({"shifts": [all_day("a0", "q1"), all_day("a0", "q1", START + HOUR)]}, "two duties at"),
    ],
)
def test_what_cannot_be_simulated_is_refused(change: dict[str, Any], sentence: str) -> None:
    planning = planning_for((make_queue("q1"),), 1, demand=demand("q1", 1, 60))
    options = {name: change[name] for name in ("routing", "replications") if name in change}
    made = roster(planning, change.get("shifts", [all_day("a0", "q1")]))
    fields = {name: change[name] for name in ("agents", "queues", "demand") if name in change}
    with pytest.raises(ValueError, match=sentence):
        simulate(replace(planning, **fields), made, **options)
