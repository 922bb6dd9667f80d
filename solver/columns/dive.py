"""Dives: decide what the mixture nearly agrees on, converge again, until every agent is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.columns.generation import Converged, Generation
from solver.columns.master import Answer, Master
from solver.columns.pool import use_of
from solver.columns.pricing import Domain, Prices
from solver.search.budget import Budget

__all__ = ["DiveStyle", "dive", "fix", "fix_roster"]

_SETBACKS = 8
_SURE = 1.0 - 1e-6


@dataclass(frozen=True, slots=True)
class DiveStyle:
    """How a dive goes.

    Parameters
    ----------
    share : float
        Share of the open decisions to take at a time.
    sure : float
        Value from which on a decision may be taken together with others.
    noise : float
        Random part of the order.
    off : bool
        Whether days off are decided, too.
    smooth, ease, rounds
        How to converge after each step.
    whole : bool
        Whether to decide whole rosters.
    """

    share: float = 0.05
    sure: float = 0.8
    noise: float = 0.0
    off: bool = False
    smooth: float = 0.5
    ease: float = 0.5
    rounds: int = 12
    whole: bool = False


def fix(generation: Generation, domain: Domain, agent_idx: int, day: int, row: int) -> None:
    """Decide that an agent works an option on a day, or is off (-1), and what follows from it."""
    tables = generation.tables
    mine, table = tables[agent_idx], generation.problem.options
    low, high = mine.low, mine.high
    days = table.day[low:high]
    same = low + np.flatnonzero(days == day)
    if row < 0:
        domain.forbidden[same] = True
        return
    domain.forbidden[same[same != row]] = True
    domain.forced[tables.exact.day_lo[agent_idx] + day] = True
    for index in generation.limits_of(agent_idx):
        rule = generation.limits[index]
        if not table.flags[row] & rule.flag:
            continue
        options = generation.pricing.flagged[index]
        free = ~domain.forbidden[options]
        forced = domain.forced[tables.exact.day_lo[agent_idx] + table.day[options]]
        decided = options[free & forced]
        sure = [
            option for option in decided.tolist() if _only(domain, table.day, low, high, option)
        ]
        if (
            use_of(generation.problem, rule, np.array(sure, dtype=np.int64))
            >= generation.right[index]
        ):
            domain.forbidden[np.setdiff1d(options, np.array(sure, dtype=np.int64))] = True


def fix_roster(generation: Generation, domain: Domain, column: int) -> None:
    """Decide all days of an agent as a column has them."""
    pool, tables = generation.pool, generation.tables
    agent_idx = int(pool.agent[column])
    mine = tables[agent_idx]
    rows = pool.rows[column, : mine.days]
    worked = rows >= 0
    domain.forbidden[mine.low : mine.high] = True
    domain.forbidden[rows[worked]] = False
    first = tables.exact.day_lo[agent_idx]
    domain.forced[first : first + mine.days] = worked


def _rosters_to_decide(
    generation: Generation, answer: Answer
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (agent, -1, column) for the columns in a mixture of several, and their values."""
    loose = answer.values < _SURE
    columns, values = answer.columns[loose], answer.values[loose]
    agents = generation.pool.agent[columns].astype(np.int64)
    return np.stack([agents, np.full(len(agents), -1), columns], axis=1), values


def _only(domain: Domain, day: NDArray[np.int32], low: int, high: int, option: int) -> bool:
    """Whether an option is the only one left on its day."""
    same = low + np.flatnonzero(day[low:high] == day[option])
    return bool(np.count_nonzero(~domain.forbidden[same]) == 1)


def _open_decisions(
    generation: Generation, answer: Answer, style: DiveStyle
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (agent, day, option) that the mixture disagrees on, and their values."""
    pool = generation.pool
    loose = answer.values < _SURE
    columns, values = answer.columns[loose], answer.values[loose]
    if not len(columns):
        return np.zeros((0, 3), dtype=np.int64), np.zeros(0)
    rows, agents = pool.rows[columns].astype(np.int64), pool.agent[columns].astype(np.int64)
    days = rows.shape[1]
    at = np.broadcast_to(np.arange(days), rows.shape)
    who = np.broadcast_to(agents[:, None], rows.shape)
    weight = np.broadcast_to(values[:, None], rows.shape)
    own_days = np.diff(generation.tables.exact.day_lo)
    wanted = at < own_days[who]
    if not style.off:
        wanted &= rows >= 0
    keys = (who[wanted] * days + at[wanted]) * (len(generation.problem.options) + 1)
    keys = keys + rows[wanted] + 1
    found, inverse = np.unique(keys, return_inverse=True)
    total = np.bincount(inverse, weights=weight[wanted])
    fractional = total < _SURE
    found, total = found[fractional], total[fractional]
    row = found % (len(generation.problem.options) + 1) - 1
    rest = found // (len(generation.problem.options) + 1)
    decisions = np.stack([rest // days, rest % days, row], axis=1).astype(np.int64)
    return decisions, total.astype(np.float64)


def dive(
    generation: Generation,
    master: Master,
    domain: Domain,
    budget: Budget,
    style: DiveStyle,
    rng: np.random.Generator,
    *,
    start: Converged,
    incumbent: float,
) -> list[int] | None:
    """Return columns, one per agent, that make a lawful roster; None when the dive leads nowhere.

    Parameters
    ----------
    domain : Domain
        What is decided before; not changed.
    start : Converged
        Where the master stands for that domain.
    incumbent : float
        Cost (cents) of the best roster known.
    """
    domain = domain.copy()
    state = start
    setbacks = 0
    while not budget.over():
        answer = state.answer
        assert answer is not None
        if answer.missing < 1e-6 and bool(np.all(answer.values > _SURE)):
            return [int(column) for column in answer.columns]
        if style.whole:
            decisions, values = _rosters_to_decide(generation, answer)
        else:
            decisions, values = _open_decisions(generation, answer, style)
        if not len(decisions):
            return _heaviest(generation, answer)
        order = np.argsort(-(values + style.noise * rng.random(len(values))), kind="stable")
        count = max(1, int(style.share * len(order)))
        chosen = [order[0]] + [k for k in order[1:count].tolist() if values[k] >= style.sure]
        before = domain.copy()
        taken: set[tuple[int, int]] = set()
        for k in chosen:
            agent_idx, day, row = decisions[k].tolist()
            if (agent_idx, day) in taken:
                continue
            taken.add((agent_idx, day))
            if day < 0:
                fix_roster(generation, domain, row)
            else:
                fix(generation, domain, agent_idx, day, row)
        answer_prices = state.prices
        state = _again(generation, master, domain, budget, style, state.prices, incumbent)
        if not state.done:
            return None
        if state.bound >= incumbent - 1.0 + 1e-6 and np.isfinite(state.bound):
            return None
        if state.answer is None or state.answer.missing > 1e-6:
            setbacks += 1
            if setbacks > _SETBACKS:
                return None
            domain = before
            agent_idx, day, row = decisions[order[0]].tolist()
            if day < 0:
                return None
            if len(taken) > 1:
                fix(generation, domain, agent_idx, day, row)
            else:
                _forbid(generation, domain, agent_idx, day, row)
            master.add(master.closed)
            state = _again(generation, master, domain, budget, style, answer_prices, incumbent)
            if not state.done or state.answer is None or state.answer.missing > 1e-6:
                return None
    return None


def _again(
    generation: Generation,
    master: Master,
    domain: Domain,
    budget: Budget,
    style: DiveStyle,
    center: Prices | None,
    incumbent: float,
) -> Converged:
    master.close(generation.outside(master.open_columns, domain).tolist())
    return generation.converge(
        master, domain, budget, smooth=style.smooth, rounds=style.rounds, ease=style.ease,
        give_up_at=incumbent - 1.0, center=center,
    )  # fmt: skip


def _forbid(generation: Generation, domain: Domain, agent_idx: int, day: int, row: int) -> None:
    if row >= 0:
        domain.forbidden[row] = True
    else:
        domain.forced[generation.tables.exact.day_lo[agent_idx] + day] = True


def _heaviest(generation: Generation, answer: Answer) -> list[int]:
    """Return each agent's column of the largest value."""
    best: dict[int, tuple[float, int]] = {}
    for column, value in zip(answer.columns.tolist(), answer.values.tolist(), strict=True):
        agent_idx = int(generation.pool.agent[column])
        best[agent_idx] = max(best.get(agent_idx, (0.0, -1)), (value, column))
    return [column for _, column in best.values()]
