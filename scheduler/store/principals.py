"""Principals, their passwords' hashes and their failed log-ins."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from scheduler.domain.access import Principal, Role
from scheduler.store.columns import instant_of, text_of
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import principal_of, strings_of, strings_text
from scheduler.store.statements import lock
from scheduler.store.tables import PRINCIPAL
from scheduler.store.trail import Change, Trail

__all__ = ["Identity", "LogIn", "Principals", "StoredPrincipal"]

_MOST_FAILURES = 200
_ADMINISTRATORS_LOCK = 0x68656C61


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom a provider knows somebody; no two principals have the same.

    Parameters
    ----------
    issuer : str
        Address of the provider.
    subject : str
        What it calls the person; it never means anybody else there.
    """

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class StoredPrincipal:
    """A principal as it is kept.

    Parameters
    ----------
    version : int
        Rises with each change; what `Principals.put` compares.
    identity : Identity, optional
        None where no provider may say who this is.
    """

    principal: Principal
    version: int
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class LogIn:
    """What a log-in is judged by.

    Parameters
    ----------
    password_hash : str, optional
        Opaque; None where no password was set.
    failures : tuple of datetime.datetime
        Failed log-ins since the last success, the latest 200 (aware UTC).
    """

    principal: Principal
    password_hash: str | None = field(repr=False)
    failures: tuple[datetime, ...]


class Principals:
    """Principals of one transaction."""

    def __init__(self, connection: Connection, trail: Trail) -> None:
        self._connection, self._trail = connection, trail

    def add(
        self,
        principal: Principal,
        *,
        password_hash: str | None = None,
        identity: Identity | None = None,
    ) -> StoredPrincipal:
        """Keep a new principal.

        Raises
        ------
        ConflictError
            If the id, the identity or the name, whatever its case, is taken.
        """
        self._check_taken(principal, identity)
        there = select(PRINCIPAL.c.principal_id).filter_by(principal_id=principal.principal_id)
        if self._connection.execute(there).first() is not None:
            raise ConflictError("There is a principal of that id already.")
        added = StoredPrincipal(principal, 1, identity)
        values = {**_values(added), "password_hash": password_hash}
        self._connection.execute(insert(PRINCIPAL).values(values))
        self._note("add", None, added)
        return added

    def get(self, principal_id: str) -> Principal:
        """Return a principal.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return self.stored(principal_id).principal

    def stored(self, principal_id: str) -> StoredPrincipal:
        """Return a principal with version and identity.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return _stored(self._row(principal_id))

    def by_name(self, name: str) -> Principal:
        """Return the principal of a name, whatever its case.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return self.log_in(name).principal

    def log_in(self, name: str) -> LogIn:
        """Return what a log-in under a name is judged by.

        Raises
        ------
        NotFoundError
            If there is nobody of that name.
        """
        query = select(PRINCIPAL).where(PRINCIPAL.c.name_key == _key(name))
        row = _present(self._connection.execute(query).one_or_none())
        return LogIn(principal_of(row), row.password_hash, _failures(row))

    def known_as(self, identity: Identity) -> Principal:
        """Return whom a provider knows by a subject.

        Raises
        ------
        NotFoundError
            If it is nobody of ours.
        """
        query = select(PRINCIPAL).where(
            PRINCIPAL.c.oidc_issuer == identity.issuer,
            PRINCIPAL.c.oidc_subject == identity.subject,
        )
        return principal_of(_present(self._connection.execute(query).one_or_none()))

    def of_agent(self, agent_id: str) -> Principal:
        """Return the one who may log in as an agent; of several, role agent first, then by id.

        Raises
        ------
        NotFoundError
            If there is none, or none that has access.
        """
        query = (
            select(PRINCIPAL)
            .where(PRINCIPAL.c.agent_id == agent_id, PRINCIPAL.c.is_active)
            .order_by(PRINCIPAL.c.role != Role.AGENT.value, PRINCIPAL.c.principal_id)
            .limit(1)
        )
        return principal_of(_present(self._connection.execute(query).one_or_none()))

    def list(self, *, after: str | None = None, limit: int = 100) -> tuple[StoredPrincipal, ...]:
        """Return principals by their ids.

        Parameters
        ----------
        after : str, optional
            Only those behind this id: the last one of the page before.
        """
        query = select(PRINCIPAL).order_by(PRINCIPAL.c.principal_id).limit(limit)
        if after is not None:
            query = query.where(PRINCIPAL.c.principal_id > after)
        return tuple(_stored(row) for row in self._connection.execute(query))

    def put(self, wanted: StoredPrincipal) -> StoredPrincipal:
        """Change a principal; password and failures stay.

        Parameters
        ----------
        wanted : StoredPrincipal
            With the version that the caller has seen.

        Returns
        -------
        StoredPrincipal
            With its new version.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        ConflictError
            If it has another version by now, another one has the name or the identity, or nobody
            would be left to administer.
        """
        lock(self._connection, _ADMINISTRATORS_LOCK)
        principal = wanted.principal
        before = _stored(self._row(principal.principal_id, hold=True))
        if before.version != wanted.version:
            raise ConflictError("The principal has been changed meanwhile.", version=before.version)
        if _administers(before.principal) and not _administers(principal):
            self._check_another_administrator(principal.principal_id)
        self._check_taken(principal, wanted.identity)
        changed = replace(wanted, version=before.version + 1)
        self._change(principal.principal_id, _values(changed))
        self._note("put", before, changed)
        return changed

    def set_password(self, principal_id: str, password_hash: str | None) -> None:
        """Keep a password's hash, or take the password away; failures are forgotten.

        Raises
        ------
        NotFoundError
            If there is no such principal.
        """
        row = self._row(principal_id, hold=True)
        self._change(
            principal_id,
            {"password_hash": password_hash, "failures": strings_text(())},
        )
        states = tuple({"password": bool(one)} for one in (row.password_hash, password_hash))
        self._trail.add(Change("password", "principals", principal_id, *states))

    def rehash(self, principal_id: str, password_hash: str) -> None:
        """Keep a fresh hash of the same password; no change that anybody would look for."""
        self._row(principal_id, hold=True)
        self._change(principal_id, {"password_hash": password_hash})

    def note_failure(self, principal_id: str, at: datetime) -> tuple[datetime, ...]:
        """Note a failed log-in; return all those since the last success.

        Raises
        ------
        NotFoundError
            If there is no such principal.
        """
        failures = (*_failures(self._row(principal_id, hold=True)), at)[-_MOST_FAILURES:]
        self._change(principal_id, {"failures": strings_text(map(text_of, failures))})
        return failures

    def forget_failures(self, principal_id: str) -> LogIn:
        """Begin anew after a success; return what is kept, which stays so until the end.

        Raises
        ------
        NotFoundError
            If there is no such principal.
        """
        self._change(principal_id, {"failures": strings_text(())})
        row = self._row(principal_id)
        return LogIn(principal_of(row), row.password_hash, ())

    def _check_taken(self, principal: Principal, identity: Identity | None) -> None:
        named = PRINCIPAL.c.name_key == _key(principal.name)
        self._check_nobody_else(principal, named, "Somebody else has that name.")
        if identity is not None:
            known = and_(
                PRINCIPAL.c.oidc_issuer == identity.issuer,
                PRINCIPAL.c.oidc_subject == identity.subject,
            )
            self._check_nobody_else(principal, known, "The provider knows somebody else as that.")

    def _check_nobody_else(
        self, principal: Principal, taken: ColumnElement[bool], sentence: str
    ) -> None:
        query = select(PRINCIPAL.c.principal_id).where(
            taken, PRINCIPAL.c.principal_id != principal.principal_id
        )
        if self._connection.execute(query).first() is not None:
            raise ConflictError(sentence)

    def _check_another_administrator(self, principal_id: str) -> None:
        query = select(PRINCIPAL.c.principal_id).where(
            PRINCIPAL.c.role == Role.ADMIN.value,
            PRINCIPAL.c.is_active,
            PRINCIPAL.c.principal_id != principal_id,
        )
        if self._connection.execute(query.limit(1)).first() is None:
            raise ConflictError("This is the last administrator; make another one first.")

    def _change(self, principal_id: str, values: dict[str, Any]) -> None:
        mine = PRINCIPAL.c.principal_id == principal_id
        self._connection.execute(update(PRINCIPAL).where(mine).values(values))

    def _row(self, principal_id: str, *, hold: bool = False) -> Row[Any]:
        query = select(PRINCIPAL).where(PRINCIPAL.c.principal_id == principal_id)
        if hold:
            query = query.with_for_update()
        return _present(self._connection.execute(query).one_or_none())

    def _note(self, verb: str, before: StoredPrincipal | None, after: StoredPrincipal) -> None:
        former = None if before is None else _shown(before)
        key = after.principal.principal_id
        self._trail.add(Change(verb, "principals", key, former, _shown(after)))


def _present(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFoundError("There is no such principal.")
    return row


def _failures(row: Row[Any]) -> tuple[datetime, ...]:
    return tuple(map(instant_of, strings_of(row.failures)))


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _administers(principal: Principal) -> bool:
    return principal.role is Role.ADMIN and principal.is_active


def _stored(row: Row[Any]) -> StoredPrincipal:
    known = row.oidc_subject is not None
    identity = Identity(row.oidc_issuer, row.oidc_subject) if known else None
    return StoredPrincipal(principal_of(row), row.version, identity)


def _values(stored: StoredPrincipal) -> dict[str, Any]:
    principal = stored.principal
    return {
        "principal_id": principal.principal_id,
        "name": principal.name,
        "name_key": _key(principal.name),
        "role": principal.role.value,
        "agent_id": principal.agent_id,
        "site_ids": strings_text(principal.site_ids),
        "is_active": principal.is_active,
        "version": stored.version,
        **_identity(stored),
    }


def _identity(stored: StoredPrincipal) -> dict[str, str | None]:
    known = stored.identity
    return {
        "oidc_issuer": None if known is None else known.issuer,
        "oidc_subject": None if known is None else known.subject,
    }


def _shown(stored: StoredPrincipal) -> dict[str, object]:
    principal = stored.principal
    return {
        "name": principal.name,
        "role": principal.role.value,
        "agent_id": principal.agent_id,
        "site_ids": list(principal.site_ids),
        "is_active": principal.is_active,
        **_identity(stored),
    }
