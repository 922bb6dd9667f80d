"""What the dynamic programme reads, and where it works.

The state between two days is: on a run of working days (its length, and the class of the last
shift's end) or off (for how many days); the level of a counter; days and paid units of the present
period. All states of a day lie in one block of memory, paid units innermost, so that a shift moves
a whole stretch of states by one constant distance; rows are padded, so that what leaves its row
lands on cells that count for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from solver.kernels.common import Array, inline, kernel

__all__ = [
    "Programme",
    "Workspace",
    "enough_off",
    "move_counter",
    "note",
    "shape_of",
    "state_cells",
    "top_of",
]


class Programme(NamedTuple):
    """What the programme knows of all agents, one after the other in flat arrays.

    Attributes
    ----------
    opt_lo : (agents + 1,) array
        Options of agent a are ``opt_lo[a] .. opt_lo[a + 1] - 1``.
    start, end, break_slots, break_from, break_until : (options,) arrays
        Columns of the option table.
    weekend, evening : (options,) arrays
        The same; shifts that fairness counts.
    base : (options,) array
        Cost of each option without cover, less the cost of the day off it replaces; `FAR` where it
        may not be taken.
    sig : (options,) array
        Signature of each option, counted from the agent's first one.
    day_lo : (agents + 1,) array
        First day of each agent in the arrays per day.
    sig_lo : (all days + 1,) array
        Signatures of a day are ``sig_lo[k] .. sig_lo[k + 1] - 1``.
    classes, may_rest, period : (all days,) arrays
        Number of end classes; 0 on days with a pin; index of the day's period.
    sig_cls, sig_units, sig_prev, sig_prev2 : (signatures,) arrays
        Class of the end, paid units, last class of yesterday's and of the day before yesterday's
        ends that leave enough rest (-1: none).
    sig_inc_off, sig_inc_work : (signatures,) arrays
        Kind of move of the counter, after a day off and after a working day; 0 for none.
    first_day, init_kind, init_run : (agents,) arrays
        First day to decide, and the state before it: 0 free, 1 one day off since the last shift, 2
        worked the day before, with so many days in a row.
    runs, min_run, min_off : (agents,) arrays
        Most and fewest working days in a row, fewest days off; 0 for no limit.
    levels : (agents,) array
        Number of levels of the counter; it starts at 0.
    move_lo : (agents + 1,) array
        First move of each agent: kind k at level w is ``move_lo[a] + k * levels[a] + w``.
    moves, move_costs : arrays
        Level that the move leads to, -1 where it is forbidden, and what it costs.
    per_lo : (agents + 1,) array
        First period of each agent in the arrays per period.
    caps, day_caps : (all periods,) arrays
        Most paid units and working days; ``day_caps`` of -1 for no limit.
    pen_lo : (all periods + 1,) array
    penalty : array
        Cost of a period that ends with so many paid units.
    """

    opt_lo: Array
    start: Array
    end: Array
    break_slots: Array
    break_from: Array
    break_until: Array
    weekend: Array
    evening: Array
    base: Array
    sig: Array
    day_lo: Array
    sig_lo: Array
    classes: Array
    may_rest: Array
    period: Array
    sig_cls: Array
    sig_units: Array
    sig_prev: Array
    sig_prev2: Array
    sig_inc_off: Array
    sig_inc_work: Array
    first_day: Array
    init_kind: Array
    init_run: Array
    runs: Array
    min_run: Array
    min_off: Array
    levels: Array
    move_lo: Array
    moves: Array
    move_costs: Array
    per_lo: Array
    caps: Array
    day_caps: Array
    pen_lo: Array
    penalty: Array


class Workspace(NamedTuple):
    """Memory of one thread.

    Attributes
    ----------
    states, ahead, before : float arrays
        States of all days; those before one day as the next shift sees them, worked and off.
    layout : (days + 2, 8) array
        Per day: offset of the worked and of the off states, row length, largest day count, units
        and level in use, classes of the last and of the last but one day.
    sig_cost, sig_option, sig_break : arrays
        Cheapest option of each signature.
    prefix : (slots + 1,) float64 array
    rows, breaks : (days,) arrays
        Result: option and break start per day, -1 for none.
    """

    states: Array
    ahead: Array
    before: Array
    layout: Array
    sig_cost: Array
    sig_option: Array
    sig_break: Array
    prefix: Array
    rows: Array
    breaks: Array


@kernel
def shape_of(p: Programme, agent: int) -> tuple[int, int, int, int]:
    """Return rows of runs, rows of days off from the second on, day counts, 1 if those count."""
    depth = p.runs[agent]
    if depth == 0:
        depth = max(1, p.min_run[agent])
    off_rows = max(2, p.min_off[agent]) - 1
    most = -1
    for index in range(p.per_lo[agent], p.per_lo[agent + 1]):
        most = max(most, p.day_caps[index])
    counted = 1 if most >= 0 else 0
    return depth, off_rows, most + 2 if counted else 1, counted


@kernel
def top_of(
    p: Programme, agent: int, day: int, j_top: int, h_top: int, w_top: int
) -> tuple[int, int, int, int]:
    """Return largest day count, units and level after `day`, and the most units of a shift."""
    k = p.day_lo[agent] + day
    period = p.per_lo[agent] + p.period[k]
    most, w_next = 0, w_top
    for index in range(p.sig_lo[k], p.sig_lo[k + 1]):
        most = max(most, p.sig_units[index])
        for kind in (p.sig_inc_off[index], p.sig_inc_work[index]):
            if kind > 0:
                at = p.move_lo[agent] + kind * p.levels[agent]
                for w in range(w_top + 1):
                    w_next = max(w_next, p.moves[at + w])
    j_next = j_top if p.day_caps[period] < 0 else min(p.day_caps[period], j_top + 1)
    h_next = max(h_top, min(p.caps[period], h_top + most))
    return j_next, h_next, w_next, most


@kernel
def state_cells(p: Programme, agent: int) -> tuple[int, int, int]:
    """Return how many cells the agent needs in `states`, `ahead` and `before`."""
    days = p.day_lo[agent + 1] - p.day_lo[agent]
    first = p.first_day[agent]
    depth, off_rows, counts, _ = shape_of(p, agent)
    total = (depth + 1) * counts * 2 + (1 + off_rows) * counts
    ahead_most, before_most = total, total
    j_top, h_top, w_top, last, last2 = 0, 0, 0, 1, 1
    for day in range(first, days):
        k = p.day_lo[agent] + day
        if day > first and p.period[k - 1] != p.period[k]:
            j_top, h_top = 0, 0
        j_next, h_next, w_next, most = top_of(p, agent, day, j_top, h_top, w_top)
        width = h_top + most + 1
        slack = 2 * counts * width
        ahead_most = max(ahead_most, last * (w_top + 1) * (depth + 1) * counts * width + slack)
        before_most = max(
            before_most, (last2 + 1 + 2 * off_rows) * (w_top + 1) * counts * width + slack
        )
        total += p.classes[k] * (w_next + 1) * (depth + 1) * counts * width + slack
        total += (last + off_rows) * (w_next + 1) * counts * width + slack
        last2, last = last, p.classes[k]
        j_top, h_top, w_top = j_next, h_next, w_next
    return total, ahead_most, before_most


@inline
def move_counter(
    p: Programme, first_move: int, levels: int, kind: int, w: int, cost: float
) -> tuple[int, float]:
    """Return the counter's level after a shift, -1 for none, and the shift's cost with it."""
    if kind == 0:
        return w, cost
    at = first_move + kind * levels + w
    return p.moves[at], cost + p.move_costs[at]


@kernel
def enough_off(length: int, min_off: int, day: int) -> bool:
    """Whether a shift on `day` may follow `length` days off; those that hold day 0 always do."""
    return length >= min_off or (day >= 1 and length >= day)


@kernel
def note(
    layout: Array,
    day: int,
    worked: int,
    off: int,
    width: int,
    j_top: int,
    h_top: int,
    w_top: int,
    last: int,
    last2: int,
) -> None:
    """Write down where the states before `day` lie."""
    layout[day, 0], layout[day, 1], layout[day, 2] = worked, off, width
    layout[day, 3], layout[day, 4], layout[day, 5] = j_top, h_top, w_top
    layout[day, 6], layout[day, 7] = last, last2
