"""Make one agent's roster anew, exactly and lawfully, while all others stay."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.check import broken_rules
from solver.pricing.forms import Shifts
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, Pricer, to_choices
from solver.pricing.tables import AgentTables, Tables, shifts_of
from solver.problem import PlanningProblem
from solver.rules import Pin, Rule
from solver.search.repair import relief
from solver.worked import Violation, worked_shifts

__all__ = ["Remaker", "count_slopes"]

_SINGLE_SECONDS = 0.8
_SINGLE_SHARE = 0.1
_TURNS_PER_SECOND = 1000
_ROUNDS = 12
_BOTH_EVERY = 4


@dataclass(slots=True)
class _Habit:
    """Which form of the programme served an agent best when both were tried."""

    strict: bool = False
    turns: int = 0


def count_slopes(
    problem: PlanningProblem, tables: AgentTables, roster: AgentRoster
) -> tuple[float, float]:
    """Return the cost of the next weekend and evening shift, given those in `roster`.

    Fairness grows with each further shift; the dynamic programme sees it as a straight line
    through the present count.
    """
    slopes = {"weekend": 0.0, "evening": 0.0}
    for rule in tables.counts:
        count = int(getattr(problem.options, rule.flag)[roster[:, 0]].sum())
        slopes[rule.flag] += rule.step_cents[min(max(count - 1, 0), len(rule.step_cents) - 1)]
    return slopes["weekend"], slopes["evening"]


class Remaker:
    """Best lawful roster of an agent for given slot values.

    The dynamic programme answers first. If its roster breaks rules that the programme leaves out,
    options that hurt are taken away, the cheapest first, and it is asked again. The strict form is
    tried in the same way; which of the two does better is tried out now and then, agent by agent.
    Where neither comes to an end, CP-SAT has a go at that one agent, while it has not used too much
    of the time; and if it finds nothing, shifts are dropped until the roster is lawful.

    Parameters
    ----------
    problem, tables
        The problem and its per-agent tables.
    seed : int
        Seed for CP-SAT.
    workers : int
        Threads that may ask at the same time, about different agents.
    by_work : bool
        Count turns, a thousandth of a second each, instead of time: for repeatable runs.

    Attributes
    ----------
    steps : Counter
        How often each step gave the roster: ``exact``, ``repaired``, ``strict``, ``cp-sat``,
        ``dropped``.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        tables: Tables,
        seed: int,
        *,
        workers: int = 1,
        by_work: bool = False,
    ) -> None:
        self._problem, self._tables, self._seed = problem, tables, seed
        self._pricers = [Pricer(problem, tables) for _ in range(workers)]
        self.steps: Counter[str] = Counter()
        self._habits = [_Habit() for _ in tables]
        self._started, self._single_seconds = time.monotonic(), 0.0
        self._by_work, self._turns = by_work, 0

    def lawful(self, agent_idx: int, roster: AgentRoster) -> bool:
        """Whether a roster keeps all of the agent's rules, pins forgiven."""
        rules = self._tables[agent_idx].rules
        return next(self._broken(agent_idx, roster, rules), None) is None

    def _broken(
        self, agent_idx: int, roster: AgentRoster, rules: Sequence[Rule]
    ) -> Iterator[tuple[Rule, Violation]]:
        """Yield what a roster breaks and is not forgiven, with the rules."""
        choices = to_choices(self._problem, agent_idx, roster)
        for rule, violation in broken_rules(self._problem, agent_idx, rules, choices):
            if not violation.forgiven:
                yield rule, violation

    def _unkept(self, agent_idx: int, roster: AgentRoster) -> list[tuple[Rule, Violation]]:
        """Return what a roster of the programme breaks: of the rules that it leaves out."""
        left_out = self._tables[agent_idx].left_out
        return list(self._broken(agent_idx, roster, left_out)) if left_out else []

    def remake(
        self,
        agent_idx: int,
        gains: NDArray[np.floating],
        slopes: tuple[float, float],
        *,
        seconds_left: float,
        worker: int = 0,
    ) -> AgentRoster | None:
        """Return a lawful roster of the agent, the best one that was found; None without any.

        Where nothing better is found, the pins alone are lawful, but for hours that must be worked.
        """
        tables = self._tables[agent_idx]
        pricer = self._pricers[worker]
        self._turns += 1
        first = pricer.best(agent_idx, gains, slopes=slopes)
        if first is None and not tables.loose:
            return None
        if first is not None and not self._unkept(agent_idx, first[1]):
            self.steps["exact"] += 1
            return first[1]
        found: list[tuple[float, bool, AgentRoster]] = []
        unlawful = NO_SHIFTS
        habit = self._habits[agent_idx]
        for strict in (habit.strict, not habit.strict):
            if found and habit.turns % _BOTH_EVERY:
                break
            answer, lawful = self._repaired(
                pricer, agent_idx, gains, slopes, first=first, strict=strict
            )
            if answer is not None and lawful:
                found.append((answer[0], strict, answer[1]))
            elif answer is not None:
                unlawful = answer[1]
        habit.turns += 1
        if found:
            _, habit.strict, roster = min(found, key=lambda item: item[:2])
            self.steps["strict" if habit.strict else "repaired"] += 1
            return roster
        by_cpsat = self._by_cpsat(agent_idx, gains, min(_SINGLE_SECONDS, seconds_left))
        if by_cpsat is not None:
            self.steps["cp-sat"] += 1
            return by_cpsat
        self.steps["dropped"] += 1
        dropped = self._dropped(agent_idx, gains, unlawful)
        return dropped if self.lawful(agent_idx, dropped) else None

    def _repaired(
        self,
        pricer: Pricer,
        agent_idx: int,
        gains: NDArray[np.floating],
        slopes: tuple[float, float],
        *,
        first: tuple[float, AgentRoster] | None,
        strict: bool,
    ) -> tuple[tuple[float, AgentRoster] | None, bool]:
        """Take options away until the programme's roster is lawful; return the last, and whether.

        Parameters
        ----------
        first : (float, AgentRoster) or None
            What the programme answers with all options in its exact form.
        """
        tables = self._tables[agent_idx]
        without = np.zeros(tables.high - tables.low, dtype=np.bool_)
        last = answer = first
        for attempt in range(_ROUNDS):
            if attempt or strict:
                answer = pricer.best(
                    agent_idx, gains, slopes=slopes, strict=strict, without=without
                )
            if answer is None:
                break
            last = answer
            broken = self._unkept(agent_idx, answer[1])
            if not broken:
                return answer, True
            if not self._take_away(agent_idx, gains, answer[1], broken, without):
                break
        return last, False

    def _take_away(
        self,
        agent_idx: int,
        gains: NDArray[np.floating],
        roster: AgentRoster,
        broken: Sequence[tuple[Rule, Violation]],
        without: NDArray[np.bool_],
    ) -> bool:
        """Add options to those to do without, for each violation not yet touched; False for none.

        Options a pin is made of stay.
        """
        tables = self._tables[agent_idx]
        worked = worked_shifts(
            self._problem, agent_idx, to_choices(self._problem, agent_idx, roster)
        )
        shifts = shifts_of(self._problem, tables.low, tables.high)
        worth = self._worth(tables, shifts, gains)
        more = False
        for rule, violation in broken:
            rows = np.array(violation.rows, dtype=np.int64) - tables.low
            if len(rows) and not without[rows].any():
                without |= relief(
                    rule, violation, worked, shifts, tables.low, worth, self._problem.slot_minutes
                )
                more = True
        pins = [rule.option_idx - tables.low for rule in tables.rules if isinstance(rule, Pin)]
        without[pins] = False
        return more

    def _worth(
        self, tables: AgentTables, shifts: Shifts, gains: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return what each option is worth to cover, less its own cost; breaks not looked at."""
        until = np.concatenate(([0.0], np.cumsum(gains, dtype=np.float64)))
        last = np.minimum(shifts.end, len(gains))
        base = self._tables.exact.base[tables.low : tables.high].astype(np.float64)
        worth: NDArray[np.float64] = until[last] - until[shifts.start] - base
        return worth

    def _dropped(
        self, agent_idx: int, gains: NDArray[np.floating], roster: AgentRoster
    ) -> AgentRoster:
        """Drop shifts, the least worth first, until the roster is lawful; pins alone are."""
        tables = self._tables[agent_idx]
        pins = [
            (rule.option_idx, int(self._problem.options.break_from[rule.option_idx]))
            for rule in tables.rules
            if isinstance(rule, Pin)
        ]
        kept = {int(row): int(at) for row, at in roster}
        kept |= {row: kept.get(row, at) for row, at in pins}
        worth = self._worth(tables, shifts_of(self._problem, tables.low, tables.high), gains)
        while True:
            rows = np.array(sorted(kept.items()), dtype=np.int64).reshape(-1, 2)
            violation = next((v for _, v in self._broken(agent_idx, rows, tables.rules)), None)
            if violation is None:
                return rows
            if not violation.rows:
                return np.array(sorted(pins), dtype=np.int64).reshape(-1, 2)
            del kept[min(violation.rows, key=lambda row: float(worth[row - tables.low]))]

    def _by_cpsat(
        self, agent_idx: int, gains: NDArray[np.floating], seconds: float
    ) -> AgentRoster | None:
        from solver.model.run import solve_single

        began = time.monotonic()
        passed = self._turns / _TURNS_PER_SECOND if self._by_work else began - self._started
        if seconds <= 0.05 or self._single_seconds > _SINGLE_SECONDS + _SINGLE_SHARE * passed:
            return None
        cents = [-round(float(value)) for value in gains]
        choices = solve_single(
            self._problem,
            agent_idx,
            cents,
            time_limit_seconds=seconds,
            seed=self._seed,
            work_left=int(seconds * _TURNS_PER_SECOND) if self._by_work else None,
        )
        self._single_seconds += seconds if self._by_work else time.monotonic() - began
        if choices is None:
            return None
        rows = sorted((c.day_idx, c.option_idx, c.break_start) for c in choices)
        roster = np.array([(row, at) for _, row, at in rows], dtype=np.int64).reshape(-1, 2)
        return roster if self.lawful(agent_idx, roster) else None
