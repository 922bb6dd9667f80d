"""Put a repaired roster on disk, with a table of what has changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from scheduler.publish.shifts_csv import guarded
from scheduler.usecases.plain import to_plain
from scheduler.usecases.repair_view import Repaired, ShiftChange, ShiftSpan
from scheduler.usecases.write_outputs import OUTPUTS, write_files, write_outputs

__all__ = ["REPAIR_OUTPUTS", "repair_document", "write_repair"]

_CHANGES_FILE = "changes.csv"
_SPAN = ("start_local", "end_local", "zone", "start_utc", "end_utc")
_COLUMNS = (
    *("agent_id", "name", "why"),
    *(f"{when}_{column}" for when in ("before", "after") for column in _SPAN),
    *("own_cost", "cover_cost"),
)
REPAIR_OUTPUTS = (*OUTPUTS, _CHANGES_FILE)
"""Names of the files that a repair writes."""


def write_repair(repaired: Repaired, out_dir: Path) -> tuple[Path, ...]:
    """Write what a solve writes, and ``changes.csv``, into `out_dir`.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    written = write_outputs(repaired.solved, repaired.planning, out_dir)
    return (*written, *write_files(out_dir, {_CHANGES_FILE: _table(repaired.changes)}))


def _table(changes: Iterable[ShiftChange]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for change in changes:
        writer.writerow(
            [
                guarded(change.agent_id),
                guarded(change.name),
                change.why,
                *_cells(change.before),
                *_cells(change.after),
                f"{change.own_cents / 100:.2f}",
                f"{change.cover_cents / 100:.2f}",
            ]
        )
    return buffer.getvalue().encode()


def _cells(span: ShiftSpan | None) -> list[str]:
    if span is None:
        return [""] * len(_SPAN)
    instants = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (span.start_utc, span.end_utc)]
    return [str(span.start_local), str(span.end_local), span.zone, *instants]


def repair_document(repaired: Repaired) -> dict[str, object]:
    """Return the figures of a repair as plain data for JSON."""
    solved = repaired.solved
    return {
        "published_cents": repaired.published_cents,
        "published_split_cents": repaired.published_split_cents,
        "unrepaired_cents": repaired.unrepaired_cents,
        "repaired_cents": repaired.repaired_cents,
        "change_cents": repaired.change_cents,
        "cost_cents": solved.roster.cost_cents,
        "hard": len(solved.report.hard),
        "repair_seconds": repaired.repair_seconds,
        "changes": to_plain(repaired.changes),
        "open_shifts": to_plain(repaired.opened),
    }
