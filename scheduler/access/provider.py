"""Talk to an OpenID provider over HTTP: encrypted, no redirects, bounded answers."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

from scheduler.errors import SchedulerError

__all__ = ["OidcError", "OidcFault", "call", "checked_url"]

_MOST_BYTES = 256 * 1024
_TIMEOUT_SECONDS = 10.0


class OidcFault(StrEnum):
    """Why a log-in through a provider came to nothing."""

    SETTINGS = "settings"
    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad_answer"
    REFUSED = "refused"
    STATE = "state"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    EXPIRED = "expired"
    NAME = "name"


class OidcError(SchedulerError):
    """A log-in through a provider came to nothing.

    Parameters
    ----------
    detail : str
        One sentence for the log, free of secrets and of what people are called.
    """

    code = "oidc"

    def __init__(self, fault: OidcFault, detail: str) -> None:
        self.fault = fault
        super().__init__(f"{fault}: {detail}")


def checked_url(url: object, what: str, *, allow_loopback: bool) -> str:
    """Return an address of the provider if it may be used: https, or http on this machine.

    Raises
    ------
    OidcError
        If it may not.
    """
    if not isinstance(url, str):
        raise OidcError(OidcFault.BAD_ANSWER, f"the provider names no {what}")
    if not all("!" <= char <= "~" for char in url):  # urlsplit would overlook line ends
        raise OidcError(OidcFault.BAD_ANSWER, f"the {what} is no address")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise OidcError(OidcFault.BAD_ANSWER, f"the {what} is no address") from None
    plain = parts.scheme == "http" and allow_loopback and _is_loopback(host)
    if not host or parts.username is not None or not (parts.scheme == "https" or plain):
        raise OidcError(OidcFault.BAD_ANSWER, f"the {what} must be an https address")
    return url


def call(
    url: str, *, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Ask the provider; return status and the JSON object of its answer, empty from 500 on.

    Parameters
    ----------
    url : str
        One that `checked_url` let pass.
    body : str, optional
        Form to post; without it the address is read.

    Raises
    ------
    OidcError
        If the provider keeps silent for ten seconds, or its answer is no JSON object of at most
        256 kB.
    """
    parts = urlsplit(url)
    connection = _connection(parts)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "GET" if body is None else "POST",
            target,
            body=None if body is None else body.encode(),
            headers={"Accept": "application/json"} | (headers or {}),
        )
        answer = connection.getresponse()
        data = answer.read(_MOST_BYTES + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OidcError(OidcFault.UNREACHABLE, type(error).__name__) from error
    finally:
        connection.close()
    return answer.status, {} if answer.status >= 500 else _object(data)


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    """Return a connection yet to be made.

    The port is always said: without one the library would take the end of an IPv6 address for it.
    """
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        port = parts.port or http.client.HTTPS_PORT
        return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context)
    port = parts.port or http.client.HTTP_PORT
    return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > _MOST_BYTES:
        raise OidcError(OidcFault.BAD_ANSWER, "the answer is too long")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise OidcError(OidcFault.BAD_ANSWER, "the answer is no JSON") from None
    if not isinstance(found, dict):
        raise OidcError(OidcFault.BAD_ANSWER, "the answer is no JSON object")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
