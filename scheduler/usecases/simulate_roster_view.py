"""What a simulation found, as people and programs read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from scheduler.domain import WallTime

if TYPE_CHECKING:
    from scheduler.staffing.simulate import Outcome

__all__ = ["BadHour", "Presence", "ServiceRow", "SimulationView", "reason_for"]


@dataclass(frozen=True, slots=True)
class Presence:
    """One queue in one quarter of an hour.

    Parameters
    ----------
    start : datetime.datetime
        Aware UTC.
    needed : int
        Agents to roster.
    on : tuple of str
        Names of those rostered on the queue.
    on_break : tuple of str
        Names of those on a break, whatever their queue.
    """

    start: datetime
    needed: int
    on: tuple[str, ...]
    on_break: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A channel or a queue over the horizon.

    Parameters
    ----------
    name : str
        The channel's or the queue's id.
    promise : str
        What was promised, in words.
    target : float, optional
        Service level promised, of several queues the mean weighted by contacts; None for work with
        a deadline.
    formula : float, optional
        Service level by Erlang, as if the agents on the queue were alone and nobody helped out;
        queues only.
    outcome : Outcome
        As simulated.
    """

    name: str
    promise: str
    target: float | None
    formula: float | None
    outcome: Outcome

    @property
    def is_missed(self) -> bool:
        """Whether the target lies above the confidence interval of the service level."""
        level = self.outcome.service_level
        most = level.mean if level.high is None else level.high
        return self.target is not None and most is not None and most < self.target


@dataclass(frozen=True, slots=True)
class BadHour:
    """An hour in which many contacts were not answered as promised.

    Parameters
    ----------
    wall : WallTime
        Its start on the queue's clock.
    contacts, missed : float
        Expected contacts, and how many of them missed what the target grants.
    formula : float, optional
        Service level by Erlang with the agents on the queue, in the worst interval.
    agents : tuple of str
        Names of those on the queue in any part of it.
    reason : str
        Why, in a few words.
    """

    queue_id: str
    start: datetime
    wall: WallTime
    zone: str
    contacts: float
    missed: float
    target: float | None
    outcome: Outcome
    formula: float | None
    agents: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SimulationView:
    """A roster replayed.

    Parameters
    ----------
    contacts : int
        Contacts played, in all replications.
    without_contacts : tuple of str
        Queues that have no demand.
    """

    name: str
    replications: int
    seed: int
    routing: str
    contacts: int
    channels: tuple[ServiceRow, ...]
    queues: tuple[ServiceRow, ...]
    without_contacts: tuple[str, ...]
    worst: tuple[BadHour, ...]


def reason_for(
    quarters: Sequence[Presence], formula: float | None, level: float, deadline: Decimal | None
) -> str:
    """Say in a few words why an hour was bad.

    Parameters
    ----------
    quarters : sequence of Presence
        Those of the hour; for work with a deadline also those in which it could have been done.
    formula : float, optional
        Service level by Erlang with the agents on the queue.
    level : float
        Promised; it does not count where there is a `deadline`.
    """
    empty = 15 * sum(not quarter.on for quarter in quarters)
    short = [quarter for quarter in quarters if len(quarter.on) < quarter.needed]
    if deadline is not None:
        if short:
            return f"fewer on it than needed for {_minutes(short)} in the {deadline:f} h before"
        return "as many as what is expected needs; by chance more came in"
    if empty and short:
        return f"nobody on it for {empty} min of the hour"
    if short:
        worst = max(short, key=lambda quarter: quarter.needed - len(quarter.on))
        return f"{len(worst.on)} of {worst.needed} needed for {_minutes(short)}"
    if empty == 15 * len(quarters):
        return "requirements ask for nobody"
    if empty:
        return f"nobody needed, and nobody there, for {empty} min of the hour"
    if formula is not None and formula < level:
        return f"requirements ask for fewer than demand does: {formula:.0%} by Erlang"
    most = max(len(quarter.on) for quarter in quarters)
    if most == 1:
        return "one agent, as needed: busy with one contact, the next one waits"
    return "as many as needed: chance, or a busy hour before"


def _minutes(quarters: Sequence[Presence]) -> str:
    return f"{15 * len(quarters)} min"
