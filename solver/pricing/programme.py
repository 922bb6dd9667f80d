"""Collect the dynamic programme's arrays, agent by agent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.kernels import FAR
from solver.kernels.programme import Programme
from solver.kernels.signatures import signatures
from solver.pricing.counter import Counter
from solver.pricing.forms import Shifts
from solver.pricing.limits import Limits
from solver.problem import PlanningProblem

__all__ = ["Book", "Form"]

Ints = NDArray[np.int64]
_EXACT_IN_FLOAT32 = 2.0**24


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Rest, rows and caps as the programme reads them.

    Parameters
    ----------
    soon, later : (options,) arrays
        From which slot on a shift may start the day after, and after a day off.
    last_day, last_soon, last_later : int
        The same for the last shift of the carry, by its day; -3 for none.
    runs, min_run, min_off : int
        Most and fewest working days in a row, fewest days off; 0 for no limit.
    caps : (periods,) array
        Most paid units per period.
    """

    soon: Ints
    later: Ints
    last_day: int
    last_soon: int
    last_later: int
    runs: int
    min_run: int
    min_off: int
    caps: Ints


class Book:
    """The arrays of one form for all agents, growing agent by agent."""

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._sig = np.zeros(len(problem.options), dtype=np.int32)
        self._base = np.zeros(len(problem.options), dtype=np.float64)
        self._low = 0
        self._largest = 0.0
        self._lists: dict[str, list[NDArray[np.int64]]] = {name: [] for name in _PER_PART}
        self._agents: list[tuple[int, ...]] = []
        self._penalty: list[NDArray[np.float64]] = []
        self._moves: list[Ints] = []
        self._move_costs: list[NDArray[np.float64]] = []
        self._sigs: list[NDArray[np.int16]] = []
        self._sig_count = 0
        most = int(np.bincount(problem.options.agent).max()) if len(problem.options) else 0
        self._out = np.zeros((most, 6), dtype=np.int64)

    def add(
        self,
        days: int,
        shifts: Shifts,
        base: NDArray[np.float64],
        may_rest: Ints,
        start: tuple[int, int, int],
        limits: Limits,
        counter: Counter,
        form: Form,
        slope_cents: int,
    ) -> None:
        """Append the next agent.

        Parameters
        ----------
        base : (options,) array
            Cost of each option without cover, less that of the day off it replaces.
        may_rest : (days,) array
            0 on days with a pin.
        start : (int, int, int)
            First day to decide, kind of the state before it, days in a row.
        slope_cents : int
            Most that slopes may charge for a shift.
        """
        low, count = self._low, len(base)
        self._base[low : low + count] = base
        rows = np.searchsorted(shifts.day, np.arange(days + 1))
        sig = np.zeros(count, dtype=np.int64)
        sig_lo, classes = np.zeros(days + 1, dtype=np.int64), np.ones(days, dtype=np.int64)
        found = signatures(
            days, rows, shifts.start, form.soon, form.later, form.last_day, form.last_soon,
            form.last_later, limits.units, counter.inc_off, counter.inc_work, sig, sig_lo, classes,
            self._out,
        )  # fmt: skip
        self._sig[low : low + count] = sig
        self._sigs.append(self._out[:found].astype(np.int16))
        lists = self._lists
        lists["sig_lo"].append(sig_lo[:-1] + self._sig_count)
        self._sig_count += found
        lists["classes"].append(classes)
        lists["may_rest"].append(may_rest)
        lists["period"].append(limits.period[:days])
        lists["caps"].append(form.caps)
        lists["day_caps"].append(limits.day_caps)
        self._penalty.extend(limits.penalty)
        self._moves.append(counter.moves.ravel())
        self._move_costs.append(counter.costs.ravel())
        self._agents.append(
            (count, days, len(form.caps), counter.moves.size, *start, form.runs, form.min_run,
             form.min_off, counter.levels)
        )  # fmt: skip
        real = base[base < FAR]
        penalties = sum(
            float(p[p < FAR].max(initial=0.0)) + abs(float(p.min(initial=0.0)))
            for p in limits.penalty
        )
        longest = int((shifts.end - shifts.start).max(initial=0))
        dearest = max((q.short_cents[0] for q in self._problem.queues), default=0)
        worth = 1.25 * max(dearest, self._problem.idle_cents) * longest
        each = (
            float(np.abs(real).max(initial=0.0)) + worth + float(counter.costs.max()) + slope_cents
        )
        self._largest = max(self._largest, days * each + penalties)
        self._low += count

    def add_same(self, other: Book) -> None:
        """Append the agent that was appended to `other` last."""
        low, count = self._low, other._agents[-1][0]
        self._sig[low : low + count] = other._sig[low : low + count]
        found = len(other._sigs[-1])
        for name, parts in self._lists.items():
            part = other._lists[name][-1]
            if name == "sig_lo":
                part = part - other._sig_count + found + self._sig_count
            parts.append(part)
        self._sig_count += found
        self._sigs.append(other._sigs[-1])
        self._penalty.extend(other._penalty[-other._agents[-1][2] :])
        self._moves.append(other._moves[-1])
        self._move_costs.append(other._move_costs[-1])
        self._agents.append(other._agents[-1])
        self._largest = max(self._largest, other._largest)
        self._low += count

    def finish(self, like: Programme | None = None) -> Programme:
        """Return the arrays.

        Parameters
        ----------
        like : Programme, optional
            One of the same agents, to share columns with.
        """
        table = self._problem.options
        exact = self._largest < _EXACT_IN_FLOAT32
        kind = np.float32 if exact else np.float64
        scalars = np.array(self._agents, dtype=np.int64).reshape(-1, 11)
        many = {name: _joined(parts, np.int32) for name, parts in self._lists.items()}
        sigs = np.concatenate(self._sigs) if self._sigs else np.zeros((0, 6), dtype=np.int16)
        columns = [np.ascontiguousarray(sigs[:, index]) for index in range(6)]
        penalty = self._penalty or [np.zeros(0)]
        return Programme(
            opt_lo=_offsets(scalars[:, 0]),
            start=table.start,
            end=table.end,
            break_slots=table.break_slots,
            break_from=table.break_from,
            break_until=table.break_until,
            weekend=table.weekend,
            evening=table.evening,
            base=self._base.astype(kind) if like is None else like.base,
            sig=self._sig,
            day_lo=_offsets(scalars[:, 1]),
            sig_lo=np.append(many["sig_lo"], self._sig_count),
            classes=many["classes"],
            may_rest=many["may_rest"],
            period=many["period"],
            sig_cls=columns[0],
            sig_units=columns[1],
            sig_prev=columns[2],
            sig_prev2=columns[3],
            sig_inc_off=columns[4],
            sig_inc_work=columns[5],
            first_day=np.ascontiguousarray(scalars[:, 4]),
            init_kind=np.ascontiguousarray(scalars[:, 5]),
            init_run=np.ascontiguousarray(scalars[:, 6]),
            runs=np.ascontiguousarray(scalars[:, 7]),
            min_run=np.ascontiguousarray(scalars[:, 8]),
            min_off=np.ascontiguousarray(scalars[:, 9]),
            levels=np.ascontiguousarray(scalars[:, 10]),
            move_lo=_offsets(scalars[:, 3]),
            moves=_joined(self._moves, np.int32),
            move_costs=np.concatenate([*self._move_costs, np.zeros(0)]).astype(kind),
            per_lo=_offsets(scalars[:, 2]),
            caps=many["caps"],
            day_caps=many["day_caps"],
            pen_lo=_offsets(np.array([len(part) for part in penalty])),
            penalty=np.concatenate(penalty).astype(kind),
        )


_PER_PART = ("sig_lo", "classes", "may_rest", "period", "caps", "day_caps")


def _joined(parts: list[NDArray[np.int64]], kind: type[np.int32]) -> NDArray[np.int32]:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)


def _offsets(counts: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
