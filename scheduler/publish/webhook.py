"""Tell other systems what happened: signed messages, tried again, to hosts that settings allow.

A message carries ``Heliotrope-Signature: t=<Unix seconds>,v1=<HMAC-SHA256, hexadecimal>`` over the
time, a full stop and the body, so a receiver knows who sent it and that it is fresh. Where it goes
is decided before anything is sent: the host's addresses are looked up once, judged, and the
connection is made to an address that was judged.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import random
import re
import secrets
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Timer

from scheduler.publish.target import Target

__all__ = [
    "MOST_TRIES",
    "SIGNATURE_HEADER",
    "TOLERANCE",
    "Delivery",
    "deliver",
    "new_secret",
    "next_try_at",
    "sign",
    "verify",
]

SIGNATURE_HEADER = "Heliotrope-Signature"
"""Name of the header with the signature."""

TOLERANCE = timedelta(minutes=5)
"""How far the time in a signature may be from the receiver's clock."""

_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=7),
    timedelta(hours=13),
)
MOST_TRIES = len(_WAITS) + 1
"""Tries of one message, spread over about a day."""

_JITTER = 0.2
_MOST_BYTES = 64 * 1024
_SECRET_BYTES = 32
_SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,8})")


def new_secret() -> str:
    """Return a secret to share with a receiver: 256 random bits as url-safe text."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of the signature's header.

    Parameters
    ----------
    timestamp : int
        Seconds since 1970 UTC at which the message is sent, not negative; every try is signed anew.
    """
    return f"t={timestamp},v1={_digest(secret, timestamp, body)}"


def verify(
    secret_or_secrets: str | Iterable[str],
    header: str,
    body: bytes,
    *,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> bool:
    """Whether a message comes from somebody with the secret, and lately: what a receiver asks.

    Parameters
    ----------
    secret_or_secrets : str or iterable of str
        Several while one takes another's place.
    header : str
        Value of the signature's header; with several ``v1`` one of them must fit.
    body : bytes
        Exactly as received.
    now : datetime.datetime
        Aware.
    """
    match = _SIGNATURE.fullmatch(header)
    if match is None:
        return False
    timestamp = int(match[1])
    if abs(now.timestamp() - timestamp) > tolerance.total_seconds():
        return False
    known = [secret_or_secrets] if isinstance(secret_or_secrets, str) else secret_or_secrets
    given = [part.removeprefix("v1=") for part in match[2].split(",") if part]
    wanted = [_digest(secret, timestamp, body) for secret in known]
    fits = [hmac.compare_digest(one, other) for one in wanted for other in given]
    return any(fits)


def next_try_at(failed_tries: int, now: datetime, rng: random.Random) -> datetime | None:
    """Return when to try again after so many failures; None to give up.

    Waits grow from a minute to half a day. Each is up to a fifth longer or shorter, by chance, so
    that a receiver that comes back is not met by everything at once.

    Parameters
    ----------
    failed_tries : int
        At least 1.
    rng : random.Random
        Gives the chance.
    """
    if failed_tries < 1:
        raise ValueError("a try must have failed before there is a next one")
    if failed_tries >= MOST_TRIES:
        return None
    return now + _WAITS[failed_tries - 1] * rng.uniform(1 - _JITTER, 1 + _JITTER)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one try.

    Parameters
    ----------
    status : int, optional
        HTTP status; None when there was no answer.
    answer : bytes
        At most 64 kB of what was answered.
    fault : str, optional
        Why there was no whole answer: ``timeout``, ``refused``, ``tls``, ``connection`` or
        ``protocol``.
    """

    status: int | None
    answer: bytes
    seconds: float
    fault: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it: any status from 200 to 299. Redirects are not followed."""
        return self.status is not None and 200 <= self.status < 300


def deliver(
    target: Target,
    body: bytes,
    *,
    headers: Mapping[str, str],
    timeout_seconds: float = 10.0,
    total_seconds: float = 30.0,
    context: ssl.SSLContext | None = None,
) -> Delivery:
    """Post a message once, to the first of the addresses judged that can be reached.

    Parameters
    ----------
    body : bytes
        JSON.
    headers : mapping
        The signature and what else the receiver should see.
    timeout_seconds : float
        Longest silence while connecting, sending and reading.
    total_seconds : float
        Longest time from looking for a connection to the end of the answer.
    context : ssl.SSLContext, optional
        Whom to trust; without it the machine's authorities.
    """
    began = time.monotonic()
    connection = _connection(target, timeout_seconds, context)
    overdue = Timer(total_seconds, connection.cut)
    overdue.daemon = True
    overdue.start()
    status, answer, fault = None, b"", None
    try:
        connection.request("POST", target.path, body=body, headers=_all_headers(headers))
        response = connection.getresponse()
        status = response.status
        answer = response.read(_MOST_BYTES)
    except (OSError, ValueError, http.client.HTTPException) as error:
        fault = _word(error)
    finally:
        overdue.cancel()
        connection.close()
    seconds = time.monotonic() - began
    return Delivery(status, answer, seconds, "timeout" if seconds >= total_seconds else fault)


def _digest(secret: str, timestamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _all_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "Heliotrope", **headers}


class _ToAddress(http.client.HTTPConnection):
    """Speaks to `target.host`, connects to one of `target.addresses`."""

    def __init__(
        self, target: Target, timeout_seconds: float, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(target.host, target.port, timeout=timeout_seconds)
        self._target = target
        self._context = context
        self._wire: socket.socket | None = None
        self._is_overdue = False
        self.default_port = 80 if context is None else 443  # decides how Host is written

    def connect(self) -> None:
        self.sock = self._wire = self._reached()
        if self._is_overdue:  # it was not there yet when it should have been cut
            raise TimeoutError
        if self._context is not None:
            # The handshake comes after, so that it can be cut short as well.
            secured = self._context.wrap_socket(
                self._wire, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self.sock = self._wire = secured
            secured.do_handshake()

    def _reached(self) -> socket.socket:
        *others, last = self._target.addresses
        for address in others:
            if self._is_overdue:
                raise TimeoutError
            with suppress(OSError):
                return socket.create_connection((address, self._target.port), self.timeout)
        return socket.create_connection((last, self._target.port), self.timeout)

    def cut(self) -> None:
        """End a wait in another thread, which closing would not."""
        self._is_overdue = True
        # Not `sock`: it is None already while an answer without a length is read.
        if self._wire is not None:
            with suppress(OSError):
                # Not the encrypted socket's own way, which would first make it a plain one.
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)


def _connection(
    target: Target, timeout_seconds: float, context: ssl.SSLContext | None
) -> _ToAddress:
    if not target.is_encrypted:
        return _ToAddress(target, timeout_seconds, None)
    return _ToAddress(target, timeout_seconds, context or ssl.create_default_context())


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "connection" if isinstance(error, OSError) else "protocol"
