"""The contact history of queues: a CSV of intervals, from any phone system or planning program.

Columns are those of Heliotrope's own exchange format; times stand in UTC (`interval_start_utc`) or
by a local clock (`interval_start_local` and `zone`). Exports by a local clock often cannot tell the
two passes through the repeated hour of a clock change apart: the row that stands later in the file
is the second pass, as in the order in which intervals follow each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from scheduler.domain import WallTime
from scheduler.domain.contacts import FEWEST_DAYS, ContactHistory
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.errors import Fault, InputError
from scheduler.intake import kinds, values
from scheduler.intake.columns import Column, Table, optional
from scheduler.intake.csv_file import read_csv
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.tables import ReadTable, Row, read_table
from scheduler.timegrid.zones import Repeated, Skipped, SkippedTimeError, utc_of

__all__ = ["CONTACT_HISTORY", "ContactsRead", "read_contact_history"]

_SHORTEST, _LONGEST = 1, 240
_COUNT = kinds.decimal_number("0", "1000000")

CONTACT_HISTORY = Table(
    "history",
    "Contacts of the past, one row per queue and interval. Intervals not named are not known.",
    (
        Column("queue", kinds.key, "the queue", "phone-nl"),
        optional(
            "interval_start_utc",
            values.instant,
            "start of the interval, with offset or Z; or give `interval_start_local`",
            "2027-03-22T07:00Z",
        ),
        optional(
            "interval_start_local",
            values.local_time,
            "start by the clock of `zone`; of an hour that the clock shows twice, the later row is "
            "the second pass",
            "2027-03-22T08:00",
        ),
        optional("zone", values.zone, "IANA zone of the local start", "Europe/Amsterdam"),
        optional(
            "interval_min",
            kinds.whole_number(_SHORTEST, _LONGEST, what="minutes"),
            "length; else the usual distance between the queue's starts",
            "30",
        ),
        Column("offered", _COUNT, "contacts that came in, answered or not", "42"),
        optional("handled", _COUNT, "contacts answered; not used", "40"),
        optional("abandoned", _COUNT, "contacts that hung up; not used", "2"),
        optional("aht_s", kinds.decimal_number("0", "86400"), "average handling time, s", "245"),
    ),
    needs_rows=True,
    label="queue",
)
"""The columns that are read."""


@dataclass(frozen=True, slots=True)
class ContactsRead:
    """A contact history and what is odd about it.

    Parameters
    ----------
    history : tuple of ContactHistory
        One per queue, in the order of their first rows.
    notices : tuple of Fault
        Intervals missing between a queue's first and last, one notice per queue.
    """

    history: tuple[ContactHistory, ...]
    notices: tuple[Fault, ...]


@dataclass(slots=True)
class _Interval:
    """One row, and where it stands."""

    queue_id: str
    start: datetime
    column: str
    local: tuple[WallTime, str] | None
    minutes: int | None
    offered: float
    aht_s: float | None
    number: int


def read_contact_history(path: Path, *, name: str | None = None) -> ContactsRead:
    """Return the contact history in a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        How faults call it; its own name without one.

    Raises
    ------
    InputError
        If the file cannot be read, or a row cannot; if contacts are negative, have a handling time
        of 0, or stand there twice; if the intervals of a queue differ in length or lie off its
        grid; if a queue has fewer than 28 days.
    """
    log, source = FaultLog(), Source(name or path.name)
    raw = read_csv(path, CONTACT_HISTORY, source, log)
    if raw is None:
        raise InputError(log.faults())
    read = read_table(CONTACT_HISTORY, raw, _interval, log)
    by_queue: dict[str, list[_Interval]] = defaultdict(list)
    for interval in read.records:
        by_queue[interval.queue_id].append(interval)
    _tell_passes_apart(by_queue, read, log)
    history = _histories(by_queue, read, log)
    if faults := log.faults():
        raise InputError(faults)
    # Judged last: a queue whose rows have faults may be short for that reason alone.
    firsts = {queue_id: rows[0] for queue_id, rows in by_queue.items()}
    short = [one for one in history if one.days < FEWEST_DAYS]
    if short:
        raise InputError(tuple(_too_short(one, firsts[one.queue_id], read) for one in short))
    gaps = (_gaps(one, firsts[one.queue_id], read) for one in history)
    return ContactsRead(history, tuple(gap for gap in gaps if gap is not None))


def _histories(
    by_queue: dict[str, list[_Interval]], read: ReadTable, log: FaultLog
) -> tuple[ContactHistory, ...]:
    found = (_queue_history(rows, read, log) for rows in by_queue.values())
    return tuple(one for one in found if one is not None)


def _interval(row: Row) -> _Interval | None:
    found: dict[str, Any] = row.values
    start: datetime | None = found.get("interval_start_utc")
    local = None
    column = "interval_start_utc"
    if (start is None) == ("interval_start_local" not in found):
        expected = "exactly one of interval_start_utc and interval_start_local"
        row.fault("one_of_two", column, expected)
        return None
    if start is None:
        column = "interval_start_local"
        if "zone" not in found:
            row.fault("missing_value", "zone", "the zone of the local start")
            return None
        local = (found[column], found["zone"])
        try:
            start = utc_of(*local, skipped=Skipped.REJECT, repeated=Repeated.FIRST)
        except SkippedTimeError as error:
            row.fault("skipped_time", column, f"a time that the clock shows: {error}")
            return None
    if found["offered"] and found.get("aht_s") == 0:
        row.fault("out_of_range", "aht_s", "a handling time above 0 where contacts are offered")
    aht_s = found.get("aht_s")
    return _Interval(
        found["queue"],
        start,
        column,
        local,
        found.get("interval_min"),
        float(found["offered"]),
        float(aht_s) if aht_s else None,
        row.number,
    )


def _tell_passes_apart(
    by_queue: dict[str, list[_Interval]], read: ReadTable, log: FaultLog
) -> None:
    """Move the later of two rows of the same local time to its second pass, and judge doubles."""
    for rows in by_queue.values():
        first_rows: dict[datetime, int] = {}
        for row in rows:
            if row.start in first_rows and row.local is not None:
                wall, zone = row.local
                row.start = utc_of(
                    wall, zone, skipped=Skipped.REJECT, repeated=Repeated.SECOND
                ).astimezone(UTC)
            first = first_rows.setdefault(row.start, row.number)
            if first != row.number:
                name = read.source.row_name(first)
                expected = f"each interval of {row.queue_id} once (first in {name})"
                _complain(row, "duplicate_interval", row.column, expected, read, log)


def _queue_history(rows: list[_Interval], read: ReadTable, log: FaultLog) -> ContactHistory | None:
    """Return the history of one queue, or None after noting a fault."""
    rows = sorted(rows, key=lambda row: row.start)
    # What most rows say goes: one stray row must not make faults of all others.
    stated = Counter(row.minutes for row in rows if row.minutes is not None)
    minutes = stated.most_common(1)[0][0] if stated else _usual_step(rows)
    if minutes is None or MINUTES_PER_DAY % minutes:
        expected = "intervals of which a day is a whole number, such as 15 or 30 minutes"
        _complain(rows[0], "off_grid", "interval_min", expected, read, log)
        return None
    good = True
    before = rows[0]
    length = timedelta(minutes=minutes)
    phases = Counter((row.start - rows[0].start) % length for row in rows)
    phase = phases.most_common(1)[0][0]
    for row in rows:
        if row.minutes not in (None, minutes):
            expected = f"{minutes} minutes, like the other intervals of {row.queue_id}"
            _complain(row, "off_grid", "interval_min", expected, read, log)
            good = False
        elif (row.start - rows[0].start) % length != phase:
            expected = f"a start every {minutes} minutes, like the other intervals"
            _complain(row, "off_grid", row.column, expected, read, log)
            good = False
        elif row is not before and row.start == before.start:
            good = False
        before = row
    if not good:
        return None
    return ContactHistory(
        rows[0].queue_id,
        minutes,
        tuple(row.start for row in rows),
        tuple(row.offered for row in rows),
        tuple(row.aht_s for row in rows),
    )


def _gaps(history: ContactHistory, first: _Interval, read: ReadTable) -> Fault | None:
    """Return a notice of intervals that are missing between a queue's first and last."""
    minutes, known = history.interval_minutes, len(history.starts)
    span = (history.starts[-1] - history.starts[0]) // timedelta(minutes=minutes) + 1
    if span == known:
        return None
    line, column = read.source.place(first.number, ("queue",))
    return Fault(
        "missing_intervals",
        read.source.file,
        f"an interval every {minutes} minutes; {span - known} of {span} are not there",
        line,
        column,
        history.queue_id,
    )


def _usual_step(rows: list[_Interval]) -> int | None:
    """Return the minutes between most rows and the next; None where there is but one start."""
    steps = Counter(after.start - row.start for row, after in pairwise(rows))
    del steps[timedelta(0)]
    return steps.most_common(1)[0][0] // timedelta(minutes=1) if steps else None


def _too_short(history: ContactHistory, first: _Interval, read: ReadTable) -> Fault:
    line, column = read.source.place(first.number, ("queue",))
    return Fault(
        "history_too_short",
        read.source.file,
        f"at least {FEWEST_DAYS} days of history, not {history.days}",
        line,
        column,
        history.queue_id,
    )


def _complain(
    row: _Interval, code: str, column: str, expected: str, read: ReadTable, log: FaultLog
) -> None:
    value = row.queue_id
    if column == "interval_min" and row.minutes is not None:
        value = str(row.minutes)
    elif column.startswith("interval_start"):
        value = str(row.local[0]) if row.local is not None else f"{row.start:%Y-%m-%dT%H:%MZ}"
    log.add(code, read.source, expected, row=row.number, path=(column,), value=value)
