"""Limits that could not be judged in full, why, and what was assumed instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from scheduler.audit.facts import AgentFacts, Facts
from scheduler.audit.periods import dates_in_scope, week_periods
from scheduler.labour import (
    Applied,
    AverageHours,
    FreeSundays,
    Limit,
    NightCount,
    Notice,
    ShiftHours,
    law_name,
)

__all__ = ["Unjudged", "read_unjudged"]

_FORTNIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A limit that could not be judged in full.

    Parameters
    ----------
    rule : str
        Code of the finding that a breach would be.
    pack_id, name, article : str
        The limit.
    law : str
        As findings cite it.
    reason : {"short_history", "not_announced"}
        Stable code.
    why, assumed : str
        In words: what is not known, and what was taken instead.
    agents : int
        Agents for whom it is so.
    """

    rule: str
    pack_id: str
    name: str
    article: str
    law: str
    reason: Literal["short_history", "not_announced"]
    why: str
    assumed: str
    agents: int

    @property
    def sentence(self) -> str:
        """One sentence for a planner."""
        whom = "1 agent" if self.agents == 1 else f"{self.agents} agents"
        return f"{self.law} could not be judged in full for {whom}: {self.why}; {self.assumed}"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-able values."""
        return asdict(self) | {"sentence": self.sentence}


def read_unjudged(facts: Facts) -> tuple[Unjudged, ...]:
    """Return each limit that could not be judged in full, once, in the order of the packs."""
    limits: dict[tuple[str, str, str], tuple[Applied, int, int]] = {}
    agents: dict[tuple[str, str, str], set[str]] = {}
    for key, agent in facts.agents.items():
        for applied in agent.law:
            for rule, weeks, known in _gaps(facts, agent, applied):
                identity = rule, applied.pack.pack_id, applied.limit.name
                before = limits.get(identity)
                least = known if before is None else min(known, before[2])
                limits[identity] = applied, weeks, least
                agents.setdefault(identity, set()).add(key)
    order = list(facts.book.packs)
    return tuple(
        _record(rule, limits[rule, pack_id, name], len(agents[rule, pack_id, name]))
        for rule, pack_id, name in sorted(limits, key=lambda row: (order.index(row[1]), row))
    )


def _gaps(facts: Facts, agent: AgentFacts, applied: Applied) -> Iterator[tuple[str, int, int]]:
    """Yield rule, weeks of the period and fewest weeks known, where those are fewer."""
    if isinstance(applied.limit, Notice):
        if facts.planning.announced is None and dates_in_scope(facts, agent, applied):
            yield "notice", 0, 0
        return
    for rule, weeks in _long_periods(applied.limit):
        short = [
            len(period.known)
            for period in week_periods(facts, agent, applied, weeks)
            if not period.whole
        ]
        if short:
            yield rule, weeks, min(short)


def _long_periods(limit: Limit) -> Iterator[tuple[str, int]]:
    if isinstance(limit, AverageHours):
        yield "average_hours", limit.weeks
    elif isinstance(limit, NightCount):
        yield "night_count", limit.weeks
    elif isinstance(limit, FreeSundays):
        yield "free_sundays", limit.weeks
    elif isinstance(limit, ShiftHours) and limit.extended_max_minutes is not None:
        for _, days in limit.extended_counts:
            if days != _FORTNIGHT_DAYS:
                yield "extended_count", days // 7


def _record(rule: str, found: tuple[Applied, int, int], agents: int) -> Unjudged:
    applied, weeks, known = found
    pack, limit = applied.pack, applied.limit
    if rule == "notice":
        why = "the planning does not say when the roster is announced"
        assumed = "notice was taken to be given in time"
        reason: Literal["short_history", "not_announced"] = "not_announced"
    else:
        why = f"the history reaches over only {known} of the {weeks} weeks"
        assumed = "the known weeks alone were held to their share of the limit"
        reason = "short_history"
    return Unjudged(
        rule=rule,
        pack_id=pack.pack_id,
        name=limit.name,
        article=limit.article,
        law=law_name(pack, limit),
        reason=reason,
        why=why,
        assumed=assumed,
        agents=agents,
    )
