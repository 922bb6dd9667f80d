"""What a rule of the problem stands for: contract, article of law, company policy, or a pin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from scheduler.domain import Agent, Planning
from scheduler.labour import limit_text, rule_book
from scheduler.labour.applied import law_name
from scheduler.labour.quantities import duration_text
from scheduler.planning.compile import Compiled
from scheduler.planning.desk import AgentDesk
from scheduler.planning.dominance import binding
from scheduler.planning.explain import only_agents
from scheduler.planning.history import carry_of, listed
from scheduler.planning.law import Laws
from scheduler.planning.lawful import LawBars
from scheduler.planning.limits import Bound, LawRule, law_rules
from scheduler.planning.options import options_of
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays, agent_days
from scheduler.planning.periods import history_start
from scheduler.planning.possible import Possible
from scheduler.planning.rules import contract_limits
from scheduler.planning.skills import servable
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.windows import horizon_bounds
from solver import DaysLimit, HoursLimit, Rule
from solver import Pin as PinRule

__all__ = ["RuleSource", "pin_words", "rule_sources"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a rule of one agent comes from.

    Parameters
    ----------
    source : str
        ``contract``, ``law`` or ``policy``.
    words : str
        What it demands and who demands it, as a planner reads it.
    """

    source: str
    words: str


def rule_sources(planning: Planning, agent: Agent) -> Mapping[Rule, RuleSource]:
    """Return the hard rules of an agent, under agent index 0, with where they come from.

    Parameters
    ----------
    agent : Agent
        Of the planning, which is compiled again as far as this one is concerned.
    """
    alone = only_agents(planning, [agent])
    grid = SlotGrid.over(*horizon_bounds(planning.horizon))
    (person,) = agent_days(alone, grid)
    almanac = Almanac(alone, grid)
    law = Laws(alone, rule_book(alone), grid).of(person)
    history = [past for past in planning.history if past.agent_id == agent.agent_id]
    pins = [pin for pin in planning.pins if pin.agent_id == agent.agent_id]
    carry = carry_of(almanac, person, law, history)
    skills = servable(alone, (person,), grid)
    desk = AgentDesk(almanac, person, 0, skills=skills, law=law, law_bars=LawBars(almanac))
    own = options_of(almanac, desk, person, carry=carry, pins=pins)
    instants = [
        *(instant for past in history for instant in (past.start, past.end)),
        *(instant for pin in pins for instant in (pin.start, pin.end)),
    ]
    off_grid = any(grid.floor(instant) != grid.ceil(instant) for instant in instants)
    history_from = history_start(planning, planning.horizon.start)
    of_law = law_rules(Bound(person, 0, law, carry, history_from, grid, off_grid))
    past = listed(carry, law, almanac)
    possible = Possible.of(person.days, own.columns, past)
    contract, binds = binding(
        contract_limits(person, 0, carry), [each.rule for each in of_law], possible
    )
    found = {rule: _of_law(person, rule, of_law[idx]) for idx, rule in binds.items()}
    return found | {rule: _of_contract(person, rule) for rule in contract}


def _of_law(person: AgentDays, rule: Rule, law: LawRule) -> RuleSource:
    pack, limit = law.held.applied.pack, law.held.limit
    source = "policy" if pack.kind == "policy" else "law"
    return RuleSource(source, f"{limit_text(limit)}{_days(person, rule)} ({law_name(pack, limit)})")


def _of_contract(person: AgentDays, rule: Rule) -> RuleSource:
    most = ""
    if isinstance(rule, HoursLimit):
        most = f"at most {duration_text(rule.max_minutes)} of work"
    elif isinstance(rule, DaysLimit):
        most = f"at most {rule.max_days} working days"
    name = person.contract.contract_id
    return RuleSource("contract", f"{most}{_days(person, rule)} (contract {name})")


def _days(person: AgentDays, rule: Rule) -> str:
    """Name the dates of a rule's period, if it has one."""
    first, end = getattr(rule, "first_day", None), getattr(rule, "end_day", None)
    if first is None or end is None:
        return ""
    return f", {person.date_of(first)} to {person.date_of(end) - _DAY}"


def pin_words(compiled: Compiled, agent_idx: int, pin: PinRule) -> str:
    """Return a pin in words: its local start, zone and length."""
    table = compiled.problem.options
    named = dict(compiled.pins).get(pin.option_idx)
    minutes = int(table.end[pin.option_idx] - table.start[pin.option_idx]) * SLOT_MINUTES
    if named is None:
        person = compiled.people[agent_idx]
        return f"the pin of {person.date_of(int(table.day[pin.option_idx]))}"
    return f"the pin of {named.start_local} ({named.zone}), {duration_text(minutes)}"
