"""Messages leave the outbox: once where all goes well, again where it does not, on both databases.

Receivers are real ones on loopback; the clock is the test's.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from scheduler.domain.job import JobState
from scheduler.domain.webhook import SentMessage, Webhook
from scheduler.publish.webhook import MOST_TRIES, SIGNATURE_HEADER, verify
from scheduler.settings import Settings
from scheduler.store import Store, open_store
from scheduler.usecases.send_webhooks import (
    LEASE,
    Wire,
    deliver_due,
    message_body,
    target_rules,
)
from tests.publish.receiver import OK, Receiver, receiving, saying
from tests.store.conftest import postgres_server, postgres_used, sqlite_template, store_url
from tests.store.test_ledger import PERIOD, make_job, while_open

__all__ = ["postgres_server", "postgres_used", "sqlite_template", "store_url"]

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
FAILING = saying(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
SECOND = timedelta(seconds=1)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Sender:
    """A server's sender: its store, its clock, its settings."""

    store: Store
    clock: Clock
    settings: Settings
    wire: Wire

    def add(self, *ports: int, events: Sequence[str] = ()) -> None:
        with self.store.writing() as unit:
            for port in ports:
                url = f"http://localhost:{port}/hook"
                unit.webhooks.add(Webhook(f"w{port}", url, f"secret {port}", tuple(events)))

    def post(self, event: str = "roster.published", **data: object) -> None:
        with self.store.writing() as unit:
            unit.webhooks.post(event, json.dumps(data))

    def send(self, **changes: Any) -> int:
        rng = random.Random(1)
        return deliver_due(
            self.store, self.settings, rng, self.clock, wire=replace(self.wire, **changes)
        )

    def messages(self, port: int) -> tuple[SentMessage, ...]:
        with self.store.reading() as unit:
            return unit.webhooks.messages(f"w{port}")

    def message(self, port: int) -> SentMessage:
        (only,) = self.messages(port)
        return only


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@contextmanager
def sender_on(url: str) -> Iterator[Sender]:
    clock = Clock()
    store = open_store(url, clock=clock)
    settings = Settings(development=True, _env_file=None)
    wire = Wire(lookup=here, timeout_seconds=2.0, total_seconds=2.0)
    yield Sender(store, clock, settings, wire)
    store.close()


@pytest.fixture
def sender(store_url: str) -> Iterator[Sender]:
    with sender_on(store_url) as made:
        yield made


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in receiver.got]


def test_a_message_says_what_happened_and_is_signed(sender: Sender) -> None:
    with receiving() as receiver:
        sender.add(receiver.port)
        sender.post(roster_id="r1", period_id="süd")
        assert sender.send() == 1
        assert sender.send() == 0, "once is enough"
        ((_, headers, body),) = receiver.got
        message = sender.message(receiver.port)
        assert verify(f"secret {receiver.port}", headers[SIGNATURE_HEADER], body, now=START)
        assert not verify("secret", headers[SIGNATURE_HEADER], body, now=START)
    assert headers["Heliotrope-Event"] == "roster.published"
    assert json.loads(body) == {
        "event": "roster.published",
        "id": f"w{receiver.port}-{message.delivery_id}",
        "at": "2031-03-01T12:00:00.000000Z",
        "data": {"roster_id": "r1", "period_id": "süd"},
    }
    assert (message.done_at, message.attempts, message.last_status) == (START, 1, 200)
    assert message.last_error is None


def test_it_is_tried_again_after_an_error_and_after_a_dead_socket(sender: Sender) -> None:
    with receiving(FAILING) as first:
        sender.add(first.port)
        sender.post(n=1)
        sender.post(n=2)
        assert sender.send() == 1, "after a failure the line waits for the next round"
        assert sender.send() == 1
    newer, message = sender.messages(first.port)
    assert newer.last_error == message.last_error == "status 500"
    assert (message.last_status, message.attempts, message.done_at) == (500, 1, None)
    assert 48 * SECOND <= message.due_at - START <= 72 * SECOND
    sender.clock.now = min(message.due_at, newer.due_at) - SECOND
    assert sender.send() == 0
    sender.clock.now = max(message.due_at, newer.due_at)
    assert sender.send() == 1, "nobody listens there now"
    (refused,) = [one for one in sender.messages(first.port) if one.attempts == 2]
    assert (refused.last_error, refused.last_status) == ("refused", None)
    sender.clock.now = refused.due_at
    with receiving(port=first.port) as again:
        assert sender.send() == 2
    done = sender.messages(first.port)
    assert [(one.last_status, one.last_error) for one in done] == [(200, None)] * 2
    assert {one["id"] for one in told(again)} == {one["id"] for one in told(first)}
    stamps = [headers[SIGNATURE_HEADER] for _, headers, _ in (*first.got, *again.got)]
    assert len(set(stamps)) == 4, "every try is signed anew"


def test_it_is_given_up_at_last(sender: Sender) -> None:
    with receiving(FAILING) as receiver:
        sender.add(receiver.port)
        sender.post()
        for tries in range(1, MOST_TRIES + 1):
            assert sender.send() == 1
            message = sender.message(receiver.port)
            assert message.attempts == tries
            assert (message.done_at is not None) == (tries == MOST_TRIES)
            sender.clock.now = message.due_at + SECOND
        sender.clock.now += timedelta(days=30)
        assert sender.send() == 0
    assert message.last_error == "status 500"
    assert len(receiver.got) == MOST_TRIES
    with sender.store.reading() as unit:
        assert unit.webhooks.pending() == 0


@pytest.mark.parametrize(
    ("addresses", "hosts", "fault"),
    [
        (["10.0.0.1"], ("localhost",), "address refused: address"),
        (["169.254.169.254"], ("localhost",), "address refused: address"),
        (["127.0.0.1", "192.168.0.1"], ("localhost",), "address refused: address"),
        ([], ("localhost",), "address refused: unknown"),
        (["127.0.0.1"], (), "address refused: scheme"),
    ],
)
def test_where_it_may_go_is_judged_at_every_try(
    sender: Sender, addresses: list[str], hosts: tuple[str, ...], fault: str
) -> None:
    with receiving(FAILING) as receiver:
        sender.add(receiver.port)
        sender.post()
        assert sender.send() == 1
        sender.clock.now = sender.message(receiver.port).due_at
        if not hosts:  # settings were changed meanwhile
            sender.settings = Settings(_env_file=None)
        assert sender.send(lookup=lambda *_: addresses) == 1
        assert len(receiver.got) == 1, "nothing was sent the second time"
    message = sender.message(receiver.port)
    assert (message.last_error, message.last_status) == (fault, None)
    assert message.done_at is None, "it may be allowed again"


def test_what_settings_allow() -> None:
    plain = Settings(webhook_hosts="Hooks.Example.COM., bücher.example", _env_file=None)
    rules = target_rules(plain)
    assert rules.hosts == {"hooks.example.com", "xn--bcher-kva.example"}
    assert (rules.allow_loopback, rules.allow_private) == (False, False)
    private = Settings(webhook_hosts=["[::1]"], webhook_private=True, _env_file=None)
    assert target_rules(private).hosts == {"::1"}
    assert target_rules(private).allow_private
    for names in ("https://x.example/", "x.example:443", "a b", 7):
        with pytest.raises(ValidationError):
            Settings(webhook_hosts=names, _env_file=None)


def test_a_redirect_is_not_followed(sender: Sender) -> None:
    with receiving() as elsewhere:
        place = f"http://localhost:{elsewhere.port}/".encode()
        moved = saying(b"HTTP/1.1 307 X\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")
        with receiving(moved) as receiver:
            sender.add(receiver.port)
            sender.post()
            assert sender.send() == 1
    assert elsewhere.got == []
    assert sender.message(receiver.port).last_error == "status 307"


def test_a_dripping_receiver_is_cut_off_and_delays_nobody_else(sender: Sender) -> None:
    drip = saying(b"HTTP/1.1 200", *[b"x"] * 200, wait_seconds=0.05)
    arrived: list[float] = []

    def noting(connection: Any) -> None:
        arrived.append(time.monotonic())
        OK(connection)

    with receiving(drip) as slow, receiving(noting) as quick:
        sender.add(slow.port, quick.port)
        for n in range(5):
            sender.post(n=n)
        began = time.monotonic()
        assert sender.send(total_seconds=1.0) == 6
        ended = time.monotonic()
    assert [one["data"]["n"] for one in told(quick)] == [0, 1, 2, 3, 4]
    assert arrived[-1] - began < 0.8
    assert ended - began < 2.5
    assert len(slow.got) == 1
    assert sender.messages(slow.port)[-1].last_error == "timeout"


def test_several_servers_share_the_work(sender: Sender, store_url: str) -> None:
    with receiving() as one, receiving() as two, receiving() as three:
        ports = [one.port, two.port, three.port]
        sender.add(*ports)
        for n in range(8):
            sender.post(n=n)
        tries: list[int] = []

        def serve() -> None:
            with sender_on(store_url) as other:
                while other.send():
                    pass
                tries.append(1)

        threads = [threading.Thread(target=serve) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert tries == [1, 1, 1]
        for receiver in (one, two, three):
            assert sorted(each["data"]["n"] for each in told(receiver)) == list(range(8))


KILLED = """
import os, random, signal, sys
from datetime import datetime
from scheduler.settings import Settings
from scheduler.store import open_store
from scheduler.usecases.send_webhooks import Wire, deliver_due
url, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
store = open_store(url, clock=lambda: now)
killed = Wire(lookup=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
deliver_due(store, Settings(development=True, _env_file=None), random.Random(1), lambda: now,
            wire=killed)
"""


def test_killed_between_claim_and_outcome_it_is_sent_after_the_lease(
    sender: Sender, store_url: str
) -> None:
    with receiving() as receiver:
        sender.add(receiver.port)
        sender.post(n=1)
        root = Path(__file__).parents[2]
        command = [sys.executable, "-c", KILLED, store_url, START.isoformat()]
        assert subprocess.run(command, check=False, cwd=root, timeout=60).returncode == -9
        assert sender.message(receiver.port).attempts == 1
        sender.clock.now = START + LEASE - SECOND
        assert sender.send() == 0
        sender.clock.now = START + LEASE
        assert sender.send() == 1
        assert len(receiver.got) == 1
    message = sender.message(receiver.port)
    assert (message.attempts, message.last_status) == (2, 200)


def test_whoever_was_overtaken_notes_nothing(sender: Sender) -> None:
    sender.add(1)
    sender.post()
    with sender.store.writing() as unit:
        (first,) = unit.webhooks.claim(limit=1, lease=LEASE)
    sender.clock.now += LEASE
    with sender.store.writing() as unit:
        (second,) = unit.webhooks.claim(limit=1, lease=LEASE, webhook_id="w1")
        assert (first.attempts, second.attempts) == (1, 2)
        unit.webhooks.failed(first.delivery_id, "late", retry_at=None, attempt=1)
    message = sender.message(1)
    assert (message.done_at, message.last_error) == (None, None)
    assert message.due_at == sender.clock.now + LEASE
    assert message_body(first) == message_body(second)


def test_a_defect_in_one_message_stops_no_other(sender: Sender) -> None:
    with receiving() as receiver:
        sender.add(receiver.port)
        with sender.store.writing() as unit:
            unit.webhooks.post("ping", "not JSON")
        sender.post(n=1)
        assert sender.send() == 1
        assert sender.send() == 1
    newer, older = sender.messages(receiver.port)
    assert older.last_error == "internal"
    assert newer.last_status == 200


def test_the_end_of_a_job_is_told_with_the_end(sender: Sender) -> None:
    store = sender.store
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        for name in ("done", "failed", "waits", "runs"):
            unit.jobs.add(make_job(name))
    with receiving() as receiver:
        sender.add(receiver.port, events=("solve.ended",))
        sender.add(1, events=("roster.published",))
        for name in ("done", "failed", "runs"):
            store.begin(name, "x")
        assert store.finish("done", 1, JobState.DONE, "ref", None)
        assert not store.finish("done", 1, JobState.FAILED, None, "again")
        assert not store.finish("failed", 2, JobState.DONE, "ref", None)
        assert store.finish("failed", 1, JobState.FAILED, None, "no \0 luck")
        assert store.ask_to_stop("waits") is JobState.STOPPED
        assert store.ask_to_stop("waits") is JobState.STOPPED
        assert store.ask_to_stop("runs") is JobState.STOPPING
        assert sender.send() == 3
        found = [one["data"] for one in told(receiver)]
        assert sender.messages(1) == ()
    nothing = {"period_id": "p", "roster_id": None}
    assert found == [
        {"solve_id": "done", "state": "done", **nothing},
        {"solve_id": "failed", "state": "failed", **nothing},
        {"solve_id": "waits", "state": "stopped", **nothing},
    ]


def test_a_job_ends_while_an_address_is_taken_away(sender: Sender) -> None:
    store = sender.store
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        unit.jobs.add(make_job("j1"))
    sender.add(1)
    store.begin("j1", "x")

    @contextmanager
    def taking_away() -> Iterator[None]:
        with store.writing() as unit:
            unit.webhooks.delete("w1")
            yield

    assert while_open(taking_away, lambda: store.finish("j1", 1, JobState.DONE, "ref", None))
    with store.reading() as unit:
        assert unit.jobs.get("j1").state is JobState.DONE
        assert unit.webhooks.pending() == 0
