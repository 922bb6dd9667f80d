"""Start a planning folder that a planner can fill in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from scheduler.clock import Clock

__all__ = ["new_folder", "next_monday"]


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
        If `folder` holds something already.
    """
    from scheduler.intake.starter import write_starter

    return write_starter(folder, start=start or next_monday(clock().date()))


def next_monday(day: date) -> date:
    """Return the first Monday after `day`."""
    return day + timedelta(days=8 - day.isoweekday())
