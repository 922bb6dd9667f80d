"""Shifts as a table: one row a shift, for spreadsheets and other systems.

Text that people typed is guarded: a cell that a spreadsheet would run as a formula gets a leading
apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from scheduler.domain import Agent, Shift
from scheduler.timegrid.zones import local_of

__all__ = ["COLUMNS", "guarded", "shifts_csv"]

COLUMNS = (
    "agent_id",
    "name",
    "site_id",
    "start_local",
    "fold_start",
    "end_local",
    "fold_end",
    "zone",
    "start_utc",
    "end_utc",
    "paid_min",
    "breaks_utc",
    "activities_utc",
    "pinned",
)
"""Header of the table. Breaks and activities are lists joined by blanks, empty when there are none:
``start/end`` and ``queue@start/end`` with UTC instants."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula.

    Text that opens, blanks aside, with ``= + - @``, a tab or a line break gets an apostrophe in
    front.
    """
    bare = text.lstrip(" ")
    return f"'{text}" if bare.startswith(_FORMULA_STARTS) else text


def shifts_csv(shifts: Iterable[Shift], agents: Mapping[str, Agent]) -> str:
    """Return the shifts as CSV text: comma, CRLF, ISO 8601, UTF-8 without BOM when encoded.

    Parameters
    ----------
    shifts : iterable of Shift
        In the order in which they shall stand in the table.
    agents : mapping
        Agents by id, for names and sites; those missing leave both cells empty.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(shift, agents.get(shift.agent_id)) for shift in shifts)
    return buffer.getvalue()


def _row(shift: Shift, agent: Agent | None) -> list[str]:
    end = local_of(shift.end, shift.zone)
    return [
        guarded(shift.agent_id),
        guarded(agent.name) if agent else "",
        guarded(agent.site_id) if agent else "",
        str(shift.start_local),
        str(shift.fold),
        str(end.wall),
        str(end.fold),
        shift.zone,
        _utc(shift.start),
        _utc(shift.end),
        str(shift.paid_minutes),
        " ".join(f"{_utc(pause.start)}/{_utc(pause.end)}" for pause in shift.breaks),
        guarded(
            " ".join(
                f"{part.queue_id}@{_utc(part.start)}/{_utc(part.end)}" for part in shift.activities
            )
        ),
        "yes" if shift.pinned else "no",
    ]


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
