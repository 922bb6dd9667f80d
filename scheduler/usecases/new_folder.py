"""Start a planning folder that a planner can fill in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from scheduler.clock import Clock
from scheduler.errors import Fault, InputError

__all__ = ["new_folder", "next_monday"]

_EARLIEST, _LATEST = date(1970, 1, 2), date(2199, 12, 24)


def new_folder(folder: Path, *, start: date | None, clock: Clock) -> tuple[Path, ...]:
    """Write a commented starter folder that validates and solves as it is.

    Parameters
    ----------
    folder : pathlib.Path
        New or empty.
    start : datetime.date, optional
        First day of the horizon; default the Monday after today (UTC).

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    InputError
        If `folder` holds something already, or `start` is a date that no planning may hold.
    """
    from scheduler.intake.starter import write_starter

    first = start or next_monday(clock().date())
    if not _EARLIEST <= first <= _LATEST:
        expected = f"a date from {_EARLIEST} to {_LATEST}"
        raise InputError((Fault("bad_date", "--start", expected, value=first.isoformat()),))
    return write_starter(folder, start=first)


def next_monday(day: date) -> date:
    """Return the first Monday after `day`."""
    return day + timedelta(days=8 - day.isoweekday())
