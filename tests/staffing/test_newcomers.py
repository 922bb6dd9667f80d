"""Need in heads where newcomers are among those who serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from scheduler.domain import DemandInterval, Planning
from scheduler.domain.demand import Pool, StaffingPolicy
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.windows import horizon_bounds
from tests.builders import make_agent, make_horizon, make_planning, make_queue, make_skills

HORIZON = make_horizon(days=2)
START, _ = horizon_bounds(HORIZON)
FIRST = HORIZON.start
HALF = StaffingPolicy(ramp_up=(50,))


def planning(*started_on: date | None, **changes: Any) -> Planning:
    """Agents who all may serve the queues; a hundred calls of three minutes in every interval."""
    agents = tuple(make_agent(f"a{idx}", started_on=day) for idx, day in enumerate(started_on))
    queues = changes.pop("queues", (make_queue(),))
    skills = tuple(
        skill
        for agent in agents
        for queue in queues
        for skill in make_skills(agent.agent_id, queue)
    )
    demand = tuple(
        DemandInterval(
            queue.queue_id, START + idx * timedelta(minutes=30), Decimal(100), Decimal(180)
        )
        for queue in queues
        for idx in range(96)
    )
    wanted = {"staffing": HALF, "skills": skills} | changes
    return make_planning(horizon=HORIZON, agents=agents, queues=queues, demand=demand, **wanted)


def need(made: Planning, queue_id: str = "q1") -> set[int]:
    return set(required_agents(made)[queue_id])


def test_half_newcomers_at_half_speed_need_a_third_more_heads() -> None:
    assert need(planning(None, FIRST)) == {19}  # 14 / 0.75
    assert need(planning(FIRST, FIRST)) == {28}
    assert need(planning(None, None)) == {14}


def test_without_a_table_every_head_counts() -> None:
    assert need(planning(None, FIRST, staffing=StaffingPolicy())) == {14}


def test_newcomers_grow_during_the_horizon() -> None:
    """Four weeks end with the first day."""
    started = FIRST - timedelta(days=27)
    found = required_agents(planning(started))["q1"]
    assert set(found[:48]) == {28}
    assert set(found[48:]) == {14}


def test_only_those_count_who_may_serve_and_are_there() -> None:
    made = planning(None, FIRST)
    assert need(replace(made, skills=made.skills[:3])) == {14}, "the newcomer has no skills"
    left = replace(made.agents[1], employed_until=FIRST)
    assert need(replace(made, agents=(made.agents[0], left))) == {14}
    later = replace(made.agents[1], started_on=FIRST + timedelta(days=30))
    assert need(replace(made, agents=(made.agents[0], later))) == {14}
    assert need(replace(made, skills=())) == {14}, "nobody may serve: nothing is known of them"


def test_shrinkage_and_newcomers_are_rounded_once() -> None:
    """14 / (0.9 x 0.75) is 20.7; rounded after each step it would be 16 / 0.75, so 22."""
    assert need(planning(None, FIRST, queues=(make_queue(shrinkage=Decimal("0.1")),))) == {21}
    # 10 Erlang of e-mail in every half hour, levelled: 10 / (0.6 x 0.75) is 22.2 on average
    mail = make_queue(channel="email", deadline_hours=Decimal(1), shrinkage=Decimal("0.4"))
    found = required_agents(planning(None, FIRST, queues=(mail,)))["q1"]
    assert 96 * 10 / 0.45 <= sum(found) < 96 * 10 / 0.45 + 96
    assert max(found) == 23


def test_a_pool_grows_as_a_whole() -> None:
    queues = (make_queue("q1"), make_queue("q2"))
    made = planning(None, FIRST, queues=queues, pools=(Pool("p", ("q1", "q2")),))
    found = required_agents(made)
    assert {a + b for a, b in zip(found["q1"], found["q2"], strict=True)} == {32}  # 24 / 0.75
