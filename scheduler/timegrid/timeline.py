"""Where an agent works when: places of work through time, and the local days lived there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain import Location, Site
from scheduler.timegrid.windows import local_date, local_dates
from scheduler.timegrid.zones import day_bounds, start_of_day

__all__ = ["LocalDay", "Piece", "Place", "day_of", "local_days", "place_at", "place_timeline"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place of work over a stretch of time.

    Parameters
    ----------
    zone : str
        IANA zone.
    country, subdivision : str
        ISO 3166-1 alpha-2 and, optional, ISO 3166-2.
    start, end : datetime.datetime or None
        Aware UTC, half-open; None where there is no bound.
    """

    zone: str
    country: str
    subdivision: str | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a local date spent at one place (aware UTC, half-open, never empty)."""

    place: Place
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A local date as the agent lives it.

    Parameters
    ----------
    day : datetime.date
        The date on the clock of the place of work.
    pieces : tuple of Piece
        In order of time; more than one when the agent changes place on that date. Between them
        another date may lie: who flies west over the date line lives a date, the one before it,
        and the first one again.
    """

    day: date
    pieces: tuple[Piece, ...]


def place_timeline(site: Site, locations: Sequence[Location]) -> tuple[Place, ...]:
    """Return where an agent works, for all time.

    A stay begins and ends at midnight by its own clock; the site's place holds outside stays. When
    the next stay begins on the date this one ends, the change happens at the next one's midnight.
    Where midnights of distant zones overlap otherwise, the later stay wins from its start.

    Parameters
    ----------
    site : Site
        The agent's home base.
    locations : sequence of Location
        The stays of this one agent, in any order; their dates do not overlap.

    Returns
    -------
    tuple of Place
        In order, each starting where the one before ends; the first has no start, the last no end.
    """
    stays = sorted(locations, key=lambda stay: stay.from_date)
    changes: list[tuple[datetime, Site | Location]] = []
    for idx, stay in enumerate(stays):
        start = start_of_day(stay.from_date, stay.zone)
        end = None if stay.until_date is None else start_of_day(stay.until_date, stay.zone)
        if end is not None and end <= start:
            continue
        _change(changes, start, stay)
        following = stays[idx + 1] if idx + 1 < len(stays) else None
        handed_over = following is not None and following.from_date == stay.until_date
        if end is not None and not handed_over:
            _change(changes, end, site)
    starts = [None, *(instant for instant, _ in changes)]
    ends = [*starts[1:], None]
    sources = [site, *(source for _, source in changes)]
    return tuple(
        Place(source.zone, source.country, source.subdivision, start, end)
        for source, start, end in zip(sources, starts, ends, strict=True)
    )


def _change(
    changes: list[tuple[datetime, Site | Location]], instant: datetime, source: Site | Location
) -> None:
    """Append a change of place; what was to come at or after it no longer happens."""
    while changes and changes[-1][0] >= instant:
        changes.pop()
    changes.append((instant, source))


def place_at(timeline: Sequence[Place], instant: datetime) -> Place:
    """Return the place of work at an instant.

    Raises
    ------
    LookupError
        If the timeline does not reach the instant (those of `place_timeline` reach every one).
    """
    for place in reversed(timeline):
        if place.start is None or place.start <= instant:
            if place.end is not None and place.end <= instant:
                break
            return place
    raise LookupError(f"no place of work at {instant}")


def day_of(timeline: Sequence[Place], instant: datetime) -> date:
    """Return the local date at the place of work at an instant."""
    return local_date(instant, place_at(timeline, instant).zone)


def local_days(timeline: Sequence[Place], start: datetime, end: datetime) -> tuple[LocalDay, ...]:
    """Return every local date the agent lives through within ``[start, end)``.

    Parameters
    ----------
    timeline : sequence of Place
        From `place_timeline`.
    start, end : datetime.datetime
        Aware UTC.

    Returns
    -------
    tuple of LocalDay
        In order of date; their pieces, clipped to ``[start, end)``, tile it. A date may be
        missing: who flies east over the date line, or lives through a zone's change of side,
        skips one.
    """
    pieces_by_day: dict[date, list[Piece]] = {}
    for place in timeline:
        arrival = start if place.start is None else max(start, place.start)
        departure = end if place.end is None else min(end, place.end)
        for day in local_dates(arrival, departure, place.zone):
            first, after = day_bounds(day, place.zone)
            piece = Piece(place, max(first, arrival), min(after, departure))
            pieces_by_day.setdefault(day, []).append(piece)
    return tuple(LocalDay(day, tuple(pieces)) for day, pieces in sorted(pieces_by_day.items()))
