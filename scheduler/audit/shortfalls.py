"""Where a roster falls short, for how long, and mainly why: the over-constrained case in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from scheduler.audit.coverage import QueueCover, read_coverage
from scheduler.audit.explain import Reason, explain_quarter
from scheduler.audit.facts import QUARTER, Facts, read_facts
from scheduler.audit.wording import utc_text
from scheduler.domain import Planning, Roster

__all__ = ["Shortfall", "shortfalls"]

_MOST_EXPLAINED, _FEWEST_EXPLAINED, _AGENTS_ASKED = 20, 3, 3000
_SOONEST_TOLD, _LARGEST_TOLD = 2, 1


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A queue that is short from one instant to another without a break.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware UTC, half-open.
    most_missing : int
        Agents missing in the worst quarter.
    worst : datetime.datetime
        Start of the first such quarter.
    missing_minutes : int
        Agent-minutes missing over the whole span.
    reasons : tuple of Reason
        Why agents are not there in the worst quarter: the two that a planner can change soonest,
        then the most frequent of the rest; empty for spans beyond those explained.
    """

    queue_id: str
    priority: int
    start: datetime
    end: datetime
    most_missing: int
    worst: datetime
    missing_minutes: int
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the shortfall as JSON-able values."""
        return {
            "queue_id": self.queue_id,
            "priority": self.priority,
            "start_utc": utc_text(self.start),
            "end_utc": utc_text(self.end),
            "most_missing": self.most_missing,
            "worst_utc": utc_text(self.worst),
            "missing_hours": self.missing_minutes / 60,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


def shortfalls(
    planning: Planning, roster: Roster, *, explained: int | None = None, facts: Facts | None = None
) -> tuple[Shortfall, ...]:
    """Return every unbroken span in which a queue is short, with the main reasons.

    Parameters
    ----------
    explained : int, optional
        For so many spans, the most important first, the reasons are worked out; by default 20 in a
        small company and fewer in a large one, since each asks about every agent.
    facts : Facts, optional
        From `read_facts` on the same planning and roster.

    Returns
    -------
    tuple of Shortfall
        By priority of the queue, then the most agent-hours missing first.
    """
    facts = read_facts(planning, roster) if facts is None else facts
    if explained is None:
        agents = max(1, len(planning.agents))
        explained = min(_MOST_EXPLAINED, max(_FEWEST_EXPLAINED, _AGENTS_ASKED // agents))
    coverage = read_coverage(facts)
    found = [
        (span, cover, quarter)
        for cover in coverage.queues
        for span, quarter in _spans(facts, cover)
    ]
    found.sort(key=lambda row: (row[0].priority, -row[0].missing_minutes, row[0].start))
    told: list[Shortfall] = []
    for rank, (span, cover, quarter) in enumerate(found):
        reasons: tuple[Reason, ...] = ()
        if rank < explained:
            explanation = explain_quarter(facts, coverage, cover.queue_id, quarter)
            absent = [row for row in explanation.reasons if row.code != "on_queue"]
            rest = sorted(absent[_SOONEST_TOLD:], key=lambda row: -row.count)
            reasons = (*absent[:_SOONEST_TOLD], *rest[:_LARGEST_TOLD])
        told.append(replace(span, reasons=reasons))
    return tuple(told)


def _spans(facts: Facts, cover: QueueCover) -> Iterator[tuple[Shortfall, int]]:
    """Yield the runs of quarters in which a queue is short, each with its worst quarter."""
    short = cover.short
    for is_short, run in groupby(range(len(short)), key=lambda quarter: short[quarter] > 0):
        if not is_short:
            continue
        quarters = list(run)
        worst = max(quarters, key=lambda quarter: short[quarter])
        yield (
            Shortfall(
                queue_id=cover.queue_id,
                priority=facts.queues[cover.queue_id].priority,
                start=facts.start + quarters[0] * QUARTER,
                end=facts.start + (quarters[-1] + 1) * QUARTER,
                most_missing=short[worst],
                worst=facts.start + worst * QUARTER,
                missing_minutes=15 * sum(short[quarter] for quarter in quarters),
            ),
            worst,
        )
