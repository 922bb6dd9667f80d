"""Instants on the clock of a place, as ISO 8601 with the offset that holds there then."""

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.domain import Shift
from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.timegrid.zones import local_of

__all__ = ["local_shift", "local_text"]


def local_text(instant: datetime, zone: str) -> str:
    """Return an aware UTC instant as ``2027-03-28T09:00:00+02:00`` by the clock of a zone."""
    local = local_of(instant, zone)
    plain = instant.astimezone(UTC)
    days = (local.wall.day - plain.date()).days
    offset = MINUTES_PER_DAY * days + local.wall.minute - (60 * plain.hour + plain.minute)
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return f"{local.wall}:00{sign}{hours:02d}:{minutes:02d}"


def local_shift(shift: Shift) -> tuple[str, str]:
    """Return start and end of a shift by the clock of its place of work."""
    return local_text(shift.start, shift.zone), local_text(shift.end, shift.zone)
