"""Close what stints lose against the best split: small exact models around the losses.

Where one agent alone cannot improve, several must change queues at once. For each stretch of lost
cover the agents on duty there are freed, all others stay, and CP-SAT finds their best stints.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from solver.cover import best_split
from solver.duties.pieces import Piece
from solver.kernels.cover import worth_of
from solver.problem import PlanningProblem, unit_values
from solver.result import ShouldStop
from solver.search.state import CoverArrays

__all__ = ["polish"]

_SECONDS_EACH = 2.0
_MOST_CELLS = 6000
_REACH = 8
_WIDEST = 2


def polish(
    problem: PlanningProblem,
    cover: CoverArrays,
    pieces: Sequence[Piece],
    met: NDArray[np.int32],
    heads: list[dict[int, int]],
    *,
    stop: ShouldStop,
    deadline: float,
    workers: int,
    seed: int,
) -> None:
    """Improve the pieces' queues in place where cover is lost.

    Parameters
    ----------
    met : (slots, queues) array
        Agents on each queue; kept in step with the pieces.
    heads : list of dict
        Agents on duty per slot and group.
    stop : callable
        Asked before each round.
    deadline : float
        Value of the monotonic clock that no single model runs beyond.
    workers : int
        Stretches worked on at a time; their agents' pieces of duty never meet.
    """
    possible = _possible_worth(problem, heads)
    tried: set[int] = set()
    lost_before, widening = -1, 0
    with ThreadPoolExecutor(workers) as pool:
        while not stop():
            lost = possible - _worth(problem, met)
            total = int(lost.sum())
            lost[list(tried)] = 0
            windows = _windows(lost, pieces, most=workers, margin=widening * _REACH)
            if not windows:
                if total == lost_before:
                    widening += 1
                if total == 0 or widening > _WIDEST:
                    return
                tried, lost_before = set(), total  # once more around
                continue
            for window in windows:
                tried.update(window.slots)
            seconds = min(_SECONDS_EACH * (1 + widening), deadline - time.monotonic())
            jobs = [
                pool.submit(
                    _solve_window,
                    problem,
                    cover,
                    window.pieces,
                    met,
                    seconds=max(0.01, seconds),
                    seed=seed + widening,
                )
                for window in windows
            ]
            for job in jobs:
                job.result()


@dataclass(frozen=True, slots=True)
class _Window:
    """Slots that lose cover, and the pieces of duty to free for them."""

    slots: range
    pieces: tuple[Piece, ...]


def _windows(
    lost: NDArray[np.int64], pieces: Sequence[Piece], *, most: int, margin: int
) -> list[_Window]:
    """Return the worst stretches of lost cover whose pieces of duty never meet in a slot.

    Freed are the pieces that touch the stretch, or `margin` slots around it, as far as a model of
    them stays small.
    """
    windows: list[_Window] = []
    left = lost.copy()
    while len(windows) < most and left.max(initial=0) > 0:
        worst = int(left.argmax())
        low, high = worst, worst + 1
        while low > 0 and lost[low - 1] > 0 and worst - low < _REACH:
            low -= 1
        while high < len(lost) and lost[high] > 0 and high - worst < _REACH:
            high += 1
        left[low:high] = 0
        for reach in (margin, 0, None):
            if reach is None:
                chosen = [piece for piece in pieces if piece.start <= worst < piece.end]
            else:
                chosen = [p for p in pieces if p.start < high + reach and p.end > low - reach]
            if sum(int(piece.allowed.sum()) for piece in chosen) <= _MOST_CELLS:
                break
        first = min(piece.start for piece in chosen)
        last = max(piece.end for piece in chosen)
        apart = all(
            last <= min(piece.start for piece in other.pieces)
            or first >= max(piece.end for piece in other.pieces)
            for other in windows
        )
        if apart:
            windows.append(_Window(range(low, high), tuple(chosen)))
    return windows


def _worth(problem: PlanningProblem, met: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the worth of the need met, per slot."""
    worth = np.zeros(problem.slots, dtype=np.int64)
    for index, queue in enumerate(problem.queues):
        for slot, need in enumerate(queue.need):
            if need:
                reached = min(int(met[slot, index]), need)
                worth[slot] += sum(unit_values(need, queue.short_cents)[:reached])
    return worth


def _possible_worth(problem: PlanningProblem, heads: list[dict[int, int]]) -> NDArray[np.int64]:
    """Return the worth of the need that the best split meets, per slot."""
    met = np.zeros((problem.slots, len(problem.queues)), dtype=np.int32)
    for slot, here in enumerate(heads):
        need = [queue.need[slot] for queue in problem.queues]
        values = [unit_values(queue.need[slot], queue.short_cents) for queue in problem.queues]
        for (_, queue), amount in best_split(here, problem.groups, need, values).items():
            met[slot, queue] += amount
    return _worth(problem, met)


def _solve_window(
    problem: PlanningProblem,
    cover: CoverArrays,
    chosen: Sequence[Piece],
    met: NDArray[np.int32],
    *,
    seconds: float,
    seed: int,
) -> None:
    """Find the best stints of some pieces together, all other agents fixed; never worse ones."""
    old = [piece.queue_of.copy() for piece in chosen]
    low, high = min(piece.start for piece in chosen), max(piece.end for piece in chosen)
    need = np.ascontiguousarray(cover.need[:, low:high])
    worth = worth_of(need, cover.prices, met[low:high])
    for piece in chosen:
        piece.leave(met)
    model = cp_model.CpModel()
    cells: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    serving: list[dict[tuple[int, int], cp_model.IntVar]] = []
    objective: list[tuple[cp_model.IntVar, int]] = []
    for index, piece in enumerate(chosen):
        on = _stint_variables(model, index, piece, problem.min_stint_slots, objective)
        serving.append(on)
        for (at, queue), variable in on.items():
            cells.setdefault((piece.start + at, queue), []).append(variable)
            model.add_hint(variable, int(piece.queue_of[at]) == queue)
    for (slot, queue), variables in cells.items():
        wanted = int(cover.need[queue, slot])
        values = unit_values(wanted, problem.queues[queue].short_cents)[int(met[slot, queue]) :]
        gained = []
        for value in values[: len(variables)]:
            unit = model.new_bool_var("")
            gained.append(unit)
            objective.append((unit, 1000 * value))
        if gained:
            model.add(sum(gained) <= sum(variables))
    model.maximize(cp_model.LinearExpr.weighted_sum(*map(list, zip(*objective, strict=True))))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.absolute_gap_limit = 999.0  # a cent of cover counts, the last switch not
    solver.parameters.random_seed = seed
    solver.parameters.catch_sigint_signal = False
    if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for piece, on in zip(chosen, serving, strict=True):
            for (at, queue), variable in on.items():
                if solver.boolean_value(variable):
                    piece.queue_of[at] = queue
    for piece in chosen:
        piece.join(met)
    if worth_of(need, cover.prices, met[low:high]) < worth:  # out of time before the hint
        for piece, queue_of in zip(chosen, old, strict=True):
            piece.leave(met)
            piece.queue_of[:] = queue_of
            piece.join(met)


def _stint_variables(
    model: cp_model.CpModel,
    index: int,
    piece: Piece,
    min_stint: int,
    objective: list[tuple[cp_model.IntVar, int]],
) -> dict[tuple[int, int], cp_model.IntVar]:
    """Create one literal per slot and queue of a piece, with stints long enough."""
    length = piece.end - piece.start
    on = {
        (at, int(queue)): model.new_bool_var(f"p{index}_{at}_{queue}")
        for at in range(length)
        for queue in np.flatnonzero(piece.allowed[at])
    }
    for at in range(length):
        here = [variable for (slot, _), variable in on.items() if slot == at]
        if here:
            model.add_exactly_one(here)
    for (at, queue), variable in on.items():
        before = on.get((at - 1, queue))
        if at == 0:
            begins = None
        else:
            begins = model.new_bool_var("")
            objective.append((begins, -20))
            if before is None:
                model.add(begins == variable)
            else:
                model.add(begins >= variable - before)
                model.add_implication(begins, variable)
                model.add_implication(begins, before.negated())
        for later in range(at + 1, min(at + min_stint, length)):
            if begins is None and length < min_stint:
                break
            follower = on.get((later, queue))
            if follower is None:
                break
            model.add_implication(variable if begins is None else begins, follower)
        tail = length - at
        forced = all((later, queue) in on for later in range(at, length))
        if begins is not None and tail < min_stint and forced and before is not None:
            model.add(begins == 0)
    return on
