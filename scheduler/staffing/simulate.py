"""A finished roster replayed contact by contact: what customers will get to feel of it.

Requirements are worked out queue by queue and interval by interval, as if each interval went on for
ever and each queue had its own agents. Here contacts come at random, agents with several skills
help out, a backlog of one hour is the next hour's trouble, and shifts end. The model is described
in docs/simulation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.random import SeedSequence

from scheduler.domain import Planning, Roster
from scheduler.staffing.rows import Floats
from scheduler.staffing.simulate_report import Estimate, Outcome, Tally, sums_of
from scheduler.staffing.simulate_run import draw_contacts, draw_presence, replay
from scheduler.staffing.simulate_world import ROUTINGS, Desks, Route, Stream, World, world_of

__all__ = [
    "ROUTINGS",
    "Assumptions",
    "ChannelOutcome",
    "Estimate",
    "HourOutcome",
    "Outcome",
    "QueueOutcome",
    "Simulation",
    "simulate",
    "simulate_queueing",
]

_HOUR = timedelta(hours=1)
OnProgress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a simulation takes for granted, all of it changeable.

    Parameters
    ----------
    shrinkage : bool
        Whether rostered agents are away at random, as often as their queue's shrinkage says.
    blend : bool
        Whether agents without a contact take up deferrable work that they are skilled for.
    ramp_up : bool
        Whether newcomers take longer, by the table of the settings; off, because handling times
        are mostly measured with newcomers among the agents.
    handling_cv : float, optional
        Coefficient of variation of lognormal handling times, 0 or more; None is exponential.
    warm_up_hours : int
        First hours whose contacts and duties are played but not counted.
    """

    shrinkage: bool = True
    blend: bool = False
    ramp_up: bool = False
    handling_cv: float | None = None
    warm_up_hours: int = 0

    def __post_init__(self) -> None:
        if self.handling_cv is not None and not 0 <= self.handling_cv < float("inf"):
            raise ValueError(f"handling_cv must be 0 or more, not {self.handling_cv}")
        if self.warm_up_hours < 0:
            raise ValueError(f"warm_up_hours must be 0 or more, not {self.warm_up_hours}")


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """One queue over the horizon."""

    queue_id: str
    channel: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ChannelOutcome:
    """All queues of a channel over the horizon, each by its own target."""

    channel: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HourOutcome:
    """One queue in one hour of the horizon, from `start` (aware UTC)."""

    queue_id: str
    start: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Simulation:
    """What replications of one roster had in common.

    Parameters
    ----------
    replications : int
        Those that were done; fewer than asked for when stopped.
    confidence : float
        Of the intervals.
    contacts : int
        Contacts that were played, in all replications.
    total : Outcome
        All queues, and duty without an activity.
    channels, queues : tuple
        In the planning's order.
    hours : tuple of HourOutcome
        By queue and time; hours without contacts and agents are left out.
    """

    start: datetime
    replications: int
    seed: int
    routing: str
    assumptions: Assumptions
    confidence: float
    contacts: int
    total: Outcome
    channels: tuple[ChannelOutcome, ...]
    queues: tuple[QueueOutcome, ...]
    hours: tuple[HourOutcome, ...]

    def queue(self, queue_id: str) -> Outcome:
        """Return the outcome of one queue.

        Raises
        ------
        LookupError
            If there is no such queue.
        """
        for row in self.queues:
            if row.queue_id == queue_id:
                return row.outcome
        raise LookupError(queue_id)


def simulate(
    planning: Planning,
    roster: Roster,
    *,
    replications: int = 20,
    seed: int = 1,
    routing: str = "skills",
    assumptions: Assumptions | None = None,
    confidence: float = 0.95,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Simulation:
    """Return what a roster makes of its demand.

    Parameters
    ----------
    planning : Planning
        Demand, queues, skills and staffing policy. Rows of requirements play no part.
    roster : Roster
        Shifts of the planning's agents, taken as they stand.
    replications : int
        How often the horizon is played, 1 or more; from 2 on there are intervals.
    seed : int
        0 or more; the same seed gives the same figures. More replications leave the first ones as
        they were.
    routing : {"skills", "assigned"}
        Whether agents also take contacts of other queues of the same kind that they are skilled
        for, or those of their activity only.
    assumptions : Assumptions, optional
        By default those of `Assumptions`.
    confidence : float
        Of the intervals, above 0 and below 1.
    on_progress : callable, optional
        Called with replications done and asked for, after each.
    should_stop : callable, optional
        Asked after each replication; when it says so, those done are reported.

    Raises
    ------
    ValueError
        If a figure is out of range, the planning has no contacts, or the roster does not fit it.
    """
    chosen = assumptions or Assumptions()
    world = world_of(planning, roster, routing=routing, blend=chosen.blend, ramp_up=chosen.ramp_up)
    if not any(stream.offered.any() for stream in world.streams):
        raise ValueError("the planning has no demand: without contacts nothing can be simulated")
    played = _play(
        world,
        chosen,
        replications=replications,
        seed=seed,
        confidence=confidence,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return _report(world, played, chosen, seed=seed, routing=routing, confidence=confidence)


def simulate_queueing(
    contacts_per_hour: float,
    aht_s: float,
    agents: int,
    target_s: float = 20.0,
    *,
    patience_s: float | None = None,
    at_once: int = 1,
    handling_cv: float | None = None,
    hours: int = 24,
    warm_up_hours: int = 1,
    replications: int = 20,
    seed: int = 1,
    confidence: float = 0.95,
) -> Outcome:
    """Return what a constant stream of contacts and a constant number of agents come to.

    With exponential handling times it is Erlang C, or A with a patience, over and over for so many
    hours from an empty start; with others it shows how much that matters.

    Parameters
    ----------
    contacts_per_hour, aht_s : float
        Above 0.
    agents : int
        0 or more.
    target_s : float
        Longest wait that still counts as in time, 0 or more.
    patience_s : float, optional
        Mean patience, above 0; without it everybody waits.
    at_once : int
        Contacts side by side per agent.
    handling_cv : float, optional
        As in `Assumptions`.
    hours, warm_up_hours : int
        Length of a replication, of which the first hours do not count.
    replications, seed, confidence
        As in `simulate`.

    Raises
    ------
    ValueError
        If a figure is out of range.
    """
    for name, value in (("contacts_per_hour", contacts_per_hour), ("aht_s", aht_s)):
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} must be above 0, not {value}")
    if patience_s is not None and not patience_s > 0:
        raise ValueError(f"patience_s must be above 0, not {patience_s}")
    if agents < 0 or at_once < 1:
        raise ValueError(f"agents must be 0 or more and at_once 1 or more, not {agents}, {at_once}")
    if hours < 1:
        raise ValueError(f"hours must be 1 or more, not {hours}")
    if not target_s >= 0:
        raise ValueError(f"target_s must be 0 or more, not {target_s}")
    stream = Stream(
        queue_id="queue",
        channel="phone",
        kind="phone",
        priority=1,
        target_s=target_s,
        patience_s=float("inf") if patience_s is None else patience_s,
        deadline_s=float("inf"),
        share=1,
        shrinkage=0.0,
        open_s=None,
        turns_away=True,
        start_s=3600.0 * np.arange(hours, dtype=np.float64),
        offered=np.full(hours, float(contacts_per_hour)),
        aht_s=np.full(hours, float(aht_s)),
    )
    desks = Desks(
        agent=np.arange(agents),
        route=np.zeros(agents, dtype=np.int64),
        start_s=np.zeros(agents),
        end_s=np.full(agents, hours * 3600.0),
        slowness=np.ones(agents),
    )
    route = Route(assigned=0, tiers=((0,),), absent=0.0)
    world = World(
        datetime(1970, 1, 1, tzinfo=UTC),
        hours * 3600.0,
        3600.0,
        (stream,),
        (route,),
        desks,
        at_once,
    )
    assumptions = Assumptions(handling_cv=handling_cv, warm_up_hours=warm_up_hours)
    played = _play(world, assumptions, replications=replications, seed=seed, confidence=confidence)
    return dict(played.queues.outcomes(confidence))[(0,)]


@dataclass(slots=True)
class _Played:
    """Running sums of what was played, on four levels."""

    total: Tally = field(default_factory=Tally)
    channels: Tally = field(default_factory=Tally)
    queues: Tally = field(default_factory=Tally)
    hours: Tally = field(default_factory=Tally)
    contacts: int = 0


def _play(
    world: World,
    assumptions: Assumptions,
    *,
    replications: int,
    seed: int,
    confidence: float,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> _Played:
    if replications < 1:
        raise ValueError(f"replications must be 1 or more, not {replications}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be above 0 and below 1, not {confidence}")
    if assumptions.warm_up_hours >= world.hours:
        raise ValueError(
            f"warm_up_hours must be below the {world.hours} hours, not {assumptions.warm_up_hours}"
        )
    played = _Played()
    channels = _channels(world)
    for number, seeds in enumerate(SeedSequence(seed).spawn(replications), start=1):
        for_contacts, for_presence = seeds.spawn(2)
        contacts = draw_contacts(world, for_contacts, handling_cv=assumptions.handling_cv)
        desks = draw_presence(world, for_presence, shrinkage=assumptions.shrinkage)
        sums = sums_of(world, contacts, desks, replay(world, contacts, desks))
        for values in sums.values():
            values[:, : assumptions.warm_up_hours] = 0.0
        by_queue = {name: _over(name, values, axis=1) for name, values in sums.items()}
        played.hours.add({name: values[:-1] for name, values in sums.items()})
        played.queues.add({name: values[:-1] for name, values in by_queue.items()})
        played.channels.add(
            {
                name: np.array([_over(name, values[rows], axis=0) for rows in channels.values()])
                for name, values in by_queue.items()
            }
        )
        played.total.add({name: _over(name, values, axis=0) for name, values in by_queue.items()})
        played.contacts += contacts.stream.size
        if on_progress is not None:
            on_progress(number, replications)
        if should_stop is not None and should_stop():
            break
    return played


def _over(name: str, values: Floats, *, axis: int) -> Floats:
    """Add up, or take the longest of longest waits."""
    joined = values.max(axis=axis) if name == "longest_wait_s" else values.sum(axis=axis)
    return np.asarray(joined)


def _channels(world: World) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for idx, stream in enumerate(world.streams):
        found.setdefault(stream.channel, []).append(idx)
    return found


def _report(
    world: World,
    played: _Played,
    assumptions: Assumptions,
    *,
    seed: int,
    routing: str,
    confidence: float,
) -> Simulation:
    streams, channels = world.streams, list(_channels(world))
    return Simulation(
        start=world.start,
        replications=played.total.replications,
        seed=seed,
        routing=routing,
        assumptions=assumptions,
        confidence=confidence,
        contacts=played.contacts,
        total=next(outcome for _, outcome in played.total.outcomes(confidence)),
        channels=tuple(
            ChannelOutcome(channels[idx], outcome)
            for (idx,), outcome in played.channels.outcomes(confidence)
        ),
        queues=tuple(
            QueueOutcome(streams[idx].queue_id, streams[idx].channel, outcome)
            for (idx,), outcome in played.queues.outcomes(confidence)
        ),
        hours=tuple(
            HourOutcome(streams[idx].queue_id, world.start + hour * _HOUR, outcome)
            for (idx, hour), outcome in played.hours.outcomes(confidence)
            if any((outcome.offered.mean, outcome.turned_away.mean, outcome.agent_hours.mean))
        ),
    )
