"""The slot grid: quarters of an hour of UTC, counted from the start of the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["SLOT_MINUTES", "SlotGrid"]

SLOT_MINUTES = 15
_SLOT = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True, slots=True)
class SlotGrid:
    """Slots of a quarter of an hour of elapsed time, numbered from 0.

    The grid knows no clock change: a slot lasts fifteen minutes everywhere. Slots before the start
    (negative) and from `slots` on can be asked for; history and shifts that run past the end need
    them.

    Parameters
    ----------
    start : datetime.datetime
        Start of slot 0, aware UTC.
    slots : int
        Number of slots, at least 1.
    """

    start: datetime
    slots: int

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError(f"the grid must start at an aware UTC instant, not {self.start}")
        if self.slots < 1:
            raise ValueError(f"the grid needs at least one slot, not {self.slots}")

    @classmethod
    def over(cls, start: datetime, end: datetime) -> SlotGrid:
        """Return the grid that covers ``[start, end)`` exactly.

        Raises
        ------
        ValueError
            If the time between is not a positive number of whole slots, or `start` is not UTC.
        """
        slots, rest = divmod(end - start, _SLOT)
        if rest:
            raise ValueError(f"{start} to {end} is not a whole number of {SLOT_MINUTES} minutes")
        return cls(start, slots)

    @property
    def end(self) -> datetime:
        """The instant at which the last slot ends."""
        return self.instant_of(self.slots)

    def slot_of(self, instant: datetime) -> int:
        """Return the slot that starts at an instant.

        Raises
        ------
        ValueError
            If no slot starts at that very instant.
        """
        slot, rest = divmod(instant - self.start, _SLOT)
        if rest:
            raise ValueError(f"{instant} is not on the grid of {SLOT_MINUTES} minutes")
        return slot

    def floor(self, instant: datetime) -> int:
        """Return the last slot that starts at or before an instant."""
        return (instant - self.start) // _SLOT

    def ceil(self, instant: datetime) -> int:
        """Return the first slot that starts at or after an instant."""
        return -((self.start - instant) // _SLOT)

    def instant_of(self, slot: int) -> datetime:
        """Return the start of a slot, aware UTC."""
        return self.start + slot * _SLOT
