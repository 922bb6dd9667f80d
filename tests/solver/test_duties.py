"""Breaks and stints: complete, lawful, long enough, and never worse than they say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from solver import Choice, DutyPlan, PlanningProblem, SlotRoster, plan_duties, score, unit_values
from tests.solver.random_problems import random_problem
from tests.solver.test_solve import problem_of


def random_roster(problem: PlanningProblem, seed: int) -> SlotRoster:
    rng = random.Random(seed)
    choices = []
    for agent_idx in range(len(problem.agents)):
        last_end = 0
        low, high = problem.option_range(agent_idx)
        for day in range(problem.agents[agent_idx].days):
            rows = [
                row
                for row in range(low, high)
                if problem.options.day[row] == day and problem.options.start[row] >= last_end
            ]
            if rows and rng.random() < 0.7:
                row = rng.choice(rows)
                last_end = int(problem.options.end[row])
                at = -1
                if problem.options.break_slots[row]:
                    window = problem.options.break_from[row], problem.options.break_until[row]
                    at = rng.randint(int(window[0]), int(window[1]))
                choices.append(Choice(agent_idx, day, row, at))
    return SlotRoster(tuple(choices))


def group_at(problem: PlanningProblem, agent_idx: int, slot: int) -> tuple[int, ...]:
    turns = problem.agents[agent_idx].groups
    return problem.groups[[group for first, group in turns if first <= slot][-1]]


def assert_sound(problem: PlanningProblem, roster: SlotRoster, plan: DutyPlan) -> None:
    table = problem.options
    shifts = {(c.agent_idx, c.day_idx, c.option_idx) for c in roster.choices}
    assert {(c.agent_idx, c.day_idx, c.option_idx) for c in plan.roster.choices} == shifts
    serving: dict[tuple[int, int], int] = {}
    for stint in plan.stints:
        for slot in range(stint.start, stint.end):
            assert (stint.agent_idx, slot) not in serving
            assert stint.queue_idx in group_at(problem, stint.agent_idx, slot)
            serving[stint.agent_idx, slot] = stint.queue_idx
    duty = set()
    for choice in plan.roster.choices:
        row = choice.option_idx
        length = int(table.break_slots[row])
        if length:
            assert table.break_from[row] <= choice.break_start <= table.break_until[row]
        for slot in range(int(table.start[row]), min(int(table.end[row]), problem.slots)):
            if not choice.break_start <= slot < choice.break_start + length:
                duty.add((choice.agent_idx, slot))
    servable = {cell for cell in duty if group_at(problem, *cell)}
    assert set(serving) == servable
    short = useful = 0
    for index, queue in enumerate(problem.queues):
        for slot, need in enumerate(queue.need):
            there = sum(serving.get((agent, slot)) == index for agent in range(len(problem.agents)))
            short += sum(unit_values(need, queue.short_cents)[there:])
            useful += min(there, need)
    assert plan.short_cents == short
    assert plan.idle_cents == (len(duty) - useful) * problem.idle_cents
    terms = score(problem, plan.roster)
    assert (plan.flow_short_cents, plan.flow_idle_cents) == (terms["short"], terms["idle"])
    before = score(problem, roster)
    assert terms["short"] + terms["idle"] <= before["short"] + before["idle"]
    lost = plan.short_cents + plan.idle_cents - plan.flow_short_cents - plan.flow_idle_cents
    assert lost >= 0
    assert (plan.lost_slots > 0) <= (lost > 0)


def assert_stints_long_enough(problem: PlanningProblem, plan: DutyPlan) -> None:
    """Short only where the whole piece of duty is, or where the agent may serve no longer."""
    table = problem.options
    edges = set()
    for choice in plan.roster.choices:
        row = choice.option_idx
        edges |= {
            (choice.agent_idx, int(table.start[row])),
            (choice.agent_idx, int(table.end[row])),
        }
        if choice.break_start >= 0:
            back = choice.break_start + int(table.break_slots[row])
            edges |= {(choice.agent_idx, choice.break_start), (choice.agent_idx, back)}
    edges |= {(agent, problem.slots) for agent in range(len(problem.agents))}
    changes = {
        (agent, slot) for agent, person in enumerate(problem.agents) for slot, _ in person.groups
    }
    for stint in plan.stints:
        begins, ends = (stint.agent_idx, stint.start), (stint.agent_idx, stint.end)
        if stint.end - stint.start < problem.min_stint_slots:
            whole = begins in edges and ends in edges
            assert whole or begins in changes or ends in changes, stint


@pytest.mark.parametrize("seed", range(60))
def test_random_rosters_become_sound_plans(seed: int) -> None:
    problem = random_problem(seed)
    roster = random_roster(problem, seed)
    plan = plan_duties(problem, roster, workers=1, seed=seed, time_limit_seconds=1.0)
    assert_sound(problem, roster, plan)
    assert_stints_long_enough(problem, plan)


def test_stints_of_one_slot_lose_nothing() -> None:
    problem = replace(problem_of(days=7, agents=9), min_stint_slots=1)
    roster = random_roster(problem, 3)
    plan = plan_duties(problem, roster, workers=2, time_limit_seconds=20.0)
    assert_sound(problem, roster, plan)
    assert plan.lost_slots == 0
    assert plan.short_cents == plan.flow_short_cents


def test_an_hour_on_a_queue_is_kept() -> None:
    problem = problem_of(days=7, agents=9)
    rng = random.Random(11)  # needs that change every half hour tempt to switch early
    queues = tuple(
        replace(queue, need=tuple(n for n in rng.choices(range(4), k=336) for _ in range(2)))
        for queue in problem.queues
    )
    problem = replace(problem, queues=queues)
    roster = random_roster(problem, 4)
    plan = plan_duties(problem, roster, workers=2, time_limit_seconds=3.0)
    assert_sound(problem, roster, plan)
    assert_stints_long_enough(problem, plan)
