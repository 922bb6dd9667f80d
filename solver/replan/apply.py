"""Changes put into effect on a roster in memory, and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
from solver.replan.lawful import Judge
from solver.replan.present import Present
from solver.replan.records import (
    Added,
    Change,
    ChangedShift,
    ChangeError,
    NeedChange,
    Out,
    Removed,
    Why,
)
from solver.replan.worth import added_up, best_breaks, presence
from solver.roster import Choice

__all__ = ["Applied", "apply_changes", "problem_after", "restore"]

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Applied:
    """What some changes have done to a roster.

    Parameters
    ----------
    present : Present
        The roster.
    published_rows, published_breaks : (agent-days,) array
        Its options and break starts before the changes.
    rows, breaks : (agent-days,) array
        The same after the changes: the reference, against which changed shifts are counted.
    changed : list of ChangedShift
        Shifts that the changes themselves took or gave.
    out : dict of int to list of (int, int)
        Stretches in which an agent is away.
    fixed : set of int
        Agent-days that were settled by hand, and all of agents who are away: whoever has just
        called in sick is not asked to work at other times instead.
    touched : (slots,) array
        True where the changes may have changed the cover.
    """

    present: Present
    published_rows: Ints
    published_breaks: Ints
    touched: NDArray[np.bool_]
    rows: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    breaks: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    changed: list[ChangedShift] = field(default_factory=list)
    out: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    fixed: set[int] = field(default_factory=set)

    def choices(self, agent_idx: int) -> list[Choice]:
        """Return an agent's shifts right after the changes."""
        span = self.present.days(agent_idx)
        pairs = zip(self.rows[span].tolist(), self.breaks[span].tolist(), strict=True)
        return [Choice(agent_idx, day, row, at) for day, (row, at) in enumerate(pairs) if row >= 0]

    def may_work(self, agents: Ints, rows: Ints) -> NDArray[np.bool_]:
        """Say of options whether their agents are there for them."""
        table = self.present.problem.options
        allowed = np.ones(len(rows), dtype=np.bool_)
        for agent_idx, spans in self.out.items():
            own = np.flatnonzero((agents == agent_idx) & (rows >= 0))
            start, end = table.start[rows[own]], table.end[rows[own]]
            for first, after in spans:
                allowed[own[(start < after) & (end > first)]] = False
        return allowed

    def undo(self, present: Present) -> None:
        """Give every agent the published shifts again."""
        restore(present, self.published_rows, self.published_breaks)


def restore(present: Present, rows: Ints, breaks: Ints) -> None:
    """Give every agent-day the option and break start of two columns."""
    differ = np.flatnonzero((present.rows != rows) | (present.breaks != breaks))
    agents = np.searchsorted(present.own.first_day, differ, side="right") - 1
    for at, agent_idx in zip(differ.tolist(), agents.tolist(), strict=True):
        day_idx = at - int(present.own.first_day[agent_idx])
        present.put(agent_idx, day_idx, int(rows[at]), int(breaks[at]))


def problem_after(problem: PlanningProblem, needs: Iterable[NeedChange]) -> PlanningProblem:
    """Return the problem with changed needs.

    Raises
    ------
    ChangeError
        If there is no such queue, or the stretch lies outside the horizon.
    """
    queues = list(problem.queues)
    for change in needs:
        if not 0 <= change.queue_idx < len(queues):
            raise ChangeError(f"there is no queue {change.queue_idx}")
        if not 0 <= change.from_slot < change.end_slot <= problem.slots:
            raise ChangeError("the need changes outside the horizon")
        need = list(queues[change.queue_idx].need)
        for slot in range(change.from_slot, change.end_slot):
            need[slot] = max(0, need[slot] + change.by)
        queues[change.queue_idx] = replace(queues[change.queue_idx], need=tuple(need))
    return replace(problem, queues=tuple(queues))


def apply_changes(
    present: Present, changes: Sequence[Change], *, standing: Sequence[Change] = ()
) -> Applied:
    """Put changes into effect.

    Parameters
    ----------
    present : Present
        The published roster, needs changed already; it is changed in place.
    standing : sequence of Change
        Changes of before, in effect already: agents stay away, days stay settled.

    Raises
    ------
    ChangeError
        If a change speaks of something that does not exist, or a shift put in by hand breaks a
        rule that was kept. The roster is as before then.
    """
    slots = present.problem.slots
    applied = Applied(
        present,
        present.rows.copy(),
        present.breaks.copy(),
        touched=np.zeros(slots, dtype=np.bool_),
    )
    table = present.problem.options
    for change in standing:
        _remember(present, applied, change)
    try:
        for change in changes:
            _remember(present, applied, change)
            if isinstance(change, NeedChange):
                applied.touched[max(change.from_slot, 0) : change.end_slot] = True
            elif isinstance(change, Out):
                span = present.days(change.agent_idx)
                applied.fixed.update(range(span.start, span.stop))
                rows = present.rows[present.days(change.agent_idx)]
                for day_idx, row in enumerate(rows.tolist()):
                    if row >= 0 and (
                        table.start[row] < change.end_slot and table.end[row] > change.from_slot
                    ):
                        _set(present, applied, change.agent_idx, day_idx, -1, -1, Why.OUT)
            elif isinstance(change, Removed):
                _take_out(present, applied, change)
            else:
                _add(present, applied, change)
    except ChangeError:
        applied.undo(present)
        raise
    applied.rows, applied.breaks = present.rows.copy(), present.breaks.copy()
    return applied


def _remember(present: Present, applied: Applied, change: Change) -> None:
    """Note who is away and which days are settled, and refuse what does not exist."""
    agents = present.problem.agents
    if isinstance(change, NeedChange):
        return
    if isinstance(change, Added):
        table = present.problem.options
        if not 0 <= change.option_idx < len(table):
            raise ChangeError(f"there is no option {change.option_idx}")
        agent_idx, day_idx = int(table.agent[change.option_idx]), int(table.day[change.option_idx])
    else:
        agent_idx, day_idx = change.agent_idx, getattr(change, "day_idx", 0)
        if not 0 <= agent_idx < len(agents):
            raise ChangeError(f"there is no agent {agent_idx}")
        if not 0 <= day_idx < max(agents[agent_idx].days, 1):
            raise ChangeError(f"agent {agent_idx} has no day {day_idx}")
    if isinstance(change, Out):
        applied.out[agent_idx].append((change.from_slot, change.end_slot))
    else:
        applied.fixed.add(int(present.own.first_day[agent_idx]) + day_idx)


def _take_out(present: Present, applied: Applied, change: Removed) -> None:
    at = int(present.own.first_day[change.agent_idx]) + change.day_idx
    if present.rows[at] < 0:
        raise ChangeError("there is no shift to take out on that day")
    _set(present, applied, change.agent_idx, change.day_idx, -1, -1, Why.REMOVED)


def _add(present: Present, applied: Applied, change: Added) -> None:
    table = present.problem.options
    row = change.option_idx
    agent_idx, day_idx = int(table.agent[row]), int(table.day[row])
    at = change.break_start
    if at is None:
        until = added_up(present.gains(agent_idx)[None, :])
        lines = np.zeros(1, dtype=np.int64)
        at = int(best_breaks(table, np.array([row]), until, lines)[1][0])
    elif not table.break_slots[row]:
        at = -1
    elif not table.break_from[row] <= at <= table.break_until[row]:
        raise ChangeError("the break lies outside the option's window")
    agents, rows = np.array([agent_idx]), np.array([row])
    if not applied.may_work(agents, rows)[0]:
        raise ChangeError(f"agent {agent_idx} is away during that shift")
    before = present.choices(agent_idx, {})
    judge = Judge(present.problem, lambda _agent_idx: before)
    broken = judge.broken(agent_idx, present.choices(agent_idx, {day_idx: (row, at)}))
    if broken is not None:
        raise ChangeError(f"the shift put in by hand breaks {type(broken[0]).__name__}")
    _set(present, applied, agent_idx, day_idx, row, at, Why.ADDED)


def _set(
    present: Present,
    applied: Applied,
    agent_idx: int,
    day_idx: int,
    row: int,
    break_start: int,
    why: Why,
) -> None:
    """Give an agent an option (-1: none) and note what that changed."""
    at = int(present.own.first_day[agent_idx]) + day_idx
    old, old_break = int(present.rows[at]), int(present.breaks[at])
    if (old, old_break) == (row, break_start):
        return
    table, slots = present.problem.options, present.problem.slots
    own = present.own_delta(np.array([agent_idx]), np.array([at]), np.array([row]))
    cost = present.cost_cents
    present.put(agent_idx, day_idx, row, break_start)
    for shift, pause in ((old, old_break), (row, break_start)):
        applied.touched[presence(table, shift, pause, slots)] = True
    applied.changed.append(
        ChangedShift(
            agent_idx,
            day_idx,
            None if old < 0 else old,
            None if row < 0 else row,
            why,
            int(own[0]),
            present.cost_cents - cost - int(own[0]),
        )
    )
