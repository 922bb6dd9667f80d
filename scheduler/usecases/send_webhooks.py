"""Deliver what waits in the outbox: to each address one message at a time, noted when it is done.

A message is claimed for a while, sent, and its outcome is noted. Whoever is killed in between
leaves it to the next one, after that while: it arrives at least once, and its id is the same at
every try, so that receivers can drop doubles.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from scheduler.clock import Clock
from scheduler.domain.webhook import Delivery
from scheduler.publish.target import TargetError, TargetRules, allowed_target, lookup
from scheduler.publish.webhook import SIGNATURE_HEADER, deliver, next_try_at, sign

if TYPE_CHECKING:
    from scheduler.publish.target import Lookup
    from scheduler.publish.webhook import Delivery as Answer
    from scheduler.settings import Settings
    from scheduler.store import Store

__all__ = ["LEASE", "Wire", "deliver_due", "message_body", "target_rules"]

LEASE = timedelta(minutes=3)
"""When a message is due again whose outcome nobody noted; longer than any try takes."""

_AT_ONCE = 8
_MOST_IN_A_ROW = 100
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = logging.getLogger("heliotrope.webhooks")


@dataclass(frozen=True, slots=True)
class Wire:
    """How messages get out of this machine.

    Parameters
    ----------
    lookup : callable
        Finds the addresses of a host.
    timeout_seconds, total_seconds : float
        Longest silence of a receiver, and longest time of a try.
    context : ssl.SSLContext, optional
        Whom to trust; without it the machine's authorities.
    """

    lookup: Lookup = lookup
    timeout_seconds: float = 10.0
    total_seconds: float = 30.0
    context: ssl.SSLContext | None = None


def target_rules(settings: Settings) -> TargetRules:
    """Return where settings allow messages to go; in development mode also to this machine."""
    hosts = frozenset(settings.webhook_hosts)
    return TargetRules(
        hosts | _LOOPBACK if settings.development else hosts,
        allow_loopback=settings.development,
        allow_private=settings.webhook_private,
    )


def message_body(message: Delivery) -> bytes:
    """Return what is sent, the same bytes at every try: event, id, at, data."""
    told = {
        "event": message.event,
        "id": f"{message.webhook.webhook_id}-{message.delivery_id}",
        "at": message.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "data": json.loads(message.body),
    }
    return json.dumps(told, separators=(",", ":")).encode()


def deliver_due(
    store: Store,
    settings: Settings,
    rng: random.Random,
    clock: Clock,
    *,
    wire: Wire = Wire(),
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due now; return how many tries were made.

    Every address has a line of its own, so that a slow receiver delays nobody else. After a failure
    the rest of its line waits for the next round.

    Parameters
    ----------
    rng : random.Random
        Spreads the next tries.
    clock : Clock
        The store's own.
    should_stop : callable
        Asked before each try.

    Raises
    ------
    StoreError
        If the database cannot be reached; what was sent and not noted is sent again.
    """
    with store.reading() as unit:
        webhook_ids = unit.webhooks.due()
    line = _Line(store, settings, rng, clock, wire, should_stop)
    return sum(_spread(line.empty, webhook_ids))


@dataclass(frozen=True, slots=True)
class _Line:
    """What waits for one address."""

    store: Store
    settings: Settings
    rng: random.Random
    clock: Clock
    wire: Wire
    should_stop: Callable[[], bool]

    def empty(self, webhook_id: str) -> int:
        for tries in range(_MOST_IN_A_ROW):
            if self.should_stop():
                return tries
            with self.store.writing() as unit:
                claimed = unit.webhooks.claim(limit=1, lease=LEASE, webhook_id=webhook_id)
            if not claimed:
                return tries
            if not self._try(claimed[0]):
                return tries + 1
        return _MOST_IN_A_ROW

    def _try(self, message: Delivery) -> bool:
        status, fault = None, None
        try:
            answer = self._sent(message)
        except TargetError as error:
            fault = f"address refused: {error.reason}"
        except Exception as error:
            _log.error("a message could not be sent: %s", type(error).__name__)
            fault = "internal"
        else:
            status = answer.status
            if not answer.arrived:
                fault = answer.fault or f"status {status}"
        with self.store.writing() as unit:
            if fault is None:
                unit.webhooks.delivered(message.delivery_id, status=status)
            else:
                unit.webhooks.failed(
                    message.delivery_id,
                    fault,
                    retry_at=next_try_at(message.attempts, self.clock(), self.rng),
                    status=status,
                    attempt=message.attempts,
                )
        return fault is None

    def _sent(self, message: Delivery) -> Answer:
        wire, body = self.wire, message_body(message)
        target = allowed_target(
            message.webhook.url, target_rules(self.settings), lookup=wire.lookup
        )
        return deliver(
            target,
            body,
            headers={
                SIGNATURE_HEADER: sign(message.webhook.secret, int(self.clock().timestamp()), body),
                "Heliotrope-Event": message.event,
            },
            timeout_seconds=wire.timeout_seconds,
            total_seconds=wire.total_seconds,
            context=wire.context,
        )


def _spread(do: Callable[[str], int], names: Iterable[str]) -> list[int]:
    """Return what came of each name, a few at a time; the first error is raised at the end."""
    waiting = list(names)
    results: list[int] = []
    errors: list[Exception] = []

    def work() -> None:
        while waiting:
            try:
                name = waiting.pop(0)
            except IndexError:
                return
            try:
                results.append(do(name))
            except Exception as error:
                errors.append(error)

    threads = [
        # daemons: a process that is to end does not wait for somebody's receiver
        threading.Thread(target=work, name="webhooks", daemon=True)
        for _ in range(min(_AT_ONCE, len(waiting)) - 1)
    ]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
