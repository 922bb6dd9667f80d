"""The best roster of one agent for given slot values, with the workspace it needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.kernels.programme import Programme, Workspace, state_cells
from solver.kernels.roster import best_roster, option_costs
from solver.kernels.roster import own_cost as _own_cost
from solver.pricing.tables import AgentTables, Tables
from solver.problem import PlanningProblem
from solver.roster import Choice
from solver.rules import CountCost, HoursTarget

__all__ = [
    "NO_SHIFTS",
    "AgentRoster",
    "Pricer",
    "agent_cost",
    "agents_at_once",
    "check_path",
    "own_cost",
    "to_choices",
    "workspace",
]

AgentRoster = NDArray[np.int64]
"""Shape (shifts, 2): option row and break start (-1 without break), in day order."""

_CELLS_AT_ONCE, _MOST_AT_ONCE = 1e8, 1024
"""Cells of states gone through in some tenth of a second."""

_NONE = np.zeros(0, dtype=np.bool_)

NO_SHIFTS: AgentRoster = np.zeros((0, 2), dtype=np.int64)


def workspace(programme: Programme, slots: int) -> Workspace:
    """Return memory for one thread, enough for every agent."""
    agents = len(programme.opt_lo) - 1
    cells = np.array([state_cells(programme, agent) for agent in range(agents)], dtype=np.int64)
    states, ahead, before = cells.reshape(-1, 3).max(axis=0, initial=1)
    kind = programme.base.dtype
    days = int(np.diff(programme.day_lo).max(initial=1))
    sigs = int(np.diff(programme.sig_lo[programme.day_lo]).max(initial=0))
    return Workspace(
        states=np.empty(states, dtype=kind),
        ahead=np.empty(ahead, dtype=kind),
        before=np.empty(before, dtype=kind),
        layout=np.zeros((days + 2, 8), dtype=np.int64),
        sig_cost=np.empty(sigs, dtype=kind),
        sig_option=np.empty(sigs, dtype=np.int64),
        sig_break=np.empty(sigs, dtype=np.int64),
        prefix=np.empty(slots + 1),
        rows=np.empty(days, dtype=np.int64),
        breaks=np.empty(days, dtype=np.int64),
    )


def agents_at_once(programme: Programme) -> int:
    """Return how many agents' rosters can be found without a look at the clock in between."""
    agents = len(programme.opt_lo) - 1
    cells = sum(int(state_cells(programme, agent)[0]) for agent in range(agents))
    return int(np.clip(_CELLS_AT_ONCE * agents / max(1, cells), 1, _MOST_AT_ONCE))


def check_path(least: float) -> None:
    """Refuse a value that says the programme could not find its way back: a defect of it."""
    if least <= -FAR / 2:
        raise AssertionError("the dynamic programme lost its own path")


class Pricer:
    """Finds best rosters; one object per thread, since it owns a workspace.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    tables : Tables
        Tables of all agents.
    """

    def __init__(self, problem: PlanningProblem, tables: Tables) -> None:
        self.tables = tables
        self._exact = workspace(tables.exact, problem.slots)
        alike = tables.strict is tables.exact
        self._strict = self._exact if alike else workspace(tables.strict, problem.slots)

    def best(
        self,
        agent_idx: int,
        gains: NDArray[np.floating],
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
            The cost counts options, days off, hours, counts and slopes, less the gains.
        """
        t = self.tables[agent_idx]
        if t.days == 0 or t.first_day >= t.days:
            return float(t.off_cents), NO_SHIFTS
        programme = self.tables.strict if strict else self.tables.exact
        space = self._strict if strict else self._exact
        option_costs(
            programme, space, agent_idx, gains, *slopes, _NONE if without is None else without
        )
        cost = best_roster(programme, space, agent_idx)
        check_path(cost)
        if cost >= FAR / 2:
            return None
        rows = space.rows[: t.days]
        worked = rows >= 0
        roster = np.stack([rows[worked], space.breaks[: t.days][worked]], axis=1)
        return cost + t.off_cents, roster


def agent_cost(problem: PlanningProblem, tables: AgentTables, roster: AgentRoster) -> int:
    """Return the cost of an agent's roster but for cover: options, days off, hours, fairness."""
    rows = roster[:, 0]
    table = problem.options
    days = table.day[rows]
    off = problem.agents[int(table.agent[rows[0]])].off_cents if len(rows) else ()
    cost = int(tables.off_cents - sum(off[day] for day in days.tolist()))
    for column in (table.wages_cents, table.premium_cents, table.own_night_cents, table.wish_cents):
        cost += int(column[rows].sum())
    paid = table.paid_minutes[rows]
    for rule in tables.rules:
        if isinstance(rule, HoursTarget):
            inside = (days >= rule.first_day) & (days < rule.end_day)
            cost += rule.cents(int(paid[inside].sum()))
        elif isinstance(rule, CountCost):
            cost += rule.cents(int(getattr(table, rule.flag)[rows].sum()))
    return cost


def own_cost(tables: Tables, agent_idx: int, roster: AgentRoster) -> int:
    """Return `agent_cost` of a lawful roster, in machine code where the programme counts it all."""
    mine, problem = tables[agent_idx], tables.problem
    if mine.loose or mine.unpriced or len(roster) == 0:
        return agent_cost(problem, mine, roster)
    rows = roster[:, 0]
    cost = _own_cost(tables.exact, agent_idx, problem.options.day[rows], rows) + mine.off_cents
    if not abs(cost) < FAR / 2:
        return agent_cost(problem, mine, roster)
    for rule in mine.counts:
        cost += rule.cents(int(getattr(problem.options, rule.flag)[rows].sum()))
    return int(cost)


def to_choices(problem: PlanningProblem, agent_idx: int, roster: AgentRoster) -> tuple[Choice, ...]:
    """Return an agent's roster as records."""
    return tuple(
        Choice(agent_idx, int(problem.options.day[row]), int(row), int(at)) for row, at in roster
    )
