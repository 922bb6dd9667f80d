"""Shifts as an iCalendar feed (RFC 5545, RFC 7986) that any calendar program can subscribe to.

Instants are written in UTC, so no calendar needs to know our zones; the local times an agent lives
by stand in the description.

References
----------
RFC 5545 (iCalendar); RFC 7986 section 5.7 (``REFRESH-INTERVAL``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from scheduler.domain import Agent, Queue, Shift
from scheduler.timegrid.zones import local_of

__all__ = ["roster_calendar", "shift_uid"]

_NAMESPACE = UUID("1f2a7c66-6e3a-4f60-9d6b-5a1c5b6f7a10")
_REFRESH = timedelta(hours=1)


def shift_uid(shift: Shift, *, nth: int = 0) -> str:
    """Return the identifier of a shift's event, the same in every edition of the roster.

    Parameters
    ----------
    shift : Shift
        Agent and local start day make the identifier, so a moved shift replaces the old one.
    nth : int
        0 for the agent's first shift of that local day, 1 for the next, and so on.
    """
    key = f"{shift.agent_id}\n{shift.start_local.day.isoformat()}\n{nth}"
    return f"{uuid5(_NAMESPACE, key)}@heliotrope"


def roster_calendar(
    shifts: Iterable[Shift],
    *,
    agents: Mapping[str, Agent],
    queues: Mapping[str, Queue],
    now: datetime,
    sequence: int,
    name: str,
) -> bytes:
    """Return a calendar with one event a shift.

    Parameters
    ----------
    shifts : iterable of Shift
        In time order.
    agents, queues : mapping
        By id, for readable titles; may lack entries.
    now : datetime.datetime
        Aware UTC; the ``DTSTAMP`` of every event.
    sequence : int
        Edition, higher than in the feed published before.
    name : str
        Title of the calendar.

    Returns
    -------
    bytes
        UTF-8, CRLF, lines folded at 75 octets.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Heliotrope//Roster//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    seen: Counter[tuple[str, str]] = Counter()
    for shift in shifts:
        key = (shift.agent_id, shift.start_local.day.isoformat())
        event = Event()
        event.add("uid", shift_uid(shift, nth=seen[key]))
        seen[key] += 1
        event.add("dtstamp", now)
        event.add("sequence", sequence)
        event.add("dtstart", shift.start)
        event.add("dtend", shift.end)
        event.add("summary", _summary(shift, agents.get(shift.agent_id), queues))
        event.add("description", _description(shift))
        event.add("location", shift.zone)
        event.add("status", "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _summary(shift: Shift, agent: Agent | None, queues: Mapping[str, Queue]) -> str:
    served = list(dict.fromkeys(part.queue_id for part in shift.activities))
    labels = ", ".join(_queue_label(queue_id, queues.get(queue_id)) for queue_id in served)
    who = agent.name if agent else shift.agent_id
    return f"{who}: {labels or 'on duty'}"


def _queue_label(queue_id: str, queue: Queue | None) -> str:
    return queue_id if queue is None else f"{queue_id} ({queue.channel} {queue.language})"


def _description(shift: Shift) -> str:
    lines = [f"Local time in {shift.zone}: {_span(shift.start, shift.end, shift.zone)}"]
    lines += [
        f"Break {_span(pause.start, pause.end, shift.zone)} ({'paid' if pause.paid else 'unpaid'})"
        for pause in shift.breaks
    ]
    lines += [
        f"{part.queue_id} {_span(part.start, part.end, shift.zone)}" for part in shift.activities
    ]
    hours, minutes = divmod(shift.paid_minutes, 60)
    lines.append(f"Paid time: {hours} h {minutes:02d}")
    return "\n".join(lines)


def _span(start: datetime, end: datetime, zone: str) -> str:
    first, last = local_of(start, zone).wall, local_of(end, zone).wall
    shown = str(last)[11:] if last.day == first.day else str(last).replace("T", " ")
    return f"{str(first).replace('T', ' ')}-{shown}"
