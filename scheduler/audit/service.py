"""Activities: may the agent do them, are they inside the shift, one at a time, long enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.audit.facts import QUARTER, AgentFacts, Duty, Facts
from scheduler.audit.finding import Finding
from scheduler.audit.skills import lacks
from scheduler.audit.wording import duration_text, moment_text
from scheduler.domain import Activity, Shift

__all__ = ["service_findings"]

_MINUTE = timedelta(minutes=1)


def service_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what the activities of the roster do not keep."""
    for agent in facts.agents.values():
        for duty in agent.duties:
            if duty.shift is not None:
                yield from _activity_findings(facts, agent, duty, duty.shift)
                yield from _stint_findings(facts, agent, duty, duty.shift)


def _activity_findings(
    facts: Facts, agent: AgentFacts, duty: Duty, shift: Shift
) -> Iterator[Finding]:
    words = (("agent", agent.label), ("zone", duty.zone))
    before: Activity | None = None
    for activity in sorted(shift.activities, key=lambda row: (row.start, row.end)):
        start, end = activity.start, activity.end

        def finding(
            rule: str,
            measured: str,
            limit: str,
            *,
            activity: Activity = activity,
        ) -> Finding:
            return Finding(
                rule,
                "hard",
                measured,
                limit,
                agent_id=agent.agent_id,
                queue_id=activity.queue_id,
                start=activity.start,
                end=activity.end,
                params=words,
            )

        queue = facts.queues.get(activity.queue_id)
        if queue is None:
            yield finding("unknown_queue", activity.queue_id, "a queue of the planning")
        if start >= end or start < duty.start or duty.end < end:
            limit = f"{moment_text(duty.start, duty.zone)} to {moment_text(duty.end, duty.zone)}"
            yield finding("activity_outside", "outside", limit)
        if (start - facts.start) % QUARTER or (end - facts.start) % QUARTER:
            yield finding("off_grid", f"the activity on {activity.queue_id}", "15 min")
        for pause in shift.breaks:
            if start < pause.end and pause.start < end:
                yield finding("activity_on_break", "break", moment_text(pause.start, duty.zone))
        if before is not None and start < before.end:
            yield finding("activity_overlap", before.queue_id, "one queue at a time")
        if queue is not None and start < end:
            missing = lacks(facts, agent, queue, start, end)
            if missing:
                yield finding(
                    "skill",
                    "; ".join(lack.words for lack in missing),
                    "; ".join(str(lack.requirement) for lack in missing),
                )
        if before is None or end > before.end:
            before = activity


def _stint_findings(facts: Facts, agent: AgentFacts, duty: Duty, shift: Shift) -> Iterator[Finding]:
    """Yield stints shorter than usual, where the piece of shift around them had room for more."""
    shortest = facts.planning.min_stint_minutes
    edges = sorted({duty.start, duty.end, facts.end})
    edges += [edge for pause in shift.breaks for edge in (pause.start, pause.end)]
    for queue_id, start, end in _stints(shift):
        length = (end - start) // _MINUTE
        piece_start = max((edge for edge in edges if edge <= start), default=start)
        piece_end = min((edge for edge in edges if edge >= end), default=end)
        if length < min(shortest, (piece_end - piece_start) // _MINUTE):
            yield Finding(
                "short_stint",
                "soft",
                duration_text(length),
                duration_text(shortest),
                agent_id=agent.agent_id,
                queue_id=queue_id,
                start=start,
                end=end,
                params=(("agent", agent.label), ("zone", duty.zone)),
            )


def _stints(shift: Shift) -> list[tuple[str, datetime, datetime]]:
    """Return the activities, those that follow each other on one queue joined."""
    stints: list[tuple[str, datetime, datetime]] = []
    for activity in sorted(shift.activities, key=lambda row: (row.start, row.end)):
        if stints and stints[-1][0] == activity.queue_id and stints[-1][2] == activity.start:
            stints[-1] = (activity.queue_id, stints[-1][1], activity.end)
        else:
            stints.append((activity.queue_id, activity.start, activity.end))
    return stints
