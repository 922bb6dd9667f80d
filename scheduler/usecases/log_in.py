"""Who calls: log-in by name and password, sessions, and tokens that stand for somebody."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.access.limits import address_key, client_address, locked_until
from scheduler.access.passwords import (
    WeakPasswordError,
    hash_password,
    needs_rehash,
    verify_password,
)
from scheduler.access.tokens import (
    LIFETIMES,
    LONGEST_SESSION,
    TokenError,
    new_token,
    parse_token,
)
from scheduler.domain.access import Principal, TokenKind
from scheduler.errors import LimitedError, StateError, UnauthenticatedError
from scheduler.service import Service

if TYPE_CHECKING:
    from scheduler.store import LogIn, StoredToken, Unit

__all__ = [
    "begin_session",
    "caller_address",
    "log_in",
    "log_out",
    "principal_of_token",
    "renew_session",
    "take_try",
    "token_behind",
]

_GOOD_TOKEN = "This token is not good: unknown, expired or revoked."
_WRONG = "Name or password is wrong."


def caller_address(service: Service, peer: str, forwarded: str) -> str:
    """Return where a caller comes from; see `scheduler.access.limits.client_address`."""
    return client_address(peer, forwarded, trusted=service.settings.trusted_proxies)


def take_try(service: Service, address: str) -> None:
    """Take one of the tries to log in that an address has.

    Raises
    ------
    LimitedError
        If there is none at the moment.
    """
    wait = service.log_in_rate.take(address_key(address))
    if wait is not None:
        raise _too_often(wait)


def log_in(service: Service, name: str, password: str, *, address: str) -> tuple[str, datetime]:
    """Return a new session's token and when it ends.

    Wrong passwords lock a name for ever longer, and too many tries from one address have to wait.
    For a wrong password and an unknown name the answer is the same after the same time; but only a
    name that exists can be locked.

    Parameters
    ----------
    address : str
        Where the caller comes from.

    Raises
    ------
    UnauthenticatedError
        If name or password is wrong, or access was taken away.
    LimitedError
        If there were too many tries.
    """
    take_try(service, address)
    known = _known(service, name)
    if known is not None:
        _note_try(service, known)
    right = verify_password(None if known is None else known.password_hash, password)
    if known is None or not right or not known.principal.is_active:
        raise UnauthenticatedError(_WRONG)
    principal = known.principal
    fresh = _fresh_hash(known, password)
    with service.store.writing(by=principal.principal_id) as unit:
        now = unit.principals.forget_failures(principal.principal_id)
        if now.password_hash != known.password_hash or not now.principal.is_active:
            raise UnauthenticatedError(_WRONG)
        if fresh is not None:
            unit.principals.rehash(principal.principal_id, fresh)
        return begin_session(service, unit, principal.principal_id, label="log-in")


def _known(service: Service, name: str) -> LogIn | None:
    from scheduler.store import NotFoundError

    with service.store.reading() as unit:
        try:
            return unit.principals.log_in(name)
        except NotFoundError:
            return None


def _note_try(service: Service, known: LogIn) -> None:
    """Note a failure before the password is looked at, so that many at once all count."""
    now = service.clock()
    _check_unlocked(known.failures, now)
    with service.store.writing() as unit:
        failures = unit.principals.note_failure(known.principal.principal_id, now)
        _check_unlocked(failures[:-1], now)  # what others noted meanwhile; it undoes the note


def _check_unlocked(failures: tuple[datetime, ...], now: datetime) -> None:
    end = locked_until(failures, now)
    if end is not None:
        raise _too_often(end - now)


def _fresh_hash(known: LogIn, password: str) -> str | None:
    """Return a hash with today's parameters where the one that is kept has others."""
    if known.password_hash is not None and needs_rehash(known.password_hash):
        with suppress(WeakPasswordError):  # it was good enough when it was set
            return hash_password(password, name=known.principal.name)
    return None


def _too_often(wait: timedelta) -> LimitedError:
    seconds = max(1, math.ceil(wait.total_seconds()))
    return LimitedError(f"Too many tries; wait {seconds} seconds.", retry_after_seconds=seconds)


def begin_session(
    service: Service,
    unit: Unit,
    principal_id: str,
    *,
    label: str,
    began_at: datetime | None = None,
) -> tuple[str, datetime]:
    """Keep a new session of somebody; return its token and when it ends.

    Parameters
    ----------
    unit : Unit
        Transaction in which who it is was found out.
    began_at : datetime.datetime, optional
        Of a session that goes on: when the first one began.
    """
    now = service.clock()
    left = (began_at or now) + LONGEST_SESSION - now
    lifetime = min(LIFETIMES[TokenKind.SESSION] or left, left)
    text, token = new_token(
        TokenKind.SESSION, principal_id=principal_id, clock=lambda: now, lifetime=lifetime
    )
    unit.tokens.add(
        token.token_id,
        token.secret_sha256,
        principal_id,
        TokenKind.SESSION,
        expires_at=token.expires_at,
        label=label,
        began_at=began_at,
    )
    return text, now + lifetime


def renew_session(service: Service, text: str) -> tuple[str, datetime]:
    """Return a new token for a session that has not ended, and when it ends; the old one is void.

    A session goes on for 30 days at most, then its person logs in again.

    Raises
    ------
    UnauthenticatedError
        If the session has ended.
    StateError
        If the token is none of a session.
    """
    token, principal = token_behind(service, text)
    if token.kind is not TokenKind.SESSION:
        raise StateError("Only sessions are renewed; other tokens are rotated by their id.")
    with service.store.writing(by=principal.principal_id) as unit:
        if not unit.tokens.revoke(token.token_id):
            raise UnauthenticatedError(_GOOD_TOKEN)
        return begin_session(
            service, unit, principal.principal_id, label=token.label, began_at=token.began_at
        )


def token_behind(service: Service, text: str) -> tuple[StoredToken, Principal]:
    """Return the token that a text is, and whose it is.

    Raises
    ------
    UnauthenticatedError
        If it is none that is good.
    """
    from scheduler.store import NotFoundError

    try:
        parsed = parse_token(text)
    except TokenError:
        raise UnauthenticatedError("This is no token of Heliotrope; was it mistyped?") from None
    with service.store.reading() as unit:
        try:
            token, principal = unit.tokens.owner_of(parsed.secret_sha256)
        except NotFoundError:
            raise UnauthenticatedError(_GOOD_TOKEN) from None
    good = token.is_good(service.clock()) and token.kind == parsed.kind
    if not good or not principal.is_active:
        raise UnauthenticatedError(_GOOD_TOKEN)
    return token, principal


def principal_of_token(service: Service, text: str) -> Principal:
    """Return whose a token for the API is; calendar tokens are good for a feed alone.

    Raises
    ------
    UnauthenticatedError
        If it is none that is good here.
    """
    token, principal = token_behind(service, text)
    if token.kind is TokenKind.CALENDAR:
        raise UnauthenticatedError("This token reads a calendar, nothing else.")
    return principal


def log_out(service: Service, text: str) -> None:
    """End a session, or take any other token away by itself.

    Raises
    ------
    UnauthenticatedError
        If it is none that is good.
    """
    token, principal = token_behind(service, text)
    with service.store.writing(by=principal.principal_id) as unit:
        unit.tokens.revoke(token.token_id)
