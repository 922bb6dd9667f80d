"""Who may do what: one table, one question.

An administrator may do everything. A planner may do what the table says, for sites in scope. An
agent may only see and ask for what is the agent's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.access import Principal, Role

__all__ = ["TABLE", "Grant", "Operation", "Reach", "allows", "may_ever", "row_operation"]


class Operation(StrEnum):
    """Everything that can be asked of the service.

    ``<table>.read`` and ``<table>.write`` are about rows of the tables of a planning.
    """

    SITES_READ = "sites.read"
    SITES_WRITE = "sites.write"
    CONTRACTS_READ = "contracts.read"
    CONTRACTS_WRITE = "contracts.write"
    QUEUES_READ = "queues.read"
    QUEUES_WRITE = "queues.write"
    AGENTS_READ = "agents.read"
    AGENTS_WRITE = "agents.write"
    LOCATIONS_READ = "locations.read"
    LOCATIONS_WRITE = "locations.write"
    SKILLS_READ = "skills.read"
    SKILLS_WRITE = "skills.write"
    DEMAND_READ = "demand.read"
    DEMAND_WRITE = "demand.write"
    REQUIREMENTS_READ = "requirements.read"
    REQUIREMENTS_WRITE = "requirements.write"
    AVAILABILITY_READ = "availability.read"
    AVAILABILITY_WRITE = "availability.write"
    TIME_OFF_READ = "time_off.read"
    TIME_OFF_WRITE = "time_off.write"
    WISHES_READ = "wishes.read"
    WISHES_WRITE = "wishes.write"
    HISTORY_READ = "history.read"
    HISTORY_WRITE = "history.write"
    PINS_READ = "pins.read"
    PINS_WRITE = "pins.write"
    PERIODS_READ = "periods.read"
    PERIODS_WRITE = "periods.write"
    PLANNING_IMPORT = "planning.import"
    SOLVES_SUBMIT = "solves.submit"
    SOLVES_READ = "solves.read"
    SOLVES_CANCEL = "solves.cancel"
    FORECASTS_SUBMIT = "forecasts.submit"
    FORECASTS_READ = "forecasts.read"
    FORECASTS_CANCEL = "forecasts.cancel"
    FORECASTS_APPLY = "forecasts.apply"
    CALCULATIONS_SUBMIT = "calculations.submit"
    CALCULATIONS_READ = "calculations.read"
    CALCULATIONS_CANCEL = "calculations.cancel"
    CALCULATIONS_APPLY = "calculations.apply"
    SIMULATIONS_SUBMIT = "simulations.submit"
    SIMULATIONS_READ = "simulations.read"
    SIMULATIONS_CANCEL = "simulations.cancel"
    ERLANG_ASK = "erlang.ask"
    ROSTERS_READ = "rosters.read"
    ROSTERS_PUBLISH = "rosters.publish"
    ROSTERS_DELETE = "rosters.delete"
    ROSTERS_DIFF = "rosters.diff"
    ROSTERS_AUDIT = "rosters.audit"
    ROSTERS_KPIS = "rosters.kpis"
    OWN_SHIFTS_READ = "own_shifts.read"
    AGENT_SHIFTS_READ = "agent_shifts.read"
    OWN_FEED_WRITE = "own_feed.write"
    AGENT_FEED_WRITE = "agent_feed.write"
    PRINCIPALS_READ = "principals.read"
    PRINCIPALS_WRITE = "principals.write"
    OWN_ACCESS_READ = "own_access.read"
    OWN_ACCESS_WRITE = "own_access.write"
    TOKENS_OF_OTHERS = "tokens.others"
    TRAIL_READ = "trail.read"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_WRITE = "webhooks.write"
    WORKERS_READ = "workers.read"
    METRICS_READ = "metrics.read"
    DEMO_DATA_READ = "demo_data.read"


class Reach(StrEnum):
    """For what an operation is granted to a role.

    ``nothing``. ``own``: for the principal's own agent. ``self``: it is about the principal and
    nobody else. ``scope``: if every site concerned is in scope, and at least one is concerned.
    ``unscoped``: for planners of all sites only. ``all``.
    """

    NOTHING = "nothing"
    OWN = "own"
    SELF = "self"
    SCOPE = "scope"
    UNSCOPED = "unscoped"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Grant:
    """How far an operation reaches for planners and agents; administrators may do it always."""

    planner: Reach
    agent: Reach = Reach.NOTHING


_ADMIN_ONLY = Grant(Reach.NOTHING)
_ANY_PLANNER = Grant(Reach.ALL)
_IN_SCOPE = Grant(Reach.SCOPE)
_ALL_SITES = Grant(Reach.UNSCOPED)
_IN_SCOPE_OR_OWN = Grant(Reach.SCOPE, Reach.OWN)
_OWN = Grant(Reach.OWN, Reach.OWN)
_SELF = Grant(Reach.SELF, Reach.SELF)

TABLE: Mapping[Operation, Grant] = {
    Operation.SITES_READ: _ANY_PLANNER,
    Operation.SITES_WRITE: _ALL_SITES,
    Operation.CONTRACTS_READ: _ANY_PLANNER,
    Operation.CONTRACTS_WRITE: _ALL_SITES,
    Operation.QUEUES_READ: _ANY_PLANNER,
    Operation.QUEUES_WRITE: _ALL_SITES,
    Operation.AGENTS_READ: _IN_SCOPE,
    Operation.AGENTS_WRITE: _IN_SCOPE,
    Operation.LOCATIONS_READ: _IN_SCOPE,
    Operation.LOCATIONS_WRITE: _IN_SCOPE,
    Operation.SKILLS_READ: _IN_SCOPE,
    Operation.SKILLS_WRITE: _IN_SCOPE,
    Operation.DEMAND_READ: _ANY_PLANNER,
    Operation.DEMAND_WRITE: _ANY_PLANNER,
    Operation.REQUIREMENTS_READ: _ANY_PLANNER,
    Operation.REQUIREMENTS_WRITE: _ANY_PLANNER,
    Operation.AVAILABILITY_READ: _IN_SCOPE_OR_OWN,
    Operation.AVAILABILITY_WRITE: _IN_SCOPE,
    Operation.TIME_OFF_READ: _IN_SCOPE_OR_OWN,
    Operation.TIME_OFF_WRITE: _IN_SCOPE_OR_OWN,
    Operation.WISHES_READ: _IN_SCOPE_OR_OWN,
    Operation.WISHES_WRITE: _IN_SCOPE_OR_OWN,
    Operation.HISTORY_READ: _IN_SCOPE,
    Operation.HISTORY_WRITE: _IN_SCOPE,
    Operation.PINS_READ: _IN_SCOPE,
    Operation.PINS_WRITE: _IN_SCOPE,
    Operation.PERIODS_READ: _IN_SCOPE,
    Operation.PERIODS_WRITE: _IN_SCOPE,
    Operation.PLANNING_IMPORT: _ALL_SITES,
    Operation.SOLVES_SUBMIT: _IN_SCOPE,
    Operation.SOLVES_READ: _IN_SCOPE,
    Operation.SOLVES_CANCEL: _IN_SCOPE,
    Operation.FORECASTS_SUBMIT: _IN_SCOPE,
    Operation.FORECASTS_READ: _IN_SCOPE,
    Operation.FORECASTS_CANCEL: _IN_SCOPE,
    Operation.FORECASTS_APPLY: _IN_SCOPE,
    Operation.CALCULATIONS_SUBMIT: _IN_SCOPE,
    Operation.CALCULATIONS_READ: _IN_SCOPE,
    Operation.CALCULATIONS_CANCEL: _IN_SCOPE,
    Operation.CALCULATIONS_APPLY: _IN_SCOPE,
    Operation.SIMULATIONS_SUBMIT: _IN_SCOPE,
    Operation.SIMULATIONS_READ: _IN_SCOPE,
    Operation.SIMULATIONS_CANCEL: _IN_SCOPE,
    Operation.ERLANG_ASK: _ANY_PLANNER,
    Operation.ROSTERS_READ: _IN_SCOPE,
    Operation.ROSTERS_PUBLISH: _IN_SCOPE,
    Operation.ROSTERS_DELETE: _IN_SCOPE,
    Operation.ROSTERS_DIFF: _IN_SCOPE,
    Operation.ROSTERS_AUDIT: _IN_SCOPE,
    Operation.ROSTERS_KPIS: _IN_SCOPE,
    Operation.OWN_SHIFTS_READ: _OWN,
    Operation.AGENT_SHIFTS_READ: _IN_SCOPE_OR_OWN,
    Operation.OWN_FEED_WRITE: _OWN,
    Operation.AGENT_FEED_WRITE: _IN_SCOPE,
    Operation.PRINCIPALS_READ: _ADMIN_ONLY,
    Operation.PRINCIPALS_WRITE: _ADMIN_ONLY,
    Operation.OWN_ACCESS_READ: _SELF,
    Operation.OWN_ACCESS_WRITE: _SELF,
    Operation.TOKENS_OF_OTHERS: _ADMIN_ONLY,
    Operation.TRAIL_READ: _ADMIN_ONLY,
    Operation.WEBHOOKS_READ: _ADMIN_ONLY,
    Operation.WEBHOOKS_WRITE: _ADMIN_ONLY,
    Operation.WORKERS_READ: _ANY_PLANNER,
    Operation.METRICS_READ: _ADMIN_ONLY,
    Operation.DEMO_DATA_READ: _ANY_PLANNER,
}
"""Every operation and how far it reaches.

Importing a planning writes sites, contracts and queues too, so it needs every site. Sites,
contracts, queues and what queues need belong to no site: every planner reads them. A calculation
works out a period's requirements. ``own_access`` is a principal's own tokens, sessions and
password.
"""


def allows(
    principal: Principal,
    operation: Operation,
    *,
    site_ids: Iterable[str] = (),
    agent_id: str | None = None,
) -> bool:
    """Whether a principal may do something.

    Parameters
    ----------
    site_ids : iterable of str
        Every site concerned: a period's sites, an agent's site (for a change of it, before and
        after). For a planner with a scope the answer is no when none is named.
    agent_id : str, optional
        The agent concerned, where there is one.
    """
    match _reach(principal, operation):
        case Reach.ALL | Reach.SELF:
            return True
        case Reach.UNSCOPED:
            return not principal.site_ids
        case Reach.SCOPE:
            if not principal.site_ids:
                return True
            concerned = tuple(site_ids)
            return bool(concerned) and all(map(principal.sees_site, concerned))
        case Reach.OWN:
            return agent_id is not None and agent_id == principal.agent_id
        case Reach.NOTHING:
            return False


def may_ever(principal: Principal, operation: Operation) -> bool:
    """Whether a principal may do something for some site or agent: to ask before what is known."""
    match _reach(principal, operation):
        case Reach.UNSCOPED:
            return not principal.site_ids
        case Reach.OWN:
            return principal.agent_id is not None
        case reach:
            return reach is not Reach.NOTHING


def row_operation(stem: str, *, write: bool) -> Operation:
    """Return the operation of reading or writing rows of a planning's table, such as ``agents``.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    return Operation(f"{stem}.{'write' if write else 'read'}")


def _reach(principal: Principal, operation: Operation) -> Reach:
    if not principal.is_active:
        return Reach.NOTHING
    match principal.role:
        case Role.ADMIN:
            return Reach.ALL
        case Role.PLANNER:
            return TABLE[operation].planner
        case Role.AGENT:
            return TABLE[operation].agent
