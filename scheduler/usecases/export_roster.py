"""Hand a roster to other programs: a table, a document, a calendar."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from scheduler.clock import Clock
from scheduler.domain import Planning, Roster

__all__ = ["ExportFormat", "export_roster"]

ExportFormat = Literal["csv", "json", "ics"]

_EDITIONS_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def export_roster(
    roster: Roster,
    planning: Planning | None,
    *,
    fmt: ExportFormat,
    clock: Clock,
    agent_id: str | None = None,
) -> bytes:
    """Return the roster in another format.

    Parameters
    ----------
    roster : Roster
        What to export.
    planning : Planning, optional
        For names; without it ids stand alone.
    fmt : {"csv", "json", "ics"}
        One row a shift; the roster document; one calendar event a shift.
    clock : Clock
        Gives calendar events their stamp and their edition, which grows from minute to minute.
    agent_id : str, optional
        Only this agent's shifts. The document keeps the cost of the whole roster.

    Returns
    -------
    bytes
        UTF-8.
    """
    shifts = tuple(
        shift for shift in roster.shifts if agent_id is None or shift.agent_id == agent_id
    )
    if fmt == "json":
        from scheduler.intake.roster_json import roster_to_json

        document = roster_to_json(replace(roster, shifts=shifts))
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    agents = {agent.agent_id: agent for agent in planning.agents} if planning else {}
    if fmt == "csv":
        from scheduler.publish.shifts_csv import shifts_csv

        return shifts_csv(shifts, agents).encode()
    from scheduler.publish.ical import roster_calendar

    now = clock()
    title = planning.name if planning else "Roster"
    if agent_id is not None:
        title = f"{title}: {agents[agent_id].name if agent_id in agents else agent_id}"
    return roster_calendar(
        shifts,
        agents=agents,
        queues={queue.queue_id: queue for queue in planning.queues} if planning else {},
        now=now,
        sequence=int((now - _EDITIONS_FROM).total_seconds()) // 60,
        name=title,
    )
