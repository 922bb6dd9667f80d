"""Who calls: log-in by name and password, and tokens that stand for somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler.access.limits import address_key, locked_until
from scheduler.access.passwords import hash_password, needs_rehash, verify_password
from scheduler.access.tokens import TokenError, new_token, parse_token
from scheduler.domain.access import Principal, TokenKind
from scheduler.errors import LimitedError, UnauthenticatedError
from scheduler.service import Service

if TYPE_CHECKING:
    from scheduler.store import LogIn, StoredToken

__all__ = ["log_in", "log_out", "principal_of_token", "token_behind"]

_GOOD_TOKEN = "This token is not good: unknown, expired or revoked."


def log_in(service: Service, name: str, password: str, *, address: str) -> tuple[str, Principal]:
    """Return a new session's token and whose it is.

    Wrong passwords lock a name for ever longer, and too many tries from one address have to wait;
    the answer never tells whether a name exists.

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
    wait = service.log_in_rate.take(address_key(address))
    if wait is not None:
        raise _too_often(wait)
    known = _known(service, name)
    now = service.clock()
    end = None if known is None else locked_until(known.failures, now)
    if end is not None:
        raise _too_often(end - now)
    if known is not None:  # noted before the password is looked at: many at once all count
        with service.store.writing() as unit:
            unit.principals.note_failure(known.principal.principal_id, now)
    right = verify_password(None if known is None else known.password_hash, password)
    if known is None or not right or not known.principal.is_active:
        raise UnauthenticatedError("Name or password is wrong.")
    principal = known.principal
    text, token = new_token(
        TokenKind.SESSION, principal_id=principal.principal_id, clock=service.clock
    )
    with service.store.writing(by=principal.principal_id) as unit:
        unit.principals.forget_failures(principal.principal_id)
        if known.password_hash is not None and needs_rehash(known.password_hash):
            fresh = hash_password(password, name=principal.name)
            unit.principals.rehash(principal.principal_id, fresh)
        unit.tokens.add(
            token.token_id,
            token.secret_sha256,
            principal.principal_id,
            TokenKind.SESSION,
            expires_at=token.expires_at,
            label="log-in",
        )
    return text, principal


def _known(service: Service, name: str) -> LogIn | None:
    from scheduler.store import NotFoundError

    with service.store.reading() as unit:
        try:
            return unit.principals.log_in(name)
        except NotFoundError:
            return None


def _too_often(wait: timedelta) -> LimitedError:
    seconds = max(1.0, wait.total_seconds())
    return LimitedError(f"Too many tries; wait {seconds:.0f} seconds.", retry_after_seconds=seconds)


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
            token = unit.tokens.by_hash(parsed.secret_sha256)
            principal = unit.principals.get(token.principal_id)
        except NotFoundError:
            raise UnauthenticatedError(_GOOD_TOKEN) from None
    ended = token.expires_at is not None and token.expires_at <= service.clock()
    if ended or token.revoked_at is not None or token.kind != parsed.kind:
        raise UnauthenticatedError(_GOOD_TOKEN)
    if not principal.is_active:
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
