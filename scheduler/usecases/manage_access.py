"""Principals and their tokens: who there is, what they may, how it is taken away."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.access.passwords import hash_password
from scheduler.access.policy import Operation
from scheduler.access.tokens import new_token
from scheduler.clock import Clock
from scheduler.domain.access import Principal, Role, TokenKind
from scheduler.errors import Fault, InputError
from scheduler.service import Service, require

if TYPE_CHECKING:
    from scheduler.store import Store, StoredToken

__all__ = [
    "add_principal",
    "add_token",
    "change_principal",
    "first_principal",
    "list_principals",
    "list_tokens",
    "make_token",
    "revoke_token",
    "set_password",
]

_LONGEST_NAME = 100
_LONGEST_LIFE = timedelta(days=3650)


def _principal(name: str, role: Role, agent_id: str | None, site_ids: tuple[str, ...]) -> Principal:
    faults = []
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
        faults.append(("/name", f"1 to {_LONGEST_NAME} printable characters"))
    if role is Role.AGENT and not agent_id:
        faults.append(("/agent_id", "the agent that a principal of role agent is"))
    if site_ids and role is not Role.PLANNER:
        faults.append(("/site_ids", "none: only planners have a scope of sites"))
    if faults:
        raise InputError(
            tuple(Fault("bad_principal", "body", text, column=where) for where, text in faults)
        )
    return Principal(uuid.uuid4().hex, name, role, agent_id, site_ids)


def first_principal(
    store: Store,
    name: str,
    role: Role,
    *,
    agent_id: str | None = None,
    site_ids: tuple[str, ...] = (),
    password: str | None = None,
) -> Principal:
    """Add a principal from this machine's command line; whoever runs it owns the database.

    Raises
    ------
    InputError, WeakPasswordError
        If name, role or password cannot be.
    ConflictError
        If the name is taken.
    """
    principal = _principal(name, role, agent_id, site_ids)
    kept = None if password is None else hash_password(password, name=name)
    with store.writing(by="command line") as unit:
        return unit.principals.add(principal, password_hash=kept)


def add_principal(
    service: Service,
    caller: Principal,
    name: str,
    role: Role,
    *,
    agent_id: str | None = None,
    site_ids: tuple[str, ...] = (),
    password: str | None = None,
) -> Principal:
    """Add a principal; errors as of `first_principal`, or DeniedError."""
    require(caller, Operation.PRINCIPALS_WRITE)
    principal = _principal(name, role, agent_id, site_ids)
    kept = None if password is None else hash_password(password, name=name)
    with service.store.writing(by=caller.principal_id) as unit:
        return unit.principals.add(principal, password_hash=kept)


def change_principal(
    service: Service,
    caller: Principal,
    principal_id: str,
    *,
    name: str,
    role: Role,
    agent_id: str | None,
    site_ids: tuple[str, ...],
    is_active: bool,
) -> Principal:
    """Change a principal; without access all its tokens are void at once.

    Raises
    ------
    NotFoundError, ConflictError, InputError, DeniedError
        If there is none, the name is taken, or it cannot be.
    """
    require(caller, Operation.PRINCIPALS_WRITE)
    checked = _principal(name, role, agent_id, site_ids)
    wanted = Principal(principal_id, checked.name, role, agent_id, site_ids, is_active=is_active)
    with service.store.writing(by=caller.principal_id) as unit:
        changed = unit.principals.put(wanted)
        if not is_active:
            unit.tokens.revoke_all(principal_id)
    return changed


def list_principals(
    service: Service, caller: Principal, *, after: str | None = None, limit: int = 100
) -> tuple[Principal, ...]:
    """Return principals by id; `after` is the last one of the page before."""
    require(caller, Operation.PRINCIPALS_READ)
    with service.store.reading() as unit:
        return unit.principals.list(after=after, limit=limit)


def set_password(service: Service, caller: Principal, principal_id: str, password: str) -> None:
    """Set a password, one's own or as administrator another's; its sessions end.

    Raises
    ------
    WeakPasswordError, NotFoundError, DeniedError
        If it is too weak, there is no such principal, or it is somebody else's.
    """
    own = principal_id == caller.principal_id
    require(caller, Operation.OWN_ACCESS_WRITE if own else Operation.PRINCIPALS_WRITE)
    with service.store.reading() as unit:
        principal = unit.principals.get(principal_id)
    kept = hash_password(password, name=principal.name)
    with service.store.writing(by=caller.principal_id) as unit:
        unit.principals.set_password(principal_id, kept)
        unit.tokens.revoke_all(principal_id, kinds=(TokenKind.SESSION,))


def make_token(
    store: Store,
    clock: Clock,
    principal_id: str,
    *,
    by: str,
    kind: TokenKind = TokenKind.PERSONAL,
    label: str = "",
    lifetime: timedelta | None = None,
) -> tuple[str, datetime | None]:
    """Make a token for a principal; return its text, which is shown once, and when it ends.

    Raises
    ------
    InputError
        If the lifetime is not positive or longer than ten years.
    NotFoundError
        If there is no such principal.
    """
    if lifetime is not None and not timedelta(0) < lifetime <= _LONGEST_LIFE:
        expected = f"days from 1 to {_LONGEST_LIFE.days}"
        raise InputError((Fault("out_of_range", "body", expected, column="/days"),))
    text, token = new_token(kind, principal_id=principal_id, clock=clock, lifetime=lifetime)
    with store.writing(by=by) as unit:
        unit.principals.get(principal_id)
        unit.tokens.add(
            token.token_id,
            token.secret_sha256,
            principal_id,
            kind,
            expires_at=token.expires_at,
            label=label[:_LONGEST_NAME],
        )
    return text, token.expires_at


def add_token(
    service: Service,
    caller: Principal,
    *,
    kind: TokenKind = TokenKind.PERSONAL,
    label: str = "",
    lifetime: timedelta | None = None,
) -> tuple[str, datetime | None]:
    """Make a token of one's own; see `make_token`. A calendar token needs an agent.

    Raises
    ------
    DeniedError
        If the caller may not.
    """
    if kind is TokenKind.CALENDAR:
        require(caller, Operation.OWN_FEED_WRITE, agent_id=caller.agent_id)
    require(caller, Operation.OWN_ACCESS_WRITE)
    return make_token(
        service.store,
        service.clock,
        caller.principal_id,
        by=caller.principal_id,
        kind=kind,
        label=label,
        lifetime=lifetime,
    )


def list_tokens(
    service: Service, caller: Principal, principal_id: str | None = None
) -> tuple[StoredToken, ...]:
    """Return the good tokens of the caller, or as administrator of somebody else."""
    wanted = principal_id or caller.principal_id
    own = wanted == caller.principal_id
    require(caller, Operation.OWN_ACCESS_READ if own else Operation.TOKENS_OF_OTHERS)
    with service.store.reading() as unit:
        tokens = unit.tokens.list(principal_id=wanted, limit=1000)
    now = service.clock()
    return tuple(
        token
        for token in tokens
        if token.revoked_at is None and (token.expires_at is None or token.expires_at > now)
    )


def revoke_token(service: Service, caller: Principal, token_id: str) -> None:
    """Take a token away, one's own or as administrator another's.

    Raises
    ------
    NotFoundError
        If there is none that the caller may take away.
    """
    from scheduler.store import NotFoundError

    with service.store.writing(by=caller.principal_id) as unit:
        token = unit.tokens.get(token_id)
        if token.principal_id != caller.principal_id and caller.role is not Role.ADMIN:
            raise NotFoundError("There is no such token.")
        unit.tokens.revoke(token_id)
