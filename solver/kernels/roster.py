"""The cheapest roster of one agent, by dynamic programming over days."""

from __future__ import annotations

import numpy as np

from solver.kernels.common import FAR, Array, inline, kernel
from solver.kernels.programme import (
    Programme,
    Workspace,
    enough_off,
    move_counter,
    note,
    shape_of,
    top_of,
)
from solver.kernels.trace import trace

__all__ = ["best_roster", "option_costs", "own_cost"]


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
    depth, off_rows, counts, counted = shape_of(p, agent)
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
    note(layout, first, 0, end, 1, 0, 0, 0, 1, 1)
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
        j_next, h_next, w_next, most = top_of(p, agent, day, j_top, h_top, w_top)
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
        note(layout, day + 1, worked, off, width, j_next, h_next, w_next, now, last)
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
            if enough_off(row + 2, min_off, day):
                at = (last2 + row) * row_cells
                _lower(idle, before[at : at + row_cells])
        for c in range(last2):
            here = before[c * row_cells : (c + 1) * row_cells]
            if not enough_off(1, min_off, day):
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
                after, price = move_counter(p, first_move, levels, p.sig_inc_off[index], w, cost)
                if after >= 0:
                    live[1, after] = True
                    at = base + after * run_cells + shift
                    source = before[from_off + w * cell : from_off + (w + 1) * cell]
                    _lower_by(states[at : at + cell], source, price)
                if prev < 0:
                    continue
                after, price = move_counter(p, first_move, levels, p.sig_inc_work[index], w, cost)
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
    return trace(p, ws, agent, depth, off_rows, counts, counted)
