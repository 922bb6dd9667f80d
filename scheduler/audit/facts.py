"""What the audit reads from a planning and a roster before it judges: agents, places, duties.

Everything here is derived from instants and places of work, never from how the roster was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeVar

from scheduler.domain import (
    Agent,
    Availability,
    BreakRule,
    Contract,
    PastShift,
    Planning,
    Queue,
    Roster,
    Shift,
    Site,
    Skill,
    TimeOff,
    Wish,
)
from scheduler.labour import DEFAULT_POLICY, LabourPolicy
from scheduler.staffing.requirements import required_agents
from scheduler.timegrid.timeline import Place, place_at, place_timeline
from scheduler.timegrid.windows import horizon_bounds, local_date

__all__ = [
    "EARLIEST",
    "LATEST",
    "QUARTER",
    "AgentFacts",
    "Duty",
    "Facts",
    "break_rule_for",
    "paid_minutes",
    "read_facts",
]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
QUARTER = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift of the roster or of the history, with what the audit derived from it.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware UTC, half-open, ``start < end``.
    place : Place
        The agent's place of work at `start`, by the planning.
    day : datetime.date
        Local date at `start` in that place: the date the shift belongs to.
    paid_minutes : int
        By the break rules, whatever the roster says.
    fixed : bool
        Whether it was given: history, or a pin of the planning.
    counts : bool
        Whether it starts inside the horizon; others cost nothing and cover nothing.
    shift : Shift or None
        The roster's record; None for history.
    """

    agent_id: str
    start: datetime
    end: datetime
    place: Place
    day: date
    paid_minutes: int
    fixed: bool
    counts: bool
    shift: Shift | None

    @property
    def zone(self) -> str:
        """IANA zone of the place of work."""
        return self.place.zone

    @property
    def elapsed_minutes(self) -> int:
        """Elapsed length in minutes, breaks included."""
        return (self.end - self.start) // _MINUTE

    @property
    def past(self) -> bool:
        """Whether it comes from the history."""
        return self.shift is None


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """One agent with everything the planning says of him.

    Parameters
    ----------
    timeline : tuple of Place
        Places of work over all time; neighbours differ.
    duties : tuple of Duty
        History and roster together, by start.
    skills, time_off, availability, wishes : tuple
        The agent's own rows, in file order.
    """

    agent: Agent
    contract: Contract
    site: Site
    timeline: tuple[Place, ...]
    duties: tuple[Duty, ...]
    skills: tuple[Skill, ...]
    time_off: tuple[TimeOff, ...]
    availability: tuple[Availability, ...]
    wishes: tuple[Wish, ...]

    @property
    def agent_id(self) -> str:
        """Key of the agent."""
        return self.agent.agent_id

    @property
    def label(self) -> str:
        """Name and key, as sentences name an agent."""
        return f"{self.agent.name} ({self.agent.agent_id})"

    @property
    def counting(self) -> tuple[Duty, ...]:
        """Duties that start inside the horizon and belong to the roster."""
        return tuple(duty for duty in self.duties if duty.counts)


@dataclass(frozen=True, slots=True)
class Facts:
    """A planning and a roster, read for judging.

    Parameters
    ----------
    start, end : datetime.datetime
        Bounds of the planning's horizon, aware UTC.
    agents : mapping of str to AgentFacts
        In the planning's order.
    queues : mapping of str to Queue
        In the planning's order.
    need : mapping of str to tuple of int
        Agents needed on each queue, quarter by quarter from `start`.
    """

    planning: Planning
    roster: Roster
    policy: LabourPolicy
    start: datetime
    end: datetime
    agents: Mapping[str, AgentFacts]
    queues: Mapping[str, Queue]
    need: Mapping[str, tuple[int, ...]]

    @property
    def quarters(self) -> int:
        """Quarters of an hour in the horizon."""
        return (self.end - self.start) // QUARTER

    def quarter_of(self, instant: datetime) -> int:
        """Return the quarter of the horizon that holds an instant (negative before it)."""
        return (instant - self.start) // QUARTER

    def interval_around(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """Return the whole planning intervals that ``[start, end)`` touches."""
        length = timedelta(minutes=self.planning.interval_minutes)
        first = (start - self.start) // length
        last = -((self.start - end) // length)
        return self.start + first * length, self.start + last * length


def break_rule_for(rules: Sequence[BreakRule], elapsed_minutes: int) -> BreakRule | None:
    """Return the one break rule that applies to a shift of that elapsed length, if any."""
    applying = [rule for rule in rules if rule.over_minutes < elapsed_minutes]
    return max(applying, key=lambda rule: rule.over_minutes, default=None)


def paid_minutes(rules: Sequence[BreakRule], elapsed_minutes: int) -> int:
    """Return the paid minutes of a shift: elapsed less the break, where that is unpaid."""
    rule = break_rule_for(rules, elapsed_minutes)
    if rule is None or rule.paid:
        return elapsed_minutes
    return elapsed_minutes - rule.break_minutes


class _OfAgent(Protocol):
    @property
    def agent_id(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfAgent)


def _by_agent(rows: Iterable[_Row]) -> dict[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.agent_id].append(row)
    return {agent_id: tuple(own) for agent_id, own in found.items()}


def read_facts(planning: Planning, roster: Roster, policy: LabourPolicy = DEFAULT_POLICY) -> Facts:
    """Gather what the audit judges by, once for any number of questions.

    Shifts of agents the planning does not know and shifts that end before they start are left out
    (`structure.structure_findings` names them).

    Parameters
    ----------
    planning, roster
        The input and a finished roster for it; nothing about the roster is trusted.
    policy : LabourPolicy
        The working-time rules to judge by.
    """
    start, end = horizon_bounds(planning.horizon)
    sites = {site.site_id: site for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    locations = _by_agent(planning.locations)
    skills = _by_agent(planning.skills)
    time_off = _by_agent(planning.time_off)
    availability = _by_agent(planning.availability)
    wishes = _by_agent(planning.wishes)
    history = _by_agent(planning.history)
    shifts = _by_agent(roster.shifts)
    pins = {(pin.agent_id, pin.start, pin.end) for pin in planning.pins}
    agents: dict[str, AgentFacts] = {}
    for agent in planning.agents:
        key = agent.agent_id
        site = sites[agent.site_id]
        timeline = _joined(place_timeline(site, locations.get(key, ())))

        duties = [
            _duty(row, None, timeline, (start, end), planning.break_rules, fixed=True)
            for row in history.get(key, ())
        ]
        duties += [
            _duty(
                row,
                row,
                timeline,
                (start, end),
                planning.break_rules,
                fixed=(key, row.start, row.end) in pins,
            )
            for row in shifts.get(key, ())
            if row.start < row.end
        ]
        agents[key] = AgentFacts(
            agent=agent,
            contract=contracts[agent.contract_id],
            site=site,
            timeline=timeline,
            duties=tuple(sorted(duties, key=lambda row: (row.start, row.end))),
            skills=skills.get(key, ()),
            time_off=time_off.get(key, ()),
            availability=availability.get(key, ()),
            wishes=wishes.get(key, ()),
        )
    return Facts(
        planning=planning,
        roster=roster,
        policy=policy,
        start=start,
        end=end,
        agents=agents,
        queues={queue.queue_id: queue for queue in planning.queues},
        need=_need_by_quarter(planning, (end - start) // QUARTER),
    )


def _duty(
    row: PastShift | Shift,
    shift: Shift | None,
    timeline: tuple[Place, ...],
    horizon: tuple[datetime, datetime],
    break_rules: Sequence[BreakRule],
    *,
    fixed: bool,
) -> Duty:
    place = place_at(timeline, row.start)
    return Duty(
        agent_id=row.agent_id,
        start=row.start,
        end=row.end,
        place=place,
        day=local_date(row.start, place.zone),
        paid_minutes=paid_minutes(break_rules, (row.end - row.start) // _MINUTE),
        fixed=fixed,
        counts=shift is not None and horizon[0] <= row.start < horizon[1],
        shift=shift,
    )


def _joined(timeline: Sequence[Place]) -> tuple[Place, ...]:
    """Join neighbouring stays at the same place: moving nowhere is no change of place."""
    joined: list[Place] = []
    for place in timeline:
        before = joined[-1] if joined else None
        if before is not None and (before.zone, before.country, before.subdivision) == (
            place.zone,
            place.country,
            place.subdivision,
        ):
            joined[-1] = Place(
                place.zone, place.country, place.subdivision, before.start, place.end
            )
        else:
            joined.append(place)
    return tuple(joined)


def _need_by_quarter(planning: Planning, quarters: int) -> dict[str, tuple[int, ...]]:
    repeat = planning.interval_minutes // 15
    required = required_agents(planning)
    need: dict[str, tuple[int, ...]] = {}
    for queue in planning.queues:
        spread = [agents for agents in required.get(queue.queue_id, ()) for _ in range(repeat)]
        spread += [0] * (quarters - len(spread))
        need[queue.queue_id] = tuple(spread[:quarters])
    return need
