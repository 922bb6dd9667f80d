"""What an agent's roster can hold at most: by the options, the pins and the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.planning.spans import IntArray
from solver import CarryShift

__all__ = ["Possible"]


@dataclass(frozen=True, slots=True, eq=False)
class Possible:
    """What an agent's roster can hold at most.

    Parameters
    ----------
    most_paid, pinned_paid : array
        Per day index the paid minutes of the longest option and of the pin, 0 without.
    any_flags, pinned_flags : array
        Per day index the flags that any option, and that the pin, carries.
    starts, ends : array
        Slots of all options and shifts of the carry.
    lengths : tuple of (int, int)
        Elapsed slots and paid minutes that occur among them.
    fixed : tuple of CarryShift
        Carry and pins, in time order.
    carried_flags : int
        Flags that occur in the carry.
    """

    most_paid: IntArray
    pinned_paid: IntArray
    any_flags: IntArray
    pinned_flags: IntArray
    starts: IntArray
    ends: IntArray
    lengths: tuple[tuple[int, int], ...]
    fixed: tuple[CarryShift, ...]
    carried_flags: int

    @classmethod
    def of(
        cls, days: int, columns: Mapping[str, IntArray], carry: Sequence[CarryShift]
    ) -> Possible:
        """Return what options, pins among them, and carry make possible.

        Parameters
        ----------
        columns : mapping of str to array
            The agent's rows of the solver's option table.
        """
        day, paid, flags = columns["day"], columns["paid_minutes"], columns["flags"]
        most_paid, pinned_paid, any_flags, pinned_flags = np.zeros((4, days), dtype=np.int32)
        if len(day):
            firsts = np.flatnonzero(np.diff(day, prepend=-1))
            most_paid[day[firsts]] = np.maximum.reduceat(paid, firsts)
            any_flags[day[firsts]] = np.bitwise_or.reduceat(flags, firsts)
        pins = np.flatnonzero(columns["pinned"])
        pinned_paid[day[pins]] = paid[pins]
        pinned_flags[day[pins]] = flags[pins]
        elapsed = (columns["end"] - columns["start"]).astype(np.int64)
        kinds = np.unique(elapsed << 32 | paid).tolist()
        lengths = {(kind >> 32, kind & 0xFFFFFFFF) for kind in kinds}
        lengths |= {(past.end - past.start, past.paid_minutes) for past in carry}
        pinned = (
            CarryShift(
                *(
                    int(columns[name][row])
                    for name in ("start", "end", "day", "paid_minutes", "flags")
                )
            )
            for row in pins
        )
        carried = 0
        for past in carry:
            carried |= past.flags
        before = np.array([(past.start, past.end) for past in carry], dtype=np.int32)
        before = before.reshape(-1, 2)
        return cls(
            most_paid,
            pinned_paid,
            any_flags,
            pinned_flags,
            np.concatenate((before[:, 0], columns["start"])),
            np.concatenate((before[:, 1], columns["end"])),
            tuple(sorted(lengths)),
            tuple(sorted((*carry, *pinned), key=lambda shift: (shift.start, shift.end))),
            carried,
        )

    def shifts_with(self, flag: int) -> int:
        """Return how many shifts, carry included, may carry a flag: one a day."""
        carried = len(self.fixed) if self.carried_flags & flag else 0
        return carried + int(np.count_nonzero(self.any_flags & flag))
