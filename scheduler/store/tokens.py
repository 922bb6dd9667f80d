"""Tokens, known by their hashes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from scheduler.clock import Clock
from scheduler.domain.access import Principal, TokenKind
from scheduler.store.columns import Instant, instant_of
from scheduler.store.database import Prepared
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import principal_of
from scheduler.store.tables import PRINCIPAL, TOKEN
from scheduler.store.trail import Change, Trail

__all__ = ["StoredToken", "Tokens"]


_COLUMNS = (
    *TOKEN.columns,
    *(column for column in PRINCIPAL.columns if column.name not in TOKEN.columns),
)
_OWNED = Prepared(
    select(*_COLUMNS)
    .join(PRINCIPAL, PRINCIPAL.c.principal_id == TOKEN.c.principal_id)
    .where(TOKEN.c.token_hash == bindparam("wanted"))
)
"""Every request asks this."""

_NAMES = tuple(column.name for column in _COLUMNS)
_INSTANTS = tuple(column.name for column in TOKEN.columns if isinstance(column.type, Instant))


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token without its secret.

    Parameters
    ----------
    expires_at : datetime.datetime, optional
        Aware, UTC; None: never.
    revoked_at : datetime.datetime, optional
        None while it is good.
    began_at : datetime.datetime
        Of a session that was renewed: when the first one began; else `created_at`.
    """

    token_id: str
    principal_id: str
    kind: TokenKind
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    began_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Whether it still stands for somebody."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Tokens:
    """Tokens of one transaction."""

    def __init__(self, connection: Connection, trail: Trail, clock: Clock) -> None:
        self._connection, self._trail, self._clock = connection, trail, clock

    def add(
        self,
        token_id: str,
        token_hash: str,
        principal_id: str,
        kind: TokenKind,
        *,
        expires_at: datetime | None = None,
        label: str = "",
        began_at: datetime | None = None,
    ) -> StoredToken:
        """Keep a new token.

        Parameters
        ----------
        token_hash : str
            Opaque, unique; the token itself is never kept.
        began_at : datetime.datetime, optional
            Of a session that goes on from an earlier one.

        Raises
        ------
        ConflictError
            If id or hash are taken, or there is no such principal.
        """
        there = select(TOKEN.c.token_id).where(
            (TOKEN.c.token_id == token_id) | (TOKEN.c.token_hash == token_hash)
        )
        if self._connection.execute(there).first() is not None:
            raise ConflictError("There is such a token already.")
        now = self._clock()
        token = StoredToken(
            token_id, principal_id, kind, label, now, expires_at, None, began_at or now
        )
        self._connection.execute(
            insert(TOKEN).values(
                token_id=token_id,
                token_hash=token_hash,
                principal_id=principal_id,
                kind=kind.value,
                label=label,
                created_at=token.created_at,
                expires_at=expires_at,
                began_at=began_at,
            )
        )
        self._trail.add(Change("add", "tokens", token_id, after=_shown(token)))
        return token

    def get(self, token_id: str) -> StoredToken:
        """Return a token.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        query = select(TOKEN).where(TOKEN.c.token_id == token_id)
        return _token(self._connection.execute(query).one_or_none())

    def by_hash(self, token_hash: str) -> StoredToken:
        """Return the token of a hash, be it expired or revoked: the caller judges that.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        query = select(TOKEN).where(TOKEN.c.token_hash == token_hash)
        return _token(self._connection.execute(query).one_or_none())

    def owner_of(self, secret_sha256: str) -> tuple[StoredToken, Principal]:
        """Return the token of a hash and whose it is, in one query; the caller judges both.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        rows = _OWNED.rows(self._connection, {"wanted": secret_sha256})
        if not rows:
            raise NotFoundError("There is no such token.")
        values = dict(zip(_NAMES, rows[0], strict=True))
        for name in _INSTANTS:
            values[name] = None if values[name] is None else instant_of(values[name])
        values["is_active"] = bool(values["is_active"])
        row: Any = SimpleNamespace(**values)
        return _token(row), principal_of(row)

    def revoke(self, token_id: str) -> bool:
        """Make a token void; return whether it was good until now (one of two callers wins).

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        before = self.get(token_id)
        statement = update(TOKEN).where(TOKEN.c.token_id == token_id, TOKEN.c.revoked_at.is_(None))
        done = self._connection.execute(statement.values(revoked_at=self._clock())).rowcount == 1
        if done:
            self._trail.add(Change("revoke", "tokens", token_id, before=_shown(before)))
        return done

    def revoke_all(self, principal_id: str, *, kinds: tuple[TokenKind, ...] = ()) -> int:
        """Make all good tokens of a principal void, or those of some kinds; return how many."""
        query = select(TOKEN).where(
            TOKEN.c.principal_id == principal_id, TOKEN.c.revoked_at.is_(None)
        )
        if kinds:
            query = query.where(TOKEN.c.kind.in_([kind.value for kind in kinds]))
        rows = self._connection.execute(query).all()
        return sum(self.revoke(row.token_id) for row in rows)

    def list(
        self,
        *,
        principal_id: str | None = None,
        kind: TokenKind | None = None,
        good_at: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> tuple[StoredToken, ...]:
        """Return tokens by their ids, revoked ones too.

        Parameters
        ----------
        good_at : datetime.datetime, optional
            Only those that are good at this moment.
        after : str, optional
            Only those behind this id: the last one of the page before.
        """
        query = select(TOKEN).order_by(TOKEN.c.token_id).limit(limit)
        if principal_id is not None:
            query = query.where(TOKEN.c.principal_id == principal_id)
        if kind is not None:
            query = query.where(TOKEN.c.kind == kind.value)
        if good_at is not None:
            lasting = TOKEN.c.expires_at.is_(None) | (TOKEN.c.expires_at > good_at)
            query = query.where(TOKEN.c.revoked_at.is_(None), lasting)
        if after is not None:
            query = query.where(TOKEN.c.token_id > after)
        return tuple(_token(row) for row in self._connection.execute(query))


def _token(row: Row[Any] | None) -> StoredToken:
    if row is None:
        raise NotFoundError("There is no such token.")
    return StoredToken(
        row.token_id,
        row.principal_id,
        TokenKind(row.kind),
        row.label,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.began_at or row.created_at,
    )


def _shown(token: StoredToken) -> dict[str, object]:
    return {
        "principal_id": token.principal_id,
        "kind": token.kind.value,
        "label": token.label,
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
    }
