"""A finished roster: shifts as instants and as wall-clock times, with cost and proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.planning import Horizon
from scheduler.domain.walltime import WallTime

__all__ = ["Activity", "Break", "Roster", "Shift", "SolverNote"]


@dataclass(frozen=True, slots=True)
class Break:
    """Time inside a shift in which the agent serves no queue (aware UTC, half-open)."""

    start: datetime
    end: datetime
    paid: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """Time inside a shift on one queue (aware UTC, half-open)."""

    queue_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One agent's working day.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware UTC instants, half-open.
    start_local, zone, fold
        The start on the wall clock of the agent's place of work: the truth that is stored, from
        which the instants are derived anew when zone data changes.
    paid_minutes : int
        Elapsed minutes less unpaid breaks.
    breaks, activities : tuple
        In time order; activities and breaks do not overlap. Time in neither is on duty without a
        queue the agent may serve.
    pinned : bool
        Whether the shift was fixed by the input.
    """

    agent_id: str
    start: datetime
    end: datetime
    start_local: WallTime
    zone: str
    fold: int
    paid_minutes: int
    breaks: tuple[Break, ...] = ()
    activities: tuple[Activity, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class SolverNote:
    """How a roster came about, enough to repeat the run."""

    version: str
    method: str
    status: str
    seed: int
    workers: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Roster:
    """Shifts of all agents over a horizon, their cost, and how good that is.

    Parameters
    ----------
    shifts : tuple of Shift
        Ordered by start, then agent.
    cost_cents, bound_cents : int
        Cost of this roster and a proven lower bound on any roster's cost, base currency.
    terms : tuple of (str, int)
        Cost by named term in cents; they add up to `cost_cents`.
    input_sha256 : str
        Digest of the planning input; ``tz_version`` the zone data the instants were derived from.
    """

    horizon: Horizon
    currency: str
    shifts: tuple[Shift, ...]
    cost_cents: int
    bound_cents: int
    terms: tuple[tuple[str, int], ...]
    solver: SolverNote
    input_sha256: str
    tz_version: str

    @property
    def gap(self) -> float:
        """Share of the cost that is not proven necessary: ``(cost - bound) / cost``."""
        if self.cost_cents <= 0:
            return 0.0
        return (self.cost_cents - self.bound_cents) / self.cost_cents
