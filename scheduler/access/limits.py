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

__all__ = ["NAME_RULE", "Buckets", "LockRule", "address_key", "locked_until"]


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
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


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
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, now)
            while len(self._levels) > self._most_keys:
                self._levels.popitem(last=False)
        return None if allowed else timedelta(seconds=(1 - level) / self._per_second)

    def __len__(self) -> int:
        return len(self._levels)
