"""Who changed what and when, with what it was before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from scheduler.clock import Clock
from scheduler.store.tables import TRAIL

__all__ = ["Change", "Trail", "TrailEntry", "canonical"]


def canonical(value: object) -> str:
    """Return JSON text, the same for the same content."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One change that is to be noted.

    Parameters
    ----------
    verb : str
        ``add``, ``put``, ``delete``, ``replace``, ``publish``, ``revoke``.
    subject : str
        Sort of record: the stem of a document's table, ``periods``, ``rosters``, ``principals``,
        ``tokens``, ``webhooks``.
    key : str
        Which one; parts of a key of several columns stand with a blank between them.
    before, after : mapping, optional
        Content, None where there was or is nothing.
    """

    verb: str
    subject: str
    key: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One change as it was noted.

    Parameters
    ----------
    entry_id : int
        Rising; what a reader goes on from.
    who : str
        Id of the principal, or of a program.
    at : datetime.datetime
        Aware, UTC.
    """

    entry_id: int
    who: str
    at: datetime
    change: Change


class Trail:
    """The trail of one transaction.

    Parameters
    ----------
    by : str
        Who makes the changes of this transaction.
    """

    def __init__(self, connection: Connection, clock: Clock, by: str) -> None:
        self._connection, self._clock, self._by = connection, clock, by

    def add(self, *changes: Change, who: str | None = None, when: datetime | None = None) -> None:
        """Note changes; without `who` and `when`, of this transaction and now."""
        self.add_all(changes, who=who, when=when)

    def add_all(
        self, changes: Iterable[Change], *, who: str | None = None, when: datetime | None = None
    ) -> None:
        """Note many changes at once."""
        at = when or self._clock()
        rows = [
            {
                "who": who or self._by,
                "at": at,
                "verb": change.verb,
                "subject": change.subject,
                "subject_key": change.key,
                "before": None if change.before is None else canonical(change.before),
                "after": None if change.after is None else canonical(change.after),
            }
            for change in changes
        ]
        if rows:
            self._connection.execute(insert(TRAIL), rows)

    def list(
        self,
        *,
        subject: str | None = None,
        key: str | None = None,
        who: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[TrailEntry, ...]:
        """Return changes, the latest first.

        Parameters
        ----------
        before : int, optional
            Only entries older than this one: the last `entry_id` of the page before.
        """
        query = select(TRAIL).order_by(TRAIL.c.entry_id.desc()).limit(limit)
        for column, wanted in (("subject", subject), ("subject_key", key), ("who", who)):
            if wanted is not None:
                query = query.where(TRAIL.c[column] == wanted)
        if before is not None:
            query = query.where(TRAIL.c.entry_id < before)
        return tuple(
            TrailEntry(
                row.entry_id,
                row.who,
                row.at,
                Change(
                    row.verb,
                    row.subject,
                    row.subject_key,
                    None if row.before is None else json.loads(row.before),
                    None if row.after is None else json.loads(row.after),
                ),
            )
            for row in self._connection.execute(query)
        )
