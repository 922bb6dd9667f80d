"""The same demand from one site alone: the planning of that counterfactual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.domain import Agent, Contract, Planning, Site
from scheduler.errors import Fault, InputError
from scheduler.usecases.show_roster import unknown_name

__all__ = ["only_site", "site_of"]


def only_site(planning: Planning, only: str, *, own_agents: bool = False) -> Planning:
    """Return the planning with everybody living, and paid, at one site.

    Agents of other sites move there with skills, contract hours, waking hours, availability, time
    off and wishes; they are paid like the site's median agent with the same contract (of the site,
    where none has it), under its law alone; their history and pins fall away, and so does every
    stay elsewhere. Nights are allowed to all: somebody has to work them.

    Parameters
    ----------
    only : str
        The site, as in `site_of`.
    own_agents : bool
        Leave the agents of other sites out instead of moving them.

    Raises
    ------
    InputError
        If there is no such site, or it has no agents.
    """
    site = site_of(planning, only)
    own = [agent for agent in planning.agents if agent.site_id == site.site_id]
    if not own:
        why = "" if own_agents else ", whose pay the others would get"
        fault = Fault("empty_site", "--only-site", f"a site with agents{why}", value=only)
        raise InputError((fault,))
    own_ids = {agent.agent_id for agent in own}
    agents = tuple(
        _moved(planning, agent, site, own)
        for agent in planning.agents
        if agent.agent_id in own_ids or not own_agents
    )
    kept = {agent.agent_id for agent in agents}
    changed = replace(
        planning,
        name=f"{planning.name}: {site.name} alone",
        sites=(site,),
        contracts=_contracts(planning, own),
        agents=agents,
        skills=tuple(row for row in planning.skills if row.agent_id in kept),
        locations=(),
        availability=tuple(row for row in planning.availability if row.agent_id in kept),
        time_off=tuple(row for row in planning.time_off if row.agent_id in kept),
        wishes=tuple(row for row in planning.wishes if row.agent_id in kept),
        history=tuple(row for row in planning.history if row.agent_id in own_ids),
        pins=tuple(
            row for row in planning.pins if row.agent_id in own_ids and row.zone == site.zone
        ),
        closures=tuple(row for row in planning.closures if row.site_id in (None, site.site_id)),
    )
    return _with_digest(changed)


def _with_digest(planning: Planning) -> Planning:
    from scheduler.intake.document import input_digest

    return replace(planning, input_sha256=input_digest(planning))


def _moved(planning: Planning, agent: Agent, site: Site, own: Sequence[Agent]) -> Agent:
    if agent.site_id == site.site_id:
        return agent
    alike = [row for row in own if row.contract_id == agent.contract_id]
    model = _median(planning, alike or own)
    return replace(
        agent,
        site_id=site.site_id,
        contract_id=_moved_id(planning, agent.contract_id, own),
        hourly_rate=model.hourly_rate,
        currency=model.currency,
    )


def _median(planning: Planning, agents: Sequence[Agent]) -> Agent:
    """Return the agent in the middle by pay in the base currency, the cheaper of two."""
    day = planning.horizon.start
    ranked = sorted(
        agents,
        key=lambda agent: (
            agent.hourly_rate * planning.rate_to_base(agent.currency, day),
            agent.agent_id,
        ),
    )
    return ranked[(len(ranked) - 1) // 2]


def _contracts(planning: Planning, own: Sequence[Agent]) -> tuple[Contract, ...]:
    """Return the contracts with nights allowed, and copies without foreign law for who moves."""
    found = []
    for contract in planning.contracts:
        found.append(replace(contract, night_allowed=True))
        moved_id = _moved_id(planning, contract.contract_id, own)
        if moved_id != contract.contract_id:
            found.append(
                replace(
                    contract,
                    contract_id=moved_id,
                    night_allowed=True,
                    law=None,
                    rule_packs=(),
                )
            )
    return tuple(found)


def _moved_id(planning: Planning, contract_id: str, own: Sequence[Agent]) -> str:
    """Return the contract of who moves: the same, unless it names law and nobody there has it."""
    contract = next(row for row in planning.contracts if row.contract_id == contract_id)
    names_law = contract.law is not None or contract.rule_packs
    if not names_law or any(agent.contract_id == contract_id for agent in own):
        return contract_id
    taken = {row.contract_id for row in planning.contracts}
    moved_id = f"{contract_id}-moved"
    while moved_id in taken:
        moved_id += "-"
    return moved_id


def site_of(planning: Planning, text: str) -> Site:
    """Return the site with this id or, ignoring case, this name.

    Raises
    ------
    InputError
        If there is none.
    """
    for site in planning.sites:
        if text == site.site_id or text.casefold() == site.name.casefold():
            return site
    known = [name for site in planning.sites for name in (site.site_id, site.name)]
    raise unknown_name("--only-site", text, "a site's id or name", known)
