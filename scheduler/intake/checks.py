"""Checks across rows and files: references, money, intervals, places, shifts that collide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

from scheduler.domain import DemandInterval, Location, PastShift, Queue
from scheduler.domain.demand import OpeningRange
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.intake.columns import TABLES, Column, table
from scheduler.intake.faults import FaultLog, did_you_mean
from scheduler.intake.opening import is_always_open, open_quarters, opening_text
from scheduler.intake.settings import Settings
from scheduler.intake.tables import ReadTable
from scheduler.timegrid.timeline import Place, day_of, place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of

__all__ = ["Draft", "check_all"]

_QUARTER = timedelta(minutes=15)
_T = TypeVar("_T", date, datetime)
_Span = tuple[_T, _T, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that could be read, before it is judged as a whole.

    Parameters
    ----------
    settings : Settings
        With None where a setting is faulty.
    tables : mapping of str to ReadTable
        By stem; a table that was left out, or could not be read at all, is not there.
    unread : frozenset of str
        Stems of tables that were there but could not be read.
    """

    settings: Settings
    tables: Mapping[str, ReadTable]
    unread: frozenset[str] = frozenset()

    def bounds(self) -> tuple[datetime, datetime] | None:
        """Return the horizon's first instant and the one after its last, if it is known."""
        return None if self.settings.horizon is None else horizon_bounds(self.settings.horizon)

    def get(self, stem: str) -> Iterable[tuple[int, Any]]:
        """Return the good rows of a table with their numbers."""
        read = self.tables.get(stem)
        return () if read is None else zip(read.numbers, read.records, strict=True)


def check_all(draft: Draft, log: FaultLog) -> None:
    """Run every check; each one passes over what could not be read."""
    _check_references(draft, log)
    _check_currencies(draft, log)
    _check_demand_is_there(draft, log)
    _check_intervals(draft, "demand", log)
    _check_intervals(draft, "requirements", log)
    _check_locations(draft, log)
    _check_shifts(draft, log)
    _check_pin_days(draft, log)


def _check_references(draft: Draft, log: FaultLog) -> None:
    for own in TABLES:
        read = draft.tables.get(own.stem)
        for column in own.columns:
            goal = draft.tables.get(column.refers_to or "")
            if read is None or goal is None or goal.keys is None or _is_bare(goal, column):
                continue
            for value, numbers in read.references.get(column.name, {}).items():
                if value in goal.keys:
                    continue
                for number in numbers:
                    if log.is_hopeless(read.source):
                        break
                    log.add(
                        "unknown_id",
                        read.source,
                        f"the {column.name} of a row of {goal.source.table_name()}",
                        row=number,
                        path=(column.name,),
                        value=value,
                        hint=partial(did_you_mean, value, tuple(goal.keys)),
                    )


def _is_bare(goal: ReadTable, column: Column) -> bool:
    """Say whether the table referred to has no rows at all, which is one fault, reported there."""
    return not goal.rows_seen and table(str(column.refers_to)).needs_rows


def _check_currencies(draft: Draft, log: FaultLog) -> None:
    settings = draft.settings
    if settings.currency is None or settings.exchange_rates is None:
        return
    known = {settings.currency, *(code for code, _ in settings.exchange_rates)}
    for stem in ("sites", "agents"):
        reported: set[str] = set()
        for number, record in draft.get(stem):
            code = record.currency
            if code not in known | reported:
                reported.add(code)
                log.add(
                    "missing_exchange_rate",
                    draft.tables[stem].source,
                    f"{settings.currency} or a currency under exchange_rates",
                    row=number,
                    path=("currency",),
                    value=code,
                    hint=f"Add the price of one {code} in {settings.currency} there.",
                )


def _check_demand_is_there(draft: Draft, log: FaultLog) -> None:
    stems = ("demand", "requirements")
    if draft.unread.intersection(stems):
        return
    reads = [draft.tables[stem] for stem in stems if stem in draft.tables]
    if not any(read.rows_seen for read in reads):
        source = reads[0].source if reads else draft.settings.source
        log.add("no_demand", source, "rows in demand, in requirements, or in both")


def _check_intervals(draft: Draft, stem: str, log: FaultLog) -> None:
    read = draft.tables.get(stem)
    bounds, length = draft.bounds(), draft.settings.interval_minutes
    if read is None:
        return
    start, end = bounds or (None, None)
    interval = None if length is None else timedelta(minutes=length)
    opening = {
        queue.queue_id: (queue.opening, queue.zone)
        for _, queue in draft.get("queues")
        if isinstance(queue, Queue)
        and not is_always_open(queue.opening)
        and not (stem == "demand" and _may_wait(queue))
    }
    first_rows: dict[tuple[str, datetime], int] = {}
    for idx, record in enumerate(read.records):
        at, queue_id = record.start, record.queue_id
        first = first_rows.setdefault((queue_id, at), read.numbers[idx])
        if first != read.numbers[idx]:
            row_name = read.source.row_name(first)
            expected = f"each interval of {queue_id} once (first in {row_name})"
            _complain(read, idx, "interval_start", log, "duplicate_interval", expected)
        if start is None or end is None or interval is None:
            continue
        if (at - start) % interval:
            expected = f"a start every {length} minutes from {_show(start)}"
            _complain(read, idx, "interval_start", log, "off_grid", expected)
        elif not start <= at <= end - interval:
            expected = f"an interval within {_show(start)} to {_show(end)}"
            _complain(read, idx, "interval_start", log, "outside_horizon", expected)
        elif queue_id in opening:
            needed = record.offered if isinstance(record, DemandInterval) else record.agents
            hours, zone = opening[queue_id]
            if needed and not _is_open(hours, zone, at, interval):
                expected = f"an interval in which {queue_id} is open: {opening_text(hours)} {zone}"
                _complain(read, idx, "interval_start", log, "closed_queue", expected)


def _may_wait(queue: Queue) -> bool:
    """Say whether contacts may arrive while the queue is closed: they are handled later."""
    return queue.channel == "email" or queue.deadline_hours is not None


def _show(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"


def _complain(
    read: ReadTable,
    idx: int,
    column: str,
    log: FaultLog,
    code: str,
    expected: str,
    hint: str | None = None,
) -> None:
    """Note a fault about record `idx`, with the text its label column was written as."""
    number, label = read.numbers[idx], read.labels[idx]
    log.add(code, read.source, expected, row=number, path=(column,), value=label, hint=hint)


@lru_cache(maxsize=1 << 16)
def _is_open(
    opening: tuple[OpeningRange, ...], zone: str, start: datetime, length: timedelta
) -> bool:
    quarters = open_quarters(opening)
    at = start
    while at < start + length:
        wall = local_of(at, zone).wall
        if (wall.day.isoweekday() - 1) * MINUTES_PER_DAY + wall.minute not in quarters:
            return False
        at += _QUARTER
    return True


def _check_locations(draft: Draft, log: FaultLog) -> None:
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
            _complain(read, span[2][1], "from_date", log, "overlapping_locations", expected)


def _check_shifts(draft: Draft, log: FaultLog) -> None:
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
                f"{_show(other[0])} to {_show(other[1])}"
            )
            _complain(read, span[2][1], "start_local", log, "overlapping_shifts", expected)


def _check_bounds(
    read: ReadTable, idx: int, bounds: tuple[datetime, datetime], log: FaultLog
) -> None:
    first, last = bounds
    shift = read.records[idx]
    if isinstance(shift, PastShift):
        if shift.start >= first:
            expected = f"a start before the horizon's ({_show(first)})"
            hint = "Shifts to keep are pins."
            _complain(read, idx, "start_local", log, "history_in_horizon", expected, hint)
    elif not first <= shift.start < last:
        expected = f"a start from {_show(first)} to {_show(last)}, exclusive"
        _complain(read, idx, "start_local", log, "outside_horizon", expected)
    elif (shift.start - first) % _QUARTER:
        expected = "a start on a quarter of an hour"
        _complain(read, idx, "start_local", log, "off_grid", expected)


def _check_pin_days(draft: Draft, log: FaultLog) -> None:
    """Refuse a second pin on a day of the place of work; those that overlap are told already."""
    read = draft.tables.get("pins")
    if read is None:
        return
    places = _places(draft)
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
            _complain(read, idx, "start_local", log, "overlapping_shifts", expected)


def _places(draft: Draft) -> dict[str, tuple[Place, ...]]:
    """Return where each agent works when, for those whose site is known."""
    sites = {site.site_id: site for _, site in draft.get("sites")}
    stays: defaultdict[str, list[Location]] = defaultdict(list)
    for _, stay in draft.get("locations"):
        stays[stay.agent_id].append(stay)
    return {
        agent.agent_id: place_timeline(sites[agent.site_id], stays[agent.agent_id])
        for _, agent in draft.get("agents")
        if agent.site_id in sites
    }


def _collisions(spans: Iterable[_Span[_T]]) -> Iterator[tuple[_Span[_T], _Span[_T]]]:
    """Return each span that begins before an earlier one has ended, with that earlier one."""
    longest: _Span[_T] | None = None
    for span in sorted(spans):
        if longest is not None and span[0] < longest[1]:
            yield span, longest
        if longest is None or span[1] > longest[1]:
            longest = span
