"""Addresses that are told of events, and what is still to be delivered to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from scheduler.clock import Clock
from scheduler.store.columns import storable
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import strings_of, strings_text
from scheduler.store.tables import DELIVERY, WEBHOOK
from scheduler.store.trail import Change, Trail

__all__ = ["Delivery", "Webhook", "Webhooks"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events.

    Parameters
    ----------
    secret : str
        What messages are signed with; kept as it is, since both sides need it.
    events : tuple of str
        Names of events; empty is all.
    """

    webhook_id: str
    url: str
    secret: str = field(repr=False)
    events: tuple[str, ...]
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address.

    Parameters
    ----------
    attempts : int
        Made so far, this one included where it was claimed.
    """

    delivery_id: int
    webhook: Webhook
    event: str
    body: str
    created_at: datetime
    attempts: int


class Webhooks:
    """Webhooks and their outbox, in one transaction."""

    def __init__(self, connection: Connection, trail: Trail, clock: Clock) -> None:
        self._connection, self._trail, self._clock = connection, trail, clock

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new address.

        Raises
        ------
        ConflictError
            If the id is taken.
        """
        there = select(WEBHOOK.c.webhook_id).where(WEBHOOK.c.webhook_id == webhook.webhook_id)
        if self._connection.execute(there).first() is not None:
            raise ConflictError("There is a webhook of that id already.")
        self._connection.execute(
            insert(WEBHOOK).values(
                webhook_id=webhook.webhook_id,
                url=webhook.url,
                secret=webhook.secret,
                events=strings_text(webhook.events),
                is_active=webhook.is_active,
                created_at=self._clock(),
            )
        )
        self._trail.add(Change("add", "webhooks", webhook.webhook_id, after=_shown(webhook)))
        return webhook

    def get(self, webhook_id: str) -> Webhook:
        """Return an address.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        query = select(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("There is no such webhook.")
        return _webhook(row)

    def list(self, *, after: str | None = None, limit: int = 100) -> tuple[Webhook, ...]:
        """Return addresses by their ids; `after` is the last one of the page before."""
        query = select(WEBHOOK).order_by(WEBHOOK.c.webhook_id).limit(limit)
        if after is not None:
            query = query.where(WEBHOOK.c.webhook_id > after)
        return tuple(_webhook(row) for row in self._connection.execute(query))

    def delete(self, webhook_id: str) -> None:
        """Take an address away, with what was still to be delivered to it.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        before = self.get(webhook_id)
        self._connection.execute(delete(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id))
        self._trail.add(Change("delete", "webhooks", webhook_id, before=_shown(before)))

    def post(self, event: str, body: str) -> int:
        """Put a message in the outbox for every address that wants it; return how many.

        It is there when, and only when, this transaction is kept.
        """
        now = self._clock()
        wanted = [
            {
                "webhook_id": row.webhook_id,
                "event": event,
                "body": body,
                "created_at": now,
                "due_at": now,
            }
            for row in self._connection.execute(select(WEBHOOK).where(WEBHOOK.c.is_active))
            if not (events := strings_of(row.events)) or event in events
        ]
        if wanted:
            self._connection.execute(insert(DELIVERY), wanted)
        return len(wanted)

    def claim(self, *, limit: int, lease: timedelta) -> tuple[Delivery, ...]:
        """Return messages that are due, and keep others from taking them for some time.

        Parameters
        ----------
        lease : datetime.timedelta
            When a message is due again if its outcome is never told.
        """
        now = self._clock()
        query = (
            select(DELIVERY)
            .where(DELIVERY.c.done_at.is_(None), DELIVERY.c.due_at <= now)
            .order_by(DELIVERY.c.due_at, DELIVERY.c.delivery_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self._connection.execute(query).all()
        taken = update(DELIVERY).where(
            DELIVERY.c.delivery_id.in_([row.delivery_id for row in rows])
        )
        self._connection.execute(taken.values(due_at=now + lease, attempts=DELIVERY.c.attempts + 1))
        return tuple(
            Delivery(
                row.delivery_id,
                self.get(row.webhook_id),
                row.event,
                row.body,
                row.created_at,
                row.attempts + 1,
            )
            for row in rows
        )

    def delivered(self, delivery_id: int) -> None:
        """Note that a message has arrived."""
        self._end(delivery_id, done_at=self._clock(), last_error=None)

    def failed(self, delivery_id: int, error: str, *, retry_at: datetime | None) -> None:
        """Note why a message did not arrive; without `retry_at` it is given up."""
        if retry_at is None:
            self._end(delivery_id, done_at=self._clock(), last_error=storable(error))
        else:
            self._end(delivery_id, due_at=retry_at, last_error=storable(error))

    def pending(self) -> int:
        """Return how many messages have neither arrived nor been given up."""
        query = select(func.count()).where(DELIVERY.c.done_at.is_(None))
        return self._connection.execute(query).scalar_one()

    def _end(self, delivery_id: int, **values: Any) -> None:
        statement = update(DELIVERY).where(
            DELIVERY.c.delivery_id == delivery_id, DELIVERY.c.done_at.is_(None)
        )
        self._connection.execute(statement.values(values))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(row.webhook_id, row.url, row.secret, strings_of(row.events), row.is_active)


def _shown(webhook: Webhook) -> dict[str, object]:
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "is_active": webhook.is_active,
    }
