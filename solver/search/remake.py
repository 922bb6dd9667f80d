"""Make one agent's roster anew, exactly and lawfully, while all others stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.check import check_agent
from solver.pricing.pricer import AgentRoster, Pricer, to_choices
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem

__all__ = ["Remaker", "count_slopes"]

_SINGLE_SECONDS = 2.0


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

    The dynamic programme answers first. If its roster breaks a rule that the programme leaves out,
    the strict form is tried, then CP-SAT on that one agent.

    Parameters
    ----------
    problem, tables
        The problem and its per-agent tables.
    seed : int
        Seed for CP-SAT.
    """

    def __init__(self, problem: PlanningProblem, tables: Sequence[AgentTables], seed: int) -> None:
        self._problem, self._tables, self._seed = problem, tables, seed
        self._pricer = Pricer(problem, tables)

    def lawful(self, agent_idx: int, roster: AgentRoster) -> bool:
        """Whether a roster keeps all of the agent's rules, pins forgiven."""
        rules = self._tables[agent_idx].rules
        choices = to_choices(self._problem, agent_idx, roster)
        return all(v.forgiven for v in check_agent(self._problem, agent_idx, rules, choices))

    def remake(
        self,
        agent_idx: int,
        gains: NDArray[np.float64],
        slopes: tuple[float, float],
        *,
        seconds_left: float,
    ) -> AgentRoster | None:
        """Return the agent's best lawful roster, or None when none was found in time."""
        tables = self._tables[agent_idx]
        if tables.high == tables.low:
            return np.zeros((0, 2), dtype=np.int64)
        tries = (False,) if tables.loose else (False, True)
        for strict in tries:
            answer = self._pricer.best(agent_idx, gains, slopes=slopes, strict=strict)
            if answer is not None and self.lawful(agent_idx, answer[1]):
                return answer[1]
        return self._by_cpsat(agent_idx, gains, min(_SINGLE_SECONDS, seconds_left))

    def _by_cpsat(
        self, agent_idx: int, gains: NDArray[np.float64], seconds: float
    ) -> AgentRoster | None:
        from solver.model.run import solve_single

        if seconds <= 0.05:
            return None
        cents = [-round(float(value)) for value in gains]
        choices = solve_single(
            self._problem, agent_idx, cents, time_limit_seconds=seconds, seed=self._seed
        )
        if choices is None:
            return None
        rows = sorted((c.day_idx, c.option_idx, c.break_start) for c in choices)
        roster = np.array([(row, at) for _, row, at in rows], dtype=np.int64).reshape(-1, 2)
        return roster if self.lawful(agent_idx, roster) else None
