"""The company's default working-time policy: what holds where no law is stricter."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_POLICY", "LabourPolicy"]


@dataclass(frozen=True, slots=True)
class LabourPolicy:
    """Rest and day limits in absolute time and local days.

    Parameters
    ----------
    min_rest_minutes : int
        Elapsed minutes between the end of a shift and the start of the next.
    weekly_rest_minutes, weekly_rest_window_minutes : int
        From the start of each shift, the window of that length holds one unbroken rest of at least
        `weekly_rest_minutes`. Time after the last known shift is rest.
    max_consecutive_days : int
        Most local days in a row on which a shift starts.

    Notes
    -----
    A window that could start at any instant would forbid an ordinary Monday-to-Friday week: the
    168 hours from Saturday 22:00 hold neither 36 hours of this weekend nor of the next. The rule
    counts from the start of work, as planners do. See ``docs/decisions/0006-weekly-rest.md``.
    """

    min_rest_minutes: int = 11 * 60
    weekly_rest_minutes: int = 36 * 60
    weekly_rest_window_minutes: int = 7 * 24 * 60
    max_consecutive_days: int = 6


DEFAULT_POLICY = LabourPolicy()
