"""Published shifts of one agent, on the agent's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain import Shift
from scheduler.domain.access import Principal, Role
from scheduler.errors import Fault, InputError
from scheduler.service import Service, require, require_ever

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = ["own_shifts", "shifts_of_agent"]

_LONGEST = timedelta(days=400)


def own_shifts(
    service: Service, caller: Principal, *, start: datetime, until: datetime
) -> tuple[Shift, ...]:
    """Return the caller's published shifts that overlap ``[start, until)`` (aware UTC).

    Raises
    ------
    DeniedError
        If the caller is no agent.
    InputError
        If the stretch is empty or longer than 400 days.
    """
    agent_id = caller.agent_id or ""
    require(caller, Operation.OWN_SHIFTS_READ, agent_id=agent_id)
    _check(start, until)
    with service.store.reading() as unit:
        return unit.rosters.shifts_of(agent_id, start, until)


def shifts_of_agent(
    service: Service, caller: Principal, agent_id: str, *, start: datetime, until: datetime
) -> tuple[Shift, ...]:
    """Return an agent's published shifts, for planners and for the agent; see `own_shifts`.

    Raises
    ------
    NotFoundError
        If there is no such agent.
    DeniedError, InputError
        As of `own_shifts`.
    """
    require_ever(caller, Operation.AGENT_SHIFTS_READ)
    if caller.role is Role.AGENT:  # before anything tells which agents there are
        require(caller, Operation.AGENT_SHIFTS_READ, agent_id=agent_id)
    _check(start, until)
    with service.store.reading() as unit:
        site_id = _site_of(unit, agent_id)
        require(caller, Operation.AGENT_SHIFTS_READ, site_ids=(site_id,), agent_id=agent_id)
        return unit.rosters.shifts_of(agent_id, start, until)


def _site_of(unit: Unit, agent_id: str) -> str:
    return str(unit.rows.get("agents", agent_id).values["site_id"])


def _check(start: datetime, until: datetime) -> None:
    if not start < until <= start + _LONGEST:
        expected = f"a moment after `from`, at most {_LONGEST.days} days later"
        raise InputError((Fault("wrong_order", "query", expected, column="until"),))
