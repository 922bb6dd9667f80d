"""The method of columns: a linear master, dives, whole choices of columns, parts made anew."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

import numpy as np

from solver.columns.dive import DiveStyle, dive
from solver.columns.generation import Converged, Generation
from solver.columns.partition import best_partition
from solver.columns.pricing import Prices
from solver.columns.proof import list_and_choose
from solver.columns.windows import Window, improve
from solver.kernels.prices import Market
from solver.kernels.programme import state_cells
from solver.pricing.tables import Tables
from solver.problem import PlanningProblem
from solver.rules import CountLimit, Rule, WindowsLimit
from solver.search.budget import Budget, OutOfTimeError
from solver.search.learn import blends_in, learn
from solver.search.prices import PriceSearch
from solver.search.rounding import Rounding

__all__ = ["solve_by_columns"]

_FEW_LEVELS, _MOST_CELLS = 64, 16_000_000
_LARGE = 200
_PASSES = 60
_LEARNING_SHARE, _ROUNDING_SHARE = 0.25, 0.25
_STYLES = (
    DiveStyle(share=0.2),
    DiveStyle(share=0.05),
    DiveStyle(share=0.1, noise=0.1),
    DiveStyle(share=0.2, noise=0.3, sure=0.7),
)
_FAST_STYLES = (
    DiveStyle(share=0.3, sure=0.7, rounds=5, ease=2.0),
    DiveStyle(share=0.15, sure=0.8, rounds=8, ease=1.0),
    DiveStyle(share=0.1, rounds=12),
)
_MOST_COLUMNS = 2500
_COLUMNS_EACH = 30
_MOST_LISTED, _MOST_GAP = 20_000, 5
_WINDOWS_PER_DIVE, _WINDOWS_SHARE = 30, 0.1
_SLOW_SHARE, _SLOW_WINDOWS_SHARE, _PATIENCE = 0.05, 0.6, 60
_BLENDS = 30


def solve_by_columns(
    problem: PlanningProblem,
    tables: Tables,
    market: Market,
    rounding: Rounding,
    budget: Budget,
) -> bool:
    """Improve the best roster of `rounding` by column generation; return whether it is optimal.

    Parameters
    ----------
    tables : Tables
        Tables of all agents.
    rounding : Rounding
        Holds the best roster; takes over those found.
    budget : Budget
        Says when to stop; is told every bound.
    """
    given = {agent_idx: rounding.pinned[agent_idx] for agent_idx in rounding.without_roster}
    generation = Generation(problem, market, _counted(tables), given, budget)
    search = _Search(generation, market, rounding, budget)
    with suppress(OutOfTimeError):
        search.run()
    return search.proven


def _counted(tables: Tables) -> dict[int, list[Rule]]:
    """Choose limits that the programme shall count: those of least levels, as few as fit."""
    chosen: dict[int, list[Rule]] = defaultdict(list)
    for agent_idx, table in enumerate(tables):
        levels = 1
        cells, _, _ = state_cells(tables.exact, agent_idx)
        most = min(_FEW_LEVELS, _MOST_CELLS // max(1, cells))
        left = [rule for rule in table.left_out if isinstance(rule, CountLimit | WindowsLimit)]
        for rule in sorted(left, key=_levels):
            if levels * _levels(rule) <= most:
                levels *= _levels(rule)
                chosen[agent_idx].append(rule)
    return chosen


def _levels(rule: CountLimit | WindowsLimit) -> int:
    return 1 + (rule.max_count if isinstance(rule, CountLimit) else rule.max_touched)


class _Search:
    """The search under way."""

    def __init__(
        self, generation: Generation, market: Market, rounding: Rounding, budget: Budget
    ) -> None:
        self._generation, self._market = generation, market
        self._rounding, self._budget = rounding, budget
        self._rng = np.random.default_rng(budget.params.seed)
        self._best: list[int] = []
        self._bound = -np.inf
        self._listed = -1
        self._smooth = 0.3 if len(generation.cover.right) > _LARGE else 0.6

    @property
    def _cost(self) -> int:
        return self._rounding.best_cents

    @property
    def proven(self) -> bool:
        """Whether no roster costs less."""
        return self._bound >= self._cost

    def _accept(self, columns: list[int] | None) -> bool:
        """Take over a roster; return whether it is the best."""
        if columns is None:
            return False
        rosters = self._generation.rosters(columns)
        before = self._cost
        if rosters is not None:
            self._rounding.accept(rosters, self._budget)
        if self._cost < before:
            self._best = list(columns)
            return True
        return False

    def _prove(self, bound: float) -> None:
        if np.isfinite(bound):
            self._bound = max(self._bound, float(np.ceil(bound - 1e-6)))
            self._budget.proved(int(self._bound))

    def run(self) -> None:
        """Search until time is up or the best roster is proven."""
        generation, budget = self._generation, self._budget
        master, domain = generation.master(), generation.everything()
        center = self._learnt()
        self._best = [
            generation.add_roster(agent_idx, roster)
            for agent_idx, roster in enumerate(self._rounding.best)
        ]
        master.add(self._best)
        root = generation.converge(
            master, domain, budget, smooth=self._smooth, whole=False, ease=0.02,
            center=center, on_bound=self._prove,
        )  # fmt: skip
        if not root.done or root.answer is None or root.prices is None:
            return
        self._prove(root.bound)
        styles = _FAST_STYLES if len(generation.cover.right) > _LARGE else _STYLES
        window = Window(generation, self._rng)
        if budget.elapsed > _SLOW_SHARE * (budget.elapsed + budget.left):
            # a dive converges dozens of times: where once took long, small parts come first
            self._improve(window, root.prices, patience=_PATIENCE, share=_SLOW_WINDOWS_SHARE)
        turn = 0
        while not budget.over() and not self.proven:
            budget.enter("dives")
            master = generation.master()
            found = generation.find(root.prices, domain, budget)
            support = [*root.answer.columns.tolist(), *self._best]
            master.add(generation.some_columns(found, domain, support, _COLUMNS_EACH))
            made = dive(
                generation, master, domain, budget, styles[turn % len(styles)], self._rng,
                start=root, incumbent=self._cost if turn else np.inf,
            )  # fmt: skip
            self._accept(made)
            if budget.over() or self.proven:
                break
            self._choose(root)
            self._improve(window, root.prices, patience=_WINDOWS_PER_DIVE, share=_WINDOWS_SHARE)
            if budget.over() or self.proven:
                break
            self._list(root.prices)
            turn += 1

    def _improve(self, window: Window, prices: Prices, *, patience: int, share: float) -> None:
        """Make parts anew for a share of the time, or until so many have brought nothing."""
        budget, idle = self._budget, 0
        until = budget.elapsed + share * (budget.elapsed + budget.left)
        budget.enter("windows")
        while idle < patience and budget.elapsed < until and not budget.over() and not self.proven:
            found = improve(
                self._generation, self._best, self._cost, window, prices, budget, self._rng
            )
            idle = 0 if self._accept(found) else idle + 1

    def _list(self, prices: Prices) -> None:
        """List all columns that a better roster could be made of, where they are few."""
        if self._listed == self._cost or self._cost - self._bound > _MOST_GAP:
            return
        self._budget.enter("proof")
        part = list_and_choose(
            self._generation, prices, self._cost, self._budget, most=_MOST_LISTED, seconds=60.0
        )
        self._listed = self._cost
        if part is None:
            return
        self._accept(part.columns)
        if part.complete:
            self._prove(float(self._cost))

    def _learnt(self) -> Prices | None:
        """Return prices learnt in a few passes, to start from; round them to a first roster."""
        generation, budget = self._generation, self._budget
        market, problem = self._market, generation.problem
        search = PriceSearch(
            problem, generation.tables, market, workers=budget.workers, seed=budget.params.seed
        )
        search.without_roster(generation.given, self._rounding.pinned)
        learn(search, budget, share=_LEARNING_SHARE, most=_PASSES)
        if budget.over():
            return None
        mu, slopes = search.recent_prices()
        budget.enter("rounding")
        blends = blends_in(len(generation.tables), budget, share=_ROUNDING_SHARE, most=_BLENDS)
        self._rounding.from_prices(search.rosters, mu, budget, blends)
        budget.enter("columns")
        return Prices(mu.astype(np.float64), np.zeros(len(generation.limits)), slopes)

    def _choose(self, root: Converged) -> None:
        """Choose the best roster of all columns near enough to the bound."""
        generation, budget = self._generation, self._budget
        if root.prices is None:
            return
        found = generation.find(root.prices, generation.everything(), budget)
        met = np.arange(len(generation.pool))
        dear = generation.reduced_at(found, met)
        order = np.argsort(dear, kind="stable")
        near = met[order[dear[order] < self._cost - found.bound]][:_MOST_COLUMNS]
        near = np.union1d(near, np.array(self._best, dtype=np.int64))
        part = best_partition(generation, near, budget, incumbent=self._cost, seconds=3.0)
        self._accept(part.columns)
