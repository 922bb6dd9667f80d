"""Tell whether a calendar holds all shifts of an agent, at the right instants, and nothing else.

``python check_calendar.py shifts.json shifts.ics``: the answer of ``GET /v1/me/shifts`` and the
calendar. Prints one sentence; the exit code is 1 when it is not a good one.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar

from scheduler.clock import system_clock

SHOWN_FOR = timedelta(days=60)
"""A calendar forgets shifts that ended so long ago."""

Span = tuple[datetime, datetime]


def spans_of_shifts(text: str) -> Counter[Span]:
    """Return start and end of every shift, in UTC.

    Raises
    ------
    ValueError
        If a shift's local times are not its instants, or not those of its zone.
    """
    spans: Counter[Span] = Counter()
    for shift in json.loads(text)["shifts"]:
        instants = []
        for name in ("start", "end"):
            local, instant = (datetime.fromisoformat(shift[key]) for key in (name, f"{name}_utc"))
            if local != instant or local.utcoffset() != _offset(instant, shift["zone"]):
                raise ValueError(f"{local.isoformat()} is not {instant.isoformat()} there")
            instants.append(instant.astimezone(UTC))
        spans[instants[0], instants[1]] += 1
    return spans


def _offset(instant: datetime, zone: str) -> timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


def spans_of_calendar(data: bytes) -> Counter[Span]:
    """Return start and end of every event that is not cancelled, in UTC.

    Raises
    ------
    ValueError
        If the bytes are no calendar, two events share an identifier, or a time has no zone.
    """
    events = [
        event for event in Calendar.from_ical(data).walk("VEVENT") if event["STATUS"] != "CANCELLED"
    ]
    names = Counter(str(event["UID"]) for event in events)
    if any(times > 1 for times in names.values()):
        raise ValueError("two events of the calendar share an identifier")
    moments = [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in events]
    if any(moment.tzinfo is None for pair in moments for moment in pair):
        raise ValueError("a time in the calendar has no zone")
    return Counter((start.astimezone(UTC), end.astimezone(UTC)) for start, end in moments)


def compare(shifts: Counter[Span], events: Counter[Span], *, now: datetime) -> list[str]:
    """Return what is wrong, in sentences; nothing when the two say the same.

    Parameters
    ----------
    now : datetime.datetime
        Aware; what ended long before is in no calendar any more.
    """
    young = Counter({span: n for span, n in shifts.items() if span[1] > now - SHOWN_FOR})
    wrong = []
    if missing := young - events:
        wrong.append(f"Not in the calendar: {_listed(missing)}.")
    if strange := events - young:
        wrong.append(f"In the calendar only: {_listed(strange)}.")
    return wrong


def _listed(spans: Iterable[Span]) -> str:
    found = sorted(spans)
    shown = [f"{start:%Y-%m-%d %H:%M}Z-{end:%H:%M}Z" for start, end in found[:3]]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(shown) + more


def main(arguments: list[str]) -> int:
    """Compare the two files; return the exit code."""
    if len(arguments) != 2:
        print("usage: python check_calendar.py shifts.json shifts.ics")
        return 2
    try:
        shifts = spans_of_shifts(Path(arguments[0]).read_text(encoding="utf-8"))
        events = spans_of_calendar(Path(arguments[1]).read_bytes())
        wrong = compare(shifts, events, now=system_clock())
    except (OSError, LookupError, ValueError) as error:
        wrong = [f"This cannot be compared: {error}."]
    else:
        if not shifts:
            wrong.append("There are no shifts to compare.")
    if wrong:
        print(" ".join(wrong))
        return 1
    if events:
        count = events.total()
        shifts_are = "the one shift" if count == 1 else f"all {count} shifts"
        print(f"The calendar has {shifts_are}, at the right instants, and nothing else.")
    else:
        print(f"All shifts are older than {SHOWN_FOR.days} days: the calendar is rightly empty.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
