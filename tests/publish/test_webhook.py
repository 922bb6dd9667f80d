"""Messages to other systems: their signature, when they are tried again, how they are sent."""

from __future__ import annotations

import hashlib
import hmac
import random
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.publish.target import Target, TargetRules, allowed_target
from scheduler.publish.webhook import (
    MOST_TRIES,
    SIGNATURE_HEADER,
    Delivery,
    deliver,
    new_secret,
    next_try_at,
    sign,
    verify,
)
from tests.publish.receiver import OK, Reply, certificate, receiving, saying

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"event": "roster.published", "name": "\xc3\xa9"}'


def target(port: int, **changes) -> Target:
    found = allowed_target(
        f"http://localhost:{port}/hook?a=b",
        TargetRules(frozenset({"localhost"}), allow_loopback=True),
    )
    return replace(found, **{"addresses": ("127.0.0.1",), **changes})


def sent(reply: Reply, **changes) -> Delivery:
    with receiving(reply) as receiver:
        return deliver(target(receiver.port), BODY, headers={}, **changes)


def test_a_message_arrives_and_its_signature_fits():
    secret = new_secret()
    headers = {SIGNATURE_HEADER: sign(secret, STAMP, BODY), "Heliotrope-Event": "roster.published"}
    with receiving() as receiver:
        found = deliver(target(receiver.port), BODY, headers=headers)
    assert (found.status, found.answer, found.fault, found.arrived) == (200, b"ok", None, True)
    ((first, got, body),) = receiver.got
    assert first == b"POST /hook?a=b HTTP/1.1"
    assert body == BODY
    assert got["Host"] == f"localhost:{receiver.port}"
    assert got["Content-Type"] == "application/json"
    assert verify(secret, got[SIGNATURE_HEADER], body, now=NOW)
    by_hand = hmac.new(secret.encode(), b"%d.%b" % (STAMP, body), hashlib.sha256).hexdigest()
    assert got[SIGNATURE_HEADER] == f"t={STAMP},v1={by_hand}"
    assert secret not in str(got)


@given(
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.integers(0, 4_000_000_000),
    st.integers(-400, 400),
)
@settings(deadline=None)
def test_only_the_same_body_secret_and_time_fit(body, other, timestamp, late_seconds):
    header = sign("secret", timestamp, body)
    now = datetime.fromtimestamp(timestamp, UTC) + timedelta(seconds=late_seconds)
    assert verify("secret", header, body, now=now) == (abs(late_seconds) <= 300)
    now = datetime.fromtimestamp(timestamp, UTC)
    assert verify("secret", header, other, now=now) == (other == body)
    assert not verify("Secret", header, body, now=now)
    assert not verify((), header, body, now=now)
    assert verify(("new", "secret"), header, body, now=now)
    moved = header.replace(f"t={timestamp}", f"t={timestamp + 1}")
    assert not verify("secret", moved, body, now=now)
    both = sign("new", timestamp, body) + header[header.index(",v1=") :]
    assert verify("secret", both, body, now=now)
    assert verify("new", both, body, now=now)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=",
        f"t={STAMP},v1=",
        f"t={STAMP},v0={'0' * 64}",
        f"t=-1,v1={'0' * 64}",
        f"t={'9' * 400},v1={'0' * 64}",
        f"t={STAMP},v1={'é' * 64}",
        f"t={STAMP}{',v1=' + '0' * 64 * 9}",
    ],
)
def test_other_headers_do_not_fit(header: str):
    assert not verify("secret", header, BODY, now=NOW)


def test_the_tolerance_holds_to_the_second():
    header = sign("secret", STAMP, BODY)
    for late, fits in ((-301, False), (-300, True), (300, True), (301, False)):
        assert verify("secret", header, BODY, now=NOW + timedelta(seconds=late)) == fits


def test_a_signature_that_ends_in_a_line_break_does_not_fit():
    assert not verify("secret", sign("secret", STAMP, BODY) + "\n", BODY, now=NOW)


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_eight_tries_over_about_a_day(seed: int):
    rng, now, waits = random.Random(seed), NOW, []
    tries = 1
    while (then := next_try_at(tries, now, rng)) is not None:
        waits.append(then - now)
        now, tries = then, tries + 1
    assert tries == MOST_TRIES == 8
    assert waits == sorted(waits)
    assert timedelta(seconds=48) <= waits[0] <= timedelta(seconds=72)
    assert timedelta(hours=19) < now - NOW < timedelta(hours=30)


def test_waits_differ_by_chance_and_repeat_with_their_seed():
    first = {next_try_at(3, NOW, random.Random(seed)) for seed in range(50)}
    assert len(first) == 50
    assert first == {next_try_at(3, NOW, random.Random(seed)) for seed in range(50)}
    with pytest.raises(ValueError, match="failed"):
        next_try_at(0, NOW, random.Random(1))


def test_the_name_is_not_looked_up_again():
    with receiving() as receiver:
        away = target(receiver.port, host="hooks.example.invalid")
        assert deliver(away, BODY, headers={}).arrived
    assert receiver.got[0][1]["Host"] == f"hooks.example.invalid:{receiver.port}"


@pytest.mark.parametrize(
    ("status", "arrived"), [(200, 1), (204, 1), (299, 1), (301, 0), (404, 0), (500, 0)]
)
def test_what_counts_as_arrived_and_no_redirect_is_followed(status: int, arrived: int):
    with receiving() as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.port}/".encode()
        answer = b"HTTP/1.1 %d X\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, place)
        found = sent(saying(answer))
    assert (found.status, found.arrived, found.fault) == (status, bool(arrived), None)
    assert elsewhere.got == []


def test_no_more_than_64_kb_are_read():
    endless = saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * 400)
    assert sent(endless).answer == b"x" * 65536


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (saying(b"HTTP/1.1", *[b"x"] * 60, wait_seconds=0.05), "timeout"),
        (saying(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 60, wait_seconds=0.05), "timeout"),
        (saying(b"H", wait_seconds=1.5), "timeout"),
        (saying(), "connection"),
        (saying(b"SSH-2.0-OpenSSH\r\n\r\n"), "protocol"),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), "protocol"),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"), "protocol"),
    ],
    ids=["dripping", "continuing", "silent", "closing", "another protocol", "many", "long"],
)
def test_receivers_that_misbehave(reply: Reply, fault: str):
    found = sent(reply, timeout_seconds=0.6, total_seconds=0.8)
    assert (found.status, found.fault, found.arrived) == (None, fault, False)
    assert found.seconds < 1.4


def test_an_answer_that_drips_is_cut_but_its_status_counts():
    drip = saying(b"HTTP/1.1 202 OK\r\n\r\n", *[b"x"] * 60, wait_seconds=0.05)
    found = sent(drip, total_seconds=1.2)
    assert (found.status, found.fault, found.arrived) == (202, "timeout", True)
    assert found.seconds < 2.6


def test_headers_that_drip_are_cut():
    drip = saying(b"HTTP/1.1 202 OK\r\nX: ", *[b"x"] * 60, wait_seconds=0.05)
    found = sent(drip, total_seconds=1.2)
    assert found.fault == "timeout"
    assert found.seconds < 2.6
    # What is cut ends as an end or as a reset, whichever is noticed first; both will do.
    assert (found.status, found.arrived) in ((202, True), (None, False))


def test_another_address_is_tried_where_one_cannot_be_reached():
    with receiving() as receiver:
        for addresses in (("127.9.9.9", "127.0.0.1"), ("127.0.0.1", "127.9.9.9")):
            both = target(receiver.port, addresses=addresses)
            assert deliver(both, BODY, headers={}).arrived
    assert len(receiver.got) == 2


def test_no_address_is_tried_when_time_is_up():
    with receiving() as receiver, socket.socket() as full, socket.socket() as waiting:
        full.bind(("127.9.9.9", receiver.port))
        full.listen(0)
        waiting.connect(full.getsockname())  # nobody else gets through to this one
        both = target(receiver.port, addresses=("127.9.9.9", "127.0.0.1"))
        found = deliver(both, BODY, headers={}, timeout_seconds=0.6, total_seconds=0.3)
    assert (found.status, found.fault) == (None, "timeout")
    assert receiver.got == []


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = deliver(target(port), BODY, headers={})
    assert (found.status, found.fault) == (None, "refused")


def test_the_certificate_must_carry_the_name_not_the_address(tmp_path: Path):
    server, client = certificate(tmp_path, "hooks.example.invalid")
    with receiving(OK, tls=server) as receiver:
        right = target(receiver.port, is_encrypted=True, host="hooks.example.invalid")
        found = deliver(right, BODY, headers={}, context=client)
        assert (found.status, found.fault) == (200, None)
        assert receiver.got[0][1]["Host"] == f"hooks.example.invalid:{receiver.port}"
        wrong = replace(right, host="other.example.invalid")
        assert deliver(wrong, BODY, headers={}, context=client).fault == "tls"
        assert deliver(right, BODY, headers={}).fault == "tls", "nobody vouches for it"
    assert len(receiver.got) == 1


@pytest.mark.parametrize("opening", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_drips_is_cut_behind_encryption_too(tmp_path: Path, opening: bytes):
    server, client = certificate(tmp_path, "localhost")
    drip = saying(opening, *[b"H"] * 60, wait_seconds=0.05)
    with receiving(drip, tls=server) as receiver:
        here = target(receiver.port, is_encrypted=True)
        found = deliver(here, BODY, headers={}, total_seconds=1.2, context=client)
    assert (found.fault, found.arrived) == ("timeout", bool(opening))
    assert found.seconds < 2.6


def test_a_handshake_that_never_ends_is_cut():
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = target(server.getsockname()[1], is_encrypted=True)
        found = deliver(silent, BODY, headers={}, total_seconds=0.3)
    assert (found.status, found.fault) == (None, "timeout")
    assert found.seconds < 1.0
