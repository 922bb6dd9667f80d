"""What the use cases of a server work with: settings, clock, store and job engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation, allows, may_ever
from scheduler.clock import Clock
from scheduler.domain.access import Principal
from scheduler.errors import DeniedError

if TYPE_CHECKING:
    from scheduler.access.limits import Buckets
    from scheduler.access.oidc import OidcProvider
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
    oidc : OidcProvider, optional
        Provider that the settings name, through which people may log in.
    """

    settings: Settings
    clock: Clock
    store: Store
    engine: Engine
    log_in_rate: Buckets
    oidc: OidcProvider | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "oidc", _provider(self.settings, self.clock))


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


def _provider(settings: Settings, clock: Clock) -> OidcProvider | None:
    secret = settings.oidc_client_secret
    if settings.oidc_issuer is None or settings.oidc_client_id is None or secret is None:
        return None
    from scheduler.access.oidc import OidcProvider, OidcSettings

    named = OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        redirect_uri=f"{(settings.public_url or '').rstrip('/')}/v1/oidc/callback",
        client_secret=secret.get_secret_value(),
        name_claim=settings.oidc_name_claim,
        role_claim=settings.oidc_role_claim,
        agent_claim=settings.oidc_agent_claim,
        roles=tuple(settings.oidc_roles.items()),
        scopes=settings.oidc_scopes,
        allow_loopback=settings.development,
    )
    return OidcProvider(named, clock=clock)
