"""Shifts that come with the input: worked before the horizon, or fixed inside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.walltime import WallTime

__all__ = ["PastShift", "Pin"]


@dataclass(frozen=True, slots=True)
class PastShift:
    """A shift that started before the horizon; counts for rest, runs, hours of a cut week.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware UTC instants derived from the local start, `zone` and `fold`.
    start_local, zone, fold
        The start as it was written.
    """

    agent_id: str
    start: datetime
    end: datetime
    start_local: WallTime
    zone: str
    fold: int = 0


@dataclass(frozen=True, slots=True)
class Pin:
    """A shift that must stay, even where it breaks a rule (then it is named in the findings)."""

    agent_id: str
    start: datetime
    end: datetime
    start_local: WallTime
    zone: str
    fold: int = 0
