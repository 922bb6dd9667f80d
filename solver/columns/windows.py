"""Small parts of a roster made anew: some agents, or some days, all else as it is."""

from __future__ import annotations

import numpy as np

from solver.columns.dive import DiveStyle, dive, fix_roster
from solver.columns.generation import Generation
from solver.columns.partition import best_partition
from solver.columns.pricing import Domain, Prices
from solver.search.budget import Budget

__all__ = ["Window", "improve"]

_STYLE = DiveStyle(share=0.2, smooth=0.4, ease=0.3, rounds=20)
_MOST_COLUMNS = 1500
_COLUMNS_EACH = 30


class Window:
    """Chooses what to make anew; sizes follow success.

    Attributes
    ----------
    agents, days : float
        Share of agents, and of days, that are free.
    """

    def __init__(self, generation: Generation, rng: np.random.Generator) -> None:
        self._generation, self._rng = generation, rng
        count = len(generation.tables)
        self.agents = min(1.0, max(0.15, 8.0 / count))
        self.days = min(1.0, 10.0 / max(1, *(table.days for table in generation.tables)))
        self.by_days = False

    def free(self, columns: list[int]) -> Domain:
        """Return a domain in which a part is free and the rest as `columns` have it."""
        generation, rng = self._generation, self._rng
        tables, pool = generation.tables, generation.pool
        domain = generation.everything()
        self.by_days = bool(rng.random() < 0.5)
        if not self.by_days:
            chosen = rng.random(len(tables)) < self.agents
            for column in columns:
                if not chosen[pool.agent[column]]:
                    fix_roster(generation, domain, column)
            return domain
        most = max(table.days for table in tables)
        length = max(3, int(self.days * most))
        start = int(rng.integers(0, max(1, most - length + 1)))
        day = generation.problem.options.day
        for column in columns:
            agent_idx = int(pool.agent[column])
            mine = tables[agent_idx]
            before = np.zeros(mine.high - mine.low, dtype=np.bool_)
            inside = (day[mine.low : mine.high] >= start) & (
                day[mine.low : mine.high] < start + length
            )
            fix_roster(generation, domain, column)
            domain.forbidden[mine.low : mine.high][inside] = before[inside]
            first = tables.exact.day_lo[agent_idx]
            domain.forced[first + start : first + min(start + length, mine.days)] = False
        return domain

    def learn(self, *, easy: bool, solved: bool) -> None:
        """Free more where it was easy, less where it was not solved."""
        factor = 1.1 if easy else 1.0 if solved else 0.9
        if self.by_days:
            self.days = min(1.0, max(0.02, self.days * factor))
        else:
            self.agents = min(1.0, max(0.02, self.agents * factor))


def improve(
    generation: Generation,
    columns: list[int],
    cost: float,
    window: Window,
    center: Prices,
    budget: Budget,
    rng: np.random.Generator,
) -> list[int] | None:
    """Make a part of a roster anew; return columns of a cheaper one, None when there is none.

    Parameters
    ----------
    columns : list of int
        The roster, one column per agent.
    cost : float
        Its cost in cents.
    center : Prices
        Good prices to start from.
    """
    domain = window.free(columns)
    found = generation.find(center, domain, budget)
    if not np.isfinite(found.bound):
        return None
    master = generation.master()
    master.add(generation.some_columns(found, domain, columns, _COLUMNS_EACH))
    state = generation.converge(
        master,
        domain,
        budget,
        smooth=0.5,
        ease=0.1,
        rounds=40,
        give_up_at=cost - 1.0,
        center=center,
    )
    if not state.done or state.answer is None or state.prices is None:
        return None
    if state.bound >= cost - 1.0 + 1e-6:
        window.learn(easy=True, solved=True)
        return None
    if state.answer.missing < 1e-6 and bool(np.all(state.answer.values > 1 - 1e-6)):
        window.learn(easy=True, solved=True)
        return [int(column) for column in state.answer.columns]
    met = master.open_columns
    dear = generation.reduced_at(generation.find(state.prices, domain, budget), met)
    order = np.argsort(dear, kind="stable")
    near = met[order[dear[order] < cost - state.bound]][:_MOST_COLUMNS]
    part = best_partition(generation, near, budget, incumbent=cost, seconds=1.5)
    window.learn(easy=False, solved=part.complete)
    if part.columns is not None:
        return part.columns
    if budget.over():
        return None
    return dive(generation, master, domain, budget, _STYLE, rng, start=state, incumbent=cost)
