"""Turn a roster into a duty plan: breaks moved, stints placed, what the stints lose stated."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from solver.cover import heads_per_slot, split_cents
from solver.duties.pieces import Piece, pieces_of
from solver.duties.polish import polish
from solver.duties.stints import first_stints
from solver.kernels.cover import worth_of
from solver.pricing.pricer import NO_SHIFTS, AgentRoster
from solver.pricing.tables import agent_tables
from solver.problem import PlanningProblem
from solver.result import ShouldStop
from solver.roster import DutyPlan, SlotRoster, Stint
from solver.search.state import CoverArrays, RosterState, from_slot_roster, to_slot_roster

__all__ = ["plan_duties"]

_SWEEPS = 6


def plan_duties(
    problem: PlanningProblem,
    roster: SlotRoster,
    *,
    workers: int = 2,
    seed: int = 1,
    time_limit_seconds: float = 20.0,
    should_stop: ShouldStop | None = None,
) -> DutyPlan:
    """Place breaks and activities for a roster.

    Parameters
    ----------
    problem, roster
        The problem and a structurally sound roster of it.
    workers, seed : int
        Threads, and the seed of the search.
    time_limit_seconds : float
        Wall time; what is left of it after a first plan goes into closing what the stints lose.
    should_stop : callable, optional
        Polled every second or two; returning True ends the closing with what is there.

    Returns
    -------
    DutyPlan
        Cover cost of the moved breaks is never above that of `roster`; stints keep the shortest
        stint, and what they lose against the best split of agents is stated.
    """
    deadline = time.monotonic() + time_limit_seconds
    moved = place_breaks(problem, roster) if roster.choices else roster
    cover = CoverArrays(problem)
    pieces = pieces_of(problem, moved, cover.serves)
    met = np.zeros((problem.slots, len(problem.queues)), dtype=np.int32)
    first_stints(
        pieces, cover, met, min_stint=problem.min_stint_slots, deadline=deadline, seed=seed
    )
    heads = heads_per_slot(problem, moved)
    flow_short, flow_idle = split_cents(problem, heads)
    polish(
        problem,
        cover,
        pieces,
        met,
        heads,
        stop=lambda: time.monotonic() >= deadline or (should_stop is not None and should_stop()),
        deadline=deadline,
        workers=workers,
        seed=seed,
    )
    on_duty = sum(sum(here.values()) for here in heads)
    useful = int(np.minimum(met.T, cover.need).sum())
    short = _short_cents(cover, met)
    idle = (on_duty - useful) * problem.idle_cents
    best_useful = on_duty - flow_idle // problem.idle_cents if problem.idle_cents else useful
    return DutyPlan(
        roster=moved,
        stints=_stints(pieces),
        short_cents=short,
        idle_cents=idle,
        flow_short_cents=flow_short,
        flow_idle_cents=flow_idle,
        lost_slots=max(0, best_useful - useful),
    )


def place_breaks(problem: PlanningProblem, roster: SlotRoster) -> SlotRoster:
    """Move each agent's breaks to where cover loses least, until nobody can improve."""
    tables, cover = agent_tables(problem), CoverArrays(problem)
    state = RosterState(problem, tables, cover)
    state.restore(from_slot_roster(roster, len(problem.agents)))
    gains = np.zeros(problem.slots)
    for _ in range(_SWEEPS):
        before = state.cost_cents
        for agent_idx in range(len(problem.agents)):
            old = state.rosters[agent_idx]
            if not len(old):
                continue
            state.put(agent_idx, NO_SHIFTS)
            state.gains(agent_idx, gains)
            state.put(agent_idx, _with_best_breaks(problem, old, gains))
        if state.cost_cents >= before:
            break
    return to_slot_roster(problem, state.rosters)


def _with_best_breaks(
    problem: PlanningProblem, roster: AgentRoster, gains: NDArray[np.float64]
) -> AgentRoster:
    """Return the shifts with each break at its cheapest start; equals prefer the middle."""
    table = problem.options
    prefix = np.concatenate(([0.0], np.cumsum(gains)))
    top = len(prefix) - 1
    moved = roster.copy()
    for index, row in enumerate(roster[:, 0]):
        length = int(table.break_slots[row])
        if not length:
            continue
        starts = np.arange(table.break_from[row], table.break_until[row] + 1)
        lost = prefix[np.minimum(starts + length, top)] - prefix[np.minimum(starts, top)]
        middle = (int(table.start[row]) + int(table.end[row]) - length) / 2
        best = np.lexsort((np.abs(starts - middle), lost))[0]
        moved[index, 1] = starts[best]
    return moved


def _short_cents(cover: CoverArrays, met: NDArray[np.int32]) -> int:
    """Return the cost of need not met by the agents on each queue."""
    return cover.empty_cents - int(worth_of(cover.need, cover.prices, met))


def _stints(pieces: list[Piece]) -> tuple[Stint, ...]:
    """Return the pieces' queues as stints, in order of agent and start."""
    stints = []
    for piece in pieces:
        at = 0
        while at < len(piece.queue_of):
            until = at + 1
            while until < len(piece.queue_of) and piece.queue_of[until] == piece.queue_of[at]:
                until += 1
            if piece.queue_of[at] >= 0:
                stints.append(
                    Stint(
                        piece.agent_idx,
                        piece.start + at,
                        piece.start + until,
                        int(piece.queue_of[at]),
                    )
                )
            at = until
    return tuple(sorted(stints))
