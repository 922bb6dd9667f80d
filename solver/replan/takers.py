"""Who could take an open shift, and what each would cost."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from solver.replan.apply import Applied
from solver.replan.lawful import Judge
from solver.replan.moves import Limits, Move
from solver.replan.present import Present
from solver.replan.records import Alternative, Alternatives, ChangeError, OpenShift
from solver.replan.search import Search
from solver.replan.terms import own_terms
from solver.replan.worth import presence
from solver.roster import Choice
from solver.rules import HoursLimit

__all__ = ["rank_takers"]

Ints = NDArray[np.int64]


def rank_takers(
    present: Present,
    judge: Judge,
    applied: Applied,
    open_shift: OpenShift,
    n: int,
    *,
    from_slot: int,
    change_cents: int,
    classes: tuple[Ints, Ints],
) -> Alternatives:
    """Return who could take an open shift; see `Replanner.alternatives`."""
    problem = present.problem
    if not 0 <= open_shift.queue_idx < len(problem.queues):
        raise ChangeError(f"there is no queue {open_shift.queue_idx}")
    if not 0 <= open_shift.start < open_shift.end <= problem.slots:
        raise ChangeError("the open shift lies outside the horizon")
    search = Search(
        present, judge, applied, classes, Limits(from_slot, change_cents, lambda: False)
    )
    class_of, members = classes
    served = _served(present, open_shift, members)
    half = (open_shift.end - open_shift.start + 1) // 2
    skilled = served[:, -1][class_of] >= half
    on_duty = _on_duty(present, open_shift, half)
    table = problem.options
    rows = np.flatnonzero((table.start < open_shift.end) & (table.end > open_shift.start))
    agents = table.agent[rows]
    first = np.maximum(table.start[rows], open_shift.start) - open_shift.start
    after = np.minimum(table.end[rows], open_shift.end) - open_shift.start
    covered = served[class_of[agents], after] - served[class_of[agents], first]
    rows = rows[(covered >= half) & ~on_duty[agents]]
    found = search.columns(rows, rows[:0])
    open_to: Counter[int] = Counter(found.agents.tolist())
    barred: dict[int, str] = {}
    ranked: dict[int, Alternative] = {}
    for move, broken in search.judged(found, above=-math.inf):
        if len(ranked) >= n:
            break
        if move.agent_idx in ranked:
            continue
        open_to[move.agent_idx] -= 1
        if broken is None:
            ranked[move.agent_idx] = _alternative(present, judge, open_shift, move)
        else:
            barred.setdefault(move.agent_idx, broken[1].rule)
    excluded: Counter[str] = Counter()
    for agent_idx in range(len(problem.agents)):
        if agent_idx in ranked:
            continue
        if not skilled[agent_idx]:
            excluded["no_skill"] += 1
        elif on_duty[agent_idx]:
            excluded["on_duty"] += 1
        elif agent_idx not in open_to:
            excluded["no_option"] += 1
        elif agent_idx in barred and not open_to[agent_idx]:
            excluded[barred[agent_idx]] += 1
        else:
            excluded["ranked_lower"] += 1
    first_excluded = tuple(
        (agent_idx, rule)
        for agent_idx, rule in barred.items()
        if agent_idx not in ranked and not open_to[agent_idx]
    )
    return Alternatives(tuple(ranked.values()), tuple(sorted(excluded.items())), first_excluded[:n])


def _served(present: Present, open_shift: OpenShift, members: Ints) -> Ints:
    """Return per class how many slots of the stretch before each one it may serve the queue in."""
    problem = present.problem
    may = np.array([open_shift.queue_idx in group for group in problem.groups], dtype=np.int64)
    lines = [
        may[problem.agents[int(agent_idx)].group_per_slot(problem.slots)] for agent_idx in members
    ]
    inside = np.stack(lines)[:, open_shift.start : open_shift.end]
    return np.concatenate(
        [np.zeros((len(members), 1), dtype=np.int64), np.cumsum(inside, axis=1)], axis=1
    )


def _on_duty(present: Present, open_shift: OpenShift, half: int) -> NDArray[np.bool_]:
    """Say of each agent whether a present shift takes up half of the stretch or more."""
    table, first_day = present.problem.options, present.own.first_day
    worked = np.flatnonzero(present.rows >= 0)
    rows = present.rows[worked]
    overlap = np.minimum(table.end[rows], open_shift.end) - np.maximum(
        table.start[rows], open_shift.start
    )
    there = np.zeros(len(present.problem.agents), dtype=np.bool_)
    there[np.searchsorted(first_day, worked[overlap >= half], side="right") - 1] = True
    return there


def _alternative(present: Present, judge: Judge, open_shift: OpenShift, move: Move) -> Alternative:
    problem, agent_idx = present.problem, move.agent_idx
    rules = judge.rules[agent_idx]
    instead = {move.day_idx: (move.row, move.break_start)}
    now, then = present.choices(agent_idx, {}), present.choices(agent_idx, instead)
    old = own_terms(problem, agent_idx, rules, now)
    new = own_terms(problem, agent_idx, rules, then)
    terms = {"cover": move.cover_cents}
    terms |= {name: cents - old[name] for name, cents in new.items()}
    terms["change"] = move.change_cents
    before = next((c.option_idx for c in now if c.day_idx == move.day_idx), None)
    there = presence(problem.options, move.row, move.break_start, problem.slots)
    rests = _rests(present, agent_idx, move, then)
    return Alternative(
        agent_idx=agent_idx,
        day_idx=move.day_idx,
        option_idx=move.row,
        before=before,
        covered_slots=int(np.sum((there >= open_shift.start) & (there < open_shift.end))),
        terms=tuple((name, cents) for name, cents in terms.items() if cents),
        cents=sum(terms.values()),
        hours_left_minutes=_hours_left(present, judge, move, then),
        rest_before_slots=rests[0],
        rest_after_slots=rests[1],
    )


def _hours_left(present: Present, judge: Judge, move: Move, choices: list[Choice]) -> int | None:
    paid = present.problem.options.paid_minutes
    left = [
        rule.max_minutes
        - rule.carry_minutes
        - sum(
            int(paid[choice.option_idx])
            for choice in choices
            if rule.first_day <= choice.day_idx < rule.end_day
        )
        for rule in judge.rules[move.agent_idx]
        if isinstance(rule, HoursLimit) and rule.first_day <= move.day_idx < rule.end_day
    ]
    return min(left, default=None)


def _rests(
    present: Present, agent_idx: int, move: Move, choices: list[Choice]
) -> tuple[int | None, int | None]:
    """Return the slots of rest before and after the move's shift."""
    table = present.problem.options
    start, end = int(table.start[move.row]), int(table.end[move.row])
    others = [(shift.start, shift.end) for shift in present.problem.agents[agent_idx].carry]
    others += [
        (int(table.start[choice.option_idx]), int(table.end[choice.option_idx]))
        for choice in choices
        if choice.option_idx != move.row
    ]
    before = [start - other_end for _, other_end in others if other_end <= start]
    after = [other_start - end for other_start, _ in others if other_start >= end]
    return min(before, default=None), min(after, default=None)
