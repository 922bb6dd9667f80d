"""Each agent's places of work, local days and the bars on working, over the horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol, TypeVar

from scheduler.domain import Agent, Availability, Contract, Planning, TimeOff, Wish
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.planning.clocks import ZoneClock
from scheduler.planning.spans import ALWAYS, Spans
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.timeline import LocalDay, Place, local_days, place_timeline
from scheduler.timegrid.zones import clock_instant

__all__ = ["AgentDays", "agent_days", "bars", "days_that_count", "matching", "off_all_day"]

_DAY = timedelta(days=1)
_NOON_MINUTE = 720


class _OfAgent(Protocol):
    @property
    def agent_id(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfAgent)


@dataclass(frozen=True, slots=True)
class AgentDays:
    """An agent with contract, places of work and local days.

    Parameters
    ----------
    timeline : tuple of Place
        Places of work through all time.
    local_days : tuple of LocalDay
        The dates lived through within the horizon, in order; a date may be missing.
    time_off, availability, wishes : tuple
        The agent's own rows, in the order of the input.
    """

    agent: Agent
    contract: Contract
    timeline: tuple[Place, ...]
    local_days: tuple[LocalDay, ...]
    time_off: tuple[TimeOff, ...] = ()
    availability: tuple[Availability, ...] = ()
    wishes: tuple[Wish, ...] = ()

    @property
    def first_date(self) -> date:
        """The agent's local date with day index 0."""
        return self.local_days[0].day

    @property
    def days(self) -> int:
        """Number of day indices: all dates from the first to the last, missing ones included."""
        return (self.local_days[-1].day - self.first_date).days + 1

    def idx_of(self, day: date) -> int:
        """Return the day index of a date; negative before the horizon."""
        return (day - self.first_date).days

    def date_of(self, day_idx: int) -> date:
        """Return the date of a day index."""
        return self.first_date + day_idx * _DAY


def agent_days(planning: Planning, grid: SlotGrid) -> tuple[AgentDays, ...]:
    """Return every agent of the planning with own rows gathered, in order."""
    sites = {site.site_id: site for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    locations = _by_agent(planning.locations)
    time_off = _by_agent(planning.time_off)
    availability = _by_agent(planning.availability)
    wishes = _by_agent(planning.wishes)
    homes = {}
    for site_id, site in sites.items():
        home = place_timeline(site, ())
        homes[site_id] = home, local_days(home, grid.start, grid.end)
    found = []
    for agent in planning.agents:
        timeline, days = homes[agent.site_id]
        stays = locations.get(agent.agent_id, ())
        if stays:
            timeline = _joined(place_timeline(sites[agent.site_id], stays))
            days = local_days(timeline, grid.start, grid.end)
        found.append(
            AgentDays(
                agent,
                contracts[agent.contract_id],
                timeline,
                days,
                time_off.get(agent.agent_id, ()),
                availability.get(agent.agent_id, ()),
                wishes.get(agent.agent_id, ()),
            )
        )
    return tuple(found)


def _joined(timeline: Sequence[Place]) -> tuple[Place, ...]:
    """Join neighbours that are the same place: a stay at home is no change of place."""
    found = [timeline[0]]
    for place in timeline[1:]:
        same = replace(place, start=found[-1].start)
        if same == replace(found[-1], end=place.end):
            found[-1] = same
        else:
            found.append(place)
    return tuple(found)


def _by_agent(rows: Sequence[_Row]) -> dict[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.agent_id, []).append(row)
    return {agent_id: tuple(own) for agent_id, own in found.items()}


def matching(row: Availability | Wish, day: date) -> bool:
    """Say whether a row for a weekday or a date speaks of `day`."""
    return row.day == day if row.weekday is None else row.weekday == day.isoweekday()


def bars(person: AgentDays, clock: ZoneClock) -> Mapping[str, Spans]:
    """Return when the agent may not work on the clock of a place, by reason.

    Parameters
    ----------
    clock : ZoneClock
        Of the zone of the place where the shift would be.

    Returns
    -------
    mapping of str to Spans
        ``employment``, ``time_off`` and ``availability``, as far as there are any.
    """
    found: dict[str, Spans] = {}
    agent = person.agent
    employed_from = clock.edge(agent.employed_from, 0) if agent.employed_from else ALWAYS[0]
    employed_until = clock.edge(agent.employed_until, 0) if agent.employed_until else ALWAYS[1]
    if agent.employed_from or agent.employed_until:
        found["employment"] = Spans.of(
            ((ALWAYS[0], employed_from), (max(employed_from, employed_until), ALWAYS[1]))
        )
    if person.time_off:
        found["time_off"] = Spans.of(clock.time_off(row.start, row.end) for row in person.time_off)
    if person.availability:
        found["availability"] = Spans.of(
            stretch
            for day in clock.dates
            for stretch in _unavailable(person.availability, clock, day)
        )
    return found


def _unavailable(
    rows: Sequence[Availability], clock: ZoneClock, day: date
) -> list[tuple[int, int]]:
    """Return the stretches of a date that availability rules out."""
    taken_out: list[tuple[int, int]] = []
    open_times: list[tuple[int, int]] = []
    for row in rows:
        if matching(row, day):
            window = clock.window(day, row.from_minute, row.until_minute)
            (open_times if row.available else taken_out).append(window)
    if not open_times:
        return taken_out
    closed_from, day_end = clock.window(day, 0, MINUTES_PER_DAY)
    for start, end in Spans.of(open_times).pairs():
        taken_out.append((closed_from, start))
        closed_from = end
    return [*taken_out, (closed_from, day_end)]


def days_that_count(person: AgentDays, grid: SlotGrid) -> tuple[bool, ...]:
    """Return by day index whether 12:00 of the date, at the place of work, is in the horizon."""
    counts = [False] * person.days
    for local_day in person.local_days:
        for piece in local_day.pieces:
            noon = clock_instant(local_day.day, _NOON_MINUTE, piece.place.zone)
            if max(piece.start, grid.start) <= noon < min(piece.end, grid.end):
                counts[person.idx_of(local_day.day)] = True
    return tuple(counts)


def off_all_day(person: AgentDays) -> tuple[bool, ...]:
    """Return by day index whether time off covers the date from 00:00 to 24:00."""
    if not person.time_off:
        return (False,) * person.days
    covered = Spans.of(
        (
            row.start.day.toordinal() * MINUTES_PER_DAY + row.start.minute,
            row.end.day.toordinal() * MINUTES_PER_DAY + row.end.minute,
        )
        for row in person.time_off
    ).pairs()
    midnights = (
        person.date_of(day_idx).toordinal() * MINUTES_PER_DAY for day_idx in range(person.days)
    )
    return tuple(
        any(start <= midnight and midnight + MINUTES_PER_DAY <= end for start, end in covered)
        for midnight in midnights
    )
