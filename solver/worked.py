"""What the checks of the rules share: shifts as a rule sees them, and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from solver.problem import PlanningProblem
from solver.roster import Choice

__all__ = ["Scoped", "Violation", "Worked", "fixed_only", "rows_of", "starts_in", "worked_shifts"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit not kept.

    Parameters
    ----------
    rule : str
        Name of the rule record, or ``structure`` for a roster that makes no sense by itself.
    at : int
        Slot (rest, series and rolling rules), day (rules of days and periods) or option row where
        it happens.
    amount, limit : int
        What was found and what is allowed, in the rule's unit.
    forgiven : bool
        True when pins and carry alone already break the rule just as far.
    rows : tuple of int
        Options that take part and are neither pins nor carry: what could give way, in time order.
    """

    rule: str
    agent_idx: int
    at: int
    amount: int
    limit: int
    forgiven: bool = False
    rows: tuple[int, ...] = ()


class Worked(NamedTuple):
    """A shift of the carry (row -1) or of the roster; `fixed` for carry and pins."""

    start: int
    end: int
    day: int
    paid_minutes: int
    flags: int
    fixed: bool
    carried: bool
    row: int


class Scoped(Protocol):
    """A rule with a scope."""

    @property
    def from_slot(self) -> int:
        """First slot of the scope."""
        ...

    @property
    def end_slot(self) -> int:
        """Slot after the scope."""
        ...


def worked_shifts(
    problem: PlanningProblem, agent_idx: int, choices: Sequence[Choice]
) -> list[Worked]:
    """Return the agent's shifts, those of the carry included, in order of time."""
    table = problem.options
    worked = [
        Worked(carry.start, carry.end, carry.day, carry.paid_minutes, carry.flags, True, True, -1)
        for carry in problem.agents[agent_idx].carry
    ]
    rows = np.array([choice.option_idx for choice in choices], dtype=np.int64)
    columns = (table.start, table.end, table.day, table.paid_minutes, table.flags, table.pinned)
    for row, start, end, day, paid, flags, pinned in zip(
        rows.tolist(), *(column[rows].tolist() for column in columns), strict=True
    ):
        worked.append(Worked(start, end, day, paid, flags, bool(pinned), False, row))
    worked.sort()
    return worked


def starts_in(rule: Scoped, shift: Worked) -> bool:
    """Whether the shift falls under the rule: starts within its scope."""
    return rule.from_slot <= shift.start < rule.end_slot


def fixed_only(worked: Iterable[Worked]) -> list[Worked]:
    """Return the shifts of carry and pins."""
    return [shift for shift in worked if shift.fixed]


def rows_of(shifts: Iterable[Worked]) -> tuple[int, ...]:
    """Return the options among `shifts` that could give way."""
    return tuple(shift.row for shift in shifts if not shift.fixed)
