"""The cheapest roster of one agent, by dynamic programming over days.

The state between two days is: on a run of working days (its length, and the class of the last
shift's end) or off (for how many days); the level of a counter; days and paid units of the present
period. All states of a day lie in one block of memory, paid units innermost, so that a shift moves
a whole stretch of states by one constant distance; rows are padded, so that what leaves its row
lands on cells that count for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solver.kernels.common import FAR, Array, inline, kernel

__all__ = ["Programme", "Workspace", "best_roster", "option_costs", "own_cost", "state_cells"]


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
def option_costs(
    p: Programme,
    ws: Workspace,
    agent: int,
    gains: Array,
    slope_weekend: float,
    slope_evening: float,
    without: Array,
) -> None:
    """Price every option of one agent and keep the cheapest of each signature.

    The break goes where the least is lost. Options alike in everything the rules see share a
    signature; only the cheapest of them can be in a best roster. ``without`` is True for the
    agent's options that may not be taken; an empty array for none.
    """
    slots = gains.shape[0]
    prefix = ws.prefix
    total = 0.0
    prefix[0] = 0.0
    for slot in range(slots):
        total += gains[slot]
        prefix[slot + 1] = total
    first = p.day_lo[agent]
    count = p.sig_lo[p.day_lo[agent + 1]] - p.sig_lo[first]
    sig_cost = ws.sig_cost
    for index in range(count):
        sig_cost[index] = FAR
        ws.sig_option[index] = -1
    for option in range(p.opt_lo[agent], p.opt_lo[agent + 1]):
        base = p.base[option]
        if base >= FAR / 2 or (without.shape[0] and without[option - p.opt_lo[agent]]):
            continue
        gain = prefix[min(p.end[option], slots)] - prefix[p.start[option]]
        at = -1
        length = p.break_slots[option]
        if length > 0:
            least = FAR
            for slot in range(p.break_from[option], p.break_until[option] + 1):
                lost = prefix[min(slot + length, slots)] - prefix[min(slot, slots)]
                if lost < least:
                    least = lost
                    at = slot
            gain -= least
        cost = base - gain + slope_weekend * p.weekend[option] + slope_evening * p.evening[option]
        index = p.sig[option]
        if cost < sig_cost[index]:
            sig_cost[index] = cost
            ws.sig_option[index] = option
            ws.sig_break[index] = at


@kernel
def own_cost(p: Programme, agent: int, days: Array, rows: Array) -> float:
    """Return what a roster costs in all that the programme counts, but for gains.

    Not a number where it breaks a limit that the programme carries in sums.

    Parameters
    ----------
    days, rows : (shifts,) arrays
        Days and options, in order.
    """
    total = 0.0
    first_k = p.day_lo[agent]
    first_sig = p.sig_lo[first_k]
    level = 0
    before = -2 if p.init_kind[agent] != 2 else p.first_day[agent] - 1
    at = 0
    for period in range(p.per_lo[agent], p.per_lo[agent + 1]):
        units = 0
        while at < rows.shape[0] and p.per_lo[agent] + p.period[first_k + days[at]] == period:
            row = rows[at]
            index = first_sig + p.sig[row]
            total += p.base[row]
            units += p.sig_units[index]
            kind = p.sig_inc_work[index] if days[at] == before + 1 else p.sig_inc_off[index]
            if kind > 0:
                move = p.move_lo[agent] + kind * p.levels[agent] + level
                total += p.move_costs[move]
                level = p.moves[move]
                if level < 0:
                    return np.nan
            before = days[at]
            at += 1
        if units >= p.pen_lo[period + 1] - p.pen_lo[period]:
            return np.nan
        total += p.penalty[p.pen_lo[period] + units]
    return total


@kernel
def _shape(p: Programme, agent: int) -> tuple[int, int, int, int]:
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
def _top(
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
    depth, off_rows, counts, _ = _shape(p, agent)
    total = (depth + 1) * counts * 2 + (1 + off_rows) * counts
    ahead_most, before_most = total, total
    j_top, h_top, w_top, last, last2 = 0, 0, 0, 1, 1
    for day in range(first, days):
        k = p.day_lo[agent] + day
        if day > first and p.period[k - 1] != p.period[k]:
            j_top, h_top = 0, 0
        j_next, h_next, w_next, most = _top(p, agent, day, j_top, h_top, w_top)
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
def _lower(target: Array, source: Array) -> None:
    """Lower each cell of `target` to the one of `source`."""
    for i in range(source.shape[0]):
        target[i] = min(source[i], target[i])


@inline
def _lower_by(target: Array, source: Array, cost: float) -> None:
    """Lower each cell of `target` to the one of `source` plus a cost."""
    for i in range(source.shape[0]):
        value = source[i] + cost
        target[i] = min(value, target[i])


@kernel
def _carry_over(
    states: Array,
    at: int,
    blocks: int,
    inner: int,
    counts: int,
    old_width: int,
    width: int,
    j_top: int,
    h_top: int,
    fold: bool,
    penalty: Array,
    out: Array,
) -> None:
    """Copy blocks of ``(day count, units)`` to rows of another width; fold a finished period.

    The last one of every `inner` blocks is padding, if `inner` is above 1.
    """
    for block in range(blocks):
        if inner > 1 and block % inner == inner - 1:
            continue
        first = at + block * counts * old_width
        to = block * counts * width
        least = states[first] + penalty[0]
        for j in range(j_top + 1):
            row = states[first + j * old_width : first + j * old_width + h_top + 1]
            if fold:
                cost = penalty[: h_top + 1]
                for h in range(h_top + 1):
                    least = min(row[h] + cost[h], least)
            else:
                target = out[to + j * width : to + j * width + h_top + 1]
                for h in range(h_top + 1):
                    target[h] = row[h]
        if fold:
            out[to] = least


@kernel
def best_roster(p: Programme, ws: Workspace, agent: int) -> float:
    """Find one agent's cheapest roster for the prices that `option_costs` left in the workspace.

    Returns
    -------
    float
        Cost of the best roster, at least ``FAR / 2`` when there is none; options and break starts
        per day are in ``ws.rows`` and ``ws.breaks``.
    """
    first_k = p.day_lo[agent]
    days = p.day_lo[agent + 1] - first_k
    first_sig = p.sig_lo[first_k]
    first_per = p.per_lo[agent]
    first_move = p.move_lo[agent]
    levels = p.levels[agent]
    first = p.first_day[agent]
    live = np.zeros((2, levels), np.bool_)
    live[0, 0] = True
    min_run, min_off = p.min_run[agent], p.min_off[agent]
    depth, off_rows, counts, counted = _shape(p, agent)
    capped = p.runs[agent] > 0
    states, ahead, before, layout = ws.states, ws.ahead, ws.before, ws.layout
    # state before the first day: one class, one level, rows of one unit
    size = (depth + 1) * counts
    end = 2 * size
    off_end = end + (1 + off_rows) * counts
    states[:off_end] = FAR
    if p.init_kind[agent] == 2:
        run = min(p.init_run[agent], depth) - 1
        states[run * counts] = 0.0
    elif p.init_kind[agent] == 1:
        states[end] = 0.0
    else:
        states[end + off_rows * counts] = 0.0
    _note(layout, first, 0, end, 1, 0, 0, 0, 1, 1)
    free = off_end
    for day in range(first, days):
        k = first_k + day
        old_worked, old_off, old_width = layout[day, 0], layout[day, 1], layout[day, 2]
        j_top, h_top, w_top = layout[day, 3], layout[day, 4], layout[day, 5]
        last, last2 = layout[day, 6], layout[day, 7]
        fold = day > first and p.period[k - 1] != p.period[k]
        period = first_per + p.period[k]
        pen = p.pen_lo[period]
        if fold:
            pen = p.pen_lo[period - 1]
        penalty = p.penalty[pen:]
        j_old, h_old = j_top, h_top
        if fold:
            j_top, h_top = 0, 0
        j_next, h_next, w_next, most = _top(p, agent, day, j_top, h_top, w_top)
        width = h_top + most + 1
        cell = counts * width
        run_cells = (depth + 1) * cell
        above = (w_top + 1) * run_cells
        # 1. what lies behind, in rows of the new width
        ahead[: last * above + cell] = FAR
        _carry_over(
            states, old_worked, last * (w_top + 1) * (depth + 1), depth + 1, counts, old_width,
            width, j_old, h_old, fold, penalty, ahead,
        )  # fmt: skip
        rows = last2 + off_rows
        row_cells = (w_top + 1) * cell
        before[: rows * row_cells + cell] = FAR
        _carry_over(
            states, old_off, rows * (w_top + 1), 1, counts, old_width,
            width, j_old, h_old, fold, penalty, before,
        )  # fmt: skip
        # 2. clear tomorrow
        now = p.classes[k]
        worked = free
        off = worked + now * (w_next + 1) * run_cells + 2 * cell
        free = off + (last + off_rows) * (w_next + 1) * cell + 2 * cell
        states[worked:free] = FAR
        _note(layout, day + 1, worked, off, width, j_next, h_next, w_next, now, last)
        off_cells = (w_next + 1) * cell
        # 3. a day off
        if p.may_rest[k]:
            for c in range(last):
                for w in range(w_top + 1):
                    target = states[off + c * off_cells + w * cell :]
                    for run in range(depth):
                        if run + 1 >= min_run or run + 1 >= day:
                            at = c * above + w * run_cells + run * cell
                            _lower(target, ahead[at : at + cell])
            for row in range(off_rows):
                target = states[off + (last + row) * off_cells :]
                if row == 0:
                    for c in range(last2):
                        _lower(target, before[c * row_cells : (c + 1) * row_cells])
                else:
                    at = (last2 + row - 1) * row_cells
                    _lower(target, before[at : at + row_cells])
                if row == off_rows - 1:
                    at = (last2 + row) * row_cells
                    _lower(target, before[at : at + row_cells])
        # 4. so that a shift reads one row: the least over end classes, and over days off enough
        for c in range(1, last):
            _lower(ahead[c * above :], ahead[(c - 1) * above : c * above])
        idle_at = rows * row_cells
        idle = before[idle_at : idle_at + row_cells]
        idle[:] = FAR
        for row in range(off_rows):
            if _enough_off(row + 2, min_off, day):
                at = (last2 + row) * row_cells
                _lower(idle, before[at : at + row_cells])
        for c in range(last2):
            here = before[c * row_cells : (c + 1) * row_cells]
            if not _enough_off(1, min_off, day):
                here[:] = FAR
            _lower(here, idle)
            if c > 0:
                _lower(here, before[(c - 1) * row_cells : c * row_cells])
        # 5. a shift
        live[1] = live[0]
        step = counted if p.day_caps[period] >= 0 else 0
        reach = min(depth, p.init_run[agent] + day - first + 1)
        for index in range(p.sig_lo[k], p.sig_lo[k + 1]):
            cost = ws.sig_cost[index - first_sig]
            if cost >= FAR / 2:
                continue
            shift = step * width + p.sig_units[index]
            cls, prev, prev2 = p.sig_cls[index], p.sig_prev[index], p.sig_prev2[index]
            base = worked + cls * (w_next + 1) * run_cells
            from_off = idle_at if prev2 < 0 else prev2 * row_cells
            for w in range(w_top + 1):
                if not live[0, w]:
                    continue
                after, price = _move(p, first_move, levels, p.sig_inc_off[index], w, cost)
                if after >= 0:
                    live[1, after] = True
                    at = base + after * run_cells + shift
                    source = before[from_off + w * cell : from_off + (w + 1) * cell]
                    _lower_by(states[at : at + cell], source, price)
                if prev < 0:
                    continue
                after, price = _move(p, first_move, levels, p.sig_inc_work[index], w, cost)
                if after < 0:
                    continue
                live[1, after] = True
                source_at = prev * above + w * run_cells
                at = base + after * run_cells + shift
                top = reach if reach < depth else depth - 1
                if top > 0:
                    _lower_by(
                        states[at + cell : at + cell + top * cell],
                        ahead[source_at : source_at + top * cell],
                        price,
                    )
                if not capped:
                    low = (depth - 1) * cell
                    _lower_by(
                        states[at + low : at + low + cell],
                        ahead[source_at + low : source_at + low + cell],
                        price,
                    )
        live[0] = live[1]
    return _trace(p, ws, agent, depth, off_rows, counts, counted)


@inline
def _move(
    p: Programme, first_move: int, levels: int, kind: int, w: int, cost: float
) -> tuple[int, float]:
    """Return the counter's level after a shift, -1 for none, and the shift's cost with it."""
    if kind == 0:
        return w, cost
    at = first_move + kind * levels + w
    return p.moves[at], cost + p.move_costs[at]


@kernel
def _enough_off(length: int, min_off: int, day: int) -> bool:
    """Whether a shift on `day` may follow `length` days off; those that hold day 0 always do."""
    return length >= min_off or (day >= 1 and length >= day)


@kernel
def _note(
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


@kernel
def _find(
    states: Array,
    at: int,
    width: int,
    j_lo: int,
    j_hi: int,
    h_lo: int,
    h_hi: int,
    fold: bool,
    penalty: Array,
    cost: float,
    value: float,
) -> int:
    """Return where a block holds the state that led to `value`, -1 if it does not."""
    for j in range(j_lo, j_hi):
        for h in range(h_lo, h_hi):
            here = states[at + j * width + h]
            if fold:
                here = here + penalty[h]
            if here + cost == value:
                return j * width + h
    return -1


@kernel
def _trace(
    p: Programme, ws: Workspace, agent: int, depth: int, off_rows: int, counts: int, counted: int
) -> float:
    """Walk back from the cheapest final state; fill the result and return the cost."""
    first_k = p.day_lo[agent]
    days = p.day_lo[agent + 1] - first_k
    first_sig, first_per, first_move = p.sig_lo[first_k], p.per_lo[agent], p.move_lo[agent]
    levels, first = p.levels[agent], p.first_day[agent]
    min_run, min_off = p.min_run[agent], p.min_off[agent]
    capped = p.runs[agent] > 0
    states, layout = ws.states, ws.layout
    rows, breaks = ws.rows, ws.breaks
    rows[:days] = -1
    breaks[:days] = -1
    width = layout[days, 2]
    cell = counts * width
    j_top, h_top, w_top = layout[days, 3], layout[days, 4], layout[days, 5]
    penalty = p.penalty[p.pen_lo[first_per + p.period[first_k + days - 1]] :]
    nothing = states[0] - states[0]  # zero of the states' own type
    best = FAR
    kind, row, w, j, h = -1, 0, 0, 0, 0
    for is_off in range(2):
        blocks = layout[days, 7] + off_rows if is_off else layout[days, 6]
        inner = 1 if is_off else depth + 1
        used = 1 if is_off else depth
        for block in range(blocks):
            for ww in range(w_top + 1):
                for run in range(used):
                    at = (
                        layout[days, 1 if is_off else 0]
                        + ((block * (w_top + 1) + ww) * inner + run) * cell
                    )
                    for jj in range(j_top + 1):
                        for hh in range(h_top + 1):
                            value = states[at + jj * width + hh] + penalty[hh]
                            if value < best:
                                best = value
                                kind, row, w, j, h = is_off, block * inner + run, ww, jj, hh
    if kind < 0 or best >= FAR / 2:
        return FAR
    for back in range(days - first):
        day = days - 1 - back
        k = first_k + day
        width = layout[day + 1, 2]
        cell = counts * width
        w_now = layout[day + 1, 5]
        value = nothing
        if kind == 0:
            cls, run = row // (depth + 1), row % (depth + 1)
            at = layout[day + 1, 0] + ((cls * (w_now + 1) + w) * (depth + 1) + run) * cell
        else:
            cls, run = row, 0
            at = layout[day + 1, 1] + (row * (w_now + 1) + w) * cell
        value = states[at + j * width + h]
        fold = day > first and p.period[k - 1] != p.period[k]
        period = first_per + p.period[k]
        pen = p.pen_lo[period - 1] if fold else p.pen_lo[period]
        penalty = p.penalty[pen:]
        old_width = layout[day, 2]
        old_cell = counts * old_width
        j_old, h_old, w_old = layout[day, 3], layout[day, 4], layout[day, 5]
        last, last2 = layout[day, 6], layout[day, 7]
        hit, new_kind, new_row, new_w = -1, 0, 0, w
        if kind == 1:
            j_lo, j_hi, h_lo, h_hi = j, j + 1, h, h + 1
            if fold:
                j_lo, j_hi, h_lo, h_hi = 0, j_old + 1, 0, h_old + 1
            if w <= w_old and row < last:  # the first day off after a shift of class `row`
                for r in range(depth):
                    if hit < 0 and (r + 1 >= min_run or r + 1 >= day):
                        at = layout[day, 0] + ((row * (w_old + 1) + w) * (depth + 1) + r) * old_cell
                        hit = _find(
                            states, at, old_width, j_lo, j_hi, h_lo, h_hi, fold, penalty,
                            nothing, value,
                        )  # fmt: skip
                        new_kind, new_row = 0, row * (depth + 1) + r
            elif w <= w_old:
                later = row - last
                for source in range(last2 + off_rows):
                    fits = source < last2 if later == 0 else source == last2 + later - 1
                    fits = fits or (later == off_rows - 1 and source == last2 + later)
                    if hit < 0 and fits:
                        at = layout[day, 1] + (source * (w_old + 1) + w) * old_cell
                        hit = _find(
                            states, at, old_width, j_lo, j_hi, h_lo, h_hi, fold, penalty,
                            nothing, value,
                        )  # fmt: skip
                        new_kind, new_row = 1, source
        else:
            step = counted if p.day_caps[period] >= 0 else 0
            for index in range(p.sig_lo[k], p.sig_lo[k + 1]):
                cost = ws.sig_cost[index - first_sig]
                if hit >= 0:
                    break
                if p.sig_cls[index] != cls or cost >= FAR / 2:
                    continue
                jj, hh = j - step, h - p.sig_units[index]
                if jj < 0 or hh < 0 or (fold and (jj != 0 or hh != 0)):
                    continue
                if not fold and (jj > j_old or hh > h_old):
                    continue
                j_lo, j_hi, h_lo, h_hi = jj, jj + 1, hh, hh + 1
                if fold:
                    j_lo, j_hi, h_lo, h_hi = 0, j_old + 1, 0, h_old + 1
                for ww in range(w_old + 1):
                    if hit >= 0:
                        break
                    after, price = _move(p, first_move, levels, p.sig_inc_off[index], ww, cost)
                    if run == 0 and after == w:
                        for source in range(last2 + off_rows):
                            if source < last2:
                                fits = source <= p.sig_prev2[index]
                                fits = fits and _enough_off(1, min_off, day)
                            else:
                                fits = _enough_off(source - last2 + 2, min_off, day)
                            if hit < 0 and fits:
                                at = layout[day, 1] + (source * (w_old + 1) + ww) * old_cell
                                hit = _find(
                                    states, at, old_width, j_lo, j_hi, h_lo, h_hi, fold, penalty,
                                    price, value,
                                )  # fmt: skip
                                new_kind, new_row, new_w = 1, source, ww
                    after, price = _move(p, first_move, levels, p.sig_inc_work[index], ww, cost)
                    if hit >= 0 or after != w:
                        continue
                    for c in range(min(p.sig_prev[index] + 1, last)):
                        for r in range(depth):
                            fits = r + 1 == run or (not capped and r == depth - 1 and r == run)
                            if hit < 0 and fits:
                                at = (
                                    layout[day, 0]
                                    + ((c * (w_old + 1) + ww) * (depth + 1) + r) * old_cell
                                )
                                hit = _find(
                                    states, at, old_width, j_lo, j_hi, h_lo, h_hi, fold, penalty,
                                    price, value,
                                )  # fmt: skip
                                new_kind, new_row, new_w = 0, c * (depth + 1) + r, ww
                if hit >= 0:
                    rows[day] = ws.sig_option[index - first_sig]
                    breaks[day] = ws.sig_break[index - first_sig]
        if hit < 0:
            return -FAR
        kind, row, w = new_kind, new_row, new_w
        j, h = hit // old_width, hit % old_width
    return best
