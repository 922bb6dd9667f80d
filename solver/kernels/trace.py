"""From the cheapest final state back to the roster that led there."""

from __future__ import annotations

from solver.kernels.common import FAR, Array, kernel
from solver.kernels.programme import Programme, Workspace, enough_off, move_counter

__all__ = ["trace"]


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
def trace(
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
                    after, price = move_counter(
                        p, first_move, levels, p.sig_inc_off[index], ww, cost
                    )
                    if run == 0 and after == w:
                        for source in range(last2 + off_rows):
                            if source < last2:
                                fits = source <= p.sig_prev2[index]
                                fits = fits and enough_off(1, min_off, day)
                            else:
                                fits = enough_off(source - last2 + 2, min_off, day)
                            if hit < 0 and fits:
                                at = layout[day, 1] + (source * (w_old + 1) + ww) * old_cell
                                hit = _find(
                                    states, at, old_width, j_lo, j_hi, h_lo, h_hi, fold, penalty,
                                    price, value,
                                )  # fmt: skip
                                new_kind, new_row, new_w = 1, source, ww
                    after, price = move_counter(
                        p, first_move, levels, p.sig_inc_work[index], ww, cost
                    )
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
