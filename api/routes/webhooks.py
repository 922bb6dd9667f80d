"""Addresses that are told when a roster is published or a solve has ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.deps import Caller, Limit, Served
from api.schemas.base import Given, Told
from scheduler.domain.webhook import SentMessage, Webhook
from scheduler.usecases.manage_webhooks import (
    Event,
    add_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    messages_of,
    send_ping,
)

__all__ = ["router"]

_WEBHOOK = {
    "webhook_id": "7c1d9e0a4b5f4c3e8d2a1b0c9f8e7d6c",
    "url": "https://hooks.example.com/heliotrope",
    "events": ["roster.published"],
}
_DELIVERY = {
    "delivery_id": 12,
    "event": "roster.published",
    "state": "waiting",
    "tries": 1,
    "last_status": 503,
    "last_error": "status 503",
    "created_at": "2027-03-01T09:00:00Z",
    "next_try_at": "2027-03-01T09:01:02Z",
    "ended_at": None,
}


class DeliveryState(StrEnum):
    """Where a message stands: it waits for a try, has arrived, or was given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookAsked(Given):
    """An address to tell."""

    url: str = Field(
        min_length=1,
        max_length=2000,
        examples=["https://hooks.example.com/heliotrope"],
        description="https, and a host that the server's settings allow.",
    )
    events: list[Annotated[Event, Field(strict=False)]] = Field(
        default=[], max_length=10, description="What to tell of; none: everything."
    )


class WebhookTold(Told):
    """An address that is told."""

    webhook_id: str
    url: str
    events: list[str]


class WebhookMade(WebhookTold):
    """A new address; the secret that messages are signed with is shown this once."""

    secret: str


class WebhooksTold(Told):
    """A page of addresses; ask on with ``after`` while there is a ``next``."""

    webhooks: list[WebhookTold]
    next: str | None = None


class DeliveryTold(Told):
    """A message and how it stands."""

    delivery_id: int
    event: str
    state: DeliveryState
    tries: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None


class DeliveriesTold(Told):
    """A page of messages, the latest first; ask on with ``after`` while there is a ``next``."""

    deliveries: list[DeliveryTold]
    next: int | None = None


def _shown(example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": example}}}}


def _told(webhook: Webhook) -> WebhookTold:
    return WebhookTold(webhook_id=webhook.webhook_id, url=webhook.url, events=list(webhook.events))


def _delivery(message: SentMessage) -> DeliveryTold:
    if message.done_at is None:
        state = DeliveryState.WAITING
    else:
        failed = message.last_error is not None
        state = DeliveryState.GIVEN_UP if failed else DeliveryState.DELIVERED
    return DeliveryTold(
        delivery_id=message.delivery_id,
        event=message.event,
        state=state,
        tries=message.attempts,
        last_status=message.last_status,
        last_error=message.last_error,
        created_at=message.created_at,
        next_try_at=message.due_at if message.done_at is None else None,
        ended_at=message.done_at,
    )


router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=64)]


@router.get(
    "",
    operation_id="list_webhooks",
    responses=_shown({"webhooks": [_WEBHOOK], "next": None}),
)
def listed(
    service: Served,
    caller: Caller,
    after: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> WebhooksTold:
    """Return the addresses that are told of events."""
    found = list_webhooks(service, caller, after=after, limit=limit)
    behind = found[-1].webhook_id if len(found) == limit else None
    return WebhooksTold(webhooks=[_told(each) for each in found], next=behind)


@router.post(
    "",
    operation_id="add_webhook",
    status_code=201,
    responses=_shown({**_WEBHOOK, "secret": "kept-by-the-receiver"}, 201),
)
def added(asked: WebhookAsked, service: Served, caller: Caller, response: Response) -> WebhookMade:
    """Add an address; messages to it are signed with the secret, which is shown this once."""
    webhook = add_webhook(service, caller, asked.url, asked.events)
    response.headers["Location"] = f"/v1/webhooks/{webhook.webhook_id}"
    return WebhookMade(**_told(webhook).model_dump(), secret=webhook.secret)


@router.get("/{webhook_id}", operation_id="get_webhook", responses=_shown(_WEBHOOK))
def got(webhook_id: WebhookId, service: Served, caller: Caller) -> WebhookTold:
    """Return an address."""
    return _told(get_webhook(service, caller, webhook_id))


@router.delete("/{webhook_id}", operation_id="delete_webhook", status_code=204)
def deleted(webhook_id: WebhookId, service: Served, caller: Caller) -> None:
    """Take an address away, with what was still to be sent to it."""
    delete_webhook(service, caller, webhook_id)


@router.post(
    "/{webhook_id}/test",
    operation_id="test_webhook",
    status_code=202,
    responses=_shown({**_DELIVERY, "event": "ping", "tries": 0}, 202),
)
def tried(webhook_id: WebhookId, service: Served, caller: Caller) -> DeliveryTold:
    """Send a `ping`, whatever the address is told of; its deliveries say how that went."""
    return _delivery(send_ping(service, caller, webhook_id))


@router.get(
    "/{webhook_id}/deliveries",
    operation_id="list_deliveries",
    responses=_shown({"deliveries": [_DELIVERY], "next": None}),
)
def deliveries(
    webhook_id: WebhookId,
    service: Served,
    caller: Caller,
    after: Annotated[int | None, Query(ge=1, lt=2**63, description="From `next`.")] = None,
    limit: Limit = 100,
) -> DeliveriesTold:
    """Return messages to an address and how they stand, the latest first."""
    found = messages_of(service, caller, webhook_id, before=after, limit=limit)
    behind = found[-1].delivery_id if len(found) == limit else None
    return DeliveriesTold(deliveries=[_delivery(each) for each in found], next=behind)
