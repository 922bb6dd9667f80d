"""Principals: who there is, what they may, how it is taken away; and their first tokens."""

from __future__ import annotations

import uuid
from dataclasses import replace
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
    from scheduler.store import Store, Unit
    from scheduler.store.principals import Identity, StoredPrincipal

__all__ = [
    "add_principal",
    "change_principal",
    "first_principal",
    "get_principal",
    "kept_token",
    "list_principals",
    "make_token",
    "set_password",
]

_LONGEST_NAME = 100
_LONGEST_SUBJECT = 255
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


def _identity(
    service: Service, subject: str | None, before: Identity | None = None
) -> Identity | None:
    """Return as whom the provider of the settings is to know somebody.

    A subject that stays keeps its provider: the same word means somebody else at another one.
    """
    from scheduler.store.principals import Identity

    if subject is None:
        return None
    if before is not None and before.subject == subject:
        return before
    expected = None
    if not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        expected = f"1 to {_LONGEST_SUBJECT} printable characters"
    elif service.oidc is None:
        expected = "none: this server has no provider to log in through"
    if expected is not None or service.oidc is None:
        raise InputError((Fault("bad_principal", "body", expected or "", column="/oidc_subject"),))
    return Identity(service.oidc.issuer, subject)


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
        return unit.principals.add(principal, password_hash=kept).principal


def add_principal(
    service: Service,
    caller: Principal,
    name: str,
    role: Role,
    *,
    agent_id: str | None = None,
    site_ids: tuple[str, ...] = (),
    password: str | None = None,
    oidc_subject: str | None = None,
) -> StoredPrincipal:
    """Add a principal; errors as of `first_principal`, or DeniedError.

    Parameters
    ----------
    agent_id : str, optional
        Need not be there yet: people may be let in before their planning is imported.
    oidc_subject : str, optional
        What the provider calls this person, who may then log in through it.
    """
    require(caller, Operation.PRINCIPALS_WRITE)
    principal = _principal(name, role, agent_id, site_ids)
    identity = _identity(service, oidc_subject)
    kept = None if password is None else hash_password(password, name=name)
    with service.store.writing(by=caller.principal_id) as unit:
        return unit.principals.add(principal, password_hash=kept, identity=identity)


def change_principal(
    service: Service,
    caller: Principal,
    principal_id: str,
    version: int,
    *,
    name: str,
    role: Role,
    agent_id: str | None,
    site_ids: tuple[str, ...],
    is_active: bool,
    oidc_subject: str | None,
) -> StoredPrincipal:
    """Change a principal; without access all its tokens are void at once.

    When the agent changes, calendars of the former one are void; when the provider is to know
    somebody else, sessions end.

    Parameters
    ----------
    version : int
        What the caller has seen.

    Raises
    ------
    NotFoundError, ConflictError, InputError, DeniedError
        If there is none, it has another version by now, the name or the subject is taken, no
        administrator would be left, or it cannot be.
    """
    require(caller, Operation.PRINCIPALS_WRITE)
    checked = _principal(name, role, agent_id, site_ids)
    wanted = replace(checked, principal_id=principal_id, is_active=is_active)
    with service.store.writing(by=caller.principal_id) as unit:
        before = unit.principals.stored(principal_id)
        identity = _identity(service, oidc_subject, before.identity)
        changed = unit.principals.put(
            replace(before, principal=wanted, version=version, identity=identity)
        )
        if not is_active:
            unit.tokens.revoke_all(principal_id)
        if agent_id != before.principal.agent_id:
            unit.tokens.revoke_all(principal_id, kinds=(TokenKind.CALENDAR,))
        if identity != before.identity:
            unit.tokens.revoke_all(principal_id, kinds=(TokenKind.SESSION,))
    return changed


def get_principal(service: Service, caller: Principal, principal_id: str) -> StoredPrincipal:
    """Return a principal.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or the caller may not.
    """
    require(caller, Operation.PRINCIPALS_READ)
    with service.store.reading() as unit:
        return unit.principals.stored(principal_id)


def list_principals(
    service: Service, caller: Principal, *, after: str | None = None, limit: int = 100
) -> tuple[StoredPrincipal, ...]:
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
    with store.writing(by=by) as unit:
        unit.principals.get(principal_id)
        return kept_token(unit, clock, principal_id, kind, label=label, lifetime=lifetime)


def kept_token(
    unit: Unit,
    clock: Clock,
    principal_id: str,
    kind: TokenKind,
    *,
    label: str,
    lifetime: timedelta | None = None,
) -> tuple[str, datetime | None]:
    """Make a token in a transaction; return its text and when it ends."""
    text, token = new_token(kind, principal_id=principal_id, clock=clock, lifetime=lifetime)
    unit.tokens.add(
        token.token_id,
        token.secret_sha256,
        principal_id,
        kind,
        expires_at=token.expires_at,
        label=label[:_LONGEST_NAME],
    )
    return text, token.expires_at
