"""What the audit reads from a planning and a roster before it judges: agents, places, duties.

Everything here is derived from instants and places of work, never from how the roster was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeVar

from scheduler.audit.breaks import demanded_break
from scheduler.domain import (
    Agent,
    Availability,
    Contract,
    Planning,
    Queue,
    Roster,
    Shift,
    Site,
    Skill,
    TimeOff,
    WakingHours,
    Wish,
)
from scheduler.labour import (
    Applied,
    AppliedPack,
    RuleBook,
    applied_limits,
    applied_packs,
    rule_book,
)
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
    "make_duty",
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
        By the break rules of company and law, whatever the roster says: its work.
    break_minutes : int
        Length of the break that these rules demand, 0 for none.
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
    break_minutes: int
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
    def unpaid_minutes(self) -> int:
        """Minutes of the break that are not paid."""
        return self.elapsed_minutes - self.paid_minutes

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
    packs, law : tuple
        The rule packs and the limits that hold for the agent, each with its stretch of time.
    waking : WakingHours
        The agent's own, else those of the planning.
    skills, time_off, availability, wishes : tuple
        The agent's own rows, in file order.
    """

    agent: Agent
    contract: Contract
    site: Site
    timeline: tuple[Place, ...]
    duties: tuple[Duty, ...]
    packs: tuple[AppliedPack, ...]
    law: tuple[Applied, ...]
    waking: WakingHours
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
    history_from : datetime.date
        First local date from which the history is complete.
    """

    planning: Planning
    roster: Roster
    book: RuleBook
    start: datetime
    end: datetime
    agents: Mapping[str, AgentFacts]
    queues: Mapping[str, Queue]
    need: Mapping[str, tuple[int, ...]]
    history_from: date

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


class _OfAgent(Protocol):
    @property
    def agent_id(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfAgent)


def _by_agent(rows: Iterable[_Row]) -> dict[str, tuple[_Row, ...]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.agent_id].append(row)
    return {agent_id: tuple(own) for agent_id, own in found.items()}


def read_facts(planning: Planning, roster: Roster, book: RuleBook | None = None) -> Facts:
    """Gather what the audit judges by, once for any number of questions.

    Shifts of agents the planning does not know and shifts that end before they start are left out
    (`structure.structure_findings` names them).

    Parameters
    ----------
    planning, roster
        The input and a finished roster for it; nothing about the roster is trusted.
    book : RuleBook, optional
        The rule packs to judge by; by default those shipped and those of the planning.

    Raises
    ------
    InputError
        If the planning names packs or permits that do not exist (intake refuses such input).
    """
    book = rule_book(planning) if book is None else book
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
        site, contract = sites[agent.site_id], contracts[agent.contract_id]
        timeline = _joined(place_timeline(site, locations.get(key, ())))
        bare = AgentFacts(
            agent=agent,
            contract=contract,
            site=site,
            timeline=timeline,
            duties=(),
            packs=applied_packs(book, contract, site, timeline),
            law=applied_limits(book, contract, site, timeline),
            waking=agent.waking_hours or planning.waking_hours,
            skills=skills.get(key, ()),
            time_off=time_off.get(key, ()),
            availability=availability.get(key, ()),
            wishes=wishes.get(key, ()),
        )
        duties = [
            make_duty(planning, bare, row.start, row.end, fixed=True, counts=False, shift=None)
            for row in history.get(key, ())
        ]
        duties += [
            make_duty(
                planning,
                bare,
                row.start,
                row.end,
                fixed=(key, row.start, row.end) in pins,
                counts=start <= row.start < end,
                shift=row,
            )
            for row in shifts.get(key, ())
            if row.start < row.end
        ]
        ordered = tuple(sorted(duties, key=lambda row: (row.start, row.end)))
        agents[key] = replace(bare, duties=ordered)
    return Facts(
        planning=planning,
        roster=roster,
        book=book,
        start=start,
        end=end,
        agents=agents,
        queues={queue.queue_id: queue for queue in planning.queues},
        need=_need_by_quarter(planning, (end - start) // QUARTER),
        history_from=_history_from(planning),
    )


def make_duty(
    planning: Planning,
    agent: AgentFacts,
    start: datetime,
    end: datetime,
    *,
    fixed: bool,
    counts: bool,
    shift: Shift | None,
) -> Duty:
    """Return a shift of an agent with all that follows from its instants.

    Parameters
    ----------
    start, end : datetime.datetime
        Aware UTC, half-open, ``start < end``.
    fixed, counts, shift
        As in `Duty`.
    """
    place = place_at(agent.timeline, start)
    pause = demanded_break(planning.break_rules, agent.law, start, end)
    unpaid = 0 if pause is None or pause.paid else pause.minutes
    return Duty(
        agent_id=agent.agent_id,
        start=start,
        end=end,
        place=place,
        day=local_date(start, place.zone),
        paid_minutes=(end - start) // _MINUTE - unpaid,
        break_minutes=0 if pause is None else pause.minutes,
        fixed=fixed,
        counts=counts,
        shift=shift,
    )


def _history_from(planning: Planning) -> date:
    if planning.history_from is not None:
        return planning.history_from
    earliest = min((row.start_local.day for row in planning.history), default=None)
    return planning.horizon.start if earliest is None else earliest


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
