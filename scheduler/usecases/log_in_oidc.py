"""Log-in through a provider: there with secrets that only the browser keeps, and back."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING

from scheduler.access.keepsake import LOGIN_LIFETIME, login_of, new_keepsake
from scheduler.access.provider import OidcError, OidcFault
from scheduler.domain.access import Principal, Role
from scheduler.errors import DeniedError, SchedulerError, UnauthenticatedError
from scheduler.service import Service
from scheduler.usecases.log_in import begin_session, take_try

if TYPE_CHECKING:
    from datetime import datetime

    from scheduler.access.oidc import OidcIdentity, OidcProvider
    from scheduler.store.principals import Identity

__all__ = [
    "LOGIN_LIFETIME",
    "NotConfiguredError",
    "ProviderDownError",
    "begin_at_provider",
    "come_back",
]

_OURS_OR_THEIRS = (OidcFault.SETTINGS, OidcFault.UNREACHABLE, OidcFault.BAD_ANSWER)
_log = logging.getLogger("heliotrope.access")


class NotConfiguredError(SchedulerError):
    """There is no provider to log in through."""

    code = "not_configured"


class ProviderDownError(SchedulerError):
    """The provider cannot be reached or understood; the log says why."""

    code = "provider_down"


def begin_at_provider(service: Service, *, address: str) -> tuple[str, str]:
    """Return the address at the provider to send somebody to, and what the browser is to keep.

    Raises
    ------
    NotConfiguredError, ProviderDownError, LimitedError
        If there is no provider, it is out of order, or there were too many tries.
    """
    provider = _provider(service)
    take_try(service, address)
    keepsake = new_keepsake(service.clock)
    try:
        return provider.authorize_url(login_of(keepsake, clock=service.clock)), keepsake
    except OidcError as error:
        raise _answer_to(error) from None


def come_back(
    service: Service,
    *,
    keepsake: str | None,
    code: str | None,
    state: str | None,
    issuer: str | None,
    address: str,
) -> tuple[str, datetime]:
    """Return the token of a new session for somebody who comes back, and when it ends.

    Known people are found by what the provider calls them, never by a name. Somebody who comes for
    the first time is let in if the provider names a role and the settings its claim.

    Parameters
    ----------
    keepsake : str, optional
        What `begin_at_provider` had the browser keep.
    code, state, issuer : str, optional
        From the query with which the person comes back.

    Raises
    ------
    UnauthenticatedError
        If the answer is not to be believed, or belongs to another log-in.
    DeniedError
        If it is nobody who may come in.
    NotConfiguredError, ProviderDownError, LimitedError
        As of `begin_at_provider`.
    """
    provider = _provider(service)
    take_try(service, address)
    try:
        login = login_of(keepsake or "", clock=service.clock)
        found = provider.exchange(login, code=code or "", state=state or "", issuer=issuer)
    except OidcError as error:
        raise _answer_to(error) from None
    principal = _found_or_made(service, found)
    if not principal.is_active:
        raise DeniedError("Your access was taken away; an administrator can give it back.")
    with service.store.writing(by=principal.principal_id) as unit:
        return begin_session(service, unit, principal.principal_id, label="provider")


def _provider(service: Service) -> OidcProvider:
    if service.oidc is None:
        raise NotConfiguredError("This server has no provider to log in through.")
    return service.oidc


def _answer_to(error: OidcError) -> SchedulerError:
    """Return what the person is told; why stands in the log."""
    if error.fault in _OURS_OR_THEIRS:
        _log.error("log-in through the provider is out of order: %s", error)
        return ProviderDownError(
            "The provider to log in through is out of order; try again in a minute."
        )
    _log.warning("log-in through the provider refused: %s", error)
    if error.fault is OidcFault.STATE:
        return UnauthenticatedError(
            "This answer belongs to another log-in or took too long; begin again."
        )
    return UnauthenticatedError("The provider's answer lets nobody in; begin again.")


def _found_or_made(service: Service, found: OidcIdentity) -> Principal:
    from scheduler.store import ConflictError
    from scheduler.store.principals import Identity

    identity = Identity(found.issuer, found.subject)
    principal = _known(service, identity)
    if principal is not None:
        return principal
    newcomer = _newcomer(found)
    try:
        with service.store.writing(by=newcomer.principal_id) as unit:
            return unit.principals.add(newcomer, identity=identity).principal
    except ConflictError:  # the name is taken, or the same person came twice at this moment
        principal = _known(service, identity)
        if principal is None:
            raise DeniedError(
                "Somebody else has the name that your provider tells; ask an administrator."
            ) from None
        return principal


def _known(service: Service, identity: Identity) -> Principal | None:
    from scheduler.store import NotFoundError

    with service.store.reading() as unit:
        try:
            return unit.principals.known_as(identity)
        except NotFoundError:
            return None


def _newcomer(found: OidcIdentity) -> Principal:
    """Return the principal that somebody becomes who comes for the first time.

    Raises
    ------
    DeniedError
        If the provider does not say enough for that.
    """
    strange = DeniedError(
        "The provider knows you, Heliotrope does not: ask an administrator to let you in as "
        f"subject {found.subject}."
    )
    if found.role is None or found.name is None:
        raise strange
    if found.role is Role.AGENT and found.agent_id is None:
        raise strange
    return Principal(uuid.uuid4().hex, found.name, found.role, found.agent_id)
