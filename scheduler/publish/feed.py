"""One agent's published shifts as a calendar to subscribe to.

An event changes only when its shift does: it keeps its identifier, and its sequence number and its
stamps are those of the roster that changed it. What is no longer in the roster stays for two weeks,
marked as cancelled, because calendars do not all delete what is missing.

References
----------
RFC 5545, sections 3.8.1.11 (STATUS), 3.8.7.3 (LAST-MODIFIED), 3.8.7.4 (SEQUENCE); RFC 9110,
section 8.8.3 (strong entity tags).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Component

from scheduler.domain import Agent, Queue, Shift
from scheduler.publish.ical import roster_calendar, shift_uid

__all__ = ["CANCELLED_SHOWN", "AgentFeed", "FeedEdition", "agent_feed"]

CANCELLED_SHOWN = timedelta(days=14)
"""For so long after it was cancelled a shift is still in the feed."""

_TITLE = "Shifts"
_SEQUENCE_FROM = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedEdition:
    """One agent's shifts in one published roster.

    Parameters
    ----------
    period_id : str
        A later edition of the same period takes this one's place.
    number : int
        Of the roster, rising within the period.
    published_at : datetime.datetime
        Aware UTC, rising with `number`.
    shifts : tuple of Shift
        All of this agent's, of the whole period; in any order.
    """

    period_id: str
    number: int
    published_at: datetime
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class AgentFeed:
    """A calendar and the tag that names its content.

    Parameters
    ----------
    body : bytes
        iCalendar.
    etag : str
        Strong entity tag with its quotes; the same for the same bytes.
    modified_at : datetime.datetime, optional
        When the newest edition was published; None without any.
    """

    body: bytes
    etag: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Entry:
    shift: Shift
    sequence: int
    modified_at: datetime
    cancelled: bool = False


def agent_feed(
    editions: Iterable[FeedEdition],
    *,
    agent: Agent | None,
    queues: Mapping[str, Queue],
    now: datetime,
    title: str | None = None,
    since: datetime | None = None,
) -> AgentFeed:
    """Return the calendar of one agent.

    Parameters
    ----------
    editions : iterable of FeedEdition
        Of every period to show: the roster that is published now, and those published before it.
        Those that were superseded more than two weeks ago may be left out: sequence numbers rise
        none the less.
    agent : Agent, optional
        Whose; None for somebody who is in no roster yet.
    queues : mapping
        By id, for readable titles; may lack entries.
    now : datetime.datetime
        Aware UTC; decides only how long cancelled shifts are shown.
    title : str, optional
        Of the calendar; without it the agent's name, or a general one.
    since : datetime.datetime, optional
        Shifts that ended by then are left out.
    """
    ordered = sorted(
        editions, key=lambda edition: (edition.published_at, edition.period_id, edition.number)
    )
    shown = [
        (uid, entry)
        for uid, entry in sorted(
            _entries(ordered).items(), key=lambda item: (item[1].shift.start, item[0])
        )
        if (since is None or entry.shift.end > since)
        and not (entry.cancelled and now - entry.modified_at >= CANCELLED_SHOWN)
    ]
    calendar = Calendar.from_ical(
        roster_calendar(
            [entry.shift for _, entry in shown],
            agents={} if agent is None else {agent.agent_id: agent},
            queues=queues,
            now=now,
            sequence=0,
            name=title or (_TITLE if agent is None else agent.name),
        )
    )
    for event, (uid, entry) in zip(calendar.walk("VEVENT"), shown, strict=True):
        _stamp(event, uid, entry)
    body = bytes(calendar.to_ical())
    tag = hashlib.sha256(body).hexdigest()[:32]
    modified_at = ordered[-1].published_at if ordered else None
    return AgentFeed(body, f'"{tag}"', modified_at)


def _entries(ordered: Sequence[FeedEdition]) -> dict[str, _Entry]:
    """Follow the editions in the order of publication; return what became of every event."""
    current: dict[str, tuple[Shift, ...]] = {}
    entries: dict[str, _Entry] = {}
    for edition in ordered:
        current[edition.period_id] = edition.shifts
        at = edition.published_at
        shifts = _by_uid(shift for shifts in current.values() for shift in shifts)
        for uid, shift in shifts.items():
            known = entries.get(uid)
            if known is None or known.cancelled or _visible(known.shift) != _visible(shift):
                entries[uid] = _Entry(shift, _next_sequence(known, at), at)
        for uid, known in entries.items():
            if uid not in shifts and not known.cancelled:
                entries[uid] = _Entry(known.shift, _next_sequence(known, at), at, cancelled=True)
    return entries


def _by_uid(shifts: Iterable[Shift]) -> dict[str, Shift]:
    seen: Counter[date] = Counter()
    found: dict[str, Shift] = {}
    for shift in sorted(shifts, key=lambda shift: (shift.start, shift.end)):
        day = shift.start_local.day
        found[shift_uid(shift, nth=seen[day])] = shift
        seen[day] += 1
    return found


def _visible(shift: Shift) -> Shift:
    return replace(shift, pinned=False)


def _next_sequence(known: _Entry | None, at: datetime) -> int:
    # Seconds rather than the roster's number: a day may pass from one period to another, whose
    # numbers begin at 1 again. They rise with the number all the same.
    seconds = int((at - _SEQUENCE_FROM).total_seconds())
    return seconds if known is None else max(seconds, known.sequence + 1)


def _stamp(event: Component, uid: str, entry: _Entry) -> None:
    for name in ("uid", "sequence", "dtstamp", "last-modified", "status"):
        event.pop(name, None)
    event.add("uid", uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.modified_at)
    event.add("last-modified", entry.modified_at)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
