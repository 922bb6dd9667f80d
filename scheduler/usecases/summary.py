"""What a planner wants to know first about a finished roster, as one plain record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.audit import AuditReport, Shortfall
    from scheduler.audit.fairness import Spread as AuditSpread
    from scheduler.domain import Planning, Roster

__all__ = [
    "AgentHours",
    "BindingLine",
    "FindingLine",
    "QueueLine",
    "Shortage",
    "Spread",
    "Summary",
    "summarise",
]

_QUARTER = timedelta(minutes=15)
_BRIEF = {
    "spare_elsewhere": "to spare elsewhere for want of a shorter stint",
    "free": "free (dearer, or missed by the search)",
    "other_queue": "needed on another queue",
    "no_queue": "on duty without a queue",
    "not_employed": "not employed then",
    "lacks_skill": "without the skill",
    "not_valid": "with a skill or certificate not valid then",
    "time_off": "off",
    "not_available": "not available",
    "asleep": "asleep",
    "no_start": "without a shift that could cover it",
    "resting": "resting or working that day",
    "week_full": "at the limit of the week",
    "needs_days_off": "due a day off",
}
"""Reasons of the audit, brief enough to stand behind a count; others keep their words."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Cover of one queue over the horizon.

    Parameters
    ----------
    covered_share : float
        Share of the agent-hours needed that is there, 0 to 1.
    worst_utc : datetime.datetime, optional
        First quarter hour in which most agents are missing, `worst_missing` of them.
    """

    queue_id: str
    needed_hours: float
    covered_share: float
    missing_hours: float
    worst_utc: datetime | None
    worst_missing: int


@dataclass(frozen=True, slots=True)
class AgentHours:
    """Hours of one agent."""

    agent_id: str
    name: str
    hours: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Fewest and most any agent has, the total, and Jain's index (1 is even)."""

    least: int
    most: int
    total: int
    jain: float


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding of the audit as a sentence."""

    rule: str
    hard: bool
    pinned: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class BindingLine:
    """A limit at which the roster stands: one more quarter, shift or day would be a breach.

    Parameters
    ----------
    rule : str
        Code of the finding that a breach would be.
    name : str
        Of the limit.
    law : str
        Pack and article; ``contract`` or ``company`` where it stands in no pack.
    article : str
        Empty where it stands in no pack.
    places, agents : int
        How many places of the roster, and of how many agents.
    """

    rule: str
    name: str
    law: str
    article: str
    places: int
    agents: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A stretch of time in which a queue is short.

    Parameters
    ----------
    most_missing : int
        Agents missing at the worst moment.
    reasons : tuple of str
        What keeps most of the agents from helping at that moment, each with a count.
    """

    queue_id: str
    start_utc: datetime
    end_utc: datetime
    most_missing: int
    missing_hours: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A roster in figures.

    Parameters
    ----------
    agents, agents_with_shift, shifts : int
        Heads and shifts.
    gap : float
        ``(cost - bound) / cost``.
    terms : tuple of (str, int)
        Cost by named term in cents.
    seconds, activity_seconds : float
        Wall time of the search for shifts, and of that for breaks and activities where known.
    own_night : tuple of AgentHours
        Who works outside the waking hours, most first.
    own_night_weight_cents, own_night_premiums_cents : int
        What that work is weighed at (nobody is paid this), and the premiums paid for these shifts.
    premiums_cents : int
        Premiums of all shifts, `premiums_by_pack` those of each rule pack.
    binding : tuple of BindingLine
        The limits at which the roster stands, the strongest first.
    unjudged : tuple of str
        Limits that could not be judged in full, one sentence each.
    lost_hours : float
        Need that the agents on duty could cover if stints were as short as one likes.
    """

    name: str
    first_day: date
    end_day: date
    zone: str
    currency: str
    agents: int
    agents_with_shift: int
    shifts: int
    cost_cents: int
    bound_cents: int
    gap: float
    status: str
    method: str
    seconds: float
    activity_seconds: float | None
    terms: tuple[tuple[str, int], ...]
    queues: tuple[QueueLine, ...]
    needed_hours: float
    missing_hours: float
    covered_share: float
    full_share: float
    lost_hours: float
    paid_hours: float
    own_night_hours: float
    own_night: tuple[AgentHours, ...]
    own_night_weight_cents: int
    own_night_premiums_cents: int
    premiums_cents: int
    premiums_by_pack: tuple[tuple[str, int], ...]
    under_target_hours: float
    under_min_hours: float
    wishes_granted: int
    wishes_asked: int
    weekends: Spread
    evenings: Spread
    hard: int
    hard_pinned: int
    soft: int
    findings: tuple[FindingLine, ...]
    shortages: tuple[Shortage, ...]
    binding: tuple[BindingLine, ...]
    unjudged: tuple[str, ...]


def summarise(
    planning: Planning,
    roster: Roster,
    report: AuditReport,
    *,
    shortfalls: Sequence[Shortfall] = (),
    lost_minutes: int = 0,
    activity_seconds: float | None = None,
) -> Summary:
    """Return the figures of `roster`, all taken from its audit.

    Parameters
    ----------
    shortfalls : sequence of Shortfall
        From ``scheduler.audit``.
    lost_minutes, activity_seconds
        See `scheduler.usecases.solve_planning.Solved`.
    """
    measures, coverage = report.measures, report.coverage
    names = {agent.agent_id: agent.name for agent in planning.agents}
    own_night = [
        AgentHours(row.agent_id, names[row.agent_id], row.own_night_minutes / 60)
        for row in measures.agents
        if row.own_night_minutes
    ]
    return Summary(
        name=planning.name,
        first_day=roster.horizon.start,
        end_day=roster.horizon.end,
        zone=roster.horizon.zone,
        currency=roster.currency,
        agents=len(planning.agents),
        agents_with_shift=len(planning.agents) - len(measures.without_shift),
        shifts=measures.shifts,
        cost_cents=roster.cost_cents,
        bound_cents=roster.bound_cents,
        gap=roster.gap,
        status=roster.solver.status,
        method=roster.solver.method,
        seconds=roster.solver.seconds,
        activity_seconds=activity_seconds,
        terms=roster.terms,
        queues=tuple(
            QueueLine(
                queue_id=cover.queue_id,
                needed_hours=cover.needed_minutes / 60,
                covered_share=cover.covered_share,
                missing_hours=cover.missing_minutes / 60,
                worst_utc=None
                if cover.worst_quarter is None
                else coverage.start + cover.worst_quarter * _QUARTER,
                worst_missing=max(cover.short, default=0),
            )
            for cover in coverage.queues
        ),
        needed_hours=coverage.needed_minutes / 60,
        missing_hours=coverage.missing_minutes / 60,
        covered_share=measures.covered_share,
        full_share=measures.full_share,
        lost_hours=lost_minutes / 60,
        paid_hours=measures.paid_minutes / 60,
        own_night_hours=measures.own_night_minutes / 60,
        own_night=tuple(sorted(own_night, key=lambda row: (-row.hours, row.agent_id))),
        own_night_weight_cents=measures.own_night_supplement.weight_cents,
        own_night_premiums_cents=measures.own_night_supplement.premiums_cents,
        premiums_cents=measures.premiums_cents,
        premiums_by_pack=measures.premiums_by_pack,
        under_target_hours=measures.under_target_minutes / 60,
        under_min_hours=measures.under_min_minutes / 60,
        wishes_granted=measures.wishes_granted,
        wishes_asked=measures.wishes_asked,
        weekends=_spread(measures.weekends),
        evenings=_spread(measures.evenings),
        hard=len(report.hard),
        hard_pinned=sum(finding.pinned for finding in report.hard),
        soft=len(report.soft),
        findings=tuple(
            FindingLine(finding.rule, finding.severity == "hard", finding.pinned, finding.sentence)
            for finding in report.findings
        ),
        shortages=tuple(_shortage(row) for row in shortfalls),
        binding=tuple(
            BindingLine(row.rule, row.name, row.law, row.article, row.places, row.agents)
            for row in report.binding
        ),
        unjudged=tuple(row.sentence for row in report.unjudged),
    )


def _spread(spread: AuditSpread) -> Spread:
    return Spread(spread.least, spread.most, spread.total, spread.jain)


def _shortage(row: Shortfall) -> Shortage:
    return Shortage(
        queue_id=row.queue_id,
        start_utc=row.start,
        end_utc=row.end,
        most_missing=row.most_missing,
        missing_hours=row.missing_minutes / 60,
        reasons=tuple(
            f"{reason.count} {_BRIEF.get(reason.code, reason.words)}" for reason in row.reasons
        ),
    )
