"""What each channel asks for by default, and contacts that are handled side by side.

A queue's own figures come first, then those of its channel in the settings, then `DEFAULTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduler.domain import Queue
from scheduler.domain.demand import ChannelTarget, StaffingPolicy
from scheduler.staffing.fewest import Targets, fewest_agents

__all__ = [
    "CONCURRENCY_FACTORS",
    "DEFAULTS",
    "Service",
    "aht_at_concurrency",
    "fewest_agents_with_slots",
    "service_of",
]

_T = TypeVar("_T")

DEFAULTS: Mapping[str, ChannelTarget] = MappingProxyType(
    {
        "phone": ChannelTarget(Decimal(80), 20, concurrency=1),
        "email": ChannelTarget(Decimal(80), 60, deadline_hours=Decimal(24), concurrency=1),
        "chat": ChannelTarget(Decimal(80), 60, concurrency=1),
        "whatsapp": ChannelTarget(Decimal(80), 15, concurrency=1),
        "social": ChannelTarget(Decimal(80), 60, concurrency=1),
    }
)
"""By channel; where there is a deadline it counts and not the target."""

CONCURRENCY_FACTORS = (1.0, 1.7, 2.5, 2.9, 3.5)
"""Contacts that an agent with 1 to 5 side by side gets done in the time of one."""


@dataclass(frozen=True, slots=True)
class Service:
    """What one queue owes its customers, and how its contacts are handled.

    Parameters
    ----------
    level : float
        Share of contacts to answer within `target_seconds`, above 0 to 1.
    deadline_hours : decimal.Decimal, optional
        Given for deferrable work, which has no level.
    max_occupancy : decimal.Decimal, optional
        Largest share of time that agents handle contacts.
    at_once : int
        Contacts side by side.
    patience_s : int, optional
        Given where callers are taken to hang up.
    """

    level: float
    target_seconds: int
    deadline_hours: Decimal | None
    max_occupancy: Decimal | None
    at_once: int
    patience_s: int | None


def service_of(queue: Queue, policy: StaffingPolicy) -> Service:
    """Return what holds for a queue.

    Which queues may wait, and how many contacts an agent has side by side, is what
    `StaffingPolicy.defers` and `StaffingPolicy.at_once` say.
    """
    own = ChannelTarget(
        queue.target_percent, queue.target_seconds, queue.deadline_hours, None, queue.concurrency
    )
    found = _first(own, _first(policy.channel(queue.channel), DEFAULTS[queue.channel]))
    hangs_up = queue.channel == "phone" and policy.phone_model == "erlang_a"
    return Service(
        level=float(_given(found.target_percent) / 100),
        target_seconds=_given(found.target_seconds),
        deadline_hours=found.deadline_hours if policy.defers(queue) else None,
        max_occupancy=found.max_occupancy,
        at_once=policy.at_once(queue),
        patience_s=queue.patience_s if hangs_up else None,
    )


def _given(value: _T | None) -> _T:
    if value is None:
        raise ValueError("every channel needs a target among the defaults")
    return value


def _first(first: ChannelTarget, then: ChannelTarget) -> ChannelTarget:
    """Return `first` with its blanks filled from `then`."""
    blank = {f.name: getattr(then, f.name) for f in fields(first) if getattr(first, f.name) is None}
    return replace(first, **blank)


def aht_at_concurrency(aht_s: float, concurrency: int, *, measured_at: int = 1) -> float:
    """Return the handling time of a contact when an agent has `concurrency` side by side.

    Side by side each contact takes longer: with two an agent gets 1.7 times as many done, so each
    takes ``2/1.7`` times as long. A handling time should be measured at the concurrency at which
    people work; this is for trying out another one.

    Parameters
    ----------
    aht_s : float
        Seconds, measured at `measured_at` contacts side by side.
    concurrency, measured_at : int
        1 to 5: for more there are no figures.

    Raises
    ------
    ValueError
        If a concurrency is out of range.

    References
    ----------
    "Most widely used, not exact": https://callcentrehelper.com/erlang-c-for-chat-206984.htm
    """
    most = len(CONCURRENCY_FACTORS)
    for number in (concurrency, measured_at):
        if not 1 <= number <= most:
            raise ValueError(f"concurrency must be 1 to {most}, not {number}")
    longer = concurrency / CONCURRENCY_FACTORS[concurrency - 1]
    return aht_s * longer / (measured_at / CONCURRENCY_FACTORS[measured_at - 1])


def fewest_agents_with_slots(
    offered_load: ArrayLike,
    aht_s: ArrayLike,
    concurrency: ArrayLike,
    targets: Targets,
    *,
    patience_s: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Return the fewest agents when each has several contacts side by side.

    The servers are slots, agents times concurrency; the load and the handling time are those at
    this concurrency.

    Parameters
    ----------
    offered_load, aht_s, targets, patience_s
        As in `scheduler.staffing.fewest.fewest_agents`; the minimum is in agents.
    concurrency : array_like
        Whole numbers, 1 or more.

    Raises
    ------
    ValueError
        As `fewest_agents`, and if a concurrency is out of range.

    Examples
    --------
    120 chats of 660 s in half an hour, two side by side, 80 % within 30 s:

    >>> goal = Targets(service_level=0.8, target_s=30)
    >>> int(fewest_agents_with_slots(44.0, 660, 2, goal))
    26
    """
    slots = np.asarray(concurrency)
    if np.any((slots < 1) | (slots != np.floor(slots))):
        raise ValueError("concurrency must be whole numbers, 1 or more")
    in_slots = replace(targets, minimum=np.asarray(targets.minimum) * slots)
    found = fewest_agents(offered_load, aht_s, in_slots, patience_s=patience_s)
    return np.asarray(np.ceil(found / slots), dtype=np.int64)
