"""The cheapest roster of one agent, by dynamic programming over days."""

from __future__ import annotations

import numpy as np

from solver.kernels.common import FAR, Array, kernel

__all__ = ["best_roster", "option_costs"]


@kernel
def option_costs(
    low: int,
    high: int,
    start: Array,
    end: Array,
    break_slots: Array,
    break_from: Array,
    break_until: Array,
    base: Array,
    sig: Array,
    gains: Array,
    sig_low: int,
    sig_high: int,
    sig_cost: Array,
    sig_option: Array,
    sig_break: Array,
) -> None:
    """Price every option of one agent and keep the cheapest of each signature.

    The break goes where the least is lost. Options alike in everything the rules see share a
    signature; only the cheapest of them can be in a best roster.
    """
    slots = gains.shape[0]
    prefix = np.zeros(slots + 1)
    for slot in range(slots):
        prefix[slot + 1] = prefix[slot] + gains[slot]
    for index in range(sig_low, sig_high):
        sig_cost[index] = FAR
        sig_option[index] = -1
    for option in range(low, high):
        gain = prefix[min(end[option], slots)] - prefix[start[option]]
        at = -1
        length = break_slots[option]
        if length > 0:
            least = FAR
            for slot in range(break_from[option], break_until[option] + 1):
                lost = prefix[min(slot + length, slots)] - prefix[min(slot, slots)]
                if lost < least:
                    least = lost
                    at = slot
            gain -= least
        cost = base[option] - gain
        index = sig[option]
        if cost < sig_cost[index]:
            sig_cost[index] = cost
            sig_option[index] = option
            sig_break[index] = at


@kernel
def best_roster(
    days: int,
    first_day: int,
    init_kind: int,
    init_run: int,
    runs: int,
    sig_lo: Array,
    sig_cls: Array,
    sig_units: Array,
    sig_prev: Array,
    sig_prev2: Array,
    sig_cost: Array,
    classes: Array,
    may_rest: Array,
    period: Array,
    caps: Array,
    day_caps: Array,
    penalty: Array,
    worked: Array,
    rested: Array,
    idle: Array,
    ahead: Array,
    ahead2: Array,
    tops: Array,
    chosen: Array,
) -> float:
    """Find one agent's cheapest roster by dynamic programming over days.

    Parameters
    ----------
    days, first_day : int
        Number of days, and the first one to decide (1 when history fills day 0).
    init_kind, init_run : int
        State before `first_day`: 0 free, 1 one day off since the last shift, 2 worked the day
        before, with so many days in a row.
    runs : int
        Most days in a row; 0 for no limit.
    sig_lo : (days + 1,) array
        Signatures of day d are ``sig_lo[d] .. sig_lo[d + 1] - 1``; the other ``sig_`` arrays are
        per signature: class of its end, paid units, last class of yesterday's and of the day
        before yesterday's ends that leave enough rest, cost.
    classes : (days,) array
        Number of end classes per day.
    may_rest : (days,) array
        0 on days with a pin.
    period : (days,) array
        Index of the day's period (week).
    caps, day_caps : (periods,) arrays
        Most paid units and working days per period; ``day_caps`` of -1 for no limit.
    penalty : (periods, units + 1) array
        Cost of a period that ends with so many paid units.
    worked, rested, idle : arrays
        Workspace ``[days + 1, run, class, day count, units]``, without run, without run and class.
    ahead, ahead2 : arrays
        Workspace of one day.
    tops : (days + 1, 2) array
        Workspace: largest day count and units in use before each day.
    chosen : (days,) array
        Result: signature per day, -1 for no shift.

    Returns
    -------
    float
        Cost of the best roster, `FAR` when there is none.
    """
    depth = max(runs, 1)
    # state before first_day
    here = first_day
    last_classes = 1
    last_classes2 = 1
    worked[here, :depth, :1] = FAR
    rested[here, :1] = FAR
    idle[here] = FAR
    if init_kind == 2:
        run = min(init_run, depth) - 1
        if runs > 0 and init_run > runs:
            run = depth - 1
        worked[here, run, 0, 0, 0] = 0.0
    elif init_kind == 1:
        rested[here, 0, 0, 0] = 0.0
    else:
        idle[here, 0, 0] = 0.0
    j_top, h_top = 0, 0
    for day in range(first_day, days):
        week = period[day]
        fold = day > first_day and period[day - 1] != week
        tops[day, 0], tops[day, 1] = j_top, h_top
        # 1. what lies behind: fold a finished week into its cheapest end
        if fold:
            old = period[day - 1]
            _fold(worked[day, :depth, :last_classes], penalty[old], j_top, h_top, ahead[:depth])
            _fold_rows(rested[day, :last_classes2], penalty[old], j_top, h_top, ahead2)
            least = FAR
            for j in range(j_top + 1):
                for h in range(h_top + 1):
                    least = min(least, idle[day, j, h] + penalty[old, h])
            idle_now = np.full((1, 1), least)
            j_top, h_top = 0, 0
        else:
            ahead[:depth, :last_classes, : j_top + 1, : h_top + 1] = worked[
                day, :depth, :last_classes, : j_top + 1, : h_top + 1
            ]
            ahead2[:last_classes2, : j_top + 1, : h_top + 1] = rested[
                day, :last_classes2, : j_top + 1, : h_top + 1
            ]
            idle_now = idle[day, : j_top + 1, : h_top + 1].copy()
        cap = caps[week]
        day_cap = day_caps[week]
        most = 0
        for index in range(sig_lo[day], sig_lo[day + 1]):
            if sig_cost[index] < FAR and sig_units[index] > most:
                most = sig_units[index]
        j_next = j_top if day_cap < 0 else min(day_cap, j_top + 1)
        h_next = min(cap, h_top + most)
        if h_next < h_top:
            h_next = h_top
        # 2. clear tomorrow
        now_classes = classes[day]
        worked[day + 1, :depth, :now_classes, : j_next + 1, : h_next + 1] = FAR
        rested[day + 1, :last_classes, : j_next + 1, : h_next + 1] = FAR
        idle[day + 1, : j_next + 1, : h_next + 1] = FAR
        # 3. a day off
        if may_rest[day]:
            for j in range(j_top + 1):
                for h in range(h_top + 1):
                    least = idle_now[j, h]
                    for c in range(last_classes2):
                        least = min(least, ahead2[c, j, h])
                    idle[day + 1, j, h] = least
            for run in range(depth):
                for c in range(last_classes):
                    for j in range(j_top + 1):
                        row = rested[day + 1, c, j]
                        source = ahead[run, c, j]
                        for h in range(h_top + 1):
                            if source[h] < row[h]:
                                row[h] = source[h]
        # 4. prefix minima over end classes, so that a shift reads one row
        for run in range(depth):
            for c in range(1, last_classes):
                for j in range(j_top + 1):
                    for h in range(h_top + 1):
                        if ahead[run, c - 1, j, h] < ahead[run, c, j, h]:
                            ahead[run, c, j, h] = ahead[run, c - 1, j, h]
        for c in range(last_classes2):
            for j in range(j_top + 1):
                for h in range(h_top + 1):
                    value = ahead2[c, j, h]
                    if idle_now[j, h] < value:
                        value = idle_now[j, h]
                    if c > 0 and ahead2[c - 1, j, h] < value:
                        value = ahead2[c - 1, j, h]
                    ahead2[c, j, h] = value
        # 5. a shift
        for index in range(sig_lo[day], sig_lo[day + 1]):
            cost = sig_cost[index]
            if cost >= FAR:
                continue
            units, cls = sig_units[index], sig_cls[index]
            prev, prev2 = sig_prev[index], sig_prev2[index]
            step = 0 if day_cap < 0 else 1
            for j in range(j_top + 1):
                if j + step > j_next:
                    break
                width = min(h_top, cap - units) + 1
                if width <= 0:
                    continue
                target = worked[day + 1, 0, cls, j + step, units : units + width]
                source = ahead2[prev2, j, :width] if prev2 >= 0 else idle_now[j, :width]
                for h in range(width):
                    value = source[h] + cost
                    if value < target[h]:
                        target[h] = value
                if prev >= 0:
                    if runs == 0:
                        source = ahead[0, prev, j, :width]
                        for h in range(width):
                            value = source[h] + cost
                            if value < target[h]:
                                target[h] = value
                    else:
                        for run in range(depth - 1):
                            source = ahead[run, prev, j, :width]
                            target = worked[day + 1, run + 1, cls, j + step, units : units + width]
                            for h in range(width):
                                value = source[h] + cost
                                if value < target[h]:
                                    target[h] = value
        last_classes2 = last_classes
        last_classes = now_classes
        j_top, h_top = j_next, h_next
    return _trace(
        days,
        first_day,
        runs,
        sig_lo,
        sig_cls,
        sig_units,
        sig_prev,
        sig_prev2,
        sig_cost,
        classes,
        period,
        day_caps,
        penalty,
        worked,
        rested,
        idle,
        tops,
        chosen,
        last_classes,
        last_classes2,
        j_top,
        h_top,
    )


@kernel
def _fold(states: Array, penalty: Array, j_top: int, h_top: int, out: Array) -> None:
    """Put the cheapest end of a week of every (run, class) into the cell of an empty week."""
    for run in range(states.shape[0]):
        for c in range(states.shape[1]):
            least = FAR
            for j in range(j_top + 1):
                for h in range(h_top + 1):
                    value = states[run, c, j, h] + penalty[h]
                    if value < least:
                        least = value
            out[run, c, 0, 0] = least


@kernel
def _fold_rows(states: Array, penalty: Array, j_top: int, h_top: int, out: Array) -> None:
    """Do the same per class only."""
    for c in range(states.shape[0]):
        least = FAR
        for j in range(j_top + 1):
            for h in range(h_top + 1):
                value = states[c, j, h] + penalty[h]
                if value < least:
                    least = value
        out[c, 0, 0] = least


@kernel
def _trace(
    days: int,
    first_day: int,
    runs: int,
    sig_lo: Array,
    sig_cls: Array,
    sig_units: Array,
    sig_prev: Array,
    sig_prev2: Array,
    sig_cost: Array,
    classes: Array,
    period: Array,
    day_caps: Array,
    penalty: Array,
    worked: Array,
    rested: Array,
    idle: Array,
    tops: Array,
    chosen: Array,
    last_classes: int,
    last_classes2: int,
    j_top: int,
    h_top: int,
) -> float:
    """Walk back from the cheapest final state; fill `chosen` and return the cost."""
    depth = max(runs, 1)
    chosen[:] = -1
    best = FAR
    kind, run, cls, j, h = -1, 0, 0, 0, 0
    last = period[days - 1] if days > 0 else 0
    for jj in range(j_top + 1):
        for hh in range(h_top + 1):
            tail = penalty[last, hh]
            if idle[days, jj, hh] + tail < best:
                best = idle[days, jj, hh] + tail
                kind, run, cls, j, h = 0, 0, 0, jj, hh
            for c in range(last_classes2):
                if rested[days, c, jj, hh] + tail < best:
                    best = rested[days, c, jj, hh] + tail
                    kind, run, cls, j, h = 1, 0, c, jj, hh
            for r in range(depth):
                for c in range(last_classes):
                    if worked[days, r, c, jj, hh] + tail < best:
                        best = worked[days, r, c, jj, hh] + tail
                        kind, run, cls, j, h = 2, r, c, jj, hh
    if kind < 0 or best >= FAR / 2:
        return FAR
    for day in range(days - 1, first_day - 1, -1):
        fold = day > first_day and period[day - 1] != period[day]
        week = period[day - 1] if fold else 0
        before = 1 if day == first_day else classes[day - 1]
        before2 = 1 if day <= first_day + 1 else classes[day - 2]
        j_lo, j_hi, h_lo, h_hi = j, j + 1, h, h + 1
        found = False
        if kind == 2:
            value = worked[day + 1, run, cls, j, h]
            step = 0 if day_caps[period[day]] < 0 else 1
            for index in range(sig_lo[day], sig_lo[day + 1]):
                if found:
                    break
                if sig_cls[index] != cls or sig_cost[index] >= FAR:
                    continue
                jj, hh = j - step, h - sig_units[index]
                if jj < 0 or hh < 0 or (fold and (jj != 0 or hh != 0)):
                    continue
                cost = sig_cost[index]
                if not fold and (jj > tops[day, 0] or hh > tops[day, 1]):
                    continue
                j_lo, j_hi, h_lo, h_hi = jj, jj + 1, hh, hh + 1
                if fold:
                    j_lo, j_hi, h_lo, h_hi = 0, tops[day, 0] + 1, 0, tops[day, 1] + 1
                for a in range(j_lo, j_hi):
                    if found:
                        break
                    for b in range(h_lo, h_hi):
                        tail = penalty[week, b] if fold else 0.0
                        if run == 0:
                            if idle[day, a, b] + tail + cost == value:
                                kind, run, cls, j, h = 0, 0, 0, a, b
                                found = True
                            if not found:
                                for c in range(min(sig_prev2[index] + 1, before2)):
                                    if rested[day, c, a, b] + tail + cost == value:
                                        kind, run, cls, j, h = 1, 0, c, a, b
                                        found = True
                                        break
                        if not found and (run > 0 or runs == 0):
                            source = run - 1 if runs > 0 else 0
                            for c in range(min(sig_prev[index] + 1, before)):
                                if worked[day, source, c, a, b] + tail + cost == value:
                                    kind, run, cls, j, h = 2, source, c, a, b
                                    found = True
                                    break
                        if found:
                            break
                if found:
                    chosen[day] = index
        else:
            value = idle[day + 1, j, h] if kind == 0 else rested[day + 1, cls, j, h]
            if fold:
                j_lo, j_hi, h_lo, h_hi = 0, tops[day, 0] + 1, 0, tops[day, 1] + 1
            for a in range(j_lo, j_hi):
                if found:
                    break
                for b in range(h_lo, h_hi):
                    tail = penalty[week, b] if fold else 0.0
                    if kind == 0:
                        if idle[day, a, b] + tail == value:
                            j, h = a, b
                            found = True
                        else:
                            for c in range(before2):
                                if rested[day, c, a, b] + tail == value:
                                    kind, cls, j, h = 1, c, a, b
                                    found = True
                                    break
                    else:
                        for r in range(depth):
                            if worked[day, r, cls, a, b] + tail == value:
                                kind, run, j, h = 2, r, a, b
                                found = True
                                break
                    if found:
                        break
        if not found:
            return -FAR
    return best
