"""Say which rule packs hold for whom, why and when, and what they demand of one agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler.domain import Agent, Planning
from scheduler.timegrid.timeline import place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.show_roster import unknown_name

if TYPE_CHECKING:
    from scheduler.labour import AppliedPack, Pack, Provision, RuleBook

__all__ = ["HeldPack", "LawView", "LimitLine", "show_law"]


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit or a premium in words.

    Parameters
    ----------
    demands : str
        What it says, such as ``A shift has at most 12 h of work``.
    law : str
        Pack and article.
    permit : str, optional
        The permit that would lift it, which the planning does not hold.
    start, end : datetime.datetime or None
        Aware UTC, half-open, where it does not hold through the whole horizon.
    """

    name: str
    demands: str
    law: str
    permit: str | None
    note: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class HeldPack:
    """A rule pack over a stretch of time, for the agents it holds for.

    Parameters
    ----------
    reasons : tuple of str
        Why it holds: ``site``, ``contract``, ``place``, ``named``, ``included``, ``company``.
    start, end : datetime.datetime or None
        Aware UTC, half-open; None where it holds from before, or beyond, the horizon.
    agents : tuple of str
        Ids of the agents.
    sites : tuple of str
        Names of their sites.
    limits, premiums : tuple of LimitLine
    unknown : tuple of (str, str)
        Matters that could not be confirmed, and what holds instead. All three are None unless one
        agent was asked about.
    """

    pack_id: str
    name: str
    kind: str
    reasons: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    agents: tuple[str, ...]
    sites: tuple[str, ...]
    limits: tuple[LimitLine, ...] | None = None
    premiums: tuple[LimitLine, ...] | None = None
    unknown: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class LawView:
    """The law of a planning, or of one of its agents.

    Parameters
    ----------
    agent_id, agent_name : str, optional
        Set when one agent was asked about.
    zone : str
        The clock to show instants on: that of the agent's site, else of the horizon.
    """

    name: str
    agents: int
    agent_id: str | None
    agent_name: str | None
    zone: str
    permits: tuple[str, ...]
    packs: tuple[HeldPack, ...]


def show_law(planning: Planning, agent: str | None = None) -> LawView:
    """Return the packs that hold for some agent within the horizon, or for the one named.

    Parameters
    ----------
    agent : str, optional
        Id or, ignoring case, name.

    Raises
    ------
    InputError
        If `agent` names nobody, or a rule pack is faulty.
    """
    from scheduler.labour import rule_book

    book = rule_book(planning)
    person = None if agent is None else _agent(planning, agent)
    sites = {site.site_id: site for site in planning.sites}
    people = planning.agents if person is None else (person,)
    held: dict[tuple[object, ...], list[tuple[Agent, AppliedPack]]] = {}
    for somebody in people:
        for applied in _within(planning, book, somebody):
            key = (applied.pack.pack_id, applied.reasons, applied.start, applied.end)
            held.setdefault(key, []).append((somebody, applied))
    order = {pack_id: idx for idx, pack_id in enumerate(book.packs)}
    rows = sorted(
        held.values(),
        key=lambda row: (order[row[0][1].pack.pack_id], -len(row), row[0][0].agent_id),
    )
    lines = None if person is None else _lines(planning, book, person)
    return LawView(
        name=planning.name,
        agents=len(planning.agents),
        agent_id=person.agent_id if person else None,
        agent_name=person.name if person else None,
        zone=sites[person.site_id].zone if person else planning.horizon.zone,
        permits=planning.permits,
        packs=tuple(
            HeldPack(
                pack_id=applied.pack.pack_id,
                name=applied.pack.name,
                kind=applied.pack.kind,
                reasons=applied.reasons,
                start=applied.start,
                end=applied.end,
                agents=tuple(somebody.agent_id for somebody, _ in row),
                sites=tuple(dict.fromkeys(sites[somebody.site_id].name for somebody, _ in row)),
                **({} if lines is None else _content(applied.pack, lines)),
            )
            for row in rows
            for _, applied in row[:1]
        ),
    )


def _agent(planning: Planning, text: str) -> Agent:
    for agent in planning.agents:
        if text == agent.agent_id or text.casefold() == agent.name.casefold():
            return agent
    known = [word for agent in planning.agents for word in (agent.agent_id, agent.name)]
    raise unknown_name("AGENT", text, "an agent's id or name", known)


def _content(
    pack: Pack, lines: Mapping[tuple[str, str], Sequence[LimitLine]]
) -> dict[str, tuple[Any, ...]]:
    """Return the fields of a held pack that one agent's law fills."""
    return {
        "limits": tuple(lines.get((pack.pack_id, "limits"), ())),
        "premiums": tuple(lines.get((pack.pack_id, "premiums"), ())),
        "unknown": tuple((matter.matter, matter.instead) for matter in pack.unknown),
    }


def _timeline(planning: Planning, agent: Agent) -> tuple[Any, ...]:
    site = next(site for site in planning.sites if site.site_id == agent.site_id)
    stays = [stay for stay in planning.locations if stay.agent_id == agent.agent_id]
    contract = next(row for row in planning.contracts if row.contract_id == agent.contract_id)
    return contract, site, place_timeline(site, stays)


def _within(planning: Planning, book: RuleBook, agent: Agent) -> list[AppliedPack]:
    """Return the packs of an agent that hold in the horizon, their stretches cut to it."""
    from dataclasses import replace

    from scheduler.labour import applied_packs

    found = []
    for applied in applied_packs(book, *_timeline(planning, agent)):
        span = _clipped(planning, applied.start, applied.end)
        if span is not None:
            found.append(replace(applied, start=span[0], end=span[1]))
    return found


def _clipped(
    planning: Planning, start: datetime | None, end: datetime | None
) -> tuple[datetime | None, datetime | None] | None:
    """Return a stretch with bounds outside the horizon taken off; None if it lies outside."""
    first, after = horizon_bounds(planning.horizon)
    if (start is not None and start >= after) or (end is not None and end <= first):
        return None
    return (
        start if start is not None and start > first else None,
        end if end is not None and end < after else None,
    )


def _lines(
    planning: Planning, book: RuleBook, agent: Agent
) -> Mapping[tuple[str, str], Sequence[LimitLine]]:
    """Return the limits and premiums of one agent in words, by pack and sort."""
    from scheduler.labour import (
        applied_limits,
        applied_packs,
        in_force,
        limit_text,
        premium_text,
    )

    contract, site, timeline = _timeline(planning, agent)
    found: dict[tuple[str, str], list[LimitLine]] = {}

    def add(
        pack: Pack, sort: str, provision: Provision, demands: str, permit: str | None, span: Any
    ) -> None:
        within = None if span is None else _clipped(planning, *span)
        if within is not None:
            line = _line(pack, provision, demands, permit, within)
            rows = found.setdefault((pack.pack_id, sort), [])
            if line not in rows:
                rows.append(line)

    for applied in applied_limits(book, contract, site, timeline):
        pack, limit = applied.pack, applied.limit
        permit = None if limit.waived_by is None else f"{pack.pack_id}.{limit.waived_by}"
        add(pack, "limits", limit, limit_text(limit), permit, (applied.start, applied.end))
    for held in applied_packs(book, contract, site, timeline):
        for premium in held.pack.premiums:
            demands = f"{premium_text(premium)}: {premium.factor} times the hourly rate"
            span = in_force(premium, site.zone, held.start, held.end)
            add(held.pack, "premiums", premium, demands, None, span)
    return found


def _line(
    pack: Pack,
    provision: Provision,
    demands: str,
    permit: str | None,
    span: tuple[datetime | None, datetime | None],
) -> LimitLine:
    from scheduler.labour import law_name

    return LimitLine(
        name=provision.name,
        demands=demands,
        law=law_name(pack, provision),
        permit=permit,
        note=provision.note,
        start=span[0],
        end=span[1],
    )
