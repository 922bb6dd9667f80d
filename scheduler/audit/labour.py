"""Each agent's roster against the law that holds for it, the contract and the agent's own limits.

``docs/law.md`` says what each kind of limit demands. Everything is derived anew from instants and
wall clocks: rest is elapsed time; days, weeks, nights and holidays are those of the place of work.
A breach that pins and history cause alone is reported as pinned; a breach in which no shift of the
roster takes part is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from scheduler.audit import law_days, law_hours, law_rest
from scheduler.audit.facts import AgentFacts, Facts
from scheduler.audit.finding import Finding
from scheduler.audit.judgement import Judgement, findings_of
from scheduler.audit.own_limits import contract_limits, own_findings
from scheduler.labour import (
    Applied,
    AverageHours,
    BreakTime,
    ConsecutiveDays,
    DailyRest,
    DayHours,
    FreeSundays,
    Limit,
    MinEngagement,
    NightCount,
    Notice,
    NoWork,
    SeriesRest,
    SeriesShifts,
    ShiftHours,
    WeekHours,
    WeeklyRest,
)

__all__ = ["judgements_of", "labour_findings", "read_judgements"]

_Check = Callable[[Facts, AgentFacts, Applied, Any], Iterator[Judgement]]

_CHECKS: Mapping[type[Limit], tuple[_Check, ...]] = {
    AverageHours: (law_hours.average_hours,),
    BreakTime: (),
    ConsecutiveDays: (law_days.consecutive_days,),
    DailyRest: (law_rest.daily_rest,),
    DayHours: (law_hours.day_hours,),
    FreeSundays: (law_days.free_sundays,),
    MinEngagement: (law_hours.min_engagement,),
    NightCount: (law_days.night_count,),
    NoWork: (law_days.no_work,),
    Notice: (law_days.notice,),
    SeriesRest: (law_rest.series_rest,),
    SeriesShifts: (law_days.series_shifts,),
    ShiftHours: (law_hours.shift_hours, law_hours.extended_count, law_rest.extended_rest),
    WeekHours: (law_hours.week_hours,),
    WeeklyRest: (law_rest.weekly_rest,),
}
"""The checks of each kind of limit; breaks are judged with the shifts (`structure`)."""
_EVERY_KIND = frozenset(_CHECKS)


def judgements_of(
    facts: Facts, agent: AgentFacts, kinds: Collection[type[Limit]] = _EVERY_KIND
) -> Iterator[Judgement]:
    """Yield every place of an agent's roster where a limit is broken or has nothing to spare.

    A limit that holds in two stretches of time may be judged twice at one place; it is told once.

    Parameters
    ----------
    kinds : collection of type, optional
        Kinds of limits to regard; those of the contract belong to `WeekHours`.
    """
    told = set()
    for row in _judged(facts, agent, kinds):
        key = (row.rule, row.law_key, row.span.start, row.span.end, row.broken, row.pinned)
        if key not in told:
            told.add(key)
            yield row


def _judged(facts: Facts, agent: AgentFacts, kinds: Collection[type[Limit]]) -> Iterator[Judgement]:
    if WeekHours in kinds:
        yield from contract_limits(facts, agent)
    if not agent.duties:
        return
    for applied in agent.law:
        if type(applied.limit) in kinds:
            for check in _CHECKS[type(applied.limit)]:
                yield from check(facts, agent, applied, applied.limit)
    if DailyRest in kinds:
        yield from law_rest.short_rests(facts, agent)


def read_judgements(facts: Facts) -> Mapping[str, tuple[Judgement, ...]]:
    """Return the judgements of all agents, by agent."""
    return {key: tuple(judgements_of(facts, agent)) for key, agent in facts.agents.items()}


def labour_findings(
    facts: Facts, judged: Mapping[str, tuple[Judgement, ...]] | None = None
) -> Iterator[Finding]:
    """Yield every breach of the law, of the contract or of an agent's own limit.

    Parameters
    ----------
    judged : mapping, optional
        From `read_judgements` on the same facts.
    """
    judged = read_judgements(facts) if judged is None else judged
    for key, agent in facts.agents.items():
        yield from own_findings(facts, agent)
        yield from findings_of(agent, judged[key])
