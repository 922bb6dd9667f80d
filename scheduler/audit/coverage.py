"""Cover: agents needed and agents on each queue, quarter of an hour by quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.audit.facts import QUARTER, Duty, Facts
from scheduler.audit.wording import utc_text

__all__ = ["Coverage", "QueueCover", "read_coverage"]


@dataclass(frozen=True, slots=True)
class QueueCover:
    """Cover of one queue.

    Parameters
    ----------
    needed, on_queue : tuple of int
        Agents per quarter of an hour of the horizon.
    """

    queue_id: str
    needed: tuple[int, ...]
    on_queue: tuple[int, ...]

    @property
    def short(self) -> tuple[int, ...]:
        """Agents missing per quarter."""
        return tuple(
            max(0, need - there) for need, there in zip(self.needed, self.on_queue, strict=True)
        )

    @property
    def over(self) -> tuple[int, ...]:
        """Agents beyond need per quarter."""
        return tuple(
            max(0, there - need) for need, there in zip(self.needed, self.on_queue, strict=True)
        )

    @property
    def needed_minutes(self) -> int:
        """Agent-minutes needed."""
        return 15 * sum(self.needed)

    @property
    def missing_minutes(self) -> int:
        """Agent-minutes missing."""
        return 15 * sum(self.short)

    @property
    def over_minutes(self) -> int:
        """Agent-minutes beyond need."""
        return 15 * sum(self.over)

    @property
    def covered_share(self) -> float:
        """Share of the needed agent-minutes that is there, 0 to 1; 1 without need."""
        return 1.0 if not any(self.needed) else 1 - self.missing_minutes / self.needed_minutes

    @property
    def full_share(self) -> float:
        """Share of the quarters with need in which nobody is missing, 0 to 1."""
        short = [
            there < need for need, there in zip(self.needed, self.on_queue, strict=True) if need
        ]
        return 1.0 if not short else 1 - sum(short) / len(short)

    @property
    def worst_quarter(self) -> int | None:
        """First quarter in which most agents are missing; None when nobody ever is."""
        short = self.short
        most = max(short, default=0)
        return short.index(most) if most else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cover of all queues over the horizon.

    Parameters
    ----------
    start : datetime.datetime
        Start of the first quarter, aware UTC.
    queues : tuple of QueueCover
        In the planning's order.
    at_work : tuple of int
        Agents on duty and not on break per quarter.
    """

    start: datetime
    queues: tuple[QueueCover, ...]
    at_work: tuple[int, ...]

    def queue(self, queue_id: str) -> QueueCover:
        """Return the cover of one queue.

        Raises
        ------
        LookupError
            If there is no such queue.
        """
        for cover in self.queues:
            if cover.queue_id == queue_id:
                return cover
        raise LookupError(queue_id)

    @property
    def needed_minutes(self) -> int:
        """Agent-minutes needed on all queues."""
        return sum(cover.needed_minutes for cover in self.queues)

    @property
    def missing_minutes(self) -> int:
        """Agent-minutes missing on all queues."""
        return sum(cover.missing_minutes for cover in self.queues)

    def to_dict(self) -> dict[str, Any]:
        """Return the cover as JSON-able values, one entry per quarter in the lists."""
        return {
            "start_utc": utc_text(self.start),
            "quarter_minutes": 15,
            "at_work": list(self.at_work),
            "queues": [
                {
                    "queue_id": cover.queue_id,
                    "needed_hours": cover.needed_minutes / 60,
                    "missing_hours": cover.missing_minutes / 60,
                    "over_hours": cover.over_minutes / 60,
                    "covered_share": round(cover.covered_share, 6),
                    "full_share": round(cover.full_share, 6),
                    "worst_utc": None
                    if cover.worst_quarter is None
                    else utc_text(self.start + cover.worst_quarter * QUARTER),
                    "needed": list(cover.needed),
                    "on_queue": list(cover.on_queue),
                }
                for cover in self.queues
            ],
        }


def read_coverage(facts: Facts) -> Coverage:
    """Count agents on queues and at work in each quarter of the horizon.

    An agent is on a queue in a quarter when an activity on it fills the whole quarter and no other
    activity of his was counted there; at work when the shift fills it and no break touches it.
    """
    quarters = facts.quarters
    on_queue = {queue_id: [0] * quarters for queue_id in facts.queues}
    at_work = [0] * quarters
    for agent in facts.agents.values():
        taken: set[int] = set()
        for duty in agent.counting:
            for quarter in _worked_quarters(facts, duty):
                if quarter not in taken:
                    at_work[quarter] += 1
                    taken.add(quarter)
        for quarter, queue_id in _queue_by_quarter(facts, agent.counting).items():
            on_queue[queue_id][quarter] += 1
    return Coverage(
        facts.start,
        tuple(
            QueueCover(queue_id, facts.need[queue_id], tuple(there))
            for queue_id, there in on_queue.items()
        ),
        tuple(at_work),
    )


def _whole_quarters(facts: Facts, start: datetime, end: datetime) -> range:
    """Return the quarters of the horizon that lie wholly inside ``[start, end)``."""
    first = -((facts.start - start) // QUARTER)
    return range(max(0, first), min(facts.quarters, facts.quarter_of(end)))


def _worked_quarters(facts: Facts, duty: Duty) -> Iterator[int]:
    pauses = [(row.start, row.end) for row in duty.shift.breaks] if duty.shift else []
    for quarter in _whole_quarters(facts, duty.start, duty.end):
        start = facts.start + quarter * QUARTER
        if not any(pause < start + QUARTER and start < end for pause, end in pauses):
            yield quarter


def _queue_by_quarter(facts: Facts, duties: tuple[Duty, ...]) -> Mapping[int, str]:
    """Return where one agent is in each quarter; of two places at once the first counts."""
    where: dict[int, str] = {}
    for duty in duties:
        for activity in duty.shift.activities if duty.shift else ():
            if activity.queue_id in facts.queues:
                for quarter in _whole_quarters(facts, activity.start, activity.end):
                    where.setdefault(quarter, activity.queue_id)
    return where
