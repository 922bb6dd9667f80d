"""Limits that could not be judged in full, why, and what was assumed instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

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
    limit_text,
)

__all__ = ["Unjudged", "read_unjudged"]

_FORTNIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Limits of one article that could not be judged in full, for one reason and the same agents.

    Parameters
    ----------
    pack_id, article : str
        Where they stand.
    rules : tuple of str
        Codes of the findings that breaches would be.
    names : tuple of str
        The limits.
    demands : tuple of str
        What they demand, in words.
    law : str
        As findings cite it.
    reason : {"short_history", "not_announced"}
        Stable code.
    why, assumed : str
        In words: what is not known, and what was taken instead.
    agents : int
        Agents for whom it is so.
    """

    pack_id: str
    article: str
    rules: tuple[str, ...]
    names: tuple[str, ...]
    demands: tuple[str, ...]
    law: str
    reason: Literal["short_history", "not_announced"]
    why: str
    assumed: str
    agents: int

    @property
    def sentence(self) -> str:
        """One sentence for a planner."""
        whom = "1 agent" if self.agents == 1 else f"{self.agents} agents"
        demands = "; ".join(f"{text[0].lower()}{text[1:]}" for text in self.demands)
        return (
            f"{self.law} ({demands}) could not be judged in full for {whom}: "
            f"{self.why}; {self.assumed}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-able values."""
        return asdict(self) | {"sentence": self.sentence}


def read_unjudged(facts: Facts) -> tuple[Unjudged, ...]:
    """Return what could not be judged in full, in the order of the packs.

    Limits of one article with as many weeks, as few of them known, for the same agents are one.
    """
    limits: dict[_Gap, tuple[Applied, int]] = {}
    agents: dict[_Gap, set[str]] = {}
    for key, agent in facts.agents.items():
        for applied in agent.law:
            for rule, weeks, known in _gaps(facts, agent, applied):
                gap = _Gap(applied.pack.pack_id, rule, applied.limit.name, weeks)
                least = min(known, limits[gap][1]) if gap in limits else known
                limits[gap] = applied, least
                agents.setdefault(gap, set()).add(key)
    order = list(facts.book.packs)
    alike: dict[tuple[object, ...], list[_Gap]] = {}
    for gap in sorted(limits, key=lambda row: (order.index(row.pack_id), row)):
        applied, known = limits[gap]
        law = law_name(applied.pack, applied.limit)
        same = gap.pack_id, law, applied.limit.article, gap.weeks, known, frozenset(agents[gap])
        alike.setdefault(same, []).append(gap)
    return tuple(
        _record(gaps, [limits[gap][0] for gap in gaps], limits[gaps[0]][1], len(agents[gaps[0]]))
        for gaps in alike.values()
    )


class _Gap(NamedTuple):
    """A limit of which `weeks` weeks are not all known; 0 where notice is not."""

    pack_id: str
    rule: str
    name: str
    weeks: int


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


def _record(gaps: Sequence[_Gap], applied: Sequence[Applied], known: int, agents: int) -> Unjudged:
    pack, limit = applied[0].pack, applied[0].limit
    weeks = gaps[0].weeks
    if not weeks:
        why = "the planning does not say when the roster is announced"
        assumed = "notice was taken to be given in time"
        reason: Literal["short_history", "not_announced"] = "not_announced"
    else:
        why = f"only {known} of the {weeks} weeks {'is' if known == 1 else 'are'} known, "
        why += "those of the horizon included"
        if not known:
            why = f"none of the {weeks} weeks is known from its Monday on"
        assumed = "the known weeks alone were held to their share of the limit"
        reason = "short_history"
    return Unjudged(
        pack_id=pack.pack_id,
        article=limit.article,
        rules=tuple(dict.fromkeys(gap.rule for gap in gaps)),
        names=tuple(dict.fromkeys(gap.name for gap in gaps)),
        demands=tuple(dict.fromkeys(limit_text(row.limit) for row in applied)),
        law=law_name(pack, limit),
        reason=reason,
        why=why,
        assumed=assumed,
        agents=agents,
    )
