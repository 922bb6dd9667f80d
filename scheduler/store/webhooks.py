"""Addresses that are told of events, and what is still to be delivered to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from scheduler.clock import Clock
from scheduler.domain.webhook import Delivery, SentMessage, Webhook
from scheduler.store.columns import storable
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import strings_of, strings_text
from scheduler.store.tables import DELIVERY, WEBHOOK
from scheduler.store.trail import Change, Trail

__all__ = ["Delivery", "Webhook", "Webhooks", "post_event"]


def post_event(
    connection: Connection, event: str, body: str, now: datetime, *, only: str | None = None
) -> tuple[int, ...]:
    """Put a message in the outbox for every address that wants it; return the messages' ids.

    Parameters
    ----------
    only : str, optional
        Id of the one address that gets it, whatever it wants.
    """
    # Held until the end, so that none is taken away in between; one being taken away gets nothing.
    query = select(WEBHOOK).with_for_update(read=True, key_share=True)
    query = query.where(WEBHOOK.c.is_active if only is None else WEBHOOK.c.webhook_id == only)
    wanted = [
        {
            "webhook_id": row.webhook_id,
            "event": event,
            "body": body,
            "created_at": now,
            "due_at": now,
        }
        for row in connection.execute(query.order_by(WEBHOOK.c.webhook_id))
        if only is not None or not (events := strings_of(row.events)) or event in events
    ]
    if not wanted:
        return ()
    added = insert(DELIVERY).returning(DELIVERY.c.delivery_id)
    return tuple(connection.execute(added, wanted).scalars())


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

        Parameters
        ----------
        body : str
            What is told of the event, JSON.
        """
        return len(post_event(self._connection, event, body, self._clock()))

    def post_to(self, webhook_id: str, event: str, body: str) -> SentMessage:
        """Put a message for one address in the outbox, whatever it wants; return how it stands.

        Raises
        ------
        NotFoundError
            If there is no such address.
        """
        posted = post_event(self._connection, event, body, self._clock(), only=webhook_id)
        if not posted:
            raise NotFoundError("There is no such webhook.")
        return self.messages(webhook_id, before=posted[0] + 1, limit=1)[0]

    def messages(
        self, webhook_id: str, *, before: int | None = None, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        """Return the messages to an address, the latest first.

        Parameters
        ----------
        before : int, optional
            Only messages older than this one: the last `delivery_id` of the page before.
        """
        query = select(DELIVERY).where(DELIVERY.c.webhook_id == webhook_id)
        if before is not None:
            query = query.where(DELIVERY.c.delivery_id < before)
        query = query.order_by(DELIVERY.c.delivery_id.desc()).limit(limit)
        return tuple(
            SentMessage(
                row.delivery_id,
                row.event,
                row.created_at,
                row.attempts,
                row.due_at,
                row.last_status,
                row.last_error,
                row.done_at,
            )
            for row in self._connection.execute(query)
        )

    def due(self) -> tuple[str, ...]:
        """Return the ids of addresses with messages that are due, the longest due first."""
        waits = self._waits().group_by(DELIVERY.c.webhook_id)
        query = waits.with_only_columns(DELIVERY.c.webhook_id)
        query = query.order_by(func.min(DELIVERY.c.due_at), DELIVERY.c.webhook_id)
        return tuple(self._connection.execute(query).scalars())

    def _waits(self) -> Select[Any]:
        return select(DELIVERY).where(
            DELIVERY.c.done_at.is_(None), DELIVERY.c.due_at <= self._clock()
        )

    def claim(
        self, *, limit: int, lease: timedelta, webhook_id: str | None = None
    ) -> tuple[Delivery, ...]:
        """Return messages that are due, and keep others from taking them for some time.

        Parameters
        ----------
        lease : datetime.timedelta
            When a message is due again if its outcome is never told.
        webhook_id : str, optional
            Only messages to this address.
        """
        now = self._clock()
        query = (
            self._waits()
            .order_by(DELIVERY.c.due_at, DELIVERY.c.delivery_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if webhook_id is not None:
            query = query.where(DELIVERY.c.webhook_id == webhook_id)
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

    def delivered(self, delivery_id: int, *, status: int | None = None) -> None:
        """Note that a message has arrived, and with which HTTP status."""
        self._end(delivery_id, done_at=self._clock(), last_error=None, last_status=status)

    def failed(
        self,
        delivery_id: int,
        error: str,
        *,
        retry_at: datetime | None,
        status: int | None = None,
        attempt: int | None = None,
    ) -> None:
        """Note why a message did not arrive; without `retry_at` it is given up.

        Parameters
        ----------
        attempt : int, optional
            Which try it was: nothing is noted where a later one has begun, whose turn it is now.
        """
        told = {"last_error": storable(error), "last_status": status}
        if retry_at is None:
            self._end(delivery_id, attempt, done_at=self._clock(), **told)
        else:
            self._end(delivery_id, attempt, due_at=retry_at, **told)

    def pending(self) -> int:
        """Return how many messages have neither arrived nor been given up."""
        query = select(func.count()).where(DELIVERY.c.done_at.is_(None))
        return self._connection.execute(query).scalar_one()

    def _end(self, delivery_id: int, attempt: int | None = None, **values: Any) -> None:
        statement = update(DELIVERY).where(
            DELIVERY.c.delivery_id == delivery_id, DELIVERY.c.done_at.is_(None)
        )
        if attempt is not None:
            statement = statement.where(DELIVERY.c.attempts == attempt)
        self._connection.execute(statement.values(values))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(row.webhook_id, row.url, row.secret, strings_of(row.events), row.is_active)


def _shown(webhook: Webhook) -> dict[str, object]:
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "is_active": webhook.is_active,
    }
