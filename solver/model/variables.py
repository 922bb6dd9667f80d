"""Decision variables of the model: which option each agent takes and where its break lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from solver.errors import SolverError
from solver.problem import PlanningProblem
from solver.rules import Pin

__all__ = [
    "AgentVariables",
    "Context",
    "TakeOption",
    "Term",
    "declare_agents",
    "duty_terms",
    "weighted_sum",
]

Term = tuple[cp_model.IntVar, int]
"""A variable and its coefficient."""


@dataclass(frozen=True, slots=True)
class TakeOption:
    """One option row with the literal that is true when the agent works it.

    Parameters
    ----------
    take : IntVar
        The literal.
    row : int
        Row of the option table, -1 for a shift of the carry; the other numbers are its columns.
    cost_cents : int
        Wages, premiums, own night and wishes of the row together.
    """

    take: cp_model.IntVar
    row: int
    day: int
    start: int
    end: int
    paid_minutes: int
    break_slots: int
    break_from: int
    break_until: int
    cost_cents: int
    weekend: int
    evening: int
    flags: int


@dataclass(frozen=True, slots=True)
class AgentVariables:
    """The variables of one agent.

    Parameters
    ----------
    options : tuple of TakeOption
        In table order.
    worked : tuple of IntVar or None
        Per day: true when an option of the day is taken; None on days without options.
    breaks : mapping
        ``(day, break_slots)`` to a mapping from the slot a break may start at to its literal.
    """

    agent_idx: int
    options: tuple[TakeOption, ...]
    worked: tuple[cp_model.IntVar | None, ...]
    breaks: Mapping[tuple[int, int], Mapping[int, cp_model.IntVar]]

    def of_days(self, first_day: int, end_day: int) -> list[TakeOption]:
        """Return the options with ``first_day <= day < end_day``."""
        return [option for option in self.options if first_day <= option.day < end_day]


@dataclass(slots=True)
class Context:
    """What constraints add to: the model, the agents' variables and the cost so far.

    Parameters
    ----------
    agents : dict
        Agent index to variables, for the agents of this model only.
    pins : dict
        Agent index to the pinned option rows, for the same agents.
    constant_cents : int
        Part of the cost that no variable changes.
    """

    problem: PlanningProblem
    model: cp_model.CpModel
    agents: dict[int, AgentVariables] = field(default_factory=dict)
    pins: dict[int, frozenset[int]] = field(default_factory=dict)
    constant_cents: int = 0
    _terms: list[Term] = field(default_factory=list)
    _shifts: dict[int, list[TakeOption]] = field(default_factory=dict)

    def add_cost(self, variable: cp_model.IntVar, cents: int) -> None:
        """Charge `cents` for each unit of `variable`."""
        if cents:
            self._terms.append((variable, cents))

    def pinned_options(self, agent_idx: int) -> list[TakeOption]:
        """Return the agent's pinned options in order of time."""
        pins = self.pins[agent_idx]
        return [option for option in self.agents[agent_idx].options if option.row in pins]

    def shifts(self, agent_idx: int) -> list[TakeOption]:
        """Return the agent's options and the shifts of the carry, in order of time.

        Those of the carry have row -1 and a literal that is always true.
        """
        if agent_idx not in self._shifts:
            options = self.agents[agent_idx].options
            carry = self.problem.agents[agent_idx].carry
            always = self.model.new_constant(1)
            carried = [
                TakeOption(
                    always, -1, c.day, c.start, c.end, c.paid_minutes, 0, -1, -1, 0, 0, 0, c.flags
                )
                for c in carry
            ]
            self._shifts[agent_idx] = sorted(
                [*carried, *options], key=lambda shift: (shift.start, shift.end, shift.row)
            )
        return self._shifts[agent_idx]

    def is_fixed(self, agent_idx: int, shift: TakeOption) -> bool:
        """Whether a shift is a pin or of the carry: worked whatever the rules say."""
        return shift.row < 0 or shift.row in self.pins[agent_idx]

    def minimize(self) -> None:
        """Make the sum of all costs the objective."""
        self.model.minimize(weighted_sum(self._terms) + self.constant_cents)


def weighted_sum(terms: Iterable[Term]) -> cp_model.LinearExpr:
    """Return the sum of coefficient times variable."""
    pairs = list(terms)
    if not pairs:
        return cp_model.LinearExpr.constant(0)
    variables, coefficients = zip(*pairs, strict=True)
    return cp_model.LinearExpr.weighted_sum(variables, coefficients)


def declare_agents(ctx: Context, agents: Iterable[int]) -> None:
    """Create the variables of `agents`, one shift a day at most, and charge their options.

    Raises
    ------
    SolverError
        When pins contradict the one shift a day, or name no option of their agent.
    """
    pins: dict[int, set[int]] = {agent_idx: set() for agent_idx in agents}
    for rule in ctx.problem.rules:
        if isinstance(rule, Pin) and rule.agent_idx in pins:
            pins[rule.agent_idx].add(rule.option_idx)
    for agent_idx, rows in pins.items():
        ctx.pins[agent_idx] = frozenset(rows)
        ctx.agents[agent_idx] = _declare_agent(ctx, agent_idx)
        _check_pins(ctx, agent_idx)


def _check_pins(ctx: Context, agent_idx: int) -> None:
    pinned = ctx.pinned_options(agent_idx)
    if len(pinned) != len(ctx.pins[agent_idx]):
        raise SolverError(f"agent {agent_idx}: a pin names an option of somebody else or none")
    if len({option.day for option in pinned}) != len(pinned):
        raise SolverError(f"agent {agent_idx}: two pins on one day")


def _declare_agent(ctx: Context, agent_idx: int) -> AgentVariables:
    agent = ctx.problem.agents[agent_idx]
    options = _declare_options(ctx, agent_idx)
    by_day: list[list[cp_model.IntVar]] = [[] for _ in range(agent.days)]
    for option in options:
        by_day[option.day].append(option.take)
        ctx.add_cost(option.take, option.cost_cents)
    worked: list[cp_model.IntVar | None] = []
    for day, takes in enumerate(by_day):
        literal = _any_of(ctx, takes, f"worked_{agent_idx}_{day}")
        ctx.constant_cents += agent.off_cents[day]
        if literal is not None:
            ctx.add_cost(literal, -agent.off_cents[day])
        worked.append(literal)
    return AgentVariables(agent_idx, options, tuple(worked), _declare_breaks(ctx, options))


def _declare_options(ctx: Context, agent_idx: int) -> tuple[TakeOption, ...]:
    table = ctx.problem.options
    low, high = ctx.problem.option_range(agent_idx)
    rows = slice(low, high)
    cost = (
        table.wages_cents[rows].astype(int)
        + table.premium_cents[rows]
        + table.own_night_cents[rows]
        + table.wish_cents[rows]
    )
    columns = (
        np.arange(low, high),
        table.day[rows],
        table.start[rows],
        table.end[rows],
        table.paid_minutes[rows],
        table.break_slots[rows],
        table.break_from[rows],
        table.break_until[rows],
        cost,
        table.weekend[rows],
        table.evening[rows],
        table.flags[rows],
    )
    return tuple(
        TakeOption(ctx.model.new_bool_var(f"take_{values[0]}"), *values)
        for values in np.stack(columns, axis=1).tolist()
    )


def _any_of(ctx: Context, takes: list[cp_model.IntVar], name: str) -> cp_model.IntVar | None:
    """Return a literal that is true when one of `takes` is, and let no two of them be."""
    if len(takes) <= 1:
        return takes[0] if takes else None
    literal = ctx.model.new_bool_var(name)
    ctx.model.add_exactly_one([*takes, ~literal])
    return literal


def _declare_breaks(
    ctx: Context, options: tuple[TakeOption, ...]
) -> dict[tuple[int, int], dict[int, cp_model.IntVar]]:
    """Give each day and break length one literal per slot at which such a break may start.

    At most one option of a day is taken, so which option the break belongs to needs no literal:
    a start slot is open when an option whose window holds it is taken.
    """
    users: dict[tuple[int, int], list[TakeOption]] = {}
    for option in options:
        if option.break_slots:
            users.setdefault((option.day, option.break_slots), []).append(option)
    breaks = {}
    for key, sharing in users.items():
        slots = sorted({t for o in sharing for t in range(o.break_from, o.break_until + 1)})
        starts = {slot: ctx.model.new_bool_var(f"break_{key}_{slot}") for slot in slots}
        ctx.model.add(
            cp_model.LinearExpr.sum(list(starts.values()))
            == cp_model.LinearExpr.sum([option.take for option in sharing])
        )
        for slot, start in starts.items():
            holding = [o.take for o in sharing if o.break_from <= slot <= o.break_until]
            if len(holding) < len(sharing):
                ctx.model.add_bool_or([*holding, ~start])
        breaks[key] = starts
    return breaks


def duty_terms(ctx: Context, agent_idx: int) -> list[list[Term]]:
    """Return per slot of the horizon the terms whose sum is 1 when the agent is on duty.

    An option counts in each of its slots, a break takes the slots it lasts back out.
    """
    slots = ctx.problem.slots
    agent = ctx.agents[agent_idx]
    terms: list[list[Term]] = [[] for _ in range(slots)]
    for option in agent.options:
        for slot in range(option.start, min(option.end, slots)):
            terms[slot].append((option.take, 1))
    for (_, length), starts in agent.breaks.items():
        for first, literal in starts.items():
            for slot in range(first, min(first + length, slots)):
                terms[slot].append((literal, -1))
    return terms
