"""Builds the model: variables, cover, and every rule through the registry of rule kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ortools.sat.python import cp_model

from solver.check import keeps_apart
from solver.constraints import constraint_for, min_rest
from solver.errors import SolverError
from solver.model.cover import add_cover, add_slot_prices
from solver.model.variables import Context, declare_agents
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster
from solver.rules import MinRest

__all__ = ["BuiltModel", "Values", "build_model", "build_single"]


class Values(Protocol):
    """Where values of literals come from: a solver or a solution callback."""

    def boolean_value(self, literal: cp_model.IntVar, /) -> bool:
        """Return the value of a literal."""
        ...


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model with the meaning of its variables.

    Parameters
    ----------
    model : CpModel
        Objective in cents.
    context : Context
        Variables per agent.
    """

    model: cp_model.CpModel
    context: Context

    def extract(self, solver: Values) -> SlotRoster:
        """Return the roster of the solver's current solution."""
        choices = []
        for agent_idx, agent in sorted(self.context.agents.items()):
            for option in agent.options:
                if solver.boolean_value(option.take):
                    starts = agent.breaks.get((option.day, option.break_slots), {})
                    begin = next((s for s, lit in starts.items() if solver.boolean_value(lit)), -1)
                    choices.append(Choice(agent_idx, option.day, option.row, begin))
        return SlotRoster(tuple(sorted(choices)))

    def add_hint(self, roster: SlotRoster) -> None:
        """Hint every decision of `roster`: options taken and not taken, breaks."""
        chosen = {choice.option_idx: choice for choice in roster.choices}
        for agent in self.context.agents.values():
            breaks = set()
            for option in agent.options:
                choice = chosen.get(option.row)
                self.model.add_hint(option.take, choice is not None)
                if choice is not None:
                    breaks.add((option.day, option.break_slots, choice.break_start))
            for (day, length), starts in agent.breaks.items():
                for slot, literal in starts.items():
                    self.model.add_hint(literal, (day, length, slot) in breaks)

    def clear_hint(self) -> None:
        """Forget all hints."""
        self.model.proto.clear_solution_hint()


def build_model(problem: PlanningProblem, agents: Iterable[int] | None = None) -> BuiltModel:
    """Build the model of all agents, or of some as if there were no others.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    agents : iterable of int, optional
        Agent indices of a sub-model; their cover, costs and rules only.

    Returns
    -------
    BuiltModel
        Its objective is the total of `solver.score` (of those agents alone, for a sub-model).

    Raises
    ------
    SolverError
        When a rule kind has no constraint, or pins contradict each other.

    Notes
    -----
    Shifts of one agent never overlap, whether or not a `MinRest` says so.
    """
    everyone = range(len(problem.agents)) if agents is None else sorted(set(agents))
    ctx = _declare(problem, everyone)
    add_cover(ctx)
    ctx.minimize()
    return BuiltModel(ctx.model, ctx)


def build_single(problem: PlanningProblem, agent_idx: int, slot_cents: Sequence[int]) -> BuiltModel:
    """Build the model of one agent who is paid for by slot prices instead of cover.

    Parameters
    ----------
    agent_idx : int
        The agent.
    slot_cents : sequence of int
        Change of cost for each slot of the horizon the agent is on duty and not on break.

    Returns
    -------
    BuiltModel
        Its objective: slot prices, costs of options and days off, the agent's soft rules.

    Raises
    ------
    SolverError
        As `build_model`; or when `slot_cents` has not one entry per slot.
    """
    if len(slot_cents) != problem.slots:
        raise SolverError(f"slot_cents needs {problem.slots} entries, not {len(slot_cents)}")
    ctx = _declare(problem, [agent_idx])
    add_slot_prices(ctx, agent_idx, [int(cents) for cents in slot_cents])
    ctx.minimize()
    return BuiltModel(ctx.model, ctx)


def _declare(problem: PlanningProblem, agents: Iterable[int]) -> Context:
    ctx = Context(problem, cp_model.CpModel())
    declare_agents(ctx, agents)
    rested = set()
    for rule in problem.rules:
        if rule.agent_idx in ctx.agents:
            constraint_for(rule)(ctx, rule)
            if isinstance(rule, MinRest) and keeps_apart(rule):
                rested.add(rule.agent_idx)
    for agent_idx in ctx.agents:
        if agent_idx not in rested:
            min_rest.add(ctx, MinRest(agent_idx, 0))
    return ctx
