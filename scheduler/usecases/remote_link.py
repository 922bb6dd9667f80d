"""A link to a server: requests that are tried again, events that go on after a broken line."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from scheduler.errors import SchedulerError

__all__ = ["Link", "RemoteError", "parse_events", "server_address"]

_LATER = frozenset({429, 502, 503, 504})
_MOST_FAULTS = 20
_SILENCE_SECONDS = 45.0
_REQUEST_SECONDS = 120.0
_LONGEST_PAUSE_SECONDS = 5.0


class RemoteError(SchedulerError):
    """The server cannot be reached, refuses, or is none; the sentence never holds the token."""

    code = "remote"


class _AwayError(Exception):
    """It did not work just now; it may later."""


def server_address(url: str, *, insecure: bool = False) -> str:
    """Return the address of a server without the slash at its end.

    Parameters
    ----------
    insecure : bool
        Whether ``http://`` may lead to another machine, where a token can be read on the way.

    Raises
    ------
    RemoteError
        If it cannot be one, holds a name or password, or is not safe.
    """
    try:
        parsed = httpx.URL(url.strip())
        plain = parsed.scheme in ("http", "https") and bool(parsed.host)
    except (httpx.InvalidURL, ValueError):
        plain = False
    if not plain or parsed.query or parsed.fragment:
        raise RemoteError("--server takes an address such as https://roster.example.org.")
    if parsed.userinfo:
        raise RemoteError("--server takes an address without name or password; use a token.")
    if parsed.scheme == "http" and not insecure and not _is_here(parsed.host):
        raise RemoteError(
            f"http://{parsed.host} would send the token unprotected over the network. "
            "Use https://, or --insecure if you know the way is safe."
        )
    return str(parsed).rstrip("/")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Link:
    """Talks to one server on somebody's behalf; may be used from several threads.

    Parameters
    ----------
    address : str
        From `server_address`.
    token : str
        A personal token; goes into one header and nowhere else.
    patience_seconds : float
        How long to try again when a server that answered before is away.

    Raises
    ------
    RemoteError
        If the token has characters that no token has.
    """

    def __init__(self, address: str, token: str, *, patience_seconds: float = 300.0) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise RemoteError("The token is empty, or holds characters that no token has.")
        self.address = address
        self._patience = patience_seconds
        self._has_answered = False
        self._client = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "heliotrope"},
            timeout=httpx.Timeout(_REQUEST_SECONDS, connect=10.0),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request that may be sent twice; return the answer's JSON, None where it is empty.

        Raises
        ------
        RemoteError
            If the server cannot be reached, refuses, or answers as none of ours does.
        """
        given: dict[str, Any] = {"json": body} if content is None else {"content": content}
        waiting = _Patience(self._patience)
        while True:
            try:
                answer = self._client.request(method, path, headers=headers, **given)
                if self._has_answered:
                    _look_for_outage(answer)
                break
            except (httpx.TransportError, _AwayError) as error:
                nobody = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if (nobody and not self._has_answered) or not waiting.goes_on():
                    raise self._unreachable(error) from None
        self._has_answered = True
        if not answer.is_success:
            raise self._refusal(answer)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise self._stranger(answer) from None

    def events(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events at an address up to the one called ``end``, each once.

        Raises
        ------
        RemoteError
            As of `ask`; also if the server stays away too long.
        """
        after = "0"
        waiting = _Patience(self._patience)
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=10.0)
        while True:
            headers = {"Last-Event-ID": after, "Accept": "text/event-stream"}
            try:
                with self._client.stream("GET", path, headers=headers, timeout=timeout) as answer:
                    _look_for_outage(answer)
                    if not answer.is_success:
                        answer.read()
                        raise self._refusal(answer)
                    for number, name, data in parse_events(waiting.reset_by(answer.iter_lines())):
                        after = number or after
                        yield name, data
                        if name == "end":
                            return
            except (httpx.TransportError, _AwayError) as error:
                away: Exception = error
            else:
                away = _AwayError()
            if not waiting.goes_on():
                raise self._unreachable(away)

    def _unreachable(self, error: Exception) -> RemoteError:
        why = "the connection breaks off, or it is not available"
        if isinstance(error, httpx.TimeoutException):
            why = "it does not answer in time"
        if isinstance(error, httpx.ConnectError):
            why = "nothing answers there"
            if "CERTIFICATE" in str(error).upper():
                why = "its certificate is not to be trusted"
        return RemoteError(f"The server {self.address} cannot be reached: {why}.")

    def _refusal(self, answer: httpx.Response) -> RemoteError:
        try:
            problem = answer.json()
            detail = str(problem["detail"])
            faults = [str(fault["detail"]) for fault in problem.get("faults", ())]
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._stranger(answer)
        told = [f"The server refuses ({answer.status_code}): {detail}"]
        if faults != [detail]:
            told += [f"  {fault}" for fault in faults[:_MOST_FAULTS]]
        return RemoteError("\n".join(told))

    def _stranger(self, answer: httpx.Response) -> RemoteError:
        return RemoteError(
            f"{self.address} answers {answer.status_code}, and not as Heliotrope does; "
            "is the address right?"
        )


def _look_for_outage(answer: httpx.Response) -> None:
    if answer.status_code in _LATER:
        raise _AwayError


class _Patience:
    """Waits between tries, longer each time; runs out when nothing has come for too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._reset()

    def _reset(self) -> None:
        self._since: float | None = None
        self._pause = 0.25

    def goes_on(self) -> bool:
        """Wait a little and return True; False when it has run out."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        if now - self._since >= self._seconds:
            return False
        time.sleep(self._pause)
        self._pause = min(_LONGEST_PAUSE_SECONDS, self._pause * 2)
        return True

    def reset_by(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines; each one that comes makes patience whole again."""
        for line in lines:
            self._reset()
            yield line


def parse_events(lines: Iterable[str]) -> Iterator[tuple[str | None, str, dict[str, Any]]]:
    """Yield id, name and data of server-sent events; what is cut off or no JSON object is dropped.

    Parameters
    ----------
    lines : iterable of str
        Without line ends; an empty one ends an event.
    """
    number: str | None = None
    name, data = "message", ""
    for line in lines:
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id" and value.isdigit():
                number = value
            elif field == "event":
                name = value
            elif field == "data":
                data += value
            continue
        try:
            found = json.loads(data) if data else None
        except ValueError:
            found = None
        if isinstance(found, dict):
            yield number, name, found
        number, name, data = None, "message", ""
