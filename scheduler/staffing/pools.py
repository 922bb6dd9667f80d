"""Queues with cross-trained agents: what they need together, and each one's part of it.

A large pool needs fewer agents than its parts: two queues that need 14 each need 24 together. The
pool is one queue with all contacts, their mean handling time and the strictest target of any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from scheduler.domain import Queue
from scheduler.domain.demand import Pool, StaffingPolicy
from scheduler.staffing.channels import Service, service_of

__all__ = ["pool_fault", "pooled_service", "shared_out"]


def pool_fault(pool: Pool, queues: Sequence[Queue], policy: StaffingPolicy) -> str | None:
    """Say why queues cannot be staffed together, or None if they can.

    Parameters
    ----------
    queues : sequence of Queue
        Those of the pool.
    """
    services = [service_of(queue, policy) for queue in queues]
    if any(service.deadline_hours is not None for service in services):
        return f"pool {pool.name}: queues with a deadline are levelled, not pooled"
    if len({queue.channel == "phone" for queue in queues}) > 1:
        return f"pool {pool.name}: calls and written contacts do not go into one pool"
    if len({service.at_once for service in services}) > 1:
        return f"pool {pool.name}: queues must have the same concurrency"
    return None


def pooled_service(services: Sequence[Service]) -> Service:
    """Return the strictest of several services: it keeps the promise of each.

    Callers are taken to be as patient as the most patient ones, which asks for more agents; where
    one queue is without patience, they wait for ever.
    """
    caps = [service.max_occupancy for service in services if service.max_occupancy is not None]
    patience = [service.patience_s for service in services]
    return Service(
        level=max(service.level for service in services),
        target_seconds=min(service.target_seconds for service in services),
        deadline_hours=None,
        max_occupancy=min(caps, default=None),
        at_once=services[0].at_once,
        patience_s=None if None in patience else max(p for p in patience if p is not None),
    )


def shared_out(
    net: int, loads: Sequence[Fraction], shrinkages: Sequence[Decimal | Fraction]
) -> list[int]:
    """Return the rostered agents of each queue of a pool in one interval.

    Agents at work are shared by load; to each part its queue's shrinkage is added, the sum is
    rounded up once, and the whole agents go to the queues by largest remainders. A queue with
    contacts gets at least one as long as the sum allows it.

    Parameters
    ----------
    net : int
        Agents at work that the pool needs.
    loads : sequence of fractions.Fraction
        Offered load by queue.
    shrinkages : sequence of decimal.Decimal or fractions.Fraction
        By queue, 0 to below 1.

    Returns
    -------
    list of int
        By queue; their sum is the pool's need with shrinkage.
    """
    whole = sum(loads)
    if not whole:
        return [0] * len(loads)
    parts = [
        net * load / whole / (1 - Fraction(shrinkage))
        for load, shrinkage in zip(loads, shrinkages, strict=True)
    ]
    total = math.ceil(sum(parts))
    found = [int(part) for part in parts]
    # The largest remainders, the first of equals.
    by_rest = sorted(range(len(parts)), key=lambda idx: (found[idx] - parts[idx], idx))
    for idx in by_rest[: total - sum(found)]:
        found[idx] += 1
    for idx in sorted(range(len(parts)), key=lambda idx: (-loads[idx], idx)):
        richest = max(range(len(parts)), key=lambda other: (found[other], -other))
        if loads[idx] and not found[idx] and found[richest] > 1:
            found[richest] -= 1
            found[idx] += 1
    return found
