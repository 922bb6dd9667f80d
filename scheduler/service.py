"""What the use cases of a server work with: settings, clock, store and job engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation, allows, may_ever
from scheduler.clock import Clock
from scheduler.domain.access import Principal
from scheduler.errors import DeniedError

if TYPE_CHECKING:
    from scheduler.access.limits import Buckets
    from scheduler.jobs.engine import Engine
    from scheduler.settings import Settings
    from scheduler.store import Store

__all__ = ["Service", "require", "require_ever"]


@dataclass(frozen=True, slots=True)
class Service:
    """A server's parts, put together by `scheduler.app`.

    Parameters
    ----------
    engine : Engine
        Started; as client, embedded or worker.
    log_in_rate : Buckets
        Tries to log in, by address.
    """

    settings: Settings
    clock: Clock
    store: Store
    engine: Engine
    log_in_rate: Buckets


def require(
    caller: Principal,
    operation: Operation,
    *,
    site_ids: Iterable[str] = (),
    agent_id: str | None = None,
) -> None:
    """Go on if the caller may do something; see `scheduler.access.policy.allows`.

    Raises
    ------
    DeniedError
        If not.
    """
    if not allows(caller, operation, site_ids=site_ids, agent_id=agent_id):
        raise DeniedError(f"The role {caller.role.value} does not allow {operation.value} here.")


def require_ever(caller: Principal, operation: Operation) -> None:
    """Go on if the caller may do something for some site or agent.

    Raises
    ------
    DeniedError
        If not.
    """
    if not may_ever(caller, operation):
        raise DeniedError(f"The role {caller.role.value} does not allow {operation.value}.")
