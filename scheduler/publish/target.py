"""Where messages may be sent: hosts that settings allow, at addresses that are nobody's inside."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna

from scheduler.errors import SchedulerError

__all__ = ["Target", "TargetError", "TargetRules", "allowed_target", "host_name", "lookup"]

_LONGEST_URL = 2000
_MOST_ADDRESSES = 4
# What two programs could read in two ways is refused: blanks, controls, backslashes; fragments are
# never sent. Other letters than ASCII may stand in the host's name only.
_URL = re.compile(r"[A-Za-z]+://[^\x00-\x20\x7f\\/?#]+(?:[/?][\x21\x22\x24-\x5b\x5d-\x7e]*)?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetError(SchedulerError):
    """An address that messages may not be sent to.

    Parameters
    ----------
    reason : str
        One word: ``url``, ``scheme``, ``user``, ``host`` (not allowed by settings), ``unknown``
        (no address is found), ``address`` (an address inside).
    """

    code = "webhook_target"

    def __init__(self, reason: str, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What settings allow.

    Parameters
    ----------
    hosts : frozenset of str
        Host names as `host_name` writes them. A name stands for itself only, not for names below.
    allow_loopback : bool
        Whether this very machine may be told, then also over plain http.
    allow_private : bool
        Whether addresses of private networks will do. Link-local ones never do: the secrets of
        cloud machines are read there.
    """

    hosts: frozenset[str]
    allow_loopback: bool = False
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, decided.

    Parameters
    ----------
    host : str
        Name for the certificate and the ``Host`` header, in ASCII.
    addresses : tuple of str
        IP addresses to connect to, the first that can be reached; at least one. The name is not
        looked up again, so that it cannot mean another one in between.
    path : str
        With the query, as it goes into the request.
    """

    is_encrypted: bool
    host: str
    port: int
    addresses: tuple[str, ...]
    path: str


Lookup = Callable[[str, int], Iterable[str]]
"""Returns the IP addresses of a host; OSError when there are none."""


def lookup(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them, in its order, each once.

    Raises
    ------
    OSError
        If there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def host_name(text: str) -> str:
    """Return a host's name in its one form: ASCII (IDNA 2008), lower case, no full stop at the end.

    Raises
    ------
    ValueError
        If it is no name of a host.
    """
    bare = text.strip("[]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    return idna.encode(bare.rstrip("."), uts46=True, transitional=False).decode("ascii").lower()


def allowed_target(url: str, rules: TargetRules, *, lookup: Lookup = lookup) -> Target:
    """Return where to send for an address that somebody gave.

    Ask when the address is given and again before every try: names change their addresses.

    Parameters
    ----------
    lookup : callable
        Finds the addresses of a host.

    Raises
    ------
    TargetError
        If settings do not allow it, or any of the host's addresses lies inside.
    """
    parts, port = _parts(url)
    is_encrypted = parts.scheme == "https"
    if not is_encrypted and not (parts.scheme == "http" and rules.allow_loopback):
        raise TargetError("scheme", "the address must begin with https")
    if parts.username is not None or parts.password is not None:
        raise TargetError("user", "the address must not carry a name or password")
    try:
        host = host_name(parts.hostname or "")
    except ValueError:
        raise TargetError("url", "the address names no host") from None
    if host not in rules.hosts:
        raise TargetError("host", "settings do not allow this host")
    port = port or (443 if is_encrypted else 80)
    try:
        addresses = [ipaddress.ip_address(found) for found in lookup(host, port)]
    except (OSError, ValueError):
        addresses = []
    if not addresses:
        raise TargetError("unknown", "no address of this host is known")
    for address in addresses:
        if not _may_reach(address, rules) or not (is_encrypted or _plain(address).is_loopback):
            raise TargetError("address", "the host lies at an address that may not be reached")
    judged = tuple(str(address) for address in addresses[:_MOST_ADDRESSES])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_encrypted, host, port, judged, path)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > _LONGEST_URL or _URL.fullmatch(url) is None:
        raise TargetError("url", "that is no address to send to")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetError("url", "that is no address to send to") from None
    if port == 0:
        raise TargetError("url", "there is no port 0")
    return parts, port


def _plain(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _may_reach(address: _Address, rules: TargetRules) -> bool:
    plain = _plain(address)
    if plain.is_loopback:
        return rules.allow_loopback
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return False
    if isinstance(plain, ipaddress.IPv6Address) and (plain.is_site_local or plain.teredo):
        return False
    if plain.is_reserved:
        return False
    return plain.is_global or (rules.allow_private and plain.is_private)
