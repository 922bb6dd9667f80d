"""Which break a shift gets: the company's by its length, or a longer one that the law demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain import BreakRule
from scheduler.labour import Applied, BreakTime

__all__ = ["DemandedBreak", "demanded_break"]

_MINUTE = timedelta(minutes=1)
_STEP_MINUTES = 15


@dataclass(frozen=True, slots=True)
class DemandedBreak:
    """The one break that a shift must have.

    Parameters
    ----------
    minutes : int
        Its length.
    paid : bool
        Whether it counts as work.
    earliest, latest : datetime.datetime
        Bounds of its start, aware UTC, both allowed; when `latest` is the earlier one the shift is
        too short for its break.
    laws : tuple of Applied
        The limits that ask for it to be so long, or so early; empty where the company's rule does.
    """

    minutes: int
    paid: bool
    earliest: datetime
    latest: datetime
    laws: tuple[Applied, ...]


def demanded_break(
    rules: Sequence[BreakRule], law: Sequence[Applied], start: datetime, end: datetime
) -> DemandedBreak | None:
    """Return the break that company rules and law together demand of a shift, if any.

    Parameters
    ----------
    rules : sequence of BreakRule
        Of the company; the one with the largest length below that of the shift applies, alone.
    law : sequence of Applied
        All limits of the agent; those on breaks under which the shift falls are regarded.
    start, end : datetime.datetime
        The shift, aware UTC.
    """
    elapsed = (end - start) // _MINUTE
    rule = max(
        (rule for rule in rules if rule.over_minutes < elapsed),
        key=lambda rule: rule.over_minutes,
        default=None,
    )
    limits = [
        (row, row.limit) for row in law if isinstance(row.limit, BreakTime) and row.holds_at(start)
    ]
    minutes = 0
    while any(
        limit.over_minutes < elapsed - minutes and minutes < limit.min_minutes
        for _, limit in limits
    ):
        minutes += _STEP_MINUTES
    by_law = minutes > (0 if rule is None else rule.break_minutes)
    if rule is not None:
        minutes = max(minutes, rule.break_minutes)
    if not minutes:
        return None
    applying = [(row, limit) for row, limit in limits if limit.over_minutes < elapsed - minutes]
    margin = timedelta(0) if rule is None else rule.margin_minutes * _MINUTE
    earliest, latest = start + margin, end - margin - minutes * _MINUTE
    within = [
        (start + limit.within_minutes * _MINUTE, row)
        for row, limit in applying
        if limit.within_minutes is not None
    ]
    laws = [row for row, limit in limits if by_law and _asks_for(limit, elapsed, minutes)]
    if within:
        last = min(latest_by_law for latest_by_law, _ in within)
        laws += [row for by, row in within if by == last and last < latest and row not in laws]
        if last < earliest:
            earliest = start
        latest = min(latest, last)
    return DemandedBreak(minutes, rule is not None and rule.paid, earliest, latest, tuple(laws))


def _asks_for(limit: BreakTime, elapsed: int, minutes: int) -> bool:
    """Say whether a break one step shorter would not do."""
    shorter = minutes - _STEP_MINUTES
    return limit.over_minutes < elapsed - shorter and shorter < limit.min_minutes
