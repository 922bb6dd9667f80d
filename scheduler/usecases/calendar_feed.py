"""One agent's published shifts as a calendar that anybody with its secret address may read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

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
        If the secret is none, or was revoked.
    """
    token, principal = token_behind(service, text)
    if token.kind is not TokenKind.CALENDAR or principal.agent_id is None:
        raise UnauthenticatedError("This address is not that of a calendar.")
    now = service.clock()
    with service.store.reading() as unit:
        editions: list[FeedEdition] = []
        newest: RosterVersion | None = None
        for version in _published(unit):
            shifts = unit.rosters.shifts(version.roster_id, agent_id=principal.agent_id)
            assert version.published_at is not None
            editions.append(
                FeedEdition(version.period_id, version.number, version.published_at, shifts)
            )
            if newest is None or version.created_at > newest.created_at:
                newest = version
        if newest is None:
            raise UnauthenticatedError("Nothing has been published yet.")
        read = read_document(unit.blobs.get(newest.input_sha256).decode())
    planning = read.planning
    agents = () if planning is None else planning.agents
    agent = next((each for each in agents if each.agent_id == principal.agent_id), None)
    if planning is None or agent is None:
        raise UnauthenticatedError("The agent of this calendar is in no roster.")
    queues = {queue.queue_id: queue for queue in planning.queues}
    return agent_feed(editions, agent=agent, queues=queues, now=now, since=now - _SHOWN_FOR)


def _published(unit: Unit) -> list[RosterVersion]:
    """Return what is published and what was published before it, in the order of publication."""
    found: list[RosterVersion] = []
    for state in (RosterState.PUBLISHED, RosterState.SUPERSEDED):
        found += unit.rosters.list(state=state, limit=1000)
    return sorted(
        (version for version in found if version.published_at is not None),
        key=lambda version: (version.published_at, version.number),
    )
