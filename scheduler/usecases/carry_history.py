"""What earlier periods published is history of a later one."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.domain import Agent, Location, PastShift, Planning
from scheduler.errors import Fault, InputError
from scheduler.intake.document import input_digest, instant_text
from scheduler.timegrid.timeline import Place, day_of, place_timeline
from scheduler.timegrid.windows import horizon_bounds

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = ["with_published"]

_WEEK = timedelta(weeks=1)
_FEWEST_WEEKS = 5


def with_published(unit: Unit, planning: Planning, period_id: str) -> Planning:
    """Return a planning with the published shifts of other periods before its horizon as history.

    They come behind the rows of history, by start and agent. Rows of history win: they say what was
    worked, a roster what was planned; so a published shift that overlaps one is left out. Where two
    periods published shifts that overlap, the one published last holds. Left out is also what no
    planning may hold: shifts before `history_from`, or outside the employment as it stands now.
    Only as many weeks are read as some limit of the agents looks back over.

    A time between two periods for which nothing was published, and of which there are no rows,
    counts as without work.

    Raises
    ------
    InputError
        If a pin overlaps a shift that another period has published.
    """
    start, _ = horizon_bounds(planning.horizon)
    places = _places(planning)
    since = start - (_weeks_back(planning, places) + 1) * _WEEK
    found = unit.rosters.worked_before(start, since=since, besides=period_id)
    added = _added(planning, found, places)
    if not added:
        return planning
    whole = replace(planning, history=(*planning.history, *added))
    return replace(whole, input_sha256=input_digest(whole))


def _places(planning: Planning) -> Mapping[str, tuple[Place, ...]]:
    """Return where each agent works when."""
    sites = {site.site_id: site for site in planning.sites}
    stays: defaultdict[str, list[Location]] = defaultdict(list)
    for stay in planning.locations:
        stays[stay.agent_id].append(stay)
    return {
        agent.agent_id: place_timeline(sites[agent.site_id], stays[agent.agent_id])
        for agent in planning.agents
    }


def _weeks_back(planning: Planning, places: Mapping[str, tuple[Place, ...]]) -> int:
    """Return over how many weeks the longest limit of any agent counts."""
    from scheduler.labour import applied_limits, rule_book

    book = rule_book(planning)
    sites = {site.site_id: site for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    kinds = {
        (agent.contract_id, agent.site_id, places[agent.agent_id]) for agent in planning.agents
    }
    weeks = (
        getattr(applied.limit, "weeks", 0)
        for contract_id, site_id, timeline in kinds
        for applied in applied_limits(book, contracts[contract_id], sites[site_id], timeline)
    )
    return max((_FEWEST_WEEKS, *weeks))


def _added(
    planning: Planning,
    found: Iterable[tuple[str, PastShift]],
    places: Mapping[str, tuple[Place, ...]],
) -> tuple[PastShift, ...]:
    agents = {agent.agent_id: agent for agent in planning.agents}
    worked = _Spans()
    for row in planning.history:
        worked.add(row.agent_id, row.start, row.end)
    added, kept_of = [], {}
    for period_id, past in found:
        agent = agents.get(past.agent_id)
        if agent is None or not _may_stand(planning, agent, past, places[past.agent_id]):
            continue
        if worked.add(past.agent_id, past.start, past.end):
            added.append(past)
            kept_of[past.agent_id, past.start] = period_id
    _check_pins(planning, added, kept_of)
    return tuple(sorted(added, key=lambda past: (past.start, past.agent_id)))


def _may_stand(
    planning: Planning, agent: Agent, past: PastShift, timeline: tuple[Place, ...]
) -> bool:
    """Say whether intake would take the shift for a row of history."""
    day = day_of(timeline, past.start)
    return (
        (planning.history_from is None or planning.history_from <= day)
        and (agent.employed_from is None or agent.employed_from <= day)
        and (agent.employed_until is None or day < agent.employed_until)
    )


def _check_pins(
    planning: Planning,
    added: Iterable[PastShift],
    period_of: Mapping[tuple[str, datetime], str],
) -> None:
    """Refuse pins before a shift published elsewhere has ended: somebody must decide."""
    start, _ = horizon_bounds(planning.horizon)
    running = {past.agent_id: past for past in added if past.end > start}
    faults = []
    for idx, pin in enumerate(planning.pins):
        past = running.get(pin.agent_id)
        if past is not None and pin.start < past.end:
            elsewhere = period_of[past.agent_id, past.start]
            expected = (
                f"a shift of {pin.agent_id} from {instant_text(past.end)} on, when the one "
                f"published in {elsewhere} ends"
            )
            column, value = f"/pins/{idx}/start_local", str(pin.start_local)
            faults.append(Fault("overlapping_shifts", "pins", expected, None, column, value))
    if faults:
        raise InputError(tuple(faults))


class _Spans:
    """Stretches of time by agent, no two of which overlap."""

    def __init__(self) -> None:
        self._spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)

    def add(self, agent_id: str, start: datetime, end: datetime) -> bool:
        """Note a stretch unless it overlaps one that is noted; return whether it was."""
        spans = self._spans[agent_id]
        place = bisect_left(spans, (start, end))
        if place > 0 and spans[place - 1][1] > start:
            return False
        if place < len(spans) and spans[place][0] < end:
            return False
        insort(spans, (start, end))
        return True
