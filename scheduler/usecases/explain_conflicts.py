"""Pins that contradict each other or a rule: the smallest sets that cannot all be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scheduler.domain import Planning
from scheduler.errors import Fault

if TYPE_CHECKING:
    from scheduler.planning.compile import Compiled
    from scheduler.planning.explain_rules import RuleSource
    from solver import Rule

__all__ = ["ConflictMember", "FoundConflict", "conflict_notices", "find_conflicts"]

_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ConflictMember:
    """One pin or rule of a conflict.

    Parameters
    ----------
    source : str
        ``pin``, ``contract``, ``law``, ``policy`` or ``rule``.
    words : str
        What it demands, and who demands it.
    """

    source: str
    words: str


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """Pins and rules of an agent that cannot all be kept; without any one of them they can.

    Parameters
    ----------
    smallest : bool
        False when time ran out before it was shown that every member is needed.
    """

    agent_id: str
    name: str
    members: tuple[ConflictMember, ...]
    smallest: bool


def find_conflicts(
    planning: Planning, *, time_limit_seconds: float = _SECONDS, lone_pins: bool = True
) -> tuple[FoundConflict, ...]:
    """Return the smallest sets of pins and rules that contradict each other, agent by agent.

    A roster is made all the same: it keeps the pins and forgives what they break by themselves.
    That a pin breaks a rule about single shifts, such as the waking hours, is no contradiction in
    this sense; the compiler's notices name it.

    Parameters
    ----------
    time_limit_seconds : float
        Wall time for the searches; compiling comes on top.
    lone_pins : bool
        Whether to look at agents with one pin and no history, too. Little can contradict that but
        the hours of a contract; without them most plannings need no solver.
    """
    shifts = Counter(pin.agent_id for pin in planning.pins)
    if not lone_pins:
        shifts.update(past.agent_id for past in planning.history if past.agent_id in shifts)
    least = 1 if lone_pins else 2
    agents = [agent for agent in planning.agents if shifts[agent.agent_id] >= least]
    if not agents:
        return ()
    from scheduler.planning import compile_problem
    from scheduler.planning.explain import only_agents
    from scheduler.planning.explain_rules import rule_sources
    from solver.explain import conflicting

    compiled = compile_problem(only_agents(planning, agents))
    found = []
    for conflict in conflicting(compiled.problem, time_limit_seconds=time_limit_seconds):
        agent = agents[conflict.agent_idx]
        sources = rule_sources(planning, agent)
        members = [_member(compiled, rule, sources) for rule in conflict.members]
        # Pins first: they are what the planner has given.
        members.sort(key=lambda member: member.source != "pin")
        found.append(FoundConflict(agent.agent_id, agent.name, tuple(members), conflict.proven))
    return tuple(found)


def _member(compiled: Compiled, rule: Rule, sources: Mapping[Rule, RuleSource]) -> ConflictMember:
    from scheduler.planning.explain_rules import pin_words
    from solver import Pin

    if isinstance(rule, Pin):
        return ConflictMember("pin", pin_words(compiled, rule.agent_idx, rule))
    found = sources.get(replace(rule, agent_idx=0))
    if found is None:
        return ConflictMember("rule", type(rule).__name__)
    return ConflictMember(found.source, found.words)


def conflict_notices(
    planning: Planning, *, time_limit_seconds: float = _SECONDS, lone_pins: bool = True
) -> tuple[Fault, ...]:
    """Return a notice for each of `find_conflicts`; the arguments are the same."""
    notices = []
    for conflict in find_conflicts(
        planning, time_limit_seconds=time_limit_seconds, lone_pins=lone_pins
    ):
        together = "; ".join(member.words for member in conflict.members)
        one = len(conflict.members) == 1
        hint = (
            f"It cannot be kept beside the shifts before the horizon: {together}."
            if one
            else f"These cannot all be kept, and each of them matters: {together}."
        )
        if not conflict.smallest:
            hint = f"These cannot all be kept (fewer of them may be the reason): {together}."
        notices.append(
            Fault(
                "pins_conflict",
                "pins.csv",
                "pins that go together with each other and with the rules",
                value=conflict.agent_id,
                hint=hint,
            )
        )
    return tuple(notices)
