"""Checks of stays, past shifts and pins: what collides, what contradicts itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

from scheduler.domain import Agent, PastShift
from scheduler.intake.document import instant_text
from scheduler.intake.draft import Draft, complain
from scheduler.intake.faults import FaultLog
from scheduler.intake.tables import ReadTable
from scheduler.timegrid.timeline import Place, day_of
from scheduler.timegrid.windows import local_date

__all__ = ["check_history", "check_locations", "check_pin_days", "check_shifts"]

_QUARTER = timedelta(minutes=15)
_T = TypeVar("_T", date, datetime)
_Span = tuple[_T, _T, tuple[int, int]]


def check_locations(draft: Draft, log: FaultLog) -> None:
    """Refuse stays of one agent that overlap."""
    read = draft.tables.get("locations")
    if read is None:
        return
    stays: defaultdict[str, list[_Span[date]]] = defaultdict(list)
    for idx, stay in enumerate(read.records):
        stays[stay.agent_id].append((stay.from_date, stay.until_date or date.max, (0, idx)))
    for agent_id, spans in stays.items():
        for span, other in _collisions(spans):
            until = "no end" if other[1] == date.max else other[1].isoformat()
            expected = (
                f"a stay of {agent_id} outside that of "
                f"{read.source.row_name(read.numbers[other[2][1]])}: {other[0]} to {until}"
            )
            complain(read, span[2][1], "from_date", log, "overlapping_locations", expected)


def check_shifts(draft: Draft, log: FaultLog) -> None:
    """Refuse past shifts and pins that overlap, stand there twice, or lie outside their time."""
    bounds = draft.bounds()
    reads = [draft.tables[stem] for stem in ("history", "pins") if stem in draft.tables]
    spans: defaultdict[str, list[_Span[datetime]]] = defaultdict(list)
    for order, read in enumerate(reads):
        for idx, shift in enumerate(read.records):
            spans[shift.agent_id].append((shift.start, shift.end, (order, idx)))
            if bounds is not None:
                _check_bounds(read, idx, bounds, log)
    for agent_id, shifts in spans.items():
        for span, other in _collisions(shifts):
            read, other_read = reads[span[2][0]], reads[other[2][0]]
            where = other_read.source.row_name(other_read.numbers[other[2][1]])
            if other_read is not read:
                where += f" of {other_read.source.table_name()}"
            expected = (
                f"a shift of {agent_id} that does not overlap the one in {where}, "
                f"{instant_text(other[0])} to {instant_text(other[1])}"
            )
            if span[:2] == other[:2]:
                expected = f"each shift of {agent_id} once (first in {where})"
            complain(read, span[2][1], "start_local", log, "overlapping_shifts", expected)


def _check_bounds(
    read: ReadTable, idx: int, bounds: tuple[datetime, datetime], log: FaultLog
) -> None:
    first, last = bounds
    shift = read.records[idx]
    if isinstance(shift, PastShift):
        if shift.start >= first:
            expected = f"a start before the horizon's ({instant_text(first)})"
            hint = "Shifts to keep are pins."
            complain(read, idx, "start_local", log, "history_in_horizon", expected, hint)
    elif not first <= shift.start < last:
        expected = f"a start from {instant_text(first)} to {instant_text(last)}, exclusive"
        complain(read, idx, "start_local", log, "outside_horizon", expected)
    elif (shift.start - first) % _QUARTER:
        expected = "a start on a quarter of an hour"
        complain(read, idx, "start_local", log, "off_grid", expected)


def check_pin_days(draft: Draft, log: FaultLog) -> None:
    """Refuse a second pin on a day of the place of work; those that overlap are told already."""
    read = draft.tables.get("pins")
    if read is None:
        return
    places = draft.places()
    first_of_day: dict[tuple[str, date], int] = {}
    for idx in sorted(range(len(read.records)), key=lambda idx: read.records[idx].start):
        pin = read.records[idx]
        if pin.agent_id not in places:
            continue
        day = day_of(places[pin.agent_id], pin.start)
        first = first_of_day.setdefault((pin.agent_id, day), idx)
        if first != idx and read.records[first].end <= pin.start:
            where = read.source.row_name(read.numbers[first])
            expected = f"one shift of {pin.agent_id} a day, and {where} has one on {day} already"
            complain(read, idx, "start_local", log, "overlapping_shifts", expected)


def check_history(draft: Draft, log: FaultLog) -> None:
    """Refuse past shifts outside the employment, or before the date the history begins on."""
    read = draft.tables.get("history")
    if read is None:
        return
    places = draft.places()
    agents = {agent.agent_id: agent for _, agent in draft.get("agents")}
    for idx, shift in enumerate(read.records):
        agent = agents.get(shift.agent_id)
        day = _day(shift, places)
        contradiction = _contradiction(day, agent, draft.settings.history_from)
        if contradiction is not None:
            complain(read, idx, "start_local", log, "history_contradicts", contradiction)


def _day(shift: PastShift, places: dict[str, tuple[Place, ...]]) -> date:
    if shift.agent_id in places:
        return day_of(places[shift.agent_id], shift.start)
    return local_date(shift.start, shift.zone)


def _contradiction(day: date, agent: Agent | None, begins: date | None) -> str | None:
    if begins is not None and day < begins:
        return f"a shift from history_from {begins} on"
    if agent is None:
        return None
    if agent.employed_from is not None and day < agent.employed_from:
        return f"a shift of {agent.agent_id} from employed_from {agent.employed_from} on"
    if agent.employed_until is not None and day >= agent.employed_until:
        return f"a shift of {agent.agent_id} before employed_until {agent.employed_until}"
    return None


def _collisions(spans: Iterable[_Span[_T]]) -> Iterator[tuple[_Span[_T], _Span[_T]]]:
    """Return each span that begins before an earlier one has ended, with that earlier one."""
    longest: _Span[_T] | None = None
    for span in sorted(spans):
        if longest is not None and span[0] < longest[1]:
            yield span, longest
        if longest is None or span[1] > longest[1]:
            longest = span
