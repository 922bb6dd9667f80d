"""Principals, their passwords' hashes and their failed log-ins."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scheduler.domain.access import Principal
from scheduler.store.columns import instant_of, text_of
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import principal_of, strings_of, strings_text
from scheduler.store.tables import PRINCIPAL
from scheduler.store.trail import Change, Trail

__all__ = ["LogIn", "Principals"]

_MOST_FAILURES = 200


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

    def add(self, principal: Principal, *, password_hash: str | None = None) -> Principal:
        """Keep a new principal.

        Raises
        ------
        ConflictError
            If the id or the name, whatever its case, is taken.
        """
        self._check_name(principal)
        there = select(PRINCIPAL.c.principal_id).filter_by(principal_id=principal.principal_id)
        if self._connection.execute(there).first() is not None:
            raise ConflictError("There is a principal of that id already.")
        values = {**_values(principal), "password_hash": password_hash}
        self._connection.execute(insert(PRINCIPAL).values(values))
        self._note("add", principal.principal_id, None, principal)
        return principal

    def get(self, principal_id: str) -> Principal:
        """Return a principal.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return principal_of(self._row(principal_id))

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

    def list(self, *, after: str | None = None, limit: int = 100) -> tuple[Principal, ...]:
        """Return principals by their ids.

        Parameters
        ----------
        after : str, optional
            Only those behind this id: the last one of the page before.
        """
        query = select(PRINCIPAL).order_by(PRINCIPAL.c.principal_id).limit(limit)
        if after is not None:
            query = query.where(PRINCIPAL.c.principal_id > after)
        return tuple(principal_of(row) for row in self._connection.execute(query))

    def put(self, principal: Principal) -> Principal:
        """Change a principal; password and failures stay.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        ConflictError
            If another one has the name.
        """
        before = principal_of(self._row(principal.principal_id, hold=True))
        self._check_name(principal)
        self._change(principal.principal_id, _values(principal))
        self._note("put", principal.principal_id, before, principal)
        return principal

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

    def forget_failures(self, principal_id: str) -> None:
        """Begin anew after a success."""
        self._change(principal_id, {"failures": strings_text(())})

    def _check_name(self, principal: Principal) -> None:
        query = select(PRINCIPAL.c.principal_id).where(
            PRINCIPAL.c.name_key == _key(principal.name),
            PRINCIPAL.c.principal_id != principal.principal_id,
        )
        if self._connection.execute(query).first() is not None:
            raise ConflictError("Somebody else has that name.")

    def _change(self, principal_id: str, values: dict[str, Any]) -> None:
        mine = PRINCIPAL.c.principal_id == principal_id
        self._connection.execute(update(PRINCIPAL).where(mine).values(values))

    def _row(self, principal_id: str, *, hold: bool = False) -> Row[Any]:
        query = select(PRINCIPAL).where(PRINCIPAL.c.principal_id == principal_id)
        if hold:
            query = query.with_for_update()
        return _present(self._connection.execute(query).one_or_none())

    def _note(
        self, verb: str, principal_id: str, before: Principal | None, after: Principal
    ) -> None:
        former = None if before is None else _shown(before)
        self._trail.add(Change(verb, "principals", principal_id, former, _shown(after)))


def _present(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFoundError("There is no such principal.")
    return row


def _failures(row: Row[Any]) -> tuple[datetime, ...]:
    return tuple(map(instant_of, strings_of(row.failures)))


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _values(principal: Principal) -> dict[str, Any]:
    return {
        "principal_id": principal.principal_id,
        "name": principal.name,
        "name_key": _key(principal.name),
        "role": principal.role.value,
        "agent_id": principal.agent_id,
        "site_ids": strings_text(principal.site_ids),
        "is_active": principal.is_active,
    }


def _shown(principal: Principal) -> dict[str, object]:
    return {
        "name": principal.name,
        "role": principal.role.value,
        "agent_id": principal.agent_id,
        "site_ids": list(principal.site_ids),
        "is_active": principal.is_active,
    }
