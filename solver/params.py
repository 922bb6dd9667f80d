"""How to solve: time, cores, seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Method", "SolveParams"]

Method = Literal["auto", "cpsat", "columns", "prices"]


@dataclass(frozen=True, slots=True)
class SolveParams:
    """Settings of one solve.

    Parameters
    ----------
    time_limit_seconds : float
        Wall time, kept to within 10 %.
    workers : int
        Threads.
    seed : int
        Seed of every random choice.
    gap_target : float
        Stop when ``(cost - bound) / cost`` is at most this.
    method : {"auto", "cpsat", "columns", "prices"}
        ``auto`` chooses by size and shape: CP-SAT for the smallest, columns for medium problems of
        few slots, prices for all others.
    work_limit : int
        Most turns of the search, each one agent's best roster found once; 0 for no limit. With a
        limit the search takes one thread and looks at no clock but for the time limit: the same
        problem and seed give the same result twice.
    """

    time_limit_seconds: float = 60.0
    workers: int = 2
    seed: int = 1
    gap_target: float = 0.0
    method: Method = "auto"
    work_limit: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.time_limit_seconds <= 7 * 86400:
            raise ValueError("time_limit_seconds must be above 0 and at most a week")
        if not 1 <= self.workers <= 256:
            raise ValueError("workers must be 1 to 256")
        if not 0 <= self.gap_target < 1:
            raise ValueError("gap_target must be a fraction below 1")
        if self.work_limit < 0:
            raise ValueError("work_limit must not be negative")
        if not 0 <= self.seed < 2**31:
            raise ValueError("seed must be 0 to 2147483647")
