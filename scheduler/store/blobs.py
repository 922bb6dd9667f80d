"""Bytes under their digest."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select

from scheduler.store.errors import NotFoundError
from scheduler.store.statements import insert_new
from scheduler.store.tables import BLOB

__all__ = ["Blobs"]


class Blobs:
    """Bytes of one transaction; the same bytes are kept once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, data: bytes) -> str:
        """Keep bytes; return their reference, the SHA-256 (hexadecimal)."""
        ref = hashlib.sha256(data).hexdigest()
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
