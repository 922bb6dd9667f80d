"""What a solve returns and what it reports on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from solver.roster import SlotRoster

__all__ = ["Progress", "ProgressFn", "ShouldStop", "SolveResult", "SolveStatus"]


class SolveStatus(StrEnum):
    """How the search ended; there is a roster in every case."""

    OPTIMAL = "optimal"
    GAP_REACHED = "gap_reached"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    CONVERGED = "converged"


@dataclass(frozen=True, slots=True)
class Progress:
    """State of a running solve.

    Parameters
    ----------
    elapsed_seconds : float
        Wall time since the solve began.
    cost_cents, bound_cents : int or None
        Best roster so far and best proven bound so far.
    phase : str
        A word for people: ``greedy``, ``prices``, ``rounding``, ``cp-sat``.
    """

    elapsed_seconds: float
    cost_cents: int | None
    bound_cents: int | None
    phase: str

    @property
    def gap(self) -> float | None:
        """``(cost - bound) / cost``, None while either is unknown."""
        if self.cost_cents is None or self.bound_cents is None:
            return None
        return gap_of(self.cost_cents, self.bound_cents)


def gap_of(cost_cents: int, bound_cents: int) -> float:
    """Return ``(cost - bound) / cost``; 0 for a cost of 0."""
    return 0.0 if cost_cents <= 0 else (cost_cents - bound_cents) / cost_cents


ProgressFn = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class SolveResult:
    """The best roster found, what it costs and how good that is.

    Parameters
    ----------
    cost_cents, bound_cents : int
        Cost of `roster` (cover by the best split) and a proven lower bound.
    terms : tuple of (str, int)
        Cost by named term; they add up to `cost_cents`.
    method : str
        What produced the roster.
    without_roster : tuple of int
        Agents for whom no lawful roster was found, their pins at most are left; such agents may
        break `HoursMinimum`, everybody else is lawful.
    """

    status: SolveStatus
    roster: SlotRoster
    cost_cents: int
    bound_cents: int
    terms: tuple[tuple[str, int], ...]
    method: str
    seconds: float
    without_roster: tuple[int, ...] = ()

    @property
    def gap(self) -> float:
        """``(cost - bound) / cost``."""
        return gap_of(self.cost_cents, self.bound_cents)
