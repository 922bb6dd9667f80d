"""Time, cancellation and progress of one solve."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from solver.params import SolveParams
from solver.result import Progress, ProgressFn, ShouldStop, gap_of

__all__ = ["Budget", "OutOfTimeError"]

_STEP_WORTH = 1e-4
_SECONDS_PER_TURN = 1e-3
_PATIENCE = 0.2
_LEAST_PATIENCE_SECONDS = 3.0


class OutOfTimeError(Exception):
    """Ends a step that is of no use half done."""


@dataclass(slots=True)
class Budget:
    """What is left to spend, and the best that is known so far.

    Parameters
    ----------
    params : SolveParams
        Limits of the solve.
    on_progress, should_stop : callable, optional
        Called from any thread of the solve, one at a time: on every improvement and at least about
        every half second, and before each step that takes longer than a few milliseconds.

    Attributes
    ----------
    cost_cents, bound_cents : int or None
        Best roster's cost and best bound reported so far.
    improved_at : float
        Elapsed seconds at the last improvement of cost or bound worth speaking of.
    """

    params: SolveParams
    on_progress: ProgressFn | None = None
    should_stop: ShouldStop | None = None
    started: float = field(default_factory=time.monotonic)
    cost_cents: int | None = None
    bound_cents: int | None = None
    phase: str = "setup"
    cancelled: bool = False
    improved_at: float = 0.0
    turns: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reported: float = 0.0

    @property
    def workers(self) -> int:
        """Threads; one where the work is limited instead of the time."""
        return 1 if self.params.work_limit else self.params.workers

    @property
    def elapsed(self) -> float:
        """Seconds since the solve began; a thousandth of the turns where those are limited."""
        if self.params.work_limit:
            return self.turns * _SECONDS_PER_TURN
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left, not below 0."""
        limit = self.params.time_limit_seconds
        if self.params.work_limit:
            limit = self.params.work_limit * _SECONDS_PER_TURN
        return max(0.0, limit - self.elapsed)

    @property
    def late(self) -> bool:
        """Whether the time limit is over, on the wall's clock."""
        return time.monotonic() - self.started > self.params.time_limit_seconds

    def spend(self, turns: int) -> None:
        """Note turns taken: agents whose best roster was found once more."""
        self.turns += turns

    def over(self) -> bool:
        """Whether to stop now: time, cancellation or a gap small enough."""
        self.report()
        if not self.cancelled and self.should_stop is not None and self.should_stop():
            self.cancelled = True
        return self.cancelled or self.late or self.left <= 0.0 or self.gap_reached()

    def gap_reached(self) -> bool:
        """Whether the gap is at most its target (a gap of zero always is)."""
        if self.cost_cents is None or self.bound_cents is None:
            return False
        return gap_of(self.cost_cents, self.bound_cents) <= self.params.gap_target

    def found(self, cost_cents: int) -> None:
        """Note a roster's cost."""
        if self.cost_cents is None or cost_cents < self.cost_cents:
            self._note_step(self.cost_cents, cost_cents)
            self.cost_cents = cost_cents
            self.report(force=True)

    def proved(self, bound_cents: int) -> None:
        """Note a proven bound; nothing costs less than nothing."""
        bound_cents = max(0, bound_cents)
        if self.bound_cents is None or bound_cents > self.bound_cents:
            self._note_step(self.bound_cents, bound_cents)
            self.bound_cents = bound_cents
            self.report(force=True)

    def _note_step(self, before: int | None, after: int) -> None:
        if before is None or abs(after - before) >= _STEP_WORTH * abs(after):
            self.improved_at = self.elapsed

    def stalled(self) -> bool:
        """Whether nothing worth speaking of has improved for a good part of the time."""
        patience = max(_LEAST_PATIENCE_SECONDS, _PATIENCE * (self.elapsed + self.left))
        return self.elapsed - self.improved_at > patience

    def enter(self, phase: str) -> None:
        """Name the phase that begins."""
        self.phase = phase
        self.report(force=True)

    def report(self, *, force: bool = False) -> None:
        """Send a progress event if one is due."""
        if self.on_progress is None:
            return
        with self._lock:
            now = self.elapsed
            if not force and now - self._reported < 0.5:
                return
            self._reported = now
            self.on_progress(Progress(now, self.cost_cents, self.bound_cents, self.phase))
