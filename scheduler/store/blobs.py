"""Bytes under their digest."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Connection, select

from scheduler.store.errors import NotFoundError
from scheduler.store.statements import database_now, insert_new, upsert
from scheduler.store.tables import BLOB, BLOB_USE

__all__ = ["Blobs"]

_FRESH = timedelta(hours=1)
"""Bytes put so lately are not put again: nothing younger than a day is cleared away."""


class Blobs:
    """Bytes of one transaction; the same bytes are kept once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, data: bytes) -> str:
        """Keep bytes; return their reference, the SHA-256 (hexadecimal).

        Bytes that nothing refers to are cleared away some days after they were last put; see
        `scheduler.store.clearing`.
        """
        ref = hashlib.sha256(data).hexdigest()
        now = database_now(self._connection)
        query = select(BLOB_USE.c.put_at, now.label("now")).where(BLOB_USE.c.sha256 == ref)
        use = self._connection.execute(query).one_or_none()
        if use is None or use.now - use.put_at > _FRESH:
            # First the use: whoever clears away holds it, or waits here and then sees it.
            upsert(self._connection, BLOB_USE, {"sha256": ref, "put_at": now})
            there = select(BLOB.c.sha256).where(BLOB.c.sha256 == ref)
            if self._connection.execute(there).first() is None:
                insert_new(self._connection, BLOB, {"sha256": ref, "data": data})
        return ref

    def get(self, ref: str) -> bytes:
        """Return bytes kept.

        Raises
        ------
        NotFoundError
            If there are none under this reference.
        """
        query = select(BLOB.c.data).where(BLOB.c.sha256 == ref)
        data: bytes | None = self._connection.execute(query).scalar_one_or_none()
        if data is None:
            raise NotFoundError("There is nothing under this reference.")
        return data
