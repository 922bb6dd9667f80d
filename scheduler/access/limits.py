"""How often somebody may try to log in: lock-out by failures, and a rate per address.

Lock-out is a function of the failures that are kept, so it holds over restarts and for any number
of processes. The rate per address is kept in memory: it only spares the machine the work.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from scheduler.clock import Clock

__all__ = [
    "NAME_RULE",
    "Buckets",
    "LockRule",
    "address_key",
    "client_address",
    "locked_until",
]


@dataclass(frozen=True, slots=True)
class LockRule:
    """When failures lock, and for how long.

    Parameters
    ----------
    failures : int
        That many of them ``within`` the time given lock, at least 1.
    first : datetime.timedelta
        Length of the first lock; each further one lasts twice as long, up to `longest`.
    forgotten_after : datetime.timedelta
        Without a failure for so long the next lock is a first one again.
    """

    failures: int = 5
    within: timedelta = timedelta(minutes=15)
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(minutes=60)
    forgotten_after: timedelta = timedelta(hours=24)


_WHOLE = 1 - 1e-9
"""One try, so that whoever waits just as long as was asked is let in for all rounding."""

NAME_RULE = LockRule()
"""For one name, from whichever addresses; an address has a bucket of tries."""


def locked_until(
    failures: Iterable[datetime], now: datetime, *, rule: LockRule = NAME_RULE
) -> datetime | None:
    """Return when the next try may be made; None when it may be made now.

    Tries made while locked do not count: nobody can keep a name locked by knocking on.

    Parameters
    ----------
    failures : iterable of datetime.datetime
        Failed log-ins of one name since its last success (aware UTC), in any order; those of the
        last ``forgotten_after`` plus `within` suffice.
    """
    end: datetime | None = None
    recent: list[datetime] = []
    locks = 0
    last: datetime | None = None
    for failed_at in sorted(failure for failure in failures if failure <= now):
        if end is not None and failed_at < end:
            continue
        if last is not None and failed_at - last >= rule.forgotten_after:
            locks = 0
        last = failed_at
        recent = [before for before in recent if failed_at - before < rule.within]
        recent.append(failed_at)
        if len(recent) >= rule.failures:
            end = failed_at + min(rule.first * 2 ** min(locks, 16), rule.longest)
            locks += 1
            recent = []
    return end if end is not None and now < end else None


def address_key(address: str) -> str:
    """Return what counts as one address: IPv4 as it is, IPv6 by its network of 64 bits.

    Anything else (a name, the path of a socket) counts as it is written.
    """
    parsed = _parsed(address)
    if parsed is None:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def client_address(peer: str, forwarded: str, *, trusted: Iterable[str]) -> str:
    """Return the address of a client that may have come through proxies of ours.

    Each proxy adds who came to it at the end of ``X-Forwarded-For``. So the header is read from
    the end, as far as proxies are trusted: what stands before is the client's own claim.

    Parameters
    ----------
    peer : str
        Address that the connection comes from.
    forwarded : str
        The header, empty where there is none.
    trusted : iterable of str
        Addresses and networks (``10.0.0.0/8``) of proxies that are believed.
    """
    networks = [ipaddress.ip_network(one, strict=False) for one in trusted]
    here = peer
    for hop in reversed(forwarded.split(",") if networks else ()):
        there = _parsed(hop.strip())
        if not _lies_in(here, networks) or there is None:
            break
        here = str(there)
    return here


def _lies_in(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


class Buckets:
    """A bucket of tries per key, filled again over time; safe to use from many threads.

    Parameters
    ----------
    clock : Clock
        Tells the present instant.
    burst : int
        Tries in a full bucket, at least 1.
    per_minute : float
        Tries added in a minute, above 0.
    most_keys : int
        Buckets kept, at least 1; beyond that the one unused for longest is forgotten.
    """

    def __init__(
        self, clock: Clock, *, burst: int = 10, per_minute: float = 20.0, most_keys: int = 10_000
    ) -> None:
        if burst < 1 or per_minute <= 0 or most_keys < 1:
            raise ValueError("burst and most_keys are at least 1, per_minute is above 0")
        self._clock = clock
        self._burst = float(burst)
        self._per_second = per_minute / 60
        self._most_keys = most_keys
        self._levels: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> timedelta | None:
        """Take one try; return None, or how long to wait when there is none."""
        with self._lock:
            now = self._clock()
            level, since = self._levels.pop(key, (self._burst, now))
            passed = max((now - since).total_seconds(), 0.0)
            level = min(self._burst, level + passed * self._per_second)
            allowed = level >= _WHOLE
            self._levels[key] = (max(level - 1, 0.0) if allowed else level, now)
            while len(self._levels) > self._most_keys:
                self._levels.popitem(last=False)
        return None if allowed else timedelta(seconds=(1 - level) / self._per_second)

    def __len__(self) -> int:
        return len(self._levels)
