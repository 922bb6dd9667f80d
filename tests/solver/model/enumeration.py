"""Every roster of a tiny problem, judged and priced by rules written down here once more.

Shares nothing with `solver.check`, `solver.score` or the model: rules are judged in
`tests.solver.model.lawful`, cover by trying every way to spread the agents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import CountCost, HoursTarget, Pin, Rule
from tests.solver.model.lawful import is_lawful


@dataclass(frozen=True)
class AgentRoster:
    """One lawful roster of one agent: its choices, own cost and duty strip."""

    choices: tuple[Choice, ...]
    cents: int
    duty: NDArray[np.int64]


def best_cost(problem: PlanningProblem) -> int:
    """Return the least cost over every roster of at most three agents."""
    rosters = [agent_rosters(problem, agent_idx) for agent_idx in range(len(problem.agents))]
    assert all(rosters), "an agent has no lawful roster"
    tables = _cover_cents(problem)
    while len(rosters) < 3:
        rosters.append([AgentRoster((), 0, np.zeros(problem.slots, dtype=np.int64))])
        tables = np.concatenate([tables, tables])
    duty = [np.stack([roster.duty for roster in mine]) for mine in rosters]
    own = [np.array([roster.cents for roster in mine]) for mine in rosters]
    best = None
    for index, third in enumerate(duty[2]):
        # With the third agent fixed, cover is base + first + second + both, per slot.
        here = np.where(third, tables[4:], tables[:4])
        base, first, second = here[0], here[1] - here[0], here[2] - here[0]
        both = here[3] - here[1] - here[2] + here[0]
        total = (
            base.sum()
            + (own[0] + duty[0] @ first)[:, None]
            + (own[1] + duty[1] @ second)[None, :]
            + (duty[0] * both) @ duty[1].T
            + own[2][index]
        )
        best = int(total.min()) if best is None else min(best, int(total.min()))
    assert best is not None
    return best


def best_single_cost(problem: PlanningProblem, agent_idx: int, slot_cents: list[int]) -> int:
    """Return the least cost of one agent whose duty slots are priced."""
    prices = np.array(slot_cents)
    return min(
        roster.cents + int(roster.duty @ prices) for roster in agent_rosters(problem, agent_idx)
    )


def agent_rosters(problem: PlanningProblem, agent_idx: int) -> list[AgentRoster]:
    """Return every lawful roster of an agent, with every place its breaks may take."""
    agent = problem.agents[agent_idx]
    rules = [rule for rule in problem.rules if rule.agent_idx == agent_idx]
    low, high = problem.option_range(agent_idx)
    rows_by_day: list[list[int | None]] = [[None] for _ in range(agent.days)]
    for row in range(low, high):
        rows_by_day[int(problem.options.day[row])].append(row)
    pins = {rule.option_idx for rule in rules if isinstance(rule, Pin)}
    for day, rows in enumerate(rows_by_day):
        if pins & set(rows):
            rows_by_day[day] = [row for row in rows if row in pins]
    found: list[AgentRoster] = []
    for picked in itertools.product(*rows_by_day):
        rows = [row for row in picked if row is not None]
        if is_lawful(problem, agent_idx, rules, rows):
            cents = _own_cents(problem, agent_idx, rules, rows)
            found += [
                AgentRoster(choices, cents, _duty(problem, choices))
                for choices in _break_placements(problem, agent_idx, rows)
            ]
    return found


def _break_placements(
    problem: PlanningProblem, agent_idx: int, rows: list[int]
) -> Iterator[tuple[Choice, ...]]:
    table = problem.options
    places = [
        range(table.break_from[row], table.break_until[row] + 1) if table.break_slots[row] else [-1]
        for row in rows
    ]
    for starts in itertools.product(*places):
        yield tuple(
            Choice(agent_idx, int(table.day[row]), row, int(start))
            for row, start in zip(rows, starts, strict=True)
        )


def _duty(problem: PlanningProblem, choices: tuple[Choice, ...]) -> NDArray[np.int64]:
    duty = np.zeros(problem.slots, dtype=np.int64)
    table = problem.options
    for choice in choices:
        duty[table.start[choice.option_idx] : table.end[choice.option_idx]] = 1
        if choice.break_start >= 0:
            length = table.break_slots[choice.option_idx]
            duty[choice.break_start : choice.break_start + length] = 0
    return duty


def _own_cents(problem: PlanningProblem, agent_idx: int, rules: list[Rule], rows: list[int]) -> int:
    table = problem.options
    cents = sum(
        int(table.wages_cents[row] + table.premium_cents[row])
        + int(table.own_night_cents[row] + table.wish_cents[row])
        for row in rows
    )
    days = {int(table.day[row]) for row in rows}
    off = problem.agents[agent_idx].off_cents
    cents += sum(price for day, price in enumerate(off) if day not in days)
    for rule in rules:
        if isinstance(rule, HoursTarget):
            hours = rule.carry_minutes + _minutes(problem, rows, rule.first_day, rule.end_day)
            under = max(rule.target_minutes - hours, 0) * rule.under_target_cents_hour
            below = max(rule.min_minutes - hours, 0) * rule.under_min_cents_hour
            cents += under // 60 + below // 60
        elif isinstance(rule, CountCost):
            column = table.weekend if rule.flag == "weekend" else table.evening
            for nth in range(sum(int(column[row]) for row in rows)):
                cents += rule.step_cents[min(nth, len(rule.step_cents) - 1)]
    return cents


def _minutes(problem: PlanningProblem, rows: list[int], first_day: int, end_day: int) -> int:
    table = problem.options
    return sum(
        int(table.paid_minutes[row]) for row in rows if first_day <= table.day[row] < end_day
    )


def _cover_cents(problem: PlanningProblem) -> NDArray[np.int64]:
    """Return the least cover cost per set of agents on duty (a bit mask) and slot."""
    count = len(problem.agents)
    cents = np.zeros((2**count, problem.slots), dtype=np.int64)
    known: dict[object, int] = {}
    for slot in range(problem.slots):
        need = tuple(queue.need[slot] for queue in problem.queues)
        served = tuple(
            problem.groups[[g for first, g in agent.groups if first <= slot][-1]]
            for agent in problem.agents
        )
        for mask in range(2**count):
            on_duty = tuple(served[agent] for agent in range(count) if mask >> agent & 1)
            if (need, on_duty) not in known:
                known[need, on_duty] = _least_split(problem, need, on_duty)
            cents[mask, slot] = known[need, on_duty]
    return cents


def _least_split(
    problem: PlanningProblem, need: tuple[int, ...], on_duty: tuple[tuple[int, ...], ...]
) -> int:
    """Try every queue, or idleness, for every agent on duty."""
    best = None
    for places in itertools.product(*((None, *queues) for queues in on_duty)):
        cents = 0
        useful = 0
        for queue_idx, queue in enumerate(problem.queues):
            wanted, there = need[queue_idx], places.count(queue_idx)
            useful += min(there, wanted)
            high, middle, low = queue.short_cents
            for unit in range(there + 1, wanted + 1):
                top, two_thirds = unit == 1 or unit <= wanted / 3, unit <= 2 * wanted / 3
                cents += high if top else middle if two_thirds else low
        cents += problem.idle_cents * (len(places) - useful)
        best = cents if best is None else min(best, cents)
    assert best is not None
    return best
