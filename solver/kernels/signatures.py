"""Sort shift options into signatures: what the dynamic programme can tell apart."""

from __future__ import annotations

import numpy as np

from solver.kernels.common import Array, kernel

__all__ = ["signatures"]


@kernel
def signatures(
    days: int,
    rows: Array,
    start: Array,
    soon: Array,
    later: Array,
    last_day: int,
    last_soon: int,
    last_later: int,
    units: Array,
    inc_off: Array,
    inc_work: Array,
    sig: Array,
    sig_lo: Array,
    classes: Array,
    out: Array,
) -> int:
    """Sort one agent's options into signatures, and the ends of each day into classes.

    Ends of one day are in one class when they block the same starts of the two days after. Classes
    block ever more starts of both days.

    Parameters
    ----------
    rows : (days + 1,) array
        Options of day d are ``rows[d] .. rows[d + 1] - 1``.
    start : (options,) array
    soon, later : (options,) arrays
        From which slot on a shift may start the day after, and after a day off.
    last_day, last_soon, last_later : int
        The same for the last shift of the carry, by its day (-3 for none).
    units, inc_off, inc_work : (options,) arrays
        Paid units; kind of move of the counter after a day off and after a working day.
    sig : (options,) array
        Result: signature of each option.
    sig_lo : (days + 1,) array
        Result: first signature of each day.
    classes : (days,) array
        Result: number of classes of each day.
    out : (options, 6) array
        Result: class, units, last class of yesterday's ends and of those of the day before that
        leave enough rest (-1: none), and the counter's two moves, per signature.

    Returns
    -------
    int
        Number of signatures.
    """
    empty = np.zeros(0, np.int64)
    starts0 = _starts(rows, start, 0, days) if days > 0 else empty
    starts1 = _starts(rows, start, 1, days)
    # blocked starts per class: of tomorrow (for yesterday's ends) and of the day after
    soon1, later1 = np.zeros(1, np.int64), np.zeros(1, np.int64)
    later2 = np.zeros(1, np.int64)
    if last_day == -2:
        later2[0] = np.searchsorted(starts0, last_later)
    elif last_day == -1:
        soon1[0] = np.searchsorted(starts0, last_soon)
        later1[0] = np.searchsorted(starts1, last_later)
    count = 0
    most, kinds = 1, 1
    if units.shape[0]:
        most = units.max() + 1
        kinds = max(inc_off.max(), inc_work.max()) + 1
    for day in range(days):
        lo, hi = rows[day], rows[day + 1]
        starts2 = _starts(rows, start, day + 2, days)
        sig_lo[day] = count
        classes[day] = 1
        next_soon, next_later = np.zeros(1, np.int64), np.zeros(1, np.int64)
        if day == last_day:
            next_soon[0] = np.searchsorted(starts1, last_soon)
            next_later[0] = np.searchsorted(starts2, last_later)
        elif hi > lo:
            span = starts2.shape[0] + 1
            keys = np.empty(hi - lo, np.int64)
            for i in range(lo, hi):
                keys[i - lo] = np.searchsorted(starts1, soon[i]) * span + np.searchsorted(
                    starts2, later[i]
                )
            distinct = np.unique(keys)
            classes[day] = distinct.shape[0]
            next_soon = distinct // span
            next_later = distinct % span
            for c in range(1, distinct.shape[0]):
                next_later[c] = max(next_later[c], next_later[c - 1])
            n1, n2 = soon1.shape[0] + 1, later2.shape[0] + 1
            full = np.empty(hi - lo, np.int64)
            for i in range(lo, hi):
                position = np.searchsorted(starts0, start[i])
                cls = np.searchsorted(distinct, keys[i - lo])
                prev = np.searchsorted(soon1, position, side="right") - 1
                prev2 = np.searchsorted(later2, position, side="right") - 1
                key = (cls * most + units[i]) * n1 + prev + 1
                full[i - lo] = ((key * n2 + prev2 + 1) * kinds + inc_off[i]) * kinds + inc_work[i]
            kept = np.unique(full)
            for i in range(lo, hi):
                sig[i] = count + np.searchsorted(kept, full[i - lo])
            for index in range(kept.shape[0]):
                key = kept[index]
                out[count + index, 5] = key % kinds
                out[count + index, 4] = key // kinds % kinds
                key //= kinds * kinds
                out[count + index, 3] = key % n2 - 1
                key //= n2
                out[count + index, 2] = key % n1 - 1
                key //= n1
                out[count + index, 1] = key % most
                out[count + index, 0] = key // most
            count += kept.shape[0]
        starts0, starts1 = starts1, starts2
        later2 = later1
        soon1, later1 = next_soon, next_later
    sig_lo[days] = count
    return count


@kernel
def _starts(rows: Array, start: Array, day: int, days: int) -> Array:
    """Return the distinct starts of a day, in order."""
    if day >= days:
        return np.zeros(0, np.int64)
    return np.unique(start[rows[day] : rows[day + 1]])
