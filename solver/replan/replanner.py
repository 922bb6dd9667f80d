"""Repair of a published roster with least change, from cover kept in memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from solver.problem import PlanningProblem
from solver.replan.apply import apply_changes, problem_after, restore
from solver.replan.lawful import Judge
from solver.replan.moves import Limits, Move
from solver.replan.present import OwnCosts, Present
from solver.replan.records import (
    Alternatives,
    Change,
    ChangedShift,
    NeedChange,
    OpenShift,
    RepairResult,
    Why,
)
from solver.replan.search import Search
from solver.replan.takers import rank_takers
from solver.replan.verify import verify
from solver.replan.worth import classes_of
from solver.result import ShouldStop
from solver.roster import SlotRoster

__all__ = ["Replanner", "repair"]

Ints = NDArray[np.int64]


class Replanner:
    """Repairs a published roster, change after change.

    Building reads the whole problem; a repair then looks at the touched time only. `repair` and
    `alternatives` leave the published roster as it is; `accept` makes a repair the published roster
    of the next ones.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    roster : SlotRoster
        The published roster, structurally sound; breaches in it are kept, not made worse.
    """

    def __init__(self, problem: PlanningProblem, roster: SlotRoster) -> None:
        self._own = OwnCosts(problem)
        self._present = Present(problem, self._own, roster)
        self._classes = classes_of(problem)
        self._standing: tuple[Change, ...] = ()

    @property
    def problem(self) -> PlanningProblem:
        """The problem, with the needs of all repairs accepted."""
        return self._present.problem

    @property
    def cost_cents(self) -> int:
        """Cost of the published roster."""
        return self._present.cost_cents

    def roster(self) -> SlotRoster:
        """Return the published roster."""
        return self._present.roster()

    def repair(
        self,
        changes: Sequence[Change],
        *,
        from_slot: int = 0,
        change_cents: int = 3000,
        time_limit_seconds: float = 10.0,
        should_stop: ShouldStop | None = None,
    ) -> RepairResult:
        """Return the roster after `changes`, repaired where that saves more than it asks of people.

        Single changes of one agent-day each are made, the best first, while one pays; then two at
        once are tried: two colleagues, or one on two days. Only shifts that touch what the changes
        have touched are looked at, so nothing else is improved on the way.

        Parameters
        ----------
        changes : sequence of Change
            All that happened, in order.
        from_slot : int
            Shifts that start before it are past: the repair neither changes nor adds one there.
        change_cents : int
            Price of each shift added, moved or cancelled by the repair.
        time_limit_seconds : float
            Wall time of the search; the best so far is returned after it.
        should_stop : callable, optional
            Polled often; returning True ends the search likewise.

        Raises
        ------
        ChangeError
            If a change speaks of something that does not exist.
        """
        started = time.monotonic()
        deadline = started + time_limit_seconds
        present = self._after_needs(changes)
        before = self._present.cost_cents
        enough = before if present is self._present else None
        applied = apply_changes(present, changes, standing=self._standing)
        try:
            judge = Judge(present.problem, applied.choices)
            unrepaired = present.cost_cents
            search = Search(
                present,
                judge,
                applied,
                self._classes,
                Limits(
                    from_slot,
                    change_cents,
                    lambda: (
                        time.monotonic() > deadline or (should_stop is not None and should_stop())
                    ),
                    enough,
                ),
            )
            moves = search.run()
            changed = (*applied.changed, *_merged(search, moves))
            result = RepairResult(
                problem=present.problem,
                roster=present.roster(),
                changed=changed,
                before_cents=before,
                unrepaired_cents=unrepaired,
                cost_cents=present.cost_cents,
                change_cents=change_cents * search.changed_days(),
                seconds=time.monotonic() - started,
                finished=not search.stopped,
            )
            verify(present, judge, applied, result, search.touched_agents())
        finally:
            applied.undo(present)
        return result

    def accept(self, changes: Sequence[Change], result: RepairResult) -> None:
        """Make a repair of this object the published roster; absences and fixed days stay known.

        Parameters
        ----------
        changes : sequence of Change
            What `result` answered to.
        """
        if result.problem is not self.problem:
            self._present = Present(result.problem, self._own, result.roster)
        else:
            rows, breaks = np.full((2, len(self._present.rows)), -1, dtype=np.int64)
            for choice in result.roster.choices:
                at = int(self._own.first_day[choice.agent_idx]) + choice.day_idx
                rows[at], breaks[at] = choice.option_idx, choice.break_start
            restore(self._present, rows, breaks)
        self._standing += tuple(change for change in changes if not isinstance(change, NeedChange))

    def alternatives(
        self,
        open_shift: OpenShift,
        n: int = 10,
        *,
        changes: Sequence[Change] = (),
        from_slot: int = 0,
        change_cents: int = 3000,
    ) -> Alternatives:
        """Return who could take an open shift after `changes`, cheapest first, at most `n`.

        Parameters
        ----------
        open_shift : OpenShift
            The stretch and its queue; a colleague takes it with a shift that covers at least half.
        changes : sequence of Change
            What has happened to the published roster, such as the sick call that left it open.
        from_slot, change_cents : int
            As for `repair`.
        """
        present = self._after_needs(changes)
        applied = apply_changes(present, changes, standing=self._standing)
        try:
            return rank_takers(
                present,
                Judge(present.problem, applied.choices),
                applied,
                open_shift,
                n,
                from_slot=from_slot,
                change_cents=change_cents,
                classes=self._classes,
            )
        finally:
            applied.undo(present)

    def _after_needs(self, changes: Iterable[Change]) -> Present:
        needs = [change for change in changes if isinstance(change, NeedChange)]
        if not needs:
            return self._present
        problem = problem_after(self.problem, needs)
        return Present(problem, self._own, self._present.roster())


def _merged(search: Search, moves: Sequence[Move]) -> list[ChangedShift]:
    """Return one record for each agent-day that the moves changed for good, costs added up."""
    cents: dict[tuple[int, int], tuple[int, int]] = {}
    for move in moves:
        key = move.agent_idx, move.day_idx
        own, cover = cents.get(key, (0, 0))
        cents[key] = own + move.own_cents, cover + move.cover_cents
    found = []
    for (agent_idx, day_idx), (own, cover) in cents.items():
        before, after = search.reference(agent_idx, day_idx), search.now(agent_idx, day_idx)
        if before == after:
            continue
        why = Why.CALLED_IN if before < 0 else Why.FREED if after < 0 else Why.MOVED
        found.append(
            ChangedShift(
                agent_idx,
                day_idx,
                None if before < 0 else before,
                None if after < 0 else after,
                why,
                own,
                cover,
            )
        )
    return found


def repair(
    problem: PlanningProblem,
    roster: SlotRoster,
    changes: Sequence[Change],
    *,
    from_slot: int = 0,
    change_cents: int = 3000,
    time_limit_seconds: float = 10.0,
    should_stop: ShouldStop | None = None,
) -> RepairResult:
    """Return the repaired roster after `changes`; see `Replanner.repair`."""
    return Replanner(problem, roster).repair(
        changes,
        from_slot=from_slot,
        change_cents=change_cents,
        time_limit_seconds=time_limit_seconds,
        should_stop=should_stop,
    )
