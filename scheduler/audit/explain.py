"""Why is (or is not) an agent on a queue at a moment? Every agent gets exactly one reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.audit.coverage import Coverage, read_coverage
from scheduler.audit.facts import QUARTER, AgentFacts, Duty, Facts, read_facts
from scheduler.audit.hours import is_employed
from scheduler.audit.openings import first_obstacle
from scheduler.audit.skills import Lack, lacks
from scheduler.audit.wording import utc_text
from scheduler.domain import Planning, Queue, Roster
from scheduler.errors import Fault, InputError
from scheduler.timegrid.timeline import place_at

__all__ = ["REASONS", "Explanation", "Reason", "explain_interval", "explain_quarter"]

REASONS: Mapping[str, str] = {
    "on_queue": "on this queue now",
    "spare_elsewhere": "to spare on another queue: a shorter stint there would help",
    "free": "could have worked: costs more than it helps, or the search missed it",
    "no_queue": "on duty without a queue",
    "on_break": "on break",
    "other_queue": "needed on another queue now",
    "week_full": "at the hours or days that contract or law allow in that week or on average",
    "needs_days_off": "a shift would break the weekly rest or a limit of days in a row",
    "not_lawful": "a shift would break another limit of the law",
    "resting": "resting: no lawful shift keeps the rest to its neighbours, or that day is worked",
    "not_valid": "has the skill or certificate, but it is not valid at that time",
    "not_available": "not available at that time",
    "no_start": "no shift can cover it (edge of the horizon, change of place, start times)",
    "lacks_skill": "lacks a skill the queue asks for",
    "time_off": "time off",
    "closed": "the site or the company is closed on that date",
    "asleep": "asleep: outside the waking hours, and the contract allows no night work",
    "not_employed": "not employed at that time",
}
"""Each reason's code and words, what a planner can change soonest first."""
_TOLD_EXACTLY = frozenset({"not_lawful", "closed"})
"""Reasons whose words name the law or the closure that stops most agents."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason and the agents it holds for.

    Parameters
    ----------
    code : str
        A key of `REASONS`.
    words : str
        The reason in words. Of closures and other limits of the law they name the one that stops
        most agents.
    agent_ids : tuple of str
        In the planning's order; never empty.
    sites : tuple of (str, tuple of str)
        The same agents by site.
    details : tuple of (str, tuple of str)
        The same agents by what exactly it is: the other queue, the skill that is missing, the law
        that stops most shifts; empty where there is nothing to add to the words.
    """

    code: str
    words: str
    agent_ids: tuple[str, ...]
    sites: tuple[tuple[str, tuple[str, ...]], ...]
    details: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def count(self) -> int:
        """Number of agents."""
        return len(self.agent_ids)

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as JSON-able values."""
        return {
            "code": self.code,
            "words": self.words,
            "count": self.count,
            "agent_ids": list(self.agent_ids),
            "sites": {site: list(agents) for site, agents in self.sites},
            "details": {detail: list(agents) for detail, agents in self.details},
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A queue in one quarter of an hour: need, agents there, and where everybody else is.

    Parameters
    ----------
    start, end : datetime.datetime
        The quarter, aware UTC.
    need, on_queue, missing : int
        Agents needed, there, and missing.
    reasons : tuple of Reason
        In the order of `REASONS`; their counts add up to all agents of the planning.
    """

    queue_id: str
    start: datetime
    end: datetime
    need: int
    on_queue: int
    missing: int
    reasons: tuple[Reason, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-able values."""
        return {
            "queue_id": self.queue_id,
            "start_utc": utc_text(self.start),
            "end_utc": utc_text(self.end),
            "need": self.need,
            "on_queue": self.on_queue,
            "missing": self.missing,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


def explain_interval(
    planning: Planning,
    roster: Roster,
    queue_id: str,
    at: datetime,
    *,
    facts: Facts | None = None,
) -> Explanation:
    """Explain who serves a queue at a moment, and why nobody else does.

    Parameters
    ----------
    at : datetime.datetime
        Any aware instant inside the horizon; the quarter of an hour that holds it is explained.
    facts : Facts, optional
        From `read_facts` on the same planning and roster; saves time for many questions.

    Raises
    ------
    InputError
        If there is no such queue, or `at` lies outside the horizon.
    """
    facts = read_facts(planning, roster) if facts is None else facts
    faults = []
    if queue_id not in facts.queues:
        known = f"one of {', '.join(facts.queues)}"
        faults.append(Fault("unknown_queue", "question", known, column="queue", value=queue_id))
    if not facts.start <= at < facts.end:
        horizon = f"a time from {utc_text(facts.start)} to before {utc_text(facts.end)}"
        faults.append(
            Fault("outside_horizon", "question", horizon, column="at", value=utc_text(at))
        )
    if faults:
        raise InputError(tuple(faults))
    return explain_quarter(facts, read_coverage(facts), queue_id, facts.quarter_of(at))


def explain_quarter(facts: Facts, coverage: Coverage, queue_id: str, quarter: int) -> Explanation:
    """Explain one quarter of the horizon, with everything read already.

    Parameters
    ----------
    queue_id : str
        A queue of the planning.
    quarter : int
        Counted from the start of the horizon.
    """
    start = facts.start + quarter * QUARTER
    queue = facts.queues[queue_id]
    by_reason: dict[str, list[tuple[AgentFacts, str]]] = defaultdict(list)
    for agent in facts.agents.values():
        code, detail = _reason_of(facts, coverage, agent, queue, start)
        by_reason[code].append((agent, detail))
    cover = coverage.queue(queue_id)
    return Explanation(
        queue_id=queue_id,
        start=start,
        end=start + QUARTER,
        need=cover.needed[quarter],
        on_queue=cover.on_queue[quarter],
        missing=cover.short[quarter],
        reasons=tuple(_group(code, by_reason[code]) for code in REASONS if code in by_reason),
    )


def _group(code: str, found: list[tuple[AgentFacts, str]]) -> Reason:
    sites: dict[str, list[str]] = defaultdict(list)
    details: dict[str, list[str]] = defaultdict(list)
    for agent, detail in found:
        sites[agent.site.site_id].append(agent.agent_id)
        if detail:
            details[detail].append(agent.agent_id)
    largest = sorted(details.items(), key=lambda item: (-len(item[1]), item[0]))
    words = REASONS[code]
    if code in _TOLD_EXACTLY:
        if len(largest) == 1:
            words, largest = largest[0][0], []
        else:
            words = f"{words}; mostly {largest[0][0]}"
    return Reason(
        code,
        words,
        tuple(agent.agent_id for agent, _ in found),
        tuple((site, tuple(agents)) for site, agents in sites.items()),
        tuple((detail, tuple(agents)) for detail, agents in largest),
    )


def _reason_of(
    facts: Facts, coverage: Coverage, agent: AgentFacts, queue: Queue, start: datetime
) -> tuple[str, str]:
    """Return the code and the detail of the reason that holds for one agent.

    In this order, the first that fits: on the queue; not employed; may not serve it; busy
    elsewhere; could not have worked; free.
    """
    end = start + QUARTER
    duty = next((duty for duty in agent.duties if duty.start < end and start < duty.end), None)
    busy = None if duty is None else _on_duty(facts, coverage, duty, queue, start)
    if busy is not None and busy[0] == "on_queue":
        return busy
    zone = place_at(agent.timeline, start).zone
    if busy is None and not is_employed(agent.agent, start, end, zone):
        return "not_employed", ""
    missing = lacks(facts, agent, queue, start, end)
    if missing:
        held = all(lack.held for lack in missing)
        words = _lack_words(missing)
        return ("not_valid" if held else "lacks_skill"), words
    if busy is not None:
        return busy
    return first_obstacle(facts, agent, start) or ("free", "")


def _lack_words(missing: tuple[Lack, ...]) -> str:
    """Name the lacks that matter: those that time will not mend, if there are any."""
    lasting = [lack for lack in missing if not lack.held] or list(missing)
    return "; ".join(lack.words for lack in lasting)


def _on_duty(
    facts: Facts, coverage: Coverage, duty: Duty, queue: Queue, start: datetime
) -> tuple[str, str]:
    end = start + QUARTER
    if duty.shift is None:
        return "no_queue", "shift of the history"
    for activity in duty.shift.activities:
        if activity.start < end and start < activity.end:
            if activity.queue_id == queue.queue_id:
                return "on_queue", ""
            spare = _has_to_spare(facts, coverage, activity.queue_id, start)
            return ("spare_elsewhere" if spare else "other_queue"), activity.queue_id
    if any(pause.start < end and start < pause.end for pause in duty.shift.breaks):
        return "on_break", ""
    return "no_queue", ""


def _has_to_spare(facts: Facts, coverage: Coverage, queue_id: str, start: datetime) -> bool:
    """Say whether more agents are on a queue than it needs."""
    if queue_id not in facts.queues:
        return False
    cover, quarter = coverage.queue(queue_id), facts.quarter_of(start)
    return cover.on_queue[quarter] > cover.needed[quarter]
