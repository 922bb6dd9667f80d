"""Make one agent's roster anew, exactly and lawfully, while all others stay."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.check import broken_rules
from solver.pricing.pricer import NO_SHIFTS, AgentRoster, Pricer, to_choices
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem
from solver.rules import Pin, Rule
from solver.search.repair import relief
from solver.worked import Violation, worked_shifts

__all__ = ["Remaker", "count_slopes"]

_SINGLE_SECONDS = 2.0
_SINGLE_SHARE = 0.1
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

    Attributes
    ----------
    steps : Counter
        How often each step gave the roster: ``exact``, ``repaired``, ``strict``, ``cp-sat``,
        ``dropped``.
    """

    def __init__(self, problem: PlanningProblem, tables: Sequence[AgentTables], seed: int) -> None:
        self._problem, self._tables, self._seed = problem, tables, seed
        self._pricer = Pricer(problem, tables)
        self.steps: Counter[str] = Counter()
        self._habits = [_Habit() for _ in tables]
        self._started, self._single_seconds = time.monotonic(), 0.0

    def lawful(self, agent_idx: int, roster: AgentRoster) -> bool:
        """Whether a roster keeps all of the agent's rules, pins forgiven."""
        return next(self._broken(agent_idx, roster), None) is None

    def _broken(self, agent_idx: int, roster: AgentRoster) -> Iterator[tuple[Rule, Violation]]:
        """Yield what a roster breaks and is not forgiven, with the rules."""
        rules = self._tables[agent_idx].rules
        choices = to_choices(self._problem, agent_idx, roster)
        for rule, violation in broken_rules(self._problem, agent_idx, rules, choices):
            if not violation.forgiven:
                yield rule, violation

    def remake(
        self,
        agent_idx: int,
        gains: NDArray[np.float64],
        slopes: tuple[float, float],
        *,
        seconds_left: float,
    ) -> AgentRoster:
        """Return a lawful roster of the agent, the best one that was found."""
        tables = self._tables[agent_idx]
        if tables.high == tables.low:
            return np.zeros((0, 2), dtype=np.int64)
        first = self._pricer.best(agent_idx, gains, slopes=slopes)
        if first is not None and self.lawful(agent_idx, first[1]):
            self.steps["exact"] += 1
            return first[1]
        found: list[tuple[float, bool, AgentRoster]] = []
        unlawful = NO_SHIFTS
        habit = self._habits[agent_idx]
        for strict in (habit.strict, not habit.strict):
            if found and habit.turns % _BOTH_EVERY:
                break
            answer, lawful = self._repaired(agent_idx, gains, slopes, first=first, strict=strict)
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
        return self._dropped(agent_idx, gains, unlawful)

    def _repaired(
        self,
        agent_idx: int,
        gains: NDArray[np.float64],
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
                answer = self._pricer.best(
                    agent_idx, gains, slopes=slopes, strict=strict, without=without
                )
            if answer is None:
                break
            last = answer
            broken = list(self._broken(agent_idx, answer[1]))
            if not broken:
                return answer, True
            if not self._take_away(agent_idx, gains, answer[1], broken, without):
                break
        return last, False

    def _take_away(
        self,
        agent_idx: int,
        gains: NDArray[np.float64],
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
        worth = self._worth(tables, gains)
        more = False
        for rule, violation in broken:
            rows = np.array(violation.rows, dtype=np.int64) - tables.low
            if len(rows) and not without[rows].any():
                without |= relief(rule, violation, worked, tables.shifts, tables.low, worth)
                more = True
        pins = [rule.option_idx - tables.low for rule in tables.rules if isinstance(rule, Pin)]
        without[pins] = False
        return more

    def _worth(self, tables: AgentTables, gains: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each option is worth to cover, less its own cost; breaks not looked at."""
        until = np.concatenate(([0.0], np.cumsum(gains)))
        shifts = tables.shifts
        last = np.minimum(shifts.end, len(gains))
        worth: NDArray[np.float64] = until[last] - until[shifts.start] - tables.base
        return worth

    def _dropped(
        self, agent_idx: int, gains: NDArray[np.float64], roster: AgentRoster
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
        worth = self._worth(tables, gains)
        while True:
            rows = np.array(sorted(kept.items()), dtype=np.int64).reshape(-1, 2)
            violation = next((v for _, v in self._broken(agent_idx, rows)), None)
            if violation is None:
                return rows
            if not violation.rows:
                return np.array(sorted(pins), dtype=np.int64).reshape(-1, 2)
            del kept[min(violation.rows, key=lambda row: float(worth[row - tables.low]))]

    def _by_cpsat(
        self, agent_idx: int, gains: NDArray[np.float64], seconds: float
    ) -> AgentRoster | None:
        from solver.model.run import solve_single

        allowed = _SINGLE_SECONDS + _SINGLE_SHARE * (time.monotonic() - self._started)
        if seconds <= 0.05 or self._single_seconds > allowed:
            return None
        began = time.monotonic()
        cents = [-round(float(value)) for value in gains]
        choices = solve_single(
            self._problem, agent_idx, cents, time_limit_seconds=seconds, seed=self._seed
        )
        self._single_seconds += time.monotonic() - began
        if choices is None:
            return None
        rows = sorted((c.day_idx, c.option_idx, c.break_start) for c in choices)
        roster = np.array([(row, at) for _, row, at in rows], dtype=np.int64).reshape(-1, 2)
        return roster if self.lawful(agent_idx, roster) else None
