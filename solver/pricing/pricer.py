"""The best roster of one agent for given slot values, with the workspace it needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.kernels.roster import best_roster, option_costs
from solver.pricing.tables import AgentTables
from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import CountCost, HoursTarget

__all__ = ["AgentRoster", "Pricer", "agent_cost", "to_choices"]

AgentRoster = NDArray[np.int64]
"""Shape (shifts, 2): option row and break start (-1 without break), in day order."""

NO_SHIFTS: AgentRoster = np.zeros((0, 2), dtype=np.int64)


class Pricer:
    """Finds best rosters; one object per thread, since it owns a workspace.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    tables : sequence of AgentTables
        Tables of all agents.
    """

    def __init__(self, problem: PlanningProblem, tables: Sequence[AgentTables]) -> None:
        self._tables = tables
        table = problem.options
        self._options = table
        self._flags = np.stack([table.weekend, table.evening], axis=1).astype(np.float64)
        days = max((t.days for t in tables), default=0)
        forms = [form for t in tables for form in (t.exact, t.strict)]
        runs = max((max(form.runs, 1) for form in forms), default=1)
        classes = max((int(form.classes.max()) for form in forms), default=1)
        counts = max((int(t.limits.day_caps.max()) for t in tables), default=0) + 1
        units = max((t.limits.penalty.shape[1] for t in tables), default=1)
        sigs = max((len(form.sig_cls) for form in forms), default=0)
        counts = max(counts, 1)
        self._worked = np.empty((days + 1, runs, classes, counts, units))
        self._rested = np.empty((days + 1, classes, counts, units))
        self._idle = np.empty((days + 1, counts, units))
        self._ahead = np.empty((runs, classes, counts, units))
        self._ahead2 = np.empty((classes, counts, units))
        self._tops = np.zeros((days + 1, 2), dtype=np.int64)
        self._chosen = np.empty(days, dtype=np.int64)
        self._sig_cost = np.empty(sigs)
        self._sig_option = np.empty(sigs, dtype=np.int64)
        self._sig_break = np.empty(sigs, dtype=np.int64)

    def best(
        self,
        agent_idx: int,
        gains: NDArray[np.float64],
        *,
        slopes: tuple[float, float] = (0.0, 0.0),
        strict: bool = False,
        without: NDArray[np.bool_] | None = None,
    ) -> tuple[float, AgentRoster] | None:
        """Return the cheapest roster of an agent and its cost, or None when there is none.

        Parameters
        ----------
        gains : (slots,) array
            Worth (cents) of the agent's presence in each slot.
        slopes : (float, float)
            Cost (cents) of each weekend and each evening shift.
        strict : bool
            Replace limits that are left out by stronger, simple ones.
        without : (options,) array, optional
            True for the agent's options that may not be taken.

        Returns
        -------
        (float, AgentRoster) or None
            The cost counts options, days off, hours, slopes, less the gains.
        """
        t, table = self._tables[agent_idx], self._options
        if t.days == 0 or t.first_day >= t.days:
            return float(t.off_cents), NO_SHIFTS
        form, limits = (t.strict if strict else t.exact), t.limits
        base = t.base
        if without is not None:
            base = np.where(without, 2 * FAR, base)
        if slopes != (0.0, 0.0):
            base = base + self._flags[t.low : t.high] @ np.array(slopes)
        option_costs(
            0,
            t.high - t.low,
            table.start[t.low : t.high],
            table.end[t.low : t.high],
            table.break_slots[t.low : t.high],
            table.break_from[t.low : t.high],
            table.break_until[t.low : t.high],
            base,
            form.sig,
            gains,
            0,
            len(form.sig_cls),
            self._sig_cost,
            self._sig_option,
            self._sig_break,
        )
        chosen = self._chosen[: t.days]
        cost = best_roster(
            t.days,
            t.first_day,
            t.init_kind,
            t.init_run,
            form.runs,
            form.sig_lo,
            form.sig_cls,
            form.sig_units,
            form.sig_prev,
            form.sig_prev2,
            self._sig_cost,
            form.classes,
            t.may_rest,
            limits.period,
            form.caps,
            limits.day_caps,
            limits.penalty,
            self._worked,
            self._rested,
            self._idle,
            self._ahead,
            self._ahead2,
            self._tops,
            chosen,
        )
        if cost <= -FAR / 2:
            raise AssertionError("the dynamic programme lost its own path")
        if cost >= FAR / 2:
            return None
        picked = chosen[chosen >= 0]
        roster = np.stack([self._sig_option[picked] + t.low, self._sig_break[picked]], axis=1)
        return cost + t.off_cents, roster


def agent_cost(problem: PlanningProblem, tables: AgentTables, roster: AgentRoster) -> int:
    """Return the cost of an agent's roster but for cover: options, days off, hours, fairness."""
    rows = roster[:, 0]
    cost = tables.off_cents + int(tables.base[rows - tables.low].sum())
    table = problem.options
    days = table.day[rows]
    paid = table.paid_minutes[rows]
    for rule in tables.rules:
        if isinstance(rule, HoursTarget):
            inside = (days >= rule.first_day) & (days < rule.end_day)
            cost += rule.cents(int(paid[inside].sum()))
        elif isinstance(rule, CountCost):
            cost += rule.cents(int(getattr(table, rule.flag)[rows].sum()))
    return cost


def to_choices(problem: PlanningProblem, agent_idx: int, roster: AgentRoster) -> tuple[Choice, ...]:
    """Return an agent's roster as records."""
    return tuple(
        Choice(agent_idx, int(problem.options.day[row]), int(row), int(at)) for row, at in roster
    )
