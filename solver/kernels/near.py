"""All rosters of one agent that are nearly the best."""

from __future__ import annotations

import numpy as np

from solver.kernels.common import FAR, Array, kernel
from solver.kernels.programme import Programme, Workspace
from solver.kernels.roster import best_roster, option_costs

__all__ = ["near_rosters"]


@kernel
def near_rosters(
    p: Programme,
    ws: Workspace,
    agent: int,
    gains: Array,
    slope_weekend: float,
    slope_evening: float,
    least: float,
    gap: float,
    first_option: Array,
    saved: Array,
    rows: Array,
    values: Array,
    first: Array,
    barred: Array,
    progress: Array,
    steps: int,
) -> None:
    """List every roster of an agent that costs less than the best one and `gap`.

    The best roster is taken, and the rest split into parts that agree with it up to some day and
    differ there; the best of each part is found in the same way, and so on [1]_.

    Parameters
    ----------
    p : Programme
        Its ``base`` and ``may_rest`` are changed and put back.
    gains : (slots,) float32 array
        Pay, slot by slot.
    least : float
        Cost of the best roster less pay.
    first_option : (days + 1,) array
        First option of each day.
    saved : (options of the agent,) array
        Workspace.
    rows : (most, days) int32 array
        Result: option per day, -1 for none.
    values : (most,) float64 array
        Result: cost less pay.
    first : (most,) array
        Workspace: day up to which the part of a roster is fixed.
    barred : (most,) int64 array
        Workspace: options that the part may not take on that day, as bits; bit 0 is the day off.
    progress : (2,) int64 array
        Rosters listed and rosters looked behind, both 0 at first: the list is complete when they
        are equal. The first is -1 when `rows` is too small.
    steps : int
        Rosters to look behind in this call.

    References
    ----------
    .. [1] E. Lawler, "A procedure for computing the K best solutions to discrete optimization
       problems", Management Science 18 (1972).
    """
    none = gains[:0] == 0
    low = p.opt_lo[agent]
    first_k = p.day_lo[agent]
    days = p.day_lo[agent + 1] - first_k
    begin = p.first_day[agent]
    for index in range(saved.shape[0]):
        saved[index] = p.base[low + index]
    rest = p.may_rest[first_k : first_k + days].copy()
    limit = least + gap
    most = rows.shape[0]
    if progress[0] == 0:
        option_costs(p, ws, agent, gains, slope_weekend, slope_evening, none)
        value = best_roster(p, ws, agent)
        if value >= limit:
            return
        rows[0, :days] = ws.rows[:days]
        values[0], first[0], barred[0] = value, begin, 0
        progress[0] = 1
    count, at = progress[0], progress[1]
    end = min(most, at + steps)
    while at < min(count, end):
        for day in range(first[at], days):
            # fixed before `day`, barred on it, free after it
            for index in range(saved.shape[0]):
                p.base[low + index] = saved[index]
            p.may_rest[first_k : first_k + days] = rest
            for fixed in range(begin, day):
                chosen = rows[at, fixed]
                for option in range(first_option[fixed], first_option[fixed + 1]):
                    if option != chosen:
                        p.base[option] = 2 * FAR
                if chosen >= 0:
                    p.may_rest[first_k + fixed] = 0
            mask = barred[at] if day == first[at] else 0
            chosen = rows[at, day]
            bit = 0 if chosen < 0 else chosen - first_option[day] + 1
            mask |= np.int64(1) << bit
            if mask & 1:
                p.may_rest[first_k + day] = 0
            for option in range(first_option[day], first_option[day + 1]):
                if mask & (np.int64(1) << (option - first_option[day] + 1)):
                    p.base[option] = 2 * FAR
            option_costs(p, ws, agent, gains, slope_weekend, slope_evening, none)
            value = best_roster(p, ws, agent)
            if value >= limit:
                continue
            if count == most:
                count = -1
                break
            rows[count, :days] = ws.rows[:days]
            values[count] = value
            first[count] = day
            barred[count] = mask
            count += 1
        if count < 0:
            break
        at += 1
    for index in range(saved.shape[0]):
        p.base[low + index] = saved[index]
    p.may_rest[first_k : first_k + days] = rest
    progress[0], progress[1] = count, at
