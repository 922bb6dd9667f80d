"""What happens to a published roster, and what a repair answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from solver.problem import PlanningProblem
from solver.roster import SlotRoster

__all__ = [
    "Added",
    "Alternative",
    "Alternatives",
    "Change",
    "ChangeError",
    "ChangedShift",
    "NeedChange",
    "OpenShift",
    "Out",
    "Removed",
    "RepairResult",
    "Why",
]


class ChangeError(ValueError):
    """A change that speaks of something the problem or the roster does not have."""


@dataclass(frozen=True, slots=True)
class Out:
    """An agent is away: shifts that touch ``[from_slot, end_slot)`` fall away, none is given there.

    Shifts that had begun by then fall away, too: that somebody is missing is a fact.
    """

    agent_idx: int
    from_slot: int
    end_slot: int

    def __post_init__(self) -> None:
        if self.from_slot >= self.end_slot:
            raise ChangeError("from_slot must lie before end_slot")


@dataclass(frozen=True, slots=True)
class Removed:
    """A shift is taken out by hand; the agent gets no other on that day."""

    agent_idx: int
    day_idx: int


@dataclass(frozen=True, slots=True)
class NeedChange:
    """A queue needs `by` agents more (less, if negative) in slots ``[from_slot, end_slot)``.

    Need never falls below 0.
    """

    queue_idx: int
    from_slot: int
    end_slot: int
    by: int

    def __post_init__(self) -> None:
        if self.from_slot >= self.end_slot:
            raise ChangeError("from_slot must lie before end_slot")


@dataclass(frozen=True, slots=True)
class Added:
    """A shift is put in by hand, in place of what the agent had that day, and stays.

    Parameters
    ----------
    option_idx : int
        Row of the option table; see `solver.replan.insert_option` for shifts that are not in it.
    break_start : int, optional
        Slot; None places the break where cover loses least.
    """

    option_idx: int
    break_start: int | None = None


Change = Out | Removed | NeedChange | Added
"""Anything that may happen to a published roster."""


class Why(StrEnum):
    """Why a shift differs from the published one."""

    OUT = "out"
    REMOVED = "removed"
    ADDED = "added"
    CALLED_IN = "called_in"
    MOVED = "moved"
    FREED = "freed"


@dataclass(frozen=True, slots=True)
class ChangedShift:
    """One agent-day that differs from the published roster.

    Parameters
    ----------
    before, after : int or None
        Option rows; None stands for a day off.
    why : Why
        What changed it: the change itself (`OUT`, `REMOVED`, `ADDED`) or the repair (a shift on a
        day off, another shift, a day off).
    own_cents : int
        What the change of shift costs by itself: wages and all other terms of the agent.
    cover_cents : int
        What it changes in the cost of cover, all earlier changes made; negative is a gain.
    """

    agent_idx: int
    day_idx: int
    before: int | None
    after: int | None
    why: Why
    own_cents: int
    cover_cents: int


@dataclass(frozen=True, slots=True)
class RepairResult:
    """A repaired roster.

    Parameters
    ----------
    problem : PlanningProblem
        The problem with the needs as changed.
    roster : SlotRoster
        Lawful as far as the roster was after the changes alone.
    changed : tuple of ChangedShift
        What differs from the published roster: first what the changes did, then the repair's own.
    before_cents, unrepaired_cents, cost_cents : int
        Cost of the published roster, of what the changes left of it, and of `roster`; all terms,
        without the price of changing.
    change_cents : int
        Price of the shifts that the repair changed: so many cents each.
    finished : bool
        Whether the search came to its end; False when time was up or a stop was asked for.
    """

    problem: PlanningProblem
    roster: SlotRoster
    changed: tuple[ChangedShift, ...]
    before_cents: int
    unrepaired_cents: int
    cost_cents: int
    change_cents: int
    seconds: float
    finished: bool


@dataclass(frozen=True, slots=True)
class OpenShift:
    """A stretch of slots on a queue for which somebody is sought."""

    queue_idx: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ChangeError("start must lie before end")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One colleague who could take an open shift.

    Parameters
    ----------
    option_idx : int
        The shift to work then.
    before : int or None
        The shift of that day in the present roster, which it replaces.
    covered_slots : int
        Slots of the open shift that it covers.
    terms : tuple of (str, int)
        Difference of cost by term: ``cover`` (shortage and idle agents), the terms of `score` that
        belong to the agent, ``change``; zeros left out.
    cents : int
        Their sum.
    hours_left_minutes : int or None
        Paid minutes that the tightest hard limit leaves in its period, the shift taken.
    rest_before_slots, rest_after_slots : int or None
        Rest to the shift before and after it; None where there is none.
    """

    agent_idx: int
    day_idx: int
    option_idx: int
    before: int | None
    covered_slots: int
    terms: tuple[tuple[str, int], ...]
    cents: int
    hours_left_minutes: int | None
    rest_before_slots: int | None
    rest_after_slots: int | None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Who could take an open shift, best first, and why others could not.

    Parameters
    ----------
    ranked : tuple of Alternative
        The cheapest lawful ones, one for each agent.
    excluded : tuple of (str, int)
        Agents by reason: ``no_skill``, ``on_duty`` (already at work then), ``no_option`` (away,
        begun, fixed, or no shift allowed then), names of rules that every shift tried would break,
        and ``ranked_lower`` (not tried, at best as dear as the last one named). With the ranked
        ones they add up to all agents.
    first_excluded : tuple of (int, str)
        Agents who would have been among the cheapest, and the rule in their way.
    """

    ranked: tuple[Alternative, ...]
    excluded: tuple[tuple[str, int], ...]
    first_excluded: tuple[tuple[int, str], ...]
