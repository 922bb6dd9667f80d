"""Every way to bring one agent on duty in a stretch of slots by changing a day or two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.explain.cover import Cover
from solver.explain.single import Change, Roster, Single, static_cents
from solver.problem import OptionTable, PlanningProblem
from solver.roster import Choice
from solver.rules import CountCost, HoursTarget

__all__ = ["Worth", "changes", "covering", "reach", "worth_of"]

IntArray = NDArray[np.int64]


class Worth:
    """What one agent's presence saves, slot by slot, given everybody else.

    Parameters
    ----------
    cover : Cover
        Of the whole roster; knows every group of `single`.
    single : Single
        The agent, under whatever groups the questions are about.
    groups : (slots,) int array
        The agent's group per slot as the roster counts it.
    start, end : int
        Slots of the horizon that matter; presence elsewhere counts nothing.

    Attributes
    ----------
    present_cents : int
        Worth of the present shifts as the roster counts them.
    """

    def __init__(
        self, cover: Cover, single: Single, groups: IntArray, start: int, end: int
    ) -> None:
        problem = single.problem
        on_duty = duty(problem, single.present)
        now = problem.agents[0].group_per_slot(problem.slots)
        worth = np.zeros(problem.slots + 1, dtype=np.int64)
        present = 0
        for slot in range(start, end):
            was, group = groups[slot], now[slot]
            if not on_duty[slot]:
                worth[slot + 1] = cover.split(slot).gain_cents[group]
                continue
            loss = int(cover.split(slot).loss_cents[was])
            present += loss
            same = was == group
            worth[slot + 1] = loss if same else cover.without(slot, int(was)).gain_cents[group]
        self.present_cents = present
        self._until = np.cumsum(worth)

    def of_shift(self, table: OptionTable, row: int, span: tuple[int, int]) -> tuple[int, int]:
        """Return the worth of a shift, its break where it hurts least, and that break's start.

        Parameters
        ----------
        span : (int, int)
            Slots to keep free of the break, if it can be; give an empty span for no such wish.
        """
        slots = len(self._until) - 1
        start, end = int(table.start[row]), min(int(table.end[row]), slots)
        whole = int(self._until[end] - self._until[start])
        length = int(table.break_slots[row])
        if not length:
            return whole, -1
        at = np.arange(int(table.break_from[row]), int(table.break_until[row]) + 1)
        clear = (at + length <= span[0]) | (span[1] <= at)
        if clear.any():
            at = at[clear]
        lost = self._until[np.minimum(at + length, slots)] - self._until[np.minimum(at, slots)]
        best = int(np.argmin(lost))
        return whole - int(lost[best]), int(at[best])

    def of_choice(self, table: OptionTable, choice: Choice) -> int:
        """Return the worth of a shift with its break where it is."""
        slots = len(self._until) - 1
        row = choice.option_idx
        start, end = int(table.start[row]), min(int(table.end[row]), slots)
        whole = int(self._until[end] - self._until[start])
        if choice.break_start < 0:
            return whole
        after = min(choice.break_start + int(table.break_slots[row]), slots)
        return whole - int(self._until[after] - self._until[min(choice.break_start, slots)])


def worth_of(
    roster: Roster, single: Single, span: tuple[int, int], *, give_up_days: int = 0
) -> Worth:
    """Return the worth of an agent's presence wherever `changes` with the same arguments looks."""
    groups = roster.problem.agents[single.agent_idx].group_per_slot(roster.problem.slots)
    bounds = reach(single, span, give_up_days=give_up_days)
    return Worth(roster.cover, single, groups, *bounds)


def reach(single: Single, span: tuple[int, int], *, give_up_days: int = 0) -> tuple[int, int]:
    """Return the slots that `changes` with the same arguments may touch."""
    table = single.problem.options
    near = covering(single.problem, *span)
    days = set(table.day[near].tolist())
    rows = [
        *near.tolist(),
        *(
            choice.option_idx
            for choice in single.present
            if any(abs(choice.day_idx - day) <= give_up_days for day in days)
        ),
    ]
    if not rows:
        return span
    return int(table.start[rows].min()), min(int(table.end[rows].max()), single.problem.slots)


def duty(problem: PlanningProblem, choices: Sequence[Choice]) -> NDArray[np.bool_]:
    """Return per slot of the horizon whether shifts hold it, breaks taken out."""
    on_duty = np.zeros(problem.slots, dtype=np.bool_)
    table = problem.options
    for choice in choices:
        row = choice.option_idx
        on_duty[table.start[row] : table.end[row]] = True
        if choice.break_start >= 0:
            on_duty[choice.break_start : choice.break_start + table.break_slots[row]] = False
    return on_duty


def covering(problem: PlanningProblem, start: int, end: int) -> IntArray:
    """Return the options of an agent alone that hold all of ``[start, end)`` beside a break."""
    table = problem.options
    rows = np.flatnonzero((table.start <= start) & (end <= table.end))
    clear: IntArray = rows[
        (table.break_slots[rows] == 0)
        | (table.break_from[rows] + table.break_slots[rows] <= start)
        | (table.break_until[rows] >= end)
    ]
    return clear


def changes(
    single: Single, worth: Worth, span: tuple[int, int], *, give_up_days: int = 0
) -> list[Change]:
    """Return all ways to have the agent on duty in `span`, the cheapest first, lawful or not.

    Parameters
    ----------
    worth : Worth
        Holds all slots of the options that cover the span, and of the shifts of their days.
    span : (int, int)
        Slots ``[start, end)``.
    give_up_days : int
        A shift up to so many days away may go in exchange; pins never do.

    Returns
    -------
    list of Change
        Days with a pin are left alone.
    """
    problem, table = single.problem, single.problem.options
    of_day = {choice.day_idx: choice for choice in single.present}
    pinned = {c.day_idx for c in single.present if table.pinned[c.option_idx]}
    static = static_cents(table)
    rows = covering(problem, *span)
    found = []
    for day in dict.fromkeys(table.day[rows].tolist()):
        if day in pinned:
            continue
        here = rows[table.day[rows] == day]
        placed = [worth.of_shift(table, row, span) for row in here.tolist()]
        replaced = of_day.get(day)
        others: list[Choice | None] = [None]
        others += [
            choice
            for choice in single.present
            if 0 < abs(choice.day_idx - day) <= give_up_days and choice.day_idx not in pinned
        ]
        for given_up in others:
            gone = [choice for choice in (replaced, given_up) if choice is not None]
            delta = static[here] - np.array([cents for cents, _ in placed], dtype=np.int64)
            delta += _difference(single, worth, static, gone, here, day)
            kept = [choice for choice in single.present if choice not in gone]
            for index, row in enumerate(here.tolist()):
                taken = Choice(0, day, row, placed[index][1])
                if taken != replaced:
                    after = tuple(sorted([*kept, taken]))
                    cents = int(delta[index])
                    found.append(Change(cents, after, taken, replaced, given_up))
    return sorted(found, key=lambda change: (change.delta_cents, change.after))


def _difference(
    single: Single,
    worth: Worth,
    static: IntArray,
    gone: Sequence[Choice],
    rows: IntArray,
    day: int,
) -> IntArray:
    """Return by option what changes besides its own cost and worth, when `gone` go for it."""
    problem, table = single.problem, single.problem.options
    off = problem.agents[0].off_cents
    total = np.zeros(len(rows), dtype=np.int64)
    # What the groups of now make of the present shifts, against what the roster counts.
    total += worth.present_cents - sum(worth.of_choice(table, c) for c in single.present)
    for choice in gone:
        total += worth.of_choice(table, choice) - int(static[choice.option_idx])
    worked = {choice.day_idx for choice in single.present}
    total -= off[day] if day not in worked else 0
    total += sum(off[choice.day_idx] for choice in gone if choice.day_idx != day)
    for rule in problem.rules:
        if isinstance(rule, HoursTarget):
            inside = range(rule.first_day, rule.end_day)
            before = _minutes(table, single.present, inside)
            base = before - _minutes(table, gone, inside)
            paid = table.paid_minutes[rows].astype(np.int64) if day in inside else 0 * rows
            total += _target_cents(rule, base + paid) - rule.cents(before)
        elif isinstance(rule, CountCost):
            column = getattr(table, rule.flag)
            count = sum(int(column[choice.option_idx]) for choice in single.present)
            fewer = sum(int(column[choice.option_idx]) for choice in gone)
            for add in (0, 1):
                total[column[rows] == add] += rule.cents(count - fewer + add) - rule.cents(count)
    return total


def _minutes(table: OptionTable, choices: Sequence[Choice], days: range) -> int:
    return sum(int(table.paid_minutes[c.option_idx]) for c in choices if c.day_idx in days)


def _target_cents(rule: HoursTarget, minutes: IntArray) -> IntArray:
    """Return `HoursTarget.cents` of many sums."""
    worked = minutes + rule.carry_minutes
    under_target = np.maximum(0, rule.target_minutes - worked) * rule.under_target_cents_hour
    under_min = np.maximum(0, rule.min_minutes - worked) * rule.under_min_cents_hour
    cents: IntArray = under_target // 60 + under_min // 60
    return cents
