"""How to solve: time, cores, seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Method", "SolveParams"]

Method = Literal["auto", "cpsat", "prices"]


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
    method : {"auto", "cpsat", "prices"}
        ``auto`` chooses by size: the whole model in CP-SAT when small, prices otherwise.
    """

    time_limit_seconds: float = 60.0
    workers: int = 2
    seed: int = 1
    gap_target: float = 0.0
    method: Method = "auto"

    def __post_init__(self) -> None:
        if not 0 < self.time_limit_seconds <= 7 * 86400:
            raise ValueError("time_limit_seconds must be above 0 and at most a week")
        if not 1 <= self.workers <= 256:
            raise ValueError("workers must be 1 to 256")
        if not 0 <= self.gap_target < 1:
            raise ValueError("gap_target must be a fraction below 1")
        if not 0 <= self.seed < 2**31:
            raise ValueError("seed must be 0 to 2147483647")
