"""Search for the changes that win back most: one agent-day at a time, then two at once."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from solver.replan.apply import Applied
from solver.replan.lawful import Judge
from solver.replan.moves import Candidates, Limits, Move
from solver.replan.present import Present
from solver.replan.worth import SlotWorth, added_up, best_breaks, presence
from solver.rules import Pin, Rule
from solver.worked import Violation

__all__ = ["Search"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_FIRST_OF_TWO = 8


class Search:
    """The search of one repair.

    Parameters
    ----------
    present : Present
        The roster after the changes; the search works on it in place.
    judge, applied
        Who may work what.
    classes : (array, array)
        Class of each agent and a member of each class.
    limits : Limits
        Past, price of changing, time.

    Attributes
    ----------
    stopped : bool
        Whether the search was cut short.
    """

    def __init__(
        self,
        present: Present,
        judge: Judge,
        applied: Applied,
        classes: tuple[Ints, Ints],
        limits: Limits,
    ) -> None:
        self.present, self.judge, self.applied, self.limits = present, judge, applied, limits
        self.worth = SlotWorth(present, classes)
        table, own = present.problem.options, present.own
        day_of_option = own.first_day[table.agent] + table.day
        self._rows_from = np.searchsorted(day_of_option, np.arange(len(own.off_cents) + 1))
        self._touched = applied.touched.copy()
        self._free = np.ones(len(own.off_cents), dtype=np.bool_)
        self._free[sorted(applied.fixed)] = False
        begun = present.rows >= 0
        begun[begun] = table.start[present.rows[begun]] < limits.from_slot
        self._free &= ~begun
        pinned = [rule.option_idx for rule in present.problem.rules if isinstance(rule, Pin)]
        self._free[day_of_option[pinned]] = False
        self._verdicts: dict[int, dict[tuple[int, int], tuple[Rule, Violation] | None]] = {}
        self.stopped = False

    def run(self) -> list[Move]:
        """Change what pays until nothing does; return the moves made, in order."""
        moves: list[Move] = []
        while not self._over() and not self._enough():
            single = self.best_single()
            found = [single] if single is not None else []
            if not found and not self._enough(self.limits.change_cents * 2):
                found = self._best_pair()
            if not found:
                break
            for move in found:
                self._make(move)
            moves += found
        return moves

    def best_single(self) -> Move | None:
        """Return the change of one agent-day that saves most, None when none saves anything."""
        return self._best_lawful(self.candidates())

    def reference(self, agent_idx: int, day_idx: int) -> int:
        """Return the option of an agent-day right after the changes, -1 for none."""
        return int(self.applied.rows[self._at(agent_idx, day_idx)])

    def now(self, agent_idx: int, day_idx: int) -> int:
        """Return the option of an agent-day now, -1 for none."""
        return int(self.present.rows[self._at(agent_idx, day_idx)])

    def changed_days(self) -> int:
        """Return the number of agent-days that differ from the reference."""
        return int(np.count_nonzero(self.present.rows != self.applied.rows))

    def touched_agents(self) -> list[int]:
        """Return the agents who differ from the published roster, be it by a break."""
        present, applied = self.present, self.applied
        differs = (present.rows != applied.published_rows) | (
            present.breaks != applied.published_breaks
        )
        differ = np.flatnonzero(differs)
        first_day = self.present.own.first_day
        return sorted(set((np.searchsorted(first_day, differ, side="right") - 1).tolist()))

    def candidates(self) -> Candidates:
        """Return every change of one agent-day that touches the touched slots."""
        present, table = self.present, self.present.problem.options
        self.worth.refresh()
        slots = np.flatnonzero(self._touched)
        if not len(slots) or not len(table):
            return self.columns(slots[:0], slots[:0])
        until = np.concatenate(([0], np.cumsum(self._touched)))
        top = len(until) - 1
        worked = np.flatnonzero(present.rows >= 0)
        now = present.rows[worked]
        touching = until[np.minimum(table.end[now], top)] > until[table.start[now]]
        days = worked[touching & self._free[worked]]
        near = np.flatnonzero((table.start <= slots[-1]) & (table.end > slots[0]))
        wanted = np.any(self.worth.gains[:, slots] > 0, axis=1)
        near = near[wanted[self.worth.class_of[table.agent[near]]]]
        near = near[until[np.minimum(table.end[near], top)] > until[table.start[near]]]
        others = np.ones(len(present.rows), dtype=np.bool_)
        others[days] = False
        near = near[others[present.own.first_day[table.agent[near]] + table.day[near]]]
        return self.columns(np.concatenate([near, self._options_of(days)]), days)

    def _options_of(self, agent_days: Ints) -> Ints:
        """Return all options of some agent-days."""
        first, after = self._rows_from[agent_days], self._rows_from[agent_days + 1]
        counts = after - first
        ahead = np.cumsum(counts) - counts
        rows: Ints = np.arange(counts.sum()) + np.repeat(first - ahead, counts)
        return rows

    def columns(self, rows: Ints, days_off: Ints) -> Candidates:
        """Return options, and days off, as candidates, but those that are not to be had."""
        table, first_day = self.present.problem.options, self.present.own.first_day
        rows = rows[table.start[rows] >= self.limits.from_slot]
        agents = np.concatenate(
            [
                table.agent[rows].astype(np.int64),
                np.searchsorted(first_day, days_off, side="right") - 1,
            ]
        )
        agent_days = np.concatenate([first_day[table.agent[rows]] + table.day[rows], days_off])
        rows = np.concatenate([rows, np.full(len(days_off), -1, dtype=np.int64)])
        keep = self._free[agent_days] & (self.present.rows[agent_days] != rows)
        keep &= self.applied.may_work(agents, rows)
        return Candidates(self, agents[keep], agent_days[keep], rows[keep])

    def worth_of_now(self, agent_days: Ints, until: Floats, lines: Ints) -> Floats:
        """Return the worth of what agents do now on some days, by sums of gains."""
        table, top = self.present.problem.options, until.shape[1] - 1
        rows, breaks = self.present.rows[agent_days], self.present.breaks[agent_days]
        worth = np.zeros(len(agent_days))
        held = np.flatnonzero(rows >= 0)
        own, line, at = rows[held], lines[held], breaks[held]
        end = np.minimum(table.end[own], top)
        worth[held] = until[line, end] - until[line, table.start[own]]
        paused = at >= 0
        first, line = np.minimum(at[paused], top), line[paused]
        after = np.minimum(at[paused] + table.break_slots[own[paused]], top)
        worth[held[paused]] -= until[line, after] - until[line, first]
        return worth

    def _best_lawful(self, found: Candidates, *, above: float = 0.0) -> Move | None:
        """Return the lawful change that saves most, if more than `above`."""
        judged = self.judged(found, above=above)
        return next((move for move, broken in judged if broken is None), None)

    def judged(
        self, found: Candidates, *, above: float
    ) -> Iterator[tuple[Move, tuple[Rule, Violation] | None]]:
        """Yield changes that save more than `above`, the best first, with what each would break.

        Values at most are made exact when their turn comes, so the order is that of exact values.
        """
        gain = found.gain
        order = np.flatnonzero(gain > above)
        order = order[np.argsort(-gain[order], kind="stable")]
        waiting: list[tuple[float, int]] = []
        valued: set[int] = set()
        for index in order.tolist():
            while waiting and -waiting[0][0] >= gain[index]:
                yield self._judged(self._move(found, heapq.heappop(waiting)[1]))
            agent_day = int(found.agent_days[index])
            if agent_day in valued:
                continue
            if found.exact[index]:
                heapq.heappush(waiting, (-float(gain[index]), index))
                continue
            valued.add(agent_day)
            own = self._value(found, agent_day)
            for other, exact in zip(own.tolist(), found.gain_of(own).tolist(), strict=True):
                if exact > above:
                    heapq.heappush(waiting, (-exact, other))
        while waiting:
            yield self._judged(self._move(found, heapq.heappop(waiting)[1]))

    def _judged(self, move: Move) -> tuple[Move, tuple[Rule, Violation] | None]:
        own = self._verdicts.setdefault(move.agent_idx, {})
        key = move.day_idx, move.row
        if key not in own:
            instead = {move.day_idx: (move.row, move.break_start)}
            choices = self.present.choices(move.agent_idx, instead)
            own[key] = self.judge.broken(move.agent_idx, choices)
        return move, own[key]

    def _move(self, found: Candidates, index: int) -> Move:
        agent_idx = int(found.agents[index])
        return Move(
            agent_idx,
            int(found.agent_days[index] - self.present.own.first_day[agent_idx]),
            int(found.rows[index]),
            int(found.breaks[index]),
            int(found.own[index]),
            round(float(found.lost[index] - found.worth[index])),
            int(found.change[index]),
        )

    def _value(self, found: Candidates, agent_day: int) -> Ints:
        """Make the values of one agent-day's changes exact; return which they are.

        Where it is not known what the cover loses with the agent, the shift is taken out to see.
        """
        if self.worth.stale:
            self.worth.refresh()
        own = np.flatnonzero(found.agent_days == agent_day)
        agent_idx = int(found.agents[own[0]])
        line = int(self.worth.class_of[agent_idx])
        row, at = int(self.present.rows[agent_day]), int(self.present.breaks[agent_day])
        table, slots = self.present.problem.options, self.present.problem.slots
        there = presence(table, row, at, slots)
        if not self.worth.knows(line, there):
            losses = self.present.losses(agent_idx, row, at, there)
            self.worth.learn(line, there, losses)
        values = self.worth.gains[line].copy()
        values[there] = self.worth.losses[line, there]
        until, lines = added_up(values[None, :]), np.zeros(len(own), dtype=np.int64)
        found.worth[own], found.breaks[own] = best_breaks(table, found.rows[own], until, lines)
        found.lost[own] = self.worth_of_now(found.agent_days[own], until, lines)
        found.exact[own] = True
        return own

    def _best_pair(self) -> list[Move]:
        """Return two changes that pay together, or none.

        The first is one that would win much if what it leaves behind or breaks could be mended; the
        second mends it: a colleague takes the place left, or the agent's own other day gives way.
        """
        best: list[Move] = []
        for first in self._first_moves():
            if self._over():
                break
            agent_day = self._at(first.agent_idx, first.day_idx)
            back = int(self.present.rows[agent_day]), int(self.present.breaks[agent_day])
            touched, broken = self._touched.copy(), self._judged(first)[1]
            self._make(first)
            self._free[agent_day] = False
            table, slots = self.present.problem.options, self.present.problem.slots
            self._touched[presence(table, back[0], back[1], slots)] = True
            second = self._mended(first, broken, above=max(0, _sum(best)) - first.gain_cents)
            self._free[agent_day] = True
            self._put(first.agent_idx, first.day_idx, *back)
            self._touched = touched
            if second is not None:
                best = [first, second]
        return best

    def _mended(
        self, first: Move, broken: tuple[Rule, Violation] | None, *, above: float
    ) -> Move | None:
        """Return the best second change after a first, which has been made."""
        if broken is None:
            found = self.candidates()
        else:
            self.worth.refresh()
            table, first_day = self.present.problem.options, self.present.own.first_day
            days = {
                int(first_day[first.agent_idx] + table.day[row])
                for row in broken[1].rows
                if row != first.row
            }
            free = np.array(sorted(at for at in days if self._free[at]), dtype=np.int64)
            found = self.columns(self._options_of(free), free)
        return self._best_lawful(found, above=above)

    def _first_moves(self) -> Iterator[Move]:
        """Yield changes by what they win where agents are wanted, losses elsewhere left aside."""
        found = self.candidates()
        hopes = found.worth - found.own - found.change
        seen: set[int] = set()
        for index in np.argsort(-hopes, kind="stable").tolist():
            if hopes[index] <= 0 or len(seen) == _FIRST_OF_TWO:
                return
            agent_idx = int(found.agents[index])
            if agent_idx in seen or found.rows[index] < 0:
                continue
            seen.add(agent_idx)
            if not found.exact[index]:
                self._value(found, int(found.agent_days[index]))
            yield self._move(found, index)

    def _make(self, move: Move) -> None:
        """Put a move into effect; its promise must come true to the cent."""
        cost = self.present.cost_cents
        self._put(move.agent_idx, move.day_idx, move.row, move.break_start)
        promised, kept = move.own_cents + move.cover_cents, self.present.cost_cents - cost
        if promised != kept:
            raise AssertionError(f"a change promised {promised} cents and made it {kept}")

    def _put(self, agent_idx: int, day_idx: int, row: int, break_start: int) -> None:
        table, slots = self.present.problem.options, self.present.problem.slots
        at = self._at(agent_idx, day_idx)
        now = int(self.present.rows[at]), int(self.present.breaks[at])
        for shift, pause in (now, (row, break_start)):
            self.worth.forget(presence(table, shift, pause, slots))
        self.present.put(agent_idx, day_idx, row, break_start)
        self._verdicts.pop(agent_idx, None)

    def _at(self, agent_idx: int, day_idx: int) -> int:
        return int(self.present.own.first_day[agent_idx]) + day_idx

    def _enough(self, margin_cents: int = 0) -> bool:
        """Whether no more is lost than `margin_cents`."""
        enough = self.limits.enough_cents
        return enough is not None and self.present.cost_cents <= enough + margin_cents

    def _over(self) -> bool:
        self.stopped = self.stopped or self.limits.stop()
        return self.stopped


def _sum(moves: list[Move]) -> int:
    return sum(move.gain_cents for move in moves)
