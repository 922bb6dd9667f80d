"""Say why a queue is served as it is at a moment: every agent falls under exactly one reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.domain import Planning, Roster, WallTime
from scheduler.errors import Fault, InputError
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import (
    Local,
    Repeated,
    RepeatedTimeError,
    Skipped,
    SkippedTimeError,
    local_of,
    utc_of,
)
from scheduler.usecases.show_roster import unknown_name

__all__ = [
    "AgentAt",
    "ExplainedMoment",
    "ExplainedReason",
    "explain_moment",
    "parse_moment",
    "worst_moments",
]

_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AgentAt:
    """An agent at the moment asked about, with what exactly keeps them, if there is more to say."""

    agent_id: str
    name: str
    site: str
    detail: str


@dataclass(frozen=True, slots=True)
class ExplainedReason:
    """One reason and the agents it holds for."""

    code: str
    words: str
    agents: tuple[AgentAt, ...]


@dataclass(frozen=True, slots=True)
class ExplainedMoment:
    """A queue in one quarter of an hour.

    Parameters
    ----------
    local : Local
        What the clock of `zone`, the horizon's, shows at `start_utc`.
    reasons : tuple of ExplainedReason
        Their agents add up to all agents of the planning.
    """

    queue_id: str
    start_utc: datetime
    end_utc: datetime
    local: Local
    zone: str
    need: int
    on_queue: int
    missing: int
    reasons: tuple[ExplainedReason, ...]


def explain_moment(
    roster: Roster, planning: Planning | None, *, queue_id: str, at: str
) -> ExplainedMoment:
    """Return who serves the queue at a moment, and why nobody else does.

    Parameters
    ----------
    planning : Planning or None
        Needed; None is refused with a hint.
    at : str
        See `parse_moment`.

    Raises
    ------
    InputError
        If the planning is missing, the queue unknown, or the moment unclear or outside.
    """
    from scheduler.audit import explain_interval

    planning = _given(planning)
    zone = roster.horizon.zone
    queue_ids = [queue.queue_id for queue in planning.queues]
    if queue_id not in queue_ids:
        raise unknown_name("--queue", queue_id, f"one of {', '.join(queue_ids)}", queue_ids)
    instant = parse_moment(at, zone)
    start, end = horizon_bounds(planning.horizon)
    if not start <= instant < end:
        within = f"a moment from {start:%Y-%m-%dT%H:%MZ} to before {end:%Y-%m-%dT%H:%MZ}"
        raise InputError((Fault("outside_horizon", "--at", within, value=at),))
    found = explain_interval(planning, roster, queue_id, instant)
    people = {agent.agent_id: agent for agent in planning.agents}
    sites = {site.site_id: site.name for site in planning.sites}
    reasons = []
    for reason in found.reasons:
        detail_of = {key: detail for detail, keys in reason.details for key in keys}
        agents = tuple(
            AgentAt(key, people[key].name, sites[people[key].site_id], detail_of.get(key, ""))
            for key in reason.agent_ids
        )
        reasons.append(ExplainedReason(reason.code, reason.words, agents))
    return ExplainedMoment(
        queue_id=found.queue_id,
        start_utc=found.start,
        end_utc=found.end,
        local=local_of(found.start, zone),
        zone=zone,
        need=found.need,
        on_queue=found.on_queue,
        missing=found.missing,
        reasons=tuple(reasons),
    )


def _given(planning: Planning | None) -> Planning:
    if planning is not None:
        return planning
    raise InputError(
        (
            Fault(
                "no_planning",
                "planning.json",
                "the planning beside the roster",
                hint="Name the planning with --folder.",
            ),
        )
    )


def worst_moments(
    roster: Roster, planning: Planning | None, most: int
) -> tuple[ExplainedMoment, ...]:
    """Return the worst quarters of the most important spans in which a queue is short.

    Parameters
    ----------
    most : int
        How many at most: by priority of the queue, then by agent-hours missing.

    Raises
    ------
    InputError
        If the planning is missing.
    """
    from scheduler.audit import shortfalls

    planning = _given(planning)

    return tuple(
        explain_moment(roster, planning, queue_id=span.queue_id, at=f"{span.worst:%Y-%m-%dT%H:%MZ}")
        for span in shortfalls(planning, roster, explained=0)[:most]
    )


def parse_moment(text: str, zone: str) -> datetime:
    """Return the instant written as ``2027-03-28T03:00Z``, or without offset by a zone's clock.

    Raises
    ------
    InputError
        If `text` is neither, or the clock skips or repeats that time.
    """
    bare = text.strip()
    try:
        if _OFFSET.search(bare):
            return datetime.fromisoformat(bare.upper()).astimezone(UTC)
        wall = WallTime.parse(bare)
        return utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.REJECT)
    except (SkippedTimeError, RepeatedTimeError) as error:
        expected = f"a time that the clock of {zone} shows once"
        hint = f"{str(error)[0].upper()}{str(error)[1:]}. Write it in UTC, as 2027-03-28T03:00Z."
        raise InputError(
            (Fault("unclear_time", "--at", expected, value=text, hint=hint),)
        ) from None
    except (ValueError, OverflowError):
        expected = f"a moment such as 2027-03-28T03:00Z, or without offset on the clock of {zone}"
        raise InputError((Fault("bad_time", "--at", expected, value=text),)) from None
