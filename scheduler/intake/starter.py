"""A small planning folder to begin with: four agents on three continents, two queues, one week."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template

from scheduler.errors import Fault, InputError
from scheduler.intake.document import instant_text
from scheduler.timegrid.zones import clock_instant

__all__ = ["write_starter"]

_DAYS = 7
_ZONE = "Europe/Amsterdam"
_INTERVAL_MINUTES = 30


def write_starter(folder: Path, start: date) -> tuple[Path, ...]:
    """Write a commented starter folder that validates as it is.

    Parameters
    ----------
    folder : Path
        Made when it is not there; must be empty.
    start : datetime.date
        First date of the horizon, which is a week long.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        If `folder` holds anything already, is a file, or cannot be written; nothing is changed.
    """
    contents = _contents(start)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            fault = Fault("not_a_file", str(folder), "a folder that is new or empty")
            raise InputError((fault,))
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, text in contents.items():
            path = folder / name
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    except OSError as error:
        reason = error.strerror or "bad name"
        fault = Fault("not_a_file", str(folder), f"a folder that can be written, not: {reason}")
        raise InputError((fault,)) from error
    return tuple(written)


def _contents(start: date) -> dict[str, str]:
    days = [start + timedelta(days=offset) for offset in range(_DAYS)]
    dates = {f"day{offset}": day.isoformat() for offset, day in enumerate(days)}
    dates["end"] = (start + timedelta(days=_DAYS)).isoformat()
    dates["eve"] = (start - timedelta(days=1)).isoformat()
    parts = files("scheduler.intake").joinpath("starter")
    contents = {
        part.name: Template(part.read_text(encoding="utf-8")).substitute(dates)
        for part in sorted(parts.iterdir(), key=lambda part: part.name)
    }
    phone = ((start, "phone-nl", "2", "180") for start in _intervals(days, 8 * 60, 22 * 60))
    workdays = [day for day in days if day.isoweekday() <= 5]
    chat = ((start, "chat-nl", "1") for start in _intervals(workdays, 11 * 60, 15 * 60))
    contents["demand.csv"] = _csv(("interval_start", "queue_id", "offered", "aht_s"), phone)
    contents["requirements.csv"] = _csv(("interval_start", "queue_id", "agents"), chat)
    return contents


def _intervals(days: Iterable[date], from_minute: int, until_minute: int) -> Iterable[str]:
    for day in days:
        for minute in range(from_minute, until_minute, _INTERVAL_MINUTES):
            yield instant_text(clock_instant(day, minute, _ZONE))


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
