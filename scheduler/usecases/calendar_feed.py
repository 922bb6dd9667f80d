"""One agent's published shifts as a calendar that anybody with its secret address may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler.domain import Agent, Queue
from scheduler.domain.access import TokenKind
from scheduler.domain.period import RosterState
from scheduler.errors import UnauthenticatedError
from scheduler.intake.planning_folder import read_document
from scheduler.publish.feed import AgentFeed, FeedEdition, agent_feed
from scheduler.service import Service
from scheduler.usecases.log_in import token_behind

if TYPE_CHECKING:
    from scheduler.domain.period import RosterVersion
    from scheduler.store import Unit

__all__ = ["calendar_feed"]

_SHOWN_FOR = timedelta(days=60)


def calendar_feed(service: Service, text: str) -> AgentFeed:
    """Return the calendar that a secret address stands for.

    Every period's published roster is in it, and what was published before of the same period, so
    that shifts taken away are shown as cancelled for two weeks.

    Raises
    ------
    UnauthenticatedError
        If the secret is none, or was revoked; while nothing is published the calendar is empty.
    """
    token, principal = token_behind(service, text)
    if token.kind is not TokenKind.CALENDAR or principal.agent_id is None:
        raise UnauthenticatedError("This address is not that of a calendar.")
    now = service.clock()
    with service.store.reading() as unit:
        versions = _published(unit)
        editions = [
            FeedEdition(
                version.period_id,
                version.number,
                version.published_at,
                unit.rosters.shifts(version.roster_id, agent_id=principal.agent_id),
            )
            for version in versions
            if version.published_at is not None
        ]
        agent, queues = _named(unit, versions, principal.agent_id)
    return agent_feed(editions, agent=agent, queues=queues, now=now, since=now - _SHOWN_FOR)


def _named(
    unit: Unit, versions: Sequence[RosterVersion], agent_id: str
) -> tuple[Agent | None, Mapping[str, Queue]]:
    """Return agent and queues as the newest roster's input names them."""
    if not versions:
        return None, {}
    newest = max(versions, key=lambda version: version.created_at)
    planning = read_document(unit.blobs.get(newest.input_sha256).decode()).planning
    if planning is None:
        return None, {}
    agent = next((each for each in planning.agents if each.agent_id == agent_id), None)
    return agent, {queue.queue_id: queue for queue in planning.queues}


def _published(unit: Unit) -> list[RosterVersion]:
    """Return what is published and what was published before it, in the order of publication."""
    found: list[RosterVersion] = []
    for state in (RosterState.PUBLISHED, RosterState.SUPERSEDED):
        found += unit.rosters.list(state=state, limit=1000)
    return sorted(
        (version for version in found if version.published_at is not None),
        key=lambda version: (version.published_at, version.number),
    )
