"""Proof: all rosters near enough to the bound listed, the best choice among them made."""

from __future__ import annotations

import numpy as np

from solver.columns.generation import Generation
from solver.columns.partition import Partition, best_partition
from solver.columns.pricing import Prices
from solver.search.budget import Budget

__all__ = ["list_and_choose"]

_EASE = 1e-3


def list_and_choose(
    generation: Generation,
    prices: Prices,
    cost: float,
    budget: Budget,
    *,
    most: int,
    seconds: float,
) -> Partition | None:
    """Look for a roster below `cost` among all there can be.

    A roster that costs less than `cost` is made of columns whose reduced costs are, together, less
    than what lies between the bound and that cost. So all columns below it are listed, agent by
    agent, and the best choice of them is made.

    Parameters
    ----------
    most : int
        Most columns to list.
    seconds : float
        Time for the choice.

    Returns
    -------
    Partition or None
        ``complete`` means that no better roster exists. None when there are too many columns, or
        when it was stopped.
    """
    domain = generation.everything()
    found = generation.find(prices, domain, budget)
    gap = cost - 1.0 - found.bound + _EASE
    if any(generation.odd) or any(table.counts or table.unpriced for table in generation.tables):
        return None
    columns: list[int] = []
    for agent_idx, table in enumerate(generation.tables):
        if agent_idx in generation.given:
            columns.append(generation.add_roster(agent_idx, generation.given[agent_idx]))
            continue
        least = float(found.values[agent_idx]) - table.off_cents
        rows = generation.pricing.near(
            prices, domain, agent_idx, least, gap, most - len(columns), budget.over
        )
        if rows is None:
            return None
        budget.spend(len(rows) * table.days)
        columns.extend(generation.add_rows(agent_idx, row) for row in rows)
    if budget.over():
        return None
    return best_partition(
        generation, np.array(columns, dtype=np.int64), budget, incumbent=cost, seconds=seconds,
        engine="scip",
    )  # fmt: skip
