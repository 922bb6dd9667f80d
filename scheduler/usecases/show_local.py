"""Instants on the clock of a place, as ISO 8601 with the offset that holds there then."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from scheduler.domain.walltime import MINUTES_PER_DAY
from scheduler.timegrid.zones import local_of

__all__ = ["local_text"]


@lru_cache(maxsize=1 << 16)
def local_text(instant: str, zone: str) -> str:
    """Return an instant as ``2027-03-28T09:00:00+02:00`` by the clock of a zone.

    Parameters
    ----------
    instant : str
        ISO 8601 with an offset or Z; seconds are left out.
    """
    plain = datetime.fromisoformat(instant).astimezone(UTC)
    local = local_of(plain, zone)
    days = (local.wall.day - plain.date()).days
    offset = MINUTES_PER_DAY * days + local.wall.minute - (60 * plain.hour + plain.minute)
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return f"{local.wall}:00{sign}{hours:02d}:{minutes:02d}"
